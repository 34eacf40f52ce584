/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys from a file: how it is opened, and that a change is seen. */
#include "tests/unit/issuer_house.h"

#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[96], spare[96];

static void
open_file(struct house *h)
{
    snprintf(folder, sizeof(folder), "/tmp/test_issuer.XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/keys.json", folder);
    snprintf(spare, sizeof(spare), "%s/spare", folder);
    house_open(h);
    h->conf.jwks_file = path;
}

static void
close_file(struct house *h)
{
    house_close(h);
    unlink(path);
    unlink(spare);
    rmdir(folder);
}

static void
write_text(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(name, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(name, mode), 0);
}

/* As `issuer rotate` does it: a new file in the old one's place. */
static void
replace(const char *text)
{
    write_text(spare, text, 0644);
    assert_int_equal(rename(spare, path), 0);
}

static void
replace_keys(const char *kids)
{
    char *set = house_keys(kids);

    replace(set);
    free(set);
}

static void
a_file_is_loaded_and_stays(void **state)
{
    struct house h;

    (void)state;
    open_file(&h);
    replace_keys("a b");
    house_start(&h);
    assert_true(house_has(&h, "a"));
    house_later(&h, 1000 * 3600);
    assert_true(house_has(&h, "b"));
    house_expect(&h, "state", "ok");
    house_expect(&h, "source", "file /tmp/test_issuer.");
    house_expect(&h, "expires_in_s", "null");
    close_file(&h);
}

static void
a_bare_jwk_in_a_file_is_a_set_of_one(void **state)
{
    struct house h;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    char *jwk = forge_jwk(key, false, "\"kid\":\"a\"");

    (void)state;
    open_file(&h);
    replace(jwk);
    house_start(&h);
    assert_true(house_has(&h, "a"));
    close_file(&h);
    free(jwk);
    EVP_PKEY_free(key);
}

static void
a_changed_file_is_seen_within_two_seconds(void **state)
{
    struct house h;

    (void)state;
    open_file(&h);
    replace_keys("a");
    house_start(&h);
    house_later(&h, 1);
    replace_keys("b");
    house_later(&h, 2);
    assert_true(house_has(&h, "b"));
    assert_false(house_has(&h, "a"));
    close_file(&h);
}

static void
a_removed_key_serves_nobody_while_the_file_is_read(void **state)
{
    struct house h;
    struct caller caller = CALLER;

    (void)state;
    open_file(&h);
    replace_keys("a b");
    house_start(&h);
    house_later(&h, 1);
    replace_keys("b");
    house_now += 2000;
    assert_null(issuer_keys(h.issuer));
    assert_true(issuer_wait_for_keys(h.issuer, &caller.waiter));
    house_settle(&h, h.issuer);
    assert_int_equal(caller.calls, 1);
    assert_true(house_has(&h, "b"));
    assert_false(house_has(&h, "a"));
    close_file(&h);
}

static void
an_unknown_kid_looks_at_the_file_at_once(void **state)
{
    struct house h;
    struct caller caller = CALLER;

    (void)state;
    open_file(&h);
    replace_keys("a");
    house_start(&h);
    issuer_keys(h.issuer);
    /* Not changed: nothing to wait for, however often one asks. */
    assert_false(issuer_wait_for_kid(h.issuer, span_of("b"), &caller.waiter));
    replace_keys("a b");
    assert_true(issuer_wait_for_kid(h.issuer, span_of("b"), &caller.waiter));
    house_settle(&h, h.issuer);
    assert_int_equal(caller.calls, 1);
    assert_true(house_has(&h, "b"));
    replace_keys("c");
    assert_true(issuer_wait_for_kid(h.issuer, span_of("c"), &caller.waiter));
    house_settle(&h, h.issuer);
    assert_true(house_has(&h, "c"));
    close_file(&h);
}

static void
a_broken_file_keeps_the_old_keys_until_it_is_mended(void **state)
{
    static const char *const broken[] = {
        "", "{", "<html>", "[]", "{\"keys\":[]}", "{\"keys\":{}}", "null",
    };
    struct house h;

    (void)state;
    open_file(&h);
    replace_keys("a");
    house_start(&h);
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        replace(broken[i]);
        house_later(&h, 3);
        if (!house_has(&h, "a"))
            fail_msg("%s", broken[i]);
        house_expect(&h, "error", "\"");
        house_expect(&h, "state", "stale");
    }
    replace_keys("b");
    house_later(&h, 3);
    assert_true(house_has(&h, "b"));
    house_expect(&h, "state", "ok");
    house_expect(&h, "error", "null");
    close_file(&h);
}

static void
a_file_that_vanished_keeps_the_old_keys(void **state)
{
    struct house h;

    (void)state;
    open_file(&h);
    replace_keys("a");
    house_start(&h);
    unlink(path);
    house_later(&h, 3);
    assert_true(house_has(&h, "a"));
    house_expect(&h, "error", "does not exist");
    close_file(&h);
}

static void
a_missing_file_is_loaded_when_it_appears(void **state)
{
    struct house h;
    struct caller caller = CALLER;

    (void)state;
    open_file(&h);
    house_start(&h);
    assert_null(issuer_keys(h.issuer));
    assert_false(issuer_wait_for_keys(h.issuer, &caller.waiter));
    house_expect(&h, "state", "failed");
    replace_keys("a");
    /* No back-off for somebody who mends it. */
    assert_true(issuer_wait_for_keys(h.issuer, &caller.waiter));
    house_settle(&h, h.issuer);
    assert_true(house_has(&h, "a"));
    close_file(&h);
}

