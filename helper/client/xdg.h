/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the programs for people keep their files (XDG Base Directory). */
#ifndef HELPER_CLIENT_XDG_H
#define HELPER_CLIENT_XDG_H

#include <stdbool.h>

#include "helper/base/buffer.h"

/*
 * Appends $VARIABLE/httpauth, where that is an absolute path, else
 * $HOME/OTHERWISE/httpauth, without a home that of the password database.
 * With `create` the folders that are not there are made, 0700.  False: told
 * why.
 */
bool xdg_path(const char *variable, const char *otherwise, bool create,
              struct buffer *path);

#endif
