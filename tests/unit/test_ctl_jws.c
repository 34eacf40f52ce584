/* SPDX-License-Identifier: BSD-2-Clause */
/* `httpauthctl jws`: what it prints, where, and its exit status. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/ctl/jws.h"
#include "tests/lib/forge.h"

static char folder[] = "/tmp/test_ctl_jws.XXXXXX";
static char *keys; /* the file of that name in `folder` */

/* What the last run left. */
static char out[70000], err[4096];
static size_t out_len;

static void
write_file(const char *path, const void *data, size_t len)
{
    FILE *file = fopen(path, "we");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void
write_keys(const char *text)
{
    write_file(keys, text, strlen(text));
}

/* Puts an open file of `folder` in the place of a standard descriptor, and
 * gives a copy of what was there. */
static int
redirect(int fd, const char *name, int flags)
{
    char *path = forge_text("%s/%s", folder, name);
    int saved = dup(fd), file = open(path, flags, 0600);

    assert_true(saved >= 0 && file >= 0);
    assert_int_equal(dup2(file, fd), fd);
    close(file);
    free(path);
    return saved;
}

static void
restore(int fd, int saved)
{
    assert_int_equal(dup2(saved, fd), fd);
    close(saved);
}

static size_t
read_back(const char *name, char *into, size_t size)
{
    char *path = forge_text("%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    size_t len;

    assert_non_null(file);
    len = fread(into, 1, size - 1, file);
    into[len] = '\0';
    fclose(file);
    free(path);
    return len;
}

/* Up to four arguments behind "jws"; returns the exit status. */
static int
run(const void *input, size_t input_len, const char *const *args)
{
    char *argv[6] = {forge_text("jws")}, *in = forge_text("%s/in", folder);
    int argc = 1, status, saved[3];

    for (; args[argc - 1] != NULL; argc++)
        argv[argc] = forge_text("%s", args[argc - 1]);
    write_file(in, input, input_len);
    fflush(stdout);
    fflush(stderr);
    saved[0] = redirect(0, "in", O_RDONLY);
    saved[1] = redirect(1, "out", O_WRONLY | O_CREAT | O_TRUNC);
    saved[2] = redirect(2, "err", O_WRONLY | O_CREAT | O_TRUNC);
    status = ctl_jws(argc, argv);
    fflush(stdout);
    fflush(stderr);
    for (int fd = 0; fd < 3; fd++)
        restore(fd, saved[fd]);
    out_len = read_back("out", out, sizeof(out));
    read_back("err", err, sizeof(err));
    while (argc-- > 0)
        free(argv[argc]);
    free(in);
    return status;
}

#define RUN(input, len, ...)                                                   \
    run(input, len, (const char *const[]){__VA_ARGS__, NULL})

static char *
token_of(const char *alg, const char *key, const char *header,
         const char *payload)
{
    struct forge_signer signer = {alg, forge_key(key), NULL, 0};

    return forge_token_text(&signer, header, payload);
}

static void
the_payload_is_written_as_it_is(void **state)
{
    struct forge_signer signer = {"ES256", forge_key("p256"), NULL, 0};
    struct forged token =
        forge_token(&signer, "{\"alg\":\"ES256\"}", 15, "a\0b\377", 4);
    char *jwk = forge_jwk(signer.key, false, NULL);

    (void)state;
    write_keys(jwk);
    assert_int_equal(RUN(token.data, token.len, "--jwks", keys), 0);
    assert_int_equal(out_len, 4);
    assert_memory_equal(out, "a\0b\377", 4);
    assert_string_equal(err, "");
    free(jwk);
    free(token.data);
}

static void
one_newline_is_dropped_and_no_more(void **state)
{
    char *token = token_of("ES256", "p256", "{\"alg\":\"ES256\"}", "{}");
    char *jwk = forge_jwk(forge_key("p256"), false, NULL);
    char *one = forge_text("%s\n", token), *two = forge_text("%s\n\n", token);
    char *crlf = forge_text("%s\r\n", token), *space = forge_text("%s ", token);

    (void)state;
    write_keys(jwk);
    assert_int_equal(RUN(one, strlen(one), "--jwks", keys), 0);
    assert_string_equal(out, "{}");
    assert_int_equal(RUN(two, strlen(two), "--jwks", keys), 1);
    assert_int_equal(RUN(crlf, strlen(crlf), "--jwks", keys), 1);
    assert_int_equal(RUN(space, strlen(space), "--jwks", keys), 1);
    assert_int_equal(out_len, 0);
    assert_non_null(strstr(err, "base64"));
    free(one);
    free(two);
    free(crlf);
    free(space);
    free(jwk);
    free(token);
}

static void
an_empty_payload_is_verified(void **state)
{
    char *token = token_of("EdDSA", "ed25519", "{\"alg\":\"EdDSA\"}", "");
    char *jwk = forge_jwk(forge_key("ed25519"), false, NULL);

    (void)state;
    write_keys(jwk);
    assert_int_equal(RUN(token, strlen(token), "--jwks", keys), 0);
    assert_int_equal(out_len, 0);
    free(jwk);
    free(token);
}

static void
types_and_copies_of_claims_are_not_looked_at(void **state)
{
    char *token = token_of("EdDSA", "ed25519",
                           "{\"alg\":\"EdDSA\",\"typ\":\"logout+jwt\","
                           "\"cty\":\"JWT\",\"sub\":\"x\"}",
                           "{\"sub\":\"y\"}");
    char *jwk = forge_jwk(forge_key("ed25519"), false, NULL);

    (void)state;
    write_keys(jwk);
    assert_int_equal(RUN(token, strlen(token), "--jwks", keys), 0);
    free(jwk);
    free(token);
}

static void
private_members_are_allowed(void **state)
{
    char *token = token_of("PS512", "rsa2048", "{\"alg\":\"PS512\"}", "x");
    char *jwk = forge_jwk(forge_key("rsa2048"), true, NULL);

    (void)state;
    write_keys(jwk);
    assert_int_equal(RUN(token, strlen(token), "--jwks", keys), 0);
    assert_string_equal(out, "x");
    free(jwk);
    free(token);
}

static void
hmac_is_admitted_by_default_only_with_oct_keys(void **state)
{
    const char *secret = "01234567890123456789012345678901";
    struct forge_signer signer = {"HS256", NULL, secret, 32};
    char *token = forge_token_text(&signer, "{\"alg\":\"HS256\"}", "h");
    char *oct = forge_jwk_secret(secret, 32, NULL);
    char *ec = forge_jwk(forge_key("p256"), false, NULL);
    char *set = forge_text("{\"keys\":[%s,%s]}", ec, oct);

    (void)state;
    write_keys(set);
    assert_int_equal(RUN(token, strlen(token), "--jwks", keys), 0);
    assert_string_equal(out, "h");
    assert_int_equal(
        RUN(token, strlen(token), "--jwks", keys, "--algorithms", "ES256"), 1);
    write_keys(ec);
    assert_int_equal(RUN(token, strlen(token), "--jwks", keys), 1);
    assert_non_null(strstr(err, "algorithm"));
    assert_int_equal(
        RUN(token, strlen(token), "--jwks", keys, "--algorithms", "HS256"), 1);
    assert_non_null(strstr(err, "key-unfit"));
    free(token);
    free(oct);
    free(ec);
    free(set);
}

static void
the_list_of_algorithms_is_obeyed(void **state)
{
    char *token = token_of("ES256", "p256", "{\"alg\":\"ES256\"}", "{}");
    char *jwk = forge_jwk(forge_key("p256"), false, NULL);

    (void)state;
    write_keys(jwk);
    assert_int_equal(
        RUN(token, strlen(token), "--jwks", keys, "--algorithms=RS256,ES256"),
        0);
    assert_int_equal(
        RUN(token, strlen(token), "--jwks", keys, "--algorithms=RS256"), 1);
    free(jwk);
    free(token);
}

static void
a_bad_token_is_refused_with_the_reason(void **state)
{
    char *token = token_of("ES256", "p256-other", "{\"alg\":\"ES256\"}", "{}");
    char *jwk = forge_jwk(forge_key("p256"), false, NULL);

    (void)state;
    write_keys(jwk);
    assert_int_equal(RUN(token, strlen(token), "--jwks", keys), 1);
    assert_int_equal(out_len, 0);
    assert_non_null(strstr(err, "signature"));
    assert_int_equal(RUN("", 0, "--jwks", keys), 1);
    assert_non_null(strstr(err, "form"));
    assert_int_equal(RUN("e30.e30.", 8, "--jwks", keys), 1);
    free(jwk);
    free(token);
}

static void
a_token_over_64_kib_is_refused(void **state)
{
    char *big = forge_need(calloc(1, 1024 * 1024), "calloc");
    char *jwk = forge_jwk(forge_key("p256"), false, NULL);

    (void)state;
    memset(big, 'A', 1024 * 1024);
    write_keys(jwk);
    assert_int_equal(RUN(big, LIMIT_CREDENTIAL + 1, "--jwks", keys), 1);
    assert_non_null(strstr(err, "size"));
    assert_int_equal(RUN(big, 1024 * 1024, "--jwks", keys), 1);
    assert_non_null(strstr(err, "size"));
    assert_int_equal(RUN(big, LIMIT_CREDENTIAL, "--jwks", keys), 1);
    assert_non_null(strstr(err, "form"));
    free(jwk);
    free(big);
}

static void
json_without_a_usable_key_is_a_refusal(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "null",
        "\"x\"",
        "{\"keys\":[]}",
        "{\"keys\":7}",
        "{\"keys\":[],\"keys\":[]}",
        "{\"kty\":\"RSA\"}",
        "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"}]}"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        write_keys(texts[i]);
        assert_int_equal(RUN("e30.e30.AA", 10, "--jwks", keys), 1);
        assert_non_null(strstr(err, "no usable key"));
    }
}

