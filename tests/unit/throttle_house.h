/* SPDX-License-Identifier: BSD-2-Clause */
/* A throttle with its rules and its clock, for the tests of it. */
#ifndef TESTS_UNIT_THROTTLE_HOUSE_H
#define TESTS_UNIT_THROTTLE_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/session/throttle.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define HOME "192.0.2.7"
#define AWAY "203.0.113.9"

struct stage {
    struct throttle *t;
    struct throttle_rules rules;
    int64_t now;
};

static __attribute__((unused)) int
setup(void **state)
{
    struct stage *s = calloc(1, sizeof(*s));

    s->t = throttle_new();
    s->rules = (struct throttle_rules){
        .tries = 5, .max_s = 900, .per_minute = 100000, .per_address = 100000};
    s->now = 5 * HOUR;
    *state = s;
    return s->t == NULL;
}

static __attribute__((unused)) int
teardown(void **state)
{
    struct stage *s = *state;

    throttle_free(s->t);
    free(s);
    return 0;
}

static __attribute__((unused)) bool
begin_at(struct stage *s, const char *user, const char *origin,
         const char *credential, bool remote, struct throttle_ticket *ticket)
{
    return throttle_begin(s->t, &s->rules, span_of(user), origin,
                          span_of(credential), remote, s->now, ticket);
}

static __attribute__((unused)) bool
begin(struct stage *s, const char *credential, struct throttle_ticket *ticket)
{
    return begin_at(s, "alice", HOME, credential, true, ticket);
}

static __attribute__((unused)) void
end(struct stage *s, struct throttle_ticket *ticket,
    enum throttle_result result)
{
    throttle_end(s->t, &s->rules, ticket, result, s->now);
}

/* Was it tried at all? */
static __attribute__((unused)) bool
once_at(struct stage *s, const char *user, const char *origin,
        const char *credential, enum throttle_result result)
{
    struct throttle_ticket ticket;

    if (!begin_at(s, user, origin, credential, true, &ticket))
        return false;
    end(s, &ticket, result);
    return true;
}

static __attribute__((unused)) bool
wrong(struct stage *s, const char *credential)
{
    return once_at(s, "alice", HOME, credential, THROTTLE_WRONG);
}

static __attribute__((unused)) bool
good(struct stage *s, const char *credential)
{
    return once_at(s, "alice", HOME, credential, THROTTLE_GOOD);
}

/* Never the same twice. */
static __attribute__((unused)) const char *
fresh(void)
{
    static char text[32];
    static unsigned number;

    snprintf(text, sizeof(text), "guess-%u", number++);
    return text;
}

static __attribute__((unused)) void
fails(struct stage *s, unsigned times)
{
    while (times-- > 0)
        assert_true(wrong(s, fresh()));
}

/* The same, waiting for each. */
static __attribute__((unused)) void
digs(struct stage *s, unsigned times)
{
    for (; times > 0; times--)
        while (!wrong(s, fresh()))
            s->now += SECOND;
}

/* How long from now until one is tried; the time stays where that was. */
static __attribute__((unused)) int64_t
pause_of(struct stage *s)
{
    struct throttle_ticket ticket;
    int64_t from = s->now;

    while (!begin(s, "probe", &ticket)) {
        assert_true(s->now - from < 2 * HOUR);
        s->now += 100;
    }
    end(s, &ticket, THROTTLE_NEITHER);
    return s->now - from;
}

static __attribute__((unused)) json_int_t
status(struct stage *s, const char *name)
{
    json_t *all = throttle_status(s->t, s->now);
    json_int_t value = json_integer_value(json_object_get(all, name));

    assert_true(json_is_integer(json_object_get(all, name)));
    json_decref(all);
    return value;
}

#endif
