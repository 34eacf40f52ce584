/* SPDX-License-Identifier: BSD-2-Clause */
/* One file: read with suspicion, replaced whole. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "helper/base/write.h"
#include "helper/ctl/change.h"
#include "helper/ctl/out.h"

#define PATH_BYTES 4096
#define LABEL_BYTES 1024
#define LABEL "security.selinux"
#define TEMPORARY ".httpauth-setup"

static bool
failed(const char *path, const char *what)
{
    out_error("%s %s: %s", path, what, strerror(errno));
    return false;
}

void
file_state_clear(struct file_state *state)
{
    buffer_free(&state->content);
    state->there = false;
}

static bool
read_all(int fd, struct buffer *out)
{
    char part[4096];
    ssize_t n;

    do {
        n = read(fd, part, sizeof(part));
        if (n > 0)
            buffer_add(out, part, (size_t)n);
    } while ((n > 0 && !out->failed) || (n < 0 && errno == EINTR));
    if (out->failed)
        errno = EFBIG;
    return n == 0 && !out->failed;
}

bool
file_state_read(const char *path, struct file_state *state)
{
    int fd =
        open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    bool done = false;

    if (fd < 0 && errno == ENOENT)
        return true;
    if (fd < 0 && errno == ELOOP) {
        out_error("%s is a link to another file: it has to be changed by hand",
                  path);
    } else if (fd < 0 || fstat(fd, &st) != 0) {
        failed(path, "cannot be read");
    } else if (!S_ISREG(st.st_mode) ||
               (st.st_uid != 0 && st.st_uid != geteuid()) ||
               (st.st_mode & S_IWOTH) != 0) {
        out_error("%s must be a plain file of root's that not everybody may "
                  "write",
                  path);
    } else if (!read_all(fd, &state->content)) {
        failed(path, "cannot be read to its end");
    } else {
        state->there = true;
        state->mode = st.st_mode & 07777;
        state->uid = st.st_uid;
        state->gid = st.st_gid;
        done = true;
    }
    if (fd >= 0)
        close(fd);
    return done;
}

bool
file_state_digest(const struct file_state *state, char out[CHANGE_DIGEST_SIZE])
{
    unsigned char md[EVP_MAX_MD_SIZE];
    const struct buffer *content = &state->content;
    unsigned len = 0;

    if (!state->there) {
        (void)snprintf(out, CHANGE_DIGEST_SIZE, "%s", CHANGE_ABSENT);
        return true;
    }
    if (EVP_Digest(content->len == 0 ? "" : content->data, content->len, md,
                   &len, EVP_sha256(), NULL) != 1 ||
        2 * len + 1 != CHANGE_DIGEST_SIZE)
        return false;
    for (unsigned i = 0; i < len; i++)
        (void)snprintf(out + 2 * i, 3, "%02x", md[i]);
    return true;
}

/* --- writing --- */

/* The label of what is replaced; without SELinux there is none. */
static bool
copy_label(int folder, const char *name, int to)
{
    char label[LABEL_BYTES];
    int from =
        openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    ssize_t len = from < 0 ? 0 : fgetxattr(from, LABEL, label, sizeof(label));

    if (from >= 0)
        close(from);
    return len <= 0 || fsetxattr(to, LABEL, label, (size_t)len, 0) == 0;
}

static bool
replace(int folder, const char *name, const char *temporary,
        const struct file_state *state)
{
    int fd;
    bool done;

    (void)unlinkat(folder, temporary, 0); /* what an interrupted run left */
    fd = openat(folder, temporary,
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    done = write_whole(fd, buffer_span(&state->content)) &&
           fchown(fd, state->uid, state->gid) == 0 &&
           fchmod(fd, state->mode) == 0 && copy_label(folder, name, fd) &&
           fsync(fd) == 0;
    if (close(fd) != 0)
        done = false;
    done = done && renameat(folder, temporary, folder, name) == 0;
    if (!done) {
        int saved = errno;

        (void)unlinkat(folder, temporary, 0);
        errno = saved;
    }
    return done;
}

/* Splits off the last name; false when it is too long, or has no folder. */
static bool
split(const char *path, char folder[PATH_BYTES], const char **name,
      char temporary[NAME_MAX + 1])
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL || slash == path ||
        snprintf(folder, PATH_BYTES, "%.*s", (int)(slash - path), path) >=
            PATH_BYTES)
        return false;
    *name = slash + 1;
    return snprintf(temporary, NAME_MAX + 1, ".%s%s", *name, TEMPORARY) <=
           NAME_MAX;
}

bool
file_state_write(const char *path, const struct file_state *state)
{
    char folder[PATH_BYTES], temporary[NAME_MAX + 1];
    const char *name = NULL;
    bool done = false;
    int fd = -1;

    errno = EINVAL;
    if (split(path, folder, &name, temporary))
        fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        if (state->there)
            done = replace(fd, name, temporary, state);
        else
            done = unlinkat(fd, name, 0) == 0 || errno == ENOENT;
        done = done && fsync(fd) == 0;
    }
    if (!done)
        failed(path, state->there ? "cannot be written" : "cannot be removed");
    if (fd >= 0)
        close(fd);
    return done;
}
