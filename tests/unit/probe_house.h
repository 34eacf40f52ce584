/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A protected URL without a network: stands in for fetch_start(), so that
 * every request is seen and answered in the test's own turn and time.  For the
 * tests of helper/issuer/probe*.c; one per program.
 */
#ifndef TESTS_UNIT_PROBE_HOUSE_H
#define TESTS_UNIT_PROBE_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/evp.h>

#include "helper/issuer/probe_inside.h"

#define WALL 1700000000
#define SEEN_MAX 64
#define TURNS_MAX 1000

struct fetch {
    struct fetch *next;
    char *authorization, *cookie;
    uint32_t timeout_ms;
    fetch_done *done;
    void *context;
};

static struct gateway {
    /* What it knows. */
    const char *user, *password, *token;
    const char *realm;
    bool basic, bearer, digest; /* what it offers */
    const char *algorithm;
    unsigned nonce;     /* the one that is good now */
    bool stale_always;  /* ... is none */
    const char *offer;  /* these lines instead */
    const char *cookie; /* that lets in; NULL: none does */

    /* How it answers; 0: as one does. */
    int open_status;   /* whatever is asked */
    int wrong_status;  /* to a wrong credential */
    int good_status;   /* to a good one */
    const char *error; /* no answer at all */
    const char *extra; /* lines of a good answer */
    const char *wrong_extra;
    const char *rspauth; /* instead of the right one */
    bool proves;         /* sends rspauth */
    const char *body;
    bool hangs;

    /* What it saw: '-' nothing, B, D, T (Bearer), C (cookie). */
    char seen[SEEN_MAX + 1];
    char last[4096]; /* header value */
    uint32_t last_timeout;
    char last_proxy_password[64];
    struct fetch *pending;
} gateway;

/* --- in place of fetch.c --- */

static char *
gateway_copy(struct span text)
{
    char *copy = malloc(text.len + 1);

    assert_non_null(copy);
    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return copy;
}

struct fetch *
fetch_start(struct fetcher *fetcher, const struct fetch_request *request)
{
    struct fetch *fetch = calloc(1, sizeof(*fetch)), **at = &gateway.pending;

    (void)fetcher;
    assert_non_null(fetch);
    assert_string_equal(request->url, "https://idp.example/check?a=b");
    assert_true(request->fresh && !request->post && !request->idempotent);
    assert_true(request->timeout_ms > 0 && request->body_max > 0);
    fetch->authorization = gateway_copy(request->authorization);
    fetch->cookie = gateway_copy(request->cookie);
    fetch->timeout_ms = request->timeout_ms;
    snprintf(gateway.last_proxy_password, sizeof(gateway.last_proxy_password),
             "%.*s", (int)request->route->proxy_password.len,
             request->route->proxy_password.len > 0
                 ? request->route->proxy_password.data
                 : "");
    fetch->done = request->done;
    fetch->context = request->context;
    while (*at != NULL)
        at = &(*at)->next;
    *at = fetch;
    return fetch;
}

static void
gateway_drop(struct fetch *fetch)
{
    struct fetch **at = &gateway.pending;

    while (*at != NULL && *at != fetch)
        at = &(*at)->next;
    assert_ptr_equal(*at, fetch);
    *at = fetch->next;
    free(fetch->authorization);
    free(fetch->cookie);
    free(fetch);
}

void
fetch_cancel(struct fetch *fetch)
{
    gateway_drop(fetch);
}

/* --- what it thinks of a credential --- */

static bool
gateway_takes_basic(const char *value)
{
    char pair[512];
    unsigned char encoded[1024];

    snprintf(pair, sizeof(pair), "%s:%s",
             gateway.user == NULL ? "" : gateway.user,
             gateway.password == NULL ? gateway.token : gateway.password);
    EVP_EncodeBlock(encoded, (const unsigned char *)pair, (int)strlen(pair));
    return strcmp(value, (const char *)encoded) == 0;
}

static const char *
gateway_hash(char *out, const char *format, ...)
{
    const char *name = strcmp(gateway.algorithm, "MD5") == 0 ? "MD5" : "SHA256";
    unsigned char md[64];
    char text[8192];
    size_t len = 0;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    assert_int_equal(
        EVP_Q_digest(NULL, name, NULL, text, strlen(text), md, &len), 1);
    for (size_t i = 0; i < len; i++)
        snprintf(out + 2 * i, 3, "%02x", md[i]);
    return out;
}

