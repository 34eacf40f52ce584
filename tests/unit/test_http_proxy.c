/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests by proxies, and requests that must not go by one. */
#include "helper/http/proxy.h"
#include "tests/lib/scripted_proxy.h"
#include "tests/unit/http_house.h"

#define BASIC "Proxy-Authenticate: Basic realm=\"p\"\r\n"
#define DIGEST                                                                 \
    "Proxy-Authenticate: Digest realm=\"p\", nonce=\"n1\", qop=\"auth\"\r\n"
#define NTLM "Proxy-Authenticate: NTLM\r\n"
#define USER "user"
#define PASSWORD "pass:word"
#define USER_PASSWORD_64 "dXNlcjpwYXNzOndvcmQ="

/* A house whose route leads by a proxy. */
static struct scripted_proxy *
open_by(struct house *h, const struct proxy_script *proxy)
{
    struct scripted_proxy *p = scripted_proxy_new(proxy);

    open_house(h, HTTP_CERTIFICATE_GOOD);
    script(h, "/keys", (struct http_script){.status = 200, .body = "{}"});
    h->route.proxy = scripted_proxy_url(p);
    h->route.proxy_ca_file = scripted_proxy_ca(p);
    return p;
}

static void
close_by(struct house *h, struct scripted_proxy *p)
{
    close_house(h);
    scripted_proxy_free(p);
}

static void
use_password(struct house *h, int64_t schemes)
{
    h->route.proxy_user = USER;
    h->route.proxy_password = span_of(PASSWORD);
    h->route.proxy_schemes = schemes;
}

static void
ask_with_secrets(struct house *h, struct asked *asked)
{
    struct fetch_request request = request_for(h, "/keys");

    request.post = true;
    request.body = span_of("token=secret1");
    request.authorization = span_of("Bearer secret2");
    request.cookie = span_of("a=secret3");
    perform(h, request, asked);
}

static void
heard_no_secret(struct scripted_proxy *p)
{
    char *heard = scripted_proxy_heard(p);

    assert_null(strstr(heard, "secret"));
    assert_null(strcasestr(heard, "\r\nAuthorization"));
    assert_null(strcasestr(heard, "\r\nCookie"));
    assert_null(strstr(heard, "/keys"));
    free(heard);
}

static void
heard(struct scripted_proxy *p, const char *what, bool expected)
{
    char *all = scripted_proxy_heard(p);

    if ((strstr(all, what) != NULL) != expected)
        fail_msg("%s \"%s\" in: %s", expected ? "no" : "unexpected", what, all);
    free(all);
}

static void
goes_by(struct house *h, struct scripted_proxy *p)
{
    struct asked asked;

    ask_with_secrets(h, &asked);
    if (asked.error)
        fail_msg("%s", asked.text);
    assert_int_equal(asked.status, 200);
    assert_string_equal(asked.body, "{}");
    assert_int_equal(scripted_proxy_tunnels(p), 1);
    assert_null(strstr(asked.head, "Tunnel"));
    assert_null(strcasestr(asked.head, "X-Proxy"));
    assert_null(strcasestr(asked.head, "Set-Cookie"));
    assert_non_null(strstr(http_server_last(h->server, "/keys"),
                           "Authorization: Bearer secret2\r\n"));
    assert_null(strcasestr(http_server_last(h->server, "/keys"), "Proxy-"));
    heard_no_secret(p);
}

static void
fails_by(struct house *h)
{
    struct asked asked;

    ask_with_secrets(h, &asked);
    assert_true(asked.error);
    assert_int_equal(http_server_count(h->server, NULL), 0);
}

static void
an_open_proxy_makes_a_tunnel_and_sees_no_request(void **state)
{
    struct house h;
    struct scripted_proxy *p =
        open_by(&h, &(struct proxy_script){.kind = PROXY_HTTP});

    (void)state;
    goes_by(&h, p);
    heard(p, "CONNECT localhost:", true);
    close_by(&h, p);
}

