/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_httpauth/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "helper/base/write.h"

#define DATA "pam_httpauth_files"
#define NAME_MAX_LEN (sizeof("httpauth_") + WIRE_FILE_NAME_MAX)

struct written {
    char name[NAME_MAX_LEN];
    dev_t device;
    ino_t inode;
};

/* What a session has got; kept from its opening to its end. */
struct files {
    char dir[PATH_MAX];
    char user[LIMIT_USER + 1];
    uid_t uid;
    gid_t gid;
    pid_t pid; /* whose they are to remove: a child has a copy of this */
    size_t count;
    struct written written[WIRE_FILES_MAX];
};

/* --- the user's runtime directory --- */

/* A descriptor of it, or -1 with errno: it must be the user's alone. */
static int
open_dir(const char *path, uid_t uid)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return -1;
    if (fstat(fd, &info) == 0 && info.st_uid == uid &&
        (info.st_mode & 077) == 0)
        return fd;
    (void)close(fd);
    errno = EPERM;
    return -1;
}

/* --- one file --- */

/* A limit of the session on the size of its files would end our host by a
 * signal. */
static bool
fits_limit(size_t len)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < len) {
        errno = EFBIG;
        return false;
    }
    return true;
}

/* Under a name of its own first, so that nobody reads half of it and nothing
 * that stands there is followed or written to. */
static bool
write_file(int dir, const char *name, struct span content,
           struct written *written)
{
    char new[NAME_MAX_LEN + 24];
    uint64_t random;
    struct stat info;
    int fd, error;

