/* SPDX-License-Identifier: BSD-2-Clause */
/* The vectors of RFC 7616 section 3.9, those of 3.9.2 with erratum 4897. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "helper/http/digest.h"

#define NONCE "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
#define OPAQUE "FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
#define CNONCE "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
#define MUFASA                                                                 \
    "Digest realm=\"http-auth@example.org\", nonce=\"" NONCE                   \
    "\", opaque=\"" OPAQUE "\""
#define SHA256 MUFASA ", qop=\"auth, auth-int\", algorithm=SHA-256"
#define MD5 MUFASA ", qop=\"auth, auth-int\", algorithm=MD5"

static struct digest digest;
static struct digest_sent sent;
static struct buffer value = BUFFER_INIT(65536);

static const struct digest_login mufasa = {
    {"Mufasa", 6}, {"Circle of Life", 14}, "/dir/index.html", CNONCE};

static bool
take(const char *line)
{
    struct buffer head = BUFFER_INIT(65536);
    struct challenges c;
    bool taken;

    buffer_printf(&head, "HTTP/1.1 401 x\r\nWWW-Authenticate: %s\r\n\r\n",
                  line);
    assert_true(challenges_read(&c, buffer_span(&head)));
    assert_int_equal(c.count, 1);
    taken = digest_take(&digest, &c.one[0]);
    challenges_clear(&c);
    buffer_free(&head);
    return taken;
}

static bool
authorize(const struct digest_login *login)
{
    buffer_clear(&value);
    digest_sent_clear(&sent);
    return digest_authorize(&digest, login, &sent, &value);
}

static void
expect(const char *part)
{
    if (strstr(value.data, part) == NULL)
        fail_msg("%s is not in %s", part, value.data);
}

static void
expect_none(const char *part)
{
    if (strstr(value.data, part) != NULL)
        fail_msg("%s is in %s", part, value.data);
}

static int
clear(void **state)
{
    (void)state;
    buffer_free(&value);
    digest_sent_clear(&sent);
    return 0;
}

static void
sha256_as_in_the_rfc(void **state)
{
    (void)state;
    assert_true(take(SHA256));
    assert_true(authorize(&mufasa));
    assert_string_equal(
        value.data,
        "Digest username=\"Mufasa\", realm=\"http-auth@example.org\","
        " uri=\"/dir/index.html\", algorithm=SHA-256, nonce=\"" NONCE "\","
        " nc=00000001, cnonce=\"" CNONCE "\", qop=auth, response=\""
        "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\","
        " opaque=\"" OPAQUE "\"");
}

static void
md5_as_in_the_rfc(void **state)
{
    (void)state;
    assert_true(take(MD5));
    assert_true(authorize(&mufasa));
    expect("algorithm=MD5");
    expect("response=\"8ca523f5e9506fed4657c9700eebdbec\"");
    assert_true(take(MUFASA ", qop=auth")); /* MD5 is the default */
    assert_true(authorize(&mufasa));
    expect("response=\"8ca523f5e9506fed4657c9700eebdbec\"");
}

static void
sha512_256_with_userhash_as_in_the_rfc(void **state)
{
    struct digest_login jason = {
        span_of("J\xc3\xa4s\xc3\xb8n Doe"), span_of("Secret, or not?"),
        "/doe.json", "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v"};

    (void)state;
    assert_true(take("Digest realm=\"api@example.org\", qop=\"auth\","
                     " algorithm=SHA-512-256, nonce=\"5TsQWLVdgBdmrQ0XsxbDODV"
                     "+57QdFR34I9HAbC/RVvkK\", opaque=\"HRPCssKJSGjCrkzDg8Oh"
                     "wpzCiGPChXYjwrI2QmXDnsOS\", charset=UTF-8,"
                     " userhash=true"));
    assert_true(authorize(&jason));
    expect("username=\"793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed0"
           "6ece9b0b\"");
    expect("response=\"3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb"
           "1cec68a5\"");
    expect(", userhash=true");
    expect_none("Doe");
}

