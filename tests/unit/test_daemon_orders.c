/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * In whatever order things happen - tokens, logins, sessions, revocations,
 * reloads, restarts, time - exactly those get in who should: held against a
 * model that knows nothing of tables and files.
 */
#include "tests/unit/daemon_house.h"

#include "helper/daemon/revoke.h"
#include "helper/daemon/session.h"

#define USERS 2
#define TOKENS 8
#define LOGINS 8
#define SEEDS 60
#define STEPS 400
#define AUDIT_BASE 100

static const char *const names[USERS] = {"alice", "bob"};

struct token_model {
    char *text; /* NULL: none yet */
    unsigned user;
    int64_t issued;
};

struct login_model {
    bool known, open;
    unsigned user, token;
    unsigned char id[LOGIN_ID_LEN];
};

struct model {
    struct house *house;
    struct token_model token[TOKENS];
    struct login_model login[LOGINS];
    int64_t user[USERS], subject[USERS], issuer, all; /* marks */
    bool denied[USERS];
    unsigned accepted, refused; /* so that neither is all there is */
};

/* xorshift: the same orders everywhere. */
static uint64_t random_state;

static unsigned
pick(unsigned below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (unsigned)(random_state >> 33) % below;
}

static int64_t
later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static bool
is_revoked(const struct model *m, const struct token_model *token)
{
    int64_t mark = later(later(m->user[token->user], m->subject[token->user]),
                         later(m->issuer, m->all));

    return mark > 0 && token->issued <= mark + LEEWAY_S;
}

static bool
may_enter(const struct model *m, unsigned user, const struct token_model *token)
{
    return token->user == user && !m->denied[user] && !is_revoked(m, token);
}

static void
compare(struct model *m, const char *what, bool expected, bool found)
{
    if (expected != found)
        fail_msg("%s: expected %s, was told %s", what,
                 expected ? "to pass" : "to be refused",
                 reason_name(m->house->result.reason));
    m->accepted += found;
    m->refused += !found;
}

/* --- what happens --- */

static void
mint(struct model *m)
{
    struct token_model *token = &m->token[pick(TOKENS)];
    size_t i = (size_t)(token - m->token);
    char payload[512];

    /* A login knows its token by its place. */
    for (size_t k = 0; k < LOGINS; k++)
        if (m->login[k].known && m->login[k].token == i)
            return;
    free(token->text);
    token->user = pick(USERS);
    token->issued = house_wall();
    snprintf(payload, sizeof(payload),
             "{\"iss\":\"" HOUSE_ISSUER "\",\"aud\":\"" HOUSE_AUDIENCE
             "\",\"sub\":\"%s\",\"client_id\":\"app\",\"jti\":\"j\","
             "\"iat\":%lld,\"exp\":%lld}",
             names[token->user], (long long)token->issued,
             (long long)token->issued + 86400);
    token->text = house_sign(
        m->house, "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"k1\"}",
        payload);
}

static void
log_in(struct model *m)
{
    struct login_model *login = &m->login[pick(LOGINS)];
    unsigned user = pick(USERS), token = pick(TOKENS);
    bool in;

    if (m->token[token].text == NULL || login->known)
        return;
    in = house_ask(m->house, names[user], m->token[token].text) ==
         REASON_ACCEPTED;
    compare(m, "login", may_enter(m, user, &m->token[token]), in);
    if (!in)
        return;
    *login = (struct login_model){.known = true, .user = user, .token = token};
    memcpy(login->id, m->house->result.login, LOGIN_ID_LEN);
}

static void
account(struct model *m)
{
    const struct login_model *login = &m->login[pick(LOGINS)];
    const struct account_request request = {span_of(names[login->user]),
                                            span_of("sshd"), span_of(""),
                                            login->id, 0};

    if (!login->known || login->open)
        return;
    attempt_account(&m->house->helper, &request, &m->house->result);
    compare(m, "account", may_enter(m, login->user, &m->token[login->token]),
            m->house->result.reason == REASON_ACCEPTED);
}

static bool
ask(struct model *m, enum wire_type type, const char *service,
    const struct login_model *login)
{
    struct wire_request request = {
        .type = type,
        .ms_left = 1000,
        .uid = 2000 + login->user,
        .user = span_of(names[login->user]),
        .service = span_of(service),
    };

    if (type != WIRE_RESUME && type != WIRE_PRESENT)
        memcpy(request.login, login->id, LOGIN_ID_LEN);
    if (type == WIRE_OPEN || type == WIRE_RESUME) {
        request.audit_session = AUDIT_BASE + (uint32_t)(login - m->login);
        request.login_uid = 2000 + login->user;
    }
    session_ask(&m->house->helper, 0, &request, &m->house->result);
    return m->house->result.reason == REASON_ACCEPTED;
}

