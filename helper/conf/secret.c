/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/base/text.h"

#define LOOK_MS 1000
#define SHOWN_MAX 512 /* bytes of a file's name in a sentence */

void
secret_init(struct secret *s, const char *file)
{
    memset(s, 0, sizeof(*s));
    s->file = file;
    s->content.cap = SECRET_BYTES_MAX;
}

static void
forget(struct secret *s)
{
    if (s->there)
        s->version++;
    s->there = false;
    buffer_free(&s->content);
}

void
secret_free(struct secret *s)
{
    forget(s);
}

/* --- where it is --- */

static bool
is_credential(const char *file)
{
    return strncmp(file, SECRET_CREDENTIAL, sizeof(SECRET_CREDENTIAL) - 1) == 0;
}

static bool
is_credential_name(const char *name)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

    return name[0] != '\0' && name[strspn(name, letters)] == '\0' &&
           strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

char *
secret_path(const char *file)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    const char *name;
    char *path = NULL;
    size_t size;

    if (!is_credential(file))
        return strdup(file);
    name = file + sizeof(SECRET_CREDENTIAL) - 1;
    if (dir == NULL || dir[0] != '/' || !is_credential_name(name))
        return NULL;
    size = strlen(dir) + 1 + strlen(name) + 1;
    path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%s/%s", dir, name);
    return path;
}

/* --- what it must be --- */

const char *
secret_problem(const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return "is not a regular file";
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return "belongs neither to root nor to the user of this process";
    if ((st->st_mode & (S_IWGRP | S_IXGRP)) != 0)
        return "grants its group more than reading (chmod g=r)";
    if ((st->st_mode & S_IRWXO) != 0)
        return "is open to everybody (chmod o=)";
    if (st->st_size < 0 || st->st_size > SECRET_BYTES_MAX)
        return "is too large";
    return NULL;
}

const char *
secret_open_problem(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return "does not exist";
    case ELOOP:
        return "is a symbolic link, which is not followed";
    case EACCES:
        return "is not readable for the user of this process";
    default:
        return "cannot be opened";
    }
}

static bool
same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool
same_state(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
           a->st_size == b->st_size && same_time(a->st_mtim, b->st_mtim) &&
           same_time(a->st_ctim, b->st_ctim);
}

/* --- reading it --- */

static const char *
read_all(int fd, struct buffer *out)
{
    const char *problem = NULL;
    char block[4096];
    ssize_t got;

    while (problem == NULL && (got = read(fd, block, sizeof(block))) != 0) {
        if (got < 0)
            problem = errno == EINTR ? NULL : "cannot be read";
        else if (!buffer_add(out, block, (size_t)got))
            problem = "is too large";
    }
    erase(block, sizeof(block));
    return problem;
}

/* The new content takes the old one's place only when it is whole; one that
 * is the same bytes again (touched, restored) is no new version. */
static const char *
take(struct secret *s, int fd, const struct stat *st)
{
    struct buffer now = BUFFER_INIT(SECRET_BYTES_MAX);
    const char *problem = read_all(fd, &now);

    if (problem != NULL)
        goto done;
    if (!s->there || !span_equal(buffer_span(&now), buffer_span(&s->content))) {
        buffer_free(&s->content);
        s->content = now;
        now = (struct buffer)BUFFER_INIT(0);
        s->version++;
    }
    s->there = true;
    s->mark = *st;
done:
    buffer_free(&now);
    return problem;
}

static const char *
look(struct secret *s, const char *path)
{
    const char *problem = NULL;
    struct stat st;
    /* O_NONBLOCK: a FIFO in its place must not hold us. */
    int fd =
        open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return secret_open_problem(errno);
    if (fstat(fd, &st) != 0)
        problem = "cannot be looked at";
    else
        problem = secret_problem(&st);
    if (problem == NULL && !(s->there && same_state(&st, &s->mark)))
        problem = take(s, fd, &st);
    close(fd);
    return problem;
}

static void
say(struct buffer *why, const char *file, const char *problem)
{
    char shown[SHOWN_MAX];

    buffer_printf(why, "%s %s",
                  text_escape(span_of(file), shown, sizeof(shown)), problem);
}

static bool
refresh(struct secret *s, struct buffer *why)
{
    int64_t now = clock_boot_ms();
    const char *problem = "names no credential, or systemd passed none";
    char *path;

    if (s->there && now - s->looked_at < LOOK_MS)
        return true;
    if (s->file == NULL) {
        buffer_text(why, "no file is configured for a secret");
        return false;
    }
    path = secret_path(s->file);
    if (path != NULL)
        problem = look(s, path);
    free(path);
    s->looked_at = now;
    if (problem == NULL)
        return true;
    forget(s);
    say(why, s->file, problem);
    return false;
}

bool
secret_get(struct secret *s, struct span *content, struct buffer *why)
{
    *content = (struct span){NULL, 0};
    if (!refresh(s, why))
        return false;
    *content = buffer_span(&s->content);
    return true;
}

struct span
secret_chomp(struct span text)
{
    if (text.len > 0 && text.data[text.len - 1] == '\n')
        text.len--;
    return text;
}

bool
secret_line(struct secret *s, struct span *content, struct buffer *why)
{
    const char *problem = NULL;
    struct span line;

    if (!secret_get(s, &line, why))
        goto done;
    if (line.len >= 2 && memcmp(line.data + line.len - 2, "\r\n", 2) == 0)
        line.len -= 2;
    else
        line = secret_chomp(line);
    if (line.len == 0)
        problem = "is empty";
    else if (text_has_control(line))
        problem = "holds more than one line, or control characters";
    if (problem == NULL) {
        *content = line;
        return true;
    }
    say(why, s->file, problem);
done:
    *content = (struct span){NULL, 0};
    return false;
}
