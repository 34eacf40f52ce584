/* SPDX-License-Identifier: BSD-2-Clause */
/* `config show`, and the canonical text of an issuer. */
#include "tests/unit/conf_house.h"

static const char full[] =
    "[httpauthd]\nlog = stderr\nlog_level = debug\n"
    "trusted_callers = 105:imap 106:smtp\nstate_dir = state\n"
    "callers_max = 7\nverdicts_max = 8\nverdict_ttl = 90s\n"
    "[issuer *]\ngroups_claim = roles\n"
    "[issuer work]\nissuer = https://idp.example/\n"
    "audience = ssh://%H 100%%H\n"
    "token_type = access\nrequired_claims = azp /a/b\n"
    "algorithms = ES256 EdDSA\nca_file = ca.pem\nusers = a* bob\n"
    "username_claim = email\nusername_domain = example.org\n"
    "scope_claim = scp\npin_subject = no\n"
    "export = department:HTTPAUTH_DEPARTMENT /a/b:HTTPAUTH_B\n"
    "secrets = pw:password /a/c:basic-user\n"
    "[issuer other]\nissuer = https://other.example\naudience = y\n"
    "jwks_uri = https://k.example/?x=y\nusers = c*\n"
    "[issuer local]\naudience = urn:me\n"
    "[service *]\nmax_lifetime = 30m\n"
    "[service sshd]\nissuers = work local\nmethods = jwt\n"
    "require_scope = one two\nrequire_scope = three\n"
    "require_group = site admins@work\nrequire_group = # no comment@local\n"
    "require_all_groups = x@work\ndeny_group = y@work\n"
    "deny_user = mallory eve\nclient_ids = cli web\n"
    "require_acr = urn:mfa\nrequire_amr = otp pwd\n"
    "extra_audiences = refuse\nnetworks = 192.0.2.0/24 2001:db8::/32\n"
    "max_token_age = 5m\nmax_auth_age = 12h\n"
    "replay = refuse\naccept_login = 15m\nsession_files = token secrets\n"
    "[service su]\nmax_lifetime = 1d\n";

/* Each way to ask that goes with others, and what it needs. */
static const char asked[] =
    "[httpauthd]\nanswer_ttl = 0s\nmax_transfers = 8\n"
    "max_waiting = 99\nthrottle_tries = 3\nthrottle_max = 1h\n"
    "throttle_exempt = 192.0.2.0/24 2001:db8::/32\n"
    "address_tries = 8\nprovider_tries = 9\n"
    "[issuer work]\nissuer = https://idp.example/\naudience = x\n"
    "users = a*\naccept = jwt introspection app-password\ncheck = both\n"
    "token_pattern = ory_at_:base64url:20-200\n"
    "password_pattern = :alnum:60-60 pw-:visible:8-64\n"
    "introspection_endpoint = https://i.example/i\n"
    "token_endpoint = https://t.example/t\n"
    "endpoint_hosts = a.example 192.0.2.1 2001:db8::1\n"
    "introspection_answer = jwt\nintrospection_auth = client_credentials\n"
    "clients = cli web\nclient_auth = private_key_jwt\nclient_id = me\n"
    "client_key_file = credential:key\nclient_key_id = k 1\n"
    "client_key_algorithm = PS256\ntoken_scope = openid profile\n"
    "token_resource = ssh://%%H\n"
    "offline_grace = 1h\nstale_keys = 2d\n"
    "proxy = https://proxy.example:3128\nproxy_user = host\n"
    "proxy_password_file = proxy.secret\nproxy_ca_file = proxy.pem\n"
    "proxy_schemes = negotiate digest\nno_proxy = .lan 10.0.0.0/8\n"
    "jwks_thumbprints = NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs\n"
    "[issuer gate]\nissuer = urn:gate\nusers = g*\naccept = http\n"
    "token_pattern = g-:hex:8-8\nhttp_url = https://gate.example/\n"
    "http_realm = the gate\nhttp_schemes = basic\naccepted = 200\n"
    "refused = 401 302\nbearer_username = goauthentik.io/token\n"
    "user_from = header:X-User\n"
    "[issuer lab]\nissuer = urn:lab\naudience = x\nusers = l*\n"
    "secret_file = credential:lab\n"
    "[issuer hub]\nissuer = https://hub.example\nusers = h*\n"
    "accept = userinfo\ntoken_pattern = :hex:64-64\n"
    "tokeninfo_endpoint = https://hub.example/info\nclients = x\n"
    "client_claim = /application/uid\ntokeninfo_request = form\n"
    "userinfo_endpoint = https://hub.example/user\n"
    "[issuer local]\naccept = jwt host-password\n"
    "app_password_environment = prod1\napp_password_lifetime = 90d\n"
    "app_password_self_lifetime = 1d\nidp_seen_within = 30d\n"
    "[service sshd]\nmethods = introspection host-password\n";

