/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of options and its neighbours: patterns, suggestions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/conf/complain.h"
#include "helper/conf/config.h"
#include "helper/conf/option.h"
#include "helper/conf/pattern.h"
#include "helper/conf/value.h"
#include "helper/jose/alg.h"
#include "helper/policy/explain.h"

/* Outside of this house people write these names into their files. */
static const char *const names[SECTION_COUNT][80] = {
    {"log", "log_level", "audit_file", "trusted_callers", "users_map",
     "state_dir", "callers_max", "verdicts_max", "verdict_ttl", "answer_ttl",
     "max_transfers", "max_waiting", "throttle_tries", "throttle_max",
     "throttle_exempt", "address_tries", "provider_tries"},
    {"issuer",
     "audience",
     "accept",
     "token_type",
     "algorithms",
     "jwks_file",
     "jwks_uri",
     "ca_file",
     "users",
     "username_claim",
     "username_domain",
     "groups_claim",
     "scope_claim",
     "required_claims",
     "export",
     "secrets",
     "pin_subject",
     "token_pattern",
     "password_pattern",
     "check",
     "introspection_endpoint",
     "token_endpoint",
     "userinfo_endpoint",
     "tokeninfo_endpoint",
     "device_authorization_endpoint",
     "endpoint_hosts",
     "introspection_answer",
     "introspection_auth",
     "clients",
     "client_claim",
     "tokeninfo_request",
     "userinfo_any_client",
     "client_auth",
     "client_id",
     "client_secret_file",
     "client_secret_encoding",
     "client_key_file",
     "client_key_id",
     "client_key_algorithm",
     "client_certificate_file",
     "client_certificate_key_file",
     "bearer_token_file",
     "token_scope",
     "token_resource",
     "offline_grace",
     "stale_keys",
     "http_url",
     "http_realm",
     "http_schemes",
     "accepted",
     "refused",
     "bearer_username",
     "user_from",
     "proxy",
     "proxy_user",
     "proxy_password_file",
     "proxy_ca_file",
     "proxy_schemes",
     "no_proxy",
     "secret_file",
     "jwks_thumbprints",
     "app_password_environment",
     "app_password_lifetime",
     "app_password_self_lifetime",
     "idp_seen_within"},
    {"issuers", "methods", "require_scope", "require_group",
     "require_all_groups", "deny_group", "deny_user", "max_lifetime",
     "max_token_age", "max_auth_age", "require_acr", "require_amr",
     "client_ids", "extra_audiences", "networks", "replay", "accept_login",
     "session_files", "device_networks"}};

union any_section {
    struct daemon_conf daemon;
    struct issuer_conf issuer;
    struct service_conf service;
};

static void
the_names_of_options_are_stable(void **state)
{
    size_t i, count = 0;
    int section;

    (void)state;
    for (section = 0; section < SECTION_COUNT; section++)
        for (i = 0; names[section][i] != NULL; i++, count++)
            assert_non_null(option_find(section, span_of(names[section][i])));
    assert_int_equal(count, option_count);
    assert_null(option_find(SECTION_DAEMON, span_of("issuer")));
    assert_null(option_find(SECTION_ISSUER, span_of("Issuer")));
    assert_null(option_find(SECTION_ISSUER, span_of("issue")));
    assert_string_equal(option_section_name(SECTION_DAEMON), "httpauthd");
    assert_string_equal(option_section_name(SECTION_ISSUER), "issuer");
    assert_string_equal(option_section_name(SECTION_SERVICE), "service");
    assert_string_equal(option_section_name(SECTION_COUNT), "");
}

static void
every_row_is_complete(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < option_count; i++) {
        const struct option *row = &option_table[i];
        bool words = row->type == OPTION_CHOICE || row->type == OPTION_CHOICES;
        bool amount =
            row->type == OPTION_NUMBER || row->type == OPTION_DURATION;

        assert_non_null(row->unit);
        assert_non_null(row->help);
        assert_int_equal(row->help[strlen(row->help) - 1], '\n');
        if (words)
            assert_non_null(row->keywords);
        assert_int_equal(amount, row->max > row->min);
        /* What is free text has a rule of its own. */
        if (!words && !amount && row->type != OPTION_FLAG)
            assert_non_null(row->fits);
        if (i > 0)
            assert_true(row->section >= row[-1].section);
    }
}

static void
every_default_keeps_the_rules_and_prints_as_it_is_written(void **state)
{
    const struct surroundings around = {"/dir", "host"};
    struct buffer why = BUFFER_INIT(512), out = BUFFER_INIT(4096);
    union any_section section;
    char expected[256];
    size_t i;

    (void)state;
    for (i = 0; i < option_count; i++) {
        const struct option *row = &option_table[i];

        if (row->standard == NULL)
            continue;
        memset(&section, 0, sizeof(section));
        buffer_clear(&out);
        assert_true(
            value_take(row, span_of(row->standard), &section, &around, &why));
        assert_true(value_is_there(row, &section));
        assert_true(value_print(row, &section, &out));
        (void)snprintf(
            expected, sizeof(expected), "%s = %s%s\n", row->name,
            row->type == OPTION_FILE && row->standard[0] != '/' ? "/dir/" : "",
            row->standard);
        assert_string_equal(out.data, expected);
        value_clear(row, &section);
    }
    buffer_free(&why);
    buffer_free(&out);
}

