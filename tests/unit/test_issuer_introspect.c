/* SPDX-License-Identifier: BSD-2-Clause */
/* Checklist 44 to 48: what an introspection endpoint is sent and answers. */
#include "tests/unit/ask_house.h"

#define JWT_TYPE "Content-Type: application/token-introspection+jwt\r\n"
#define GOOD "{\"active\":true,\"sub\":\"alice\",\"aud\":\"us\"}"

static enum reason
introspect(struct ask_house *a)
{
    return ask_house_ask(a, ASK_INTROSPECTION, "alice", ASK_TOKEN);
}

static enum reason
introspect_of(struct ask_house *a, int status, const char *headers,
              const char *body)
{
    ask_house_script(a, "/introspect", status, headers, body);
    return introspect(a);
}

static void
an_active_token_is_accepted_with_its_claims(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    a.trace = trace_new();
    assert_reason(introspect_of(&a, 200,
                                "Content-Type: application/JSON ; "
                                "charset=utf-8\r\n",
                                GOOD),
                  REASON_ACCEPTED);
    assert_true(span_is(a.asked.claims.sub, "alice"));
    assert_true(span_is(a.asked.claims.iss, a.issuer));
    assert_true(span_is(json_text(a.asked.claims.root, "iss"), a.issuer));
    assert_int_equal(a.asked.claims.expires, ASK_NOW + ANSWER_LIFE_S);
    assert_int_equal(a.asked.claims.issued, ASK_NOW);
    assert_string_equal(a.asked.problem, "");
    ask_house_keeps_secrets(&a, ASK_TOKEN);
    ask_house_close(&a);
}

static void
the_token_is_in_the_body_and_nowhere_else(void **state)
{
    struct ask_house a;
    const char *head;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    assert_reason(introspect_of(&a, 200, JSON_TYPE, GOOD), REASON_ACCEPTED);
    head = http_server_last(a.h.server, "/introspect");
    assert_memory_equal(head, "POST /introspect HTTP/", 22);
    assert_null(strstr(head, "opaque"));
    assert_null(strstr(head, "s3cret"));
    assert_non_null(strstr(head, "Accept: application/json\r\n"));
    assert_non_null(
        strstr(head, "Content-Type: application/x-www-form-urlencoded\r\n"));
    assert_string_equal(http_server_last_body(a.h.server, "/introspect"),
                        "token=" ASK_TOKEN_FORM
                        "&token_type_hint=access_token&client_id=host&"
                        "client_secret=s3cret+of+the+host");
    assert_int_equal(http_server_count(a.h.server, NULL), 1);
    ask_house_close(&a);
}

static void
only_true_is_active(void **state)
{
    static const struct {
        const char *body;
        enum reason reason;
    } all[] = {
        {"{\"active\":false}", REASON_INACTIVE},
        {"{\"active\":false,\"sub\":\"alice\",\"aud\":\"us\"}",
         REASON_INACTIVE},
        {"{\"sub\":\"alice\",\"aud\":\"us\"}", REASON_PROVIDER_ANSWER},
        {"{\"active\":\"true\",\"sub\":\"a\",\"aud\":\"us\"}",
         REASON_PROVIDER_ANSWER},
        {"{\"active\":\"false\"}", REASON_PROVIDER_ANSWER},
        {"{\"active\":1,\"sub\":\"a\",\"aud\":\"us\"}", REASON_PROVIDER_ANSWER},
        {"{\"active\":null,\"sub\":\"a\",\"aud\":\"us\"}",
         REASON_PROVIDER_ANSWER},
        {"{\"active\":[true],\"sub\":\"a\",\"aud\":\"us\"}",
         REASON_PROVIDER_ANSWER},
        {"{\"active\":true,\"active\":true,\"sub\":\"a\",\"aud\":\"us\"}",
         REASON_PROVIDER_ANSWER},
        {"{\"active\":false,\"active\":true,\"sub\":\"a\",\"aud\":\"us\"}",
         REASON_PROVIDER_ANSWER},
        {"{\"active\":false,\"\\u0061ctive\":true,\"sub\":\"a\"}",
         REASON_PROVIDER_ANSWER},
        {"{\"Active\":true,\"sub\":\"a\",\"aud\":\"us\"}",
         REASON_PROVIDER_ANSWER},
        {"{\"active\":true,\"sub\":\"a\",\"aud\":\"us\",\"x\":{\"y\":[1]}}",
         REASON_ACCEPTED},
    };
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        enum reason found = introspect_of(&a, 200, JSON_TYPE, all[i].body);

        if (found != all[i].reason)
            fail_msg("%s: %s", all[i].body, reason_name(found));
    }
    ask_house_close(&a);
}

