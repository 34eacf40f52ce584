/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper holds no privilege (rule 7 of SECURITY.md).  What the unit takes
 * away is taken away here once more, for those who start it otherwise, and
 * each loss is verified.
 */
#ifndef HELPER_DAEMON_SANDBOX_H
#define HELPER_DAEMON_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

/* False for root in any of the three uids; says on stderr what to do. */
bool sandbox_user_ok(void);

/*
 * Clears and checks the capability sets, no_new_privs, dumpable and core
 * size, tries to become root (which must fail) and installs the filter of
 * system calls.  False with a logged reason: do not go on.
 *
 * A build with WITHOUT_SECCOMP leaves out the filter and stays dumpable: the
 * leak checker of the sanitizers traces its own process.
 */
bool sandbox_enter(void);

#endif
