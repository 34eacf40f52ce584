/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys, good and bad: items 19 to 26 at the moment of loading. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/err.h>

#include "helper/jose/jwk.h"
#include "tests/lib/forge.h"

#define VARIABLES 32

/* What a row writes as @name@, all base64url. */
static struct {
    const char *name;
    char *value;
} variables[VARIABLES];

struct row {
    const char *name;
    const char *jwk;
    const char *problem; /* part of it; NULL: the key is usable */
    uint32_t algs;       /* of a usable key */
    enum jwk_secrets secrets;
};

static void
define(const char *name, struct forged bytes)
{
    size_t i = 0;

    while (variables[i].name != NULL)
        i++;
    variables[i].name = name;
    variables[i].value = forge_base64url(bytes.data, bytes.len);
    free(bytes.data);
}

static struct forged
number(BIGNUM *n, size_t len)
{
    unsigned char bytes[2048] = {0};

    BN_bn2binpad(n, bytes, (int)len);
    BN_free(n);
    return forge_bytes(bytes, len);
}

/* About the modulus of a real key, but a multiple of `factor`. */
static struct forged
multiple(unsigned factor)
{
    struct forged bytes = forge_parameter(forge_key("rsa2048"), "n");
    BIGNUM *n = BN_bin2bn((unsigned char *)bytes.data, (int)bytes.len, NULL);

    free(bytes.data);
    BN_sub_word(n, BN_mod_word(n, factor));
    if (!BN_is_odd(n))
        BN_sub_word(n, factor);
    return number(n, 256);
}

/* A prime times itself: no small factor gives it away. */
static struct forged
square(void)
{
    struct forged bytes = forge_parameter(forge_key("rsa2048"), "rsa-factor1");
    BIGNUM *p = BN_bin2bn((unsigned char *)bytes.data, (int)bytes.len, NULL);
    BN_CTX *context = forge_need(BN_CTX_new(), "BN_CTX_new");

    free(bytes.data);
    BN_sqr(p, p, context);
    BN_CTX_free(context);
    return number(p, 256);
}

/* 2^(bits-1) + 1 */
static struct forged
power(int bits)
{
    BIGNUM *n = BN_new();

    BN_zero(n);
    BN_set_bit(n, bits - 1);
    BN_add_word(n, 1);
    return number(n, ((size_t)bits + 7) / 8);
}

static struct forged
with_zeros(struct forged bytes, size_t zeros)
{
    struct forged out = {forge_need(calloc(1, bytes.len + zeros + 1), "calloc"),
                         bytes.len + zeros};

    memcpy(out.data + zeros, bytes.data, bytes.len);
    free(bytes.data);
    return out;
}

static struct forged
evened(struct forged bytes)
{
    bytes.data[bytes.len - 1] &= (char)0xfe;
    return bytes;
}

static struct forged
filled(unsigned char byte, size_t len)
{
    unsigned char bytes[128];

    memset(bytes, byte, sizeof(bytes));
    return forge_bytes(bytes, len);
}

static struct forged
raw_public(const char *key)
{
    unsigned char bytes[64];
    size_t len = sizeof(bytes);

    EVP_PKEY_get_raw_public_key(forge_key(key), bytes, &len);
    return forge_bytes(bytes, len);
}

/* Padded to the size of the field. */
static struct forged
coordinate(const char *key, const char *name, size_t field)
{
    struct forged bytes = forge_parameter(forge_key(key), name);

    return with_zeros(bytes, field - bytes.len);
}

static int
setup(void **state)
{
    (void)state;
    define("n", forge_parameter(forge_key("rsa2048"), "n"));
    define("zero-n", with_zeros(forge_parameter(forge_key("rsa2048"), "n"), 2));
    define("even-n", evened(forge_parameter(forge_key("rsa2048"), "n")));
    define("n1024", forge_parameter(forge_key("rsa1024"), "n"));
    define("n2047", forge_parameter(forge_key("rsa2047"), "n"));
    define("n8193", power(8193));
    define("n16384", power(16384));
    define("3n", multiple(3));
    define("751n", multiple(751));
    define("4093n", multiple(4093));
    define("square", square());
    define("x", coordinate("p256", "qx", 32));
    define("y", coordinate("p256", "qy", 32));
    define("long-x", with_zeros(coordinate("p256", "qx", 32), 1));
    define("x384", coordinate("p384", "qx", 48));
    define("y384", coordinate("p384", "qy", 48));
    define("kx", coordinate("secp256k1", "qx", 32));
    define("ky", coordinate("secp256k1", "qy", 32));
    define("zeros", filled(0, 32));
    define("ones", filled(0xff, 32));
    define("ed", raw_public("ed25519"));
    define("x25519", raw_public("x25519"));
    define("ed448", raw_public("ed448"));
    define("ed-long", with_zeros(raw_public("ed25519"), 1));
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    for (size_t i = 0; i < VARIABLES; i++)
        free(variables[i].value);
    forge_end();
    return 0;
}

