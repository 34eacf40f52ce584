/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an issuer's host may answer to discovery: the metadata document, and
 * the URLs and header lines that come with it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "helper/http/fetch.h"
#include "helper/http/freshness.h"
#include "helper/issuer/discovery.h"

#define ISSUER "https://idp.example"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int held)
{
    if (!held)
        abort();
}

static void
try_document(struct span input)
{
    struct issuer_conf conf = {.issuer = (char *)ISSUER};
    const char *problem = NULL;
    struct metadata found;

    if (discovery_parse(input, ISSUER, &found, &problem)) {
        must(problem == NULL);
        must(found.jwks_uri == NULL || fetch_url_ok(span_of(found.jwks_uri)));
        must(found.token_endpoint == NULL ||
             !discovery_trusts(&conf, found.token_endpoint) ||
             fetch_url_ok(span_of(found.token_endpoint)));
        metadata_clear(&found);
    } else
        must(found.jwks_uri == NULL && found.token_endpoint == NULL &&
             problem != NULL);
}

static void
try_url(struct span input)
{
    char *text, *url;

    if (!fetch_url_ok(input))
        return;
    text = strndup(input.data, input.len);
    must(text != NULL && strlen(text) == input.len);
    for (int form = DISCOVERY_OIDC; form <= DISCOVERY_OAUTH; form++) {
        url = discovery_url(text, (enum discovery_form)form);
        free(url);
    }
    free(text);
}

static void
try_header(struct span input)
{
    struct freshness f;
    int64_t left;

    freshness_clear(&f);
    while (input.len > 0) {
        const char *end = memchr(input.data, '\n', input.len);
        size_t len = end == NULL ? input.len : (size_t)(end - input.data) + 1;

        freshness_line(&f, (struct span){input.data, len});
        input.data += len;
        input.len -= len;
    }
    left = freshness_left(&f, 1700000000);
    must(left >= -1 && left <= INT32_MAX);
    must(strlen(f.etag) < sizeof(f.etag));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span input = {(const char *)data, size};

    try_document(input);
    try_url(input);
    try_header(input);
    return 0;
}
