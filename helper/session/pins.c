/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/session/pins.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/clock.h"
#include "helper/base/hash.h"
#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/session/statefile.h"
#include "helper/session/pinline.h"

#define PINS_MAX 100000
#define BUCKETS_FIRST 256 /* a power of two, like every size after it */

/* A power cut may forget the pins of the last seconds, and the next login pins
 * them again. */
static const struct statefile_kind kind = {
    .name = "pins",
    .read_only = "no new subject can be pinned",
    .broken = "every login that needs a pin is refused",
};

struct pin {
    struct pin *next; /* in its bucket */
    int64_t since;    /* wall clock */
    size_t user_len, iss_len, sub_len;
    char text[]; /* user, iss, sub */
};

/* By user alone: forgetting a user then looks at one bucket.  Names come from
 * verified tokens and are few, so a plain hash does. */
struct pins {
    struct statefile file;
    struct pin **bucket;
    size_t buckets, count;
    bool untidy; /* the file has lines that no longer count */
    bool said_full;
};

static struct span
pin_user(const struct pin *pin)
{
    return (struct span){pin->text, pin->user_len};
}

static struct span
pin_iss(const struct pin *pin)
{
    return (struct span){pin->text + pin->user_len, pin->iss_len};
}

static struct span
pin_sub(const struct pin *pin)
{
    return (struct span){pin->text + pin->user_len + pin->iss_len,
                         pin->sub_len};
}

static struct pinline
pin_line(const struct pin *pin)
{
    return (struct pinline){.since = pin->since,
                            .user = pin_user(pin),
                            .iss = pin_iss(pin),
                            .sub = pin_sub(pin)};
}

static struct pin *
pin_new(const struct pinline *line)
{
    struct pin *pin =
        malloc(sizeof *pin + line->user.len + line->iss.len + line->sub.len);

    if (pin == NULL)
        return NULL;
    pin->next = NULL;
    pin->since = line->since;
    pin->user_len = line->user.len;
    pin->iss_len = line->iss.len;
    pin->sub_len = line->sub.len;
    memcpy(pin->text, line->user.data, line->user.len);
    memcpy(pin->text + line->user.len, line->iss.data, line->iss.len);
    memcpy(pin->text + line->user.len + line->iss.len, line->sub.data,
           line->sub.len);
    return pin;
}

/* --- the table --- */

static struct pin **
bucket_of(const struct pins *p, struct span user)
{
    uint64_t hash = hash_span(HASH_FIRST, user);

    return &p->bucket[(hash ^ hash >> 32) & (p->buckets - 1)];
}

/* Without memory the chains get longer, and nothing else happens. */
static void
grow(struct pins *p)
{
    struct pin **old = p->bucket, **wider;
    size_t i, before = p->buckets;

    if (p->count < before)
        return;
    wider = calloc(before * 2, sizeof *wider);
    if (wider == NULL)
        return;
    p->bucket = wider;
    p->buckets = before * 2;
    for (i = 0; i < before; i++) {
        while (old[i] != NULL) {
            struct pin *pin = old[i], **head = bucket_of(p, pin_user(pin));

            old[i] = pin->next;
            pin->next = *head;
            *head = pin;
        }
    }
    free(old);
}

static void
link_pin(struct pins *p, struct pin *pin)
{
    struct pin **head;

    grow(p);
    head = bucket_of(p, pin_user(pin));
    pin->next = *head;
    *head = pin;
    p->count++;
}

/* Does it belong to that user, and (unless `iss` is empty) that issuer? */
static bool
is_of(const struct pin *pin, struct span user, struct span iss)
{
    return span_equal(pin_user(pin), user) &&
           (iss.len == 0 || span_equal(pin_iss(pin), iss));
}

static const struct pin *
find(const struct pins *p, struct span user, struct span iss)
{
    const struct pin *pin;

    if (iss.len == 0)
        return NULL;
    for (pin = *bucket_of(p, user); pin != NULL; pin = pin->next)
        if (is_of(pin, user, iss))
            return pin;
    return NULL;
}

static int
unlink_pins(struct pins *p, struct span user, struct span iss)
{
    struct pin **link = bucket_of(p, user);
    int n = 0;

    while (*link != NULL) {
        struct pin *pin = *link;

        if (!is_of(pin, user, iss)) {
            link = &pin->next;
            continue;
        }
        *link = pin->next;
        free(pin);
        p->count--;
        n++;
    }
    return n;
}

static void
clear(struct pins *p)
{
    size_t i;

    for (i = 0; i < p->buckets; i++) {
        while (p->bucket[i] != NULL) {
            struct pin *pin = p->bucket[i];

            p->bucket[i] = pin->next;
            free(pin);
        }
    }
    p->count = 0;
}

/* --- loading --- */

/* What is wrong with that line, or NULL. */
static const char *
load_line(void *context, char *text, size_t len)
{
    struct pins *p = context;
    struct pinline line;
    struct pin *pin;

    if (!pinline_parse(text, len, &line))
        return "is no record of a pin";
    if (line.forgets) {
        (void)unlink_pins(p, line.user, line.iss);
        p->untidy = true;
        return NULL;
    }
    if (find(p, line.user, line.iss) != NULL)
        return "pins a name that is pinned already";
    if (p->count >= PINS_MAX)
        return "is one pin too many";
    pin = pin_new(&line);
    if (pin == NULL)
        return "does not fit into memory";
    link_pin(p, pin);
    return NULL;
}

