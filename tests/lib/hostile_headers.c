/* SPDX-License-Identifier: BSD-2-Clause */
/* The header: items 6 to 18. */
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/hostile.h"

/* Header bytes that C strings cannot say: a NUL. */
static struct forged
nul_in_header(const struct hostile *row, const struct hostile_at *at)
{
    struct forged header = hostile_expand(row->raw_header, row, at);
    struct forged payload = hostile_payload(row, at);
    struct forged input;

    *strchr(header.data, '#') = '\0';
    input = forge_input(header.data, header.len, payload.data, payload.len);
    free(header.data);
    free(payload.data);
    return hostile_sign(row, input);
}

/* The bytes of the public key that somebody who confuses HMAC keys with
 * public ones would use (RFC 8725 section 2.1). */
static struct forged
public_bytes(EVP_PKEY *key, const char *form)
{
    BIO *bio = forge_need(BIO_new(BIO_s_mem()), "BIO_new");
    struct forged out = {NULL, 0};
    char *data;
    long len;

    if (strcmp(form, "pem") == 0)
        PEM_write_bio_PUBKEY(bio, key);
    else if (strcmp(form, "der") == 0)
        i2d_PUBKEY_bio(bio, key);
    len = BIO_get_mem_data(bio, &data);
    if (len > 0)
        out = forge_bytes(data, (size_t)len);
    BIO_free(bio);
    if (strcmp(form, "n") == 0)
        out = forge_parameter(key, "n");
    if (strcmp(form, "x") == 0)
        out = forge_parameter(key, "qx");
    if (strcmp(form, "jwk") == 0)
        out.data = forge_jwk(key, false, NULL);
    if (strcmp(form, "jwk") == 0)
        out.len = strlen(out.data);
    return out;
}

static struct forged
hmac(const struct hostile *row, const struct hostile_at *at)
{
    struct forge_signer signer = hostile_signer(row);
    struct forged input = hostile_input(row, at), secret, sig, token;

    secret = row->text[0] == '\0' ? forge_bytes("", 0)
                                  : public_bytes(signer.key, row->text);
    signer.secret = secret.data;
    signer.secret_len = secret.len;
    sig = forge_sign(&signer, input.data, input.len);
    token = forge_join(input.data, input.len, sig.data, sig.len);
    free(secret.data);
    free(input.data);
    free(sig.data);
    return token;
}

/* No signature, or with `text` three bytes that are none. */
static struct forged
unsigned_token(const struct hostile *row, const struct hostile_at *at)
{
    struct forged input = hostile_input(row, at);
    struct forged token =
        forge_join(input.data, input.len, row->text, strlen(row->text));

    free(input.data);
    return token;
}

/* The attacker's own key in the header, with a signature that it verifies. */
static struct forged
own_key(const struct hostile *row, const struct hostile_at *at)
{
    struct hostile copy = *row;
    char *jwk = forge_jwk(hostile_signer(row).key, false, NULL);
    char *edit = forge_text("jwk=%s", jwk);
    struct forged token;

    copy.header[0] = row->header[0];
    copy.header[1] = edit;
    token = hostile_signed(&copy, at);
    free(jwk);
    free(edit);
    return token;
}

static struct forged
own_certificate(const struct hostile *row, const struct hostile_at *at)
{
    struct hostile copy = *row;
    EVP_PKEY *key = hostile_signer(row).key;
    X509 *certificate = forge_need(X509_new(), "X509_new");
    unsigned char *der = NULL;
    struct forged token;
    char *edit, *text;
    int len;

    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    X509_sign(certificate, key, EVP_sha256());
    len = i2d_X509(certificate, &der);
    text = forge_need(malloc((size_t)len * 2 + 4), "malloc");
    EVP_EncodeBlock((unsigned char *)text, der, len);
    edit = forge_text("x5c=[\"%s\"]", text);
    copy.header[1] = edit;
    token = hostile_signed(&copy, at);
    free(edit);
    free(text);
    OPENSSL_free(der);
    X509_free(certificate);
    return token;
}

#define HEADER(text)                                                           \
    "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"rsa\"" text "}"

