/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Last uses, in the file `used` beside the keys: so that the use of an old
 * one is seen to end before it is revoked.  One line per key that was used,
 *
 *   ID SECONDS SERVICE FROM
 *
 * with wall clock seconds and the escaped address, "-" for none.  Written
 * whole, at most once a minute: the first use at once, those of the next
 * minute with the first one after it, or at the end.  It is for people:
 * losing it changes nothing.  For helper/hostpw only.
 */
#ifndef HELPER_HOSTPW_USED_H
#define HELPER_HOSTPW_USED_H

#include "helper/hostpw/store.h"

void used_read(struct hostpws *);
void used_note(struct hostpws *, struct store_entry *,
               const struct hostpw_question *);
/* Nothing when nothing is new. */
void used_write(struct hostpws *);

#endif
