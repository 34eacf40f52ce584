/* SPDX-License-Identifier: BSD-2-Clause */
/* What people read: verdicts, status and users, at 80 columns. */
#include "tests/unit/ctl_capture.h"

#include "helper/base/reason.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/explain.h"
#include "helper/ctl/out.h"
#include "helper/ctl/status.h"

static struct capture c;

static void
shown(void (*print)(const json_t *), json_t *value)
{
    assert_non_null(value);
    capture_begin(&c, span_of(""));
    print(value);
    capture_end(&c);
    json_decref(value);
    assert_fit_for_a_terminal(c.out);
}

static json_t *
report(enum reason reason, json_t *checks)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:o}", "outcome",
                     outcome_name(reason_outcome(reason)), "reason",
                     reason_name(reason), "explanation", reason_text(reason),
                     "text", "", "checks", checks);
}

static void
each_outcome_has_its_exit_status(void **state)
{
    static const int expected[OUTCOME_COUNT] = {
        [OUTCOME_NONE] = CTL_UNJUDGED,        [OUTCOME_ACCEPTED] = CTL_DONE,
        [OUTCOME_WRONG] = CTL_REFUSED,        [OUTCOME_NOT_OURS] = CTL_REFUSED,
        [OUTCOME_FORBIDDEN] = CTL_REFUSED,    [OUTCOME_THROTTLED] = CTL_REFUSED,
        [OUTCOME_UNAVAILABLE] = CTL_UNJUDGED, [OUTCOME_BROKEN] = CTL_UNJUDGED,
        [OUTCOME_ENDED] = CTL_UNJUDGED};

    (void)state;
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        json_t *r =
            json_pack("{s:s}", "outcome", outcome_name((enum outcome)i));

        assert_int_equal(explain_status(r), expected[i]);
        json_decref(r);
    }
}

static void
a_report_without_a_known_outcome_is_no_verdict(void **state)
{
    json_t *odd = json_pack("{s:s}", "outcome", "Accepted");
    json_t *typed = json_pack("{s:b}", "outcome", 1);
    json_t *none = json_object();

    (void)state;
    assert_int_equal(explain_status(odd), CTL_UNJUDGED);
    assert_int_equal(explain_status(typed), CTL_UNJUDGED);
    assert_int_equal(explain_status(none), CTL_UNJUDGED);
    assert_int_equal(explain_status(NULL), CTL_UNJUDGED);
    json_decref(odd);
    json_decref(typed);
    json_decref(none);
}

static void
every_reason_is_told_with_its_name_and_text(void **state)
{
    (void)state;
    for (int i = REASON_ACCEPTED + 1; i < REASON_COUNT; i++) {
        enum reason reason = (enum reason)i;
        int status;
        json_t *r = report(reason, json_array());

        status = explain_status(r);
        shown(explain_print, r);
        assert_true(capture_widest(c.out) <= 80);
        assert_non_null(strstr(c.out, reason_name(reason)));
        assert_int_equal(
            strncmp(c.out,
                    status == CTL_REFUSED ? "refused: " : "no verdict: ", 9),
            0);
    }
}

static void
a_failed_check_stands_out_with_both_sides(void **state)
{
    json_t *checks = json_pack(
        "[{s:s,s:b,s:s,s:s}, {s:s,s:b,s:s,s:s}]", "check", "signature", "ok", 1,
        "expected", "verifies", "found", "verifies", "check", "audience", "ok",
        0, "expected", "ssh://a", "found", "ssh://b");

    (void)state;
    shown(explain_print, report(REASON_AUDIENCE, checks));
    assert_non_null(strstr(c.out, "  ok  signature  verifies"));
    assert_non_null(strstr(c.out, "  NO  audience   ssh://a"));
    assert_non_null(strstr(c.out, "ssh://b\n"));
    assert_non_null(strstr(c.out, "refused: audience - "));
}

