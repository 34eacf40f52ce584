/* SPDX-License-Identifier: BSD-2-Clause */
/* Key choice: items 19 to 26.  The keys are those of hostile.c. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/hostile.h"

/* EMSA-PKCS1-v1_5 of SHA-256, RFC 8017 section 9.2. */
static struct forged
encoded_message(struct forged input, size_t len)
{
    static const char info[] = "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65"
                               "\x03\x04\x02\x01\x05\x00\x04\x20";
    struct forged hash = forge_digest("SHA256", input.data, input.len);
    struct forged em = {forge_need(malloc(len + 1), "malloc"), len};

    memset(em.data, 0xff, len);
    em.data[0] = 0;
    em.data[1] = 1;
    em.data[len - 52] = 0;
    memcpy(em.data + len - 51, info, 19);
    memcpy(em.data + len - 32, hash.data, 32);
    free(hash.data);
    return em;
}

/* With e = 1 the encoded message is its own signature. */
static struct forged
signs_itself(const struct hostile *row, const struct hostile_at *at)
{
    struct forged input = hostile_input(row, at);
    size_t len = (size_t)EVP_PKEY_get_size(hostile_signer(row).key);
    struct forged em = encoded_message(input, len);
    struct forged token = forge_join(input.data, input.len, em.data, em.len);

    free(input.data);
    free(em.data);
    return token;
}

/* Would OpenSSL take it under that raw key? */
static bool
verifies(const unsigned char key[32], struct forged input,
         const unsigned char sig[64])
{
    EVP_PKEY *public =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, 32);
    EVP_MD_CTX *context = forge_need(EVP_MD_CTX_new(), "EVP_MD_CTX_new");
    bool good;

    forge_need(public, "EVP_PKEY_new_raw_public_key");
    good = EVP_DigestVerifyInit(context, NULL, NULL, NULL, public) == 1 &&
           EVP_DigestVerify(context, sig, 64, (unsigned char *)input.data,
                            input.len) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public);
    return good;
}

/*
 * R = the identity, s = 0: under the identity every message verifies, under
 * a point of order 8 every eighth; so the payload is varied until one does.
 */
static struct forged
small_order(const struct hostile *row, const struct hostile_at *at)
{
    static const unsigned char point[2][32] = {
        {1}, {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
              0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
              0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05}};
    static const unsigned char sig[64] = {1};
    struct hostile copy = *row;
    struct forged input = {NULL, 0}, token;

    for (int i = 0; i < 1000; i++) {
        char *edit = forge_text("jti=\"%d\"", i);

        free(input.data);
        copy.claims[0] = edit;
        input = hostile_input(&copy, at);
        free(edit);
        if (verifies(point[row->number], input, sig))
            break;
    }
    if (!verifies(point[row->number], input, sig))
        forge_need(NULL, "the small-order forgery");
    token = forge_join(input.data, input.len, sig, sizeof(sig));
    free(input.data);
    return token;
}

#define SKIPPED(number, name, kid)                                             \
    {                                                                          \
        number, name, REASON_KEY_UNKNOWN, .key = kid                           \
    }
#define GOOD(name, kid, how)                                                   \
    {                                                                          \
        "20", name, REASON_ACCEPTED, .key = kid, .alg = how                    \
    }
#define UNFIT(name, kid, how)                                                  \
    {                                                                          \
        "20", name, REASON_KEY_UNFIT, .key = kid, .alg = how                   \
    }
/* Signed as the key can, under a header that says something else. */
#define MISLABELLED(name, kid, says)                                           \
    {                                                                          \
        "20", name, REASON_KEY_UNFIT, .key = kid, .header = {                  \
            "alg=\"" says "\""                                                 \
        }                                                                      \
    }

