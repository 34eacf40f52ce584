/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/ctl_capture.h"

#include "helper/ctl/payload.h"
#include "helper/jose/json.h"

#define NOW 1700000000

static void
a_user_must_be_a_login_name_and_not_root(void **state)
{
    static const char *const bad[] = {"",
                                      "root",
                                      "-a",
                                      "@a",
                                      "a b",
                                      "123",
                                      ".",
                                      "..",
                                      "a/b",
                                      "a:b",
                                      "a\nb",
                                      "\xc3\xa4",
                                      "a23456789012345678901234567890123"};
    static const char *const good[] = {"alice", "Root", "a", "a.b_c-d@e", "0x"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_non_null(payload_check_user(span_of(bad[i])));
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_null(payload_check_user(span_of(good[i])));
    assert_non_null(payload_check_user((struct span){"al\0ice", 6}));
}

static void
a_user_named_like_the_client_would_be_no_person(void **state)
{
    (void)state;
    assert_non_null(payload_check_user(span_of(PAYLOAD_CLIENT)));
}

static void
a_token_lives_one_second_to_one_hour(void **state)
{
    (void)state;
    assert_non_null(payload_check_ttl(-1));
    assert_non_null(payload_check_ttl(0));
    assert_null(payload_check_ttl(1));
    assert_null(payload_check_ttl(3600));
    assert_non_null(payload_check_ttl(3601));
    assert_non_null(payload_check_ttl(INT32_MAX));
}

static void
scopes_are_words_with_single_blanks(void **state)
{
    static const char *const bad[] = {"",     " ",    " a",   "a ",      "a  b",
                                      "a\tb", "a\"b", "a\\b", "\xc3\xa4"};
    char long_one[PAYLOAD_SCOPE_MAX + 2];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_non_null(payload_check_scope(span_of(bad[i])));
    assert_null(payload_check_scope(span_of("ssh:login")));
    assert_null(payload_check_scope(span_of("a b https://x/y")));
    memset(long_one, 'a', sizeof(long_one));
    assert_null(payload_check_scope((struct span){long_one, 256}));
    assert_non_null(payload_check_scope((struct span){long_one, 257}));
    for (size_t i = 1; i < sizeof(long_one); i += 2)
        long_one[i] = ' ';
    assert_null(
        payload_check_scope((struct span){long_one, PAYLOAD_SCOPE_MAX - 1}));
    assert_non_null(
        payload_check_scope((struct span){long_one, PAYLOAD_SCOPE_MAX + 1}));
}

static const char *
add(json_t *claims, const char *argument)
{
    return payload_add_claim(claims, span_of(argument));
}

static void
claims_that_are_not_the_callers_to_say_are_refused(void **state)
{
    static const char *const names[] = {
        "iss",    "sub",          "aud",           "exp",        "nbf",
        "iat",    "jti",          "scope",         "scp",        "client_id",
        "azp",    "cnf",          "act",           "may_act",    "acr",
        "amr",    "auth_time",    "nonce",         "at_hash",    "c_hash",
        "events", "gty",          "idtyp",         "token_type", "hasgroups",
        "sid",    "_claim_names", "_claim_sources"};
    json_t *claims = json_object();
    char argument[64];

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(argument, sizeof(argument), "%s=\"x\"", names[i]);
        assert_string_equal(add(claims, argument), "is not yours to say");
    }
    assert_int_equal(json_object_size(claims), 0);
    json_decref(claims);
}

static void
further_claims_are_any_json_value(void **state)
{
    json_t *claims = json_object();

    (void)state;
    assert_null(add(claims, "groups=[\"admins\",\"ops\"]"));
    assert_null(add(claims, "email=\"a@example.org\""));
    assert_null(add(claims, "email_verified=true"));
    assert_null(add(claims, "level=3"));
    assert_null(add(claims, "none=null"));
    assert_null(add(claims, "realm_access={\"roles\":[\"a\"]}"));
    assert_null(add(claims, "padded= 1 "));
    assert_int_equal(json_object_size(claims), 7);
    assert_int_equal(json_array_size(json_object_get(claims, "groups")), 2);
    json_decref(claims);
}

