/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * helper/session: the throttle against a model of it that is as simple as the
 * rules allow, step by step through long random histories.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/session/throttle.h"

#define USERS 3
#define ORIGINS 3
#define CREDENTIALS 24
#define FLYING 40
#define HISTORIES 30
#define STEPS 4000
#define HOUR 3600000

/* Names by number; a credential has the same text for every user. */
struct who {
    unsigned user, origin, credential;
    bool remote;
};

struct model_pair {
    bool used;
    unsigned failures, flying;
    int64_t until, last;
    int wrong[THROTTLE_REPEATS]; /* credential + 1, the latest first */
};

struct model_user {
    bool used;
    int64_t level, at; /* 60000 per try */
    int good[THROTTLE_GOODS];
};

struct model {
    struct model_pair pair[USERS][ORIGINS];
    struct model_user user[USERS];
};

struct flight {
    bool up, counted;
    struct who who;
    struct throttle_ticket ticket;
};

/* Its own generator: the same histories everywhere. */
static uint64_t seed;

static unsigned
roll(unsigned sides)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (unsigned)(seed >> 33) % sides;
}

static bool
push_front(int *list, int count, int value)
{
    int i, at = count - 1;
    bool found = false;

    for (i = 0; i < count; i++)
        if (list[i] == value) {
            at = i;
            found = true;
            break;
        }
    for (i = at; i > 0; i--)
        list[i] = list[i - 1];
    list[0] = value;
    return found;
}

static struct model_user *
refilled(struct model *m, const struct throttle_rules *rules, unsigned user,
         int64_t now)
{
    struct model_user *u = &m->user[user];
    int64_t full = rules->per_minute * 60000;

    if (!u->used)
        *u = (struct model_user){.used = true, .level = full, .at = now};
    u->level += (now - u->at) * rules->per_minute;
    if (u->level > full)
        u->level = full;
    u->at = now;
    return u;
}

static bool
model_begin(struct model *m, const struct throttle_rules *rules,
            const struct who *who, int64_t now, bool *counted)
{
    struct model_pair *p = &m->pair[who->user][who->origin];
    struct model_user *u;
    bool known = false;
    int i;

    *counted = false;
    if (p->used && p->flying == 0 && now >= p->last + HOUR &&
        now >= p->until + HOUR)
        memset(p, 0, sizeof(*p));
    if (p->used)
        p->last = now;
    if (p->failures < (unsigned)rules->tries
            ? p->failures + p->flying >= (unsigned)rules->tries
            : p->flying > 0 || now < p->until)
        return false;
    if (who->remote) {
        u = refilled(m, rules, who->user, now);
        for (i = 0; i < THROTTLE_GOODS; i++)
            known = known || u->good[i] == (int)who->credential + 1;
        if (!known && u->level < 60000)
            return false;
        if (!known)
            u->level -= 60000;
        *counted = !known;
    }
    p->used = true;
    p->flying++;
    p->last = now;
    return true;
}

static void
model_end(struct model *m, const struct throttle_rules *rules,
          const struct flight *f, enum throttle_result result, int64_t now)
{
    struct model_pair *p = &m->pair[f->who.user][f->who.origin];
    int credential = (int)f->who.credential + 1, i;
    struct model_user *u = NULL;
    int64_t pause = 1;

    p->flying--;
    p->last = now;
    if (f->who.remote)
        u = refilled(m, rules, f->who.user, now);
    if (result == THROTTLE_GOOD) {
        p->failures = 0;
        p->until = 0;
        memset(p->wrong, 0, sizeof(p->wrong));
        if (u != NULL)
            push_front(u->good, THROTTLE_GOODS, credential);
        if (u != NULL && f->counted)
            u->level += 60000;
    } else if (result == THROTTLE_WRONG) {
        if (!push_front(p->wrong, THROTTLE_REPEATS, credential) &&
            ++p->failures >= (unsigned)rules->tries) {
            for (i = (int)p->failures - (int)rules->tries;
                 i > 0 && pause < rules->max_s; i--)
                pause *= 2;
            p->until =
                now + (pause < rules->max_s ? pause : rules->max_s) * 1000;
        }
        for (i = 0; u != NULL && i < THROTTLE_GOODS; i++)
            if (u->good[i] == credential)
                u->good[i] = 0;
    }
    if (p->flying == 0 && p->failures == 0)
        memset(p, 0, sizeof(*p));
}

static int64_t
some_time(void)
{
    switch (roll(12)) {
    case 0:
        return roll(1500);
    case 1:
        return (int64_t)roll(120) * 1000;
    case 2:
        return roll(40) == 0 ? (int64_t)roll(3) * HOUR + roll(2000) : 0;
    default:
        return 0;
    }
}

static enum throttle_result
some_result(void)
{
    unsigned n = roll(20);

    if (n == 0)
        return THROTTLE_GOOD;
    return n < 4 ? THROTTLE_NEITHER : THROTTLE_WRONG;
}

