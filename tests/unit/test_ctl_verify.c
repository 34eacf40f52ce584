/* SPDX-License-Identifier: BSD-2-Clause */
/* verify --config from end to end, and the gate in front of it. */
#include "tests/unit/ctl_capture.h"

#include <jansson.h>

#include "helper/base/clock.h"
#include "helper/conf/local.h"
#include "helper/ctl/credential.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/payload.h"
#include "helper/ctl/sign.h"

#define TOKEN_MAX 65536

static struct capture c;
static struct folder f;
static struct buffer token = BUFFER_INIT(TOKEN_MAX);

/* A token as `token mint` makes it, without its line in the system's log. */
static void
make_token(const struct sign_key *key)
{
    struct buffer issuer = BUFFER_INIT(256);
    struct payload p = {.audience = "test-host",
                        .user = "alice",
                        .ttl = 600,
                        .now = clock_wall()};
    char jti[PAYLOAD_JTI_SIZE];
    char *text;

    assert_true(buffer_text(&issuer, "urn:httpauth:test"));
    p.issuer = issuer.data;
    text = payload_print(&p, jti);
    assert_non_null(text);
    assert_true(sign_jws(key, "at+jwt", span_of(text), &token));
    free(text);
    buffer_free(&issuer);
}

static int
set_up(void **state)
{
    static char pem[SIGN_PEM_MAX];
    struct sign_key key;

    (void)state;
    folder_make(&f);
    folder_write(&f, "httpauthd.conf",
                 "[issuer local]\nissuer = urn:httpauth:test\n"
                 "audience = test-host\n"
                 "[service sshd]\nissuers = local\n[service other]\n");
    assert_int_equal(capture_run(&c, ctl_issuer_init, span_of(""), "init",
                                 "--dir", f.path, NULL),
                     CTL_DONE);
    folder_read(&f, "local.key", pem, sizeof(pem));
    assert_true(sign_key_from_pem(span_of(pem), &key));
    make_token(&key);
    sign_key_clear(&key);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    buffer_free(&token);
    folder_remove(&f);
    return 0;
}

static int
verify(struct span credential, const char *user, const char *service)
{
    return capture_run(&c, ctl_verify, credential, "verify", "--user", user,
                       "--service", service, "--config",
                       folder_file(&f, "httpauthd.conf"), NULL);
}

static int
verify_json(struct span credential, const char *user, const char *service)
{
    return capture_run(&c, ctl_verify, credential, "verify", "--user", user,
                       "--service", service, "--config",
                       folder_file(&f, "httpauthd.conf"), "--json", NULL);
}

static void
assert_reason(const char *outcome, const char *reason)
{
    json_t *report = json_loads(c.out, JSON_REJECT_DUPLICATES, NULL);

    assert_non_null(report);
    assert_string_equal(json_string_value(json_object_get(report, "outcome")),
                        outcome);
    assert_string_equal(json_string_value(json_object_get(report, "reason")),
                        reason);
    json_decref(report);
}

static void
a_good_token_is_accepted_and_never_shown(void **state)
{
    (void)state;
    assert_int_equal(verify(buffer_span(&token), "alice", "sshd"), CTL_DONE);
    assert_non_null(strstr(c.out, "\naccepted\n"));
    assert_null(strstr(c.out, token.data));
    assert_null(strstr(c.err, token.data));
    assert_null(strstr(c.out, strrchr(token.data, '.') + 1));
    assert_fit_for_a_terminal(c.out);
    assert_true(capture_widest(c.out) <= 80);
}

static void
one_newline_at_the_end_is_dropped_and_no_more(void **state)
{
    struct buffer more = BUFFER_INIT(TOKEN_MAX);

    (void)state;
    assert_true(buffer_printf(&more, "%s\n", token.data));
    assert_int_equal(verify(buffer_span(&more), "alice", "sshd"), CTL_DONE);
    assert_true(buffer_text(&more, "\n"));
    assert_int_equal(verify(buffer_span(&more), "alice", "sshd"), CTL_REFUSED);
    buffer_clear(&more);
    assert_true(buffer_printf(&more, "%s\r\n", token.data));
    assert_int_equal(verify(buffer_span(&more), "alice", "sshd"), CTL_REFUSED);
    buffer_clear(&more);
    assert_true(buffer_printf(&more, " %s", token.data));
    assert_int_equal(verify(buffer_span(&more), "alice", "sshd"), CTL_REFUSED);
    buffer_clear(&more);
    assert_true(buffer_printf(&more, "\n%s", token.data));
    assert_int_equal(verify(buffer_span(&more), "alice", "sshd"), CTL_REFUSED);
    buffer_free(&more);
}

