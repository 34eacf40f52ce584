/* SPDX-License-Identifier: BSD-2-Clause */
/* Files and layers: which are read, in which order, and which are refused. */
#include "tests/unit/conf_house.h"

#define ISSUER "[issuer work]\nissuer = https://idp.example/\n"

static void
a_configuration_without_an_issuer_loads(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house_must_load(&house, "");
    assert_int_equal(house.config->issuers, 0);
    assert_int_equal(house.config->services, 0);
    assert_non_null(house.config->map);
    assert_string_equal(house.config->file, house.conf);
    assert_string_equal(house.config->dir, house.dir);
    house_close(&house);
}

static void
defaults_are_those_of_the_manual(void **state)
{
    const struct issuer_conf *issuer;
    const struct service_conf *service;
    struct house house;
    char path[256];

    (void)state;
    house_open(&house);
    house_must_load(&house, ISSUER "audience = ssh://%H\n[service sshd]\n");
    assert_int_equal(house.config->daemon.log, LOG_KIND_AUTO);
    assert_int_equal(house.config->daemon.callers_max, 1024);
    assert_int_equal(house.config->daemon.verdicts_max, 100000);
    assert_int_equal(house.config->daemon.verdict_ttl, 300);
    assert_string_equal(house.config->daemon.state_dir, "/var/lib/httpauth");
    (void)snprintf(path, sizeof(path), "%s/users.map", house.dir);
    assert_string_equal(house.config->daemon.users_map, path);
    issuer = config_issuer(house.config, span_of("work"));
    assert_non_null(issuer);
    assert_false(issuer->local);
    assert_int_equal(issuer->accept, METHOD_JWT);
    assert_int_equal(issuer->token_type, TOKEN_AT_JWT);
    assert_string_equal(issuer->username_claim, "sub");
    assert_string_equal(issuer->groups_claim, "groups");
    assert_string_equal(issuer->scope_claim, "scope");
    assert_true(issuer->pin_subject);
    assert_int_equal(issuer->users.count, 1);
    assert_string_equal(issuer->users.item[0], "*");
    assert_int_equal(issuer->audience.count, 1);
    assert_string_equal(issuer->audience.item[0], "ssh://" HOUSE_HOST);
    assert_int_equal(issuer->algorithms.count, 10);
    assert_null(issuer->jwks_file);
    assert_null(issuer->username_domain);
    service = config_service(house.config, span_of("sshd"));
    assert_non_null(service);
    assert_int_equal(service->max_lifetime, 3600);
    assert_int_equal(service->methods, METHOD_NONE);
    assert_int_equal(service->issuers.count, 0);
    house_close(&house);
}

static void
layers_lie_over_each_other_in_their_order(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house_folder(&house, "vendor");
    house_folder(&house, "httpauthd.conf.d");
    house_write(&house, "vendor/50.conf",
                "[httpauthd]\ncallers_max = 1\nverdicts_max = 1\n"
                "verdict_ttl = 1s\nlog_level = error\n");
    house_write(&house, "httpauthd.conf",
                "[httpauthd]\ncallers_max = 2\nverdicts_max = 2\n"
                "verdict_ttl = 2s\n");
    house_write(&house, "httpauthd.conf.d/b.conf",
                "[httpauthd]\ncallers_max = 4\n");
    house_write(&house, "httpauthd.conf.d/a.conf",
                "[httpauthd]\ncallers_max = 3\nverdicts_max = 3\n");
    /* strcmp()'s order: capitals come first. */
    house_write(&house, "httpauthd.conf.d/Z.conf",
                "[httpauthd]\nverdicts_max = 5\n");
    assert_int_equal(house_load(&house, CONFIG_ALL_LAYERS), CONFIG_OK);
    assert_int_equal(house.config->daemon.callers_max, 4);
    assert_int_equal(house.config->daemon.verdicts_max, 3);
    assert_int_equal(house.config->daemon.verdict_ttl, 2);
    assert_int_equal(house.config->daemon.log_level, 3);
    assert_int_equal(house.config->files.count, 5);
    assert_int_equal(house_load(&house, CONFIG_FILE_ONLY), CONFIG_OK);
    assert_int_equal(house.config->daemon.log_level, 6);
    assert_int_equal(house.config->files.count, 4);
    house_close(&house);
}

static uint64_t
fingerprint(struct house *house)
{
    assert_int_equal(house_load(house, CONFIG_ALL_LAYERS), CONFIG_OK);
    return house->config->fingerprint;
}

