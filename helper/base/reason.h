/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why an attempt ended as it did.  Errors are values with names: a reason is
 * returned upwards unchanged from the check that found it, and one table
 * (reason.c) gives each its name, its text for the log, the outcome that the
 * caller of PAM sees and, where it helps and leaks nothing, the line that the
 * user sees.
 */
#ifndef HELPER_BASE_REASON_H
#define HELPER_BASE_REASON_H

#include <stdbool.h>

/*
 * What the caller is told.  These numbers travel on the wire and are never
 * reused; the module maps each to a PAM code (pam_httpauth/outcome.c).
 */
enum outcome {
    OUTCOME_NONE = 0,      /* not decided: treated as BROKEN */
    OUTCOME_ACCEPTED = 1,  /* PAM_SUCCESS */
    OUTCOME_WRONG = 2,     /* PAM_AUTH_ERR */
    OUTCOME_NOT_OURS = 3,  /* PAM_CRED_INSUFFICIENT: the next module may try */
    OUTCOME_FORBIDDEN = 4, /* PAM_PERM_DENIED: good credential, no entry */
    OUTCOME_THROTTLED = 5, /* PAM_MAXTRIES */
    OUTCOME_UNAVAILABLE = 6, /* PAM_AUTHINFO_UNAVAIL */
    OUTCOME_BROKEN = 7,      /* PAM_SERVICE_ERR: misconfigured */
    OUTCOME_ENDED = 8,       /* account phase: PAM_PERM_DENIED */
    OUTCOME_COUNT
};

/* Names are stable: they appear in logs, in --json and in the manual. */
enum reason {
    REASON_NONE = 0, /* the starting value of everything: not decided */
    REASON_ACCEPTED,

    /* Not something that we verify. */
    REASON_NO_SHAPE,   /* fits no shape of ours */
    REASON_NO_LOGIN,   /* no login is open in this session, or not one for it */
    REASON_LOGIN_AGE,  /* ... but it began before accept_login */
    REASON_INCOMPLETE, /* may have been cut; as it is, it says nothing */
    REASON_PENDING,    /* device login: not confirmed yet */
    REASON_SLOW_DOWN,  /* ... and asked too often, RFC 8628 section 3.5 */
    REASON_NO_ISSUER,  /* no issuer is configured at all */

    /* Credential wrong: form and signature (nobody vouched for it). */
    REASON_FORM,         /* not three base64url parts; RFC 7515 section 7.1 */
    REASON_SIZE,         /* a part or the whole over its limit */
    REASON_BASE64,       /* padding, foreign characters, spare bits */
    REASON_HEADER,       /* header is not one acceptable JSON object */
    REASON_ALGORITHM,    /* alg missing, unknown, not admitted */
    REASON_CRITICAL,     /* crit, b64, enc, zip, cty: nothing we implement */
    REASON_TYPE,         /* typ does not fit the configured token_type */
    REASON_HEADER_CLAIM, /* header copy of a claim differs; RFC 7519 5.3 */
    REASON_PAYLOAD,      /* payload is not one acceptable JSON object */
    REASON_ISSUER,       /* no issuer of ours, or not one for this user */
    REASON_KEY_UNKNOWN,  /* no key of that kid */
    REASON_KEY_UNFIT,    /* the key does not serve this algorithm or use */
    REASON_SIGNATURE,    /* the signature does not verify */

    /* Credential wrong: who was asked does not know it. */
    REASON_INACTIVE, /* introspection, tokeninfo, userinfo: not active */
    REASON_PASSWORD, /* wrong app password, of the provider or this host */
    REASON_REFUSED,  /* the protected URL of `http` refused it */
    REASON_DENIED,   /* a device login was denied, or its time is over */

    /* Credential wrong: claims of a token whose signature verified. */
    REASON_AUDIENCE,       /* not for us */
    REASON_CLIENT_ID,      /* made for a client that is not in `clients` */
    REASON_EXPIRED,        /* exp + leeway has passed */
    REASON_EXPIRY,         /* exp missing or no number */
    REASON_NOT_YET,        /* nbf or iat in the future */
    REASON_TIMES,          /* nbf, iat malformed or in contradiction */
    REASON_SUBJECT,        /* sub missing or malformed */
    REASON_TOKEN_KIND,     /* an ID token, logout token, assertion ... */
    REASON_BOUND,          /* cnf: proof of possession, which PAM cannot ask */
    REASON_ACTOR,          /* act, may_act: somebody on behalf of another */
    REASON_CLAIM_MISSING,  /* a required claim is absent */
    REASON_CLAIM_FORM,     /* a claim is of the wrong type or too long */
    REASON_LOCAL_LIFETIME, /* local issuer: lives over 1 h, or no iat */
    REASON_CLOCK,          /* our own clock cannot be right */
    REASON_TOKEN_REVOKED,  /* `httpauthctl revoke` came after it */

