/* SPDX-License-Identifier: BSD-2-Clause */
/* What setup shows before it changes a file, beside what diff -u says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/ctl/diff.h"

#define TEXT_MAX 65536

static struct buffer out = BUFFER_INIT(1024 * 1024);

static const char *
diff(const char *before, const char *after)
{
    buffer_clear(&out);
    assert_true(diff_unified(span_of(before), span_of(after), &out));
    return out.len > 0 ? out.data : "";
}

static void
the_same_text_has_no_diff(void **state)
{
    (void)state;
    assert_string_equal(diff("", ""), "");
    assert_string_equal(diff("a\nb\n", "a\nb\n"), "");
}

static void
a_new_file_is_all_added(void **state)
{
    (void)state;
    assert_string_equal(diff("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
    assert_string_equal(diff("a\n", ""), "@@ -1 +0,0 @@\n-a\n");
}

static void
a_change_has_three_lines_around_it(void **state)
{
    (void)state;
    assert_string_equal(
        diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
        "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n"
        " 8\n");
}

static void
a_missing_newline_at_the_end_is_told(void **state)
{
    (void)state;
    assert_string_equal(diff("a\nb", "a\nb\n"),
                        "@@ -1,2 +1,2 @@\n a\n-b\n"
                        "\\ No newline at end of file\n+b\n");
    assert_string_equal(diff("x", "x"), "");
}

static void
texts_that_differ_too_much_are_replaced_whole(void **state)
{
    static char before[TEXT_MAX], after[TEXT_MAX];
    size_t a = 0, b = 0, lines = 0;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        a += (size_t)snprintf(before + a, sizeof(before) - a, "a%d\n", i);
        b += (size_t)snprintf(after + b, sizeof(after) - b, "b%d\n", i);
    }
    for (const char *c = diff(before, after); *c != '\0'; c++)
        lines += *c == '\n';
    assert_int_equal(lines, 6001);
}

/* --- beside the real one --- */

static void
put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void
random_text(unsigned *seed, char *text, size_t size)
{
    size_t len = 0, lines = (size_t)rand_r(seed) % 40;

    text[0] = '\0';
    for (size_t i = 0; i < lines; i++)
        len +=
            (size_t)snprintf(text + len, size - len, "%d\n", rand_r(seed) % 6);
    if (len > 0 && rand_r(seed) % 4 == 0)
        text[len - 1] = '\0';
}

/* patch(1) is not everywhere; the hunks must make the one of the other. */
static void
patched(const char *before, const char *hunks, char *text)
{
    size_t len = 0, line = 1;

    while (*hunks != '\0') {
        size_t first = 0, count = 1;
        const char *end;

        assert_int_equal(*hunks, '@');
        (void)sscanf(hunks, "@@ -%zu,%zu", &first, &count);
        for (; line < first + (count == 0); line++) {
            end = strchr(before, '\n');
            assert_non_null(end);
            memcpy(text + len, before, (size_t)(end - before) + 1);
            len += (size_t)(end - before) + 1;
            before = end + 1;
        }
        hunks = strchr(hunks, '\n') + 1;
        while (*hunks != '\0' && *hunks != '@') {
            size_t width = strcspn(hunks, "\n");
            bool open = strncmp(hunks + width + 1, "\\ ", 2) == 0;

            if (*hunks != '-') {
                memcpy(text + len, hunks + 1, width - 1);
                len += width - 1;
                if (!open)
                    text[len++] = '\n';
            }
            if (*hunks != '+') {
                assert_memory_equal(before, hunks + 1, width - 1);
                before += width - 1;
                assert_true(open == (*before != '\n'));
                before += !open;
                line++;
            }
            hunks += width + 1;
            if (open)
                hunks = strchr(hunks, '\n') + 1;
        }
    }
    memcpy(text + len, before, strlen(before) + 1);
}

static void
hunks_make_one_text_of_the_other(void **state)
{
    static char before[TEXT_MAX], after[TEXT_MAX], made[TEXT_MAX];
    unsigned seed = 1;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        random_text(&seed, before, sizeof(before));
        random_text(&seed, after, sizeof(after));
        patched(before, diff(before, after), made);
        assert_string_equal(made, after);
    }
}

static void
diff_says_the_same(void **state)
{
    static const char *const pairs[][2] = {
        {"a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\n",
         "a\nB\nc\nd\ne\nf\ng\nh\ni\nj\nk\nL\nm\n"},
        {"a\nb\nc\nd\ne\nf\ng\nh\n", "A\nb\nc\nd\ne\nf\ng\nH\n"},
        {"1\n2\n3\n", "0\n1\n2\n3\n4"},
    };
    static char expected[TEXT_MAX];
    char a[] = "/tmp/httpauth-diff-a-XXXXXX",
         b[] = "/tmp/httpauth-diff-b-XXXXXX";
    char command[256];

    (void)state;
    if (system("diff --version >/dev/null 2>&1") != 0)
        skip();
    close(mkstemp(a));
    close(mkstemp(b));
    (void)snprintf(command, sizeof(command), "diff -u %s %s | tail -n +3", a,
                   b);
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        FILE *pipe;

        put(a, pairs[i][0]);
        put(b, pairs[i][1]);
        pipe = popen(command, "r");
        assert_non_null(pipe);
        expected[fread(expected, 1, sizeof(expected) - 1, pipe)] = '\0';
        pclose(pipe);
        assert_string_equal(diff(pairs[i][0], pairs[i][1]), expected);
    }
    unlink(a);
    unlink(b);
}

static int
tear_down(void **state)
{
    (void)state;
    buffer_free(&out);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_text_has_no_diff),
        cmocka_unit_test(a_new_file_is_all_added),
        cmocka_unit_test(a_change_has_three_lines_around_it),
        cmocka_unit_test(a_missing_newline_at_the_end_is_told),
        cmocka_unit_test(texts_that_differ_too_much_are_replaced_whole),
        cmocka_unit_test(hunks_make_one_text_of_the_other),
        cmocka_unit_test(diff_says_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
