/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/change.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/ctl/diff.h"
#include "helper/ctl/out.h"

#define DIFF_BYTES_MAX (4 * CHANGE_BYTES_MAX)
#define SHOWN_MAX 4096

bool
changes_add(struct changes *changes, const char *path, struct span content,
            mode_t mode, enum change_kind kind)
{
    struct change change = {.before = FILE_STATE_INIT,
                            .after = FILE_STATE_INIT,
                            .secret = kind == CHANGE_SECRET,
                            .foreign = kind == CHANGE_FOREIGN};
    struct change *more = NULL;
    bool done = file_state_read(path, &change.before), differs = false;

    if (done) {
        change.after.there = true;
        change.after.mode = change.before.there ? change.before.mode : mode;
        change.after.uid = change.before.there ? change.before.uid : geteuid();
        change.after.gid = change.before.there ? change.before.gid : getegid();
        differs = !change.before.there ||
                  !span_equal(buffer_span(&change.before.content), content);
    }
    if (done && differs) {
        done = false;
        change.path = strdup(path);
        more = reallocarray(changes->item, changes->count + 1,
                            sizeof(*changes->item));
        if (more != NULL)
            changes->item = more;
        if (change.path != NULL && more != NULL &&
            buffer_add(&change.after.content, content.data, content.len)) {
            more[changes->count++] = change;
            return true;
        }
        out_error("out of memory");
    }
    free(change.path);
    file_state_clear(&change.before);
    file_state_clear(&change.after);
    return done;
}

void
changes_drop(struct changes *changes, size_t count)
{
    while (changes->count > count) {
        struct change *last = &changes->item[--changes->count];

        free(last->path);
        file_state_clear(&last->before);
        file_state_clear(&last->after);
    }
}

void
changes_free(struct changes *changes)
{
    changes_drop(changes, 0);
    free(changes->item);
    changes->item = NULL;
}

/* --- showing --- */

static const char *
colour_of(char mark)
{
    switch (mark) {
    case '-':
        return "\033[31m";
    case '+':
        return "\033[32m";
    case '@':
        return "\033[36m";
    default:
        return "";
    }
}

/* Tabs stay: PAM's own files are full of them. */
static void
show_line(struct span line, bool colour)
{
    const char *begin = colour && line.len > 0 ? colour_of(line.data[0]) : "";
    char safe[SHOWN_MAX];

    (void)fputs(begin, stdout);
    while (line.len > 0) {
        const char *tab = memchr(line.data, '\t', line.len);
        size_t len = tab == NULL ? line.len : (size_t)(tab - line.data);

        (void)fputs(out_safe((struct span){line.data, len}, safe, sizeof(safe)),
                    stdout);
        if (tab != NULL) {
            (void)putchar('\t');
            len++;
        }
        line.data += len;
        line.len -= len;
    }
    (void)puts(*begin != '\0' ? "\033[0m" : "");
}

static void
show_lines(struct span text, bool colour)
{
    while (text.len > 0) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t len = end == NULL ? text.len : (size_t)(end - text.data);

        show_line((struct span){text.data, len}, colour);
        len += end != NULL;
        text.data += len;
        text.len -= len;
    }
}

static void
show_one(const struct change *change, bool colour)
{
    struct buffer diff = BUFFER_INIT(DIFF_BYTES_MAX);
    const char *bold = colour ? "\033[1m" : "", *end = colour ? "\033[0m" : "";
    const char *before = change->before.there ? change->path : "/dev/null";

    (void)printf("%s--- %s%s\n%s+++ %s%s\n", bold, before, end, bold,
                 change->path, end);
    if (change->secret)
        (void)printf("(a secret of %zu bytes, mode %04o; not shown)\n",
                     change->after.content.len, change->after.mode);
    else if (diff_unified(buffer_span(&change->before.content),
                          buffer_span(&change->after.content), &diff))
        show_lines(buffer_span(&diff), colour);
    else
        (void)puts("(too much to be shown)");
    buffer_free(&diff);
}

void
changes_show(const struct changes *changes, bool colour)
{
    for (size_t i = 0; i < changes->count; i++) {
        (void)fputs(i > 0 ? "\n" : "", stdout);
        show_one(&changes->item[i], colour);
    }
}

/* --- making --- */

static bool
is_as_before(const struct change *change)
{
    const struct file_state *before = &change->before;
    struct file_state now = FILE_STATE_INIT;
    bool same =
        file_state_read(change->path, &now) && now.there == before->there &&
        span_equal(buffer_span(&now.content), buffer_span(&before->content));

    if (same && now.there)
        same = now.mode == before->mode && now.uid == before->uid &&
               now.gid == before->gid;
    file_state_clear(&now);
    return same;
}

bool
changes_are_current(const struct changes *changes)
{
    bool current = true;

    for (size_t i = 0; i < changes->count; i++) {
        if (!is_as_before(&changes->item[i])) {
            out_error("%s changed meanwhile", changes->item[i].path);
            current = false;
        }
    }
    return current;
}

bool
change_make(const struct change *change)
{
    return change->foreign || file_state_write(change->path, &change->after);
}

bool
changes_revert(const struct changes *changes, size_t count, bool foreign)
{
    bool done = true;

    while (count-- > 0) {
        const struct change *change = &changes->item[count];

        /* What could not be changed need not be written again, and on a full
         * disk could not be. */
        if (change->foreign == foreign && !is_as_before(change) &&
            !file_state_write(change->path, &change->before))
            done = false;
    }
    return done;
}