static char *
expand(const char *text)
{
    char *out = forge_text("%s", ""), *more;

    while (*text != '\0') {
        size_t len = strcspn(text, "@"), i = 0;

        more = forge_text("%s%.*s", out, (int)len, text);
        free(out);
        out = more;
        text += len;
        if (*text != '@')
            continue;
        len = strcspn(++text, "@");
        while (strlen(variables[i].name) != len ||
               strncmp(variables[i].name, text, len) != 0)
            i++;
        more = forge_text("%s%s", out, variables[i].value);
        free(out);
        out = more;
        text += len + 1;
    }
    return out;
}

static void
row_is_loaded_right(void **state)
{
    const struct row *row = *state;
    char *text = expand(row->jwk);
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    struct jwk_note note;
    struct jwk *jwk;

    assert_non_null(json);
    jwk = jwk_load(json, row->secrets, &note);
    if (row->problem == NULL) {
        assert_null(note.problem);
        assert_non_null(jwk);
        assert_int_equal(jwk->algs, row->algs);
    } else {
        assert_null(jwk);
        assert_non_null(note.problem);
        if (strstr(note.problem, row->problem) == NULL)
            assert_string_equal(note.problem, row->problem);
    }
    assert_int_equal(ERR_peek_error(), 0);
    jwk_free(jwk);
    json_decref(json);
    free(text);
}

#define RSA_ALGS                                                               \
    (ALG_BIT(ALG_RS256) | ALG_BIT(ALG_RS384) | ALG_BIT(ALG_RS512) |            \
     ALG_BIT(ALG_PS256) | ALG_BIT(ALG_PS384) | ALG_BIT(ALG_PS512))
#define RSA(n, e, more)                                                        \
    "{\"kty\":\"RSA\",\"n\":\"" n "\",\"e\":\"" e "\"" more "}"
#define GOOD_RSA(more) RSA("@n@", "AQAB", more)
#define EC(crv, x, y)                                                          \
    "{\"kty\":\"EC\",\"crv\":\"" crv "\",\"x\":\"" x "\",\"y\":\"" y "\"}"
#define OKP(crv, x) "{\"kty\":\"OKP\",\"crv\":\"" crv "\",\"x\":\"" x "\"}"
#define OCT(k, more) "{\"kty\":\"oct\",\"k\":\"" k "\"" more "}"
#define K31 "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MA"
#define K32 "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"
#define K48 "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3"
#define HS(n) ALG_BIT(ALG_HS##n)

