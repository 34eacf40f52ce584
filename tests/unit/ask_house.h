/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One issuer that is asked over real TLS: what the endpoints answer, what
 * came to them, and what the question ended with.
 */
#ifndef TESTS_UNIT_ASK_HOUSE_H
#define TESTS_UNIT_ASK_HOUSE_H

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/issuer/ask_room.h"
#include "tests/unit/issuer_house.h"

#define ASK_NOW INT64_C(1800000000)
#define ASK_TOKEN "opaque-T0ken~+/="
#define ASK_TOKEN_FORM "opaque-T0ken~%2B%2F%3D"
#define ASK_SECRET "s3cret of the host"
#define JSON_TYPE "Content-Type: application/json\r\n"

struct asked {
    unsigned calls;
    enum reason reason;
    char problem[ASK_PROBLEM_MAX];
    char token[200];
    struct claims claims;
};

struct ask_house {
    struct house h;
    char issuer[100], introspect[100], token[100], userinfo[100];
    char tokeninfo[100];
    char secret_file[64];
    char *clients[1], *audience[1];
    struct asked asked;
    struct trace *trace;
    uint32_t timeout_ms;
};

static inline void
ask_house_url(struct ask_house *a, char *out, const char *path)
{
    snprintf(out, 100, "%s", http_server_url(a->h.server, path));
}

static inline void
ask_house_secret(struct ask_house *a)
{
    int fd;

    strcpy(a->secret_file, "/tmp/ask-house-XXXXXX");
    fd = mkstemp(a->secret_file);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0600), 0);
    assert_int_equal(write(fd, ASK_SECRET "\n", strlen(ASK_SECRET) + 1),
                     strlen(ASK_SECRET) + 1);
    close(fd);
}

/* An issuer that needs nothing but its configuration. */
static inline void
ask_house_open(struct ask_house *a, enum method method)
{
    struct issuer_conf *conf = &a->h.conf;

    memset(a, 0, sizeof(*a));
    house_open(&a->h);
    house_serve(&a->h);
    ask_house_url(a, a->issuer, "");
    ask_house_url(a, a->introspect, "/introspect");
    ask_house_url(a, a->token, "/token");
    ask_house_url(a, a->userinfo, "/userinfo");
    ask_house_url(a, a->tokeninfo, "/tokeninfo");
    ask_house_secret(a);
    a->clients[0] = (char *)"cli";
    a->audience[0] = (char *)"us";
    a->timeout_ms = 10000;
    conf->ca_file = (char *)http_server_ca(a->h.server);
    conf->issuer = a->issuer;
    conf->accept = method;
    conf->audience = (struct list){a->audience, 1};
    conf->username_claim = (char *)"sub";
    conf->client_id = (char *)"host";
    conf->client_auth = CLIENT_SECRET_POST;
    conf->client_secret_file = a->secret_file;
    if (method == METHOD_INTROSPECTION)
        conf->introspection_endpoint = a->introspect;
    if (method == METHOD_APP_PASSWORD)
        conf->token_endpoint = a->token;
    if (method == METHOD_USERINFO) {
        conf->clients = (struct list){a->clients, 1};
        conf->tokeninfo_endpoint = a->tokeninfo;
        conf->client_claim = (char *)"client_id";
        conf->userinfo_endpoint = a->userinfo;
    }
}

static inline void
ask_house_close(struct ask_house *a)
{
    claims_clear(&a->asked.claims);
    trace_free(a->trace);
    unlink(a->secret_file);
    house_close(&a->h);
}

static inline void
ask_house_script(struct ask_house *a, const char *path, int status,
                 const char *headers, const char *body)
{
    house_script(&a->h, path, status, headers, body);
}

static inline void
asked_done(void *context, struct ask_answer *answer)
{
    struct asked *asked = context;

    asked->calls++;
    asked->reason = answer->reason;
    memcpy(asked->problem, answer->problem, sizeof(asked->problem));
    snprintf(asked->token, sizeof(asked->token), "%.*s", (int)answer->token.len,
             answer->token.data != NULL ? answer->token.data : "");
    asked->claims = answer->claims;
    answer->claims.root = NULL;
}

static inline struct ask *
ask_house_begin(struct ask_house *a, enum ask_kind kind, const char *user,
                const char *origin, const char *credential)
{
    struct ask_request request = {
        .kind = kind,
        .user = span_of(user),
        .origin = span_of(origin),
        .credential = span_of(credential),
        .timeout_ms = a->timeout_ms,
        .wall = ASK_NOW,
        .trace = a->trace,
    };

    if (a->h.issuer == NULL)
        a->h.issuer = house_issuer_new(&a->h);
    claims_clear(&a->asked.claims);
    memset(&a->asked, 0, sizeof(a->asked));
    return ask_start(a->h.issuer, &request, asked_done, &a->asked);
}

