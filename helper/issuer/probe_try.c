/* SPDX-License-Identifier: BSD-2-Clause */
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

#include "helper/base/erase.h"
#include "helper/base/text.h"
#include "helper/issuer/probe_inside.h"

#define RANDOM_MAX 32 /* bytes */

/* --- what all requests share --- */

int64_t
probe_schemes(const struct issuer_conf *conf, bool password)
{
    int64_t fit = SCHEME_BEARER;

    if (password)
        fit = SCHEME_DIGEST | SCHEME_BASIC;
    else if (conf->bearer_username != NULL)
        fit = SCHEME_BASIC;
    return conf->http_schemes & fit;
}

bool
probe_status_in(const struct list *statuses, long status)
{
    char text[24];

    snprintf(text, sizeof(text), "%ld", status);
    return list_has(statuses, span_of(text));
}

bool
probe_random_hex(char *out, size_t bytes)
{
    unsigned char random[RANDOM_MAX];

    if (bytes > sizeof(random) || RAND_bytes(random, (int)bytes) != 1)
        return false;
    for (size_t i = 0; i < bytes; i++)
        snprintf(out + 2 * i, 3, "%02x", random[i]);
    erase(random, sizeof(random));
    return true;
}

/* Not idempotent: a wrong password that is sent twice counts twice. */
enum probe_end
probe_get(struct probe_site *site, struct span authorization,
          struct span cookie, int64_t deadline, fetch_done *done, void *context,
          struct fetch **fetch)
{
    const char *from = site->conf->user_from;
    struct buffer why = BUFFER_INIT(ROUTE_WHY_MAX);
    int64_t left = deadline - site->clock();
    struct fetch_request request = {
        .url = site->conf->http_url,
        .route = route_now(site->route, &why),
        .accept = from != NULL && strncmp(from, "json:", 5) == 0
                      ? "application/json"
                      : "*/*",
        .authorization = authorization,
        .cookie = cookie,
        .fresh = true,
        .body_max = PROBE_BODY_MAX,
        .done = done,
        .context = context,
    };

    buffer_free(&why);
    if (request.route == NULL)
        return PROBE_NO_WAY;
    if (left <= 0)
        return PROBE_LATE;
    request.timeout_ms = (uint32_t)left;
    *fetch = fetch_start(site->fetcher, &request);
    return *fetch == NULL ? PROBE_BROKEN : PROBE_UNDER_WAY;
}

/*
 * Some gateways send whoever comes without a credential to a login page and
 * never challenge.  Where the administrator admits one scheme only, pins no
 * realm and it needs no challenge, that one is shown unasked.
 */
static bool
unasked(const struct issuer_conf *conf, bool password,
        const struct challenges *offered, int64_t *scheme)
{
    int64_t admitted = probe_schemes(conf, password);

    if (offered->count > 0 || conf->http_realm != NULL ||
        (admitted != SCHEME_BASIC && admitted != SCHEME_BEARER))
        return false;
    *scheme = admitted;
    return true;
}

bool
probe_learn(struct probe_site *site, bool password,
            const struct challenges *offered)
{
    struct probe_known *known = &site->known[password];
    const struct challenge *best = challenges_choose(
        offered, probe_schemes(site->conf, password), site->conf->http_realm);
    struct digest digest;

    known->scheme = 0;
    if (best == NULL)
        return unasked(site->conf, password, offered, &known->scheme);
    if (best->scheme == SCHEME_DIGEST) {
        if (!digest_take(&digest, best))
            return false;
        /* The same nonce goes on counting (RFC 7616 section 3.4). */
        if (strcmp(digest.nonce, known->digest.nonce) == 0)
            digest.used = known->digest.used;
        known->digest = digest;
    }
    known->scheme = best->scheme;
    return true;
}

/* --- Authorization --- */

