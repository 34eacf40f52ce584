/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pin_subject in every order of renaming and reuse: whatever people, names,
 * forgetting and restarts follow each other, who was the first under a name
 * keeps it until he is forgotten, and nobody else gets in by it.
 */
#include "tests/unit/daemon_house.h"

#define NAMED                                                                  \
    HOUSE_FILE_KEYS "\nusername_claim = preferred_username\n"                  \
                    "required_claims = preferred_username"
#define PEOPLE 3
#define NAMES 2
#define STEPS 4
/* A login of each person by each name, forgetting each name, a restart. */
#define EVENTS (PEOPLE * NAMES + NAMES + 1)
#define NOBODY (-1)

static const char *const subjects[PEOPLE] = {"u-1", "u-2", "u-3"};
static const char *const names[NAMES] = {"alice", "bob"};

struct model {
    struct house *house;
    char *token[PEOPLE][NAMES]; /* as that person, called so at the time */
    int keeps[NAMES];           /* who has that name here, or NOBODY */
    unsigned entered, refused;
};

static void
log_in(struct model *m, int person, int name)
{
    bool his = m->keeps[name] == NOBODY || m->keeps[name] == person;

    assert_reason(house_ask(m->house, names[name], m->token[person][name]),
                  his ? REASON_ACCEPTED : REASON_PINNED);
    if (his)
        m->keeps[name] = person;
    m->entered += his;
    m->refused += !his;
}

static void
forget(struct model *m, int name)
{
    assert_int_equal(
        pins_forget(m->house->helper.pins, span_of(names[name]), span_of("")),
        m->keeps[name] != NOBODY);
    m->keeps[name] = NOBODY;
}

static void
restart(struct model *m)
{
    helper_close(&m->house->helper);
    (void)uv_run(&m->house->loop, UV_RUN_DEFAULT);
    house_start(m->house, HELPER_KEEPS_STATE);
}

static void
happens(struct model *m, int event)
{
    if (event < PEOPLE * NAMES)
        log_in(m, event / NAMES, event % NAMES);
    else if (event < PEOPLE * NAMES + NAMES)
        forget(m, event - PEOPLE * NAMES);
    else
        restart(m);
}

static void
every_order_of_four_events_keeps_each_name_with_its_first(void **state)
{
    struct model m = {.house = *state};
    char claim[64];
    long orders = 1, order, rest;
    int person, name, step;

    house_configure(m.house, NAMED, HOUSE_SERVICE);
    house_start(m.house, HELPER_KEEPS_STATE);
    for (person = 0; person < PEOPLE; person++)
        for (name = 0; name < NAMES; name++) {
            struct token_spec spec = {.sub = subjects[person], .more = claim};

            (void)snprintf(claim, sizeof(claim),
                           ",\"preferred_username\":\"%s\"", names[name]);
            m.token[person][name] = house_token(m.house, &spec);
        }
    for (step = 0; step < STEPS; step++)
        orders *= EVENTS;
    for (order = 0; order < orders; order++) {
        for (name = 0; name < NAMES; name++) {
            (void)pins_forget(m.house->helper.pins, span_of(names[name]),
                              span_of(""));
            m.keeps[name] = NOBODY;
        }
        for (rest = order, step = 0; step < STEPS; step++, rest /= EVENTS)
            happens(&m, (int)(rest % EVENTS));
    }
    assert_true(m.entered > 1000 && m.refused > 1000);
    for (person = 0; person < PEOPLE; person++)
        for (name = 0; name < NAMES; name++)
            free(m.token[person][name]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            every_order_of_four_events_keeps_each_name_with_its_first,
            house_setup_empty, house_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
