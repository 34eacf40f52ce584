/* SPDX-License-Identifier: BSD-2-Clause */
/* What the commands of httpauth-token share. */
#ifndef HELPER_CLIENT_TOKEN_H
#define HELPER_CLIENT_TOKEN_H

#include "helper/base/reason.h"

/* Exit statuses. */
enum { TOKEN_DONE, TOKEN_REFUSED, TOKEN_USAGE, TOKEN_UNKNOWN };

/* Where nobody says otherwise. */
#define TOKEN_CLIENT_ID "httpauth-token"
#define TOKEN_SCOPE "openid offline_access"

int token_status(enum reason);

/* `login ISSUER [OPTION ...]`, the word itself first.  TOKEN_USAGE: perhaps
 * told what is wrong. */
int token_login(int argc, char **argv);

#endif
