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
#include "helper/conf/secret.h"

static void
load_free(struct key_load *load)
{
    jwks_free(load->keys);
    buffer_free(&load->document);
    list_clear(&load->thumbprints);
    free(load->path);
    free(load);
}

static enum keyfile_kind
kind_of(const struct key_load *load)
{
    if (load->raw)
        return KEYFILE_RAW;
    return load->secrets == JWK_SECRETS_TOO ? KEYFILE_SECRET : KEYFILE_PUBLIC;
}

static void
load_secret(struct key_load *load, struct span document)
{
    load->keys = jwks_of_secret(secret_chomp(document), &load->report);
    if (load->keys == NULL || (load->keys->key[0]->algs & load->hmac) != 0)
        return;
    jwks_free(load->keys);
    load->keys = NULL;
    load->problem = "is too short a secret for each HS algorithm in the list "
                    "(RFC 7518 section 3.2)";
}

static void
load_keys(struct key_load *load, struct span document)
{
    if (load->raw) {
        load_secret(load, document);
        return;
    }
    /* A file may hold one bare JWK, a published document is a set. */
    load->keys =
        jwks_load(document, load->secrets, load->path != NULL, &load->report);
    if (load->keys != NULL && load->thumbprints.count > 0)
        load->keys = jwks_pin(load->keys, &load->thumbprints, &load->report);
}

static void
on_pool(uv_work_t *work)
{
    struct key_load *load = work->data;
    struct span document;

    if (load->path != NULL) {
        load->problem = keyfile_read(load->path, kind_of(load), &load->document,
                                     &load->mark);
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
    load_keys(load, document);
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
static uint32_t
listed_hmac(const struct issuer_conf *conf)
{
    uint32_t set = 0;

    for (size_t i = 0; i < conf->algorithms.count; i++)
        set |= ALG_BIT(alg_named(span_of(conf->algorithms.item[i])));
    return set & ALG_SET_HMAC;
}

static bool
copy_list(const struct list *from, struct list *to)
{
    for (size_t i = 0; i < from->count; i++) {
        if (!list_add(to, span_of(from->item[i])))
            return false;
    }
    return true;
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
    load->raw = path != NULL && issuer->conf->secret_file != NULL;
    load->hmac = path != NULL ? listed_hmac(issuer->conf) : 0;
    load->secrets = load->hmac != 0 ? JWK_SECRETS_TOO : JWK_PUBLIC_ONLY;
    load->had_keys = issuer->keys != NULL && !kept_lacks(issuer);
    memcpy(load->known, issuer->document, sizeof(load->known));
    if (path != NULL)
        load->path = strdup(path);
    if (!copy_list(&issuer->conf->jwks_thumbprints, &load->thumbprints) ||
        (path != NULL && load->path == NULL) ||
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
