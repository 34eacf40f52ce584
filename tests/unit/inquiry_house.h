/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Attempts that need a provider's word, with a provider that the test plays:
 * ask_start() and ask_cancel() of this file take the place of the real ones.
 */
#ifndef TESTS_UNIT_INQUIRY_HOUSE_H
#define TESTS_UNIT_INQUIRY_HOUSE_H

#include "tests/unit/daemon_house.h"

#include "helper/daemon/inquiry.h"

#define ASKS_MAX 64

struct ask {
    ask_done *done;
    void *context;
    enum ask_kind kind;
    char user[64], credential[2048];
    bool cancelled;
};

static struct ask asked[ASKS_MAX];
static size_t asks, cancels;

struct ask *
ask_start(struct issuer *issuer, const struct ask_request *request,
          ask_done *done, void *context)
{
    struct ask *ask = &asked[asks++];

    (void)issuer;
    assert_true(asks <= ASKS_MAX);
    memset(ask, 0, sizeof(*ask));
    ask->done = done;
    ask->context = context;
    ask->kind = request->kind;
    if (request->user.len > 0)
        memcpy(ask->user, request->user.data, request->user.len);
    if (request->credential.len > 0)
        memcpy(ask->credential, request->credential.data,
               request->credential.len);
    trace_note(request->trace, "introspection", true, "active", "active");
    return ask;
}

void
ask_cancel(struct ask *ask)
{
    if (ask == NULL)
        return;
    ask->cancelled = true;
    cancels++;
}

static __attribute__((unused)) void
answer_reason(size_t which, enum reason reason)
{
    struct ask_answer answer = {.reason = reason, .heard = ASK_HEARD_ANSWER};

    if (reason_is_outage(reason))
        answer.heard = ASK_HEARD_FAILURE;
    else if (reason == REASON_OVERLOAD)
        answer.heard = ASK_HEARD_NOTHING;
    asked[which].done(asked[which].context, &answer);
}

/* Before anything was sent. */
static __attribute__((unused)) void
answer_unasked(size_t which, enum reason reason)
{
    struct ask_answer answer = {.reason = reason};

    asked[which].done(asked[which].context, &answer);
}

static __attribute__((unused)) void
answer_claims(size_t which, const char *json)
{
    struct ask_answer answer = {.reason = REASON_ACCEPTED,
                                .heard = ASK_HEARD_ANSWER};

    assert_int_equal(claims_parse(span_of(json), &answer.claims),
                     REASON_ACCEPTED);
    answer.claims.issued = clock_wall();
    answer.claims.expires = clock_wall() + 600;
    answer.claims.sub = json_text(answer.claims.root, "sub");
    asked[which].done(asked[which].context, &answer);
    claims_clear(&answer.claims);
}

#define ALICE "{\"iss\":\"" HOUSE_ISSUER "\",\"sub\":\"alice\"}"
#define OPAQUE                                                                 \
    "accept = jwt introspection\n"                                             \
    "token_pattern = opq_:alnum:1-64\n"                                        \
    "introspection_endpoint = https://idp.example/introspect\n"                \
    "client_auth = client_secret_basic\nclient_id = host\n"                    \
    "client_secret_file = secret\n"                                            \
    "jwks_file = jwks.json\n"
#define PASSWORDS                                                              \
    "accept = jwt app-password\n"                                              \
    "password_pattern = pw-:alnum:1-64\n"                                      \
    "token_endpoint = https://idp.example/token\nclient_id = host\n"           \
    "jwks_file = jwks.json\n"
#define SSHD "[service sshd]\n"

struct many {
    struct house house;
    unsigned answers;
    struct attempt_result last;
};

static __attribute__((unused)) void
begin_house(struct many *many, const char *more)
{
    memset(many, 0, sizeof(*many));
    asks = cancels = 0;
    house_open(&many->house);
    house_configure(&many->house, more, SSHD);
    house_start(&many->house, HELPER_KEEPS_STATE);
    if (many->house.helper.config == NULL)
        fprintf(stderr, "%s", many->house.helper.complaints.data);
    assert_non_null(many->house.helper.config);
}

static __attribute__((unused)) void
on_one(void *context, const struct attempt_result *result)
{
    struct many *many = context;

    many->answers++;
    many->last = *result;
}

static __attribute__((unused)) struct attempt *
start(struct many *many, const char *user, const char *credential)
{
    struct attempt_request request = house_request(user, credential);

    return attempt_start(&many->house.helper, &request, on_one, many);
}

static __attribute__((unused)) void
turn(struct many *many)
{
    while (many->answers == 0)
        (void)uv_run(&many->house.loop, UV_RUN_ONCE);
}

static __attribute__((unused)) void
load_keys(struct many *many)
{
    while (issuer_keys(many->house.helper.issuer[0].issuer) == NULL)
        (void)uv_run(&many->house.loop, UV_RUN_ONCE);
}

#endif
