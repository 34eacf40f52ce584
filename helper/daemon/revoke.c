/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/revoke.h"

#include <inttypes.h>
#include <string.h>

#include "helper/base/limits.h"
#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/jose/json.h"
#include "helper/policy/facts.h"
#include "helper/wire/wire.h"

/* Room for the other members of an answer. */
#define BODY_SPARE 1024

/* The identifier of a section's name, or what was written: an issuer that is
 * configured no more still has tokens out. */
static struct span
identifier(const struct helper *h, struct span issuer)
{
    const struct issuer_conf *conf =
        h->config != NULL ? config_issuer(h->config, issuer) : NULL;

    return conf != NULL ? span_of(conf->issuer) : issuer;
}

/* Exactly one of the four; no other member.  The spans point into `root`. */
static bool
read_order(const struct helper *h, const json_t *root, struct revocation *out)
{
    struct span user = json_text(root, "user");
    struct span issuer = json_text(root, "issuer");
    struct span subject = json_text(root, "subject");
    size_t members = json_object_size(root);

    memset(out, 0, sizeof(*out));
    if (members == 1 && user.len > 0) {
        out->kind = REVOKE_USER;
        out->first = user;
    } else if (members == 2 && issuer.len > 0 && subject.len > 0) {
        out->kind = REVOKE_SUBJECT;
        out->first = identifier(h, issuer);
        out->second = subject;
    } else if (members == 1 && issuer.len > 0) {
        out->kind = REVOKE_ISSUER;
        out->first = identifier(h, issuer);
    } else if (members == 1 && json_is_true(json_object_get(root, "all"))) {
        out->kind = REVOKE_ALL;
    } else {
        return false;
    }
    return true;
}

/* --- who was logged in by what is revoked --- */

struct search {
    const struct helper *helper;
    json_t *users; /* names as members: each once */
};

static void
look_at(struct search *search, struct span name, struct span bytes)
{
    const struct facts *facts = facts_view(bytes);
    char user[LIMIT_USER + 1] = "";
    struct revocation_question question;

    if (facts == NULL || name.len > LIMIT_USER)
        return;
    memcpy(user, name.data, name.len);
    question = (struct revocation_question){
        .user = name,
        .iss = span_of(facts_text(facts, FACT_ISS, 0)),
        .sub = span_of(facts_text(facts, FACT_SUBJECT, 0)),
        .issued = facts->undated ? 0 : facts->issued,
    };
    if (revocation_hits(
            revocations_latest(search->helper->revocations, &question),
            question.issued))
        (void)json_object_set_new(search->users, user, json_true());
}

static void
look_at_login(void *context, const struct login *login)
{
    look_at(context, login->user, login->facts);
}

static bool
look_at_session(void *context, const struct session *session)
{
    look_at(context, session->user, session->facts);
    return false; /* and at the next */
}

/* As an array that fits a packet, and how many did not. */
static json_t *
users_ended(const struct helper *h, const struct revocation *what,
            json_int_t *more)
{
    struct search search = {h, json_object()};
    json_t *users = json_array(), *value;
    struct session none;
    const char *name;

    *more = 0;
    if (what->kind == REVOKE_USER) {
        (void)json_array_append_new(
            users, json_stringn(what->first.data, what->first.len));
    } else {
        logins_each(h->logins, look_at_login, &search);
        (void)sessions_find(h->sessions, look_at_session, &search, &none);
    }
    json_object_foreach(search.users, name, value)
    {
        if (json_dumpb(users, NULL, 0, JSON_COMPACT) + LIMIT_USER >
            WIRE_PACKET_MAX - BODY_SPARE)
            ++*more;
        else
            (void)json_array_append_new(users, json_string(name));
    }
    json_decref(search.users);
    return users;
}

/* --- the order --- */

static void
note(uid_t uid, const struct revocation *what, int64_t now, bool done)
{
    static const char *const kinds[] = {[REVOKE_USER] = "user",
                                        [REVOKE_SUBJECT] = "subject",
                                        [REVOKE_ISSUER] = "issuer",
                                        [REVOKE_ALL] = "all"};
    char first[300], second[300];

    log_decision("%s %s \"%s\" \"%s\" before=%" PRId64 " uid=%lu",
                 done ? "revoked" : "NOT revoked", kinds[what->kind],
                 text_escape(what->first, first, sizeof(first)),
                 text_escape(what->second, second, sizeof(second)), now,
                 (unsigned long)uid);
}

static const char *
problem_of(enum revocation_result result)
{
    switch (result) {
    case REVOCATION_DONE:
        return NULL;
    case REVOCATION_UNFIT:
        return "that names no local user, issuer or subject";
    case REVOCATION_FULL:
        return "there are too many revocations: revoke a whole issuer, or all";
    case REVOCATION_FAILED:
        break;
    }
    return "it could not be written; the log says why. Until httpauthd ends "
           "it is revoked all the same";
}

bool
revoke_order(struct helper *h, uid_t uid, struct span argument, json_t **body)
{
    json_t *root = json_object_load(argument), *users;
    const char *problem = "the order names nothing to revoke";
    struct revocation what;
    json_int_t more = 0;
    int64_t now = 0;

    if (root != NULL && read_order(h, root, &what)) {
        if (h->revocations == NULL || !revocations_known(h->revocations)) {
            problem = "the file of revocations cannot be used; see the log";
        } else if (!helper_wall(h, &now)) {
            problem = "the clock of this host cannot be right";
        } else {
            problem = problem_of(revocations_mark(h->revocations, &what, now));
            note(uid, &what, now, problem == NULL);
        }
    }
    if (problem == NULL) {
        users = users_ended(h, &what, &more);
        *body = json_pack("{s:I, s:I, s:o, s:I}", "before", (json_int_t)now,
                          "issued_after", (json_int_t)now + LEEWAY_S, "users",
                          users, "not_shown", more);
    } else {
        *body = json_pack("{s:s}", "error", problem);
    }
    json_decref(root);
    return problem == NULL;
}
