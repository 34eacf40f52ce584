/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "helper/http/fetch.h"

static void
assert_ok(const char *url)
{
    if (!fetch_url_ok(span_of(url)))
        fail_msg("refused: %s", url);
}

static void
assert_refused(const char *url)
{
    if (fetch_url_ok(span_of(url)))
        fail_msg("accepted: %s", url);
}

static void
plain_https_urls_are_accepted(void **state)
{
    (void)state;
    assert_ok("https://idp.example");
    assert_ok("https://idp.example/");
    assert_ok("https://idp.example:8443/realms/x/protocol/certs");
    assert_ok("https://idp.example/keys?tenant=1&v=2");
    assert_ok("https://idp.example/a%20b/@me");
    assert_ok("https://192.0.2.7/keys");
    assert_ok("https://[2001:db8::1]:443/keys");
    assert_ok("https://localhost:1/");
}

static void
other_schemes_are_refused(void **state)
{
    (void)state;
    assert_refused("http://idp.example/");
    assert_refused("file:///etc/passwd");
    assert_refused("ftp://idp.example/");
    assert_refused("gopher://idp.example/");
    assert_refused("HTTPS://idp.example/");
    assert_refused("idp.example/keys");
    assert_refused("//idp.example/keys");
    assert_refused("httpsx://idp.example/");
    assert_refused("unix:/run/x.sock");
}

static void
lenient_spellings_are_refused(void **state)
{
    (void)state;
    assert_refused("https:/idp.example/");
    assert_refused("https:idp.example/");
    assert_refused("https:///idp.example/");
    assert_refused("https:\\\\idp.example\\");
    assert_refused("https://idp.example\\@evil.example/");
    assert_refused("https://idp%2eexample/");
    assert_refused("https://idp.example%00.evil.example/");
}

static void
a_url_without_a_host_is_refused(void **state)
{
    (void)state;
    assert_refused("");
    assert_refused("https://");
    assert_refused("https:///");
    assert_refused("https://:443/");
    assert_refused("https://?x");
    assert_refused("https://#");
}

static void
user_info_is_refused(void **state)
{
    (void)state;
    assert_refused("https://user@idp.example/");
    assert_refused("https://user:secret@idp.example/");
    assert_refused("https://@idp.example/");
    assert_refused("https://:@idp.example/");
    assert_refused("https://idp.example@evil.example?x");
}

static void
a_fragment_is_refused(void **state)
{
    (void)state;
    assert_refused("https://idp.example/#x");
    assert_refused("https://idp.example/keys#");
    assert_refused("https://idp.example#@evil.example/");
}

static void
blanks_and_control_characters_are_refused(void **state)
{
    static const char with_nul[] = "https://idp.example/\0x";

    (void)state;
    assert_refused(" https://idp.example/");
    assert_refused("https://idp.example/ ");
    assert_refused("https://idp.example/a b");
    assert_refused("https://idp.example/\r\nHost: x");
    assert_refused("https://idp.example/\t");
    assert_refused("https://idp.example/\x7f");
    assert_refused("https://idp\xc3\xa9.example/");
    assert_false(fetch_url_ok((struct span){with_nul, sizeof(with_nul) - 1}));
}

static void
bad_ports_and_hosts_are_refused(void **state)
{
    (void)state;
    assert_refused("https://idp.example:99999/");
    assert_refused("https://idp.example:x/");
    assert_refused("https://[::1/");
    assert_refused("https://a\"b/");
}

static void
an_overlong_url_is_refused(void **state)
{
    char url[2049 + 1];

    (void)state;
    memset(url, 'a', sizeof(url));
    memcpy(url, "https://idp.example/", 20);
    assert_true(fetch_url_ok((struct span){url, 2048}));
    assert_false(fetch_url_ok((struct span){url, 2049}));
}

static void
assert_host(const char *url, const char *host)
{
    struct span found = fetch_url_host(span_of(url));

    if (!span_is(found, host))
        fail_msg("%s: %.*s", url, (int)found.len, found.data);
}

static void
the_host_comes_without_port_and_brackets(void **state)
{
    (void)state;
    assert_host("https://idp.example", "idp.example");
    assert_host("https://idp.example:8443/a:b", "idp.example");
    assert_host("https://IdP.example?x=https://evil.example/", "IdP.example");
    assert_host("https://[2001:db8::1]:443/keys", "2001:db8::1");
    assert_host("https://[2001:db8::1]", "2001:db8::1");
    assert_host("https://192.0.2.7/", "192.0.2.7");
}

static void
what_is_not_fetched_has_no_host(void **state)
{
    (void)state;
    assert_host("http://idp.example/", "");
    assert_host("https://user@idp.example/", "");
    assert_host("https://idp.example\\@evil.example/", "");
    assert_host("https://idp.example#@evil.example/", "");
    assert_host("https://:443/", "");
    assert_host("", "");
    assert_int_equal(fetch_url_host((struct span){NULL, 0}).len, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_https_urls_are_accepted),
        cmocka_unit_test(other_schemes_are_refused),
        cmocka_unit_test(lenient_spellings_are_refused),
        cmocka_unit_test(a_url_without_a_host_is_refused),
        cmocka_unit_test(user_info_is_refused),
        cmocka_unit_test(a_fragment_is_refused),
        cmocka_unit_test(blanks_and_control_characters_are_refused),
        cmocka_unit_test(bad_ports_and_hosts_are_refused),
        cmocka_unit_test(an_overlong_url_is_refused),
        cmocka_unit_test(the_host_comes_without_port_and_brackets),
        cmocka_unit_test(what_is_not_fetched_has_no_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
