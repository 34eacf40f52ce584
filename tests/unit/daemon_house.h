/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole helper without sockets, for tests of the daemon room: a folder of
 * its own, an issuer whose key the test holds, and a loop.
 */
#ifndef TESTS_UNIT_DAEMON_HOUSE_H
#define TESTS_UNIT_DAEMON_HOUSE_H

#include <arpa/inet.h>
#include <ftw.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/evp.h>

#include "helper/base/clock.h"
#include "helper/daemon/attempt.h"
#include "helper/daemon/helper.h"
#include "helper/jose/base64url.h"

#define HOUSE_ISSUER "https://idp.example/"
#define HOUSE_AUDIENCE "ssh://host.example"

struct house {
    char dir[64];
    char conf[96];
    uv_loop_t loop;
    struct helper helper;
    EVP_PKEY *key;
    /* Of the last attempt. */
    struct attempt_result result;
    unsigned answers;
    const char *lines; /* further ones of [httpauthd]; or NULL */
};

/* The clock that the helper under test reads: real time plus this. */
static int64_t house_clock_offset;

static inline int64_t
house_wall(void)
{
    return clock_wall() + house_clock_offset;
}

static inline void
house_write(struct house *house, const char *name, const char *text)
{
    char path[256], new[256];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", house->dir, name);
    (void)snprintf(new, sizeof(new), "%s/%s.new", house->dir, name);
    file = fopen(new, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(new, 0640), 0);
    assert_int_equal(rename(new, path), 0);
}

/* Writes the public half of the current key as jwks.json. */
static inline void
house_publish(struct house *house, const char *kid)
{
    unsigned char raw[32];
    size_t len = sizeof(raw);
    char x[BASE64URL_ENCODED(32)], text[256];

    assert_int_equal(EVP_PKEY_get_raw_public_key(house->key, raw, &len), 1);
    (void)base64url_encode(raw, len, x);
    (void)snprintf(text, sizeof(text),
                   "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                   "\"kid\":\"%s\",\"x\":\"%s\"}]}",
                   kid, x);
    house_write(house, "jwks.json", text);
}

static inline void
house_new_key(struct house *house)
{
    EVP_PKEY_free(house->key);
    house->key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    assert_non_null(house->key);
}

/* The usual configuration, with `more` lines for [issuer work]. */
static inline void
house_configure(struct house *house, const char *more, const char *service)
{
    char text[2048];

    (void)snprintf(text, sizeof(text),
                   "[httpauthd]\nstate_dir = %s\n%s"
                   "[issuer work]\nissuer = " HOUSE_ISSUER
                   "\naudience = " HOUSE_AUDIENCE "\n%s\n%s",
                   house->dir, house->lines != NULL ? house->lines : "", more,
                   service);
    house_write(house, "httpauthd.conf", text);
}

static inline void
house_open(struct house *house)
{
    memset(house, 0, sizeof(*house));
    house_clock_offset = 0;
    strcpy(house->dir, "/tmp/httpauth-daemon-XXXXXX");
    assert_non_null(mkdtemp(house->dir));
    (void)snprintf(house->conf, sizeof(house->conf), "%s/httpauthd.conf",
                   house->dir);
    house_new_key(house);
    house_publish(house, "k1");
    assert_int_equal(uv_loop_init(&house->loop), 0);
}

static inline void
house_start(struct house *house, enum helper_memory memory)
{
    assert_true(helper_init(&house->helper, &house->loop, house->conf,
                            CONFIG_FILE_ONLY, memory));
    house->helper.wall = house_wall;
}

static inline int
house_remove(const char *path, const struct stat *info, int kind,
             struct FTW *where)
{
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline void
house_close(struct house *house)
{
    if (house->helper.loop != NULL)
        helper_close(&house->helper);
    (void)uv_run(&house->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&house->loop), 0);
    EVP_PKEY_free(house->key);
    (void)nftw(house->dir, house_remove, 16, FTW_DEPTH | FTW_PHYS);
}

/* --- tokens --- */

