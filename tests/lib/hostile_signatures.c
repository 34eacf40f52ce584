/* SPDX-License-Identifier: BSD-2-Clause */
/* Signatures: items 27 to 30. */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/hostile.h"

/* The token of that input and signature; frees both. */
static struct forged
join(struct forged input, struct forged sig)
{
    struct forged token = forge_join(input.data, input.len, sig.data, sig.len);

    free(input.data);
    free(sig.data);
    return token;
}

static struct forged
signature(const struct hostile *row, struct forged input)
{
    struct forge_signer signer = hostile_signer(row);

    return forge_sign(&signer, input.data, input.len);
}

/* --- 27: damaged ones --- */

/* One bit of the encoded header (0), payload (1) or signature (2). */
static struct forged
flipped(const struct hostile *row, const struct hostile_at *at)
{
    struct forged header = hostile_header(row, at);
    struct forged payload = hostile_payload(row, at);
    struct forged input =
        forge_input(header.data, header.len, payload.data, payload.len);
    struct forged sig = signature(row, input);

    free(input.data);
    if (row->number == 0)
        *strstr(header.data, "at+jwt") ^= 0x20; /* At+jwt: still its type */
    else if (row->number == 1)
        *strstr(payload.data, "5c2e8f") ^= 0x01;
    else
        sig.data[sig.len / 2] ^= 0x01;
    input = forge_input(header.data, header.len, payload.data, payload.len);
    free(header.data);
    free(payload.data);
    return join(input, sig);
}

/* The signature of the token for somebody else. */
static struct forged
borrowed(const struct hostile *row, const struct hostile_at *at)
{
    struct hostile other = *row;
    struct forged input, sig;

    other.claims[0] = "sub=\"mallory\"";
    input = hostile_input(&other, at);
    sig = signature(row, input);
    free(input.data);
    return join(hostile_input(row, at), sig);
}

/* The first `number` bytes (negative: all but so many), with `text` behind. */
static struct forged
resized(const struct hostile *row, const struct hostile_at *at)
{
    struct forged input = hostile_input(row, at);
    struct forged sig = signature(row, input), out;
    size_t more = row->text == NULL ? 0 : strlen(row->text);
    size_t keep =
        row->number > 0 ? (size_t)row->number : sig.len - (size_t)-row->number;

    out.len = keep + more;
    out.data = forge_need(malloc(out.len + 1), "malloc");
    memcpy(out.data, sig.data, keep);
    if (more > 0)
        memcpy(out.data + keep, row->text, more);
    free(sig.data);
    return join(input, out);
}

static struct forged
doubled(const struct hostile *row, const struct hostile_at *at)
{
    struct forged input = hostile_input(row, at);
    struct forged sig = signature(row, input), out;

    out.len = 2 * sig.len;
    out.data = forge_need(malloc(out.len + 1), "malloc");
    memcpy(out.data, sig.data, sig.len);
    memcpy(out.data + sig.len, sig.data, sig.len);
    free(sig.data);
    return join(input, out);
}

/* A zero byte in front. */
static struct forged
zero_in_front(const struct hostile *row, const struct hostile_at *at)
{
    struct forged input = hostile_input(row, at);
    struct forged sig = signature(row, input), out;

    out.len = sig.len + 1;
    out.data = forge_need(malloc(out.len + 1), "malloc");
    out.data[0] = '\0';
    memcpy(out.data + 1, sig.data, sig.len);
    free(sig.data);
    return join(input, out);
}

/* --- 28: ECDSA --- */

/* The order of the key's curve. */
static BIGNUM *
order_of(EVP_PKEY *key)
{
    char name[32] = "";
    EC_GROUP *group;
    BIGNUM *n;

    EVP_PKEY_get_group_name(key, name, sizeof(name), NULL);
    group = EC_GROUP_new_by_curve_name(OBJ_txt2nid(name));
    forge_need(group, name);
    n = BN_dup(EC_GROUP_get0_order(group));
    EC_GROUP_free(group);
    return n;
}

