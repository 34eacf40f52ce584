/* SPDX-License-Identifier: BSD-2-Clause */
/* The set of app passwords behind hostpw.h.  For helper/hostpw only. */
#ifndef HELPER_HOSTPW_STORE_H
#define HELPER_HOSTPW_STORE_H

#include "helper/base/folder.h"
#include "helper/hostpw/hostpw.h"

/* One file of that name, usable or not: what is wrong with it is told once,
 * until it changes. */
struct store_entry {
    char id[HOSTPW_ID_LEN + 1];
    struct folder_mark mark;
    bool usable;
    bool listed; /* by the scan that is going on */
    struct hostpw key;
};

struct hostpws {
    struct folder folder;
    struct store_entry **entry; /* by id */
    size_t count;
    int64_t looked;       /* wall clock of the last look at the folder */
    size_t strange;       /* *.json with other names than an id */
    bool full;            /* ... was told */
    bool used_since;      /* last uses are not written yet */
    int64_t used_written; /* wall clock */
};

/* Looks at the folder, at most once in a second of `wall`. */
void store_look(struct hostpws *, int64_t wall);

/* ... and at every file in it, now. */
void store_scan(struct hostpws *);

/* The key of that id as its file is now; NULL when there is none that can be
 * used. */
struct store_entry *store_refresh(struct hostpws *, struct span id);

struct store_entry *store_find(struct hostpws *, struct span id);

/* Writes the key's file and takes it up. */
bool store_write(struct hostpws *, const struct hostpw *, struct buffer *why);
bool store_remove(struct hostpws *, struct span id, struct buffer *why);

#endif