static void
an_active_answer_is_judged_as_a_token(void **state)
{
    static const struct {
        const char *members;
        enum reason reason;
    } all[] = {
        {"\"sub\":\"a\",\"aud\":\"us\"", REASON_ACCEPTED},
        {"\"sub\":\"a\",\"aud\":\"us\",\"exp\":1700000000", REASON_EXPIRED},
        {"\"sub\":\"a\",\"aud\":\"us\",\"nbf\":1900000000", REASON_NOT_YET},
        {"\"sub\":\"a\",\"aud\":\"us\",\"iss\":\"https://x\"", REASON_ISSUER},
        {"\"sub\":\"a\",\"aud\":\"them\"", REASON_AUDIENCE},
        {"\"sub\":\"a\"", REASON_AUDIENCE},
        {"\"sub\":\"a\",\"aud\":\"us\",\"token_type\":\"refresh_token\"",
         REASON_TOKEN_KIND},
        {"\"sub\":\"a\",\"aud\":\"us\",\"cnf\":{\"jkt\":\"x\"}", REASON_BOUND},
        {"\"sub\":\"a\",\"aud\":\"us\",\"act\":{\"sub\":\"b\"}", REASON_ACTOR},
        {"\"sub\":7,\"aud\":\"us\"", REASON_SUBJECT},
    };
    struct ask_house a;
    char body[300];

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        enum reason found;

        snprintf(body, sizeof(body), "{\"active\":true,%s}", all[i].members);
        found = introspect_of(&a, 200, JSON_TYPE, body);
        if (found != all[i].reason)
            fail_msg("%s: %s", body, reason_name(found));
        assert_true(found == REASON_ACCEPTED || a.asked.claims.root == NULL);
    }
    ask_house_close(&a);
}

static void
the_configured_clients_and_claims_are_asked_for(void **state)
{
    static char *required[] = {(char *)"groups"};
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    a.h.conf.clients = (struct list){a.clients, 1};
    assert_reason(introspect_of(&a, 200, JSON_TYPE, GOOD), REASON_CLIENT_ID);
    assert_reason(
        introspect_of(&a, 200, JSON_TYPE,
                      "{\"active\":true,\"sub\":\"a\",\"client_id\":\"cli\"}"),
        REASON_ACCEPTED);
    a.h.conf.required_claims = (struct list){required, 1};
    assert_reason(introspect(&a), REASON_CLAIM_MISSING);
    ask_house_close(&a);
}

static void
without_a_subject_it_is_a_clients_own(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    assert_reason(
        introspect_of(&a, 200, JSON_TYPE,
                      "{\"active\":true,\"sub\":null,\"aud\":\"us\"}"),
        REASON_ACCEPTED);
    assert_true(a.asked.claims.is_client);
    ask_house_close(&a);
}

static void
what_is_no_answer_is_the_providers_fault(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    a.trace = trace_new();
    ask_house_faults(&a, "/introspect", ASK_INTROSPECTION);
    ask_house_close(&a);
}

