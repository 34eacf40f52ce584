/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a helper that stops leaves to the next one: verdicts, logins and open
 * sessions, in a folder of a file system in memory (/run), so that an upgrade
 * asks no provider anew and ends nobody's accept_login.  Sealed, for what is
 * changed there is noticed; a file of another machine, boot or key is none.
 * Nothing in it is believed that was not there before: revocations, mapping and
 * rules are applied at every use.
 */
#ifndef HELPER_SESSION_MEMORY_H
#define HELPER_SESSION_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

struct memory_tables {
    struct verdicts *verdicts;
    struct logins *logins, *guests;
    struct sessions *sessions;
    /* May that verdict lie in a file?  Those of passwords may not. */
    bool (*may_keep)(struct span facts);
};

#define MEMORY_BYTES_MAX (128 * 1024 * 1024)

/* Into `folder`, together with the key if there is none; what goes wrong is
 * told to the log. */
void memory_save(const char *folder, const struct memory_tables *,
                 int64_t now_ms);

/* Takes it from there, once: the file is gone afterwards.  `now_ms` is the boot
 * clock.  False when there was none, or none that can be used, which is told
 * to the log; the tables are then as they were. */
bool memory_restore(const char *folder, struct memory_tables *, int64_t now_ms);

/* --- records: what the tables write and read --- */

enum memory_kind {
    MEMORY_SECRET = 1, /* of the verdicts' names */
    MEMORY_VERDICT,
    MEMORY_LOGIN,
    MEMORY_GUEST,
    MEMORY_SESSION
};

/* Two parts, each of which may be empty. */
bool memory_put(struct buffer *, enum memory_kind, struct span head,
                struct span body);

#endif