/* Only the pins that hold.  Failing is harmless: the longer file says the
 * same. */
static void
compact(struct pins *p)
{
    struct buffer out = BUFFER_INIT(STATEFILE_BYTES_MAX);
    const struct pin *pin;
    size_t i;

    for (i = 0; i < p->buckets; i++) {
        for (pin = p->bucket[i]; pin != NULL; pin = pin->next) {
            struct pinline line = pin_line(pin);

            pinline_print(&line, &out);
        }
    }
    if (!out.failed && statefile_replace(&p->file, buffer_span(&out)))
        p->untidy = false;
    buffer_free(&out);
}

struct pins *
pins_open(const char *state_dir)
{
    struct pins *p = calloc(1, sizeof *p);

    if (p == NULL)
        return NULL;
    p->buckets = BUCKETS_FIRST;
    p->bucket = calloc(p->buckets, sizeof *p->bucket);
    if (p->bucket == NULL) {
        free(p);
        return NULL;
    }
    statefile_open(&p->file, &kind, state_dir);
    /* Forgetting one pin of many would let a reused name in. */
    if (!statefile_load(&p->file, load_line, p))
        clear(p);
    else if (p->untidy)
        compact(p);
    return p;
}

void
pins_free(struct pins *p)
{
    if (p == NULL)
        return;
    statefile_close(&p->file);
    clear(p);
    free(p->bucket);
    free(p);
}

/* --- at run time --- */

static enum pin_result
pin_it(struct pins *p, const struct pinline *line)
{
    struct buffer record = BUFFER_INIT(PINLINE_MAX);
    enum pin_result result = PIN_FAILED;
    struct pin *pin = NULL;

    if (p->count >= PINS_MAX) {
        if (!p->said_full)
            log_error("%s: holds %d pins and takes no more", p->file.path,
                      PINS_MAX);
        p->said_full = true;
        goto done;
    }
    if (!pinline_print(line, &record))
        goto done;
    pin = pin_new(line);
    if (pin == NULL || !statefile_append(&p->file, buffer_span(&record)))
        goto done;
    link_pin(p, pin);
    pin = NULL;
    result = PIN_NEW;

done:
    free(pin);
    buffer_free(&record);
    return result;
}

enum pin_result
pins_check(struct pins *p, struct span user, struct span iss, struct span sub)
{
    const struct pin *pin;

    if (p->file.state == STATEFILE_BROKEN)
        return PIN_FAILED;
    pin = find(p, user, iss);
    if (pin != NULL)
        return span_equal(pin_sub(pin), sub) ? PIN_MATCHES : PIN_OTHER;
    /* The time is for people who read the file; nothing hangs on it. */
    return pin_it(
        p, &(struct pinline){
               .since = clock_wall(), .user = user, .iss = iss, .sub = sub});
}

struct span
pins_find(const struct pins *p, struct span user, struct span iss)
{
    const struct pin *pin = find(p, user, iss);

    return pin == NULL ? (struct span){NULL, 0} : pin_sub(pin);
}

int
pins_forget(struct pins *p, struct span user, struct span iss)
{
    struct buffer records = BUFFER_INIT(STATEFILE_BYTES_MAX);
    const struct pin *pin;
    int forgotten = -1;

    if (p->file.state != STATEFILE_USABLE)
        return -1;
    for (pin = *bucket_of(p, user); pin != NULL; pin = pin->next)
        if (is_of(pin, user, iss))
            pinline_print(&(struct pinline){.forgets = true,
                                            .user = pin_user(pin),
                                            .iss = pin_iss(pin)},
                          &records);
    if (!records.failed &&
        (records.len == 0 || statefile_append(&p->file, buffer_span(&records))))
        forgotten = unlink_pins(p, user, iss);
    buffer_free(&records);
    return forgotten;
}

static int
by_name(const void *left, const void *right)
{
    const struct pin *a = *(struct pin *const *)left;
    const struct pin *b = *(struct pin *const *)right;
    size_t a_len = a->user_len + a->iss_len, b_len = b->user_len + b->iss_len;
    int order = memcmp(a->text, b->text, a_len < b_len ? a_len : b_len);

    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static json_t *
pin_json(const struct pin *pin)
{
    return json_pack("{s:s%, s:s%, s:s%, s:I}", "user", pin->text,
                     pin->user_len, "issuer", pin_iss(pin).data, pin->iss_len,
                     "subject", pin_sub(pin).data, pin->sub_len, "since",
                     (json_int_t)pin->since);
}

json_t *
pins_list(const struct pins *p)
{
    const struct pin **sorted = calloc(p->count + 1, sizeof *sorted);
    json_t *list = json_array();
    const struct pin *pin;
    size_t i, n = 0;

    if (sorted == NULL || list == NULL)
        goto done;
    for (i = 0; i < p->buckets; i++)
        for (pin = p->bucket[i]; pin != NULL; pin = pin->next)
            sorted[n++] = pin;
    qsort(sorted, n, sizeof *sorted, by_name);
    for (i = 0; i < n; i++)
        (void)json_array_append_new(list, pin_json(sorted[i]));

done:
    free(sorted);
    return list;
}
