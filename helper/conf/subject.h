/* SPDX-License-Identifier: BSD-2-Clause */
/* One issuer and where it was written: what the rules of check.c,
 * check_keys.c, check_method.c and check_client.c look at. */
#ifndef HELPER_CONF_SUBJECT_H
#define HELPER_CONF_SUBJECT_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/conf/config.h"
#include "helper/conf/settings.h"

struct subject {
    const struct config *config;
    const struct issuer_conf *issuer;
    const struct section *section;
    struct buffer *complaints;
};

struct subject subject_of(const struct config *, const struct issuer_conf *,
                          struct buffer *complaints);

/* Was it written, here or in [issuer *]?  Even if it was refused. */
bool subject_has(const struct subject *, const char *option);
struct place subject_place(const struct subject *, const char *option);
/* Was a value refused?  What follows from its absence is then no fault. */
bool subject_is_doubtful(const struct subject *);

/* Complains where that option stands: "[issuer NAME] TEXT".  Always false. */
bool subject_refuse(const struct subject *, const char *option,
                    const char *text);

/*
 * `rules` end with a NULL option.  Where `when` holds, that option must (or
 * must not) be there; `why` ends the complaint.  Of rules about the same
 * option, which stand together, the first that is broken is reported.
 */
struct subject_rule {
    const char *option;
    bool (*when)(const struct subject *);
    const char *why;
};
bool subject_needs(const struct subject *, const struct subject_rule *rules);
bool subject_lacks(const struct subject *, const struct subject_rule *rules);

/* check_keys.c: keys, algorithms, and that there is metadata to ask. */
bool check_keys(const struct subject *);
/* check_method.c: each method of `accept` and what it needs. */
bool check_methods(const struct subject *);
/* check_method.c: no credential fits patterns of two parties. */
bool check_shapes(const struct subject *one, const struct subject *two);
/* check_client.c: this host as a client, and its proxy. */
bool check_client(const struct subject *);

#endif