static void
a_check_that_held_takes_one_line_and_is_told_once(void **state)
{
    static const char held[] = "{s:s,s:b,s:s,s:s}";
    json_t *checks = json_array();
    const char *first;
    char text[81];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    for (int i = 0; i < 2; i++)
        json_array_append_new(checks,
                              json_pack(held, "check", "issuer", "ok", 1,
                                        "expected", text, "found", text));
    json_array_append_new(checks,
                          json_pack(held, "check", "audience", "ok", 1,
                                    "expected", "a", "found", "\\x22a\\x22"));
    shown(explain_print, report(REASON_ACCEPTED, checks));
    first = strstr(c.out, "  ok  issuer ");
    assert_non_null(first);
    assert_null(strstr(first + 1, "  ok  issuer "));
    assert_non_null(strstr(first, "xx...  xx"));
    assert_non_null(strstr(first, "xx...\n  ok  audience "));
    assert_non_null(strstr(first, "\"a\"\n\naccepted\n"));
}

static void
long_and_hostile_checks_stay_in_their_columns(void **state)
{
    char text[160], name[40];
    json_t *checks = json_array();

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    memset(name, 'n', 20);
    name[20] = '\0';
    json_array_append_new(checks,
                          json_pack("{s:s,s:b,s:s,s:s}", "check", name, "ok", 0,
                                    "expected", text, "found", text));
    json_array_append_new(checks, json_pack("{s:s,s:b,s:s,s:s}", "check", "esc",
                                            "ok", 0, "expected", "\033]0;x\007",
                                            "found", "a\nb\r\xc3\xa4"));
    json_array_append_new(checks, json_object());
    json_array_append_new(checks, json_string("no object"));
    shown(explain_print, report(REASON_AUDIENCE, checks));
    assert_true(capture_widest(c.out) <= 80);
    assert_non_null(strstr(c.out, "\\x1b]0;x\\x07"));
}

static void
what_a_trace_escaped_is_not_escaped_again(void **state)
{
    char out[64];

    (void)state;
    assert_string_equal(out_safe(span_of("a\\x0ab"), out, sizeof(out)),
                        "a\\x0ab");
    assert_string_equal(out_safe(span_of("a\nb"), out, sizeof(out)), "a\\x0ab");
}

static json_t *
load(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);

    assert_non_null(value);
    return value;
}

static const char canned[] =
    "{\"version\":\"0.1.0\",\"uptime_s\":7300,\"configuration\":{\"state\":"
    "\"ok\",\"complaints\":[\"/etc/httpauth/httpauthd.conf.d/20-local.conf:17"
    ": unknown option \\\"audiences\\\" in a section [issuer], did you mean "
    "audience?\"],\"files\":[\"/etc/httpauth/httpauthd.conf\",\"/etc/httpauth/"
    "users.map\"]},\"issuers\":[{\"name\":\"work\",\"issuer\":"
    "\"https://login.example.org/realms/a-very-long-realm-name/and/a/path/"
    "behind/it\",\"source\":\"discovery\",\"keys\":4,\"key_age_s\":61,"
    "\"expires_in_s\":3500,\"state\":\"ok\",\"error\":null},{\"name\":"
    "\"other\",\"issuer\":\"https://idp.example\",\"source\":\"url "
    "https://idp.example/jwks\",\"keys\":0,\"key_age_s\":null,"
    "\"expires_in_s\":null,\"state\":\"failed\",\"error\":\"cannot connect to "
    "idp.example port 443 after 3001 ms: a text that is rather long\","
    "\"endpoints\":[{\"name\":\"introspection\",\"url\":\"https://idp.example/"
    "introspect\",\"breaker\":\"open\",\"problem\":\"idp.example answered HTTP "
    "503\"},{\"name\":\"token\",\"url\":null,\"breaker\":\"closed\","
    "\"problem\":null}],\"http\":{\"state\":\"failed\",\"tested_s\":3,"
    "\"problem\":\"a random credential was let in\"}}],"
    "\"sessions\":2,\"throttle\":{\"pairs\":8,\"pausing\":1},"
    "\"verdicts\":12,\"negatives\":3,\"logins\":4,\"pins\":5,\"callers\":6,"
    "\"decisions\":{\"accepted\":1000,\"wrong\":20,\"not-ours\":0,"
    "\"forbidden\":7},\"cache_hits\":900}";