static void
the_fingerprint_is_of_every_file_its_name_and_its_text(void **state)
{
    struct house house;
    uint64_t before, after;

    (void)state;
    house_open(&house);
    house_folder(&house, "httpauthd.conf.d");
    house_write(&house, "httpauthd.conf", "[httpauthd]\n");
    house_write(&house, "httpauthd.conf.d/a.conf", "[httpauthd]\n");
    before = fingerprint(&house);
    assert_true(fingerprint(&house) == before);
    house_write(&house, "httpauthd.conf.d/a.conf", "[httpauthd]\n# new\n");
    after = fingerprint(&house);
    assert_true(after != before);
    house_write(&house, "httpauthd.conf.d/a.conf", "[httpauthd]\n");
    assert_true(fingerprint(&house) == before);
    house_write(&house, "httpauthd.conf.d/b.conf", "");
    after = fingerprint(&house);
    assert_true(after != before);
    house_write(&house, "users.map", "");
    assert_true(fingerprint(&house) != after);
    house_close(&house);
}

static void
hidden_files_and_other_names_are_not_read(void **state)
{
    static const char *const names[] = {".hidden.conf",    "a.conf~",
                                        "a.conf.dpkg-old", "a.cnf",
                                        "README",          ".conf"};
    struct house house;
    char path[128];
    size_t i;

    (void)state;
    house_open(&house);
    house_folder(&house, "httpauthd.conf.d");
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(path, sizeof(path), "httpauthd.conf.d/%s", names[i]);
        house_write(&house, path, "this is no configuration\n");
    }
    house_must_load(&house, "[httpauthd]\n");
    assert_int_equal(house.config->files.count, 1);
    house_close(&house);
}

static void
a_list_in_a_later_file_replaces_and_in_the_same_file_appends(void **state)
{
    const struct service_conf *service;
    struct house house;

    (void)state;
    house_open(&house);
    house_folder(&house, "httpauthd.conf.d");
    house_write(&house, "httpauthd.conf",
                ISSUER "audience = a b\naudience = c\n"
                       "[service sshd]\nrequire_scope = one two\n"
                       "require_group = first group\n"
                       "require_group = second group\n");
    assert_int_equal(house_load(&house, CONFIG_FILE_ONLY), CONFIG_OK);
    assert_int_equal(house.config->issuer[0].audience.count, 3);
    assert_string_equal(house.config->issuer[0].audience.item[2], "c");
    service = config_service(house.config, span_of("sshd"));
    assert_int_equal(service->require_scope.count, 2);
    assert_int_equal(service->require_group.count, 2);
    assert_string_equal(service->require_group.item[1], "second group");
    house_write(&house, "httpauthd.conf.d/x.conf",
                "[service sshd]\nrequire_scope = three\n"
                "require_group = third group\n");
    assert_int_equal(house_load(&house, CONFIG_FILE_ONLY), CONFIG_OK);
    service = config_service(house.config, span_of("sshd"));
    assert_int_equal(service->require_scope.count, 1);
    assert_string_equal(service->require_scope.item[0], "three");
    assert_int_equal(service->require_group.count, 1);
    assert_int_equal(house.config->issuer[0].audience.count, 3);
    house_close(&house);
}

static void
a_bad_value_is_a_fault_even_where_a_later_file_replaces_it(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house_folder(&house, "httpauthd.conf.d");
    house_write(&house, "httpauthd.conf", "[httpauthd]\ncallers_max = x\n");
    house_write(&house, "httpauthd.conf.d/x.conf",
                "[httpauthd]\ncallers_max = 7\n");
    assert_int_equal(house_load(&house, CONFIG_FILE_ONLY), CONFIG_BROKEN);
    house_must_say(&house, "httpauthd.conf:2: callers_max: must be a number");
    assert_int_equal(house_faults(&house), 1);
    house_close(&house);
}

static void
complaints_name_the_file_of_the_layer(void **state)
{
    struct house house;
    char text[256];

    (void)state;
    house_open(&house);
    house_folder(&house, "httpauthd.conf.d");
    house_write(&house, "httpauthd.conf", "[httpauthd]\n");
    house_write(&house, "httpauthd.conf.d/x.conf",
                "# nothing\n[httpauthd]\ncallers_max = 0\n");
    assert_int_equal(house_load(&house, CONFIG_FILE_ONLY), CONFIG_BROKEN);
    (void)snprintf(text, sizeof(text),
                   "%s.d/x.conf:3: callers_max: must be a number from 1 to "
                   "65536\n",
                   house.conf);
    assert_string_equal(house_complaints(&house), text);
    house_close(&house);
}

