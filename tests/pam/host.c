/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * host MODULE
 *
 * What the module does to the program that loads it: nothing.  Threads,
 * forks, loading and unloading, signals, memory.  TAP on standard output.
 */
#include <dlfcn.h>
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <security/pam_appl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/pam/answerer.h"
#include "tests/pam/fake.h"

#define THREADS 8
#define LOGINS_EACH 25
#define FORKS 20
#define LOADS 1000
#define SECONDS_MAX 120 /* a module that hangs fails the suite */
#define CANARY_LEN 400  /* under 511: it may be kept in PAM_AUTHTOK */
#define NEEDLE_LEN 16
#define PATH_BYTES 96

extern char **environ;

static const char *module;
static char folder[PATH_BYTES - 24], socket_path[PATH_BYTES];
static unsigned number, failures;

static void
result(bool ok, const char *name)
{
    printf("%sok %u - host: %s\n", ok ? "" : "not ", ++number, name);
    fflush(stdout);
    failures += !ok;
}

/* --- the credential: computed, never stored by this program --- */

static char
canary(size_t i, bool token)
{
    uint32_t x = (uint32_t)i * 2654435761U + 12345;

    if (token && i < 3)
        return "eyJ"[i];
    return (char)('a' + (x >> 16) % 26);
}

/* Memory that was freed counts as well, so AddressSanitizer must not mind. */
#define UNCHECKED __attribute__((no_sanitize("address")))

/* Is there a run of NEEDLE_LEN bytes from the middle of it at `at`? */
UNCHECKED static bool
is_needle(const volatile char *at)
{
    size_t i;

    for (i = 0; i < NEEDLE_LEN; i++)
        if (at[i] != canary(100 + i, true))
            return false;
    return true;
}

/* How often it stands in the writable memory of this process. */
UNCHECKED static unsigned
copies(void)
{
    unsigned count = 0;
    char line[512], mode[8];
    unsigned long from, to;
    FILE *maps = fopen("/proc/self/maps", "re");

    while (maps != NULL && fgets(line, sizeof(line), maps) != NULL) {
        const volatile char *at;

        if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) != 3 ||
            strncmp(mode, "rw", 2) != 0 || strstr(line, "[v") != NULL ||
            to - from > 256UL * 1024 * 1024)
            continue;
        for (at = (const char *)from; at + NEEDLE_LEN <= (const char *)to; at++)
            if (*at == canary(100, true) && is_needle(at))
                count++;
    }
    if (maps != NULL)
        fclose(maps);
    return count;
}

struct talk {
    bool token;
    bool seen; /* the credential was in memory when it was handed over */
};

static int
on_message(int count, const struct pam_message **messages,
           struct pam_response **replies, void *context)
{
    struct talk *talk = context;
    char *text;
    size_t i;

    (void)count;
    *replies = calloc(1, sizeof(**replies));
    if (messages[0]->msg_style != PAM_PROMPT_ECHO_OFF)
        return PAM_SUCCESS;
    text = malloc(CANARY_LEN + 1);
    for (i = 0; i < CANARY_LEN; i++)
        text[i] = canary(i, talk->token);
    text[CANARY_LEN] = '\0';
    (*replies)->resp = text;
    talk->seen = is_needle(text + 100);
    return PAM_SUCCESS;
}

/* --- one login --- */

static void
no_delay(int code, unsigned usec, void *context)
{
    (void)code;
    (void)usec;
    (void)context;
}

static pam_handle_t *
begin(const struct pam_conv *conversation)
{
    pam_handle_t *pamh = NULL;

    if (pam_start_confdir("host", "alice", conversation, folder, &pamh) !=
        PAM_SUCCESS)
        return NULL;
    pam_set_item(pamh, PAM_FAIL_DELAY, (const void *)no_delay);
    return pamh;
}

