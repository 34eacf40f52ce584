/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * users.map: who may use a shared or renamed local account.
 *
 *     # local name   issuer section   claim=value
 *     deploy         work             sub=8f3c-ci-runner
 *     deploy         work             preferred_username=jane
 *     j.doe          work             email=jane@example.org
 *
 * Three fields separated by blanks, the value runs to the end of the line;
 * a line that begins with # is a comment.
 * The claim is a top-level string claim, compared byte for byte (email counts
 * only with email_verified).  A local name that is listed here is reachable
 * by its lines only.  Duplicates, root, unknown issuers and names that break
 * the name rule are load errors.
 */
#ifndef HELPER_CONF_USERSMAP_H
#define HELPER_CONF_USERSMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

struct users_map_line {
    char *local;
    char *issuer; /* section name */
    char *claim;
    char *value;
    unsigned line; /* where it stands */
};

struct users_map {
    struct users_map_line *line;
    size_t count;
};

/* Parses the text of a file; complaints as config_load().  NULL on a fault. */
struct users_map *usersmap_parse(struct span text, const char *file,
                                 struct buffer *complaints);
void usersmap_free(struct users_map *);

bool usersmap_lists(const struct users_map *, struct span local);

#endif
