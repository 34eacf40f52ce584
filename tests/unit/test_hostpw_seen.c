/* SPDX-License-Identifier: BSD-2-Clause */
/* When a provider last vouched for somebody. */
#include "tests/unit/hostpw_house.h"

#include "helper/hostpw/seen.h"

static void
content(struct house *house, char *text, size_t size)
{
    (void)house_read(house_path(house, "seen"), text, size);
}

static void
who_was_never_seen_is_zero(void **state)
{
    struct house *house = *state;
    struct seen *seen = seen_open(house->dir);

    assert_int_equal(seen_last(seen, span_of("alice")), 0);
    seen_note(seen, span_of("alice"), NOW);
    assert_int_equal(seen_last(seen, span_of("alice")), NOW);
    assert_int_equal(seen_last(seen, span_of("alic")), 0);
    assert_int_equal(seen_last(seen, span_of("alices")), 0);
    assert_int_equal(seen_last(seen, span_of("")), 0);
    seen_free(seen);
    seen_free(NULL);
}

static void
it_is_known_after_a_restart(void **state)
{
    struct house *house = *state;
    struct seen *seen = seen_open(house->dir);

    seen_note(seen, span_of("bob"), NOW + 7);
    seen_note(seen, span_of("alice"), NOW);
    seen_note(seen, span_of("alice"), NOW + DAY);
    seen_free(seen);
    seen = seen_open(house->dir);
    assert_int_equal(seen_last(seen, span_of("alice")), NOW + DAY);
    assert_int_equal(seen_last(seen, span_of("bob")), NOW + 7);
    seen_free(seen);
    assert_quiet(house);
}

static void
it_is_written_once_an_hour(void **state)
{
    struct house *house = *state;
    struct seen *seen = seen_open(house->dir);
    char text[256];

    seen_note(seen, span_of("alice"), NOW);
    seen_note(seen, span_of("alice"), NOW + 3599);
    content(house, text, sizeof(text));
    assert_string_equal(text, "1795435200 alice\n");
    seen_note(seen, span_of("alice"), NOW + 3600);
    content(house, text, sizeof(text));
    assert_string_equal(text, "1795435200 alice\n1795438800 alice\n");
    seen_free(seen);
}

/* A clock that ran ahead must not keep the passwords of leavers alive. */
static void
a_time_that_has_not_come_is_taken_back(void **state)
{
    struct house *house = *state;
    struct seen *seen = seen_open(house->dir);

    seen_note(seen, span_of("alice"), NOW + 3650 * (int64_t)DAY);
    seen_note(seen, span_of("alice"), NOW);
    assert_int_equal(seen_last(seen, span_of("alice")), NOW);
    seen_free(seen);
    seen = seen_open(house->dir);
    assert_int_equal(seen_last(seen, span_of("alice")), NOW);
    seen_free(seen);
}

static void
the_file_is_tidied(void **state)
{
    struct house *house = *state;
    struct seen *seen = seen_open(house->dir);
    struct stat st;

    for (int i = 0; i < 5000; i++)
        seen_note(seen, span_of("alice"), NOW + i * INT64_C(3600));
    seen_free(seen);
    assert_int_equal(stat(house_path(house, "seen"), &st), 0);
    assert_true(st.st_size < 1100 * 17);
    assert_int_equal(st.st_mode & 07777, 0600);
    seen = seen_open(house->dir);
    assert_int_equal(seen_last(seen, span_of("alice")),
                     NOW + 4999 * INT64_C(3600));
    seen_free(seen);
}

static void
nonsense_makes_nobody_seen(void **state)
{
    struct house *house = *state;
    struct seen *seen;

    house_write(house_path(house, "seen"),
                "x alice\n-5 alice\n17 \n17\n17 al ice\n\n18 bob\n19 carol");
    seen = seen_open(house->dir);
    assert_logged(house, "6 lines are not understood");
    assert_int_equal(seen_last(seen, span_of("alice")), 0);
    assert_int_equal(seen_last(seen, span_of("bob")), 18);
    /* Its number may have been cut off, too. */
    assert_int_equal(seen_last(seen, span_of("carol")), 0);
    seen_note(seen, span_of("dave"), NOW);
    seen_free(seen);
    seen = seen_open(house->dir);
    assert_int_equal(seen_last(seen, span_of("bob")), 18);
    assert_int_equal(seen_last(seen, span_of("dave")), NOW);
    seen_free(seen);
    assert_quiet(house);
}

static void
a_file_that_others_may_write_is_not_believed(void **state)
{
    struct house *house = *state;
    struct seen *seen;

    house_write(house_path(house, "seen"), "18 bob\n");
    assert_int_equal(chmod(house_path(house, "seen"), 0666), 0);
    seen = seen_open(house->dir);
    assert_logged(house, "nobody counts as seen");
    assert_int_equal(seen_last(seen, span_of("bob")), 0);
    seen_free(seen);
}

static void
names_that_are_none_are_not_kept(void **state)
{
    struct house *house = *state;
    struct seen *seen = seen_open(house->dir);
    char text[64];

    seen_note(seen, span_of("a\n17 root"), NOW);
    seen_note(seen, span_of(""), NOW);
    seen_note(seen, span_of("alice"), 0);
    seen_free(seen);
    content(house, text, sizeof(text));
    assert_string_equal(text, "");
}

static void
the_oldest_goes_when_it_is_full(void **state)
{
    struct house *house = *state;
    FILE *file = fopen(house_path(house, "seen"), "w");
    struct seen *seen;

    assert_non_null(file);
    for (int i = 0; i < SEEN_MAX; i++)
        (void)fprintf(file, "%lld user%d\n", (long long)NOW + (i + 1) % 7000,
                      i);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(house_path(house, "seen"), 0600), 0);
    seen = seen_open(house->dir);
    assert_int_equal(seen_last(seen, span_of("user6999")), NOW);
    seen_note(seen, span_of("alice"), NOW + 9000);
    assert_int_equal(seen_last(seen, span_of("alice")), NOW + 9000);
    assert_int_equal(seen_last(seen, span_of("user99999")),
                     NOW + 100000 % 7000);
    {
        unsigned gone = 0;

        for (int i = 6999; i < SEEN_MAX; i += 7000) {
            char name[16];

            (void)snprintf(name, sizeof(name), "user%d", i);
            gone += seen_last(seen, span_of(name)) == 0;
        }
        assert_int_equal(gone, 1);
    }
    seen_free(seen);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_was_never_seen_is_zero),
        TEST(it_is_known_after_a_restart),
        TEST(it_is_written_once_an_hour),
        TEST(a_time_that_has_not_come_is_taken_back),
        TEST(the_file_is_tidied),
        TEST(nonsense_makes_nobody_seen),
        TEST(a_file_that_others_may_write_is_not_believed),
        TEST(names_that_are_none_are_not_kept),
        TEST(the_oldest_goes_when_it_is_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
