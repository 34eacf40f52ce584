/* SPDX-License-Identifier: BSD-2-Clause */
/* One line to the person, on standard error, behind the program's name. */
#ifndef HELPER_CLIENT_SAY_H
#define HELPER_CLIENT_SAY_H

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