static void
a_huge_answer_is_the_providers_fault(void **state)
{
    static char body[2 * 1024 * 1024];
    struct http_script script = {
        .status = 200, .headers = JSON_TYPE, .body = body};
    struct ask_house a;

    (void)state;
    memset(body, ' ', sizeof(body) - 1);
    memcpy(body, GOOD, strlen(GOOD));
    ask_house_open(&a, METHOD_INTROSPECTION);
    http_server_script(a.h.server, "/introspect", &script);
    assert_reason(introspect(&a), REASON_PROVIDER);
    ask_house_close(&a);
}

static void
the_problem_says_what_was_answered(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    introspect_of(&a, 400, JSON_TYPE,
                  "{\"error\":\"unsupported_token_type\","
                  "\"error_description\":\"a \\\"JWT\\\"\\n\\u001b[2J\"}");
    assert_reason(a.asked.reason, REASON_PROVIDER_ANSWER);
    assert_string_equal(a.asked.problem,
                        "localhost answered HTTP 400, unsupported_token_type "
                        "(a \\x22JWT\\x22\\x0a\\x1b[2J)");
    introspect_of(&a, 429, JSON_TYPE "Retry-After: 30\r\n", "{}");
    assert_string_equal(a.asked.problem,
                        "localhost answered HTTP 429, Retry-After 30");
    introspect_of(&a, 200, "Content-Type: text/html\r\n", "<html>");
    assert_string_equal(a.asked.problem,
                        "localhost answered HTTP 200, Content-Type text/html");
    ask_house_close(&a);
}

/* Some providers do ("Invalid access token: ..."). */
static void
what_repeats_the_token_is_left_out(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    introspect_of(&a, 400, JSON_TYPE,
                  "{\"error\":\"invalid_token\",\"error_description\":"
                  "\"Invalid access token: " ASK_TOKEN "\"}");
    assert_string_equal(a.asked.problem,
                        "localhost answered HTTP 400, invalid_token "
                        "(what repeats the credential)");
    ask_house_keeps_secrets(&a, ASK_TOKEN);
    introspect_of(&a, 401, JSON_TYPE, "{\"error\":\"no " ASK_TOKEN "\"}");
    assert_reason(a.asked.reason, REASON_CLIENT_REFUSED);
    ask_house_keeps_secrets(&a, ASK_TOKEN);
    introspect_of(&a, 503, "Retry-After: " ASK_TOKEN "\r\n", NULL);
    ask_house_keeps_secrets(&a, ASK_TOKEN);
    ask_house_close(&a);
}

static void
a_refused_client_is_never_the_users_fault(void **state)
{
    static const struct {
        int status;
        const char *headers, *body;
    } all[] = {
        {401, NULL, NULL},
        {401, JSON_TYPE, "{\"error\":\"invalid_client\"}"},
        {400, JSON_TYPE, "{\"error\":\"invalid_client\"}"},
        {401, "WWW-Authenticate: Basic realm=\"x\"\r\n", "Unauthorized"},
        {403, JSON_TYPE, "{\"error\":\"unauthorized_client\"}"},
    };
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        assert_reason(
            introspect_of(&a, all[i].status, all[i].headers, all[i].body),
            REASON_CLIENT_REFUSED);
        assert_non_null(
            strstr(a.asked.problem, "refused this host as a client (HTTP "));
        assert_non_null(strstr(
            a.asked.problem, "see client_auth, client_id, client_secret_file"));
    }
    introspect_of(&a, 401, JSON_TYPE, "{\"error\":\"invalid_client\"}");
    assert_non_null(strstr(a.asked.problem, "(HTTP 401, invalid_client)"));
    ask_house_close(&a);
}

static void
a_secret_that_cannot_be_read_sends_nothing(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    unlink(a.secret_file);
    ask_house_script(&a, "/introspect", 200, JSON_TYPE, GOOD);
    assert_reason(introspect(&a), REASON_SECRET);
    assert_int_equal(http_server_count(a.h.server, NULL), 0);
    ask_house_close(&a);
}

