/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/sandbox.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "helper/base/log.h"
#include "helper/daemon/syscalls.h"

bool
sandbox_user_ok(void)
{
    uid_t real = 0, effective = 0, saved = 0;

    if (getresuid(&real, &effective, &saved) == 0 && real != 0 &&
        effective != 0 && saved != 0)
        return true;
    fputs("httpauthd: will not run as root: it needs no privilege, and what "
          "it reads comes from strangers.\n"
          "Start it as its own user: systemctl start httpauthd.socket "
          "httpauthd-control.socket,\n"
          "or: setpriv --reuid=httpauthd --regid=httpauthd --init-groups "
          "httpauthd\n",
          stderr);
    return false;
}

/* glibc has no wrapper for these two, and libcap would be one more library
 * for two calls. */
static bool
capabilities(long call, struct __user_cap_data_struct sets[2])
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};

    return syscall(call, &header, sets) == 0;
}

static bool
drop_capabilities(void)
{
    struct __user_cap_data_struct sets[2];

    /* Kernels before 4.3 have no ambient set. */
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 &&
        errno != EINVAL)
        return false;
    /* Where a supervisor's filter forbids even this, there must be nothing
     * left to give up. */
    memset(sets, 0, sizeof(sets));
    if (!capabilities(SYS_capset, sets) && errno != EPERM)
        return false;
    memset(sets, 0xff, sizeof(sets));
    if (!capabilities(SYS_capget, sets))
        return false;
    for (int i = 0; i < 2; i++) {
        if ((sets[i].effective | sets[i].permitted | sets[i].inheritable) != 0)
            return false;
    }
    return true;
}

static bool
forbid_core(void)
{
    const struct rlimit none = {0, 0};
    struct rlimit now = {1, 1};

    if (setrlimit(RLIMIT_CORE, &none) != 0 && errno != EPERM)
        return false;
    if (getrlimit(RLIMIT_CORE, &now) != 0 || now.rlim_max != 0)
        return false;
#ifndef WITHOUT_SECCOMP
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
        prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        return false;
#endif
    return true;
}

static bool
forbid_new_privileges(void)
{
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

/* The proof of the pudding; before the filter, which kills for trying. */
static bool
cannot_be_root(void)
{
    return setresuid(0, 0, 0) != 0 && setuid(0) != 0 && getuid() != 0 &&
           geteuid() != 0;
}

bool
sandbox_enter(void)
{
    static const struct {
        const char *what;
        bool (*take)(void);
    } step[] = {
        {"give up capabilities", drop_capabilities},
        {"forbid core files", forbid_core},
        {"forbid new privileges", forbid_new_privileges},
        {"make sure that root is out of reach", cannot_be_root},
        {"filter system calls", syscalls_filter},
    };

    for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
        errno = 0;
        if (!step[i].take()) {
            log_error("cannot %s: %s", step[i].what, strerror(errno));
            return false;
        }
    }
    return true;
}