static const struct row rows[] = {
    {"an_rsa_key_serves_all_rsa_algorithms", GOOD_RSA(""), NULL, RSA_ALGS, 0},
    {"alg_binds_an_rsa_key", GOOD_RSA(",\"alg\":\"PS384\""), NULL,
     ALG_BIT(ALG_PS384), 0},
    {"use_sig_is_usable", GOOD_RSA(",\"use\":\"sig\""), NULL, RSA_ALGS, 0},
    {"key_ops_verify_is_usable",
     GOOD_RSA(",\"use\":\"sig\",\"key_ops\":[\"sign\",\"verify\"]"), NULL,
     RSA_ALGS, 0},
    {"unknown_members_are_ignored", GOOD_RSA(",\"x5t\":1,\"foo\":[]"), NULL,
     RSA_ALGS, 0},
    {"private_members_leave_a_key_usable", GOOD_RSA(",\"d\":\"AQAB\""), NULL,
     RSA_ALGS, 0},
    {"leading_zeros_of_the_modulus_are_accepted", RSA("@zero-n@", "AQAB", ""),
     NULL, RSA_ALGS, 0},
    {"leading_zeros_of_the_exponent_are_accepted", RSA("@n@", "AAEAAQ", ""),
     NULL, RSA_ALGS, 0},
    {"exponent_3_is_accepted", RSA("@n@", "Aw", ""), NULL, RSA_ALGS, 0},
    {"exponent_2_to_the_32_minus_1_is_accepted", RSA("@n@", "_____w", ""), NULL,
     RSA_ALGS, 0},
    {"a_key_that_is_a_string_is_skipped", "\"RSA\"", "not a JSON object", 0, 0},
    {"a_key_that_is_an_array_is_skipped", "[]", "not a JSON object", 0, 0},
    {"a_key_without_kty_is_skipped", "{\"n\":\"@n@\",\"e\":\"AQAB\"}",
     "kty is missing", 0, 0},
    {"a_key_of_unknown_kty_is_skipped", "{\"kty\":\"rsa\"}", "kty", 0, 0},
    {"kty_as_a_number_is_skipped", "{\"kty\":1}", "kty", 0, 0},
    {"use_enc_is_skipped", GOOD_RSA(",\"use\":\"enc\""), "use is not", 0, 0},
    {"use_in_upper_case_is_skipped", GOOD_RSA(",\"use\":\"SIG\""), "use is not",
     0, 0},
    {"use_null_is_skipped", GOOD_RSA(",\"use\":null"), "use is not", 0, 0},
    {"key_ops_as_a_string_is_skipped", GOOD_RSA(",\"key_ops\":\"verify\""),
     "not an array", 0, 0},
    {"key_ops_without_verify_is_skipped", GOOD_RSA(",\"key_ops\":[\"sign\"]"),
     "does not hold verify", 0, 0},
    {"empty_key_ops_is_skipped", GOOD_RSA(",\"key_ops\":[]"),
     "does not hold verify", 0, 0},
    {"key_ops_with_duplicates_is_skipped",
     GOOD_RSA(",\"key_ops\":[\"verify\",\"verify\"]"), "duplicates", 0, 0},
    {"key_ops_that_disagrees_with_use_is_skipped",
     GOOD_RSA(",\"use\":\"sig\",\"key_ops\":[\"verify\",\"encrypt\"]"),
     "not about signatures", 0, 0},
    {"key_ops_with_a_number_is_skipped", GOOD_RSA(",\"key_ops\":[1]"),
     "not about signatures", 0, 0},
    {"an_unknown_alg_is_skipped", GOOD_RSA(",\"alg\":\"RS1\""), "alg", 0, 0},
    {"alg_of_another_kind_of_key_is_skipped", GOOD_RSA(",\"alg\":\"ES256\""),
     "alg", 0, 0},
    {"alg_hs256_on_an_rsa_key_is_skipped", GOOD_RSA(",\"alg\":\"HS256\""),
     "alg", 0, 0},
    {"alg_as_a_number_is_skipped", GOOD_RSA(",\"alg\":256"), "alg", 0, 0},
    {"kid_as_a_number_is_skipped", GOOD_RSA(",\"kid\":7"), "kid", 0, 0},
    {"no_modulus_is_skipped", "{\"kty\":\"RSA\",\"e\":\"AQAB\"}", "member n", 0,
     0},
    {"no_exponent_is_skipped", "{\"kty\":\"RSA\",\"n\":\"@n@\"}", "member e", 0,
     0},
    {"a_padded_modulus_is_skipped", RSA("@n@==", "AQAB", ""), "member n", 0, 0},
    {"a_modulus_in_plain_base64_is_skipped", RSA("++++", "AQAB", ""),
     "member n", 0, 0},
    {"an_empty_modulus_is_skipped", RSA("", "AQAB", ""), "member n", 0, 0},
    {"a_modulus_of_1024_bits_is_skipped", RSA("@n1024@", "AQAB", ""),
     "shorter than 2048", 0, 0},
    {"a_modulus_of_2047_bits_is_skipped", RSA("@n2047@", "AQAB", ""),
     "shorter than 2048", 0, 0},
    {"a_modulus_of_8193_bits_is_skipped", RSA("@n8193@", "AQAB", ""),
     "longer than 8192", 0, 0},
    {"a_modulus_of_16384_bits_is_skipped", RSA("@n16384@", "AQAB", ""),
     "member n", 0, 0},
    {"an_even_modulus_is_skipped", RSA("@even-n@", "AQAB", ""), "small factor",
     0, 0},
    {"a_modulus_divisible_by_3_is_skipped", RSA("@3n@", "AQAB", ""),
     "small factor", 0, 0},
    {"a_modulus_divisible_by_751_is_skipped", RSA("@751n@", "AQAB", ""),
     "small factor", 0, 0},
    {"a_modulus_divisible_by_4093_is_skipped", RSA("@4093n@", "AQAB", ""),
     "small factor", 0, 0},
    {"a_modulus_that_is_the_square_of_a_prime_is_skipped",
     RSA("@square@", "AQAB", ""), "OpenSSL's check", 0, 0},
    {"exponent_0_is_skipped", RSA("@n@", "AA", ""), "exponent", 0, 0},
    {"exponent_1_is_skipped", RSA("@n@", "AQ", ""), "exponent", 0, 0},
    {"exponent_1_with_leading_zeros_is_skipped", RSA("@n@", "AAAB", ""),
     "exponent", 0, 0},
    {"exponent_2_is_skipped", RSA("@n@", "Ag", ""), "exponent", 0, 0},
    {"an_even_exponent_is_skipped", RSA("@n@", "AQAA", ""), "exponent", 0, 0},
    {"an_exponent_over_32_bits_is_skipped", RSA("@n@", "AQAAAAE", ""),
     "exponent", 0, 0},
    {"an_exponent_as_long_as_the_modulus_is_skipped", RSA("@n@", "@n@", ""),
     "exponent", 0, 0},
    {"a_p256_key_serves_es256", EC("P-256", "@x@", "@y@"), NULL,
     ALG_BIT(ALG_ES256), 0},
    {"a_p384_key_serves_es384", EC("P-384", "@x384@", "@y384@"), NULL,
     ALG_BIT(ALG_ES384), 0},
    {"a_point_off_the_curve_is_skipped", EC("P-256", "@y@", "@x@"), "the point",
     0, 0},
    {"the_origin_is_skipped", EC("P-256", "@zeros@", "@zeros@"), "the point", 0,
     0},
    {"a_coordinate_over_the_prime_is_skipped", EC("P-256", "@ones@", "@y@"),
     "the point", 0, 0},
    {"a_short_coordinate_is_skipped", EC("P-256", "AQ", "@y@"), "a coordinate",
     0, 0},
    {"a_coordinate_with_a_leading_zero_too_many_is_skipped",
     EC("P-256", "@long-x@", "@y@"), "a coordinate", 0, 0},
    {"a_missing_coordinate_is_skipped",
     "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"@x@\"}", "a coordinate", 0, 0},
    {"a_point_of_another_curve_is_skipped", EC("P-256", "@kx@", "@ky@"),
     "the point", 0, 0},
    {"a_point_of_another_size_is_skipped", EC("P-384", "@x@", "@y@"),
     "a coordinate", 0, 0},
    {"a_huge_coordinate_is_skipped", EC("P-256", "@n@", "@y@"), "a coordinate",
     0, 0},
    {"a_secp256k1_key_is_skipped", EC("secp256k1", "@kx@", "@ky@"), "crv", 0,
     0},
    {"an_unknown_crv_is_skipped", EC("P-224", "@x@", "@y@"), "crv", 0, 0},
    {"an_ed25519_key_serves_eddsa", OKP("Ed25519", "@ed@"), NULL,
     ALG_BIT(ALG_EDDSA), 0},
    {"an_ed25519_key_of_33_bytes_is_skipped", OKP("Ed25519", "@ed-long@"),
     "member x", 0, 0},
    {"an_ed25519_key_of_1_byte_is_skipped", OKP("Ed25519", "AQ"), "member x", 0,
     0},
    {"an_x25519_key_is_skipped", OKP("X25519", "@x25519@"), "crv", 0, 0},
    {"an_ed448_key_is_skipped", OKP("Ed448", "@ed448@"), "crv", 0, 0},
    {"an_okp_key_without_crv_is_skipped", "{\"kty\":\"OKP\",\"x\":\"@ed@\"}",
     "crv", 0, 0},
    {"a_secret_in_a_public_set_is_skipped", OCT(K32, ""), "shared secret", 0,
     JWK_PUBLIC_ONLY},
    {"a_secret_of_32_bytes_serves_hs256", OCT(K32, ""), NULL, HS(256),
     JWK_SECRETS_TOO},
    {"a_secret_of_48_bytes_serves_hs384_too", OCT(K48, ""), NULL,
     HS(256) | HS(384), JWK_SECRETS_TOO},
    {"alg_binds_a_secret", OCT(K48, ",\"alg\":\"HS384\""), NULL, HS(384),
     JWK_SECRETS_TOO},
    {"a_secret_too_short_for_its_alg_is_skipped",
     OCT(K32, ",\"alg\":\"HS512\""), "alg", 0, JWK_SECRETS_TOO},
    {"a_secret_of_31_bytes_is_skipped", OCT(K31, ""), "shorter", 0,
     JWK_SECRETS_TOO},
    {"an_empty_secret_is_skipped", OCT("", ""), "member k", 0, JWK_SECRETS_TOO},
    {"a_secret_that_is_no_string_is_skipped", "{\"kty\":\"oct\",\"k\":1}",
     "member k", 0, JWK_SECRETS_TOO},
    {"a_secret_marked_rs256_is_skipped", OCT(K32, ",\"alg\":\"RS256\""), "alg",
     0, JWK_SECRETS_TOO},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Order 1, 2, 4 and 8, each with the sign of x and, where the 255 bits hold
 * it, the second name y + p. */
static void
every_point_of_small_order_is_skipped(void **state)
{
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        unsigned char bytes[32];
        size_t len;
        struct jwk_note note;
        json_t *json;
        char *x;

        assert_int_equal(
            OPENSSL_hexstr2buf_ex(bytes, sizeof(bytes), &len, points[i], 0), 1);
        x = forge_base64url(bytes, len);
        json =
            json_pack("{s:s,s:s,s:s}", "kty", "OKP", "crv", "Ed25519", "x", x);
        assert_null(jwk_load(json, JWK_PUBLIC_ONLY, &note));
        assert_non_null(strstr(note.problem, "small order"));
        json_decref(json);
        free(x);
    }
}

