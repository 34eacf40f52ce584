/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs a command of httpauthctl as main() would: stdin from bytes, stdout and
 * stderr into memory.  For the test_ctl programs.
 */
#ifndef TESTS_UNIT_CTL_CAPTURE_H
#define TESTS_UNIT_CTL_CAPTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/base/span.h"

#define CAPTURE_MAX 65536
#define CAPTURE_ARGS 24

struct capture {
    char out[CAPTURE_MAX], err[CAPTURE_MAX];
    int saved[3];
    FILE *file[3];
};

static inline void
capture_begin(struct capture *c, struct span input)
{
    fflush(stdout);
    fflush(stderr);
    for (int fd = 0; fd < 3; fd++) {
        c->file[fd] = tmpfile();
        c->saved[fd] = dup(fd);
        assert_non_null(c->file[fd]);
    }
    if (input.len > 0)
        assert_int_equal(fwrite(input.data, 1, input.len, c->file[0]),
                         input.len);
    fflush(c->file[0]);
    assert_int_equal(lseek(fileno(c->file[0]), 0, SEEK_SET), 0);
    for (int fd = 0; fd < 3; fd++)
        dup2(fileno(c->file[fd]), fd);
}

static inline void
capture_read(FILE *file, char *text)
{
    ssize_t n = pread(fileno(file), text, CAPTURE_MAX - 1, 0);

    text[n > 0 ? n : 0] = '\0';
}

static inline void
capture_end(struct capture *c)
{
    fflush(stdout);
    fflush(stderr);
    capture_read(c->file[1], c->out);
    capture_read(c->file[2], c->err);
    for (int fd = 0; fd < 3; fd++) {
        dup2(c->saved[fd], fd);
        close(c->saved[fd]);
        fclose(c->file[fd]);
    }
}

/* Arguments end in NULL; argv[0] comes first.  Returns the exit status. */
static inline int
capture_run(struct capture *c, int (*command)(int, char **), struct span input,
            ...)
{
    char *argv[CAPTURE_ARGS + 1] = {NULL};
    int argc = 0, status;
    va_list args;

    va_start(args, input);
    while (argc < CAPTURE_ARGS && (argv[argc] = va_arg(args, char *)) != NULL)
        argc++;
    va_end(args);
    capture_begin(c, input);
    status = command(argc, argv);
    capture_end(c);
    return status;
}

/* The longest line, in bytes. */
static inline size_t
capture_widest(const char *text)
{
    size_t widest = 0;

    while (*text != '\0') {
        size_t len = strcspn(text, "\n");

        widest = len > widest ? len : widest;
        text += len + (text[len] == '\n');
    }
    return widest;
}

/* Whole lines of printable ASCII, nothing that speaks to a terminal. */
static inline void
assert_fit_for_a_terminal(const char *text)
{
    for (; *text != '\0'; text++)
        assert_true(*text == '\n' || (*text >= 0x20 && *text <= 0x7e));
}

/* --- a folder of one's own --- */

struct folder {
    char path[64];
};

static inline void
folder_make(struct folder *f)
{
    snprintf(f->path, sizeof(f->path), "/tmp/httpauth-test-XXXXXX");
    assert_non_null(mkdtemp(f->path));
}

static inline const char *
folder_file(const struct folder *f, const char *name)
{
    static char path[8][128];
    static unsigned next;
    char *out = path[next++ % 8];

    snprintf(out, sizeof(path[0]), "%s/%s", f->path, name);
    return out;
}

static inline void
folder_write(const struct folder *f, const char *name, const char *text)
{
    FILE *file = fopen(folder_file(f, name), "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* "" when there is none. */
static inline void
folder_read(const struct folder *f, const char *name, char *text, size_t size)
{
    FILE *file = fopen(folder_file(f, name), "r");
    size_t len = file != NULL ? fread(text, 1, size - 1, file) : 0;

    text[len] = '\0';
    if (file != NULL)
        fclose(file);
}

static inline unsigned
folder_mode(const struct folder *f, const char *name)
{
    struct stat st;

    return lstat(folder_file(f, name), &st) == 0 ? st.st_mode & 07777 : 0;
}

static inline void
folder_remove(struct folder *f)
{
    static const char *const names[] = {
        "local.key", "local.jwks",     "local.key.new", "local.jwks.new",
        "other",     "httpauthd.conf", "token",         "control"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlink(folder_file(f, names[i]));
    assert_int_equal(rmdir(f->path), 0);
}

#endif
