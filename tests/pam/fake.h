/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the program under the module pretends: its users, its system log, its
 * conversation.  The functions of libc that libpam and the module call for
 * the first two are defined anew in fake.c, so this must be linked into the
 * program itself, with -rdynamic.
 *
 * Users: alice 2001, bob 2002, carol 500, dave 70000, root and toor 0;
 * "ALICE" and "dave " answer as a directory that ignores case would, with
 * another spelling; httpauthd is whoever runs the test.
 */
#ifndef TESTS_PAM_FAKE_H
#define TESTS_PAM_FAKE_H

#include <security/pam_appl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define FAKE_FOREIGN_UID 64001

/* The uid of httpauthd. */
void fake_helper_uid(uid_t);

/* What stands in the failure line as logname: "starter", or "" where no
 * login session is recorded. */
const char *fake_logname(void);

/* The log: lines as "LEVEL text", oldest first. */
void fake_log_clear(void);
size_t fake_log_count(void);
const char *fake_log_line(size_t);

/* How many descriptors this process has open. */
size_t fake_open_files(void);

#endif
