/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/session: which subject holds which local name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "helper/session/pinline.h"
#include "helper/session/pins.h"

#define BYTES(literal) ((struct span){(literal), sizeof(literal) - 1})
#define ISS BYTES("https://idp.example/")
#define OTHER BYTES("https://other.example/")

struct place {
    char dir[96];
    char file[128];
};

static int
place_new(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    assert_non_null(place);
    strcpy(place->dir, "/tmp/pins-test-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    snprintf(place->file, sizeof place->file, "%s/pins", place->dir);
    *state = place;
    return 0;
}

static int
place_free(void **state)
{
    struct place *place = *state;

    if (unlink(place->file) != 0)
        (void)rmdir(place->file);
    assert_int_equal(rmdir(place->dir), 0); /* and nothing else was left */
    free(place);
    return 0;
}

static void
write_file(const struct place *place, struct span content)
{
    FILE *f = fopen(place->file, "w");

    assert_non_null(f);
    assert_int_equal(fwrite(content.data, 1, content.len, f), content.len);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(place->file, 0600), 0);
}

static void
read_file(const struct place *place, char *out, size_t size)
{
    FILE *f = fopen(place->file, "r");

    assert_non_null(f);
    out[fread(out, 1, size - 1, f)] = '\0';
    fclose(f);
}

static struct pins *
reopen(const struct place *place, struct pins *pins)
{
    pins_free(pins);
    pins = pins_open(place->dir);
    assert_non_null(pins);
    return pins;
}

static void
the_first_subject_keeps_the_name(void **state)
{
    struct pins *pins = reopen(*state, NULL);

    assert_null(pins_find(pins, BYTES("alice"), ISS).data);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s1")),
                     PIN_NEW);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s1")),
                     PIN_MATCHES);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s2")),
                     PIN_OTHER);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s")),
                     PIN_OTHER);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s1\0")),
                     PIN_OTHER);
    assert_true(span_is(pins_find(pins, BYTES("alice"), ISS), "s1"));
    pins_free(pins);
}

static void
names_and_issuers_are_pinned_apart(void **state)
{
    struct pins *pins = reopen(*state, NULL);

    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s1")),
                     PIN_NEW);
    assert_int_equal(pins_check(pins, BYTES("bob"), ISS, BYTES("s1")), PIN_NEW);
    assert_int_equal(pins_check(pins, BYTES("alice"), OTHER, BYTES("s2")),
                     PIN_NEW);
    assert_int_equal(pins_check(pins, BYTES("bob"), OTHER, BYTES("s1")),
                     PIN_NEW);
    assert_int_equal(pins_check(pins, BYTES("alice"), OTHER, BYTES("s1")),
                     PIN_OTHER);
    pins_free(pins);
}

static void
pins_outlive_the_helper(void **state)
{
    struct pins *pins = reopen(*state, NULL);
    const struct span odd = BYTES("a b%\xc3\xbc|x");

    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s1")),
                     PIN_NEW);
    assert_int_equal(pins_check(pins, BYTES("bob"), ISS, odd), PIN_NEW);
    pins = reopen(*state, pins);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s2")),
                     PIN_OTHER);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s1")),
                     PIN_MATCHES);
    assert_int_equal(pins_check(pins, BYTES("bob"), ISS, odd), PIN_MATCHES);
    pins_free(pins);
}

static void
a_pin_is_in_the_file_when_it_is_answered(void **state)
{
    struct pins *pins = reopen(*state, NULL), *again;

    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s1")),
                     PIN_NEW);
    again = reopen(*state, NULL); /* the first was not closed: it crashed */
    assert_int_equal(pins_check(again, BYTES("alice"), ISS, BYTES("s2")),
                     PIN_OTHER);
    pins_free(again);
    pins_free(pins);
}

