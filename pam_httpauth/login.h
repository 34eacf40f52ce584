/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How the later phases know that this login was ours.
 *
 * sshd authenticates in one process and opens the session in another; only
 * the PAM environment travels between them.  So an accepted login leaves
 * HTTPAUTH_LOGIN=<32 hex digits>:<end>:<user> there: the helper's one-use id,
 * the end of the token in seconds since 1970, and the user that was accepted.
 * open_session takes it out again, before the user's programs could see it, and
 * keeps it as PAM data for the setcred and close_session that follow in that
 * process.
 *
 * The id is a claim, not a proof: whatever matters is asked of the helper,
 * which compares it with the user.
 */
#ifndef PAM_HTTPAUTH_LOGIN_H
#define PAM_HTTPAUTH_LOGIN_H

#include <security/pam_modules.h>
#include <stdbool.h>
#include <stdint.h>

#include "helper/base/limits.h"
#include "helper/wire/wire.h"

struct login_mark {
    uint8_t id[WIRE_LOGIN_LEN];
    int64_t ends; /* wall clock, seconds */
    char user[LIMIT_USER + 1];
};

enum login_found {
    LOGIN_ABSENT,
    LOGIN_OURS,
    LOGIN_MALFORMED /* there is something, and not from us */
};

/* After acceptance; false without memory. */
bool pha_login_leave(pam_handle_t *, const uint8_t id[WIRE_LOGIN_LEN],
                     int64_t ends, const char *user);

/* end_with_token: tells pam_systemd(8), by the PAM data that it looks at, that
 * the session ends with the token.  False without memory. */
bool pha_login_limit(pam_handle_t *, const struct login_mark *);

/* From the environment alone; `mark` is filled for LOGIN_OURS. */
enum login_found pha_login_look(pam_handle_t *, struct login_mark *mark);

/* From the environment or, behind open_session, from PAM data alone: by then
 * pam_env may have read a file of the user's into the environment. */
bool pha_login_find(pam_handle_t *, struct login_mark *mark);

/* Takes it out of the environment, into PAM data: also that it was not ours.
 * False without memory. */
bool pha_login_move(pam_handle_t *);

/* Takes it out of the environment and of PAM data. */
void pha_login_drop(pam_handle_t *);

#endif
