/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A folder of its own for a test of the configuration: files are written into
 * it, loaded with a machine that the test describes, and removed with it.
 */
#ifndef TESTS_UNIT_CONF_HOUSE_H
#define TESTS_UNIT_CONF_HOUSE_H

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

#include "helper/conf/config.h"
#include "helper/conf/load.h"

#define HOUSE_MACHINE_ID "0123456789abcdef0123456789abcdef"
#define HOUSE_HOST "host.example"

struct house {
    char dir[64];
    char conf[96]; /* the main file */
    char vendor[96];
    char machine_id[96];
    struct config_machine machine;
    struct config *config;
    struct buffer complaints;
    enum config_result result;
};

static inline void
house_write(struct house *house, const char *name, const char *text)
{
    char path[256];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", house->dir, name);
    (void)unlink(path);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0640), 0);
}

static inline void
house_folder(struct house *house, const char *name)
{
    char path[256];

    (void)snprintf(path, sizeof(path), "%s/%s", house->dir, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static inline void
house_open(struct house *house)
{
    static const struct buffer empty = BUFFER_INIT(64 * 1024);

    memset(house, 0, sizeof(*house));
    house->complaints = empty;
    strcpy(house->dir, "/tmp/httpauth-conf-XXXXXX");
    assert_non_null(mkdtemp(house->dir));
    (void)snprintf(house->conf, sizeof(house->conf), "%s/httpauthd.conf",
                   house->dir);
    (void)snprintf(house->vendor, sizeof(house->vendor), "%s/vendor",
                   house->dir);
    (void)snprintf(house->machine_id, sizeof(house->machine_id),
                   "%s/machine-id", house->dir);
    house->machine =
        (struct config_machine){house->vendor, house->machine_id, HOUSE_HOST};
    house_write(house, "machine-id", HOUSE_MACHINE_ID "\n");
}

static inline enum config_result
house_load_file(struct house *house, const char *file, enum config_scope scope)
{
    config_free(house->config);
    house->config = NULL;
    buffer_clear(&house->complaints);
    house->result = config_load_on(&house->machine, file, scope, &house->config,
                                   &house->complaints);
    /* What is not good says why, and hands nothing over. */
    assert_int_equal(house->result == CONFIG_OK, house->config != NULL);
    assert_int_equal(house->result == CONFIG_OK, house->complaints.len == 0);
    return house->result;
}

static inline enum config_result
house_load(struct house *house, enum config_scope scope)
{
    return house_load_file(house, house->conf, scope);
}

/* Writes the main file and loads it alone. */
static inline enum config_result
house_load_text(struct house *house, const char *text)
{
    house_write(house, "httpauthd.conf", text);
    return house_load(house, CONFIG_FILE_ONLY);
}

static inline const char *
house_complaints(const struct house *house)
{
    return house->complaints.len == 0 ? "" : house->complaints.data;
}

static inline void
house_must_say(const struct house *house, const char *text)
{
    if (strstr(house_complaints(house), text) == NULL)
        fail_msg("no \"%s\" in:\n%s", text, house_complaints(house));
}

static inline void
house_must_load(struct house *house, const char *text)
{
    if (house_load_text(house, text) != CONFIG_OK)
        fail_msg("does not load:\n%s\n%s", text, house_complaints(house));
}

static inline size_t
house_faults(const struct house *house)
{
    const char *at = house_complaints(house);
    size_t count = 0;

    for (; *at != '\0'; at++)
        if (*at == '\n')
            count++;
    return count;
}

static inline int
house_remove_one(const char *path, const struct stat *st, int kind,
                 struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline void
house_close(struct house *house)
{
    config_free(house->config);
    buffer_free(&house->complaints);
    (void)nftw(house->dir, house_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

#endif
