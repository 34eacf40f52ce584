/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The doctor on one token: all that the helper has against it at once, each
 * with the option that decides.  The helper judges, as it does for `verify`;
 * the claims that are there are read here to say what could be named instead.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/conf/settings.h"
#include "helper/ctl/ask.h"
#include "helper/ctl/credential.h"
#include "helper/ctl/doctor.h"
#include "helper/ctl/explain.h"
#include "helper/ctl/out.h"
#include "helper/issuer/issuer.h"

#define NAMES_MAX 400

/* The checks of a trace (helper/base/trace.h) that an option decides. */
static const struct {
    const char *check, *key, *option;
} decided[] = {
    {"issuer", "token-issuer", "issuer"},
    {"audience", "token-audience", "audience"},
    {"issuer algorithms", "token-algorithm", "algorithms"},
    {"type", "token-type", "token_type"},
    {"expiry", "token-expired", NULL},
    {"not before", "token-not-yet", NULL},
    {"issued", "token-not-yet", NULL},
    {"clock", "token-clock", NULL},
    {"required claim", "token-claim", "required_claims"},
    {"issuer-users", "token-issuer-users", "users"},
    {"username", "token-user", "username_claim"},
    {"signature", "token-signature", NULL},
    {"key", "token-key", NULL},
};

static const char *
text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

/* Of a claims object: the names, never the values. */
static void
list_claims(const json_t *claims, char out[NAMES_MAX])
{
    size_t len = 0;
    const char *name;
    json_t *value;

    out[0] = '\0';
    json_object_foreach((json_t *)claims, name, value)
    {
        int n = snprintf(out + len, NAMES_MAX - len, "%s%s",
                         len > 0 ? ", " : "", name);

        if (n < 0 || (size_t)n >= NAMES_MAX - len)
            break;
        len += (size_t)n;
    }
}

static void
tell_names(json_t *finding, const struct token *token)
{
    char names[NAMES_MAX];

    list_claims(token->claims.root, names);
    doctor_why(finding, "The token has these claims: %s.", names);
}

/* "option = value" as the token would need it; "" when it cannot be said. */
static void
wanted_line(const char *option, const struct token *token, char *out,
            size_t size)
{
    struct span iss = token->claims.iss;
    struct span typ = json_text(token->jws.header, "typ");
    struct span aud = json_text(token->claims.root, "aud");

    out[0] = '\0';
    if (strcmp(option, "issuer") == 0 && iss.data != NULL)
        snprintf(out, size, "issuer = %.*s", (int)iss.len, iss.data);
    else if (strcmp(option, "audience") == 0 && aud.data != NULL)
        snprintf(out, size, "audience = %.*s", (int)aud.len, aud.data);
    else if (strcmp(option, "algorithms") == 0)
        snprintf(out, size, "algorithms = %s", alg_name(token->jws.alg));
    else if (strcmp(option, "token_type") == 0)
        snprintf(out, size,
                 typ.len == 6 ? "token_type = at+jwt"
                              : "token_type = access\nrequired_claims = azp");
    else if (strcmp(option, "username_claim") == 0)
        snprintf(out, size, "username_claim = preferred_username");
    else if (strcmp(option, "users") == 0)
        snprintf(out, size, "users = *");
    else if (strcmp(option, "required_claims") == 0)
        snprintf(out, size, "required_claims = azp");
}

/* The section of the configuration that is meant: of the issuer that the helper
 * found, else the first. */
static const char *
section_of(const struct doctor *d, const json_t *report)
{
    const char *name = text_of(report, "issuer");

    if (name[0] != '\0')
        return name;
    return d->config != NULL && d->config->issuers > 0
               ? d->config->issuer[0].name
               : NULL;
}

