/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands in a signed introspection answer (RFC 9701): the input is the
 * payload, and the signature over it is good. */
#include <openssl/evp.h>
#include <stdio.h>

#include "helper/issuer/keys.h"
#include "helper/jose/base64url.h"
#include "helper/jose/sign.h"
#include "tests/fuzz/answer.h"

static struct signer signer = {.alg = ALG_EDDSA};

static void
ended(void *context, struct ask_answer *answer)
{
    const json_t *outer, *root = answer->claims.root;

    (void)context;
    ends++;
    check_problem(answer->problem);
    must(answer->reason > REASON_NONE && answer->reason < REASON_COUNT);
    must(answer->reason != REASON_PASSWORD);
    if (answer->reason != REASON_ACCEPTED) {
        must(root == NULL);
        return;
    }
    outer = json_object_load(body_of_input);
    must(span_is(json_text(outer, "iss"), "https://idp.example"));
    must(json_object_get(outer, "aud") != NULL);
    must(json_is_number(json_object_get(outer, "iat")));
    must(json_is_true(json_object_get(
        json_object_get(outer, "token_introspection"), "active")));
    must(json_is_true(json_object_get(root, "active")));
    must(span_is(json_text(root, "iss"), "https://idp.example"));
    must(span_is(json_text(root, "client_id"), "cli"));
    must(json_object_get(root, "cnf") == NULL);
    must(answer->claims.expires > NOW - 61 && answer->claims.issued < NOW + 61);
    json_decref((json_t *)outer);
}

/* The key that the issuer is said to have. */
static struct jwks *
make_key(void)
{
    static const char form[] =
        "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\"}]}";
    unsigned char raw[32];
    size_t len = sizeof(raw);
    char x[BASE64URL_ENCODED(32)], text[128];
    struct jwks_report report;

    signer.key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    must(signer.key != NULL &&
         EVP_PKEY_get_raw_public_key(signer.key, raw, &len) == 1);
    (void)base64url_encode(raw, len, x);
    (void)snprintf(text, sizeof(text), form, x);
    return jwks_load(span_of(text), JWK_PUBLIC_ONLY, false, &report);
}

static struct issuer *
make_issuer(uv_loop_t *loop)
{
    static char *names[] = {(char *)"us"}, *clients[] = {(char *)"cli"};
    static struct issuer_conf conf = {
        .name = (char *)"work",
        .issuer = (char *)"https://idp.example",
        .accept = METHOD_INTROSPECTION,
        .introspection_endpoint = (char *)"https://idp.example/introspect",
        .introspection_answer = ANSWER_JWT,
        .client_id = (char *)"host",
        .audience = {names, 1},
        .clients = {clients, 1},
    };
    struct issuer *issuer;

    must(uv_loop_init(loop) == 0);
    issuer = issuer_new(&conf, loop, NULL);
    must(issuer != NULL);
    /* It has its keys. */
    uv_timer_stop(&issuer->timer);
    issuer->source = SOURCE_NONE;
    issuer->keys = make_key();
    must(issuer->keys != NULL);
    return issuer;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct sign_header header = {"token-introspection+jwt", NULL};
    static const struct ask_request request = {
        .kind = ASK_INTROSPECTION,
        .user = {"alice", 5},
        .credential = {"s3cret", 6},
        .timeout_ms = 60000,
        .wall = NOW,
    };
    static struct issuer *issuer;
    static uv_loop_t loop;
    struct buffer body = BUFFER_INIT(64 * 1024);
    struct fetch_answer answer = {
        .status = 200,
        .max_age = -1,
        .head = span_of("HTTP/1.1 200 OK\r\nContent-Type: "
                        "application/token-introspection+jwt\r\n\r\n"),
    };

    if (issuer == NULL)
        issuer = make_issuer(&loop);
    requests = ends = 0;
    body_of_input = (struct span){(const char *)data, size};
    if (sign_compact(&signer, &header, body_of_input, &body)) {
        answer.body = buffer_span(&body);
        must(ask_start(issuer, &request, ended, NULL) != NULL);
        last.done(last.context, &answer);
        must(ends == 1 && requests == 1);
        uv_run(&loop, UV_RUN_NOWAIT); /* frees the question */
    }
    buffer_free(&body);
    return 0;
}
