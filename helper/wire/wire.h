/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the module and the helper agree on: one message per packet of a
 * SOCK_SEQPACKET socket, described field by field in helper/wire/PROTOCOL.
 * Encoding and decoding are pure functions over bytes; sending is the
 * caller's business.
 */
#ifndef HELPER_WIRE_WIRE_H
#define HELPER_WIRE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/buffer.h"
#include "helper/base/limits.h"
#include "helper/base/reason.h"
#include "helper/base/span.h"

#define WIRE_VERSION 1
/* Every packet, whatever its type: 64 KiB of credential and 4 KiB of rest. */
#define WIRE_PACKET_MAX (LIMIT_CREDENTIAL + 4096)
#define WIRE_HEADER_LEN 8
#define WIRE_LOGIN_LEN 16

#define WIRE_PAM_SOCKET "/run/httpauth/pam.sock"
#define WIRE_CONTROL_SOCKET "/run/httpauth/control.sock"

enum wire_type {
    WIRE_AUTH = 1,    /* caller: is this credential good for that user? */
    WIRE_ACCOUNT = 2, /* caller: may that login still go on? */
    WIRE_VERDICT = 3, /* helper: the answer to both */
    WIRE_CONTROL = 4, /* tool: do this */
    WIRE_REPLY = 5,   /* helper: the answer to it */
    /* Of callers that are root; the answer is a verdict. */
    WIRE_OPEN = 6,     /* the session of that login begins */
    WIRE_CLOSE = 7,    /* ... has ended */
    WIRE_RESUME = 8,   /* may a login that is open here pass without asking? */
    WIRE_PRESENT = 9,  /* has that user, who came otherwise, an open login? */
    WIRE_COLLECT = 10, /* what the session that was opened gets as files */
    WIRE_FILES = 11,   /* helper: these; the answer to it, or a verdict */
    WIRE_DEVICE = 12,  /* begin a login that is confirmed elsewhere */
    WIRE_CHALLENGE = 13, /* helper: how; the answer to it, or a verdict */
    WIRE_POLL = 14       /* has it been confirmed? */
};
#define WIRE_TYPE_LAST WIRE_POLL

/* No audit session, no login uid: what the kernel says of a process that no
 * login has begun. */
#define WIRE_UNSET UINT32_MAX

/* What is asked on pam.sock.  The spans point into the decoded packet. */
struct wire_request {
    enum wire_type type;
    uint32_t ms_left; /* 1 .. TIMEOUT_MAX_MS: what is left of the deadline */
    uint32_t uid;     /* real uid of the calling process; not (uid_t)-1 */
    struct span user; /* passes text_is_user(); WIRE_AUTH, WIRE_DEVICE,
                         WIRE_POLL: or empty, "take the user from the token" */
    struct span service;
    struct span rhost;      /* may be empty */
    struct span credential; /* WIRE_AUTH: not empty; else empty */
    bool may_be_cut; /* WIRE_AUTH: the rest of the credential may follow in
                        another question, so nobody else is to be asked */
    uint8_t login[WIRE_LOGIN_LEN]; /* WIRE_ACCOUNT, WIRE_OPEN, WIRE_CLOSE,
                                      WIRE_COLLECT: of the accepted login;
                                      WIRE_POLL: the challenge's; else zero */
    /* WIRE_OPEN, WIRE_RESUME: of the calling process, from the kernel;
     * WIRE_RESUME: neither is WIRE_UNSET.  Else zero. */
    uint32_t audit_session, login_uid;
};

struct wire_verdict {
    enum outcome outcome;
    uint8_t login[WIRE_LOGIN_LEN]; /* of an accepted login, else zero */
    int64_t ends;       /* wall clock, seconds; 0 when not accepted */
    uint64_t incident;  /* correlates the module's log line with the helper's */
    struct span reason; /* reason_name(); for the module's log */
    struct span text;   /* one line for the user, or empty */
    struct span user;   /* whose login it is, when the request named nobody;
                           accepted only, passes text_is_user(), not root */
    struct span environment; /* WIRE_OPEN, accepted: lines NAME=VALUE that the
                                session gets, each ended; or empty */
    bool files; /* WIRE_OPEN, accepted: WIRE_COLLECT has something */
};

#define WIRE_ENVIRONMENT_MAX 4096
#define WIRE_ENVIRONMENT_PREFIX "HTTPAUTH_" /* of each NAME */

/* What a session gets as files of its own.  Each content is a secret. */
#define WIRE_FILES_MAX 8
#define WIRE_FILE_NAME_MAX 32
#define WIRE_SECRET_MAX 448 /* bytes; so that all of them fit a packet */

struct wire_file {
    struct span name;    /* a-z 0-9 -; empty, the first one only: the token */
    struct span content; /* not empty, no control characters */
};

