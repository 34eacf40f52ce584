/* SPDX-License-Identifier: BSD-2-Clause */
/* The doctor on the host: what was denied to the helper, its clock, its
 * units. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include "helper/ctl/doctor.h"
#include "helper/ctl/textfile.h"

#define LOG_BYTES ((size_t)1024 * 1024) /* of the end of each log */
#define AUDIT_LOG "/var/log/audit/audit.log"
#define JOURNALCTL "/usr/bin/journalctl"
#define JOURNAL_LINES "2000"

/* --- SELinux, AppArmor --- */

static bool
holds(struct span line, const char *text)
{
    return memmem(line.data, line.len, text, strlen(text)) != NULL;
}

static bool
is_denial(struct span line)
{
    return (holds(line, "avc:  denied") ||
            holds(line, "apparmor=\"DENIED\"")) &&
           (holds(line, "httpauthd") || holds(line, "pam_httpauth"));
}

/* Anybody may write to a log of everybody; what the kernel says bears its name,
 * and audit.log has nothing else. */
static bool
is_kernels(struct span line, const char *file)
{
    return file == NULL || strcmp(file, AUDIT_LOG) == 0 ||
           holds(line, " kernel: ");
}

/* The value behind `name`, quotes dropped; or "". */
static void
field(struct span line, const char *name, char *out, size_t size)
{
    const char *at = memmem(line.data, line.len, name, strlen(name));
    const char *end = line.data + line.len;
    size_t len = 0;

    out[0] = '\0';
    if (at == NULL)
        return;
    at += strlen(name);
    at += at < end && *at == '"';
    while (at + len < end && at[len] != ' ' && at[len] != '"')
        len++;
    snprintf(out, size, "%.*s", (int)len, at);
}

static bool
tell_denial(struct doctor *d, struct span log, const char *file)
{
    struct span line, last = {NULL, 0};
    char operation[128], name[512];
    json_t *finding;
    bool apparmor;

    while (textfile_line(&log, &line))
        if (is_denial(line) && is_kernels(line, file))
            last = line;
    if (last.data == NULL)
        return false;
    apparmor = holds(last, "apparmor=");
    field(last, apparmor ? "operation=" : "tclass=", operation,
          sizeof(operation));
    field(last, " name=", name, sizeof(name));
    finding = doctor_find(d, DOCTOR_WARNING, "denied",
                          "%s denied httpauthd something: %s %s",
                          apparmor ? "AppArmor" : "SELinux", operation, name);
    doctor_why(finding, "A helper that may not connect or read its secrets "
                        "answers \"unavailable\".  The policy may be older "
                        "than the package.");
    if (file != NULL)
        doctor_at(finding, file, 0);
    if (apparmor)
        doctor_cure(finding, CURE_RUN,
                    "journalctl -k -n 2000 | grep httpauthd");
    else
        doctor_cure(finding, CURE_RUN, "ausearch -m avc -c httpauthd");
    return true;
}

static bool
look_in_journal(struct doctor *d)
{
    static const char *const argv[] = {
        JOURNALCTL, "-k", "-q", "--no-pager", "-n", JOURNAL_LINES, NULL};
    struct buffer out = BUFFER_INIT(4 * LOG_BYTES);
    bool found =
        doctor_run(argv, &out) == 0 && tell_denial(d, buffer_span(&out), NULL);

    buffer_free(&out);
    return found;
}

static void
judge_denials(struct doctor *d)
{
    static const char *const logs[] = {AUDIT_LOG, "/var/log/kern.log",
                                       "/var/log/messages", "/var/log/syslog"};
    bool found = false, unseen = false;

    for (size_t i = 0; !found && i < sizeof(logs) / sizeof(logs[0]); i++) {
        struct buffer text = BUFFER_INIT(LOG_BYTES);

        if (textfile_read(logs[i], true, &text))
            found = tell_denial(d, buffer_span(&text), logs[i]);
        else
            unseen = unseen || errno == EACCES;
        buffer_free(&text);
    }
    if (!found && d->root)
        found = look_in_journal(d);
    if (!found && (unseen || !d->root))
        doctor_find(d, DOCTOR_UNSEEN, "denied-unseen",
                    "Only root can see whether SELinux or AppArmor denied the "
                    "helper something.");
}

/* --- clock --- */

static void
judge_clock(struct doctor *d)
{
    struct timex now = {.modes = 0};
    json_t *finding;

    if (adjtimex(&now) != TIME_ERROR)
        return;
    finding = doctor_find(d, DOCTOR_NOTE, "clock-unsynchronised",
                          "Nothing keeps this host's clock.");
    doctor_why(finding,
               "Tokens are judged by it: once it is a minute off, good "
               "ones are refused and old ones taken.");
    doctor_cure(finding, CURE_RUN, "timedatectl set-ntp true");
}

/* --- units --- */

static bool
has_want(const char *folder, const char *unit)
{
    char path[1024];
    struct stat st;

    snprintf(path, sizeof(path), "%s/sockets.target.wants/%s", folder, unit);
    return lstat(path, &st) == 0;
}

static void
judge_units(struct doctor *d)
{
    static const char *const units[] = {"httpauthd.socket",
                                        "httpauthd-control.socket"};
    static const char *const folders[] = {
        "/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system",
        "/lib/systemd/system"};
    json_t *finding;
    bool enabled;

    if (access("/run/systemd/system", F_OK) != 0)
        return;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        enabled = false;
        for (size_t k = 0; k < sizeof(folders) / sizeof(folders[0]); k++)
            enabled = enabled || has_want(folders[k], units[i]);
        if (enabled)
            continue;
        finding = doctor_find(d, DOCTOR_WARNING, "unit-disabled",
                              "%s is not enabled.", units[i]);
        doctor_why(finding, "After the next boot nobody answers there.");
        doctor_cure(finding, CURE_RUN, "systemctl enable --now %s", units[i]);
    }
}

void
doctor_host(struct doctor *d)
{
    judge_denials(d);
    judge_clock(d);
    judge_units(d);
}
