/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/base/record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "helper/base/buffer.h"
#include "helper/base/span.h"

#define RECORD_BYTES_MAX (16 * 1024)
#define STAMP_SIZE 40

static int journal = -1, file = -1;

bool
record_open_journal(const char *path)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};

    if (journal >= 0)
        return true;
    if (strlen(path) >= sizeof(to.sun_path))
        return false;
    memcpy(to.sun_path, path, strlen(path) + 1);
    journal = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (journal >= 0 &&
        connect(journal, (const struct sockaddr *)&to, sizeof(to)) != 0) {
        (void)close(journal);
        journal = -1;
    }
    return journal >= 0;
}

static bool
is_ours(int fd)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return false;
    errno = EPERM;
    return S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
           (st.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

bool
record_open_file(const char *path)
{
    int before = file, error;

    file = -1;
    if (before >= 0)
        (void)close(before);
    if (path == NULL)
        return true;
    file = open(path,
                O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC |
                    O_NOCTTY | O_NONBLOCK,
                0640);
    if (file >= 0 && is_ours(file))
        return true;
    error = errno;
    if (file >= 0)
        (void)close(file);
    file = -1;
    errno = error;
    return false;
}

/* "HTTPAUTH_REASON=audience": a field of the journal,
 * systemd.journal-fields(7). Values hold no newline, so that the simple form
 * serves. */
static void
put_field(struct buffer *out, const struct record_field *field)
{
    char name[64];
    size_t i;

    for (i = 0; field->name[i] != '\0' && i + 1 < sizeof(name); i++)
        name[i] = field->name[i] >= 'a' && field->name[i] <= 'z'
                      ? (char)(field->name[i] - 'a' + 'A')
                      : field->name[i];
    name[i] = '\0';
    buffer_printf(out, "HTTPAUTH_%s=%s\n", name, field->text);
}

bool
record_to_journal(int priority, const char *program, const char *message,
                  const struct record_field *fields, size_t count)
{
    struct buffer out = BUFFER_INIT(RECORD_BYTES_MAX);
    bool sent = false;
    size_t i;

    if (journal < 0)
        return false;
    buffer_printf(&out,
                  "PRIORITY=%d\nSYSLOG_FACILITY=10\n"
                  "SYSLOG_IDENTIFIER=%s\nMESSAGE=%s\n",
                  priority, program, message);
    for (i = 0; i < count; i++)
        if (fields[i].text != NULL)
            put_field(&out, &fields[i]);
    if (!out.failed)
        sent =
            send(journal, out.data, out.len, MSG_NOSIGNAL) == (ssize_t)out.len;
    buffer_free(&out);
    return sent;
}

static void
put_json(struct buffer *out, const struct record_field *field)
{
    const char *c;

    buffer_printf(out, ",\"%s\":", field->name);
    if (field->kind == RECORD_BARE) {
        buffer_text(out, field->text);
        return;
    }
    buffer_text(out, "\"");
    for (c = field->text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            buffer_text(out, "\\");
        buffer_add(out, c, 1);
    }
    buffer_text(out, "\"");
}

static void
put_time(struct buffer *out)
{
    struct timespec now;
    struct tm utc;
    char stamp[STAMP_SIZE] = "1970-01-01T00:00:00";

    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &utc) != NULL)
        (void)strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &utc);
    buffer_printf(out, "{\"time\":\"%s.%03ldZ\"", stamp, now.tv_nsec / 1000000);
}

/* One write per line: what a full disk took half of is taken back, so that
 * the next line begins where a line begins. */
bool
record_to_file(const struct record_field *fields, size_t count)
{
    struct buffer out = BUFFER_INIT(RECORD_BYTES_MAX);
    ssize_t written;
    bool done = true;
    size_t i;

    if (file < 0)
        return true;
    put_time(&out);
    for (i = 0; i < count; i++)
        if (fields[i].text != NULL)
            put_json(&out, &fields[i]);
    buffer_text(&out, "}\n");
    errno = ENOMEM;
    written = out.failed ? -1 : write(file, out.data, out.len);
    if (written != (ssize_t)out.len) {
        struct stat st;

        if (written >= 0)
            errno = ENOSPC;
        if (written > 0 && fstat(file, &st) == 0)
            (void)!ftruncate(file, st.st_size - written);
        done = false;
    }
    buffer_free(&out);
    return done;
}
