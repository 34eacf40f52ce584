/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/policy: rules over client, audience, sign-in, times and networks, one
 * row a test. */
#include "tests/unit/policy_row.h"

#define SAYS(claims) "{\"preferred_username\":\"alice\"," claims "}"

static const struct row rows[] = {
    /* client_ids */
    {"the_named_client_admits", .token.claims = SAYS("\"client_id\":\"ssh\""),
     .client_ids = "web|ssh", .want = REASON_ACCEPTED},
    {"another_client_is_refused",
     .token.claims = SAYS("\"client_id\":\"mail\""), .client_ids = "web|ssh",
     .want = REASON_CLIENT_RULE},
    {"a_client_is_case_sensitive",
     .token.claims = SAYS("\"client_id\":\"SSH\""), .client_ids = "ssh",
     .want = REASON_CLIENT_RULE},
    {"the_prefix_of_a_client_is_another",
     .token.claims = SAYS("\"client_id\":\"ss\""), .client_ids = "ssh",
     .want = REASON_CLIENT_RULE},
    {"azp_stands_in_for_client_id", .token.claims = SAYS("\"azp\":\"ssh\""),
     .client_ids = "ssh", .want = REASON_ACCEPTED},
    {"client_id_counts_before_azp",
     .token.claims = SAYS("\"client_id\":\"mail\",\"azp\":\"ssh\""),
     .client_ids = "ssh", .want = REASON_CLIENT_RULE},
    {"client_id_that_is_null_is_not_azp",
     .token.claims = SAYS("\"client_id\":null,\"azp\":\"ssh\""),
     .client_ids = "ssh", .want = REASON_CLIENT_RULE},
    {"no_client_at_all_is_refused", .client_ids = "ssh",
     .want = REASON_CLIENT_RULE},
    {"an_empty_client_is_refused", .token.claims = SAYS("\"client_id\":\"\""),
     .client_ids = "ssh", .want = REASON_CLIENT_RULE},
    {"an_array_of_clients_is_refused",
     .token.claims = SAYS("\"client_id\":[\"ssh\"]"), .client_ids = "ssh",
     .want = REASON_CLIENT_RULE},
    {"a_number_is_no_client", .token.claims = SAYS("\"client_id\":7"),
     .client_ids = "7", .want = REASON_CLIENT_RULE},
    {"a_client_with_a_newline_is_refused",
     .token.claims = SAYS("\"client_id\":\"ssh\\n\""), .client_ids = "ssh",
     .want = REASON_CLIENT_RULE},
    {"without_a_rule_any_client_is_admitted",
     .token.claims = SAYS("\"client_id\":\"mail\""), .want = REASON_ACCEPTED},

    /* extra_audiences */
    {"our_audience_alone_is_no_extra_one",
     .token.claims = SAYS("\"aud\":\"ssh://host\""),
     .extra_audiences = ADMISSION_REFUSE, .audience = "ssh://host|ssh://fleet",
     .want = REASON_ACCEPTED},
    {"our_audience_in_an_array_is_no_extra_one",
     .token.claims = SAYS("\"aud\":[\"ssh://host\"]"),
     .extra_audiences = ADMISSION_REFUSE, .audience = "ssh://host|ssh://fleet",
     .want = REASON_ACCEPTED},
    {"two_audiences_of_ours_are_no_extra_one",
     .token.claims = SAYS("\"aud\":[\"ssh://fleet\",\"ssh://host\"]"),
     .extra_audiences = ADMISSION_REFUSE, .audience = "ssh://host|ssh://fleet",
     .want = REASON_ACCEPTED},
    {"an_audience_besides_ours_is_refused",
     .token.claims = SAYS("\"aud\":[\"ssh://host\",\"mail\"]"),
     .extra_audiences = ADMISSION_REFUSE, .audience = "ssh://host|ssh://fleet",
     .want = REASON_EXTRA_AUDIENCE},
    {"an_audience_in_front_of_ours_is_refused",
     .token.claims = SAYS("\"aud\":[\"mail\",\"ssh://host\"]"),
     .extra_audiences = ADMISSION_REFUSE, .audience = "ssh://host|ssh://fleet",
     .want = REASON_EXTRA_AUDIENCE},
    {"the_audience_of_another_issuer_of_ours_is_refused",
     .token.claims = SAYS("\"aud\":\"ssh://host\""), .token.issuer = "other",
     .user = "ext-a", .extra_audiences = ADMISSION_REFUSE,
     .audience = "ssh://host|ssh://fleet", .want = REASON_EXTRA_AUDIENCE},
    {"an_answer_without_audience_has_no_extra_one",
     .extra_audiences = ADMISSION_REFUSE, .audience = "ssh://host|ssh://fleet",
     .want = REASON_ACCEPTED},
    {"an_extra_audience_with_a_newline_is_one",
     .token.claims = SAYS("\"aud\":[\"ssh://host\",\"\\n\"]"),
     .extra_audiences = ADMISSION_REFUSE, .audience = "ssh://host|ssh://fleet",
     .want = REASON_EXTRA_AUDIENCE},
    {"an_extra_audience_that_is_empty_is_one",
     .token.claims = SAYS("\"aud\":[\"ssh://host\",\"\"]"),
     .extra_audiences = ADMISSION_REFUSE, .audience = "ssh://host|ssh://fleet",
     .want = REASON_EXTRA_AUDIENCE},
    {"an_extra_audience_is_admitted_where_nobody_asks",
     .token.claims = SAYS("\"aud\":[\"ssh://host\",\"mail\"]"),
     .audience = "ssh://host", .want = REASON_ACCEPTED},

    /* require_acr */
    {"the_required_acr_admits", .token.claims = SAYS("\"acr\":\"mfa\""),
     .require_acr = "mfa", .want = REASON_ACCEPTED},
    {"one_of_two_acr_admits", .token.claims = SAYS("\"acr\":\"silver\""),
     .require_acr = "gold|silver", .want = REASON_ACCEPTED},
    {"another_acr_is_refused", .token.claims = SAYS("\"acr\":\"pwd\""),
     .require_acr = "mfa", .want = REASON_ACR_RULE},
    {"acr_is_case_sensitive", .token.claims = SAYS("\"acr\":\"MFA\""),
     .require_acr = "mfa", .want = REASON_ACR_RULE},
    {"acr_that_begins_with_the_required_one_is_another",
     .token.claims = SAYS("\"acr\":\"mfa2\""), .require_acr = "mfa",
     .want = REASON_ACR_RULE},
    {"no_acr_is_refused", .require_acr = "mfa", .want = REASON_ACR_RULE},
    {"acr_that_is_null_is_refused", .token.claims = SAYS("\"acr\":null"),
     .require_acr = "mfa", .want = REASON_ACR_RULE},
    {"acr_in_an_array_is_refused", .token.claims = SAYS("\"acr\":[\"mfa\"]"),
     .require_acr = "mfa", .want = REASON_ACR_RULE},
    {"acr_that_is_a_number_is_refused", .token.claims = SAYS("\"acr\":1"),
     .require_acr = "1", .want = REASON_ACR_RULE},
    {"two_acr_in_a_string_are_one", .token.claims = SAYS("\"acr\":\"mfa pwd\""),
     .require_acr = "mfa", .want = REASON_ACR_RULE},

    /* require_amr */
    {"the_required_amr_admits",
     .token.claims = SAYS("\"amr\":[\"pwd\",\"otp\"]"), .require_amr = "otp",
     .want = REASON_ACCEPTED},
    {"all_required_amr_admit",
     .token.claims = SAYS("\"amr\":[\"pwd\",\"mfa\",\"otp\"]"),
     .require_amr = "otp|pwd", .want = REASON_ACCEPTED},
    {"one_of_two_required_amr_is_refused",
     .token.claims = SAYS("\"amr\":[\"otp\"]"), .require_amr = "otp|pwd",
     .want = REASON_AMR_RULE},
    {"amr_in_a_string_admits", .token.claims = SAYS("\"amr\":\"pwd otp\""),
     .require_amr = "otp|pwd", .want = REASON_ACCEPTED},
    {"amr_is_case_sensitive", .token.claims = SAYS("\"amr\":[\"OTP\"]"),
     .require_amr = "otp", .want = REASON_AMR_RULE},
    {"no_amr_is_refused", .require_amr = "otp", .want = REASON_AMR_RULE},
    {"an_empty_amr_is_refused", .token.claims = SAYS("\"amr\":[]"),
     .require_amr = "otp", .want = REASON_AMR_RULE},
    {"a_number_in_amr_is_refused", .token.claims = SAYS("\"amr\":[\"otp\",1]"),
     .require_amr = "otp", .want = REASON_AMR_RULE},
    {"amr_that_is_an_object_is_refused",
     .token.claims = SAYS("\"amr\":{\"otp\":true}"), .require_amr = "otp",
     .want = REASON_AMR_RULE},
    {"amr_elsewhere_is_refused",
     .token.claims = SAYS("\"amr\":[\"otp\"],\"_claim_names\":{\"amr\":\"s\"}"),
     .require_amr = "otp", .want = REASON_AMR_RULE},

    /* max_token_age */
    {"a_young_token_admits", .max_token_age = 300, .later = 299,
     .want = REASON_ACCEPTED},
    {"a_token_of_exactly_that_age_admits", .max_token_age = 300, .later = 300,
     .want = REASON_ACCEPTED},
    {"a_token_a_second_older_is_refused", .max_token_age = 300, .later = 301,
     .want = REASON_TOKEN_AGE_RULE},
    {"a_token_from_a_clock_that_is_ahead_admits", .max_token_age = 1,
     .later = -60, .want = REASON_ACCEPTED},
    {"a_token_from_the_future_is_refused", .max_token_age = 300, .later = -61,
     .want = REASON_TOKEN_AGE_RULE},
    {"a_token_without_iat_has_no_age",
     .token = {.client = true, .claims = "{\"sub\":\"ci\"}", .no_iat = true},
     .user = "deploy", .max_token_age = 300, .want = REASON_TOKEN_AGE_RULE},
    {"the_age_is_asked_of_clients_too",
     .token = {.client = true, .claims = "{\"sub\":\"ci\"}"}, .user = "deploy",
     .max_token_age = 300, .later = 301, .want = REASON_TOKEN_AGE_RULE},
    {"without_a_rule_any_age_is_admitted", .later = 86400,
     .want = REASON_ACCEPTED},

    /* max_auth_age */
    {"a_recent_sign_in_admits",
     .token.claims = SAYS("\"auth_time\":1699999900"), .max_auth_age = 300,
     .want = REASON_ACCEPTED},
    {"a_sign_in_of_exactly_that_age_admits",
     .token.claims = SAYS("\"auth_time\":1699999700"), .max_auth_age = 300,
     .want = REASON_ACCEPTED},
    {"a_sign_in_a_second_older_is_refused",
     .token.claims = SAYS("\"auth_time\":1699999699"), .max_auth_age = 300,
     .want = REASON_AUTH_AGE_RULE},
    {"a_sign_in_ages_with_the_clock",
     .token.claims = SAYS("\"auth_time\":1699999900"), .max_auth_age = 300,
     .later = 201, .want = REASON_AUTH_AGE_RULE},
    {"a_sign_in_in_the_future_is_refused",
     .token.claims = SAYS("\"auth_time\":1700000061"), .max_auth_age = 300,
     .want = REASON_AUTH_AGE_RULE},
    {"a_sign_in_within_the_leeway_admits",
     .token.claims = SAYS("\"auth_time\":1700000060"), .max_auth_age = 300,
     .want = REASON_ACCEPTED},
    {"a_sign_in_with_a_fraction_admits",
     .token.claims = SAYS("\"auth_time\":1699999900.5"), .max_auth_age = 300,
     .want = REASON_ACCEPTED},
    {"no_sign_in_is_refused", .max_auth_age = 300,
     .want = REASON_AUTH_AGE_RULE},
    {"a_sign_in_that_is_null_is_refused",
     .token.claims = SAYS("\"auth_time\":null"), .max_auth_age = 300,
     .want = REASON_AUTH_AGE_RULE},
    {"a_sign_in_in_a_string_is_refused",
     .token.claims = SAYS("\"auth_time\":\"1700000000\""), .max_auth_age = 300,
     .want = REASON_AUTH_AGE_RULE},
    {"a_sign_in_at_the_epoch_is_refused",
     .token.claims = SAYS("\"auth_time\":0"), .max_auth_age = 2147483647,
     .want = REASON_AUTH_AGE_RULE},
    {"a_sign_in_before_the_epoch_is_refused",
     .token.claims = SAYS("\"auth_time\":-1"), .max_auth_age = 2147483647,
     .want = REASON_AUTH_AGE_RULE},
    {"a_sign_in_beyond_all_time_is_refused",
     .token.claims = SAYS("\"auth_time\":1e300"), .max_auth_age = 2147483647,
     .want = REASON_AUTH_AGE_RULE},
    {"without_a_rule_any_sign_in_is_admitted",
     .token.claims = SAYS("\"auth_time\":\"never\""), .want = REASON_ACCEPTED},

    /* networks */
    {"an_address_in_the_network_admits", .rhost = "192.0.2.7",
     .networks = "192.0.2.0/24|2001:db8::/32", .want = REASON_ACCEPTED},
    {"an_address_of_v6_in_the_network_admits", .rhost = "2001:db8::7",
     .networks = "192.0.2.0/24|2001:db8::/32", .want = REASON_ACCEPTED},
    {"a_mapped_address_is_the_one_in_it", .rhost = "::ffff:192.0.2.7",
     .networks = "192.0.2.0/24|2001:db8::/32", .want = REASON_ACCEPTED},
    {"an_address_elsewhere_is_refused", .rhost = "192.0.3.7",
     .networks = "192.0.2.0/24|2001:db8::/32", .want = REASON_NETWORK_RULE},
    {"an_address_of_v6_elsewhere_is_refused", .rhost = "2001:db9::7",
     .networks = "192.0.2.0/24|2001:db8::/32", .want = REASON_NETWORK_RULE},
    {"a_name_is_no_address", .rhost = "host.example",
     .networks = "192.0.2.0/24|2001:db8::/32", .want = REASON_NETWORK_RULE},
    {"a_name_like_an_address_is_none", .rhost = "192.0.2.7.example",
     .networks = "192.0.2.0/24|2001:db8::/32", .want = REASON_NETWORK_RULE},
    {"an_address_with_a_port_is_none", .rhost = "192.0.2.7:22",
     .networks = "192.0.2.0/24|2001:db8::/32", .want = REASON_NETWORK_RULE},
    {"no_address_is_refused", .networks = "192.0.2.0/24|2001:db8::/32",
     .want = REASON_NETWORK_RULE},
    {"a_single_address_is_a_network", .rhost = "192.0.2.9",
     .networks = "192.0.2.9", .want = REASON_ACCEPTED},
    {"its_neighbour_is_not_in_it", .rhost = "192.0.2.8",
     .networks = "192.0.2.9", .want = REASON_NETWORK_RULE},
    {"every_v4_address_is_not_every_v6_address", .rhost = "2001:db8::7",
     .networks = "0.0.0.0/0", .want = REASON_NETWORK_RULE},
    {"without_a_rule_any_address_is_admitted", .rhost = "203.0.113.1",
     .want = REASON_ACCEPTED},
};

