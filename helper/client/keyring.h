/* SPDX-License-Identifier: BSD-2-Clause */
/* The keyring of the desktop session (Secret Service, by libsecret), where
 * this was built with it. */
#ifndef HELPER_CLIENT_KEYRING_H
#define HELPER_CLIENT_KEYRING_H

#include <stdbool.h>

#include "helper/base/buffer.h"

bool keyring_is_built_in(void);

/* What is kept there for an issuer: one text.  Each false: told why. */
bool keyring_put(const char *issuer, const char *text);
bool keyring_get(const char *issuer, struct buffer *text);
bool keyring_remove(const char *issuer);

#endif