static inline char *
house_sign(struct house *house, const char *header, const char *payload)
{
    size_t size = 8192, signature_len = 64, len;
    unsigned char signature[64];
    char *token = malloc(size);
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    assert_non_null(token);
    len = base64url_encode(header, strlen(header), token);
    token[len++] = '.';
    len += base64url_encode(payload, strlen(payload), token + len);
    assert_int_equal(EVP_DigestSignInit(context, NULL, NULL, NULL, house->key),
                     1);
    assert_int_equal(EVP_DigestSign(context, signature, &signature_len,
                                    (unsigned char *)token, len),
                     1);
    EVP_MD_CTX_free(context);
    token[len++] = '.';
    (void)base64url_encode(signature, signature_len, token + len);
    return token;
}

struct token_spec {
    const char *kid, *iss, *aud, *sub; /* NULL: the good one */
    const char *more;                  /* further claims, with a comma */
    int64_t life;                      /* seconds from now; 0: ten minutes */
};

/* free() it. */
static inline char *
house_token(struct house *house, const struct token_spec *spec)
{
    int64_t now = clock_wall();
    char header[256], payload[1024];

    (void)snprintf(header, sizeof(header),
                   "{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
                   spec->kid != NULL ? spec->kid : "k1");
    (void)snprintf(
        payload, sizeof(payload),
        "{\"iss\":\"%s\",\"aud\":\"%s\",\"sub\":\"%s\",\"client_id\":\"app\","
        "\"jti\":\"j1\",\"iat\":%lld,\"exp\":%lld%s}",
        spec->iss != NULL ? spec->iss : HOUSE_ISSUER,
        spec->aud != NULL ? spec->aud : HOUSE_AUDIENCE,
        spec->sub != NULL ? spec->sub : "alice", (long long)now - 600,
        (long long)(now + (spec->life != 0 ? spec->life : 600)),
        spec->more != NULL ? spec->more : "");
    return house_sign(house, header, payload);
}

static inline char *
house_good_token(struct house *house)
{
    static const struct token_spec good;

    return house_token(house, &good);
}

/* A server that takes connections into its backlog and says nothing. */
static inline int
house_silent_server(char *option, size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    (void)snprintf(option, size, "jwks_uri = https://127.0.0.1:%d/keys",
                   ntohs(address.sin_port));
    return fd;
}

/* --- attempts --- */

static inline void
house_answered(void *context, const struct attempt_result *result)
{
    struct house *house = context;

    house->result = *result;
    house->answers++;
}

static inline struct attempt *
house_begin(struct house *house, const struct attempt_request *request)
{
    house->answers = 0;
    memset(&house->result, 0, sizeof(house->result));
    return attempt_start(&house->helper, request, house_answered, house);
}

static inline struct attempt_request
house_request(const char *user, const char *credential)
{
    return (struct attempt_request){
        .user = span_of(user),
        .service = span_of("sshd"),
        .rhost = span_of("192.0.2.1"),
        .credential = span_of(credential),
        .ms_left = 10000,
    };
}

/* Runs the loop until the answer is there; gives its reason. */
static inline enum reason
house_ask_with(struct house *house, const struct attempt_request *request)
{
    (void)house_begin(house, request);
    while (house->answers == 0 && uv_run(&house->loop, UV_RUN_ONCE) != 0)
        ;
    assert_int_equal(house->answers, 1);
    return house->result.reason;
}

static inline enum reason
house_ask(struct house *house, const char *user, const char *credential)
{
    struct attempt_request request = house_request(user, credential);

    return house_ask_with(house, &request);
}

static inline bool
house_has_login(const struct house *house)
{
    static const unsigned char none[LOGIN_ID_LEN];

    return memcmp(house->result.login, none, LOGIN_ID_LEN) != 0;
}

#define assert_reason(got, wanted)                                             \
    assert_string_equal(reason_name(got), reason_name(wanted))

/* --- the usual house, as a cmocka fixture --- */

#define HOUSE_FILE_KEYS "jwks_file = jwks.json"
#define HOUSE_SERVICE "[service sshd]\nissuers = work\n"

static inline int
house_setup(void **state)
{
    struct house *house = malloc(sizeof(*house));

    assert_non_null(house);
    house_open(house);
    house_configure(house, HOUSE_FILE_KEYS, HOUSE_SERVICE);
    house_start(house, HELPER_KEEPS_STATE);
    *state = house;
    return 0;
}

/* Folder, key and loop only. */
static inline int
house_setup_empty(void **state)
{
    struct house *house = malloc(sizeof(*house));

    assert_non_null(house);
    house_open(house);
    *state = house;
    return 0;
}

static inline int
house_teardown(void **state)
{
    house_close(*state);
    free(*state);
    return 0;
}

#endif
