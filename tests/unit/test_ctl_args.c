/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/ctl_capture.h"

#include "helper/ctl/args.h"

static struct capture captured;

struct line {
    const char *text, *operand;
    bool flag;
    struct args_many many;
    bool good;
};

/* Splits at blanks; "''" is an empty argument. */
static struct line
parse(const char *words, bool takes_operand)
{
    struct line line = {.text = NULL};
    const struct arg args[] = {{.name = "text", .text = &line.text},
                               {.name = "flag", .flag = &line.flag},
                               {.name = "many", .many = &line.many},
                               {.name = NULL}};
    static char copy[4096];
    static char empty[1];
    char *argv[CAPTURE_ARGS + 1], *rest = copy;
    int argc = 0;

    snprintf(copy, sizeof(copy), "command %s", words);
    for (char *word; (word = strtok_r(rest, " ", &rest)) != NULL; argc++)
        argv[argc] = strcmp(word, "''") == 0 ? empty : word;
    argv[argc] = NULL;
    capture_begin(&captured, span_of(""));
    line.good =
        args_parse(argc, argv, args, takes_operand ? &line.operand : NULL);
    capture_end(&captured);
    return line;
}

static void
a_value_stands_behind_its_option_or_its_equals_sign(void **state)
{
    (void)state;
    assert_string_equal(parse("--text a", false).text, "a");
    assert_string_equal(parse("--text=a", false).text, "a");
    assert_string_equal(parse("--text=a=b", false).text, "a=b");
    assert_string_equal(parse("--text=", false).text, "");
    assert_string_equal(parse("--text ''", false).text, "");
    assert_string_equal(parse("--text --flag", false).text, "--flag");
}

static void
nothing_given_is_nothing_set(void **state)
{
    struct line line = parse("", true);

    (void)state;
    assert_true(line.good);
    assert_null(line.text);
    assert_null(line.operand);
    assert_false(line.flag);
    assert_int_equal(line.many.count, 0);
}

static void
a_flag_takes_no_value(void **state)
{
    (void)state;
    assert_true(parse("--flag", false).flag);
    assert_false(parse("--flag=yes", false).good);
}

static void
an_option_that_may_repeat_keeps_its_order(void **state)
{
    struct line line = parse("--many a --many=b --many c", false);

    (void)state;
    assert_int_equal(line.many.count, 3);
    assert_string_equal(line.many.item[0], "a");
    assert_string_equal(line.many.item[2], "c");
}

static void
wrong_lines_are_refused_with_a_way_on(void **state)
{
    static const char *const wrong[] = {
        "--text",    "--tex a",           "--textual a",
        "--unknown", "--text a --text b", "-t a",
        "--=a",      "operand",           "--flag operand",
        "-- --text"};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(parse(wrong[i], false).good);
        assert_non_null(strstr(captured.err, "httpauthctl: "));
        assert_non_null(strstr(captured.err, "--help"));
    }
}

static void
one_operand_is_taken_and_no_more(void **state)
{
    (void)state;
    assert_string_equal(parse("a", true).operand, "a");
    assert_string_equal(parse("--flag a", true).operand, "a");
    assert_string_equal(parse("-- --flag", true).operand, "--flag");
    assert_string_equal(parse("-", true).operand, "-");
    assert_false(parse("a b", true).good);
}

static void
more_repetitions_than_there_is_room_for_are_refused(void **state)
{
    struct args_many many = {.count = ARGS_MANY_MAX};
    const struct arg args[] = {{.name = "many", .many = &many}, {.name = NULL}};
    char command[] = "command", option[] = "--many=a";
    char *argv[] = {command, option, NULL};

    (void)state;
    capture_begin(&captured, span_of(""));
    assert_false(args_parse(2, argv, args, NULL));
    capture_end(&captured);
    assert_int_equal(many.count, ARGS_MANY_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_stands_behind_its_option_or_its_equals_sign),
        cmocka_unit_test(nothing_given_is_nothing_set),
        cmocka_unit_test(a_flag_takes_no_value),
        cmocka_unit_test(an_option_that_may_repeat_keeps_its_order),
        cmocka_unit_test(wrong_lines_are_refused_with_a_way_on),
        cmocka_unit_test(one_operand_is_taken_and_no_more),
        cmocka_unit_test(more_repetitions_than_there_is_room_for_are_refused),
    };

    return cmocka_run_group_tests_name("ctl_args", tests, NULL, NULL);
}