static void
a_token_of_our_own_is_fetched_and_renewed_once(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    a.h.conf.introspection_auth = INTROSPECTION_CLIENT_CREDENTIALS;
    a.h.conf.token_endpoint = a.token;
    ask_house_script(&a, "/token", 200, JSON_TYPE,
                     "{\"access_token\":\"ours\",\"token_type\":\"Bearer\","
                     "\"expires_in\":300}");
    assert_reason(introspect_of(&a, 200, JSON_TYPE, GOOD), REASON_ACCEPTED);
    assert_non_null(strstr(http_server_last(a.h.server, "/introspect"),
                           "Authorization: Bearer ours\r\n"));
    assert_reason(introspect(&a), REASON_ACCEPTED);
    assert_int_equal(http_server_count(a.h.server, "/token"), 1);
    /* An endpoint that refuses all must not be asked for ever. */
    assert_reason(introspect_of(&a, 401, NULL, NULL), REASON_CLIENT_REFUSED);
    assert_true(http_server_count(a.h.server, "/introspect") <= 4);
    ask_house_close(&a);
}

static void
without_a_token_of_our_own_nothing_is_asked(void **state)
{
    struct ask_house a;

    (void)state;
    ask_house_open(&a, METHOD_INTROSPECTION);
    a.h.conf.introspection_auth = INTROSPECTION_CLIENT_CREDENTIALS;
    a.h.conf.token_endpoint = a.token;
    ask_house_script(&a, "/token", 401, JSON_TYPE,
                     "{\"error\":\"invalid_client\"}");
    assert_reason(introspect(&a), REASON_CLIENT_REFUSED);
    ask_house_script(&a, "/token", 500, NULL, NULL);
    assert_int_equal(http_server_count(a.h.server, "/introspect"), 0);
    ask_house_close(&a);
}

/* --- signed answers, RFC 9701 --- */

struct signed_house {
    struct ask_house a;
    EVP_PKEY *key;
};

static void
open_signed(struct signed_house *s)
{
    char *jwk, *set;

    ask_house_open(&s->a, METHOD_INTROSPECTION);
    s->a.h.conf.introspection_answer = ANSWER_JWT;
    s->key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    jwk = forge_jwk(s->key, false, "\"kid\":\"k\"");
    set = forge_text("{\"keys\":[%s]}", jwk);
    house_script(&s->a.h, "/keys", 200, NULL, set);
    free(set);
    free(jwk);
    s->a.h.conf.jwks_uri = strdup(http_server_url(s->a.h.server, "/keys"));
    house_start(&s->a.h);
}

static void
close_signed(struct signed_house *s)
{
    char *uri = s->a.h.conf.jwks_uri;

    EVP_PKEY_free(s->key);
    ask_house_close(&s->a);
    free(uri);
}

#define SIGNED_HEADER                                                          \
    "{\"alg\":\"EdDSA\",\"typ\":\"token-introspection+jwt\",\"kid\":\"k\"}"

/* The members of the payload; "" for the sound ones. */
static char *
sound(struct signed_house *s, const char *aud, const char *rest)
{
    return forge_text("{\"iss\":\"%s\",\"aud\":%s%s,"
                      "\"token_introspection\":" GOOD "}",
                      s->a.issuer, aud, rest);
}

static enum reason
ask_signed(struct signed_house *s, const char *header, char *payload)
{
    struct forge_signer signer = {.alg = "EdDSA", .key = s->key};
    char *token = forge_token_text(&signer, header, payload);
    enum reason reason = introspect_of(&s->a, 200, JWT_TYPE, token);

    free(token);
    free(payload);
    return reason;
}

