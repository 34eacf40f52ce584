/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * STATE_DIR/seen has lines "SECONDS USER"; the last line about a user
 * counts.  New ones are appended, and the file is written anew when most of
 * it is out of date.
 */
#include "helper/hostpw/seen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/limits.h"
#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/base/folder.h"

#define FILE_NAME "seen"
#define LINE_BYTES (24 + LIMIT_USER)
#define SPARE_LINES 1024 /* out of date, before the file is written anew */
#define FILE_MAX ((2 * (size_t)SEEN_MAX + SPARE_LINES) * LINE_BYTES)
#define EVERY_S 3600
#define WHY_MAX 512

struct person {
    char user[LIMIT_USER + 1];
    int64_t wall;
};

struct seen {
    struct folder folder;
    struct person *person; /* by user */
    size_t count, size;
    size_t lines; /* in the file */
    bool untidy;  /* the file does not end where a line ends */
};

static size_t
place_of(const struct seen *s, const char *user)
{
    size_t low = 0, high = s->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(s->person[middle].user, user) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void
forget_oldest(struct seen *s)
{
    size_t oldest = 0;

    for (size_t i = 1; i < s->count; i++)
        if (s->person[i].wall < s->person[oldest].wall)
            oldest = i;
    s->count--;
    memmove(s->person + oldest, s->person + oldest + 1,
            (s->count - oldest) * sizeof(*s->person));
}

static bool
grow(struct seen *s)
{
    size_t size = s->size > 0 ? 2 * s->size : 64;
    struct person *wider;

    if (s->count < s->size)
        return true;
    wider = realloc(s->person, size * sizeof(*wider));
    if (wider == NULL)
        return false;
    s->person = wider;
    s->size = size;
    return true;
}

/* Who it is about, made if need be; NULL without memory. */
static struct person *
person_of(struct seen *s, const char *user)
{
    size_t at = place_of(s, user);

    if (at < s->count && strcmp(s->person[at].user, user) == 0)
        return &s->person[at];
    if (s->count >= SEEN_MAX)
        forget_oldest(s);
    if (!grow(s))
        return NULL;
    at = place_of(s, user);
    memmove(s->person + at + 1, s->person + at,
            (s->count - at) * sizeof(*s->person));
    s->count++;
    s->person[at].wall = 0;
    snprintf(s->person[at].user, sizeof(s->person[at].user), "%s", user);
    return &s->person[at];
}

/* --- the file --- */

static bool
read_line(struct seen *s, char *line)
{
    char *user = strchr(line, ' ');
    struct person *person;
    int64_t wall;

    if (user == NULL)
        return false;
    *user++ = '\0';
    if (!text_number(line, INT64_MAX, &wall) || !text_is_user(span_of(user)))
        return false;
    person = person_of(s, user);
    if (person != NULL)
        person->wall = wall;
    return person != NULL;
}

/* A line that is not understood makes nobody seen: that can only refuse. */
static void
load(struct seen *s)
{
    struct buffer text = BUFFER_INIT(FILE_MAX), why = BUFFER_INIT(WHY_MAX);
    struct folder_mark mark = folder_mark(&s->folder, FILE_NAME);
    size_t wrong = 0;

    if (mark.there && !folder_read(&s->folder, FILE_NAME, &mark, &text, &why)) {
        log_error("%s/" FILE_NAME ": %s; nobody counts as seen until his next "
                  "login by a provider",
                  s->folder.path, why.data != NULL ? why.data : "");
        buffer_clear(&text);
    }
    for (size_t at = 0; at < text.len; s->lines++) {
        char *line = text.data + at;
        char *end = memchr(line, '\n', text.len - at);

        s->untidy = end == NULL;
        if (end == NULL) /* an interrupted write: its number may be cut */
            break;
        *end = '\0';
        at += (size_t)(end - line) + 1;
        wrong += !read_line(s, line);
    }
    if (wrong > 0)
        log_warning("%s/" FILE_NAME ": %zu lines are not understood",
                    s->folder.path, wrong);
    buffer_free(&text);
    buffer_free(&why);
}

static bool
write_anew(struct seen *s, struct buffer *why)
{
    struct buffer text = BUFFER_INIT(FILE_MAX);
    bool done;

    for (size_t i = 0; i < s->count; i++)
        buffer_printf(&text, "%" PRId64 " %s\n", s->person[i].wall,
                      s->person[i].user);
    done = !text.failed &&
           folder_write(&s->folder, FILE_NAME, buffer_span(&text), why);
    if (done)
        s->lines = s->count;
    buffer_free(&text);
    return done;
}

static void
store(struct seen *s, const struct person *person)
{
    struct buffer why = BUFFER_INIT(WHY_MAX);
    char line[LINE_BYTES];
    bool done;

    snprintf(line, sizeof(line), "%" PRId64 " %s\n", person->wall,
             person->user);
    if (s->untidy || s->lines >= 2 * s->count + SPARE_LINES) {
        done = write_anew(s, &why);
    } else {
        done = folder_append(&s->folder, FILE_NAME, span_of(line), &why);
        s->lines++;
    }
    s->untidy = !done;
    if (!done)
        log_error("who was seen by a provider is not written: %s",
                  why.data != NULL ? why.data : "out of memory");
    buffer_free(&why);
}

/* --- what others see --- */

struct seen *
seen_open(const char *state_dir)
{
    struct seen *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->folder.fd = -1;
    if (!folder_open(&s->folder, state_dir)) {
        seen_free(s);
        return NULL;
    }
    load(s);
    return s;
}

void
seen_free(struct seen *s)
{
    if (s == NULL)
        return;
    folder_close(&s->folder);
    free(s->person);
    free(s);
}

void
seen_note(struct seen *s, struct span user, int64_t wall)
{
    char name[LIMIT_USER + 1] = "";
    struct person *person;

    if (!text_is_user(user) || wall <= 0)
        return;
    memcpy(name, user.data, user.len);
    person = person_of(s, name);
    /* A time ahead of ours was a clock that ran ahead: it must not keep the
     * passwords of somebody who leaves alive. */
    if (person == NULL ||
        (wall >= person->wall && wall - person->wall < EVERY_S))
        return;
    person->wall = wall;
    store(s, person);
}

int64_t
seen_last(const struct seen *s, struct span user)
{
    char name[LIMIT_USER + 1] = "";
    size_t at;

    if (!text_is_user(user))
        return 0;
    memcpy(name, user.data, user.len);
    at = place_of(s, name);
    return at < s->count && strcmp(s->person[at].user, name) == 0
               ? s->person[at].wall
               : 0;
}
