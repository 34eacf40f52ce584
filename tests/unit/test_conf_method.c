/* SPDX-License-Identifier: BSD-2-Clause */
/* The ways to ask about a credential: each rule kept and broken. */
#include "tests/unit/conf_house.h"

struct attempt {
    const char *text;
    const char *complaint; /* NULL: it loads */
};

static void
try_all(const struct attempt *attempts, size_t count)
{
    struct house house;
    size_t i;

    house_open(&house);
    for (i = 0; i < count; i++) {
        (void)house_load_text(&house, attempts[i].text);
        if (attempts[i].complaint == NULL && house.result != CONFIG_OK)
            fail_msg("does not load:\n%s\n%s", attempts[i].text,
                     house_complaints(&house));
        if (attempts[i].complaint == NULL)
            continue;
        if (house.result != CONFIG_BROKEN)
            fail_msg("loads:\n%s", attempts[i].text);
        house_must_say(&house, attempts[i].complaint);
        house_must_say(&house, house.conf);
        if (house_faults(&house) != 1)
            fail_msg("one fault, but complaints:\n%s\n%s",
                     house_complaints(&house), attempts[i].text);
    }
    house_close(&house);
}

#define TRY(attempts)                                                          \
    try_all(attempts, sizeof(attempts) / sizeof((attempts)[0]))

#define WORK                                                                   \
    "[issuer work]\nissuer = https://idp.example/\naudience = ssh://%H\n"
#define POST                                                                   \
    "client_auth = client_secret_post\nclient_id = me\n"                       \
    "client_secret_file = s\n"
#define OPAQUE "token_pattern = t-:hex:8-8\n"
#define PASSWORDS "password_pattern = any\n"
#define PWS "password_pattern = p-:hex:8-8\n"
#define INTROSPECTION WORK "accept = introspection\n" OPAQUE
#define EXCHANGE WORK "accept = app-password\n" PASSWORDS "client_id = me\n"
#define USERINFO WORK "accept = userinfo\n" OPAQUE
#define TOKENINFO "tokeninfo_endpoint = https://idp.example/info\n"
#define HTTP WORK "accept = http\nhttp_url = https://gate.example/\n"
#define PROXIED WORK "proxy = http://proxy.example:3128\n"

/* --- values --- */

static void
what_is_not_written_has_the_defaults_of_the_manual(void **state)
{
    const struct daemon_conf *daemon;
    const struct issuer_conf *issuer;
    struct house house;

    (void)state;
    house_open(&house);
    house_must_load(&house, WORK);
    daemon = &house.config->daemon;
    assert_int_equal(daemon->answer_ttl, 60);
    assert_int_equal(daemon->throttle_tries, 5);
    assert_int_equal(daemon->throttle_max, 900);
    assert_int_equal(daemon->throttle_exempt.count, 0);
    assert_int_equal(daemon->provider_tries, 30);
    assert_int_equal(daemon->address_tries, 120);
    issuer = &house.config->issuer[0];
    assert_int_equal(issuer->check, CHECK_LOCAL);
    assert_int_equal(issuer->introspection_answer, ANSWER_JSON);
    assert_int_equal(issuer->introspection_auth, INTROSPECTION_AS_CLIENT);
    assert_string_equal(issuer->client_claim, "client_id");
    assert_int_equal(issuer->tokeninfo_request, TOKENINFO_BEARER);
    assert_false(issuer->userinfo_any_client);
    assert_int_equal(issuer->client_auth, CLIENT_NONE);
    assert_int_equal(issuer->client_secret_encoding, SECRET_FORM);
    assert_int_equal(issuer->http_schemes,
                     SCHEME_DIGEST | SCHEME_BASIC | SCHEME_BEARER);
    assert_int_equal(issuer->proxy_schemes, SCHEME_BASIC | SCHEME_DIGEST);
    assert_int_equal(issuer->accepted.count, 2);
    assert_true(list_has(&issuer->accepted, span_of("204")));
    assert_int_equal(issuer->refused.count, 1);
    assert_true(list_has(&issuer->refused, span_of("401")));
    assert_int_equal(issuer->token_pattern.count, 0);
    assert_int_equal(issuer->password_pattern.count, 0);
    assert_null(issuer->proxy);
    assert_null(issuer->secret_file);
    house_close(&house);
}

static void
the_daemons_new_options_keep_their_ranges(void **state)
{
#define D "[httpauthd]\n"
    static const struct attempt attempts[] = {
        {D "answer_ttl = 0s\nthrottle_tries = 1\nthrottle_max = 1s\n"
           "provider_tries = 1\n",
         NULL},
        {D "answer_ttl = 1h\nthrottle_tries = 1000\nthrottle_max = 1d\n"
           "provider_tries = 100000\n",
         NULL},
        {D "answer_ttl = 3601s\n", ":2: answer_ttl: must be a duration"},
        {D "max_transfers = 1\nmax_waiting = 65536\n", NULL},
        {D "max_transfers = 0\n", ":2: max_transfers: must be a number"},
        {D "max_transfers = 1025\n", ":2: max_transfers: must be"},
        {D "max_waiting = 0\n", ":2: max_waiting: must be a number"},
        {D "throttle_tries = 0\n", ":2: throttle_tries: must be a number"},
        {D "throttle_tries = 1001\n", ":2: throttle_tries: must be"},
        {D "throttle_max = 0s\n", ":2: throttle_max: must be a duration"},
        {D "throttle_max = 2d\n", ":2: throttle_max: must be a duration"},
        {D "provider_tries = 0\n", ":2: provider_tries: must be a number"},
        {D "address_tries = 100000\n", NULL},
        {D "address_tries = 0\n", ":2: address_tries: must be a number"},
        {D "address_tries = 100001\n", ":2: address_tries: must be a number"},
        {D "throttle_exempt = 192.0.2.0/24 2001:db8::/32 ::1\n", NULL},
        {D "throttle_exempt = 192.0.2.1/24\n",
         ":2: throttle_exempt: \"192.0.2.1/24\" is no network"},
        {D "throttle_exempt = localhost\n", "\"localhost\" is no network"},
    };

    (void)state;
    TRY(attempts);
}