static void
a_tunnel_is_kept(void **state)
{
    struct house h;
    struct asked asked;
    struct scripted_proxy *p =
        open_by(&h, &(struct proxy_script){.kind = PROXY_HTTP});

    (void)state;
    for (int i = 0; i < 4; i++) {
        ask(&h, "/keys", &asked);
        assert_int_equal(asked.status, 200);
    }
    assert_int_equal(scripted_proxy_tunnels(p), 1);
    /* Straight is another connection. */
    h.route.proxy = NULL;
    ask(&h, "/keys", &asked);
    assert_int_equal(http_server_connections(h.server), 2);
    close_by(&h, p);
}

static void
an_https_proxy_is_checked_with_its_own_ca(void **state)
{
    struct house h;
    struct scripted_proxy *p =
        open_by(&h, &(struct proxy_script){.kind = PROXY_HTTPS});

    (void)state;
    goes_by(&h, p);
    close_by(&h, p);
    p = open_by(&h, &(struct proxy_script){.kind = PROXY_HTTPS});
    h.route.proxy_ca_file = h.route.ca_file;
    fails_by(&h);
    h.route.proxy_ca_file = NULL;
    fails_by(&h);
    /* The proxy's CA is none for servers. */
    h.route.proxy_ca_file = scripted_proxy_ca(p);
    h.route.ca_file = scripted_proxy_ca(p);
    fails_by(&h);
    close_by(&h, p);
    p = open_by(&h, &(struct proxy_script){.kind = PROXY_HTTPS_OTHER_HOST});
    fails_by(&h);
    heard(p, "CONNECT", false);
    close_by(&h, p);
}

static void
basic_shows_user_and_password(void **state)
{
    struct house h;
    struct scripted_proxy *p = open_by(
        &h, &(struct proxy_script){.kind = PROXY_HTTP,
                                   .challenges = BASIC,
                                   .accepts = "Basic " USER_PASSWORD_64});

    (void)state;
    use_password(&h, SCHEME_BASIC);
    goes_by(&h, p);
    close_by(&h, p);
}

static void
basic_inside_tls(void **state)
{
    struct house h;
    struct scripted_proxy *p = open_by(
        &h, &(struct proxy_script){.kind = PROXY_HTTPS,
                                   .challenges = BASIC,
                                   .accepts = "Basic " USER_PASSWORD_64});

    (void)state;
    use_password(&h, SCHEME_BASIC | SCHEME_DIGEST);
    goes_by(&h, p);
    close_by(&h, p);
}

/* Basic stands first and would do. */
static void
digest_is_stronger_than_basic(void **state)
{
    struct house h;
    struct scripted_proxy *p = open_by(
        &h, &(struct proxy_script){.kind = PROXY_HTTP,
                                   .challenges = BASIC DIGEST,
                                   .accepts = "Digest username=\"" USER "\""});

    (void)state;
    use_password(&h, SCHEME_BASIC | SCHEME_DIGEST);
    goes_by(&h, p);
    heard(p, "Proxy-Authorization: Basic", false);
    close_by(&h, p);
}

static void
a_scheme_that_is_not_admitted_is_not_used(void **state)
{
    struct house h;
    struct scripted_proxy *p = open_by(
        &h, &(struct proxy_script){.kind = PROXY_HTTP,
                                   .challenges = BASIC NTLM,
                                   .accepts = "Basic " USER_PASSWORD_64});

    (void)state;
    use_password(&h, SCHEME_DIGEST);
    fails_by(&h);
    use_password(&h, 0);
    fails_by(&h);
    heard(p, "Proxy-Authorization", false);
    close_by(&h, p);
}

static void
ntlm_is_never_spoken(void **state)
{
    struct house h;
    struct scripted_proxy *p = open_by(
        &h, &(struct proxy_script){
                .kind = PROXY_HTTP, .challenges = NTLM, .accepts = "NTLM"});

    (void)state;
    use_password(&h, SCHEME_BASIC | SCHEME_DIGEST | SCHEME_BEARER);
    fails_by(&h);
    heard(p, "NTLM", false);
    close_by(&h, p);
}

