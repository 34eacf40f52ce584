/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tool signs, the verifier accepts; and nothing that it must not. */
#include "tests/unit/ctl_capture.h"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include "helper/ctl/keyset.h"
#include "helper/ctl/payload.h"
#include "helper/ctl/sign.h"
#include "helper/issuer/issuer.h"
#include "helper/jose/base64url.h"

#define NOW INT64_C(1700000000)
#define TOKEN_MAX 65536

static struct list audience;
static struct issuer_conf conf = {
    .accept = METHOD_JWT, .local = true, .token_type = TOKEN_AT_JWT};
static struct sign_key key;
static struct jwks *keys;

static struct jwks *
load(const json_t *set)
{
    char *text = json_dumps(set, 0);
    struct jwks_report report;
    struct jwks *loaded =
        jwks_load(span_of(text), JWK_PUBLIC_ONLY, false, &report);

    assert_non_null(loaded);
    assert_int_equal(report.skipped, 0);
    assert_false(report.private_members);
    free(text);
    return loaded;
}

static int
set_up(void **state)
{
    static char name[] = "local", issuer[] = "urn:httpauth:1";
    static char username[] = "sub", scope[] = "scope", groups[] = "groups";
    json_t *set;

    (void)state;
    assert_true(list_add(&audience, span_of("urn:httpauth:host:h")));
    conf.name = name;
    conf.issuer = issuer;
    conf.audience = audience;
    conf.username_claim = username;
    conf.scope_claim = scope;
    conf.groups_claim = groups;
    assert_true(sign_key_new(&key));
    set = keyset_new(&key);
    keys = load(set);
    json_decref(set);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    jwks_free(keys);
    sign_key_clear(&key);
    list_clear(&audience);
    return 0;
}

static struct payload
plain(void)
{
    return (struct payload){.issuer = "urn:httpauth:1",
                            .audience = "urn:httpauth:host:h",
                            .user = "alice",
                            .ttl = 600,
                            .now = NOW};
}

static enum reason
verify(struct span credential, const struct jwks *with, int64_t now)
{
    struct token token;
    enum reason reason = token_parse(credential, &token, NULL);

    if (reason == REASON_ACCEPTED)
        reason = token_verify(&token, &conf, with, now, NULL);
    token_clear(&token);
    return reason;
}

static enum reason
mint_as(const struct payload *p, const char *typ, int64_t now)
{
    struct buffer token = BUFFER_INIT(TOKEN_MAX);
    char jti[PAYLOAD_JTI_SIZE];
    char *payload = payload_print(p, jti);
    enum reason reason;

    assert_non_null(payload);
    assert_true(sign_jws(&key, typ, span_of(payload), &token));
    reason = verify(buffer_span(&token), keys, now);
    free(payload);
    buffer_free(&token);
    return reason;
}

static enum reason
mint(const struct payload *p, int64_t now)
{
    return mint_as(p, "at+jwt", now);
}

static void
a_minted_token_is_accepted(void **state)
{
    struct payload p = plain();

    (void)state;
    assert_int_equal(mint(&p, NOW), REASON_ACCEPTED);
    p.scope = "ssh:login sudo";
    p.claims = json_pack("{s:[s,s]}", "groups", "a", "b");
    assert_int_equal(mint(&p, NOW), REASON_ACCEPTED);
    json_decref(p.claims);
}

static void
the_longest_life_is_accepted_and_ends(void **state)
{
    struct payload p = plain();

    (void)state;
    p.ttl = PAYLOAD_TTL_MAX_S;
    assert_int_equal(mint(&p, NOW), REASON_ACCEPTED);
    assert_int_equal(mint(&p, NOW + 3600 + LEEWAY_S - 1), REASON_ACCEPTED);
    assert_int_equal(mint(&p, NOW + 3600 + LEEWAY_S), REASON_EXPIRED);
}

static void
a_token_for_another_host_or_issuer_is_refused(void **state)
{
    struct payload p = plain();

    (void)state;
    p.audience = "urn:httpauth:host:other";
    assert_int_equal(mint(&p, NOW), REASON_AUDIENCE);
    p = plain();
    p.issuer = "urn:httpauth:2";
    assert_int_equal(mint(&p, NOW), REASON_ISSUER);
}

static void
the_type_in_the_header_counts(void **state)
{
    struct payload p = plain();

    (void)state;
    assert_int_equal(mint_as(&p, "logout+jwt", NOW), REASON_TYPE);
}

static void
the_largest_payload_is_accepted(void **state)
{
    static char text[PAYLOAD_MAX / 2 - 1];
    struct payload p = plain();

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    p.claims = json_pack("{s:s, s:s}", "a", text, "b", "c");
    assert_int_equal(mint(&p, NOW), REASON_ACCEPTED);
    json_decref(p.claims);
}

