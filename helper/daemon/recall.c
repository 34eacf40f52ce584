/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/recall.h"

#include "helper/base/clock.h"
#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/daemon/collect.h"

bool
recall_name(struct judge *j, struct helper_issuer *issuer, enum method method)
{
    const struct verdict_name parts = {
        .kind = config_method_name(method),
        .issuer = span_of(issuer_conf(issuer->issuer)->name),
        .section = helper_vouches(issuer, method),
        .user = j->who.user,
        .credential = j->credential,
    };
    struct judge_name *named = &j->named;

    if (parts.section == NULL)
        return false;
    if (named->issuer == issuer && named->method == method &&
        memcmp(named->section, parts.section, sizeof(named->section)) == 0)
        return true;
    named->issuer = NULL;
    if (!verdict_key(j->helper->verdicts, &parts, &named->key))
        return false;
    named->issuer = issuer;
    named->method = method;
    memcpy(named->section, parts.section, sizeof(named->section));
    return true;
}

/* How long what is remembered counts by itself. */
static int64_t
fresh_for_s(const struct helper *h, struct way way)
{
    const struct daemon_conf *conf = &h->config->daemon;

    return way.asks ? conf->answer_ttl : conf->verdict_ttl;
}

enum reason
recall_by(struct judge *j, struct helper_issuer *issuer, struct way way)
{
    const struct verdict_key *key = &j->named.key;
    int64_t now_ms = clock_boot_ms();
    enum reason reason;

    if (!recall_name(j, issuer, way.method))
        return REASON_NONE;
    j->looked = true;
    j->facts = facts_view(verdict_find(j->helper->verdicts, key, now_ms,
                                       fresh_for_s(j->helper, way) * 1000));
    if (j->facts != NULL && collect_wants_secrets(j, issuer)) {
        j->facts = NULL;
        return REASON_NONE;
    }
    if (j->facts != NULL) {
        /* A verdict lives by boot time; the token by the wall clock, which
         * may have been set forward since. */
        reason = j->facts->expires > j->wall - LEEWAY_S ? REASON_ACCEPTED
                                                        : REASON_EXPIRED;
    } else {
        reason = verdict_find_negative(j->helper->verdicts, key, now_ms);
    }
    if (reason != REASON_NONE) {
        j->issuer = issuer;
        j->way = way;
        j->cached = true;
        j->vouched = reason_vouched(reason);
    }
    return reason;
}

/* --- what is kept --- */

/* Longer where that is for an outage of who was asked, but never past the end
 * of what he vouched for. */
static int64_t
remember_for_s(const struct judge *j)
{
    int64_t grace =
        j->way.asks ? issuer_conf(j->issuer->issuer)->offline_grace : 0;
    int64_t left = j->facts->expires - j->wall;
    int64_t life = verdict_life_s(left, fresh_for_s(j->helper, j->way));

    if (!j->facts->endless && left < grace)
        grace = left;
    return grace > life ? grace : life;
}

/* Of whatever kind: what was said before counts no longer. */
static void
keep_no(struct verdicts *verdicts, const struct verdict_key *key,
        enum reason reason, int64_t now_ms)
{
    enum outcome outcome = reason_outcome(reason);

    if (reason_is_definite(reason))
        verdict_add_negative(verdicts, key, reason, now_ms);
    else if (outcome == OUTCOME_WRONG || outcome == OUTCOME_FORBIDDEN)
        verdict_remove(verdicts, key);
}

void
recall_keep(struct judge *j, enum reason reason)
{
    struct helper *h = j->helper;
    int64_t now_ms = clock_boot_ms();
    const struct verdict_key *key = &j->named.key;

    if (j->trace != NULL || !recall_name(j, j->issuer, j->way.method))
        return;
    if (reason == REASON_ACCEPTED)
        verdict_add(h->verdicts, key,
                    (struct span){(const char *)j->facts, j->facts->size},
                    now_ms, now_ms + remember_for_s(j) * 1000);
    else
        keep_no(h->verdicts, key, reason, now_ms);
}

/* --- in an outage --- */

static struct span
find_old(const struct helper *h, const struct helper_issuer *issuer,
         const struct verdict_key *key)
{
    int64_t grace_s = issuer_conf(issuer->issuer)->offline_grace;

    return verdict_find(h->verdicts, key, clock_boot_ms(), grace_s * 1000);
}

/* Said once per outage. */
static void
note_offline(struct helper_issuer *issuer, int64_t now_ms)
{
    if (issuer->offline_since_ms != 0)
        return;
    issuer->offline_since_ms = now_ms;
    log_warning("issuer %s: cannot be asked; credentials that it vouched "
                "for before are accepted (offline_grace)",
                issuer_conf(issuer->issuer)->name);
}

bool
recall_fails(const struct judge *j)
{
    return j->issuer->offline_since_ms != 0 ||
           ask_would_rest(j->issuer->issuer, j->way.kind);
}

/* That there are too many questions is no outage, but comes with one. */
enum reason
recall_offline(struct judge *j, enum reason reason)
{
    const struct facts *old;

    if (j->issuer == NULL || !j->way.asks || j->trace != NULL ||
        j->device.len > 0 ||
        (!reason_is_outage(reason) &&
         (reason != REASON_OVERLOAD || !recall_fails(j))) ||
        collect_wants_secrets(j, j->issuer) ||
        !recall_name(j, j->issuer, j->way.method))
        return reason;
    old = facts_view(find_old(j->helper, j->issuer, &j->named.key));
    if (old == NULL || (!old->endless && old->expires <= j->wall - LEEWAY_S))
        return reason;
    j->facts = old;
    j->cached = j->offline = j->vouched = true;
    note_offline(j->issuer, clock_boot_ms());
    j->issuer->offline++;
    return REASON_ACCEPTED;
}

void
recall_answered(struct helper *h, struct helper_issuer *issuer,
                const struct verdict_key *key, enum reason reason,
                bool answered)
{
    int64_t now_ms = clock_boot_ms();
    char age[64];

    /* Also where all who waited have left. */
    if (key != NULL)
        keep_no(h->verdicts, key, reason, now_ms);
    /* ... who had less patience than the question: for whoever asks next. */
    if (key != NULL && reason_is_outage(reason) &&
        find_old(h, issuer, key).data != NULL)
        note_offline(issuer, now_ms);

    /* Of two requests the first may have been answered. */
    if (issuer->offline_since_ms == 0 || !answered || reason_is_outage(reason))
        return;
    log_notice(
        "issuer %s: answers again; %llu credentials were accepted from "
        "memory within %s",
        issuer_conf(issuer->issuer)->name, (unsigned long long)issuer->offline,
        text_age((now_ms - issuer->offline_since_ms) / 1000, age, sizeof(age)));
    issuer->offline_since_ms = 0;
    issuer->offline = 0;
}
