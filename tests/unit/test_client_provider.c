/* SPDX-License-Identifier: BSD-2-Clause */
/* What httpauth-token asks a provider, and what it makes of the answers; the
 * web is the test's own. */
#include "tests/unit/token_house.h"

#include "helper/base/limits.h"
#include "helper/client/provider.h"
#include "helper/jose/json.h"

/* --- a web that answers as it is told, in place of web.c --- */

#define ANSWERS_MAX 4

static struct {
    struct {
        long status; /* 0: none */
        const char *body;
    } next[ANSWERS_MAX];
    size_t asked, told;
    struct buffer form[ANSWERS_MAX];
} web;

static void
answers(size_t which, long status, const char *body)
{
    web.next[which].status = status;
    web.next[which].body = body;
}

bool
web_ask(struct web *unused, const char *url, const struct buffer *form,
        struct web_answer *answer)
{
    size_t at = web.asked++;

    (void)unused;
    assert_true(at < ANSWERS_MAX);
    assert_string_equal(url, "https://idp.example/asked");
    assert_false(form->failed);
    web.form[at] = (struct buffer)BUFFER_INIT(4096);
    buffer_add(&web.form[at], form->data, form->len);
    *answer = (struct web_answer){.body = BUFFER_INIT(4096)};
    if (web.next[at].status == 0)
        return false;
    answer->status = web.next[at].status;
    answer->root = json_object_load(span_of(web.next[at].body));
    return true;
}

void
web_answer_clear(struct web_answer *answer)
{
    buffer_free(&answer->body);
    json_decref(answer->root);
}

void
web_tell(const char *url, const struct web_answer *answer)
{
    (void)url;
    (void)answer;
    web.told++;
}

/* --- a login --- */

static struct saved saved;

static int
begin(void **state)
{
    (void)state;
    memset(&web, 0, sizeof(web));
    saved = (struct saved)SAVED_INIT;
    saved.root = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "issuer", "https://idp.example",
        "client_id", "a client", "scope", "openid offline_access", "resource",
        "ssh://host", "token_endpoint", "https://idp.example/asked",
        "access_token", "old", "refresh_token", "old refresh");
    assert_non_null(saved.root);
    return 0;
}

static int
end(void **state)
{
    (void)state;
    for (size_t i = 0; i < ANSWERS_MAX; i++)
        buffer_free(&web.form[i]);
    saved_clear(&saved);
    return 0;
}

static void
a_renewal_asks_for_no_scope(void **state)
{
    (void)state;
    answers(0, 200, "{\"access_token\":\"new\",\"token_type\":\"Bearer\"}");
    assert_int_equal(provider_renew(NULL, &saved), REASON_ACCEPTED);
    assert_string_equal(web.form[0].data,
                        "grant_type=refresh_token&refresh_token=old+refresh&"
                        "client_id=a+client&resource=ssh%3A%2F%2Fhost");
    assert_string_equal(saved_text(&saved, "access_token"), "new");
    /* Without a new one the old one stays good. */
    assert_string_equal(saved_text(&saved, "refresh_token"), "old refresh");
}

static void
a_login_begins_with_the_scope(void **state)
{
    struct buffer form = BUFFER_INIT(4096);

    (void)state;
    provider_login_form(&saved, &form);
    assert_string_equal(form.data, "client_id=a+client&resource=ssh%3A%2F%2F"
                                   "host&scope=openid+offline_access");
    buffer_free(&form);
}

/* --- what it gives --- */

#define BEARER "{\"access_token\":\"new\",\"token_type\":\"Bearer\""

static void
a_new_refresh_token_takes_the_place_of_the_old_one(void **state)
{
    (void)state;
    answers(0, 200, BEARER ",\"refresh_token\":\"a new~one\"}");
    assert_int_equal(provider_renew(NULL, &saved), REASON_ACCEPTED);
    assert_string_equal(saved_text(&saved, "refresh_token"), "a new~one");
}

static void
one_of_other_characters_or_too_long_is_not_taken(void **state)
{
    static const char *const bad[] = {"a\\nb", "a\\u007fb", "a\\u00e9b"};
    char body[LIMIT_CREDENTIAL + 256], *at;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        (void)snprintf(body, sizeof(body), BEARER ",\"refresh_token\":\"%s\"}",
                       bad[i]);
        answers(0, 200, body);
        assert_int_equal(provider_renew(NULL, &saved), REASON_PAYLOAD);
        assert_string_equal(saved_text(&saved, "access_token"), "old");
        assert_string_equal(saved_text(&saved, "refresh_token"), "old refresh");
        end(state);
        begin(state);
    }
    at = stpcpy(body, BEARER ",\"refresh_token\":\"");
    memset(at, 'x', LIMIT_CREDENTIAL + 1);
    (void)strcpy(at + LIMIT_CREDENTIAL + 1, "\"}");
    answers(0, 200, body);
    answers(1, 200, body);
    assert_int_equal(provider_renew(NULL, &saved), REASON_PAYLOAD);
    (void)strcpy(at + LIMIT_CREDENTIAL, "\"}");
    assert_int_equal(provider_renew(NULL, &saved), REASON_ACCEPTED);
}

