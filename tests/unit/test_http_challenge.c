/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "helper/http/challenge.h"

#define ALL (SCHEME_BASIC | SCHEME_DIGEST | SCHEME_BEARER)

static struct challenges c;

static void
take(const char *const lines[])
{
    struct buffer head = BUFFER_INIT(1024 * 1024);

    buffer_text(&head, "HTTP/1.1 401 Unauthorized\r\n");
    for (size_t i = 0; lines[i] != NULL; i++)
        buffer_printf(&head, "WWW-Authenticate: %s\r\n", lines[i]);
    buffer_text(&head, "\r\n");
    challenges_clear(&c);
    assert_true(challenges_read(&c, buffer_span(&head)));
    buffer_free(&head); /* nothing points into it */
}

#define TAKE(...) take((const char *const[]){__VA_ARGS__, NULL})

static void
expect(size_t i, enum challenge_value which, const char *wanted)
{
    struct span found;

    assert_true(i < c.count);
    found = c.one[i].value[which];
    if (wanted == NULL)
        assert_null(found.data);
    else if (found.data == NULL || !span_is(found, wanted))
        fail_msg("%.*s is not %s", (int)found.len,
                 found.data == NULL ? "" : found.data, wanted);
}

/* The schemes that were found, by their first letters. */
static void
expect_schemes(const char *wanted)
{
    char found[CHALLENGES_MAX + 1] = "";

    for (size_t i = 0; i < c.count; i++)
        found[i] = c.one[i].name.data[0];
    assert_string_equal(found, wanted);
}

static void
expect_choice(int64_t schemes, const char *realm, const char *wanted)
{
    const struct challenge *best = challenges_choose(&c, schemes, realm);

    if (wanted == NULL)
        assert_null(best);
    else {
        assert_non_null(best);
        assert_true(span_is(best->value[CHALLENGE_REALM], wanted));
    }
}

static int
clear(void **state)
{
    (void)state;
    challenges_clear(&c);
    return 0;
}

static void
one_challenge_with_its_parameters(void **state)
{
    (void)state;
    TAKE("Digest realm=\"a b\", nonce=\"n1\", opaque=\"o\", algorithm=SHA-256,"
         " qop=\"auth, auth-int\", stale=TRUE, charset=UTF-8, userhash=true");
    assert_int_equal(c.count, 1);
    assert_int_equal(c.one[0].scheme, SCHEME_DIGEST);
    expect(0, CHALLENGE_REALM, "a b");
    expect(0, CHALLENGE_NONCE, "n1");
    expect(0, CHALLENGE_OPAQUE, "o");
    expect(0, CHALLENGE_ALGORITHM, "SHA-256");
    expect(0, CHALLENGE_QOP, "auth, auth-int");
    expect(0, CHALLENGE_STALE, "TRUE");
    expect(0, CHALLENGE_CHARSET, "UTF-8");
    expect(0, CHALLENGE_USERHASH, "true");
    expect(0, CHALLENGE_ERROR, NULL);
}

static void
bearer_says_what_is_wrong(void **state)
{
    (void)state;
    TAKE("Bearer realm=\"x\", error=\"insufficient_scope\","
         " error_description=\"more, please\", scope=\"a b\"");
    assert_int_equal(c.one[0].scheme, SCHEME_BEARER);
    expect(0, CHALLENGE_ERROR, "insufficient_scope");
    expect(0, CHALLENGE_ERROR_DESCRIPTION, "more, please");
    expect(0, CHALLENGE_SCOPE, "a b");
}

static void
several_in_one_line_and_in_several(void **state)
{
    (void)state;
    TAKE("Negotiate", "Basic realm=\"b\", Digest realm=d, nonce=n, NTLM",
         "Bearer");
    expect_schemes("NBDNB");
    expect(1, CHALLENGE_REALM, "b");
    expect(2, CHALLENGE_REALM, "d");
    expect(2, CHALLENGE_NONCE, "n");
}

static void
letter_case_does_not_matter(void **state)
{
    (void)state;
    TAKE("dIgEsT REALM=\"Keeps Case\", Nonce=n");
    assert_int_equal(c.one[0].scheme, SCHEME_DIGEST);
    expect(0, CHALLENGE_REALM, "Keeps Case");
    expect(0, CHALLENGE_NONCE, "n");
}

static void
quoted_values_hold_commas_and_escapes(void **state)
{
    (void)state;
    TAKE("Basic realm=\"a, Digest realm=\\\"x\\\", \\\\ \\c\", charset=\"\"");
    assert_int_equal(c.count, 1);
    expect(0, CHALLENGE_REALM, "a, Digest realm=\"x\", \\ c");
    expect(0, CHALLENGE_CHARSET, "");
}

