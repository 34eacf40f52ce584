/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose certificates are believed, and which of ours is shown. */
#include "tests/unit/http_house.h"

#include "helper/base/clock.h"

static void
refused(enum http_certificate kind)
{
    struct house h;
    struct asked asked;
    struct fetch_request request;

    open_house(&h, kind);
    request = request_for(&h, "/token");
    request.post = true;
    request.idempotent = true;
    request.authorization = span_of("Bearer secret");
    perform(&h, request, &asked);
    assert_true(asked.error);
    assert_non_null(strstr(asked.text, "ertificate"));
    assert_int_equal(http_server_count(h.server, NULL), 0);
    close_house(&h);
}

static void
a_certificate_of_another_host_is_refused(void **state)
{
    struct house h;
    struct asked asked;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_OTHER_HOST);
    ask(&h, "/keys", &asked);
    assert_true(asked.error);
    assert_int_equal(http_server_count(h.server, NULL), 0);
    close_house(&h);
}

static void
a_self_signed_certificate_is_refused(void **state)
{
    (void)state;
    refused(HTTP_CERTIFICATE_SELF_SIGNED);
}

static void
an_expired_certificate_is_refused(void **state)
{
    (void)state;
    refused(HTTP_CERTIFICATE_EXPIRED);
}

/* The server's was made just now, for a day. */
static void
when_a_certificate_ends_is_told_to_who_asks(void **state)
{
    struct house h;
    struct asked asked;
    struct fetch_request request;
    int64_t ends = clock_wall() + 86400;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    request = request_for(&h, "/keys");
    request.certificate = true;
    perform(&h, request, &asked);
    assert_false(asked.error);
    assert_in_range(asked.certificate_ends, ends - 600, ends + 600);
    ask(&h, "/keys", &asked);
    assert_int_equal(asked.certificate_ends, 0);
    close_house(&h);
}

static void
a_ca_of_ours_is_not_trusted_without_ca_file(void **state)
{
    struct house h;
    struct asked asked;
    struct fetch_request request;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    request = request_for(&h, "/keys");
    request.route = NULL;
    perform(&h, request, &asked);
    assert_true(asked.error);
    assert_int_equal(http_server_count(h.server, NULL), 0);
    close_house(&h);
}

/* A connection made with one CA file is none for another's request. */
static void
a_connection_is_not_shared_between_ca_files(void **state)
{
    struct house h;
    struct asked asked;
    struct http_server *other = http_server_new(HTTP_CERTIFICATE_GOOD);

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_GOOD);
    ask(&h, "/keys", &asked);
    assert_false(asked.error);
    h.route.ca_file = http_server_ca(other);
    ask(&h, "/keys", &asked);
    assert_true(asked.error);
    assert_int_equal(http_server_count(h.server, NULL), 1);
    close_house(&h);
    http_server_free(other);
}

static struct fetch_request
request_as(struct house *h, const char *pem)
{
    struct fetch_request request = request_for(h, "/token");

    request.cert_file = pem;
    request.key_file = pem;
    return request;
}

static void
assert_seen_as(struct house *h, const char *pem, const char *name)
{
    struct asked asked;

    perform(h, request_as(h, pem), &asked);
    if (asked.error)
        fail_msg("%s", asked.text);
    assert_string_equal(http_server_peer(h->server), name);
}

static void
a_client_certificate_is_shown_where_it_is_configured(void **state)
{
    struct house h;
    const char *pem;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_ASKS);
    pem = http_server_client(h.server, "host 1", "client.pem");
    assert_seen_as(&h, NULL, "");
    assert_seen_as(&h, pem, "host 1");
    assert_seen_as(&h, NULL, "");
    assert_seen_as(&h, pem, "host 1");
    close_house(&h);
}

static void
two_client_certificates_share_no_connection(void **state)
{
    struct house h;
    const char *one, *two;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_ASKS);
    one = http_server_client(h.server, "host 1", "one.pem");
    two = http_server_client(h.server, "host 2", "two.pem");
    assert_seen_as(&h, one, "host 1");
    assert_seen_as(&h, two, "host 2");
    assert_seen_as(&h, one, "host 1");
    assert_int_equal(http_server_connections(h.server), 2);
    close_house(&h);
}

/* Neither a kept connection nor a resumed session may show the old one. */
static void
a_replaced_client_certificate_is_shown_at_once(void **state)
{
    struct house h;
    struct asked asked[8];
    const char *pem;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_ASKS);
    pem = http_server_client(h.server, "host old", "client.pem");
    for (size_t i = 0; i < 8; i++)
        begin(&h, request_as(&h, pem), &asked[i]);
    for (size_t i = 0; i < 8; i++)
        wait_for(&h, &asked[i]);
    assert_string_equal(http_server_peer(h.server), "host old");
    assert_string_equal(http_server_client(h.server, "host new", "client.pem"),
                        pem);
    for (size_t i = 0; i < 8; i++)
        assert_seen_as(&h, pem, "host new");
    close_house(&h);
}

static void
an_unreadable_client_certificate_sends_nothing(void **state)
{
    static const char *const bad[] = {"/nonexistent", "/", "/dev/null"};
    struct house h;
    struct asked asked;

    (void)state;
    open_house(&h, HTTP_CERTIFICATE_ASKS);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        perform(&h, request_as(&h, bad[i]), &asked);
        assert_true(asked.error);
        assert_non_null(strstr(asked.text, "cannot be read"));
    }
    /* No key in it. */
    perform(&h, request_as(&h, http_server_ca(h.server)), &asked);
    assert_true(asked.error);
    assert_int_equal(http_server_count(h.server, NULL), 0);
    close_house(&h);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_of_another_host_is_refused),
        cmocka_unit_test(a_self_signed_certificate_is_refused),
        cmocka_unit_test(an_expired_certificate_is_refused),
        cmocka_unit_test(when_a_certificate_ends_is_told_to_who_asks),
        cmocka_unit_test(a_ca_of_ours_is_not_trusted_without_ca_file),
        cmocka_unit_test(a_connection_is_not_shared_between_ca_files),
        cmocka_unit_test(a_client_certificate_is_shown_where_it_is_configured),
        cmocka_unit_test(two_client_certificates_share_no_connection),
        cmocka_unit_test(a_replaced_client_certificate_is_shown_at_once),
        cmocka_unit_test(an_unreadable_client_certificate_sends_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