static void
open_session(struct model *m)
{
    struct login_model *login = &m->login[pick(LOGINS)];
    bool opened;

    if (!login->known || login->open)
        return;
    opened = ask(m, WIRE_OPEN, "sshd", login);
    compare(m, "open", !is_revoked(m, &m->token[login->token]), opened);
    login->open = opened;
    login->known = opened;
}

static void
resume(struct model *m)
{
    const struct login_model *login = &m->login[pick(LOGINS)];
    bool passes = ask(m, WIRE_RESUME, "sudo", login);

    compare(m, "resume",
            login->open && may_enter(m, login->user, &m->token[login->token]),
            passes);
}

static void
present(struct model *m)
{
    const struct login_model *asked = &m->login[pick(LOGINS)];
    bool expected = false;

    for (size_t i = 0; i < LOGINS; i++)
        expected |= m->login[i].open && m->login[i].user == asked->user &&
                    !is_revoked(m, &m->token[m->login[i].token]);
    compare(m, "present", expected, ask(m, WIRE_PRESENT, "sshd", asked));
}

static void
close_session(struct model *m)
{
    struct login_model *login = &m->login[pick(LOGINS)];

    if (!login->open)
        return;
    assert_true(ask(m, WIRE_CLOSE, "sshd", login));
    login->known = login->open = false;
}

static void
make_mark(struct model *m)
{
    unsigned user = pick(USERS), kind = pick(16);
    int64_t now = house_wall();
    char order[128];
    json_t *body = NULL;

    if (kind < 8) {
        snprintf(order, sizeof(order), "{\"user\":\"%s\"}", names[user]);
        m->user[user] = later(m->user[user], now);
    } else if (kind < 14) {
        snprintf(order, sizeof(order),
                 "{\"issuer\":\"work\",\"subject\":\"%s\"}", names[user]);
        m->subject[user] = later(m->subject[user], now);
    } else if (kind < 15) {
        snprintf(order, sizeof(order), "{\"issuer\":\"" HOUSE_ISSUER "\"}");
        m->issuer = later(m->issuer, now);
    } else {
        snprintf(order, sizeof(order), "{\"all\":true}");
        m->all = later(m->all, now);
    }
    assert_true(revoke_order(&m->house->helper, 0, span_of(order), &body));
    json_decref(body);
}

static void
write_configuration(struct model *m)
{
    char services[256] = "[service *]\nissuers = work\nmax_lifetime = 2d\n";

    for (unsigned i = 0; i < USERS; i++)
        if (m->denied[i]) {
            strcat(services, "deny_user = ");
            strcat(services, names[i]);
            strcat(services, "\n");
        }
    strcat(services, "[service sshd]\n[service sudo]\naccept_login = 7d\n");
    house_configure(m->house, HOUSE_FILE_KEYS, services);
}

static void
reload(struct model *m)
{
    unsigned user = pick(USERS);

    m->denied[user] = !m->denied[user];
    write_configuration(m);
    assert_true(
        helper_reload(&m->house->helper, m->house->conf, CONFIG_FILE_ONLY));
}

static void
restart(struct model *m)
{
    helper_close(&m->house->helper);
    (void)uv_run(&m->house->loop, UV_RUN_DEFAULT);
    house_start(m->house, HELPER_KEEPS_STATE);
    memset(m->login, 0, sizeof(m->login));
}

static void
wait_a_while(struct model *m)
{
    (void)m;
    house_clock_offset += pick(150);
}

/* --- all of it --- */

static void (*const events[])(struct model *) = {
    mint,         mint,         mint,         mint,         mint,
    log_in,       log_in,       log_in,       log_in,       log_in,
    log_in,       log_in,       log_in,       account,      account,
    resume,       resume,       resume,       open_session, open_session,
    open_session, present,      present,      make_mark,    close_session,
    reload,       wait_a_while, wait_a_while, wait_a_while, wait_a_while};

static void
no_order_of_events_lets_a_wrong_one_in(void **state)
{
    struct house *house = *state;
    unsigned accepted = 0, refused = 0;

    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        struct model m = {.house = house};

        random_state = seed * 0x9e3779b97f4a7c15u;
        /* Past the marks of the seed before. */
        house_clock_offset += 10 * LEEWAY_S;
        write_configuration(&m);
        if (house->helper.loop == NULL)
            house_start(house, HELPER_KEEPS_STATE);
        else
            restart(&m);
        for (unsigned step = 0; step < STEPS; step++) {
            if (pick(60) == 0)
                restart(&m);
            events[pick(sizeof(events) / sizeof(events[0]))](&m);
        }
        for (size_t i = 0; i < TOKENS; i++)
            free(m.token[i].text);
        accepted += m.accepted;
        refused += m.refused;
    }
    /* Both happened, and often. */
    assert_true(accepted > 200);
    assert_true(refused > 200);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_order_of_events_lets_a_wrong_one_in,
                                        house_setup_empty, house_teardown)};

    return cmocka_run_group_tests_name("orders", tests, NULL, NULL);
}