static void
gateway_part(const char *value, const char *name, char *out, size_t size)
{
    const char *at = strstr(value, name);
    size_t len;

    out[0] = '\0';
    if (at == NULL)
        return;
    at += strlen(name);
    if (*at == '"')
        at++;
    len = strcspn(at, "\",");
    assert_true(len < size);
    memcpy(out, at, len);
    out[len] = '\0';
}

/* rspauth when it is right, else "". */
static bool
gateway_takes_digest(const char *value, bool *stale, char *proof)
{
    char nonce[64], wanted[64], nc[16], cnonce[80], found[80];
    char ha1[80], ha2[80], right[80];

    gateway_part(value, "nonce=", nonce, sizeof(nonce));
    gateway_part(value, " nc=", nc, sizeof(nc));
    gateway_part(value, "cnonce=", cnonce, sizeof(cnonce));
    gateway_part(value, "response=", found, sizeof(found));
    snprintf(wanted, sizeof(wanted), "n%u", gateway.nonce);
    gateway_hash(ha1, "%s:%s:%s", gateway.user, gateway.realm,
                 gateway.password);
    gateway_hash(ha2, "GET:/check?a=b");
    gateway_hash(right, "%s:%s:%s:%s:auth:%s", ha1, nonce, nc, cnonce, ha2);
    *stale = gateway.stale_always || strcmp(nonce, wanted) != 0;
    if (gateway.stale_always)
        gateway.nonce++;
    gateway_hash(ha2, ":/check?a=b");
    gateway_hash(proof, "%s:%s:%s:%s:auth:%s", ha1, nonce, nc, cnonce, ha2);
    return !*stale && strcmp(found, right) == 0;
}

static bool
gateway_takes(const struct fetch *fetch, bool *stale, char *proof)
{
    const char *value = fetch->authorization;

    *stale = false;
    proof[0] = '\0';
    if (fetch->cookie[0] != '\0')
        return gateway.cookie != NULL &&
               strcmp(fetch->cookie, gateway.cookie) == 0;
    if (strncmp(value, "Basic ", 6) == 0)
        return gateway.basic && gateway_takes_basic(value + 6);
    if (strncmp(value, "Bearer ", 7) == 0)
        return gateway.bearer && gateway.token != NULL &&
               strcmp(value + 7, gateway.token) == 0;
    if (strncmp(value, "Digest ", 7) == 0)
        return gateway.digest && gateway_takes_digest(value, stale, proof);
    return false;
}

static void
gateway_note(const struct fetch *fetch)
{
    const char *value = fetch->authorization;
    size_t len = strlen(gateway.seen);
    char mark = '-';

    assert_true(len < SEEN_MAX);
    if (fetch->cookie[0] != '\0') {
        assert_string_equal(value, "");
        value = fetch->cookie;
        mark = 'C';
    } else if (strncmp(value, "Bearer ", 7) == 0)
        mark = 'T';
    else if (value[0] != '\0')
        mark = value[0];
    gateway.seen[len] = mark;
    gateway.seen[len + 1] = '\0';
    snprintf(gateway.last, sizeof(gateway.last), "%s", value);
    gateway.last_timeout = fetch->timeout_ms;
}

/* --- its answers --- */

static void
gateway_offer(struct buffer *head, bool stale)
{
    if (gateway.offer != NULL) {
        buffer_text(head, gateway.offer);
        return;
    }
    if (gateway.basic)
        buffer_printf(head, "WWW-Authenticate: Basic realm=\"%s\"\r\n",
                      gateway.realm);
    if (gateway.digest)
        buffer_printf(head,
                      "WWW-Authenticate: Digest realm=\"%s\", nonce=\"n%u\","
                      " qop=\"auth\", algorithm=%s%s\r\n",
                      gateway.realm, gateway.nonce, gateway.algorithm,
                      stale ? ", stale=true" : "");
    if (gateway.bearer)
        buffer_printf(head, "WWW-Authenticate: Bearer realm=\"%s\"\r\n",
                      gateway.realm);
}

