/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Negotiate, with a GSSAPI of the test's own: libcurl takes the function from
 * this program, where it answers, or blocks as a dead KDC makes it do.
 */
#include <curl/curl.h>
#include <dirent.h>
#include <pthread.h>
#include <time.h>

#include "helper/http/offloop.h"
#include "tests/lib/scripted_proxy.h"
#include "tests/unit/http_house.h"

#define CHALLENGES                                                             \
    "Proxy-Authenticate: Basic realm=\"p\"\r\n"                                \
    "Proxy-Authenticate: Negotiate\r\n"
#define TOKEN "kerberos"
#define TOKEN_64 "a2VyYmVyb3M="

/* --- GSSAPI (RFC 2744) --- */

struct gss_bytes {
    size_t length;
    void *value;
};

#define GSS_FAILURE (13u << 16)

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t loop;
    bool blocks;
    unsigned calls, inside, on_loop;
} gss = {.lock = PTHREAD_MUTEX_INITIALIZER,
         .changed = PTHREAD_COND_INITIALIZER};

__attribute__((visibility("default"))) uint32_t
gss_init_sec_context(uint32_t *minor, void *credential, void **context,
                     void *name, void *mechanism, uint32_t flags, uint32_t time,
                     void *bindings, const struct gss_bytes *in, void **actual,
                     struct gss_bytes *out, uint32_t *got, uint32_t *left);

uint32_t
gss_init_sec_context(uint32_t *minor, void *credential, void **context,
                     void *name, void *mechanism, uint32_t flags, uint32_t time,
                     void *bindings, const struct gss_bytes *in, void **actual,
                     struct gss_bytes *out, uint32_t *got, uint32_t *left)
{
    uint32_t result = 0;

    (void)credential;
    (void)context;
    (void)name;
    (void)mechanism;
    (void)flags;
    (void)time;
    (void)bindings;
    (void)in;
    (void)actual;
    (void)got;
    (void)left;
    *minor = 0;
    pthread_mutex_lock(&gss.lock);
    gss.calls++;
    gss.inside++;
    if (pthread_equal(pthread_self(), gss.loop))
        gss.on_loop++;
    if (gss.blocks)
        result = GSS_FAILURE;
    while (gss.blocks && gss.on_loop == 0)
        pthread_cond_wait(&gss.changed, &gss.lock);
    gss.inside--;
    pthread_mutex_unlock(&gss.lock);
    if (result == 0) {
        out->value = strdup(TOKEN);
        out->length = strlen(TOKEN);
    }
    return result;
}

static void
gss_set(bool blocks)
{
    pthread_mutex_lock(&gss.lock);
    gss.loop = pthread_self();
    gss.blocks = blocks;
    gss.calls = 0;
    gss.on_loop = 0;
    pthread_cond_broadcast(&gss.changed);
    pthread_mutex_unlock(&gss.lock);
}

static unsigned
gss_calls(void)
{
    unsigned calls;

    pthread_mutex_lock(&gss.lock);
    calls = gss.calls;
    assert_int_equal(gss.on_loop, 0);
    pthread_mutex_unlock(&gss.lock);
    return calls;
}

/* --- the house --- */

static struct scripted_proxy *
open_by(struct house *h, bool blocks)
{
    struct scripted_proxy *p = scripted_proxy_new(&(struct proxy_script){
        .kind = PROXY_HTTP, .challenges = CHALLENGES, .accepts = "Negotiate "});

    if ((curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_SPNEGO) ==
        0) {
        scripted_proxy_free(p);
        skip();
    }
    gss_set(blocks);
    open_house(h, HTTP_CERTIFICATE_GOOD);
    script(h, "/keys", (struct http_script){.status = 200, .body = "{}"});
    h->route.proxy = scripted_proxy_url(p);
    h->route.proxy_schemes = SCHEME_NEGOTIATE;
    return p;
}

static unsigned
threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    unsigned count = 0;

    while (readdir(tasks) != NULL)
        count++;
    closedir(tasks);
    return count - 2;
}

/* Everybody whom we started is gone, the abandoned too. */
static void
close_by(struct house *h, struct scripted_proxy *p)
{
    const struct timespec moment = {0, 1000000};

    close_house(h);
    scripted_proxy_free(p);
    gss_set(false);
    for (int i = 0; threads() > 1 && i < 5000; i++)
        nanosleep(&moment, NULL);
    assert_int_equal(threads(), 1);
}

