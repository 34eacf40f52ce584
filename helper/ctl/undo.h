/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was there before `setup` changed it, and how to get back: one folder of
 * root's alone.  It is not the helper's state folder, because whoever may write
 * there would decide what root puts into /etc.
 *
 * undo.json names every file with the digest of what it was and the digests of
 * what setup has put there; a file that is neither was changed since by
 * somebody else and is not touched.  What a file held is in original-DIGEST.
 */
#ifndef HELPER_CTL_UNDO_H
#define HELPER_CTL_UNDO_H

#include <jansson.h>
#include <stdbool.h>

#include "helper/ctl/change.h"

#define UNDO_DIR "/var/lib/httpauth-setup"

struct folder;

struct undo {
    struct folder *folder; /* owned; NULL: not open */
    json_t *record;        /* NULL: nothing is to be undone */
};

/* Takes the folder for this process; false, told why, when it cannot be used or
 * another setup is at work.  undo_close() after any result. */
bool undo_open(struct undo *, const char *dir);
void undo_close(struct undo *);

/*
 * On the disk before this returns: the originals and the record of `changes`
 * beside what earlier runs left.  A file that is still as an earlier run left
 * it keeps its older original.  `beside`: what else will be done, an object, of
 * which what an earlier run has recorded stays; or NULL.  Its "profiles" are
 * those of pam-auth-update that will be enabled, an array.  False: told why,
 * and nothing is recorded.
 */
bool undo_record(struct undo *, const struct changes *, const json_t *beside);
/* The record becomes `earlier` again (NULL: none). */
bool undo_forget(struct undo *, const json_t *earlier);

/* Has setup written what this file holds? */
bool undo_knows(const struct undo *, const char *path,
                const struct file_state *);

/*
 * Puts everything back.  Nothing is touched when a file was changed since:
 * those are named.  Before the files `profiles` takes those out of the stacks,
 * behind them `units` disables those; each is called if there are any.  When
 * something fails all of it stays on record, to be done again.
 */
bool undo_run(struct undo *, bool (*profiles)(const json_t *),
              bool (*units)(const json_t *));

#endif
