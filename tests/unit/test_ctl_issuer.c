/* SPDX-License-Identifier: BSD-2-Clause */
/* issuer init, issuer rotate, and who may use the key that they made. */
#include "tests/unit/ctl_capture.h"

#include <fcntl.h>
#include <sys/file.h>

#include "helper/ctl/ctl.h"
#include "helper/ctl/keyset.h"
#include "helper/jose/json.h"

#define TEXT_MAX 65536

static struct capture c;
static struct folder f;
static char key[TEXT_MAX], set[TEXT_MAX], later[TEXT_MAX];

static int
set_up(void **state)
{
    (void)state;
    folder_make(&f);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    folder_remove(&f);
    return 0;
}

static int
init(void)
{
    return capture_run(&c, ctl_issuer_init, span_of(""), "init", "--dir",
                       f.path, NULL);
}

static int
rotate(void)
{
    return capture_run(&c, ctl_issuer_rotate, span_of(""), "rotate", "--dir",
                       f.path, NULL);
}

static void
read_both(void)
{
    folder_read(&f, "local.key", key, sizeof(key));
    folder_read(&f, "local.jwks", set, sizeof(set));
}

static json_t *
keys_of(const char *text)
{
    json_t *root = json_object_load(span_of(text));
    json_t *keys = json_incref(json_object_get(root, "keys"));

    assert_true(json_is_array(keys));
    json_decref(root);
    return keys;
}

/* Does the set name the key that is in place first? */
static bool
belong_together(void)
{
    struct sign_key loaded;
    json_t *keys;
    bool belong;

    read_both();
    assert_true(sign_key_from_pem(span_of(key), &loaded));
    keys = keys_of(set);
    belong = span_is(json_text(json_array_get(keys, 0), "kid"), loaded.kid);
    json_decref(keys);
    sign_key_clear(&loaded);
    return belong;
}

static void
init_makes_a_secret_key_and_a_public_set(void **state)
{
    mode_t mask = umask(0);

    (void)state;
    assert_int_equal(init(), CTL_DONE);
    umask(mask);
    assert_int_equal(folder_mode(&f, "local.key"), 0600);
    assert_int_equal(folder_mode(&f, "local.jwks"), 0644);
    assert_true(belong_together());
    assert_null(strstr(set, "\"d\""));
    assert_null(strstr(set, "PRIVATE"));
    assert_non_null(strstr(c.out, "issuers = local"));
    assert_null(strstr(c.out, "PRIVATE"));
    assert_int_equal(folder_mode(&f, "local.key.new"), 0);
    assert_int_equal(folder_mode(&f, "local.jwks.new"), 0);
    assert_true(capture_widest(c.out) <= 80);
}

static void
a_narrow_umask_leaves_the_set_readable(void **state)
{
    mode_t mask = umask(077);

    (void)state;
    assert_int_equal(init(), CTL_DONE);
    umask(mask);
    assert_int_equal(folder_mode(&f, "local.jwks"), 0644);
}

static void
init_never_overwrites(void **state)
{
    static char before[TEXT_MAX];

    (void)state;
    assert_int_equal(init(), CTL_DONE);
    folder_read(&f, "local.key", before, sizeof(before));
    assert_int_equal(init(), CTL_REFUSED);
    assert_non_null(strstr(c.err, "never overwritten"));
    read_both();
    assert_string_equal(before, key);
    assert_true(belong_together());
}

static void
init_touches_neither_a_foreign_key_nor_a_set_without_key(void **state)
{
    (void)state;
    folder_write(&f, "local.key", "mine");
    assert_int_equal(init(), CTL_REFUSED);
    read_both();
    assert_string_equal(key, "mine");
    assert_string_equal(set, "");
    unlink(folder_file(&f, "local.key"));
    folder_write(&f, "local.jwks", "mine");
    assert_int_equal(init(), CTL_REFUSED);
    read_both();
    assert_string_equal(key, "");
    assert_string_equal(set, "mine");
}

static void
init_follows_no_link(void **state)
{
    (void)state;
    assert_int_equal(symlink("/dev/null", folder_file(&f, "local.key")), 0);
    assert_int_equal(init(), CTL_REFUSED);
    unlink(folder_file(&f, "local.key"));
    assert_int_equal(symlink("other", folder_file(&f, "local.key.new")), 0);
    assert_int_equal(init(), CTL_REFUSED);
    assert_int_equal(folder_mode(&f, "other"), 0);
}

static void
a_folder_that_others_may_write_is_refused(void **state)
{
    (void)state;
    assert_int_equal(chmod(f.path, 0770), 0);
    assert_int_equal(init(), CTL_REFUSED);
    assert_int_equal(chmod(f.path, 01777), 0);
    assert_int_equal(init(), CTL_REFUSED);
    assert_int_equal(chmod(f.path, 0755), 0);
    assert_int_equal(init(), CTL_DONE);
}