static void
urls_hosts_and_proxies_are_judged_where_they_stand(void **state)
{
#define NAMED(value) WORK "endpoint_hosts = " value "\n"
#define BY(value) WORK "proxy = " value "\n"
    static const struct attempt attempts[] = {
        {INTROSPECTION POST "introspection_endpoint = http://i.example/\n",
         ":9: introspection_endpoint: \"http://i.example/\" must begin with"},
        {EXCHANGE "token_endpoint = https://a:b@t.example/\n",
         ":7: token_endpoint: \"https://a:b@t.example/\" must have no user"},
        {USERINFO TOKENINFO "clients = x\nuserinfo_endpoint = u\n",
         ":8: userinfo_endpoint: \"u\" must begin with https://"},
        {USERINFO "clients = x\ntokeninfo_endpoint = https://t.example/#x\n",
         ":7: tokeninfo_endpoint:"},
        {HTTP PASSWORDS "http_url = http://gate.example/\n",
         ":7: duplicate \"http_url\""},
        {WORK "accept = http\n" PASSWORDS "http_url = http://gate.example/\n",
         ":6: http_url: \"http://gate.example/\" must begin with https://"},
        {NAMED("a.example b_1-x.example 192.0.2.1 2001:db8::1"), NULL},
        {NAMED("https://a.example"), "is no host"},
        {NAMED("a.example:443"), ":4: endpoint_hosts: \"a.example:443\" is"},
        {NAMED("[::1]"), "is no host"},
        {NAMED(".a.example"), "is no host"},
        {NAMED("*.example"), "is no host"},
        {BY("http://proxy.example:3128"), NULL},
        {BY("https://[2001:db8::1]:3128"), NULL},
        {BY("socks5h://127.0.0.1:1080"), NULL},
        {BY("proxy.example:3128"), ":4: proxy: \"proxy.example:3128\" must be"},
        {BY("socks5://proxy.example:1080"), "must be http://, https:// or"},
        {BY("http://"), "must be http://, https:// or"},
        {BY("http://u:p@proxy.example:3128"), "write proxy_user and"},
        {BY("http://proxy.example:3128/"), "must end behind the port"},
        {BY("http://proxy.example"), "has no port"},
        {BY("http://[2001:db8::1]"), "has no port"},
        {BY("http://proxy.example:0"), "no good port"},
        {BY("http://proxy.example:"), "no good port"},
        {BY("http://pro xy:1"), "has no good host"},
        {PROXIED "no_proxy = a.example .b.example 10.0.0.0/8 ::1\n", NULL},
        {PROXIED "no_proxy = .\n", ":5: no_proxy: \".\" is no host, .domain"},
        {PROXIED "no_proxy = *\n", "is no host, .domain or network"},
        {PROXIED "no_proxy = 10.0.0.1/8\n", "is no host, .domain or network"},
        {PROXIED "no_proxy = a.example:80\n", "is no host, .domain or"},
    };

    (void)state;
    TRY(attempts);
}

