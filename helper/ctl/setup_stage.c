/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder of ours for a while, where things are tried before they are put in
 * place: below /run, so that a token in it never reaches a disk. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/ctl/out.h"
#include "helper/ctl/setup.h"

#define STAGE "/run/httpauth-setup"
#define DESCRIPTORS 8

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    (void)remove(path);
    return 0;
}

/* One setup is at work at a time (undo_open()): what is there is of one that
 * was killed. */
bool
setup_stage_open(struct setup *s)
{
    s->stage = STAGE;
    setup_stage_close(s);
    if (mkdir(STAGE, 0700) == 0) {
        s->stage = STAGE;
        return true;
    }
    out_error(STAGE ": cannot be made: %s", strerror(errno));
    return false;
}

void
setup_stage_close(struct setup *s)
{
    if (s->stage != NULL)
        (void)nftw(s->stage, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
    s->stage = NULL;
}

static bool
name_in(const struct setup *s, const char *name, char path[SETUP_PATH_MAX])
{
    if (snprintf(path, SETUP_PATH_MAX, "%s/%s", s->stage, name) <
        SETUP_PATH_MAX)
        return true;
    out_error("%s: that name is too long", name);
    return false;
}

bool
setup_stage_file(const struct setup *s, const char *name, struct span content,
                 mode_t mode, char path[SETUP_PATH_MAX])
{
    struct file_state state = FILE_STATE_INIT;
    bool done = name_in(s, name, path);

    state.there = true;
    state.mode = mode;
    state.uid = geteuid();
    state.gid = getegid();
    done = done && buffer_add(&state.content, content.data, content.len) &&
           file_state_write(path, &state);
    file_state_clear(&state);
    return done;
}

bool
setup_stage_folder(const struct setup *s, const char *name,
                   char path[SETUP_PATH_MAX])
{
    char *slash;

    if (!name_in(s, name, path))
        return false;
    for (slash = path + strlen(s->stage); slash != NULL;) {
        slash = strchr(slash + 1, '/');
        if (slash != NULL)
            *slash = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            out_error("%s: cannot be made: %s", path, strerror(errno));
            return false;
        }
        if (slash != NULL)
            *slash = '/';
    }
    return true;
}
