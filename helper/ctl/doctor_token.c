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

/* Of a domain: nothing that would be a line of its own, or a comment. */
static bool
is_domain(const char *text)
{
    return *text != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
                                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                              "0123456789.-")] == '\0';
}

/* A claim that says the user's name, alone or in front of a domain.  Only those
 * that a provider gives out: whoever may write his nickname would be whom he
 * likes. */
static bool
name_claim(const struct doctor *d, const json_t *claims, char *line,
           size_t size)
{
    static const char *const names[] = {"preferred_username",
                                        "username",
                                        "upn",
                                        "unique_name",
                                        "uid",
                                        "sub",
                                        "email"};
    size_t len = strlen(d->user);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *text = json_string_value(json_object_get(claims, names[i]));

        if (text == NULL || strncmp(text, d->user, len) != 0)
            continue;
        if (text[len] == '\0')
            snprintf(line, size, "username_claim = %s", names[i]);
        else if (text[len] == '@' && is_domain(text + len + 1))
            snprintf(line, size, "username_claim = %s\nusername_domain = %s",
                     names[i], text + len + 1);
        else
            continue;
        return true;
    }
    return false;
}

/* One that only access tokens carry. */
static const char *
access_claim(const json_t *claims)
{
    static const char *const names[] = {"azp", "client_id", "scope", "scp"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (json_object_get(claims, names[i]) != NULL)
            return names[i];
    return "azp";
}

static void
cure_user(const struct doctor *d, json_t *finding, const char *section,
          const struct token *token)
{
    char names[NAMES_MAX], line[512];

    list_claims(token->claims.root, names);
    doctor_why(finding, "The token has these claims: %s.", names);
    doctor_option(d, finding, SECTION_ISSUER, section, "username_claim",
                  name_claim(d, token->claims.root, line, sizeof(line)) ? line
                                                                        : NULL);
}

static void
cure_claim(const struct doctor *d, json_t *finding, const char *section,
           const struct token *token)
{
    char names[NAMES_MAX];

    list_claims(token->claims.root, names);
    doctor_why(finding,
               "The token has these claims: %s.  Name those that every "
               "access token of the provider carries.",
               names);
    doctor_option(d, finding, SECTION_ISSUER, section, "required_claims", NULL);
}

/* Never "take this audience, too": it may be another host's. */
static void
cure_audience(const struct doctor *d, json_t *finding, const char *section,
              const struct token *token)
{
    (void)token;
    doctor_why(finding, "Let the provider issue tokens for this host.  To take "
                        "those for others, too, would let whoever runs them "
                        "log in here.");
    doctor_option(d, finding, SECTION_ISSUER, section, "audience", NULL);
}

static void
cure_type(const struct doctor *d, json_t *finding, const char *section,
          const struct token *token)
{
    struct span typ = json_text(token->jws.header, "typ");
    char line[128] = "token_type = at+jwt";

    if (!span_is(typ, "at+jwt"))
        snprintf(line, sizeof(line),
                 "token_type = access\nrequired_claims = %s",
                 access_claim(token->claims.root));
    doctor_why(finding, "Many providers do not mark their access tokens; a "
                        "claim that only those carry then tells them from ID "
                        "tokens.");
    doctor_option(d, finding, SECTION_ISSUER, section, "token_type", line);
}

static void
cure_algorithm(const struct doctor *d, json_t *finding, const char *section,
               const struct token *token)
{
    bool public = token->jws.alg != ALG_UNKNOWN &&
                  (ALG_BIT(token->jws.alg) & ALG_SET_PUBLIC) != 0;
    char line[64];

    snprintf(line, sizeof(line), "algorithms = %s", alg_name(token->jws.alg));
    doctor_why(finding, "Admit what the provider is known to sign with, and "
                        "nothing else.");
    doctor_option_more(d, finding, SECTION_ISSUER, section, "algorithms",
                       public ? line : NULL);
}

static void
cure_users(const struct doctor *d, json_t *finding, const char *section,
           const struct token *token)
{
    char line[128];

    (void)token;
    snprintf(line, sizeof(line), "users = %s", d->user);
    doctor_why(finding, "users of an issuer, and users.map, say for whom it "
                        "may speak.");
    doctor_option_more(d, finding, SECTION_ISSUER, section, "users", line);
}

static void
cure_issuer(const struct doctor *d, json_t *finding, const char *section,
            const struct token *token)
{
    const struct issuer_conf *issuer =
        config_issuer(d->config, span_of(section));
    struct span iss = token->claims.iss;
    size_t len =
        issuer == NULL || issuer->issuer == NULL ? 0 : strlen(issuer->issuer);
    bool slash = iss.len + 1 == len || iss.len == len + 1;
    char line[1024];

    /* One of ours, but not for this user. */
    if (issuer != NULL && span_is(iss, issuer->issuer)) {
        json_object_set_new(finding, "key", json_string("token-issuer-users"));
        cure_users(d, finding, section, token);
        return;
    }
    /* The usual mistake: a slash at the end. */
    slash =
        slash && len > 0 && iss.data != NULL &&
        memcmp(iss.data, issuer->issuer, iss.len < len ? iss.len : len) == 0;
    snprintf(line, sizeof(line), "issuer = %.*s", (int)iss.len,
             iss.data != NULL ? iss.data : "");
    doctor_why(finding, "The two must be equal byte for byte.");
    doctor_option(d, finding, SECTION_ISSUER, section, "issuer",
                  slash ? line : NULL);
}

/* The checks of a trace (helper/base/trace.h) that have a name of their own
 * here, and what the configuration could say instead. */
static const struct {
    const char *check, *key;
    void (*cure)(const struct doctor *, json_t *, const char *section,
                 const struct token *);
} known[] = {
    {"issuer", "token-issuer", cure_issuer},
    {"audience", "token-audience", cure_audience},
    {"algorithm", "token-algorithm", cure_algorithm},
    {"issuer algorithms", "token-algorithm", cure_algorithm},
    {"type", "token-type", cure_type},
    {"expiry", "token-expired", NULL},
    {"not before", "token-not-yet", NULL},
    {"issued", "token-not-yet", NULL},
    {"clock", "token-clock", NULL},
    {"required claim", "token-claim", cure_claim},
    {"issuer-users", "token-issuer-users", cure_users},
    {"username", "token-user", cure_user},
    {"signature", "token-signature", NULL},
    {"key", "token-key", NULL},
    {"kid", "token-key", NULL},
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

/* The section of the configuration that is meant: of the issuer that the helper
 * found, or that the token names, else the first. */
static const char *
section_of(const struct doctor *d, const json_t *report,
           const struct token *token)
{
    const char *name = text_of(report, "issuer");

    if (d->config == NULL || d->config->issuers == 0)
        return NULL;
    for (size_t i = 0; name[0] == '\0' && i < d->config->issuers; i++)
        if (span_is(token->claims.iss, d->config->issuer[i].issuer))
            name = d->config->issuer[i].name;
    return name[0] != '\0' ? name : d->config->issuer[0].name;
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
    char name[TRACE_TEXT_MAX], found[4 * TRACE_TEXT_MAX];
    char expected[4 * TRACE_TEXT_MAX];
    const char *section = section_of(d, report, token);
    json_t *finding;
    size_t i = 0;

    out_member(check, "check", "?", name, sizeof(name));
    out_member(check, "found", "", found, sizeof(found));
    out_member(check, "expected", "", expected, sizeof(expected));
    explain_quotes(found);
    explain_quotes(expected);
    while (i < KNOWN && strcmp(known[i].check, name) != 0)
        i++;
    finding =
        doctor_find(d, DOCTOR_FAULT, i < KNOWN ? known[i].key : "token-refused",
                    "The token: %s is %s; wanted: %s.", name,
                    found[0] != '\0' ? found : "absent",
                    expected[0] != '\0' ? expected : "another");
    if (i < KNOWN && known[i].cure != NULL && section != NULL)
        known[i].cure(d, finding, section, token);
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