/* '0', '1', 'n', '-' (n - 1), '+' (n + 1), 'f' (all bits) or 'k' (keep). */
static void
put_number(char what, const BIGNUM *n, unsigned char *out, size_t field)
{
    BIGNUM *number = forge_need(BN_new(), "BN_new");

    BN_zero(number);
    if (what == '1')
        BN_one(number);
    else if (what != '0')
        BN_copy(number, n);
    if (what == '-')
        BN_sub_word(number, 1);
    if (what == '+')
        BN_add_word(number, 1);
    if (what == 'f')
        memset(out, 0xff, field);
    else if (what != 'k')
        BN_bn2binpad(number, out, (int)field);
    BN_free(number);
}

/* `text` says r and s. */
static struct forged
chosen(const struct hostile *row, const struct hostile_at *at)
{
    struct forged input = hostile_input(row, at);
    struct forged sig = signature(row, input);
    BIGNUM *n = order_of(hostile_signer(row).key);

    put_number(row->text[0], n, (unsigned char *)sig.data, sig.len / 2);
    put_number(row->text[1], n, (unsigned char *)sig.data + sig.len / 2,
               sig.len / 2);
    BN_free(n);
    return join(input, sig);
}

/* n - s verifies as s does; `number` 1: the high one of the two, 0 the low. */
static struct forged
other_s(const struct hostile *row, const struct hostile_at *at)
{
    struct forged input = hostile_input(row, at);
    struct forged sig = signature(row, input);
    unsigned char *half = (unsigned char *)sig.data + sig.len / 2;
    BIGNUM *n = order_of(hostile_signer(row).key);
    BIGNUM *s = BN_bin2bn(half, (int)(sig.len / 2), NULL);
    BIGNUM *twice = BN_new();

    BN_lshift1(twice, s);
    if ((BN_cmp(twice, n) > 0) != (row->number == 1)) {
        BN_sub(s, n, s);
        BN_bn2binpad(s, half, (int)(sig.len / 2));
    }
    BN_free(n);
    BN_free(s);
    BN_free(twice);
    return join(input, sig);
}

static struct forged
as_der(const struct hostile *row, const struct hostile_at *at)
{
    struct forged input = hostile_input(row, at);
    struct forged sig = signature(row, input);
    struct forged der = forge_ecdsa_der(sig.data, sig.len);

    free(sig.data);
    return join(input, der);
}

/* A zero byte before r and one before s. */
static struct forged
wide(const struct hostile *row, const struct hostile_at *at)
{
    struct forged input = hostile_input(row, at);
    struct forged sig = signature(row, input), out;
    size_t half = sig.len / 2;

    out.len = sig.len + 2;
    out.data = forge_need(calloc(1, out.len + 1), "calloc");
    memcpy(out.data + 1, sig.data, half);
    memcpy(out.data + half + 2, sig.data + half, half);
    free(sig.data);
    return join(input, out);
}

/* --- 29: RSA --- */

#define INFO                                                                   \
    "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00"     \
    "\x04\x20"
#define INFO_WITHOUT_NULL                                                      \
    "\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20"
#define INFO_OF_SHA512                                                         \
    "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00"     \
    "\x04\x20"

/* The ways to write an encoded message that RFC 8017 section 9.2 forbids. */
static const struct padding {
    unsigned char first, type, fill, separator;
    const char *info;
    size_t info_len;
    size_t garbage; /* bytes behind the hash, taken from the padding */
} paddings[] = {
    {0, 1, 0xff, 0, INFO, 19, 0},   /* the right one */
    {0, 1, 0xff, 0, INFO, 19, 194}, /* eight bytes of padding are left */
    {0, 1, 0xff, 0, INFO, 19, 1},
    {0, 2, 0xff, 0, INFO, 19, 0},
    {0, 0, 0x00, 0, INFO, 19, 0},
    {0, 1, 0xfe, 0, INFO, 19, 0},
    {0, 1, 0xff, 0xff, INFO, 19, 0},
    {0, 1, 0xff, 0, INFO_WITHOUT_NULL, 17, 0},
    {0, 1, 0xff, 0, INFO_OF_SHA512, 19, 0},
    {0, 1, 0xff, 0, "", 0, 0},
};