static void
default_sections_fill_what_the_named_ones_do_not_set(void **state)
{
    const struct service_conf *service;
    const struct issuer_conf *issuer;
    struct house house;

    (void)state;
    house_open(&house);
    house_must_load(&house,
                    "[issuer *]\nusername_claim = upn\naudience = x\n"
                    "[issuer a]\nissuer = https://a.example\nusers = a*\n"
                    "[issuer b]\nissuer = https://b.example\nusers = b*\n"
                    "username_claim = email\naudience = y z\n"
                    "[service *]\nrequire_scope = one two\n"
                    "max_lifetime = 10m\ndeny_user = mallory\n"
                    "[service sshd]\nrequire_scope = three\n"
                    "[service su]\n");
    assert_int_equal(house.config->issuers, 2);
    issuer = config_issuer(house.config, span_of("a"));
    assert_string_equal(issuer->username_claim, "upn");
    assert_string_equal(issuer->audience.item[0], "x");
    issuer = config_issuer(house.config, span_of("b"));
    assert_string_equal(issuer->username_claim, "email");
    assert_int_equal(issuer->audience.count, 2);
    assert_int_equal(house.config->services, 2);
    service = config_service(house.config, span_of("sshd"));
    assert_int_equal(service->require_scope.count, 1);
    assert_int_equal(service->max_lifetime, 600);
    assert_int_equal(service->deny_user.count, 1);
    service = config_service(house.config, span_of("su"));
    assert_int_equal(service->require_scope.count, 2);
    house_close(&house);
}

static void
the_default_service_admits_nothing_by_itself(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house_must_load(&house, ISSUER "audience = a\n[service *]\n"
                                   "issuers = work\n[service su]\n");
    assert_int_equal(house.config->services, 1);
    assert_null(config_service(house.config, span_of("*")));
    assert_null(config_service(house.config, span_of("sshd")));
    assert_null(config_service(house.config, span_of("su-l")));
    assert_null(config_service(house.config, span_of("SU")));
    assert_null(config_service(house.config, (struct span){NULL, 0}));
    assert_null(config_issuer(house.config, span_of("*")));
    assert_null(config_issuer(house.config, span_of("wor")));
    house_close(&house);
}

static void
a_missing_main_file_is_absent_and_says_so(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    assert_int_equal(house_load(&house, CONFIG_FILE_ONLY), CONFIG_ABSENT);
    house_must_say(&house, "httpauthd.conf: there is no such file");
    assert_int_equal(house_load(&house, CONFIG_ALL_LAYERS), CONFIG_ABSENT);
    house_must_say(&house, "there is no such file");
    house_close(&house);
}

static void
another_layer_may_stand_for_the_main_file_but_not_for_one_that_was_named(
    void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house_folder(&house, "vendor");
    house_write(&house, "vendor/a.conf", "[httpauthd]\ncallers_max = 5\n");
    assert_int_equal(house_load(&house, CONFIG_ALL_LAYERS), CONFIG_OK);
    assert_int_equal(house.config->daemon.callers_max, 5);
    assert_int_equal(house_load(&house, CONFIG_FILE_ONLY), CONFIG_ABSENT);
    house_folder(&house, "httpauthd.conf.d");
    house_write(&house, "httpauthd.conf.d/a.conf",
                "[httpauthd]\ncallers_max = 6\n");
    assert_int_equal(house_load(&house, CONFIG_FILE_ONLY), CONFIG_ABSENT);
    assert_int_equal(house_load(&house, CONFIG_ALL_LAYERS), CONFIG_OK);
    assert_int_equal(house.config->daemon.callers_max, 6);
    house_close(&house);
}

static void
a_file_that_everybody_may_write_is_refused(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house_must_load(&house, "[httpauthd]\n");
    assert_int_equal(chmod(house.conf, 0646), 0);
    assert_int_equal(house_load(&house, CONFIG_FILE_ONLY), CONFIG_BROKEN);
    house_must_say(&house, "everybody may write it: run \"chmod o-w\"");
    assert_int_equal(chmod(house.conf, 0664), 0);
    assert_int_equal(house_load(&house, CONFIG_FILE_ONLY), CONFIG_OK);
    house_close(&house);
}

