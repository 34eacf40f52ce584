/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a protected URL answers: challenges, Authentication-Info, and the
 * Authorization that is made of them.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "helper/base/text.h"
#include "helper/http/challenge.h"
#include "helper/http/digest.h"

#define ALL (SCHEME_BASIC | SCHEME_DIGEST | SCHEME_BEARER)

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int held)
{
    if (!held)
        abort();
}

static void
look_at(const struct challenges *c)
{
    must(c->count <= CHALLENGES_MAX);
    for (size_t i = 0; i < c->count; i++) {
        for (size_t j = 0; j < CHALLENGE_VALUES; j++) {
            struct span value = c->one[i].value[j];

            must(value.len <= CHALLENGE_VALUE_MAX);
            must(value.len == 0 || memchr(value.data, '\n', value.len) == NULL);
        }
    }
}

static void
answer(const struct challenge *c, struct span head)
{
    static const struct digest_login login = {
        {"jdoe", 4}, {"secret", 6}, "/", "0123456789abcdef"};
    struct digest digest;
    struct digest_sent sent;
    struct buffer value = BUFFER_INIT(65536);
    char next[CHALLENGE_VALUE_MAX + 1];

    must(digest_take(&digest, c));
    must(digest_authorize(&digest, &login, &sent, &value));
    must(memchr(value.data, '\r', value.len) == NULL);
    must(memchr(value.data, '\n', value.len) == NULL);
    must(strlen(value.data) == value.len);
    must(digest_check(&sent, head, head, next) != DIGEST_INFO_GOOD);
    must(memchr(next, '\0', sizeof(next)) != NULL);
    digest_sent_clear(&sent);
    buffer_free(&value);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span head = {(const char *)data, size};
    struct buffer names = BUFFER_INIT(4096);
    const struct challenge *best;
    struct challenges c;

    must(challenges_read(&c, head));
    look_at(&c);
    challenges_names(&c, &names);
    must(!names.failed && !text_has_control(buffer_span(&names)));
    best = challenges_choose(&c, ALL, NULL);
    if (best != NULL && best->scheme == SCHEME_DIGEST)
        answer(best, head);
    (void)challenges_choose(&c, ALL, "ours");
    challenges_clear(&c);
    (void)challenges_read_info(&c, head);
    challenges_clear(&c);
    buffer_free(&names);
    return 0;
}