static struct forged
encode(const struct padding *p, struct forged input, size_t len)
{
    struct forged hash = forge_digest("SHA256", input.data, input.len);
    struct forged em = {forge_need(malloc(len + 1), "malloc"), len};
    char *at = em.data + len - p->garbage - 32;

    memset(em.data, p->fill, len);
    em.data[0] = (char)p->first;
    em.data[1] = (char)p->type;
    memcpy(at, hash.data, 32);
    at -= p->info_len;
    memcpy(at, p->info, p->info_len);
    at[-1] = (char)p->separator;
    memset(em.data + len - p->garbage, 0xaa, p->garbage);
    free(hash.data);
    return em;
}

/* The encoded message of row `number` of the table, really signed. */
static struct forged
padded(const struct hostile *row, const struct hostile_at *at)
{
    EVP_PKEY *key = hostile_signer(row).key;
    struct forged input = hostile_input(row, at);
    struct forged em =
        encode(&paddings[row->number], input, (size_t)EVP_PKEY_get_size(key));
    struct forged sig = forge_rsa_raw(key, em.data, em.len);

    free(em.data);
    return join(input, sig);
}

/* The least x with x^3 >= number. */
static BIGNUM *
cube_root(const BIGNUM *number)
{
    BN_CTX *context = forge_need(BN_CTX_new(), "BN_CTX_new");
    BIGNUM *root = BN_new(), *trial = BN_new(), *cube = BN_new();

    BN_zero(root);
    for (int bit = BN_num_bits(number) / 3 + 1; bit >= 0; bit--) {
        BN_copy(trial, root);
        BN_set_bit(trial, bit);
        BN_sqr(cube, trial, context);
        BN_mul(cube, cube, trial, context);
        if (BN_cmp(cube, number) < 0)
            BN_copy(root, trial);
    }
    BN_add_word(root, 1);
    BN_free(trial);
    BN_free(cube);
    BN_CTX_free(context);
    return root;
}

/* Bleichenbacher 2006: without the private key, a number whose cube begins
 * like an encoded message; whoever ignores what is behind the hash takes it.
 * Needs e = 3. */
static struct forged
bleichenbacher(const struct hostile *row, const struct hostile_at *at)
{
    struct forged input = hostile_input(row, at);
    struct forged em = encode(&paddings[1], input, 256), sig;
    BIGNUM *number, *root;

    memset(em.data + 256 - 194, 0, 194);
    number = BN_bin2bn((unsigned char *)em.data, 256, NULL);
    root = cube_root(number);
    sig = forge_bytes(em.data, 256);
    BN_bn2binpad(root, (unsigned char *)sig.data, 256);
    BN_free(number);
    BN_free(root);
    free(em.data);
    return join(input, sig);
}

/* s + n is congruent to s; the payload is varied until it fits. */
static struct forged
over_modulus(const struct hostile *row, const struct hostile_at *at)
{
    struct hostile copy = *row;
    struct forged n = forge_parameter(hostile_signer(row).key, "n");
    struct forged input = {NULL, 0}, sig = {NULL, 0};
    BIGNUM *modulus = BN_bin2bn((unsigned char *)n.data, (int)n.len, NULL);
    BIGNUM *number = BN_new();

    for (int i = 0; BN_num_bytes(number) != 256; i++) {
        char *edit = forge_text("jti=\"%d\"", i);

        free(input.data);
        free(sig.data);
        copy.claims[0] = edit;
        input = hostile_input(&copy, at);
        sig = signature(row, input);
        free(edit);
        BN_bin2bn((unsigned char *)sig.data, 256, number);
        BN_add(number, number, modulus);
    }
    BN_bn2binpad(number, (unsigned char *)sig.data, 256);
    BN_free(number);
    BN_free(modulus);
    free(n.data);
    return join(input, sig);
}

/* RSASSA-PSS with a salt of `number` bytes and the mask hash `text`. */
static struct forged
pss(const struct hostile *row, const struct hostile_at *at)
{
    struct forged input = hostile_input(row, at);
    struct forged sig =
        forge_sign_pss(hostile_signer(row).key, "SHA256", row->text,
                       row->number, input.data, input.len);

    return join(input, sig);
}

#define DAMAGED(name, of, how, what, n)                                        \
    {                                                                          \
        "27", name, REASON_SIGNATURE, .key = of, .make = how, .text = what,    \
                                      .number = n                              \
    }
