/* SPDX-License-Identifier: BSD-2-Clause */
/* The questions, at the terminal: each says what it is about, and proposes. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "helper/base/text.h"
#include "helper/ctl/audience.h"
#include "helper/ctl/credential.h"
#include "helper/ctl/out.h"
#include "helper/ctl/setup.h"

#define LINE_BYTES 1024

/* A signal that comes between the look at the flag and the wait must not be
 * missed: it can only come within the wait. */
static bool
wait_for_input(void)
{
    struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
    sigset_t ours, before;
    int polled;

    (void)sigemptyset(&ours);
    (void)sigaddset(&ours, SIGINT);
    (void)sigaddset(&ours, SIGTERM);
    (void)sigaddset(&ours, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &ours, &before);
    do {
        polled = setup_stopped != 0 ? -1 : ppoll(&ready, 1, NULL, &before);
    } while (polled < 0 && errno == EINTR && setup_stopped == 0);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return polled == 1;
}

/* One line without its end and the blanks around it.  False at the end of the
 * input, and when a signal came. */
static bool
read_line(char line[LINE_BYTES])
{
    size_t len = 0, skip;
    char c;

    for (;;) {
        if (!wait_for_input() || read(STDIN_FILENO, &c, 1) != 1)
            return false;
        if (c == '\n')
            break;
        if (len < LINE_BYTES - 1)
            line[len++] = c;
    }
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        len--;
    line[len] = '\0';
    skip = strspn(line, " \t");
    memmove(line, line + skip, len - skip + 1);
    return true;
}

struct question {
    const char *about; /* a sentence or two; NULL: none */
    const char *name;
    const char *proposal; /* NULL: none; "": nothing is an answer, too */
    const char *(*refuses)(const char *answer); /* NULL, or why */
};

/* `*answer` stays NULL where nothing was the answer. */
static bool
ask(struct setup *s, const struct question *q, const char **answer)
{
    char line[LINE_BYTES];
    const char *why;

    if (q->about != NULL)
        out_wrapped(0, q->about);
    for (;;) {
        if (q->proposal != NULL && *q->proposal != '\0')
            (void)printf("%s [%s]: ", q->name, q->proposal);
        else
            (void)printf("%s%s: ", q->name,
                         q->proposal != NULL ? " (or nothing)" : "");
        (void)fflush(stdout);
        if (!read_line(line)) {
            (void)putchar('\n');
            return false;
        }
        if (line[0] == '\0' && q->proposal != NULL) {
            *answer = *q->proposal != '\0' ? q->proposal : NULL;
            break;
        }
        why = q->refuses(line);
        if (why == NULL) {
            if (!list_add(&s->answers, span_of(line)))
                return false;
            *answer = s->answers.item[s->answers.count - 1];
            break;
        }
        (void)printf("  That %s.\n", why);
    }
    (void)putchar('\n');
    return true;
}

bool
setup_agrees(const struct setup *s, const char *question)
{
    char line[LINE_BYTES];

    if (s->yes)
        return true;
    (void)printf("%s [y/N] ", question);
    (void)fflush(stdout);
    if (!read_line(line)) {
        (void)putchar('\n');
        return false;
    }
    return strcasecmp(line, "y") == 0 || strcasecmp(line, "yes") == 0;
}

bool
setup_ask_provider(struct setup *s)
{
    const struct question issuer = {
        "The issuer is the provider's URL, exactly as its tokens have it in "
        "\"iss\".",
        "Issuer URL", NULL, setup_refuses_issuer};

    if (s->issuer != NULL || s->local)
        return true;
    return ask(s, &issuer, &s->issuer);
}

/* --- the rules --- */

static bool
ask_client(struct setup *s)
{
    const struct question client = {
        s->preset != NULL && s->preset->client_aud
            ? "The client that people get their tokens with.  Here, tokens "
              "name it as their audience."
            : "The client that people get their tokens with, if tokens of "
              "others shall open nothing.",
        "Client id", s->preset != NULL && s->preset->client_aud ? NULL : "",
        setup_refuses_word};

    return s->client_id != NULL || ask(s, &client, &s->client_id);
}