static void
assert_pauses(const struct model *m, const struct throttle *t, int64_t now)
{
    json_t *status = throttle_status(t, now);
    json_int_t used = 0, pausing = 0;
    unsigned u, o;

    for (u = 0; u < USERS; u++)
        for (o = 0; o < ORIGINS; o++) {
            const struct model_pair *p = &m->pair[u][o];

            used += p->used && (p->flying > 0 || now < p->last + HOUR ||
                                now < p->until + HOUR);
            pausing += p->used && now < p->until;
        }
    assert_int_equal(json_integer_value(json_object_get(status, "pairs")),
                     used);
    assert_int_equal(json_integer_value(json_object_get(status, "pausing")),
                     pausing);
    assert_int_equal(json_integer_value(json_object_get(status, "shared")), 0);
    json_decref(status);
}

static void
step(struct model *m, struct throttle *t, const struct throttle_rules *rules,
     struct flight *flight, int64_t now)
{
    static const char *const origins[ORIGINS] = {"192.0.2.7",
                                                 "2001:db8:1:2::/64", "uid:0"};
    struct flight *f = &flight[roll(FLYING)];
    enum throttle_result result = some_result();
    char user[16], credential[16];

    if (f->up) {
        model_end(m, rules, f, result, now);
        throttle_end(t, rules, &f->ticket, result, now);
        assert_false(f->ticket.held);
        f->up = false;
        return;
    }
    f->who = (struct who){roll(USERS), roll(ORIGINS), roll(CREDENTIALS),
                          roll(3) > 0};
    snprintf(user, sizeof(user), "user%u", f->who.user);
    snprintf(credential, sizeof(credential), "secret%u", f->who.credential);
    f->up = model_begin(m, rules, &f->who, now, &f->counted);
    assert_int_equal(throttle_begin(t, rules, span_of(user),
                                    origins[f->who.origin], span_of(credential),
                                    f->who.remote, now, &f->ticket),
                     f->up);
    assert_int_equal(f->ticket.held, f->up);
}

static void
it_does_what_its_model_does(void **state)
{
    struct throttle_rules rules = {.per_address = 100000};
    struct flight flight[FLYING];
    struct model model;
    struct throttle *t;
    unsigned history, i;
    int64_t now;

    (void)state;
    for (history = 0; history < HISTORIES; history++) {
        seed = history;
        rules.tries = 1 + roll(6);
        rules.max_s = 1 + roll(2000);
        rules.per_minute = 1 + roll(60);
        memset(&model, 0, sizeof(model));
        memset(flight, 0, sizeof(flight));
        t = throttle_new();
        assert_non_null(t);
        now = roll(1000000);
        for (i = 0; i < STEPS; i++) {
            now += some_time();
            step(&model, t, &rules, flight, now);
            if (i % 64 == 0)
                assert_pauses(&model, t, now);
        }
        throttle_free(t);
    }
}

/* How many guesses there may have been by then: five, and one more behind
 * each pause. */
static unsigned
allowed(int64_t now)
{
    int64_t pause = 1000, sum = pause;
    unsigned most = 5;

    for (; sum <= now; sum += pause) {
        most++;
        pause = pause < 64000 ? 2 * pause : 64000;
    }
    return most;
}

#define GUESSES_MAX 100

/*
 * The promise itself, apart from any model: whoever guesses with all his
 * might, in parallel, with repeats, with answers in any order, has learned of
 * no more different guesses than a patient man who asks one by one.
 */
static void
no_way_of_asking_gets_more_guesses_answered(void **state)
{
    const struct throttle_rules rules = {
        .tries = 5, .max_s = 64, .per_minute = 100000, .per_address = 100000};
    struct throttle_ticket ticket[64];
    unsigned guess[64], history, i, answers;
    bool answered[GUESSES_MAX];
    struct throttle *t;
    char text[16];
    int64_t now;

    (void)state;
    for (history = 0; history < 20; history++) {
        seed = 1000 + history;
        t = throttle_new();
        assert_non_null(t);
        memset(ticket, 0, sizeof(ticket));
        memset(answered, 0, sizeof(answered));
        answers = 0;
        for (now = 0; now < 600000; now += roll(40)) {
            i = roll(64);
            if (!ticket[i].held) {
                guess[i] = roll(GUESSES_MAX);
                snprintf(text, sizeof(text), "guess%u", guess[i]);
                (void)throttle_begin(t, &rules, span_of("alice"), "192.0.2.7",
                                     span_of(text), true, now, &ticket[i]);
            } else if (roll(8) == 0) {
                throttle_end(t, &rules, &ticket[i], THROTTLE_NEITHER, now);
            } else {
                throttle_end(t, &rules, &ticket[i], THROTTLE_WRONG, now);
                answers += !answered[guess[i]];
                answered[guess[i]] = true;
            }
            assert_true(answers <= allowed(now));
        }
        assert_true(answers > 5);
        throttle_free(t);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_does_what_its_model_does),
        cmocka_unit_test(no_way_of_asking_gets_more_guesses_answered),
    };

    return cmocka_run_group_tests_name("session_throttle_model", tests, NULL,
                                       NULL);
}
