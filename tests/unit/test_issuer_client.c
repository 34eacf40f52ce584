/* SPDX-License-Identifier: BSD-2-Clause */
/* What this host puts into a request so that the endpoint knows who asks. */
#include "tests/unit/client_house.h"

#include <fcntl.h>
#include <openssl/pem.h>

#include "helper/jose/jws.h"

#define ODD "a+b%c d:e"
#define KEY32 "0123456789abcdef0123456789abcdef"

static void
open_with(struct house *h, enum client_auth auth, const char *secret)
{
    house_open(h);
    h->conf.client_auth = auth;
    if (secret != NULL)
        h->conf.client_secret_file = house_put(h, "secret", secret, 0640);
    house_start(h);
}

static void
without_a_secret_the_id_goes_into_the_form(void **state)
{
    struct house h;

    (void)state;
    open_with(&h, CLIENT_NONE, NULL);
    assert_true(buffer_text(&h.draft.form, "token=x"));
    assert_int_equal(client_sign(h.client, WALL, &h.draft, &h.why),
                     REASON_ACCEPTED);
    is(&h.draft.form, "token=x&client_id=my+client");
    is(&h.draft.authorization, "");
    h.conf.client_id = NULL;
    assert_int_equal(house_sign(&h), REASON_ACCEPTED);
    is(&h.draft.form, "");
    house_close(&h);
}

/* RFC 6749 section 2.3.1 and appendix B. */
static void
basic_encodes_id_and_secret_for_a_form_first(void **state)
{
    struct house h;

    (void)state;
    open_with(&h, CLIENT_SECRET_BASIC, ODD "\n");
    assert_int_equal(house_sign(&h), REASON_ACCEPTED);
    is(&h.draft.authorization, "Basic bXkrY2xpZW50OmElMkJiJTI1YytkJTNBZQ==");
    is(&h.draft.form, "");
    house_close(&h);
}

static void
basic_may_leave_them_as_they_are(void **state)
{
    struct house h;

    (void)state;
    open_with(&h, CLIENT_SECRET_BASIC, ODD);
    h.conf.client_secret_encoding = SECRET_RAW;
    assert_int_equal(house_sign(&h), REASON_ACCEPTED);
    is(&h.draft.authorization, "Basic bXkgY2xpZW50OmErYiVjIGQ6ZQ==");
    /* The other end would take what is behind the colon for the secret. */
    h.conf.client_id = (char *)"my:client";
    assert_int_equal(house_sign(&h), REASON_CONFIGURATION);
    has(&h.why, "colon");
    house_close(&h);
}

static void
post_puts_both_into_the_form(void **state)
{
    struct house h;

    (void)state;
    open_with(&h, CLIENT_SECRET_POST, ODD);
    assert_int_equal(house_sign(&h), REASON_ACCEPTED);
    is(&h.draft.form, "client_id=my+client&client_secret=a%2Bb%25c+d%3Ae");
    is(&h.draft.authorization, "");
    house_close(&h);
}

static void
a_rotated_secret_is_used_by_the_next_request(void **state)
{
    struct house h;

    (void)state;
    open_with(&h, CLIENT_SECRET_POST, "first");
    assert_int_equal(house_sign(&h), REASON_ACCEPTED);
    has(&h.draft.form, "client_secret=first");
    house_put(&h, "secret", "second", 0640);
    house_later(1000);
    assert_int_equal(house_sign(&h), REASON_ACCEPTED);
    has(&h.draft.form, "client_secret=second");
    house_close(&h);
}

/* --- what goes wrong with files, and what the log says --- */

static struct {
    int saved;
    char path[64];
} capture;

static void
log_begin(void)
{
    int fd;

    snprintf(capture.path, sizeof(capture.path), "/tmp/test_log.XXXXXX");
    fd = mkstemp(capture.path);
    assert_true(fd >= 0);
    fflush(stderr);
    capture.saved = dup(2);
    dup2(fd, 2);
    close(fd);
}