static void
the_algorithms_are_those_that_have_code(void **state)
{
    const struct option *row =
        option_find(SECTION_ISSUER, span_of("algorithms"));
    const struct option_keyword *keyword;
    uint32_t set = 0, standard = 0;

    (void)state;
    assert_non_null(row);
    for (keyword = row->keywords; keyword->word != NULL; keyword++) {
        enum alg alg = alg_named(span_of(keyword->word));

        assert_int_not_equal(alg, ALG_UNKNOWN);
        set |= ALG_BIT(alg);
    }
    assert_int_equal(set, ALG_SET_PUBLIC | ALG_SET_HMAC);
    assert_true(alg_set_parse(row->standard, &standard));
    assert_int_equal(standard, ALG_SET_PUBLIC);
}

/* A client signs with a key of its own, by one name for each algorithm. */
static void
the_algorithms_of_a_client_are_the_public_key_ones(void **state)
{
    const struct option *row =
        option_find(SECTION_ISSUER, span_of("client_key_algorithm"));
    const struct option_keyword *keyword;
    uint32_t set = 0;

    (void)state;
    assert_non_null(row);
    for (keyword = row->keywords; keyword->word != NULL; keyword++) {
        enum alg alg = alg_named(span_of(keyword->word));

        assert_string_equal(alg_name(alg), keyword->word);
        set |= ALG_BIT(alg);
    }
    assert_int_equal(set, ALG_SET_PUBLIC);
}

static void
a_method_has_one_name_everywhere(void **state)
{
    const struct option *accept =
        option_find(SECTION_ISSUER, span_of("accept"));
    const struct option *rule =
        option_find(SECTION_SERVICE, span_of("methods"));
    const struct option_keyword *keyword;
    struct explanation text;

    (void)state;
    assert_non_null(accept);
    assert_non_null(rule);
    assert_ptr_equal(accept->keywords, rule->keywords);
    for (keyword = accept->keywords; keyword->word != NULL; keyword++) {
        assert_string_equal(config_method_name(keyword->value), keyword->word);
        assert_string_equal(explain_methods(keyword->value, &text),
                            keyword->word);
    }
    assert_string_equal(
        explain_methods(METHOD_JWT | METHOD_HOST_PASSWORD, &text),
        "jwt, host-password");
    assert_string_equal(explain_methods(METHOD_NONE, &text), "any method");
    assert_string_equal(explain_methods(1 << 20, &text), "no method");
}

static void
a_near_miss_is_told_from_a_far_one(void **state)
{
    const struct option *near;

    (void)state;
    near = option_near(SECTION_ISSUER, span_of("audiance"));
    assert_non_null(near);
    assert_string_equal(near->name, "audience");
    near = option_near(SECTION_ISSUER, span_of("user"));
    assert_non_null(near);
    assert_string_equal(near->name, "users");
    assert_null(option_near(SECTION_ISSUER, span_of("audio")));
    assert_null(option_near(SECTION_ISSUER, (struct span){NULL, 0}));
    assert_int_equal(suggest_distance(span_of("abc"), "abc"), 0);
    assert_int_equal(suggest_distance(span_of("ab"), "abc"), 1);
    assert_int_equal(suggest_distance(span_of("xbc"), "abc"), 1);
    assert_int_equal(suggest_distance(span_of("ba"), "ab"), 2);
    assert_int_equal(suggest_distance(span_of(""), "abc"), SUGGEST_FAR);
    assert_int_equal(
        suggest_distance(span_of("0123456789012345678901234567890123456789"
                                 "0123456789"),
                         "abc"),
        SUGGEST_FAR);
}

/* All names over a small alphabet, against the pairs of patterns over it:
 * the computed overlap is the real one. */
static void
patterns_overlap_exactly_if_a_name_matches_both(void **state)
{
    static const char *const patterns[] = {"*",   "a*",   "b*", "ab*", "aa*",
                                           "ba*", "aab*", "a",  "b",   "ab",
                                           "aab", "ba",   "1*", "1a",  "11*"};
    static const char alphabet[] = "ab1";
    size_t i, j, count = sizeof(patterns) / sizeof(patterns[0]);

    (void)state;
    for (i = 0; i < count; i++)
        assert_true(pattern_is_good(span_of(patterns[i])));
    for (i = 0; i < count; i++) {
        for (j = 0; j < count; j++) {
            struct span a = span_of(patterns[i]), b = span_of(patterns[j]);
            bool both = false;
            int n, k;

            /* Numbers to base 4, digit 0 ending the name: 1 to 4 letters. */
            for (n = 1; n < 256; n++) {
                char name[5] = "";

                for (k = 0; k < 4 && (n >> (2 * k) & 3) != 0; k++)
                    name[k] = alphabet[(n >> (2 * k) & 3) - 1];
                if (name[strspn(name, "1")] == '\0')
                    continue; /* only digits, or empty: no name */
                if (pattern_matches(a, span_of(name)) &&
                    pattern_matches(b, span_of(name)))
                    both = true;
            }
            assert_int_equal(pattern_overlaps(a, b), both);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_names_of_options_are_stable),
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(
            every_default_keeps_the_rules_and_prints_as_it_is_written),
        cmocka_unit_test(the_algorithms_are_those_that_have_code),
        cmocka_unit_test(the_algorithms_of_a_client_are_the_public_key_ones),
        cmocka_unit_test(a_method_has_one_name_everywhere),
        cmocka_unit_test(a_near_miss_is_told_from_a_far_one),
        cmocka_unit_test(patterns_overlap_exactly_if_a_name_matches_both),
    };

    return cmocka_run_group_tests_name("conf/option", tests, NULL, NULL);
}
