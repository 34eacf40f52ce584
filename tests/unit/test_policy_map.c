/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/policy: who speaks for which local user, one row a test. */
#include "tests/unit/policy_house.h"

#define NAME(name) "{\"preferred_username\":" name "}"
#define EMAIL(address, verified)                                               \
    "{\"email\":" address ",\"email_verified\":" verified "}"

struct row {
    const char *name;
    struct house_token token;
    const char *user;   /* NULL: alice */
    const char *claim;  /* username_claim; NULL: preferred_username */
    const char *domain; /* username_domain */
    enum reason want;
};

static const struct row rows[] = {
    /* the username claim */
    {"the_claimed_user_is_accepted", .want = REASON_ACCEPTED},
    {"another_user_is_refused", .user = "bob", .want = REASON_USER_MISMATCH},
    {"the_prefix_of_the_user_is_refused", .user = "alic",
     .want = REASON_USER_MISMATCH},
    {"a_longer_name_is_refused", .user = "alicea",
     .want = REASON_USER_MISMATCH},
    {"a_name_is_case_sensitive", .user = "Alice", .want = REASON_USER_MISMATCH},
    {"a_claimed_name_is_not_folded", .token.claims = NAME("\"ALICE\""),
     .want = REASON_USER_MISMATCH},
    {"an_empty_user_is_refused", .user = "", .want = REASON_USER_MISMATCH},
    {"no_username_claim_is_refused", .token.claims = "{\"sub\":\"alice\"}",
     .want = REASON_USERNAME},
    {"an_empty_username_is_refused", .token.claims = NAME("\"\""),
     .want = REASON_USERNAME},
    {"a_null_username_is_refused", .token.claims = NAME("null"),
     .want = REASON_USERNAME},
    {"a_username_in_an_array_is_refused", .token.claims = NAME("[\"alice\"]"),
     .want = REASON_USERNAME},
    {"a_username_in_an_object_is_refused",
     .token.claims = NAME("{\"value\":\"alice\"}"), .want = REASON_USERNAME},
    {"a_number_as_username_is_refused", .token.claims = NAME("1000"),
     .user = "1000", .want = REASON_USERNAME},
    {"a_username_of_digits_is_refused", .token.claims = NAME("\"0\""),
     .user = "0", .want = REASON_USERNAME},
    {"a_leading_blank_is_refused", .token.claims = NAME("\" alice\""),
     .want = REASON_USERNAME},
    {"a_trailing_blank_is_refused", .token.claims = NAME("\"alice \""),
     .want = REASON_USERNAME},
    {"a_newline_is_refused", .token.claims = NAME("\"alice\\n\""),
     .want = REASON_USERNAME},
    {"a_slash_is_refused", .token.claims = NAME("\"../alice\""),
     .want = REASON_USERNAME},
    {"a_colon_is_refused", .token.claims = NAME("\"alice:x\""),
     .want = REASON_USERNAME},
    {"a_leading_hyphen_is_refused", .token.claims = NAME("\"-alice\""),
     .user = "-alice", .want = REASON_USERNAME},
    {"two_dots_are_refused", .token.claims = NAME("\"..\""), .user = "..",
     .want = REASON_USERNAME},
    {"a_right_to_left_mark_is_refused",
     .token.claims = NAME("\"\\u200falice\""), .want = REASON_USERNAME},
    {"a_combining_accent_is_refused", .token.claims = NAME("\"alice\\u0301\""),
     .want = REASON_USERNAME},
    {"a_name_of_33_bytes_is_refused",
     .token.claims = NAME("\"abcdefghijklmnopqrstuvwxyzabcdefg\""),
     .user = "abcdefghijklmnopqrstuvwxyzabcdefg", .want = REASON_USERNAME},
    {"a_name_of_32_bytes_is_accepted",
     .token.claims = NAME("\"abcdefghijklmnopqrstuvwxyzabcdef\""),
     .user = "abcdefghijklmnopqrstuvwxyzabcdef", .want = REASON_ACCEPTED},
    {"root_is_refused", .token.claims = NAME("\"root\""), .user = "root",
     .want = REASON_USERNAME},
    {"escaped_root_is_refused", .token.claims = NAME("\"ro\\u006ft\""),
     .user = "root", .want = REASON_USERNAME},
    {"an_escaped_name_is_the_same_name",
     .token.claims = NAME("\"\\u0061lice\""), .want = REASON_ACCEPTED},
    {"a_username_by_pointer_is_accepted",
     .token.claims = "{\"ext\":{\"login\":\"alice\"}}", .claim = "/ext/login",
     .want = REASON_ACCEPTED},
    {"a_pointer_to_nothing_is_refused",
     .token.claims = "{\"ext\":{\"name\":\"alice\"}}", .claim = "/ext/login",
     .want = REASON_USERNAME},
    {"a_dot_in_a_claim_name_is_no_path",
     .token.claims = "{\"ext\":{\"login\":\"alice\"}}", .claim = "ext.login",
     .want = REASON_USERNAME},
    {"sub_can_be_the_username", .token.claims = "{\"sub\":\"alice\"}",
     .claim = "sub", .want = REASON_ACCEPTED},

    /* the domain */
    {"the_expected_domain_is_cut_off",
     .token.claims = NAME("\"alice@example.org\""), .domain = "example.org",
     .want = REASON_ACCEPTED},
    {"another_domain_is_refused", .token.claims = NAME("\"alice@example.com\""),
     .domain = "example.org", .want = REASON_USERNAME},
    {"a_subdomain_is_refused", .token.claims = NAME("\"alice@x.example.org\""),
     .domain = "example.org", .want = REASON_USERNAME},
    {"a_domain_that_only_ends_so_is_refused",
     .token.claims = NAME("\"alice@badexample.org\""), .domain = "example.org",
     .want = REASON_USERNAME},
    {"no_domain_where_one_is_expected_is_refused",
     .token.claims = NAME("\"alice\""), .domain = "example.org",
     .want = REASON_USERNAME},
    {"a_domain_is_case_sensitive",
     .token.claims = NAME("\"alice@EXAMPLE.org\""), .domain = "example.org",
     .want = REASON_USERNAME},
    {"nothing_but_the_domain_is_refused",
     .token.claims = NAME("\"@example.org\""), .domain = "example.org",
     .user = "", .want = REASON_USERNAME},
    {"a_second_at_sign_is_refused",
     .token.claims = NAME("\"alice@corp@example.org\""),
     .domain = "example.org", .user = "alice@corp", .want = REASON_USERNAME},
    {"root_at_the_domain_is_refused",
     .token.claims = NAME("\"root@example.org\""), .domain = "example.org",
     .user = "root", .want = REASON_USERNAME},
    {"without_a_domain_the_whole_name_counts",
     .token.claims = NAME("\"alice@example.org\""), .user = "alice@example.org",
     .want = REASON_ACCEPTED},
    {"without_a_domain_nothing_is_cut_off",
     .token.claims = NAME("\"alice@example.org\""),
     .want = REASON_USER_MISMATCH},

    /* email */
    {"a_verified_email_is_accepted",
     .token.claims = EMAIL("\"alice@example.org\"", "true"), .claim = "email",
     .domain = "example.org", .want = REASON_ACCEPTED},
    {"an_unverified_email_is_refused",
     .token.claims = EMAIL("\"alice@example.org\"", "false"), .claim = "email",
     .domain = "example.org", .want = REASON_USERNAME},
    {"an_email_verified_by_a_string_is_refused",
     .token.claims = EMAIL("\"alice@example.org\"", "\"true\""),
     .claim = "email", .domain = "example.org", .want = REASON_USERNAME},
    {"an_email_verified_by_a_number_is_refused",
     .token.claims = EMAIL("\"alice@example.org\"", "1"), .claim = "email",
     .domain = "example.org", .want = REASON_USERNAME},
    {"an_email_of_unknown_state_is_refused",
     .token.claims = "{\"email\":\"alice@example.org\"}", .claim = "email",
     .domain = "example.org", .want = REASON_USERNAME},
    {"an_email_by_pointer_must_be_verified_too",
     .token.claims = "{\"email\":\"alice@example.org\"}", .claim = "/email",
     .domain = "example.org", .want = REASON_USERNAME},
    {"other_claims_need_no_verified_email",
     .token.claims = "{\"preferred_username\":\"alice\","
                     "\"email_verified\":false}",
     .want = REASON_ACCEPTED},

    /* which issuer may speak for whom */
    {"an_issuer_speaks_for_its_prefix",
     .token = {.issuer = "other", .claims = NAME("\"ext-bob\"")},
     .user = "ext-bob", .want = REASON_ACCEPTED},
    {"an_issuer_does_not_speak_for_others",
     .token = {.issuer = "other", .claims = NAME("\"alice\"")},
     .want = REASON_ISSUER},
    {"the_issuer_is_asked_before_the_name",
     .token = {.issuer = "other", .claims = "{}"}, .want = REASON_ISSUER},

    /* users.map */
    {"a_line_of_users_map_is_accepted", .token.claims = "{\"sub\":\"ci-1\"}",
     .user = "deploy", .want = REASON_ACCEPTED},
    {"another_line_of_the_same_name_is_accepted",
     .token.claims = NAME("\"jane\""), .user = "deploy",
     .want = REASON_ACCEPTED},
    {"a_mapped_person_keeps_her_own_name", .token.claims = NAME("\"jane\""),
     .user = "jane", .want = REASON_ACCEPTED},
    {"a_listed_name_is_reachable_by_its_lines_only",
     .token.claims = NAME("\"deploy\""), .user = "deploy",
     .want = REASON_USERNAME},
    {"a_listed_name_is_not_reachable_beside_other_lines",
     .token.claims = "{\"sub\":\"boss\",\"preferred_username\":\"deploy\"}",
     .user = "deploy", .want = REASON_USER_MISMATCH},
    {"a_line_is_compared_byte_for_byte", .token.claims = "{\"sub\":\"CI-1\"}",
     .user = "deploy", .want = REASON_USERNAME},
    {"the_prefix_of_a_line_is_refused", .token.claims = "{\"sub\":\"ci-\"}",
     .user = "deploy", .want = REASON_USERNAME},
    {"a_line_needs_a_string", .token.claims = "{\"sub\":[\"ci-1\"]}",
     .user = "deploy", .want = REASON_USERNAME},
    {"a_line_of_another_issuer_is_refused",
     .token = {.issuer = "local", .claims = "{\"sub\":\"ci-1\"}"},
     .user = "deploy", .want = REASON_ISSUER},
    {"a_line_of_a_verified_email_is_accepted",
     .token.claims = EMAIL("\"j@example.org\"", "true"), .user = "j.doe",
     .want = REASON_ACCEPTED},
    {"a_line_of_an_unverified_email_is_refused",
     .token.claims = EMAIL("\"j@example.org\"", "false"), .user = "j.doe",
     .want = REASON_USERNAME},
    {"a_line_that_names_root_is_refused", .token.claims = "{\"sub\":\"evil\"}",
     .user = "root", .want = REASON_USERNAME},

    /* clients */
    {"a_client_with_a_username_is_no_person",
     .token = {.client = true, .claims = NAME("\"alice\"")},
     .want = REASON_CLIENT},
    {"a_client_without_a_username_is_no_person",
     .token = {.client = true, .claims = "{}"}, .want = REASON_CLIENT},
    {"a_client_by_users_map_is_accepted",
     .token = {.client = true, .claims = "{\"sub\":\"ci-1\"}"},
     .user = "deploy", .want = REASON_ACCEPTED},
    {"a_client_by_users_map_has_no_other_name",
     .token = {.client = true,
               .claims = "{\"sub\":\"ci-1\","
                         "\"preferred_username\":\"alice\"}"},
     .want = REASON_USER_MISMATCH},
    {"a_client_at_the_wrong_issuer_is_the_issuers_fault",
     .token = {.issuer = "other", .client = true}, .want = REASON_ISSUER},
};