static void
texts_for_a_provider_keep_its_rules(void **state)
{
#define GATE HTTP OPAQUE
    static const struct attempt attempts[] = {
        {EXCHANGE "token_scope = openid profile ssh:login\n", NULL},
        {EXCHANGE "token_scope = openid  profile\n",
         ":7: token_scope: \"openid  profile\" must be scopes with one blank"},
        {EXCHANGE "token_scope = a\tb\n", "is no scope"},
        {EXCHANGE "token_scope = \"a\"\n", "is no scope"},
        {WORK "accept = app-password\n" PASSWORDS "client_id = a b\n",
         ":6: client_id: \"a b\" may only hold visible ASCII"},
        {GATE "user_from = header:X-Remote-User\n", NULL},
        {GATE "user_from = json:/user/0/na~1me\n", NULL},
        {GATE "user_from = json:\n", ":7: user_from: \"json:\" has no JSON"},
        {GATE "user_from = json:user\n", "has no JSON Pointer"},
        {GATE "user_from = json:/\n", "has no JSON Pointer"},
        {GATE "user_from = json:/a~\n", "has no JSON Pointer"},
        {GATE "user_from = header:\n", "names no header"},
        {GATE "user_from = header:X User\n", "names no header"},
        {GATE "user_from = header:X-User:\n", "names no header"},
        {GATE "user_from = X-User\n", "must be header:NAME or json:/POINTER"},
        {GATE "user_from = header:U\nbearer_username = goauthentik.io/token\n",
         NULL},
        {GATE "user_from = header:U\nbearer_username = a:b\n",
         ":8: bearer_username: \"a:b\" may only hold visible ASCII"},
        {PROXIED "proxy_password_file = p\nproxy_user = a:b\n",
         ":6: proxy_user: \"a:b\" may only hold"},
        {GATE "user_from = header:U\nhttp_realm = The \"Gate\" gr\xc3\xbcn\n",
         NULL},
        {HTTP PASSWORDS "accepted = 200 204 599\nrefused = 401 403 100\n",
         NULL},
        {HTTP PASSWORDS "accepted = 99\n",
         ":7: accepted: \"99\" is no status of HTTP"},
        {HTTP PASSWORDS "accepted = 600\n", "\"600\" is no status"},
        {HTTP PASSWORDS "refused = 4xx\n", "\"4xx\" is no status"},
        {HTTP PASSWORDS "refused = 0401\n", "\"0401\" is no status"},
        {HTTP PASSWORDS "http_schemes = negotiate\n",
         ":7: http_schemes: \"negotiate\" is none of digest basic bearer"},
        {PROXIED "proxy_schemes = bearer\n",
         ":5: proxy_schemes: \"bearer\" is none of basic digest negotiate"},
        {WORK "jwks_thumbprints = "
              "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs\n",
         NULL},
        {WORK "jwks_thumbprints = "
              "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9X\n",
         ":4: jwks_thumbprints:"},
        {WORK "jwks_thumbprints = "
              "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xt\n",
         "is no thumbprint"},
        {WORK "jwks_thumbprints = "
              "NzbLsXh8uDCcd+6MNwXF4W/7noWXFZAfHkxZsRGC9Xs\n",
         "is no thumbprint"},
        {WORK "check = maybe\n", ":4: check: \"maybe\" is none of local"},
        {WORK "introspection_answer = xml\n", "\"xml\" is none of json jwt"},
        {WORK "introspection_auth = basic\n",
         "\"basic\" is none of client bearer client_credentials"},
        {WORK "client_auth = basic\n", "\"basic\" is none of none client_"},
        {WORK "client_secret_encoding = base64\n", "is none of form raw"},
        {WORK "tokeninfo_request = get\n", "is none of bearer form"},
        {WORK "client_claim = /a~\n", "is no JSON Pointer"},
        {WORK "userinfo_any_client = true\n", "must be yes or no"},
        {WORK "client_auth = private_key_jwt\nclient_id = me\n"
              "client_key_file = k\nclient_key_algorithm = HS256\n",
         ":7: client_key_algorithm: \"HS256\" is none of RS256"},
        {WORK "client_auth = private_key_jwt\nclient_id = me\n"
              "client_key_file = k\nclient_key_algorithm = none\n",
         ":7: client_key_algorithm: \"none\" is never accepted"},
        {WORK OPAQUE "token_pattern = any\n",
         ":5: token_pattern: \"any\" would send passwords"},
        {WORK "password_pattern = .*\n",
         ":4: password_pattern: \".*\" must be PREFIX:SET:MIN-MAX"},
    };

    (void)state;
    TRY(attempts);
}

static void
a_secret_is_in_a_file_or_a_credential_of_systemd(void **state)
{
#define SECRET(file)                                                           \
    WORK "check = both\nclient_auth = client_secret_post\nclient_id = me\n"    \
         "client_secret_file = " file "\n"
    static const struct attempt attempts[] = {
        {SECRET("/etc/x"), NULL},
        {SECRET("credential:idp.secret"), NULL},
        {SECRET("credential:"),
         ":7: client_secret_file: \"credential:\" names no credential"},
        {SECRET("credential:a/b"), "names no credential"},
        {SECRET("credential:.."), "names no credential"},
        {SECRET("credential:a b"), "names no credential"},
    };
    struct house house;
    char path[160];

    (void)state;
    TRY(attempts);
    house_open(&house);
    house_must_load(&house, SECRET("credential:idp"));
    assert_string_equal(house.config->issuer[0].client_secret_file,
                        "credential:idp");
    house_must_load(&house, SECRET("idp.secret"));
    (void)snprintf(path, sizeof(path), "%s/idp.secret", house.dir);
    assert_string_equal(house.config->issuer[0].client_secret_file, path);
    /* What is no secret is never a credential. */
    house_must_load(&house, WORK "ca_file = credential:x\n");
    (void)snprintf(path, sizeof(path), "%s/credential:x", house.dir);
    assert_string_equal(house.config->issuer[0].ca_file, path);
    house_close(&house);
}

/* --- methods --- */

static void
device_login_needs_a_client(void **state)
{
    static const struct attempt attempts[] = {
        {WORK "accept = jwt device\nclient_id = me\n", NULL},
        {WORK "accept = device\nclient_id = me\ntoken_scope = openid\n"
              "token_resource = ssh://%H\n"
              "token_endpoint = https://idp.example/t\n"
              "device_authorization_endpoint = https://idp.example/d\n",
         NULL},
        {WORK "accept = jwt device\n",
         ":1: [issuer work] needs client_id: the client that people log in "
         "to"},
        {WORK "device_authorization_endpoint = https://idp.example/d\n",
         "which nothing uses: it goes with accept = device"},
        {WORK "accept = device\nclient_id = me\n"
              "device_authorization_endpoint = http://idp.example/d\n",
         "must begin with https://"},
        {"[issuer local]\naccept = jwt device\n",
         "makes its credentials on this host"},
        {WORK "[service sshd]\ndevice_networks = 192.0.2.0/24 ::/0\n", NULL},
        {WORK "[service sshd]\ndevice_networks = anywhere\n",
         ":5: device_networks: \"anywhere\""},
    };

    (void)state;
    TRY(attempts);
}