static void
a_missing_folder_is_made(void **state)
{
    const char *inner = folder_file(&f, "inner");

    (void)state;
    assert_int_equal(capture_run(&c, ctl_issuer_init, span_of(""), "init",
                                 "--dir", inner, NULL),
                     CTL_DONE);
    assert_int_equal(folder_mode(&f, "inner/local.key"), 0600);
    unlink(folder_file(&f, "inner/local.key"));
    unlink(folder_file(&f, "inner/local.jwks"));
    assert_int_equal(rmdir(folder_file(&f, "inner")), 0);
}

static void
rotate_puts_a_new_key_in_place_and_keeps_the_old_public_one(void **state)
{
    json_t *keys, *before;

    (void)state;
    assert_int_equal(init(), CTL_DONE);
    read_both();
    before = keys_of(set);
    memcpy(later, key, sizeof(later));
    assert_int_equal(rotate(), CTL_DONE);
    assert_true(belong_together());
    assert_string_not_equal(later, key);
    assert_int_equal(folder_mode(&f, "local.key"), 0600);
    assert_int_equal(folder_mode(&f, "local.jwks"), 0644);
    keys = keys_of(set);
    assert_int_equal(json_array_size(keys), 2);
    assert_true(span_equal(json_text(json_array_get(keys, 1), "kid"),
                           json_text(json_array_get(before, 0), "kid")));
    json_decref(keys);
    json_decref(before);
}

static void
rotations_in_a_row_lose_no_living_key(void **state)
{
    json_t *keys;

    (void)state;
    assert_int_equal(init(), CTL_DONE);
    for (int i = 0; i < 3; i++)
        assert_int_equal(rotate(), CTL_DONE);
    assert_true(belong_together());
    keys = keys_of(set);
    assert_int_equal(json_array_size(keys), 4);
    json_decref(keys);
}

static void
rotate_without_a_key_points_to_init(void **state)
{
    (void)state;
    assert_int_equal(rotate(), CTL_REFUSED);
    assert_non_null(strstr(c.err, "issuer init"));
}

static void
rotate_completes_an_interrupted_init(void **state)
{
    json_t *keys;

    (void)state;
    assert_int_equal(init(), CTL_DONE);
    unlink(folder_file(&f, "local.jwks"));
    assert_int_equal(init(), CTL_REFUSED);
    assert_int_equal(rotate(), CTL_DONE);
    assert_true(belong_together());
    keys = keys_of(set);
    assert_int_equal(json_array_size(keys), 2);
    json_decref(keys);
}

static void
rotate_clears_what_an_interrupted_rotation_left(void **state)
{
    (void)state;
    assert_int_equal(init(), CTL_DONE);
    folder_write(&f, "local.key.new", "half a k");
    folder_write(&f, "local.jwks.new", "{");
    assert_int_equal(rotate(), CTL_DONE);
    assert_true(belong_together());
    assert_int_equal(folder_mode(&f, "local.key.new"), 0);
    assert_int_equal(folder_mode(&f, "local.jwks.new"), 0);
}

static void
two_rotations_do_not_meet(void **state)
{
    int fd;

    (void)state;
    assert_int_equal(init(), CTL_DONE);
    read_both();
    memcpy(later, key, sizeof(later));
    fd = open(folder_file(&f, "local.key"), O_RDONLY | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(rotate(), CTL_REFUSED);
    close(fd);
    read_both();
    assert_string_equal(later, key);
}

static void
rotate_refuses_a_set_that_is_none(void **state)
{
    static const char *const bad[] = {"", "{", "[]", "{\"keys\":1}", "{}"};

    (void)state;
    assert_int_equal(init(), CTL_DONE);
    read_both();
    memcpy(later, key, sizeof(later));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        folder_write(&f, "local.jwks", bad[i]);
        assert_int_equal(rotate(), CTL_REFUSED);
        read_both();
        assert_string_equal(set, bad[i]);
        assert_string_equal(later, key);
    }
    folder_write(&f, "local.jwks", "{\"keys\":[]}");
    assert_int_equal(chmod(folder_file(&f, "local.jwks"), 0666), 0);
    assert_int_equal(rotate(), CTL_REFUSED);
}

static int
mint(void)
{
    return capture_run(&c, ctl_token_mint, span_of(""), "mint", "--user",
                       "alice", "--dir", f.path, "--socket",
                       folder_file(&f, "nobody"), NULL);
}