static void
gateway_answer(void)
{
    struct fetch *fetch = gateway.pending;
    struct buffer head = BUFFER_INIT(1024 * 1024);
    struct fetch_answer answer = {.error = gateway.error, .max_age = -1};
    fetch_done *done = fetch->done;
    void *context = fetch->context;
    char proof[80];
    bool stale, good = gateway_takes(fetch, &stale, proof);
    bool bare = fetch->authorization[0] == '\0' && fetch->cookie[0] == '\0';

    gateway_note(fetch);
    answer.status = good ? 200 : 401;
    if (good && gateway.good_status != 0)
        answer.status = gateway.good_status;
    if (!good && !bare && gateway.wrong_status != 0)
        answer.status = gateway.wrong_status;
    if (gateway.open_status != 0)
        answer.status = gateway.open_status;
    buffer_printf(&head, "HTTP/1.1 %ld X\r\n", answer.status);
    if (answer.status == 401)
        gateway_offer(&head, stale);
    if (good && gateway.proves && proof[0] != '\0')
        buffer_printf(&head, "Authentication-Info: rspauth=\"%s\"\r\n",
                      gateway.rspauth == NULL ? proof : gateway.rspauth);
    if (good && gateway.extra != NULL)
        buffer_text(&head, gateway.extra);
    if (!good && !bare && gateway.wrong_extra != NULL)
        buffer_text(&head, gateway.wrong_extra);
    buffer_text(&head, "\r\n");
    answer.head = buffer_span(&head);
    answer.body = span_of(gateway.body);
    gateway_drop(fetch);
    done(context, &answer);
    buffer_free(&head);
}

/* --- the house --- */

static int64_t house_now;

static int64_t
house_clock(void)
{
    return house_now;
}

static struct house {
    uv_loop_t loop;
    struct issuer_conf conf;
    struct route route;
    struct probe_site *site;
} house;

static inline void
house_add(struct list *list, const char *text)
{
    assert_true(list_add(list, span_of(text)));
}

/* A gateway that takes jdoe with "right" by Basic, a configuration that fits
 * it; house_start() makes the site. */
static inline int
house_open(void **state)
{
    (void)state;
    memset(&house, 0, sizeof(house));
    memset(&gateway, 0, sizeof(gateway));
    house_now = 5000000;
    gateway.user = "jdoe";
    gateway.password = "right";
    gateway.realm = "ours";
    gateway.algorithm = "SHA-256";
    gateway.basic = true;
    assert_int_equal(uv_loop_init(&house.loop), 0);
    house.conf.name = (char *)"work";
    house.conf.issuer = (char *)"https://idp.example";
    house.conf.http_url = (char *)"https://idp.example/check?a=b";
    house.conf.http_schemes = SCHEME_BASIC | SCHEME_DIGEST | SCHEME_BEARER;
    house.conf.username_claim = (char *)"preferred_username";
    house_add(&house.conf.accepted, "200");
    house_add(&house.conf.accepted, "204");
    house_add(&house.conf.refused, "401");
    house_add(&house.conf.password_pattern, "any");
    return 0;
}

/* The same for the token "good-token" by Bearer. */
static inline void
house_of_tokens(void)
{
    gateway.basic = false;
    gateway.bearer = true;
    gateway.password = NULL;
    gateway.token = "good-token";
    gateway.extra = "X-User: jdoe\r\n";
    house.conf.user_from = (char *)"header:X-User";
    list_clear(&house.conf.password_pattern);
    house_add(&house.conf.token_pattern, "any");
}

static inline void
house_of_digest(void)
{
    gateway.digest = true;
}

/* Until nobody waits for an answer. */
static inline void
house_run(void)
{
    unsigned turns = 0;

    uv_run(&house.loop, UV_RUN_NOWAIT);
    while (gateway.pending != NULL && !gateway.hangs) {
        assert_true(turns++ < TURNS_MAX);
        gateway_answer();
        uv_run(&house.loop, UV_RUN_NOWAIT);
    }
}

static inline void
house_new_site(void)
{
    route_init(&house.route, &house.conf);
    house.site = probe_site_new(&house.conf, &house.loop, NULL, &house.route);
    assert_non_null(house.site);
    house.site->clock = house_clock;
    house.site->next_test = 0;
}

/* The site after its first self-test, and forgets what that asked. */
static inline void
house_start(void)
{
    house_new_site();
    house_run();
    gateway.seen[0] = '\0';
}

