/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/issuer/discovery.h"

#include <stdlib.h>

#include "helper/base/buffer.h"
#include "helper/http/fetch.h"
#include "helper/jose/json.h"

#define URL_BYTES_MAX 4096

/* A copy that free() takes: a buffer's own memory is not to be given away. */
static char *
text_of(struct buffer *b)
{
    return b->failed || b->len == 0 ? NULL : strndup(b->data, b->len);
}

char *
discovery_url(const char *issuer, enum discovery_form form)
{
    static const char oidc[] = "/.well-known/openid-configuration";
    static const char oauth[] = "/.well-known/oauth-authorization-server";
    struct buffer url = BUFFER_INIT(URL_BYTES_MAX);
    struct span whole = span_of(issuer), host;
    const char *slash;
    char *out = NULL;

    if (!fetch_url_ok(whole) || strchr(issuer, '?') != NULL)
        return NULL;
    if (whole.data[whole.len - 1] == '/') /* both texts: a last one goes */
        whole.len--;
    host = whole;
    slash = strchr(issuer + strlen("https://"), '/');
    if (slash != NULL && (size_t)(slash - issuer) < whole.len)
        host.len = (size_t)(slash - issuer);
    if (form == DISCOVERY_OIDC) {
        buffer_add(&url, whole.data, whole.len);
        buffer_text(&url, oidc);
    } else {
        buffer_add(&url, host.data, host.len);
        buffer_text(&url, oauth);
        buffer_add(&url, whole.data + host.len, whole.len - host.len);
    }
    out = text_of(&url);
    buffer_free(&url);
    return out;
}

bool
discovery_parse(struct span document, const char *issuer, char **jwks_uri,
                const char **problem)
{
    json_t *root = NULL;
    struct span text;
    bool ok = false;

    *jwks_uri = NULL;
    *problem = "the discovery document is too large";
    if (document.len > DISCOVERY_BYTES_MAX)
        goto done;
    *problem = "the discovery document is not one JSON object";
    root = json_object_load(document);
    if (root == NULL)
        goto done;
    *problem = "the discovery document names another issuer";
    if (!span_is(json_text(root, "issuer"), issuer))
        goto done;
    *problem = "the discovery document has no jwks_uri";
    text = json_text(root, "jwks_uri");
    if (text.len == 0)
        goto done;
    *problem =
        "the jwks_uri of the discovery document is not a plain https URL";
    if (!fetch_url_ok(text))
        goto done;
    *problem = "no memory";
    *jwks_uri = strndup(text.data, text.len);
    if (*jwks_uri == NULL)
        goto done;
    *problem = NULL;
    ok = true;
done:
    json_decref(root);
    return ok;
}
