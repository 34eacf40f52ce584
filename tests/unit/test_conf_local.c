/* SPDX-License-Identifier: BSD-2-Clause */
/* The local issuer: when it exists, what it is, what it refuses. */
#include "helper/conf/local.h"

#include "tests/unit/conf_house.h"

#define URN "urn:httpauth:" HOUSE_MACHINE_ID

static const struct issuer_conf *
local_of(const struct house *house)
{
    return house->config == NULL
               ? NULL
               : config_issuer(house->config, span_of("local"));
}

static void
it_exists_once_its_key_set_does(void **state)
{
    const struct issuer_conf *local;
    struct house house;
    char path[128];

    (void)state;
    house_open(&house);
    house_must_load(&house, "[service sshd]\nissuers = local\n");
    assert_null(local_of(&house));
    house_write(&house, "local.jwks", "{\"keys\":[]}");
    house_must_load(&house, "[service sshd]\nissuers = local\n");
    local = local_of(&house);
    assert_non_null(local);
    assert_true(local->local);
    assert_string_equal(local->issuer, URN);
    assert_int_equal(local->audience.count, 1);
    assert_string_equal(local->audience.item[0],
                        "urn:httpauth:host:" HOUSE_HOST);
    (void)snprintf(path, sizeof(path), "%s/local.jwks", house.dir);
    assert_string_equal(local->jwks_file, path);
    assert_null(local->jwks_uri);
    assert_int_equal(local->token_type, TOKEN_AT_JWT);
    assert_int_equal(local->accept, METHOD_JWT);
    assert_string_equal(local->username_claim, "sub");
    assert_int_equal(local->users.count, 1);
    assert_string_equal(local->users.item[0], "*");
    assert_false(local->pin_subject);
    house_close(&house);
}

static void
its_section_makes_it_exist_too_and_may_name_it_anew(void **state)
{
    const struct issuer_conf *local;
    struct house house;

    (void)state;
    house_open(&house);
    house_must_load(&house, "[issuer local]\n");
    local = local_of(&house);
    assert_non_null(local);
    assert_string_equal(local->issuer, URN);
    house_must_load(&house, "[issuer local]\nissuer = urn:test\n"
                            "audience = urn:me urn:you\n");
    local = local_of(&house);
    assert_true(local->local);
    assert_string_equal(local->issuer, "urn:test");
    assert_int_equal(local->audience.count, 2);
    house_close(&house);
}

static void
it_takes_nothing_from_the_defaults_of_issuers(void **state)
{
    const struct issuer_conf *local;
    struct house house;

    (void)state;
    house_open(&house);
    house_write(&house, "local.jwks", "{}");
    house_must_load(&house,
                    "[issuer *]\njwks_uri = https://k.example/\n"
                    "token_type = id\nusername_claim = email\nusers = x*\n"
                    "audience = other\npin_subject = yes\n"
                    "[issuer work]\nissuer = https://idp.example\n");
    local = local_of(&house);
    assert_non_null(local);
    assert_null(local->jwks_uri);
    assert_int_equal(local->token_type, TOKEN_AT_JWT);
    assert_string_equal(local->username_claim, "sub");
    assert_string_equal(local->audience.item[0],
                        "urn:httpauth:host:" HOUSE_HOST);
    assert_false(local->pin_subject);
    assert_string_equal(house.config->issuer[0].username_claim, "email");
    house_close(&house);
}

static void
it_fetches_nothing_and_takes_at_jwt_only(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    assert_int_equal(house_load_text(&house, "[issuer local]\n"
                                             "jwks_uri = https://k.example/\n"),
                     CONFIG_BROKEN);
    house_must_say(&house, ":2: [issuer local] has its keys in a file");
    assert_int_equal(house_load_text(&house,
                                     "[issuer local]\ntoken_type = access\n"
                                     "required_claims = x\n"),
                     CONFIG_BROKEN);
    house_must_say(&house, ":2: [issuer local] makes at+jwt only");
    house_must_load(&house, "[issuer local]\ntoken_type = at+jwt\n");
    house_close(&house);
}

