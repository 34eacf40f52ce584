/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_httpauth/outcome.h"

#include <stddef.h>

/* A starting value, and whatever does not belong into a phase, is a helper
 * that is broken: never an open door. */
static const struct {
    int auth;
    int account;
    bool refuses;
    bool passes_on;
    bool shows; /* the helper's text may go to the user */
} table[OUTCOME_COUNT] = {
    [OUTCOME_NONE] = {PAM_SERVICE_ERR, PAM_SERVICE_ERR, false, true, false},
    [OUTCOME_ACCEPTED] = {PAM_SUCCESS, PAM_SUCCESS, false, false, false},
    [OUTCOME_WRONG] = {PAM_AUTH_ERR, PAM_SERVICE_ERR, true, false, true},
    [OUTCOME_NOT_OURS] = {PAM_CRED_INSUFFICIENT, PAM_SERVICE_ERR, false, true,
                          false},
    [OUTCOME_FORBIDDEN] = {PAM_PERM_DENIED, PAM_PERM_DENIED, true, false, true},
    [OUTCOME_THROTTLED] = {PAM_MAXTRIES, PAM_SERVICE_ERR, true, false, true},
    [OUTCOME_UNAVAILABLE] = {PAM_AUTHINFO_UNAVAIL, PAM_AUTHINFO_UNAVAIL, false,
                             true, true},
    [OUTCOME_BROKEN] = {PAM_SERVICE_ERR, PAM_SERVICE_ERR, false, true, false},
    [OUTCOME_ENDED] = {PAM_PERM_DENIED, PAM_PERM_DENIED, true, false, true},
};

/* A row for every number; the wire admits no other. */
static int
row(const struct result *result)
{
    int outcome = (int)result->outcome;

    return outcome > 0 && outcome < (int)OUTCOME_COUNT ? outcome
                                                       : (int)OUTCOME_NONE;
}

int
pha_outcome_auth(const struct result *result)
{
    return table[row(result)].auth;
}

int
pha_outcome_account(const struct result *result)
{
    return table[row(result)].account;
}

bool
pha_outcome_passes_on(const struct result *result)
{
    return table[row(result)].passes_on;
}

bool
pha_outcome_is_refusal(const struct result *result)
{
    return table[row(result)].refuses;
}

/* For what the module finds out by itself. */
static const char *
own_text(enum outcome outcome)
{
    if (outcome == OUTCOME_UNAVAILABLE)
        return "login service unavailable";
    return outcome == OUTCOME_FORBIDDEN ? "not allowed for this service" : NULL;
}

const char *
pha_outcome_text(const struct result *result)
{
    const char *c;

    if (!table[row(result)].shows)
        return NULL;
    if (result->text[0] == '\0')
        return own_text(result->outcome);
    /* It goes to a terminal, whoever sent it. */
    for (c = result->text; *c != '\0'; c++)
        if (*c < 0x20 || *c > 0x7e)
            return NULL;
    return result->text;
}