/* Where that rule of the service is written; false: it is no rule. */
static bool
tell_rule(const struct doctor *d, const char *name, json_t *finding)
{
    const struct section *section;
    struct place place;

    if (d->config == NULL ||
        option_find(SECTION_SERVICE, span_of(name)) == NULL)
        return false;
    section = settings_find(d->config->settings, SECTION_SERVICE,
                            span_of(d->service));
    if (section == NULL)
        return false;
    place = setting_place(d->config->settings, section, name);
    doctor_at(finding, place.file, place.line);
    json_object_set_new(finding, "key", json_string("token-rule"));
    return true;
}

static void
tell_check(struct doctor *d, const json_t *report, const json_t *check,
           const struct token *token)
{
    const char *name = text_of(check, "check"), *key = "token-refused";
    const char *expected = text_of(check, "expected"), *option = NULL;
    const char *found = text_of(check, "found");
    const char *section = section_of(d, report);
    char line[1024] = "";
    json_t *finding;

    for (size_t i = 0; i < sizeof(decided) / sizeof(decided[0]); i++) {
        if (strcmp(decided[i].check, name) != 0)
            continue;
        key = decided[i].key;
        option = decided[i].option;
    }
    finding = doctor_find(d, DOCTOR_FAULT, key,
                          "The token: %s is %s, but %s is wanted.", name,
                          found[0] != '\0' ? found : "absent",
                          expected[0] != '\0' ? expected : "another");
    if (strcmp(key, "token-user") == 0 || strcmp(key, "token-claim") == 0)
        tell_names(finding, token);
    if (option != NULL)
        wanted_line(option, token, line, sizeof(line));
    if (line[0] != '\0' && d->config != NULL && section != NULL)
        doctor_option(d, finding, SECTION_ISSUER, section, option, line);
    else if (!tell_rule(d, name, finding))
        doctor_why(finding, "Let the provider issue another one.");
}

static void
tell_refused(struct doctor *d, const json_t *report)
{
    const json_t *checks = json_object_get(report, "checks"), *check;
    struct token token;
    size_t i, told = 0;
    json_t *finding;

    token_parse(d->token, &token, NULL);
    json_array_foreach(checks, i, check)
    {
        if (json_is_true(json_object_get(check, "ok")))
            continue;
        tell_check(d, report, check, &token);
        told++;
    }
    token_clear(&token);
    if (told > 0)
        return;
    finding = doctor_find(d, DOCTOR_FAULT, "token-refused",
                          "The token is refused: %s.",
                          text_of(report, "explanation"));
    doctor_why(finding, "httpauth-reasons(7) has causes and cures of \"%s\".",
               text_of(report, "reason"));
}

/* What is no login name, and so on, no helper is asked about. */
static bool
is_whole(struct doctor *d)
{
    enum reason reason =
        credential_gate(d->token, span_of(d->user), span_of(d->service), NULL);
    json_t *finding;

    if (reason == REASON_ACCEPTED)
        return true;
    finding = doctor_find(d, DOCTOR_FAULT, "token-shape",
                          "The token ends in front of the helper: %s.",
                          reason_text(reason));
    doctor_why(finding, "It must be whole, on one line, without anything "
                        "around it.");
    return false;
}

void
doctor_token(struct doctor *d)
{
    struct ask a = {
        .socket = d->socket,
        .question = {.operation = WIRE_OP_VERIFY,
                     .ms_left = ASK_TIMEOUT_MS,
                     .user = span_of(d->user),
                     .service = span_of(d->service),
                     .rhost = span_of(""),
                     .credential = d->token},
    };

    if (d->token.len == 0 || !is_whole(d))
        return;
    if (!d->answered) {
        doctor_find(d, DOCTOR_UNSEEN, "token-unseen",
                    "The token was not judged: httpauthd does not answer.");
        return;
    }
    if (ask(&a) != ASK_DONE)
        doctor_find(d, DOCTOR_UNSEEN, "token-unseen",
                    "The token was not judged: %s.", a.problem);
    else if (explain_status(a.answer) != 0)
        tell_refused(d, a.answer);
    else
        doctor_find(d, DOCTOR_OK, "token", "The token would let %s in to %s.",
                    d->user, d->service);
    ask_clear(&a);
}
