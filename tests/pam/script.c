/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/pam/script.h"

#include <ctype.h>
#include <security/pam_appl.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 4096
#define EXPR_MAX (256 * 1024)

static const struct {
    const char *name;
    int code;
} codes[] = {
    {"SUCCESS", PAM_SUCCESS},
    {"SERVICE_ERR", PAM_SERVICE_ERR},
    {"AUTH_ERR", PAM_AUTH_ERR},
    {"CRED_INSUFFICIENT", PAM_CRED_INSUFFICIENT},
    {"PERM_DENIED", PAM_PERM_DENIED},
    {"MAXTRIES", PAM_MAXTRIES},
    {"AUTHINFO_UNAVAIL", PAM_AUTHINFO_UNAVAIL},
    /* What the module behind returns, which only an IGNORE reaches. */
    {"IGNORE", PAM_NO_MODULE_DATA},
    {"USER_UNKNOWN", PAM_USER_UNKNOWN},
    {"CONV_ERR", PAM_CONV_ERR},
    {"SESSION_ERR", PAM_SESSION_ERR},
};

static const struct entry entries[] = {
    {"authenticate", "auth", pam_authenticate},
    {"setcred", "setcred", pam_setcred},
    {"acct_mgmt", "account", pam_acct_mgmt},
    {"open_session", "session", pam_open_session},
    {"close_session", "session", pam_close_session},
    {"chauthtok", "chauthtok", pam_chauthtok},
};

const char *
code_name(int code)
{
    size_t i;

    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (codes[i].code == code)
            return codes[i].name;
    return NULL;
}

int
code_number(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        if (strcmp(codes[i].name, name) == 0)
            return codes[i].code;
    return -1;
}

/* --- words and expressions; `at` moves on --- */

static void
blanks(const char **at)
{
    while (**at == ' ')
        (*at)++;
}

/* The next word, up to a blank or `=`; "" at the end. */
static void
word(const char **at, char *out, size_t size)
{
    size_t n = 0;

    blanks(at);
    while (**at != '\0' && **at != ' ' && **at != '=' && n + 1 < size)
        out[n++] = *(*at)++;
    out[n] = '\0';
}

static bool
escape(const char **at, char *out)
{
    static const char from[] = "nrbt\\\"", to[] = "\n\r\b\t\\\"";
    const char *found;
    char hex[3] = {0};

    if (**at == 'x' && isxdigit((unsigned char)(*at)[1]) &&
        isxdigit((unsigned char)(*at)[2])) {
        memcpy(hex, *at + 1, 2);
        *out = (char)strtoul(hex, NULL, 16);
        *at += 3;
        return true;
    }
    if (**at == '\0' || (found = strchr(from, **at)) == NULL)
        return false;
    *out = to[found - from];
    (*at)++;
    return true;
}

/* One "text" appended to `out`. */
static bool
quoted(const char **at, char *out, size_t *len)
{
    blanks(at);
    if (**at != '"')
        return false;
    (*at)++;
    while (**at != '"') {
        if (**at == '\0')
            return false;
        if (**at == '\\') {
            (*at)++;
            if (!escape(at, &out[*len]))
                return false;
        } else {
            out[*len] = *(*at)++;
        }
        (*len)++;
    }
    (*at)++;
    return true;
}

/* EXPR; the caller frees.  NULL when it is none. */
static char *
expression(const char **at, size_t *len)
{
    char *out = malloc(EXPR_MAX);
    size_t start, part;
    unsigned long n;
    char *end;

    *len = 0;
    for (;;) {
        start = *len;
        if (out == NULL || !quoted(at, out, len))
            break;
        part = *len - start;
        blanks(at);
        if (**at == '*') {
            n = strtoul(*at + 1, &end, 10);
            *at = end;
            if (n < 1 || n * part > EXPR_MAX - LINE_BYTES - start)
                break;
            for (; n > 1; n--, *len += part)
                memcpy(out + *len, out + start, part);
            blanks(at);
        }
        if (**at != '+') {
            out[*len] = '\0';
            return out;
        }
        (*at)++;
    }
    free(out);
    return NULL;
}

/* The next value: an expression or a word. */
static char *
value(const char **at, size_t *len)
{
    char out[512];

    blanks(at);
    if (**at == '"')
        return expression(at, len);
    word(at, out, sizeof(out));
    *len = strlen(out);
    return strdup(out);
}