static int
login(bool token)
{
    struct talk talk = {.token = token};
    const struct pam_conv conversation = {on_message, &talk};
    pam_handle_t *pamh = begin(&conversation);
    int code = pam_authenticate(pamh, 0);

    pam_end(pamh, code);
    return code;
}

static struct step
answer(enum outcome outcome, unsigned count)
{
    struct step step = {.kind = STEP_ANSWER, .count = count, .login = -1};

    step.verdict.outcome = outcome;
    step.verdict.reason = span_of("test");
    if (outcome == OUTCOME_ACCEPTED) {
        memset(step.verdict.login, 7, WIRE_LOGIN_LEN);
        step.verdict.ends = 1;
    }
    return step;
}

/* True when the helper has nothing to complain about. */
static bool
stop(struct answerer *helper)
{
    char *complaint = answerer_stop(helper);
    bool ok = complaint == NULL;

    if (!ok)
        printf("#   %s", complaint);
    free(complaint);
    unlink(socket_path);
    return ok;
}

/* --- erasure --- */

static void
erased_after(enum outcome outcome, int code, const char *name)
{
    struct talk talk = {.token = true};
    const struct pam_conv conversation = {on_message, &talk};
    struct step step = answer(outcome, 1);
    struct answerer helper;
    pam_handle_t *pamh;
    unsigned found;
    int got;

    answerer_start(&helper, socket_path, LISTEN_NORMAL, &step, 1);
    pamh = begin(&conversation);
    got = pam_authenticate(pamh, 0);
    found = copies();
    pam_end(pamh, got);
    found += copies();
    if (got != code || found != 0)
        printf("#   code %d, %u copies\n", got, found);
    result(stop(&helper) && got == code && found == 0 && talk.seen, name);
}

static void
erased_without_helper(void)
{
    struct talk talk = {.token = true};
    const struct pam_conv conversation = {on_message, &talk};
    pam_handle_t *pamh = begin(&conversation);
    int got = pam_authenticate(pamh, 0);
    unsigned found = copies();

    pam_end(pamh, got);
    found += copies();
    result(got == PAM_AUTHINFO_UNAVAIL && found == 0 && talk.seen,
           "no copy of the credential is left when there is no helper");
}

/* A search that cannot find would pass as well. */
static void
search_works(void)
{
    char *text = malloc(CANARY_LEN);
    unsigned found;
    size_t i;

    for (i = 0; text != NULL && i < CANARY_LEN; i++)
        text[i] = canary(i, true);
    found = copies();
    for (i = 0; text != NULL && i < CANARY_LEN; i++)
        ((volatile char *)text)[i] = 0;
    free(text);
    result(found == 1 && copies() == 0, "the search for copies finds one");
}

static void
erasure(void)
{
    search_works();
    erased_after(OUTCOME_ACCEPTED, PAM_SUCCESS,
                 "no copy of the credential is left after acceptance");
    erased_after(OUTCOME_WRONG, PAM_AUTH_ERR,
                 "no copy of the credential is left after a refusal");
    erased_after(OUTCOME_NOT_OURS, PAM_CRED_INSUFFICIENT,
                 "no copy of a token is left when it is not ours");
    erased_after(OUTCOME_BROKEN, PAM_SERVICE_ERR,
                 "no copy of the credential is left when we are broken");
    erased_without_helper();
}

/* --- threads and forks --- */

static void *
many_logins(void *context)
{
    size_t *wrong = context;
    int i;

    for (i = 0; i < LOGINS_EACH; i++)
        *wrong += login(i % 2 == 0) != PAM_SUCCESS;
    return NULL;
}

