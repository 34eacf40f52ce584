/* SPDX-License-Identifier: BSD-2-Clause */
/* The access token that this host obtains for itself. */
#include "tests/unit/client_house.h"

#define WAITERS 50
#define GOOD                                                                   \
    "{\"access_token\":\"T1\",\"token_type\":\"Bearer\",\"expires_in\":1000}"
/* Of 1000 s: usable for 900, renewed from 720 on. */
#define USABLE_MS 900000
#define RENEWED_MS 720000

struct waiter {
    struct client_waiter waiter;
    unsigned calls;
    struct house *house;
    bool frees, again;
    struct waiter *leaves; /* is taken off the list */
};

static void
ready(struct client_waiter *waiter)
{
    struct waiter *w = (struct waiter *)waiter;
    struct house *h = w->house;

    w->calls++;
    assert_null(waiter->link);
    if (w->leaves != NULL)
        client_unwait(&w->leaves->waiter);
    if (w->again && w->calls == 1)
        client_wait(h->client, WALL, ENDPOINT, waiter);
    if (w->frees) {
        client_free(h->client);
        h->client = NULL;
    }
}

static void
await(struct house *h, struct waiter *w)
{
    w->waiter.ready = ready;
    w->house = h;
    client_wait(h->client, WALL, ENDPOINT, &w->waiter);
}

static void
open_client(struct house *h)
{
    house_open(h);
    h->conf.introspection_auth = INTROSPECTION_CLIENT_CREDENTIALS;
    h->conf.client_auth = CLIENT_SECRET_BASIC;
    h->conf.client_secret_file = house_put(h, "secret", "geheim", 0640);
    house_start(h);
}

/* A client with a token T1 that has just come. */
static void
open_with_token(struct house *h)
{
    struct waiter w = {.calls = 0};

    open_client(h);
    assert_int_equal(house_introspect(h), REASON_NONE);
    await(h, &w);
    answer_with(200, GOOD);
    assert_int_equal(w.calls, 1);
}

static void
bears(struct house *h, const char *token)
{
    char wanted[64];

    snprintf(wanted, sizeof(wanted), "Bearer %s", token);
    assert_int_equal(house_introspect(h), REASON_ACCEPTED);
    is(&h->draft.authorization, wanted);
}

static void
a_token_is_fetched_and_used_until_shortly_before_its_end(void **state)
{
    struct house h;
    struct waiter w = {.calls = 0};

    (void)state;
    open_client(&h);
    assert_int_equal(house_introspect(&h), REASON_NONE);
    assert_int_equal(asked.count, 0);
    await(&h, &w);
    assert_string_equal(asked.url, ENDPOINT);
    is(&asked.body, "grant_type=client_credentials");
    is(&asked.authorization, "Basic bXkrY2xpZW50OmdlaGVpbQ==");
    assert_false(asked.idempotent);
    /* Ten MiB never arrive. */
    assert_true(asked.body_max <= 1024 * 1024);
    assert_int_equal(house_introspect(&h), REASON_NONE);
    assert_int_equal(w.calls, 0);
    answer_with(200, GOOD);
    assert_int_equal(w.calls, 1);
    bears(&h, "T1");
    house_later(RENEWED_MS - 1);
    bears(&h, "T1");
    assert_int_equal(asked.count, 1);
    house_later(USABLE_MS - RENEWED_MS + 1);
    assert_int_equal(house_introspect(&h), REASON_NONE);
    house_close(&h);
}

static void
the_scope_that_is_configured_is_asked_for(void **state)
{
    struct house h;
    struct waiter w = {.calls = 0};

    (void)state;
    open_client(&h);
    h.conf.token_scope = (char *)"introspect:all b";
    h.conf.client_auth = CLIENT_SECRET_POST;
    await(&h, &w);
    is(&asked.body, "grant_type=client_credentials&scope=introspect%3Aall+b&"
                    "client_id=my+client&client_secret=geheim");
    is(&asked.authorization, "");
    house_close(&h);
    assert_int_equal(asked.cancelled, 1);
    assert_int_equal(w.calls, 0);
}