static bool
set(char **place, const char *text)
{
    while (*text == ' ')
        text++;
    free(*place);
    *place = strdup(text);
    return *place != NULL;
}

/* --- helper lines --- */

static bool
outcome_of(const char *name, enum outcome *out)
{
    static const char *const names[OUTCOME_COUNT] = {
        "none",      "accepted",    "wrong",  "not-ours", "forbidden",
        "throttled", "unavailable", "broken", "ended"};
    int i;

    for (i = 0; i < (int)OUTCOME_COUNT; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum outcome)i;
            return true;
        }
    return false;
}

static bool
raw_bytes(const char **at, struct step *step)
{
    char hex[4096], pair[3] = {0};
    size_t i, n, times = 1;
    char *end;

    word(at, hex, sizeof(hex));
    n = strlen(hex) / 2;
    blanks(at);
    if (**at == '*') {
        times = strtoul(*at + 1, &end, 10);
        *at = end;
    }
    step->raw = malloc(n * times + 1);
    step->raw_len = n * times;
    for (i = 0; step->raw != NULL && i < n * times; i++) {
        memcpy(pair, hex + 2 * (i % n), 2);
        step->raw[i] = (char)strtoul(pair, NULL, 16);
    }
    return step->raw != NULL;
}

static bool
type_of(const char *name, enum wire_type *out)
{
    static const struct {
        const char *name;
        enum wire_type type;
    } types[] = {{"auth", WIRE_AUTH},       {"account", WIRE_ACCOUNT},
                 {"open", WIRE_OPEN},       {"close", WIRE_CLOSE},
                 {"resume", WIRE_RESUME},   {"present", WIRE_PRESENT},
                 {"collect", WIRE_COLLECT}, {"device", WIRE_DEVICE},
                 {"poll", WIRE_POLL}};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(types[i].name, name) == 0) {
            *out = types[i].type;
            return true;
        }
    return false;
}

static bool
option(struct step *step, const char *name, const char *text)
{
    if (strcmp(name, "id") == 0)
        step->verdict.incident = strtoull(text, NULL, 16);
    else if (strcmp(name, "login") == 0)
        memset(step->verdict.login, (int)strtoul(text, NULL, 16),
               WIRE_LOGIN_LEN);
    else if (strcmp(name, "files") == 0)
        step->verdict.files = strcmp(text, "yes") == 0;
    else if (strcmp(name, "reason") == 0)
        return set(&step->reason, text);
    else if (strcmp(name, "text") == 0)
        return set(&step->text, text);
    else if (strcmp(name, "names") == 0)
        return set(&step->names, text);
    else if (strcmp(name, "type") == 0)
        return type_of(text, &step->type);
    else if (strcmp(name, "user") == 0)
        return set(&step->user, text);
    else if (strcmp(name, "service") == 0)
        return set(&step->service, text);
    else if (strcmp(name, "rhost") == 0)
        return set(&step->rhost, text);
    else if (strcmp(name, "cut") == 0)
        step->cut = strcmp(text, "yes") == 0;
    else if (strcmp(name, "logged") == 0)
        step->login = (int)strtoul(text, NULL, 16);
    else
        return false;
    return true;
}

static bool
options(const char **at, struct step *step)
{
    char name[32];
    char *text;
    size_t len;
    bool ok = true;

    for (;;) {
        word(at, name, sizeof(name));
        if (name[0] == '\0')
            return **at == '\0';
        if (**at != '=')
            return false;
        (*at)++;
        text = value(at, &len);
        if (text == NULL)
            return false;
        if (strcmp(name, "credential") == 0) {
            step->credential = text;
            step->credential_len = len;
            continue;
        }
        ok = option(step, name, text);
        free(text);
        if (!ok)
            return false;
    }
}