static void
a_folder_that_everybody_may_write_into_is_refused(void **state)
{
    struct house house;
    char path[128];

    (void)state;
    house_open(&house);
    house_folder(&house, "httpauthd.conf.d");
    (void)snprintf(path, sizeof(path), "%s.d", house.conf);
    assert_int_equal(chmod(path, 0777), 0);
    assert_int_equal(house_load_text(&house, "[httpauthd]\n"), CONFIG_BROKEN);
    house_must_say(&house, "everybody may write into it");
    house_close(&house);
}

static void
links_fifos_and_folders_are_refused_at_once(void **state)
{
    struct house house;
    char other[128];

    (void)state;
    house_open(&house);
    (void)snprintf(other, sizeof(other), "%s/other", house.dir);
    house_write(&house, "other", "[httpauthd]\n");
    assert_int_equal(symlink(other, house.conf), 0);
    assert_int_equal(house_load(&house, CONFIG_FILE_ONLY), CONFIG_BROKEN);
    house_must_say(&house, "is a symbolic link: put the file itself here");
    assert_int_equal(unlink(house.conf), 0);
    assert_int_equal(mkfifo(house.conf, 0640), 0);
    assert_int_equal(house_load(&house, CONFIG_FILE_ONLY), CONFIG_BROKEN);
    house_must_say(&house, "is not a regular file");
    assert_int_equal(unlink(house.conf), 0);
    assert_int_equal(mkdir(house.conf, 0755), 0);
    assert_int_equal(house_load(&house, CONFIG_FILE_ONLY), CONFIG_BROKEN);
    house_must_say(&house, "is not a regular file");
    house_close(&house);
}

static void
a_file_may_be_one_mebibyte_and_not_larger(void **state)
{
    struct house house;
    char *text = malloc((1 << 20) + 2);
    size_t i;

    (void)state;
    assert_non_null(text);
    for (i = 0; i < (1 << 20) + 1; i++)
        text[i] = i % 64 == 63 ? '\n' : '#';
    text[1 << 20] = '\0';
    house_open(&house);
    house_must_load(&house, text);
    text[1 << 20] = '\n';
    text[(1 << 20) + 1] = '\0';
    assert_int_equal(house_load_text(&house, text), CONFIG_BROKEN);
    house_must_say(&house, "is larger than 1048576 bytes");
    house_close(&house);
    free(text);
}