#define CHOSEN(name, of, rs)                                                   \
    {                                                                          \
        "28", name, REASON_SIGNATURE, .key = of, .make = chosen, .text = rs    \
    }
#define PADDED(name, n)                                                        \
    {                                                                          \
        "29", name, REASON_SIGNATURE, .make = padded, .number = n              \
    }
#define PSS(name, hash, salt)                                                  \
    {                                                                          \
        "29", name, REASON_SIGNATURE, .header = {"alg=\"PS256\""},             \
                                      .make = pss, .text = hash,               \
                                      .number = salt                           \
    }

const struct hostile hostile_signatures[] = {
    DAMAGED("a_bit_flipped_in_the_header_is_refused", "rsa", flipped, NULL, 0),
    DAMAGED("a_bit_flipped_in_the_payload_is_refused", "rsa", flipped, NULL, 1),
    DAMAGED("a_bit_flipped_in_the_signature_is_refused", "rsa", flipped, NULL,
            2),
    DAMAGED("a_bit_flipped_in_an_es256_payload_is_refused", "p256", flipped,
            NULL, 1),
    DAMAGED("a_bit_flipped_in_an_es256_signature_is_refused", "p256", flipped,
            NULL, 2),
    DAMAGED("a_bit_flipped_in_an_eddsa_payload_is_refused", "ed25519", flipped,
            NULL, 1),
    DAMAGED("a_bit_flipped_in_an_eddsa_signature_is_refused", "ed25519",
            flipped, NULL, 2),
    DAMAGED("the_signature_of_another_rs256_token_is_refused", "rsa", borrowed,
            NULL, 0),
    DAMAGED("the_signature_of_another_es256_token_is_refused", "p256", borrowed,
            NULL, 0),
    DAMAGED("the_signature_of_another_eddsa_token_is_refused", "ed25519",
            borrowed, NULL, 0),
    DAMAGED("a_signature_of_one_byte_is_refused", "rsa", resized, NULL, 1),
    DAMAGED("an_rs256_signature_one_byte_short_is_refused", "rsa", resized,
            NULL, -1),
    DAMAGED("an_es256_signature_one_byte_short_is_refused", "p256", resized,
            NULL, -1),
    DAMAGED("an_eddsa_signature_one_byte_short_is_refused", "ed25519", resized,
            NULL, -1),
    DAMAGED("half_an_es256_signature_is_refused", "p256", resized, NULL, 32),
    DAMAGED("an_rs256_signature_one_byte_longer_is_refused", "rsa", resized,
            "A", 256),
    DAMAGED("an_es256_signature_one_byte_longer_is_refused", "p256", resized,
            "A", 64),
    DAMAGED("an_eddsa_signature_one_byte_longer_is_refused", "ed25519", resized,
            "A", 64),
    DAMAGED("an_rs256_signature_twice_is_refused", "rsa", doubled, NULL, 0),
    DAMAGED("an_es256_signature_twice_is_refused", "p256", doubled, NULL, 0),
    DAMAGED("an_eddsa_signature_twice_is_refused", "ed25519", doubled, NULL, 0),
    CHOSEN("es256_with_r_and_s_0_is_refused", "p256", "00"),
    CHOSEN("es256_with_r_0_is_refused", "p256", "0k"),
    CHOSEN("es256_with_s_0_is_refused", "p256", "k0"),
    CHOSEN("es256_with_r_n_is_refused", "p256", "nk"),
    CHOSEN("es256_with_s_n_is_refused", "p256", "kn"),
    CHOSEN("es256_with_r_and_s_n_is_refused", "p256", "nn"),
    CHOSEN("es256_with_r_and_s_1_is_refused", "p256", "11"),
    CHOSEN("es256_with_r_0_and_s_1_is_refused", "p256", "01"),
    CHOSEN("es256_with_r_1_and_s_0_is_refused", "p256", "10"),
    CHOSEN("es256_with_r_and_s_n_minus_1_is_refused", "p256", "--"),
    CHOSEN("es256_with_r_and_s_n_plus_1_is_refused", "p256", "++"),
    CHOSEN("es256_with_all_bits_set_is_refused", "p256", "ff"),
    CHOSEN("es384_with_r_and_s_0_is_refused", "p384", "00"),
    CHOSEN("es384_with_r_n_is_refused", "p384", "nk"),
    CHOSEN("es512_with_r_and_s_0_is_refused", "p521", "00"),
    CHOSEN("es512_with_s_n_is_refused", "p521", "kn"),
    CHOSEN("es512_with_all_bits_set_is_refused", "p521", "ff"),
    {"28", "a_der_encoded_es256_signature_is_refused", REASON_SIGNATURE,
     .key = "p256", .make = as_der},
    {"28", "a_der_encoded_es512_signature_is_refused", REASON_SIGNATURE,
     .key = "p521", .make = as_der},
    {"28", "es256_with_zeros_before_r_and_s_is_refused", REASON_SIGNATURE,
     .key = "p256", .make = wide},
    {"28", "an_es512_signature_of_128_bytes_is_refused", REASON_SIGNATURE,
     .key = "p521", .make = resized, .number = 128},
    {"28", "an_es384_signature_of_64_bytes_is_refused", REASON_SIGNATURE,
     .key = "p384", .make = resized, .number = 64},
    {"28", "an_es256_signature_with_a_high_s_is_accepted", REASON_ACCEPTED,
     .key = "p256", .make = other_s, .number = 1},
    {"28", "an_es256_signature_with_a_low_s_is_accepted", REASON_ACCEPTED,
     .key = "p256", .make = other_s, .number = 0},
    {"29", "a_message_encoded_and_signed_by_hand_is_accepted", REASON_ACCEPTED,
     .make = padded, .number = 0},
    PADDED("rs256_with_garbage_behind_the_hash_is_refused", 1),
    PADDED("rs256_with_one_byte_behind_the_hash_is_refused", 2),
    PADDED("rs256_with_block_type_2_is_refused", 3),
    PADDED("rs256_padded_with_zeros_is_refused", 4),
    PADDED("rs256_padded_with_other_bytes_is_refused", 5),
    PADDED("rs256_without_separator_is_refused", 6),
    PADDED("rs256_without_the_null_of_its_parameters_is_refused", 7),
    PADDED("rs256_with_the_name_of_another_hash_is_refused", 8),
    PADDED("rs256_with_a_bare_hash_is_refused", 9),
    {"29", "a_cube_root_forgery_under_exponent_3_is_refused", REASON_SIGNATURE,
     .key = "e3", .make = bleichenbacher},
    {"29", "an_rs256_signature_over_the_modulus_is_refused", REASON_SIGNATURE,
     .make = over_modulus},
    {"29", "an_rs256_signature_with_a_zero_in_front_is_refused",
     REASON_SIGNATURE, .make = zero_in_front},
    {"29", "a_ps256_signature_with_a_zero_in_front_is_refused",
     REASON_SIGNATURE, .alg = "PS256", .make = zero_in_front},
    {"29", "ps256_signed_by_hand_is_accepted", REASON_ACCEPTED,
     .header = {"alg=\"PS256\""}, .make = pss, .text = "SHA256", .number = 32},
    PSS("ps256_without_salt_is_refused", "SHA256", 0),
    PSS("ps256_with_a_salt_of_20_bytes_is_refused", "SHA256", 20),
    PSS("ps256_with_a_salt_of_64_bytes_is_refused", "SHA256", 64),
    PSS("ps256_with_the_longest_salt_is_refused", "SHA256", 222),
    PSS("ps256_with_a_sha1_mask_is_refused", "SHA1", 32),
    PSS("ps256_with_a_sha512_mask_is_refused", "SHA512", 32),
    {"29", "an_rs256_signature_under_ps256_is_refused", REASON_SIGNATURE,
     .header = {"alg=\"PS256\""}},
    {"29", "a_ps256_signature_under_rs256_is_refused", REASON_SIGNATURE,
     .alg = "PS256", .header = {"alg=\"RS256\""}},
    {"29", "a_ps512_signature_under_ps256_is_refused", REASON_SIGNATURE,
     .alg = "PS512", .header = {"alg=\"PS256\""}},
    {0},
};
