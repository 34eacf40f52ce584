/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The doctor on sshd: does it ask PAM, and by a method that carries a token?
 * What counts is what sshd itself says (sshd -T, where it may be run), since
 * defaults differ; where it is written is looked for in the files.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "helper/base/text.h"
#include "helper/ctl/doctor.h"
#include "helper/ctl/sshdconf.h"
#include "helper/ctl/textfile.h"

#define SSHD "/usr/sbin/sshd"
#define OUTPUT_MAX 65536
#define DROP_IN "/etc/ssh/sshd_config.d/40-httpauth.conf" /* as setup does */

struct sshd {
    struct doctor *doctor;
    const struct doctor_stack *stack;
    struct sshdconf files;
    struct sshdconf effective; /* count 0: sshd was not asked */
};

/* What counts; `otherwise` is sshd's own default. */
static const char *
value_of(const struct sshd *s, const char *keyword, const char *otherwise)
{
    const struct sshdconf *from =
        s->effective.count > 0 ? &s->effective : &s->files;
    const struct sshdconf_value *value = sshdconf_find(from, keyword);

    return value != NULL ? value->text : otherwise;
}

static bool
is_yes(const struct sshd *s, const char *keyword, bool otherwise)
{
    return strcasecmp(value_of(s, keyword, otherwise ? "yes" : "no"), "no") !=
           0;
}

/* Where a line goes that stands nowhere yet: a file of its own, if it would be
 * read.  Below a Match it would be another thing. */
static void
place_new(const struct sshd *s, json_t *finding, const char *wanted)
{
    const struct sshdconf_value *i = sshdconf_find(&s->files, "include");
    bool read = false;

    for (; i != NULL; i = sshdconf_next(&s->files, i))
        read = read || fnmatch(i->text, DROP_IN, FNM_PATHNAME) == 0;
    doctor_at(finding, read ? DROP_IN : SSHDCONF_FILE, 0);
    if (!read)
        doctor_why_more(finding, "It belongs above every Match.");
    doctor_cure(finding, CURE_ADD, "%s", wanted);
}

/* The line whose value counts; NULL: none, it is sshd's default. */
static const struct sshdconf_value *
line_of(const struct sshd *s, const char *keyword)
{
    const char *text = value_of(s, keyword, "");
    const struct sshdconf_value *global = sshdconf_find(&s->files, keyword);
    const struct sshdconf_value *first;

    if (global != NULL && strcasecmp(global->text, text) == 0)
        return global;
    first = sshdconf_where(&s->files, keyword, text);
    return first != NULL ? first : global;
}

static bool
are_neighbours(const char *a, const char *b)
{
    const char *end = strrchr(a, '/');
    size_t folder = end == NULL ? 0 : (size_t)(end - a) + 1;

    return strcmp(a, b) != 0 && strncmp(a, b, folder) == 0 &&
           strchr(b + folder, '/') == NULL;
}

/*
 * Where the value that counts stands, and what to write.  A line that says it
 * rightly, but behind another one, shows that the order of files is the matter.
 */
static void
place(const struct sshd *s, json_t *finding, const char *keyword,
      const char *wanted)
{
    const struct sshdconf_value *first = line_of(s, keyword), *later;
    const char *value = strchr(wanted, ' ') + 1;

    if (first == NULL) {
        place_new(s, finding, wanted);
        return;
    }
    doctor_at(finding, first->file, first->line);
    doctor_cure(finding, CURE_REPLACE, "%s", wanted);
    for (later = first->conditional ? NULL : sshdconf_next(&s->files, first);
         later != NULL; later = sshdconf_next(&s->files, later)) {
        if (strcasecmp(later->text, value) != 0)
            continue;
        doctor_why_more(finding,
                        "sshd takes the first value that it meets: the one "
                        "in %s:%u comes too late.%s",
                        later->file, later->line,
                        are_neighbours(first->file, later->file)
                            ? "  Give that file a name that sorts before, "
                              "such as 00-httpauth.conf."
                            : "");
        json_object_set_new(finding, "key", json_string("sshd-first-value"));
        return;
    }
}

static void
judge_pam(const struct sshd *s)
{
    json_t *finding;

    if (is_yes(s, "usepam", false))
        return;
    finding = doctor_find(s->doctor, DOCTOR_FAULT, "sshd-usepam",
                          "sshd does not ask PAM: UsePAM is off.");
    doctor_why(finding, "No token is ever shown to us.");
    place(s, finding, "usepam", "UsePAM yes");
}