const struct hostile hostile_headers[] = {
#define BAD_JSON(name, text)                                                   \
    {                                                                          \
        "6", name, REASON_HEADER, .raw_header = text                           \
    }
    BAD_JSON("a_header_that_is_no_json_is_refused", "alg=RS256"),
    BAD_JSON("a_header_that_is_an_array_is_refused", "[\"RS256\"]"),
    BAD_JSON("a_header_that_is_a_string_is_refused", "\"RS256\""),
    BAD_JSON("a_header_that_is_a_number_is_refused", "256"),
    BAD_JSON("a_header_that_is_null_is_refused", "null"),
    BAD_JSON("text_behind_the_header_is_refused", HEADER("") "x"),
    BAD_JSON("two_header_objects_are_refused", HEADER("") HEADER("")),
    BAD_JSON("a_byte_order_mark_is_refused", "\357\273\277" HEADER("")),
    BAD_JSON("a_comment_in_the_header_is_refused", "/* */" HEADER("")),
    BAD_JSON("a_trailing_comma_is_refused", HEADER(",")),
    BAD_JSON("single_quotes_are_refused", "{'alg':'RS256'}"),
    BAD_JSON("an_unterminated_header_is_refused", "{\"alg\":\"RS256\""),
    BAD_JSON("invalid_utf8_in_the_header_is_refused",
             HEADER(",\"x\":\"\377\"")),
    BAD_JSON("overlong_utf8_is_refused", HEADER(",\"x\":\"\300\257\"")),
    BAD_JSON("an_encoded_surrogate_is_refused",
             HEADER(",\"x\":\"\355\240\200\"")),
    BAD_JSON("a_lone_surrogate_escape_is_refused",
             HEADER(",\"x\":\"\\ud800\"")),
    BAD_JSON("an_escaped_nul_is_refused", HEADER(",\"x\":\"a\\u0000b\"")),
    BAD_JSON("a_control_character_in_a_string_is_refused",
             HEADER(",\"x\":\"\001\"")),
    BAD_JSON("a_number_too_large_is_refused", HEADER(",\"x\":1e400")),
    BAD_JSON("not_a_number_is_refused", HEADER(",\"x\":NaN")),
    {"6", "a_nul_behind_the_header_is_refused", REASON_HEADER,
     .raw_header = HEADER("") "#", .make = nul_in_header},
    {"6", "a_nul_in_a_header_string_is_refused", REASON_HEADER,
     .raw_header = HEADER(",\"x\":\"#\""), .make = nul_in_header},
    {"6", "an_empty_header_object_is_refused", REASON_ALGORITHM,
     .raw_header = "{}"},
    {"6", "blanks_around_the_header_are_accepted", REASON_ACCEPTED,
     .raw_header = " " HEADER(" ") "\n"},
    {"7", "alg_twice_is_refused", REASON_HEADER,
     .header = {"+\"alg\":\"none\""}},
    {"7", "alg_twice_with_the_same_value_is_refused", REASON_HEADER,
     .header = {"+\"alg\":\"RS256\""}},
    {"7", "alg_twice_by_an_escape_is_refused", REASON_HEADER,
     .header = {"+\"\\u0061lg\":\"none\""}},
    {"7", "kid_twice_is_refused", REASON_HEADER,
     .header = {"+\"kid\":\"p256\""}},
    {"7", "a_nested_member_twice_is_refused", REASON_HEADER,
     .header = {"x={\"a\":{\"b\":1,\"b\":2}}"}},
    {"8", "a_header_32_deep_is_accepted", REASON_ACCEPTED,
     .header = {"x=$d{31}"}},
    {"8", "a_header_33_deep_is_refused", REASON_HEADER, .header = {"x=$d{32}"}},
    {"8", "a_header_1400_deep_is_refused", REASON_HEADER,
     .header = {"x=$d{1400}"}},
    {"8", "a_header_of_200_members_is_accepted", REASON_ACCEPTED,
     .header = {"+$m{200}"}},
    {"8", "a_header_of_4000_members_is_refused", REASON_SIZE,
     .header = {"+$m{4000}"}},
    {"8", "a_header_with_a_huge_string_is_refused", REASON_SIZE,
     .header = {"x=\"$x{40000}\""}},
    {"9", "no_alg_is_refused", REASON_ALGORITHM, .header = {"-alg"}},
#define BAD_ALG(name, json)                                                    \
    {                                                                          \
        "9", name, REASON_ALGORITHM, .header = { "alg=" json }                 \
    }
    BAD_ALG("alg_null_is_refused", "null"),
    BAD_ALG("alg_as_a_number_is_refused", "256"),
    BAD_ALG("alg_as_a_bool_is_refused", "true"),
    BAD_ALG("alg_as_an_array_is_refused", "[\"RS256\"]"),
    BAD_ALG("alg_as_an_object_is_refused", "{\"RS256\":1}"),
    BAD_ALG("an_empty_alg_is_refused", "\"\""),
    BAD_ALG("alg_in_lower_case_is_refused", "\"rs256\""),
    BAD_ALG("alg_with_a_trailing_space_is_refused", "\"RS256 \""),
    BAD_ALG("alg_with_a_leading_space_is_refused", "\" RS256\""),
    BAD_ALG("alg_with_more_behind_it_is_refused", "\"RS2560\""),
    BAD_ALG("an_alg_cut_short_is_refused", "\"RS25\""),
    BAD_ALG("an_alg_that_does_not_exist_is_refused", "\"RS257\""),
    BAD_ALG("alg_rs1_is_refused", "\"RS1\""),
    BAD_ALG("alg_ed448_is_refused", "\"Ed448\""),
    BAD_ALG("alg_es256k_is_refused", "\"ES256K\""),
    {"9", "alg_with_an_escaped_nul_is_refused", REASON_HEADER,
     .header = {"alg=\"RS256\\u0000x\""}},
    {"9", "alg_spelt_with_escapes_is_accepted", REASON_ACCEPTED,
     .header = {"alg=\"\\u0052S256\""}},
#define NONE(name, json)                                                       \
    {                                                                          \
        "10", name, REASON_ALGORITHM, .header = { "alg=" json }                \
    }
    NONE("alg_none_with_a_good_signature_is_refused", "\"none\""),
    NONE("alg_none_capitalized_is_refused", "\"None\""),
    NONE("alg_none_in_mixed_case_is_refused", "\"nOnE\""),
    NONE("alg_none_in_upper_case_is_refused", "\"NONE\""),
    {"10", "alg_none_with_another_signature_is_refused", REASON_ALGORITHM,
     .header = {"alg=\"none\""}, .make = unsigned_token, .text = "abc"},
    {"10", "alg_none_without_signature_is_refused", REASON_FORM,
     .header = {"alg=\"none\""}, .make = unsigned_token, .text = ""},
    {"10", "rs256_without_signature_is_refused", REASON_FORM,
     .make = unsigned_token, .text = ""},
    {"10", "alg_none_without_kid_is_refused", REASON_FORM,
     .header = {"alg=\"none\"", "-kid"}, .make = unsigned_token, .text = ""},
#define HMAC(name, hash, with, of)                                             \
    {                                                                          \
        "11", name, REASON_ALGORITHM, .alg = hash, .key = of, .make = hmac,    \
                                      .text = with                             \
    }
    HMAC("hmac_keyed_by_the_pem_text_is_refused", "HS256", "pem", "rsa"),
    HMAC("hmac_keyed_by_the_der_is_refused", "HS256", "der", "rsa"),
    HMAC("hmac_keyed_by_the_modulus_is_refused", "HS256", "n", "rsa"),
    HMAC("hmac_keyed_by_the_jwk_text_is_refused", "HS256", "jwk", "rsa"),
    HMAC("hs384_keyed_by_the_pem_text_is_refused", "HS384", "pem", "rsa"),
    HMAC("hs512_keyed_by_the_pem_text_is_refused", "HS512", "pem", "rsa"),
    HMAC("hmac_keyed_by_an_ec_pem_is_refused", "HS256", "pem", "p256"),
    HMAC("hmac_keyed_by_a_coordinate_is_refused", "HS256", "x", "p256"),
    HMAC("hmac_keyed_by_an_ed25519_der_is_refused", "HS256", "der", "ed25519"),
    HMAC("hmac_keyed_by_nothing_is_refused", "HS256", "", "rsa"),
#define ENCRYPTION(name, json)                                                 \
    {                                                                          \
        "12", name, REASON_ALGORITHM, .header = { "alg=" json }                \
    }
    ENCRYPTION("alg_rsa_oaep_is_refused", "\"RSA-OAEP\""),
    ENCRYPTION("alg_rsa1_5_is_refused", "\"RSA1_5\""),
    ENCRYPTION("alg_dir_is_refused", "\"dir\""),
    ENCRYPTION("alg_ecdh_es_is_refused", "\"ECDH-ES\""),
    ENCRYPTION("alg_a256kw_is_refused", "\"A256KW\""),
    ENCRYPTION("alg_pbes2_is_refused", "\"PBES2-HS256+A128KW\""),
    {"12", "enc_is_refused", REASON_CRITICAL, .header = {"enc=\"A256GCM\""}},
    {"12", "zip_is_refused", REASON_CRITICAL, .header = {"zip=\"DEF\""}},
    {"12", "zip_null_is_refused", REASON_CRITICAL, .header = {"zip=null"}},
#define CRIT(name, json)                                                       \
    {                                                                          \
        "13", name, REASON_CRITICAL, .header = { "crit=" json, "exp=1" }       \
    }
    CRIT("crit_of_an_unknown_name_is_refused", "[\"exp\"]"),
    CRIT("an_empty_crit_is_refused", "[]"),
    CRIT("crit_as_a_string_is_refused", "\"exp\""),
    CRIT("crit_null_is_refused", "null"),
    CRIT("crit_with_repeats_is_refused", "[\"exp\",\"exp\"]"),
    CRIT("crit_of_a_registered_name_is_refused", "[\"alg\"]"),
    CRIT("crit_of_an_absent_name_is_refused", "[\"nothere\"]"),
    CRIT("crit_with_a_number_is_refused", "[1]"),
    {"14", "b64_false_with_crit_is_refused", REASON_CRITICAL,
     .header = {"b64=false", "crit=[\"b64\"]"}},
    {"14", "b64_false_without_crit_is_refused", REASON_CRITICAL,
     .header = {"b64=false"}},
    {"14", "b64_true_with_crit_is_refused", REASON_CRITICAL,
     .header = {"b64=true", "crit=[\"b64\"]"}},
    {"14", "b64_true_without_crit_is_refused", REASON_CRITICAL,
     .header = {"b64=true"}},
    {"15", "a_jwk_in_the_header_is_no_key", REASON_KEY_UNKNOWN,
     .key = "attacker", .make = own_key},
    {"15", "a_jwk_in_the_header_without_kid_is_no_key", REASON_SIGNATURE,
     .key = "attacker", .header = {"-kid"}, .make = own_key},
    {"15", "a_jwk_in_the_header_with_our_kid_is_no_key", REASON_SIGNATURE,
     .key = "attacker", .header = {"kid=\"rsa\""}, .make = own_key},
    {"15", "an_ec_jwk_in_the_header_is_no_key", REASON_KEY_UNKNOWN,
     .key = "ec-attacker", .make = own_key},
    {"15", "an_ed25519_jwk_in_the_header_is_no_key", REASON_SIGNATURE,
     .key = "ed-attacker", .header = {"-kid"}, .make = own_key},
    {"15", "an_x5c_in_the_header_is_no_key", REASON_SIGNATURE,
     .key = "attacker", .header = {"kid=\"rsa\""}, .make = own_certificate},
#define FETCH(name, member)                                                    \
    {                                                                          \
        "15", name, REASON_SIGNATURE, .key = "attacker", .header = {           \
            "kid=\"rsa\"",                                                     \
            member                                                             \
        }                                                                      \
    }
    FETCH("a_jku_is_not_fetched", "jku=\"https://127.0.0.1/jwks.json\""),
    FETCH("a_jku_of_the_metadata_service_is_not_fetched",
          "jku=\"http://169.254.169.254/latest\""),
    FETCH("a_jku_of_a_file_is_not_read", "jku=\"file:///etc/passwd\""),
    FETCH("a_jku_of_a_socket_is_not_opened",
          "jku=\"http+unix://%2Frun%2Fhttpauth%2Fcontrol.sock\""),
    FETCH("an_x5u_is_not_fetched", "x5u=\"https://127.0.0.1/cert.pem\""),
#define KID(name, json, why)                                                   \
    {                                                                          \
        "16", name, why, .header = { "kid=" json }                             \
    }
    KID("an_empty_kid_is_refused", "\"\"", REASON_HEADER),
    KID("kid_null_is_refused", "null", REASON_HEADER),
    KID("kid_as_a_number_is_refused", "1", REASON_HEADER),
    KID("kid_as_an_array_is_refused", "[\"rsa\"]", REASON_HEADER),
    KID("kid_as_an_object_is_refused", "{}", REASON_HEADER),
    KID("a_kid_with_an_escaped_nul_is_refused", "\"rsa\\u0000\"",
        REASON_HEADER),
    KID("an_unknown_kid_is_refused", "\"nobody\"", REASON_KEY_UNKNOWN),
    KID("a_kid_in_other_case_is_refused", "\"RSA\"", REASON_KEY_UNKNOWN),
    KID("a_kid_with_a_blank_is_refused", "\"rsa \"", REASON_KEY_UNKNOWN),
    KID("a_kid_cut_short_is_refused", "\"rs\"", REASON_KEY_UNKNOWN),
    KID("a_kid_that_is_a_path_is_refused", "\"../../etc/passwd\"",
        REASON_KEY_UNKNOWN),
    KID("a_kid_that_is_a_device_is_refused", "\"/dev/null\"",
        REASON_KEY_UNKNOWN),
    KID("a_kid_of_sql_is_refused", "\"' OR 1=1 --\"", REASON_KEY_UNKNOWN),
    KID("a_kid_with_percent_00_is_refused", "\"rsa%00\"", REASON_KEY_UNKNOWN),
    KID("a_kid_with_a_log_line_is_refused",
        "\"x\\nsshd[1]: Accepted password for root\"", REASON_KEY_UNKNOWN),
    KID("a_kid_of_format_directives_is_refused", "\"%s%s%n%n\"",
        REASON_KEY_UNKNOWN),
    KID("a_kid_of_257_bytes_is_refused", "\"$x{257}\"", REASON_KEY_UNKNOWN),
    KID("a_kid_of_100_kib_is_refused", "\"$x{102400}\"", REASON_SIZE),
    KID("the_kid_of_another_key_is_refused", "\"rs256-only\"",
        REASON_SIGNATURE),
    {"16", "a_token_without_kid_is_accepted_when_a_key_fits", REASON_ACCEPTED,
     .header = {"-kid"}},
#define TYPE(name, json)                                                       \
    {                                                                          \
        "17", name, REASON_TYPE, .header = { "typ=" json }                     \
    }
    TYPE("a_logout_token_by_its_type_is_refused", "\"logout+jwt\""),
    TYPE("a_dpop_proof_by_its_type_is_refused", "\"dpop+jwt\""),
    TYPE("an_introspection_answer_by_its_type_is_refused",
         "\"token-introspection+jwt\""),
    TYPE("a_security_event_by_its_type_is_refused", "\"secevent+jwt\""),
    TYPE("a_request_object_by_its_type_is_refused", "\"oauth-authz-req+jwt\""),
    TYPE("a_client_assertion_by_its_type_is_refused",
         "\"client-authentication+jwt\""),
    TYPE("type_jwt_is_refused_where_at_jwt_is_wanted", "\"JWT\""),
    TYPE("type_jws_is_refused", "\"JOSE\""),
    TYPE("an_empty_type_is_refused", "\"\""),
    TYPE("a_type_null_is_refused", "null"),
    TYPE("a_type_as_a_number_is_refused", "1"),
    TYPE("a_type_as_an_array_is_refused", "[\"at+jwt\"]"),
    TYPE("a_type_with_a_trailing_blank_is_refused", "\"at+jwt \""),
    TYPE("a_type_with_a_parameter_is_refused", "\"at+jwt;x=1\""),
    TYPE("a_type_with_the_prefix_twice_is_refused",
         "\"application/application/at+jwt\""),
    TYPE("a_type_of_another_family_is_refused", "\"text/at+jwt\""),
    {"17", "no_type_is_refused_where_at_jwt_is_wanted", REASON_TYPE,
     .header = {"-typ"}},
    {"17", "a_nested_token_is_refused", REASON_TYPE, .header = {"cty=\"JWT\""}},
    {"17", "a_nested_token_in_lower_case_is_refused", REASON_TYPE,
     .header = {"cty=\"jwt\""}},
    {"17", "a_nested_token_by_media_type_is_refused", REASON_TYPE,
     .header = {"cty=\"application/at+jwt\""}},
    {"17", "a_content_type_as_a_number_is_refused", REASON_TYPE,
     .header = {"cty=1"}},
    {"17", "the_type_in_upper_case_is_accepted", REASON_ACCEPTED,
     .header = {"typ=\"AT+JWT\""}},
    {"17", "the_type_as_a_media_type_is_accepted", REASON_ACCEPTED,
     .header = {"typ=\"application/at+jwt\""}},
    {"18", "another_iss_in_the_header_is_refused", REASON_HEADER_CLAIM,
     .header = {"iss=\"https://other.example\""}},
    {"18", "another_sub_in_the_header_is_refused", REASON_HEADER_CLAIM,
     .header = {"sub=\"root\""}},
    {"18", "another_aud_in_the_header_is_refused", REASON_HEADER_CLAIM,
     .header = {"aud=\"ssh://other\""}},
    {"18", "aud_in_another_form_in_the_header_is_refused", REASON_HEADER_CLAIM,
     .header = {"aud=[\"$aud\"]"}},
    {"18", "sub_null_in_the_header_is_refused", REASON_HEADER_CLAIM,
     .header = {"sub=null"}},
    {"18", "equal_copies_in_the_header_are_accepted", REASON_ACCEPTED,
     .header = {"iss=\"$iss\"", "sub=\"$user\"", "aud=\"$aud\""}},
    {0},
};