static void
a_word_of_the_provider_is_final_and_an_outage_is_not(void **state)
{
    static const struct {
        long status;
        const char *body;
        bool device;
        enum reason reason;
    } rows[] = {
        {400, "{\"error\":\"invalid_grant\"}", false, REASON_DENIED},
        {401, "{\"error\":\"invalid_client\"}", true, REASON_DENIED},
        {400, "<html>", false, REASON_PROVIDER},
        {408, "{\"error\":\"invalid_grant\"}", false, REASON_PROVIDER},
        {429, "{\"error\":\"invalid_grant\"}", false, REASON_PROVIDER},
        {503, "{\"error\":\"invalid_grant\"}", false, REASON_PROVIDER},
        {302, "{\"error\":\"invalid_grant\"}", false, REASON_PROVIDER},
        {200, "<html>", false, REASON_PROVIDER},
        {0, "", false, REASON_PROVIDER},
        {400, "{\"error\":\"expired_token\"}", true, REASON_DENIED},
        {400, "{\"error\":\"authorization_pending\"}", true, REASON_PENDING},
        {400, "{\"error\":\"slow_down\"}", true, REASON_SLOW_DOWN},
        /* Nobody but a device login waits. */
        {400, "{\"error\":\"authorization_pending\"}", false, REASON_DENIED},
        {400, "{\"error\":\"slow_down\"}", false, REASON_DENIED},
    };
    struct buffer form = BUFFER_INIT(16);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        answers(0, rows[i].status, rows[i].body);
        if (provider_token(NULL, &saved, &form, rows[i].device) !=
            rows[i].reason)
            fail_msg("%ld %s: is judged otherwise", rows[i].status,
                     rows[i].body);
        end(state);
        begin(state);
    }
}

/* --- revocation --- */

static bool
is_revoked(void)
{
    assert_true(saved_set_text(&saved, "revocation_endpoint",
                               span_of("https://idp.example/asked")));
    return provider_revoke(NULL, &saved);
}

#define UNSUPPORTED "{\"error\":\"unsupported_token_type\"}"

static void
both_tokens_are_revoked(void **state)
{
    (void)state;
    answers(0, 200, "");
    answers(1, 200, "");
    assert_true(is_revoked());
    assert_string_equal(web.form[0].data,
                        "token=old+refresh&token_type_hint=refresh_token&"
                        "client_id=a+client");
    assert_string_equal(web.form[1].data,
                        "token=old&token_type_hint=access_token&"
                        "client_id=a+client");
}

static void
an_access_token_that_cannot_be_revoked_may_stay(void **state)
{
    (void)state;
    answers(0, 200, "");
    answers(1, 400, UNSUPPORTED);
    assert_true(is_revoked());
    assert_int_equal(web.told, 0);
}

/* The status of the refresh token and of the access token, with its error. */
static const struct {
    long renewal, access;
    const char *error;
} kept[] = {
    {400, 400, UNSUPPORTED},
    {400, 200, ""},
    {503, 400, UNSUPPORTED},
    {0, 400, UNSUPPORTED},
    {0, 200, ""},
    {200, 503, UNSUPPORTED},
    {200, 302, UNSUPPORTED},
    {200, 400, "x"},
    {200, 400, "{\"error\":\"x\"}"},
    {200, 0, ""},
    {204, 200, ""},
};

static void
anything_else_is_told_as_not_revoked(void **state)
{
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        answers(0, kept[i].renewal, UNSUPPORTED);
        answers(1, kept[i].access, kept[i].error);
        if (is_revoked())
            fail_msg("%ld and %ld: taken for revoked", kept[i].renewal,
                     kept[i].access);
        /* One that did not answer has told it. */
        assert_int_equal(web.told,
                         (kept[i].renewal != 0 && kept[i].renewal != 200) +
                             (kept[i].access != 0 && kept[i].access != 200));
        end(state);
        begin(state);
    }
}

static void
an_access_token_alone_must_be_revoked(void **state)
{
    (void)saved_set_text(&saved, "refresh_token", (struct span){NULL, 0});
    answers(0, 400, UNSUPPORTED);
    assert_false(is_revoked());
    end(state);
    begin(state);
    (void)saved_set_text(&saved, "refresh_token", (struct span){NULL, 0});
    answers(0, 200, "");
    assert_true(is_revoked());
}

static void
nothing_is_not_revoked(void **state)
{
    (void)state;
    (void)saved_set_text(&saved, "refresh_token", (struct span){NULL, 0});
    (void)saved_set_text(&saved, "access_token", (struct span){NULL, 0});
    assert_false(is_revoked());
    assert_int_equal(web.asked, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_renewal_asks_for_no_scope),
        TEST(a_login_begins_with_the_scope),
        TEST(a_new_refresh_token_takes_the_place_of_the_old_one),
        TEST(one_of_other_characters_or_too_long_is_not_taken),
        TEST(a_word_of_the_provider_is_final_and_an_outage_is_not),
        TEST(both_tokens_are_revoked),
        TEST(an_access_token_that_cannot_be_revoked_may_stay),
        TEST(anything_else_is_told_as_not_revoked),
        TEST(an_access_token_alone_must_be_revoked),
        TEST(nothing_is_not_revoked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
