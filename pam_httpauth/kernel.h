/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel says of the login that this process is part of. */
#ifndef PAM_HTTPAUTH_KERNEL_H
#define PAM_HTTPAUTH_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

struct kernel_login {
    uint32_t audit_session; /* WIRE_UNSET: none */
    uint32_t login_uid;     /* likewise */
};

/* Both are set once, by pam_loginuid, and only root could change them.
 * Without audit in the kernel neither is there. */
struct kernel_login pha_kernel_login(void);
bool pha_kernel_login_is_set(const struct kernel_login *);

#endif
