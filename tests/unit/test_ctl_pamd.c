/* SPDX-License-Identifier: BSD-2-Clause */
/* Stacks as libpam reads them, and what they would answer. */
#include "tests/unit/conf_house.h"

#include <security/_pam_types.h>

#include "helper/ctl/pamd.h"
#include "helper/ctl/pamrun.h"

#define OURS "pam_httpauth.so"
#define DOCUMENTED                                                             \
    "[success=done ignore=ignore cred_insufficient=ignore "                    \
    "authinfo_unavail=ignore service_err=ignore default=die] " OURS "\n"

static struct house house;
static struct pamd stack;

static enum pamd_result
read_stack(const char *service)
{
    const char *folders[] = {house.dir, house.vendor, NULL};

    pamd_free(&stack);
    return pamd_read(folders, service, &stack);
}

static void
write_and_read(const char *text)
{
    house_write(&house, "sshd", text);
    assert_int_equal(read_stack("sshd"), PAMD_READ);
}

static int
open_house(void **state)
{
    (void)state;
    house_open(&house);
    return 0;
}

static int
close_house(void **state)
{
    (void)state;
    pamd_free(&stack);
    house_close(&house);
    return 0;
}

/* --- reading --- */

static void
a_line_has_phase_control_module_and_arguments(void **state)
{
    (void)state;
    write_and_read("# a comment\n\n"
                   "AUTH\trequired   pam_unix.so nullok  try_first_pass # x\n");
    assert_int_equal(stack.count, 1);
    assert_int_equal(stack.line[0].phase, PAMD_AUTH);
    assert_string_equal(stack.line[0].control, "required");
    assert_string_equal(stack.line[0].module, "pam_unix.so");
    assert_int_equal(stack.line[0].arguments, 2);
    assert_true(pamd_has_argument(&stack.line[0], "try_first_pass"));
    assert_int_equal(stack.line[0].number, 3);
    assert_string_equal(stack.line[0].text,
                        "AUTH required pam_unix.so nullok try_first_pass");
    assert_int_equal(stack.faults, 0);
}

static void
a_line_may_go_on_behind_a_backslash(void **state)
{
    (void)state;
    write_and_read("auth [success=done \\\n    default=die] \\\n " OURS
                   " debug\naccount required pam_unix.so\n");
    assert_int_equal(stack.count, 2);
    assert_int_equal(stack.line[0].number, 1);
    assert_int_equal(stack.line[0].action[PAM_SUCCESS], PAMD_DONE);
    assert_int_equal(stack.line[0].action[PAM_AUTH_ERR], PAMD_DIE);
    assert_string_equal(stack.line[0].argument[0], "debug");
    assert_int_equal(stack.line[1].number, 4);
}

static void
brackets_hold_an_argument_together(void **state)
{
    (void)state;
    write_and_read("auth required " OURS " [prompt=Token \\] : ] debug\n");
    assert_int_equal(stack.line[0].arguments, 2);
    assert_string_equal(stack.line[0].argument[0], "prompt=Token ] : ");
}

static void
keywords_mean_what_the_manual_says(void **state)
{
    const int *action;

    (void)state;
    write_and_read("auth required a.so\nauth requisite a.so\n"
                   "auth sufficient a.so\nauth optional a.so\n"
                   "auth [success=2 auth_err=bad default=ignore] a.so\n"
                   "auth [success=ok] a.so\n");
    assert_int_equal(stack.faults, 0);
    action = stack.line[0].action;
    assert_int_equal(action[PAM_IGNORE], PAMD_IGNORE);
    assert_int_equal(action[PAM_MAXTRIES], PAMD_BAD);
    assert_int_equal(stack.line[1].action[PAM_MAXTRIES], PAMD_DIE);
    assert_int_equal(stack.line[2].action[PAM_SUCCESS], PAMD_DONE);
    assert_int_equal(stack.line[2].action[PAM_MAXTRIES], PAMD_IGNORE);
    assert_int_equal(stack.line[3].action[PAM_SUCCESS], PAMD_OK);
    assert_int_equal(stack.line[4].action[PAM_SUCCESS], 2);
    assert_int_equal(stack.line[4].action[PAM_AUTH_ERR], PAMD_BAD);
    assert_int_equal(stack.line[4].action[PAM_MAXTRIES], PAMD_IGNORE);
    assert_int_equal(stack.line[5].action[PAM_MAXTRIES], PAMD_BAD);
}

static void
what_libpam_does_not_take_is_a_fault_with_its_line(void **state)
{
    static const char *const wrong[] = {
        "auth sometimes a.so",
        "auth [success=maybe] a.so",
        "auth [succes=ok] a.so",
        "auth [success] a.so",
        "auth [success=ok a.so",
        "auth [success=end default=die] a.so",
        "author required a.so",
        "auth required",
        "auth",
        "@include",
        "auth include",
        "auth include nothing-there",
        "@include nothing-there",
        "auth [success=99999] a.so",
        "auth substack nothing-there",
    };
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        snprintf(text, sizeof(text), "# first\n%s\n", wrong[i]);
        write_and_read(text);
        if (stack.faults != 1)
            print_message("%s\n", wrong[i]);
        assert_int_equal(stack.faults, 1);
        assert_int_equal(stack.fault[0].number, 2);
    }
}

