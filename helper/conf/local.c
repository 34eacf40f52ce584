/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/local.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/base/limits.h"

#define MACHINE_ID_LEN 32

struct local_default {
    const char *option;
    const char *standard;
};

static const struct local_default local_defaults[] = {
    {"audience", "urn:httpauth:host:%H"},
    {"jwks_file", LOCAL_JWKS},
    {"users", "*"},
    /* It names people by login names, which are theirs on this machine. */
    {"pin_subject", "no"}};

const char *
local_standard(const struct option *option)
{
    size_t i;

    for (i = 0; i < sizeof(local_defaults) / sizeof(local_defaults[0]); i++)
        if (strcmp(local_defaults[i].option, option->name) == 0)
            return local_defaults[i].standard;
    return option->standard;
}

bool
local_has_keys(const char *dir)
{
    char path[LIMIT_CONF_LINE];
    struct stat st;
    int len = snprintf(path, sizeof(path), "%s/%s", dir, LOCAL_JWKS);

    return len > 0 && (size_t)len < sizeof(path) && lstat(path, &st) == 0;
}

static bool
is_machine_id(const char *text, size_t len)
{
    size_t i;

    if (len < MACHINE_ID_LEN || (len > MACHINE_ID_LEN && text[32] != '\n'))
        return false;
    for (i = 0; i < MACHINE_ID_LEN; i++)
        if (strchr("0123456789abcdef", text[i]) == NULL || text[i] == '\0')
            return false;
    return true;
}

bool
local_identifier(const char *machine_id_file, struct buffer *out)
{
    char text[MACHINE_ID_LEN + 1];
    ssize_t len;
    int fd;

    fd = open(machine_id_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return false;
    len = read(fd, text, sizeof(text));
    (void)close(fd);
    if (len < 0 || !is_machine_id(text, (size_t)len))
        return false;
    return buffer_printf(out, "urn:httpauth:%.*s", MACHINE_ID_LEN, text);
}
