/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the token comes from: a command, else WLCG Bearer Token Discovery
 * with a variable of our own in front.
 */
#ifndef HELPER_CLIENT_SOURCE_H
#define HELPER_CLIENT_SOURCE_H

#include <stdbool.h>

#include "helper/base/buffer.h"

#define SOURCE_COMMAND_MS 30000

/*
 * `command` is a list that ends in NULL; an empty one asks the environment:
 * $HTTPAUTH_TOKEN, $BEARER_TOKEN, the file $BEARER_TOKEN_FILE,
 * $XDG_RUNTIME_DIR/bt_u<uid>, /tmp/bt_u<uid>.  A file must be ours and nobody
 * else's, and no link.  The token is visible ASCII without blanks around it;
 * it is appended to `token`, an empty buffer for LIMIT_CREDENTIAL bytes and
 * some.  `where` is set to the name of the variable or file, good until the
 * next call, NULL with a command.  False: told why.
 */
bool source_token(char *const command[], struct buffer *token,
                  const char **where);

/* Does the environment have one? */
bool source_is_there(void);

#endif