    /* Good credential, no entry. */
    REASON_USERNAME,       /* the user name claim is absent or not a name */
    REASON_USER_MISMATCH,  /* speaks for another user */
    REASON_CLIENT,         /* a client, not a person */
    REASON_PINNED,         /* another subject holds this local name */
    REASON_NO_SERVICE,     /* no [service] section of that name */
    REASON_ISSUER_RULE,    /* the service does not admit this issuer */
    REASON_METHOD_RULE,    /* ... this method */
    REASON_USER_RULE,      /* ... this user */
    REASON_SCOPE_RULE,     /* a required scope is not there */
    REASON_SCOPE_CLAIM,    /* the scope claim is absent or mistyped */
    REASON_GROUP_RULE,     /* no required group, or a denied one */
    REASON_GROUP_CLAIM,    /* the group claim is absent or mistyped */
    REASON_GROUP_OVERAGE,  /* the groups were replaced by a pointer */
    REASON_LIFETIME_RULE,  /* the token lives longer than max_lifetime */
    REASON_TOKEN_AGE_RULE, /* ... was issued before max_token_age */
    REASON_AUTH_AGE_RULE,  /* ... the user signed in before max_auth_age */
    REASON_ACR_RULE,       /* ... acr is none that is required */
    REASON_AMR_RULE,       /* ... amr lacks one that is required */
    REASON_CLIENT_RULE,    /* ... was made for another client */
    REASON_EXTRA_AUDIENCE, /* ... names an audience besides ours */
    REASON_NOT_PRESENT,    /* account=session: no login of this user is open */
    REASON_REPLAY,         /* this token has logged in before */
    REASON_NO_TOKEN_ID,    /* ... or has no jti by which to know it */
    REASON_NETWORK_RULE,   /* not from an address that is admitted */
    REASON_INSUFFICIENT_SCOPE, /* RFC 6750 section 3.1, said by `http` */
    REASON_PASSWORD_RULE,      /* host password: not for this service, host or
                                  network */
    REASON_IDP_UNSEEN,         /* host password: idp_seen_within has passed */

    /* Too many attempts. */
    REASON_THROTTLED,

    /* No verdict was possible; another time it may be. */
    REASON_KEYS_UNAVAILABLE, /* no keys of this issuer could be had */
    REASON_TIMEOUT,          /* the caller's deadline passed */
    REASON_OVERLOAD,         /* a bound was reached */
    REASON_STOPPING,         /* the helper is stopping */
    REASON_LOGIN_UNKNOWN,    /* account phase: no memory of that login */
    REASON_PROVIDER,         /* no answer of the provider, or one of 5xx */
    REASON_PROVIDER_ANSWER,  /* ... an answer, but not to what was asked */
    REASON_BREAKER,          /* ... lately, so it is not asked */
    REASON_CLIENT_REFUSED,   /* the provider refused this host, as a client */
    REASON_SELF_TEST,        /* `http` is off until its self-test passes */

    /* Somebody must repair something. */
    REASON_CONFIGURATION, /* the configuration could not be loaded */
    REASON_CALLER,        /* this caller may not ask that */
    REASON_REQUEST,       /* the request made no sense */
    REASON_STATE,         /* the state directory cannot be written */
    REASON_SECRET,        /* a secret file cannot be read */
    REASON_ENDPOINT,      /* no endpoint is known, or not one to trust */
    REASON_INTERNAL,      /* no memory, or a library failed */

    /* Account phase. */
    REASON_REVOKED,
    REASON_TOKEN_ENDED,

    REASON_COUNT
};

const char *reason_name(enum reason);      /* "audience"; never NULL */
const char *reason_text(enum reason);      /* for the log; never NULL */
enum outcome reason_outcome(enum reason);  /* unknown ones: BROKEN */
const char *reason_user_text(enum reason); /* or NULL: say nothing */

/* The token's signature had been verified when this reason was found, so
 * that its fingerprint may be logged and the user told. */
bool reason_vouched(enum reason);

/* True for a definite "no" that may be remembered for a while: the same
 * bytes will get the same answer. */
bool reason_is_definite(enum reason);

/* The provider could not be asked: what it said before may count
 * (offline_grace).  Whatever it answers by itself is none, or who makes it say
 * "not now" would choose what counts. */
bool reason_is_outage(enum reason);

const char *outcome_name(enum outcome); /* "accepted", "wrong" ... */

#endif