static void
auth_int_covers_the_empty_body(void **state)
{
    (void)state;
    assert_true(take(MUFASA ", qop=\"foo,AUTH-INT \", algorithm=sha-256"));
    assert_true(authorize(&mufasa));
    expect("qop=auth-int");
    expect("response=\"8bdf6f15638e260831e905028de5450562816d093c9bfc5c13d3a46a"
           "dcdde940\"");
}

static void
without_qop_it_is_rfc_2069_and_md5_only(void **state)
{
    (void)state;
    assert_true(take(MUFASA));
    assert_true(authorize(&mufasa));
    expect("response=\"7b2cc3b30e75b4777ea31027084363fd\"");
    expect_none("nc=");
    expect_none("cnonce=");
    expect_none("qop=");
    assert_false(take(MUFASA ", algorithm=SHA-256"));
    assert_false(take(MUFASA ", algorithm=MD5-sess, qop=auth"));
    assert_false(take("Basic realm=x"));
}

static void
the_count_rises_with_each_use_of_a_nonce(void **state)
{
    (void)state;
    assert_true(take(SHA256));
    assert_true(authorize(&mufasa));
    assert_true(authorize(&mufasa));
    expect("nc=00000002");
    expect("response=\"8c8db27f49ff1c202f9fb49fa9d2e9eabf078dcc93db40dfd6527010"
           "091d1c8e\"");
    digest.used = UINT32_MAX;
    assert_false(authorize(&mufasa));
}

static void
an_opaque_that_is_empty_comes_back_and_none_does_not(void **state)
{
    (void)state;
    assert_true(take("Digest realm=r, nonce=n, opaque=\"\", qop=auth"));
    assert_true(authorize(&mufasa));
    expect("opaque=\"\"");
    assert_true(take("Digest realm=r, nonce=n, qop=auth"));
    assert_true(authorize(&mufasa));
    expect_none("opaque");
    expect_none("userhash");
}

static void
quotes_are_quoted_and_not_hashed(void **state)
{
    struct digest_login odd = mufasa;
    char plain[DIGEST_HEX];

    (void)state;
    odd.user = span_of("a\"b\\c");
    assert_true(take("Digest realm=\"x\\\"y\", nonce=n, qop=auth"));
    assert_true(authorize(&odd));
    expect("username=\"a\\\"b\\\\c\"");
    expect("realm=\"x\\\"y\"");
    /* MD5 of a"b\c:x"y:Circle of Life */
    memcpy(plain, sent.ha1, sizeof(plain));
    assert_string_equal(plain, "903d42514c9fa78d1a06ac550739b515");
}

static void
names_that_cannot_be_said_are_refused(void **state)
{
    struct digest_login odd = mufasa;

    (void)state;
    assert_true(take(SHA256));
    odd.user = span_of("");
    assert_false(authorize(&odd));
    odd.user = span_of("a\r\nb");
    assert_false(authorize(&odd));
    odd.user = (struct span){"a\0b", 3};
    assert_false(authorize(&odd));
    odd.user = span_of("J\xc3\xa4son");
    assert_false(authorize(&odd));
    assert_true(take(SHA256 ", userhash=true"));
    assert_false(authorize(&odd));
    assert_true(take(SHA256 ", userhash=true, charset=UTF-8"));
    odd.user = span_of("J\xff");
    assert_false(authorize(&odd));
}

static void
a_client_nonce_must_fit(void **state)
{
    struct digest_login odd = mufasa;
    char longer[DIGEST_CNONCE + 1];

    (void)state;
    memset(longer, 'a', DIGEST_CNONCE);
    longer[DIGEST_CNONCE] = '\0';
    assert_true(take(SHA256));
    odd.cnonce = longer;
    assert_false(authorize(&odd));
    odd.cnonce = "";
    assert_false(authorize(&odd));
}

/* --- what the server proves --- */

static char next[CHALLENGE_VALUE_MAX + 1];

static enum digest_info
check(const char *info)
{
    struct buffer head = BUFFER_INIT(65536);
    enum digest_info result;

    buffer_printf(&head, "HTTP/1.1 200 OK\r\n%s\r\n", info);
    result = digest_check(&sent, buffer_span(&head), span_of("body"), next);
    buffer_free(&head);
    return result;
}