    if (!fits_limit(content.len) ||
        getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
        return false;
    (void)snprintf(new, sizeof(new), ".%s.%016llx", name,
                   (unsigned long long)random);
    fd = openat(dir, new, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                0600);
    if (fd < 0)
        return false;
    if (fchmod(fd, 0600) == 0 && write_whole(fd, content) &&
        fstat(fd, &info) == 0 && renameat(dir, new, dir, name) == 0) {
        (void)snprintf(written->name, sizeof(written->name), "%s", name);
        written->device = info.st_dev;
        written->inode = info.st_ino;
        (void)close(fd);
        return true;
    }
    error = errno;
    (void)close(fd);
    (void)unlinkat(dir, new, 0);
    errno = error;
    return false;
}

/* --- all of them --- */

static void
write_files(pam_handle_t *pamh, int dir, uid_t uid,
            const struct wire_files *given, struct files *files)
{
    char name[NAME_MAX_LEN];
    size_t i;

    for (i = 0; i < given->count; i++) {
        struct span called = given->file[i].name;

        if (called.len == 0)
            (void)snprintf(name, sizeof(name), "bt_u%lu", (unsigned long)uid);
        else
            (void)snprintf(name, sizeof(name), "httpauth_%.*s", (int)called.len,
                           called.data);
        if (write_file(dir, name, given->file[i].content,
                       &files->written[files->count]))
            files->count++;
        else
            pam_syslog(pamh, LOG_ERR, "the session does not get %s/%s: %m",
                       files->dir, name);
    }
}

/* Programs that know the discovery look here first. */
static void
tell_token(pam_handle_t *pamh, const struct files *files)
{
    char line[sizeof("BEARER_TOKEN_FILE=") + PATH_MAX + NAME_MAX_LEN];

    if (files->count == 0 ||
        strncmp(files->written[0].name, "bt_u", strlen("bt_u")) != 0)
        return;
    (void)snprintf(line, sizeof(line), "BEARER_TOKEN_FILE=%s/%s", files->dir,
                   files->written[0].name);
    (void)pam_putenv(pamh, line);
}

static void
remove_files(int dir, const struct files *files)
{
    struct stat info;
    size_t i;

    for (i = 0; i < files->count; i++) {
        const struct written *w = &files->written[i];

        /* Another login may have put its own there since. */
        if (fstatat(dir, w->name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            info.st_dev == w->device && info.st_ino == w->inode)
            (void)unlinkat(dir, w->name, 0);
    }
}

/* False: the caller is not root again, and must not go on. */
static bool
regain(pam_handle_t *pamh, struct pam_modutil_privs *privileges)
{
    if (pam_modutil_regain_priv(pamh, privileges) == PAM_SUCCESS)
        return true;
    pam_syslog(pamh, LOG_ERR, "cannot be root again");
    return false;
}

/* Without a look-up: libpam is taking its data apart, where that would be
 * kept. */
static void
take_away(pam_handle_t *pamh, struct files *files)
{
    const struct passwd entry = {
        .pw_name = files->user, .pw_uid = files->uid, .pw_gid = files->gid};
    PAM_MODUTIL_DEF_PRIVS(privileges);
    int dir;

    if (pam_modutil_drop_priv(pamh, &privileges, &entry) != PAM_SUCCESS) {
        pam_syslog(pamh, LOG_ERR, "the files of the session stay in %s",
                   files->dir);
        return;
    }
    /* That it is gone means that the last session of the user has ended. */
    dir = open_dir(files->dir, files->uid);
    if (dir >= 0) {
        remove_files(dir, files);
        (void)close(dir);
    }
    (void)regain(pamh, &privileges);
}

/* At the end of the session, and of a handle whose session was refused by a
 * module behind us and never opened; not in a child that lets go of its copy.
 */
static void
cleanup(pam_handle_t *pamh, void *data, int status)
{
    struct files *files = data;

    if (files->count > 0 && files->pid == getpid() && geteuid() == 0 &&
        ((unsigned)status & PAM_DATA_SILENT) == 0)
        take_away(pamh, files);
    free(files);
}

static struct files *
keep(pam_handle_t *pamh, const struct passwd *entry, const char *dir)
{
    struct files *files = calloc(1, sizeof(*files));

    if (files == NULL)
        return NULL;
    (void)snprintf(files->dir, sizeof(files->dir), "%s", dir);
    (void)snprintf(files->user, sizeof(files->user), "%s", entry->pw_name);
    files->uid = entry->pw_uid;
    files->gid = entry->pw_gid;
    files->pid = getpid();
    if (pam_set_data(pamh, DATA, files, cleanup) == PAM_SUCCESS)
        return files;
    free(files);
    return NULL;
}

bool
pha_files_write(pam_handle_t *pamh, const char *user,
                const struct wire_files *given)
{
    const char *path = pam_getenv(pamh, "XDG_RUNTIME_DIR");
    const struct passwd *entry = pam_modutil_getpwnam(pamh, user);
    PAM_MODUTIL_DEF_PRIVS(privileges);
    struct files *files = NULL;
    int dir;

    if (path == NULL || path[0] != '/' || strlen(path) >= PATH_MAX) {
        pam_syslog(pamh, LOG_ERR,
                   "the session does not get its files: there is no "
                   "XDG_RUNTIME_DIR; pam_systemd.so must stand in front of "
                   "pam_httpauth.so in the session lines, and makes none for "
                   "a session within another");
        return true;
    }
    if (entry != NULL)
        files = keep(pamh, entry, path);
    if (files == NULL ||
        pam_modutil_drop_priv(pamh, &privileges, entry) != PAM_SUCCESS) {
        pam_syslog(pamh, LOG_ERR, "the session does not get its files");
        return true;
    }
    dir = open_dir(path, entry->pw_uid);
    if (dir >= 0) {
        write_files(pamh, dir, entry->pw_uid, given, files);
        (void)close(dir);
    } else {
        pam_syslog(pamh, LOG_ERR,
                   "the session does not get its files: %s, which must be a "
                   "directory of the user alone: %m",
                   path);
    }
    tell_token(pamh, files);
    return regain(pamh, &privileges);
}

void
pha_files_remove(pam_handle_t *pamh)
{
    const void *data = NULL;

    if (pam_get_data(pamh, DATA, &data) == PAM_SUCCESS && data != NULL)
        (void)pam_set_data(pamh, DATA, NULL, NULL);
}
