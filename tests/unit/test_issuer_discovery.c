/* SPDX-License-Identifier: BSD-2-Clause */
/* Checklist 50: metadata of an issuer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "helper/issuer/discovery.h"

#define ISSUER "https://idp.example/realms/x"

static void
assert_url(const char *issuer, enum discovery_form form, const char *wanted)
{
    char *url = discovery_url(issuer, form);

    assert_non_null(url);
    assert_string_equal(url, wanted);
    free(url);
}

static void
assert_parsed(const char *document, const char *wanted)
{
    const char *problem = "";
    struct metadata found;

    if (!discovery_parse(span_of(document), ISSUER, &found, &problem))
        fail_msg("refused: %s", problem);
    assert_string_equal(found.jwks_uri, wanted);
    assert_null(problem);
    metadata_clear(&found);
}

static void
assert_refused(const char *document)
{
    const char *problem = NULL;
    struct metadata found = {.jwks_uri = (char *)"x"};

    assert_false(discovery_parse(span_of(document), ISSUER, &found, &problem));
    assert_null(found.jwks_uri);
    assert_null(found.introspection_endpoint);
    assert_null(found.token_endpoint);
    assert_null(found.userinfo_endpoint);
    assert_non_null(problem);
}

static void
the_oidc_form_appends(void **state)
{
    (void)state;
    assert_url("https://idp.example", DISCOVERY_OIDC,
               "https://idp.example/.well-known/openid-configuration");
    assert_url("https://idp.example/", DISCOVERY_OIDC,
               "https://idp.example/.well-known/openid-configuration");
    assert_url("https://idp.example:8443/a/b/", DISCOVERY_OIDC,
               "https://idp.example:8443/a/b/.well-known/openid-configuration");
}

static void
the_oauth_form_inserts(void **state)
{
    (void)state;
    assert_url("https://idp.example", DISCOVERY_OAUTH,
               "https://idp.example/.well-known/oauth-authorization-server");
    assert_url("https://idp.example/", DISCOVERY_OAUTH,
               "https://idp.example/.well-known/oauth-authorization-server");
    assert_url(
        "https://idp.example:8443/a/b/", DISCOVERY_OAUTH,
        "https://idp.example:8443/.well-known/oauth-authorization-server/a/b");
}

static void
an_issuer_that_is_no_plain_url_has_no_document(void **state)
{
    (void)state;
    assert_null(discovery_url("http://idp.example", DISCOVERY_OIDC));
    assert_null(discovery_url("urn:httpauth:1", DISCOVERY_OIDC));
    assert_null(discovery_url("https://idp.example/?x", DISCOVERY_OIDC));
    assert_null(discovery_url("https://idp.example/#x", DISCOVERY_OAUTH));
    assert_null(discovery_url("https://u@idp.example/", DISCOVERY_OAUTH));
    assert_null(discovery_url("", DISCOVERY_OIDC));
}

static void
a_document_names_the_keys(void **state)
{
    (void)state;
    assert_parsed("{\"issuer\":\"" ISSUER
                  "\",\"jwks_uri\":\"https://idp.example/keys\"}",
                  "https://idp.example/keys");
}

static void
the_keys_may_be_on_another_host(void **state)
{
    (void)state;
    assert_parsed("{\"jwks_uri\":\"https://keys.example:1/v3?x=y\","
                  "\"issuer\":\"" ISSUER "\"}",
                  "https://keys.example:1/v3?x=y");
}

static void
foreign_members_and_signed_metadata_are_ignored(void **state)
{
    (void)state;
    assert_parsed("{\"issuer\":\"" ISSUER
                  "\",\"signed_metadata\":\"eyJhbGciOiJub25lIn0.e30.\","
                  "\"x\":{\"jwks_uri\":\"http://evil\"},"
                  "\"jwks_uri\":\"https://idp.example/keys\"}",
                  "https://idp.example/keys");
}

static void
another_issuer_is_refused(void **state)
{
    static const char *const others[] = {
        "https://idp.example/realms/x/",  "https://idp.example/realms/X",
        "https://IDP.example/realms/x",   "https://idp.example:443/realms/x",
        "http://idp.example/realms/x",    "https://idp.example/realms",
        "https://idp.example/realms/%78", "",
        " https://idp.example/realms/x",
    };
    char document[300];

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        snprintf(document, sizeof(document),
                 "{\"issuer\":\"%s\",\"jwks_uri\":\"https://idp.example/k\"}",
                 others[i]);
        assert_refused(document);
    }
    assert_refused("{\"jwks_uri\":\"https://idp.example/k\"}");
    assert_refused("{\"issuer\":[\"" ISSUER
                   "\"],\"jwks_uri\":\"https://idp.example/k\"}");
}

static void
an_issuer_named_twice_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"issuer\":\"" ISSUER "\",\"issuer\":\"" ISSUER
                   "\",\"jwks_uri\":\"https://idp.example/k\"}");
    assert_refused("{\"issuer\":\"" ISSUER "\",\"\\u0069ssuer\":\"https://x\""
                   ",\"jwks_uri\":\"https://idp.example/k\"}");
}

static void
a_jwks_uri_that_is_no_plain_https_url_is_refused(void **state)
{
    static const char *const urls[] = {
        "\"http://idp.example/k\"",
        "\"file:///etc/passwd\"",
        "\"https://u:p@idp.example/k\"",
        "\"https://idp.example/k#x\"",
        "\"https://\"",
        "\"/k\"",
        "\"\"",
        "null",
        "7",
        "[\"https://idp.example/k\"]",
        "\"https://idp.example/k\\u000a\"",
        "\"https://idp.example/\\u00e9\"",
    };
    char document[300];

    (void)state;
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        snprintf(document, sizeof(document),
                 "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":%s}", urls[i]);
        assert_refused(document);
    }
}

static void
endpoints_are_taken_as_they_are_written(void **state)
{
    static const char document[] =
        "{\"issuer\":\"" ISSUER "\",\"introspection_endpoint\":\"https://a/i\","
        "\"token_endpoint\":\"http://b/t\",\"userinfo_endpoint\":7}";
    const char *problem = "";
    struct metadata found;

    (void)state;
    assert_true(discovery_parse(span_of(document), ISSUER, &found, &problem));
    assert_null(found.jwks_uri);
    assert_string_equal(found.introspection_endpoint, "https://a/i");
    assert_string_equal(found.token_endpoint, "http://b/t");
    assert_null(found.userinfo_endpoint);
    metadata_clear(&found);
    assert_null(found.introspection_endpoint);
}

static void
secrets_go_to_the_issuers_host_and_to_endpoint_hosts_only(void **state)
{
    static const struct {
        const char *url;
        bool trusted;
    } urls[] = {
        {"https://idp.example/i", true},
        {"https://IDP.Example:8443/i?x=y", true},
        {"https://api.example/i", true},
        {"https://API.example/i", true},
        {"https://sub.idp.example/i", false},
        {"https://idp.example.evil/i", false},
        {"https://evilidp.example/i", false},
        {"https://evil/idp.example", false},
        {"https://idp.example@evil/i", false},
        {"https://evil/#idp.example", false},
        {"http://idp.example/i", false},
        {"https://sub.api.example/i", false},
        {"https:///i", false},
        {"idp.example", false},
        {"", false},
    };
    struct issuer_conf conf = {.issuer = (char *)ISSUER};

    (void)state;
    assert_true(list_add(&conf.endpoint_hosts, span_of("api.example")));
    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        if (discovery_trusts(&conf, urls[i].url) != urls[i].trusted)
            fail_msg("%s", urls[i].url);
    }
    list_clear(&conf.endpoint_hosts);
    assert_false(discovery_trusts(&conf, "https://api.example/i"));
}

static void
what_is_no_json_object_is_refused(void **state)
{
    (void)state;
    assert_refused("");
    assert_refused("<html></html>");
    assert_refused("[]");
    assert_refused("null");
    assert_refused("{\"issuer\":\"" ISSUER
                   "\",\"jwks_uri\":\"https://idp.example/k\"} x");
    assert_refused("{\"issuer\":\"" ISSUER
                   "\",\"jwks_uri\":\"https://idp.exam");
}

static void
a_huge_document_is_refused(void **state)
{
    static const char head[] =
        "{\"issuer\":\"" ISSUER "\",\"jwks_uri\":\"https://idp.example/k\"}";
    size_t len = DISCOVERY_BYTES_MAX + 1;
    char *document = malloc(len);
    struct metadata found;
    const char *problem;

    (void)state;
    assert_non_null(document);
    memset(document, ' ', len);
    memcpy(document, head, sizeof(head) - 1);
    assert_true(discovery_parse((struct span){document, len - 1}, ISSUER,
                                &found, &problem));
    metadata_clear(&found);
    assert_false(discovery_parse((struct span){document, len}, ISSUER, &found,
                                 &problem));
    free(document);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oidc_form_appends),
        cmocka_unit_test(the_oauth_form_inserts),
        cmocka_unit_test(an_issuer_that_is_no_plain_url_has_no_document),
        cmocka_unit_test(a_document_names_the_keys),
        cmocka_unit_test(the_keys_may_be_on_another_host),
        cmocka_unit_test(foreign_members_and_signed_metadata_are_ignored),
        cmocka_unit_test(another_issuer_is_refused),
        cmocka_unit_test(an_issuer_named_twice_is_refused),
        cmocka_unit_test(a_jwks_uri_that_is_no_plain_https_url_is_refused),
        cmocka_unit_test(endpoints_are_taken_as_they_are_written),
        cmocka_unit_test(
            secrets_go_to_the_issuers_host_and_to_endpoint_hosts_only),
        cmocka_unit_test(what_is_no_json_object_is_refused),
        cmocka_unit_test(a_huge_document_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
