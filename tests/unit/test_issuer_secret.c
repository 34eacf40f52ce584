/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys beyond a plain set: a shared secret in a file, and pinned sets. */
#include "tests/unit/issuer_house.h"

#include <sys/stat.h>
#include <unistd.h>

#include "helper/jose/thumbprint.h"

#define HEX32 "0123456789abcdef0123456789abcdef"
#define HEX64 HEX32 HEX32

static char folder[64], path[96], spare[96];

static void
open_secret(struct house *h, const char *algorithms)
{
    char copy[64], *rest = copy, *name;

    snprintf(folder, sizeof(folder), "/tmp/test_issuer.XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/hmac", folder);
    snprintf(spare, sizeof(spare), "%s/spare", folder);
    house_open(h);
    h->conf.secret_file = path;
    snprintf(copy, sizeof(copy), "%s", algorithms);
    while ((name = strsep(&rest, " ")) != NULL)
        assert_true(list_add(&h->conf.algorithms, span_of(name)));
}

static void
close_secret(struct house *h)
{
    list_clear(&h->conf.algorithms);
    house_close(h);
    unlink(path);
    unlink(spare);
    rmdir(folder);
    unsetenv("CREDENTIALS_DIRECTORY");
}

static void
put(const char *bytes, mode_t mode)
{
    FILE *file = fopen(spare, "w");

    assert_non_null(file);
    fputs(bytes, file);
    fclose(file);
    assert_int_equal(chmod(spare, mode), 0);
    assert_int_equal(rename(spare, path), 0);
}

/* A token of this signer, against the keys of the issuer. */
static enum reason
verify_by(struct house *h, const struct forge_signer *signer)
{
    struct jwks *keys = issuer_keys(h->issuer);
    char *header = forge_text("{\"alg\":\"%s\"}", signer->alg);
    char *token = forge_token_text(signer, header, "{}");
    struct jws jws;
    enum reason reason = REASON_KEYS_UNAVAILABLE;

    memset(&jws, 0, sizeof(jws));
    if (keys != NULL)
        reason = jws_parse(span_of(token), ALG_SET_PUBLIC | ALG_SET_HMAC, &jws,
                           NULL);
    if (keys != NULL && reason == REASON_ACCEPTED)
        reason = jws_verify(&jws, keys, NULL);
    jws_clear(&jws);
    free(header);
    free(token);
    return reason;
}

static enum reason
verify(struct house *h, const char *alg, const char *secret)
{
    struct forge_signer signer = {.alg = alg};

    signer.secret = secret;
    signer.secret_len = strlen(secret);
    return verify_by(h, &signer);
}

static void
a_secret_in_a_file_verifies_hs_tokens(void **state)
{
    struct house h;

    (void)state;
    open_secret(&h, "HS256");
    put(HEX32, 0640);
    house_start(&h);
    house_expect(&h, "state", "ok");
    house_expect(&h, "source", path);
    house_expect(&h, "keys", "1");
    assert_int_equal(verify(&h, "HS256", HEX32), REASON_ACCEPTED);
    assert_int_equal(verify(&h, "HS256", HEX64), REASON_SIGNATURE);
    close_secret(&h);
}

static void
one_line_feed_at_the_end_is_not_part_of_it(void **state)
{
    struct house h;

    (void)state;
    open_secret(&h, "HS256");
    put(HEX32 "\n", 0600);
    house_start(&h);
    assert_int_equal(verify(&h, "HS256", HEX32), REASON_ACCEPTED);
    assert_int_equal(verify(&h, "HS256", HEX32 "\n"), REASON_SIGNATURE);
    put(HEX32 "\n\n", 0600);
    house_later(&h, 3);
    assert_int_equal(verify(&h, "HS256", HEX32 "\n"), REASON_ACCEPTED);
    close_secret(&h);
}

static void
a_secret_serves_the_algorithms_whose_hash_is_not_longer(void **state)
{
    struct house h;

    (void)state;
    open_secret(&h, "HS256 HS384 HS512");
    put(HEX32, 0600);
    house_start(&h);
    assert_int_equal(verify(&h, "HS256", HEX32), REASON_ACCEPTED);
    assert_int_equal(verify(&h, "HS384", HEX32), REASON_KEY_UNFIT);
    assert_int_equal(verify(&h, "HS512", HEX32), REASON_KEY_UNFIT);
    put(HEX64, 0600);
    house_later(&h, 3);
    assert_int_equal(verify(&h, "HS384", HEX64), REASON_ACCEPTED);
    assert_int_equal(verify(&h, "HS512", HEX64), REASON_ACCEPTED);
    close_secret(&h);
}

static void
no_key_with(const char *algorithms, const char *bytes, mode_t mode,
            const char *error)
{
    struct house h;

    open_secret(&h, algorithms);
    put(bytes, mode);
    house_start(&h);
    assert_null(issuer_keys(h.issuer));
    house_expect(&h, "state", "failed");
    house_expect(&h, "error", error);
    close_secret(&h);
}

