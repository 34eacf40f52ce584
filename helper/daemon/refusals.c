/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/refusals.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define SECOND_MS 1000

struct refusals {
    json_t *report[REFUSALS_MAX];
    size_t next; /* where the next one goes */
    int64_t second;
    unsigned explained; /* in it */
};

struct refusals *
refusals_new(void)
{
    return calloc(1, sizeof(struct refusals));
}

void
refusals_free(struct refusals *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < REFUSALS_MAX; i++)
        json_decref(r->report[i]);
    free(r);
}

bool
refusals_may_explain(struct refusals *r, int64_t now_ms)
{
    if (r->second != now_ms / SECOND_MS) {
        r->second = now_ms / SECOND_MS;
        r->explained = 0;
    }
    if (r->explained == REFUSALS_EXPLAINED_A_SECOND)
        return false;
    r->explained++;
    return true;
}

void
refusals_add(struct refusals *r, const struct decision_note *d,
             const struct attempt_result *result, int64_t wall, json_t *checks)
{
    char id[20];
    json_t *report;

    snprintf(id, sizeof(id), "%016" PRIx64, result->incident);
    report = json_pack(
        "{s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, "
        "s:o*}",
        "id", id, "time", (json_int_t)wall, "phase", d->phase, "outcome",
        outcome_name(reason_outcome(result->reason)), "reason",
        reason_name(result->reason), "explanation", reason_text(result->reason),
        "text", result->text, "user", d->user, "service", d->service, "rhost",
        d->rhost, "issuer", result->issuer, "method", result->method, "cached",
        result->cached, "checks", checks);
    if (report == NULL)
        return;
    json_decref(r->report[r->next]);
    r->report[r->next] = report;
    r->next = (r->next + 1) % REFUSALS_MAX;
}

static bool
is_member(const json_t *report, const char *name, struct span wanted)
{
    const char *found = json_string_value(json_object_get(report, name));

    return wanted.len == 0 || (found != NULL && span_is(wanted, found));
}

json_t *
refusals_find(const struct refusals *r, struct span user, struct span id,
              size_t bytes)
{
    json_t *found = json_array();
    size_t used = 0;

    for (size_t i = 1; found != NULL && i <= REFUSALS_MAX; i++) {
        json_t *report = r->report[(r->next + REFUSALS_MAX - i) % REFUSALS_MAX];

        if (report == NULL || !is_member(report, "user", user) ||
            !is_member(report, "id", id))
            continue;
        used += json_dumpb(report, NULL, 0, JSON_COMPACT) + 1;
        if (used > bytes)
            break;
        json_array_append(found, report);
    }
    return found;
}