static struct house *
furnish(const struct row *row)
{
    struct house *h = house_new();
    size_t i;

    house_map(h, "deploy", "work", "sub", "ci-1");
    house_map(h, "deploy", "work", "preferred_username", "jane");
    house_map(h, "j.doe", "work", "email", "j@example.org");
    house_map(h, "office", "work", "sub", "boss");
    house_map(h, "root", "work", "sub", "evil");
    for (i = 0; i < 3; i++) {
        if (row->claim != NULL)
            h->issuer[i].username_claim = (char *)(uintptr_t)row->claim;
        h->issuer[i].username_domain = (char *)(uintptr_t)row->domain;
    }
    return h;
}

static void
check_row(void **state)
{
    const struct row *row = *state;
    const struct policy_request request = {
        .user = span_of(row->user == NULL ? "alice" : row->user)};
    struct house *h = furnish(row);
    struct facts *facts = house_facts(h, &row->token);
    struct trace *trace = trace_new();
    bool refused = false;
    size_t i;

    assert_non_null(trace);
    assert_string_equal(
        reason_name(policy_map(&h->config, facts, &request, NULL)),
        reason_name(row->want));
    assert_string_equal(
        reason_name(policy_map(&h->config, facts, &request, trace)),
        reason_name(row->want));
    assert_int_equal(trace->count, 3);
    for (i = 0; i < trace->count; i++)
        refused = refused || !trace->check[i].held;
    assert_int_equal(refused, row->want != REASON_ACCEPTED);
    trace_free(trace);
    free(facts);
    house_free(h);
}