static void
the_file_is_private_and_readable(void **state)
{
    struct place *place = *state;
    struct pins *pins = reopen(place, NULL);
    char text[256], want[256];
    long long since;
    struct stat st;

    assert_int_equal(
        pins_check(pins, BYTES("alice"), ISS, BYTES("s 1%\xc3\xa9")), PIN_NEW);
    assert_int_equal(stat(place->file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    read_file(place, text, sizeof text);
    assert_int_equal(sscanf(text, "+ %lld ", &since), 1);
    snprintf(want, sizeof want,
             "+ %lld alice https://idp.example/ s%%201%%25%%C3%%A9\n", since);
    assert_string_equal(text, want);
    pins_free(pins);
}

static void
a_forgotten_name_can_be_pinned_anew(void **state)
{
    struct pins *pins = reopen(*state, NULL);

    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s1")),
                     PIN_NEW);
    assert_int_equal(pins_check(pins, BYTES("bob"), ISS, BYTES("b1")), PIN_NEW);
    assert_int_equal(pins_forget(pins, BYTES("alice"), ISS), 1);
    assert_int_equal(pins_forget(pins, BYTES("alice"), ISS), 0);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s2")),
                     PIN_NEW);
    pins = reopen(*state, pins);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s2")),
                     PIN_MATCHES);
    assert_int_equal(pins_check(pins, BYTES("bob"), ISS, BYTES("b2")),
                     PIN_OTHER);
    pins_free(pins);
}

static void
a_name_is_forgotten_at_one_issuer_or_at_all(void **state)
{
    struct pins *pins = reopen(*state, NULL);

    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s1")),
                     PIN_NEW);
    assert_int_equal(pins_check(pins, BYTES("alice"), OTHER, BYTES("s2")),
                     PIN_NEW);
    assert_int_equal(pins_forget(pins, BYTES("alice"), OTHER), 1);
    assert_non_null(pins_find(pins, BYTES("alice"), ISS).data);
    assert_int_equal(pins_check(pins, BYTES("alice"), OTHER, BYTES("s3")),
                     PIN_NEW);
    assert_int_equal(pins_forget(pins, BYTES("alice"), (struct span){NULL, 0}),
                     2);
    pins = reopen(*state, pins);
    assert_null(pins_find(pins, BYTES("alice"), ISS).data);
    assert_null(pins_find(pins, BYTES("alice"), OTHER).data);
    pins_free(pins);
}

static void
opening_leaves_only_what_holds(void **state)
{
    struct place *place = *state;
    struct pins *pins;
    char text[512];

    write_file(place, BYTES("+ 1 alice https://a/ s1\n"
                            "- alice https://a/\n"
                            "+ 2 alice https://a/ s2\n"
                            "+ 3 bob https://a/ s3\n"
                            "- bob https://a/\n"));
    pins = reopen(place, NULL);
    read_file(place, text, sizeof text);
    assert_string_equal(text, "+ 2 alice https://a/ s2\n");
    assert_int_equal(
        pins_check(pins, BYTES("bob"), BYTES("https://a/"), BYTES("s4")),
        PIN_NEW);
    pins = reopen(place, pins);
    assert_int_equal(
        pins_check(pins, BYTES("bob"), BYTES("https://a/"), BYTES("s3")),
        PIN_OTHER);
    pins_free(pins);
}

static void
an_unfinished_last_record_is_dropped(void **state)
{
    struct place *place = *state;
    struct pins *pins;
    char text[256];

    write_file(place, BYTES("+ 1 alice https://a/ s1\n+ 2 bob https://a/ s"));
    pins = reopen(place, NULL);
    assert_null(pins_find(pins, BYTES("bob"), BYTES("https://a/")).data);
    read_file(place, text, sizeof text);
    assert_string_equal(text, "+ 1 alice https://a/ s1\n");
    assert_int_equal(
        pins_check(pins, BYTES("bob"), BYTES("https://a/"), BYTES("s2")),
        PIN_NEW);
    pins = reopen(place, pins);
    assert_true(
        span_is(pins_find(pins, BYTES("bob"), BYTES("https://a/")), "s2"));
    pins_free(pins);
}

/* --- when it cannot be believed --- */

static void
assert_believes_nobody(struct pins *pins)
{
    json_t *list;

    assert_int_equal(
        pins_check(pins, BYTES("alice"), BYTES("https://a/"), BYTES("s1")),
        PIN_FAILED);
    assert_int_equal(
        pins_check(pins, BYTES("new"), BYTES("https://a/"), BYTES("s")),
        PIN_FAILED);
    assert_null(pins_find(pins, BYTES("alice"), BYTES("https://a/")).data);
    assert_int_equal(pins_forget(pins, BYTES("alice"), BYTES("https://a/")),
                     -1);
    list = pins_list(pins);
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
}

