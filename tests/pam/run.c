/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * run MODULE PEEK SCRIPT...
 *
 * Plays the scripts (script.h) through libpam, with a stack of its own in a
 * folder of its own, as any user; TAP on standard output.
 */
#include <errno.h>
#include <security/pam_appl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/pam/fake.h"
#include "tests/pam/script.h"

#define PASS_ALL "[success=done ignore=ignore default=die]"
#define MANUAL                                                                 \
    "[success=done ignore=ignore cred_insufficient=ignore "                    \
    "authinfo_unavail=ignore service_err=ignore default=die]"
#define SCRIPT_SECONDS 60 /* a module that hangs fails the suite */
#define PATH_BYTES 96     /* a socket's path must fit */
#define TEXT_BYTES 2048

extern char **environ;

struct stage {
    const char *module, *peek;
    char folder[PATH_BYTES - 24];
    char socket[PATH_BYTES];
    const struct test *test;
    /* of the call that runs */
    pam_handle_t *pamh;
    const struct action *call;
    size_t next_event;
    bool delayed;
    char *faults; /* what went wrong, lines of TAP comments */
    size_t fault_bytes;
    FILE *out; /* writes `faults` */
};

static void fault(struct stage *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void
fault(struct stage *s, const char *format, ...)
{
    va_list args;

    if (s->call != NULL)
        fprintf(s->out, "#   line %u: ", s->call->line);
    else
        fprintf(s->out, "#   ");
    va_start(args, format);
    vfprintf(s->out, format, args);
    va_end(args);
    fputc('\n', s->out);
}

/* %{name} replaced. */
static void
expand(const struct stage *s, const char *from, char *to, size_t size)
{
    char uid[16], euid[16];
    const char *const names[][2] = {{"%{socket}", s->socket},
                                    {"%{logname}", fake_logname()},
                                    {"%{uid}", uid},
                                    {"%{euid}", euid}};
    size_t used = 0, i;

    snprintf(uid, sizeof(uid), "%u", (unsigned)getuid());
    snprintf(euid, sizeof(euid), "%u", (unsigned)geteuid());
    while (*from != '\0' && used + 1 < size) {
        for (i = 0; i < 4; i++)
            if (strncmp(from, names[i][0], strlen(names[i][0])) == 0)
                break;
        if (i < 4) {
            used += (size_t)snprintf(to + used, size - used, "%s", names[i][1]);
            from += strlen(names[i][0]);
        } else {
            to[used++] = *from++;
        }
    }
    to[used < size ? used : size - 1] = '\0';
}

/* --- what libpam calls --- */

static void
on_delay(int code, unsigned usec, void *context)
{
    struct stage *s = context;

    s->delayed = code != PAM_SUCCESS && usec > 0;
}

static int
converse_one(struct stage *s, const struct pam_message *message,
             struct pam_response *reply)
{
    const struct event *event;

    if (s->call == NULL || s->next_event == s->call->event_count) {
        fault(s, "unexpected message: \"%s\"", message->msg);
        return PAM_CONV_ERR;
    }
    event = &s->call->events[s->next_event++];
    if (event->style != message->msg_style ||
        strcmp(event->text, message->msg) != 0)
        fault(s, "message \"%s\" instead of \"%s\"", message->msg, event->text);
    if (event->user != NULL)
        pam_set_item(s->pamh, PAM_USER, event->user);
    if (event->answer != NULL) {
        reply->resp = malloc(event->answer_len + 1);
        if (reply->resp == NULL)
            return PAM_BUF_ERR;
        memcpy(reply->resp, event->answer, event->answer_len + 1);
    }
    return event->code;
}

static int
on_message(int count, const struct pam_message **messages,
           struct pam_response **replies, void *context)
{
    int i, code = PAM_SUCCESS;

    *replies = calloc((size_t)count, sizeof(**replies));
    if (*replies == NULL)
        return PAM_BUF_ERR;
    for (i = 0; i < count && code == PAM_SUCCESS; i++)
        code = converse_one(context, messages[i], &(*replies)[i]);
    if (code != PAM_SUCCESS && (*replies)[0].resp == NULL) {
        free(*replies);
        *replies = NULL;
    }
    return code;
}

/* --- one call --- */

static long
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Our own lines are compared without their prefix, which must be right. */
static void
check_log(struct stage *s)
{
    char prefix[128], wanted[TEXT_BYTES], found[TEXT_BYTES];
    const char *line, *rest;
    size_t i, count = fake_log_count();

    snprintf(prefix, sizeof(prefix), "pam_httpauth(%s:%s): ",
             s->test->service != NULL ? s->test->service : "sshd",
             s->call->entry->phase);
    for (i = 0; i < count || i < s->call->log_count; i++) {
        line = fake_log_line(i);
        if (line == NULL) {
            fault(s, "not logged: %s", s->call->logs[i]);
            continue;
        }
        rest = strchr(line, ' ') + 1;
        if (strncmp(rest, prefix, strlen(prefix)) == 0)
            snprintf(found, sizeof(found), "%.*s%s", (int)(rest - line), line,
                     rest + strlen(prefix));
        else
            snprintf(found, sizeof(found), "%s", line);
        wanted[0] = '\0';
        if (i < s->call->log_count)
            expand(s, s->call->logs[i], wanted, sizeof(wanted));
        if (strcmp(wanted, found) != 0)
            fault(s, "logged: %s\n#     instead of: %s", found, wanted);
    }
}

static void
check_time(struct stage *s, long ms)
{
    if (s->call->within_ms > 0 && ms > (long)s->call->within_ms)
        fault(s, "it took %ld ms", ms);
    if (s->call->after_ms > 0 && ms < (long)s->call->after_ms)
        fault(s, "it took only %ld ms", ms);
}

static void
check_result(struct stage *s, int code)
{
    const char *name = code_name(code);

    if (code != s->call->result)
        fault(s, "%s returned %s (%d)", s->call->entry->name,
              name != NULL ? name : "?", code);
    if (s->next_event < s->call->event_count)
        fault(s, "not said: \"%s\"", s->call->events[s->next_event].text);
    if (s->call->delay != s->delayed)
        fault(s, s->delayed ? "an unexpected delay" : "no delay");
}

static void
play_call(struct stage *s, pam_handle_t *pamh, const struct action *call)
{
    size_t files = fake_open_files();
    char **variables = environ;
    long start = now_ms();
    int code;

    s->pamh = pamh;
    s->call = call;
    s->next_event = 0;
    s->delayed = false;
    fake_log_clear();
    code = call->entry->call(pamh, call->flags);
    check_time(s, now_ms() - start);
    check_result(s, code);
    check_log(s);
    if (fake_open_files() != files)
        fault(s, "%zu open files, %zu before", fake_open_files(), files);
    if (environ != variables)
        fault(s, "the environment has changed");
}

static void
check_user(struct stage *s, const struct action *action)
{
    const void *name = NULL;

    if (pam_get_item(s->pamh, PAM_USER, &name) != PAM_SUCCESS || name == NULL ||
        strcmp(name, action->text) != 0)
        fault(s, "line %u: PAM_USER is %s", action->line,
              name != NULL ? (const char *)name : "absent");
}

static void
play(struct stage *s, pam_handle_t *pamh)
{
    const char *value;
    size_t i;

    for (i = 0; i < s->test->action_count; i++) {
        const struct action *action = &s->test->actions[i];

        switch (action->kind) {
        case CALL:
            play_call(s, pamh, action);
            break;
        case SETUSER:
            pam_set_item(pamh, PAM_USER, action->text);
            break;
        case PUTENV:
            pam_putenv(pamh, action->text);
            break;
        case CHECKUSER:
            check_user(s, action);
            break;
        case CHECKENV:
            value = pam_getenv(pamh, "HTTPAUTH_LOGIN");
            if ((value == NULL) != (action->text == NULL) ||
                (value != NULL && strcmp(value, action->text) != 0))
                fault(s, "line %u: HTTPAUTH_LOGIN is %s", action->line,
                      value != NULL ? value : "absent");
            break;
        }
    }
    s->call = NULL;
}

/* --- one test --- */

static bool
write_stack(const struct stage *s)
{
    static const char *const phases[] = {"auth", "account", "session",
                                         "password"};
    const struct test *t = s->test;
    const char *control = t->control != NULL ? t->control : PASS_ALL;
    char path[2 * PATH_BYTES], args[TEXT_BYTES];
    FILE *out;
    int i;

    if (strcmp(control, "manual") == 0)
        control = MANUAL;
    expand(s, t->args != NULL ? t->args : "", args, sizeof(args));
    snprintf(path, sizeof(path), "%s/%s", s->folder,
             t->service != NULL ? t->service : "sshd");
    out = fopen(path, "we");
    if (out == NULL)
        return false;
    for (i = 0; i < 4; i++) {
        if (t->before != NULL)
            fprintf(out, "%s [default=ignore] %s %s\n", phases[i], s->peek,
                    t->before);
        fprintf(out, "%s %s %s", phases[i], control, s->module);
        /* `socket=` twice would be a mistake. */
        if (strstr(args, "socket=") == NULL)
            fprintf(out, " socket=%s", s->socket);
        fprintf(out, " %s\n%s required %s %s\n", args, phases[i], s->peek,
                t->after != NULL ? t->after : "");
    }
    return fclose(out) == 0;
}

static pam_handle_t *
start(struct stage *s)
{
    static const struct {
        int item;
        size_t place;
    } items[] = {{PAM_RHOST, offsetof(struct test, rhost)},
                 {PAM_TTY, offsetof(struct test, tty)},
                 {PAM_RUSER, offsetof(struct test, ruser)}};
    const struct pam_conv conversation = {on_message, s};
    const struct test *t = s->test;
    const char *user = t->user != NULL ? t->user : "alice";
    pam_handle_t *pamh = NULL;
    size_t i;

    if (pam_start_confdir(t->service != NULL ? t->service : "sshd",
                          strcmp(user, "-") == 0 ? NULL : user, &conversation,
                          s->folder, &pamh) != PAM_SUCCESS)
        return NULL;
    /* In place of the delay itself. */
    pam_set_item(pamh, PAM_FAIL_DELAY, (const void *)on_delay);
    for (i = 0; i < 3; i++) {
        const char *value = *(char *const *)((const char *)t + items[i].place);

        if (value != NULL)
            pam_set_item(pamh, items[i].item, value);
    }
    return pamh;
}

static void
run_test(struct stage *s)
{
    struct answerer helper;
    pam_handle_t *pamh = NULL;
    char path[2 * PATH_BYTES];
    char *complaint;

    fake_helper_uid(s->test->listening == LISTEN_FOREIGN ? FAKE_FOREIGN_UID - 1
                                                         : getuid());
    if (!write_stack(s) ||
        !answerer_start(&helper, s->socket, s->test->listening, s->test->steps,
                        s->test->step_count)) {
        fault(s, "the stage cannot be set: %s", strerror(errno));
        return;
    }
    pamh = start(s);
    if (pamh == NULL)
        fault(s, "pam_start_confdir failed");
    else
        play(s, pamh);
    if (pamh != NULL)
        pam_end(pamh, PAM_SUCCESS);
    complaint = answerer_stop(&helper);
    if (complaint != NULL)
        fault(s, "%.*s", (int)strcspn(complaint, "\n"), complaint);
    free(complaint);
    unlink(s->socket);
    snprintf(path, sizeof(path), "%s/%s", s->folder,
             s->test->service != NULL ? s->test->service : "sshd");
    unlink(path);
}

/* All of it in memory: a forked process shares the place in an open file. */
static FILE *
open_script(const char *path)
{
    static char text[256 * 1024];
    FILE *in = fopen(path, "re");
    size_t len;

    if (in == NULL) {
        perror(path);
        return NULL;
    }
    len = fread(text, 1, sizeof(text), in);
    fclose(in);
    return len > 0 && len < sizeof(text) ? fmemopen(text, len, "r") : NULL;
}

/* The count of failed tests, or -1 for a script that is none. */
static int
run_script(struct stage *s, const char *path, unsigned *number)
{
    const char *base = strrchr(path, '/');
    FILE *in = open_script(path);
    unsigned line = 0;
    int failed = 0, more = -1;
    struct test test;

    if (in == NULL)
        return -1;
    base = base != NULL ? base + 1 : path;
    while ((more = script_next(in, path, &line, &test)) == 1) {
        s->test = &test;
        s->call = NULL;
        s->out = open_memstream(&s->faults, &s->fault_bytes);
        alarm(SCRIPT_SECONDS);
        run_test(s);
        alarm(0);
        fclose(s->out);
        printf("%sok %u - %.*s: %s\n%s", s->fault_bytes > 0 ? "not " : "",
               ++*number, (int)strcspn(base, "."), base, test.name, s->faults);
        failed += s->fault_bytes > 0;
        free(s->faults);
        script_free(&test);
        fflush(stdout);
    }
    script_free(&test);
    fclose(in);
    return more == 0 ? failed : -1;
}

int
main(int argc, char **argv)
{
    struct stage s = {.module = argc > 1 ? argv[1] : NULL,
                      .peek = argc > 2 ? argv[2] : NULL};
    unsigned number = 0;
    int i, failed, sum = 0;

    if (argc < 4 || argv[1][0] != '/' || argv[2][0] != '/') {
        fprintf(stderr, "usage: run /MODULE /PEEK SCRIPT...\n");
        return 2;
    }
    snprintf(s.folder, sizeof(s.folder), "/tmp/pam-script.XXXXXX");
    if (mkdtemp(s.folder) == NULL || chmod(s.folder, 0777) != 0) {
        perror(s.folder);
        return 2;
    }
    snprintf(s.socket, sizeof(s.socket), "%s/pam.sock", s.folder);
    for (i = 3; i < argc; i++) {
        failed = run_script(&s, argv[i], &number);
        sum += failed != 0;
        if (failed < 0)
            printf("not ok %u - %s is understood\n", ++number, argv[i]);
    }
    rmdir(s.folder);
    printf("1..%u\n", number);
    return sum == 0 ? 0 : 1;
}