static enum reason
map(const struct house *h, const struct facts *facts, struct span user)
{
    return policy_map(&h->config, facts, &(struct policy_request){.user = user},
                      NULL);
}

static void
a_user_with_a_nul_is_another_user(void **state)
{
    struct house *h = house_new();
    struct facts *facts = house_facts(h, &(struct house_token){NULL});

    (void)state;
    assert_int_equal(map(h, facts, BYTES("alice")), REASON_ACCEPTED);
    assert_int_equal(map(h, facts, BYTES("alice\0")), REASON_USER_MISMATCH);
    assert_int_equal(map(h, facts, BYTES("alice\0x")), REASON_USER_MISMATCH);
    free(facts);
    house_free(h);
}

/* A reload may list a name while facts from before it are in the cache. */
static void
a_name_listed_since_is_refused_by_older_facts(void **state)
{
    struct house *h = house_new();
    struct facts *facts = house_facts(h, &(struct house_token){NULL});

    (void)state;
    assert_int_equal(map(h, facts, span_of("alice")), REASON_ACCEPTED);
    house_map(h, "alice", "work", "sub", "somebody");
    assert_int_equal(map(h, facts, span_of("alice")), REASON_USER_MISMATCH);
    free(facts);
    house_free(h);
}

static void
a_name_no_longer_listed_is_refused_by_older_facts(void **state)
{
    const struct house_token token = {.claims = "{\"sub\":\"ci-1\"}"};
    struct house *h = house_new();
    struct facts *facts;

    (void)state;
    house_map(h, "deploy", "work", "sub", "ci-1");
    facts = house_facts(h, &token);
    assert_int_equal(map(h, facts, span_of("deploy")), REASON_ACCEPTED);
    h->map.count = 0;
    assert_int_equal(map(h, facts, span_of("deploy")), REASON_USER_MISMATCH);
    free(facts);
    house_free(h);
}