static void
token68_is_passed_over(void **state)
{
    (void)state;
    TAKE("Negotiate YIIabc/+-._~==, Basic realm=b", "Negotiate abc",
         "Foo a=, Basic realm=\"c\"", "Foo =");
    expect_schemes("NBNFB");
    expect(1, CHALLENGE_REALM, "b");
    expect(4, CHALLENGE_REALM, "c");
}

static void
blanks_and_empty_items_do_not_matter(void **state)
{
    (void)state;
    TAKE(" , ,Basic \t realm \t=\t \"b\" ,,\t, charset = UTF-8 ,, ,Bearer, ,",
         "", ",,,");
    expect_schemes("BB");
    expect(0, CHALLENGE_REALM, "b");
    expect(0, CHALLENGE_CHARSET, "UTF-8");
}

static void
a_parameter_said_twice_spoils_its_challenge(void **state)
{
    (void)state;
    TAKE("Basic realm=\"good\", realm=\"evil\", Bearer realm=\"x\"",
         "Digest nonce=a, realm=r, NONCE=b");
    expect_schemes("B");
    assert_int_equal(c.one[0].scheme, SCHEME_BEARER);
}

static void
broken_grammar_ends_its_line_only(void **state)
{
    (void)state;
    TAKE("Basic realm=\"kept\", Bearer realm=\"no end, Digest realm=d",
         "Basic realm=\"end\\", "Basic realm=a b, Bearer",
         "realm=\"nobody's\", Basic realm=x", "=", "Basic realm", "@Basic",
         "Basic realm=\"a\"b", "Digest realm=", "Bearer realm=\"last\"");
    /* "realm" and "realm=" alone are token68. */
    expect_schemes("BBDB");
    expect(0, CHALLENGE_REALM, "kept");
    expect(1, CHALLENGE_REALM, NULL);
    expect(3, CHALLENGE_REALM, "last");
}

static void
too_much_in_one_value_spoils_its_challenge(void **state)
{
    char line[4096], value[CHALLENGE_VALUE_MAX + 2];

    (void)state;
    memset(value, 'x', sizeof(value));
    value[CHALLENGE_VALUE_MAX] = '\0';
    snprintf(line, sizeof(line), "Basic realm=\"%s\", Bearer realm=\"%sx\"",
             value, value);
    TAKE(line);
    expect_schemes("B");
    assert_int_equal(c.one[0].scheme, SCHEME_BASIC);
    expect(0, CHALLENGE_REALM, value);
}

static void
a_thousand_challenges_leave_sixteen(void **state)
{
    struct buffer line = BUFFER_INIT(1024 * 1024);

    (void)state;
    for (int i = 0; i < 1000; i++)
        buffer_printf(&line, "Basic realm=\"r%d\", ", i);
    TAKE(line.data);
    assert_int_equal(c.count, CHALLENGES_MAX);
    expect(15, CHALLENGE_REALM, "r15");
    buffer_free(&line);
}

static void
sixty_four_kilobytes_are_nothing_special(void **state)
{
    char *line = malloc(65536);

    (void)state;
    memset(line, '\\', 65535);
    line[65535] = '\0';
    memcpy(line, "Basic realm=\"", 13);
    TAKE(line, "Bearer");
    expect_schemes("B");
    memset(line, ',', 65535);
    TAKE(line, "Bearer");
    expect_schemes("B");
    free(line);
}

static void
lines_with_control_characters_and_folds_are_not_there(void **state)
{
    static const char head[] = "HTTP/1.1 401 x\r\n"
                               "WWW-Authenticate: Basic realm=\"a\0b\"\r\n"
                               "WWW-Authenticate: Basic\r\n realm=\"fold\"\r\n"
                               "WWW-Authenticate: Bearer\r\n\r\n";

    (void)state;
    challenges_clear(&c);
    assert_true(challenges_read(&c, (struct span){head, sizeof(head) - 1}));
    expect_schemes("B");
    assert_int_equal(c.one[0].scheme, SCHEME_BEARER);
}

