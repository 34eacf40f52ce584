/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/issuer/keycache.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "helper/base/folder.h"
#include "helper/base/limits.h"
#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/issuer/schedule.h"

#define FOLDER "keys"
#define WHY_MAX 4096
/* "httpauth-keys 1 LIFE" and a newline, then the document as it came. */
#define MAGIC "httpauth-keys 1 "
#define HEAD_MAX 64

struct keycache {
    struct folder folder;
};

struct keycache *
keycache_open(const char *state_dir)
{
    struct keycache *c = calloc(1, sizeof(*c));
    char *path = NULL;

    if (c == NULL || asprintf(&path, "%s/" FOLDER, state_dir) < 0) {
        free(c);
        return NULL;
    }
    if (!folder_open(&c->folder, path)) {
        free(c);
        c = NULL;
    }
    free(path);
    return c;
}

void
keycache_free(struct keycache *c)
{
    if (c == NULL)
        return;
    folder_close(&c->folder);
    free(c);
}

/* --- reading --- */

/* Takes the head off. */
static bool
take_head(struct buffer *text, int64_t *life_s)
{
    const char *end =
        text->len > 0 ? memchr(text->data, '\n', text->len) : NULL;
    size_t len = end != NULL ? (size_t)(end - text->data) : 0;
    char head[HEAD_MAX];

    if (len < strlen(MAGIC) || len >= sizeof(head) ||
        memcmp(text->data, MAGIC, strlen(MAGIC)) != 0)
        return false;
    memcpy(head, text->data, len);
    head[len] = '\0';
    if (!text_number(head + strlen(MAGIC), KEY_LIFE_MAX_S, life_s))
        return false;
    len++;
    memmove(text->data, text->data + len, text->len - len);
    text->len -= len;
    return true;
}

bool
keycache_get(const struct keycache *c, const char *name,
             struct keycache_entry *entry)
{
    struct buffer why = BUFFER_INIT(WHY_MAX);
    struct folder_mark mark;
    bool found = false;

    entry->document = (struct buffer)BUFFER_INIT(LIMIT_JWKS_BYTES + HEAD_MAX);
    if (folder_mark(&c->folder, name).there) {
        found = folder_read(&c->folder, name, &mark, &entry->document, &why);
        if (found && !take_head(&entry->document, &entry->life_s)) {
            buffer_text(&why, "is no key set of ours");
            found = false;
        }
        if (!found)
            log_warning("%s/%s: %s; it is not used", c->folder.path, name,
                        why.len > 0 ? why.data : "");
        entry->confirmed = mark.modified.tv_sec;
    }
    buffer_free(&why);
    return found;
}

/* --- writing --- */

static void
complain(bool done, const struct buffer *why)
{
    if (!done)
        log_warning("%s; a start without network will lack these keys",
                    why->len > 0 ? why->data : "a key set cannot be kept");
}

bool
keycache_put(struct keycache *c, const char *name, struct span document,
             int64_t life_s)
{
    struct buffer text = BUFFER_INIT(LIMIT_JWKS_BYTES + HEAD_MAX);
    struct buffer why = BUFFER_INIT(WHY_MAX);
    bool done;

    buffer_printf(&text, MAGIC "%lld\n", (long long)life_s);
    done = buffer_add(&text, document.data, document.len) &&
           folder_write(&c->folder, name, buffer_span(&text), &why);
    complain(done, &why);
    if (!done)
        keycache_remove(c, name);
    buffer_free(&text);
    buffer_free(&why);
    return done;
}

bool
keycache_confirm(const struct keycache *c, const char *name)
{
    struct buffer why = BUFFER_INIT(WHY_MAX);
    bool there = folder_mark(&c->folder, name).there;

    if (there)
        complain(folder_touch(&c->folder, name, &why), &why);
    buffer_free(&why);
    return there;
}

void
keycache_remove(const struct keycache *c, const char *name)
{
    struct buffer why = BUFFER_INIT(WHY_MAX);

    if (folder_mark(&c->folder, name).there &&
        !folder_remove(&c->folder, name, &why))
        log_warning("%s", why.data);
    buffer_free(&why);
}

/* --- what is left over --- */

static bool
is_wanted(const char *file, const char *const *names, size_t count)
{
    /* Not what this program calls so. */
    if (strlen(file) != KEYCACHE_NAME_LEN ||
        strspn(file, "0123456789abcdef") != KEYCACHE_NAME_LEN)
        return true;
    for (size_t i = 0; i < count; i++)
        if (strcmp(file, names[i]) == 0)
            return true;
    return false;
}

void
keycache_sweep(const struct keycache *c, const char *const *names, size_t count)
{
    int fd = c->folder.fd < 0 ? -1 : dup(c->folder.fd);
    DIR *all = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;

    if (all == NULL) {
        if (fd >= 0)
            close(fd);
        return;
    }
    rewinddir(all);
    while ((entry = readdir(all)) != NULL)
        if (!is_wanted(entry->d_name, names, count))
            keycache_remove(c, entry->d_name);
    closedir(all);
}