static bool
ask_audience(struct setup *s)
{
    struct question audience = {
        "What a token for this host says in \"aud\".  %H is the name of this "
        "host: a token that is stolen on one host then opens no other.",
        "Audience", NULL, setup_refuses_word};
    char host[LINE_BYTES] = "";

    if (s->audience == NULL) {
        audience.proposal = setup_audience(s);
        if (!ask(s, &audience, &s->audience))
            return false;
    }
    (void)gethostname(host, sizeof(host) - 1);
    if (s->shared_audience || audience_is_of_host(span_of(s->audience), host))
        return true;
    out_wrapped(0, "This audience is not of this host alone: a token that is "
                   "stolen on one host opens every other one.");
    s->shared_audience = setup_agrees(s, "Is that what you want?");
    (void)putchar('\n');
    return true;
}

static bool
ask_type(struct setup *s)
{
    const char *answer = NULL;
    const struct question type = {
        "Providers by RFC 9068 mark their access tokens with the type at+jwt; "
        "others are told from ID tokens by a claim that only access tokens "
        "have.",
        "That claim, if the tokens are not marked", "", setup_refuses_word};

    if (s->token_type != NULL || s->preset != NULL)
        return true;
    if (!ask(s, &type, &answer))
        return false;
    if (answer != NULL && s->required_claim.count < ARGS_MANY_MAX) {
        s->token_type = "access";
        s->required_claim.item[s->required_claim.count++] = answer;
    }
    return true;
}

static bool
ask_names(struct setup *s)
{
    struct question claim = {
        "The claim that holds the login name.  It must be one that people "
        "cannot choose themselves.",
        "User claim", NULL, setup_refuses_word};
    const struct question domain = {
        "Login names there are addresses; what follows the @ is taken off.",
        "Domain", NULL, setup_refuses_word};

    claim.proposal = setup_user_claim(s);
    if (s->user_claim == NULL && !ask(s, &claim, &s->user_claim))
        return false;
    return s->user_domain != NULL || s->preset == NULL ||
           !s->preset->user_domain || ask(s, &domain, &s->user_domain);
}

static bool
ask_scope(struct setup *s)
{
    static const char *const usual[] = {"ssh:login", "ssh.login", "ssh"};
    const char *answer = NULL;
    struct question scope = {
        "A scope that a token must have; then tokens that were made for other "
        "things open nothing here.",
        "Scope", "", setup_refuses_word};
    json_t *item;
    size_t i;

    if (s->require_scope.count > 0)
        return true;
    json_array_foreach(json_object_get(s->offer, "scopes_supported"), i, item)
    {
        for (size_t k = 0; k < sizeof(usual) / sizeof(usual[0]); k++)
            if (json_is_string(item) && *scope.proposal == '\0' &&
                strcmp(json_string_value(item), usual[k]) == 0)
                scope.proposal = usual[k];
    }
    if (*scope.proposal != '\0')
        scope.about = "A scope that a token must have: tokens that were made "
                      "for other things then open nothing here.  Type - for "
                      "none.";
    if (!ask(s, &scope, &answer))
        return false;
    if (answer != NULL && strcmp(answer, "-") != 0)
        s->require_scope.item[s->require_scope.count++] = answer;
    return true;
}

bool
setup_ask_rules(struct setup *s)
{
    return ask_client(s) && ask_audience(s) && ask_names(s) && ask_type(s) &&
           ask_scope(s);
}

/* --- the login --- */

bool
setup_ask_login(struct setup *s)
{
    const struct question user = {
        "When everything is in place one login is tried, by an sshd of our "
        "own beside the running one; if it fails, all is put back.",
        "Log in as", "", setup_refuses_user};

    if (s->login == NULL && !s->yes && !ask(s, &user, &s->login))
        return false;
    if (s->login == NULL || s->local)
        return true;
    if (isatty(STDIN_FILENO))
        (void)printf("A token of %s, with the audience above.\n", s->login);
    (void)fflush(stdout);
    if (credential_read(STDIN_FILENO, &s->token) && s->token.len > 0)
        return true;
    if (errno != ECANCELED)
        out_error("there is no token to log in with");
    return false;
}
