/* SPDX-License-Identifier: BSD-2-Clause */
/* The doctor on what lies in the file system: the helper's user, sockets, and
 * the module itself. */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "helper/ctl/doctor.h"
#include "helper/ctl/keydir.h"
#include "helper/wire/wire.h"

#define OURS "pam_httpauth.so"
#define LIBPAMS "pam_permit.so" /* where this is, libpam looks */
#define PATH_BYTES 4096

static const char *const module_folders[] = {
    "/usr/lib/x86_64-linux-gnu/security",
    "/usr/lib/aarch64-linux-gnu/security",
    "/usr/lib/arm-linux-gnueabihf/security",
    "/usr/lib/i386-linux-gnu/security",
    "/usr/lib/riscv64-linux-gnu/security",
    "/usr/lib/powerpc64le-linux-gnu/security",
    "/usr/lib/s390x-linux-gnu/security",
    "/usr/lib64/security",
    "/usr/lib/security",
    "/lib64/security",
    "/lib/security",
};
#define FOLDERS (sizeof(module_folders) / sizeof(module_folders[0]))

static const char *
helper_user(const struct doctor *d)
{
    return d->stacks > 0 ? d->stack[0].args.helper_user : "httpauthd";
}

static void
find_user(struct doctor *d)
{
    const struct passwd *entry = getpwnam(helper_user(d));
    json_t *finding;

    if (entry != NULL) {
        d->helper_known = true;
        d->helper_uid = entry->pw_uid;
        d->helper_gid = entry->pw_gid;
        return;
    }
    finding = doctor_find(d, DOCTOR_FAULT, "helper-user",
                          "There is no user %s.", helper_user(d));
    doctor_why(finding, "The helper cannot run without its own user, and the "
                        "module believes nobody else but root.");
    doctor_cure(finding, CURE_RUN, "systemd-sysusers httpauthd.conf");
}

static bool
is_trusted(const struct doctor *d, uid_t uid)
{
    return uid == 0 || (d->helper_known && uid == d->helper_uid);
}

/* --- sockets --- */

/* Whoever may write there can put a socket of his own in place. */
static void
judge_folder(struct doctor *d, const char *socket)
{
    const char *slash = strrchr(socket, '/');
    char folder[PATH_BYTES];
    struct stat st;
    json_t *finding;

    if (slash == NULL || slash == socket)
        return;
    snprintf(folder, sizeof(folder), "%.*s", (int)(slash - socket), socket);
    if (stat(folder, &st) != 0 ||
        (is_trusted(d, st.st_uid) && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0))
        return;
    finding =
        doctor_find(d, DOCTOR_FAULT, "socket-folder",
                    "Others than root can replace the sockets in %s.", folder);
    doctor_why(finding, "Its owner or mode lets them; whoever answers there "
                        "is shown every credential.");
    doctor_cure(finding, CURE_RUN, "chown root: %s\nchmod 755 %s", folder,
                folder);
}

static int
connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = 2};
    int fd, saved;

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    saved = errno;
    close(fd);
    errno = saved;
    return -1;
}

static void
tell_dead(struct doctor *d, const char *path, const char *why)
{
    json_t *finding = doctor_find(d, DOCTOR_FAULT, "socket-dead",
                                  "Nobody listens on %s: %s.", path, why);

    doctor_why(finding, "Every login by a credential of ours is "
                        "\"unavailable\".");
    doctor_cure(finding, CURE_RUN,
                "systemctl enable --now httpauthd.socket\nsystemctl enable "
                "--now httpauthd-control.socket");
}

/* Who listens is asked of the kernel, as the module does. */
static void
judge_peer(struct doctor *d, const char *path)
{
    struct ucred peer = {.pid = 0};
    socklen_t len = sizeof(peer);
    int fd = connect_to(path);
    json_t *finding;

    if (fd < 0) {
        if (errno != EACCES)
            tell_dead(d, path, strerror(errno));
        return;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
        !is_trusted(d, peer.uid)) {
        finding = doctor_find(d, DOCTOR_FAULT, "socket-foreign",
                              "%s is served by uid %u, who is neither root nor "
                              "%s.",
                              path, (unsigned)peer.uid, helper_user(d));
        doctor_why(finding, "The module tells him nothing, so nobody can log "
                            "in; and somebody tried to collect credentials.");
        doctor_cure(
            finding, CURE_RUN,
            "ps -o pid,user,args -p %ld\nsystemctl restart httpauthd.socket",
            (long)peer.pid);
    }
    close(fd);
}

static void
judge_socket(struct doctor *d, const char *path)
{
    json_t *finding;
    struct stat st;

    if (lstat(path, &st) != 0) {
        tell_dead(d, path, strerror(errno));
        return;
    }
    if (!S_ISSOCK(st.st_mode)) {
        tell_dead(d, path, "it is no socket");
        return;
    }
    if ((st.st_mode & 0666) != 0666) {
        finding =
            doctor_find(d, DOCTOR_WARNING, "socket-mode", "%s has mode %04o.",
                        path, (unsigned)(st.st_mode & 07777));
        doctor_why(finding, "Programs that are not root (screen lockers, "
                            "nginx, PostgreSQL) cannot ask.  Who may ask about "
                            "whom is not decided by this mode.");
        doctor_cure(finding, CURE_RUN, "chmod 666 %s", path);
    }
    judge_peer(d, path);
}

