/* SPDX-License-Identifier: BSD-2-Clause */
/* What setup writes, what it recognises, and what it refuses. */
#include "tests/unit/ctl_capture.h"

#include "helper/conf/config.h"
#include "helper/ctl/audience.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/setup.h"

#define TEXT_MAX 65536

static struct capture c;

/* --- stacks --- */

#define AUTH                                                                   \
    "auth    [success=done ignore=ignore cred_insufficient=ignore "            \
    "authinfo_unavail=ignore service_err=ignore default=die] "                 \
    "pam_httpauth.so\n"
#define ACCOUNT                                                                \
    "account [success=ok ignore=ignore default=bad] pam_httpauth.so\n"
#define SESSION "session optional pam_httpauth.so\n"

static void
assert_stack(const char *before, const char *after)
{
    struct buffer out = BUFFER_INIT(TEXT_MAX);

    assert_true(setup_pam_text(span_of(before), &out));
    assert_string_equal(out.data, after);
    buffer_free(&out);
}

static void
debian_s_stack_is_extended_around_its_includes(void **state)
{
    (void)state;
    assert_stack("# PAM\n@include common-auth\n"
                 "account required pam_nologin.so\n@include common-account\n"
                 "session required pam_loginuid.so\n@include common-session\n"
                 "session optional pam_motd.so\n@include common-password\n",
                 "# PAM\n" AUTH "@include common-auth\n"
                 "account required pam_nologin.so\n" ACCOUNT
                 "@include common-account\n"
                 "session required pam_loginuid.so\n"
                 "@include common-session\n" SESSION
                 "session optional pam_motd.so\n@include common-password\n");
}

static void
fedora_s_stack_is_extended_around_its_substacks(void **state)
{
    (void)state;
    assert_stack("#%PAM-1.0\nauth       required     pam_sepermit.so\n"
                 "auth       substack     password-auth\n"
                 "auth       include      postlogin\n"
                 "account    required     pam_sepermit.so\n"
                 "account    required     pam_nologin.so\n"
                 "account    include      password-auth\n"
                 "session    required     pam_selinux.so close\n"
                 "session    include      password-auth\n"
                 "session    include      postlogin\n",
                 "#%PAM-1.0\nauth       required     pam_sepermit.so\n" AUTH
                 "auth       substack     password-auth\n"
                 "auth       include      postlogin\n"
                 "account    required     pam_sepermit.so\n"
                 "account    required     pam_nologin.so\n" ACCOUNT
                 "account    include      password-auth\n"
                 "session    required     pam_selinux.so close\n"
                 "session    include      password-auth\n"
                 "session    include      postlogin\n" SESSION);
}

static void
a_stack_of_modules_is_extended_before_pam_unix(void **state)
{
    (void)state;
    assert_stack("auth sufficient pam_rootok.so\n"
                 "auth [success=1 default=ignore] /lib/security/pam_unix.so\n"
                 "auth requisite pam_deny.so\n"
                 "account required pam_unix.so\nsession required pam_unix.so",
                 "auth sufficient pam_rootok.so\n" AUTH
                 "auth [success=1 default=ignore] /lib/security/pam_unix.so\n"
                 "auth requisite pam_deny.so\n" ACCOUNT
                 "account required pam_unix.so\nsession required "
                 "pam_unix.so\n" SESSION);
}

static void
a_stack_that_checks_no_password_has_no_place_for_ours(void **state)
{
    static const char *const texts[] = {
        "",
        "# auth include x\n",
        "auth required pam_permit.so\n",
        "auth required pam_unix.so\n" /* no account */,
        "account include x\n",
        "auth required \\\n  pam_unix.so\n"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct buffer out = BUFFER_INIT(TEXT_MAX);

        assert_false(setup_pam_text(span_of(texts[i]), &out));
        buffer_free(&out);
    }
}

static void
a_line_that_goes_on_is_not_parted(void **state)
{
    (void)state;
    assert_stack("auth required pam_unix.so\naccount required pam_unix.so\n"
                 "session required pam_unix.so \\\n  debug\n",
                 AUTH "auth required pam_unix.so\n" ACCOUNT
                      "account required pam_unix.so\n"
                      "session required pam_unix.so \\\n  debug\n" SESSION);
}

/* --- providers --- */

static void
assert_recognised(const char *name, const char *issuer, const char *jwks,
                  const char *userinfo)
{
    json_t *offer = json_pack("{s:s, s:s, s:s, s:s, s:s}", "issuer", issuer,
                              "jwks_uri", jwks, "userinfo_endpoint", userinfo,
                              "token_endpoint", "https://x/token",
                              "authorization_endpoint", "https://x/auth");
    const struct setup_preset *preset = setup_recognise(offer);

    if (name == NULL)
        assert_null(preset);
    else {
        assert_non_null(preset);
        assert_string_equal(preset->name, name);
    }
    json_decref(offer);
}

