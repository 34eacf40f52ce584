/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Servers that answer anything at all: each fault is an error or the raw
 * answer, told exactly once, and the next request is served.
 */
#include "tests/unit/http_house.h"

#define BODY_MAX ((size_t)11 * 1024 * 1024)

/* The outcome of one raw answer; `behaviour` says what comes behind it. */
static void
raw(struct span bytes, enum http_behaviour behaviour, struct asked *asked)
{
    struct house h;
    struct asked next;
    struct fetch_request request;

    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/raw",
           (struct http_script){.body = bytes.data,
                                .body_len = bytes.len,
                                .behaviour = behaviour});
    request = request_for(&h, "/raw");
    request.body_max = BODY_MAX;
    request.timeout_ms = 1000;
    perform(&h, request, asked);
    ask(&h, "/next", &next);
    assert_int_equal(next.status, 404);
    assert_int_equal(asked->calls, 1);
    close_house(&h);
}

static void
is_error(const char *bytes)
{
    struct asked asked;

    raw(span_of(bytes), HTTP_RAW, &asked);
    if (!asked.error)
        fail_msg("no error: %s", bytes);
}

static void
is_answer(const char *bytes, long status, const char *body)
{
    struct asked asked;

    raw(span_of(bytes), HTTP_RAW, &asked);
    if (asked.error)
        fail_msg("%s: %s", asked.text, bytes);
    assert_int_equal(asked.status, status);
    assert_string_equal(asked.body, body);
}

#define OK "HTTP/1.1 200 OK\r\n"

static void
chunks_are_joined(void **state)
{
    struct house h;
    struct asked asked;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/chunks",
           (struct http_script){.status = 200,
                                .body = "{\"a\":\"0123456789\"}",
                                .behaviour = HTTP_CHUNKED});
    ask(&h, "/chunks", &asked);
    assert_string_equal(asked.body, "{\"a\":\"0123456789\"}");
    ask(&h, "/chunks", &asked);
    assert_int_equal(http_server_connections(h.server), 1);
    close_house(&h);
}

static void
broken_chunks_are_errors(void **state)
{
    (void)state;
    is_error(OK "Transfer-Encoding: chunked\r\n\r\n5\r\nab");
    is_error(OK "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n");
    is_error(OK "Transfer-Encoding: chunked\r\n\r\nxyz\r\nab\r\n0\r\n\r\n");
    is_error(OK "Transfer-Encoding: chunked\r\n\r\n"
                "ffffffffffffffffffffffff\r\nab\r\n0\r\n\r\n");
    is_error(OK "Transfer-Encoding: chunked\r\n\r\n-2\r\nab\r\n0\r\n\r\n");
}

static void
a_wrong_length_is_an_error_or_cuts(void **state)
{
    (void)state;
    is_error(OK "Content-Length: 10\r\n\r\nabc");
    is_answer(OK "Content-Length: 2\r\n\r\nabc", 200, "ab");
    is_answer(OK "Content-Length: 99999999999999999999\r\n\r\nabc", 200, "abc");
    is_error(OK "Content-Length: -1\r\n\r\nabc");
}

static void
no_answer_is_an_error(void **state)
{
    struct asked asked;

    (void)state;
    is_error("H");
    is_error("\r\n");
    is_error("HTTP/1.1");
    is_error("garbage\r\n\r\n");
    is_error("SSH-2.0-OpenSSH_9.2\r\n");
    is_error("HTTP/0.9 200 OK\r\n\r\n");
    is_error("<html>hello</html>");
    raw((struct span){"\0\0\0\0", 4}, HTTP_RAW, &asked);
    assert_true(asked.error);
}

static void
half_a_head_is_an_error(void **state)
{
    (void)state;
    is_error(OK);
    is_error(OK "Content-Length: 0\r\n");
    is_error(OK "Content-Length: 0\r\n\r");
    is_error("HTTP/1.1 100 Continue\r\n\r\n");
    is_error("HTTP/1.1 100 Continue\r\n\r\n" OK);
}

