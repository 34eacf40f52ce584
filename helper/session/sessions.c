/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/session/sessions.h"

#include <stdlib.h>
#include <string.h>

#include "helper/base/limits.h"

/* Of one session; facts with very many groups go unrecorded. */
#define SESSION_BYTES_MAX (64 * 1024)

/* Facts first: they must stay aligned to 8 bytes. */
struct stored {
    struct session session; /* its spans point into `bytes` */
    _Alignas(8) char bytes[];
};

struct sessions {
    struct stored **stored; /* the oldest first */
    size_t count, most;
};

struct sessions *
sessions_new(size_t most)
{
    struct sessions *s = calloc(1, sizeof(*s));

    if (s == NULL)
        return NULL;
    s->most = most;
    s->stored = calloc(most + 1, sizeof(struct stored *));
    if (s->stored == NULL) {
        free(s);
        return NULL;
    }
    return s;
}

void
sessions_free(struct sessions *s)
{
    if (s == NULL)
        return;
    sessions_flush(s);
    free(s->stored);
    free(s);
}

void
sessions_flush(struct sessions *s)
{
    while (s->count > 0)
        free(s->stored[--s->count]);
}

static void
remove_at(struct sessions *s, size_t at)
{
    free(s->stored[at]);
    s->count--;
    memmove(s->stored + at, s->stored + at + 1,
            (s->count - at) * sizeof(struct stored *));
}

static bool
has_ended(const struct session *session, int64_t now)
{
    return session->ends <= now - LEEWAY_S;
}

/* Of programs that died without closing. */
static void
remove_ended(struct sessions *s, int64_t now)
{
    size_t i = s->count;

    while (i-- > 0)
        if (has_ended(&s->stored[i]->session, now))
            remove_at(s, i);
}

bool
sessions_add(struct sessions *s, const struct session *session, int64_t now)
{
    size_t len = session->facts.len + session->user.len + session->service.len +
                 session->rhost.len;
    struct stored *stored;
    char *to;

    (void)sessions_remove(s, session->id);
    if (s->count >= s->most)
        remove_ended(s, now);
    if (s->count >= s->most || len > SESSION_BYTES_MAX)
        return false;
    stored = malloc(sizeof(*stored) + len);
    if (stored == NULL)
        return false;
    stored->session = *session;
    to = stored->bytes;
    stored->session.facts = span_copy(session->facts, &to);
    stored->session.user = span_copy(session->user, &to);
    stored->session.service = span_copy(session->service, &to);
    stored->session.rhost = span_copy(session->rhost, &to);
    s->stored[s->count++] = stored;
    return true;
}

bool
sessions_remove(struct sessions *s, const unsigned char id[LOGIN_ID_LEN])
{
    size_t i;

    for (i = 0; i < s->count; i++) {
        if (memcmp(s->stored[i]->session.id, id, LOGIN_ID_LEN) == 0) {
            remove_at(s, i);
            return true;
        }
    }
    return false;
}

bool
sessions_find(const struct sessions *s,
              bool (*is)(void *context, const struct session *), void *context,
              struct session *out)
{
    size_t i = s->count;

    while (i-- > 0) {
        if (is(context, &s->stored[i]->session)) {
            *out = s->stored[i]->session;
            return true;
        }
    }
    memset(out, 0, sizeof(*out));
    return false;
}

/* --- across a restart --- */

/* The struct, whose spans are lengths there, and their text. */
void
sessions_save(const struct sessions *s, int64_t now, struct buffer *out)
{
    size_t i;

    for (i = 0; i < s->count; i++) {
        struct session one = s->stored[i]->session;
        size_t len =
            one.facts.len + one.user.len + one.service.len + one.rhost.len;

        if (has_ended(&one, now))
            continue;
        one.facts.data = one.user.data = NULL;
        one.service.data = one.rhost.data = NULL;
        (void)memory_put(out, MEMORY_SESSION,
                         (struct span){(const char *)&one, sizeof(one)},
                         (struct span){s->stored[i]->bytes, len});
    }
}

static bool
take_part(struct span *body, struct span *part)
{
    if (part->len > body->len)
        return false;
    part->data = body->data;
    body->data += part->len;
    body->len -= part->len;
    return true;
}

bool
sessions_load(struct sessions *s, struct span head, struct span body,
              bool (*are_facts)(struct span))
{
    struct session one;

    if (head.len != sizeof(one))
        return false;
    memcpy(&one, head.data, sizeof(one));
    if (!take_part(&body, &one.facts) || !take_part(&body, &one.user) ||
        !take_part(&body, &one.service) || !take_part(&body, &one.rhost) ||
        body.len != 0)
        return false;
    if (!sessions_add(s, &one, 0)) /* there is no room */
        return true;
    /* Where it is aligned. */
    return are_facts(s->stored[s->count - 1]->session.facts);
}

size_t
sessions_count(const struct sessions *s)
{
    return s->count;
}
