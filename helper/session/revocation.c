/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of STATE_DIR/revocations, without the newline; the last one about
 * something counts:
 *
 *     user BEFORE NAME
 *     subject BEFORE ISS SUB
 *     issuer BEFORE ISS
 *     all BEFORE *
 *
 * BEFORE is wall-clock seconds; the fields are those of stateline.h.
 */
#include "helper/session/revocation.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/buffer.h"
#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/session/statefile.h"
#include "helper/session/stateline.h"

#define LINE_MAX_BYTES (3 * (LIMIT_CONF_LINE + LIMIT_CLAIM) + 64)

static const char *const words[] = {
    [REVOKE_USER] = "user",
    [REVOKE_SUBJECT] = "subject",
    [REVOKE_ISSUER] = "issuer",
    [REVOKE_ALL] = "all",
};
#define KINDS (sizeof words / sizeof words[0])

static const struct statefile_kind kind = {
    .name = "revocations",
    .read_only = "nothing can be revoked",
    .broken = "every login is refused",
};

struct mark {
    int64_t before;
    enum revocation_kind kind;
    size_t first_len, second_len;
    char text[]; /* first, second */
};

/* Sorted; looked through by halves at every login. */
struct revocations {
    struct statefile file;
    struct mark **mark;
    size_t count, size;
    bool untidy; /* the file has lines that no longer count */
};

/* --- the table --- */

