/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a helper that stops leaves to the next one: verdicts, logins and open
 * sessions, in a folder of a file system in memory (/run), so that an upgrade
 * asks no provider anew and ends nobody's accept_login.  Sealed, for what is
 * changed there is noticed; a file of another machine, boot or key is none, for
 * an audit session is one of its boot.
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
    /* Are these facts at all?  Aligned to 8 bytes. */
    bool (*are_facts)(struct span);
};

/*
 * Two clocks, which go on alike within one boot.  The boot's own number is not
 * to be had by a helper that sees nothing of /proc/sys (ProcSubset=pid).
 */
struct memory_now {
    int64_t boot_ms;
    int64_t wall;
};

#define MEMORY_BYTES_MAX (128 * 1024 * 1024)

/* Into `folder`, together with the key if there is none; what goes wrong is
 * told to the log.  Of what goes beyond MEMORY_BYTES_MAX the verdicts that were
 * used longest ago are left out, and what has ended is not written. */
void memory_save(const char *folder, const struct memory_tables *,
                 struct memory_now);

/* Takes it from there, once: the file is gone afterwards.  False when there was
 * none, or none that can be used, which is told to the log; the tables are then
 * empty, or as they were. */
bool memory_restore(const char *folder, struct memory_tables *,
                    struct memory_now);

/* --- records: what the tables write and read --- */

enum memory_kind {
    MEMORY_SECRET = 1, /* of the verdicts' names */
    MEMORY_VERDICT,
    MEMORY_LOGIN,
    MEMORY_GUEST,
    MEMORY_SESSION
};

/* Two parts, each of which may be empty.  False when there is no room, and
 * nothing was put. */
bool memory_put(struct buffer *, enum memory_kind, struct span head,
                struct span body);

/* Of such parts. */
size_t memory_record_len(size_t head, size_t body);

#endif