static void
introspection_needs_tokens_to_ask_about_and_somebody_who_asks(void **state)
{
#define ENDPOINT "introspection_endpoint = https://idp.example/i\n"
    static const struct attempt attempts[] = {
        {INTROSPECTION POST, NULL},
        {WORK "accept = jwt introspection\n" OPAQUE POST, NULL},
        {WORK "accept = jwt introspection\ncheck = both\n" POST, NULL},
        {WORK "accept = introspection\n" POST,
         ":1: [issuer work] needs token_pattern: what its opaque tokens"},
        {WORK "accept = jwt introspection\n" POST, "needs token_pattern"},
        {WORK "accept = introspection\ncheck = both\n" OPAQUE POST,
         ":5: [issuer work] has check, which is about JWTs: add jwt"},
        {WORK "check = introspect\n" POST, NULL},
        {WORK "check = both\n",
         ":1: [issuer work] asks for introspection as nobody"},
        {INTROSPECTION "client_id = me\n", "asks for introspection as nobody"},
        {INTROSPECTION "introspection_auth = bearer\nbearer_token_file = b\n",
         NULL},
        {INTROSPECTION "introspection_auth = bearer\n",
         ":1: [issuer work] needs bearer_token_file"},
        {INTROSPECTION "introspection_auth = client_credentials\n" POST, NULL},
        {INTROSPECTION "introspection_auth = client_credentials\n",
         ":6: [issuer work] has introspection_auth = client_credentials and"},
        {INTROSPECTION POST "introspection_answer = jwt\n", NULL},
        {INTROSPECTION "introspection_auth = bearer\nbearer_token_file = b\n"
                       "introspection_answer = jwt\n",
         ":1: [issuer work] needs client_id: the client that signed answers"},
        /* With keys from the configuration nothing is discovered. */
        {WORK "jwks_file = k\ncheck = both\n" POST,
         ":1: [issuer work] needs introspection_endpoint: with keys from"},
        {WORK "jwks_uri = https://k.example\ncheck = both\n" POST ENDPOINT,
         NULL},
        {INTROSPECTION POST ENDPOINT
         "jwks_file = k\nintrospection_auth = client_credentials\n",
         ":1: [issuer work] needs token_endpoint: with keys from"},
        /* Without keys and with an endpoint the issuer is only a name. */
        {"[issuer work]\nissuer = urn:x\naudience = x\naccept = introspection"
         "\n" OPAQUE POST ENDPOINT,
         NULL},
        {"[issuer work]\nissuer = urn:x\naudience = x\naccept = introspection"
         "\n" OPAQUE POST,
         ":2: issuer: \"urn:x\" must begin with https:// and a host, since "
         "its endpoints are to be discovered there"},
        {"[issuer work]\nissuer = urn:x\naudience = x\naccept = introspection"
         "\nintrospection_answer = jwt\n" OPAQUE POST ENDPOINT,
         "since its keys are to be discovered there"},
    };

    (void)state;
    TRY(attempts);
}

static void
app_passwords_need_a_client_and_a_form(void **state)
{
    static const struct attempt attempts[] = {
        {EXCHANGE, NULL},
        {EXCHANGE "jwks_file = k\n",
         ":1: [issuer work] needs token_endpoint: with keys from"},
        {EXCHANGE "jwks_file = k\ntoken_endpoint = https://t.example/\n", NULL},
        {WORK "accept = app-password\n" PASSWORDS,
         ":1: [issuer work] needs client_id: the client that exchanges"},
        {WORK "accept = app-password\nclient_id = me\n",
         ":1: [issuer work] needs password_pattern"},
        /* The secret is for introspection; the exchange sends none. */
        {WORK "accept = jwt app-password\ncheck = both\n" PASSWORDS POST, NULL},
        {WORK "accept = app-password\n" PASSWORDS
              "client_auth = client_secret_post\nclient_secret_file = s\n",
         "needs client_id"},
    };

    (void)state;
    TRY(attempts);
}

static void
userinfo_says_whose_tokens_it_takes(void **state)
{
    static const struct attempt attempts[] = {
        {USERINFO TOKENINFO "clients = cli\n", NULL},
        {USERINFO "userinfo_any_client = yes\n", NULL},
        {USERINFO TOKENINFO "userinfo_any_client = yes\n", NULL},
        {USERINFO "clients = cli\n",
         ":1: [issuer work] needs tokeninfo_endpoint: without it nobody says"},
        {USERINFO TOKENINFO, ":1: [issuer work] needs clients: whose tokens"},
        {USERINFO TOKENINFO "clients = a\nuserinfo_any_client = yes\n",
         ":7: [issuer work] has clients, which userinfo_any_client = yes"},
        {WORK "accept = userinfo\nuserinfo_any_client = yes\n",
         ":1: [issuer work] needs token_pattern"},
        {USERINFO "userinfo_any_client = yes\njwks_file = k\n",
         ":1: [issuer work] needs userinfo_endpoint: with keys from"},
        {USERINFO TOKENINFO "clients = cli\njwks_file = k\n", NULL},
        {"[issuer work]\nissuer = https://hub.example\naccept = "
         "userinfo\n" OPAQUE TOKENINFO "clients = cli\n",
         NULL},
        {"[issuer work]\nissuer = https://hub.example\naccept = jwt "
         "userinfo\n" OPAQUE TOKENINFO "clients = cli\n",
         ":1: [issuer work] has no audience"},
    };

    (void)state;
    TRY(attempts);
}