static void
wait_for_calls(struct house *h, unsigned calls)
{
    while (gss_calls() < calls && !h->impatient)
        uv_run(&h->loop, UV_RUN_ONCE);
    assert_int_equal(gss_calls(), calls);
}

static struct fetch *
start_within(struct house *h, uint32_t timeout_ms, struct asked *asked)
{
    struct fetch_request request = request_for(h, "/keys");

    request.timeout_ms = timeout_ms;
    return begin(h, request, asked);
}

/* Both threads are inside GSSAPI. */
static void
block_all(struct house *h, struct asked asked[OFFLOOP_THREADS])
{
    for (unsigned i = 0; i < OFFLOOP_THREADS; i++)
        start_within(h, 60000, &asked[i]);
    wait_for_calls(h, OFFLOOP_THREADS);
}

/* --- tests --- */

static void
negotiate_runs_off_the_loop_and_keeps_its_tunnel(void **state)
{
    struct house h;
    struct asked asked;
    struct scripted_proxy *p = open_by(&h, false);
    char *heard;
    unsigned calls;

    (void)state;
    ask(&h, "/keys", &asked);
    if (asked.error)
        fail_msg("%s", asked.text);
    assert_int_equal(asked.status, 200);
    assert_string_equal(asked.body, "{}");
    assert_non_null(strstr(asked.head, "HTTP/1.1 200"));
    heard = scripted_proxy_heard(p);
    assert_non_null(
        strstr(heard, "Proxy-Authorization: Negotiate " TOKEN_64 "\r\n"));
    free(heard);
    calls = gss_calls();
    assert_in_range(calls, 1, 4);
    for (int i = 0; i < 5; i++) {
        ask(&h, "/keys", &asked);
        assert_int_equal(asked.status, 200);
    }
    assert_int_equal(gss_calls(), calls);
    assert_int_equal(scripted_proxy_tunnels(p), 1);
    close_by(&h, p);
}

static void
credentials_arrive_from_there_too(void **state)
{
    struct house h;
    struct asked asked;
    struct scripted_proxy *p = open_by(&h, false);
    struct fetch_request request = request_for(&h, "/keys");

    (void)state;
    request.post = true;
    request.body = span_of("token=a");
    request.authorization = span_of("Bearer b");
    perform(&h, request, &asked);
    assert_int_equal(asked.status, 200);
    assert_non_null(strstr(http_server_last(h.server, "/keys"),
                           "Authorization: Bearer b\r\n"));
    assert_string_equal(http_server_last_body(h.server, "/keys"), "token=a");
    close_by(&h, p);
}

static void
many_requests_are_all_served(void **state)
{
    enum { MANY = OFFLOOP_WAITING_MAX };
    struct house h;
    struct asked asked[MANY];
    struct scripted_proxy *p = open_by(&h, false);

    (void)state;
    for (int i = 0; i < MANY; i++)
        start(&h, "/keys", &asked[i]);
    for (int i = 0; i < MANY; i++) {
        wait_for(&h, &asked[i]);
        assert_int_equal(asked[i].status, 200);
    }
    assert_in_range(scripted_proxy_tunnels(p), 1, OFFLOOP_THREADS);
    close_by(&h, p);
}

static void
what_is_excepted_or_socks_stays_on_the_loop(void **state)
{
    struct house h;
    struct asked asked;
    struct list list = {NULL, 0};
    struct scripted_proxy *p = open_by(&h, true);

    (void)state;
    assert_true(list_add(&list, span_of("localhost")));
    h.route.no_proxy = &list;
    ask(&h, "/keys", &asked);
    assert_int_equal(asked.status, 200);
    assert_int_equal(gss_calls(), 0);
    close_by(&h, p);
    list_clear(&list);
}

static void
a_dead_kdc_does_not_stop_the_loop(void **state)
{
    struct house h;
    struct asked blocked[OFFLOOP_THREADS], short_one, other;
    struct scripted_proxy *p = open_by(&h, true);
    struct fetch_route straight = {.ca_file = h.route.ca_file};
    struct fetch_request request;

    (void)state;
    block_all(&h, blocked);
    request = request_for(&h, "/keys");
    request.route = &straight;
    for (int i = 0; i < 10; i++) {
        perform(&h, request, &other);
        assert_int_equal(other.status, 200);
    }
    start_within(&h, 50, &short_one);
    wait_for(&h, &short_one);
    assert_true(short_one.error);
    for (unsigned i = 0; i < OFFLOOP_THREADS; i++)
        assert_int_equal(blocked[i].calls, 0);
    gss_set(false);
    for (unsigned i = 0; i < OFFLOOP_THREADS; i++) {
        wait_for(&h, &blocked[i]);
        assert_true(blocked[i].error);
    }
    close_by(&h, p);
}