static void
definite_noes_are_exit_status_1_with_their_reason(void **state)
{
    (void)state;
    assert_int_equal(verify_json(buffer_span(&token), "bob", "sshd"),
                     CTL_REFUSED);
    assert_reason("forbidden", "user-mismatch");
    assert_int_equal(verify_json(buffer_span(&token), "alice", "other"),
                     CTL_REFUSED);
    assert_reason("forbidden", "issuer-rule");
    assert_int_equal(verify_json(buffer_span(&token), "alice", "su"),
                     CTL_REFUSED);
    assert_reason("forbidden", "no-service");
    /* Another character of the same alphabet. */
    token.data[token.len - 3] = token.data[token.len - 3] == 'A' ? 'B' : 'A';
    assert_int_equal(verify_json(buffer_span(&token), "alice", "sshd"),
                     CTL_REFUSED);
    assert_reason("wrong", "signature");
}

static void
what_ends_at_the_gate_is_exit_status_1(void **state)
{
    static const struct {
        const char *text, *outcome, *reason;
    } cases[] = {{"", "not-ours", "no-shape"},
                 {"\n", "not-ours", "no-shape"},
                 {"a Unix password\n", "not-ours", "no-shape"},
                 {"\b\n\r\177INCORRECT", "not-ours", "no-shape"},
                 {"eyJ\t", "wrong", "form"},
                 {"hap_\033[2J", "wrong", "form"},
                 {"eyJx", "wrong", "form"},
                 {"hap_x", "wrong", "form"},
                 {"\xc3\xa4", "not-ours", "no-shape"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(verify_json(span_of(cases[i].text), "alice", "sshd"),
                         CTL_REFUSED);
        assert_reason(cases[i].outcome, cases[i].reason);
    }
    assert_int_equal(verify_json((struct span){"a\0b", 3}, "alice", "sshd"),
                     CTL_REFUSED);
    assert_reason("not-ours", "no-shape");
}

static void
a_credential_over_64_kib_is_exit_status_1(void **state)
{
    static char text[LIMIT_CREDENTIAL + 4096];

    (void)state;
    memset(text, 'a', sizeof(text));
    assert_int_equal(
        verify_json((struct span){text, sizeof(text)}, "alice", "sshd"),
        CTL_REFUSED);
    assert_reason("not-ours", "no-shape");
    memcpy(text, "eyJ", 3);
    assert_int_equal(
        verify_json((struct span){text, LIMIT_CREDENTIAL + 1}, "alice", "sshd"),
        CTL_REFUSED);
    assert_reason("wrong", "size");
    /* The newline does not count. */
    text[LIMIT_CREDENTIAL] = '\n';
    assert_int_equal(
        verify_json((struct span){text, LIMIT_CREDENTIAL + 1}, "alice", "sshd"),
        CTL_REFUSED);
    assert_reason("wrong", "form");
}

static void
a_user_who_cannot_exist_is_refused(void **state)
{
    static const char *const users[] = {"-x",
                                        "1000",
                                        "a b",
                                        "..",
                                        "a\nb",
                                        "\xff",
                                        "a23456789012345678901234567890123"};

    (void)state;
    for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
        assert_int_equal(verify_json(span_of("x"), users[i], "sshd"),
                         CTL_REFUSED);
        assert_reason("not-ours", "no-shape");
        assert_int_equal(verify_json(buffer_span(&token), users[i], "sshd"),
                         CTL_REFUSED);
        assert_reason("wrong", "issuer");
    }
}

static void
a_service_that_cannot_exist_is_refused(void **state)
{
    (void)state;
    assert_int_equal(verify_json(buffer_span(&token), "alice", "../sshd"),
                     CTL_REFUSED);
    assert_reason("forbidden", "no-service");
}

static void
a_configuration_that_cannot_be_used_gives_no_verdict(void **state)
{
    (void)state;
    folder_write(&f, "httpauthd.conf", "[service sshd]\nnonsense = 1\n");
    assert_int_equal(verify(buffer_span(&token), "alice", "sshd"),
                     CTL_UNJUDGED);
    assert_non_null(strstr(c.err, "httpauthd.conf:2: "));
    assert_string_equal(c.out, "");
    /* Also for what would end at the gate. */
    assert_int_equal(verify(span_of(""), "alice", "sshd"), CTL_UNJUDGED);
    assert_int_equal(verify(span_of("x"), "a b", "sshd"), CTL_UNJUDGED);
    unlink(folder_file(&f, "httpauthd.conf"));
    assert_int_equal(verify(buffer_span(&token), "alice", "sshd"),
                     CTL_UNJUDGED);
}