static void
http_says_what_goes_there_and_what_comes_back(void **state)
{
#define FROM "user_from = header:X-User\n"
    static const struct attempt attempts[] = {
        {HTTP PASSWORDS, NULL},
        {HTTP OPAQUE FROM, NULL},
        {HTTP OPAQUE FROM "password_pattern = p-:hex:8-8\n", NULL},
        {"[issuer work]\nissuer = urn:gate\naccept = http\n"
         "http_url = https://gate.example/\n" PASSWORDS,
         NULL},
        {WORK "accept = http\n" PASSWORDS,
         ":1: [issuer work] needs http_url: the page at which"},
        {HTTP, ":4: [issuer work] accepts http: add token_pattern or"},
        {HTTP OPAQUE, ":1: [issuer work] needs user_from: where the answer"},
        {HTTP PASSWORDS "username_claim = /a/b\n",
         ":7: [issuer work] accepts http, whose answers have no claims"},
        {HTTP PASSWORDS "accepted = 200 401\n",
         ":7: [issuer work] has the status 401 in both accepted and refused"},
        {HTTP PASSWORDS "http_schemes = bearer\n",
         ":7: [issuer work] sends passwords: add digest or basic"},
        {HTTP OPAQUE FROM "http_schemes = basic digest\n",
         ":8: [issuer work] sends tokens: add bearer to http_schemes"},
        {HTTP OPAQUE FROM "bearer_username = t\nhttp_schemes = bearer\n",
         ":9: [issuer work] has bearer_username: add basic to http_schemes"},
        {HTTP OPAQUE FROM "bearer_username = t\nhttp_schemes = basic\n", NULL},
        {HTTP PASSWORDS FROM,
         ":7: [issuer work] has user_from, which nothing uses"},
        {HTTP PASSWORDS "bearer_username = t\n",
         ":7: [issuer work] has bearer_username, which nothing uses"},
    };

    (void)state;
    TRY(attempts);
}

static void
a_credential_has_one_way_to_go(void **state)
{
#define GATED "http_url = https://gate.example/\n"
    static const struct attempt attempts[] = {
        {WORK
         "accept = introspection userinfo\nuserinfo_any_client = yes\n" OPAQUE
             POST,
         ":4: [issuer work] accepts both introspection and userinfo"},
        {WORK "accept = introspection http\n" OPAQUE PWS POST GATED, NULL},
        {WORK "accept = introspection http\n" OPAQUE POST GATED,
         ":4: [issuer work] has http and another method for the same"},
        {WORK
         "accept = userinfo http\nuserinfo_any_client = yes\n" OPAQUE GATED,
         "has http and another method for the same credentials"},
        {WORK "accept = app-password http\nclient_id = me\n" OPAQUE PWS GATED
              "user_from = header:U\n",
         NULL},
        {WORK "accept = app-password http\nclient_id = me\n" PWS GATED,
         "has http and another method for the same credentials"},
        {WORK
         "accept = introspection app-password http\n" OPAQUE PWS POST GATED,
         "has http and another method for the same credentials"},
    };
    struct house house;
    const struct issuer_conf *issuer;

    (void)state;
    TRY(attempts);
    house_open(&house);
    house_must_load(&house, attempts[1].text);
    issuer = &house.config->issuer[0];
    assert_int_equal(config_token_method(issuer), METHOD_INTROSPECTION);
    assert_int_equal(config_password_method(issuer), METHOD_HTTP);
    house_must_load(&house, attempts[4].text);
    issuer = &house.config->issuer[0];
    assert_int_equal(config_token_method(issuer), METHOD_HTTP);
    assert_int_equal(config_password_method(issuer), METHOD_APP_PASSWORD);
    house_must_load(&house, USERINFO "userinfo_any_client = yes\n");
    issuer = &house.config->issuer[0];
    assert_int_equal(config_token_method(issuer), METHOD_USERINFO);
    assert_int_equal(config_password_method(issuer), METHOD_NONE);
    house_must_load(&house, WORK);
    issuer = &house.config->issuer[0];
    assert_int_equal(config_token_method(issuer), METHOD_NONE);
    house_close(&house);
}