static void
published_private_members_are_noted(void **state)
{
    static const char *const names[] = {"rsa2048", "p256", "ed25519"};

    (void)state;
    for (size_t i = 0; i < 3; i++)
        for (int private = 0; private < 2; private ++) {
            char *text = forge_jwk(forge_key(names[i]), private, NULL);
            json_t *json = json_loads(text, 0, NULL);
            struct jwk_note note;
            struct jwk *jwk = jwk_load(json, JWK_PUBLIC_ONLY, &note);

            assert_non_null(jwk);
            assert_int_equal(note.private_members, private);
            jwk_free(jwk);
            json_decref(json);
            free(text);
        }
}

static void
a_kid_is_kept_with_its_length(void **state)
{
    char *text = forge_jwk(forge_key("p256"), false, "\"kid\":\"k\\u00e9y\"");
    json_t *json = json_loads(text, 0, NULL);
    struct jwk_note note;
    struct jwk *jwk = jwk_load(json, JWK_PUBLIC_ONLY, &note);

    (void)state;
    assert_non_null(jwk);
    assert_int_equal(jwk->kid_len, 4);
    assert_string_equal(jwk->kid, "k\303\251y");
    assert_int_equal(jwk->signature_len, 64);
    jwk_free(jwk);
    json_decref(json);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest others[] = {
        cmocka_unit_test(every_point_of_small_order_is_skipped),
        cmocka_unit_test(published_private_members_are_noted),
        cmocka_unit_test(a_kid_is_kept_with_its_length),
    };
    struct CMUnitTest tests[ROWS];
    int failed;

    for (size_t i = 0; i < ROWS; i++)
        tests[i] =
            (struct CMUnitTest){.name = rows[i].name,
                                .test_func = row_is_loaded_right,
                                .initial_state = (void *)(size_t)&rows[i]};
    failed = cmocka_run_group_tests_name("more keys", others, NULL, NULL);
    failed += _cmocka_run_group_tests("keys", tests, ROWS, setup, teardown);
    return failed;
}