static void
another_key_of_the_same_name_is_refused(void **state)
{
    struct payload p = plain();
    struct buffer token = BUFFER_INIT(TOKEN_MAX);
    struct sign_key other;
    char jti[PAYLOAD_JTI_SIZE];
    char *payload = payload_print(&p, jti);

    (void)state;
    assert_true(sign_key_new(&other));
    assert_true(sign_jws(&other, "at+jwt", span_of(payload), &token));
    assert_int_equal(verify(buffer_span(&token), keys, NOW),
                     REASON_KEY_UNKNOWN);
    memcpy(other.kid, key.kid, sizeof(other.kid));
    buffer_clear(&token);
    assert_true(sign_jws(&other, "at+jwt", span_of(payload), &token));
    assert_int_equal(verify(buffer_span(&token), keys, NOW), REASON_SIGNATURE);
    sign_key_clear(&other);
    buffer_free(&token);
    free(payload);
}

static void
a_token_longer_than_its_buffer_is_not_signed(void **state)
{
    struct buffer token = BUFFER_INIT(64);

    (void)state;
    assert_false(sign_jws(&key, "at+jwt", span_of("{}"), &token));
    buffer_free(&token);
}

static void
a_key_survives_its_pem(void **state)
{
    struct buffer pem = BUFFER_INIT(SIGN_PEM_MAX);
    struct sign_key again;

    (void)state;
    assert_true(sign_key_to_pem(&key, &pem));
    assert_non_null(strstr(pem.data, "-----BEGIN PRIVATE KEY-----"));
    assert_true(sign_key_from_pem(buffer_span(&pem), &again));
    assert_string_equal(again.kid, key.kid);
    assert_string_equal(again.x, key.x);
    assert_int_equal(EVP_PKEY_eq(again.key, key.key), 1);
    sign_key_clear(&again);
    buffer_free(&pem);
}

static bool
takes(EVP_PKEY *pkey, const EVP_CIPHER *cipher)
{
    unsigned char passphrase[] = "secret";
    struct sign_key loaded;
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long len;
    bool taken;

    assert_int_equal(PEM_write_bio_PrivateKey(
                         bio, pkey, cipher, cipher != NULL ? passphrase : NULL,
                         cipher != NULL ? 6 : 0, NULL, NULL),
                     1);
    len = BIO_get_mem_data(bio, &text);
    taken = sign_key_from_pem((struct span){text, (size_t)len}, &loaded);
    sign_key_clear(&loaded);
    BIO_free(bio);
    return taken;
}

static void
only_an_open_ed25519_key_is_taken(void **state)
{
    EVP_PKEY *other = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    EVP_PKEY *x25519 = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");

    (void)state;
    assert_true(takes(key.key, NULL));
    assert_false(takes(key.key, EVP_aes_128_cbc()));
    assert_false(takes(other, NULL));
    assert_false(takes(x25519, NULL));
    EVP_PKEY_free(other);
    EVP_PKEY_free(x25519);
}

static void
what_is_no_pem_is_no_key(void **state)
{
    static const char *const bad[] = {
        "", "x", "-----BEGIN PRIVATE KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"};
    static char long_one[SIGN_PEM_MAX + 2];
    struct sign_key loaded;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(sign_key_from_pem(span_of(bad[i]), &loaded));
        sign_key_clear(&loaded);
    }
    memset(long_one, 'a', sizeof(long_one) - 1);
    assert_false(sign_key_from_pem(span_of(long_one), &loaded));
}

/* RFC 8037 appendix A.1 and A.3. */
static void
a_kid_is_the_thumbprint_of_rfc_8037(void **state)
{
    unsigned char seed[BASE64URL_DECODED(43)];
    struct buffer pem = BUFFER_INIT(SIGN_PEM_MAX);
    struct sign_key example = {.key = NULL}, loaded;
    size_t len;

    (void)state;
    assert_true(base64url_decode(
        span_of("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"), seed, &len));
    example.key =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, len);
    assert_true(sign_key_to_pem(&example, &pem));
    assert_true(sign_key_from_pem(buffer_span(&pem), &loaded));
    assert_string_equal(loaded.x,
                        "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    assert_string_equal(loaded.kid,
                        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    sign_key_clear(&loaded);
    sign_key_clear(&example);
    buffer_free(&pem);
}

static void
the_public_key_holds_nothing_private(void **state)
{
    json_t *jwk = sign_key_public(&key);

    (void)state;
    assert_null(json_object_get(jwk, "d"));
    assert_int_equal(json_object_size(jwk), 6);
    assert_true(span_is(json_text(jwk, "alg"), "EdDSA"));
    assert_true(span_is(json_text(jwk, "use"), "sig"));
    assert_true(span_is(json_text(jwk, "kid"), key.kid));
    json_decref(jwk);
}

static size_t
count(const json_t *set)
{
    return json_array_size(json_object_get(set, "keys"));
}

static int64_t
retired(const json_t *set, size_t i)
{
    return json_integer_value(json_object_get(
        json_array_get(json_object_get(set, "keys"), i), "retired"));
}