#define GOOD "+ 1 alice https://a/ s1\n"

static void
a_fault_in_the_file_refuses_everybody(void **state)
{
    static const struct span bad[] = {
        BYTES(GOOD "nonsense\n"),
        BYTES(GOOD "\n"),
        BYTES(GOOD "+ 1 bob https://a/\n"),
        BYTES(GOOD "+ 1 bob https://a/ s 2\n"),
        BYTES(GOOD "+ 1 bob  https://a/ s\n"),
        BYTES(GOOD "+ 1 bob https://a/ \n"),
        BYTES(GOOD "+  1 bob https://a/ s\n"),
        BYTES(GOOD "+ x bob https://a/ s\n"),
        BYTES(GOOD "+ -1 bob https://a/ s\n"),
        BYTES(GOOD "+ 99999999999999999999 bob https://a/ s\n"),
        BYTES(GOOD "+ 1 b/b https://a/ s\n"),
        BYTES(GOOD "+ 1 0 https://a/ s\n"),
        BYTES(GOOD "+ 1 bob https://a/ s%\n"),
        BYTES(GOOD "+ 1 bob https://a/ s%4\n"),
        BYTES(GOOD "+ 1 bob https://a/ s%zz\n"),
        BYTES(GOOD "+ 1 bob https://a/ s%00\n"),
        BYTES(GOOD "+ 1 bob https://a/ s%0A\n"),
        BYTES(GOOD "+ 1 bob https://a/ s%FF\n"),
        BYTES(GOOD "+ 1 bob https://a/ s\xc3\xbc\n"),
        BYTES(GOOD "+ 1 bob https://a/ s\r\n"),
        BYTES(GOOD "+ 1 bob https://a/ s\0\n"),
        BYTES(GOOD "\0\0\0\0\n"),
        BYTES(GOOD "+ 2 alice https://a/ s2\n"),
        BYTES(GOOD "+ 2 alice https://a/ s1\n"),
        BYTES(GOOD "- alice\n"),
        BYTES(GOOD "- alice https://a/ s1\n"),
        BYTES(GOOD "* alice https://a/\n"),
        BYTES(GOOD "+1 bob https://a/ s\n"),
        BYTES("# a comment\n" GOOD)};
    size_t i;

    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[256];
        struct pins *pins;

        write_file(*state, bad[i]);
        pins = reopen(*state, NULL);
        assert_believes_nobody(pins);
        pins_free(pins);
        read_file(*state, text, sizeof text);
        assert_memory_equal(text, bad[i].data, bad[i].len);
    }
}

static void
a_file_that_others_can_write_is_not_believed(void **state)
{
    struct place *place = *state;
    struct pins *pins;

    write_file(place, BYTES(GOOD));
    assert_int_equal(chmod(place->file, 0620), 0);
    pins = reopen(place, NULL);
    assert_believes_nobody(pins);
    assert_int_equal(chmod(place->file, 0602), 0);
    pins = reopen(place, pins);
    assert_believes_nobody(pins);
    pins_free(pins);
}

static void
a_symbolic_link_is_not_followed(void **state)
{
    struct place *place = *state;
    char target[128];
    struct pins *pins;

    snprintf(target, sizeof target, "%s/target", place->dir);
    write_file(place, BYTES(GOOD));
    assert_int_equal(rename(place->file, target), 0);
    assert_int_equal(symlink(target, place->file), 0);
    pins = reopen(place, NULL);
    assert_believes_nobody(pins);
    pins_free(pins);
    assert_int_equal(unlink(target), 0);
}

static void
what_is_no_file_is_not_believed(void **state)
{
    struct place *place = *state;
    struct pins *pins;

    assert_int_equal(mkdir(place->file, 0700), 0);
    pins = reopen(place, NULL);
    assert_believes_nobody(pins);
    assert_int_equal(rmdir(place->file), 0);
    assert_int_equal(mkfifo(place->file, 0600), 0);
    pins = reopen(place, pins); /* and it does not wait for a writer */
    assert_believes_nobody(pins);
    pins_free(pins);
}

