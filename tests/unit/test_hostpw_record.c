/* SPDX-License-Identifier: BSD-2-Clause */
/* One file: what it may say, and what makes it unusable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/hostpw/record.h"
#include "helper/hostpw/rfc3339.h"

#define ID "0123456789ab"
#define HASH                                                                   \
    "sha256:"                                                                  \
    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define NEEDED                                                                 \
    "\"version\":1,\"id\":\"" ID "\",\"user\":\"alice\",\"hash\":\"" HASH      \
    "\",\"created\":\"2026-11-23T12:00:00Z\","                                 \
    "\"expires\":\"2027-02-21T12:00:00Z\""

static bool
reads(const char *text, struct hostpw *out, struct buffer *why)
{
    buffer_clear(why);
    return record_parse(span_of(text), span_of(ID), out, why);
}

static void
assert_refused(const char *text, const char *because)
{
    struct buffer why = BUFFER_INIT(256);
    static const struct hostpw empty;
    struct hostpw key;

    if (reads(text, &key, &why))
        fail_msg("%s was read", text);
    assert_non_null(why.data);
    if (strstr(why.data, because) == NULL)
        fail_msg("%s: %s", text, why.data);
    assert_memory_equal(&key, &empty, sizeof(key));
    buffer_free(&why);
}

static void
the_least_is_enough(void **state)
{
    struct buffer why = BUFFER_INIT(256);
    struct hostpw key;

    (void)state;
    assert_true(reads("{" NEEDED "}", &key, &why));
    assert_string_equal(key.id, ID);
    assert_string_equal(key.user, "alice");
    assert_string_equal(key.name, "");
    assert_int_equal(key.hash[1], 0x11);
    assert_int_equal(key.hash[31], 0xff);
    assert_int_equal(key.expires - key.created, 90 * 86400);
    assert_int_equal(key.services.count + key.scopes.count + key.hosts.count +
                         key.networks.count,
                     0);
    assert_false(key.self_made);
    record_clear(&key);
    buffer_free(&why);
}

static void
what_is_written_reads_the_same(void **state)
{
    struct buffer why = BUFFER_INIT(256), text = BUFFER_INIT(8192),
                  again = BUFFER_INIT(8192);
    struct hostpw key;

    (void)state;
    assert_true(reads("{" NEEDED ",\"name\":\"b\\u00fcro \\\"x\\\"\","
                      "\"services\":[\"sshd\",\"sudo\"],\"scopes\":[\"a:b\"],"
                      "\"hosts\":[\"build7.example\"],"
                      "\"networks\":[\"192.0.2.0/24\",\"2001:db8::/32\"],"
                      "\"self_made\":true}",
                      &key, &why));
    assert_true(record_print(&key, &text));
    record_clear(&key);
    assert_true(reads(text.data, &key, &why));
    assert_true(record_print(&key, &again));
    assert_string_equal(text.data, again.data);
    assert_string_equal(key.name, "b\xc3\xbcro \"x\"");
    assert_string_equal(key.services.item[1], "sudo");
    assert_string_equal(key.networks.item[1], "2001:db8::/32");
    assert_true(key.self_made);
    record_clear(&key);
    buffer_free(&why);
    buffer_free(&text);
    buffer_free(&again);
}

static void
what_is_not_known_makes_it_unusable(void **state)
{
    (void)state;
    assert_refused("{" NEEDED ",\"network\":[\"192.0.2.0/24\"]}",
                   "not known: network");
    assert_refused("{" NEEDED ",\"last_used\":\"2026-11-23T12:00:00Z\"}",
                   "not known");
    assert_refused("{" NEEDED ",\"\\u001b[2J\":1}", "not known: \\x1b[2J");
    assert_refused("{" NEEDED ",\"user\":\"bob\"}", "not one JSON object");
    assert_refused("{" NEEDED "} x", "not one JSON object");
    assert_refused("{" NEEDED ",\"name\":\"a\\u0000b\"}",
                   "not one JSON object");
    assert_refused("[1]", "not one JSON object");
    assert_refused("", "not one JSON object");
}

static void
a_list_is_full_of_sense_or_absent(void **state)
{
    static const char *const bad[] = {
        "\"services\":[]",
        "\"services\":\"sshd\"",
        "\"services\":[1]",
        "\"services\":[\"\"]",
        "\"services\":[\"ss hd\"]",
        "\"services\":null",
        "\"scopes\":[\"a b\"]",
        "\"scopes\":[\"a\\\"b\"]",
        "\"hosts\":[\"\"]",
        "\"hosts\":[\"*.example\"]",
        "\"hosts\":[\"%H\"]",
        "\"networks\":[]",
        "\"networks\":[\"192.0.2.1/24\"]",
        "\"networks\":[\"host.example\"]",
        "\"networks\":{}",
    };
    char text[1024], many[2048];
    size_t len;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(text, sizeof(text), "{" NEEDED ",%s}", bad[i]);
        assert_refused(text, "s must be");
    }
    len = (size_t)snprintf(many, sizeof(many), "{" NEEDED ",\"services\":[");
    for (int i = 0; i <= RECORD_ITEMS_MAX; i++)
        len += (size_t)snprintf(many + len, sizeof(many) - len, "%s\"s%d\"",
                                i > 0 ? "," : "", i);
    snprintf(many + len, sizeof(many) - len, "]}");
    assert_refused(many, "too many");
}

static void
each_member_has_its_form(void **state)
{
    /* `from` of the good file becomes `to`. */
    static const struct {
        const char *from, *to, *because;
    } bad[] = {
        {"\"version\":1", "\"version\":2", "version"},
        {"\"version\":1", "\"version\":\"1\"", "version"},
        {"\"version\":1,", "", "version"},
        {"\"" ID "\"", "\"0123456789ac\"", "id"},
        {"\"" ID "\"", "12", "id"},
        {"alice", "-alice", "user"},
        {"alice", "al ice", "user"},
        {"alice", "", "user"},
        {"sha256:", "sha512:", "hash"},
        {"sha256:", "", "hash"},
        {"sha256:00", "sha256:0", "hash"},
        {"sha256:00", "sha256:0G", "hash"},
        {"aabbcc", "AABBCC", "hash"},
        {"2027-02-21T12:00:00Z", "2027-02-21 12:00:00Z", "expires"},
        {"2027-02-21T12:00:00Z", "2027-02-29T12:00:00Z", "expires"},
        {"\"2027-02-21T12:00:00Z\"", "1803211200", "expires"},
        {"2027-02-21T12:00:00Z", "2026-11-23T11:59:59Z", "before"},
        {"2026-11-23T12:00:00Z", "2026-11-23T12:00:00+00:00", "created"},
        {"\"version\":1", "\"version\":1,\"self_made\":1", "self_made"},
        {"\"version\":1", "\"version\":1,\"name\":7", "name"},
        {"\"version\":1", "\"version\":1,\"name\":\"a\\nb\"", "name"},
    };
    static const char good[] = "{" NEEDED "}";
    char text[1024];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const char *at = strstr(good, bad[i].from);

        assert_non_null(at);
        snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - good), good,
                 bad[i].to, at + strlen(bad[i].from));
        assert_refused(text, bad[i].because);
    }
}