struct wire_files {
    uint8_t login[WIRE_LOGIN_LEN]; /* the request's */
    size_t count;                  /* 1 .. WIRE_FILES_MAX */
    struct wire_file file[WIRE_FILES_MAX];
};

/* The name of such a file, other than the token. */
bool wire_is_file_name(struct span name);

/* How a login is confirmed elsewhere. */
#define WIRE_CHALLENGE_MAX 1024 /* bytes of its text */

struct wire_challenge {
    uint8_t id[WIRE_LOGIN_LEN]; /* by which it is polled for; not zero */
    uint32_t seconds;           /* that it is good for, above 0 */
    struct span text;           /* lines for the user, printable ASCII, each
                                   ended; not empty */
    struct span code;           /* where to go as a QR code: a map as
                                   helper/base/blocks.h has it, or empty */
};

/* What may be asked on control.sock; the numbers are never reused. */
enum wire_operation {
    WIRE_OP_VERIFY = 1, /* user, service, rhost, credential */
    WIRE_OP_STATUS = 2,
    WIRE_OP_RELOAD = 3,
    WIRE_OP_FLUSH = 4, /* forget verdicts, fetch keys anew */
    WIRE_OP_USER_LIST = 5,
    WIRE_OP_USER_FORGET = 6, /* user; argument: issuer name or empty */
    WIRE_OP_MINTED = 7,      /* argument: one line for the audit log */
    /* App passwords of this machine; the argument is a JSON object. */
    WIRE_OP_APP_PASSWORD_CREATE = 8, /* user; not root: credential */
    WIRE_OP_APP_PASSWORD_LIST = 9,   /* user; root: or empty for all */
    WIRE_OP_APP_PASSWORD_SHOW = 10,  /* user; root: or empty */
    WIRE_OP_APP_PASSWORD_REVOKE = 11,
    WIRE_OP_APP_PASSWORD_ROTATE = 12, /* not root: credential */
    WIRE_OP_REVOKE = 13,              /* argument: a JSON object */
    WIRE_OP_METRICS = 14,
    WIRE_OP_WHY = 15, /* user or empty; argument: an incident or empty */
    WIRE_OP_COUNT
};

struct wire_control {
    enum wire_operation operation;
    uint32_t ms_left;
    struct span user, service, rhost, argument, credential; /* may be empty */
};

enum wire_status {
    WIRE_DONE = 0,    /* body: JSON */
    WIRE_REFUSED = 1, /* this uid may not; body: JSON {"error": text} */
    WIRE_FAILED = 2   /* tried and failed; body likewise */
};

struct wire_reply {
    enum wire_status status;
    struct span body;
};

/* One NAME of an environment: the prefix and then A-Z 0-9 _, 64 bytes at most,
 * and not HTTPAUTH_LOGIN, which is the module's. */
bool wire_is_variable(struct span name);

/*
 * Encoders append one packet to an empty buffer; false when a field is over
 * its bound or breaks its rule, or without memory.
 */
bool wire_put_request(struct buffer *, const struct wire_request *);
bool wire_put_verdict(struct buffer *, const struct wire_verdict *);
bool wire_put_challenge(struct buffer *, const struct wire_challenge *);
bool wire_put_files(struct buffer *, const struct wire_files *);
bool wire_put_control(struct buffer *, const struct wire_control *);
bool wire_put_reply(struct buffer *, const struct wire_reply *);

/*
 * Decoders take one whole packet and accept exactly what the encoder of the
 * same message produces: right version and type, every bound kept, every
 * rule of the field kept, no trailing byte.  On false `out` is zeroed.
 */
bool wire_get_request(struct span packet, struct wire_request *out);
bool wire_get_verdict(struct span packet, struct wire_verdict *out);
bool wire_get_challenge(struct span packet, struct wire_challenge *out);
bool wire_get_files(struct span packet, struct wire_files *out);
bool wire_get_control(struct span packet, struct wire_control *out);
bool wire_get_reply(struct span packet, struct wire_reply *out);

/* The type a packet claims to be, or 0; the header is checked. */
enum wire_type wire_type_of(struct span packet);

/*
 * Which message is permitted when.  A conversation is in one of these states
 * on either end; a message that the table does not permit ends it.
 */
enum wire_state {
    WIRE_PAM_IDLE,     /* pam.sock: the caller may ask */
    WIRE_PAM_BUSY,     /* ... the helper owes a verdict */
    WIRE_CONTROL_IDLE, /* control.sock: the tool may ask */
    WIRE_CONTROL_BUSY, /* ... the helper owes a reply */
    WIRE_STATE_COUNT
};

/* The state after `type`, or WIRE_STATE_COUNT when it is not permitted. */
enum wire_state wire_next(enum wire_state, enum wire_type type);

#endif
