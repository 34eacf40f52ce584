/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules that text from outside must pass, each in one place. */
#ifndef HELPER_BASE_TEXT_H
#define HELPER_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/base/span.h"

/*
 * A login name that we speak about: 1 to LIMIT_USER bytes of
 * A-Z a-z 0-9 . _ - @, not beginning with - or @, not only digits (getpwnam
 * of some programs takes those for a uid), not "." or "..".
 */
bool text_is_user(struct span);

/* A PAM service name: 1 to LIMIT_SERVICE bytes of A-Z a-z 0-9 . _ - */
bool text_is_service(struct span);

/* Any byte below 0x20, or 0x7f: never part of a credential or a name. */
bool text_has_control(struct span);

/* Printable ASCII without blanks (0x21 to 0x7e): what a credential that we
 * verify consists of (RFC 6750 section 2.1 and app passwords). */
bool text_is_visible(struct span);

/* Valid UTF-8 without overlong forms and surrogates (RFC 3629). */
bool text_is_utf8(struct span);

/* Does it repeat a secret, whole or a part of it (8 bytes in a row)?  Then it
 * must not be logged. */
bool text_repeats(struct span text, struct span secret);

/*
 * Foreign text made safe for one field of a log line or for a terminal:
 * printable ASCII but '"' and '\' stays, everything else becomes \xNN; what
 * does not fit ends in "...".  Always terminates `out`; returns `out`.
 */
char *text_escape(struct span, char *out, size_t size);

/*
 * A duration with a unit: "90s", "5m", "1h", "2d" (a bare number is refused).
 * False when malformed or over INT32_MAX seconds.
 */
bool text_duration(const char *text, int64_t *seconds);

/* Writes the shortest exact form, "5m" for 300; returns `out`. */
char *text_duration_print(int64_t seconds, char *out, size_t size);

/* For people: "3 minutes", "1 hour", "12 seconds"; returns `out`. */
char *text_age(int64_t seconds, char *out, size_t size);

/* Cuts the first word off `rest`, which any of `blanks` end; false, and both
 * are empty, when there is none. */
bool text_cut(struct span *rest, const char *blanks, struct span *word);

/* A decimal number without sign, blanks or leading zeros. */
bool text_number(const char *text, int64_t max, int64_t *value);

#endif
