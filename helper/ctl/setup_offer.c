/* SPDX-License-Identifier: BSD-2-Clause */
/* What a provider offers, and which one it is. */
#include <stdio.h>
#include <string.h>

#include "helper/ctl/out.h"
#include "helper/ctl/setup.h"

#define LABEL_COLUMN 15
#define TEXT_BYTES 2048
#define ITEM_BYTES 256

/* test_ctl_setup compares each with its file in conf/presets. */
static const struct setup_preset presets[] = {
    {
        .name = "authentik",
        .title = "authentik",
        .issuer_holds = "/application/o/",
        .jwks_ends = "/jwks/",
        .client_aud = true,
        .token_type = "access",
        .required_claims = "azp",
        .username_claim = "preferred_username",
    },
    {
        .name = "entra",
        .title = "Microsoft Entra ID",
        .issuer_holds = "https://login.microsoftonline.com/",
        .user_domain = true,
        .api_aud = true,
        .token_type = "access",
        .required_claims = "scp azp",
        .username_claim = "preferred_username",
        .groups_claim = "roles",
        .scope = "ssh.login",
        .max_lifetime = "2h",
    },
    {
        .name = "gitlab",
        .title = "GitLab",
        .jwks_ends = "/oauth/discovery/keys",
        .opaque = true,
    },
    {
        .name = "glewlwyd",
        .title = "Glewlwyd",
        .issuer_holds = "/api/",
        .jwks_ends = "/oidc/jwks",
        .opaque = true,
    },
    {
        .name = "google",
        .title = "Google",
        .issuer_holds = "https://accounts.google.com",
        .opaque = true,
    },
    {
        .name = "keycloak",
        .title = "Keycloak",
        .issuer_holds = "/realms/",
        .jwks_ends = "/protocol/openid-connect/certs",
        .token_type = "access",
        .required_claims = "azp scope",
        .username_claim = "preferred_username",
        .groups_claim = "/realm_access/roles",
    },
    {
        .name = "oidc-provider",
        .title = "node oidc-provider",
        .jwks_ends = "/jwks",
        .scope = "ssh:login",
    },
    {
        .name = "okta",
        .title = "Okta",
        .issuer_holds = "/oauth2/",
        .jwks_ends = "/v1/keys",
        .user_domain = true,
        .api_aud = true,
        .token_type = "access",
        .required_claims = "cid scp uid",
        .username_claim = "sub",
        .scope_claim = "scp",
        .scope = "ssh.login",
    },
};

const struct setup_preset *
setup_preset_named(const char *name)
{
    for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

static const char *
text(const json_t *offer, const char *member)
{
    const char *value = json_string_value(json_object_get(offer, member));

    return value != NULL ? value : "";
}

static bool
ends(const char *whole, const char *end)
{
    size_t len = strlen(whole), end_len = strlen(end);

    return len >= end_len && strcmp(whole + len - end_len, end) == 0;
}

/* Others end their jwks_uri in /jwks, too. */
static bool
is_oidc_provider(const json_t *offer)
{
    return ends(text(offer, "userinfo_endpoint"), "/me") &&
           ends(text(offer, "token_endpoint"), "/token") &&
           ends(text(offer, "authorization_endpoint"), "/auth");
}

const struct setup_preset *
setup_recognise(const json_t *offer)
{
    const char *issuer = text(offer, "issuer"), *keys = text(offer, "jwks_uri");

    for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++) {
        const struct setup_preset *preset = &presets[i];

        if (preset->issuer_holds != NULL &&
            strstr(issuer, preset->issuer_holds) == NULL)
            continue;
        if (preset->jwks_ends != NULL && !ends(keys, preset->jwks_ends))
            continue;
        if (strcmp(preset->name, "oidc-provider") == 0 &&
            !is_oidc_provider(offer))
            continue;
        return preset;
    }
    return NULL;
}

/* --- for people --- */

static void
show(const char *label, const char *value)
{
    (void)printf("  %-*s", LABEL_COLUMN - 2, label);
    out_wrapped(LABEL_COLUMN, value);
}

/* What has a short name is called by it. */
static const char *
grant_name(const char *grant)
{
    static const char urn[] = "urn:ietf:params:oauth:grant-type:";

    if (strncmp(grant, urn, strlen(urn)) == 0)
        return grant + strlen(urn);
    return grant;
}

static void
show_list(const char *label, const json_t *list, const char *otherwise)
{
    struct buffer line = BUFFER_INIT(TEXT_BYTES);
    char safe[ITEM_BYTES];
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        if (json_is_string(item))
            buffer_printf(&line, "%s%s", line.len > 0 ? " " : "",
                          out_safe(span_of(grant_name(json_string_value(item))),
                                   safe, sizeof(safe)));
    }
    show(label, line.len > 0 ? line.data : otherwise);
    buffer_free(&line);
}

static void
show_keys(const json_t *offer)
{
    struct buffer line = BUFFER_INIT(TEXT_BYTES);
    json_int_t keys = json_integer_value(json_object_get(offer, "keys"));
    json_int_t skipped = json_integer_value(json_object_get(offer, "skipped"));
    json_t *item;
    size_t i;

    json_array_foreach(json_object_get(offer, "algorithms"), i, item)
        buffer_printf(&line, "%s ", json_string_value(item));
    buffer_printf(&line, "(%lld key%s", (long long)keys, keys == 1 ? "" : "s");
    if (skipped > 0)
        buffer_printf(&line, "; %lld more cannot be used here",
                      (long long)skipped);
    buffer_text(&line, ")");
    show("signs with", line.len > 0 ? line.data : "?");
    buffer_free(&line);
}

static void
show_endpoints(const json_t *offer)
{
    static const struct {
        const char *member, *name;
    } endpoints[] = {
        {"introspection_endpoint", "introspection"},
        {"userinfo_endpoint", "userinfo"},
        {"device_authorization_endpoint", "device login"},
        {"revocation_endpoint", "revocation"},
    };
    struct buffer line = BUFFER_INIT(TEXT_BYTES);

    for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++)
        if (*text(offer, endpoints[i].member) != '\0')
            buffer_printf(&line, "%s%s", line.len > 0 ? ", " : "",
                          endpoints[i].name);
    show("can be asked", line.len > 0 ? line.data : "for nothing else");
    buffer_free(&line);
}

void
setup_show_offer(const struct setup *s)
{
    char safe[TEXT_BYTES];

    (void)printf(
        "\n%s answers.\n\n",
        out_safe(span_of(text(s->offer, "issuer")), safe, sizeof(safe)));
    show("it is", s->preset != NULL
                      ? s->preset->title
                      : "none that is known here: see what it sends");
    show_keys(s->offer);
    show_endpoints(s->offer);
    show_list("grants", json_object_get(s->offer, "grant_types_supported"),
              "it does not say");
    show_list("scopes", json_object_get(s->offer, "scopes_supported"),
              "it does not say");
    (void)putchar('\n');
}