/* RFC 7617 section 2 */
static enum probe_end
write_basic(struct span user, struct span credential, struct buffer *out)
{
    struct buffer pair = BUFFER_INIT(PROBE_HEADER_MAX);
    unsigned char *encoded = NULL;
    size_t size = 0;
    enum probe_end end = PROBE_BROKEN;

    if (user.len == 0 || memchr(user.data, ':', user.len) != NULL) {
        end = PROBE_FORM;
        goto done;
    }
    buffer_add(&pair, user.data, user.len);
    buffer_text(&pair, ":");
    buffer_add(&pair, credential.data, credential.len);
    size = (pair.len + 2) / 3 * 4 + 1;
    encoded = malloc(size);
    if (pair.failed || encoded == NULL)
        goto done;
    EVP_EncodeBlock(encoded, (const unsigned char *)pair.data, (int)pair.len);
    buffer_text(out, "Basic ");
    if (buffer_text(out, (const char *)encoded))
        end = PROBE_UNDER_WAY;
done:
    erase_free(encoded, size);
    buffer_free(&pair);
    return end;
}

static enum probe_end
write_digest(struct probe_try *t, struct probe_known *known, struct buffer *out)
{
    char cnonce[DIGEST_CNONCE];
    struct digest_login login = {
        .user = buffer_span(&t->user),
        .password = buffer_span(&t->credential),
        .uri = t->site->target,
        .cnonce = cnonce,
    };

    if (!probe_random_hex(cnonce, (DIGEST_CNONCE - 1) / 2))
        return PROBE_BROKEN;
    digest_sent_clear(&t->sent);
    return digest_authorize(&known->digest, &login, &t->sent, out)
               ? PROBE_UNDER_WAY
               : PROBE_BROKEN;
}

static enum probe_end
write_authorization(struct probe_try *t, struct buffer *out)
{
    struct probe_known *known = &t->site->known[t->password];
    struct span credential = buffer_span(&t->credential);

    if (known->scheme == SCHEME_DIGEST)
        return write_digest(t, known, out);
    if (known->scheme == SCHEME_BASIC)
        return write_basic(t->password
                               ? buffer_span(&t->user)
                               : span_of(t->site->conf->bearer_username),
                           credential, out);
    buffer_text(out, "Bearer ");
    return buffer_add(out, credential.data, credential.len) ? PROBE_UNDER_WAY
                                                            : PROBE_BROKEN;
}

/* --- the steps --- */

static void shown(void *context, const struct fetch_answer *);

static enum probe_end
show(struct probe_try *t)
{
    struct buffer value = BUFFER_INIT(PROBE_HEADER_MAX);
    struct span none = {NULL, 0};
    enum probe_end end = write_authorization(t, &value);

    if (end == PROBE_UNDER_WAY) {
        t->scheme = t->site->known[t->password].scheme;
        end = probe_get(t->site, buffer_span(&value), none, t->deadline, shown,
                        t, &t->fetch);
    }
    buffer_free(&value);
    return end;
}

static void
note_challenges(const struct probe_try *t, const struct challenges *offered,
                bool held)
{
    const char *realm = t->site->conf->http_realm;
    int64_t schemes = probe_schemes(t->site->conf, t->password);
    struct buffer expected = BUFFER_INIT(TRACE_TEXT_MAX * 4);
    struct buffer found = BUFFER_INIT(TRACE_TEXT_MAX * 4);

    if (t->trace == NULL)
        return;
    buffer_printf(&expected, "%s%s%s%s%s",
                  (schemes & SCHEME_DIGEST) != 0 ? "Digest " : "",
                  (schemes & SCHEME_BEARER) != 0 ? "Bearer " : "",
                  (schemes & SCHEME_BASIC) != 0 ? "Basic " : "",
                  realm == NULL ? "" : "of realm ", realm == NULL ? "" : realm);
    challenges_names(offered, &found);
    trace_span(t->trace, "challenge", held, expected.data, buffer_span(&found));
    buffer_free(&expected);
    buffer_free(&found);
}