static void
a_secret_that_is_too_short_is_no_key(void **state)
{
    (void)state;
    no_key_with("HS256", "0123456789abcdef0123456789abcde", 0600, "shorter");
    no_key_with("HS256", "0123456789abcdef0123456789abcde\n", 0600, "shorter");
    no_key_with("HS256", "", 0600, "shorter");
    no_key_with("HS512", HEX32, 0600, "too short a secret for each HS");
    no_key_with("RS256", HEX64, 0600, "too short a secret for each HS");
}

static void
a_secret_file_follows_the_rules_of_secrets(void **state)
{
    (void)state;
    no_key_with("HS256", HEX32, 0644, "everybody");
    no_key_with("HS256", HEX32, 0604, "everybody");
    no_key_with("HS256", HEX32, 0660, "group");
}

static void
a_link_to_a_secret_is_refused(void **state)
{
    struct house h;

    (void)state;
    open_secret(&h, "HS256");
    put(HEX32, 0600);
    assert_int_equal(rename(path, spare), 0);
    assert_int_equal(symlink(spare, path), 0);
    house_start(&h);
    assert_null(issuer_keys(h.issuer));
    house_expect(&h, "error", "symbolic link");
    close_secret(&h);
}

static void
a_secret_that_became_readable_for_all_serves_no_more(void **state)
{
    struct house h;

    (void)state;
    open_secret(&h, "HS256");
    put(HEX32, 0600);
    house_start(&h);
    assert_int_equal(verify(&h, "HS256", HEX32), REASON_ACCEPTED);
    assert_int_equal(chmod(path, 0644), 0);
    house_later(&h, 3);
    assert_null(issuer_keys(h.issuer));
    assert_int_equal(chmod(path, 0600), 0);
    house_later(&h, 3);
    assert_int_equal(verify(&h, "HS256", HEX32), REASON_ACCEPTED);
    close_secret(&h);
}

static void
a_rotated_secret_is_seen(void **state)
{
    struct house h;

    (void)state;
    open_secret(&h, "HS256");
    put(HEX32, 0600);
    house_start(&h);
    put(HEX64, 0600);
    house_later(&h, 3);
    assert_int_equal(verify(&h, "HS256", HEX64), REASON_ACCEPTED);
    assert_int_equal(verify(&h, "HS256", HEX32), REASON_SIGNATURE);
    close_secret(&h);
}

static void
a_secret_may_be_a_credential(void **state)
{
    static char name[] = "credential:hmac";
    struct house h;

    (void)state;
    open_secret(&h, "HS256");
    put(HEX32, 0440);
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", folder, 1), 0);
    h.conf.secret_file = name;
    house_start(&h);
    assert_int_equal(verify(&h, "HS256", HEX32), REASON_ACCEPTED);
    close_secret(&h);

    open_secret(&h, "HS256");
    h.conf.secret_file = name;
    house_start(&h);
    assert_null(issuer_keys(h.issuer));
    house_expect(&h, "source", name);
    house_expect(&h, "error", "does not exist");
    close_secret(&h);
}

/* Whatever is in the file: it is a secret and nothing else. */
static void
a_secret_never_verifies_a_public_algorithm(void **state)
{
    static const char *const names[] = {"rsa2048", "p256", "ed25519"};
    static const char *const algs[] = {"RS256", "ES256", "EdDSA"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        EVP_PKEY *key = forge_key(names[i]);
        char *jwk = forge_jwk(key, false, NULL);
        struct forge_signer signer = {.alg = algs[i], .key = key};
        struct house h;

        open_secret(&h, "HS256 RS256 ES256 EdDSA");
        put(jwk, 0600);
        house_start(&h);
        assert_int_equal(verify_by(&h, &signer), REASON_KEY_UNFIT);
        /* The text itself is the key now. */
        assert_int_equal(verify(&h, "HS256", jwk), REASON_ACCEPTED);
        close_secret(&h);
        free(jwk);
    }
}

/* The confusion that RFC 8725 section 2.1 warns of. */
static void
a_public_key_never_verifies_hs(void **state)
{
    static const char *const names[] = {"rsa2048", "p256", "ed25519"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *jwk = forge_jwk(forge_key(names[i]), false, NULL);
        struct house h;

        open_secret(&h, "HS256 RS256 ES256 EdDSA");
        h.conf.secret_file = NULL;
        h.conf.jwks_file = path;
        put(jwk, 0600);
        house_start(&h);
        assert_non_null(issuer_keys(h.issuer));
        assert_int_equal(verify(&h, "HS256", jwk), REASON_KEY_UNFIT);
        close_secret(&h);
        free(jwk);
    }
}

/* --- jwks_thumbprints --- */

static char *
thumbprint_in(const char *set, size_t i)
{
    char out[THUMBPRINT_SIZE];
    json_t *root = json_object_load(span_of(set));

    assert_true(
        thumbprint_of(json_array_get(json_object_get(root, "keys"), i), out));
    json_decref(root);
    return forge_text("%s", out);
}

