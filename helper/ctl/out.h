/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tool says: answers on stdout, complaints on stderr. */
#ifndef HELPER_CTL_OUT_H
#define HELPER_CTL_OUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "helper/base/span.h"

#define OUT_COLUMNS 80

/* Names the command ("token mint") for out_usage(). */
void out_command(const char *words);

/* "httpauthctl: text" on stderr; control characters cannot pass. */
void out_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A wrong command line, and where to read on; returns CTL_USAGE. */
int out_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Warns where this host has no account of that name: it may be mistyped. */
void out_stranger(const char *user);

/*
 * Text from elsewhere, fit for a terminal: printable ASCII as it is (so that
 * what a trace has escaped is not escaped again), anything else escaped.
 * Terminates and returns `out`.
 */
char *out_safe(struct span, char *out, size_t size);

/* The string member `name` of an object made safe, or `otherwise`. */
char *out_member(const json_t *object, const char *name, const char *otherwise,
                 char *out, size_t size);

/* Text that may hold several lines, each made safe, to stderr. */
void out_lines(struct span lines);

/* Prints `text` from column `column` on, broken at blanks before the 80th
 * column (words that no line holds are cut), further lines beginning at
 * `column` too; ends the line. */
void out_wrapped(size_t column, const char *text);

/* One JSON value on one line, ASCII only. */
void out_json(const json_t *);

/* Writes a secret past stdio, whose buffers nobody erases. */
bool out_secret(struct span);

/* Was everything written?  Complains otherwise. */
bool out_finish(void);

#endif
