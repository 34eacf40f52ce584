/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/base/trace.h"

#include <stdlib.h>

#include "helper/base/text.h"

struct trace *
trace_new(void)
{
    return calloc(1, sizeof(struct trace));
}

void
trace_free(struct trace *trace)
{
    free(trace);
}

bool
trace_note(struct trace *trace, const char *name, bool held,
           const char *expected, const char *found)
{
    return trace_span(trace, name, held, expected, span_of(found));
}

bool
trace_span(struct trace *trace, const char *name, bool held,
           const char *expected, struct span found)
{
    struct trace_check *check;

    if (trace == NULL || trace->count >= TRACE_CHECKS_MAX)
        return held;
    check = &trace->check[trace->count++];
    check->name = name;
    check->held = held;
    (void)text_escape(span_of(expected), check->expected,
                      sizeof(check->expected));
    (void)text_escape(found, check->found, sizeof(check->found));
    return held;
}

void
trace_append(struct trace *trace, const struct trace *from)
{
    if (trace == NULL || from == NULL)
        return;
    for (size_t i = 0; i < from->count && trace->count < TRACE_CHECKS_MAX; i++)
        trace->check[trace->count++] = from->check[i];
}
