/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one table of reasons, in the order of reason.h.  Texts complete "user
 * alice refused: ..." in a log; they hold no foreign bytes.
 */
#include "helper/base/reason.h"

#include <stddef.h>

#define VOUCHED 1u  /* the signature had been verified */
#define DEFINITE 2u /* the same bytes will get the same answer */

struct row {
    const char *name;
    enum outcome outcome;
    unsigned flags;
    const char *text;
    const char *user_text; /* NULL: say nothing */
};

/* clang-format off */
static const struct row rows[REASON_COUNT] = {
    [REASON_NONE] = {
        "none", OUTCOME_BROKEN, 0,
        "no decision was reached", NULL},
    [REASON_ACCEPTED] = {
        "accepted", OUTCOME_ACCEPTED, VOUCHED,
        "accepted", NULL},

    /* Not something that we verify. */
    [REASON_NO_SHAPE] = {
        "no-shape", OUTCOME_NOT_OURS, 0,
        "fits no shape of a credential that is verified here", NULL},
    [REASON_NO_LOGIN] = {
        "no-login", OUTCOME_NOT_OURS, 0,
        "no login that may pass without a password is open in this session",
        NULL},
    [REASON_LOGIN_AGE] = {
        "login-age", OUTCOME_NOT_OURS, 0,
        "the login of this session began longer ago than accept_login", NULL},
    [REASON_INCOMPLETE] = {
        "incomplete", OUTCOME_NOT_OURS, 0,
        "it may have been cut, and opens nothing as it is", NULL},
    [REASON_PENDING] = {
        "pending", OUTCOME_NOT_OURS, 0,
        "the device login has not been confirmed yet", NULL},
    [REASON_SLOW_DOWN] = {
        "slow-down", OUTCOME_NOT_OURS, 0,
        "the provider was asked too often about a device login", NULL},
    [REASON_NO_ISSUER] = {
        "no-issuer", OUTCOME_NOT_OURS, 0,
        "no issuer is configured", NULL},

    /* Nobody vouched for it: the user is told nothing. */
    [REASON_FORM] = {
        "form", OUTCOME_WRONG, DEFINITE,
        "not a whole token or app password", NULL},
    [REASON_SIZE] = {
        "size", OUTCOME_WRONG, DEFINITE,
        "a part or the whole is over its limit", NULL},
    [REASON_BASE64] = {
        "base64", OUTCOME_WRONG, DEFINITE,
        "malformed base64url", NULL},
    [REASON_HEADER] = {
        "header", OUTCOME_WRONG, DEFINITE,
        "the header is not one acceptable JSON object", NULL},
    [REASON_ALGORITHM] = {
        "algorithm", OUTCOME_WRONG, DEFINITE,
        "the algorithm is missing, unknown or not admitted", NULL},
    [REASON_CRITICAL] = {
        "critical", OUTCOME_WRONG, DEFINITE,
        "the header asks for an extension that is not implemented", NULL},
    [REASON_TYPE] = {
        "type", OUTCOME_WRONG, DEFINITE,
        "the type in the header does not fit the configured token_type", NULL},
    [REASON_HEADER_CLAIM] = {
        "header-claim", OUTCOME_WRONG, DEFINITE,
        "a copy of a claim in the header differs from the claim", NULL},
    [REASON_PAYLOAD] = {
        "payload", OUTCOME_WRONG, DEFINITE,
        "the payload is not one acceptable JSON object", NULL},
    [REASON_ISSUER] = {
        "issuer", OUTCOME_WRONG, DEFINITE,
        "from no issuer that may speak for this user", NULL},
    [REASON_KEY_UNKNOWN] = {
        "key-unknown", OUTCOME_WRONG, 0,
        "the issuer has no key of that kid", NULL},
    [REASON_KEY_UNFIT] = {
        "key-unfit", OUTCOME_WRONG, DEFINITE,
        "the key does not serve this algorithm or use", NULL},
    [REASON_SIGNATURE] = {
        "signature", OUTCOME_WRONG, DEFINITE,
        "the signature does not verify", NULL},

    /* The signature verified: the user may know why. */
    [REASON_AUDIENCE] = {
        "audience", OUTCOME_WRONG, VOUCHED | DEFINITE,
        "the audience does not name this host",
        "token is not meant for this host"},
    [REASON_EXPIRED] = {
        "expired", OUTCOME_WRONG, VOUCHED | DEFINITE,
        "the token has expired", "token expired"},
    [REASON_EXPIRY] = {
        "expiry", OUTCOME_WRONG, VOUCHED | DEFINITE,
        "exp is missing or not a number", "token has no usable expiry time"},
    [REASON_NOT_YET] = {
        "not-yet", OUTCOME_WRONG, VOUCHED,
        "nbf or iat is in the future", "token is not valid yet"},
    [REASON_TIMES] = {
        "times", OUTCOME_WRONG, VOUCHED | DEFINITE,
        "nbf or iat is malformed or contradicts exp",
        "token has contradictory times"},
    [REASON_SUBJECT] = {
        "subject", OUTCOME_WRONG, VOUCHED | DEFINITE,
        "sub is missing or malformed", "token names no subject"},
    [REASON_TOKEN_KIND] = {
        "token-kind", OUTCOME_WRONG, VOUCHED | DEFINITE,
        "another kind of token than the configured token_type",
        "this kind of token is not accepted here"},
    [REASON_BOUND] = {
        "bound", OUTCOME_WRONG, VOUCHED | DEFINITE,
        "cnf binds the token to a key, which cannot be proved here",
        "token is bound to a key and cannot be used here"},
    [REASON_ACTOR] = {
        "actor", OUTCOME_WRONG, VOUCHED | DEFINITE,
        "act or may_act: somebody acts on behalf of another",
        "token acts on behalf of somebody else"},
    [REASON_CLAIM_MISSING] = {
        "claim-missing", OUTCOME_WRONG, VOUCHED | DEFINITE,
        "a required claim is absent", "token lacks a required claim"},
    [REASON_CLAIM_FORM] = {
        "claim-form", OUTCOME_WRONG, VOUCHED | DEFINITE,
        "a claim is of the wrong type or too long",
        "token has a malformed claim"},
    [REASON_LOCAL_LIFETIME] = {
        "local-lifetime", OUTCOME_WRONG, VOUCHED | DEFINITE,
        "a token of the local issuer without iat or living over one hour",
        "token lives longer than is allowed here"},
    [REASON_CLOCK] = {
        "clock", OUTCOME_UNAVAILABLE, VOUCHED,
        "the clock of this host cannot be right", "login service unavailable"},
    [REASON_TOKEN_REVOKED] = {
        "token-revoked", OUTCOME_WRONG, VOUCHED,
        "it was issued before what httpauthctl revoke has set",
        "this credential was revoked"},

    /* Whoever was asked does not know it: the user is told nothing. */
    [REASON_INACTIVE] = {
        "inactive", OUTCOME_WRONG, DEFINITE,
        "the provider says that the token is not active", NULL},
    [REASON_PASSWORD] = {
        "password", OUTCOME_WRONG, DEFINITE,
        "wrong app password", NULL},
    [REASON_REFUSED] = {
        "refused", OUTCOME_WRONG, DEFINITE,
        "the protected address refused the credential", NULL},
    [REASON_DENIED] = {
        "denied", OUTCOME_WRONG, DEFINITE,
        "the device login was denied at the provider, or its time is over",
        NULL},
    [REASON_CLIENT_ID] = {
        "client-id", OUTCOME_WRONG, VOUCHED | DEFINITE,
        "the token was made for a client that is not in clients",
        "token is not meant for this host"},

    /* A good credential that does not open this door. */
    [REASON_USERNAME] = {
        "username", OUTCOME_FORBIDDEN, VOUCHED,
        "the user name claim is absent or not a login name",
        "not allowed for this service"},
    [REASON_USER_MISMATCH] = {
        "user-mismatch", OUTCOME_FORBIDDEN, VOUCHED,
        "the token speaks for another user", "not allowed for this service"},
    [REASON_CLIENT] = {
        "client", OUTCOME_FORBIDDEN, VOUCHED,
        "the token belongs to a client, not to a person",
        "not allowed for this service"},
    [REASON_PINNED] = {
        "pinned", OUTCOME_FORBIDDEN, VOUCHED,
        "another subject holds this local name",
        "not allowed for this service"},
    [REASON_NO_SERVICE] = {
        "no-service", OUTCOME_FORBIDDEN, VOUCHED,
        "no [service] section has that name", "not allowed for this service"},
    [REASON_ISSUER_RULE] = {
        "issuer-rule", OUTCOME_FORBIDDEN, VOUCHED,
        "the service does not admit this issuer",
        "not allowed for this service"},
    [REASON_METHOD_RULE] = {
        "method-rule", OUTCOME_FORBIDDEN, VOUCHED,
        "the service does not admit this method",
        "not allowed for this service"},
    [REASON_USER_RULE] = {
        "user-rule", OUTCOME_FORBIDDEN, VOUCHED,
        "the service does not admit this user", "not allowed for this service"},
    [REASON_SCOPE_RULE] = {
        "scope-rule", OUTCOME_FORBIDDEN, VOUCHED,
        "a required scope is not there", "not allowed for this service"},
    [REASON_SCOPE_CLAIM] = {
        "scope-claim", OUTCOME_FORBIDDEN, VOUCHED,
        "the scope claim is absent or of the wrong type",
        "not allowed for this service"},
    [REASON_GROUP_RULE] = {
        "group-rule", OUTCOME_FORBIDDEN, VOUCHED,
        "no required group is there, or a denied one is",
        "not allowed for this service"},
    [REASON_GROUP_CLAIM] = {
        "group-claim", OUTCOME_FORBIDDEN, VOUCHED,
        "the groups claim is absent or of the wrong type",
        "not allowed for this service"},
    [REASON_GROUP_OVERAGE] = {
        "group-overage", OUTCOME_FORBIDDEN, VOUCHED,
        "the groups were replaced by a pointer to them",
        "not allowed for this service"},
    [REASON_LIFETIME_RULE] = {
        "lifetime-rule", OUTCOME_FORBIDDEN, VOUCHED,
        "the token lives longer than max_lifetime, or does not say since when",
        "not allowed for this service"},
    [REASON_TOKEN_AGE_RULE] = {
        "token-age-rule", OUTCOME_FORBIDDEN, VOUCHED,
        "the token is older than max_token_age, or does not say since when",
        "not allowed for this service"},
    [REASON_AUTH_AGE_RULE] = {
        "auth-age-rule", OUTCOME_FORBIDDEN, VOUCHED,
        "the user signed in longer ago than max_auth_age, or nobody says when",
        "not allowed for this service"},
    [REASON_ACR_RULE] = {
        "acr-rule", OUTCOME_FORBIDDEN, VOUCHED,
        "acr is none of require_acr",
        "not allowed for this service"},
    [REASON_AMR_RULE] = {
        "amr-rule", OUTCOME_FORBIDDEN, VOUCHED,
        "amr lacks one of require_amr",
        "not allowed for this service"},
    [REASON_CLIENT_RULE] = {
        "client-rule", OUTCOME_FORBIDDEN, VOUCHED,
        "the token was made for none of client_ids",
        "not allowed for this service"},
    [REASON_EXTRA_AUDIENCE] = {
        "extra-audience", OUTCOME_FORBIDDEN, VOUCHED,
        "the token names another audience as well",
        "not allowed for this service"},
    [REASON_NOT_PRESENT] = {
        "not-present", OUTCOME_FORBIDDEN, VOUCHED,
        "this user has no login by a credential of ours that is open here",
        "not allowed for this service"},
    [REASON_REPLAY] = {
        "replay", OUTCOME_FORBIDDEN, VOUCHED,
        "this token has logged in on this host before",
        "not allowed for this service"},
    [REASON_NO_TOKEN_ID] = {
        "no-token-id", OUTCOME_FORBIDDEN, VOUCHED,
        "the token has no jti, by which it could be known again",
        "not allowed for this service"},
    [REASON_NETWORK_RULE] = {
        "network-rule", OUTCOME_FORBIDDEN, VOUCHED,
        "not from one of the networks of the service",
        "not allowed for this service"},
    [REASON_INSUFFICIENT_SCOPE] = {
        "insufficient-scope", OUTCOME_FORBIDDEN, VOUCHED,
        "the protected address asks for a scope that the token has not",
        "not allowed for this service"},
    [REASON_PASSWORD_RULE] = {
        "password-rule", OUTCOME_FORBIDDEN, VOUCHED,
        "the app password is not for this service, host or network",
        "not allowed for this service"},
    [REASON_IDP_UNSEEN] = {
        "idp-unseen", OUTCOME_FORBIDDEN, VOUCHED,
        "no provider has vouched for this user within idp_seen_within",
        "not allowed for this service"},

    /* Too many attempts. */
    [REASON_THROTTLED] = {
        "throttled", OUTCOME_THROTTLED, 0,
        "too many attempts", "too many attempts"},

    /* No verdict; another time there may be one. */
    [REASON_KEYS_UNAVAILABLE] = {
        "keys-unavailable", OUTCOME_UNAVAILABLE, 0,
        "no keys of the issuer could be had", "login service unavailable"},
    [REASON_TIMEOUT] = {
        "timeout", OUTCOME_UNAVAILABLE, 0,
        "the deadline passed", "login service unavailable"},
    [REASON_OVERLOAD] = {
        "overload", OUTCOME_UNAVAILABLE, 0,
        "too much is under way", "login service unavailable"},
    [REASON_STOPPING] = {
        "stopping", OUTCOME_UNAVAILABLE, 0,
        "the helper is stopping", "login service unavailable"},
    [REASON_LOGIN_UNKNOWN] = {
        "login-unknown", OUTCOME_UNAVAILABLE, 0,
        "nothing is known of that login", "login service unavailable"},
    [REASON_PROVIDER] = {
        "provider", OUTCOME_UNAVAILABLE, 0,
        "the provider failed", "login service unavailable"},
    [REASON_PROVIDER_ANSWER] = {
        "provider-answer", OUTCOME_UNAVAILABLE, 0,
        "the provider gave no usable answer", "login service unavailable"},
    [REASON_BREAKER] = {
        "breaker", OUTCOME_UNAVAILABLE, 0,
        "the provider has failed and is not asked for a while",
        "login service unavailable"},
    [REASON_CLIENT_REFUSED] = {
        "client-refused", OUTCOME_UNAVAILABLE, 0,
        "the provider refused this host as a client: see client_auth",
        "login service unavailable"},
    [REASON_SELF_TEST] = {
        "self-test", OUTCOME_UNAVAILABLE, 0,
        "the self-test of the method http has not passed",
        "login service unavailable"},

    /* Somebody must repair something. */
    [REASON_CONFIGURATION] = {
        "configuration", OUTCOME_BROKEN, 0,
        "the configuration could not be loaded", NULL},
    [REASON_CALLER] = {
        "caller", OUTCOME_BROKEN, 0,
        "this caller may not ask that", NULL},
    [REASON_REQUEST] = {
        "request", OUTCOME_BROKEN, 0,
        "the request made no sense", NULL},
    [REASON_STATE] = {
        "state", OUTCOME_BROKEN, 0,
        "the state directory cannot be written", NULL},
    [REASON_SECRET] = {
        "secret", OUTCOME_BROKEN, 0,
        "a secret file cannot be read", NULL},
    [REASON_ENDPOINT] = {
        "endpoint", OUTCOME_BROKEN, 0,
        "no endpoint of the provider is known, or not one to trust", NULL},
    [REASON_INTERNAL] = {
        "internal", OUTCOME_BROKEN, 0,
        "out of memory, or a library failed", NULL},

    /* Account phase. */
    [REASON_REVOKED] = {
        "revoked", OUTCOME_ENDED, VOUCHED,
        "the login was revoked", "your session has ended"},
    [REASON_TOKEN_ENDED] = {
        "token-ended", OUTCOME_ENDED, VOUCHED,
        "the token of this login has ended", "your session has ended"},
};
/* clang-format on */

