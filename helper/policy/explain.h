/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What mapping and rules write into a trace.  Text is cut to fit, never
 * judged; the trace escapes it.
 */
#ifndef HELPER_POLICY_EXPLAIN_H
#define HELPER_POLICY_EXPLAIN_H

#include <stddef.h>

#include "helper/base/list.h"
#include "helper/base/trace.h"
#include "helper/policy/facts.h"

struct explanation {
    char text[TRACE_TEXT_MAX];
};

/* "all of a, b" for the prefix "all of "; returns `out->text`, as do all. */
const char *explain_list(const char *prefix, const struct list *,
                         struct explanation *out);

/* "a, b", or that there is none and why. */
const char *explain_fact(const struct facts *, enum fact,
                         struct explanation *out);

/* The keywords of a set of methods; 0 is every method. */
const char *explain_methods(int64_t methods, struct explanation *out);

#endif