static void
a_signed_answer_is_accepted(void **state)
{
    struct signed_house s;

    (void)state;
    open_signed(&s);
    s.a.trace = trace_new();
    assert_reason(ask_signed(&s, SIGNED_HEADER,
                             sound(&s, "\"host\"", ",\"iat\":1800000000")),
                  REASON_ACCEPTED);
    assert_true(span_is(s.a.asked.claims.sub, "alice"));
    assert_non_null(strstr(http_server_last(s.a.h.server, "/introspect"),
                           "Accept: application/token-introspection+jwt\r\n"));
    assert_reason(
        ask_signed(&s, SIGNED_HEADER,
                   sound(&s, "[\"x\",\"host\"]", ",\"iat\":1800000120")),
        REASON_ACCEPTED);
    /* Some providers repeat the token's audience there. */
    assert_reason(ask_signed(&s, SIGNED_HEADER,
                             sound(&s, "\"us\"", ",\"iat\":1799999880")),
                  REASON_ACCEPTED);
    close_signed(&s);
}

static void
a_signed_answer_must_be_fresh_and_for_us(void **state)
{
    static const struct {
        const char *aud, *rest;
    } all[] = {
        {"\"them\"", ",\"iat\":1800000000"},
        {"[]", ",\"iat\":1800000000"},
        {"[\"host\",7]", ",\"iat\":1800000000"},
        {"null", ",\"iat\":1800000000"},
        {"\"\"", ",\"iat\":1800000000"},
        {"\"host\"", ""},
        {"\"host\"", ",\"iat\":\"1800000000\""},
        {"\"host\"", ",\"iat\":1799999879"},
        {"\"host\"", ",\"iat\":1800000121"},
        {"\"host\"", ",\"iat\":1800000000,\"exp\":1799999940"},
        {"\"host\"", ",\"iat\":1800000000,\"exp\":\"x\""},
    };
    struct signed_house s;

    (void)state;
    open_signed(&s);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (ask_signed(&s, SIGNED_HEADER, sound(&s, all[i].aud, all[i].rest)) !=
            REASON_PROVIDER_ANSWER)
            fail_msg("%s %s", all[i].aud, all[i].rest);
        assert_null(s.a.asked.claims.root);
    }
    assert_reason(
        ask_signed(&s, SIGNED_HEADER,
                   strdup("{\"iss\":\"https://other\",\"aud\":\"host\","
                          "\"iat\":1800000000,\"token_introspection\":" GOOD
                          "}")),
        REASON_PROVIDER_ANSWER);
    close_signed(&s);
}

static void
claims_come_from_token_introspection_only(void **state)
{
    struct signed_house s;

    (void)state;
    open_signed(&s);
    assert_reason(
        ask_signed(&s, SIGNED_HEADER,
                   forge_text("{\"iss\":\"%s\",\"aud\":\"host\",\"iat\":"
                              "1800000000,\"active\":true,\"sub\":\"alice\"}",
                              s.a.issuer)),
        REASON_PROVIDER_ANSWER);
    assert_reason(
        ask_signed(&s, SIGNED_HEADER,
                   forge_text("{\"iss\":\"%s\",\"aud\":\"host\",\"iat\":"
                              "1800000000,\"active\":true,\"sub\":\"root\","
                              "\"token_introspection\":{\"active\":false}}",
                              s.a.issuer)),
        REASON_INACTIVE);
    assert_reason(
        ask_signed(&s, SIGNED_HEADER,
                   forge_text("{\"iss\":\"%s\",\"aud\":\"host\",\"iat\":"
                              "1800000000,\"sub\":\"root\","
                              "\"token_introspection\":" GOOD "}",
                              s.a.issuer)),
        REASON_ACCEPTED);
    assert_true(span_is(s.a.asked.claims.sub, "alice"));
    close_signed(&s);
}

