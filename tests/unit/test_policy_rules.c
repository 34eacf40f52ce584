/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/policy: the rules of [service], one row a test. */
#include "tests/unit/policy_row.h"

#define IN(groups) "{\"preferred_username\":\"alice\",\"groups\":" groups "}"
#define SCOPE(scope) "{\"preferred_username\":\"alice\",\"scope\":" scope "}"
#define SCP(scope) "{\"preferred_username\":\"alice\",\"scp\":" scope "}"
#define OVER "{\"_claim_names\":{\"groups\":\"s\"},\"_claim_sources\":{}}"

static const struct row rows[] = {
    /* the service */
    {"a_service_without_rules_admits_a_person", .want = REASON_ACCEPTED},
    {"a_service_without_a_section_is_refused", .service = "login",
     .want = REASON_NO_SERVICE},
    {"sshd_is_not_the_prefix_of_a_service", .service = "ssh",
     .want = REASON_NO_SERVICE},
    {"sshd_is_not_the_beginning_of_a_service", .service = "sshd2",
     .want = REASON_NO_SERVICE},
    {"a_service_name_is_case_sensitive", .service = "SSHD",
     .want = REASON_NO_SERVICE},
    {"an_empty_service_name_is_refused", .service = "",
     .want = REASON_NO_SERVICE},
    {"the_defaults_section_admits_nothing", .service = "*",
     .want = REASON_NO_SERVICE},

    /* issuers */
    {"without_issuers_any_provider_is_admitted", .token.issuer = "other",
     .want = REASON_ACCEPTED},
    {"without_issuers_the_local_one_is_refused", .token.issuer = "local",
     .want = REASON_ISSUER_RULE},
    {"a_named_local_issuer_is_admitted", .token.issuer = "local",
     .issuers = "work|local", .want = REASON_ACCEPTED},
    {"a_named_issuer_is_admitted", .issuers = "work", .want = REASON_ACCEPTED},
    {"an_issuer_that_is_not_named_is_refused", .token.issuer = "other",
     .issuers = "work", .want = REASON_ISSUER_RULE},
    {"only_local_named_refuses_a_provider", .issuers = "local",
     .want = REASON_ISSUER_RULE},

    /* methods */
    {"without_methods_any_is_admitted", .methods = 0, .want = REASON_ACCEPTED},
    {"a_named_method_is_admitted", .methods = METHOD_JWT,
     .want = REASON_ACCEPTED},
    {"a_method_that_is_not_named_is_refused", .methods = 2,
     .want = REASON_METHOD_RULE},
    {"a_verdict_of_another_method_is_refused", .methods = METHOD_JWT,
     .method = 4, .want = REASON_METHOD_RULE},

    /* deny_user */
    {"a_denied_user_is_refused", .deny_user = "bob|alice",
     .want = REASON_USER_RULE},
    {"another_denied_user_is_no_matter", .deny_user = "bob|alic|alicex",
     .want = REASON_ACCEPTED},
    {"a_denied_user_is_compared_case_sensitively", .deny_user = "Alice",
     .want = REASON_ACCEPTED},
    {"a_denied_user_with_all_required_groups_is_refused",
     .token.claims = IN("[\"ops\"]"), .require_group = "ops",
     .deny_user = "alice", .want = REASON_USER_RULE},
    {"a_denied_user_is_refused_before_his_groups",
     .token.claims = IN("[\"bad\"]"), .deny_group = "bad", .deny_user = "alice",
     .want = REASON_USER_RULE},

    /* require_scope */
    {"the_required_scope_admits", .token.claims = SCOPE("\"ssh:login\""),
     .require_scope = "ssh:login", .want = REASON_ACCEPTED},
    {"the_required_scope_among_others_admits",
     .token.claims = SCOPE("\"openid ssh:login email\""),
     .require_scope = "ssh:login", .want = REASON_ACCEPTED},
    {"scopes_in_an_array_admit",
     .token.claims = SCOPE("[\"openid\",\"ssh:login\"]"),
     .require_scope = "ssh:login", .want = REASON_ACCEPTED},
    {"scp_as_a_string_admits", .token.claims = SCP("\"openid ssh:login\""),
     .require_scope = "ssh:login", .want = REASON_ACCEPTED},
    {"scp_as_an_array_admits", .token.claims = SCP("[\"ssh:login\"]"),
     .require_scope = "ssh:login", .want = REASON_ACCEPTED},
    {"scp_beside_scope_is_not_looked_at",
     .token.claims = "{\"scope\":\"openid\",\"scp\":\"ssh:login\"}",
     .require_scope = "ssh:login", .want = REASON_SCOPE_RULE},
    {"all_required_scopes_must_be_there", .token.claims = SCOPE("\"a c\""),
     .require_scope = "a|b", .want = REASON_SCOPE_RULE},
    {"all_required_scopes_in_any_order_admit",
     .token.claims = SCOPE("\"b x a\""), .require_scope = "a|b",
     .want = REASON_ACCEPTED},
    {"scopes_that_are_not_separated_are_another_scope",
     .token.claims = SCOPE("\"ab\""), .require_scope = "a|b",
     .want = REASON_SCOPE_RULE},
    {"the_prefix_of_a_scope_is_not_the_scope",
     .token.claims = SCOPE("\"ssh:log\""), .require_scope = "ssh:login",
     .want = REASON_SCOPE_RULE},
    {"a_scope_that_begins_with_the_required_one_is_another",
     .token.claims = SCOPE("\"ssh:login2\""), .require_scope = "ssh:login",
     .want = REASON_SCOPE_RULE},
    {"a_scope_is_case_sensitive", .token.claims = SCOPE("\"SSH:LOGIN\""),
     .require_scope = "ssh:login", .want = REASON_SCOPE_RULE},
    {"a_leading_space_makes_no_scope", .token.claims = SCOPE("\" a\""),
     .require_scope = "a", .want = REASON_ACCEPTED},
    {"two_spaces_make_no_scope_between", .token.claims = SCOPE("\"a  b\""),
     .require_scope = "a|b", .want = REASON_ACCEPTED},
    {"an_array_entry_with_a_space_is_one_scope",
     .token.claims = SCOPE("[\"a b\"]"), .require_scope = "a",
     .want = REASON_SCOPE_RULE},
    {"an_empty_scope_has_nothing", .token.claims = SCOPE("\"\""),
     .require_scope = "a", .want = REASON_SCOPE_RULE},
    {"no_scope_claim_refuses", .require_scope = "a",
     .want = REASON_SCOPE_CLAIM},
    {"a_scope_claim_that_is_null_refuses", .token.claims = SCOPE("null"),
     .require_scope = "a", .want = REASON_SCOPE_CLAIM},
    {"a_scope_claim_that_is_a_number_refuses", .token.claims = SCOPE("1"),
     .require_scope = "a", .want = REASON_SCOPE_CLAIM},
    {"a_scope_claim_that_is_true_refuses", .token.claims = SCOPE("true"),
     .require_scope = "a", .want = REASON_SCOPE_CLAIM},
    {"a_scope_claim_that_is_an_object_refuses",
     .token.claims = SCOPE("{\"a\":1}"), .require_scope = "a",
     .want = REASON_SCOPE_CLAIM},
    {"a_number_among_the_scopes_refuses", .token.claims = SCOPE("[\"a\",1]"),
     .require_scope = "a", .want = REASON_SCOPE_CLAIM},
    {"a_nested_array_of_scopes_refuses", .token.claims = SCOPE("[[\"a\"]]"),
     .require_scope = "a", .want = REASON_SCOPE_CLAIM},
    {"a_tab_separates_no_scopes", .token.claims = SCOPE("\"a\\tb\""),
     .require_scope = "a", .want = REASON_SCOPE_CLAIM},
    {"without_a_rule_a_broken_scope_claim_is_no_matter",
     .token.claims = SCOPE("1"), .want = REASON_ACCEPTED},

    /* require_group: any */
    {"one_of_the_required_groups_admits", .token.claims = IN("[\"b\",\"x\"]"),
     .require_group = "a|b", .want = REASON_ACCEPTED},
    {"none_of_the_required_groups_refuses", .token.claims = IN("[\"x\"]"),
     .require_group = "a|b", .want = REASON_GROUP_RULE},
    {"a_group_claim_that_is_a_string_admits", .token.claims = IN("\"ops\""),
     .require_group = "ops", .want = REASON_ACCEPTED},
    {"groups_in_a_string_are_separated_by_spaces",
     .token.claims = IN("\"dev ops\""), .require_group = "ops",
     .want = REASON_ACCEPTED},
    {"a_group_with_a_space_in_an_array_is_one_group",
     .token.claims = IN("[\"Domain Admins\"]"),
     .require_group = "Domain Admins", .want = REASON_ACCEPTED},
    {"half_a_group_with_a_space_is_no_group",
     .token.claims = IN("[\"Domain Admins\"]"), .require_group = "Admins",
     .want = REASON_GROUP_RULE},
    {"the_prefix_of_a_group_is_not_the_group", .token.claims = IN("[\"op\"]"),
     .require_group = "ops", .want = REASON_GROUP_RULE},
    {"a_group_is_case_sensitive", .token.claims = IN("[\"OPS\"]"),
     .require_group = "ops", .want = REASON_GROUP_RULE},
    {"an_empty_group_list_refuses", .token.claims = IN("[]"),
     .require_group = "ops", .want = REASON_GROUP_RULE},
    {"no_group_claim_refuses", .require_group = "ops",
     .want = REASON_GROUP_CLAIM},
    {"a_group_claim_that_is_null_refuses", .token.claims = IN("null"),
     .require_group = "ops", .want = REASON_GROUP_CLAIM},
    {"a_group_claim_that_is_an_object_refuses",
     .token.claims = IN("{\"ops\":true}"), .require_group = "ops",
     .want = REASON_GROUP_CLAIM},
    {"a_number_among_the_groups_refuses", .token.claims = IN("[\"ops\",7]"),
     .require_group = "ops", .want = REASON_GROUP_CLAIM},
    {"a_null_among_the_groups_refuses", .token.claims = IN("[\"ops\",null]"),
     .require_group = "ops", .want = REASON_GROUP_CLAIM},
    {"a_newline_in_a_group_refuses", .token.claims = IN("[\"ops\\n\"]"),
     .require_group = "ops", .want = REASON_GROUP_CLAIM},
    {"claim_names_instead_of_groups_refuse", .token.claims = OVER,
     .require_group = "ops", .want = REASON_GROUP_OVERAGE},
    {"hasgroups_instead_of_groups_refuses",
     .token.claims = "{\"hasgroups\":true}", .require_group = "ops",
     .want = REASON_GROUP_OVERAGE},
    {"hasgroups_beside_groups_refuses",
     .token.claims = "{\"hasgroups\":true,\"groups\":[\"ops\"]}",
     .require_group = "ops", .want = REASON_GROUP_OVERAGE},
    {"claim_names_of_another_claim_are_no_overage",
     .token.claims = "{\"_claim_names\":{\"address\":\"s\"}}",
     .require_group = "ops", .want = REASON_GROUP_CLAIM},
    {"without_a_rule_overage_is_no_matter", .token.claims = OVER,
     .want = REASON_ACCEPTED},

    /* group@issuer */
    {"a_group_with_its_issuer_admits", .token.claims = IN("[\"ops\"]"),
     .require_group = "ops@work", .want = REASON_ACCEPTED},
    {"the_same_group_of_another_issuer_refuses",
     .token = {.issuer = "other", .claims = IN("[\"ops\"]")},
     .require_group = "ops@work", .want = REASON_GROUP_RULE},
    {"each_issuer_has_its_own_group",
     .token = {.issuer = "other", .claims = IN("[\"staff\"]")},
     .require_group = "ops@work|staff@other", .want = REASON_ACCEPTED},
    {"a_group_cannot_bring_its_own_issuer",
     .token = {.issuer = "other", .claims = IN("[\"ops@work\"]")},
     .require_group = "ops@work", .want = REASON_GROUP_RULE},
    {"a_denied_group_of_another_issuer_is_no_matter",
     .token = {.issuer = "other", .claims = IN("[\"bad\"]")},
     .deny_group = "bad@work", .want = REASON_ACCEPTED},
    {"a_denied_group_of_another_issuer_needs_no_claim", .token.issuer = "other",
     .deny_group = "bad@work", .want = REASON_ACCEPTED},
    {"a_denied_group_of_this_issuer_needs_the_claim", .token.issuer = "other",
     .deny_group = "bad@work|bad@other", .want = REASON_GROUP_CLAIM},
    {"a_denied_group_of_this_issuer_refuses",
     .token = {.issuer = "other", .claims = IN("[\"bad\"]")},
     .deny_group = "x@work|bad@other", .want = REASON_GROUP_RULE},
    {"all_groups_of_two_issuers_are_out_of_reach",
     .token.claims = IN("[\"a\",\"b\"]"),
     .require_all_groups = "a@work|b@other", .want = REASON_GROUP_RULE},
    {"a_denied_group_without_a_name_refuses", .token.claims = IN("[\"x\"]"),
     .deny_group = "@work", .want = REASON_GROUP_RULE},
    {"a_required_group_without_a_name_refuses",
     .token.claims = IN("[\"x\",\"@work\"]"), .require_group = "@work",
     .want = REASON_GROUP_RULE},

    /* require_all_groups */
    {"all_required_groups_admit", .token.claims = IN("[\"b\",\"x\",\"a\"]"),
     .require_all_groups = "a|b", .want = REASON_ACCEPTED},
    {"one_of_all_required_groups_refuses", .token.claims = IN("[\"a\"]"),
     .require_all_groups = "a|b", .want = REASON_GROUP_RULE},
    {"no_claim_for_all_required_groups_refuses", .require_all_groups = "a",
     .want = REASON_GROUP_CLAIM},
    {"overage_for_all_required_groups_refuses", .token.claims = OVER,
     .require_all_groups = "a", .want = REASON_GROUP_OVERAGE},
    {"any_and_all_are_both_asked", .token.claims = IN("[\"a\"]"),
     .require_group = "a", .require_all_groups = "a|b",
     .want = REASON_GROUP_RULE},

    /* deny_group */
    {"a_denied_group_refuses", .token.claims = IN("[\"x\",\"bad\"]"),
     .deny_group = "worse|bad", .want = REASON_GROUP_RULE},
    {"no_denied_group_admits", .token.claims = IN("[\"x\"]"),
     .deny_group = "bad", .want = REASON_ACCEPTED},
    {"deny_wins_over_require", .token.claims = IN("[\"ops\",\"bad\"]"),
     .require_group = "ops", .deny_group = "bad", .want = REASON_GROUP_RULE},
    {"deny_is_said_before_a_missing_scope", .token.claims = IN("[\"bad\"]"),
     .require_scope = "a", .deny_group = "bad", .want = REASON_GROUP_RULE},
    {"a_denying_rule_over_no_claim_refuses", .deny_group = "bad",
     .want = REASON_GROUP_CLAIM},
    {"a_denying_rule_over_a_mistyped_claim_refuses", .token.claims = IN("{}"),
     .deny_group = "bad", .want = REASON_GROUP_CLAIM},
    {"a_denying_rule_over_a_mistyped_entry_refuses",
     .token.claims = IN("[\"x\",{}]"), .deny_group = "bad",
     .want = REASON_GROUP_CLAIM},
    {"a_denying_rule_over_an_overage_refuses", .token.claims = OVER,
     .deny_group = "bad", .want = REASON_GROUP_OVERAGE},
    {"a_denying_rule_over_a_part_of_the_groups_refuses",
     .token.claims = "{\"groups\":[\"x\"],\"_claim_names\":{\"groups\":\"s\"}}",
     .deny_group = "bad", .want = REASON_GROUP_OVERAGE},
    {"a_denying_rule_over_an_empty_list_with_an_overage_refuses",
     .token.claims = "{\"groups\":[],\"hasgroups\":true}", .deny_group = "bad",
     .want = REASON_GROUP_OVERAGE},
    {"a_denying_rule_over_an_empty_list_admits", .token.claims = IN("[]"),
     .deny_group = "bad", .want = REASON_ACCEPTED},
    {"a_denying_rule_over_an_empty_string_admits", .token.claims = IN("\"\""),
     .deny_group = "bad", .want = REASON_ACCEPTED},

    /* max_lifetime */
    {"a_token_of_one_hour_is_admitted", .token.lives = 3600,
     .want = REASON_ACCEPTED},
    {"a_token_of_a_second_more_is_refused", .token.lives = 3601,
     .want = REASON_LIFETIME_RULE},
    {"a_longer_lifetime_can_be_admitted", .token.lives = 86400,
     .max_lifetime = 86400, .want = REASON_ACCEPTED},
    {"a_shorter_lifetime_can_be_asked", .token.lives = 301, .max_lifetime = 300,
     .want = REASON_LIFETIME_RULE},
    {"a_token_without_iat_is_refused", .token.no_iat = true,
     .want = REASON_LIFETIME_RULE},
    {"a_token_without_iat_is_refused_whatever_is_admitted",
     .token.no_iat = true, .max_lifetime = INT32_MAX,
     .want = REASON_LIFETIME_RULE},
    {"a_token_issued_after_its_end_is_refused", .token.lives = -1,
     .want = REASON_LIFETIME_RULE},
    {"a_token_of_all_time_is_refused", .token.lives = INT64_MAX - HOUSE_NOW,
     .want = REASON_LIFETIME_RULE},
    {"a_mapped_client_may_live_longer",
     .token = {.client = true, .claims = "{\"sub\":\"ci\"}", .lives = 86400},
     .user = "deploy", .want = REASON_ACCEPTED},
    {"a_mapped_client_needs_no_iat",
     .token = {.client = true, .claims = "{\"sub\":\"ci\"}", .no_iat = true},
     .user = "deploy", .want = REASON_ACCEPTED},
    {"a_person_by_users_map_may_not_live_longer",
     .token = {.claims = "{\"sub\":\"ci\"}", .lives = 86400}, .user = "deploy",
     .want = REASON_LIFETIME_RULE},

    /* several rules at once */
    {"all_rules_met_admit",
     .token.claims = "{\"preferred_username\":\"alice\",\"scope\":\"a b\","
                     "\"groups\":[\"ops\",\"eu\",\"staff\"]}",
     .issuers = "work|local", .methods = METHOD_JWT, .require_scope = "a|b",
     .require_group = "dev|ops", .require_all_groups = "eu|staff@work",
     .deny_group = "guests", .deny_user = "bob", .want = REASON_ACCEPTED},
    {"the_issuer_is_asked_first", .token = {.issuer = "other"},
     .issuers = "work", .methods = 2, .deny_user = "alice",
     .require_scope = "a", .want = REASON_ISSUER_RULE},
    {"the_lifetime_is_asked_last",
     .token = {.claims = SCOPE("\"x\""), .lives = 7200}, .require_scope = "a",
     .want = REASON_SCOPE_RULE},
};

