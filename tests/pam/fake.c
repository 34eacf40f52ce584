/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/pam/fake.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define LINES_MAX 64
#define LINE_MAX_BYTES 1024

static uid_t helper_uid = (uid_t)-1;

static const struct {
    const char *asked;
    const char *name;
    uid_t uid;
} users[] = {
    {"alice", "alice", 2001}, {"bob", "bob", 2002},     {"carol", "carol", 500},
    {"dave", "dave", 70000},  {"root", "root", 0},      {"toor", "toor", 0},
    {"ALICE", "alice", 2001}, {"first", "first", 1000}, {"last", "last", 60000},
};

void
fake_helper_uid(uid_t uid)
{
    helper_uid = uid;
}

static int
fill(const char *name, uid_t uid, struct passwd *entry, char *space,
     size_t size)
{
    if (strlen(name) + 1 > size)
        return ERANGE;
    memset(entry, 0, sizeof(*entry));
    entry->pw_name = strcpy(space, name);
    entry->pw_uid = uid;
    entry->pw_gid = (gid_t)uid;
    entry->pw_passwd = entry->pw_gecos = entry->pw_dir = entry->pw_shell =
        space + strlen(name);
    return 0;
}

int
getpwnam_r(const char *name, struct passwd *entry, char *space, size_t size,
           struct passwd **found)
{
    int error = 0;
    size_t i;

    *found = NULL;
    if (strcmp(name, "httpauthd") == 0) {
        error = fill(name, helper_uid, entry, space, size);
        *found = error == 0 ? entry : NULL;
        return error;
    }
    for (i = 0; i < sizeof(users) / sizeof(users[0]); i++)
        if (strcmp(name, users[i].asked) == 0) {
            error = fill(users[i].name, users[i].uid, entry, space, size);
            *found = error == 0 ? entry : NULL;
            break;
        }
    return error;
}

int
getpwuid_r(uid_t uid, struct passwd *entry, char *space, size_t size,
           struct passwd **found)
{
    int error = fill("starter", uid, entry, space, size);

    *found = error == 0 ? entry : NULL;
    return error;
}

const char *
fake_logname(void)
{
    unsigned long uid = 4294967295;
    FILE *in = fopen("/proc/self/loginuid", "re");

    if (in != NULL) {
        if (fscanf(in, "%lu", &uid) != 1)
            uid = 4294967295;
        fclose(in);
    }
    return uid == 4294967295 ? "" : "starter";
}

/* --- the log --- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char lines[LINES_MAX][LINE_MAX_BYTES];
static size_t line_count;

static void
note(int priority, const char *format, va_list args)
{
    static const char *const levels[] = {"emerg",   "alert",  "crit", "err",
                                         "warning", "notice", "info", "debug"};
    char *line;
    int used;

    pthread_mutex_lock(&lock);
    if (line_count < LINES_MAX) {
        line = lines[line_count++];
        used = snprintf(line, LINE_MAX_BYTES, "%s ", levels[priority & 7]);
        vsnprintf(line + used, LINE_MAX_BYTES - (size_t)used, format, args);
    }
    pthread_mutex_unlock(&lock);
}

void
vsyslog(int priority, const char *format, va_list args)
{
    note(priority, format, args);
}

void
syslog(int priority, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    note(priority, format, args);
    va_end(args);
}

/* With fortification, libpam calls these. */
void __vsyslog_chk(int priority, int flag, const char *format, va_list args);
void __syslog_chk(int priority, int flag, const char *format, ...);

void
__vsyslog_chk(int priority, int flag, const char *format, va_list args)
{
    (void)flag;
    note(priority, format, args);
}

void
__syslog_chk(int priority, int flag, const char *format, ...)
{
    va_list args;

    (void)flag;
    va_start(args, format);
    note(priority, format, args);
    va_end(args);
}

void
fake_log_clear(void)
{
    pthread_mutex_lock(&lock);
    memset(lines, 0, sizeof(lines));
    line_count = 0;
    pthread_mutex_unlock(&lock);
}

size_t
fake_log_count(void)
{
    return line_count;
}

const char *
fake_log_line(size_t i)
{
    return i < line_count ? lines[i] : NULL;
}

size_t
fake_open_files(void)
{
    size_t count = 0;
    DIR *all = opendir("/proc/self/fd");

    if (all == NULL)
        return 0;
    while (readdir(all) != NULL)
        count++;
    closedir(all);
    return count;
}
