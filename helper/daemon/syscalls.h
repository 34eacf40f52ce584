/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter of system calls: an allow-list that carries libuv, libcurl with
 * threaded name resolution, NSS and syslog.  A call on the list of those that
 * only an intruder makes kills the process; every other answers ENOSYS, with
 * which libraries cope (and which makes glibc fall back from clone3 to clone,
 * whose flags can be looked at).
 */
#ifndef HELPER_DAEMON_SYSCALLS_H
#define HELPER_DAEMON_SYSCALLS_H

#include <stdbool.h>

/* Installs it for all threads; true at once in a build WITHOUT_SECCOMP. */
bool syscalls_filter(void);

#endif
