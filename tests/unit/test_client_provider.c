/* SPDX-License-Identifier: BSD-2-Clause */
/* What httpauth-token asks a provider, and what it makes of the answers; the
 * web is the test's own. */
#include "tests/unit/token_house.h"

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
    assert_string_equal(url, at == 0 ? "https://idp.example/first"
                                     : "https://idp.example/second");
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
        "ssh://host", "token_endpoint", "https://idp.example/first",
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_renewal_asks_for_no_scope),
        TEST(a_login_begins_with_the_scope),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
