/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/decision.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/daemon/metrics.h"
#include "helper/daemon/refusals.h"

static void
user_text(const struct judge *j, char *out, size_t size)
{
    const char *text = reason_user_text(j->reason);
    char age[48];
    int64_t expires = 0;

    out[0] = '\0';
    /* What only a verified signature entitles one to hear. */
    if (text == NULL || (reason_vouched(j->reason) && !j->vouched))
        return;
    if (j->facts != NULL)
        expires = j->facts->expires;
    else if (j->parsed)
        expires = j->token.claims.expires;
    if (j->reason == REASON_EXPIRED && expires > 0 && expires < j->wall)
        snprintf(out, size, "token expired %s ago",
                 text_age(j->wall - expires, age, sizeof(age)));
    else
        snprintf(out, size, "%s", text);
}

void
decision_result(const struct judge *j, struct attempt_result *out)
{
    *out = (struct attempt_result){
        .reason = j->reason,
        .cached = j->cached,
        .looked = j->looked,
        .offline = j->offline,
        .method = config_method_name(j->way.method),
    };
    user_text(j, out->text, sizeof(out->text));
    if (j->issuer != NULL)
        snprintf(out->issuer, sizeof(out->issuer), "%s",
                 issuer_conf(j->issuer->issuer)->name);
}

/* A field that is not there is left out. */
static const char *
word(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static struct span
name_or(struct span name, const char *otherwise)
{
    return name.len > 0 ? name : span_of(otherwise);
}

void
decision_count(struct helper *h, struct attempt_result *result)
{
    h->incident += DECISION_STEP;
    result->incident = h->incident;
    if (result->method == NULL)
        result->method = "";
    h->decided[reason_outcome(result->reason)]++;
    h->from_cache += result->cached;
}

static void
keep(struct span text, char out[DECISION_TEXT_MAX])
{
    (void)text_escape(text, out, DECISION_TEXT_MAX);
}

static void
note(const struct decision *d, struct decision_note *out)
{
    out->phase = d->phase;
    out->caller = d->caller;
    out->ms = d->ms;
    out->checks = NULL;
    keep(name_or(d->user, "?"), out->user);
    keep(name_or(d->service, "?"), out->service);
    keep(d->rhost, out->rhost);
    keep(d->subject, out->subject);
    keep(d->jti, out->jti);
}

/* A service that no section names is anybody's word. */
static void
measure(const struct helper *h, const struct decision_note *d,
        const struct attempt_result *result)
{
    const struct metrics_decision one = {
        .phase = d->phase,
        .method = result->method,
        .service =
            h->config != NULL &&
                    config_service(h->config, span_of(d->service)) != NULL
                ? d->service
                : "other",
        .issuer = result->issuer,
        .reason = result->reason,
        .cached = result->cached,
        .looked = result->looked,
        .ms = d->ms,
    };

    metrics_count(h->metrics, &one);
}

/* Who has no login to resume is asked, and nobody is let in by `verify`. */
static bool
is_refusal(const struct decision_note *d, enum outcome outcome)
{
    return outcome != OUTCOME_ACCEPTED && strcmp(d->phase, "verify") != 0 &&
           strcmp(d->phase, "resume") != 0;
}

void
decision_write(const struct helper *h, const struct decision_note *d,
               const struct attempt_result *result)
{
    enum outcome outcome = reason_outcome(result->reason);
    char caller[32], id[20], ms[24];

    if (h->memory == HELPER_STORES_NOTHING)
        return; /* `verify --config`: the report says it all */
    measure(h, d, result);
    if (is_refusal(d, outcome))
        refusals_add(h->refusals, d, result, h->wall(), d->checks);
    snprintf(id, sizeof(id), "%016" PRIx64, result->incident);
    snprintf(caller, sizeof(caller), "%lu", (unsigned long)d->caller);
    snprintf(ms, sizeof(ms), "%" PRId64, d->ms);
    const struct record_field fields[] = {
        {"id", id, RECORD_WORD},
        {"phase", d->phase, RECORD_WORD},
        {"uid", d->caller != 0 ? caller : NULL, RECORD_BARE},
        {"user", d->user, RECORD_WORD},
        {"service", d->service, RECORD_WORD},
        {"rhost", word(d->rhost), RECORD_TEXT},
        {"issuer", word(result->issuer), RECORD_WORD},
        {"method", word(result->method), RECORD_WORD},
        {"sub", word(d->subject), RECORD_TEXT},
        {"jti", word(d->jti), RECORD_TEXT},
        {"outcome", outcome_name(outcome), RECORD_WORD},
        {"reason", reason_name(result->reason), RECORD_WORD},
        {"cached", result->cached ? "yes" : "no", RECORD_WORD},
        {"offline", result->offline ? "yes" : NULL, RECORD_WORD},
        {"ms", ms, RECORD_BARE},
    };

    log_record("decision", fields, sizeof(fields) / sizeof(fields[0]));
}

void
decision_log(const struct helper *h, const struct decision *d,
             const struct attempt_result *result)
{
    struct decision_note noted;

    note(d, &noted);
    decision_write(h, &noted, result);
}

void
decision_note_judge(const struct judge *j, uid_t caller, int64_t ms,
                    struct decision_note *out)
{
    struct decision d = {
        .phase = j->trace != NULL ? "verify" : "auth",
        .caller = caller,
        .service = j->who.service,
        .rhost = j->who.rhost,
        .ms = ms,
    };

    /* People type passwords at the user prompt: a name that nobody vouches
     * for and no issuer speaks for is not written down. */
    if (j->vouched || j->known_user)
        d.user = judge_user(j);
    if (j->facts != NULL) {
        d.subject = span_of(facts_text(j->facts, FACT_SUBJECT, 0));
        d.jti = span_of(facts_text(j->facts, FACT_JTI, 0));
    } else if (j->vouched && j->parsed) {
        d.subject = j->token.claims.sub;
        d.jti = json_text(j->token.claims.root, "jti");
    }
    note(&d, out);
}

void
decision_problem(const char *issuer, enum reason reason, const char *problem)
{
    enum outcome outcome = reason_outcome(reason);

    if (problem[0] == '\0')
        return;
    if (outcome == OUTCOME_UNAVAILABLE || outcome == OUTCOME_BROKEN)
        log_warning("issuer %s: %s: %s", issuer, reason_text(reason), problem);
    else
        log_info("issuer %s: %s: %s", issuer, reason_text(reason), problem);
}