static char *
show(struct house *house)
{
    struct buffer out = BUFFER_INIT(1 << 20);
    char *text;

    assert_true(config_show(house->config, &out));
    text = strdup(out.data);
    buffer_free(&out);
    assert_non_null(text);
    return text;
}

/* Only what counts: without the comments, which name files and lines. */
static char *
without_comments(const char *text)
{
    char *out = calloc(1, strlen(text) + 1);
    size_t len = 0;

    assert_non_null(out);
    while (*text != '\0') {
        size_t line = strcspn(text, "\n") + 1;

        if (*text != '#') {
            memcpy(out + len, text, line);
            len += line;
        }
        text += line;
    }
    return out;
}

static void
must_come_back(const char *conf, bool local)
{
    struct house house;
    char *first, *again, *a, *b;

    house_open(&house);
    if (local)
        house_write(&house, "local.jwks", "{}");
    house_must_load(&house, conf);
    first = show(&house);
    /* In another folder, on a machine of another name. */
    house_folder(&house, "elsewhere");
    house_write(&house, "elsewhere/x.conf", first);
    house.machine.host = "another.example";
    (void)snprintf(house.conf, sizeof(house.conf), "%s/elsewhere/x.conf",
                   house.dir);
    if (house_load(&house, CONFIG_FILE_ONLY) != CONFIG_OK)
        fail_msg("%s\n%s", house_complaints(&house), first);
    again = show(&house);
    a = without_comments(first);
    b = without_comments(again);
    assert_string_equal(a, b);
    free(a);
    free(b);
    free(first);
    free(again);
    house_close(&house);
}

static void
what_is_shown_loads_again_to_the_same(void **state)
{
    (void)state;
    must_come_back(full, false);
    must_come_back(asked, false);
    must_come_back("", false);
    must_come_back("", true);
    must_come_back("[issuer work]\nissuer = https://idp.example\n"
                   "audience = %H\n[service sshd]\n",
                   true);
}

static void
long_lists_are_broken_into_lines_that_load(void **state)
{
    struct buffer conf = BUFFER_INIT(1 << 16);
    struct house house;
    char *text;
    int i;

    (void)state;
    assert_true(buffer_text(&conf, "[service sshd]\n"));
    for (i = 0; i < 2000; i++)
        assert_true(buffer_printf(&conf, "require_scope = scope-%d\n", i));
    must_come_back(conf.data, false);
    house_open(&house);
    house_must_load(&house, conf.data);
    text = show(&house);
    assert_non_null(strstr(text, "require_scope = scope-0 scope-1 "));
    assert_non_null(strstr(text, " scope-1999\n"));
    free(text);
    buffer_free(&conf);
    house_close(&house);
}

static void
defaults_are_marked_and_what_was_set_names_its_place(void **state)
{
    struct house house;
    char expected[256], *text;

    (void)state;
    house_open(&house);
    house_must_load(&house, "[httpauthd]\ncallers_max = 5\n"
                            "[service *]\nmax_lifetime = 2h\n"
                            "[service sshd]\n");
    text = show(&house);
    (void)snprintf(expected, sizeof(expected), "# %s:2\ncallers_max = 5\n",
                   house.conf);
    assert_non_null(strstr(text, expected));
    (void)snprintf(expected, sizeof(expected), "# %s:4\nmax_lifetime = 2h\n",
                   house.conf);
    assert_non_null(strstr(text, expected));
    (void)snprintf(expected, sizeof(expected), "# read: %s\n", house.conf);
    assert_non_null(strstr(text, expected));
    assert_non_null(strstr(text, "# default\nverdict_ttl = 5m\n"));
    assert_non_null(strstr(text, "# not set: require_scope\n"));
    assert_null(strstr(text, "[service *]"));
    free(text);
    house_close(&house);
}

