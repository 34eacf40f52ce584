/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/issuer/client_state.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/base/log.h"
#include "helper/base/text.h"
#include "helper/http/form.h"
#include "helper/jose/json.h"

#define PAIR_MAX (200 * 1024) /* encoded id and secret */

void
client_draft_clear(struct client_draft *draft)
{
    buffer_free(&draft->form);
    buffer_free(&draft->authorization);
    draft->cert_file = NULL;
    draft->key_file = NULL;
}

/* --- life --- */

void
client_hold(struct client *client)
{
    client->holders++;
}

void
client_release(struct client *client)
{
    if (--client->holders > 0)
        return;
    secret_free(&client->shared.secret);
    secret_free(&client->key.secret);
    secret_free(&client->tls_key.secret);
    secret_free(&client->bearer.secret);
    signer_clear(&client->signer);
    free(client->cert_path);
    free(client->key_path);
    free(client);
}

/* The private key may stand in the certificate's file. */
static const char *
tls_key_file(const struct issuer_conf *conf)
{
    return conf->client_certificate_key_file != NULL
               ? conf->client_certificate_key_file
               : conf->client_certificate_file;
}

static char *
path_of(const char *file)
{
    return file != NULL ? secret_path(file) : NULL;
}

struct client *
client_new(const struct issuer_conf *conf, uv_loop_t *loop,
           struct fetcher *fetcher, struct route *route)
{
    struct client *client = calloc(1, sizeof(*client));

    if (client == NULL)
        return NULL;
    if (uv_timer_init(loop, &client->timer) != 0) {
        free(client);
        return NULL;
    }
    json_erase_on_free();
    client->timer.data = client;
    client->conf = conf;
    client->loop = loop;
    client->fetcher = fetcher;
    client->route = route;
    client->clock = clock_boot_ms;
    client->holders = 2; /* the caller's and the timer's */
    secret_init(&client->shared.secret, conf->client_secret_file);
    secret_init(&client->key.secret, conf->client_key_file);
    secret_init(&client->tls_key.secret, tls_key_file(conf));
    secret_init(&client->bearer.secret, conf->bearer_token_file);
    client->cert_path = path_of(conf->client_certificate_file);
    client->key_path = path_of(tls_key_file(conf));
    client->token.value.cap = CLIENT_TOKEN_MAX;
    return client;
}

static void
timer_closed(uv_handle_t *handle)
{
    client_release(handle->data);
}

void
client_free(struct client *client)
{
    if (client == NULL)
        return;
    client->closed = true;
    client_token_close(client);
    uv_timer_stop(&client->timer);
    uv_close((uv_handle_t *)&client->timer, timer_closed);
    client_release(client);
}

/* --- files --- */

void
client_tell(struct client *client, char told[CLIENT_WORDS_MAX],
            const char *sentence)
{
    if (sentence == NULL) {
        if (told[0] != '\0')
            log_notice("issuer %s: no longer so: %s", client->conf->name, told);
        told[0] = '\0';
    } else if (strcmp(told, sentence) != 0) {
        snprintf(told, CLIENT_WORDS_MAX, "%s", sentence);
        log_warning("issuer %s: %s", client->conf->name, told);
    }
}

static enum reason
fault(struct client *client, struct client_file *file, struct buffer *sentence,
      struct buffer *why)
{
    const char *words =
        sentence->data != NULL ? sentence->data : "a secret cannot be read";

    client_tell(client, file->told, words);
    buffer_text(why, words);
    buffer_free(sentence);
    return REASON_SECRET;
}

enum reason
client_unfit(struct client *client, struct client_file *file,
             const char *problem, struct buffer *why)
{
    struct buffer sentence = BUFFER_INIT(CLIENT_WORDS_MAX - 1);
    char shown[CLIENT_WORDS_MAX / 2];

    buffer_printf(&sentence, "%s %s",
                  text_escape(span_of(file->secret.file), shown, sizeof(shown)),
                  problem);
    return fault(client, file, &sentence, why);
}

enum reason
client_settled(struct client *client, struct client_file *file)
{
    client_tell(client, file->told, NULL);
    return REASON_ACCEPTED;
}