static void
debians_include_brings_all_phases(void **state)
{
    (void)state;
    house_write(&house, "common",
                "auth required a.so\n"
                "account required b.so\n");
    write_and_read("session required c.so\n@include common\n"
                   "auth required d.so\n");
    assert_int_equal(stack.count, 4);
    assert_string_equal(stack.line[1].module, "a.so");
    assert_string_equal(stack.line[2].module, "b.so");
    assert_string_equal(stack.line[3].module, "d.so");
    assert_int_equal(stack.line[1].number, 1);
    assert_non_null(strstr(stack.line[1].file, "/common"));
    assert_int_equal(stack.files.count, 2);
}

static void
include_brings_one_phase(void **state)
{
    (void)state;
    house_write(&house, "system-auth",
                "auth required a.so\n"
                "account required b.so\n");
    write_and_read("auth include system-auth\n");
    assert_int_equal(stack.count, 1);
    assert_string_equal(stack.line[0].module, "a.so");
    assert_int_equal(stack.line[0].level, 0);
}

static void
a_substack_is_one_level_deeper(void **state)
{
    (void)state;
    house_write(&house, "password-auth", "auth required a.so\n");
    write_and_read("auth substack password-auth\nauth required b.so\n");
    assert_int_equal(stack.count, 3);
    assert_null(stack.line[0].module);
    assert_int_equal(stack.line[1].level, 1);
    assert_int_equal(stack.line[2].level, 0);
}

static void
the_folder_of_the_vendor_comes_second(void **state)
{
    (void)state;
    house_folder(&house, "vendor");
    house_write(&house, "vendor/su", "auth required a.so\n");
    house_write(&house, "vendor/sshd", "auth required vendor.so\n");
    assert_int_equal(read_stack("su"), PAMD_READ);
    write_and_read("auth required ours.so\n");
    assert_string_equal(stack.line[0].module, "ours.so");
    assert_int_equal(read_stack("nobody"), PAMD_ABSENT);
}

static void
files_that_include_each_other_end(void **state)
{
    (void)state;
    house_write(&house, "a", "@include sshd\n");
    write_and_read("@include a\nauth required a.so\n");
    assert_true(stack.faults > 0);
    assert_true(stack.count > 0);
}

static void
so_do_those_that_do_it_many_times(void **state)
{
    (void)state;
    write_and_read("@include sshd\n@include sshd\n@include sshd\n"
                   "@include sshd\nauth include sshd\n"
                   "auth required a.so\n");
    assert_true(stack.faults > 0);
}

static void
services_are_files_with_such_a_name(void **state)
{
    const char *folders[] = {house.dir, NULL};
    struct list found = {NULL, 0};

    (void)state;
    house_write(&house, "sshd", "");
    house_write(&house, "sshd.dpkg-old", "");
    house_write(&house, ".sshd.swp", "");
    house_write(&house, "sshd~", "");
    assert_true(pamd_services(folders, &found));
    assert_true(list_has(&found, span_of("sshd")));
    assert_false(list_has(&found, span_of("sshd.dpkg-old")));
    assert_false(list_has(&found, span_of(".sshd.swp")));
    assert_false(list_has(&found, span_of("sshd~")));
    list_clear(&found);
}

/* --- running --- */

struct answers {
    int ours, local;
};

static int
answer(void *context, const struct pamd_line *line)
{
    const struct answers *a = context;

    if (pamd_is(line, OURS))
        return a->ours;
    if (pamd_is(line, "pam_unix.so"))
        return a->local;
    if (pamd_is(line, "pam_permit.so"))
        return PAM_SUCCESS;
    if (pamd_is(line, "pam_deny.so"))
        return PAM_AUTH_ERR;
    return PAM_IGNORE;
}

static int
run(int ours, int local)
{
    struct answers a = {ours, local};

    return pamrun(&stack, PAMD_AUTH, answer, &a);
}

static void
the_documented_stack_ends_with_our_answer(void **state)
{
    (void)state;
    write_and_read("auth " DOCUMENTED
                   "auth required pam_unix.so try_first_pass\n");
    assert_int_equal(run(PAM_SUCCESS, PAM_AUTH_ERR), PAM_SUCCESS);
    assert_int_equal(run(PAM_AUTH_ERR, PAM_SUCCESS), PAM_AUTH_ERR);
    assert_int_equal(run(PAM_PERM_DENIED, PAM_SUCCESS), PAM_PERM_DENIED);
    assert_int_equal(run(PAM_CRED_INSUFFICIENT, PAM_SUCCESS), PAM_SUCCESS);
    assert_int_equal(run(PAM_CRED_INSUFFICIENT, PAM_AUTH_ERR), PAM_AUTH_ERR);
    assert_int_equal(run(PAM_IGNORE, PAM_SUCCESS), PAM_SUCCESS);
}