/* What would be refused there, or is, is not shown there. */
static void
each_section_shows_the_options_that_it_knows(void **state)
{
    struct house house;
    char *text, *local;

    (void)state;
    house_open(&house);
    house_must_load(&house, asked);
    text = show(&house);
    local = strstr(text, "[issuer local]");
    assert_non_null(local);
    assert_null(strstr(local, "client_auth"));
    assert_null(strstr(local, "token_pattern"));
    assert_non_null(strstr(local, "app_password_lifetime = 90d\n"));
    *local = '\0';
    assert_null(strstr(text, "app_password_lifetime"));
    assert_null(strstr(text, "idp_seen_within"));
    assert_non_null(strstr(text, "\nsecret_file = credential:lab\n"));
    assert_non_null(strstr(text, "\nalgorithms = HS256 HS384 HS512\n"));
    free(text);
    house_close(&house);
}

/* The names of files with secrets, and never what is in them. */
static void
secrets_are_not_shown(void **state)
{
    struct house house;
    char *text;

    (void)state;
    house_open(&house);
    house_write(&house, "proxy.secret", "canary-of-the-proxy\n");
    house_must_load(&house, asked);
    text = show(&house);
    assert_non_null(strstr(text, "/proxy.secret\n"));
    assert_null(strstr(text, "canary"));
    free(text);
    house_close(&house);
}

static void
a_map_that_is_missing_is_not_named_and_one_that_is_there_is(void **state)
{
    struct house house;
    char *text;

    (void)state;
    house_open(&house);
    house_must_load(&house, "");
    text = show(&house);
    assert_non_null(strstr(text, "# there is no such file\n# users_map = "));
    free(text);
    house_write(&house, "users.map", "x local sub=x\n");
    house_must_load(&house, "");
    text = show(&house);
    assert_non_null(strstr(text, "# default\nusers_map = "));
    free(text);
    house_close(&house);
}

/* --- canonical text --- */

static char *
canonical(struct house *house, const char *name)
{
    struct buffer out = BUFFER_INIT(1 << 20);
    const struct issuer_conf *issuer =
        config_issuer(house->config, span_of(name));
    char *text;

    assert_non_null(issuer);
    assert_true(config_issuer_canonical(house->config, issuer, &out));
    text = strdup(out.data);
    buffer_free(&out);
    assert_non_null(text);
    return text;
}

#define BASE "issuer = https://idp.example\naudience = x y\n"

static bool
same_canonical(const char *conf_a, const char *map_a, const char *conf_b,
               const char *map_b)
{
    struct house house;
    char *a, *b;
    bool same;

    house_open(&house);
    house_write(&house, "users.map", map_a);
    house_must_load(&house, conf_a);
    a = canonical(&house, "work");
    house_write(&house, "users.map", map_b);
    house_must_load(&house, conf_b);
    b = canonical(&house, "work");
    same = strcmp(a, b) == 0;
    free(a);
    free(b);
    house_close(&house);
    return same;
}

static void
text_that_does_not_matter_leaves_the_canonical_text_alone(void **state)
{
    static const char base[] = "[issuer work]\n" BASE;
    static const char *const others[] = {
        "# comment\n\n[issuer work]\naudience = y\naudience = x\n"
        "issuer = https://idp.example\n",
        "[issuer work]\n" BASE "token_type = at+jwt\nusername_claim = sub\n",
        "[issuer *]\naudience = y x\n[issuer work]\n"
        "issuer = https://idp.example\n",
        "[issuer work]\n" BASE "[service sshd]\nrequire_scope = x\n",
        "[httpauthd]\nverdict_ttl = 1s\n[issuer work]\n" BASE,
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_true(same_canonical(base, "", others[i], ""));
    assert_true(same_canonical(base, "a work sub=1\nb work sub=2\n", base,
                               "# x\nb  work sub=2\na work\tsub=1\n"));
    assert_true(same_canonical(base, "", base, "a local sub=1\n"));
}

static void
each_option_and_map_line_changes_the_canonical_text(void **state)
{
    static const char base[] = "[issuer work]\n" BASE;
    static const char *const lines[] = {
        "audience = z",         "token_type = id",
        "algorithms = ES256",   "jwks_file = k",
        "jwks_uri = https://k", "ca_file = c",
        "users = a*",           "username_claim = email",
        "username_domain = d",  "groups_claim = roles",
        "scope_claim = scp",    "required_claims = azp",
        "pin_subject = no",
    };
    char text[256];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        (void)snprintf(text, sizeof(text), "%s%s\n", base, lines[i]);
        if (same_canonical(base, "", text, ""))
            fail_msg("no change by %s", lines[i]);
    }
    assert_false(same_canonical(base, "", base, "a work sub=1\n"));
    assert_false(
        same_canonical(base, "a work sub=1\n", base, "a work sub=2\n"));
    assert_false(
        same_canonical(base, "a work sub=1\n", base, "b work sub=1\n"));
}

