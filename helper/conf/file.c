/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/base/limits.h"
#include "helper/conf/complain.h"

/* Not more than this in one folder: each may be LIMIT_CONF_BYTES long. */
#define FOLDER_FILES_MAX 256

/* Says why `path` could not be opened; an absent one is no fault here. */
static enum file_result
refuse_open(const char *path, int error, struct buffer *complaints)
{
    struct place at = {path, 0};

    if (error == ENOENT)
        return FILE_ABSENT;
    if (error == ELOOP)
        (void)complain(complaints, at,
                       "is a symbolic link: put the file itself here");
    else if (error == EACCES)
        (void)complain(complaints, at,
                       "cannot be read by uid %u: make it root:httpauthd, "
                       "mode 0640",
                       (unsigned)geteuid());
    else
        (void)complain(complaints, at, "cannot be opened: %s", strerror(error));
    return FILE_REFUSED;
}

static bool
accept_file(int fd, struct place at, struct buffer *complaints)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return complain(complaints, at, "cannot be read: %s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return complain(complaints, at, "is not a regular file");
    if ((st.st_mode & S_IWOTH) != 0)
        return complain(complaints, at,
                        "everybody may write it: run \"chmod o-w\" on it and "
                        "see what it says now");
    if (st.st_size > LIMIT_CONF_BYTES)
        return complain(complaints, at, "is larger than %d bytes",
                        LIMIT_CONF_BYTES);
    return true;
}

/* Reads to the end, whatever fstat() said about the size before. */
static bool
read_all(int fd, struct place at, struct buffer *out, struct buffer *complaints)
{
    char chunk[4096];
    size_t total = 0;
    ssize_t got;

    for (;;) {
        do
            got = read(fd, chunk, sizeof(chunk));
        while (got < 0 && errno == EINTR);
        if (got == 0)
            return true;
        if (got < 0)
            return complain(complaints, at, "cannot be read: %s",
                            strerror(errno));
        total += (size_t)got;
        if (total > LIMIT_CONF_BYTES)
            return complain(complaints, at, "is larger than %d bytes",
                            LIMIT_CONF_BYTES);
        if (!buffer_add(out, chunk, (size_t)got))
            return complain(complaints, at, "no memory");
    }
}

enum file_result
file_read(const char *path, struct buffer *out, struct buffer *complaints)
{
    struct place at = {path, 0};
    enum file_result result = FILE_REFUSED;
    int fd;

    /* O_NONBLOCK: a FIFO of that name must not hold us. */
    fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return refuse_open(path, errno, complaints);
    if (!accept_file(fd, at, complaints) || !read_all(fd, at, out, complaints))
        goto done;
    result = FILE_READ;

done:
    (void)close(fd);
    return result;
}

static bool
is_conf_name(const char *name)
{
    size_t len = strlen(name);

    return name[0] != '.' && len > 5 && strcmp(name + len - 5, ".conf") == 0;
}

static int
compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool
add_name(const char *folder, const char *name, struct list *out)
{
    char *path = NULL;
    bool added = false;
    int len = asprintf(&path, "%s/%s", folder, name);

    if (len < 0)
        return false;
    added = list_add(out, (struct span){path, (size_t)len});
    free(path);
    return added;
}

static bool
collect_names(DIR *dir, struct place at, struct list *out,
              struct buffer *complaints)
{
    struct dirent *entry;

    while (errno = 0, (entry = readdir(dir)) != NULL) {
        if (!is_conf_name(entry->d_name))
            continue;
        if (out->count == FOLDER_FILES_MAX)
            return complain(complaints, at, "holds more than %d files",
                            FOLDER_FILES_MAX);
        if (!add_name(at.file, entry->d_name, out))
            return complain(complaints, at, "no memory");
    }
    if (errno != 0)
        return complain(complaints, at, "cannot be read: %s", strerror(errno));
    return true;
}

enum file_result
file_list_folder(const char *path, struct list *out, struct buffer *complaints)
{
    struct place at = {path, 0};
    enum file_result result = FILE_REFUSED;
    DIR *dir = opendir(path);
    struct stat st;

    if (dir == NULL)
        return refuse_open(path, errno, complaints);
    if (fstat(dirfd(dir), &st) != 0 || (st.st_mode & S_IWOTH) != 0) {
        (void)complain(complaints, at,
                       "everybody may write into it: run \"chmod o-w\" on it "
                       "and see what is in it now");
        goto done;
    }
    if (!collect_names(dir, at, out, complaints))
        goto done;
    if (out->count > 0)
        qsort(out->item, out->count, sizeof(*out->item), compare_names);
    result = FILE_READ;

done:
    (void)closedir(dir);
    return result;
}
