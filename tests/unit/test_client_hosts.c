/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/client: the destinations that a token may be sent to. */
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

#include "helper/client/hosts.h"

static struct prompt
to(const char *user, const char *host)
{
    return (struct prompt){span_of(user), span_of(host), 0};
}

static void
patterns_fit_whole_names(void **state)
{
    static const struct {
        const char *pattern, *name;
        bool fold, fits;
    } rows[] = {
        {"a", "a", false, true},
        {"a", "A", false, false},
        {"a", "A", true, true},
        {"A", "a", true, true},
        {"a", "ab", false, false},
        {"ab", "a", false, false},
        {"*", "", false, true},
        {"*", "abc", false, true},
        {"?", "a", false, true},
        {"?", "", false, false},
        {"?", "ab", false, false},
        {"a*c", "abbc", false, true},
        {"a*c", "abbcd", false, false},
        {"*.example", "h.example", true, true},
        {"*.example", "example", true, false},
        {"*.example", "h.example.evil", true, false},
        {"a**b", "ab", false, true},
        {"*a*b*", "xaxbx", false, true},
        {"*a*b*", "xbxax", false, false},
        {"", "", false, true},
        {"", "a", false, false},
        {"[a]", "a", false, false},
        {"[a]", "[a]", false, true},
        {"\\*", "*", false, false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (hosts_fits(span_of(rows[i].pattern), span_of(rows[i].name),
                       rows[i].fold) != rows[i].fits)
            fail_msg("%s and %s", rows[i].pattern, rows[i].name);
}

static void
a_pattern_of_many_stars_takes_no_long_time(void **state)
{
    char pattern[1000], name[256];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(pattern); i++)
        pattern[i] = i % 2 == 0 ? '*' : 'a';
    memset(name, 'a', sizeof(name));
    assert_false(hosts_fits((struct span){pattern, sizeof(pattern)},
                            (struct span){name, sizeof(name)}, false));
}

static const char file[] = "# alice@comment\n"
                           "\n"
                           "  alice@host  oidc-token   work\n"
                           "alice@host other\n"
                           "!*@secret.example\n"
                           "*@*.example\tsh\t-c\n"
                           "bob@corp@plain\n";

static bool
found(const char *user, const char *host, struct hosts_line *line)
{
    struct prompt p = to(user, host);
    unsigned fault;
    bool fits = hosts_match(span_of(file), &p, line, &fault);

    assert_int_equal(fault, 0);
    return fits;
}

static void
the_first_line_that_fits_counts(void **state)
{
    struct hosts_line line;

    (void)state;
    assert_true(found("alice", "HOST", &line));
    assert_string_equal(line.command[0], "oidc-token");
    assert_string_equal(line.command[1], "work");
    assert_null(line.command[2]);
    assert_false(line.never);
    assert_true(found("x", "secret.example", &line));
    assert_true(line.never);
    assert_true(found("x", "a.example", &line));
    assert_string_equal(line.command[1], "-c");
    assert_true(found("bob@corp", "plain", &line));
    assert_null(line.command[0]);
    assert_false(found("bob", "host", &line));
    assert_false(found("Alice", "host", &line));
    assert_false(found("alice", "comment", &line));
    assert_false(found("alice", "host.evil", &line));
}

static void
a_line_that_is_none_ends_the_search(void **state)
{
    static char words[HOSTS_LINE_MAX + 64], longest[HOSTS_LINE_MAX + 16];
    struct span bad[] = {span_of("alice\n"),  span_of("@host\n"),
                         span_of("alice@\n"), span_of("!\n"),
                         span_of("!@x\n"),    {"a\0b@host\n", 9},
                         {words, 0},          {longest, 0}};
    struct prompt p = to("alice", "host");
    struct hosts_line line;
    struct buffer content = BUFFER_INIT(3 * HOSTS_LINE_MAX);
    unsigned fault;
    size_t i;

    (void)state;
    strcpy(words, "x@y");
    for (i = 0; i < HOSTS_WORDS_MAX + 1; i++)
        strcat(words, " w");
    strcat(words, "\n");
    bad[6].len = strlen(words);
    memset(longest, 'x', sizeof(longest));
    longest[1] = '@';
    longest[HOSTS_LINE_MAX + 1] = '\n';
    bad[7].len = HOSTS_LINE_MAX + 2;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        buffer_clear(&content);
        buffer_text(&content, "# one\n");
        buffer_add(&content, bad[i].data, bad[i].len);
        buffer_text(&content, "alice@host\n");
        assert_false(hosts_match(buffer_span(&content), &p, &line, &fault));
        assert_int_equal(fault, 2);
    }
    buffer_free(&content);
    /* The last line needs no end, and what is behind the first that fits does
     * not matter. */
    assert_true(hosts_match(span_of("alice@host"), &p, &line, &fault));
    assert_true(
        hosts_match(span_of("alice@host\nnonsense\n"), &p, &line, &fault));
}