static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_NONE] = "none",
    [OUTCOME_ACCEPTED] = "accepted",
    [OUTCOME_WRONG] = "wrong",
    [OUTCOME_NOT_OURS] = "not-ours",
    [OUTCOME_FORBIDDEN] = "forbidden",
    [OUTCOME_THROTTLED] = "throttled",
    [OUTCOME_UNAVAILABLE] = "unavailable",
    [OUTCOME_BROKEN] = "broken",
    [OUTCOME_ENDED] = "ended",
};

/* A number that is no reason counts as "no decision was reached". */
static const struct row *
row_of(enum reason reason)
{
    if ((unsigned)reason >= REASON_COUNT || rows[reason].name == NULL)
        return &rows[REASON_NONE];
    return &rows[reason];
}

const char *
reason_name(enum reason reason)
{
    return row_of(reason)->name;
}

const char *
reason_text(enum reason reason)
{
    return row_of(reason)->text;
}

enum outcome
reason_outcome(enum reason reason)
{
    return row_of(reason)->outcome;
}

const char *
reason_user_text(enum reason reason)
{
    return row_of(reason)->user_text;
}

bool
reason_vouched(enum reason reason)
{
    return (row_of(reason)->flags & VOUCHED) != 0;
}

bool
reason_is_definite(enum reason reason)
{
    return (row_of(reason)->flags & DEFINITE) != 0;
}

bool
reason_is_outage(enum reason reason)
{
    return reason == REASON_PROVIDER || reason == REASON_BREAKER;
}

const char *
outcome_name(enum outcome outcome)
{
    if ((unsigned)outcome >= OUTCOME_COUNT || outcome_names[outcome] == NULL)
        return outcome_names[OUTCOME_NONE];
    return outcome_names[outcome];
}