static char *
log_end(void)
{
    static char text[8192];
    FILE *file;

    fflush(stderr);
    dup2(capture.saved, 2);
    close(capture.saved);
    file = fopen(capture.path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    unlink(capture.path);
    return text;
}

static void
a_secret_that_others_may_read_is_refused_and_said_once(void **state)
{
    struct house h;
    char *text, *line;

    (void)state;
    open_with(&h, CLIENT_SECRET_BASIC, "geheim");
    house_put(&h, "secret", "geheim", 0644);
    log_begin();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(house_sign(&h), REASON_SECRET);
        house_later(2000);
    }
    text = log_end();
    has(&h.why, "open to everybody");
    has(&h.why, h.file[0]);
    line = strstr(text, "issuer work: ");
    assert_non_null(line);
    assert_non_null(strstr(line, "open to everybody"));
    assert_null(strstr(line + 1, "issuer work: "));
    assert_null(strstr(text, "geheim"));
    has_not(&h.why, "geheim");
    is(&h.draft.authorization, "");

    /* Another fault is news, and so is the end of it. */
    log_begin();
    house_put(&h, "secret", "", 0640);
    assert_int_equal(house_sign(&h), REASON_SECRET);
    text = log_end();
    assert_non_null(strstr(text, "is empty"));
    house_put(&h, "secret", "geheim", 0640);
    house_later(1000);
    assert_int_equal(house_sign(&h), REASON_ACCEPTED);
    assert_string_equal(h.client->shared.told, "");
    house_close(&h);
}

static void
a_secret_that_is_missing_is_told_before_it_is_needed(void **state)
{
    struct house h;
    char *text;

    (void)state;
    house_open(&h);
    h.conf.client_auth = CLIENT_SECRET_BASIC;
    h.conf.client_secret_file = (char *)"credential:absent";
    house_start(&h);
    log_begin();
    client_look(h.client);
    text = log_end();
    assert_non_null(strstr(text, "issuer work: credential:absent names no"));
    house_close(&h);
}

static void
a_link_is_no_secret(void **state)
{
    struct house h;
    char path[96];

    (void)state;
    open_with(&h, CLIENT_SECRET_POST, "geheim");
    snprintf(path, sizeof(path), "%s/moved", h.folder);
    assert_int_equal(rename(h.file[0], path), 0);
    assert_int_equal(symlink(path, h.file[0]), 0);
    assert_int_equal(house_sign(&h), REASON_SECRET);
    has(&h.why, "symbolic link");
    unlink(path);
    house_close(&h);
}

static void
no_file_no_secret(void **state)
{
    static const enum client_auth auths[] = {
        CLIENT_SECRET_BASIC, CLIENT_SECRET_POST, CLIENT_SECRET_JWT,
        CLIENT_PRIVATE_KEY_JWT, CLIENT_TLS};

    (void)state;
    for (size_t i = 0; i < sizeof(auths) / sizeof(auths[0]); i++) {
        struct house h;

        open_with(&h, auths[i], NULL);
        assert_int_equal(house_sign(&h), REASON_SECRET);
        assert_true(h.why.len > 0);
        house_close(&h);
    }
}

/* --- assertions --- */

/* A JWT has nothing that a form must encode. */
static struct span
assertion_in(const struct buffer *form)
{
    static const char name[] = "&client_assertion=";
    const char *found = strstr(form->data, name);

    assert_non_null(found);
    found += sizeof(name) - 1;
    return (struct span){found, strcspn(found, "&")};
}

static void
check_claims(struct span payload, char jti[64])
{
    json_t *root = json_object_load(payload);
    int64_t iat, exp;

    assert_non_null(root);
    assert_true(span_is(json_text(root, "iss"), "my client"));
    assert_true(span_is(json_text(root, "sub"), "my client"));
    assert_true(span_is(json_text(root, "aud"), "https://idp.example"));
    assert_true(json_time(json_object_get(root, "iat"), &iat));
    assert_true(json_time(json_object_get(root, "exp"), &exp));
    assert_int_equal(iat, WALL);
    assert_int_equal(exp, WALL + 60);
    assert_int_equal(json_text(root, "jti").len, 22);
    snprintf(jti, 64, "%s", json_text(root, "jti").data);
    assert_int_equal(json_object_size(root), 6);
    json_decref(root);
}

