/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of STATE_DIR/used, without the newline: `used ENDS DIGEST`, wall-clock
 * seconds and the first half of SHA-256 over issuer and jti in hexadecimal.
 * The digest keeps lines and table of one size; 128 bits of it are as good as
 * the jti, which the provider chose.
 */
#include "helper/session/replay.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/buffer.h"
#include "helper/base/limits.h"
#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/session/statefile.h"
#include "helper/session/stateline.h"

#define DIGEST_LEN 16
#define HEX_LEN (2 * DIGEST_LEN)
#define LINE_BYTES 80

static const struct statefile_kind kind = {
    .name = "used",
    .read_only = "replay = refuse lets nobody in",
    .broken = "replay = refuse lets nobody in",
};

struct use {
    unsigned char digest[DIGEST_LEN];
    int64_t ends;
};

/* Sorted by digest: looked through by halves; a new one moves a megabyte at
 * the very most. */
struct replay {
    struct statefile file;
    struct use *use;
    size_t count, size;
    bool said_full;
};

static bool
digest_of(struct span iss, struct span jti, unsigned char out[DIGEST_LEN])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char whole[EVP_MAX_MD_SIZE];
    bool done = context != NULL &&
                EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
                EVP_DigestUpdate(context, iss.data, iss.len) == 1 &&
                EVP_DigestUpdate(context, "", 1) == 1 &&
                EVP_DigestUpdate(context, jti.data, jti.len) == 1 &&
                EVP_DigestFinal_ex(context, whole, NULL) == 1;

    if (done)
        memcpy(out, whole, DIGEST_LEN);
    EVP_MD_CTX_free(context);
    return done;
}

/* --- the table --- */

static size_t
place_of(const struct replay *r, const unsigned char digest[DIGEST_LEN],
         bool *is)
{
    size_t low = 0, high = r->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(r->use[middle].digest, digest, DIGEST_LEN) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *is = low < r->count && memcmp(r->use[low].digest, digest, DIGEST_LEN) == 0;
    return low;
}

static void
drop_ended(struct replay *r, int64_t now)
{
    size_t i, kept = 0;

    for (i = 0; i < r->count; i++)
        if (r->use[i].ends > now - LEEWAY_S)
            r->use[kept++] = r->use[i];
    r->count = kept;
}

static bool
grow(struct replay *r)
{
    size_t size = r->size > 0 ? 2 * r->size : 64;
    struct use *wider;

    if (r->count < r->size)
        return true;
    wider = realloc(r->use, size * sizeof(*wider));
    if (wider == NULL)
        return false;
    r->use = wider;
    r->size = size;
    return true;
}

static void
put(struct replay *r, size_t at, const struct use *use)
{
    memmove(r->use + at + 1, r->use + at, (r->count - at) * sizeof(*r->use));
    r->use[at] = *use;
    r->count++;
}

/* --- lines --- */

static void
print(const struct use *use, struct buffer *out)
{
    size_t i;

    buffer_printf(out, "used %" PRId64 " ", use->ends);
    for (i = 0; i < DIGEST_LEN; i++)
        buffer_printf(out, "%02x", use->digest[i]);
    buffer_text(out, "\n");
}

static int
nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
parse(char *line, size_t len, struct use *out)
{
    struct span word, hex;
    size_t i;

    if (!stateline_text(&line, &len, false, &word) || !span_is(word, "used") ||
        !stateline_time(&line, &len, &out->ends) ||
        !stateline_text(&line, &len, true, &hex) || hex.len != HEX_LEN)
        return false;
    for (i = 0; i < DIGEST_LEN; i++) {
        int high = nibble(hex.data[2 * i]), low = nibble(hex.data[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        out->digest[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

/* --- loading --- */

struct loading {
    struct replay *replay;
    int64_t now;
};

/* What is wrong with that line, or NULL. */
static const char *
load_line(void *context, char *line, size_t len)
{
    const struct loading *loading = context;
    struct replay *r = loading->replay;
    struct use use;
    size_t at;
    bool is;

    if (!parse(line, len, &use))
        return "is no record of a used token";
    if (use.ends <= loading->now - LEEWAY_S)
        return NULL;
    at = place_of(r, use.digest, &is);
    if (is)
        return NULL;
    if (r->count >= REPLAY_MAX)
        return "is one token too many";
    if (!grow(r))
        return "does not fit into memory";
    put(r, at, &use);
    return NULL;
}

/* Only what still counts.  Failing is harmless: the longer file says more. */
static void
compact(struct replay *r)
{
    struct buffer out = BUFFER_INIT(STATEFILE_BYTES_MAX);
    size_t i;

    for (i = 0; i < r->count; i++)
        print(&r->use[i], &out);
    if (!out.failed)
        (void)statefile_replace(&r->file, buffer_span(&out));
    buffer_free(&out);
}

struct replay *
replay_open(const char *state_dir, int64_t now)
{
    struct replay *r = calloc(1, sizeof(*r));
    struct loading loading = {r, now};

    if (r == NULL)
        return NULL;
    statefile_open(&r->file, &kind, state_dir);
    if (!statefile_load(&r->file, load_line, &loading))
        r->count = 0;
    else if (r->file.size > 0)
        compact(r);
    return r;
}

void
replay_free(struct replay *r)
{
    if (r == NULL)
        return;
    statefile_close(&r->file);
    free(r->use);
    free(r);
}

/* --- at run time --- */

static enum replay_result
record(struct replay *r, const struct use *use, size_t at)
{
    struct buffer line = BUFFER_INIT(LINE_BYTES);
    enum replay_result result = REPLAY_FAILED;

    print(use, &line);
    if (!line.failed && grow(r) &&
        statefile_append(&r->file, buffer_span(&line))) {
        put(r, at, use);
        result = REPLAY_FIRST;
    }
    buffer_free(&line);
    return result;
}

enum replay_result
replay_use(struct replay *r, struct span iss, struct span jti, int64_t ends,
           int64_t now)
{
    struct use use = {.ends = ends};
    size_t at;
    bool is;

    if (r->file.state == STATEFILE_BROKEN || !digest_of(iss, jti, use.digest))
        return REPLAY_FAILED;
    at = place_of(r, use.digest, &is);
    if (is)
        return REPLAY_AGAIN;
    if (r->count >= REPLAY_MAX) {
        drop_ended(r, now);
        compact(r);
        at = place_of(r, use.digest, &is);
    }
    if (r->count >= REPLAY_MAX) {
        if (!r->said_full)
            log_error("%s: holds %d tokens that have not ended, and takes no "
                      "more",
                      r->file.path, REPLAY_MAX);
        r->said_full = true;
        return REPLAY_FULL;
    }
    r->said_full = false;
    return record(r, &use, at);
}

bool
replay_seen(const struct replay *r, struct span iss, struct span jti)
{
    unsigned char digest[DIGEST_LEN];
    bool is = true;

    if (r->file.state != STATEFILE_BROKEN && digest_of(iss, jti, digest))
        (void)place_of(r, digest, &is);
    return is;
}
