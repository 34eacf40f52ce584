/* SPDX-License-Identifier: BSD-2-Clause */
/* Client assertions: RFC 7523 sections 2.2 and 3, OpenID Connect Core 9. */
#include "helper/issuer/client_state.h"

#include <jansson.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/erase.h"
#include "helper/http/form.h"
#include "helper/jose/base64url.h"

#define ASSERTION_TYPE "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#define ASSERTION_MAX (16 * 1024)
#define LIFE_S 60
#define JTI_LEN 16 /* bytes */

/* `aud` is the configured issuer: an address that came from discovery could
 * be another's, who would then hold an assertion that is good there. */
static char *
print_claims(const struct issuer_conf *conf, int64_t wall)
{
    unsigned char random[JTI_LEN];
    char jti[BASE64URL_ENCODED(JTI_LEN)];
    json_t *claims = NULL;
    char *text = NULL;

    if (RAND_bytes(random, sizeof(random)) != 1)
        return NULL;
    base64url_encode(random, sizeof(random), jti);
    claims = json_pack("{s:s, s:s, s:s, s:I, s:I, s:s}", "iss", conf->client_id,
                       "sub", conf->client_id, "aud", conf->issuer, "iat",
                       (json_int_t)wall, "exp", (json_int_t)wall + LIFE_S,
                       "jti", jti);
    if (claims != NULL)
        text = json_dumps(claims, JSON_COMPACT);
    json_decref(claims);
    return text;
}

static enum reason
add_assertion(struct client *client, const struct signer *signer,
              const char *kid, int64_t wall, struct client_draft *draft)
{
    struct sign_header header = {"JWT", kid};
    struct buffer token = BUFFER_INIT(ASSERTION_MAX);
    char *claims = print_claims(client->conf, wall);
    bool done = claims != NULL &&
                sign_compact(signer, &header, span_of(claims), &token) &&
                form_add(&draft->form, "client_assertion_type",
                         span_of(ASSERTION_TYPE)) &&
                form_add(&draft->form, "client_assertion", buffer_span(&token));

    erase_free_text(claims);
    buffer_free(&token);
    return done ? REASON_ACCEPTED : REASON_INTERNAL;
}

static enum reason
assert_by_secret(struct client *client, int64_t wall,
                 struct client_draft *draft, struct buffer *why)
{
    struct client_file *file = &client->shared;
    const char *problem;
    struct signer signer;
    struct span secret;
    enum reason reason = client_line(client, file, &secret, why);

    if (reason != REASON_ACCEPTED)
        return reason;
    problem = signer_from_secret(secret, ALG_HS256, &signer);
    if (problem != NULL)
        return client_unfit(client, file, problem, why);
    client_settled(client, file);
    reason = add_assertion(client, &signer, NULL, wall, draft);
    signer_clear(&signer);
    return reason;
}

/* Parsing and checking a key costs, so it is done once per content. */
static const char *
renew_signer(struct client *client, struct span pem)
{
    const char *wanted = client->conf->client_key_algorithm;
    enum alg alg = wanted != NULL ? alg_named(span_of(wanted)) : ALG_UNKNOWN;

    if (wanted != NULL && alg == ALG_UNKNOWN)
        return "cannot be used: client_key_algorithm is unknown";
    return signer_from_pem(pem, alg, &client->signer);
}

static enum reason
assert_by_key(struct client *client, int64_t wall, struct client_draft *draft,
              struct buffer *why)
{
    struct client_file *file = &client->key;
    struct span pem;
    enum reason reason = client_content(client, file, &pem, why);

    if (file->secret.version != client->signer_version) {
        signer_clear(&client->signer);
        client->signer_version = file->secret.version;
        client->signer_problem =
            reason == REASON_ACCEPTED ? renew_signer(client, pem) : NULL;
    }
    if (reason != REASON_ACCEPTED)
        return reason;
    if (client->signer_problem != NULL)
        return client_unfit(client, file, client->signer_problem, why);
    client_settled(client, file);
    return add_assertion(client, &client->signer, client->conf->client_key_id,
                         wall, draft);
}

enum reason
client_assert(struct client *client, int64_t wall, struct client_draft *draft,
              struct buffer *why)
{
    if (client->conf->client_id == NULL) {
        buffer_text(why, "a client assertion needs client_id");
        return REASON_CONFIGURATION;
    }
    return client->conf->client_auth == CLIENT_SECRET_JWT
               ? assert_by_secret(client, wall, draft, why)
               : assert_by_key(client, wall, draft, why);
}