static void
refuses_with(mode_t mode, const char *error)
{
    struct house h;
    char *set = house_keys("a");

    open_file(&h);
    write_text(path, set, mode);
    house_start(&h);
    assert_null(issuer_keys(h.issuer));
    house_expect(&h, "error", error);
    close_file(&h);
    free(set);
}

static void
a_file_that_everybody_may_write_is_refused(void **state)
{
    (void)state;
    refuses_with(0646, "written by everybody");
    refuses_with(0666, "written by everybody");
}

static void
what_is_no_file_is_refused(void **state)
{
    struct house h;

    (void)state;
    open_file(&h);
    assert_int_equal(mkdir(path, 0755), 0);
    house_start(&h);
    assert_null(issuer_keys(h.issuer));
    house_expect(&h, "error", "regular");
    rmdir(path);
    /* A pipe that nobody writes to must not hold the pool. */
    assert_int_equal(mkfifo(path, 0600), 0);
    house_later(&h, 5);
    assert_null(issuer_keys(h.issuer));
    house_expect(&h, "error", "regular");
    close_file(&h);
}

static void
a_link_to_a_file_is_followed(void **state)
{
    struct house h;
    char *set = house_keys("a");

    (void)state;
    open_file(&h);
    write_text(spare, set, 0644);
    assert_int_equal(symlink(spare, path), 0);
    house_start(&h);
    assert_true(house_has(&h, "a"));
    close_file(&h);
    free(set);
}

static void
an_oversized_file_is_refused(void **state)
{
    struct house h;
    char *set = house_keys("a");

    (void)state;
    open_file(&h);
    write_text(path, set, 0644);
    assert_int_equal(truncate(path, 512 * 1024 + 1), 0);
    house_start(&h);
    assert_null(issuer_keys(h.issuer));
    house_expect(&h, "error", "too large");
    close_file(&h);
    free(set);
}

static char *
secret_set(void)
{
    char *jwk = forge_jwk_secret("0123456789abcdef0123456789abcdef", 32,
                                 "\"kid\":\"s\"");
    char *set = forge_text("{\"keys\":[%s]}", jwk);

    free(jwk);
    return set;
}

static void
a_secret_is_a_key_only_where_hs_is_configured(void **state)
{
    struct house h;
    char *set = secret_set();

    (void)state;
    open_file(&h);
    write_text(path, set, 0640);
    house_start(&h);
    assert_null(issuer_keys(h.issuer));
    assert_true(h.issuer->private_told);
    close_file(&h);

    open_file(&h);
    write_text(path, set, 0640);
    list_add(&h.conf.algorithms, span_of("HS256"));
    house_start(&h);
    assert_true(house_has(&h, "s"));
    assert_false(h.issuer->private_told);
    list_clear(&h.conf.algorithms);
    close_file(&h);
    free(set);
}

static void
a_secret_that_everybody_may_read_is_refused(void **state)
{
    struct house h;
    char *set = secret_set();

    (void)state;
    open_file(&h);
    write_text(path, set, 0644);
    list_add(&h.conf.algorithms, span_of("HS256"));
    house_start(&h);
    assert_null(issuer_keys(h.issuer));
    house_expect(&h, "error", "read by everybody");
    list_clear(&h.conf.algorithms);
    close_file(&h);
    free(set);
}

static void
a_flush_reads_the_file_again(void **state)
{
    struct house h;

    (void)state;
    open_file(&h);
    replace_keys("a");
    house_start(&h);
    replace_keys("b");
    issuer_refresh(h.issuer);
    house_settle(&h, h.issuer);
    assert_true(house_has(&h, "b"));
    close_file(&h);
}

static void
an_issuer_may_go_while_its_file_is_read(void **state)
{
    struct house h;

    (void)state;
    open_file(&h);
    replace_keys("a b c");
    h.issuer = house_issuer_new(&h);
    issuer_keys(h.issuer);
    assert_int_equal(h.issuer->flight, FLIGHT_CHECK);
    close_file(&h);
}

static void
a_reload_inherits_the_keys_of_a_file(void **state)
{
    struct house h;
    struct issuer *old;

    (void)state;
    open_file(&h);
    replace_keys("a");
    house_start(&h);
    old = h.issuer;
    h.issuer = house_issuer_new(&h);
    issuer_inherit(h.issuer, old);
    issuer_free(old);
    assert_true(house_has(&h, "a"));
    assert_int_equal(h.issuer->flight, FLIGHT_NONE);
    replace_keys("b");
    house_later(&h, 2);
    assert_true(house_has(&h, "b"));
    close_file(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_loaded_and_stays),
        cmocka_unit_test(a_bare_jwk_in_a_file_is_a_set_of_one),
        cmocka_unit_test(a_changed_file_is_seen_within_two_seconds),
        cmocka_unit_test(a_removed_key_serves_nobody_while_the_file_is_read),
        cmocka_unit_test(an_unknown_kid_looks_at_the_file_at_once),
        cmocka_unit_test(a_broken_file_keeps_the_old_keys_until_it_is_mended),
        cmocka_unit_test(a_file_that_vanished_keeps_the_old_keys),
        cmocka_unit_test(a_missing_file_is_loaded_when_it_appears),
        cmocka_unit_test(a_file_that_everybody_may_write_is_refused),
        cmocka_unit_test(what_is_no_file_is_refused),
        cmocka_unit_test(a_link_to_a_file_is_followed),
        cmocka_unit_test(an_oversized_file_is_refused),
        cmocka_unit_test(a_secret_is_a_key_only_where_hs_is_configured),
        cmocka_unit_test(a_secret_that_everybody_may_read_is_refused),
        cmocka_unit_test(a_flush_reads_the_file_again),
        cmocka_unit_test(an_issuer_may_go_while_its_file_is_read),
        cmocka_unit_test(a_reload_inherits_the_keys_of_a_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