static void
what_is_no_json_value_is_refused(void **state)
{
    static const char *const bad[] = {"g=",
                                      "g=admins",
                                      "g='a'",
                                      "g=[1,]",
                                      "g=1 2",
                                      "g=1,\"h\":2",
                                      "g=1}",
                                      "g={\"a\":1,\"a\":2}",
                                      "g=\"\\u0000\"",
                                      "g=\"\xff\"",
                                      "g=01",
                                      "g=NaN",
                                      "g=//",
                                      "g=1,\"v\":2"};
    json_t *claims = json_object();

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_non_null(add(claims, bad[i]));
    assert_non_null(payload_add_claim(claims, (struct span){"g=\"a\0b\"", 7}));
    assert_int_equal(json_object_size(claims), 0);
    json_decref(claims);
}

static void
claim_names_are_short_and_printable_and_given_once(void **state)
{
    char name[PAYLOAD_NAME_MAX + 4];
    json_t *claims = json_object();

    (void)state;
    assert_non_null(add(claims, "groups"));
    assert_non_null(add(claims, "=1"));
    assert_non_null(add(claims, "a b=1"));
    assert_non_null(add(claims, "a\n=1"));
    assert_non_null(add(claims, "\xc3\xa4=1"));
    assert_null(add(claims, "a=1"));
    assert_string_equal(add(claims, "a=2"), "is given twice");
    memset(name, 'n', sizeof(name));
    memcpy(name + PAYLOAD_NAME_MAX, "=1", 3);
    assert_null(add(claims, name));
    memset(name, 'm', PAYLOAD_NAME_MAX + 1);
    memcpy(name + PAYLOAD_NAME_MAX + 1, "=1", 3);
    assert_non_null(add(claims, name));
    json_decref(claims);
}

static void
long_and_deep_values_are_refused(void **state)
{
    static char text[PAYLOAD_MAX + 64];
    json_t *claims = json_object();

    (void)state;
    memset(text, 'a', sizeof(text));
    memcpy(text, "g=\"", 3);
    text[PAYLOAD_MAX] = '"';
    assert_non_null(
        payload_add_claim(claims, (struct span){text, PAYLOAD_MAX + 1}));
    /* The payload itself is one level. */
    memset(text + 2, '[', LIMIT_JSON_DEPTH - 1);
    memset(text + 1 + LIMIT_JSON_DEPTH, ']', LIMIT_JSON_DEPTH - 1);
    assert_null(payload_add_claim(
        claims, (struct span){text, 2 * (LIMIT_JSON_DEPTH - 1) + 2}));
    memcpy(text, "h=", 2);
    memset(text + 2, '[', LIMIT_JSON_DEPTH);
    memset(text + 2 + LIMIT_JSON_DEPTH, ']', LIMIT_JSON_DEPTH);
    assert_non_null(payload_add_claim(
        claims, (struct span){text, 2 * LIMIT_JSON_DEPTH + 2}));
    json_decref(claims);
}

static json_t *
print(const struct payload *p, char jti[PAYLOAD_JTI_SIZE])
{
    char *text = payload_print(p, jti);
    json_t *root;

    assert_non_null(text);
    root = json_object_load(span_of(text));
    assert_non_null(root);
    free(text);
    return root;
}