static void
a_missing_folder_fails_for_new_names(void **state)
{
    struct place *place = *state;
    struct place missing = *place;
    struct pins *pins;

    strcat(missing.dir, "/no");
    pins = reopen(&missing, NULL);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s1")),
                     PIN_FAILED);
    assert_int_equal(pins_forget(pins, BYTES("alice"), ISS), -1);
    assert_null(pins_find(pins, BYTES("alice"), ISS).data);
    pins_free(pins);
    write_file(place, BYTES("")); /* for the common end */
}

static void
a_file_changed_by_somebody_else_takes_no_new_names(void **state)
{
    struct place *place = *state;
    struct pins *pins;

    write_file(place, BYTES(GOOD));
    pins = reopen(place, NULL);
    write_file(place, BYTES(GOOD "+ 2 bob https://a/ s2\n"));
    assert_int_equal(
        pins_check(pins, BYTES("bob"), BYTES("https://a/"), BYTES("evil")),
        PIN_FAILED);
    assert_int_equal(
        pins_check(pins, BYTES("alice"), BYTES("https://a/"), BYTES("s1")),
        PIN_MATCHES);
    assert_int_equal(
        pins_check(pins, BYTES("alice"), BYTES("https://a/"), BYTES("s2")),
        PIN_OTHER);
    assert_int_equal(pins_forget(pins, BYTES("alice"), BYTES("https://a/")),
                     -1);
    pins = reopen(place, pins);
    assert_int_equal(
        pins_check(pins, BYTES("bob"), BYTES("https://a/"), BYTES("evil")),
        PIN_OTHER);
    pins_free(pins);
}

static void
a_removed_file_takes_no_new_names(void **state)
{
    struct place *place = *state;
    struct pins *pins;

    write_file(place, BYTES(GOOD));
    pins = reopen(place, NULL);
    assert_int_equal(unlink(place->file), 0);
    assert_int_equal(
        pins_check(pins, BYTES("bob"), BYTES("https://a/"), BYTES("s2")),
        PIN_FAILED);
    assert_int_equal(
        pins_check(pins, BYTES("alice"), BYTES("https://a/"), BYTES("s1")),
        PIN_MATCHES);
    pins_free(pins);
    write_file(place, BYTES("")); /* for the common end */
}

static void
what_fits_no_line_is_not_pinned(void **state)
{
    static char large[4200];
    struct pins *pins = reopen(*state, NULL);
    const struct span empty = {NULL, 0};

    memset(large, 'x', sizeof large);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, empty), PIN_FAILED);
    assert_int_equal(pins_check(pins, BYTES("alice"), empty, BYTES("s")),
                     PIN_FAILED);
    assert_int_equal(pins_check(pins, empty, ISS, BYTES("s")), PIN_FAILED);
    assert_int_equal(pins_check(pins, BYTES("a b"), ISS, BYTES("s")),
                     PIN_FAILED);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s\n+")),
                     PIN_FAILED);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s\xff")),
                     PIN_FAILED);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS,
                                (struct span){large, LIMIT_CLAIM + 1}),
                     PIN_FAILED);
    assert_int_equal(pins_check(pins, BYTES("alice"),
                                (struct span){large, LIMIT_CONF_LINE + 1},
                                BYTES("s")),
                     PIN_FAILED);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS,
                                (struct span){large, LIMIT_CLAIM}),
                     PIN_NEW);
    pins_free(pins);
}

/* --- lists and lines --- */

static void
the_list_is_sorted_by_user_and_issuer(void **state)
{
    struct pins *pins = reopen(*state, NULL);
    json_t *list, *first;

    assert_int_equal(pins_check(pins, BYTES("bob"), OTHER, BYTES("s3")),
                     PIN_NEW);
    assert_int_equal(pins_check(pins, BYTES("bob"), ISS, BYTES("s2")), PIN_NEW);
    assert_int_equal(pins_check(pins, BYTES("alice"), ISS, BYTES("s1")),
                     PIN_NEW);
    list = pins_list(pins);
    assert_int_equal(json_array_size(list), 3);
    first = json_array_get(list, 0);
    assert_string_equal(json_string_value(json_object_get(first, "user")),
                        "alice");
    assert_string_equal(json_string_value(json_object_get(first, "issuer")),
                        "https://idp.example/");
    assert_string_equal(json_string_value(json_object_get(first, "subject")),
                        "s1");
    assert_true(json_is_integer(json_object_get(first, "since")));
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(list, 1), "subject")),
        "s2");
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(list, 2), "subject")),
        "s3");
    json_decref(list);
    pins_free(pins);
}