static void
a_silent_end_of_the_body_costs_the_deadline(void **state)
{
    struct asked asked;

    (void)state;
    raw(span_of(OK "Content-Length: 10\r\n\r\nabc"), HTTP_RAW_HANGS, &asked);
    assert_true(asked.error);
    raw(span_of(OK "\r\nabc"), HTTP_RAW_HANGS, &asked);
    assert_true(asked.error);
    raw(span_of(OK "X: "), HTTP_RAW_HANGS, &asked);
    assert_true(asked.error);
}

/* Nothing is inflated: "gzip" is only a word in the head. */
static void
a_compressed_body_stays_as_it_is(void **state)
{
    (void)state;
    is_answer(OK "Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", 200,
              "abc");
    is_answer(OK "Content-Encoding: br, deflate, gzip\r\n\r\nabc", 200, "abc");
}

static void
an_unknown_transfer_coding_is_an_error(void **state)
{
    struct asked asked;

    (void)state;
    raw(span_of(OK "Transfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n"
                   "0\r\n\r\n"),
        HTTP_RAW, &asked);
    assert_true(asked.error);
    assert_non_null(strstr(asked.text, "coding"));
    is_error(OK "transfer-encoding:\tdeflate\r\n\r\nabc");
}

static void
a_nul_in_the_head_is_an_error(void **state)
{
    static const char bytes[] = OK "X: a\0b\r\nContent-Length: 0\r\n\r\n";
    struct asked asked;

    (void)state;
    raw((struct span){bytes, sizeof(bytes) - 1}, HTTP_RAW, &asked);
    assert_true(asked.error);
}

static void
folded_and_odd_lines_come_as_they_are(void **state)
{
    struct asked asked;

    (void)state;
    raw(span_of(OK "X: a\r\n b\r\nX : c\r\n: no name\r\n"
                   "Content-Length: 0\r\n\r\n"),
        HTTP_RAW, &asked);
    if (asked.error)
        fail_msg("%s", asked.text);
    assert_non_null(strstr(asked.head, "X: a\r\n b\r\nX : c\r\n: no name"));
    is_error(OK "no colon\r\nContent-Length: 0\r\n\r\n");
}

/* LINES lines of LEN bytes, the CRLF included, around a whole answer. */
static char *
answer_with_lines(size_t lines, size_t len)
{
    static const char end[] = "Content-Length: 0\r\n\r\n";
    size_t at = sizeof(OK) - 1;
    char *bytes = malloc(at + lines * len + sizeof(end));

    memcpy(bytes, OK, at);
    for (size_t i = 0; i < lines; i++, at += len) {
        memset(bytes + at, 'a', len);
        bytes[at + 1] = ':';
        memcpy(bytes + at + len - 2, "\r\n", 2);
    }
    memcpy(bytes + at, end, sizeof(end));
    return bytes;
}

static void
a_head_up_to_64_kib_passes(void **state)
{
    struct asked asked;
    char *many = answer_with_lines(1000, 60);
    char *over = answer_with_lines(1000, 66);
    char *long_line = answer_with_lines(1, 60000);
    char *megabytes = answer_with_lines(200, 20000);

    (void)state;
    raw(span_of(many), HTTP_RAW, &asked);
    assert_false(asked.error);
    assert_int_equal(asked.head_len, strlen(many));
    raw(span_of(over), HTTP_RAW, &asked);
    assert_true(asked.error);
    assert_non_null(strstr(asked.text, "larger"));
    raw(span_of(long_line), HTTP_RAW, &asked);
    assert_false(asked.error);
    raw(span_of(megabytes), HTTP_RAW, &asked);
    assert_true(asked.error);
    free(many);
    free(over);
    free(long_line);
    free(megabytes);
}