static void
judge_kbdint(const struct sshd *s)
{
    bool password = is_yes(s, "passwordauthentication", true);
    json_t *finding;

    if (is_yes(s, "kbdinteractiveauthentication", true))
        return;
    finding =
        doctor_find(s->doctor, password ? DOCTOR_WARNING : DOCTOR_FAULT,
                    "sshd-keyboard-interactive",
                    password ? "sshd takes tokens by the password method only."
                             : "sshd has no method that asks for a token.");
    doctor_why(finding, password
                            ? "That method ends at 1024 bytes; most access "
                              "tokens are longer."
                            : "KbdInteractiveAuthentication and "
                              "PasswordAuthentication are off.");
    if (!password &&
        pamd_next(&s->stack->stack, PAMD_AUTH, "pam_unix.so", NULL) != NULL)
        doctor_why_more(finding,
                        "Beware: with it Unix passwords open sshd as well, "
                        "since pam_unix.so stands in its stack; README, \"As a "
                        "second factor\", has a stack for tokens alone.");
    place(s, finding, "kbdinteractiveauthentication",
          "KbdInteractiveAuthentication yes");
}

/* "publickey,keyboard-interactive:pam password": lists of methods. */
static bool
some_list_has(const char *lists, const char *method)
{
    struct span rest = span_of(lists), list;
    size_t len = strlen(method);

    while (textfile_word(&rest, &list)) {
        while (list.len >= len) {
            const char *comma = memchr(list.data, ',', list.len);
            size_t one = comma == NULL ? list.len : (size_t)(comma - list.data);

            if (one >= len && memcmp(list.data, method, len) == 0 &&
                (one == len || list.data[len] == ':'))
                return true;
            if (comma == NULL)
                break;
            list.data += one + 1;
            list.len -= one + 1;
        }
    }
    return false;
}

static void
judge_methods(const struct sshd *s)
{
    const char *lists = value_of(s, "authenticationmethods", "any");
    bool password = some_list_has(lists, "password");
    json_t *finding;

    if (strcasecmp(lists, "any") == 0 ||
        some_list_has(lists, "keyboard-interactive"))
        return;
    finding = doctor_find(s->doctor, password ? DOCTOR_WARNING : DOCTOR_FAULT,
                          "sshd-methods",
                          "AuthenticationMethods leaves keyboard-interactive "
                          "out.");
    doctor_why(finding,
               "%s  With a comma both are needed, and a key alone opens no "
               "more; with a blank in its place each of them is enough.",
               password ? "What is left for tokens ends at 1024 bytes."
                        : "So nobody is asked for a token.");
    place(s, finding, "authenticationmethods",
          "AuthenticationMethods publickey,keyboard-interactive");
}

static void
judge_grace(const struct sshd *s)
{
    int64_t grace = sshdconf_seconds(value_of(s, "logingracetime", "120"));
    int64_t needed = s->stack->args.timeout;
    char wanted[64];
    json_t *finding;

    if (s->stack->args.device_login && s->stack->args.device_timeout > needed)
        needed = s->stack->args.device_timeout;
    if (grace <= 0 || grace > needed)
        return;
    finding = doctor_find(s->doctor, DOCTOR_WARNING, "sshd-grace",
                          "sshd gives up after %lld seconds, we after %lld.",
                          (long long)grace, (long long)needed);
    doctor_why(finding, "A slow provider then looks like a lost connection.");
    snprintf(wanted, sizeof(wanted), "LoginGraceTime %lld",
             (long long)(needed + 30 > 120 ? needed + 30 : 120));
    place(s, finding, "logingracetime", wanted);
}

static void
judge_empty(const struct sshd *s)
{
    json_t *finding;

    if (!s->stack->args.device_login ||
        !is_yes(s, "permitemptypasswords", false))
        return;
    finding = doctor_find(s->doctor, DOCTOR_WARNING, "sshd-empty-passwords",
                          "Every connection to sshd begins a device login.");
    doctor_why(finding, "With PermitEmptyPasswords sshd tries an empty answer "
                        "before it asks, and device_login takes that for the "
                        "wish.");
    place(s, finding, "permitemptypasswords", "PermitEmptyPasswords no");
}

/* Without --user sshd is asked about nobody, and says what is outside of every
 * Match. */
static void
judge_match(const struct sshd *s)
{
    for (size_t i = 0; s->doctor->user == NULL && i < s->files.count; i++) {
        const struct sshdconf_value *value = &s->files.value[i];
        bool off =
            (strcmp(value->keyword, "kbdinteractiveauthentication") == 0 &&
             strcasecmp(value->text, "no") == 0) ||
            (strcmp(value->keyword, "authenticationmethods") == 0 &&
             strcasecmp(value->text, "any") != 0 &&
             !some_list_has(value->text, "keyboard-interactive"));
        json_t *finding;

        if (!value->conditional || !off)
            continue;
        finding = doctor_find(s->doctor, DOCTOR_NOTE, "sshd-match",
                              "Below a Match sshd takes no tokens by "
                              "keyboard-interactive.");
        doctor_why(finding, "httpauthctl doctor --user USER looks at what "
                            "counts for that user.");
        doctor_at(finding, value->file, value->line);
    }
}