static void
a_key_that_others_may_read_signs_nothing(void **state)
{
    static const mode_t modes[] = {0644, 0640, 0604, 0620, 0601};

    (void)state;
    assert_int_equal(init(), CTL_DONE);
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        assert_int_equal(chmod(folder_file(&f, "local.key"), modes[i]), 0);
        assert_int_equal(mint(), CTL_UNJUDGED);
        assert_string_equal(c.out, "");
        assert_int_equal(rotate(), CTL_REFUSED);
    }
}

static void
a_key_behind_a_link_or_a_fifo_signs_nothing(void **state)
{
    (void)state;
    assert_int_equal(init(), CTL_DONE);
    assert_int_equal(
        rename(folder_file(&f, "local.key"), folder_file(&f, "other")), 0);
    assert_int_equal(symlink("other", folder_file(&f, "local.key")), 0);
    assert_int_equal(mint(), CTL_UNJUDGED);
    unlink(folder_file(&f, "local.key"));
    assert_int_equal(mkfifo(folder_file(&f, "local.key"), 0600), 0);
    assert_int_equal(mint(), CTL_UNJUDGED);
    assert_string_equal(c.out, "");
}

static void
mint_without_a_usable_key_says_so(void **state)
{
    (void)state;
    assert_int_equal(mint(), CTL_UNJUDGED);
    assert_non_null(strstr(c.err, "issuer init"));
    folder_write(&f, "local.key", "no key");
    assert_int_equal(chmod(folder_file(&f, "local.key"), 0600), 0);
    assert_int_equal(mint(), CTL_UNJUDGED);
    assert_non_null(strstr(c.err, "no Ed25519 key"));
    assert_string_equal(c.out, "");
}

static int
mint_with(const char *option, const char *value)
{
    return capture_run(&c, ctl_token_mint, span_of(""), "mint", "--user",
                       "alice", "--dir", f.path, "--socket",
                       folder_file(&f, "nobody"), option, value, NULL);
}

static void
limits_of_a_mint_are_wrong_command_lines(void **state)
{
    static const char *const wrong[][2] = {{"--ttl", "2h"},
                                           {"--ttl", "61m"},
                                           {"--ttl", "3601s"},
                                           {"--ttl", "0s"},
                                           {"--ttl", "10"},
                                           {"--ttl", "-1s"},
                                           {"--ttl", ""},
                                           {"--scope", ""},
                                           {"--scope", "a  b"},
                                           {"--claim", "sub=1"},
                                           {"--claim", "acr=\"a\""},
                                           {"--claim", "x"},
                                           {"--claim", "amr=[]"},
                                           {"--claim", "auth_time=1"},
                                           {"--claim", "x=y"},
                                           {"--user", "bob"},
                                           {"--audience", "x"}};

    (void)state;
    assert_int_equal(init(), CTL_DONE);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(mint_with(wrong[i][0], wrong[i][1]), CTL_USAGE);
        assert_string_equal(c.out, "");
    }
    assert_int_equal(capture_run(&c, ctl_token_mint, span_of(""), "mint",
                                 "--dir", f.path, NULL),
                     CTL_USAGE);
    assert_int_equal(capture_run(&c, ctl_token_mint, span_of(""), "mint",
                                 "--dir", f.path, "--user", "root", NULL),
                     CTL_USAGE);
}

static void
commands_take_no_stray_words(void **state)
{
    (void)state;
    assert_int_equal(
        capture_run(&c, ctl_issuer_init, span_of(""), "init", f.path, NULL),
        CTL_USAGE);
    assert_int_equal(capture_run(&c, ctl_issuer_rotate, span_of(""), "rotate",
                                 "--force", NULL),
                     CTL_USAGE);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(init_makes_a_secret_key_and_a_public_set),
        EACH(a_narrow_umask_leaves_the_set_readable),
        EACH(init_never_overwrites),
        EACH(init_touches_neither_a_foreign_key_nor_a_set_without_key),
        EACH(init_follows_no_link),
        EACH(a_folder_that_others_may_write_is_refused),
        EACH(a_missing_folder_is_made),
        EACH(rotate_puts_a_new_key_in_place_and_keeps_the_old_public_one),
        EACH(rotations_in_a_row_lose_no_living_key),
        EACH(rotate_without_a_key_points_to_init),
        EACH(rotate_completes_an_interrupted_init),
        EACH(rotate_clears_what_an_interrupted_rotation_left),
        EACH(two_rotations_do_not_meet),
        EACH(rotate_refuses_a_set_that_is_none),
        EACH(a_key_that_others_may_read_signs_nothing),
        EACH(a_key_behind_a_link_or_a_fifo_signs_nothing),
        EACH(mint_without_a_usable_key_says_so),
        EACH(limits_of_a_mint_are_wrong_command_lines),
        EACH(commands_take_no_stray_words),
    };

    return cmocka_run_group_tests_name("ctl_issuer", tests, NULL, NULL);
}