static void
as_many_words_as_there_may_be_fit(void **state)
{
    char text[HOSTS_LINE_MAX];
    struct prompt p = to("alice", "host");
    struct hosts_line line;
    unsigned fault;
    size_t i;

    (void)state;
    strcpy(text, "alice@host");
    for (i = 0; i < HOSTS_WORDS_MAX; i++)
        strcat(text, " w");
    assert_true(hosts_match(span_of(text), &p, &line, &fault));
    assert_string_equal(line.command[HOSTS_WORDS_MAX - 1], "w");
    assert_null(line.command[HOSTS_WORDS_MAX]);
}

/* --- the file --- */

static int
in_a_folder(void **state)
{
    char *dir = strdup("/tmp/httpauth-hosts-XXXXXX");

    assert_non_null(mkdtemp(dir));
    assert_int_equal(setenv("XDG_CONFIG_HOME", dir, 1), 0);
    *state = dir;
    return 0;
}

static int
clean_up(void **state)
{
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
    assert_int_equal(system(command), 0);
    free(*state);
    return 0;
}

static void
what_is_added_is_found(void **state)
{
    struct prompt alice = to("alice", "host"), bob = to("bob", "host");
    struct hosts_line line;
    char path[128];
    struct stat info;

    assert_int_equal(hosts_find(&alice, &line), HOSTS_NOT_LISTED);
    assert_true(hosts_add(&alice, false));
    assert_true(hosts_add(&bob, true));
    assert_int_equal(hosts_find(&alice, &line), HOSTS_LISTED);
    assert_null(line.command[0]);
    assert_int_equal(hosts_find(&bob, &line), HOSTS_NEVER);
    (void)snprintf(path, sizeof(path), "%s/httpauth/hosts", (char *)*state);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void
what_is_added_is_a_line_of_its_own(void **state)
{
    struct prompt alice = to("alice", "host"), bob = to("bob", "host");
    struct hosts_line line;
    char path[128];
    FILE *to_it;

    assert_true(hosts_add(&alice, false));
    (void)snprintf(path, sizeof(path), "%s/httpauth/hosts", (char *)*state);
    to_it = fopen(path, "w");
    assert_non_null(to_it);
    assert_true(fputs("alice@host print", to_it) >= 0);
    assert_int_equal(fclose(to_it), 0);
    assert_true(hosts_add(&bob, false));
    assert_int_equal(hosts_find(&alice, &line), HOSTS_LISTED);
    assert_string_equal(line.command[0], "print");
    assert_null(line.command[1]);
    assert_int_equal(hosts_find(&bob, &line), HOSTS_LISTED);
}

static void
a_file_that_others_can_write_is_not_used(void **state)
{
    struct prompt alice = to("alice", "host");
    struct hosts_line line;
    char path[128];

    assert_true(hosts_add(&alice, false));
    (void)snprintf(path, sizeof(path), "%s/httpauth/hosts", (char *)*state);
    assert_int_equal(chmod(path, 0620), 0);
    assert_int_equal(hosts_find(&alice, &line), HOSTS_FAULT);
    assert_false(hosts_add(&alice, false));
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(hosts_find(&alice, &line), HOSTS_LISTED);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(hosts_find(&alice, &line), HOSTS_FAULT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patterns_fit_whole_names),
        cmocka_unit_test(a_pattern_of_many_stars_takes_no_long_time),
        cmocka_unit_test(the_first_line_that_fits_counts),
        cmocka_unit_test(a_line_that_is_none_ends_the_search),
        cmocka_unit_test(as_many_words_as_there_may_be_fit),
        cmocka_unit_test_setup_teardown(what_is_added_is_found, in_a_folder,
                                        clean_up),
        cmocka_unit_test_setup_teardown(what_is_added_is_a_line_of_its_own,
                                        in_a_folder, clean_up),
        cmocka_unit_test_setup_teardown(
            a_file_that_others_can_write_is_not_used, in_a_folder, clean_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