enum reason
client_content(struct client *client, struct client_file *file,
               struct span *content, struct buffer *why)
{
    struct buffer sentence = BUFFER_INIT(CLIENT_WORDS_MAX - 1);

    return secret_get(&file->secret, content, &sentence)
               ? REASON_ACCEPTED
               : fault(client, file, &sentence, why);
}

enum reason
client_line(struct client *client, struct client_file *file, struct span *line,
            struct buffer *why)
{
    struct buffer sentence = BUFFER_INIT(CLIENT_WORDS_MAX - 1);

    return secret_line(&file->secret, line, &sentence)
               ? REASON_ACCEPTED
               : fault(client, file, &sentence, why);
}

void
client_look(struct client *client)
{
    struct client_file *files[] = {&client->shared, &client->key,
                                   &client->tls_key, &client->bearer};
    struct buffer why = BUFFER_INIT(CLIENT_WORDS_MAX);
    struct span unused;

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (files[i]->secret.file != NULL)
            (void)client_content(client, files[i], &unused, &why);
    buffer_free(&why);
}

/* --- as client_auth says --- */

static enum reason
add_id(struct client *client, struct client_draft *draft)
{
    const char *id = client->conf->client_id;

    return id == NULL || form_add(&draft->form, "client_id", span_of(id))
               ? REASON_ACCEPTED
               : REASON_INTERNAL;
}

static bool
add_base64(struct buffer *out, struct span bytes)
{
    size_t size = (bytes.len + 2) / 3 * 4 + 1;
    unsigned char *text = malloc(size);
    bool done = false;

    if (text != NULL)
        done = buffer_add(
            out, text,
            (size_t)EVP_EncodeBlock(text, (const unsigned char *)bytes.data,
                                    (int)bytes.len));
    erase_free(text, size);
    return done;
}

/* RFC 6749 section 2.3.1 encodes both for a form first; there are servers
 * that take them as they are. */
static bool
add_basic(struct buffer *out, struct span id, struct span secret, bool raw)
{
    struct buffer pair = BUFFER_INIT(PAIR_MAX);
    bool done;

    if (raw)
        buffer_add(&pair, id.data, id.len);
    else
        form_encode(&pair, id);
    buffer_text(&pair, ":");
    if (raw)
        buffer_add(&pair, secret.data, secret.len);
    else
        form_encode(&pair, secret);
    done = !pair.failed && buffer_text(out, "Basic ") &&
           add_base64(out, buffer_span(&pair));
    buffer_free(&pair);
    return done;
}

static enum reason
sign_basic(struct client *client, struct client_draft *draft,
           struct buffer *why)
{
    bool raw = client->conf->client_secret_encoding == SECRET_RAW;
    struct span id = span_of(client->conf->client_id), secret;
    enum reason reason;

    /* RFC 7617 section 2: the other end would split it at this colon. */
    if (raw && id.len > 0 && memchr(id.data, ':', id.len) != NULL) {
        buffer_text(why, "client_id holds a colon, which Basic needs encoded");
        return REASON_CONFIGURATION;
    }
    reason = client_line(client, &client->shared, &secret, why);
    if (reason != REASON_ACCEPTED)
        return reason;
    client_settled(client, &client->shared);
    return add_basic(&draft->authorization, id, secret, raw) ? REASON_ACCEPTED
                                                             : REASON_INTERNAL;
}

static enum reason
sign_post(struct client *client, struct client_draft *draft, struct buffer *why)
{
    struct span secret;
    enum reason reason = client_line(client, &client->shared, &secret, why);

    if (reason == REASON_ACCEPTED)
        reason = add_id(client, draft);
    if (reason != REASON_ACCEPTED)
        return reason;
    client_settled(client, &client->shared);
    return form_add(&draft->form, "client_secret", secret) ? REASON_ACCEPTED
                                                           : REASON_INTERNAL;
}

/* libcurl opens both files itself, and OpenSSL would ask the terminal for the
 * passphrase of a key. */
static enum reason
show_certificate(struct client *client, struct client_draft *draft,
                 struct buffer *why)
{
    static const char mark[] = "ENCRYPTED"; /* PKCS#8 and the older form */
    struct client_file *key = &client->tls_key;
    struct span pem;
    enum reason reason = client_content(client, key, &pem, why);

