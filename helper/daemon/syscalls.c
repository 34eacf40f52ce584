/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/syscalls.h"

#ifdef WITHOUT_SECCOMP

bool
syscalls_filter(void)
{
    return true;
}

#else

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

/* By name: those that a machine does not have are passed over. */
static const char *const allowed[] = {
    /* Memory. */
    "brk", "mmap", "mmap2", "munmap", "mremap", "mprotect", "madvise",
    /* The loop, its timers and its threads. */
    "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
    "eventfd2", "pipe2", "poll", "ppoll", "ppoll_time64", "select", "pselect6",
    "futex", "futex_time64", "set_robust_list", "rseq", "sched_yield",
    "sched_getaffinity", "membarrier", "restart_syscall", "exit", "exit_group",
    "clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64",
    "clock_nanosleep", "clock_nanosleep_time64", "nanosleep", "gettimeofday",
    "time", "getrandom", "getcpu",
    /* Signals: ours, and what abort() needs. */
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    "sigreturn", "tgkill",
    /* Who and what we are. */
    "getpid", "getppid", "gettid", "getuid", "geteuid", "getgid", "getegid",
    "getresuid", "getresgid", "getuid32", "geteuid32", "getgid32", "getegid32",
    "uname", "sysinfo", "getrusage", "getrlimit", "ugetrlimit", "prlimit64",
    /* Files: configuration, keys, pins, users.map, NSS. */
    "open", "openat", "close", "read", "pread64", "readv", "write", "writev",
    "pwrite64", "lseek", "_llseek", "stat", "stat64", "fstat", "fstat64",
    "lstat", "lstat64", "newfstatat", "fstatat64", "statx", "access",
    "faccessat", "faccessat2", "readlink", "readlinkat", "getdents64", "getcwd",
    "fcntl", "fcntl64", "dup", "dup2", "dup3", "fsync", "fdatasync",
    "ftruncate", "ftruncate64", "fchmod", "utimensat", "flock", "rename",
    "renameat", "renameat2", "mkdir", "mkdirat", "unlink", "unlinkat", "umask",
    "fstatfs", "fstatfs64", "statfs", "statfs64",
    /* Sockets, but for socket() itself. */
    "connect", "accept", "accept4", "bind", "listen", "shutdown", "socketpair",
    "getsockname", "getpeername", "getsockopt", "setsockopt", "sendto",
    "sendmsg", "sendmmsg", "recvfrom", "recvmsg", "recvmmsg",
    "recvmmsg_time64"};

static const char *const deadly[] = {
    "execve", "execveat", "fork", "vfork", "ptrace", "process_vm_readv",
    "process_vm_writev", "pidfd_getfd", "kcmp",
    /* Another view of the machine. */
    "mount", "umount", "umount2", "move_mount", "open_tree", "fsopen",
    "fsconfig", "fsmount", "fspick", "mount_setattr", "pivot_root", "chroot",
    "setns", "unshare", "open_by_handle_at",
    /* The kernel. */
    "bpf", "perf_event_open", "userfaultfd", "init_module", "finit_module",
    "delete_module", "create_module", "kexec_load", "kexec_file_load", "reboot",
    "swapon", "swapoff", "iopl", "ioperm", "modify_ldt", "syslog", "acct",
    "quotactl", "vhangup", "sethostname", "setdomainname", "settimeofday",
    "clock_settime", "clock_settime64", "adjtimex", "clock_adjtime",
    "clock_adjtime64", "stime",
    /* Another identity. */
    "setuid", "setuid32", "setgid", "setgid32", "setreuid", "setreuid32",
    "setregid", "setregid32", "setresuid", "setresuid32", "setresgid",
    "setresgid32", "setfsuid", "setfsuid32", "setfsgid", "setfsgid32",
    "setgroups", "setgroups32", "capset"};

/* No AF_NETLINK, AF_PACKET, AF_ALG ...: getaddrinfo() copes. */
static const int families[] = {AF_UNIX, AF_INET, AF_INET6};

/* Non-blocking, bytes waiting, close-on-exec, and isatty() of stdio. */
static const unsigned long requests[] = {FIONBIO, FIONREAD, FIOCLEX, TCGETS};

static bool
add_list(scmp_filter_ctx filter, uint32_t action, const char *const *name,
         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int call = seccomp_syscall_resolve_name(name[i]);

        if (call != __NR_SCMP_ERROR && call >= 0 &&
            seccomp_rule_add(filter, action, call, 0) != 0)
            return false;
    }
    return true;
}

/* Calls that are harmless with certain arguments only. */
static bool
add_conditions(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                             SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)families[i])) !=
            0)
            return false;
    }
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                             SCMP_A1(SCMP_CMP_EQ, requests[i])) != 0)
            return false;
    }
    /* Threads, not processes; and their names. */
    return seccomp_rule_add(
               filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
               SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
                            SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME)) == 0;
}

bool
syscalls_filter(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    bool done = false;
    int result;

    if (filter == NULL)
        return false;
    /* A call of another architecture (the 32-bit table) kills by default.
     * 2: the filter becomes a tree. */
    if (seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) != 0 ||
        seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0 ||
        !add_list(filter, SCMP_ACT_KILL_PROCESS, deadly,
                  sizeof(deadly) / sizeof(deadly[0])) ||
        !add_list(filter, SCMP_ACT_ALLOW, allowed,
                  sizeof(allowed) / sizeof(allowed[0])) ||
        !add_conditions(filter))
        goto done;
    result = seccomp_load(filter);
    errno = -result;
    done = result == 0;
done:
    seccomp_release(filter);
    return done;
}

#endif