/* Who starts an issuer looks here, and nowhere twice. */
static void
what_an_issuer_has_to_find_follows_from_its_methods(void **state)
{
#define FIND(keys_, asks_, exchanges_, discovers_, text_)                      \
    {                                                                          \
        text_, keys_, asks_, exchanges_, discovers_                            \
    }
    static const struct {
        const char *text;
        bool keys, asks, exchanges, discovers;
    } issuers[] = {
        FIND(true, false, false, true, WORK),
        FIND(true, false, false, false, WORK "jwks_file = k\n"),
        FIND(true, false, false, false, WORK "secret_file = k\n"),
        FIND(true, true, false, true, WORK "check = both\n" POST),
        FIND(false, true, false, true, WORK "check = introspect\n" POST),
        FIND(false, true, false, false,
             INTROSPECTION POST
             "introspection_endpoint = https://idp.example/i\n"),
        FIND(true, true, false, true,
             INTROSPECTION POST
             "introspection_endpoint = https://idp.example/i\n"
             "introspection_answer = jwt\n"),
        FIND(false, true, true, true,
             INTROSPECTION POST
             "introspection_endpoint = https://idp.example/i\n"
             "introspection_auth = client_credentials\n"),
        FIND(true, false, true, true, EXCHANGE),
        FIND(false, false, false, false, HTTP PASSWORDS),
        FIND(false, false, false, false, USERINFO TOKENINFO "clients = a\n"),
        FIND(false, false, false, true, USERINFO "userinfo_any_client = yes\n"),
    };
    struct house house;
    size_t i;

    (void)state;
    house_open(&house);
    for (i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++) {
        const struct issuer_conf *issuer;

        house_must_load(&house, issuers[i].text);
        issuer = &house.config->issuer[0];
        if (config_needs_keys(issuer) != issuers[i].keys ||
            config_introspects(issuer) != issuers[i].asks ||
            config_exchanges(issuer) != issuers[i].exchanges ||
            config_discovers(issuer) != issuers[i].discovers)
            fail_msg("%s", issuers[i].text);
    }
    house_close(&house);
}

static void
what_no_method_uses_is_refused(void **state)
{
    static const struct attempt attempts[] = {
        {WORK OPAQUE, ":4: [issuer work] has token_pattern, which nothing"},
        {WORK PASSWORDS, ":4: [issuer work] has password_pattern, which"},
        {WORK "introspection_endpoint = https://i.example/\n",
         ":4: [issuer work] has introspection_endpoint, which nothing uses"},
        {WORK "token_endpoint = https://t.example/\n", "has token_endpoint,"},
        {WORK "token_scope = a\n", "has token_scope, which nothing uses"},
        {WORK "offline_grace = 1h\n",
         "has offline_grace, and is asked about nothing"},
        {WORK "stale_keys = 8d\n", "stale_keys"},
        {WORK "offline_grace = 8d\n", "offline_grace"},
        {WORK "token_resource = a\n", "has token_resource, which nothing use"},
        {WORK "userinfo_endpoint = https://u.example/\n", "has userinfo_end"},
        {WORK TOKENINFO, "has tokeninfo_endpoint, which nothing uses"},
        {WORK "clients = a\n", "has clients, which nothing uses"},
        {WORK "http_url = https://h.example/\n", "has http_url, which nothing"},
        {WORK "http_realm = x\n", "has http_realm, which nothing uses"},
        /* A default that fits nobody is one, too. */
        {"[issuer *]\nclients = a\n" WORK, ":2: [issuer work] has clients,"},
    };

    (void)state;
    TRY(attempts);
}

static void
patterns_of_two_parties_never_overlap(void **state)
{
#define A                                                                      \
    "[issuer a]\nissuer = https://a.example\naudience = x\nusers = a*\n"       \
    "accept = app-password\nclient_id = me\n"
#define B                                                                      \
    "[issuer b]\nissuer = https://b.example\naudience = x\nusers = b*\n"       \
    "accept = introspection\n" POST
#define C                                                                      \
    "[issuer c]\nissuer = https://c.example\naudience = x\nusers = c*\n"       \
    "accept = app-password introspection\n" POST
    static const struct attempt attempts[] = {
        {A "password_pattern = a-:hex:8-8\n" B "token_pattern = b-:hex:8-8\n",
         NULL},
        {A "password_pattern = a-:hex:8-8\n" B "token_pattern = a-:hex:4-9\n",
         ":16: patterns overlap: password_pattern \"a-:hex:8-8\" of [issuer "
         "a] and token_pattern \"a-:hex:4-9\" of [issuer b]; a credential "
         "goes to one party only"},
        {A PASSWORDS B "token_pattern = b-:hex:8-8\n",
         ":16: patterns overlap: password_pattern \"any\""},
        {A PASSWORDS C "token_pattern = c-:hex:1-2\npassword_pattern = :hex:8-8"
                       "\n",
         "\"any\" of [issuer a] and password_pattern \":hex:8-8\""},
        /* Within an issuer: between the lists, not within one. */
        {C "token_pattern = c-:hex:8-8 c-:alnum:4-9\n"
           "password_pattern = :hex:8-8\n",
         NULL},
        {C "token_pattern = c-:hex:8-8\npassword_pattern = x-:hex:1-2 any\n",
         ":10: patterns overlap: token_pattern \"c-:hex:8-8\" of [issuer c] "
         "and password_pattern \"any\" of [issuer c]"},
    };
    struct house house;

    (void)state;
    house_open(&house);
    (void)house_load_text(&house, attempts[3].text);
    /* The one with both lists is reported for each. */
    assert_int_equal(house_faults(&house), 2);
    house_must_say(&house, attempts[3].complaint);
    house_close(&house);
    try_all(attempts, 3);
    try_all(attempts + 4, 2);
}