static void
the_strongest_that_is_admitted_wins(void **state)
{
    (void)state;
    TAKE("Basic realm=basic", "Bearer realm=bearer",
         "Digest realm=md5, nonce=n, qop=auth",
         "Digest realm=sha, nonce=n, qop=auth, algorithm=sha-256", "Negotiate");
    expect_choice(ALL, NULL, "sha");
    expect_choice(SCHEME_BASIC | SCHEME_BEARER, NULL, "bearer");
    expect_choice(SCHEME_BASIC, NULL, "basic");
    expect_choice(SCHEME_NEGOTIATE, NULL, NULL);
    expect_choice(0, NULL, NULL);
    TAKE("Digest realm=md5, nonce=n, qop=auth", "Basic realm=basic");
    expect_choice(ALL, NULL, "md5");
}

static void
digest_that_cannot_be_computed_is_none(void **state)
{
    (void)state;
    TAKE("Digest realm=a, nonce=n, algorithm=MD5-sess, qop=auth",
         "Digest realm=b, nonce=n, algorithm=SHA-512, qop=auth",
         "Digest realm=c, nonce=n, qop=\"auth-conf\"",
         "Digest realm=d, nonce=n, algorithm=SHA-256",
         "Digest nonce=n, qop=auth", "Digest realm=e, qop=auth",
         "Digest realm=f, nonce=\"\", qop=auth");
    assert_int_equal(c.count, 7);
    expect_choice(ALL, NULL, NULL);
    TAKE("Digest realm=legacy, nonce=n");
    expect_choice(ALL, NULL, "legacy");
}

static void
other_realms_are_ignored_where_one_is_pinned(void **state)
{
    (void)state;
    TAKE("Digest realm=Ours2, nonce=n, qop=auth", "Basic realm=ours",
         "Basic realm=OURS", "Basic");
    expect_choice(ALL, "ours", "ours");
    expect_choice(ALL, "Ours", NULL);
    expect_choice(ALL, "", NULL);
}

static void
names_are_escaped_and_bounded(void **state)
{
    struct buffer out = BUFFER_INIT(1024);

    (void)state;
    TAKE("Basic realm=x, Foo!#$");
    challenges_names(&c, &out);
    assert_string_equal(out.data, "Basic, Foo!#$");
    buffer_clear(&out);
    challenges_clear(&c);
    challenges_names(&c, &out);
    assert_string_equal(out.data, "none");
    buffer_free(&out);
}

static void
authentication_info_is_parameters_alone(void **state)
{
    (void)state;
    assert_true(challenges_read_info(
        &c, span_of("rspauth=\"ab\", cnonce=\"c\", nc=00000001, qop=auth,"
                    " nextnonce=\"n, 2\"")));
    expect(0, CHALLENGE_RSPAUTH, "ab");
    expect(0, CHALLENGE_NEXTNONCE, "n, 2");
    expect(0, CHALLENGE_NC, "00000001");
    challenges_clear(&c);
    assert_false(challenges_read_info(&c, span_of("rspauth=a, rspauth=b")));
    challenges_clear(&c);
    assert_false(challenges_read_info(&c, span_of("rspauth=\"a")));
    challenges_clear(&c);
    assert_false(challenges_read_info(&c, span_of("Digest rspauth=a")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(one_challenge_with_its_parameters, clear),
        cmocka_unit_test_teardown(bearer_says_what_is_wrong, clear),
        cmocka_unit_test_teardown(several_in_one_line_and_in_several, clear),
        cmocka_unit_test_teardown(letter_case_does_not_matter, clear),
        cmocka_unit_test_teardown(quoted_values_hold_commas_and_escapes, clear),
        cmocka_unit_test_teardown(token68_is_passed_over, clear),
        cmocka_unit_test_teardown(blanks_and_empty_items_do_not_matter, clear),
        cmocka_unit_test_teardown(a_parameter_said_twice_spoils_its_challenge,
                                  clear),
        cmocka_unit_test_teardown(broken_grammar_ends_its_line_only, clear),
        cmocka_unit_test_teardown(too_much_in_one_value_spoils_its_challenge,
                                  clear),
        cmocka_unit_test_teardown(a_thousand_challenges_leave_sixteen, clear),
        cmocka_unit_test_teardown(sixty_four_kilobytes_are_nothing_special,
                                  clear),
        cmocka_unit_test_teardown(
            lines_with_control_characters_and_folds_are_not_there, clear),
        cmocka_unit_test_teardown(the_strongest_that_is_admitted_wins, clear),
        cmocka_unit_test_teardown(digest_that_cannot_be_computed_is_none,
                                  clear),
        cmocka_unit_test_teardown(other_realms_are_ignored_where_one_is_pinned,
                                  clear),
        cmocka_unit_test_teardown(names_are_escaped_and_bounded, clear),
        cmocka_unit_test_teardown(authentication_info_is_parameters_alone,
                                  clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