static void
a_trace_shows_every_rule_past_the_first_refusal(void **state)
{
    static const struct row row = {
        .token = {.claims = IN("[\"x\",\"y\"]"), .lives = 7200},
        .methods = 2,
        .require_scope = "a|b",
        .require_group = "ops|dev@work",
        .deny_user = "alice"};
    const struct policy_request request = {span_of("alice"), span_of("sshd"),
                                           span_of(""), HOUSE_NOW};
    struct house *h = furnish(&row);
    struct facts *facts = house_facts(h, &row.token);
    struct trace *trace = trace_new();

    (void)state;
    assert_non_null(trace);
    assert_int_equal(policy_rules(&h->config, facts, &request, trace),
                     REASON_METHOD_RULE);
    assert_true(checked(trace, "service")->held);
    assert_true(checked(trace, "issuers")->held);
    assert_false(checked(trace, "methods")->held);
    assert_false(checked(trace, "deny_user")->held);
    assert_false(checked(trace, "require_scope")->held);
    assert_string_equal(checked(trace, "require_scope")->expected,
                        "all of a, b");
    assert_string_equal(checked(trace, "require_scope")->found, "absent");
    assert_string_equal(checked(trace, "require_group")->expected,
                        "one of ops, dev@work");
    assert_string_equal(checked(trace, "require_group")->found, "x, y");
    assert_string_equal(checked(trace, "max_lifetime")->expected, "1h");
    assert_string_equal(checked(trace, "max_lifetime")->found, "2h");
    trace_free(trace);
    free(facts);
    house_free(h);
}