static inline void
ask_house_wait(struct ask_house *a)
{
    a->h.ticks = 0;
    while (a->asked.calls == 0 && a->h.ticks < 2 * PATIENCE_TICKS)
        uv_run(&a->h.loop, UV_RUN_ONCE);
    assert_int_equal(a->asked.calls, 1);
}

static inline enum reason
ask_house_ask(struct ask_house *a, enum ask_kind kind, const char *user,
              const char *credential)
{
    ask_house_begin(a, kind, user, "192.0.2.1", credential);
    ask_house_wait(a);
    return a->asked.reason;
}

#define assert_reason(found, wanted)                                           \
    assert_string_equal(reason_name(found), reason_name(wanted))

/* Neither the credential nor our secret is in any head line; the credential
 * is where `path` gets it and nowhere else. */
static inline void
ask_house_keeps_secrets(struct ask_house *a, const char *credential)
{
    assert_null(strstr(a->asked.problem, credential));
    assert_null(strstr(a->asked.problem, "s3cret"));
    if (a->trace == NULL)
        return;
    for (size_t i = 0; i < a->trace->count; i++) {
        assert_null(strstr(a->trace->check[i].found, credential));
        assert_null(strstr(a->trace->check[i].expected, credential));
    }
}

/* What every endpoint may answer instead of an answer: checklist 46. */
struct ask_fault {
    const char *name;
    struct http_script script;
};

static const struct ask_fault ask_faults[] = {
    {"204", {.status = 204}},
    {"302", {.status = 302, .headers = "Location: /elsewhere\r\n"}},
    {"307", {.status = 307, .headers = "Location: /elsewhere\r\n"}},
    {"403 of a firewall",
     {.status = 403,
      .headers = "Content-Type: text/html\r\n",
      .body = "<html>blocked</html>"}},
    {"404", {.status = 404, .headers = JSON_TYPE, .body = "{}"}},
    {"429",
     {.status = 429, .headers = JSON_TYPE "Retry-After: 30\r\n", .body = "{}"}},
    {"500", {.status = 500, .headers = JSON_TYPE, .body = "{\"active\":true}"}},
    {"503", {.status = 503}},
    {"login page",
     {.status = 200,
      .headers = "Content-Type: text/html\r\n",
      .body = "<html>Log in</html>"}},
    {"HTML said to be JSON",
     {.status = 200, .headers = JSON_TYPE, .body = "<html>Log in</html>"}},
    {"no type", {.status = 200, .body = "{}"}},
    {"two types",
     {.status = 200,
      .headers = JSON_TYPE "Content-Type: text/html\r\n",
      .body = "{}"}},
    {"empty", {.status = 200, .headers = JSON_TYPE}},
    {"array", {.status = 200, .headers = JSON_TYPE, .body = "[]"}},
    {"text behind",
     {.status = 200, .headers = JSON_TYPE, .body = "{\"active\":true} x"}},
    {"half",
     {.status = 200,
      .headers = JSON_TYPE,
      .body = "{\"active\":true}",
      .behaviour = HTTP_HALF_BODY}},
    {"closed", {.behaviour = HTTP_CLOSES}},
};
#define ASK_FAULTS (sizeof(ask_faults) / sizeof(ask_faults[0]))

/* What fails on the way, or by its own word: an outage. */
static inline bool
ask_fault_is_outage(const struct http_script *script)
{
    return script->status == 0 || script->status >= 500 ||
           script->behaviour == HTTP_HALF_BODY;
}

/* Each of them is the provider's fault, with a problem, and asks nobody else.
 */
static inline void
ask_house_faults(struct ask_house *a, const char *path, enum ask_kind kind)
{
    for (size_t i = 0; i < ASK_FAULTS; i++) {
        http_server_script(a->h.server, path, &ask_faults[i].script);
        /* The same user: so the breaker stays closed. */
        if (ask_house_ask(a, kind, "alice", ASK_TOKEN) !=
            (ask_fault_is_outage(&ask_faults[i].script)
                 ? REASON_PROVIDER
                 : REASON_PROVIDER_ANSWER))
            fail_msg("%s: %s %s", ask_faults[i].name,
                     reason_name(a->asked.reason), a->asked.problem);
        if (a->asked.problem[0] == '\0' ||
            strstr(a->asked.problem, "localhost") == NULL)
            fail_msg("%s: problem: %s", ask_faults[i].name, a->asked.problem);
        ask_house_keeps_secrets(a, ASK_TOKEN);
    }
    assert_int_equal(http_server_count(a->h.server, "/elsewhere"), 0);
}

#endif
