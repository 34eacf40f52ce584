/* SPDX-License-Identifier: BSD-2-Clause */
/* sshd_config as sshd reads it: the first value counts. */
#include "tests/unit/conf_house.h"

#include "helper/ctl/sshdconf.h"

static struct house house;
static struct sshdconf conf;

static int
open_house(void **state)
{
    (void)state;
    house_open(&house);
    house_folder(&house, "sshd_config.d");
    return 0;
}

static int
close_house(void **state)
{
    (void)state;
    sshdconf_free(&conf);
    house_close(&house);
    return 0;
}

static void
read_conf(const char *text)
{
    char path[256];

    house_write(&house, "sshd_config", text);
    snprintf(path, sizeof(path), "%s/sshd_config", house.dir);
    sshdconf_free(&conf);
    assert_true(sshdconf_read(path, &conf));
}

static const char *
found(const char *keyword)
{
    const struct sshdconf_value *value = sshdconf_find(&conf, keyword);

    return value == NULL ? "" : value->text;
}

static void
keywords_know_no_case_and_values_lose_their_quotes(void **state)
{
    (void)state;
    read_conf("# UsePAM no\n  usePAM\tYES # because\nBanner = \"/a b\"  c\n"
              "Port=22\n");
    assert_string_equal(found("usepam"), "YES");
    assert_string_equal(found("banner"), "/a b c");
    assert_string_equal(found("port"), "22");
    assert_int_equal(sshdconf_find(&conf, "usepam")->line, 2);
}

static void
the_first_value_counts(void **state)
{
    const struct sshdconf_value *first;

    (void)state;
    read_conf("UsePAM no\nUsePAM yes\n");
    first = sshdconf_find(&conf, "usepam");
    assert_string_equal(first->text, "no");
    assert_string_equal(sshdconf_next(&conf, first)->text, "yes");
    assert_null(sshdconf_next(&conf, sshdconf_next(&conf, first)));
    assert_int_equal(sshdconf_where(&conf, "usepam", "yes")->line, 2);
}

static void
the_old_name_is_the_new_one(void **state)
{
    (void)state;
    read_conf("ChallengeResponseAuthentication no\n");
    assert_string_equal(found("kbdinteractiveauthentication"), "no");
}

static void
included_files_stand_where_they_are_included(void **state)
{
    (void)state;
    house_write(&house, "sshd_config.d/50-redhat.conf", "UsePAM no\n");
    house_write(&house, "sshd_config.d/httpauth.conf",
                "UsePAM yes\nKbdInteractiveAuthentication yes\n");
    house_write(&house, "sshd_config.d/ignored", "Port 1\n");
    read_conf("Include sshd_config.d/*.conf none.d/*.conf\n"
              "KbdInteractiveAuthentication no\n");
    assert_string_equal(found("usepam"), "no");
    assert_non_null(
        strstr(sshdconf_find(&conf, "usepam")->file, "50-redhat.conf"));
    assert_string_equal(found("kbdinteractiveauthentication"), "yes");
    assert_string_equal(found("port"), "");
    assert_int_equal(conf.files.count, 3);
}

static void
what_stands_below_match_is_conditional(void **state)
{
    (void)state;
    house_write(&house, "sshd_config.d/a.conf", "Match User bob\nUsePAM no\n");
    read_conf("Include sshd_config.d/a.conf\nUsePAM yes\n"
              "Match Group sftp\nPort 1\nMatch all\nPort 2\n");
    assert_string_equal(found("usepam"), "yes");
    assert_string_equal(found("port"), "2");
    assert_true(sshdconf_where(&conf, "usepam", "no")->conditional);
}

static void
files_that_include_each_other_end(void **state)
{
    (void)state;
    read_conf("Include sshd_config\nPort 1\n");
    assert_string_equal(found("port"), "1");
}

static void
so_do_those_that_do_it_many_times(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        char name[64];

        snprintf(name, sizeof(name), "sshd_config.d/%d.conf", i);
        house_write(&house, name, "Include sshd_config.d/*.conf\n");
    }
    read_conf("Include sshd_config.d/*.conf\nPort 1\n");
    assert_string_equal(found("port"), "1");
}

static void
what_is_included_is_a_value_too(void **state)
{
    char whole[512];

    (void)state;
    read_conf("Include sshd_config.d/*.conf \"/a b\"\n");
    snprintf(whole, sizeof(whole), "%s/sshd_config.d/*.conf", house.dir);
    assert_string_equal(found("include"), whole);
    assert_string_equal(
        sshdconf_next(&conf, sshdconf_find(&conf, "include"))->text, "/a b");
}

static void
without_the_main_file_there_is_nothing(void **state)
{
    char path[256];

    (void)state;
    snprintf(path, sizeof(path), "%s/none", house.dir);
    assert_false(sshdconf_read(path, &conf));
}

static void
what_sshd_prints_is_read_too(void **state)
{
    (void)state;
    sshdconf_free(&conf);
    assert_true(sshdconf_parse(
        span_of("usepam yes\nauthenticationmethods any\n"), &conf));
    assert_string_equal(found("authenticationmethods"), "any");
}

static void
times_have_units(void **state)
{
    (void)state;
    assert_int_equal(sshdconf_seconds("120"), 120);
    assert_int_equal(sshdconf_seconds("2m"), 120);
    assert_int_equal(sshdconf_seconds("1h30M5"), 5405);
    assert_int_equal(sshdconf_seconds("0"), 0);
    assert_int_equal(sshdconf_seconds(""), -1);
    assert_int_equal(sshdconf_seconds("m"), -1);
    assert_int_equal(sshdconf_seconds("1x"), -1);
    assert_int_equal(sshdconf_seconds("99999999999999999999"), -1);
}

int
main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, open_house, close_house)
    const struct CMUnitTest tests[] = {
        TEST(keywords_know_no_case_and_values_lose_their_quotes),
        TEST(the_first_value_counts),
        TEST(the_old_name_is_the_new_one),
        TEST(included_files_stand_where_they_are_included),
        TEST(what_stands_below_match_is_conditional),
        TEST(files_that_include_each_other_end),
        TEST(so_do_those_that_do_it_many_times),
        TEST(what_is_included_is_a_value_too),
        TEST(without_the_main_file_there_is_nothing),
        TEST(what_sshd_prints_is_read_too),
        TEST(times_have_units),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