static void
it_is_not_counted_among_those_that_must_share_users(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house_write(&house, "local.jwks", "{}");
    house_must_load(&house, "[issuer work]\nissuer = https://idp.example\n"
                            "audience = x\n");
    assert_int_equal(house.config->issuers, 2);
    assert_string_equal(
        config_issuer(house.config, span_of("work"))->users.item[0], "*");
    house_close(&house);
}

static void
its_name_cannot_be_that_of_another(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house_write(&house, "local.jwks", "{}");
    assert_int_equal(house_load_text(&house, "[issuer work]\naudience = x\n"
                                             "jwks_file = k\n"
                                             "issuer = " URN "\n"),
                     CONFIG_BROKEN);
    house_must_say(&house, "[issuer work] and [issuer local] are the same");
    house_close(&house);
}

static void
a_service_must_name_it_to_admit_it(void **state)
{
    const struct service_conf *service;
    struct house house;

    (void)state;
    house_open(&house);
    house_write(&house, "local.jwks", "{}");
    house_must_load(&house, "[issuer work]\nissuer = https://idp.example\n"
                            "audience = x\n[service a]\n"
                            "[service b]\nissuers = local\n"
                            "[service c]\nissuers = local work\n");
    service = config_service(house.config, span_of("a"));
    assert_false(config_service_admits_issuer(service, local_of(&house)));
    assert_true(config_service_admits_issuer(
        service, config_issuer(house.config, span_of("work"))));
    service = config_service(house.config, span_of("b"));
    assert_true(config_service_admits_issuer(service, local_of(&house)));
    assert_false(config_service_admits_issuer(
        service, config_issuer(house.config, span_of("work"))));
    service = config_service(house.config, span_of("c"));
    assert_true(config_service_admits_issuer(service, local_of(&house)));
    house_close(&house);
}

static void
without_a_machine_id_it_says_how_to_make_one(void **state)
{
    static const char *const contents[] = {
        "",
        "uninitialized\n",
        "0123456789abcdef0123456789abcde\n",
        "0123456789abcdef0123456789abcdef0\n",
        "0123456789ABCDEF0123456789ABCDEF\n",
        "0123456789abcdef0123456789abcdeg\n",
        " 123456789abcdef0123456789abcdef\n",
    };
    struct house house;
    size_t i;

    (void)state;
    house_open(&house);
    for (i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        house_write(&house, "machine-id", contents[i]);
        assert_int_equal(house_load_text(&house, "[issuer local]\n"),
                         CONFIG_BROKEN);
        house_must_say(&house, ":1: [issuer local] takes its name from");
        house_must_say(&house, "systemd-machine-id-setup");
        /* Nobody needs it where the local issuer is not, or is named. */
        house_must_load(&house, "[httpauthd]\n");
        house_must_load(&house, "[issuer local]\nissuer = urn:x\n");
    }
    assert_int_equal(unlink(house.machine_id), 0);
    assert_int_equal(house_load_text(&house, "[issuer local]\n"),
                     CONFIG_BROKEN);
    house_must_say(&house, "holds no machine id");
    house_close(&house);
}

static void
a_machine_id_may_end_without_a_newline_or_with_more_lines(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house_write(&house, "machine-id", HOUSE_MACHINE_ID);
    house_must_load(&house, "[issuer local]\n");
    assert_string_equal(local_of(&house)->issuer, URN);
    house_write(&house, "machine-id", HOUSE_MACHINE_ID "\nmore\n");
    house_must_load(&house, "[issuer local]\n");
    assert_string_equal(local_of(&house)->issuer, URN);
    house_close(&house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_exists_once_its_key_set_does),
        cmocka_unit_test(its_section_makes_it_exist_too_and_may_name_it_anew),
        cmocka_unit_test(it_takes_nothing_from_the_defaults_of_issuers),
        cmocka_unit_test(it_fetches_nothing_and_takes_at_jwt_only),
        cmocka_unit_test(it_is_not_counted_among_those_that_must_share_users),
        cmocka_unit_test(its_name_cannot_be_that_of_another),
        cmocka_unit_test(a_service_must_name_it_to_admit_it),
        cmocka_unit_test(without_a_machine_id_it_says_how_to_make_one),
        cmocka_unit_test(
            a_machine_id_may_end_without_a_newline_or_with_more_lines),
    };

    return cmocka_run_group_tests_name("conf/local", tests, NULL, NULL);
}
