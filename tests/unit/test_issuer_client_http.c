/* SPDX-License-Identifier: BSD-2-Clause */
/* The token of client_credentials from a real server, over TLS. */
#include "tests/unit/issuer_house.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/issuer/client_state.h"

#define GOOD "{\"access_token\":\"T1\",\"token_type\":\"Bearer\"}"

struct scene {
    struct house house;
    struct client *client;
    struct route route;
    struct client_waiter waiter;
    bool told;
    char secret[64];
};

static void
ready(struct client_waiter *waiter)
{
    struct scene *s =
        (struct scene *)((char *)waiter - offsetof(struct scene, waiter));

    s->told = true;
}

static void
open_scene(struct scene *s, enum http_certificate certificate)
{
    int fd;

    memset(s, 0, sizeof(*s));
    house_open(&s->house);
    s->house.server = http_server_new(certificate);
    s->route.fetch.ca_file = http_server_ca(s->house.server);
    snprintf(s->secret, sizeof(s->secret), "/tmp/test_secret.XXXXXX");
    fd = mkstemp(s->secret); /* 0600 */
    assert_int_equal(write(fd, "geheim\n", 7), 7);
    close(fd);
    s->house.conf.client_id = (char *)"host";
    s->house.conf.client_auth = CLIENT_SECRET_BASIC;
    s->house.conf.client_secret_file = s->secret;
    s->house.conf.introspection_auth = INTROSPECTION_CLIENT_CREDENTIALS;
    s->waiter.ready = ready;
}

static void
close_scene(struct scene *s)
{
    client_free(s->client);
    house_close(&s->house);
    unlink(s->secret);
}

static const char *
endpoint(struct scene *s)
{
    return http_server_url(s->house.server, "/token");
}

static enum reason
sign(struct scene *s, struct client_draft *draft)
{
    struct buffer why = BUFFER_INIT(4096);
    enum reason reason;

    client_draft_clear(draft);
    reason = client_sign_introspection(s->client, clock_wall(), endpoint(s),
                                       draft, &why);
    buffer_free(&why);
    return reason;
}

/* Fetches; what signing says afterwards. */
static enum reason
obtain(struct scene *s, struct client_draft *draft)
{
    if (s->client == NULL)
        s->client = client_new(&s->house.conf, &s->house.loop, s->house.fetcher,
                               &s->route);
    s->told = false;
    s->house.ticks = 0;
    client_wait(s->client, clock_wall(), endpoint(s), &s->waiter);
    while (!s->told && s->house.ticks < PATIENCE_TICKS)
        uv_run(&s->house.loop, UV_RUN_ONCE);
    assert_true(s->told);
    return sign(s, draft);
}

static void
script(struct scene *s, int status, const char *body, size_t len)
{
    struct http_script script = {
        .status = status, .body = body, .body_len = len};

    http_server_script(s->house.server, "/token", &script);
}

static void
a_token_is_obtained_from_a_server(void **state)
{
    struct client_draft draft = CLIENT_DRAFT_INIT;
    struct scene s;

    (void)state;
    open_scene(&s, HTTP_CERTIFICATE_GOOD);
    script(&s, 200, GOOD, 0);
    assert_int_equal(obtain(&s, &draft), REASON_ACCEPTED);
    assert_string_equal(draft.authorization.data, "Bearer T1");
    assert_string_equal(http_server_last_body(s.house.server, "/token"),
                        "grant_type=client_credentials");
    assert_non_null(strstr(http_server_last(s.house.server, "/token"),
                           "Basic aG9zdDpnZWhlaW0="));
    assert_non_null(strstr(http_server_last(s.house.server, "/token"),
                           "application/x-www-form-urlencoded"));
    client_draft_clear(&draft);
    close_scene(&s);
}

static void
an_answer_of_ten_mebibytes_is_refused(void **state)
{
    struct client_draft draft = CLIENT_DRAFT_INIT;
    size_t len = 10 * 1024 * 1024;
    char *large = malloc(len);
    struct scene s;

    (void)state;
    memset(large, ' ', len);
    memcpy(large, GOOD, sizeof(GOOD) - 1);
    open_scene(&s, HTTP_CERTIFICATE_GOOD);
    script(&s, 200, large, len);
    assert_int_equal(obtain(&s, &draft), REASON_PROVIDER);
    close_scene(&s);
    free(large);
}

static void
a_server_of_another_name_gets_no_secret(void **state)
{
    struct client_draft draft = CLIENT_DRAFT_INIT;
    struct scene s;

    (void)state;
    open_scene(&s, HTTP_CERTIFICATE_OTHER_HOST);
    script(&s, 200, GOOD, 0);
    assert_int_equal(obtain(&s, &draft), REASON_PROVIDER);
    assert_int_equal(http_server_count(s.house.server, NULL), 0);
    close_scene(&s);
}

static void
a_certificate_says_who_asks(void **state)
{
    struct client_draft draft = CLIENT_DRAFT_INIT;
    struct scene s;

    (void)state;
    open_scene(&s, HTTP_CERTIFICATE_ASKS);
    script(&s, 200, GOOD, 0);
    s.house.conf.client_auth = CLIENT_TLS;
    s.house.conf.client_certificate_file =
        (char *)http_server_client(s.house.server, "host", "host.pem");
    assert_int_equal(chmod(s.house.conf.client_certificate_file, 0600), 0);
    assert_int_equal(obtain(&s, &draft), REASON_ACCEPTED);
    assert_string_equal(http_server_peer(s.house.server), "host");
    assert_string_equal(http_server_last_body(s.house.server, "/token"),
                        "grant_type=client_credentials&client_id=host");
    client_draft_clear(&draft);
    close_scene(&s);
}

static void
a_client_may_go_while_it_fetches(void **state)
{
    struct http_script hangs = {.status = 200, .behaviour = HTTP_HANGS};
    struct scene s;

    (void)state;
    open_scene(&s, HTTP_CERTIFICATE_GOOD);
    http_server_script(s.house.server, "/token", &hangs);
    s.client =
        client_new(&s.house.conf, &s.house.loop, s.house.fetcher, &s.route);
    client_wait(s.client, clock_wall(), endpoint(&s), &s.waiter);
    while (http_server_count(s.house.server, "/token") == 0)
        uv_run(&s.house.loop, UV_RUN_ONCE);
    close_scene(&s);
    assert_false(s.told);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_obtained_from_a_server),
        cmocka_unit_test(an_answer_of_ten_mebibytes_is_refused),
        cmocka_unit_test(a_server_of_another_name_gets_no_secret),
        cmocka_unit_test(a_certificate_says_who_asks),
        cmocka_unit_test(a_client_may_go_while_it_fetches),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("issuer_client_http", tests, NULL, NULL);
}