static void
the_deadline_holds_while_the_thread_is_blocked(void **state)
{
    struct house h;
    struct asked asked;
    struct scripted_proxy *p = open_by(&h, true);

    (void)state;
    start_within(&h, 300, &asked);
    wait_for_calls(&h, 1);
    wait_for(&h, &asked);
    assert_true(asked.error);
    assert_non_null(strcasestr(asked.text, "timeout"));
    /* The thread comes back to nobody, and serves the next. */
    gss_set(false);
    ask(&h, "/keys", &asked);
    assert_int_equal(asked.status, 200);
    close_by(&h, p);
}

static void
what_passed_its_deadline_is_never_performed(void **state)
{
    enum { MANY = 10 };
    struct house h;
    struct asked blocked[OFFLOOP_THREADS], late[MANY], last;
    struct scripted_proxy *p = open_by(&h, true);

    (void)state;
    block_all(&h, blocked);
    for (int i = 0; i < MANY; i++)
        start_within(&h, 50, &late[i]);
    for (int i = 0; i < MANY; i++) {
        wait_for(&h, &late[i]);
        assert_true(late[i].error);
    }
    gss_set(false);
    ask(&h, "/keys", &last);
    assert_int_equal(last.status, 200);
    for (unsigned i = 0; i < OFFLOOP_THREADS; i++)
        wait_for(&h, &blocked[i]);
    assert_int_equal(http_server_count(h.server, NULL), 1);
    close_by(&h, p);
}

static void
the_queue_has_an_end(void **state)
{
    static struct asked asked[OFFLOOP_WAITING_MAX + 2];
    struct house h;
    struct asked blocked[OFFLOOP_THREADS];
    struct scripted_proxy *p = open_by(&h, true);

    (void)state;
    block_all(&h, blocked);
    for (int i = 0; i < OFFLOOP_WAITING_MAX + 2; i++)
        start_within(&h, 60000, &asked[i]);
    for (int i = OFFLOOP_WAITING_MAX; i < OFFLOOP_WAITING_MAX + 2; i++) {
        wait_for(&h, &asked[i]);
        assert_true(asked[i].error);
        assert_string_equal(asked[i].text,
                            "too many requests wait for the proxy");
    }
    gss_set(false);
    for (int i = 0; i < OFFLOOP_WAITING_MAX; i++) {
        wait_for(&h, &asked[i]);
        assert_int_equal(asked[i].status, 200);
    }
    close_by(&h, p);
}

static void
cancelled_requests_are_never_reported(void **state)
{
    struct house h;
    struct asked running[OFFLOOP_THREADS], waiting, next;
    struct fetch *fetch[OFFLOOP_THREADS];
    struct scripted_proxy *p = open_by(&h, true);

    (void)state;
    for (unsigned i = 0; i < OFFLOOP_THREADS; i++)
        fetch[i] = start_within(&h, 60000, &running[i]);
    wait_for_calls(&h, OFFLOOP_THREADS);
    fetch_cancel(start_within(&h, 60000, &waiting));
    for (unsigned i = 0; i < OFFLOOP_THREADS; i++)
        fetch_cancel(fetch[i]);
    gss_set(false);
    ask(&h, "/keys", &next);
    assert_int_equal(next.status, 200);
    assert_int_equal(waiting.calls, 0);
    for (unsigned i = 0; i < OFFLOOP_THREADS; i++)
        assert_int_equal(running[i].calls, 0);
    assert_int_equal(http_server_count(h.server, NULL), 1);
    close_by(&h, p);
}

/* Not blocked in GSSAPI but waiting for a server: the thread is woken. */
static void
a_given_up_transfer_frees_its_thread_at_once(void **state)
{
    enum { MANY = 3 * OFFLOOP_THREADS };
    struct house h;
    struct asked asked[MANY], next;
    struct fetch *fetch[MANY];
    struct scripted_proxy *p = open_by(&h, false);

    (void)state;
    script(&h, "/hang", (struct http_script){.behaviour = HTTP_HANGS});
    for (int i = 0; i < MANY; i++)
        fetch[i] = start(&h, "/hang", &asked[i]);
    while (http_server_count(h.server, "/hang") < OFFLOOP_THREADS &&
           !h.impatient)
        uv_run(&h.loop, UV_RUN_ONCE);
    for (int i = 0; i < MANY; i++)
        fetch_cancel(fetch[i]);
    h.ticks = 0;
    ask(&h, "/keys", &next);
    assert_int_equal(next.status, 200);
    assert_in_range(h.ticks, 0, 90);
    close_by(&h, p);
}