/* --- this host as a client --- */

static void
client_authentication_has_what_it_needs_and_nothing_else(void **state)
{
#define AS(auth) WORK "check = both\nclient_auth = " auth "\nclient_id = me\n"
    static const struct attempt attempts[] = {
        {AS("client_secret_basic") "client_secret_file = s\n", NULL},
        {AS("client_secret_jwt") "client_secret_file = s\n", NULL},
        {AS("private_key_jwt") "client_key_file = k\nclient_key_id = k 1\n"
                               "client_key_algorithm = EdDSA\n",
         NULL},
        {AS("tls_client_auth") "client_certificate_file = c\n", NULL},
        {AS("tls_client_auth") "client_certificate_file = c\n"
                               "client_certificate_key_file = k\n",
         NULL},
        {WORK "check = both\nclient_auth = client_secret_post\n"
              "client_secret_file = s\n",
         ":1: [issuer work] needs client_id: the client that client_auth"},
        {AS("client_secret_basic"), ":1: [issuer work] needs client_secret_"},
        {AS("client_secret_post"), "needs client_secret_file"},
        {AS("client_secret_jwt"), "needs client_secret_file"},
        {AS("private_key_jwt"), ":1: [issuer work] needs client_key_file"},
        {AS("tls_client_auth"), "needs client_certificate_file"},
        {WORK "client_secret_file = s\n",
         ":4: [issuer work] has client_secret_file, which is not used: it "
         "goes with client_auth = client_secret_basic, client_secret_post or "
         "client_secret_jwt"},
        {WORK "client_key_file = s\n", "has client_key_file, which is not"},
        {WORK "client_key_id = s\n", "has client_key_id, which is not used"},
        {WORK "client_key_algorithm = RS256\n", "has client_key_algorithm, "},
        {WORK "client_certificate_file = s\n", "has client_certificate_file,"},
        {WORK "client_certificate_key_file = s\n",
         "has client_certificate_key_file, which is not used"},
        {WORK "bearer_token_file = s\n", "has bearer_token_file, which is not"},
        {AS("private_key_jwt") "client_key_file = k\nclient_secret_file = s\n",
         ":8: [issuer work] has client_secret_file, which is not used"},
    };

    (void)state;
    TRY(attempts);
}

static void
a_shared_secret_stands_alone(void **state)
{
#define SHARED WORK "secret_file = s\n"
    static const struct attempt attempts[] = {
        {SHARED, NULL},
        {SHARED "algorithms = HS512\n", NULL},
        {"[issuer work]\nissuer = urn:x\naudience = x\nsecret_file = s\n",
         NULL},
        {SHARED "jwks_file = k\n",
         ":5: [issuer work] has both secret_file and jwks_file: keep one"},
        {SHARED "jwks_uri = https://k.example\n",
         ":5: [issuer work] has both secret_file and jwks_uri: keep one"},
        {SHARED "jwks_thumbprints = "
                "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs\n",
         ":5: [issuer work] has both secret_file and jwks_thumbprints"},
        {SHARED
         "check = both\nintrospection_endpoint = https://i.example\n" POST,
         ":5: [issuer work] has secret_file: its tokens are verified here"},
        {SHARED "algorithms = HS256 RS256\n",
         ":5: algorithms: \"RS256\" cannot be verified with a secret"},
        {WORK "algorithms = RS256\nalgorithms = HS256\n",
         ":5: algorithms: \"HS256\" needs a secret shared with the issuer: "
         "add secret_file"},
        {SHARED "algorithms = none\n", "\"none\" is never accepted"},
    };
    struct house house;

    (void)state;
    TRY(attempts);
    house_open(&house);
    house_must_load(&house, SHARED);
    assert_int_equal(house.config->issuer[0].algorithms.count, 3);
    assert_string_equal(house.config->issuer[0].algorithms.item[0], "HS256");
    house_close(&house);
}

static void
a_proxy_is_there_where_something_is_said_about_it(void **state)
{
#define SOCKS WORK "proxy = socks5h://proxy.example:1080\n"
    static const struct attempt attempts[] = {
        {PROXIED "proxy_user = u\nproxy_password_file = p\n", NULL},
        {SOCKS "proxy_user = u\nproxy_password_file = p\n", NULL},
        {PROXIED "proxy_schemes = negotiate\n", NULL},
        {PROXIED "proxy_schemes = negotiate\nproxy_user = u\n", NULL},
        {PROXIED "proxy_user = u\n",
         ":1: [issuer work] needs proxy_password_file: the password of"},
        {PROXIED "proxy_password_file = p\n",
         ":1: [issuer work] needs proxy_user: the user for proxy_password"},
        {SOCKS "proxy_schemes = negotiate basic\n",
         ":5: [issuer work] has proxy_schemes = negotiate, which only an http"},
        {WORK "proxy = https://proxy.example:443\nproxy_ca_file = c\n", NULL},
        {PROXIED "proxy_ca_file = c\n",
         ":5: [issuer work] has proxy_ca_file, but a proxy without https"},
        {WORK "proxy_ca_file = c\n",
         ":4: [issuer work] has proxy_ca_file, but no proxy: add one"},
        {WORK "no_proxy = a.example\n", "has no_proxy, but no proxy"},
        {WORK "proxy_user = u\nproxy_schemes = negotiate\n",
         "has proxy_user, but no proxy: add one or remove it"},
    };

    (void)state;
    TRY(attempts);
}