static int
order_text(struct span a, struct span b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len == 0 ? 0 : memcmp(a.data, b.data, len);

    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int
order(const struct revocation *r, const struct mark *mark)
{
    int result = (r->kind > mark->kind) - (r->kind < mark->kind);

    if (result == 0)
        result =
            order_text(r->first, (struct span){mark->text, mark->first_len});
    if (result == 0)
        result =
            order_text(r->second, (struct span){mark->text + mark->first_len,
                                                mark->second_len});
    return result;
}

/* Where it is, or would be. */
static size_t
place_of(const struct revocations *r, const struct revocation *what, bool *is)
{
    size_t low = 0, high = r->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (order(what, r->mark[middle]) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    *is = low < r->count && order(what, r->mark[low]) == 0;
    return low;
}

static int64_t
before(const struct revocations *r, const struct revocation *what)
{
    bool is;
    size_t at = place_of(r, what, &is);

    return is ? r->mark[at]->before : 0;
}

/* One for all makes room by itself. */
static bool
has_room(const struct revocations *r, const struct revocation *what)
{
    return r->count < REVOCATIONS_MAX || what->kind == REVOKE_ALL ||
           before(r, what) > 0;
}

static struct mark *
mark_new(const struct revocation *what, int64_t when)
{
    struct mark *mark =
        malloc(sizeof *mark + what->first.len + what->second.len);

    if (mark == NULL)
        return NULL;
    mark->before = when;
    mark->kind = what->kind;
    mark->first_len = what->first.len;
    mark->second_len = what->second.len;
    if (what->first.len > 0)
        memcpy(mark->text, what->first.data, what->first.len);
    if (what->second.len > 0)
        memcpy(mark->text + what->first.len, what->second.data,
               what->second.len);
    return mark;
}

/* Room for one more. */
static bool
grow(struct revocations *r)
{
    size_t size = r->size > 0 ? 2 * r->size : 16;
    struct mark **wider;

    if (r->count < r->size)
        return true;
    wider = realloc(r->mark, size * sizeof(*wider));
    if (wider == NULL)
        return false;
    r->mark = wider;
    r->size = size;
    return true;
}

/* A mark for all contains every other, one for an issuer those of its
 * subjects: not its users, whom other issuers may vouch for as well. */
static bool
contains(const struct revocation *what, const struct mark *mark)
{
    if (what->kind == REVOKE_ALL)
        return mark->kind != REVOKE_ALL;
    return what->kind == REVOKE_ISSUER && mark->kind == REVOKE_SUBJECT &&
           order_text(what->first,
                      (struct span){mark->text, mark->first_len}) == 0;
}

static void
drop_contained(struct revocations *r, const struct revocation *what,
               int64_t when)
{
    size_t i, kept = 0;

    for (i = 0; i < r->count; i++) {
        if (contains(what, r->mark[i]) && r->mark[i]->before <= when) {
            free(r->mark[i]);
            r->untidy = true;
        } else {
            r->mark[kept++] = r->mark[i];
        }
    }
    r->count = kept;
}

/* A mark never goes back: an older time beside a newer one says nothing.  What
 * needs memory comes first: half of it done would forget marks. */
static bool
put(struct revocations *r, const struct revocation *what, int64_t when)
{
    struct mark *mark = grow(r) ? mark_new(what, when) : NULL;
    size_t at;
    bool is;

    if (mark == NULL)
        return false;
    drop_contained(r, what, when);
    at = place_of(r, what, &is);
    if (is) {
        if (r->mark[at]->before > when)
            mark->before = r->mark[at]->before;
        free(r->mark[at]);
        r->mark[at] = mark;
        r->untidy = true;
        return true;
    }
    memmove(r->mark + at + 1, r->mark + at, (r->count - at) * sizeof(*r->mark));
    r->mark[at] = mark;
    r->count++;
    return true;
}

static void
clear(struct revocations *r)
{
    while (r->count > 0)
        free(r->mark[--r->count]);
}

/* --- lines --- */

static bool
text_fits(struct span text, size_t most)
{
    return text.len > 0 && text.len <= most && !text_has_control(text) &&
           text_is_utf8(text);
}

static bool
fits(const struct revocation *what)
{
    switch (what->kind) {
    case REVOKE_USER:
        return text_is_user(what->first) && what->second.len == 0;
    case REVOKE_SUBJECT:
        return text_fits(what->first, LIMIT_CONF_LINE) &&
               text_fits(what->second, LIMIT_CLAIM);
    case REVOKE_ISSUER:
        return text_fits(what->first, LIMIT_CONF_LINE) && what->second.len == 0;
    case REVOKE_ALL:
        return what->first.len == 0 && what->second.len == 0;
    }
    return false;
}

static bool
print(const struct revocation *what, int64_t when, struct buffer *out)
{
    buffer_printf(out, "%s %" PRId64, words[what->kind], when);
    stateline_put(what->kind == REVOKE_ALL ? span_of("*") : what->first, out);
    if (what->kind == REVOKE_SUBJECT)
        stateline_put(what->second, out);
    return buffer_text(out, "\n");
}

/* In place; `out` points into the line. */
static bool
parse(char *line, size_t len, struct revocation *out, int64_t *when)
{
    struct span word;
    size_t k;

    *out = (struct revocation){.kind = REVOKE_ALL};
    if (!stateline_text(&line, &len, false, &word))
        return false;
    for (k = 0; k < KINDS && !span_is(word, words[k]); k++)
        continue;
    if (k == KINDS || !stateline_time(&line, &len, when) || *when <= 0)
        return false;
    out->kind = (enum revocation_kind)k;
    if (!stateline_text(&line, &len, k != REVOKE_SUBJECT, &out->first) ||
        (k == REVOKE_SUBJECT &&
         !stateline_text(&line, &len, true, &out->second)))
        return false;
    if (k == REVOKE_ALL) {
        if (!span_is(out->first, "*"))
            return false;
        out->first = (struct span){NULL, 0};
    }
    return fits(out);
}

/* --- loading --- */

/* What is wrong with that line, or NULL. */
static const char *
load_line(void *context, char *line, size_t len)
{
    struct revocations *r = context;
    struct revocation what;
    int64_t when;

    if (!parse(line, len, &what, &when))
        return "is no record of a revocation";
    if (!has_room(r, &what))
        return "is one revocation too many";
    return put(r, &what, when) ? NULL : "does not fit into memory";
}

/* Failing is harmless: the longer file says the same. */
static void
compact(struct revocations *r)
{
    struct buffer out = BUFFER_INIT(STATEFILE_BYTES_MAX);
    size_t i;

    for (i = 0; i < r->count; i++) {
        const struct mark *mark = r->mark[i];
        const struct revocation what = {
            mark->kind,
            {mark->text, mark->first_len},
            {mark->text + mark->first_len, mark->second_len}};

        print(&what, mark->before, &out);
    }
    if (!out.failed && statefile_replace(&r->file, buffer_span(&out)))
        r->untidy = false;
    buffer_free(&out);
}

struct revocations *
revocations_open(const char *state_dir)
{
    struct revocations *r = calloc(1, sizeof *r);

    if (r == NULL)
        return NULL;
    statefile_open(&r->file, &kind, state_dir);
    if (!statefile_load(&r->file, load_line, r))
        clear(r);
    else if (r->untidy)
        compact(r);
    return r;
}

void
revocations_free(struct revocations *r)
{
    if (r == NULL)
        return;
    statefile_close(&r->file);
    clear(r);
    free(r->mark);
    free(r);
}

/* --- at run time --- */

bool
revocations_known(const struct revocations *r)
{
    return r->file.state != STATEFILE_BROKEN;
}

enum revocation_result
revocations_mark(struct revocations *r, const struct revocation *what,
                 int64_t now)
{
    struct buffer record = BUFFER_INIT(LINE_MAX_BYTES);
    enum revocation_result result = REVOCATION_FAILED;

    if (!fits(what) || now <= 0)
        return REVOCATION_UNFIT;
    if (!has_room(r, what))
        return REVOCATION_FULL;
    /* In memory first: what is not written then refuses until a restart, and
     * nobody was told that it would for longer. */
    if (put(r, what, now) && print(what, now, &record) &&
        statefile_append(&r->file, buffer_span(&record)) &&
        statefile_sync(&r->file))
        result = REVOCATION_DONE;
    buffer_free(&record);
    return result;
}

int64_t
revocations_latest(const struct revocations *r,
                   const struct revocation_question *q)
{
    const struct revocation all[] = {
        {REVOKE_USER, q->user, {NULL, 0}},
        {REVOKE_SUBJECT, q->iss, q->sub},
        {REVOKE_ISSUER, q->iss, {NULL, 0}},
        {REVOKE_ALL, {NULL, 0}, {NULL, 0}},
    };
    int64_t latest = 0;
    size_t i;

    for (i = 0; r->count > 0 && i < sizeof all / sizeof all[0]; i++) {
        int64_t mark = before(r, &all[i]);

        if (mark > latest)
            latest = mark;
    }
    return latest;
}

bool
revocation_hits(int64_t mark, int64_t issued)
{
    return mark > 0 && (issued <= 0 || issued <= mark + LEEWAY_S);
}
