/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/policy: claims reduced to facts, and facts as bytes. */
#include "tests/unit/policy_house.h"

#include <stdio.h>

#include "helper/base/limits.h"

static struct facts *
facts_of(const char *claims)
{
    const struct house_token token = {.claims = claims};
    struct house *h = house_new();
    struct facts *facts = house_facts(h, &token);

    house_free(h);
    return facts;
}

/* With these claim names instead of the usual ones. */
static struct facts *
facts_by(const char *claims, const char *groups_claim, const char *scope_claim)
{
    const struct house_token token = {.claims = claims};
    struct house *h = house_new();
    struct facts *facts;

    h->issuer[0].groups_claim = (char *)(uintptr_t)groups_claim;
    h->issuer[0].scope_claim = (char *)(uintptr_t)scope_claim;
    facts = house_facts(h, &token);
    house_free(h);
    return facts;
}

static void
assert_list(const struct facts *facts, enum fact fact, const char *want)
{
    char found[512] = "";
    size_t i;

    assert_int_equal(facts->state[fact], FACT_PRESENT);
    for (i = 0; facts_text(facts, fact, i) != NULL; i++) {
        strcat(found, i == 0 ? "" : "|");
        strcat(found, facts_text(facts, fact, i));
    }
    assert_int_equal(i, facts->count[fact]);
    assert_string_equal(found, want);
}

static void
assert_group_state(const char *claims, enum fact_state want)
{
    struct facts *facts = facts_of(claims);

    if (facts->state[FACT_GROUP] != want)
        fail_msg("%s: state %d instead of %d", claims, facts->state[FACT_GROUP],
                 (int)want);
    if (want != FACT_PRESENT)
        assert_int_equal(facts->count[FACT_GROUP], 0);
    free(facts);
}

static void
everything_that_a_token_says_is_kept(void **state)
{
    struct facts *facts = facts_of(
        "{\"sub\":\"8f3c\",\"jti\":\"j1\",\"preferred_username\":\"alice\","
        "\"scope\":\"openid ssh:login\",\"groups\":[\"ops\",\"eu west\"]}");

    (void)state;
    assert_list(facts, FACT_ISSUER, "work");
    assert_list(facts, FACT_ISS, WORK);
    assert_list(facts, FACT_SUBJECT, "8f3c");
    assert_list(facts, FACT_JTI, "j1");
    assert_list(facts, FACT_LOCAL, "alice");
    assert_list(facts, FACT_SCOPE, "openid|ssh:login");
    assert_list(facts, FACT_GROUP, "ops|eu west");
    assert_int_equal(facts->method, METHOD_JWT);
    assert_int_equal(facts->is_client, 0);
    assert_int_equal(facts->mapped, 0);
    assert_int_equal(facts->issued, HOUSE_NOW);
    assert_int_equal(facts->expires, HOUSE_NOW + 600);
    free(facts);
}

static void
what_a_token_does_not_say_is_absent(void **state)
{
    struct facts *facts = facts_of("{}");
    enum fact fact;

    (void)state;
    for (fact = FACT_SUBJECT; fact < FACT_COUNT; fact++) {
        assert_int_equal(facts->state[fact], FACT_ABSENT);
        assert_null(facts_text(facts, fact, 0));
        assert_false(facts_has(facts, fact, span_of("")));
    }
    free(facts);
}

static void
a_subject_that_is_too_long_or_has_controls_is_absent(void **state)
{
    char claims[400], *at = claims;
    struct facts *facts;

    (void)state;
    at += sprintf(at, "{\"sub\":\"");
    memset(at, 'x', LIMIT_CLAIM + 1);
    strcpy(at + LIMIT_CLAIM + 1, "\",\"jti\":\"a\\u0007\"}");
    facts = facts_of(claims);
    assert_int_equal(facts->state[FACT_SUBJECT], FACT_ABSENT);
    assert_int_equal(facts->state[FACT_JTI], FACT_ABSENT);
    free(facts);
}