static void
interim_answers_without_end_are_an_error(void **state)
{
    static const char one[] = "HTTP/1.1 102 Wait\r\n\r\n";
    size_t count = 10000, len = sizeof(one) - 1;
    char *bytes = malloc(count * len);
    struct asked asked;

    (void)state;
    for (size_t i = 0; i < count; i++)
        memcpy(bytes + i * len, one, len);
    raw((struct span){bytes, count * len}, HTTP_RAW_HANGS, &asked);
    assert_true(asked.error);
    assert_non_null(strstr(asked.text, "larger"));
    free(bytes);
}

/* The next answer in the connection is nobody's. */
static void
what_comes_behind_an_answer_is_dropped(void **state)
{
    struct house h;
    struct asked asked;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/raw",
           (struct http_script){.body = OK "Content-Length: 2\r\n\r\nno" OK
                                           "Content-Length: 6\r\n\r\nforged",
                                .behaviour = HTTP_RAW_HANGS});
    ask(&h, "/raw", &asked);
    assert_string_equal(asked.body, "no");
    ask(&h, "/next", &asked);
    assert_int_equal(asked.status, 404);
    close_house(&h);
}

static void
ten_mebibytes_arrive_whole(void **state)
{
    size_t len = 10 * 1024 * 1024;
    char *body = malloc(len);
    struct house h;
    struct asked asked;
    struct fetch_request request;

    (void)state;
    memset(body, 'x', len);
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    script(&h, "/big",
           (struct http_script){.status = 200, .body = body, .body_len = len});
    request = request_for(&h, "/big");
    request.body_max = BODY_MAX;
    perform(&h, request, &asked);
    assert_false(asked.error);
    assert_int_equal(asked.body_len, len);
    request.body_max = len - 1;
    perform(&h, request, &asked);
    assert_true(asked.error);
    assert_non_null(strstr(asked.text, "larger"));
    close_house(&h);
    free(body);
}

static void
random_bytes_never_crash(void **state)
{
    static const char *const part[] = {OK,
                                       "\r\n",
                                       "Content-Length: 3",
                                       "Transfer-Encoding: chunked",
                                       "abc",
                                       "HTTP/1.1 100 C\r\n\r\n",
                                       ":",
                                       " ",
                                       "\n",
                                       "3\r\nabc\r\n",
                                       "0\r\n\r\n",
                                       "Connection: close\r\n",
                                       "ETag: \"",
                                       "Set-Cookie: a=b"};
    unsigned seed = 3;
    struct house h;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    for (int round = 0; round < 200; round++) {
        char bytes[1024] = "";
        struct asked asked;

        for (int i = 0; i < 12; i++) {
            seed = seed * 1103515245u + 12345u;
            strcat(bytes, part[(seed >> 16) % (sizeof(part) / sizeof(*part))]);
        }
        script(&h, "/raw",
               (struct http_script){.body = bytes, .behaviour = HTTP_RAW});
        ask(&h, "/raw", &asked);
        if (!asked.error)
            assert_in_range(asked.status, 200, 999);
    }
    close_house(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_are_joined),
        cmocka_unit_test(broken_chunks_are_errors),
        cmocka_unit_test(a_wrong_length_is_an_error_or_cuts),
        cmocka_unit_test(no_answer_is_an_error),
        cmocka_unit_test(half_a_head_is_an_error),
        cmocka_unit_test(a_silent_end_of_the_body_costs_the_deadline),
        cmocka_unit_test(a_compressed_body_stays_as_it_is),
        cmocka_unit_test(an_unknown_transfer_coding_is_an_error),
        cmocka_unit_test(a_nul_in_the_head_is_an_error),
        cmocka_unit_test(folded_and_odd_lines_come_as_they_are),
        cmocka_unit_test(a_head_up_to_64_kib_passes),
        cmocka_unit_test(interim_answers_without_end_are_an_error),
        cmocka_unit_test(what_comes_behind_an_answer_is_dropped),
        cmocka_unit_test(ten_mebibytes_arrive_whole),
        cmocka_unit_test(random_bytes_never_crash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