static void
a_rotated_set_keeps_the_old_key_for_its_tokens(void **state)
{
    struct sign_key next;
    struct keyset_change change;
    json_t *old = keyset_new(&key), *set;
    struct jwks *loaded;

    (void)state;
    assert_true(sign_key_new(&next));
    set = keyset_rotate(old, &key, &next, NOW, &change);
    assert_int_equal(count(set), 2);
    assert_int_equal(change.kept, 1);
    assert_int_equal(retired(set, 1), NOW);
    loaded = load(set);
    assert_int_equal(loaded->count, 2);
    assert_string_equal(loaded->key[0]->kid, next.kid);
    assert_string_equal(loaded->key[1]->kid, key.kid);
    jwks_free(loaded);
    sign_key_clear(&next);
    json_decref(old);
    json_decref(set);
}

static void
a_retired_key_goes_when_its_last_token_has_ended(void **state)
{
    struct sign_key second, third;
    struct keyset_change change;
    json_t *first = keyset_new(&key), *set, *last;

    (void)state;
    assert_true(sign_key_new(&second));
    assert_true(sign_key_new(&third));
    set = keyset_rotate(first, &key, &second, NOW, &change);
    last = keyset_rotate(set, &second, &third, NOW + KEYSET_KEEP_S, &change);
    assert_int_equal(count(last), 3);
    assert_int_equal(retired(last, 2), NOW);
    json_decref(last);
    last =
        keyset_rotate(set, &second, &third, NOW + KEYSET_KEEP_S + 1, &change);
    assert_int_equal(count(last), 2);
    assert_int_equal(change.dropped, 1);
    assert_int_equal(change.kept, 1);
    json_decref(last);
    json_decref(set);
    json_decref(first);
    sign_key_clear(&second);
    sign_key_clear(&third);
}

static void
the_key_that_signed_until_now_retires_now_whatever_the_set_says(void **state)
{
    struct sign_key lost, next;
    struct keyset_change change;
    json_t *first = keyset_new(&key), *interrupted, *set;

    (void)state;
    assert_true(sign_key_new(&lost));
    assert_true(sign_key_new(&next));
    /* The set was written, the key never: `key` went on signing. */
    interrupted = keyset_rotate(first, &key, &lost, NOW, &change);
    set = keyset_rotate(interrupted, &key, &next, NOW + 86400, &change);
    assert_int_equal(count(set), 3);
    assert_int_equal(retired(set, 1), NOW + 86400);
    assert_int_equal(retired(set, 2), NOW + 86400);
    json_decref(first);
    json_decref(interrupted);
    json_decref(set);
    sign_key_clear(&lost);
    sign_key_clear(&next);
}

static void
a_time_of_the_future_counts_from_now(void **state)
{
    struct sign_key next;
    struct keyset_change change;
    json_t *old =
        json_pack("{s:[{s:s,s:s,s:I}, s]}", "keys", "kty", "OKP", "x", "other",
                  "retired", (json_int_t)(NOW + 1000000), "no object");
    json_t *set;

    (void)state;
    assert_true(sign_key_new(&next));
    set = keyset_rotate(old, &key, &next, NOW, &change);
    assert_int_equal(count(set), 3);
    assert_int_equal(retired(set, 2), NOW);
    json_decref(old);
    json_decref(set);
    sign_key_clear(&next);
}

static void
a_set_never_outgrows_what_a_verifier_reads(void **state)
{
    struct sign_key next;
    struct keyset_change change;
    json_t *old = json_pack("{s:[]}", "keys"), *set;

    (void)state;
    assert_true(sign_key_new(&next));
    for (int i = 0; i < LIMIT_JWKS_KEYS - 2; i++)
        json_array_append_new(json_object_get(old, "keys"), json_object());
    set = keyset_rotate(old, &key, &next, NOW, &change);
    assert_int_equal(count(set), LIMIT_JWKS_KEYS);
    json_decref(set);
    json_array_append_new(json_object_get(old, "keys"), json_object());
    assert_null(keyset_rotate(old, &key, &next, NOW, &change));
    json_decref(old);
    sign_key_clear(&next);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minted_token_is_accepted),
        cmocka_unit_test(the_longest_life_is_accepted_and_ends),
        cmocka_unit_test(a_token_for_another_host_or_issuer_is_refused),
        cmocka_unit_test(the_type_in_the_header_counts),
        cmocka_unit_test(the_largest_payload_is_accepted),
        cmocka_unit_test(another_key_of_the_same_name_is_refused),
        cmocka_unit_test(a_token_longer_than_its_buffer_is_not_signed),
        cmocka_unit_test(a_key_survives_its_pem),
        cmocka_unit_test(only_an_open_ed25519_key_is_taken),
        cmocka_unit_test(what_is_no_pem_is_no_key),
        cmocka_unit_test(a_kid_is_the_thumbprint_of_rfc_8037),
        cmocka_unit_test(the_public_key_holds_nothing_private),
        cmocka_unit_test(a_rotated_set_keeps_the_old_key_for_its_tokens),
        cmocka_unit_test(a_retired_key_goes_when_its_last_token_has_ended),
        cmocka_unit_test(
            the_key_that_signed_until_now_retires_now_whatever_the_set_says),
        cmocka_unit_test(a_time_of_the_future_counts_from_now),
        cmocka_unit_test(a_set_never_outgrows_what_a_verifier_reads),
    };

    return cmocka_run_group_tests_name("ctl_sign", tests, set_up, tear_down);
}