static void
fifty_who_wait_cost_one_request(void **state)
{
    struct house h;
    struct waiter w[WAITERS] = {{.calls = 0}};

    (void)state;
    open_client(&h);
    for (int i = 0; i < WAITERS; i++)
        await(&h, &w[i]);
    client_unwait(&w[7].waiter);
    client_unwait(&w[7].waiter);
    assert_int_equal(asked.count, 1);
    answer_with(200, GOOD);
    for (int i = 0; i < WAITERS; i++)
        assert_int_equal(w[i].calls, i == 7 ? 0 : 1);
    house_close(&h);
}

static void
who_uses_it_in_its_last_fifth_begins_its_renewal(void **state)
{
    struct house h;

    (void)state;
    open_with_token(&h);
    house_later(RENEWED_MS);
    bears(&h, "T1");
    assert_int_equal(asked.count, 2);
    bears(&h, "T1");
    assert_int_equal(asked.count, 2);
    answer_with(200, "{\"access_token\":\"T2\",\"token_type\":\"bearer\","
                     "\"expires_in\":1000}");
    bears(&h, "T2");
    house_close(&h);
}

static void
a_renewal_that_fails_leaves_the_old_one_until_its_end(void **state)
{
    struct house h;

    (void)state;
    open_with_token(&h);
    house_later(RENEWED_MS);
    bears(&h, "T1");
    answer_with(503, "");
    bears(&h, "T1");
    assert_int_equal(asked.count, 2);
    house_later(1000);
    bears(&h, "T1");
    assert_int_equal(asked.count, 3);
    answer_with(503, "");
    house_later(USABLE_MS - RENEWED_MS);
    assert_int_equal(house_introspect(&h), REASON_NONE);
    house_close(&h);
}

static void
failures_back_off_to_thirty_seconds(void **state)
{
    static const int64_t waits[] = {1000,  2000,  4000, 8000,
                                    16000, 30000, 30000};
    struct house h;

    (void)state;
    open_client(&h);
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        struct waiter w = {.calls = 0}, late = {.calls = 0};

        assert_int_equal(house_introspect(&h), REASON_NONE);
        await(&h, &w);
        assert_int_equal(asked.count, i + 1);
        answer_error("no route");
        assert_int_equal(w.calls, 1);
        house_later(waits[i] - 1);
        assert_int_equal(house_introspect(&h), REASON_PROVIDER);
        has(&h.why, "no route");
        /* Who waits all the same is told soon, and nothing is asked. */
        await(&h, &late);
        assert_int_equal(late.calls, 0);
        house_turn(&h);
        assert_int_equal(late.calls, 1);
        assert_int_equal(asked.count, i + 1);
        house_later(1);
    }
    {
        struct waiter w = {.calls = 0};

        await(&h, &w);
        answer_with(200, GOOD);
        bears(&h, "T1");
        house_later(USABLE_MS);
        await(&h, &w);
        answer_error("again");
        house_later(1000);
        assert_int_equal(house_introspect(&h), REASON_NONE);
    }
    house_close(&h);
}

/* Nobody else need have asked for the way before, and the file may change. */
static void
the_proxy_is_shown_the_password_of_its_file(void **state)
{
    struct house h;
    struct waiter w = {.calls = 0};

    (void)state;
    house_open(&h);
    h.conf.proxy_password_file = house_put(&h, "proxy", "old-word\n", 0600);
    h.conf.introspection_auth = INTROSPECTION_CLIENT_CREDENTIALS;
    h.conf.client_auth = CLIENT_SECRET_BASIC;
    h.conf.client_secret_file = house_put(&h, "secret", "geheim", 0640);
    house_start(&h);
    await(&h, &w);
    is(&asked.proxy_password, "old-word");
    answer_with(200, GOOD);
    house_put(&h, "proxy", "new-word\n", 0600);
    house_later(RENEWED_MS);
    bears(&h, "T1");
    is(&asked.proxy_password, "new-word");
    answer_with(200, GOOD);
    house_put(&h, "proxy", "", 0600);
    house_later(USABLE_MS);
    await(&h, &w);
    assert_int_equal(asked.count, 2);
    assert_int_equal(house_introspect(&h), REASON_SECRET);
    has(&h.why, "is empty");
    house_turn(&h);
    house_close(&h);
}

