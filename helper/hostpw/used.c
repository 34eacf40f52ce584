/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/hostpw/used.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/log.h"
#include "helper/base/text.h"

#define FILE_NAME "used"
#define FILE_MAX ((size_t)HOSTPW_KEYS_MAX * 192)
#define EVERY_S 60
#define NOWHERE "-"

/* The text up to the next blank, or the end. */
static struct span
next_word(struct span *rest)
{
    const char *blank =
        rest->len > 0 ? memchr(rest->data, ' ', rest->len) : NULL;
    struct span word = *rest;

    if (blank != NULL)
        word.len = (size_t)(blank - rest->data);
    rest->data += word.len + (blank != NULL);
    rest->len -= word.len + (blank != NULL);
    return word;
}

static bool
read_line(struct hostpws *h, struct span line)
{
    struct store_entry *entry = store_find(h, next_word(&line));
    struct span seconds = next_word(&line), service = next_word(&line);
    char number[24] = "";
    int64_t wall;

    if (seconds.len > 0 && seconds.len < sizeof(number))
        memcpy(number, seconds.data, seconds.len);
    if (!text_number(number, INT64_MAX, &wall) || !text_is_service(service) ||
        line.len == 0)
        return false;
    if (entry == NULL) /* it was removed since */
        return true;
    entry->key.last_used = wall;
    snprintf(entry->key.last_service, sizeof(entry->key.last_service), "%.*s",
             (int)service.len, service.data);
    /* It was escaped when it was written; who knows who wrote this. */
    if (!span_is(line, NOWHERE))
        snprintf(entry->key.last_from, sizeof(entry->key.last_from), "%.*s",
                 (int)line.len, line.data);
    return text_is_visible(line);
}

void
used_read(struct hostpws *h)
{
    struct buffer text = BUFFER_INIT(FILE_MAX), why = BUFFER_INIT(512);
    struct folder_mark mark = folder_mark(&h->folder, FILE_NAME);
    size_t wrong = 0;

    if (mark.there && !folder_read(&h->folder, FILE_NAME, &mark, &text, &why))
        log_warning("%s/" FILE_NAME ": %s; last uses are forgotten",
                    h->folder.path, why.data != NULL ? why.data : "");
    for (size_t at = 0; at < text.len;) {
        size_t len = strcspn(text.data + at, "\n");

        wrong += !read_line(h, (struct span){text.data + at, len});
        at += len + 1;
    }
    if (wrong > 0)
        log_warning("%s/" FILE_NAME ": %zu lines are not understood",
                    h->folder.path, wrong);
    buffer_free(&text);
    buffer_free(&why);
}

void
used_note(struct hostpws *h, struct store_entry *entry,
          const struct hostpw_question *q)
{
    struct hostpw *key = &entry->key;

    key->last_used = q->wall;
    text_escape(q->service, key->last_service, sizeof(key->last_service));
    text_escape(q->rhost, key->last_from, sizeof(key->last_from));
    for (char *c = key->last_from; *c != '\0'; c++)
        if (*c == ' ')
            *c = '_';
    h->used_since = true;
    /* The difference, so that a clock that was set back writes again. */
    if (h->used_written == INT64_MIN || q->wall < h->used_written ||
        q->wall - h->used_written >= EVERY_S) {
        used_write(h);
        h->used_written = q->wall;
    }
}

void
used_write(struct hostpws *h)
{
    struct buffer text = BUFFER_INIT(FILE_MAX), why = BUFFER_INIT(512);

    if (!h->used_since)
        return;
    for (size_t i = 0; i < h->count; i++) {
        const struct hostpw *key = &h->entry[i]->key;

        if (key->last_used > 0)
            buffer_printf(&text, "%s %" PRId64 " %s %s\n", h->entry[i]->id,
                          key->last_used, key->last_service,
                          key->last_from[0] != '\0' ? key->last_from : NOWHERE);
    }
    if (!text.failed &&
        folder_write(&h->folder, FILE_NAME, buffer_span(&text), &why))
        h->used_since = false;
    else
        log_warning("last uses of app passwords are not written: %s",
                    why.data != NULL ? why.data : "out of memory");
    buffer_free(&text);
    buffer_free(&why);
}
