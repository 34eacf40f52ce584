/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/hostpw/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/log.h"
#include "helper/hostpw/password.h"
#include "helper/hostpw/record.h"
#include "helper/hostpw/used.h"

#define FOLDER "app-passwords"
#define SUFFIX ".json"
#define NAME_SIZE (HOSTPW_ID_LEN + sizeof(SUFFIX))
#define WHY_MAX 512

static void
file_name(const char *id, char out[NAME_SIZE])
{
    snprintf(out, NAME_SIZE, "%s" SUFFIX, id);
}

/* --- the array --- */

/* Where `id` is, or belongs. */
static size_t
place_of(const struct hostpws *h, struct span id)
{
    size_t low = 0, high = h->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(h->entry[middle]->id, id.data, HOSTPW_ID_LEN) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct store_entry *
store_find(struct hostpws *h, struct span id)
{
    size_t at;

    if (!password_is_id(id))
        return NULL;
    at = place_of(h, id);
    return at < h->count && span_is(id, h->entry[at]->id) ? h->entry[at] : NULL;
}

static void
entry_free(struct store_entry *entry)
{
    record_clear(&entry->key);
    free(entry);
}

static struct store_entry *
add(struct hostpws *h, struct span id)
{
    size_t at = place_of(h, id);
    struct store_entry *entry;

    if (h->count >= HOSTPW_KEYS_MAX) {
        if (!h->full)
            log_error("%s: more than %d files; the others are not used",
                      h->folder.path, HOSTPW_KEYS_MAX);
        h->full = true;
        return NULL;
    }
    entry = calloc(1, sizeof(*entry));
    if (entry == NULL)
        return NULL;
    memcpy(entry->id, id.data, HOSTPW_ID_LEN);
    memmove(h->entry + at + 1, h->entry + at,
            (h->count - at) * sizeof(*h->entry));
    h->entry[at] = entry;
    h->count++;
    return entry;
}

static void
drop(struct hostpws *h, size_t at)
{
    entry_free(h->entry[at]);
    h->count--;
    memmove(h->entry + at, h->entry + at + 1,
            (h->count - at) * sizeof(*h->entry));
    h->full = false;
}

/* --- files --- */

/* The last use belongs to the id and outlives a change of the file. */
static void
take_key(struct store_entry *entry, struct hostpw *key)
{
    key->last_used = entry->key.last_used;
    memcpy(key->last_service, entry->key.last_service,
           sizeof(key->last_service));
    memcpy(key->last_from, entry->key.last_from, sizeof(key->last_from));
    record_clear(&entry->key);
    entry->key = *key;
}

static void
load(struct hostpws *h, struct store_entry *entry, const char *name)
{
    struct buffer text = BUFFER_INIT(RECORD_BYTES_MAX);
    struct buffer why = BUFFER_INIT(WHY_MAX);
    struct hostpw key;

    entry->usable =
        folder_read(&h->folder, name, &entry->mark, &text, &why) &&
        record_parse(buffer_span(&text), span_of(entry->id), &key, &why);
    if (entry->usable)
        take_key(entry, &key);
    else
        log_warning("%s/%s: %s; it is not used", h->folder.path, name,
                    why.data != NULL ? why.data : "out of memory");
    buffer_free(&text);
    buffer_free(&why);
}

struct store_entry *
store_refresh(struct hostpws *h, struct span id)
{
    char copy[HOSTPW_ID_LEN + 1] = "", name[NAME_SIZE];
    struct store_entry *entry = store_find(h, id);
    struct folder_mark mark;

    if (!password_is_id(id))
        return NULL;
    memcpy(copy, id.data, HOSTPW_ID_LEN);
    file_name(copy, name);
    mark = folder_mark(&h->folder, name);
    if (!mark.there) {
        if (entry != NULL)
            drop(h, place_of(h, id));
        return NULL;
    }
    if (entry == NULL)
        entry = add(h, span_of(copy));
    if (entry == NULL)
        return NULL;
    entry->listed = true;
    if (!folder_same(&mark, &entry->mark))
        load(h, entry, name);
    return entry->usable ? entry : NULL;
}

/* --- the folder --- */

static bool
ends_in_suffix(struct span name)
{
    size_t len = sizeof(SUFFIX) - 1;

    return name.len >= len &&
           memcmp(name.data + name.len - len, SUFFIX, len) == 0;
}

/* Returns how many names there are that look like ours and are not. */
static size_t
walk(struct hostpws *h, DIR *dir)
{
    const struct dirent *file;
    size_t strange = 0;

    while ((file = readdir(dir)) != NULL) {
        struct span name = span_of(file->d_name);

        if (!ends_in_suffix(name))
            continue;
        name.len -= sizeof(SUFFIX) - 1;
        if (password_is_id(name))
            (void)store_refresh(h, name);
        else
            strange++;
    }
    return strange;
}

void
store_scan(struct hostpws *h)
{
    int fd = h->folder.fd < 0 ? -1
                              : openat(h->folder.fd, ".",
                                       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    size_t strange = 0;

    for (size_t i = 0; i < h->count; i++)
        h->entry[i]->listed = false;
    if (dir != NULL)
        strange = walk(h, dir);
    for (size_t i = h->count; i-- > 0;)
        if (!h->entry[i]->listed)
            drop(h, i);
    if (strange > h->strange)
        log_warning("%s: %zu files are not named after an id (12 characters "
                    "and " SUFFIX "); they are not used",
                    h->folder.path, strange);
    h->strange = strange;
    if (dir != NULL)
        (void)closedir(dir);
    else if (fd >= 0)
        close(fd);
}

void
store_look(struct hostpws *h, int64_t wall)
{
    if (wall == h->looked)
        return;
    h->looked = wall;
    if (folder_look(&h->folder))
        store_scan(h);
}

bool
store_write(struct hostpws *h, const struct hostpw *key, struct buffer *why)
{
    struct buffer text = BUFFER_INIT(RECORD_BYTES_MAX);
    char name[NAME_SIZE];
    bool done;

    file_name(key->id, name);
    if (!record_print(key, &text))
        done = buffer_text(why, "that is more than a file holds") && false;
    else
        done = folder_write(&h->folder, name, buffer_span(&text), why);
    buffer_free(&text);
    if (done && store_refresh(h, span_of(key->id)) == NULL)
        done = buffer_text(why, "it cannot be read again") && false;
    return done;
}

bool
store_remove(struct hostpws *h, struct span id, struct buffer *why)
{
    char copy[HOSTPW_ID_LEN + 1] = "", name[NAME_SIZE];
    bool done;

    memcpy(copy, id.data, HOSTPW_ID_LEN);
    file_name(copy, name);
    done = folder_remove(&h->folder, name, why);
    (void)store_refresh(h, span_of(copy));
    return done;
}

/* --- life --- */

struct hostpws *
hostpws_open(const char *state_dir)
{
    struct hostpws *h = calloc(1, sizeof(*h));
    char *path = NULL;

    if (h == NULL)
        return NULL;
    h->folder.fd = -1;
    h->looked = h->used_written = INT64_MIN;
    h->entry = calloc(HOSTPW_KEYS_MAX, sizeof(struct store_entry *));
    if (asprintf(&path, "%s/" FOLDER, state_dir) < 0)
        path = NULL;
    if (h->entry == NULL || path == NULL || !folder_open(&h->folder, path)) {
        hostpws_free(h);
        h = NULL;
    } else {
        store_scan(h);
        used_read(h);
    }
    free(path);
    return h;
}

void
hostpws_free(struct hostpws *h)
{
    if (h == NULL)
        return;
    used_write(h);
    for (size_t i = 0; i < h->count; i++)
        entry_free(h->entry[i]);
    free(h->entry);
    folder_close(&h->folder);
    free(h);
}

size_t
hostpws_count(const struct hostpws *h)
{
    size_t count = 0;

    for (size_t i = 0; i < h->count; i++)
        count += h->entry[i]->usable;
    return count;
}
