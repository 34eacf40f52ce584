/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/undo.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "helper/base/folder.h"
#include "helper/ctl/out.h"
#include "helper/jose/json.h"

#define RECORD "undo.json"
#define ORIGINAL "original-"
#define RECORD_BYTES_MAX (256 * 1024)
#define WHY_BYTES 4096
#define NAME_BYTES (sizeof(ORIGINAL) + CHANGE_DIGEST_SIZE)

static bool
tell(struct buffer *why)
{
    out_error("%s", why->len > 0 ? why->data : "out of memory");
    buffer_free(why);
    return false;
}

static const char *
text(const json_t *entry, const char *member)
{
    const char *value = json_string_value(json_object_get(entry, member));

    return value != NULL ? value : "";
}

/* --- the record --- */

static bool
load(struct undo *undo)
{
    struct buffer content = BUFFER_INIT(RECORD_BYTES_MAX);
    struct buffer why = BUFFER_INIT(WHY_BYTES);
    struct folder_mark mark;
    bool done = true;

    if (folder_read(undo->folder, RECORD, &mark, &content, &why)) {
        undo->record = json_object_load(buffer_span(&content));
        if (!json_is_array(json_object_get(undo->record, "files"))) {
            out_error("%s/%s is damaged; what it undoes lies beside it",
                      undo->folder->path, RECORD);
            done = false;
        }
    } else if (mark.there) {
        out_error("%s/%s: %s", undo->folder->path, RECORD, why.data);
        done = false;
    }
    buffer_free(&content);
    buffer_free(&why);
    return done;
}

bool
undo_open(struct undo *undo, const char *dir)
{
    *undo = (struct undo){.folder = calloc(1, sizeof(*undo->folder))};
    if (undo->folder == NULL) {
        out_error("out of memory");
        return false;
    }
    if (!folder_open(undo->folder, dir) || undo->folder->fd < 0) {
        out_error("%s: must be a folder of root's alone", dir);
        return false;
    }
    if (flock(undo->folder->fd, LOCK_EX | LOCK_NB) != 0) {
        out_error("another httpauthctl setup is at work");
        folder_close(undo->folder); /* which is that one's to remove */
        return false;
    }
    return load(undo);
}

void
undo_close(struct undo *undo)
{
    if (undo->folder == NULL)
        return;
    /* Of a run that changed nothing nothing is left. */
    if (undo->folder->fd >= 0)
        (void)rmdir(undo->folder->path);
    folder_close(undo->folder);
    free(undo->folder);
    json_decref(undo->record);
    *undo = (struct undo){.folder = NULL};
}

static json_t *
find(const json_t *record, const char *path)
{
    json_t *entry;
    size_t i;

    json_array_foreach(json_object_get(record, "files"), i, entry)
    {
        if (strcmp(text(entry, "path"), path) == 0)
            return entry;
    }
    return NULL;
}

static bool
is_ours(const json_t *entry, const char *digest)
{
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(entry, "ours"), i, one)
    {
        if (json_is_string(one) && strcmp(json_string_value(one), digest) == 0)
            return true;
    }
    return false;
}

bool
undo_knows(const struct undo *undo, const char *path,
           const struct file_state *state)
{
    char digest[CHANGE_DIGEST_SIZE];

    return file_state_digest(state, digest) &&
           is_ours(find(undo->record, path), digest);
}