/* --- the local issuer --- */

static void
app_passwords_of_this_host_belong_to_the_local_issuer(void **state)
{
#define LOCAL "[issuer local]\n"
    static const struct attempt attempts[] = {
        {LOCAL "accept = host-password\n", NULL},
        {LOCAL "accept = jwt host-password\napp_password_environment = prod1\n"
               "app_password_lifetime = 90d\napp_password_self_lifetime = 1h\n"
               "idp_seen_within = 30d\n",
         NULL},
        {WORK "accept = host-password\n",
         ":4: [issuer work] cannot accept host-password: app passwords of"},
        {LOCAL "accept = jwt introspection\n",
         ":2: [issuer local] makes its credentials on this host: accept may"},
        {LOCAL "accept = app-password\n", "makes its credentials on this host"},
        {LOCAL "client_auth = none\n",
         ":2: [issuer local] has no use for client_auth: remove it"},
        {LOCAL "proxy = http://p.example:1\n", "has no use for proxy"},
        {LOCAL "check = local\n", "has no use for check"},
        {LOCAL "secret_file = s\n", "has no use for secret_file"},
        {LOCAL "algorithms = HS256\n", ":2: algorithms: \"HS256\" needs a"},
        {WORK "app_password_lifetime = 1d\n",
         ":4: [issuer work] has no use for app_password_lifetime, which "
         "belongs in [issuer local]"},
        {WORK "idp_seen_within = 1d\n", "has no use for idp_seen_within"},
        {"[issuer *]\napp_password_environment = x\n" WORK,
         ":2: [issuer *] has no use for app_password_environment, which"},
        {LOCAL "app_password_environment = Prod\n",
         ":2: app_password_environment: \"Prod\" must be 1 to 16 of a-z"},
        {LOCAL "app_password_environment = abcdefghijklmnopq\n",
         "must be 1 to 16 of a-z and 0-9"},
        {LOCAL "app_password_environment = a_b\n", "must be 1 to 16 of a-z"},
        {LOCAL "app_password_lifetime = 0s\n",
         ":2: app_password_lifetime: must be a duration"},
        {LOCAL "app_password_self_lifetime = 3651d\n",
         ":2: app_password_self_lifetime: must be a duration"},
        {LOCAL "idp_seen_within = 30\n", ":2: idp_seen_within: must be a"},
        {LOCAL "accept = host-password\n[service sshd]\nissuers = local\n"
               "methods = host-password\n",
         NULL},
    };
    struct house house;
    const struct issuer_conf *local;

    (void)state;
    TRY(attempts);
    house_open(&house);
    house_must_load(&house, LOCAL);
    local = &house.config->issuer[0];
    assert_int_equal(local->accept, METHOD_JWT);
    assert_null(local->app_password_environment);
    assert_int_equal(local->app_password_lifetime, 365 * 86400);
    assert_int_equal(local->app_password_self_lifetime, 30 * 86400);
    assert_int_equal(local->idp_seen_within, 0);
    house_close(&house);
}

static void
a_refused_value_is_reported_once(void **state)
{
    static const struct attempt attempts[] = {
        {WORK "accept = magic\n" OPAQUE POST, ":4: accept: \"magic\" is none"},
        {WORK "check = both\nclient_auth = magic\nclient_id = me\n"
              "client_secret_file = s\n",
         ":5: client_auth: \"magic\" is none of"},
        {INTROSPECTION POST "token_pattern = magic\n",
         ":9: token_pattern: \"magic\" must be"},
    };

    (void)state;
    TRY(attempts);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_written_has_the_defaults_of_the_manual),
        cmocka_unit_test(the_daemons_new_options_keep_their_ranges),
        cmocka_unit_test(urls_hosts_and_proxies_are_judged_where_they_stand),
        cmocka_unit_test(texts_for_a_provider_keep_its_rules),
        cmocka_unit_test(a_secret_is_in_a_file_or_a_credential_of_systemd),
        cmocka_unit_test(device_login_needs_a_client),
        cmocka_unit_test(
            introspection_needs_tokens_to_ask_about_and_somebody_who_asks),
        cmocka_unit_test(app_passwords_need_a_client_and_a_form),
        cmocka_unit_test(userinfo_says_whose_tokens_it_takes),
        cmocka_unit_test(http_says_what_goes_there_and_what_comes_back),
        cmocka_unit_test(a_credential_has_one_way_to_go),
        cmocka_unit_test(what_an_issuer_has_to_find_follows_from_its_methods),
        cmocka_unit_test(what_no_method_uses_is_refused),
        cmocka_unit_test(patterns_of_two_parties_never_overlap),
        cmocka_unit_test(
            client_authentication_has_what_it_needs_and_nothing_else),
        cmocka_unit_test(a_shared_secret_stands_alone),
        cmocka_unit_test(a_proxy_is_there_where_something_is_said_about_it),
        cmocka_unit_test(app_passwords_of_this_host_belong_to_the_local_issuer),
        cmocka_unit_test(a_refused_value_is_reported_once),
    };

    return cmocka_run_group_tests_name("conf/method", tests, NULL, NULL);
}