static void
providers_are_recognised_by_their_metadata(void **state)
{
    (void)state;
    assert_recognised("keycloak", "https://kc.example/realms/staff",
                      "https://kc.example/realms/staff/protocol/"
                      "openid-connect/certs",
                      "");
    assert_recognised("authentik", "https://a.example/application/o/ssh/",
                      "https://a.example/application/o/ssh/jwks/", "");
    assert_recognised("entra", "https://login.microsoftonline.com/0/v2.0",
                      "https://login.microsoftonline.com/0/discovery/v2.0/keys",
                      "");
    assert_recognised("google", "https://accounts.google.com",
                      "https://www.googleapis.com/oauth2/v3/certs", "");
    assert_recognised("gitlab", "https://gitlab.com",
                      "https://gitlab.com/oauth/discovery/keys", "");
    assert_recognised("okta", "https://x.okta.com/oauth2/default",
                      "https://x.okta.com/oauth2/default/v1/keys", "");
    assert_recognised("oidc-provider", "https://op.example",
                      "https://op.example/jwks", "https://op.example/me");
    assert_recognised("glewlwyd", "https://g.example/api/oidc",
                      "https://g.example/api/oidc/jwks", "");
    assert_recognised(NULL, "https://idp.example", "https://idp.example/jwks",
                      "https://idp.example/userinfo");
}

static void
assert_same_text(const char *a, const char *b)
{
    assert_string_equal(a != NULL ? a : "(none)", b != NULL ? b : "(none)");
}

static void
load(const char *file, struct config **config)
{
    struct buffer complaints = BUFFER_INIT(TEXT_MAX);

    if (config_load(file, CONFIG_FILE_ONLY, config, &complaints) != CONFIG_OK)
        fail_msg("%s: %s", file, complaints.data);
    buffer_free(&complaints);
}

/* What setup writes for a provider is what its preset says. */
static void
assert_like_preset(const char *name)
{
    struct setup s = {.issuer = "https://idp.example/",
                      .client_id = "client",
                      .audience = "ssh://%H",
                      .preset = setup_preset_named(name)};
    struct buffer text = BUFFER_INIT(TEXT_MAX);
    struct config *written, *preset;
    const struct issuer_conf *a, *b;
    struct folder f;
    char path[512];

    assert_non_null(s.preset);
    setup_fill(&s);
    if (s.preset->scope != NULL)
        s.require_scope.item[s.require_scope.count++] = s.preset->scope;
    if (s.preset->user_domain)
        s.user_domain = "example.org";
    setup_conf_text(&s, &text);
    folder_make(&f);
    folder_write(&f, "httpauthd.conf", text.data);
    load(folder_file(&f, "httpauthd.conf"), &written);
    (void)snprintf(path, sizeof(path), "%s/conf/presets/%s.conf",
                   getenv("SRCDIR"), name);
    load(path, &preset);
    a = config_issuer(written, span_of(SETUP_ISSUER));
    b = config_issuer(preset, span_of(name));
    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(a->token_type, b->token_type);
    assert_same_text(a->username_claim, b->username_claim);
    assert_same_text(a->username_domain, b->username_domain);
    assert_same_text(a->groups_claim, b->groups_claim);
    assert_same_text(a->scope_claim, b->scope_claim);
    assert_int_equal(a->required_claims.count, b->required_claims.count);
    for (size_t i = 0; i < a->required_claims.count; i++)
        assert_string_equal(a->required_claims.item[i],
                            b->required_claims.item[i]);
    assert_int_equal(written->service[0].max_lifetime,
                     preset->service[0].max_lifetime);
    assert_int_equal(written->service[0].require_scope.count,
                     preset->service[0].require_scope.count);
    if (s.preset->scope != NULL)
        assert_same_text(written->service[0].require_scope.item[0],
                         preset->service[0].require_scope.item[0]);
    config_free(written);
    config_free(preset);
    buffer_free(&text);
    list_clear(&s.answers);
    folder_remove(&f);
}

static void
what_is_written_agrees_with_the_presets(void **state)
{
    (void)state;
    assert_like_preset("authentik");
    assert_like_preset("entra");
    assert_like_preset("keycloak");
    assert_like_preset("oidc-provider");
    assert_like_preset("okta");
}

static void
proposals_are_bound_to_this_host(void **state)
{
    const struct setup unknown = {.issuer = "https://idp.example"};
    const struct setup authentik = {.client_id = "client",
                                    .preset = setup_preset_named("authentik")};
    const struct setup okta = {.preset = setup_preset_named("okta")};

    (void)state;
    assert_string_equal(setup_audience(&unknown), "ssh://%H");
    assert_string_equal(setup_audience(&authentik), "client");
    assert_null(setup_audience(&okta));
    assert_true(audience_is_of_host(span_of("ssh://%H"), ""));
    assert_true(
        audience_is_of_host(span_of("ssh://HOST.example"), "host.example"));
    assert_false(audience_is_of_host(span_of("ssh://fleet"), "host.example"));
    assert_false(audience_is_of_host(span_of("ssh://fleet"), ""));
    assert_true(audience_is_of_host(span_of("ssh://db"), "db.example"));
    assert_false(audience_is_of_host(span_of("ssh://db2"), "db.example"));
    assert_false(audience_is_of_host(span_of("https://mydb.example"), "db"));
    assert_false(audience_is_of_host(span_of("https://db-all.example"), "db"));
}

