/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/issuer/discovery.h"

#include <stdlib.h>
#include <strings.h>

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

void
metadata_clear(struct metadata *metadata)
{
    free(metadata->jwks_uri);
    free(metadata->introspection_endpoint);
    free(metadata->token_endpoint);
    free(metadata->userinfo_endpoint);
    free(metadata->device_authorization_endpoint);
    free(metadata->authorization_endpoint);
    free(metadata->revocation_endpoint);
    *metadata = (struct metadata){0};
}

/* A member that is absent, or no string, names nothing. */
static bool
take(const json_t *root, const char *name, char **out)
{
    struct span text = json_text(root, name);

    if (text.len == 0)
        return true;
    *out = strndup(text.data, text.len);
    return *out != NULL;
}

bool
discovery_parse(struct span document, const char *issuer, struct metadata *out,
                const char **problem)
{
    json_t *root = NULL;
    bool ok = false;

    *out = (struct metadata){0};
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
    *problem =
        "the jwks_uri of the discovery document is not a plain https URL";
    if (json_object_get(root, "jwks_uri") != NULL &&
        !fetch_url_ok(json_text(root, "jwks_uri")))
        goto done;
    *problem = "no memory";
    if (!take(root, "jwks_uri", &out->jwks_uri) ||
        !take(root, "introspection_endpoint", &out->introspection_endpoint) ||
        !take(root, "token_endpoint", &out->token_endpoint) ||
        !take(root, "userinfo_endpoint", &out->userinfo_endpoint) ||
        !take(root, "device_authorization_endpoint",
              &out->device_authorization_endpoint) ||
        !take(root, "authorization_endpoint", &out->authorization_endpoint) ||
        !take(root, "revocation_endpoint", &out->revocation_endpoint))
        goto done;
    out->says_iss = json_is_true(json_object_get(
        root, "authorization_response_iss_parameter_supported"));
    *problem = NULL;
    ok = true;
done:
    if (!ok)
        metadata_clear(out);
    json_decref(root);
    return ok;
}

static bool
same_host(struct span a, struct span b)
{
    return a.len == b.len && a.len > 0 &&
           strncasecmp(a.data, b.data, a.len) == 0;
}

bool
discovery_trusts(const struct issuer_conf *conf, const char *endpoint)
{
    struct span host;

    if (!fetch_url_ok(span_of(endpoint)))
        return false;
    host = fetch_url_host(span_of(endpoint));
    if (same_host(host, fetch_url_host(span_of(conf->issuer))))
        return true;
    for (size_t i = 0; i < conf->endpoint_hosts.count; i++) {
        if (same_host(host, span_of(conf->endpoint_hosts.item[i])))
            return true;
    }
    return false;
}