static bool
helper_line(const char *at, struct test *test)
{
    struct step *step = &test->steps[test->step_count];
    char kind[32], name[32];

    if (test->step_count == STEPS_MAX)
        return false;
    test->step_count++;
    step->login = -1;
    step->cut = -1;
    word(&at, kind, sizeof(kind));
    if (strcmp(kind, "answer") == 0) {
        step->kind = STEP_ANSWER;
        word(&at, name, sizeof(name));
        if (!outcome_of(name, &step->verdict.outcome))
            return false;
        set(&step->reason, "accepted");
        if (step->verdict.outcome == OUTCOME_ACCEPTED) {
            memset(step->verdict.login, 0xab, WIRE_LOGIN_LEN);
            step->verdict.ends = 4102444800;
        }
    } else if (strcmp(kind, "close") == 0) {
        step->kind = STEP_CLOSE;
    } else if (strcmp(kind, "reset") == 0) {
        step->kind = STEP_RESET;
    } else if (strcmp(kind, "hang") == 0) {
        step->kind = STEP_HANG;
    } else if (strcmp(kind, "raw") == 0) {
        step->kind = STEP_RAW;
        if (!raw_bytes(&at, step))
            return false;
    } else if (strcmp(kind, "gone") == 0) {
        step->kind = STEP_GONE;
        step->ms = (unsigned)strtoul(at, NULL, 10);
        return step->ms > 0;
    } else {
        return false;
    }
    if (!options(&at, step))
        return false;
    step->verdict.reason = span_of(step->reason);
    step->verdict.text = span_of(step->text);
    step->verdict.user = span_of(step->names);
    return true;
}

static bool
listen_line(const char *at, struct test *test)
{
    static const char *const names[] = {"normal", "absent", "refused",
                                        "foreign", "full"};
    char name[32];
    int i;

    word(&at, name, sizeof(name));
    for (i = 0; i < 5; i++)
        if (strcmp(names[i], name) == 0) {
            test->listening = (enum listening)i;
            return true;
        }
    return false;
}

/* --- calls and what belongs to them --- */

static struct action *
new_action(struct test *test, unsigned line)
{
    struct action *action = &test->actions[test->action_count];

    if (test->action_count == ACTIONS_MAX)
        return NULL;
    test->action_count++;
    action->line = line;
    return action;
}