static bool
write_record(struct undo *undo, const json_t *record)
{
    char *dump = json_dumps(record, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    struct buffer why = BUFFER_INIT(WHY_BYTES);
    bool done =
        dump != NULL && folder_write(undo->folder, RECORD, span_of(dump), &why);

    free(dump);
    if (!done)
        return tell(&why);
    json_decref(undo->record);
    undo->record = json_deep_copy(record);
    buffer_free(&why);
    return undo->record != NULL;
}

static bool
save(struct undo *undo, const struct file_state *before, const char *digest)
{
    struct buffer why = BUFFER_INIT(WHY_BYTES);
    char name[NAME_BYTES];

    if (!before->there)
        return true;
    (void)snprintf(name, sizeof(name), ORIGINAL "%s", digest);
    if (!folder_write(undo->folder, name, buffer_span(&before->content), &why))
        return tell(&why);
    buffer_free(&why);
    return true;
}

/* The entry of one change; `record` is the one that will be written. */
static bool
record_one(struct undo *undo, json_t *record, const struct change *change)
{
    char before[CHANGE_DIGEST_SIZE], after[CHANGE_DIGEST_SIZE];
    json_t *entry = find(record, change->path);

    if (!file_state_digest(&change->before, before) ||
        !file_state_digest(&change->after, after))
        return false;
    if (entry != NULL &&
        (is_ours(entry, before) || strcmp(text(entry, "was"), before) == 0))
        return json_array_append_new(json_object_get(entry, "ours"),
                                     json_string(after)) == 0;
    if (!save(undo, &change->before, before))
        return false;
    if (entry == NULL) {
        entry = json_object();
        if (json_array_append_new(json_object_get(record, "files"), entry) != 0)
            return false;
    }
    return json_object_set_new(entry, "path", json_string(change->path)) == 0 &&
           json_object_set_new(entry, "foreign",
                               json_boolean(change->foreign)) == 0 &&
           json_object_set_new(entry, "was", json_string(before)) == 0 &&
           json_object_set_new(entry, "mode",
                               json_integer(change->before.mode)) == 0 &&
           json_object_set_new(entry, "uid",
                               json_integer(change->before.uid)) == 0 &&
           json_object_set_new(entry, "gid",
                               json_integer(change->before.gid)) == 0 &&
           json_object_set_new(entry, "ours", json_pack("[s]", after)) == 0;
}

bool
undo_record(struct undo *undo, const struct changes *changes,
            const json_t *beside)
{
    json_t *record = undo->record != NULL ? json_deep_copy(undo->record)
                                          : json_pack("{s:[]}", "files");
    bool done = record != NULL;

    for (size_t i = 0; done && i < changes->count; i++)
        done = record_one(undo, record, &changes->item[i]);
    if (done && beside != NULL)
        done = json_object_update_missing(record, (json_t *)beside) == 0;
    done = done && write_record(undo, record);
    if (!done)
        out_error("what is there now cannot be saved: nothing is changed");
    json_decref(record);
    return done;
}

/* Originals that no record names any more. */
static void
sweep(struct undo *undo)
{
    DIR *dir = opendir(undo->folder->path);
    struct dirent *file;

    while (dir != NULL && (file = readdir(dir)) != NULL)
        if (strncmp(file->d_name, ORIGINAL, strlen(ORIGINAL)) == 0 ||
            strcmp(file->d_name, FOLDER_NEW) == 0)
            (void)unlinkat(undo->folder->fd, file->d_name, 0);
    if (dir != NULL)
        closedir(dir);
}

bool
undo_forget(struct undo *undo, const json_t *earlier)
{
    struct buffer why = BUFFER_INIT(WHY_BYTES);

    if (earlier != NULL)
        return write_record(undo, earlier);
    if (!folder_remove(undo->folder, RECORD, &why))
        return tell(&why);
    buffer_free(&why);
    json_decref(undo->record);
    undo->record = NULL;
    sweep(undo);
    return true;
}

/* --- the way back --- */

/* What the entry's file was; the record's word is checked by the digest. */
static bool
original(const struct undo *undo, const json_t *entry, struct file_state *out)
{
    struct buffer why = BUFFER_INIT(WHY_BYTES);
    char name[NAME_BYTES], digest[CHANGE_DIGEST_SIZE];
    const char *was = text(entry, "was");
    struct folder_mark mark;

    if (strcmp(was, CHANGE_ABSENT) == 0)
        return true;
    out->there = true;
    out->mode = (mode_t)json_integer_value(json_object_get(entry, "mode"));
    out->uid = (uid_t)json_integer_value(json_object_get(entry, "uid"));
    out->gid = (gid_t)json_integer_value(json_object_get(entry, "gid"));
    (void)snprintf(name, sizeof(name), ORIGINAL "%.*s", CHANGE_DIGEST_SIZE - 1,
                   was);
    if (folder_read(undo->folder, name, &mark, &out->content, &why) &&
        file_state_digest(out, digest) && strcmp(digest, was) == 0) {
        buffer_free(&why);
        return true;
    }
    out_error("%s: its original, %s/%s, cannot be used", text(entry, "path"),
              undo->folder->path, name);
    buffer_free(&why);
    return false;
}

/* What to do about a file that is neither. */
static void
tell_changed(const struct undo *undo, const json_t *entry)
{
    const char *path = text(entry, "path"), *was = text(entry, "was");

    out_error("%s was changed since; it is not overwritten", path);
    if (strcmp(was, CHANGE_ABSENT) == 0)
        (void)fprintf(stderr,
                      "  There was none.  Undo goes on when it is gone.\n");
    else
        (void)fprintf(stderr,
                      "  Undo goes on when it is as before:\n"
                      "  cp %s/" ORIGINAL "%.8s* \\\n      %s\n",
                      undo->folder->path, was, path);
}

/* May it be put back: is it what we made it, and is its original whole? */
static bool
is_fit(const struct undo *undo, const json_t *entry)
{
    struct file_state now = FILE_STATE_INIT, was = FILE_STATE_INIT;
    char digest[CHANGE_DIGEST_SIZE];
    const char *path = text(entry, "path");
    bool fit = file_state_read(path, &now) && file_state_digest(&now, digest);

    if (fit && !json_is_true(json_object_get(entry, "foreign")) &&
        !is_ours(entry, digest) && strcmp(text(entry, "was"), digest) != 0) {
        tell_changed(undo, entry);
        fit = false;
    }
    fit = fit && original(undo, entry, &was);
    file_state_clear(&now);
    file_state_clear(&was);
    return fit;
}

static bool
put_back(const struct undo *undo, const json_t *entry, bool ours)
{
    struct file_state now = FILE_STATE_INIT, was = FILE_STATE_INIT;
    char digest[CHANGE_DIGEST_SIZE];
    const char *path = text(entry, "path");
    bool done = file_state_read(path, &now) &&
                file_state_digest(&now, digest) && original(undo, entry, &was);

    /* Stacks that others have worked on, too, are left without our lines. */
    if (done && ours && strcmp(digest, text(entry, "was")) != 0)
        done = file_state_write(path, &was);
    file_state_clear(&now);
    file_state_clear(&was);
    return done;
}

/* Is it as we left it?  Of a stack that must be asked before the lines are
 * taken out. */
static bool
is_as_left(const json_t *entry)
{
    struct file_state now = FILE_STATE_INIT;
    char digest[CHANGE_DIGEST_SIZE];
    bool as_left = file_state_read(text(entry, "path"), &now) &&
                   file_state_digest(&now, digest) && is_ours(entry, digest);

    file_state_clear(&now);
    return as_left;
}

/* What else is on record. */
static bool
disable(const struct undo *undo, const char *what, bool (*by)(const json_t *))
{
    const json_t *names = json_object_get(undo->record, what);

    return json_array_size(names) == 0 || by(names);
}

bool
undo_run(struct undo *undo, bool (*profiles)(const json_t *),
         bool (*units)(const json_t *))
{
    const json_t *files = json_object_get(undo->record, "files");
    size_t count = json_array_size(files), i;
    bool *ours = calloc(count + 1, sizeof(*ours)), fit = ours != NULL;
    json_t *entry;

    json_array_foreach(files, i, entry)
    {
        if (fit || ours != NULL)
            fit = is_fit(undo, entry) && fit;
        if (ours != NULL)
            ours[i] = !json_is_true(json_object_get(entry, "foreign")) ||
                      is_as_left(entry);
    }
    fit = fit && disable(undo, "profiles", profiles);
    /* The last one first: what decides over logins ends before what it
     * needs. */
    for (i = count; fit && i-- > 0;)
        fit = put_back(undo, json_array_get(files, i), ours[i]);
    free(ours);
    return fit && disable(undo, "units", units) && undo_forget(undo, NULL);
}