static void
an_issuer_without_keys_gives_no_verdict(void **state)
{
    (void)state;
    folder_write(&f, "local.jwks", "no key set");
    assert_int_equal(verify_json(buffer_span(&token), "alice", "sshd"),
                     CTL_UNJUDGED);
    assert_reason("unavailable", "keys-unavailable");
}

static void
wrong_command_lines_are_exit_status_2(void **state)
{
    (void)state;
    assert_int_equal(verify(span_of("x"), "", "sshd"), CTL_USAGE);
    assert_int_equal(verify(span_of("x"), "alice", ""), CTL_USAGE);
    assert_int_equal(capture_run(&c, ctl_verify, span_of("x"), "verify",
                                 "--user", "alice", NULL),
                     CTL_USAGE);
    assert_int_equal(capture_run(&c, ctl_verify, span_of("x"), "verify",
                                 "--user", "a", "--service", "s", "--config",
                                 "/x", "--socket", "/y", NULL),
                     CTL_USAGE);
    assert_int_equal(capture_run(&c, ctl_verify, span_of("x"), "verify",
                                 "--user", "a", "--service", "s", "--rhost",
                                 "a\nb", NULL),
                     CTL_USAGE);
    assert_int_equal(capture_run(&c, ctl_verify, span_of("x"), "verify",
                                 "--user", "a", "--service", "s", "token",
                                 NULL),
                     CTL_USAGE);
}

static void
an_unreachable_helper_gives_no_verdict(void **state)
{
    (void)state;
    assert_int_equal(capture_run(&c, ctl_verify, buffer_span(&token), "verify",
                                 "--user", "alice", "--service", "sshd",
                                 "--socket", folder_file(&f, "nobody"), NULL),
                     CTL_UNJUDGED);
    assert_non_null(strstr(c.err, "systemctl status httpauthd"));
    assert_null(strstr(c.err, token.data));
}

static void
config_check_tells_good_bad_and_absent_apart(void **state)
{
    const char *file = folder_file(&f, "httpauthd.conf");

    (void)state;
    assert_int_equal(
        capture_run(&c, ctl_config_check, span_of(""), "check", file, NULL),
        CTL_DONE);
    assert_non_null(strstr(c.out, "httpauthd.conf: ok\n"));
    folder_write(&f, "httpauthd.conf", "[service sshd]\nx = 1\ny = 1\n");
    assert_int_equal(
        capture_run(&c, ctl_config_check, span_of(""), "check", file, NULL),
        CTL_REFUSED);
    assert_non_null(strstr(c.err, "httpauthd.conf:2: "));
    assert_non_null(strstr(c.err, "httpauthd.conf:3: "));
    assert_int_equal(
        capture_run(&c, ctl_config_show, span_of(""), "show", file, NULL),
        CTL_REFUSED);
    assert_string_equal(c.out, "");
    assert_int_equal(capture_run(&c, ctl_config_check, span_of(""), "check",
                                 folder_file(&f, "nobody"), NULL),
                     CTL_UNJUDGED);
    assert_int_equal(capture_run(&c, ctl_config_check, span_of(""), "check",
                                 file, file, NULL),
                     CTL_USAGE);
}

static void
config_show_loads_again(void **state)
{
    static char shown[CAPTURE_MAX];

    (void)state;
    assert_int_equal(capture_run(&c, ctl_config_show, span_of(""), "show",
                                 folder_file(&f, "httpauthd.conf"), NULL),
                     CTL_DONE);
    memcpy(shown, c.out, sizeof(shown));
    folder_write(&f, "httpauthd.conf", shown);
    assert_int_equal(capture_run(&c, ctl_config_check, span_of(""), "check",
                                 folder_file(&f, "httpauthd.conf"), NULL),
                     CTL_DONE);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(a_good_token_is_accepted_and_never_shown),
        EACH(one_newline_at_the_end_is_dropped_and_no_more),
        EACH(definite_noes_are_exit_status_1_with_their_reason),
        EACH(what_ends_at_the_gate_is_exit_status_1),
        EACH(a_credential_over_64_kib_is_exit_status_1),
        EACH(a_user_who_cannot_exist_is_refused),
        EACH(a_service_that_cannot_exist_is_refused),
        EACH(a_configuration_that_cannot_be_used_gives_no_verdict),
        EACH(an_issuer_without_keys_gives_no_verdict),
        EACH(wrong_command_lines_are_exit_status_2),
        EACH(an_unreachable_helper_gives_no_verdict),
        EACH(config_check_tells_good_bad_and_absent_apart),
        EACH(config_show_loads_again),
    };

    return cmocka_run_group_tests_name("ctl_verify", tests, NULL, NULL);
}