static void
list_claims_of_other_types_are_mistyped(void **state)
{
    (void)state;
    assert_group_state("{\"groups\":null}", FACT_MISTYPED);
    assert_group_state("{\"groups\":true}", FACT_MISTYPED);
    assert_group_state("{\"groups\":3}", FACT_MISTYPED);
    assert_group_state("{\"groups\":1.5}", FACT_MISTYPED);
    assert_group_state("{\"groups\":{}}", FACT_MISTYPED);
    assert_group_state("{\"groups\":[\"a\",null]}", FACT_MISTYPED);
    assert_group_state("{\"groups\":[\"a\",[\"b\"]]}", FACT_MISTYPED);
    assert_group_state("{\"groups\":[1]}", FACT_MISTYPED);
    assert_group_state("{\"groups\":[{\"name\":\"a\"}]}", FACT_MISTYPED);
    assert_group_state("{\"groups\":[\"a\\u001b[2J\"]}", FACT_MISTYPED);
    assert_group_state("{\"groups\":\"a\\u007f\"}", FACT_MISTYPED);
    assert_group_state("{\"groups\":\"\"}", FACT_PRESENT);
    assert_group_state("{\"groups\":\"   \"}", FACT_PRESENT);
    assert_group_state("{\"groups\":[]}", FACT_PRESENT);
    assert_group_state("{\"groups\":[\"\"]}", FACT_PRESENT);
}

static void
a_mistyped_list_leaves_nothing_behind(void **state)
{
    struct facts *bad = facts_of("{\"groups\":[\"a\",\"b\",1]}");
    struct facts *none = facts_of("{}");

    (void)state;
    assert_false(facts_has(bad, FACT_GROUP, span_of("a")));
    assert_int_equal(bad->size, none->size);
    free(bad);
    free(none);
}

/* {"groups":["g0",...]} or, with a separator of one space, one string. */
static char *
many_groups(size_t count, bool array)
{
    char *claims = malloc(32 + count * 16);
    size_t i, at;

    assert_non_null(claims);
    at = (size_t)sprintf(claims, "{\"groups\":%s", array ? "[" : "\"");
    for (i = 0; i < count; i++)
        at += (size_t)sprintf(claims + at, array ? "%s\"g%zu\"" : "%sg%zu",
                              i == 0  ? ""
                              : array ? ","
                                      : " ",
                              i);
    sprintf(claims + at, "%s}", array ? "]" : "\"");
    return claims;
}

static void
a_list_is_judged_up_to_its_limit_and_not_beyond(void **state)
{
    char *claims;
    int array;

    (void)state;
    for (array = 0; array < 2; array++) {
        claims = many_groups(LIMIT_CLAIM_ITEMS, array);
        assert_group_state(claims, FACT_PRESENT);
        free(claims);
        claims = many_groups(LIMIT_CLAIM_ITEMS + 1, array);
        assert_group_state(claims, FACT_MISTYPED);
        free(claims);
    }
    claims = many_groups(10000, true);
    assert_group_state(claims, FACT_MISTYPED);
    free(claims);
}

static void
an_entry_is_judged_up_to_its_limit_and_not_beyond(void **state)
{
    char claims[LIMIT_CLAIM + 64];
    size_t len;

    (void)state;
    for (len = LIMIT_CLAIM; len <= LIMIT_CLAIM + 1; len++) {
        strcpy(claims, "{\"groups\":[\"");
        memset(claims + strlen(claims) + len, '\0', 1);
        memset(claims + strlen(claims), 'g', len);
        strcpy(claims + 12 + len, "\"]}");
        assert_group_state(claims,
                           len <= LIMIT_CLAIM ? FACT_PRESENT : FACT_MISTYPED);
    }
}

static void
a_claim_can_be_named_by_pointer(void **state)
{
    struct facts *facts =
        facts_by("{\"realm_access\":{\"roles\":[\"ops\",\"dev\"]},"
                 "\"groups\":[\"x\"]}",
                 "/realm_access/roles", "scope");

    (void)state;
    assert_list(facts, FACT_GROUP, "ops|dev");
    free(facts);
}

static void
a_pointer_into_another_type_is_absent(void **state)
{
    struct facts *facts =
        facts_by("{\"realm_access\":\"ops\"}", "/realm_access/roles", "scope");

    (void)state;
    assert_int_equal(facts->state[FACT_GROUP], FACT_ABSENT);
    free(facts);
}

static void
an_overage_is_told_from_an_absent_claim(void **state)
{
    (void)state;
    assert_group_state("{\"_claim_names\":{\"groups\":\"src1\"}}",
                       FACT_OVERAGE);
    assert_group_state("{\"hasgroups\":true}", FACT_OVERAGE);
    assert_group_state("{\"hasgroups\":\"true\"}", FACT_OVERAGE);
    assert_group_state("{\"hasgroups\":false}", FACT_ABSENT);
    assert_group_state("{\"_claim_names\":{\"group\":\"src1\"}}", FACT_ABSENT);
    assert_group_state("{\"_claim_names\":\"groups\"}", FACT_ABSENT);
    assert_group_state("{\"_claim_names\":[\"groups\"]}", FACT_ABSENT);
    assert_group_state("{\"_claim_names\":null}", FACT_ABSENT);
}

