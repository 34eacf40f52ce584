/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logins whose session is open: what accept_login and account=session look
 * at.  Each is pinned until it is closed or its token ends, so that nobody can
 * push out another's; when there is room for no more, new ones are not
 * recorded, which can only mean a password more.
 *
 * The "cookie" of accept_login is the kernel's own: the audit session and the
 * login uid of a process are set once, by pam_loginuid, and no process without
 * privilege can change them.
 */
#ifndef HELPER_SESSION_SESSIONS_H
#define HELPER_SESSION_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/span.h"
#include "helper/session/login.h"

#define SESSIONS_MAX 16384

struct sessions;

struct session {
    unsigned char id[LOGIN_ID_LEN]; /* that of the login */
    struct span user, service, rhost;
    struct span facts;
    int64_t ends;      /* wall clock: exp of the token */
    uint64_t mapping;  /* that of the login */
    int64_t opened_ms; /* boot clock */
    uint32_t audit_session, login_uid;
    uint64_t incident; /* stands in the log line of its opening */
};

struct sessions *sessions_new(size_t most);
void sessions_free(struct sessions *);

/* Copies the spans.  False when it is full of others that have not ended at
 * wall clock `now`, or without memory. */
bool sessions_add(struct sessions *, const struct session *, int64_t now);
/* False when there is none of that id. */
bool sessions_remove(struct sessions *, const unsigned char id[LOGIN_ID_LEN]);

/*
 * The first, the youngest before the others, for which `is` says true; false
 * when there is none.  `out` is valid until one is added or removed.  It looks
 * at all of them, some tens of microseconds for as many as there can be.
 */
bool sessions_find(const struct sessions *,
                   bool (*is)(void *context, const struct session *),
                   void *context, struct session *out);
void sessions_flush(struct sessions *);
/* For memory.h. */
void sessions_save(const struct sessions *, int64_t now, struct buffer *);
bool sessions_load(struct sessions *, struct span head, struct span body,
                   bool (*are_facts)(struct span));
size_t sessions_count(const struct sessions *);

#endif