static void
a_trace_of_many_long_groups_is_cut_to_fit(void **state)
{
    static const struct row row = {.require_group = "ops"};
    const struct policy_request request = {span_of("alice"), span_of("sshd"),
                                           span_of(""), HOUSE_NOW};
    struct house_token token = {NULL};
    struct house *h = furnish(&row);
    struct trace *trace = trace_new();
    char text[256 * 64] = "{\"groups\":[\"first\"";
    size_t i, at = strlen(text);
    struct facts *facts;

    (void)state;
    assert_non_null(trace);
    for (i = 0; i < 200; i++)
        at += (size_t)snprintf(text + at, sizeof text - at,
                               ",\"a-rather-long-group-name-%zu\"", i);
    snprintf(text + at, sizeof text - at, "]}");
    token.claims = text;
    facts = house_facts(h, &token);
    assert_int_equal(policy_rules(&h->config, facts, &request, trace),
                     REASON_GROUP_RULE);
    assert_memory_equal(checked(trace, "require_group")->found, "first, a-", 9);
    trace_free(trace);
    free(facts);
    house_free(h);
}

static void
facts_of_an_issuer_that_is_gone_are_refused(void **state)
{
    const struct policy_request request = {span_of("alice"), span_of("sshd"),
                                           span_of(""), HOUSE_NOW};
    struct house *h = house_new();
    struct facts *facts = house_facts(h, &(struct house_token){NULL});

    (void)state;
    h->config.issuer++;
    h->config.issuers--;
    assert_int_equal(policy_rules(&h->config, facts, &request, NULL),
                     REASON_ISSUER_RULE);
    free(facts);
    house_free(h);
}

#define ROWS (sizeof rows / sizeof rows[0])

int
main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(a_trace_shows_every_rule_past_the_first_refusal),
        cmocka_unit_test(a_trace_of_many_long_groups_is_cut_to_fit),
        cmocka_unit_test(facts_of_an_issuer_that_is_gone_are_refused)};
    struct CMUnitTest tests[ROWS + 3];
    size_t i;

    for (i = 0; i < ROWS; i++)
        tests[i] =
            (struct CMUnitTest){.name = rows[i].name,
                                .test_func = check_row,
                                .initial_state = (void *)(uintptr_t)&rows[i]};
    memcpy(&tests[ROWS], others, sizeof others);
    return cmocka_run_group_tests_name("policy rules", tests, NULL, NULL);
}