/* Verified with `jwk`; its jti. */
static void
check_assertion(struct house *h, const char *jwk, const char *alg,
                const char *kid, char jti[64])
{
    struct jwks_report report;
    struct jwks *set = jwks_load(span_of(jwk), JWK_SECRETS_TOO, true, &report);
    struct jws jws;

    has(&h->draft.form,
        "client_assertion_type="
        "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&"
        "client_assertion=");
    has(&h->draft.form, "&client_id=my+client");
    is(&h->draft.authorization, "");
    assert_int_equal(jws_parse(assertion_in(&h->draft.form),
                               ALG_SET_PUBLIC | ALG_SET_HMAC, &jws, NULL),
                     REASON_ACCEPTED);
    assert_string_equal(alg_name(jws.alg), alg);
    assert_true(span_is(json_text(jws.header, "typ"), "JWT"));
    assert_true(span_is(jws.kid, kid));
    assert_non_null(set);
    assert_int_equal(jws_verify(&jws, set, NULL), REASON_ACCEPTED);
    check_claims(jws.payload, jti);
    jws_clear(&jws);
    jwks_free(set);
}

static void
an_assertion_by_the_secret_verifies_with_it(void **state)
{
    char *jwk = forge_jwk_secret(KEY32, 32, NULL);
    char jti[64], other[64];
    struct house h;

    (void)state;
    open_with(&h, CLIENT_SECRET_JWT, KEY32 "\n");
    assert_int_equal(house_sign(&h), REASON_ACCEPTED);
    check_assertion(&h, jwk, "HS256", "", jti);
    has_not(&h.draft.form, KEY32);
    assert_int_equal(house_sign(&h), REASON_ACCEPTED);
    check_assertion(&h, jwk, "HS256", "", other);
    assert_string_not_equal(jti, other);
    house_close(&h);
    free(jwk);
}

static void
a_secret_of_31_bytes_signs_no_assertion(void **state)
{
    struct house h;

    (void)state;
    open_with(&h, CLIENT_SECRET_JWT, KEY32);
    house_put(&h, "secret", "0123456789abcdef0123456789abcde\n", 0640);
    assert_int_equal(house_sign(&h), REASON_SECRET);
    has(&h.why, "shorter than the algorithm's hash");
    has_not(&h.why, "0123456789");
    is(&h.draft.form, "");
    house_close(&h);
}

static char *
pem_of(EVP_PKEY *key, const char *passphrase)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data, *text;
    long len;

    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(
                         bio, key,
                         passphrase != NULL ? EVP_aes_128_cbc() : NULL,
                         passphrase, passphrase != NULL ? 6 : 0, NULL, NULL),
                     1);
    len = BIO_get_mem_data(bio, &data);
    text = forge_text("%.*s", (int)len, data);
    BIO_free(bio);
    return text;
}

static void
open_with_key(struct house *h, const char *name, const char *algorithm)
{
    char *pem = pem_of(forge_key(name), NULL);

    house_open(h);
    h->conf.client_auth = CLIENT_PRIVATE_KEY_JWT;
    h->conf.client_key_file = house_put(h, "key.pem", pem, 0600);
    h->conf.client_key_id = (char *)"k1";
    h->conf.client_key_algorithm = (char *)algorithm;
    house_start(h);
    free(pem);
}