static void
a_407_is_an_error_and_no_answer(void **state)
{
    struct house h;
    struct asked asked;
    struct scripted_proxy *p =
        open_by(&h, &(struct proxy_script){.kind = PROXY_HTTP,
                                           .challenges = BASIC,
                                           .accepts = "Basic other"});

    (void)state;
    use_password(&h, SCHEME_BASIC);
    ask(&h, "/keys", &asked);
    assert_true(asked.error);
    assert_int_equal(asked.status, 0);
    assert_int_equal(asked.head_len, 0);
    assert_null(strstr(asked.text, PASSWORD));
    close_by(&h, p);
}

static void
socks_resolves_names_itself(void **state)
{
    struct house h;
    struct scripted_proxy *p =
        open_by(&h, &(struct proxy_script){.kind = PROXY_SOCKS5});

    (void)state;
    goes_by(&h, p);
    heard(p, "name localhost\n", true);
    heard(p, "method 1\n", false); /* GSSAPI, which would block */
    close_by(&h, p);
}

static void
socks_takes_user_and_password(void **state)
{
    struct house h;
    struct scripted_proxy *p =
        open_by(&h, &(struct proxy_script){.kind = PROXY_SOCKS5,
                                           .accepts = USER ":" PASSWORD});

    (void)state;
    use_password(&h, SCHEME_BASIC | SCHEME_NEGOTIATE);
    goes_by(&h, p);
    heard(p, "method 1\n", false);
    close_by(&h, p);
}

static void
other_proxies_are_refused(void **state)
{
    static const char *const bad[] = {
        "socks5://localhost:1",       "socks4a://localhost:1", "localhost:1",
        "http://user:pw@localhost:1", "ftp://localhost:1",     "HTTP//x"};
    struct house h;
    struct asked asked;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        h.route.proxy = bad[i];
        ask(&h, "/keys", &asked);
        assert_true(asked.error);
        assert_non_null(strstr(asked.text, "not supported"));
    }
    h.route.proxy = "http://localhost:1";
    h.route.proxy_user = "a\r\nb";
    ask(&h, "/keys", &asked);
    assert_true(asked.error);
    assert_non_null(strstr(asked.text, "control characters"));
    assert_int_equal(http_server_count(h.server, NULL), 0);
    close_house(&h);
}

static void
an_absent_proxy_is_not_passed_by(void **state)
{
    struct house h;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    h.route.proxy = "http://127.0.0.1:1";
    fails_by(&h);
    close_house(&h);
}

/* --- exceptions --- */

static bool
serves(const char *exception, const char *host)
{
    struct list list = {NULL, 0};
    struct fetch_route route = {.proxy = "http://p:1", .no_proxy = &list};
    bool served;

    assert_true(list_add(&list, span_of("other.example")));
    assert_true(list_add(&list, span_of(exception)));
    served = proxy_serves(&route, span_of(host));
    list_clear(&list);
    return served;
}