    if (reason != REASON_ACCEPTED)
        return reason;
    if (pem.len > 0 &&
        memmem(pem.data, pem.len, mark, sizeof(mark) - 1) != NULL)
        return client_unfit(client, key,
                            "is encrypted: store the key without a passphrase",
                            why);
    if (client->cert_path == NULL || client->key_path == NULL)
        return client_unfit(client, key,
                            "or its certificate names no credential that "
                            "systemd passed",
                            why);
    draft->cert_file = client->cert_path;
    draft->key_file = client->key_path;
    return client_settled(client, key);
}

enum reason
client_sign(struct client *client, int64_t wall, struct client_draft *draft,
            struct buffer *why)
{
    enum reason reason;

    switch ((enum client_auth)client->conf->client_auth) {
    case CLIENT_NONE:
        return add_id(client, draft);
    case CLIENT_SECRET_BASIC:
        return sign_basic(client, draft, why);
    case CLIENT_SECRET_POST:
        return sign_post(client, draft, why);
    case CLIENT_SECRET_JWT:
    case CLIENT_PRIVATE_KEY_JWT:
        reason = client_assert(client, wall, draft, why);
        return reason == REASON_ACCEPTED ? add_id(client, draft) : reason;
    case CLIENT_TLS:
        reason = show_certificate(client, draft, why);
        return reason == REASON_ACCEPTED ? add_id(client, draft) : reason;
    }
    return REASON_INTERNAL;
}

/* --- as introspection_auth says --- */

bool
client_is_token(struct span text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789-._~+/";
    size_t len = text.len, i = 0;

    while (len > 0 && text.data[len - 1] == '=')
        len--;
    while (i < len && text.data[i] != '\0' &&
           strchr(letters, text.data[i]) != NULL)
        i++;
    return len > 0 && i == len;
}

enum reason
client_bear(struct client *client, struct span token,
            struct client_draft *draft, struct buffer *why)
{
    if (!buffer_text(&draft->authorization, "Bearer ") ||
        !buffer_add(&draft->authorization, token.data, token.len))
        return REASON_INTERNAL;
    return client->conf->client_auth == CLIENT_TLS
               ? show_certificate(client, draft, why)
               : REASON_ACCEPTED;
}

static enum reason
sign_bearer(struct client *client, struct client_draft *draft,
            struct buffer *why)
{
    struct span token;
    enum reason reason = client_line(client, &client->bearer, &token, why);

    if (reason != REASON_ACCEPTED)
        return reason;
    if (!client_is_token(token))
        return client_unfit(client, &client->bearer,
                            "holds characters that no bearer token has", why);
    client_settled(client, &client->bearer);
    return client_bear(client, token, draft, why);
}

enum reason
client_sign_introspection(struct client *client, int64_t wall,
                          const char *token_endpoint,
                          struct client_draft *draft, struct buffer *why)
{
    switch ((enum introspection_auth)client->conf->introspection_auth) {
    case INTROSPECTION_AS_CLIENT:
        return client_sign(client, wall, draft, why);
    case INTROSPECTION_BEARER:
        return sign_bearer(client, draft, why);
    case INTROSPECTION_CLIENT_CREDENTIALS:
        return client_token_sign(client, wall, token_endpoint, draft, why);
    }
    return REASON_INTERNAL;
}

/* --- what an answer says of us --- */

static bool
is_blank(struct span text)
{
    size_t i = 0;

    while (i < text.len && text.data[i] != '\0' &&
           strchr(" \t\r\n", text.data[i]) != NULL)
        i++;
    return i == text.len;
}

bool
client_was_refused(long status, struct span body)
{
    json_t *root = NULL;
    struct span error;
    bool refused;

    if (status != 400 && status != 401 && status != 403)
        return false;
    if (status == 403 && is_blank(body))
        return true;
    root = json_object_load(body);
    error = json_text(root, "error");
    if (status == 401)
        refused = !span_is(error, "invalid_grant");
    else
        refused = span_is(error, "invalid_client") ||
                  span_is(error, "unauthorized_client");
    json_decref(root);
    return refused;
}