const struct hostile hostile_keys[] = {
    SKIPPED("19", "a_key_for_encryption_is_not_used", "enc"),
    SKIPPED("19", "a_key_whose_use_is_a_number_is_not_used", "use-number"),
    SKIPPED("19", "a_key_that_may_only_sign_is_not_used", "sign-only"),
    SKIPPED("19", "a_key_without_any_operation_is_not_used", "no-ops"),
    SKIPPED("19", "a_key_with_an_operation_twice_is_not_used", "ops-twice"),
    SKIPPED("19", "a_key_whose_operations_disagree_with_use_is_not_used",
            "ops-disagree"),
    GOOD("rs384_is_accepted", "rsa", "RS384"),
    GOOD("rs512_is_accepted", "rsa", "RS512"),
    GOOD("ps256_is_accepted", "rsa", "PS256"),
    GOOD("ps384_is_accepted", "rsa", "PS384"),
    GOOD("ps512_is_accepted", "rsa", "PS512"),
    GOOD("es256_is_accepted", "p256", "ES256"),
    GOOD("es384_is_accepted", "p384", "ES384"),
    GOOD("es512_is_accepted", "p521", "ES512"),
    GOOD("eddsa_is_accepted", "ed25519", "EdDSA"),
    {"25", "eddsa_under_its_new_name_is_accepted", REASON_ACCEPTED,
     .key = "ed25519", .header = {"alg=\"Ed25519\""}},
    SKIPPED("20", "a_key_for_rsa_oaep_is_not_used", "oaep"),
    SKIPPED("20", "a_key_marked_none_is_not_used", "none-key"),
    SKIPPED("20", "an_rsa_key_marked_es256_is_not_used", "es-marked"),
    UNFIT("ps256_under_a_key_marked_rs256_is_refused", "rs256-only", "PS256"),
    UNFIT("rs512_under_a_key_marked_rs256_is_refused", "rs256-only", "RS512"),
    UNFIT("es256_under_a_p384_key_is_refused", "p384", "ES256"),
    UNFIT("es256_under_a_p521_key_is_refused", "p521", "ES256"),
    UNFIT("es384_under_a_p256_key_is_refused", "p256", "ES384"),
    UNFIT("es512_under_a_p384_key_is_refused", "p384", "ES512"),
    MISLABELLED("rs256_under_an_ec_key_is_refused", "p256", "RS256"),
    MISLABELLED("ps256_under_an_ec_key_is_refused", "p256", "PS256"),
    MISLABELLED("es256_under_an_rsa_key_is_refused", "rsa", "ES256"),
    MISLABELLED("es256_under_an_ed25519_key_is_refused", "ed25519", "ES256"),
    MISLABELLED("eddsa_under_an_ec_key_is_refused", "p256", "EdDSA"),
    MISLABELLED("eddsa_under_an_rsa_key_is_refused", "rsa", "EdDSA"),
    MISLABELLED("rs256_under_an_ed25519_key_is_refused", "ed25519", "RS256"),
    {"20", "an_rs256_signature_called_rs512_is_refused", REASON_SIGNATURE,
     .header = {"alg=\"RS512\""}},
    {"20", "hs256_under_an_rsa_key_is_refused", REASON_ALGORITHM,
     .alg = "HS256"},
    SKIPPED("21", "a_key_without_kty_is_not_used", "no-kty"),
    {"21", "the_first_of_two_keys_with_one_kid_is_tried", REASON_ACCEPTED,
     .key = "p256", .header = {"kid=\"twice\""}},
    {"21", "the_second_of_two_keys_with_one_kid_is_tried", REASON_ACCEPTED,
     .key = "second", .header = {"kid=\"twice\""}},
    {"22", "a_shared_secret_in_a_published_set_is_not_used", REASON_ALGORITHM,
     .key = "shared"},
    {"22", "a_published_secret_without_kid_is_not_used", REASON_ALGORITHM,
     .key = "shared", .header = {"-kid"}},
    SKIPPED("23", "an_rsa_key_of_1024_bits_is_not_used", "short"),
    SKIPPED("23", "an_rsa_key_of_2047_bits_is_not_used", "odd-bits"),
    {"23", "a_signature_under_exponent_1_is_refused", REASON_KEY_UNKNOWN,
     .key = "e1", .make = signs_itself},
    {"23", "a_signature_under_exponent_1_without_kid_is_refused",
     REASON_SIGNATURE, .key = "e1", .header = {"-kid"}, .make = signs_itself},
    {"23", "an_rsa_key_with_exponent_3_is_used", REASON_ACCEPTED, .key = "e3"},
    SKIPPED("24", "a_secp256k1_key_is_not_used", "koblitz"),
    {"24", "a_secp256k1_signature_called_es256k_is_refused", REASON_ALGORITHM,
     .key = "koblitz", .header = {"alg=\"ES256K\""}},
    {"24", "a_secp256k1_signature_without_kid_is_refused", REASON_SIGNATURE,
     .key = "koblitz", .header = {"-kid"}},
    {"25", "an_x25519_key_is_not_used", REASON_KEY_UNKNOWN, .key = "ed25519",
     .header = {"kid=\"x25519\""}},
    {"25", "any_message_under_the_identity_point_is_refused",
     REASON_KEY_UNKNOWN, .key = "identity", .make = small_order, .number = 0},
    {"25", "the_identity_point_without_kid_is_refused", REASON_SIGNATURE,
     .key = "identity", .header = {"-kid"}, .make = small_order, .number = 0},
    {"25", "a_forgery_under_a_point_of_order_8_is_refused", REASON_KEY_UNKNOWN,
     .key = "order8", .make = small_order, .number = 1},
    {"33", "a_key_of_somebody_else_is_refused", REASON_SIGNATURE,
     .key = "attacker", .header = {"kid=\"rsa\""}},
    {"33", "an_ec_key_of_somebody_else_is_refused", REASON_SIGNATURE,
     .key = "ec-attacker", .header = {"kid=\"p256\""}},
    {"33", "an_ed25519_key_of_somebody_else_is_refused", REASON_SIGNATURE,
     .key = "ed-attacker", .header = {"kid=\"ed25519\""}},
    {0},
};