/* Its last words, when it does not say what counts. */
static void
tell_silent(struct doctor *d, struct span output)
{
    struct span line, last = {NULL, 0};
    json_t *finding;

    while (textfile_line(&output, &line))
        if (line.len > 0)
            last = line;
    finding = doctor_find(
        d, DOCTOR_NOTE, "sshd-silent", "sshd -T does not say what counts: %.*s",
        last.len > 0 ? (int)last.len : 2, last.len > 0 ? last.data : "-.");
    doctor_why(finding, "What stands in its files was looked at instead.");
}

/* "FILE: line N: text" and "FILE line N: text", as sshd writes both. */
static bool
tell_broken(struct doctor *d, struct span output)
{
    struct span line;
    char text[1024], *at, *end;
    unsigned long number;
    json_t *finding;

    while (textfile_line(&output, &line)) {
        snprintf(text, sizeof(text), "%.*s", (int)line.len, line.data);
        at = strstr(text, "line ");
        if (text[0] != '/' || at == NULL || at == text)
            continue;
        number = strtoul(at + 5, &end, 10);
        if (*end != ':' || number == 0)
            continue;
        finding =
            doctor_find(d, DOCTOR_FAULT, "sshd-broken",
                        "sshd does not take its configuration:%s", end + 1);
        doctor_why(finding, "It will not start with it, nor reload.");
        while (at > text && (at[-1] == ' ' || at[-1] == ':'))
            at--;
        *at = '\0';
        doctor_at(finding, text, (unsigned)number);
        return true;
    }
    return false;
}

/* False: it does not take its files. */
static bool
ask_sshd(struct sshd *s)
{
    struct buffer out = BUFFER_INIT(OUTPUT_MAX);
    char who[256];
    const char *argv[] = {SSHD, "-T", NULL, NULL, NULL};
    bool good = true;
    int status;

    if (!s->doctor->root)
        return true;
    if (s->doctor->user != NULL && text_is_user(span_of(s->doctor->user))) {
        snprintf(who, sizeof(who),
                 "user=%s,host=localhost,addr=127.0.0.1,laddr=127.0.0.1,"
                 "lport=22",
                 s->doctor->user);
        argv[2] = "-C";
        argv[3] = who;
    }
    status = doctor_run(argv, &out);
    if (status == 0)
        sshdconf_parse(buffer_span(&out), &s->effective);
    else if (status > 0)
        good = !tell_broken(s->doctor, buffer_span(&out));
    if (good && status != 0 && access(SSHD, X_OK) == 0)
        tell_silent(s->doctor, buffer_span(&out));
    buffer_free(&out);
    return good;
}

static size_t
count_complaints(const struct doctor *d)
{
    return json_array_size(d->findings);
}

void
doctor_sshd(struct doctor *d)
{
    struct sshd s = {.doctor = d, .stack = doctor_stack(d, "sshd")};
    size_t before;
    int problem;
    bool good;

    if (s.stack == NULL || !s.stack->asks)
        return;
    /* Some systems have it elsewhere: sshd knows. */
    if (!sshdconf_read(SSHDCONF_FILE, &s.files)) {
        problem = errno;
        good = ask_sshd(&s);
        if (good && s.effective.count == 0)
            doctor_find(d, DOCTOR_UNSEEN, "sshd-unseen", "%s: %s.",
                        SSHDCONF_FILE,
                        problem == EACCES ? "only root may read it"
                                          : strerror(problem));
        if (!good || s.effective.count == 0)
            goto done;
    } else if (!ask_sshd(&s)) {
        goto done;
    }
    if (s.files.unreadable)
        doctor_find(d, DOCTOR_UNSEEN, "sshd-unseen",
                    "Some files that %s includes may be read by root only.",
                    SSHDCONF_FILE);
    before = count_complaints(d);
    judge_pam(&s);
    judge_kbdint(&s);
    judge_methods(&s);
    judge_grace(&s);
    judge_empty(&s);
    judge_match(&s);
    if (count_complaints(d) == before)
        doctor_find(d, DOCTOR_OK, "sshd",
                    "sshd asks PAM, by keyboard-interactive too.");
done:
    sshdconf_free(&s.files);
    sshdconf_free(&s.effective);
}
