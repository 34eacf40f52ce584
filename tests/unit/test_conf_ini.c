/* SPDX-License-Identifier: BSD-2-Clause */
/* The INI dialect: helper/conf/ini.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/conf/ini.h"

struct seen {
    struct buffer text; /* "line|section|name|key|value\n" each */
    struct buffer complaints;
    bool refuse; /* every item */
    bool good;
};

static bool
see(void *context, const struct ini_item *item)
{
    struct seen *seen = context;

    (void)buffer_printf(&seen->text, "%u|%.*s|%.*s|%.*s|%.*s\n", item->line,
                        (int)item->section.len, item->section.data,
                        (int)item->name.len, item->name.data,
                        (int)item->key.len, item->key.data,
                        (int)item->value.len, item->value.data);
    return !seen->refuse;
}

static void
read_span(struct seen *seen, struct span text)
{
    static const struct seen empty = {BUFFER_INIT(1 << 20),
                                      BUFFER_INIT(1 << 16), false, false};
    bool refuse = seen->refuse;

    *seen = empty;
    seen->refuse = refuse;
    seen->good = ini_read(text, "f", see, seen, &seen->complaints);
}

static void
done(struct seen *seen)
{
    buffer_free(&seen->text);
    buffer_free(&seen->complaints);
}

static void
must_see(const char *text, const char *expected)
{
    struct seen seen = {.refuse = false};

    read_span(&seen, span_of(text));
    assert_true(seen.good);
    assert_int_equal(seen.complaints.len, 0);
    assert_string_equal(seen.text.len == 0 ? "" : seen.text.data, expected);
    done(&seen);
}

static void
must_complain(struct span text, const char *complaints)
{
    struct seen seen = {.refuse = false};

    read_span(&seen, text);
    assert_false(seen.good);
    assert_string_equal(seen.complaints.data, complaints);
    done(&seen);
}

static void
sections_and_keys_are_handed_over_with_their_lines(void **state)
{
    (void)state;
    must_see("[a]\nk = v\n\n[b  c d]\nkey=value with blanks\n",
             "1|a|||\n2|a||k|v\n4|b|c d||\n5|b|c d|key|value with blanks\n");
}

static void
an_empty_text_holds_nothing(void **state)
{
    (void)state;
    must_see("", "");
    must_see("\n\n  \n\t\n", "");
}

static void
comments_fill_whole_lines_only(void **state)
{
    (void)state;
    must_see("# one\n; two\n  # three\n[a]\n#k=v\nk = v # not one\n"
             "l = a;b\n",
             "4|a|||\n6|a||k|v # not one\n7|a||l|a;b\n");
}

static void
values_are_taken_as_they_are_but_for_blanks_at_both_ends(void **state)
{
    (void)state;
    must_see("[a]\n \tk\t=\t \"v = w\" \t\nm = =\nn =\n",
             "1|a|||\n2|a||k|\"v = w\"\n3|a||m|=\n4|a||n|\n");
}

static void
the_last_line_needs_no_newline(void **state)
{
    (void)state;
    must_see("[a]\nk = v", "1|a|||\n2|a||k|v\n");
    must_see("[a]", "1|a|||\n");
}

static void
each_fault_is_reported_with_its_line(void **state)
{
    (void)state;
    must_complain(span_of("k = v\n[a\n[]\n[ ]\n[a] # x\nword\n= v\n"),
                  "f:1: a key before the first \"[section]\"\n"
                  "f:2: the section's name is not closed by ']'\n"
                  "f:3: a section needs a name\n"
                  "f:4: a section needs a name\n"
                  "f:5: text behind the section's ']' (a comment needs a "
                  "line of its own)\n"
                  "f:6: neither \"[section]\" nor \"key = value\" nor a "
                  "comment\n"
                  "f:7: no key in front of the '='\n");
}

static void
keys_behind_a_broken_header_belong_to_no_section(void **state)
{
    struct seen seen = {.refuse = false};

    (void)state;
    read_span(&seen, span_of("[a]\nk = 1\n[b\nk = 2\n[c]\nk = 3\n"));
    assert_false(seen.good);
    assert_string_equal(seen.text.data, "1|a|||\n2|a||k|1\n5|c|||\n6|c||k|3\n");
    done(&seen);
}

static void
there_is_no_continuation(void **state)
{
    (void)state;
    must_complain(span_of("[a]\nk = v\\\n  w\n"),
                  "f:3: neither \"[section]\" nor \"key = value\" nor a "
                  "comment\n");
}