#define INFO "Authentication-Info: "
#define RSPAUTH                                                                \
    "rspauth=\"86d3b25618d41854ca5039a5d7e53ff6355d5134a9b1fb088a78ac3c46219"  \
    "5a0\""

static void
the_servers_proof_is_checked(void **state)
{
    (void)state;
    assert_true(take(SHA256));
    assert_true(authorize(&mufasa));
    assert_int_equal(check(""), DIGEST_INFO_UNSAID);
    assert_int_equal(check(INFO "nextnonce=\"n2\"\r\n"), DIGEST_INFO_UNSAID);
    assert_string_equal(next, "n2");
    assert_int_equal(check(INFO RSPAUTH "\r\n"), DIGEST_INFO_GOOD);
    assert_string_equal(next, "");
    assert_int_equal(check(INFO RSPAUTH
                           ", qop=auth, nc=00000001, cnonce=\"" CNONCE
                           "\", nextnonce=\"n 2\"\r\n"),
                     DIGEST_INFO_GOOD);
    assert_string_equal(next, "n 2");
}

static void
auth_int_covers_the_body_of_the_answer(void **state)
{
    (void)state;
    assert_true(take(SHA256));
    assert_true(authorize(&mufasa));
    assert_int_equal(
        check(INFO "qop=auth-int, rspauth=\"55FCEA34794DE890a37eef1c0111eaf428"
                   "9b2121848cc39cc5d303c4a8292db0\"\r\n"),
        DIGEST_INFO_GOOD);
    assert_int_equal(check(INFO "qop=auth-int, " RSPAUTH "\r\n"),
                     DIGEST_INFO_WRONG);
}

static void
a_wrong_proof_is_wrong(void **state)
{
    (void)state;
    assert_true(take(SHA256));
    assert_true(authorize(&mufasa));
    assert_int_equal(check(INFO "rspauth=\"\"\r\n"), DIGEST_INFO_WRONG);
    assert_int_equal(check(INFO "rspauth=\"86d3\"\r\n"), DIGEST_INFO_WRONG);
    assert_int_equal(
        check(INFO "nextnonce=n2, rspauth=\"06d3b25618d41854ca5039a5d7e53ff6355"
                   "d5134a9b1fb088a78ac3c462195a0\"\r\n"),
        DIGEST_INFO_WRONG);
    assert_string_equal(next, "");
    assert_int_equal(check(INFO RSPAUTH ", nc=00000002\r\n"),
                     DIGEST_INFO_WRONG);
    assert_int_equal(check(INFO RSPAUTH ", cnonce=\"other\"\r\n"),
                     DIGEST_INFO_WRONG);
    assert_int_equal(check(INFO RSPAUTH ", qop=none\r\n"), DIGEST_INFO_WRONG);
    assert_int_equal(check(INFO "rspauth=\"no end\r\n"), DIGEST_INFO_WRONG);
    assert_int_equal(check(INFO RSPAUTH "\r\n" INFO RSPAUTH "\r\n"),
                     DIGEST_INFO_WRONG);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(sha256_as_in_the_rfc, clear),
        cmocka_unit_test_teardown(md5_as_in_the_rfc, clear),
        cmocka_unit_test_teardown(sha512_256_with_userhash_as_in_the_rfc,
                                  clear),
        cmocka_unit_test_teardown(auth_int_covers_the_empty_body, clear),
        cmocka_unit_test_teardown(without_qop_it_is_rfc_2069_and_md5_only,
                                  clear),
        cmocka_unit_test_teardown(the_count_rises_with_each_use_of_a_nonce,
                                  clear),
        cmocka_unit_test_teardown(
            an_opaque_that_is_empty_comes_back_and_none_does_not, clear),
        cmocka_unit_test_teardown(quotes_are_quoted_and_not_hashed, clear),
        cmocka_unit_test_teardown(names_that_cannot_be_said_are_refused, clear),
        cmocka_unit_test_teardown(a_client_nonce_must_fit, clear),
        cmocka_unit_test_teardown(the_servers_proof_is_checked, clear),
        cmocka_unit_test_teardown(auth_int_covers_the_body_of_the_answer,
                                  clear),
        cmocka_unit_test_teardown(a_wrong_proof_is_wrong, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
