/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading and checking a key set takes milliseconds per key, so it runs on
 * the pool.  The thread touches its own struct only; an issuer that was
 * freed or went on meanwhile no longer points to it.
 */
#include "helper/issuer/keys.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "helper/base/limits.h"

static void
load_free(struct key_load *load)
{
    jwks_free(load->keys);
    buffer_free(&load->document);
    free(load->path);
    free(load);
}

static void
on_pool(uv_work_t *work)
{
    struct key_load *load = work->data;
    struct span document;

    if (load->path != NULL) {
        enum keyfile_kind kind =
            load->secrets == JWK_SECRETS_TOO ? KEYFILE_SECRET : KEYFILE_PUBLIC;

        load->problem =
            keyfile_read(load->path, kind, &load->document, &load->mark);
        if (load->problem != NULL)
            return;
    }
    document = buffer_span(&load->document);
    if (EVP_Digest(document.data, document.len, load->digest, NULL,
                   EVP_sha256(), NULL) != 1) {
        load->problem = "SHA-256 is not available";
        return;
    }
    if (load->had_keys && memcmp(load->digest, load->known, 32) == 0) {
        load->same = true;
        return;
    }
    /* A file may hold one bare JWK, a published document is a set. */
    load->keys =
        jwks_load(document, load->secrets, load->path != NULL, &load->report);
}

static void
after_pool(uv_work_t *work, int status)
{
    struct key_load *load = work->data;
    struct issuer *issuer = load->issuer;

    if (status != 0)
        load->problem = "the check was cancelled";
    if (issuer->load == load) {
        issuer->load = NULL;
        keys_loaded(issuer, load);
    }
    load_free(load);
    issuer_release(issuer);
}

/* HMAC secrets are keys only where the administrator listed an HS algorithm,
 * and then only from a file. */
static enum jwk_secrets
secrets_of(const struct issuer_conf *conf)
{
    for (size_t i = 0; i < conf->algorithms.count; i++) {
        enum alg alg = alg_named(span_of(conf->algorithms.item[i]));

        if ((ALG_BIT(alg) & ALG_SET_HMAC) != 0)
            return JWK_SECRETS_TOO;
    }
    return JWK_PUBLIC_ONLY;
}

bool
load_start(struct issuer *issuer, const char *path, struct span document)
{
    struct key_load *load = calloc(1, sizeof(*load));

    if (load == NULL)
        return false;
    load->work.data = load;
    load->issuer = issuer;
    load->document.cap = LIMIT_JWKS_BYTES;
    load->secrets = path != NULL ? secrets_of(issuer->conf) : JWK_PUBLIC_ONLY;
    load->had_keys = issuer->keys != NULL;
    memcpy(load->known, issuer->document, sizeof(load->known));
    if (path != NULL)
        load->path = strdup(path);
    if ((path != NULL && load->path == NULL) ||
        (path == NULL &&
         !buffer_add(&load->document, document.data, document.len)) ||
        uv_queue_work(issuer->loop, &load->work, on_pool, after_pool) != 0) {
        load_free(load);
        return false;
    }
    issuer->load = load;
    issuer_hold(issuer);
    return true;
}