static void
a_trace_shows_expected_and_found(void **state)
{
    static const struct row row = {
        .token.claims = SAYS("\"client_id\":\"mail\",\"acr\":\"pwd\","
                             "\"amr\":[\"pwd\"],\"auth_time\":1699996400,"
                             "\"aud\":[\"ssh://host\",\"mail\"]"),
        .client_ids = "ssh|web",
        .require_acr = "mfa",
        .require_amr = "otp",
        .networks = "192.0.2.0/24",
        .audience = "ssh://host",
        .extra_audiences = ADMISSION_REFUSE,
        .max_token_age = 300,
        .max_auth_age = 1800};
    const struct policy_request request = {span_of("alice"), span_of("sshd"),
                                           span_of("198.51.100.1"),
                                           HOUSE_NOW + 360};
    static const struct {
        const char *name, *expected, *found;
    } want[] = {{"networks", "one of 192.0.2.0/24", "198.51.100.1"},
                {"client_ids", "one of ssh, web", "mail"},
                {"extra_audiences", "no audience but ours", "mail"},
                {"require_acr", "one of mfa", "pwd"},
                {"require_amr", "all of otp", "pwd"},
                {"max_token_age", "5m", "6m"},
                {"max_auth_age", "30m", "66m"}};
    struct house *h = furnish(&row);
    struct facts *facts = house_facts(h, &row.token);
    struct trace *trace = trace_new();

    (void)state;
    assert_non_null(trace);
    assert_int_equal(policy_rules(&h->config, facts, &request, trace),
                     REASON_NETWORK_RULE);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        const struct trace_check *check = checked(trace, want[i].name);

        assert_false(check->held);
        assert_string_equal(check->expected, want[i].expected);
        assert_string_equal(check->found, want[i].found);
    }
    trace_free(trace);
    free(facts);
    house_free(h);
}

#define ROWS (sizeof rows / sizeof rows[0])

int
main(void)
{
    struct CMUnitTest tests[ROWS + 1] = {
        cmocka_unit_test(a_trace_shows_expected_and_found)};
    size_t i;

    for (i = 0; i < ROWS; i++)
        tests[i + 1] =
            (struct CMUnitTest){.name = rows[i].name,
                                .test_func = check_row,
                                .initial_state = (void *)(uintptr_t)&rows[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
