/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules over what the token says of itself: for which client and audience it
 * was made, and how its user signed in. */
#include "helper/policy/hearing.h"

/* An absent or mistyped claim is none of them. */
static bool
is_one_of(const struct facts *facts, enum fact fact, const struct list *wanted)
{
    const char *text = facts_text(facts, fact, 0);

    return text != NULL && list_has(wanted, span_of(text));
}

enum reason
rule_client_ids(const struct hearing *h)
{
    const struct list *wanted = &h->service->client_ids;

    if (wanted->count == 0)
        return REASON_ACCEPTED;
    return hearing_note(h, "client_ids", "one of ", wanted, FACT_CLIENT,
                        is_one_of(h->facts, FACT_CLIENT, wanted)
                            ? REASON_ACCEPTED
                            : REASON_CLIENT_RULE);
}

/* RFC 8725 section 3.9: whoever else the token is for can bring it here. */
enum reason
rule_extra_audiences(const struct hearing *h)
{
    static const struct list none;

    if (h->service->extra_audiences == ADMISSION_ACCEPT)
        return REASON_ACCEPTED;
    return hearing_note(
        h, "extra_audiences", "no audience but ours", &none, FACT_EXTRA,
        h->facts->state[FACT_EXTRA] == FACT_ABSENT ? REASON_ACCEPTED
                                                   : REASON_EXTRA_AUDIENCE);
}

enum reason
rule_require_acr(const struct hearing *h)
{
    const struct list *wanted = &h->service->require_acr;

    if (wanted->count == 0)
        return REASON_ACCEPTED;
    return hearing_note(h, "require_acr", "one of ", wanted, FACT_ACR,
                        is_one_of(h->facts, FACT_ACR, wanted)
                            ? REASON_ACCEPTED
                            : REASON_ACR_RULE);
}

enum reason
rule_require_amr(const struct hearing *h)
{
    const struct list *wanted = &h->service->require_amr;
    enum reason reason = REASON_ACCEPTED;
    size_t i;

    if (wanted->count == 0)
        return REASON_ACCEPTED;
    if (h->facts->state[FACT_AMR] != FACT_PRESENT)
        reason = REASON_AMR_RULE;
    for (i = 0; i < wanted->count && reason == REASON_ACCEPTED; i++)
        if (!facts_has(h->facts, FACT_AMR, span_of(wanted->item[i])))
            reason = REASON_AMR_RULE;
    return hearing_note(h, "require_amr", "all of ", wanted, FACT_AMR, reason);
}
