/* SPDX-License-Identifier: BSD-2-Clause */
/* A login that is confirmed in a browser (RFC 8628), for people without a
 * token on their client. */
#ifndef PAM_HTTPAUTH_DEVICE_H
#define PAM_HTTPAUTH_DEVICE_H

#include <security/pam_modules.h>
#include <stdbool.h>

#include "pam_httpauth/args.h"
#include "pam_httpauth/helper.h"
#include "pam_httpauth/user.h"

enum device_end {
    DEVICE_NOT_OFFERED, /* nothing was shown */
    DEVICE_DECIDED,     /* the result says how; accepted: whose login it is */
    DEVICE_LEFT         /* the conversation failed */
};

/*
 * Shows where to confirm it and waits, in turns of a prompt and a question,
 * until it is decided or its time is over.  `user` NULL: whom the token names;
 * also for who is not served, so that everybody sees the same.
 */
enum device_end pha_device(pam_handle_t *, const struct args *,
                           const char *user, struct result *);

#endif
