/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings for people: what is well in one line each, what is worst last,
 * where the eye is. */
#ifndef HELPER_CTL_DOCTOR_PRINT_H
#define HELPER_CTL_DOCTOR_PRINT_H

#include <jansson.h>

void doctor_print(const json_t *findings);

/* How many have that severity. */
size_t doctor_count(const json_t *findings, const char *severity);

#endif
