/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys on the disk, for a start without network. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/issuer_house.h"

#define DAY (24 * 3600)

static char dir[64], file[256];

static void
open_kept(struct house *h)
{
    house_open(h);
    house_serve(h);
    h->conf.jwks_uri = (char *)http_server_url(h->server, "/keys");
    strcpy(dir, "/tmp/httpauth-kept-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(file, sizeof(file), "%s/keys/%s", dir, HOUSE_NAME);
    h->cache = keycache_open(dir);
    assert_non_null(h->cache);
}

static void
close_kept(struct house *h)
{
    char command[128];

    house_close(h);
    keycache_free(h->cache);
    (void)snprintf(command, sizeof(command), "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

static void
restart(struct house *h)
{
    issuer_free(h->issuer);
    house_start(h);
}

static void
go_down(struct house *h)
{
    house_script(h, "/keys", 500, NULL, "x");
}

static unsigned
gets(struct house *h)
{
    return http_server_count(h->server, "/keys");
}

static bool
exists(void)
{
    return access(file, F_OK) == 0;
}

/* The time stamp of the file: so many seconds ago. */
static void
confirmed(int64_t ago)
{
    const struct timespec times[2] = {{.tv_sec = time(NULL) - ago},
                                      {.tv_sec = time(NULL) - ago}};

    assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
}

static void
write_file(const char *text)
{
    FILE *to = fopen(file, "w");

    assert_non_null(to);
    assert_true(fputs(text, to) >= 0);
    assert_int_equal(fclose(to), 0);
}

static void
what_was_fetched_serves_the_next_start(void **state)
{
    struct house h;
    struct stat st;

    (void)state;
    open_kept(&h);
    house_publish(&h, "a b", NULL);
    house_start(&h);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    go_down(&h);
    restart(&h);
    assert_true(house_has(&h, "a"));
    assert_true(house_has(&h, "b"));
    house_expect(&h, "state", "stale");
    close_kept(&h);
}

/* Loaded means stale: it serves, and the address is asked at once. */
static void
the_address_is_asked_all_the_same(void **state)
{
    struct house h;

    (void)state;
    open_kept(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    house_publish(&h, "b", NULL);
    restart(&h);
    h.ticks = 0;
    while (gets(&h) < 2 && h.ticks < PATIENCE_TICKS)
        uv_run(&h.loop, UV_RUN_ONCE);
    house_settle(&h, h.issuer);
    assert_int_equal(gets(&h), 2);
    assert_false(house_has(&h, "a"));
    assert_true(house_has(&h, "b"));
    house_expect(&h, "state", "ok");
    go_down(&h);
    restart(&h);
    assert_true(house_has(&h, "b"));
    close_kept(&h);
}

static void
a_304_keeps_it_young(void **state)
{
    struct house h;
    struct stat st;

    (void)state;
    open_kept(&h);
    house_publish(&h, "a", "ETag: \"x\"\r\nCache-Control: max-age=3600\r\n");
    house_start(&h);
    confirmed(1800);
    house_script(&h, "/keys", 304, "Cache-Control: max-age=3600\r\n", "");
    house_later(&h, 3600);
    assert_int_equal(gets(&h), 2);
    assert_int_equal(stat(file, &st), 0);
    assert_true(st.st_mtime >= time(NULL) - 60);
    close_kept(&h);
}

static void
no_store_leaves_nothing(void **state)
{
    struct house h;

    (void)state;
    open_kept(&h);
    house_publish(&h, "a", "Cache-Control: no-store\r\n");
    house_start(&h);
    assert_true(house_has(&h, "a"));
    assert_false(exists());
    house_publish(&h, "a", NULL);
    house_later(&h, 3600);
    assert_true(exists());
    house_publish(&h, "a", "Cache-Control: no-store\r\n");
    house_later(&h, 24 * 3600);
    assert_false(exists());
    close_kept(&h);
}

static void
private_members_are_not_kept(void **state)
{
    struct house h;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    char *jwk = forge_jwk(key, true, "\"kid\":\"p\"");
    char *other = house_keys("a");
    char *set = forge_text("{\"keys\":[%s,%s", jwk, strchr(other, '[') + 1);

    (void)state;
    open_kept(&h);
    house_script(&h, "/keys", 200, NULL, set);
    house_start(&h);
    assert_true(house_has(&h, "a"));
    assert_false(exists());
    close_kept(&h);
    EVP_PKEY_free(key);
    free(jwk);
    free(other);
    free(set);
}

/* An hour that they were fresh, and stale_keys. */
static void
what_is_too_old_is_not_used(void **state)
{
    static const struct {
        int64_t ago;
        bool used;
    } rows[] = {{0, true},
                {3600, true},
                {3600 + DAY - 10, true},
                {3600 + DAY + 10, false},
                {365 * DAY, false},
                {-30, true},
                {-3600, false}};
    struct house h;

    (void)state;
    open_kept(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    go_down(&h);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        confirmed(rows[i].ago);
        restart(&h);
        assert_int_equal(house_has(&h, "a"), rows[i].used);
    }
    close_kept(&h);
}

/* It does not live longer by being restarted. */
static void
its_end_is_that_of_what_was_fetched(void **state)
{
    struct house h;

    (void)state;
    open_kept(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    go_down(&h);
    confirmed(3600 + DAY / 2);
    restart(&h);
    assert_true(house_has(&h, "a"));
    house_later(&h, DAY / 2 - 60);
    assert_true(house_has(&h, "a"));
    house_later(&h, 120);
    assert_false(house_has(&h, "a"));
    close_kept(&h);
}

static void
stale_keys_may_be_forbidden(void **state)
{
    struct house h;

    (void)state;
    open_kept(&h);
    h.conf.stale_keys = 0;
    house_publish(&h, "a", NULL);
    house_start(&h);
    go_down(&h);
    house_later(&h, 3500);
    assert_true(house_has(&h, "a"));
    house_later(&h, 200);
    assert_false(house_has(&h, "a"));
    close_kept(&h);
}

static void
what_is_damaged_or_foreign_is_not_used(void **state)
{
    static const char *const texts[] = {
        "",
        "httpauth-keys 1 3600\n",
        "httpauth-keys 1 3600\n{\"keys\":[]}",
        "httpauth-keys 1 3600\n{\"keys\":[",
        "httpauth-keys 1 \n{}",
        "httpauth-keys 1 -1\n{}",
        "httpauth-keys 1 99999999\n{}",
        "httpauth-keys 2 3600\n{}",
        "{\"keys\":[]}",
        "httpauth-keys 1 3600",
    };
    struct house h;

    (void)state;
    open_kept(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    go_down(&h);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        write_file(texts[i]);
        restart(&h);
        assert_false(house_has(&h, "a"));
        house_expect(&h, "state", "failed");
    }
    close_kept(&h);
}

static void
neither_is_what_others_can_write_or_a_link(void **state)
{
    char target[300];
    struct house h;

    (void)state;
    open_kept(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    go_down(&h);
    assert_int_equal(chmod(file, 0660), 0);
    restart(&h);
    assert_false(house_has(&h, "a"));
    assert_int_equal(chmod(file, 0600), 0);
    (void)snprintf(target, sizeof(target), "%s.elsewhere", file);
    assert_int_equal(rename(file, target), 0);
    assert_int_equal(symlink(target, file), 0);
    restart(&h);
    assert_false(house_has(&h, "a"));
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkfifo(file, 0600), 0);
    restart(&h);
    assert_false(house_has(&h, "a"));
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rename(target, file), 0);
    restart(&h);
    assert_true(house_has(&h, "a"));
    close_kept(&h);
}

/* What a writer that was killed left is neither used nor in the way. */
static void
an_interrupted_write_changes_nothing(void **state)
{
    char unfinished[300];
    struct house h;
    FILE *to;

    (void)state;
    open_kept(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    (void)snprintf(unfinished, sizeof(unfinished), "%s/keys/.new", dir);
    to = fopen(unfinished, "w");
    assert_non_null(to);
    assert_true(fputs("httpauth-keys 1 36", to) >= 0);
    assert_int_equal(fclose(to), 0);
    go_down(&h);
    restart(&h);
    assert_true(house_has(&h, "a"));
    house_publish(&h, "b", NULL);
    house_later(&h, 3600);
    go_down(&h);
    restart(&h);
    assert_true(house_has(&h, "b"));
    close_kept(&h);
}

/* As on a full disk: no file can be written, and they can be removed. */
static void
fill_disk(bool full)
{
    static struct rlimit before;
    struct rlimit none;

    if (full) {
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        none = (struct rlimit){0, before.rlim_max};
        assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    } else
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
}

/* The old one would bring back what the provider has taken back. */
static void
keys_that_cannot_be_replaced_are_removed(void **state)
{
    struct house h;

    (void)state;
    open_kept(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    assert_true(exists());
    fill_disk(true);
    house_publish(&h, "b", NULL);
    house_later(&h, 3600);
    fill_disk(false);
    assert_true(house_has(&h, "b"));
    assert_false(exists());
    go_down(&h);
    restart(&h);
    assert_false(house_has(&h, "a"));
    close_kept(&h);
}

/* Once there is room again, though the address says that nothing changed. */
static void
keys_that_could_not_be_kept_are_kept_later(void **state)
{
    struct house h;

    (void)state;
    open_kept(&h);
    fill_disk(true);
    house_publish(&h, "a", "ETag: \"x\"\r\n");
    house_start(&h);
    fill_disk(false);
    assert_false(exists());
    house_later(&h, 3600);
    assert_null(strcasestr(http_server_last(h.server, "/keys"), "if-none"));
    assert_true(exists());
    house_later(&h, 3600);
    assert_non_null(strcasestr(http_server_last(h.server, "/keys"), "if-none"));
    assert_int_equal(unlink(file), 0);
    house_later(&h, 3600);
    house_later(&h, 3600);
    assert_true(exists());
    close_kept(&h);
}

static void
keys_that_may_be_kept_at_last_are(void **state)
{
    char *set = house_keys("a");
    struct house h;

    (void)state;
    open_kept(&h);
    house_script(&h, "/keys", 200, "Cache-Control: no-store\r\n", set);
    house_start(&h);
    assert_false(exists());
    house_script(&h, "/keys", 200, NULL, set);
    house_later(&h, 3600);
    house_later(&h, 3600);
    assert_true(exists());
    close_kept(&h);
    free(set);
}

/* What can neither be replaced nor removed: it lies there, is not what is in
 * use, and must not be made young by it. */
static void
what_is_not_in_use_is_not_confirmed(void **state)
{
    char inside[300];
    struct house h;
    struct stat st;

    (void)state;
    open_kept(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkdir(file, 0700), 0);
    (void)snprintf(inside, sizeof(inside), "%s/inside", file);
    assert_int_equal(mkdir(inside, 0700), 0);
    confirmed(1800);
    house_publish(&h, "b", "ETag: \"x\"\r\n");
    house_later(&h, 3600);
    assert_true(house_has(&h, "b"));
    house_script(&h, "/keys", 304, "Cache-Control: max-age=3600\r\n", "");
    house_later(&h, 3600);
    assert_int_equal(gets(&h), 3);
    assert_int_equal(stat(file, &st), 0);
    assert_true(st.st_mtime < time(NULL) - 1000);
    close_kept(&h);
}

/* Nor is it written by a document that was not looked at again. */
static void
private_members_are_never_kept(void **state)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    char *jwk = forge_jwk(key, true, "\"kid\":\"p\"");
    char *other = house_keys("a");
    char *set = forge_text("{\"keys\":[%s,%s", jwk, strchr(other, '[') + 1);
    struct house h;

    (void)state;
    open_kept(&h);
    house_script(&h, "/keys", 200, "ETag: \"x\"\r\n", set);
    house_start(&h);
    house_later(&h, 3600);
    house_later(&h, 3600);
    assert_true(house_has(&h, "a"));
    assert_false(exists());
    close_kept(&h);
    EVP_PKEY_free(key);
    free(jwk);
    free(other);
    free(set);
}

/* Those that wait, wait on for the address. */
static void
what_ends_while_it_is_checked_serves_nobody(void **state)
{
    struct caller caller = {.waiter = {.ready = caller_ready}};
    struct house h;

    (void)state;
    open_kept(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    house_publish(&h, "b", NULL);
    issuer_free(h.issuer);
    h.issuer = house_issuer_new(&h);
    assert_true(issuer_wait_for_keys(h.issuer, &caller.waiter));
    assert_true(h.issuer->from_cache);
    h.issuer->cache_age_s = 3600 + DAY;
    h.ticks = 0;
    while (caller.calls == 0 && h.ticks < PATIENCE_TICKS)
        uv_run(&h.loop, UV_RUN_ONCE);
    assert_int_equal(caller.calls, 1);
    assert_true(house_has(&h, "b"));
    close_kept(&h);
}

/* They would be past their end as soon as they are there. */
static void
without_stale_keys_nothing_is_kept(void **state)
{
    struct house h;

    (void)state;
    open_kept(&h);
    h.conf.stale_keys = 0;
    house_publish(&h, "a", NULL);
    house_start(&h);
    assert_true(house_has(&h, "a"));
    assert_false(exists());
    close_kept(&h);
}

static void
a_bad_answer_does_not_replace_it(void **state)
{
    struct house h;

    (void)state;
    open_kept(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    house_script(&h, "/keys", 200, NULL, "<html>");
    house_later(&h, 3600);
    restart(&h);
    assert_true(house_has(&h, "a"));
    close_kept(&h);
}

static void
waiters_of_the_start_are_served_from_it(void **state)
{
    struct caller caller = {.waiter = {.ready = caller_ready}};
    struct house h;

    (void)state;
    open_kept(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    go_down(&h);
    issuer_free(h.issuer);
    h.issuer = house_issuer_new(&h);
    assert_true(issuer_wait_for_keys(h.issuer, &caller.waiter));
    h.ticks = 0;
    while (caller.calls == 0 && h.ticks < PATIENCE_TICKS)
        uv_run(&h.loop, UV_RUN_ONCE);
    assert_int_equal(caller.calls, 1);
    assert_true(house_has(&h, "a"));
    house_settle(&h, h.issuer);
    close_kept(&h);
}

static void
files_of_no_issuer_go(void **state)
{
    static const char other[] =
        "ff23456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const char *const names[] = {other};
    char path[300];
    struct house h;

    (void)state;
    open_kept(&h);
    keycache_put(h.cache, other, span_of("{}"), 60);
    keycache_put(h.cache, HOUSE_NAME, span_of("{}"), 60);
    (void)snprintf(path, sizeof(path), "%s/keys/notes", dir);
    assert_int_equal(close(open(path, O_CREAT | O_WRONLY, 0600)), 0);
    keycache_sweep(h.cache, names, 1);
    assert_false(exists());
    assert_int_equal(access(path, F_OK), 0);
    (void)snprintf(path, sizeof(path), "%s/keys/%s", dir, other);
    assert_int_equal(access(path, F_OK), 0);
    close_kept(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_fetched_serves_the_next_start),
        cmocka_unit_test(the_address_is_asked_all_the_same),
        cmocka_unit_test(a_304_keeps_it_young),
        cmocka_unit_test(no_store_leaves_nothing),
        cmocka_unit_test(private_members_are_not_kept),
        cmocka_unit_test(what_is_too_old_is_not_used),
        cmocka_unit_test(its_end_is_that_of_what_was_fetched),
        cmocka_unit_test(stale_keys_may_be_forbidden),
        cmocka_unit_test(what_is_damaged_or_foreign_is_not_used),
        cmocka_unit_test(neither_is_what_others_can_write_or_a_link),
        cmocka_unit_test(an_interrupted_write_changes_nothing),
        cmocka_unit_test(keys_that_cannot_be_replaced_are_removed),
        cmocka_unit_test(keys_that_could_not_be_kept_are_kept_later),
        cmocka_unit_test(keys_that_may_be_kept_at_last_are),
        cmocka_unit_test(what_is_not_in_use_is_not_confirmed),
        cmocka_unit_test(private_members_are_never_kept),
        cmocka_unit_test(what_ends_while_it_is_checked_serves_nobody),
        cmocka_unit_test(without_stale_keys_nothing_is_kept),
        cmocka_unit_test(a_bad_answer_does_not_replace_it),
        cmocka_unit_test(waiters_of_the_start_are_served_from_it),
        cmocka_unit_test(files_of_no_issuer_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
