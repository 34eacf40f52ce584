/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/session/memory.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/erase.h"
#include "helper/base/folder.h"
#include "helper/base/log.h"
#include "helper/jose/seal.h"
#include "helper/session/login.h"
#include "helper/session/sessions.h"
#include "helper/session/verdict.h"

#define KEY_FILE "key"
#define FILE_NAME "memory"
#define WHY_MAX 4096
/* By how much the wall clock may have been set while nobody was there. */
#define CLOCK_SLACK_S 10

/* In front of the sealed records, and authenticated with them. */
struct head {
    char magic[16]; /* changes with what a record is */
    int64_t saved_ms, wall;
};
static const char magic[sizeof(((struct head *)NULL)->magic)] =
    "httpauth-mem-02";

/* --- records --- */

struct record_head {
    uint32_t kind, head_len, body_len;
};

size_t
memory_record_len(size_t head, size_t body)
{
    return sizeof(struct record_head) + head + body;
}

bool
memory_put(struct buffer *out, enum memory_kind kind, struct span head,
           struct span body)
{
    const struct record_head record = {(uint32_t)kind, (uint32_t)head.len,
                                       (uint32_t)body.len};

    if (memory_record_len(head.len, body.len) > out->cap - out->len)
        return false;
    buffer_add(out, &record, sizeof(record));
    buffer_add(out, head.data, head.len);
    return buffer_add(out, body.data, body.len);
}

static bool
take(struct span *rest, size_t len, struct span *out)
{
    if (len > rest->len)
        return false;
    *out = (struct span){rest->data, len};
    rest->data += len;
    rest->len -= len;
    return true;
}

static bool
load_one(struct memory_tables *t, enum memory_kind kind, struct span head,
         struct span body)
{
    switch (kind) {
    case MEMORY_SECRET:
        return verdicts_load_secret(t->verdicts, head);
    case MEMORY_VERDICT:
        return verdicts_load(t->verdicts, head, body, t->may_keep);
    case MEMORY_LOGIN:
        return logins_load(t->logins, head, body, t->are_facts);
    case MEMORY_GUEST:
        return logins_load(t->guests, head, body, t->are_facts);
    case MEMORY_SESSION:
        return sessions_load(t->sessions, head, body, t->are_facts);
    }
    return false;
}

/* Nothing is better than half of it. */
static void
forget_all(struct memory_tables *t)
{
    verdicts_flush(t->verdicts);
    logins_flush(t->logins);
    logins_flush(t->guests);
    sessions_flush(t->sessions);
}

/* What was sealed is what was written: a record that is none is a fault. */
static bool
load_all(struct memory_tables *t, struct span rest)
{
    struct record_head record;
    struct span part, head, body;

    while (rest.len > 0) {
        if (!take(&rest, sizeof(record), &part))
            return false;
        memcpy(&record, part.data, sizeof(record));
        if (!take(&rest, record.head_len, &head) ||
            !take(&rest, record.body_len, &body) ||
            !load_one(t, (enum memory_kind)record.kind, head, body))
            return false;
    }
    return true;
}

/* --- the key --- */

static bool
find_key(struct folder *folder, unsigned char key[SEAL_KEY_LEN])
{
    struct buffer text = BUFFER_INIT(SEAL_KEY_LEN), why = BUFFER_INIT(WHY_MAX);
    struct folder_mark mark;
    bool found = folder_read(folder, KEY_FILE, &mark, &text, &why) &&
                 text.len == SEAL_KEY_LEN &&
                 (mark.mode & (S_IRWXG | S_IRWXO)) == 0;

    if (found)
        memcpy(key, text.data, SEAL_KEY_LEN);
    buffer_free(&text);
    buffer_free(&why);
    return found;
}

static bool
make_key(struct folder *folder, unsigned char key[SEAL_KEY_LEN],
         struct buffer *why)
{
    if (RAND_bytes(key, SEAL_KEY_LEN) != 1) {
        buffer_text(why, "no random bytes");
        return false;
    }
    return folder_write(folder, KEY_FILE,
                        (struct span){(char *)key, SEAL_KEY_LEN}, why);
}

/* --- saving --- */

/* The sealed file: head, seal, records. */
static bool
put_file(struct folder *folder, const unsigned char key[SEAL_KEY_LEN],
         struct span records, struct memory_now now, struct buffer *why)
{
    struct head head = {.saved_ms = now.boot_ms, .wall = now.wall};
    struct seal seal;
    struct buffer file =
        BUFFER_INIT(MEMORY_BYTES_MAX + sizeof(head) + sizeof(seal));
    unsigned char *sealed = malloc(records.len + 1);
    bool done = false;

