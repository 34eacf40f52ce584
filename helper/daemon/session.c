/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/clock.h"
#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/daemon/decision.h"
#include "helper/daemon/entry.h"
#include "helper/policy/policy.h"

static enum reason
house_serves(struct helper *h, int64_t *now)
{
    if (h->config == NULL)
        return h->absent ? REASON_NO_ISSUER : REASON_CONFIGURATION;
    return helper_wall(h, now) ? REASON_ACCEPTED : REASON_CLOCK;
}

/* Does what let him in still hold at `now`? */
static enum reason
still_holds(const struct helper *h, struct span user, int64_t ends,
            const struct facts *facts, int64_t now)
{
    enum reason reason;

    if (facts == NULL)
        return REASON_LOGIN_UNKNOWN;
    if (ends <= now - LEEWAY_S)
        return REASON_TOKEN_ENDED;
    reason = entry_revoked(h, facts, user, NULL);
    return reason == REASON_TOKEN_REVOKED ? REASON_REVOKED : reason;
}

/* --- opening and closing --- */

static bool
somebody_resumes(const struct config *config)
{
    for (size_t i = 0; i < config->services; i++)
        if (config->service[i].accept_login > 0)
            return true;
    return false;
}

static void
log_session(const char *what, const struct session *s)
{
    char user[LIMIT_USER + 1], service[LIMIT_SERVICE + 1], id[20], audit[16];

    snprintf(id, sizeof(id), "%016" PRIx64, s->incident);
    snprintf(audit, sizeof(audit), "%" PRIu32, s->audit_session);
    const struct record_field fields[] = {
        {"id", id, RECORD_WORD},
        {"phase", what, RECORD_WORD},
        {"user", text_escape(s->user, user, sizeof(user)), RECORD_WORD},
        {"service", text_escape(s->service, service, sizeof(service)),
         RECORD_WORD},
        {"audit", s->audit_session == WIRE_UNSET ? "none" : audit, RECORD_WORD},
    };

    log_record("session", fields, sizeof(fields) / sizeof(fields[0]));
}

static bool
is_id(void *context, const struct session *s)
{
    const struct wire_request *r = context;

    return memcmp(s->id, r->login, LOGIN_ID_LEN) == 0 &&
           span_equal(s->user, r->user) && span_equal(s->service, r->service);
}

static bool
find(const struct helper *h, const struct wire_request *r, struct session *out)
{
    return sessions_find(h->sessions, is_id, (void *)(uintptr_t)r, out);
}

static void
describe(const struct session *s, struct attempt_result *out)
{
    memcpy(out->login, s->id, LOGIN_ID_LEN);
    out->ends = s->ends;
    out->incident = s->incident;
}

/* It moves from those that were accepted to those that are open.  Of `session`
 * the spans are gone when this returns. */
static enum reason
begin(struct helper *h, const struct wire_request *r, int64_t now,
      struct session *session)
{
    struct login login;
    enum reason reason;

    if (!login_find(h->logins, r->login, &login) ||
        !span_equal(login.user, r->user) ||
        !span_equal(login.service, r->service))
        return REASON_LOGIN_UNKNOWN;
    reason = still_holds(h, r->user, login.ends, facts_view(login.facts), now);
    if (reason != REASON_ACCEPTED)
        return reason;
    h->incident += DECISION_STEP;
    *session = (struct session){
        .user = r->user,
        .service = r->service,
        .rhost = login.rhost,
        .facts = login.facts,
        .ends = login.ends,
        .mapping = login.mapping,
        .opened_ms = clock_boot_ms(),
        .audit_session = r->audit_session,
        .login_uid = r->login_uid,
        .incident = h->incident,
    };
    memcpy(session->id, r->login, LOGIN_ID_LEN);
    if (!sessions_add(h->sessions, session, now))
        log_warning("a session is not recorded: there are too many, or it has "
                    "too many groups; accept_login, account=session, export "
                    "and session_files do not know it");
    if (r->audit_session == WIRE_UNSET && somebody_resumes(h->config))
        log_notice("accept_login: a login by the service %.*s has no audit "
                   "session, so nobody can resume it: pam_loginuid.so must "
                   "stand in front of pam_httpauth.so in its session lines",
                   (int)r->service.len, r->service.data);
    log_session("open", session);
    login_remove(h->logins, r->login);
    return REASON_ACCEPTED;
}

static enum reason
open_session(struct helper *h, const struct wire_request *r,
             struct attempt_result *out)
{
    struct session session;
    enum reason reason;
    int64_t now;

    reason = house_serves(h, &now);
    if (reason != REASON_ACCEPTED)
        return reason;
    /* A second session line of ours finds it. */
    if (!find(h, r, &session))
        reason = begin(h, r, now, &session);
    if (reason != REASON_ACCEPTED) {
        parcels_drop(h->parcels, r->login);
        return reason;
    }
    describe(&session, out);
    /* One that could not be recorded gets nothing. */
    if (find(h, r, &session)) {
        out->exports = facts_view(session.facts);
        out->files = parcels_has(h->parcels, r->login, clock_boot_ms());
    }
    return REASON_ACCEPTED;
}

/* Once, and for a login that still holds. */
static enum reason
collect(struct helper *h, const struct wire_request *r,
        struct attempt_result *out)
{
    struct session session;
    enum reason reason;
    int64_t now;

    reason = house_serves(h, &now);
    if (reason != REASON_ACCEPTED)
        return reason;
    if (!find(h, r, &session) ||
        !parcels_has(h->parcels, r->login, clock_boot_ms()))
        return REASON_LOGIN_UNKNOWN;
    reason =
        still_holds(h, r->user, session.ends, facts_view(session.facts), now);
    if (reason != REASON_ACCEPTED) {
        parcels_drop(h->parcels, r->login);
        return reason;
    }
    describe(&session, out);
    return REASON_ACCEPTED;
}