static void
freeing_the_fetcher_does_not_wait_for_a_dead_kdc(void **state)
{
    struct house h;
    struct asked blocked[OFFLOOP_THREADS], waiting;
    struct scripted_proxy *p = open_by(&h, true);
    uint64_t before;

    (void)state;
    block_all(&h, blocked);
    start_within(&h, 60000, &waiting);
    before = uv_hrtime();
    fetcher_free(h.fetcher);
    h.fetcher = NULL;
    assert_in_range((uv_hrtime() - before) / 1000000, 0, 2000);
    pthread_mutex_lock(&gss.lock);
    assert_int_equal(gss.inside, OFFLOOP_THREADS);
    pthread_mutex_unlock(&gss.lock);
    uv_run(&h.loop, UV_RUN_NOWAIT);
    close_by(&h, p);
    assert_int_equal(waiting.calls, 0);
    for (unsigned i = 0; i < OFFLOOP_THREADS; i++)
        assert_int_equal(blocked[i].calls, 0);
}

static void
freeing_the_fetcher_ends_what_is_under_way_there(void **state)
{
    struct house h;
    struct asked asked[3];
    struct scripted_proxy *p = open_by(&h, false);

    (void)state;
    script(&h, "/hang", (struct http_script){.behaviour = HTTP_HANGS});
    for (int i = 0; i < 3; i++)
        start(&h, i == 0 ? "/hang" : "/keys", &asked[i]);
    close_by(&h, p);
    for (int i = 0; i < 3; i++)
        assert_int_equal(asked[i].calls, 0);
}

static void
done_may_free_the_fetcher_from_there(void **state)
{
    struct house h;
    struct asked asked, other;
    struct scripted_proxy *p = open_by(&h, false);

    (void)state;
    script(&h, "/hang", (struct http_script){.behaviour = HTTP_HANGS});
    start(&h, "/keys", &asked);
    asked.free_fetcher = true;
    start(&h, "/hang", &other);
    wait_for(&h, &asked);
    assert_int_equal(asked.status, 200);
    assert_int_equal(other.calls, 0);
    close_by(&h, p);
}

static void
the_second_attempt_goes_there_too(void **state)
{
    struct house h;
    struct asked asked;
    struct scripted_proxy *p = open_by(&h, false);
    struct fetch_request request;

    (void)state;
    script(
        &h, "/keys",
        (struct http_script){
            .status = 200, .body = "{}", .behaviour = HTTP_CLOSES, .times = 1});
    request = request_for(&h, "/keys");
    request.idempotent = true;
    perform(&h, request, &asked);
    assert_int_equal(asked.status, 200);
    assert_int_equal(http_server_count(h.server, "/keys"), 2);
    assert_true(gss_calls() > 0);
    close_by(&h, p);
}

/* The body counts against body_max, whichever thread reads it. */
static void
limits_hold_there_too(void **state)
{
    struct house h;
    struct asked asked;
    struct scripted_proxy *p = open_by(&h, false);
    struct fetch_request request = request_for(&h, "/keys");

    (void)state;
    request.body_max = 1;
    perform(&h, request, &asked);
    assert_true(asked.error);
    assert_non_null(strstr(asked.text, "larger"));
    close_by(&h, p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(negotiate_runs_off_the_loop_and_keeps_its_tunnel),
        cmocka_unit_test(credentials_arrive_from_there_too),
        cmocka_unit_test(many_requests_are_all_served),
        cmocka_unit_test(what_is_excepted_or_socks_stays_on_the_loop),
        cmocka_unit_test(a_dead_kdc_does_not_stop_the_loop),
        cmocka_unit_test(the_deadline_holds_while_the_thread_is_blocked),
        cmocka_unit_test(what_passed_its_deadline_is_never_performed),
        cmocka_unit_test(the_queue_has_an_end),
        cmocka_unit_test(cancelled_requests_are_never_reported),
        cmocka_unit_test(a_given_up_transfer_frees_its_thread_at_once),
        cmocka_unit_test(freeing_the_fetcher_does_not_wait_for_a_dead_kdc),
        cmocka_unit_test(freeing_the_fetcher_ends_what_is_under_way_there),
        cmocka_unit_test(done_may_free_the_fetcher_from_there),
        cmocka_unit_test(the_second_attempt_goes_there_too),
        cmocka_unit_test(limits_hold_there_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