static void
facts_of_an_issuer_that_is_gone_speak_for_nobody(void **state)
{
    struct house *h = house_new();
    struct facts *facts = house_facts(h, &(struct house_token){NULL});

    (void)state;
    h->config.issuer++;
    h->config.issuers--;
    assert_int_equal(map(h, facts, span_of("alice")), REASON_ISSUER);
    free(facts);
    house_free(h);
}

static void
a_trace_says_what_was_looked_for_and_found(void **state)
{
    const struct policy_request request = {.user = span_of("bob")};
    struct house *h = house_new();
    struct facts *facts = house_facts(h, &(struct house_token){NULL});
    struct trace *trace = trace_new();

    (void)state;
    assert_non_null(trace);
    policy_map(&h->config, facts, &request, trace);
    assert_string_equal(trace->check[0].name, "issuer-users");
    assert_string_equal(trace->check[0].expected, "speaks for *");
    assert_string_equal(trace->check[0].found, "bob");
    assert_string_equal(trace->check[1].name, "person");
    assert_string_equal(trace->check[2].name, "username");
    assert_string_equal(trace->check[2].expected, "by the username claim bob");
    assert_string_equal(trace->check[2].found, "alice");
    trace_free(trace);
    free(facts);
    house_free(h);
}

#define ROWS (sizeof rows / sizeof rows[0])

int
main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(a_user_with_a_nul_is_another_user),
        cmocka_unit_test(a_name_listed_since_is_refused_by_older_facts),
        cmocka_unit_test(a_name_no_longer_listed_is_refused_by_older_facts),
        cmocka_unit_test(facts_of_an_issuer_that_is_gone_speak_for_nobody),
        cmocka_unit_test(a_trace_says_what_was_looked_for_and_found)};
    struct CMUnitTest tests[ROWS + 5];
    size_t i;

    for (i = 0; i < ROWS; i++)
        tests[i] =
            (struct CMUnitTest){.name = rows[i].name,
                                .test_func = check_row,
                                .initial_state = (void *)(uintptr_t)&rows[i]};
    memcpy(&tests[ROWS], others, sizeof others);
    return cmocka_run_group_tests_name("policy mapping", tests, NULL, NULL);
}
