/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/pamrun.h"

#include <security/_pam_types.h>

#define LEVELS 32
#define MUST_FAIL PAM_PERM_DENIED /* what libpam says when nobody said yes */

enum impression { UNDEFINED, POSITIVE, NEGATIVE };

struct state {
    enum impression impression;
    int status;
};

static void
take_ok(struct state *s, int code)
{
    if (s->impression != UNDEFINED &&
        (s->impression != POSITIVE || s->status != PAM_SUCCESS))
        return;
    s->impression = POSITIVE;
    s->status = code;
}

static void
take_bad(struct state *s, int code)
{
    if (s->impression == NEGATIVE)
        return;
    s->impression = NEGATIVE;
    s->status = code == PAM_IGNORE ? MUST_FAIL : code;
}

/* The next line of the phase behind `at`, or count. */
static size_t
behind(const struct pamd *stack, enum pamd_phase phase, size_t at)
{
    do {
        at++;
    } while (at < stack->count && stack->line[at].phase != phase);
    return at;
}

/* The last line of the substack that `at` stands in (0: of all). */
static size_t
last_of(const struct pamd *stack, enum pamd_phase phase, size_t at)
{
    unsigned level = stack->line[at].level;
    size_t next;

    while ((next = behind(stack, phase, at)) < stack->count &&
           stack->line[next].level >= level)
        at = next;
    return at;
}

/* Skips so many lines; a substack counts as one, and is not left.  False when
 * there were not as many. */
static bool
skip(const struct pamd *stack, enum pamd_phase phase, size_t *at, int count)
{
    unsigned level = stack->line[*at].level;
    size_t next;

    while (count > 0 && (next = behind(stack, phase, *at)) < stack->count &&
           stack->line[next].level >= level) {
        *at = next;
        while ((next = behind(stack, phase, *at)) < stack->count &&
               stack->line[next].level > level)
            *at = next;
        count--;
    }
    return count == 0;
}

int
pamrun(const struct pamd *stack, enum pamd_phase phase, pamrun_answer *answer,
       void *context)
{
    struct state s = {UNDEFINED, MUST_FAIL}, before[LEVELS] = {{UNDEFINED, 0}};
    size_t i = behind(stack, phase, (size_t)-1);

    for (; i < stack->count; i = behind(stack, phase, i)) {
        const struct pamd_line *line = &stack->line[i];
        int code, action;

        if (line->module == NULL) {
            before[(line->level + 1) % LEVELS] = s;
            continue;
        }
        code = answer(context, line);
        action = line->action[code];
        if (action == PAMD_OK || action == PAMD_DONE)
            take_ok(&s, code);
        if (action == PAMD_BAD || action == PAMD_DIE)
            take_bad(&s, code);
        if (action == PAMD_RESET)
            s = line->level > 0 ? before[line->level % LEVELS]
                                : (struct state){UNDEFINED, MUST_FAIL};
        if (action > 0 && !skip(stack, phase, &i, action))
            s = (struct state){NEGATIVE, MUST_FAIL};
        if ((action == PAMD_DONE && s.impression == POSITIVE) ||
            action == PAMD_DIE) {
            if (line->level == 0)
                break;
            i = last_of(stack, phase, i);
        }
    }
    return s.status == PAM_SUCCESS && s.impression != POSITIVE ? MUST_FAIL
                                                               : s.status;
}