static void
a_payload_says_who_for_whom_and_how_long(void **state)
{
    json_t *claims = json_pack("{s:[s]}", "groups", "admins");
    const struct payload p = {.issuer = "urn:httpauth:1",
                              .audience = "urn:httpauth:host:h",
                              .user = "alice",
                              .scope = "a b",
                              .ttl = 600,
                              .now = NOW,
                              .claims = claims};
    char jti[PAYLOAD_JTI_SIZE];
    json_t *root = print(&p, jti);

    (void)state;
    assert_true(span_is(json_text(root, "iss"), "urn:httpauth:1"));
    assert_true(span_is(json_text(root, "aud"), "urn:httpauth:host:h"));
    assert_true(span_is(json_text(root, "sub"), "alice"));
    assert_true(span_is(json_text(root, "client_id"), "httpauthctl"));
    assert_true(span_is(json_text(root, "scope"), "a b"));
    assert_true(span_is(json_text(root, "jti"), jti));
    assert_int_equal(strlen(jti), 22);
    assert_int_equal(json_integer_value(json_object_get(root, "iat")), NOW);
    assert_int_equal(json_integer_value(json_object_get(root, "exp")),
                     NOW + 600);
    assert_non_null(json_object_get(root, "groups"));
    json_decref(root);
    json_decref(claims);
}

static void
a_claim_never_replaces_one_of_ours(void **state)
{
    /* Past payload_add_claim(), as a mistake elsewhere might. */
    json_t *claims = json_pack("{s:s, s:i}", "sub", "root", "exp", 1);
    const struct payload p = {.issuer = "i",
                              .audience = "a",
                              .user = "alice",
                              .ttl = 60,
                              .now = NOW,
                              .claims = claims};
    char jti[PAYLOAD_JTI_SIZE];
    json_t *root = print(&p, jti);

    (void)state;
    assert_true(span_is(json_text(root, "sub"), "alice"));
    assert_int_equal(json_integer_value(json_object_get(root, "exp")),
                     NOW + 60);
    assert_null(json_object_get(root, "scope"));
    json_decref(root);
    json_decref(claims);
}

static void
no_two_payloads_share_an_identifier(void **state)
{
    const struct payload p = {
        .issuer = "i", .audience = "a", .user = "alice", .ttl = 60, .now = NOW};
    char first[PAYLOAD_JTI_SIZE], second[PAYLOAD_JTI_SIZE];

    (void)state;
    json_decref(print(&p, first));
    json_decref(print(&p, second));
    assert_string_not_equal(first, second);
}

static void
a_payload_over_its_limits_is_not_printed(void **state)
{
    static char text[PAYLOAD_MAX];
    struct payload p = {.issuer = "i",
                        .audience = "a",
                        .user = "alice",
                        .ttl = 3601,
                        .now = NOW};
    char jti[PAYLOAD_JTI_SIZE];

    (void)state;
    assert_null(payload_print(&p, jti));
    p.ttl = 60;
    p.user = "root";
    assert_null(payload_print(&p, jti));
    p.user = "alice";
    memset(text, 'a', sizeof(text) - 1);
    p.claims = json_pack("{s:s}", "g", text);
    assert_null(payload_print(&p, jti));
    json_decref(p.claims);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_user_must_be_a_login_name_and_not_root),
        cmocka_unit_test(a_user_named_like_the_client_would_be_no_person),
        cmocka_unit_test(a_token_lives_one_second_to_one_hour),
        cmocka_unit_test(scopes_are_words_with_single_blanks),
        cmocka_unit_test(claims_that_are_not_the_callers_to_say_are_refused),
        cmocka_unit_test(further_claims_are_any_json_value),
        cmocka_unit_test(what_is_no_json_value_is_refused),
        cmocka_unit_test(claim_names_are_short_and_printable_and_given_once),
        cmocka_unit_test(long_and_deep_values_are_refused),
        cmocka_unit_test(a_payload_says_who_for_whom_and_how_long),
        cmocka_unit_test(a_claim_never_replaces_one_of_ours),
        cmocka_unit_test(no_two_payloads_share_an_identifier),
        cmocka_unit_test(a_payload_over_its_limits_is_not_printed),
    };

    return cmocka_run_group_tests_name("ctl_payload", tests, NULL, NULL);
}