static void
threads(void)
{
    struct step step = answer(OUTCOME_ACCEPTED, THREADS * LOGINS_EACH);
    struct answerer helper;
    pthread_t thread[THREADS];
    size_t wrong[THREADS] = {0}, sum = 0, i, files;

    answerer_start(&helper, socket_path, LISTEN_NORMAL, &step, 1);
    files = fake_open_files();
    for (i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, many_logins, &wrong[i]);
    for (i = 0; i < THREADS; i++) {
        pthread_join(thread[i], NULL);
        sum += wrong[i];
    }
    result(sum == 0, "two hundred logins in eight threads succeed");
    result(fake_open_files() == files, "... and leave no descriptor");
    result(stop(&helper), "... and the helper saw each of them once");
}

static void
forks(void)
{
    struct step step = answer(OUTCOME_ACCEPTED, FORKS);
    struct answerer helper;
    pid_t child[FORKS];
    int i, status, wrong = 0;

    answerer_start(&helper, socket_path, LISTEN_NORMAL, &step, 1);
    for (i = 0; i < FORKS; i++) {
        child[i] = fork();
        if (child[i] == 0)
            _exit(login(true) == PAM_SUCCESS ? 0 : 1);
    }
    for (i = 0; i < FORKS; i++)
        if (waitpid(child[i], &status, 0) != child[i] || status != 0)
            wrong++;
    result(stop(&helper) && wrong == 0, "logins in forked children succeed");
}

/* --- signals --- */

static void
on_alarm(int signal_number)
{
    (void)signal_number;
}

/* The host's timer interrupts every call of ours, again and again. */
static void
interrupted(void)
{
    const struct itimerval often = {{0, 2000}, {0, 2000}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    struct step step = answer(OUTCOME_ACCEPTED, 20);
    struct sigaction action = {.sa_handler = on_alarm}, before;
    struct answerer helper;
    int i, wrong = 0;

    step.ms = 20;
    answerer_start(&helper, socket_path, LISTEN_NORMAL, &step, 1);
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &often, NULL);
    for (i = 0; i < 20; i++)
        wrong += login(true) != PAM_SUCCESS;
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    result(stop(&helper) && wrong == 0,
           "signals of the host interrupt no login");
}