static void
exceptions_are_names_domains_and_networks(void **state)
{
    (void)state;
    assert_false(serves("idp.example", "idp.example"));
    assert_false(serves("idp.example", "IDP.Example."));
    assert_true(serves("idp.example", "a.idp.example"));
    assert_true(serves("idp.example", "xidp.example"));
    assert_false(serves(".example.org", "a.b.Example.ORG"));
    assert_true(serves(".example.org", "example.org"));
    assert_true(serves(".example.org", "badexample.org"));
    assert_true(serves(".example.org", ".example.org"));
    assert_false(serves("192.0.2.7", "192.0.2.7"));
    assert_true(serves("192.0.2.7", "192.0.2.70"));
    assert_false(serves("192.0.2.0/24", "192.0.2.255"));
    assert_true(serves("192.0.2.0/24", "192.0.3.0"));
    assert_false(serves("192.0.2.128/25", "192.0.2.128"));
    assert_true(serves("192.0.2.128/25", "192.0.2.127"));
    assert_false(serves("0.0.0.0/0", "198.51.100.1"));
    assert_true(serves("0.0.0.0/0", "::1"));
    assert_true(serves("0.0.0.0/0", "idp.example"));
    assert_false(serves("2001:db8::/33", "2001:db8:7fff::1"));
    assert_true(serves("2001:db8::/33", "2001:db8:8000::1"));
    assert_false(serves("::1", "0:0::1"));
    assert_true(serves("192.0.2.0/33", "192.0.2.1"));
    assert_true(serves("192.0.2.0/", "192.0.2.1"));
    assert_true(serves("/24", "192.0.2.1"));
    assert_true(serves("", "idp.example"));
    assert_true(serves("*", "idp.example"));
}

static void
an_exception_goes_straight(void **state)
{
    struct house h;
    struct asked asked;
    struct list list = {NULL, 0};
    struct scripted_proxy *p =
        open_by(&h, &(struct proxy_script){.kind = PROXY_HTTP});

    (void)state;
    assert_true(list_add(&list, span_of("localhost")));
    h.route.no_proxy = &list;
    ask(&h, "/keys", &asked);
    assert_int_equal(asked.status, 200);
    assert_int_equal(scripted_proxy_arrivals(p), 0);
    close_by(&h, p);
    list_clear(&list);
}

/* --- the environment --- */

static const char *const variables[] = {
    "http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"};
#define VARIABLES (sizeof(variables) / sizeof(variables[0]))

static void
proxies_of_the_environment_are_ignored(void **state)
{
    struct house h;
    struct asked asked;
    struct scripted_proxy *p =
        open_by(&h, &(struct proxy_script){.kind = PROXY_HTTP});

    (void)state;
    for (size_t i = 0; i < VARIABLES; i++)
        setenv(variables[i], scripted_proxy_url(p), 1);
    h.route.proxy = NULL;
    ask(&h, "/keys", &asked);
    assert_int_equal(asked.status, 200);
    h.route.proxy = "";
    ask(&h, "/keys", &asked);
    assert_int_equal(asked.status, 200);
    assert_int_equal(scripted_proxy_arrivals(p), 0);
    for (size_t i = 0; i < VARIABLES; i++)
        unsetenv(variables[i]);
    close_by(&h, p);
}

static void
exceptions_of_the_environment_are_ignored(void **state)
{
    struct house h;
    struct scripted_proxy *p =
        open_by(&h, &(struct proxy_script){.kind = PROXY_HTTP});

    (void)state;
    setenv("no_proxy", "*", 1);
    setenv("NO_PROXY", "localhost", 1);
    goes_by(&h, p);
    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
    close_by(&h, p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_open_proxy_makes_a_tunnel_and_sees_no_request),
        cmocka_unit_test(a_tunnel_is_kept),
        cmocka_unit_test(an_https_proxy_is_checked_with_its_own_ca),
        cmocka_unit_test(basic_shows_user_and_password),
        cmocka_unit_test(basic_inside_tls),
        cmocka_unit_test(digest_is_stronger_than_basic),
        cmocka_unit_test(a_scheme_that_is_not_admitted_is_not_used),
        cmocka_unit_test(ntlm_is_never_spoken),
        cmocka_unit_test(a_407_is_an_error_and_no_answer),
        cmocka_unit_test(socks_resolves_names_itself),
        cmocka_unit_test(socks_takes_user_and_password),
        cmocka_unit_test(other_proxies_are_refused),
        cmocka_unit_test(an_absent_proxy_is_not_passed_by),
        cmocka_unit_test(exceptions_are_names_domains_and_networks),
        cmocka_unit_test(an_exception_goes_straight),
        cmocka_unit_test(proxies_of_the_environment_are_ignored),
        cmocka_unit_test(exceptions_of_the_environment_are_ignored),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
