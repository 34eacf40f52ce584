/* SPDX-License-Identifier: BSD-2-Clause */
/* The arguments of the module's line, mistakes told to the log. */
#ifndef PAM_HTTPAUTH_ARGS_H
#define PAM_HTTPAUTH_ARGS_H

#include <security/pam_modules.h>

#include "helper/wire/arguments.h"

/*
 * One log line per mistake.  False after any mistake; what was understood, and
 * the defaults, are in `args` even then.  The strings belong to libpam and live
 * as long as the call.
 */
bool pha_args_read(pam_handle_t *, int argc, const char **argv,
                   struct args *args);

#endif
