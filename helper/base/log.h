/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the administrator reads.  One line per call, errno kept, never a
 * credential; foreign text goes through text_escape() first.  Without
 * log_open() everything from warning upwards goes to stderr.
 */
#ifndef HELPER_BASE_LOG_H
#define HELPER_BASE_LOG_H

#include <stdbool.h>

#include "helper/base/record.h"

/* syslog's numbers, so that a line may carry "<6>" for the journal. */
enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_NOTICE = 5,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7
};

enum log_target {
    LOG_TO_STDERR,  /* plain lines */
    LOG_TO_JOURNAL, /* stderr with "<N>" in front (sd-daemon(3)) */
    LOG_TO_SYSLOG   /* LOG_AUTHPRIV */
};

void log_open(const char *program, enum log_target, enum log_level most);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A decision: never limited, never dropped by level (rule 5). */
void log_decision(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* The same with its fields: "WHAT name=text name=\"text\" ...".  Where the
 * journal takes them it gets the line together with its fields, and the file of
 * records, if there is one, gets them too. */
void log_record(const char *what, const struct record_field *, size_t count);

#endif
