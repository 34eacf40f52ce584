/* SPDX-License-Identifier: BSD-2-Clause */
/* What `httpauthctl app-password` prints, for its own files and tests. */
#ifndef HELPER_CTL_APP_PASSWORD_H
#define HELPER_CTL_APP_PASSWORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define APP_PASSWORD_ORDER_MAX 1024 /* bytes of JSON; see wire/PROTOCOL */

/* Root, or whoever runs this; NULL (told) when he has no name.  Valid until
 * the next call. */
const char *app_password_self(void);
bool app_password_is_root(void);

/* The answer to WIRE_OP_APP_PASSWORD_LIST at 80 columns. */
void app_password_print_list(const json_t *answer, int64_t now);
/* ... to WIRE_OP_APP_PASSWORD_SHOW. */
void app_password_print(const json_t *key);
/* The sheet around a new one; the password itself goes by out_secret(). */
bool app_password_print_new(const json_t *answer, const char *user,
                            const char *name);

#endif