static bool
call_line(const char *at, struct test *test, unsigned line)
{
    struct action *action = new_action(test, line);
    char name[32];
    size_t i;

    word(&at, name, sizeof(name));
    if (action == NULL)
        return false;
    for (i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
        if (strcmp(entries[i].name, name) == 0)
            action->entry = &entries[i];
    word(&at, name, sizeof(name));
    if (strcmp(name, "silent") == 0) {
        action->flags = PAM_SILENT;
        word(&at, name, sizeof(name));
    }
    if (action->entry == NULL || name[0] != '\0' || *at != '=')
        return false;
    at++;
    word(&at, name, sizeof(name));
    action->result = code_number(name);
    return action->result >= 0;
}

static bool
event_line(const char *at, struct action *call, int style)
{
    struct event *event = &call->events[call->event_count];
    size_t len;

    if (call->event_count == EVENTS_MAX)
        return false;
    call->event_count++;
    event->style = style;
    event->text = expression(&at, &len);
    if (event->text == NULL)
        return false;
    blanks(&at);
    if ((style == PAM_ERROR_MSG || style == PAM_TEXT_INFO) && *at == '\0')
        return true;
    if (strncmp(at, "-> ", 3) != 0)
        return false;
    at += 3;
    if (strcmp(at, "none") == 0)
        return true;
    if (strncmp(at, "fail", 4) == 0) {
        event->code = PAM_CONV_ERR;
        at += 4;
        blanks(&at);
        if (*at == '\0')
            return true;
    }
    event->answer = expression(&at, &event->answer_len);
    return event->answer != NULL && *at == '\0';
}

static bool
log_line(const char *at, struct action *call)
{
    if (call->log_count == EVENTS_MAX)
        return false;
    return set(&call->logs[call->log_count++], at);
}

/* The lines that belong to the call before them. */
static bool
detail_line(const char *name, const char *at, struct action *call)
{
    if (strcmp(name, "prompt") == 0)
        return event_line(at, call, PAM_PROMPT_ECHO_OFF);
    if (strcmp(name, "ask") == 0)
        return event_line(at, call, PAM_PROMPT_ECHO_ON);
    if (strcmp(name, "info") == 0)
        return event_line(at, call, PAM_TEXT_INFO);
    if (strcmp(name, "error") == 0)
        return event_line(at, call, PAM_ERROR_MSG);
    if (strcmp(name, "becomes") == 0)
        return call->event_count > 0 &&
               set(&call->events[call->event_count - 1].user, at);
    if (strcmp(name, "log") == 0)
        return log_line(at, call);
    if (strcmp(name, "delay") == 0)
        return call->delay = true;
    if (strcmp(name, "within") == 0)
        return (call->within_ms = (unsigned)strtoul(at, NULL, 10)) > 0;
    if (strcmp(name, "after") == 0)
        return (call->after_ms = (unsigned)strtoul(at, NULL, 10)) > 0;
    return false;
}

static bool
other_action(const char *name, const char *at, struct test *test, unsigned line)
{
    struct action *action = new_action(test, line);

    if (action == NULL)
        return false;
    blanks(&at);
    if (strcmp(name, "setuser") == 0)
        action->kind = SETUSER;
    else if (strcmp(name, "putenv") == 0)
        action->kind = PUTENV;
    else if (strcmp(name, "name") == 0)
        action->kind = CHECKUSER;
    else
        action->kind = CHECKENV;
    return strcmp(at, "absent") == 0 || set(&action->text, at);
}

static bool
set_line(const char *name, const char *at, struct test *test)
{
    if (strcmp(name, "user") == 0)
        return set(&test->user, at);
    if (strcmp(name, "service") == 0)
        return set(&test->service, at);
    if (strcmp(name, "rhost") == 0)
        return set(&test->rhost, at);
    if (strcmp(name, "tty") == 0)
        return set(&test->tty, at);
    if (strcmp(name, "ruser") == 0)
        return set(&test->ruser, at);
    if (strcmp(name, "args") == 0)
        return set(&test->args, at);
    if (strcmp(name, "control") == 0)
        return set(&test->control, at);
    if (strcmp(name, "before") == 0)
        return set(&test->before, at);
    if (strcmp(name, "after") == 0)
        return set(&test->after, at);
    return false;
}

static bool
any_line(const char *text, struct test *test, unsigned line)
{
    const char *at = text;
    char name[32];

    word(&at, name, sizeof(name));
    if (test->name == NULL)
        return strcmp(name, "test") == 0 && set(&test->name, at);
    if (strcmp(name, "helper") == 0)
        return helper_line(at, test);
    if (strcmp(name, "listen") == 0)
        return listen_line(at, test);
    if (strcmp(name, "call") == 0)
        return call_line(at, test, line);
    if (strcmp(name, "setuser") == 0 || strcmp(name, "putenv") == 0 ||
        strcmp(name, "env") == 0 || strcmp(name, "name") == 0)
        return other_action(name, at, test, line);
    /* Indented lines belong to a call. */
    if (text[0] == ' ')
        return test->action_count > 0 &&
               test->actions[test->action_count - 1].kind == CALL &&
               detail_line(name, at, &test->actions[test->action_count - 1]);
    return set_line(name, at, test);
}

int
script_next(FILE *in, const char *path, unsigned *line, struct test *test)
{
    char text[LINE_BYTES];
    size_t len;
    int first;

    memset(test, 0, sizeof(*test));
    for (;;) {
        first = getc(in);
        if (first != EOF)
            ungetc(first, in);
        /* The next test begins where its line does. */
        if (test->name != NULL && (first == EOF || first == 't')) {
            long here = ftell(in);

            if (first == EOF || fgets(text, sizeof(text), in) == NULL)
                return 1;
            fseek(in, here, SEEK_SET);
            if (strncmp(text, "test ", 5) == 0)
                return 1;
        }
        if (fgets(text, sizeof(text), in) == NULL)
            return 0;
        (*line)++;
        len = strlen(text);
        if (len > 0 && text[len - 1] == '\n')
            text[len - 1] = '\0';
        if (text[0] == '\0' || text[0] == '#')
            continue;
        if (!any_line(text, test, *line)) {
            fprintf(stderr, "%s:%u: not understood: %s\n", path, *line, text);
            return -1;
        }
    }
}

void
script_free(struct test *test)
{
    char **own[] = {&test->name,   &test->user,  &test->service, &test->rhost,
                    &test->tty,    &test->ruser, &test->args,    &test->control,
                    &test->before, &test->after};
    size_t i, n;

    for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        free(*own[i]);
    for (i = 0; i < test->step_count; i++)
        step_free(&test->steps[i]);
    for (i = 0; i < test->action_count; i++) {
        struct action *action = &test->actions[i];

        free(action->text);
        for (n = 0; n < action->event_count; n++) {
            free(action->events[n].text);
            free(action->events[n].answer);
            free(action->events[n].user);
        }
        for (n = 0; n < action->log_count; n++)
            free(action->logs[n]);
    }
    memset(test, 0, sizeof(*test));
}
