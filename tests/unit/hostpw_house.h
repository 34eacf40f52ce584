/* SPDX-License-Identifier: BSD-2-Clause */
/* A state folder of one's own, its files, and the log, for test_hostpw. */
#ifndef TESTS_UNIT_HOSTPW_HOUSE_H
#define TESTS_UNIT_HOSTPW_HOUSE_H

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
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

#include "helper/hostpw/hostpw.h"
#include "helper/hostpw/password.h"

#define NOW INT64_C(1795435200) /* 2026-11-23T12:00:00Z */
#define DAY 86400

struct house {
    char dir[64];
    struct hostpws *keys;
    /* Of the last that was made. */
    struct buffer secret, why;
    char id[HOSTPW_ID_LEN + 1];
    const struct hostpw *key; /* ... checked */
    FILE *log;
    int stderr_before;
    char log_text[65536];
};

static inline int
house_setup(void **state)
{
    struct house *house = calloc(1, sizeof(*house));

    assert_non_null(house);
    strcpy(house->dir, "/tmp/httpauth-hostpw-XXXXXX");
    assert_non_null(mkdtemp(house->dir));
    house->secret = (struct buffer)BUFFER_INIT(HOSTPW_TEXT_MAX);
    house->why = (struct buffer)BUFFER_INIT(512);
    house->log = tmpfile();
    assert_non_null(house->log);
    house->stderr_before = dup(STDERR_FILENO);
    assert_true(dup2(fileno(house->log), STDERR_FILENO) >= 0);
    *state = house;
    return 0;
}

static inline int
house_remove(const char *path, const struct stat *info, int kind,
             struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline int
house_teardown(void **state)
{
    struct house *house = *state;

    hostpws_free(house->keys);
    buffer_free(&house->secret);
    buffer_free(&house->why);
    assert_true(dup2(house->stderr_before, STDERR_FILENO) >= 0);
    close(house->stderr_before);
    (void)fclose(house->log);
    (void)nftw(house->dir, house_remove, 16, FTW_DEPTH | FTW_PHYS);
    free(house);
    return 0;
}

static inline void
house_open(struct house *house)
{
    hostpws_free(house->keys);
    house->keys = hostpws_open(house->dir);
    assert_non_null(house->keys);
}

/* What was logged since the last call. */
static inline const char *
house_log(struct house *house)
{
    ssize_t n = pread(fileno(house->log), house->log_text,
                      sizeof(house->log_text) - 1, 0);

    house->log_text[n > 0 ? n : 0] = '\0';
    assert_int_equal(ftruncate(fileno(house->log), 0), 0);
    assert_int_equal(lseek(fileno(house->log), 0, SEEK_SET), 0);
    return house->log_text;
}

#define assert_logged(house, text)                                             \
    assert_non_null(strstr(house_log(house), (text)))
#define assert_quiet(house) assert_string_equal(house_log(house), "")

/* --- files --- */

/* Each of the next few results has a place of its own. */
static inline char *
house_room(void)
{
    static char path[8][192];
    static unsigned next;

    return path[next++ % 8];
}

static inline const char *
house_path(const struct house *house, const char *name)
{
    char *path = house_room();

    (void)snprintf(path, 192, "%s/%s", house->dir, name);
    return path;
}

static inline const char *
house_file(const struct house *house, const char *id)
{
    char *path = house_room();

    (void)snprintf(path, 192, "%s/app-passwords/%s.json", house->dir, id);
    return path;
}

/* Another file in its place: within one tick of the clock an edit in place
 * that keeps the size cannot be told from none. */
static inline void
house_write(const char *path, const char *text)
{
    char new[256];
    FILE *file;

    (void)snprintf(new, sizeof(new), "%s~", path);
    file = fopen(new, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(new, 0600), 0);
    assert_int_equal(rename(new, path), 0);
}

static inline size_t
house_read(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    size_t len = 0;

    if (file != NULL) {
        len = fread(text, 1, size - 1, file);
        (void)fclose(file);
    }
    text[len] = '\0';
    return len;
}

/* Replaces `from` in a file, or fails. */
static inline void
house_edit(const char *path, const char *from, const char *to)
{
    char text[8192], new[9000];
    char *at;

    (void)house_read(path, text, sizeof(text));
    at = strstr(text, from);
    assert_non_null(at);
    (void)snprintf(new, sizeof(new), "%.*s%s%s", (int)(at - text), text, to,
                   at + strlen(from));
    house_write(path, new);
}

/* --- keys --- */

static inline struct hostpw_order
house_order(const char *user)
{
    return (struct hostpw_order){.user = span_of(user),
                                 .name = span_of("backup job"),
                                 .lifetime = 90 * DAY};
}

static inline bool
house_create(struct house *house, const struct hostpw_order *order)
{
    buffer_clear(&house->secret);
    buffer_clear(&house->why);
    return hostpws_create(house->keys, order, NULL, NOW, &house->secret,
                          house->id, &house->why);
}

static inline void
house_alice(struct house *house)
{
    struct hostpw_order order = house_order("alice");

    house_open(house);
    assert_true(house_create(house, &order));
}

static inline enum reason
house_check(struct house *house, struct hostpw_question q)
{
    if (q.credential.len == 0)
        q.credential = buffer_span(&house->secret);
    if (q.user.len == 0)
        q.user = span_of("alice");
    if (q.service.len == 0)
        q.service = span_of("sshd");
    if (q.wall == 0)
        q.wall = NOW;
    return hostpws_check(house->keys, &q, &house->key);
}

#define assert_check(house, wanted, ...)                                       \
    assert_string_equal(reason_name(house_check(                               \
                            house, (struct hostpw_question){__VA_ARGS__})),    \
                        reason_name(wanted))

#define TEST(test)                                                             \
    cmocka_unit_test_setup_teardown(test, house_setup, house_teardown)

#endif
