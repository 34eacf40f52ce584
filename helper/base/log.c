/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Linked into the programs only, never into the module, which shares its
 * process with others and logs through pam_syslog(3).
 */
#include "helper/base/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/base/flood.h"

#define LINE_MAX_BYTES 1024 /* prefix and newline included */
#define WRITE_WAIT_MS 1000  /* for a stderr that is full and non-blocking */

/* Set by log_open() before there are threads, read-only afterwards. */
static char program_name[32];
static enum log_target target = LOG_TO_STDERR;
static enum log_level most_level = LOG_LEVEL_WARNING;

/* Pool threads report about keys while the loop reports about callers. */
static pthread_mutex_t flood_lock = PTHREAD_MUTEX_INITIALIZER;
static struct flood flood;

void
log_open(const char *program, enum log_target where, enum log_level most)
{
    (void)snprintf(program_name, sizeof(program_name), "%s", program);
    target = where;
    most_level = most;
    if (where == LOG_TO_JOURNAL)
        (void)record_open_journal(RECORD_JOURNAL);
    /* Connected at once: later the sandbox may be in the way. */
    if (where == LOG_TO_SYSLOG)
        openlog(program_name, LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
}

/* The last wall: callers escape foreign text, but nothing may begin a second
 * line or speak to a terminal if one forgot. */
static void
mask_control(char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
            text[i] = '?';
}

/* One write per line, so that lines of threads and processes that share
 * stderr stay whole. */
static void
write_line(const char *line, size_t len)
{
    while (len > 0) {
        struct pollfd room = {.fd = STDERR_FILENO, .events = POLLOUT};
        ssize_t n = write(STDERR_FILENO, line, len);

        if (n > 0) {
            line += n;
            len -= (size_t)n;
        } else if (n < 0 && errno == EINTR) {
            continue;
        } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            if (poll(&room, 1, WRITE_WAIT_MS) <= 0)
                return;
        } else {
            return;
        }
    }
}

struct line {
    char text[LINE_MAX_BYTES + 1]; /* NUL-terminated */
    size_t start, len;             /* the prefix ends at start */
};

/* What does not fit is cut, and seen to be; a newline always fits. */
static void
line_add(struct line *line, const char *text)
{
    size_t len = strlen(text), room = LINE_MAX_BYTES - 1 - line->len;
    bool cut = len > room;
    char *to = line->text + line->len;

    if (cut)
        len = room;
    memcpy(to, text, len);
    mask_control(to, len);
    to[len] = '\0';
    line->len += len;
    if (cut)
        memcpy(to + len - 3, "...", 3);
}

static void
line_begin(struct line *line, int level)
{
    char digit[2] = {(char)('0' + level), '\0'};

    line->len = 0;
    if (target == LOG_TO_JOURNAL) {
        line_add(line, "<");
        line_add(line, digit);
        line_add(line, ">");
    } else if (target == LOG_TO_STDERR && program_name[0] != '\0') {
        line_add(line, program_name);
        line_add(line, ": ");
    }
    line->start = line->len;
}

static void
line_end(struct line *line, int level)
{
    if (target == LOG_TO_SYSLOG) {
        syslog(level, "%s", line->text);
    } else {
        line->text[line->len] = '\n';
        write_line(line->text, line->len + 1);
    }
}

__attribute__((format(printf, 2, 0))) static void
emit(int level, const char *format, va_list args)
{
    char text[LINE_MAX_BYTES + 1];
    struct line line;

    line_begin(&line, level);
    line_add(&line, vsnprintf(text, sizeof(text), format, args) >= 0
                        ? text
                        : "(a line that cannot be printed)");
    line_end(&line, level);
}

__attribute__((format(printf, 2, 3))) static void
emit_text(int level, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    emit(level, format, args);
    va_end(args);
}

/* Tells what was held back.  Any later line brings it out, whatever its
 * kind: the flood itself may be over. */
static void
emit_suppressed(int64_t now_ms)
{
    const char *format = NULL;
    unsigned count;
    int level = 0;

    for (;;) {
        pthread_mutex_lock(&flood_lock);
        count = flood_ended(&flood, now_ms, &format, &level);
        pthread_mutex_unlock(&flood_lock);
        if (count == 0)
            return;
        emit_text(level, "%u more like this suppressed: %s", count, format);
    }
}

/* Only the two levels that a stranger can provoke at will are limited. */
static bool
is_admitted(int level, const char *format, int64_t now_ms)
{
    bool admitted;

    if (level > LOG_LEVEL_WARNING)
        return true;
    pthread_mutex_lock(&flood_lock);
    admitted = flood_admits(&flood, format, level, now_ms);
    pthread_mutex_unlock(&flood_lock);
    return admitted;
}

__attribute__((format(printf, 2, 0))) static void
log_line(int level, const char *format, va_list args)
{
    int saved = errno;
    int64_t now_ms;

    if (level > (int)most_level)
        return;
    now_ms = clock_boot_ms();
    emit_suppressed(now_ms);
    if (is_admitted(level, format, now_ms)) {
        errno = saved; /* for %m */
        emit(level, format, args);
    }
    errno = saved;
}

void
log_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_line(LOG_LEVEL_ERROR, format, args);
    va_end(args);
}

void
log_warning(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_line(LOG_LEVEL_WARNING, format, args);
    va_end(args);
}

void
log_notice(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_line(LOG_LEVEL_NOTICE, format, args);
    va_end(args);
}

void
log_info(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_line(LOG_LEVEL_INFO, format, args);
    va_end(args);
}

void
log_debug(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    log_line(LOG_LEVEL_DEBUG, format, args);
    va_end(args);
}

void
log_decision(const char *format, ...)
{
    int saved = errno;
    va_list args;

    emit_suppressed(clock_boot_ms());
    errno = saved;
    va_start(args, format);
    emit(LOG_LEVEL_INFO, format, args);
    va_end(args);
    errno = saved;
}

/* A file that cannot be written is told, but costs no decision its line. */
static void
to_file(const struct record_field *fields, size_t count)
{
    if (!record_to_file(fields, count))
        log_error("a decision is not in audit_file: %s", strerror(errno));
}

void
log_record(const char *what, const struct record_field *fields, size_t count)
{
    int saved = errno;
    struct line line;

    emit_suppressed(clock_boot_ms());
    line_begin(&line, LOG_LEVEL_INFO);
    line_add(&line, what);
    for (size_t i = 0; i < count; i++) {
        const char *quote = fields[i].kind == RECORD_TEXT ? "\"" : "";

        if (fields[i].text == NULL)
            continue;
        line_add(&line, " ");
        line_add(&line, fields[i].name);
        line_add(&line, "=");
        line_add(&line, quote);
        line_add(&line, fields[i].text);
        line_add(&line, quote);
    }
    if (target != LOG_TO_JOURNAL ||
        !record_to_journal(LOG_LEVEL_INFO, program_name, line.text + line.start,
                           fields, count))
        line_end(&line, LOG_LEVEL_INFO);
    to_file(fields, count);
    errno = saved;
}