static enum reason
close_session(struct helper *h, const struct wire_request *r,
              struct attempt_result *out)
{
    struct session session;

    if (!find(h, r, &session))
        return REASON_LOGIN_UNKNOWN;
    log_session("close", &session);
    describe(&session, out);
    (void)sessions_remove(h->sessions, r->login);
    parcels_drop(h->parcels, r->login);
    return REASON_ACCEPTED;
}

/* --- vouching --- */

struct search {
    const struct helper *helper;
    const struct wire_request *request;
    int64_t now;
};

/* Of this very login of the kernel: the caller is in it, it is his, and it is
 * he who asks to pass as himself. */
static bool
is_his_own(void *context, const struct session *s)
{
    const struct search *search = context;
    const struct wire_request *r = search->request;

    return s->audit_session == r->audit_session &&
           s->login_uid == r->login_uid && r->login_uid == r->uid &&
           span_equal(s->user, r->user);
}

/* The rules of the service that asks, over the token that opened the login,
 * from where that came. */
static enum reason
may_resume(struct helper *h, const struct wire_request *r,
           const struct session *s, int64_t now)
{
    const struct service_conf *service = config_service(h->config, r->service);
    const struct policy_request who = {r->user, r->service, s->rhost, now};
    const struct facts *facts = facts_view(s->facts);
    enum reason reason = still_holds(h, s->user, s->ends, facts, now);

    if (reason == REASON_ACCEPTED &&
        clock_boot_ms() - s->opened_ms > service->accept_login * 1000)
        reason = REASON_LOGIN_AGE;
    if (reason == REASON_ACCEPTED)
        reason = policy_still_maps(h->config, facts, &who, s->mapping);
    if (reason == REASON_ACCEPTED)
        reason = policy_rules(h->config, facts, &who, NULL);
    return reason;
}

static enum reason
resume(struct helper *h, const struct wire_request *r,
       struct attempt_result *out)
{
    const struct service_conf *service;
    struct search search = {h, r, 0};
    struct session session;
    struct login login;
    enum reason reason = house_serves(h, &search.now);

    if (reason != REASON_ACCEPTED)
        return reason;
    service = config_service(h->config, r->service);
    if (service == NULL || service->accept_login == 0 ||
        !sessions_find(h->sessions, is_his_own, &search, &session))
        return REASON_NO_LOGIN;
    snprintf(out->issuer, sizeof(out->issuer), "%s",
             facts_text(facts_view(session.facts), FACT_ISSUER, 0));
    reason = may_resume(h, r, &session, search.now);
    if (reason != REASON_ACCEPTED)
        return reason;
    /* A login of its own for the account phase that follows. */
    login = (struct login){.user = r->user,
                           .service = r->service,
                           .rhost = session.rhost,
                           .ends = session.ends,
                           .mapping = session.mapping,
                           .facts = session.facts};
    if (!login_add(h->logins, &login, out->login))
        return REASON_INTERNAL;
    out->ends = session.ends;
    return REASON_ACCEPTED;
}

static bool
vouches(void *context, const struct session *s)
{
    const struct search *search = context;
    const struct policy_request who = {.user = s->user};
    const struct facts *facts = facts_view(s->facts);

    return span_equal(s->user, search->request->user) &&
           still_holds(search->helper, s->user, s->ends, facts, search->now) ==
               REASON_ACCEPTED &&
           policy_still_maps(search->helper->config, facts, &who, s->mapping) ==
               REASON_ACCEPTED;
}

static enum reason
present(struct helper *h, const struct wire_request *r,
        struct attempt_result *out)
{
    struct search search = {h, r, 0};
    struct session session;
    enum reason reason = house_serves(h, &search.now);

    if (reason != REASON_ACCEPTED)
        return reason;
    if (!sessions_find(h->sessions, vouches, &search, &session))
        return REASON_NOT_PRESENT;
    memcpy(out->login, session.id, LOGIN_ID_LEN);
    out->ends = session.ends;
    return REASON_ACCEPTED;
}

/* --- the whole --- */

void
session_ask(struct helper *h, uid_t caller, const struct wire_request *r,
            struct attempt_result *out)
{
    static const struct {
        const char *phase;
        enum reason (*run)(struct helper *, const struct wire_request *,
                           struct attempt_result *);
        enum wire_type type;
        bool quiet; /* says itself what succeeded */
    } asked[] = {
        {"open", open_session, WIRE_OPEN, true},
        {"close", close_session, WIRE_CLOSE, true},
        {"resume", resume, WIRE_RESUME, false},
        {"present", present, WIRE_PRESENT, false},
        {"collect", collect, WIRE_COLLECT, false},
    };
    struct decision d = {
        .user = r->user, .service = r->service, .rhost = r->rhost};
    const char *text;

    memset(out, 0, sizeof(*out));
    out->method = "";
    out->reason = REASON_REQUEST;
    if (caller != 0) {
        attempt_refused(h, caller, REASON_CALLER, out);
        return;
    }
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        if (asked[i].type != r->type)
            continue;
        d.phase = asked[i].phase;
        out->reason = asked[i].run(h, r, out);
        if (asked[i].quiet && out->reason == REASON_ACCEPTED)
            return;
    }
    text = reason_user_text(out->reason);
    snprintf(out->text, sizeof(out->text), "%s", text != NULL ? text : "");
    /* At every sudo of everybody, where nothing was to be had: no line. */
    if (out->reason == REASON_NO_LOGIN)
        return;
    decision_count(h, out);
    decision_log(h, &d, out);
}