static void
a_status_is_for_people(void **state)
{
    (void)state;
    shown(status_print, load(canned));
    assert_true(capture_widest(c.out) <= 80);
    assert_non_null(strstr(c.out, "httpauthd 0.1.0, running for 2 hours\n"));
    assert_non_null(strstr(c.out, "ok: 4, loaded 1 minute ago\n"));
    assert_non_null(strstr(c.out, "failed: none\n"));
    assert_non_null(strstr(c.out, "cannot connect to idp.example"));
    assert_non_null(strstr(c.out, "20-local.conf:17"));
    assert_non_null(strstr(c.out, "Decisions      1000 accepted\n"));
    assert_null(strstr(c.out, "not-ours"));
    assert_non_null(strstr(c.out, "introspection at https://idp.example/"));
    assert_non_null(strstr(c.out, "breaker open"));
    assert_non_null(
        strstr(c.out, "problem    idp.example answered HTTP 503\n"));
    assert_non_null(strstr(c.out, "token at not known yet\n"));
    assert_non_null(
        strstr(c.out, "self-test  failed: a random credential was let in\n"));
    assert_non_null(strstr(c.out, "8 pairs of user and place, 1 of them"));
    assert_non_null(strstr(c.out, "2 open sessions"));
}

static void
an_empty_status_is_printed_too(void **state)
{
    (void)state;
    shown(status_print, json_object());
    assert_non_null(strstr(c.out, "Issuers        none\n"));
    assert_non_null(strstr(c.out, "Decisions      none yet\n"));
}

static void
users_are_listed_with_their_subjects(void **state)
{
    (void)state;
    shown(user_print,
          load("{\"users\":[{\"user\":\"alice\",\"issuer\":"
               "\"https://idp.example\",\"subject\":\"8f3c\\u001b[2J\","
               "\"since\":1700000000},{\"user\":\"bob\"}],\"not_shown\":2}"));
    assert_non_null(strstr(c.out, "alice  2023-11-14  https://idp.example\n"));
    assert_non_null(strstr(c.out, "8f3c\\x1b[2J\n"));
    assert_non_null(strstr(c.out, "2 more are not shown"));
    shown(user_print, load("{\"users\":[],\"not_shown\":0}"));
    assert_non_null(strstr(c.out, "no local name"));
}

static void
json_goes_out_on_one_line_of_ascii(void **state)
{
    (void)state;
    shown(out_json, load("{\"a\":\"\\u001b\xc3\xa4\\n\"}"));
    assert_string_equal(c.out, "{\"a\":\"\\u001B\\u00E4\\n\"}\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_outcome_has_its_exit_status),
        cmocka_unit_test(a_report_without_a_known_outcome_is_no_verdict),
        cmocka_unit_test(every_reason_is_told_with_its_name_and_text),
        cmocka_unit_test(a_failed_check_stands_out_with_both_sides),
        cmocka_unit_test(a_check_that_held_takes_one_line_and_is_told_once),
        cmocka_unit_test(long_and_hostile_checks_stay_in_their_columns),
        cmocka_unit_test(what_a_trace_escaped_is_not_escaped_again),
        cmocka_unit_test(a_status_is_for_people),
        cmocka_unit_test(an_empty_status_is_printed_too),
        cmocka_unit_test(users_are_listed_with_their_subjects),
        cmocka_unit_test(json_goes_out_on_one_line_of_ascii),
    };

    return cmocka_run_group_tests_name("ctl_report", tests, NULL, NULL);
}