    memcpy(head.magic, magic, sizeof(head.magic));
    if (sealed == NULL ||
        !seal_close(key, (struct span){(char *)&head, sizeof(head)}, records,
                    &seal, sealed)) {
        buffer_text(why, "cannot be sealed");
    } else {
        buffer_add(&file, &head, sizeof(head));
        buffer_add(&file, &seal, sizeof(seal));
        done = buffer_add(&file, sealed, records.len) &&
               folder_write(folder, FILE_NAME, buffer_span(&file), why);
    }
    free(sealed);
    buffer_free(&file);
    return done;
}

void
memory_save(const char *path, const struct memory_tables *t,
            struct memory_now now)
{
    struct buffer records = BUFFER_INIT(MEMORY_BYTES_MAX);
    struct buffer why = BUFFER_INIT(WHY_MAX);
    unsigned char key[SEAL_KEY_LEN];
    struct folder folder = {.fd = -1};
    bool done;

    /* A verdict can be had anew, a login only by its user. */
    sessions_save(t->sessions, now.wall, &records);
    logins_save(t->logins, MEMORY_LOGIN, now.wall, &records);
    logins_save(t->guests, MEMORY_GUEST, now.wall, &records);
    verdicts_save(t->verdicts, t->may_keep, now.boot_ms, &records);
    done = !records.failed && folder_open(&folder, path) &&
           (find_key(&folder, key) || make_key(&folder, key, &why)) &&
           put_file(&folder, key, buffer_span(&records), now, &why);
    if (!done)
        log_warning("%s: what is remembered cannot be kept: %s", path,
                    why.len > 0 ? why.data : "no memory");
    folder_close(&folder);
    erase(key, sizeof(key));
    buffer_free(&records);
    buffer_free(&why);
}

/* --- restoring --- */

/* In another boot the clocks have parted, by the time from the one start to the
 * other. */
static bool
is_of_this_boot(const struct head *head, struct memory_now now)
{
    int64_t apart =
        (now.boot_ms - head->saved_ms) / 1000 - (now.wall - head->wall);

    return now.boot_ms >= head->saved_ms && apart >= -CLOCK_SLACK_S &&
           apart <= CLOCK_SLACK_S;
}

static const char *
open_file(struct memory_tables *t, const unsigned char key[SEAL_KEY_LEN],
          struct span file, struct memory_now now)
{
    struct head head;
    struct seal seal;
    struct span part, beside;
    unsigned char *plain = NULL;
    const char *wrong = "is damaged or foreign";

    if (!take(&file, sizeof(head), &beside))
        goto done;
    memcpy(&head, beside.data, sizeof(head));
    if (!take(&file, sizeof(seal), &part) ||
        memcmp(head.magic, magic, sizeof(magic)) != 0)
        goto done;
    memcpy(&seal, part.data, sizeof(seal));
    plain = malloc(file.len + 1);
    if (plain == NULL || !seal_open(key, beside, &seal, file, plain))
        goto done;
    wrong = "is of another boot";
    if (!is_of_this_boot(&head, now))
        goto done;
    wrong = NULL;
    if (!load_all(t, (struct span){(char *)plain, file.len})) {
        wrong = "holds what this version does not understand";
        forget_all(t);
    }
done:
    erase_free(plain, file.len + 1);
    return wrong;
}

bool
memory_restore(const char *path, struct memory_tables *t, struct memory_now now)
{
    struct buffer file = BUFFER_INIT(MEMORY_BYTES_MAX + 4096);
    struct buffer why = BUFFER_INIT(WHY_MAX);
    unsigned char key[SEAL_KEY_LEN];
    struct folder folder = {.fd = -1};
    struct folder_mark mark;
    const char *wrong = NULL;
    bool there;

    there = folder_open(&folder, path) && folder_mark(&folder, FILE_NAME).there;
    if (there) {
        bool read = folder_read(&folder, FILE_NAME, &mark, &file, &why);

        /* First of all: what cannot be taken away would be taken again. */
        if (!folder_remove(&folder, FILE_NAME, &why))
            wrong = why.len > 0 ? why.data : "cannot be removed";
        else if (!read)
            wrong = why.len > 0 ? why.data : "cannot be read";
        else if (!find_key(&folder, key))
            wrong = "has no key beside it";
        else
            wrong = open_file(t, key, buffer_span(&file), now);
    }
    if (wrong != NULL)
        log_warning("%s/" FILE_NAME ": %s; begins with nothing remembered",
                    path, wrong);
    folder_close(&folder);
    erase(key, sizeof(key));
    buffer_free(&file);
    buffer_free(&why);
    return there && wrong == NULL;
}
