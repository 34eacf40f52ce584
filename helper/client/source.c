/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/erase.h"
#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/client/command.h"
#include "helper/client/file.h"
#include "helper/client/say.h"

enum found {
    FOUND_NOTHING,
    FOUND_TOKEN,
    FOUND_FAULT /* told */
};

static enum found
from_variable(const char *name, struct buffer *token)
{
    const char *value = getenv(name);

    if (value == NULL || *value == '\0')
        return FOUND_NOTHING;
    if (buffer_text(token, value))
        return FOUND_TOKEN;
    say("$%s: is too long for a token", name);
    return FOUND_FAULT;
}

/* `named`: somebody said that it is there. */
static enum found
from_file(const char *path, bool named, struct buffer *token)
{
    const char *fault;
    int fd =
        open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0 && errno == ENOENT && !named)
        return FOUND_NOTHING;
    fault = fd >= 0          ? file_fault(fd)
            : errno == ELOOP ? "is a link; it is not used"
                             : strerror(errno);
    if (fault == NULL && !file_read_all(fd, token))
        fault = "cannot be read whole, or is too long for a token";
    if (fd >= 0)
        (void)close(fd);
    if (fault == NULL)
        return FOUND_TOKEN;
    say("%s: %s", path, fault);
    return FOUND_FAULT;
}

static enum found
from_folder(const char *folder, struct buffer *token, const char **where)
{
    static char path[PATH_MAX];

    if (snprintf(path, sizeof(path), "%s/bt_u%lu", folder,
                 (unsigned long)getuid()) >= (int)sizeof(path))
        return FOUND_NOTHING;
    *where = path;
    return from_file(path, false, token);
}

static enum found
from_discovery(struct buffer *token, const char **where)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *file = getenv("BEARER_TOKEN_FILE");
    enum found found = from_variable(*where = "HTTPAUTH_TOKEN", token);

    if (found == FOUND_NOTHING)
        found = from_variable(*where = "BEARER_TOKEN", token);
    if (found == FOUND_NOTHING && file != NULL && *file != '\0')
        found = from_file(*where = file, true, token);
    if (found == FOUND_NOTHING && runtime != NULL && *runtime == '/')
        found = from_folder(runtime, token, where);
    if (found == FOUND_NOTHING)
        found = from_folder("/tmp", token, where);
    if (found == FOUND_NOTHING)
        *where = NULL;
    return found;
}

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Blanks around it are the file's or the command's. */
static bool
trim(struct buffer *token)
{
    size_t begin = 0, end = token->len;

    while (end > 0 && is_blank(token->data[end - 1]))
        end--;
    while (begin < end && is_blank(token->data[begin]))
        begin++;
    if (begin == end) {
        say("the token is empty");
        return false;
    }
    memmove(token->data, token->data + begin, end - begin);
    erase(token->data + (end - begin), token->len - (end - begin));
    token->len = end - begin;
    if (token->len <= LIMIT_CREDENTIAL && text_is_visible(buffer_span(token)))
        return true;
    say("what there is is no token: it has blanks, several lines, other "
        "characters than a token, or is too long");
    return false;
}

static enum found
from_command(char *const command[], struct buffer *token)
{
    int status = command_run(command, SOURCE_COMMAND_MS, token);

    if (status > 0 && status != COMMAND_ABSENT)
        say("%s: failed with status %d", command[0], status);
    return status == 0 ? FOUND_TOKEN : FOUND_FAULT;
}

bool
source_token(char *const command[], struct buffer *token, const char **where)
{
    enum found found;

    *where = NULL;
    found = command[0] != NULL ? from_command(command, token)
                               : from_discovery(token, where);
    if (found == FOUND_NOTHING)
        say("there is no token: name a command in the hosts file, or set "
            "HTTPAUTH_TOKEN, BEARER_TOKEN or BEARER_TOKEN_FILE");
    if (found == FOUND_TOKEN && trim(token))
        return true;
    buffer_clear(token);
    return false;
}

bool
source_is_there(void)
{
    struct buffer token = BUFFER_INIT(LIMIT_CREDENTIAL + 4096);
    const char *where;
    bool there = from_discovery(&token, &where) != FOUND_NOTHING;

    buffer_free(&token);
    return there;
}
