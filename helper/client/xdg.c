/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/xdg.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/client/say.h"

/* Each part of `path` behind the first `from` bytes. */
static bool
make_folders(char *path, size_t from)
{
    char *slash = path + from;
    bool last;

    do {
        slash = strchr(slash + 1, '/');
        last = slash == NULL;
        if (!last)
            *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            say("%s: %s", path, strerror(errno));
            return false;
        }
        if (!last)
            *slash = '/';
    } while (!last);
    return true;
}

bool
xdg_path(const char *variable, const char *otherwise, bool create,
         struct buffer *path)
{
    const char *base = getenv(variable), *home = getenv("HOME");
    const struct passwd *entry;
    size_t from = 0;

    if (base != NULL && base[0] == '/') {
        buffer_text(path, base);
    } else {
        if (home == NULL || home[0] != '/') {
            entry = getpwuid(getuid());
            home = entry != NULL ? entry->pw_dir : NULL;
        }
        if (home == NULL) {
            say("there is no home directory");
            return false;
        }
        buffer_text(path, home);
        from = path->len;
        buffer_printf(path, "/%s", otherwise);
    }
    if (!buffer_text(path, "/httpauth")) {
        say("the path of the home directory is too long");
        return false;
    }
    return !create || make_folders(path->data, from);
}
