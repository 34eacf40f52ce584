/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the file of one app password says:
 *
 *   {"version": 1, "id": "...", "user": "alice", "name": "backup job",
 *    "hash": "sha256:<64 hex digits>",
 *    "services": ["sshd"], "scopes": [...], "hosts": ["build7.example"],
 *    "networks": ["192.0.2.0/24"], "created": "2026-11-23T12:00:00Z",
 *    "expires": "2027-02-21T12:00:00Z", "self_made": false}
 *
 * name, the four lists and self_made may be left out.  Whatever is not
 * understood makes the file unusable: a limit that is misspelled must not
 * become no limit.  So must a list that is there and empty.
 */
#ifndef HELPER_HOSTPW_RECORD_H
#define HELPER_HOSTPW_RECORD_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"
#include "helper/hostpw/hostpw.h"

#define RECORD_BYTES_MAX 8192
#define RECORD_ITEMS_MAX 32 /* of each list */

/* `id` is what the file is named after.  False with a few words in `why`;
 * `out` is then empty.  record_clear() it otherwise. */
bool record_parse(struct span text, struct span id, struct hostpw *out,
                  struct buffer *why);
void record_clear(struct hostpw *);

/* The text of a file, one line per member.  False when it would not be read
 * again, or without memory. */
bool record_print(const struct hostpw *, struct buffer *out);

/* The rules of single members, for orders too.  NULL, or what is wrong. */
const char *record_check_name(struct span);
const char *record_check_list(const char *member, const struct list *);

#endif