static void
a_nul_byte_is_a_fault_even_in_a_comment(void **state)
{
    static const char value[] = "[a]\nk = v\0w\n";
    static const char comment[] = "# x\0y\n[a]\n";

    (void)state;
    must_complain((struct span){value, sizeof(value) - 1},
                  "f:2: the line holds a NUL byte\n");
    must_complain((struct span){comment, sizeof(comment) - 1},
                  "f:1: the line holds a NUL byte\n");
}

static void
control_characters_and_bad_utf8_are_faults(void **state)
{
    static const char *const lines[] = {
        "k = a\033b",   "k = a\177b",       "k = \vv",  "k = \xff",
        "k = \xc0\xaf", "k = \xed\xa0\x80", "\001k = v"};
    char text[64];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        (void)snprintf(text, sizeof(text), "[a]\n%s\n", lines[i]);
        must_complain(span_of(text), "f:2: control characters, or not UTF-8\n");
    }
    must_see("[a]\nk = gr\xc3\xbc\xc3\x9f"
             "e\n",
             "1|a|||\n2|a||k|gr\xc3\xbc\xc3\x9f"
             "e\n");
}

static void
a_file_with_dos_line_ends_is_named_as_such(void **state)
{
    (void)state;
    must_complain(span_of("[a]\nk = v\r\n"),
                  "f:2: the line ends in a carriage return: save the file "
                  "with Unix line ends\n");
}

static void
a_line_may_have_4096_bytes_and_not_one_more(void **state)
{
    char text[LIMIT_CONF_LINE + 16];
    struct seen seen = {.refuse = false};

    (void)state;
    memset(text, 'x', sizeof(text));
    memcpy(text, "[a]\nk = ", 8);
    read_span(&seen, (struct span){text, 4 + LIMIT_CONF_LINE});
    assert_true(seen.good);
    done(&seen);
    must_complain((struct span){text, 4 + LIMIT_CONF_LINE + 1},
                  "f:2: the line is longer than 4096 bytes\n");
    text[4] = '#';
    must_complain((struct span){text, 4 + LIMIT_CONF_LINE + 1},
                  "f:2: the line is longer than 4096 bytes\n");
}

static void
an_item_that_its_taker_refuses_makes_the_whole_bad_and_reading_goes_on(
    void **state)
{
    struct seen seen = {.refuse = true};

    (void)state;
    read_span(&seen, span_of("[a]\nk = v\nl = w\n"));
    assert_false(seen.good);
    assert_string_equal(seen.text.data, "1|a|||\n2|a||k|v\n3|a||l|w\n");
    done(&seen);
}

static void
complaints_are_bounded_and_say_so(void **state)
{
    struct buffer complaints = BUFFER_INIT(256), text = BUFFER_INIT(8192);
    struct seen seen = {BUFFER_INIT(64), BUFFER_INIT(64), false, false};
    const char *end = "... and more faults\n";
    int i;

    (void)state;
    for (i = 0; i < 500; i++)
        assert_true(buffer_text(&text, "word\n"));
    assert_false(ini_read(buffer_span(&text), "f", see, &seen, &complaints));
    assert_false(complaints.failed);
    assert_true(complaints.len <= 256);
    assert_string_equal(complaints.data + complaints.len - strlen(end), end);
    assert_ptr_equal(strstr(complaints.data, end),
                     complaints.data + complaints.len - strlen(end));
    buffer_free(&complaints);
    buffer_free(&text);
    done(&seen);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_and_keys_are_handed_over_with_their_lines),
        cmocka_unit_test(an_empty_text_holds_nothing),
        cmocka_unit_test(comments_fill_whole_lines_only),
        cmocka_unit_test(
            values_are_taken_as_they_are_but_for_blanks_at_both_ends),
        cmocka_unit_test(the_last_line_needs_no_newline),
        cmocka_unit_test(each_fault_is_reported_with_its_line),
        cmocka_unit_test(keys_behind_a_broken_header_belong_to_no_section),
        cmocka_unit_test(there_is_no_continuation),
        cmocka_unit_test(a_nul_byte_is_a_fault_even_in_a_comment),
        cmocka_unit_test(control_characters_and_bad_utf8_are_faults),
        cmocka_unit_test(a_file_with_dos_line_ends_is_named_as_such),
        cmocka_unit_test(a_line_may_have_4096_bytes_and_not_one_more),
        cmocka_unit_test(
            an_item_that_its_taker_refuses_makes_the_whole_bad_and_reading_goes_on),
        cmocka_unit_test(complaints_are_bounded_and_say_so),
    };

    return cmocka_run_group_tests_name("conf/ini", tests, NULL, NULL);
}