static void
a_large_file_is_refused(void **state)
{
    char *text = malloc(RECORD_BYTES_MAX + 2);
    size_t len = strlen("{" NEEDED "}");

    (void)state;
    assert_non_null(text);
    memset(text, ' ', RECORD_BYTES_MAX + 1);
    text[RECORD_BYTES_MAX + 1] = '\0';
    memcpy(text, "{" NEEDED "}", len);
    assert_refused(text, "too large");
    free(text);
}

static void
what_is_shown_has_no_hash(void **state)
{
    struct buffer why = BUFFER_INIT(256);
    struct hostpw key;
    json_t *shown;
    char *text;

    (void)state;
    assert_true(reads("{" NEEDED "}", &key, &why));
    shown = hostpw_show(&key);
    text = json_dumps(shown, 0);
    assert_null(strstr(text, "hash"));
    assert_null(strstr(text, "00112233"));
    assert_null(json_object_get(shown, "last_used"));
    free(text);
    json_decref(shown);
    record_clear(&key);
    buffer_free(&why);
}

static void
times_are_exact(void **state)
{
    static const char *const bad[] = {
        "",
        "2026-11-23T12:00:00",
        "2026-11-23t12:00:00Z",
        "2026-11-23T12:00:00z",
        "2026-11-23T12:00:00.0Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T23:59:60Z",
        "2026-00-23T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-02-30T12:00:00Z",
        "1969-12-31T23:59:59Z",
        "2026-11-00T12:00:00Z",
        " 026-11-23T12:00:00Z",
        "+026-11-23T12:00:00Z",
    };
    char text[RFC3339_SIZE];
    int64_t seconds;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(rfc3339_parse(span_of(bad[i]), &seconds));
    assert_true(rfc3339_parse(span_of("2026-11-23T12:00:00Z"), &seconds));
    assert_int_equal(seconds, 1795435200);
    assert_true(rfc3339_parse(span_of("2028-02-29T00:00:00Z"), &seconds));
    assert_true(rfc3339_print(0, text));
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    assert_true(rfc3339_print(INT64_C(253402300799), text));
    assert_string_equal(text, "9999-12-31T23:59:59Z");
    assert_false(rfc3339_print(INT64_C(253402300800), text));
    assert_false(rfc3339_print(-1, text));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_is_enough),
        cmocka_unit_test(what_is_written_reads_the_same),
        cmocka_unit_test(what_is_not_known_makes_it_unusable),
        cmocka_unit_test(a_list_is_full_of_sense_or_absent),
        cmocka_unit_test(each_member_has_its_form),
        cmocka_unit_test(a_large_file_is_refused),
        cmocka_unit_test(what_is_shown_has_no_hash),
        cmocka_unit_test(times_are_exact),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
