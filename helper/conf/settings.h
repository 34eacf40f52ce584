/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files say, before it means anything: the written values of every
 * option of every section, each with its place, the layers already laid over
 * each other.
 */
#ifndef HELPER_CONF_SETTINGS_H
#define HELPER_CONF_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/buffer.h"
#include "helper/base/list.h"
#include "helper/base/span.h"
#include "helper/conf/complain.h"
#include "helper/conf/option.h"
#include "helper/conf/value.h"

#define SECTION_DEFAULTS "*" /* the NAME whose options fill the others */

struct written {
    char *text; /* owned */
    unsigned line;
};

struct setting {
    struct written *value; /* owned; several only for WORDS and LINES */
    size_t count;          /* 0: nowhere set */
    const char *file;
    bool refused; /* a complaint about a value was made */
};

struct section {
    enum option_section kind;
    char *name;              /* owned; "" for [httpauthd] */
    struct place place;      /* its first header */
    struct place latest;     /* its header in the file that was read last */
    struct setting *setting; /* owned; one for each row of option_table */
};

struct settings {
    struct section *section; /* owned; in order of appearance */
    size_t count;
    struct list files; /* every file, in order; places point into it */
};

struct settings *settings_new(void);
void settings_free(struct settings *);

/*
 * Lays the text of one file over what is there.  Every value is judged here,
 * where it stands: one that a later file replaces must be good, too.
 */
bool settings_read(struct settings *, struct span text, const char *file,
                   const struct surroundings *, struct buffer *complaints);

struct section *settings_find(const struct settings *, enum option_section,
                              struct span name);
/* The section of that name, made if need be; NULL without memory. */
struct section *settings_add(struct settings *, enum option_section,
                             struct span name, struct place);

/* The section's own value, whether set or not. */
struct setting *setting_own(const struct section *, const struct option *);
/* What counts: its own value, else that of the defaults section; NULL when
 * neither is set. */
const struct setting *setting_effective(const struct settings *,
                                        const struct section *,
                                        const struct option *);
/* The same by name; the name must be one of the table. */
const struct setting *setting_named(const struct settings *,
                                    const struct section *, const char *name);

/* Where that option was written, else where its section begins. */
struct place setting_place(const struct settings *, const struct section *,
                           const char *name);
struct place written_place(const struct setting *, size_t index);

/* The words of a list option one by one, each with its place. */
struct word_walk {
    const struct setting *setting; /* NULL: no words */
    size_t next;
    struct span rest;
    struct span word; /* the current one */
    struct place place;
};
bool word_next(struct word_walk *);
/* Cuts the first word off `rest`; false when there is none. */
bool word_cut(struct span *rest, struct span *word);

#endif