static void
an_unreadable_file_says_who_could_not_read_it(void **state)
{
    struct house house;
    bool root = false;

    (void)state;
    house_open(&house);
    house_write(&house, "httpauthd.conf", "[httpauthd]\n");
    assert_int_equal(chmod(house.dir, 0755), 0);
    assert_int_equal(chmod(house.conf, 0), 0);
    if (geteuid() == 0) /* root reads everything, nobody does not */
        root = seteuid(65534) == 0;
    (void)house_load(&house, CONFIG_FILE_ONLY);
    if (root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(house.result, CONFIG_BROKEN);
    house_must_say(&house, "make it root:httpauthd, mode 0640");
    house_close(&house);
}

static void
relative_names_are_taken_from_the_folder_of_the_main_file(void **state)
{
    struct house house;
    char path[256], here[256];

    (void)state;
    house_open(&house);
    house_must_load(&house, ISSUER "audience = a\njwks_file = k/x.json\n"
                                   "ca_file = /ca.pem\n"
                                   "[httpauthd]\nstate_dir = state\n");
    (void)snprintf(path, sizeof(path), "%s/k/x.json", house.dir);
    assert_string_equal(house.config->issuer[0].jwks_file, path);
    assert_string_equal(house.config->issuer[0].ca_file, "/ca.pem");
    (void)snprintf(path, sizeof(path), "%s/state", house.dir);
    assert_string_equal(house.config->daemon.state_dir, path);
    /* ... also when that folder was named by where we stand. */
    assert_non_null(getcwd(here, sizeof(here)));
    assert_int_equal(chdir(house.dir), 0);
    assert_int_equal(
        house_load_file(&house, "httpauthd.conf", CONFIG_FILE_ONLY), CONFIG_OK);
    assert_string_equal(house.config->daemon.state_dir, path);
    assert_string_equal(house.config->dir, house.dir);
    assert_int_equal(chdir(here), 0);
    house_close(&house);
}

static void
all_faults_of_all_layers_are_reported_at_once(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house_folder(&house, "httpauthd.conf.d");
    house_write(&house, "httpauthd.conf",
                "[httpauthd]\nlog = paper\ncalers_max = 5\n"
                "[isuer work]\nissuer = x\n"
                "[issuer work]\nissuer = http://idp.example\nscope = x\n"
                "[service sshd]\nmax_lifetime = 10\nissuers = work gone\n");
    house_write(&house, "httpauthd.conf.d/a.conf", "nonsense\n");
    assert_int_equal(house_load(&house, CONFIG_FILE_ONLY), CONFIG_BROKEN);
    house_must_say(&house, ":2: log: \"paper\" is none of auto stderr syslog");
    house_must_say(&house, ":3: unknown option \"calers_max\": did you mean "
                           "\"callers_max\"?");
    house_must_say(&house, ":4: unknown section [isuer]: did you mean "
                           "[issuer]?");
    house_must_say(&house, ":6: [issuer work] has no audience");
    house_must_say(&house, ":7: issuer: \"http://idp.example\" must begin "
                           "with https:// and a host");
    house_must_say(&house, ":8: unknown option \"scope\"");
    house_must_say(&house, ":10: max_lifetime: must be a duration");
    house_must_say(&house, ":11: [service sshd] admits the issuer \"gone\"");
    house_must_say(&house, "a.conf:1: neither");
    assert_int_equal(house_faults(&house), 9);
    house_close(&house);
}

static void
thousands_of_faults_do_not_fill_more_than_the_buffer(void **state)
{
    struct buffer text = BUFFER_INIT(1 << 20);
    struct house house;
    int i;

    (void)state;
    house_open(&house);
    for (i = 0; i < 1025; i++)
        assert_true(buffer_printf(&text, "[service s%d]\n", i));
    assert_int_equal(house_load_text(&house, text.data), CONFIG_BROKEN);
    house_must_say(&house, "httpauthd.conf:1025: more than 1024 sections");
    assert_int_equal(house_faults(&house), 1);
    for (i = 0; i < 5000; i++)
        assert_true(buffer_printf(&text, "bad line number %d\n", i));
    assert_int_equal(house_load_text(&house, text.data), CONFIG_BROKEN);
    assert_false(house.complaints.failed);
    house_must_say(&house, "... and more faults");
    buffer_free(&text);
    house_close(&house);
}

static void
the_real_machine_can_be_asked_too(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house_write(&house, "httpauthd.conf", "[httpauthd]\ncallers_max = 9\n");
    assert_int_equal(config_load(house.conf, CONFIG_FILE_ONLY, &house.config,
                                 &house.complaints),
                     CONFIG_OK);
    assert_int_equal(house.config->daemon.callers_max, 9);
    house_close(&house);
}

static void
freeing_nothing_is_allowed(void **state)
{
    (void)state;
    config_free(NULL);
    usersmap_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_configuration_without_an_issuer_loads),
        cmocka_unit_test(defaults_are_those_of_the_manual),
        cmocka_unit_test(layers_lie_over_each_other_in_their_order),
        cmocka_unit_test(
            the_fingerprint_is_of_every_file_its_name_and_its_text),
        cmocka_unit_test(hidden_files_and_other_names_are_not_read),
        cmocka_unit_test(
            a_list_in_a_later_file_replaces_and_in_the_same_file_appends),
        cmocka_unit_test(
            a_bad_value_is_a_fault_even_where_a_later_file_replaces_it),
        cmocka_unit_test(complaints_name_the_file_of_the_layer),
        cmocka_unit_test(default_sections_fill_what_the_named_ones_do_not_set),
        cmocka_unit_test(the_default_service_admits_nothing_by_itself),
        cmocka_unit_test(a_missing_main_file_is_absent_and_says_so),
        cmocka_unit_test(
            another_layer_may_stand_for_the_main_file_but_not_for_one_that_was_named),
        cmocka_unit_test(a_file_that_everybody_may_write_is_refused),
        cmocka_unit_test(a_folder_that_everybody_may_write_into_is_refused),
        cmocka_unit_test(links_fifos_and_folders_are_refused_at_once),
        cmocka_unit_test(a_file_may_be_one_mebibyte_and_not_larger),
        cmocka_unit_test(an_unreadable_file_says_who_could_not_read_it),
        cmocka_unit_test(
            relative_names_are_taken_from_the_folder_of_the_main_file),
        cmocka_unit_test(all_faults_of_all_layers_are_reported_at_once),
        cmocka_unit_test(thousands_of_faults_do_not_fill_more_than_the_buffer),
        cmocka_unit_test(the_real_machine_can_be_asked_too),
        cmocka_unit_test(freeing_nothing_is_allowed),
    };

    return cmocka_run_group_tests_name("conf/load", tests, NULL, NULL);
}