static void
interrupted_deadline(enum listening how, const char *name)
{
    const struct itimerval often = {{0, 20000}, {0, 20000}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    struct step step = {.kind = STEP_HANG, .login = -1};
    struct sigaction action = {.sa_handler = on_alarm}, before;
    struct timespec from, to;
    struct answerer helper;
    int code;
    long ms;

    answerer_start(&helper, socket_path, how, &step, 1);
    sigaction(SIGALRM, &action, &before);
    setitimer(ITIMER_REAL, &often, NULL);
    clock_gettime(CLOCK_MONOTONIC, &from);
    code = login(true);
    clock_gettime(CLOCK_MONOTONIC, &to);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    ms = (to.tv_sec - from.tv_sec) * 1000 +
         (to.tv_nsec - from.tv_nsec) / 1000000;
    result(stop(&helper) && code == PAM_AUTHINFO_UNAVAIL && ms >= 1950 &&
               ms <= 2500,
           name);
}

/* In place of libc's: waits, when told to, until the other end has gone. */
static bool send_late;

ssize_t
send(int fd, const void *data, size_t len, int flags)
{
    struct pollfd one = {.fd = fd};

    if (send_late)
        (void)poll(&one, 1, 1000);
    return sendto(fd, data, len, flags, NULL, 0);
}

/* A helper that leaves before it is asked must not cost the host a SIGPIPE. */
static void
broken_pipe(void)
{
    struct step step = {.kind = STEP_RESET, .count = 40, .login = -1};
    struct answerer helper;
    struct sigaction now;
    int i, wrong = 0;

    signal(SIGPIPE, SIG_DFL);
    answerer_start(&helper, socket_path, LISTEN_NORMAL, &step, 1);
    send_late = true;
    for (i = 0; i < 20; i++)
        wrong += login(true) != PAM_AUTHINFO_UNAVAIL;
    send_late = false;
    sigaction(SIGPIPE, NULL, &now);
    result(stop(&helper) && wrong == 0 && now.sa_handler == SIG_DFL,
           "a helper that leaves raises no SIGPIPE");
}

/* --- what stays as it was --- */

struct state {
    struct {
        void (*handler)(int);
        int flags;
        int blocked;
    } signals[NSIG];
    char locale[64];
    mode_t umask;
    char **environ;
    size_t files;
    unsigned threads;
};

static unsigned
thread_count(void)
{
    char line[128];
    unsigned count = 0;
    FILE *in = fopen("/proc/self/status", "re");

    while (in != NULL && fgets(line, sizeof(line), in) != NULL)
        (void)sscanf(line, "Threads: %u", &count);
    if (in != NULL)
        fclose(in);
    return count;
}

static void
look(struct state *s)
{
    struct sigaction action;
    sigset_t mask;
    int i;

    memset(s, 0, sizeof(*s));
    sigprocmask(SIG_SETMASK, NULL, &mask);
    for (i = 1; i < NSIG; i++) {
        if (sigaction(i, NULL, &action) != 0)
            continue;
        s->signals[i].handler = action.sa_handler;
        s->signals[i].flags = action.sa_flags;
        s->signals[i].blocked = sigismember(&mask, i);
    }
    snprintf(s->locale, sizeof(s->locale), "%s", setlocale(LC_ALL, NULL));
    s->umask = umask(022);
    umask(s->umask);
    s->environ = environ;
    s->files = fake_open_files();
    s->threads = thread_count();
}

static void
unchanged(void)
{
    struct step steps[2] = {answer(OUTCOME_ACCEPTED, 1),
                            answer(OUTCOME_WRONG, 1)};
    struct state before, after;
    struct answerer helper;

    answerer_start(&helper, socket_path, LISTEN_NORMAL, steps, 2);
    look(&before);
    (void)login(true);
    (void)login(true);
    look(&after);
    result(stop(&helper) && memcmp(&before, &after, sizeof(before)) == 0,
           "signals, mask, locale, umask, environment, files and threads "
           "stay as they were");
}

static void
loads(void)
{
    size_t files = fake_open_files();
    int i, wrong = 0;

    for (i = 0; i < LOADS; i++) {
        void *handle = dlopen(module, RTLD_NOW);

        if (handle == NULL || dlsym(handle, "pam_sm_authenticate") == NULL ||
            dlclose(handle) != 0)
            wrong++;
    }
    result(wrong == 0 && fake_open_files() == files,
           "it is loaded and unloaded a thousand times");
    result(dlopen(module, RTLD_NOW | RTLD_NOLOAD) == NULL,
           "... and is gone then");
}

int
main(int argc, char **argv)
{
    char path[2 * PATH_BYTES];
    FILE *out;

    if (argc != 2 || argv[1][0] != '/') {
        fprintf(stderr, "usage: host /MODULE\n");
        return 2;
    }
    module = argv[1];
    snprintf(folder, sizeof(folder), "/tmp/pam-host.XXXXXX");
    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return 2;
    }
    snprintf(socket_path, sizeof(socket_path), "%s/pam.sock", folder);
    snprintf(path, sizeof(path), "%s/host", folder);
    out = fopen(path, "we");
    if (out == NULL) {
        perror(path);
        return 2;
    }
    fprintf(out, "auth required %s socket=%s timeout=2s\n", module,
            socket_path);
    fclose(out);
    fake_helper_uid(getuid());
    alarm(SECONDS_MAX);
    loads();
    erasure();
    threads();
    forks();
    interrupted();
    interrupted_deadline(LISTEN_NORMAL,
                         "... nor do they move the deadline for an answer");
    interrupted_deadline(LISTEN_FULL, "... nor the deadline for a connection");
    alarm(SECONDS_MAX); /* those two used its timer */
    broken_pipe();
    unchanged();
    unlink(path);
    rmdir(folder);
    printf("1..%u\n", number);
    return failures == 0 ? 0 : 1;
}