/* --- refusals --- */

static void
issuers_that_cannot_be_trusted_are_refused(void **state)
{
    static const char *const bad[] = {
        "http://idp.example",
        "HTTP://idp.example",
        "http://127.0.0.1:80",
        "idp.example",
        "ftp://idp.example",
        "https://",
        "https://a:b@idp.example",
        "https://idp.example/?x=1",
        "https://idp.example/#f",
        "https://idp.example/.well-known/openid-configuration",
        "https://idp.example/\nca_file = /tmp/evil"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_non_null(setup_refuses_issuer(bad[i]));
    assert_null(setup_refuses_issuer("https://idp.example"));
    assert_null(setup_refuses_issuer("https://idp.example:8443/realms/x"));
}

#define ASK(...)                                                               \
    capture_run(&c, ctl_setup, span_of(""), "setup", __VA_ARGS__, NULL)

static void
assert_usage(int status, const char *why)
{
    assert_int_equal(status, CTL_USAGE);
    assert_non_null(strstr(c.err, why));
}

static void
command_lines_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    assert_usage(ASK("--yes"), "say --issuer URL, or --local");
    assert_usage(ASK("--yes", "--issuer", "http://idp.example"), "not https");
    assert_usage(ASK("--yes", "--issuer", "https://i.example", "--local"),
                 "exclude each other");
    assert_usage(
        ASK("--yes", "--issuer", "https://i.example", "--audience", ""),
        "anybody");
    assert_usage(
        ASK("--yes", "--issuer", "https://i.example", "--audience", "a b"),
        "blanks");
    assert_usage(ASK("--yes", "--issuer", "https://i.example", "--user-claim",
                     "a\nusers = *"),
                 "blanks");
    assert_usage(
        ASK("--yes", "--issuer", "https://i.example", "--login", "root"),
        "root");
    assert_usage(
        ASK("--yes", "--issuer", "https://i.example", "--users", "root"),
        "root");
    assert_usage(ASK("--yes", "--local", "--service", "../x"), "/etc/pam.d");
    assert_usage(ASK("--yes", "--local", "--audience", "x"),
                 "--local has none");
    assert_usage(ASK("--yes", "--local", "--require-scope", "x"), "rules");
}

static bool
accepts(struct setup *s)
{
    bool accepted;

    capture_begin(&c, span_of(""));
    accepted = setup_accepts(s);
    capture_end(&c);
    return accepted;
}

static void
an_audience_of_many_hosts_needs_a_word(void **state)
{
    struct setup s = {.issuer = "https://i.example", .audience = "ssh://all"};

    (void)state;
    assert_false(accepts(&s));
    assert_non_null(strstr(c.err, "--shared-audience"));
    s.shared_audience = true;
    assert_true(accepts(&s));
    s.audience = NULL;
    assert_false(accepts(&s));
    assert_non_null(strstr(c.err, "no audience"));
}

static void
providers_that_must_be_asked_are_left_to_their_presets(void **state)
{
    struct setup s = {.audience = "ssh://%H",
                      .preset = setup_preset_named("gitlab")};

    (void)state;
    assert_false(accepts(&s));
    assert_non_null(strstr(c.err, "conf/presets/gitlab.conf"));
    s.preset = setup_preset_named("okta");
    s.yes = true;
    assert_false(accepts(&s));
    assert_non_null(strstr(c.err, "--user-domain"));
    s.user_domain = "example.org";
    assert_true(accepts(&s));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(debian_s_stack_is_extended_around_its_includes),
        cmocka_unit_test(fedora_s_stack_is_extended_around_its_substacks),
        cmocka_unit_test(a_stack_of_modules_is_extended_before_pam_unix),
        cmocka_unit_test(a_stack_that_checks_no_password_has_no_place_for_ours),
        cmocka_unit_test(a_line_that_goes_on_is_not_parted),
        cmocka_unit_test(providers_are_recognised_by_their_metadata),
        cmocka_unit_test(what_is_written_agrees_with_the_presets),
        cmocka_unit_test(proposals_are_bound_to_this_host),
        cmocka_unit_test(issuers_that_cannot_be_trusted_are_refused),
        cmocka_unit_test(command_lines_that_make_no_sense_are_refused),
        cmocka_unit_test(an_audience_of_many_hosts_needs_a_word),
        cmocka_unit_test(
            providers_that_must_be_asked_are_left_to_their_presets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