static void
each_option_of_a_way_to_ask_changes_the_canonical_text(void **state)
{
    static const char base[] = "[issuer work]\n" BASE;
    static const char *const lines[] = {
        "accept = jwt http\npassword_pattern = any\n"
        "http_url = https://g.example",
        "accept = userinfo\ntoken_pattern = a:hex:1-2\n"
        "userinfo_any_client = yes",
        "accept = userinfo\ntoken_pattern = b:hex:1-2\n"
        "userinfo_any_client = yes",
        "accept = app-password\npassword_pattern = any\nclient_id = a",
        "accept = app-password\npassword_pattern = any\nclient_id = b",
        "check = both\nclient_auth = client_secret_post\nclient_id = a\n"
        "client_secret_file = s",
        "check = introspect\nclient_auth = client_secret_post\n"
        "client_id = a\nclient_secret_file = s",
        "check = both\nclient_auth = client_secret_post\nclient_id = a\n"
        "client_secret_file = credential:s",
        "secret_file = s",
        "endpoint_hosts = h",
        "http_schemes = basic",
        "accepted = 200",
        "refused = 302",
        "client_claim = azp",
        "proxy = http://p:1",
        "proxy_schemes = digest",
        "client_secret_encoding = raw",
        "jwks_thumbprints = NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
    };
    char one[512], two[512];
    size_t i, j;

    (void)state;
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        (void)snprintf(one, sizeof(one), "%s%s\n", base, lines[i]);
        if (same_canonical(base, "", one, ""))
            fail_msg("no change by %s", lines[i]);
        for (j = 0; j < i; j++) {
            (void)snprintf(two, sizeof(two), "%s%s\n", base, lines[j]);
            if (same_canonical(one, "", two, ""))
                fail_msg("%s\nis the same as\n%s", lines[i], lines[j]);
        }
    }
}

static void
two_issuers_never_share_a_canonical_text(void **state)
{
    struct house house;
    char *a, *b;

    (void)state;
    house_open(&house);
    house_must_load(&house, "[issuer work]\n" BASE);
    a = canonical(&house, "work");
    house_must_load(&house, "[issuer other]\n" BASE);
    b = canonical(&house, "other");
    assert_string_not_equal(a, b);
    free(a);
    free(b);
    house_close(&house);
}

/* --- groups --- */

static void
a_group_is_split_at_the_last_at_before_a_section_name(void **state)
{
    static const struct {
        const char *written, *group, *issuer;
        bool good;
    } groups[] = {
        {"g", "g", "", true},
        {"g@work", "g", "work", true},
        {"g h@work", "g h", "work", true},
        {"g@example.org@work", "g@example.org", "work", true},
        {"g@the office", "g@the office", "", true},
        {"g@", "g@", "", true},
        {"g@a/b", "g@a/b", "", true},
        {"g@@work", "g@", "work", true},
        {"@work", "", "work", false},
        {"", "", "", false},
    };
    struct span group, issuer;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        assert_int_equal(
            config_group_split(span_of(groups[i].written), &group, &issuer),
            groups[i].good);
        assert_true(span_is(group, groups[i].group));
        assert_true(span_is(issuer, groups[i].issuer));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_shown_loads_again_to_the_same),
        cmocka_unit_test(long_lists_are_broken_into_lines_that_load),
        cmocka_unit_test(defaults_are_marked_and_what_was_set_names_its_place),
        cmocka_unit_test(each_section_shows_the_options_that_it_knows),
        cmocka_unit_test(secrets_are_not_shown),
        cmocka_unit_test(
            a_map_that_is_missing_is_not_named_and_one_that_is_there_is),
        cmocka_unit_test(
            text_that_does_not_matter_leaves_the_canonical_text_alone),
        cmocka_unit_test(each_option_and_map_line_changes_the_canonical_text),
        cmocka_unit_test(
            each_option_of_a_way_to_ask_changes_the_canonical_text),
        cmocka_unit_test(two_issuers_never_share_a_canonical_text),
        cmocka_unit_test(a_group_is_split_at_the_last_at_before_a_section_name),
    };

    return cmocka_run_group_tests_name("conf/show", tests, NULL, NULL);
}