static void
many_names_are_kept_apart(void **state)
{
    struct pins *pins = reopen(*state, NULL);
    char user[16], sub[16];
    int i;

    for (i = 0; i < 3000; i++) {
        snprintf(user, sizeof user, "u%d", i);
        snprintf(sub, sizeof sub, "s%d", i);
        assert_int_equal(pins_check(pins, span_of(user), ISS, span_of(sub)),
                         PIN_NEW);
    }
    pins = reopen(*state, pins);
    for (i = 0; i < 3000; i++) {
        snprintf(user, sizeof user, "u%d", i);
        snprintf(sub, sizeof sub, "s%d", i);
        assert_int_equal(pins_check(pins, span_of(user), ISS, span_of(sub)),
                         PIN_MATCHES);
    }
    pins_free(pins);
}

/* Every byte that may stand in a subject comes back from its line. */
static void
a_line_reads_back_as_it_was_written(void **state)
{
    struct buffer out = BUFFER_INIT(PINLINE_MAX);
    struct pinline read, line = {.since = INT64_MAX,
                                 .user = BYTES("alice@corp"),
                                 .iss = BYTES("urn:x y%20"),
                                 .sub = {NULL, 0}};
    char sub[0x7f - 0x20];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof sub; i++)
        sub[i] = (char)(0x20 + i);
    line.sub = (struct span){sub, sizeof sub};
    assert_true(pinline_print(&line, &out));
    assert_int_equal(out.data[out.len - 1], '\n');
    assert_true(pinline_parse(out.data, out.len - 1, &read));
    assert_false(read.forgets);
    assert_true(read.since == INT64_MAX);
    assert_true(span_equal(read.user, line.user));
    assert_true(span_equal(read.iss, line.iss));
    assert_true(span_equal(read.sub, line.sub));
    buffer_free(&out);
}

static void
the_longest_line_fits_its_bound(void **state)
{
    static char large[LIMIT_CONF_LINE];
    struct buffer out = BUFFER_INIT(PINLINE_MAX);
    struct pinline read,
        line = {.since = INT64_MAX,
                .user = BYTES("abcdefghijklmnopqrstuvwxyzabcdef"),
                .iss = {large, LIMIT_CONF_LINE},
                .sub = {large, LIMIT_CLAIM}};

    (void)state;
    memset(large, ' ', sizeof large);
    assert_true(pinline_print(&line, &out));
    assert_true(pinline_parse(out.data, out.len - 1, &read));
    assert_true(span_equal(read.iss, line.iss));
    buffer_free(&out);
}

#define PLACED(test)                                                           \
    cmocka_unit_test_setup_teardown(test, place_new, place_free)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(the_first_subject_keeps_the_name),
        PLACED(names_and_issuers_are_pinned_apart),
        PLACED(pins_outlive_the_helper),
        PLACED(a_pin_is_in_the_file_when_it_is_answered),
        PLACED(the_file_is_private_and_readable),
        PLACED(a_forgotten_name_can_be_pinned_anew),
        PLACED(a_name_is_forgotten_at_one_issuer_or_at_all),
        PLACED(opening_leaves_only_what_holds),
        PLACED(an_unfinished_last_record_is_dropped),
        PLACED(a_fault_in_the_file_refuses_everybody),
        PLACED(a_file_that_others_can_write_is_not_believed),
        PLACED(a_symbolic_link_is_not_followed),
        PLACED(what_is_no_file_is_not_believed),
        PLACED(a_missing_folder_fails_for_new_names),
        PLACED(a_file_changed_by_somebody_else_takes_no_new_names),
        PLACED(a_removed_file_takes_no_new_names),
        PLACED(what_fits_no_line_is_not_pinned),
        PLACED(the_list_is_sorted_by_user_and_issuer),
        PLACED(many_names_are_kept_apart),
        cmocka_unit_test(a_line_reads_back_as_it_was_written),
        cmocka_unit_test(the_longest_line_fits_its_bound)};

    return cmocka_run_group_tests_name("pins", tests, NULL, NULL);
}
