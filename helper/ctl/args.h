/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command lines: "--name VALUE" or "--name=VALUE", names in full only (an
 * abbreviation that works today is ambiguous tomorrow), each at most once
 * unless it says otherwise.
 */
#ifndef HELPER_CTL_ARGS_H
#define HELPER_CTL_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#define ARGS_MANY_MAX 64

struct args_many {
    const char *item[ARGS_MANY_MAX];
    size_t count;
};

/* One option; exactly one of the pointers is set, and what it points to was
 * NULL, false or empty before. */
struct arg {
    const char *name; /* without dashes */
    const char **text;
    bool *flag;
    struct args_many *many;
};

/* The list ends in a row without a name.  `operand` takes one argument that
 * is no option, or is NULL when there must be none.  On false the reason has
 * been told: exit with CTL_USAGE. */
bool args_parse(int argc, char **argv, const struct arg *,
                const char **operand);

#endif