static void
an_assertion_by_a_key_verifies_with_its_public_part(void **state)
{
    static const struct {
        const char *key, *wanted, *alg;
    } rows[] = {
        {"rsa2048", NULL, "RS256"}, {"rsa2048", "PS256", "PS256"},
        {"p256", NULL, "ES256"},    {"p384", NULL, "ES384"},
        {"p521", NULL, "ES512"},    {"ed25519", NULL, "EdDSA"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *jwk = forge_jwk(forge_key(rows[i].key), false, "\"kid\":\"k1\"");
        char jti[64], other[64];
        struct house h;

        open_with_key(&h, rows[i].key, rows[i].wanted);
        assert_int_equal(house_sign(&h), REASON_ACCEPTED);
        check_assertion(&h, jwk, rows[i].alg, "k1", jti);
        assert_int_equal(house_sign(&h), REASON_ACCEPTED);
        check_assertion(&h, jwk, rows[i].alg, "k1", other);
        assert_string_not_equal(jti, other);
        house_close(&h);
        free(jwk);
    }
}

static void
a_key_is_parsed_once_per_content(void **state)
{
    struct house h;
    EVP_PKEY *first;
    char *pem = pem_of(forge_key("p256-other"), NULL);
    char *jwk = forge_jwk(forge_key("p256-other"), false, "\"kid\":\"k1\"");
    char jti[64];

    (void)state;
    open_with_key(&h, "p256", NULL);
    assert_int_equal(house_sign(&h), REASON_ACCEPTED);
    first = h.client->signer.key;
    house_later(5000);
    assert_int_equal(house_sign(&h), REASON_ACCEPTED);
    assert_ptr_equal(h.client->signer.key, first);
    house_put(&h, "key.pem", pem, 0600);
    house_later(1000);
    assert_int_equal(house_sign(&h), REASON_ACCEPTED);
    check_assertion(&h, jwk, "ES256", "k1", jti);
    /* Gone with its file. */
    house_put(&h, "key.pem", pem, 0644);
    house_later(1000);
    assert_int_equal(house_sign(&h), REASON_SECRET);
    assert_null(h.client->signer.key);
    house_put(&h, "key.pem", pem, 0600);
    assert_int_equal(house_sign(&h), REASON_ACCEPTED);
    house_close(&h);
    free(pem);
    free(jwk);
}

static void
a_key_that_cannot_sign_is_said(void **state)
{
    struct house h;
    char *locked = pem_of(forge_key("p256"), "secret");

    (void)state;
    open_with_key(&h, "p256", "RS256");
    assert_int_equal(house_sign(&h), REASON_SECRET);
    has(&h.why, "key.pem is a key for other algorithms");
    is(&h.draft.form, "");
    house_put(&h, "key.pem", locked, 0600);
    house_later(1000);
    assert_int_equal(house_sign(&h), REASON_SECRET);
    has(&h.why, "passphrase");
    house_put(&h, "key.pem", "nonsense", 0600);
    house_later(1000);
    assert_int_equal(house_sign(&h), REASON_SECRET);
    has(&h.why, "holds no private key");
    has_not(&h.why, "nonsense");
    h.conf.client_id = NULL;
    assert_int_equal(house_sign(&h), REASON_CONFIGURATION);
    house_close(&h);
    free(locked);
}

/* --- certificates --- */

static void
a_certificate_goes_into_the_handshake(void **state)
{
    struct house h;

    (void)state;
    house_open(&h);
    h.conf.client_auth = CLIENT_TLS;
    h.conf.client_certificate_file = house_put(&h, "cert.pem", "cert", 0644);
    h.conf.client_certificate_key_file = house_put(&h, "key.pem", "key", 0600);
    house_start(&h);
    assert_int_equal(house_sign(&h), REASON_ACCEPTED);
    assert_string_equal(h.draft.cert_file, h.file[0]);
    assert_string_equal(h.draft.key_file, h.file[1]);
    is(&h.draft.form, "client_id=my+client");
    is(&h.draft.authorization, "");
    house_put(&h, "key.pem", "key", 0644);
    house_later(1000);
    assert_int_equal(house_sign(&h), REASON_SECRET);
    assert_null(h.draft.cert_file);
    house_put(&h, "key.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----", 0600);
    house_later(1000);
    assert_int_equal(house_sign(&h), REASON_SECRET);
    has(&h.why, "passphrase");
    house_close(&h);
}

static void
one_file_may_hold_certificate_and_key(void **state)
{
    struct house h;

    (void)state;
    house_open(&h);
    h.conf.client_auth = CLIENT_TLS;
    h.conf.client_certificate_file = (char *)"credential:tls";
    house_put(&h, "tls", "cert and key", 0400);
    setenv("CREDENTIALS_DIRECTORY", h.folder, 1);
    house_start(&h);
    assert_int_equal(house_sign(&h), REASON_ACCEPTED);
    assert_string_equal(h.draft.cert_file, h.file[0]);
    assert_string_equal(h.draft.key_file, h.file[0]);
    unsetenv("CREDENTIALS_DIRECTORY");
    house_close(&h);
}

/* --- introspection --- */

static void
introspection_is_asked_as_client(void **state)
{
    struct house h;

    (void)state;
    open_with(&h, CLIENT_SECRET_POST, "s");
    assert_int_equal(house_introspect(&h), REASON_ACCEPTED);
    has(&h.draft.form, "client_secret=s");
    assert_false(client_renounce(h.client));
    house_close(&h);
}

static void
a_bearer_token_comes_from_its_file(void **state)
{
    struct house h;

    (void)state;
    house_open(&h);
    h.conf.introspection_auth = INTROSPECTION_BEARER;
    h.conf.bearer_token_file = house_put(&h, "bearer", "ab-._~+/9==\n", 0640);
    house_start(&h);
    assert_int_equal(house_introspect(&h), REASON_ACCEPTED);
    is(&h.draft.authorization, "Bearer ab-._~+/9==");
    is(&h.draft.form, "");
    assert_false(client_renounce(h.client));
    house_put(&h, "bearer", "new", 0640);
    house_later(1000);
    assert_int_equal(house_introspect(&h), REASON_ACCEPTED);
    is(&h.draft.authorization, "Bearer new");
    house_close(&h);
}

static void
what_is_no_bearer_token_is_not_sent(void **state)
{
    static const char *const bad[] = {"a b", "a=b",      "==",   "a\"", "a,b",
                                      "a:b", "\xc3\xa4", "a\nb", ""};
    struct house h;

    (void)state;
    house_open(&h);
    h.conf.introspection_auth = INTROSPECTION_BEARER;
    h.conf.bearer_token_file = house_put(&h, "bearer", "x", 0640);
    house_start(&h);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        house_put(&h, "bearer", bad[i], 0640);
        house_later(1000);
        assert_int_equal(house_introspect(&h), REASON_SECRET);
        is(&h.draft.authorization, "");
    }
    house_close(&h);
}