static void
an_overage_of_what_a_pointer_begins_with_is_seen(void **state)
{
    struct facts *facts =
        facts_by("{\"_claim_names\":{\"realm_access\":\"s\"}}",
                 "/realm_access/roles", "scope");

    (void)state;
    assert_int_equal(facts->state[FACT_GROUP], FACT_OVERAGE);
    free(facts);
    facts = facts_by("{\"_claim_names\":{\"realm\":\"s\",\"roles\":\"s\"}}",
                     "/realm_access/roles", "scope");
    assert_int_equal(facts->state[FACT_GROUP], FACT_ABSENT);
    free(facts);
}

static void
hasgroups_says_nothing_about_scopes(void **state)
{
    struct facts *facts = facts_of("{\"hasgroups\":true}");

    (void)state;
    assert_int_equal(facts->state[FACT_SCOPE], FACT_ABSENT);
    free(facts);
}

static void
scp_stands_in_for_scope_only(void **state)
{
    struct facts *facts =
        facts_by("{\"scp\":\"a b\"}", "groups", "permissions");

    (void)state;
    assert_int_equal(facts->state[FACT_SCOPE], FACT_ABSENT);
    free(facts);
    facts = facts_by("{\"permissions\":[\"p\"]}", "groups", "permissions");
    assert_list(facts, FACT_SCOPE, "p");
    free(facts);
}

static void
an_issuer_without_claim_names_has_no_lists(void **state)
{
    struct facts *facts =
        facts_by("{\"groups\":[\"a\"],\"scope\":\"b\"}", NULL, NULL);

    (void)state;
    assert_int_equal(facts->state[FACT_GROUP], FACT_ABSENT);
    assert_int_equal(facts->state[FACT_SCOPE], FACT_ABSENT);
    free(facts);
}

static void
mapped_names_stand_in_front_and_once(void **state)
{
    const struct house_token token = {
        .claims = "{\"sub\":\"s1\",\"preferred_username\":\"jane\"}"};
    struct house *h = house_new();
    struct facts *facts;

    (void)state;
    house_map(h, "deploy", "work", "sub", "s1");
    house_map(h, "deploy", "work", "preferred_username", "jane");
    house_map(h, "backup", "work", "sub", "s1");
    house_map(h, "mail", "other", "sub", "s1");
    facts = house_facts(h, &token);
    assert_list(facts, FACT_LOCAL, "deploy|backup|jane");
    assert_int_equal(facts->mapped, 2);
    free(facts);
    house_free(h);
}

/* What the cache's size is planned with. */
static void
twelve_groups_and_the_rest_take_three_hundred_bytes(void **state)
{
    struct facts *facts = facts_of(
        "{\"sub\":\"8f3c0a52-6d1e-4b7a-9c55-2f0d4c1b7e90\","
        "\"jti\":\"Qk3vZ1sX9bJw7uT2\",\"preferred_username\":\"alice\","
        "\"scope\":\"openid ssh:login\",\"groups\":[\"staff\",\"developers\","
        "\"ops\",\"oncall\",\"berlin\",\"linux\",\"vpn-users\",\"git\","
        "\"database\",\"ssh\",\"release\",\"security\"]}");

    (void)state;
    assert_int_equal(facts->count[FACT_GROUP], 12);
    assert_true(facts->size <= 300);
    free(facts);
}

/* --- as bytes --- */

static struct facts *
full_facts(void)
{
    return facts_of("{\"sub\":\"8f3c\",\"preferred_username\":\"alice\","
                    "\"scope\":\"a b\",\"groups\":[\"ops\",\"eu\"]}");
}

static struct span
as_bytes(const struct facts *facts)
{
    return (struct span){(const char *)facts, facts->size};
}

static void
facts_are_the_same_after_a_cache(void **state)
{
    struct facts *facts = full_facts();
    char *copy = malloc(facts->size);
    const struct facts *seen;

    (void)state;
    assert_non_null(copy);
    memcpy(copy, facts, facts->size);
    seen = facts_view((struct span){copy, facts->size});
    assert_non_null(seen);
    assert_true(facts_has(seen, FACT_GROUP, span_of("eu")));
    assert_false(facts_has(seen, FACT_GROUP, span_of("e")));
    assert_false(facts_has(seen, FACT_GROUP, BYTES("eu\0")));
    assert_list(seen, FACT_SCOPE, "a|b");
    free(copy);
    free(facts);
}