static void
answer_gives(long status, const char *body, enum reason reason)
{
    struct house h;
    struct waiter w = {.calls = 0};

    open_client(&h);
    await(&h, &w);
    answer_with(status, body);
    assert_int_equal(w.calls, 1);
    if (house_introspect(&h) != reason)
        fail_msg("%ld %s", status, body);
    if (reason != REASON_ACCEPTED) {
        assert_true(h.why.len > 0);
        is(&h.draft.authorization, "");
        has_not(&h.why, "geheim");
        has_not(&h.why, "T1");
    }
    house_close(&h);
}

static void
only_a_bearer_token_is_taken(void **state)
{
    (void)state;
    answer_gives(200, "{\"access_token\":\"T1\",\"token_type\":\"BEARER\"}",
                 REASON_ACCEPTED);
    answer_gives(200, "{\"access_token\":\"T1\",\"token_type\":\"DPoP\"}",
                 REASON_PROVIDER_ANSWER);
    answer_gives(200, "{\"access_token\":\"T1\",\"token_type\":\"Bearer \"}",
                 REASON_PROVIDER_ANSWER);
    answer_gives(200, "{\"access_token\":\"T1\"}", REASON_PROVIDER_ANSWER);
    answer_gives(200, "{\"access_token\":\"T1\",\"token_type\":7}",
                 REASON_PROVIDER_ANSWER);
}