static void
what_cannot_be_read_or_is_no_json_gets_no_verdict(void **state)
{
    char *missing = forge_text("%s/missing", folder);

    (void)state;
    assert_int_equal(RUN("e30.e30.AA", 10, "--jwks", missing), 3);
    assert_int_equal(RUN("e30.e30.AA", 10, "--jwks", folder), 3);
    write_keys("");
    assert_int_equal(RUN("e30.e30.AA", 10, "--jwks", keys), 3);
    write_keys("-----BEGIN PUBLIC KEY-----");
    assert_int_equal(RUN("e30.e30.AA", 10, "--jwks", keys), 3);
    assert_non_null(strstr(err, "not JSON"));
    write_keys("{\"keys\":[]} x");
    assert_int_equal(RUN("e30.e30.AA", 10, "--jwks", keys), 3);
    free(missing);
}

static void
a_wrong_command_line_is_said_so(void **state)
{
    (void)state;
    assert_int_equal(run("", 0, (const char *const[]){NULL}), 2);
    assert_int_equal(RUN("", 0, "--jwks"), 2);
    assert_int_equal(RUN("", 0, "--key", keys), 2);
    assert_int_equal(RUN("", 0, "--jwks", keys, "more"), 2);
    assert_int_equal(RUN("", 0, "--jwks", keys, "--algorithms", "none"), 2);
    assert_int_equal(RUN("", 0, "--jwks", keys, "--algorithms", ""), 2);
    assert_int_equal(RUN("", 0, "--jwks", keys, "--algorithms", "RS256,"), 2);
    assert_int_equal(out_len, 0);
}