static void
only_pinned_keys_of_a_fetched_set_are_used(void **state)
{
    struct house h;
    char *set = house_keys("a b c"), *b = thumbprint_in(set, 1);

    (void)state;
    house_open(&h);
    house_serve(&h);
    h.conf.jwks_uri = (char *)http_server_url(h.server, "/keys");
    assert_true(list_add(&h.conf.jwks_thumbprints, span_of(b)));
    house_script(&h, "/keys", 200, NULL, set);
    house_start(&h);
    assert_true(house_has(&h, "b"));
    assert_false(house_has(&h, "a"));
    assert_false(house_has(&h, "c"));
    house_expect(&h, "keys", "1");
    list_clear(&h.conf.jwks_thumbprints);
    house_close(&h);
    free(set);
    free(b);
}

static void
a_set_without_a_pinned_key_is_refused(void **state)
{
    struct house h;
    char *set = house_keys("a b"), *other = house_keys("a b");
    char *pin = thumbprint_in(other, 0);

    (void)state;
    house_open(&h);
    house_serve(&h);
    h.conf.jwks_uri = (char *)http_server_url(h.server, "/keys");
    assert_true(list_add(&h.conf.jwks_thumbprints, span_of(pin)));
    house_script(&h, "/keys", 200, NULL, set);
    house_start(&h);
    assert_null(issuer_keys(h.issuer));
    house_expect(&h, "error", "none of the keys is in jwks_thumbprints");
    /* The right set arrives. */
    house_script(&h, "/keys", 200, NULL, other);
    house_later(&h, 70);
    assert_true(house_has(&h, "a"));
    /* A wrong one does not replace it. */
    house_script(&h, "/keys", 200, NULL, set);
    house_later(&h, 3 * 3600);
    house_expect(&h, "error", "none of the keys");
    assert_true(house_has(&h, "a"));
    list_clear(&h.conf.jwks_thumbprints);
    house_close(&h);
    free(set);
    free(other);
    free(pin);
}

/* RFC 7638 section 3.1, RFC 8037 appendix A.3. */
static void
thumbprints_are_those_of_the_standards(void **state)
{
    static const char rsa[] =
        "{\"kty\":\"RSA\",\"n\":\""
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtV"
        "T86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64t"
        "Z_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2Q"
        "vzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbO"
        "pbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_"
        "xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
        "\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}";
    static const char okp[] =
        "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
        "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}";
    static const char *const bad[] = {"{}",
                                      "{\"kty\":\"RSA\",\"n\":\"AQ\"}",
                                      "{\"kty\":\"x\"}",
                                      "{\"kty\":\"oct\",\"k\":\"\"}",
                                      "{\"kty\":\"oct\",\"k\":\"a\\\"b\"}",
                                      "{\"kty\":\"oct\",\"k\":1}"};
    char out[THUMBPRINT_SIZE];
    json_t *jwk;

    (void)state;
    jwk = json_object_load(span_of(rsa));
    assert_true(thumbprint_of(jwk, out));
    assert_string_equal(out, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    json_decref(jwk);
    jwk = json_object_load(span_of(okp));
    assert_true(thumbprint_of(jwk, out));
    assert_string_equal(out, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    json_decref(jwk);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        jwk = json_object_load(span_of(bad[i]));
        assert_false(thumbprint_of(jwk, out));
        assert_string_equal(out, "");
        json_decref(jwk);
    }
    assert_true(thumbprint_is_one(
        span_of("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")));
    assert_false(thumbprint_is_one(
        span_of("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4")));
    assert_false(thumbprint_is_one(
        span_of("kPrK/qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")));
}

static int
tear_down(void **state)
{
    (void)state;
    forge_end();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_in_a_file_verifies_hs_tokens),
        cmocka_unit_test(one_line_feed_at_the_end_is_not_part_of_it),
        cmocka_unit_test(
            a_secret_serves_the_algorithms_whose_hash_is_not_longer),
        cmocka_unit_test(a_secret_that_is_too_short_is_no_key),
        cmocka_unit_test(a_secret_file_follows_the_rules_of_secrets),
        cmocka_unit_test(a_link_to_a_secret_is_refused),
        cmocka_unit_test(a_secret_that_became_readable_for_all_serves_no_more),
        cmocka_unit_test(a_rotated_secret_is_seen),
        cmocka_unit_test(a_secret_may_be_a_credential),
        cmocka_unit_test(a_secret_never_verifies_a_public_algorithm),
        cmocka_unit_test(a_public_key_never_verifies_hs),
        cmocka_unit_test(only_pinned_keys_of_a_fetched_set_are_used),
        cmocka_unit_test(a_set_without_a_pinned_key_is_refused),
        cmocka_unit_test(thumbprints_are_those_of_the_standards),
    };

    return cmocka_run_group_tests_name("issuer_secret", tests, NULL, tear_down);
}