static void
debians_common_auth_with_us_in_front(void **state)
{
    (void)state;
    house_write(&house, "common-auth",
                "auth [success=1 default=ignore] pam_unix.so nullok\n"
                "auth requisite pam_deny.so\n"
                "auth required pam_permit.so\n");
    write_and_read("auth " DOCUMENTED "@include common-auth\n");
    assert_int_equal(run(PAM_SUCCESS, PAM_AUTH_ERR), PAM_SUCCESS);
    assert_int_equal(run(PAM_MAXTRIES, PAM_SUCCESS), PAM_MAXTRIES);
    assert_int_equal(run(PAM_AUTHINFO_UNAVAIL, PAM_SUCCESS), PAM_SUCCESS);
    assert_int_equal(run(PAM_AUTHINFO_UNAVAIL, PAM_AUTH_ERR), PAM_AUTH_ERR);
}

static void
permit_behind_an_ignored_refusal_lets_in(void **state)
{
    (void)state;
    write_and_read("auth [success=1 default=ignore] " OURS "\n"
                   "auth optional pam_env.so\n"
                   "auth required pam_permit.so\n");
    assert_int_equal(run(PAM_AUTH_ERR, PAM_AUTH_ERR), PAM_SUCCESS);
}

static void
sufficient_is_not_the_end_of_a_refusal(void **state)
{
    (void)state;
    write_and_read("auth sufficient " OURS "\n"
                   "auth required pam_unix.so\n");
    assert_int_equal(run(PAM_PERM_DENIED, PAM_SUCCESS), PAM_SUCCESS);
    assert_int_equal(run(PAM_PERM_DENIED, PAM_AUTH_ERR), PAM_AUTH_ERR);
}

static void
nobody_who_says_yes_is_a_no(void **state)
{
    (void)state;
    write_and_read("auth optional pam_env.so\n");
    assert_int_not_equal(run(PAM_SUCCESS, PAM_SUCCESS), PAM_SUCCESS);
    write_and_read("");
    assert_int_not_equal(run(PAM_SUCCESS, PAM_SUCCESS), PAM_SUCCESS);
}

static void
a_jump_over_the_end_is_a_no(void **state)
{
    (void)state;
    write_and_read("auth required pam_permit.so\n"
                   "auth [success=2 default=ignore] " OURS "\n"
                   "auth requisite pam_deny.so\n");
    assert_int_not_equal(run(PAM_SUCCESS, PAM_AUTH_ERR), PAM_SUCCESS);
}

static void
done_in_a_substack_ends_the_substack(void **state)
{
    (void)state;
    house_write(&house, "inner",
                "auth sufficient " OURS "\n"
                "auth required pam_deny.so\n");
    write_and_read("auth substack inner\nauth required pam_unix.so\n");
    assert_int_equal(run(PAM_SUCCESS, PAM_AUTH_ERR), PAM_AUTH_ERR);
    assert_int_equal(run(PAM_SUCCESS, PAM_SUCCESS), PAM_SUCCESS);
    assert_int_not_equal(run(PAM_AUTH_ERR, PAM_SUCCESS), PAM_SUCCESS);
}

static void
a_jump_over_a_substack_counts_it_as_one(void **state)
{
    (void)state;
    house_write(&house, "inner",
                "auth required pam_deny.so\n"
                "auth required pam_deny.so\n");
    write_and_read("auth [success=1 default=ignore] " OURS "\n"
                   "auth substack inner\nauth required pam_permit.so\n");
    assert_int_equal(run(PAM_SUCCESS, PAM_AUTH_ERR), PAM_SUCCESS);
    assert_int_not_equal(run(PAM_AUTH_ERR, PAM_AUTH_ERR), PAM_SUCCESS);
}

int
main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, open_house, close_house)
    const struct CMUnitTest tests[] = {
        TEST(a_line_has_phase_control_module_and_arguments),
        TEST(a_line_may_go_on_behind_a_backslash),
        TEST(brackets_hold_an_argument_together),
        TEST(keywords_mean_what_the_manual_says),
        TEST(what_libpam_does_not_take_is_a_fault_with_its_line),
        TEST(debians_include_brings_all_phases),
        TEST(include_brings_one_phase),
        TEST(a_substack_is_one_level_deeper),
        TEST(the_folder_of_the_vendor_comes_second),
        TEST(files_that_include_each_other_end),
        TEST(so_do_those_that_do_it_many_times),
        TEST(services_are_files_with_such_a_name),
        TEST(the_documented_stack_ends_with_our_answer),
        TEST(debians_common_auth_with_us_in_front),
        TEST(permit_behind_an_ignored_refusal_lets_in),
        TEST(sufficient_is_not_the_end_of_a_refusal),
        TEST(nobody_who_says_yes_is_a_no),
        TEST(a_jump_over_the_end_is_a_no),
        TEST(done_in_a_substack_ends_the_substack),
        TEST(a_jump_over_a_substack_counts_it_as_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
