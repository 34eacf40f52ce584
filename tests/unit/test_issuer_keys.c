/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys from an address or by discovery, over real TLS. */
#include "tests/unit/issuer_house.h"

static void
open_url(struct house *h)
{
    house_open(h);
    house_serve(h);
    h->conf.jwks_uri = (char *)http_server_url(h->server, "/keys");
}

static unsigned
gets(struct house *h)
{
    return http_server_count(h->server, "/keys");
}

static void
a_published_set_is_loaded_once(void **state)
{
    struct house h;

    (void)state;
    open_url(&h);
    house_publish(&h, "a b", NULL);
    house_start(&h);
    assert_true(house_has(&h, "a"));
    assert_true(house_has(&h, "b"));
    house_later(&h, 60);
    assert_int_equal(gets(&h), 1);
    house_expect(&h, "state", "ok");
    house_expect(&h, "keys", "2");
    house_expect(&h, "key_age_s", "60");
    house_expect(&h, "expires_in_s", "3540");
    house_expect(&h, "error", "null");
    house_expect(&h, "source", "url https://localhost:");
    house_close(&h);
}

static void
cache_control_says_when_to_come_again(void **state)
{
    struct house h;

    (void)state;
    open_url(&h);
    house_publish(&h, "a", "Cache-Control: max-age=36000\r\n");
    house_start(&h);
    house_later(&h, 25000);
    assert_int_equal(gets(&h), 1);
    house_later(&h, 7000);
    assert_int_equal(gets(&h), 2);
    house_close(&h);
}

static void
a_304_renews_without_a_new_snapshot(void **state)
{
    struct house h;
    const struct jwks *before;

    (void)state;
    open_url(&h);
    house_publish(&h, "a", "ETag: \"one\"\r\n");
    house_start(&h);
    before = issuer_keys(h.issuer);
    house_script(&h, "/keys", 304, NULL, NULL);
    house_later(&h, 3500);
    assert_int_equal(gets(&h), 2);
    assert_non_null(strstr(http_server_last(h.server, "/keys"),
                           "If-None-Match: \"one\"\r\n"));
    assert_ptr_equal(issuer_keys(h.issuer), before);
    house_expect(&h, "state", "ok");
    house_expect(&h, "key_age_s", "0");
    house_close(&h);
}

