/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/session: what was issued before a mark. */
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

#include "helper/base/limits.h"
#include "helper/session/revocation.h"

#define NOW INT64_C(1700000000)
#define ISS "https://idp.example/"
#define OTHER "https://other.example/"

struct place {
    char dir[96];
    char file[128];
    struct revocations *marks;
};

static int
place_new(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    assert_non_null(place);
    strcpy(place->dir, "/tmp/revocation-test-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    snprintf(place->file, sizeof place->file, "%s/revocations", place->dir);
    place->marks = revocations_open(place->dir);
    assert_non_null(place->marks);
    *state = place;
    return 0;
}

static int
place_free(void **state)
{
    struct place *place = *state;

    revocations_free(place->marks);
    (void)unlink(place->file);
    assert_int_equal(rmdir(place->dir), 0); /* and nothing else was left */
    free(place);
    return 0;
}

static void
reopen(struct place *place)
{
    revocations_free(place->marks);
    place->marks = revocations_open(place->dir);
    assert_non_null(place->marks);
}

static void
write_file(const struct place *place, const char *text)
{
    FILE *f = fopen(place->file, "w");

    assert_non_null(f);
    assert_int_equal(fputs(text, f) < 0, 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(place->file, 0600), 0);
}

static const char *
read_file(const struct place *place)
{
    static char text[65536];
    FILE *f = fopen(place->file, "r");

    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

static enum revocation_result
mark(const struct place *place, enum revocation_kind kind, const char *first,
     const char *second, int64_t when)
{
    const struct revocation what = {kind, span_of(first), span_of(second)};

    return revocations_mark(place->marks, &what, when);
}

static int64_t
latest(const struct place *place, const char *user, const char *iss,
       const char *sub)
{
    const struct revocation_question q = {span_of(user), span_of(iss),
                                          span_of(sub), 0};

    return revocations_latest(place->marks, &q);
}

static void
what_was_issued_up_to_the_leeway_is_hit(void **state)
{
    (void)state;
    assert_true(revocation_hits(NOW, NOW - 1));
    assert_true(revocation_hits(NOW, NOW));
    assert_true(revocation_hits(NOW, NOW + LEEWAY_S));
    assert_false(revocation_hits(NOW, NOW + LEEWAY_S + 1));
    assert_true(revocation_hits(NOW, 0)); /* nobody knows when */
    assert_true(revocation_hits(NOW, -1));
    assert_false(revocation_hits(0, 0)); /* no mark */
    assert_false(revocation_hits(0, NOW));
}

static void
each_kind_concerns_its_own(void **state)
{
    struct place *place = *state;

    assert_int_equal(latest(place, "alice", ISS, "a"), 0);
    assert_int_equal(mark(place, REVOKE_USER, "alice", NULL, NOW),
                     REVOCATION_DONE);
    assert_int_equal(mark(place, REVOKE_SUBJECT, ISS, "b", NOW + 1),
                     REVOCATION_DONE);
    assert_int_equal(mark(place, REVOKE_ISSUER, OTHER, NULL, NOW + 2),
                     REVOCATION_DONE);
    assert_int_equal(latest(place, "alice", ISS, "a"), NOW);
    assert_int_equal(latest(place, "alic", ISS, "a"), 0);
    assert_int_equal(latest(place, "alicex", ISS, "a"), 0);
    assert_int_equal(latest(place, "bob", ISS, "b"), NOW + 1);
    assert_int_equal(latest(place, "bob", ISS, "bb"), 0);
    assert_int_equal(latest(place, "bob", ISS "b", ""), 0);
    assert_int_equal(latest(place, "bob", ISS, ""), 0);
    assert_int_equal(latest(place, "bob", OTHER, "b"), NOW + 2);
    assert_int_equal(latest(place, "alice", OTHER, "a"), NOW + 2);
    assert_int_equal(mark(place, REVOKE_ALL, NULL, NULL, NOW + 3),
                     REVOCATION_DONE);
    assert_int_equal(latest(place, "carol", "urn:x", "c"), NOW + 3);
}

static void
a_user_named_like_an_issuer_is_another(void **state)
{
    struct place *place = *state;

    assert_int_equal(mark(place, REVOKE_ISSUER, "alice", NULL, NOW),
                     REVOCATION_DONE);
    assert_int_equal(latest(place, "alice", ISS, "alice"), 0);
    assert_int_equal(latest(place, "bob", "alice", "b"), NOW);
}

static void
marks_outlive_the_helper(void **state)
{
    struct place *place = *state;

    mark(place, REVOKE_USER, "alice", NULL, NOW);
    mark(place, REVOKE_SUBJECT, ISS, "a b%\xc3\xbc", NOW);
    mark(place, REVOKE_ISSUER, OTHER, NULL, NOW);
    assert_string_equal(read_file(place),
                        "user 1700000000 alice\n"
                        "subject 1700000000 " ISS " a%20b%25%C3%BC\n"
                        "issuer 1700000000 " OTHER "\n");
    reopen(place);
    assert_int_equal(latest(place, "alice", ISS, "x"), NOW);
    assert_int_equal(latest(place, "bob", ISS, "a b%\xc3\xbc"), NOW);
    assert_int_equal(latest(place, "bob", OTHER, "x"), NOW);
    mark(place, REVOKE_ALL, NULL, NULL, NOW + 1);
    reopen(place);
    assert_string_equal(read_file(place), "all 1700000001 *\n");
    assert_int_equal(latest(place, "bob", "urn:x", "x"), NOW + 1);
}

static void
a_mark_never_goes_back(void **state)
{
    struct place *place = *state;

    mark(place, REVOKE_USER, "alice", NULL, NOW);
    mark(place, REVOKE_USER, "alice", NULL, NOW - 100);
    assert_int_equal(latest(place, "alice", ISS, "x"), NOW);
    reopen(place);
    assert_int_equal(latest(place, "alice", ISS, "x"), NOW);
    mark(place, REVOKE_USER, "alice", NULL, NOW + 100);
    assert_int_equal(latest(place, "alice", ISS, "x"), NOW + 100);
    /* An older mark for all does not take a newer one's place. */
    mark(place, REVOKE_ALL, NULL, NULL, NOW);
    assert_int_equal(latest(place, "alice", ISS, "x"), NOW + 100);
    reopen(place);
    assert_int_equal(latest(place, "alice", ISS, "x"), NOW + 100);
    assert_int_equal(latest(place, "bob", ISS, "x"), NOW);
}

static void
an_issuer_takes_the_place_of_its_subjects(void **state)
{
    struct place *place = *state;

    mark(place, REVOKE_SUBJECT, ISS, "a", NOW);
    mark(place, REVOKE_SUBJECT, OTHER, "a", NOW);
    mark(place, REVOKE_USER, "alice", NULL, NOW);
    mark(place, REVOKE_ISSUER, ISS, NULL, NOW + 1);
    reopen(place);
    assert_string_equal(read_file(place), "user 1700000000 alice\n"
                                          "subject 1700000000 " OTHER " a\n"
                                          "issuer 1700000001 " ISS "\n");
}

static void
what_names_nobody_is_not_marked(void **state)
{
    static char long_text[LIMIT_CLAIM + 2];
    struct place *place = *state;

    memset(long_text, 'x', sizeof long_text - 1);
    assert_int_equal(mark(place, REVOKE_USER, "", NULL, NOW), REVOCATION_UNFIT);
    assert_int_equal(mark(place, REVOKE_USER, "../a", NULL, NOW),
                     REVOCATION_UNFIT);
    assert_int_equal(mark(place, REVOKE_USER, "a\nall 1 *", NULL, NOW),
                     REVOCATION_UNFIT);
    assert_int_equal(mark(place, REVOKE_SUBJECT, ISS, "", NOW),
                     REVOCATION_UNFIT);
    assert_int_equal(mark(place, REVOKE_SUBJECT, ISS, "a\n", NOW),
                     REVOCATION_UNFIT);
    assert_int_equal(mark(place, REVOKE_SUBJECT, ISS, "\xff", NOW),
                     REVOCATION_UNFIT);
    assert_int_equal(mark(place, REVOKE_SUBJECT, ISS, long_text, NOW),
                     REVOCATION_UNFIT);
    assert_int_equal(mark(place, REVOKE_ISSUER, "", NULL, NOW),
                     REVOCATION_UNFIT);
    assert_int_equal(mark(place, REVOKE_ALL, NULL, NULL, 0), REVOCATION_UNFIT);
    assert_string_equal(read_file(place), "");
}

static void
an_unfinished_last_record_is_dropped(void **state)
{
    struct place *place = *state;

    write_file(place, "user 1700000000 alice\nuser 17000000");
    reopen(place);
    assert_true(revocations_known(place->marks));
    assert_int_equal(latest(place, "alice", ISS, "x"), NOW);
    assert_int_equal(mark(place, REVOKE_USER, "bob", NULL, NOW),
                     REVOCATION_DONE);
    reopen(place);
    assert_int_equal(latest(place, "bob", ISS, "x"), NOW);
}

static void
a_fault_in_the_file_is_not_overlooked(void **state)
{
    static const char *const faults[] = {
        "\n",
        "user\n",
        "user 1700000000\n",
        "user 1700000000 \n",
        "user 1700000000 alice bob\n",
        "user 0 alice\n",
        "user -1 alice\n",
        "user 99999999999999999999 alice\n",
        "user now alice\n",
        "User 1700000000 alice\n",
        "group 1700000000 alice\n",
        "user 1700000000 al%69ce%\n",
        "user 1700000000 %00\n",
        "subject 1700000000 " ISS "\n",
        "subject 1700000000 " ISS " a b\n",
        "issuer 1700000000 " ISS " a\n",
        "all 1700000000\n",
        "all 1700000000 x\n",
        " user 1700000000 alice\n",
        "user  1700000000 alice\n",
        "user 1700000000 alice \n",
    };
    struct place *place = *state;
    char text[256];

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        snprintf(text, sizeof text, "user 1700000000 bob\n%s", faults[i]);
        write_file(place, text);
        reopen(place);
        if (revocations_known(place->marks))
            fail_msg("believed: %s", faults[i]);
        assert_int_equal(mark(place, REVOKE_ALL, NULL, NULL, NOW),
                         REVOCATION_FAILED);
        assert_string_equal(read_file(place), text);
    }
}

static void
a_file_that_others_can_write_is_not_believed(void **state)
{
    struct place *place = *state;

    write_file(place, "");
    assert_int_equal(chmod(place->file, 0666), 0);
    reopen(place);
    assert_false(revocations_known(place->marks));
}

static void
a_symbolic_link_is_not_followed(void **state)
{
    struct place *place = *state;

    assert_int_equal(unlink(place->file), 0);
    assert_int_equal(symlink("/dev/null", place->file), 0);
    reopen(place);
    assert_false(revocations_known(place->marks));
}

static void
what_is_not_written_is_said_and_holds_meanwhile(void **state)
{
    struct place *place = *state;

    assert_int_equal(unlink(place->file), 0); /* somebody removed it */
    assert_int_equal(mark(place, REVOKE_USER, "alice", NULL, NOW),
                     REVOCATION_FAILED);
    assert_int_equal(latest(place, "alice", ISS, "x"), NOW);
}

static void
a_full_table_still_takes_a_mark_for_all(void **state)
{
    struct place *place = *state;
    FILE *f = fopen(place->file, "w");

    assert_non_null(f);
    for (int i = 0; i < REVOCATIONS_MAX; i++)
        fprintf(f, "user 1700000000 u%06d\n", i);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(place->file, 0600), 0);
    reopen(place);
    assert_true(revocations_known(place->marks));
    assert_int_equal(latest(place, "u000000", ISS, "x"), NOW);
    assert_int_equal(latest(place, "u099999", ISS, "x"), NOW);
    assert_int_equal(mark(place, REVOKE_USER, "alice", NULL, NOW),
                     REVOCATION_FULL);
    assert_int_equal(mark(place, REVOKE_USER, "u000007", NULL, NOW + 1),
                     REVOCATION_DONE);
    assert_int_equal(mark(place, REVOKE_ALL, NULL, NULL, NOW + 2),
                     REVOCATION_DONE);
    assert_int_equal(latest(place, "alice", ISS, "x"), NOW + 2);
    reopen(place);
    assert_string_equal(read_file(place), "all 1700000002 *\n");
}

#define PLACED(test)                                                           \
    cmocka_unit_test_setup_teardown(test, place_new, place_free)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_issued_up_to_the_leeway_is_hit),
        PLACED(each_kind_concerns_its_own),
        PLACED(a_user_named_like_an_issuer_is_another),
        PLACED(marks_outlive_the_helper),
        PLACED(a_mark_never_goes_back),
        PLACED(an_issuer_takes_the_place_of_its_subjects),
        PLACED(what_names_nobody_is_not_marked),
        PLACED(an_unfinished_last_record_is_dropped),
        PLACED(a_fault_in_the_file_is_not_overlooked),
        PLACED(a_file_that_others_can_write_is_not_believed),
        PLACED(a_symbolic_link_is_not_followed),
        PLACED(what_is_not_written_is_said_and_holds_meanwhile),
        PLACED(a_full_table_still_takes_a_mark_for_all)};

    return cmocka_run_group_tests_name("revocation", tests, NULL, NULL);
}