static void
judge_sockets(struct doctor *d)
{
    struct list seen = {NULL, 0};

    if (d->stacks == 0)
        list_add(&seen, span_of(WIRE_PAM_SOCKET));
    for (size_t i = 0; i < d->stacks; i++)
        if (!list_has(&seen, span_of(d->stack[i].args.socket)))
            list_add(&seen, span_of(d->stack[i].args.socket));
    for (size_t i = 0; i < seen.count; i++) {
        judge_folder(d, seen.item[i]);
        judge_socket(d, seen.item[i]);
    }
    list_clear(&seen);
}

/* --- the module --- */

static const char *
libpams_folder(void)
{
    char path[PATH_BYTES];

    for (size_t i = 0; i < FOLDERS; i++) {
        snprintf(path, sizeof(path), "%s/" LIBPAMS, module_folders[i]);
        if (access(path, F_OK) == 0)
            return module_folders[i];
    }
    return NULL;
}

/* Installed, but where libpam does not look; NULL: nowhere. */
static const char *
elsewhere(char path[PATH_BYTES])
{
    static const char *const more[] = {"/usr/local/lib/security",
                                       "/usr/local/lib64/security"};

    for (size_t i = 0; i < FOLDERS + 2; i++) {
        snprintf(path, PATH_BYTES, "%s/" OURS,
                 i < FOLDERS ? module_folders[i] : more[i - FOLDERS]);
        if (access(path, F_OK) == 0)
            return path;
    }
    return NULL;
}

static void
tell_missing(struct doctor *d, const char *path, const struct pamd_line *line)
{
    char other[PATH_BYTES];
    json_t *finding = doctor_find(d, DOCTOR_FAULT, "module-missing",
                                  "There is no module %s.", path);

    doctor_why(finding, "Every stack that calls it fails, or goes on as if it "
                        "had refused.");
    if (elsewhere(other) != NULL)
        doctor_cure(finding, CURE_RUN, "install -m 644 %s %s", other, path);
    else
        doctor_at(finding, line->file, line->number);
}

static void
judge_module(struct doctor *d, const char *path, const struct pamd_line *line)
{
    json_t *finding;
    struct stat st;

    if (stat(path, &st) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            tell_missing(d, path, line);
        return;
    }
    if (S_ISREG(st.st_mode) && st.st_uid == 0 &&
        (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return;
    finding = doctor_find(d, DOCTOR_FAULT, "module-writable",
                          "Others than root can change %s.", path);
    doctor_why(finding, "It runs inside sshd and sudo: whoever changes it is "
                        "root.");
    doctor_cure(finding, CURE_RUN, "chown root: %s\nchmod 644 %s", path, path);
}

static void
judge_modules(struct doctor *d)
{
    struct list seen = {NULL, 0};
    const char *folder = libpams_folder();
    char path[PATH_BYTES];

    for (size_t i = 0; i < d->stacks; i++) {
        const struct pamd *stack = &d->stack[i].stack;

        for (size_t k = 0; k < stack->count; k++) {
            const struct pamd_line *line = &stack->line[k];

            if (!pamd_is(line, OURS))
                continue;
            if (line->module[0] != '/' && folder == NULL)
                continue;
            snprintf(path, sizeof(path), "%s%s%s",
                     line->module[0] == '/' ? "" : folder,
                     line->module[0] == '/' ? "" : "/", line->module);
            if (list_has(&seen, span_of(path)) ||
                !list_add(&seen, span_of(path)))
                continue;
            judge_module(d, path, line);
        }
    }
    list_clear(&seen);
}

/* Whoever reads it can sign for everybody. */
static void
judge_local_key(struct doctor *d)
{
    static const char path[] = KEYDIR_STANDARD "/" KEYDIR_KEY;
    json_t *finding;
    struct stat st;

    if (lstat(path, &st) != 0 ||
        (S_ISREG(st.st_mode) && st.st_uid == 0 && (st.st_mode & 077) == 0))
        return;
    finding = doctor_find(d, DOCTOR_FAULT, "local-key",
                          "Others than root can read %s.", path);
    doctor_why(finding, "Whoever has it makes tokens for everybody.  A new one "
                        "takes its place; to rotate would take tokens of the "
                        "old one for another hour.");
    doctor_cure(finding, CURE_RUN,
                "rm %s %s\nhttpauthctl issuer init\nhttpauthctl flush", path,
                KEYDIR_STANDARD "/" KEYDIR_SET);
}

void
doctor_files(struct doctor *d)
{
    find_user(d);
    judge_local_key(d);
    judge_modules(d);
    judge_sockets(d);
}