static void
an_equal_document_is_no_new_snapshot(void **state)
{
    struct house h;
    const struct jwks *before;

    (void)state;
    open_url(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    before = issuer_keys(h.issuer);
    house_later(&h, 3500);
    assert_int_equal(gets(&h), 2);
    assert_ptr_equal(issuer_keys(h.issuer), before);
    house_close(&h);
}

static void
a_key_that_is_gone_from_the_set_is_gone_here(void **state)
{
    struct house h;

    (void)state;
    open_url(&h);
    house_publish(&h, "a b", NULL);
    house_start(&h);
    house_publish(&h, "b", NULL);
    house_later(&h, 3500);
    assert_false(house_has(&h, "a"));
    assert_true(house_has(&h, "b"));
    house_close(&h);
}

struct bad {
    const char *name;
    struct http_script script;
};

static void
a_bad_answer_never_replaces_good_keys(void **state)
{
    static const struct bad bad[] = {
        {"500", {.status = 500, .body = "{\"keys\":[]}"}},
        {"HTML", {.status = 200, .body = "<html>Log in</html>"}},
        {"empty", {.status = 200}},
        {"empty set", {.status = 200, .body = "{\"keys\":[]}"}},
        {"no usable key",
         {.status = 200,
          .body = "{\"keys\":[{\"kty\":\"oct\",\"k\":\"YQ\"}]}"}},
        {"half",
         {.status = 200,
          .body = "{\"keys\":[{\"kty\":\"OKP\"}]}",
          .behaviour = HTTP_HALF_BODY}},
        {"redirect", {.status = 302, .headers = "Location: /other\r\n"}},
        {"304 unasked for", {.status = 204}},
    };
    struct house h;

    (void)state;
    open_url(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        unsigned before = gets(&h);

        http_server_script(h.server, "/keys", &bad[i].script);
        issuer_refresh(h.issuer);
        house_settle(&h, h.issuer);
        assert_int_equal(gets(&h), before + 1);
        if (!house_has(&h, "a"))
            fail_msg("%s", bad[i].name);
        house_expect(&h, "error", "\"");
    }
    assert_int_equal(http_server_count(h.server, "/other"), 0);
    house_close(&h);
}

static void
an_oversized_set_never_replaces_good_keys(void **state)
{
    enum { SIZE = 600 * 1024 };
    struct house h;
    char *body = malloc(SIZE + 1), *set = house_keys("b");

    (void)state;
    memset(body, ' ', SIZE);
    memcpy(body, set, strlen(set));
    body[SIZE] = '\0';
    open_url(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    house_script(&h, "/keys", 200, NULL, body);
    issuer_refresh(h.issuer);
    house_settle(&h, h.issuer);
    assert_true(house_has(&h, "a"));
    assert_false(house_has(&h, "b"));
    house_expect(&h, "error", "larger");
    house_close(&h);
    free(body);
    free(set);
}

static void
stale_keys_serve_a_day_and_then_end(void **state)
{
    struct house h;

    (void)state;
    open_url(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    house_script(&h, "/keys", 500, NULL, NULL);
    house_later(&h, 3601);
    house_expect(&h, "state", "stale");
    assert_true(house_has(&h, "a"));
    house_later(&h, 24 * 3600 - 2);
    assert_true(house_has(&h, "a"));
    house_later(&h, 2);
    assert_null(issuer_keys(h.issuer));
    house_expect(&h, "state", "failed");
    house_expect(&h, "keys", "0");
    house_close(&h);
}

static void
keys_come_back_after_an_outage(void **state)
{
    struct house h;
    struct caller caller = CALLER;

    (void)state;
    open_url(&h);
    house_script(&h, "/keys", 503, NULL, NULL);
    house_start(&h);
    assert_null(issuer_keys(h.issuer));
    house_expect(&h, "state", "failed");
    /* Its back-off runs: there is nothing to wait for. */
    assert_false(issuer_wait_for_keys(h.issuer, &caller.waiter));
    house_publish(&h, "a", NULL);
    house_later(&h, 2);
    assert_true(house_has(&h, "a"));
    house_expect(&h, "state", "ok");
    house_expect(&h, "error", "null");
    house_close(&h);
}

static void
failures_cause_no_flood(void **state)
{
    struct house h;

    (void)state;
    open_url(&h);
    house_script(&h, "/keys", 500, NULL, NULL);
    house_start(&h);
    for (int i = 0; i < 100; i++)
        house_later(&h, 1);
    assert_in_range(gets(&h), 6, 8); /* 0 1 3 7 15 31 63 ... */
    house_close(&h);
}

static void
two_waiters_are_one_get(void **state)
{
    struct house h;
    struct caller one = CALLER, two = CALLER;

    (void)state;
    open_url(&h);
    house_publish(&h, "a", NULL);
    h.issuer = house_issuer_new(&h);
    assert_true(issuer_wait_for_keys(h.issuer, &one.waiter));
    assert_true(issuer_wait_for_keys(h.issuer, &two.waiter));
    house_settle(&h, h.issuer);
    assert_int_equal(one.calls, 1);
    assert_int_equal(two.calls, 1);
    assert_int_equal(gets(&h), 1);
    assert_false(issuer_wait_for_keys(h.issuer, &one.waiter));
    house_close(&h);
}

static void
waiters_are_told_of_a_failure(void **state)
{
    struct house h;
    struct caller caller = CALLER;

    (void)state;
    open_url(&h);
    h.issuer = house_issuer_new(&h);
    assert_true(issuer_wait_for_keys(h.issuer, &caller.waiter));
    house_settle(&h, h.issuer);
    assert_int_equal(caller.calls, 1);
    assert_null(issuer_keys(h.issuer));
    house_close(&h);
}

static void
a_waiter_that_left_is_not_told_and_the_load_goes_on(void **state)
{
    struct house h;
    struct caller one = CALLER, two = CALLER, three = CALLER;

    (void)state;
    open_url(&h);
    house_publish(&h, "a", NULL);
    h.issuer = house_issuer_new(&h);
    assert_true(issuer_wait_for_keys(h.issuer, &one.waiter));
    assert_true(issuer_wait_for_keys(h.issuer, &two.waiter));
    assert_true(issuer_wait_for_keys(h.issuer, &three.waiter));
    issuer_unwait(&two.waiter);
    issuer_unwait(&two.waiter);
    three.unwait = &one.waiter; /* told first, takes the other off */
    house_settle(&h, h.issuer);
    assert_int_equal(one.calls, 0);
    assert_int_equal(two.calls, 0);
    assert_int_equal(three.calls, 1);
    assert_true(house_has(&h, "a"));
    house_close(&h);
}

static void
a_waiter_may_free_the_issuer(void **state)
{
    struct house h;
    struct caller one = CALLER, two = CALLER;

    (void)state;
    open_url(&h);
    house_publish(&h, "a", NULL);
    h.issuer = house_issuer_new(&h);
    assert_true(issuer_wait_for_keys(h.issuer, &one.waiter));
    assert_true(issuer_wait_for_keys(h.issuer, &two.waiter));
    one.free_it = two.free_it = h.issuer;
    h.issuer = NULL;
    h.ticks = 0;
    while (one.calls + two.calls == 0 && h.ticks < PATIENCE_TICKS)
        uv_run(&h.loop, UV_RUN_ONCE);
    assert_int_equal(one.calls + two.calls, 1);
    house_close(&h);
}

static void
an_issuer_may_go_at_any_moment(void **state)
{
    struct house h;

    (void)state;
    /* After 0, 1, 2 ... turns of the loop: in each step of the load. */
    for (int turns = 0; turns < 12; turns++) {
        struct caller caller = CALLER;

        open_url(&h);
        house_publish(&h, "a", NULL);
        h.issuer = house_issuer_new(&h);
        issuer_wait_for_keys(h.issuer, &caller.waiter);
        for (int i = 0; i < turns; i++)
            uv_run(&h.loop, UV_RUN_ONCE);
        house_close(&h);
    }
}

static void
an_unknown_kid_causes_one_refresh(void **state)
{
    struct house h;
    struct caller one = CALLER, two = CALLER;

    (void)state;
    open_url(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    house_publish(&h, "a b", NULL);
    assert_true(issuer_wait_for_kid(h.issuer, span_of("b"), &one.waiter));
    assert_true(issuer_wait_for_kid(h.issuer, span_of("b"), &two.waiter));
    house_settle(&h, h.issuer);
    assert_int_equal(one.calls, 1);
    assert_int_equal(two.calls, 1);
    assert_int_equal(gets(&h), 2);
    assert_true(house_has(&h, "b"));
    house_close(&h);
}

static void
random_kids_cause_one_refresh_in_30_s(void **state)
{
    struct house h;
    struct caller caller = CALLER;
    char kid[20];

    (void)state;
    open_url(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    for (int i = 0; i < 1000; i++) {
        snprintf(kid, sizeof(kid), "k%d", i);
        issuer_wait_for_kid(h.issuer, span_of(kid), &caller.waiter);
        house_settle(&h, h.issuer);
    }
    assert_int_equal(gets(&h), 2);
    assert_int_equal(caller.calls, 1);
    house_now += 30000;
    assert_true(issuer_wait_for_kid(h.issuer, span_of("x"), &caller.waiter));
    house_settle(&h, h.issuer);
    assert_int_equal(gets(&h), 3);
    house_close(&h);
}

static void
a_kid_that_was_not_found_waits_a_minute(void **state)
{
    struct house h;
    struct caller caller = CALLER;

    (void)state;
    open_url(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    assert_true(issuer_wait_for_kid(h.issuer, span_of("x"), &caller.waiter));
    house_settle(&h, h.issuer);
    house_now += 31000;
    assert_false(issuer_wait_for_kid(h.issuer, span_of("x"), &caller.waiter));
    house_now += 30000;
    assert_true(issuer_wait_for_kid(h.issuer, span_of("x"), &caller.waiter));
    house_settle(&h, h.issuer);
    house_close(&h);
}

static void
an_impossible_kid_asks_nobody(void **state)
{
    struct house h;
    struct caller caller = CALLER;
    char kid[257];

    (void)state;
    open_url(&h);
    house_publish(&h, "a", NULL);
    house_start(&h);
    memset(kid, 'k', sizeof(kid));
    assert_false(issuer_wait_for_kid(h.issuer, (struct span){kid, sizeof(kid)},
                                     &caller.waiter));
    assert_false(
        issuer_wait_for_kid(h.issuer, (struct span){kid, 0}, &caller.waiter));
    assert_int_equal(gets(&h), 1);
    house_close(&h);
}

static void
a_flush_loads_anew_and_keeps_the_old_until_then(void **state)
{
    struct house h;

    (void)state;
    open_url(&h);
    house_publish(&h, "a", "ETag: \"one\"\r\n");
    house_start(&h);
    house_publish(&h, "b", NULL);
    issuer_refresh(h.issuer);
    assert_true(house_has(&h, "a"));
    house_settle(&h, h.issuer);
    assert_true(house_has(&h, "b"));
    assert_null(strstr(http_server_last(h.server, "/keys"), "If-None-Match"));
    house_close(&h);
}

static void
a_reload_inherits_keys_and_causes_no_get(void **state)
{
    struct house h;
    struct issuer *old;
    struct caller caller = CALLER;

    (void)state;
    open_url(&h);
    house_publish(&h, "a", "ETag: \"one\"\r\n");
    house_start(&h);
    assert_true(issuer_wait_for_kid(h.issuer, span_of("x"), &caller.waiter));
    house_settle(&h, h.issuer);
    assert_int_equal(gets(&h), 2);
    old = h.issuer;
    h.issuer = house_issuer_new(&h);
    issuer_inherit(h.issuer, old);
    assert_ptr_equal(issuer_keys(h.issuer), issuer_keys(old));
    issuer_free(old);
    for (int i = 0; i < 5; i++)
        uv_run(&h.loop, UV_RUN_ONCE);
    assert_true(house_has(&h, "a"));
    /* The budget came along, too. */
    assert_false(issuer_wait_for_kid(h.issuer, span_of("y"), &caller.waiter));
    assert_int_equal(gets(&h), 2);
    house_later(&h, 3500);
    assert_non_null(strstr(http_server_last(h.server, "/keys"),
                           "If-None-Match: \"one\"\r\n"));
    house_close(&h);
}

static void
private_members_are_told_once(void **state)
{
    struct house h;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    char *jwk = forge_jwk(key, true, "\"kid\":\"a\"");
    char *set = forge_text("{\"keys\":[%s]}", jwk);

    (void)state;
    open_url(&h);
    house_script(&h, "/keys", 200, NULL, set);
    house_start(&h);
    assert_true(h.issuer->private_told);
    assert_true(house_has(&h, "a"));
    house_close(&h);
    free(set);
    free(jwk);
    EVP_PKEY_free(key);
}

/* --- discovery --- */

static const char OIDC[] = "/.well-known/openid-configuration";
static const char OAUTH[] = "/.well-known/oauth-authorization-server";

static void
open_discovery(struct house *h)
{
    house_open(h);
    house_serve(h);
    h->conf.issuer = (char *)http_server_base(h->server);
}

static void
script_metadata(struct house *h, const char *path, const char *issuer,
                const char *jwks_uri)
{
    char *text =
        forge_text("{\"issuer\":\"%s\",\"jwks_uri\":\"%s\"}", issuer, jwks_uri);

    house_script(h, path, 200, NULL, text);
    free(text);
}

static void
discovery_finds_the_keys(void **state)
{
    struct house h;

    (void)state;
    open_discovery(&h);
    script_metadata(&h, OIDC, h.conf.issuer,
                    http_server_url(h.server, "/keys"));
    house_publish(&h, "a", NULL);
    house_start(&h);
    assert_true(house_has(&h, "a"));
    assert_int_equal(http_server_count(h.server, OAUTH), 0);
    house_expect(&h, "source", "discovery");
    /* An hour later only the keys are asked for. */
    house_later(&h, 3500);
    assert_int_equal(http_server_count(h.server, OIDC), 1);
    assert_int_equal(gets(&h), 2);
    house_close(&h);
}

static void
discovery_falls_back_to_rfc_8414_on_404(void **state)
{
    struct house h;

    (void)state;
    open_discovery(&h);
    script_metadata(&h, OAUTH, h.conf.issuer,
                    http_server_url(h.server, "/keys"));
    house_publish(&h, "a", NULL);
    house_start(&h);
    assert_true(house_has(&h, "a"));
    assert_int_equal(http_server_count(h.server, OIDC), 1);
    house_close(&h);
}

static void
discovery_does_not_fall_back_on_an_error(void **state)
{
    struct house h;

    (void)state;
    open_discovery(&h);
    house_script(&h, OIDC, 500, NULL, NULL);
    script_metadata(&h, OAUTH, h.conf.issuer,
                    http_server_url(h.server, "/keys"));
    house_start(&h);
    assert_null(issuer_keys(h.issuer));
    assert_int_equal(http_server_count(h.server, OAUTH), 0);
    house_expect(&h, "error", "500");
    house_close(&h);
}

static void
discovery_of_another_issuer_fetches_no_keys(void **state)
{
    struct house h;
    char *other;

    (void)state;
    open_discovery(&h);
    other = forge_text("%s/", h.conf.issuer);
    script_metadata(&h, OIDC, other, http_server_url(h.server, "/keys"));
    house_publish(&h, "a", NULL);
    house_start(&h);
    assert_null(issuer_keys(h.issuer));
    assert_int_equal(gets(&h), 0);
    house_expect(&h, "error", "another issuer");
    house_close(&h);
    free(other);
}

static void
a_plain_http_jwks_uri_is_not_asked(void **state)
{
    struct house h;

    (void)state;
    open_discovery(&h);
    script_metadata(&h, OIDC, h.conf.issuer, "http://localhost/keys");
    house_start(&h);
    assert_null(issuer_keys(h.issuer));
    assert_int_equal(http_server_count(h.server, NULL), 1);
    house_expect(&h, "error", "https");
    house_close(&h);
}

static void
a_moved_key_set_is_found_again(void **state)
{
    struct house h;

    (void)state;
    open_discovery(&h);
    script_metadata(&h, OIDC, h.conf.issuer,
                    http_server_url(h.server, "/keys"));
    house_publish(&h, "a", NULL);
    house_start(&h);
    house_script(&h, "/keys", 410, NULL, NULL);
    script_metadata(&h, OIDC, h.conf.issuer, http_server_url(h.server, "/new"));
    {
        char *set = house_keys("b");

        house_script(&h, "/new", 200, NULL, set);
        free(set);
    }
    house_later(&h, 3500); /* fails */
    assert_true(house_has(&h, "a"));
    house_later(&h, 2);
    assert_true(house_has(&h, "b"));
    house_close(&h);
}

static void
an_issuer_without_an_address_fails_and_says_so(void **state)
{
    struct house h;

    (void)state;
    house_open(&h);
    h.conf.issuer = (char *)"urn:nobody";
    h.issuer = house_issuer_new(&h);
    house_later(&h, 0);
    assert_null(issuer_keys(h.issuer));
    house_expect(&h, "state", "failed");
    house_close(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_published_set_is_loaded_once),
        cmocka_unit_test(cache_control_says_when_to_come_again),
        cmocka_unit_test(a_304_renews_without_a_new_snapshot),
        cmocka_unit_test(an_equal_document_is_no_new_snapshot),
        cmocka_unit_test(a_key_that_is_gone_from_the_set_is_gone_here),
        cmocka_unit_test(a_bad_answer_never_replaces_good_keys),
        cmocka_unit_test(an_oversized_set_never_replaces_good_keys),
        cmocka_unit_test(stale_keys_serve_a_day_and_then_end),
        cmocka_unit_test(keys_come_back_after_an_outage),
        cmocka_unit_test(failures_cause_no_flood),
        cmocka_unit_test(two_waiters_are_one_get),
        cmocka_unit_test(waiters_are_told_of_a_failure),
        cmocka_unit_test(a_waiter_that_left_is_not_told_and_the_load_goes_on),
        cmocka_unit_test(a_waiter_may_free_the_issuer),
        cmocka_unit_test(an_issuer_may_go_at_any_moment),
        cmocka_unit_test(an_unknown_kid_causes_one_refresh),
        cmocka_unit_test(random_kids_cause_one_refresh_in_30_s),
        cmocka_unit_test(a_kid_that_was_not_found_waits_a_minute),
        cmocka_unit_test(an_impossible_kid_asks_nobody),
        cmocka_unit_test(a_flush_loads_anew_and_keeps_the_old_until_then),
        cmocka_unit_test(a_reload_inherits_keys_and_causes_no_get),
        cmocka_unit_test(private_members_are_told_once),
        cmocka_unit_test(discovery_finds_the_keys),
        cmocka_unit_test(discovery_falls_back_to_rfc_8414_on_404),
        cmocka_unit_test(discovery_does_not_fall_back_on_an_error),
        cmocka_unit_test(discovery_of_another_issuer_fetches_no_keys),
        cmocka_unit_test(a_plain_http_jwks_uri_is_not_asked),
        cmocka_unit_test(a_moved_key_set_is_found_again),
        cmocka_unit_test(an_issuer_without_an_address_fails_and_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