static void
what_is_no_token_is_not_taken(void **state)
{
    static const char *const bad[] = {
        "",
        "<html>",
        "[]",
        "{}",
        "{\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":null,\"token_type\":\"Bearer\"}",
        "{\"access_token\":7,\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"T1\\r\\nX: y\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"T1 x\",\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"T1\",\"access_token\":\"T2\","
        "\"token_type\":\"Bearer\"}",
        "{\"access_token\":\"T1\",\"token_type\":\"Bearer\"} x",
        "{\"access_token\":\"T1\",\"token_type\":\"Bearer\",\"expires_in\":0}",
        "{\"access_token\":\"T1\",\"token_type\":\"Bearer\",\"expires_in\":-5}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        answer_gives(200, bad[i], REASON_PROVIDER_ANSWER);
    answer_gives(201, GOOD, REASON_PROVIDER_ANSWER);
    answer_gives(302, GOOD, REASON_PROVIDER_ANSWER);
    answer_gives(500, GOOD, REASON_PROVIDER);
}

static void
an_oversized_token_is_not_taken(void **state)
{
    char *long_one = malloc(CLIENT_TOKEN_MAX + 2), *body;

    (void)state;
    memset(long_one, 'a', CLIENT_TOKEN_MAX + 1);
    long_one[CLIENT_TOKEN_MAX + 1] = '\0';
    body = forge_text("{\"access_token\":\"%s\",\"token_type\":\"Bearer\"}",
                      long_one);
    answer_gives(200, body, REASON_PROVIDER_ANSWER);
    free(body);
    free(long_one);
}

static void
a_refused_client_is_told_from_an_outage(void **state)
{
    (void)state;
    answer_gives(401, "", REASON_CLIENT_REFUSED);
    answer_gives(400, "{\"error\":\"invalid_client\"}", REASON_CLIENT_REFUSED);
    answer_gives(400, "{\"error\":\"unauthorized_client\"}",
                 REASON_CLIENT_REFUSED);
    answer_gives(400, "{\"error\":\"invalid_scope\"}", REASON_PROVIDER_ANSWER);
    answer_gives(429, "", REASON_PROVIDER_ANSWER);
}

static void
a_foreign_error_is_made_safe_for_the_log(void **state)
{
    struct house h;
    struct waiter w = {.calls = 0};

    (void)state;
    open_client(&h);
    await(&h, &w);
    answer_with(400, "{\"error\":\"a\\u001b[31m\\nissuer x: fine\"}");
    assert_int_equal(house_introspect(&h), REASON_PROVIDER_ANSWER);
    has_not(&h.why, "\n");
    has_not(&h.why, "\x1b");
    has(&h.why, "\\x1b[31m\\x0aissuer");
    house_close(&h);
}

static void
lives(const char *expires, int64_t seconds)
{
    struct house h;
    struct waiter w = {.calls = 0};
    char *body = forge_text("{\"access_token\":\"T1\",\"token_type\":"
                            "\"Bearer\"%s%s}",
                            expires != NULL ? ",\"expires_in\":" : "",
                            expires != NULL ? expires : "");

    open_client(&h);
    await(&h, &w);
    answer_with(200, body);
    house_later(seconds * 1000 - 1);
    assert_int_equal(house_introspect(&h), REASON_ACCEPTED);
    if (asked.pending != NULL)
        answer_error("not now");
    house_later(1);
    assert_int_not_equal(house_introspect(&h), REASON_ACCEPTED);
    house_close(&h);
    free(body);
}

static void
the_life_of_a_token_is_bounded_on_both_sides(void **state)
{
    (void)state;
    lives("1000", 900);
    lives("100", 70);
    lives("60", 30);
    lives("40", 20);
}

static void
an_unsaid_or_absurd_life_is_short(void **state)
{
    (void)state;
    lives(NULL, 270);
    lives("\"3600\"", 270);
    lives("null", 270);
    lives("9223372036854775807", 24 * 3600 - 8640);
    lives("1e300", 270);
}

static void
a_renounced_token_is_fetched_anew(void **state)
{
    struct house h;
    struct waiter w = {.calls = 0};

    (void)state;
    open_with_token(&h);
    house_later(10000);
    bears(&h, "T1");
    assert_true(client_renounce(h.client));
    assert_null(h.client->token.value.data);
    /* Another who had been refused at the same time. */
    assert_true(client_renounce(h.client));
    assert_int_equal(house_introspect(&h), REASON_NONE);
    await(&h, &w);
    assert_int_equal(asked.count, 2);
    answer_with(200, "{\"access_token\":\"T2\",\"token_type\":\"Bearer\"}");
    bears(&h, "T2");
    /* And one whose refusal of T1 comes late. */
    house_later(9999);
    assert_true(client_renounce(h.client));
    bears(&h, "T2");
    assert_int_equal(asked.count, 2);
    house_close(&h);
}

static void
a_waiter_may_free_the_client(void **state)
{
    struct house h;
    struct waiter w[3] = {{.calls = 0}};

    (void)state;
    open_client(&h);
    for (int i = 0; i < 3; i++)
        await(&h, &w[i]);
    w[0].frees = w[1].frees = w[2].frees = true;
    answer_with(200, GOOD);
    assert_null(h.client);
    assert_int_equal(w[0].calls + w[1].calls + w[2].calls, 1);
    for (int i = 0; i < 3; i++)
        assert_null(w[i].waiter.link);
    house_close(&h);
}

static void
a_waiter_may_take_another_off_or_wait_again(void **state)
{
    struct house h;
    struct waiter w[3] = {{.calls = 0}};

    (void)state;
    open_client(&h);
    for (int i = 0; i < 3; i++)
        await(&h, &w[i]);
    /* The last one is told first. */
    w[2].leaves = &w[1];
    w[0].again = true;
    answer_with(200, GOOD);
    assert_int_equal(w[0].calls, 1);
    assert_int_equal(w[1].calls, 0);
    assert_int_equal(w[2].calls, 1);
    house_turn(&h);
    assert_int_equal(w[0].calls, 2);
    assert_int_equal(asked.count, 1);
    house_close(&h);
}

static void
what_cannot_be_signed_is_not_asked(void **state)
{
    struct house h;
    struct waiter w = {.calls = 0};

    (void)state;
    open_client(&h);
    house_put(&h, "secret", "geheim", 0666);
    await(&h, &w);
    assert_int_equal(w.calls, 0);
    house_turn(&h);
    assert_int_equal(w.calls, 1);
    assert_int_equal(asked.count, 0);
    assert_int_equal(house_introspect(&h), REASON_SECRET);
    has(&h.why, "group");
    house_put(&h, "secret", "geheim", 0600);
    house_later(1000);
    assert_int_equal(house_introspect(&h), REASON_NONE);
    await(&h, &w);
    assert_int_equal(asked.count, 1);
    house_close(&h);
}

static void
without_an_endpoint_nothing_is_asked(void **state)
{
    static const char *const bad[] = {NULL, "", "http://idp.example/token",
                                      "https://u@idp.example/"};
    struct house h;

    (void)state;
    open_client(&h);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct waiter w = {.waiter = {.ready = ready}, .house = &h};

        client_draft_clear(&h.draft);
        assert_int_equal(
            client_sign_introspection(h.client, WALL, bad[i], &h.draft, &h.why),
            REASON_ENDPOINT);
        client_wait(h.client, WALL, bad[i], &w.waiter);
        house_turn(&h);
        assert_int_equal(w.calls, 1);
        assert_int_equal(asked.count, 0);
        house_later(30000);
    }
    house_close(&h);
}