static void
answers_that_say_we_are_not_known(void **state)
{
    static const struct {
        long status;
        const char *body;
        bool refused;
    } rows[] = {
        {401, "", true},
        {401, "<html>", true},
        {401, "{\"error\":\"invalid_client\"}", true},
        {401, "{\"error\":\"invalid_token\"}", true},
        {401, "{\"error\":\"invalid_grant\"}", false},
        {400, "{\"error\":\"invalid_client\"}", true},
        {400, "{\"error\":\"unauthorized_client\"}", true},
        {400, "{\"error\":\"invalid_grant\"}", false},
        {400, "{\"error\":\"invalid_request\"}", false},
        {400, "{\"error\":\"unsupported_grant_type\"}", false},
        {400, "{\"error\":7}", false},
        {400, "", false},
        {403, "", true},
        {403, " \r\n", true},
        {403, "{\"error\":\"unauthorized_client\"}", true},
        {403, "{\"error\":\"access_denied\"}", false},
        {403, "<html>blocked</html>", false},
        {200, "{\"error\":\"invalid_client\"}", false},
        {500, "{\"error\":\"invalid_client\"}", false},
        {503, "", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (client_was_refused(rows[i].status, span_of(rows[i].body)) !=
            rows[i].refused)
            fail_msg("%ld %s", rows[i].status, rows[i].body);
    }
    assert_false(
        client_was_refused(403, (struct span){"\0", 1})); /* a byte is a body */
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
        cmocka_unit_test(without_a_secret_the_id_goes_into_the_form),
        cmocka_unit_test(basic_encodes_id_and_secret_for_a_form_first),
        cmocka_unit_test(basic_may_leave_them_as_they_are),
        cmocka_unit_test(post_puts_both_into_the_form),
        cmocka_unit_test(a_rotated_secret_is_used_by_the_next_request),
        cmocka_unit_test(
            a_secret_that_others_may_read_is_refused_and_said_once),
        cmocka_unit_test(a_secret_that_is_missing_is_told_before_it_is_needed),
        cmocka_unit_test(a_link_is_no_secret),
        cmocka_unit_test(no_file_no_secret),
        cmocka_unit_test(an_assertion_by_the_secret_verifies_with_it),
        cmocka_unit_test(a_secret_of_31_bytes_signs_no_assertion),
        cmocka_unit_test(an_assertion_by_a_key_verifies_with_its_public_part),
        cmocka_unit_test(a_key_is_parsed_once_per_content),
        cmocka_unit_test(a_key_that_cannot_sign_is_said),
        cmocka_unit_test(a_certificate_goes_into_the_handshake),
        cmocka_unit_test(one_file_may_hold_certificate_and_key),
        cmocka_unit_test(introspection_is_asked_as_client),
        cmocka_unit_test(a_bearer_token_comes_from_its_file),
        cmocka_unit_test(what_is_no_bearer_token_is_not_sent),
        cmocka_unit_test(answers_that_say_we_are_not_known),
    };

    return cmocka_run_group_tests_name("issuer_client", tests, NULL, tear_down);
}
