/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of options: one row each, and nothing about an option is said
 * anywhere else.  Parsing, defaults, `config show`, the reference in
 * httpauthd.conf(5) and the check of that page all read it.
 */
#ifndef HELPER_CONF_OPTION_H
#define HELPER_CONF_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

enum option_section {
    SECTION_DAEMON,  /* [httpauthd] */
    SECTION_ISSUER,  /* [issuer NAME] */
    SECTION_SERVICE, /* [service NAME] */
    SECTION_COUNT
};

enum option_type {
    OPTION_TEXT,     /* char * */
    OPTION_FILE,     /* char *; relative to the main file's folder */
    OPTION_WORDS,    /* struct list; words may share a line */
    OPTION_LINES,    /* struct list; one value per line, key repeated */
    OPTION_CHOICE,   /* int64_t; one keyword */
    OPTION_CHOICES,  /* int64_t; a set of keywords */
    OPTION_DURATION, /* int64_t seconds */
    OPTION_NUMBER,   /* int64_t within min..max */
    OPTION_FLAG      /* bool; yes or no */
};

/* [issuer local] and the others are not the same kind of thing. */
enum option_reach {
    REACH_ALL,
    REACH_REMOTE, /* not in [issuer local] */
    REACH_LOCAL   /* only there */
};

struct option_keyword {
    const char *word;
    int value;
};

/* Does one written value (of a list: one item) keep the option's rules?  If
 * not, `why` gets the rest of a sentence that begins with the value. */
typedef bool option_fits(struct span value, struct buffer *why);

struct option {
    const char *name;
    enum option_section section;
    enum option_type type;
    size_t offset;        /* into the section's struct of config.h */
    const char *standard; /* the default, as one would write it; NULL: none */
    const struct option_keyword *keywords; /* CHOICE, CHOICES; WORDS: names */
    option_fits *fits;                     /* TEXT, FILE, WORDS, LINES */
    enum option_reach reach;
    bool secret;      /* FILE: also "credential:NAME", see secret.h */
    bool expands;     /* %H is this host's name, %% a percent sign */
    int64_t min, max; /* NUMBER, DURATION */
    const char *unit; /* how the manual names the value: "duration" */
    const char *help; /* mdoc text of the manual */
};

extern const struct option option_table[];
extern const size_t option_count;

const struct option *option_find(enum option_section, struct span name);
const char *option_section_name(enum option_section);
/* May it stand in the [issuer local], or in another section? */
bool option_reaches(const struct option *, bool local);

/* For a name that is no option: the nearest one of that section within two
 * typing errors, or NULL. */
const struct option *option_near(enum option_section, struct span name);

/* The reference as mdoc source, in table order, for httpauthd.conf(5). */
bool option_print_manual(struct buffer *out);

#endif