static void
a_certificate_is_shown_with_the_token_it_is_bound_to(void **state)
{
    struct house h;
    struct waiter w = {.calls = 0};

    (void)state;
    house_open(&h);
    h.conf.introspection_auth = INTROSPECTION_CLIENT_CREDENTIALS;
    h.conf.client_auth = CLIENT_TLS;
    h.conf.client_certificate_file = house_put(&h, "tls", "both", 0640);
    house_start(&h);
    await(&h, &w);
    assert_string_equal(asked.cert, h.file[0]);
    assert_string_equal(asked.key, h.file[0]);
    answer_with(200, GOOD);
    bears(&h, "T1");
    assert_string_equal(h.draft.cert_file, h.file[0]);
    house_close(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            a_token_is_fetched_and_used_until_shortly_before_its_end),
        cmocka_unit_test(the_scope_that_is_configured_is_asked_for),
        cmocka_unit_test(the_proxy_is_shown_the_password_of_its_file),
        cmocka_unit_test(fifty_who_wait_cost_one_request),
        cmocka_unit_test(who_uses_it_in_its_last_fifth_begins_its_renewal),
        cmocka_unit_test(a_renewal_that_fails_leaves_the_old_one_until_its_end),
        cmocka_unit_test(failures_back_off_to_thirty_seconds),
        cmocka_unit_test(only_a_bearer_token_is_taken),
        cmocka_unit_test(what_is_no_token_is_not_taken),
        cmocka_unit_test(an_oversized_token_is_not_taken),
        cmocka_unit_test(a_refused_client_is_told_from_an_outage),
        cmocka_unit_test(a_foreign_error_is_made_safe_for_the_log),
        cmocka_unit_test(the_life_of_a_token_is_bounded_on_both_sides),
        cmocka_unit_test(an_unsaid_or_absurd_life_is_short),
        cmocka_unit_test(a_renounced_token_is_fetched_anew),
        cmocka_unit_test(a_waiter_may_free_the_client),
        cmocka_unit_test(a_waiter_may_take_another_off_or_wait_again),
        cmocka_unit_test(what_cannot_be_signed_is_not_asked),
        cmocka_unit_test(without_an_endpoint_nothing_is_asked),
        cmocka_unit_test(a_certificate_is_shown_with_the_token_it_is_bound_to),
    };

    return cmocka_run_group_tests_name("issuer_client_token", tests, NULL,
                                       NULL);
}
