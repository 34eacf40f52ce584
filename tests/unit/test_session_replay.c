/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/session: tokens that count once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/session/replay.h"

#define NOW INT64_C(1700000000)
#define ISS "https://idp.example/"
#define OTHER "https://other.example/"

struct place {
    char dir[96];
    char file[128];
    struct replay *used;
};

static int
place_new(void **state)
{
    struct place *place = calloc(1, sizeof *place);

    assert_non_null(place);
    strcpy(place->dir, "/tmp/replay-test-XXXXXX");
    assert_non_null(mkdtemp(place->dir));
    snprintf(place->file, sizeof place->file, "%s/used", place->dir);
    place->used = replay_open(place->dir, NOW);
    assert_non_null(place->used);
    *state = place;
    return 0;
}

static int
place_free(void **state)
{
    struct place *place = *state;

    replay_free(place->used);
    (void)unlink(place->file);
    assert_int_equal(rmdir(place->dir), 0); /* and nothing else was left */
    free(place);
    return 0;
}

static void
reopen(struct place *place, int64_t now)
{
    replay_free(place->used);
    place->used = replay_open(place->dir, now);
    assert_non_null(place->used);
}

static enum replay_result
use(const struct place *place, const char *iss, const char *jti, int64_t ends)
{
    return replay_use(place->used, span_of(iss), span_of(jti), ends, NOW);
}

static unsigned
lines_of(const struct place *place)
{
    FILE *f = fopen(place->file, "r");
    unsigned lines = 0;
    int c;

    assert_non_null(f);
    while ((c = fgetc(f)) != EOF)
        lines += c == '\n';
    fclose(f);
    return lines;
}

static void
write_file(const struct place *place, const char *text)
{
    FILE *f = fopen(place->file, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(place->file, 0600), 0);
}

static void
a_token_counts_once(void **state)
{
    const struct place *place = *state;

    assert_false(replay_seen(place->used, span_of(ISS), span_of("1")));
    assert_int_equal(use(place, ISS, "1", NOW + 60), REPLAY_FIRST);
    assert_true(replay_seen(place->used, span_of(ISS), span_of("1")));
    assert_int_equal(use(place, ISS, "1", NOW + 60), REPLAY_AGAIN);
    assert_int_equal(use(place, ISS, "1", NOW + 9999), REPLAY_AGAIN);
    assert_int_equal(use(place, ISS, "2", NOW + 60), REPLAY_FIRST);
    assert_int_equal(use(place, OTHER, "1", NOW + 60), REPLAY_FIRST);
    /* Issuer and jti do not run into each other. */
    assert_int_equal(use(place, "ab", "c", NOW + 60), REPLAY_FIRST);
    assert_int_equal(use(place, "a", "bc", NOW + 60), REPLAY_FIRST);
    assert_int_equal(use(place, "a", "BC", NOW + 60), REPLAY_FIRST);
}

static void
a_restart_forgets_only_what_has_ended(void **state)
{
    struct place *place = *state;

    assert_int_equal(use(place, ISS, "short", NOW + 10), REPLAY_FIRST);
    assert_int_equal(use(place, ISS, "long", NOW + 1000), REPLAY_FIRST);
    reopen(place, NOW);
    assert_int_equal(use(place, ISS, "short", NOW + 10), REPLAY_AGAIN);
    /* With the leeway it still counts as a token. */
    reopen(place, NOW + 10 + LEEWAY_S - 1);
    assert_true(replay_seen(place->used, span_of(ISS), span_of("short")));
    reopen(place, NOW + 10 + LEEWAY_S);
    assert_false(replay_seen(place->used, span_of(ISS), span_of("short")));
    assert_true(replay_seen(place->used, span_of(ISS), span_of("long")));
    assert_int_equal(lines_of(place), 1);
}

static void
the_jti_is_not_in_the_file(void **state)
{
    const struct place *place = *state;
    char text[256];
    FILE *f;

    use(place, ISS, "a-jti-to-be-seen", NOW + 60);
    f = fopen(place->file, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    assert_null(strstr(text, "a-jti"));
    assert_int_equal(strncmp(text, "used 1700000060 ", 16), 0);
    assert_int_equal(strlen(text), 16 + 32 + 1);
}

static void
what_cannot_be_recorded_is_refused(void **state)
{
    struct place *place = *state;

    assert_int_equal(unlink(place->file), 0);
    assert_int_equal(use(place, ISS, "1", NOW + 60), REPLAY_FAILED);
    assert_int_equal(use(place, ISS, "1", NOW + 60), REPLAY_FAILED);
}

static void
a_fault_in_the_file_refuses_everybody(void **state)
{
    static const char *const faults[] = {
        "used\n",
        "used 1700000060\n",
        "used 1700000060 00112233445566778899aabbccddeef\n",
        "used 1700000060 00112233445566778899aabbccddeeff0\n",
        "used 1700000060 00112233445566778899AABBCCDDEEFF\n",
        "used -1 00112233445566778899aabbccddeeff\n",
        "uses 1700000060 00112233445566778899aabbccddeeff\n",
        "used 1700000060 00112233445566778899aabbccddeeff x\n",
        "\n",
    };
    struct place *place = *state;

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        write_file(place, faults[i]);
        reopen(place, NOW);
        assert_int_equal(use(place, ISS, "1", NOW + 60), REPLAY_FAILED);
        assert_true(replay_seen(place->used, span_of(ISS), span_of("1")));
    }
    write_file(place, "used 1700000060 00112233445566778899aabbccddeeff\nuse");
    reopen(place, NOW);
    assert_int_equal(use(place, ISS, "1", NOW + 60), REPLAY_FIRST);
}

static void
a_full_table_forgets_the_ended_and_nobody_else(void **state)
{
    struct place *place = *state;
    FILE *f = fopen(place->file, "w");

    assert_non_null(f);
    for (int i = 0; i < REPLAY_MAX; i++)
        fprintf(f, "used %d %032x\n", 1700000060 + (i == 7), i);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(place->file, 0600), 0);
    reopen(place, NOW);
    assert_int_equal(use(place, ISS, "1", NOW + 60), REPLAY_FULL);
    assert_int_equal(replay_use(place->used, span_of(ISS), span_of("1"),
                                NOW + 600, NOW + 60 + LEEWAY_S),
                     REPLAY_FIRST);
    assert_int_equal(lines_of(place), 2);
}

#define PLACED(test)                                                           \
    cmocka_unit_test_setup_teardown(test, place_new, place_free)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(a_token_counts_once),
        PLACED(a_restart_forgets_only_what_has_ended),
        PLACED(the_jti_is_not_in_the_file),
        PLACED(what_cannot_be_recorded_is_refused),
        PLACED(a_fault_in_the_file_refuses_everybody),
        PLACED(a_full_table_forgets_the_ended_and_nobody_else)};

    return cmocka_run_group_tests_name("replay", tests, NULL, NULL);
}