static void
help_is_an_answer(void **state)
{
    (void)state;
    assert_int_equal(RUN("", 0, "--help"), 0);
    assert_non_null(strstr(out, "--jwks FILE"));
    assert_string_equal(err, "");
}

static int
setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    keys = forge_text("%s/keys.json", folder);
    return 0;
}

static int
teardown(void **state)
{
    static const char *const names[] = {"in", "out", "err", "keys.json"};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        char *path = forge_text("%s/%s", folder, names[i]);

        unlink(path);
        free(path);
    }
    free(keys);
    forge_end();
    return rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_payload_is_written_as_it_is),
        cmocka_unit_test(one_newline_is_dropped_and_no_more),
        cmocka_unit_test(an_empty_payload_is_verified),
        cmocka_unit_test(types_and_copies_of_claims_are_not_looked_at),
        cmocka_unit_test(private_members_are_allowed),
        cmocka_unit_test(hmac_is_admitted_by_default_only_with_oct_keys),
        cmocka_unit_test(the_list_of_algorithms_is_obeyed),
        cmocka_unit_test(a_bad_token_is_refused_with_the_reason),
        cmocka_unit_test(a_token_over_64_kib_is_refused),
        cmocka_unit_test(json_without_a_usable_key_is_a_refusal),
        cmocka_unit_test(what_cannot_be_read_or_is_no_json_gets_no_verdict),
        cmocka_unit_test(a_wrong_command_line_is_said_so),
        cmocka_unit_test(help_is_an_answer),
    };

    return cmocka_run_group_tests_name("httpauthctl jws", tests, setup,
                                       teardown);
}