static inline void
house_later(int64_t seconds)
{
    house_now += seconds * 1000;
    probe_site_look(house.site);
    house_run();
}

/* Nothing may be left. */
static inline int
house_close(void **state)
{
    (void)state;
    probe_site_free(house.site);
    assert_null(gateway.pending);
    route_free(&house.route);
    uv_run(&house.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&house.loop), 0);
    list_clear(&house.conf.accepted);
    list_clear(&house.conf.refused);
    list_clear(&house.conf.password_pattern);
    list_clear(&house.conf.token_pattern);
    return 0;
}

static inline void
house_expect_state(const char *wanted)
{
    json_t *status = probe_site_status(house.site);

    assert_non_null(status);
    assert_string_equal(json_string_value(json_object_get(status, "state")),
                        wanted);
    json_decref(status);
}

/* --- somebody who asks --- */

struct asker {
    unsigned calls;
    enum reason reason;
    char user[64]; /* of the claims */
    char *claims;  /* as JSON */
    char problem[ASK_PROBLEM_MAX];
    struct probe *probe;
    struct probe_site **free_it; /* from within `done` */
    struct probe **cancel;       /* likewise */
    struct trace *trace;
    uint32_t timeout_ms;
};

static inline void
asker_done(void *context, struct ask_answer *answer)
{
    struct asker *a = context;

    a->calls++;
    a->reason = answer->reason;
    snprintf(a->problem, sizeof(a->problem), "%s", answer->problem);
    snprintf(a->user, sizeof(a->user), "%.*s", (int)answer->claims.sub.len,
             answer->claims.sub.data == NULL ? "" : answer->claims.sub.data);
    free(a->claims);
    a->claims =
        answer->claims.root == NULL
            ? NULL
            : json_dumps(answer->claims.root, JSON_COMPACT | JSON_SORT_KEYS);
    if (a->reason == REASON_ACCEPTED) {
        assert_false(answer->claims.is_client);
        assert_int_equal(answer->claims.expires, WALL + 60);
        assert_int_equal(answer->claims.issued, WALL);
        assert_true(span_is(answer->claims.iss, house.conf.issuer));
    } else
        assert_null(answer->claims.root);
    a->probe = NULL;
    if (a->cancel != NULL) {
        probe_cancel(*a->cancel);
        *a->cancel = NULL;
    }
    if (a->free_it != NULL) {
        probe_site_free(*a->free_it);
        *a->free_it = NULL;
    }
}

static inline void
asker_start(struct asker *a, enum ask_kind kind, const char *user,
            struct span credential)
{
    struct ask_request request = {
        .kind = kind,
        .user = span_of(user),
        .credential = credential,
        .timeout_ms = a->timeout_ms == 0 ? 10000 : a->timeout_ms,
        .wall = WALL,
        .trace = a->trace,
    };
    unsigned before = a->calls;

    a->probe = probe_start(house.site, &request, asker_done, a);
    assert_true((a->probe == NULL) == (a->calls == before + 1));
}

static inline void
asker_clear(struct asker *a)
{
    free(a->claims);
    a->claims = NULL;
}

/* Asks, waits, compares. */
static inline void
expect_answer(enum ask_kind kind, const char *user, const char *credential,
              enum reason wanted, const char *problem)
{
    struct asker a = {.calls = 0};

    asker_start(&a, kind, user, span_of(credential));
    house_run();
    assert_int_equal(a.calls, 1);
    if (a.reason != wanted)
        fail_msg("%s (%s), not %s", reason_name(a.reason), a.problem,
                 reason_name(wanted));
    if (problem != NULL && strstr(a.problem, problem) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", problem, a.problem);
    if (wanted == REASON_ACCEPTED)
        assert_string_equal(a.user, "jdoe");
    asker_clear(&a);
}

#define expect_password(PASSWORD, ...)                                         \
    expect_answer(ASK_HTTP_PASSWORD, "jdoe", PASSWORD, __VA_ARGS__)
#define expect_token(TOKEN, ...)                                               \
    expect_answer(ASK_HTTP_TOKEN, "", TOKEN, __VA_ARGS__)

static inline void
expect_seen(const char *wanted)
{
    assert_string_equal(gateway.seen, wanted);
    gateway.seen[0] = '\0';
}

#endif