static void
only_that_type_signed_by_the_issuer_is_an_answer(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"k\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"JWT\",\"kid\":\"k\"}",
        "{\"alg\":\"EdDSA\",\"kid\":\"k\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"token-introspection+jwt\","
        "\"kid\":\"other\"}",
        "{\"alg\":\"none\",\"typ\":\"token-introspection+jwt\"}",
        "{\"alg\":\"HS256\",\"typ\":\"token-introspection+jwt\"}",
        "{\"alg\":\"EdDSA\",\"typ\":\"token-introspection+jwt\","
        "\"crit\":[\"x\"]}",
    };
    struct signed_house s, other;

    (void)state;
    open_signed(&s);
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        if (ask_signed(&s, headers[i],
                       sound(&s, "\"host\"", ",\"iat\":1800000000")) !=
            REASON_PROVIDER_ANSWER)
            fail_msg("%s", headers[i]);
    }
    other = s;
    other.key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    memset(&other.a.asked, 0, sizeof(other.a.asked));
    EVP_PKEY_free(s.key);
    s.key = other.key;
    assert_reason(ask_signed(&s, SIGNED_HEADER,
                             sound(&s, "\"host\"", ",\"iat\":1800000000")),
                  REASON_PROVIDER_ANSWER);
    close_signed(&s);
}

static void
an_answer_in_the_other_form_is_no_answer(void **state)
{
    struct signed_house s;
    struct ask_house a;

    (void)state;
    open_signed(&s);
    assert_reason(introspect_of(&s.a, 200, JSON_TYPE, GOOD),
                  REASON_PROVIDER_ANSWER);
    assert_reason(introspect_of(&s.a, 200, JWT_TYPE, GOOD),
                  REASON_PROVIDER_ANSWER);
    close_signed(&s);
    ask_house_open(&a, METHOD_INTROSPECTION);
    assert_reason(introspect_of(&a, 200, JWT_TYPE, GOOD),
                  REASON_PROVIDER_ANSWER);
    ask_house_close(&a);
}

static void
a_new_key_is_fetched_for_a_signed_answer(void **state)
{
    struct signed_house s;
    char *jwk, *set;

    (void)state;
    open_signed(&s);
    jwk = forge_jwk(s.key, false, "\"kid\":\"new\"");
    set = forge_text("{\"keys\":[%s]}", jwk);
    house_script(&s.a.h, "/keys", 200, NULL, set);
    assert_reason(ask_signed(&s,
                             "{\"alg\":\"EdDSA\",\"typ\":"
                             "\"token-introspection+jwt\",\"kid\":\"new\"}",
                             sound(&s, "\"host\"", ",\"iat\":1800000000")),
                  REASON_ACCEPTED);
    assert_int_equal(http_server_count(s.a.h.server, "/keys"), 2);
    free(set);
    free(jwk);
    close_signed(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_active_token_is_accepted_with_its_claims),
        cmocka_unit_test(the_token_is_in_the_body_and_nowhere_else),
        cmocka_unit_test(only_true_is_active),
        cmocka_unit_test(an_active_answer_is_judged_as_a_token),
        cmocka_unit_test(the_configured_clients_and_claims_are_asked_for),
        cmocka_unit_test(without_a_subject_it_is_a_clients_own),
        cmocka_unit_test(what_is_no_answer_is_the_providers_fault),
        cmocka_unit_test(a_huge_answer_is_the_providers_fault),
        cmocka_unit_test(the_problem_says_what_was_answered),
        cmocka_unit_test(what_repeats_the_token_is_left_out),
        cmocka_unit_test(a_refused_client_is_never_the_users_fault),
        cmocka_unit_test(a_secret_that_cannot_be_read_sends_nothing),
        cmocka_unit_test(a_token_of_our_own_is_fetched_and_renewed_once),
        cmocka_unit_test(without_a_token_of_our_own_nothing_is_asked),
        cmocka_unit_test(a_signed_answer_is_accepted),
        cmocka_unit_test(a_signed_answer_must_be_fresh_and_for_us),
        cmocka_unit_test(claims_come_from_token_introspection_only),
        cmocka_unit_test(only_that_type_signed_by_the_issuer_is_an_answer),
        cmocka_unit_test(an_answer_in_the_other_form_is_no_answer),
        cmocka_unit_test(a_new_key_is_fetched_for_a_signed_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
