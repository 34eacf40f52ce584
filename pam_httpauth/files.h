/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of a session, in its user's runtime directory ($XDG_RUNTIME_DIR,
 * which pam_systemd(8) makes): the token as bt_u<uid>, where WLCG Bearer Token
 * Discovery looks for it, and other secrets as httpauth_<name>.  They are
 * written and removed as the user, so that nothing he may put there, links
 * and full disks included, can do more than cost him his files.
 */
#ifndef PAM_HTTPAUTH_FILES_H
#define PAM_HTTPAUTH_FILES_H

#include <security/pam_modules.h>
#include <stdbool.h>

#include "helper/wire/wire.h"

/*
 * Each is new, mode 0600, and takes the place of what stood there.  What was
 * written is kept in PAM data, which also removes it with the handle when the
 * session never opened; BEARER_TOKEN_FILE is set to the token's path.  What
 * cannot be written is said in the log.  False: this process is not root any
 * more, and its session must not go on.
 */
bool pha_files_write(pam_handle_t *, const char *user,
                     const struct wire_files *);

/* Those that are still the ones that were written go. */
void pha_files_remove(pam_handle_t *);

#endif
