/* SPDX-License-Identifier: BSD-2-Clause */
/* The account phase: may a login that we accepted go on? */
#include <string.h>

#include "helper/base/limits.h"
#include "helper/daemon/attempt.h"
#include "helper/daemon/decision.h"
#include "helper/daemon/entry.h"
#include "helper/policy/policy.h"

/* What policy says of a login that once passed: an issuer or a mapping that
 * went is a rule that refuses now, not a wrong credential. */
static enum reason
as_a_rule(enum reason reason)
{
    return reason_outcome(reason) == OUTCOME_WRONG ? REASON_ISSUER_RULE
                                                   : reason;
}

static enum reason
judge_login(struct helper *h, struct policy_request *who,
            const struct login *login, const struct facts *facts)
{
    enum reason reason;

    if (h->config == NULL)
        return h->absent ? REASON_NO_ISSUER : REASON_CONFIGURATION;
    if (!span_equal(login->user, who->user) ||
        !span_equal(login->service, who->service) || facts == NULL)
        return REASON_LOGIN_UNKNOWN;
    if (!helper_wall(h, &who->now))
        return REASON_CLOCK;
    /* As when it was accepted: sudo says nothing of where a login came from
     * that is open already. */
    who->rhost = login->rhost;
    if (login->ends <= who->now - LEEWAY_S)
        return REASON_TOKEN_ENDED;
    reason = entry_revoked(h, facts, who->user, NULL);
    if (reason != REASON_ACCEPTED)
        return reason == REASON_TOKEN_REVOKED ? REASON_REVOKED : reason;
    reason = policy_still_maps(h->config, facts, who, login->mapping);
    if (reason == REASON_ACCEPTED)
        reason = policy_rules(h->config, facts, who, NULL);
    return as_a_rule(reason);
}

void
attempt_account(struct helper *h, const struct account_request *request,
                struct attempt_result *out)
{
    struct policy_request who = {request->user, request->service,
                                 request->rhost, 0};
    struct decision d = {
        .phase = "account",
        .caller = request->caller,
        .service = who.service,
        .rhost = who.rhost,
    };
    const struct facts *facts = NULL;
    struct login login;
    const char *text;

    memset(out, 0, sizeof(*out));
    out->method = "";
    out->reason = REASON_LOGIN_UNKNOWN;
    if (login_find(request->caller != 0 ? h->guests : h->logins, request->login,
                   &login)) {
        facts = facts_view(login.facts);
        out->reason = judge_login(h, &who, &login, facts);
    }
    if (out->reason != REASON_LOGIN_UNKNOWN && facts != NULL) {
        d.user = who.user;
        d.subject = span_of(facts_text(facts, FACT_SUBJECT, 0));
        d.jti = span_of(facts_text(facts, FACT_JTI, 0));
        text = facts_text(facts, FACT_ISSUER, 0);
        strncat(out->issuer, text != NULL ? text : "", sizeof(out->issuer) - 1);
    }
    if (out->reason == REASON_ACCEPTED) {
        memcpy(out->login, request->login, LOGIN_ID_LEN);
        out->ends = login.ends;
    }
    text = reason_user_text(out->reason);
    strncat(out->text, text != NULL ? text : "", sizeof(out->text) - 1);
    decision_count(h, out);
    decision_log(h, &d, out);
}

void
attempt_refused(struct helper *h, uid_t caller, enum reason reason,
                struct attempt_result *out)
{
    const struct decision nothing_else = {.phase = "caller", .caller = caller};

    memset(out, 0, sizeof(*out));
    out->reason = reason;
    decision_count(h, out);
    decision_log(h, &nothing_else, out);
}
