/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/policy: claims that are credentials. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/policy/secrets.h"
#include "helper/wire/wire.h"

/* What secrets_find() finds of `wanted`, a word each, in that JSON. */
static void
finds(const char *json, const char *wanted, const char *lines)
{
    struct issuer_conf conf = {.name = NULL};
    struct claims claims;
    struct buffer out = BUFFER_INIT(SECRETS_BYTES_MAX);
    char words[256], *word, *rest = words;

    (void)snprintf(words, sizeof(words), "%s", wanted);
    while ((word = strsep(&rest, " ")) != NULL)
        assert_true(list_add(&conf.secrets, span_of(word)));
    claims_of_answer(json_loads(json, 0, NULL), &claims);
    assert_non_null(claims.root);
    assert_true(secrets_find(&claims, &conf, &out));
    assert_string_equal(out.len > 0 ? out.data : "", lines);
    buffer_free(&out);
    list_clear(&conf.secrets);
    claims_clear(&claims);
}

static void
a_text_at_its_name_or_pointer_is_one(void **state)
{
    (void)state;
    finds("{\"pw\":\"a=b:c\",\"p\":{\"user\":\"al\\u00efce\"}}",
          "pw:password /p/user:user",
          "password=a=b:c\nuser=al\xc3\xaf"
          "ce\n");
    finds("{\"a:b\":\"x\"}", "a:b:name", "name=x\n");
}

static void
what_is_no_short_text_is_left_out(void **state)
{
    char json[600], text[WIRE_SECRET_MAX + 2];

    (void)state;
    finds("{\"a\":\"\",\"b\":7,\"c\":null,\"d\":[\"x\"],\"e\":{},"
          "\"f\":\"x\\ny\",\"g\":\"x\\u001b\",\"h\":\"good\"}",
          "a:a b:b c:c d:d e:e f:f g:g h:h i:i /h/x:j", "h=good\n");
    memset(text, 'x', sizeof(text));
    text[WIRE_SECRET_MAX + 1] = '\0';
    (void)snprintf(json, sizeof(json), "{\"a\":\"%s\"}", text);
    finds(json, "a:a", "");
}

static void
they_are_read_line_by_line(void **state)
{
    struct span lines = span_of("a=b=c\nd=e\n"), name, value;

    (void)state;
    assert_true(secrets_next(&lines, &name, &value));
    assert_true(span_is(name, "a") && span_is(value, "b=c"));
    assert_true(secrets_next(&lines, &name, &value));
    assert_true(span_is(name, "d") && span_is(value, "e"));
    assert_false(secrets_next(&lines, &name, &value));
    lines = span_of("a=b");
    assert_false(secrets_next(&lines, &name, &value));
    lines = span_of("ab\nc=d\n");
    assert_false(secrets_next(&lines, &name, &value));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_at_its_name_or_pointer_is_one),
        cmocka_unit_test(what_is_no_short_text_is_left_out),
        cmocka_unit_test(they_are_read_line_by_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