static void
equal_claims_give_equal_bytes(void **state)
{
    struct facts *a = full_facts(), *b = full_facts();

    (void)state;
    assert_int_equal(a->size, b->size);
    assert_memory_equal(a, b, a->size);
    free(a);
    free(b);
}

static void
what_is_no_block_is_not_viewed(void **state)
{
    struct facts *facts = full_facts();
    struct span bytes = as_bytes(facts);
    size_t len;

    (void)state;
    assert_null(facts_view((struct span){NULL, 0}));
    for (len = 0; len < bytes.len; len++)
        assert_null(facts_view((struct span){bytes.data, len}));
    facts->size++;
    assert_null(facts_view(bytes));
    facts->size--;
    facts->count[FACT_GROUP] = 200;
    assert_null(facts_view(bytes));
    facts->count[FACT_GROUP] = 1;
    assert_null(facts_view(bytes));
    facts->count[FACT_GROUP] = 2;
    facts->text[0] = '\0';
    assert_null(facts_view(bytes));
    free(facts);
}

static void
contradictions_in_a_block_are_not_viewed(void **state)
{
    struct facts *facts = full_facts();
    struct span bytes = as_bytes(facts);

    (void)state;
    assert_non_null(facts_view(bytes));
    facts->mapped = 2;
    assert_null(facts_view(bytes));
    facts->mapped = 0;
    facts->is_client = 2;
    assert_null(facts_view(bytes));
    facts->is_client = 0;
    facts->state[FACT_GROUP] = FACT_OVERAGE;
    assert_null(facts_view(bytes));
    facts->state[FACT_GROUP] = 9;
    assert_null(facts_view(bytes));
    facts->state[FACT_GROUP] = FACT_PRESENT;
    facts->count[FACT_ISSUER] = 0;
    assert_null(facts_view(bytes));
    free(facts);
}

/* Whatever a block says, looking at it stays inside (the sanitizers watch). */
static void
no_spoilt_block_leads_outside(void **state)
{
    struct facts *facts = full_facts();
    size_t size = facts->size, at;
    unsigned char *copy = malloc(size);

    (void)state;
    assert_non_null(copy);
    for (at = 0; at < size * 8; at++) {
        const struct facts *seen;
        enum fact fact;

        memcpy(copy, facts, size);
        copy[at / 8] ^= (unsigned char)(1u << at % 8);
        seen = facts_view((struct span){(const char *)copy, size});
        for (fact = 0; seen != NULL && fact < FACT_COUNT; fact++) {
            (void)facts_has(seen, fact, span_of("nobody"));
            (void)facts_text(seen, fact, 1);
        }
    }
    free(copy);
    free(facts);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_that_a_token_says_is_kept),
        cmocka_unit_test(what_a_token_does_not_say_is_absent),
        cmocka_unit_test(a_subject_that_is_too_long_or_has_controls_is_absent),
        cmocka_unit_test(list_claims_of_other_types_are_mistyped),
        cmocka_unit_test(a_mistyped_list_leaves_nothing_behind),
        cmocka_unit_test(a_list_is_judged_up_to_its_limit_and_not_beyond),
        cmocka_unit_test(an_entry_is_judged_up_to_its_limit_and_not_beyond),
        cmocka_unit_test(a_claim_can_be_named_by_pointer),
        cmocka_unit_test(a_pointer_into_another_type_is_absent),
        cmocka_unit_test(an_overage_is_told_from_an_absent_claim),
        cmocka_unit_test(an_overage_of_what_a_pointer_begins_with_is_seen),
        cmocka_unit_test(hasgroups_says_nothing_about_scopes),
        cmocka_unit_test(scp_stands_in_for_scope_only),
        cmocka_unit_test(an_issuer_without_claim_names_has_no_lists),
        cmocka_unit_test(mapped_names_stand_in_front_and_once),
        cmocka_unit_test(twelve_groups_and_the_rest_take_three_hundred_bytes),
        cmocka_unit_test(facts_are_the_same_after_a_cache),
        cmocka_unit_test(equal_claims_give_equal_bytes),
        cmocka_unit_test(what_is_no_block_is_not_viewed),
        cmocka_unit_test(contradictions_in_a_block_are_not_viewed),
        cmocka_unit_test(no_spoilt_block_leads_outside)};

    return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