static void
bare(void *context, const struct fetch_answer *answer)
{
    struct probe_try *t = context;
    struct challenges offered = {.count = 0};
    enum probe_end end;
    bool learned;

    t->fetch = NULL;
    if (answer->error != NULL)
        end = PROBE_SILENT;
    else if (!challenges_read(&offered, answer->head))
        end = PROBE_BROKEN;
    else if (probe_status_in(&t->site->conf->accepted, answer->status))
        end = PROBE_OPEN;
    else {
        learned = probe_learn(t->site, t->password, &offered);
        note_challenges(t, &offered, learned);
        end = learned ? show(t) : PROBE_NO_SCHEME;
    }
    if (end != PROBE_UNDER_WAY)
        t->ended(t, end, answer, &offered);
    challenges_clear(&offered);
}

/*
 * A nonce that is merely old (RFC 7616 section 3.3).  Only for the realm and
 * the algorithm that were answered before: nobody talks us down on the way.
 */
static bool
is_stale(const struct probe_try *t, const struct challenges *offered,
         bool *renewed)
{
    const struct challenge *best =
        challenges_choose(offered, probe_schemes(t->site->conf, t->password),
                          t->site->conf->http_realm);
    bool stale = best != NULL && best->scheme == SCHEME_DIGEST &&
                 challenge_is(best->value[CHALLENGE_STALE], "true");

    *renewed = stale && digest_algorithm_of(best) == t->sent.algorithm &&
               !span_is(best->value[CHALLENGE_NONCE], t->sent.nonce) &&
               span_is(best->value[CHALLENGE_REALM],
                       t->site->known[t->password].digest.realm);
    return stale;
}

static enum probe_end
refused(struct probe_try *t, const struct challenges *offered)
{
    bool renewed = false, digest = t->scheme == SCHEME_DIGEST;
    bool stale = digest && is_stale(t, offered, &renewed);

    probe_learn(t->site, t->password, offered);
    if (!stale)
        return PROBE_ANSWERED;
    if (t->repeated || !renewed)
        return PROBE_STALE;
    t->repeated = true;
    return show(t);
}

/* RFC 7615: the server's own proof, and the nonce for the next time. */
static void
read_info(struct probe_try *t, const struct fetch_answer *answer)
{
    struct digest *digest = &t->site->known[t->password].digest;
    char next[CHALLENGE_VALUE_MAX + 1];

    t->info = DIGEST_INFO_UNSAID;
    if (t->scheme != SCHEME_DIGEST)
        return;
    t->info = digest_check(&t->sent, answer->head, answer->body, next);
    if (next[0] != '\0' && strcmp(digest->nonce, t->sent.nonce) == 0 &&
        strcmp(digest->nonce, next) != 0) {
        memcpy(digest->nonce, next, sizeof(digest->nonce));
        digest->used = 0;
    }
}

static void
shown(void *context, const struct fetch_answer *answer)
{
    struct probe_try *t = context;
    struct challenges offered = {.count = 0};
    enum probe_end end = PROBE_ANSWERED;

    t->fetch = NULL;
    if (answer->error != NULL)
        end = PROBE_SILENT;
    else if (!challenges_read(&offered, answer->head))
        end = PROBE_BROKEN;
    else if (answer->status == 401)
        end = refused(t, &offered);
    else
        read_info(t, answer);
    if (end != PROBE_UNDER_WAY)
        t->ended(t, end, answer, &offered);
    challenges_clear(&offered);
}

enum probe_end
probe_try_begin(struct probe_try *t)
{
    struct span none = {NULL, 0};

    if (t->site->known[t->password].scheme != 0)
        return show(t);
    return probe_get(t->site, none, none, t->deadline, bare, t, &t->fetch);
}

void
probe_try_init(struct probe_try *t, struct probe_site *site)
{
    *t = (struct probe_try){.site = site,
                            .user = BUFFER_INIT(PROBE_HEADER_MAX),
                            .credential = BUFFER_INIT(PROBE_HEADER_MAX)};
}

void
probe_try_clear(struct probe_try *t)
{
    if (t->fetch != NULL)
        fetch_cancel(t->fetch);
    t->fetch = NULL;
    buffer_free(&t->user);
    buffer_free(&t->credential);
    digest_sent_clear(&t->sent);
}
