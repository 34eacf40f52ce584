/* SPDX-License-Identifier: BSD-2-Clause */
/* Each rule of httpauthd.conf, kept and broken. */
#include <pwd.h>

#include "tests/unit/conf_house.h"

#define WORK                                                                   \
    "[issuer work]\nissuer = https://idp.example/\naudience = ssh://%H\n"
#define TWO                                                                    \
    "[issuer a]\nissuer = https://a.example\naudience = x\nusers = a*\n"       \
    "[issuer b]\nissuer = https://b.example\naudience = x\nusers = b*\n"

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
            fail_msg("one fault, but complaints:\n%s",
                     house_complaints(&house));
    }
    house_close(&house);
}

#define TRY(attempts)                                                          \
    try_all(attempts, sizeof(attempts) / sizeof((attempts)[0]))

static void
section_headers_keep_the_rules(void **state)
{
    static const struct attempt attempts[] = {
        {"[httpauthd]\n", NULL},
        {"[service *]\n", NULL},
        {"[issuer *]\n", NULL},
        {"[service a.b-c_D9]\n", NULL},
        {"[service " /* 64 */
         "abcdefghijklmnopqrstuvwxyz012345abcdefghijklmnopqrstuvwxyz012345"
         "]\n",
         NULL},
        {"[service "
         "abcdefghijklmnopqrstuvwxyz012345abcdefghijklmnopqrstuvwxyz0123456"
         "]\n",
         ":1: \"abc"},
        {"[httpauthd x]\n", ":1: [httpauthd] takes no name"},
        {"[issuer]\n", ":1: [issuer] needs a name: \"[issuer NAME]\""},
        {"[service]\n", ":1: [service] needs a name"},
        {"[service a b]\n", ":1: \"a b\" is no name for a section"},
        {"[service a*]\n", ":1: \"a*\" is no name for a section"},
        {"[service a/b]\n", ":1: \"a/b\" is no name for a section"},
        {"[issuer a@b]\n", ":1: \"a@b\" is no name for a section"},
        {"[servise x]\n", ":1: unknown section [servise]: did you mean "
                          "[service]?"},
        {"[Service x]\n", ":1: unknown section [Service]: did you mean"},
        {"[proxy x]\nkey = not reported as well\n",
         ":1: unknown section [proxy]: there are [httpauthd], [issuer NAME]"},
        {"[service a]\n[service b]\n[service a]\n",
         ":3: duplicate section: it began in line 1 already"},
        {"[httpauthd]\n[httpauthd]\n", ":2: duplicate section"},
    };

    (void)state;
    TRY(attempts);
}

static void
unknown_options_are_refused_with_a_suggestion(void **state)
{
    static const struct attempt attempts[] = {
        {"[httpauthd]\nlogg = auto\n",
         ":2: unknown option \"logg\": did you mean \"log\"?"},
        {"[httpauthd]\nLOG_level = info\n",
         ":2: unknown option \"LOG_level\" in a section [httpauthd]"},
        {"[service x]\nrequire_scop = a\n", "did you mean \"require_scope\"?"},
        {"[service x]\nrequire-scope = a\n", "did you mean \"require_scope\"?"},
        {"[service x]\nrequires_scopes = a\n",
         "did you mean \"require_scope\"?"},
        {"[service x]\naudience = a\n",
         ":2: unknown option \"audience\" in a section [service]: it belongs "
         "in [issuer]"},
        {"[service x]\ncolour = red\n",
         ":2: unknown option \"colour\" in a section [service]"},
    };

    (void)state;
    TRY(attempts);
}

static void
a_key_may_be_repeated_for_lists_only(void **state)
{
    static const struct attempt attempts[] = {
        {WORK "audience = other\nalgorithms = RS256\nalgorithms = ES256\n",
         NULL},
        {WORK "issuer = https://other.example\n",
         ":4: duplicate \"issuer\": it stands in line 2 already"},
        {"[httpauthd]\nlog = auto\nlog = auto\n", ":3: duplicate \"log\""},
        {"[service a]\nmax_lifetime = 1h\nmax_lifetime = 1h\n",
         ":3: duplicate \"max_lifetime\""},
        {"[service a]\nmethods = jwt\nmethods = jwt\n",
         ":3: duplicate \"methods\""},
        {WORK "secrets = pw:password /a/b:user-name\n", NULL},
        {WORK "secrets = pw:Password\n", ":4: secrets: \"pw:Password\" must "
                                         "be CLAIM:NAME"},
        {WORK "secrets = pw:a/b\n", "must be CLAIM:NAME"},
        {WORK "secrets = pw\n", "must be CLAIM:NAME"},
        {WORK "secrets = :x\n", "must be CLAIM:NAME"},
        {WORK "secrets = a:x b:x\n", ":4: [issuer work] has two secrets of "
                                     "one name"},
        {WORK "secrets = a:a b:b c:c d:d e:e f:f g:g\n", NULL},
        {WORK "secrets = a:a b:b c:c d:d e:e f:f g:g h:h\n",
         ":4: [issuer work] has more than seven secrets"},
        {WORK "pin_subject = yes\npin_subject = no\n",
         ":5: duplicate \"pin_subject\""},
    };

    (void)state;
    TRY(attempts);
}

static void
an_empty_value_is_refused_since_it_would_open_a_list(void **state)
{
    static const struct attempt attempts[] = {
        {"[service a]\nrequire_group =\n",
         ":2: \"require_group\" has no value"},
        {"[service a]\nrequire_scope = \t\n",
         ":2: \"require_scope\" has no value"},
        {"[httpauthd]\nlog =\n", ":2: \"log\" has no value"},
    };

    (void)state;
    TRY(attempts);
}

static void
values_of_the_daemon_keep_their_types(void **state)
{
    static const struct attempt attempts[] = {
        {"[httpauthd]\nlog = stderr\nlog_level = debug\n", NULL},
        {"[httpauthd]\nlog = STDERR\n", ":2: log: \"STDERR\" is none of"},
        {"[httpauthd]\nlog = auto stderr\n", ":2: log:"},
        {"[httpauthd]\nlog_level = 7\n", ":2: log_level:"},
        {"[httpauthd]\ncallers_max = 1\nverdicts_max = 10000000\n", NULL},
        {"[httpauthd]\ncallers_max = 65536\n", NULL},
        {"[httpauthd]\ncallers_max = 65537\n",
         ":2: callers_max: must be a number from 1 to 65536"},
        {"[httpauthd]\ncallers_max = 0\n", ":2: callers_max:"},
        {"[httpauthd]\ncallers_max = -1\n", ":2: callers_max:"},
        {"[httpauthd]\ncallers_max = 1k\n", ":2: callers_max:"},
        {"[httpauthd]\ncallers_max = 010\n", ":2: callers_max:"},
        {"[httpauthd]\ncallers_max = 99999999999999999999999999999999999\n",
         ":2: callers_max:"},
        {"[httpauthd]\nverdict_ttl = 0s\n", NULL},
        {"[httpauthd]\nverdict_ttl = 1d\n", NULL},
        {"[httpauthd]\nverdict_ttl = 2d\n",
         ":2: verdict_ttl: must be a duration with its unit, 90s, 5m, 1h or "
         "2d, from 0s to 1d"},
        {"[httpauthd]\nverdict_ttl = 300\n", ":2: verdict_ttl:"},
        {"[httpauthd]\nverdict_ttl = 5 m\n", ":2: verdict_ttl:"},
        {"[httpauthd]\nverdict_ttl = 5M\n", ":2: verdict_ttl:"},
        {"[httpauthd]\nstate_dir = /var/lib/with blank\n", NULL},
    };

    (void)state;
    TRY(attempts);
}

static void
required_options_must_be_there(void **state)
{
    static const struct attempt attempts[] = {
        {WORK, NULL},
        {"# x\n[issuer work]\naudience = x\n",
         ":2: [issuer work] has no issuer: add \"issuer = ...\""},
        {"[issuer work]\nissuer = https://idp.example\n",
         ":1: [issuer work] has no audience: add \"audience = ...\""},
    };

    (void)state;
    TRY(attempts);
}

static void
an_issuer_that_is_discovered_has_an_https_url(void **state)
{
#define ISSUED(url) "[issuer work]\naudience = x\nissuer = " url "\n"
    static const struct attempt attempts[] = {
        {ISSUED("https://idp.example"), NULL},
        {ISSUED("https://idp.example/"), NULL},
        {ISSUED("https://idp.example:8443/realms/x%20y"), NULL},
        {ISSUED("https://[2001:db8::1]:8443/x"), NULL},
        {ISSUED("https://[::1]"), NULL},
        {ISSUED("https://idp.example/a@b:c"), NULL},
        {ISSUED("http://idp.example"), ":3: issuer: \"http://idp.example\""},
        {ISSUED("HTTPS://idp.example"), "must begin with https://"},
        {ISSUED("idp.example"), "must begin with https://"},
        {ISSUED("https://"), "must begin with https://"},
        {ISSUED("https:///x"), "has no good host"},
        {ISSUED("https://idp.example?x=y"), "must have no query"},
        {ISSUED("https://idp.example/?x=y"), "must have no query"},
        {ISSUED("https://idp.example/#x"), "must have no fragment"},
        {ISSUED("https://a@idp.example/"), "no user or password"},
        {ISSUED("https://a:b@idp.example/"), "no user or password"},
        {ISSUED("https://idp.example:0/"), "no good port"},
        {ISSUED("https://idp.example:65536/"), "no good port"},
        {ISSUED("https://idp.example:/"), "no good port"},
        {ISSUED("https://idp.example:443x/"), "no good port"},
        {ISSUED("https://idp ex/"), "visible ASCII"},
        {ISSUED("https://idp\xc3\xa9.example/"), "visible ASCII"},
        {ISSUED("https://idp\\.example/"), "has no good host"},
        {ISSUED("https://[::1/"), "has no good host"},
        {ISSUED("https://[]/"), "has no good host"},
        {ISSUED("https://[::1]x/"), "has no good host"},
        {ISSUED("https://*.example/"), "has no good host"},
        /* With keys from elsewhere it is only a name. */
        {ISSUED("urn:x?y#z") "jwks_file = k.json\n", NULL},
        {ISSUED("http://idp.example") "jwks_uri = https://k.example/\n", NULL},
        {ISSUED("two words") "jwks_file = k.json\n",
         ":3: issuer: \"two words\" may only hold visible ASCII"},
    };

    (void)state;
    TRY(attempts);
}

static void
keys_come_from_one_place_and_by_https(void **state)
{
    static const struct attempt attempts[] = {
        {WORK "jwks_file = k.json\n", NULL},
        {WORK "jwks_uri = https://k.example/jwks?x=y\n", NULL},
        {WORK "jwks_file = k.json\njwks_uri = https://k.example/\n",
         ":5: [issuer work] has both jwks_file and jwks_uri: keep one"},
        {WORK "jwks_uri = http://k.example/\n",
         ":4: jwks_uri: \"http://k.example/\" must begin with https://"},
        {WORK "jwks_uri = file:///k\n", "must begin with https://"},
        {WORK "jwks_uri = https://a:b@k.example/\n", "no user or password"},
        {WORK "jwks_uri = https://k.example/#x\n", "must have no fragment"},
        {WORK "[issuer *]\njwks_file = k.json\n", NULL},
        {WORK "jwks_uri = https://k.example/\n[issuer *]\njwks_file = k\n",
         ":4: [issuer work] has both jwks_file and jwks_uri"},
    };

    (void)state;
    TRY(attempts);
}

static void
only_percent_h_and_percent_percent_are_filled_in(void **state)
{
    static const struct attempt attempts[] = {
        {WORK "audience = a%%b\n", NULL},
        {WORK "audience = a%h\n", ":4: audience: only %H"},
        {WORK "audience = a%\n", ":4: audience: only %H"},
        {WORK "audience = good %x\n", ":4: audience: only %H"},
        {WORK "audience = gr\xc3\xbcn\n", "visible ASCII"},
        /* Elsewhere a percent sign is one. */
        {"[issuer work]\nissuer = https://idp.example/%H\naudience = x\n",
         NULL},
    };
    struct house house;

    (void)state;
    TRY(attempts);
    house_open(&house);
    house_must_load(&house, WORK "audience = 100%% %H%%H%H\n");
    assert_string_equal(house.config->issuer[0].audience.item[1], "100%");
    assert_string_equal(house.config->issuer[0].audience.item[2],
                        HOUSE_HOST "%H" HOUSE_HOST);
    house_close(&house);
}

static void
an_audience_with_this_hosts_name_needs_one(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house.machine.host = "";
    assert_int_equal(house_load_text(&house, WORK), CONFIG_BROKEN);
    house_must_say(&house, ":3: audience: %H cannot be filled in");
    house.machine.host = "two words";
    assert_int_equal(house_load_text(&house, WORK), CONFIG_BROKEN);
    house.machine.host = NULL; /* the real one */
    (void)house_load_text(&house, WORK);
    house_close(&house);
}

static void
audiences_are_bounded_even_when_filled_in(void **state)
{
    struct buffer text = BUFFER_INIT(8192);
    struct house house;
    int i;

    (void)state;
    assert_true(buffer_text(&text, WORK "audience = "));
    for (i = 0; i < 100; i++)
        assert_true(buffer_text(&text, "%H"));
    house_open(&house);
    assert_int_equal(house_load_text(&house, text.data), CONFIG_BROKEN);
    house_must_say(&house, ":4: audience: is too long");
    buffer_free(&text);
    house_close(&house);
}

static void
algorithms_are_a_list_of_public_key_ones(void **state)
{
    static const struct attempt attempts[] = {
        {WORK "algorithms = RS256 RS384 RS512 PS256 PS384 PS512\n"
              "algorithms = ES256 ES384 ES512 EdDSA Ed25519\n",
         NULL},
        {WORK "algorithms = HS256\n",
         ":4: algorithms: \"HS256\" needs a secret shared with the issuer"},
        {WORK "algorithms = RS256 HS512\n", "\"HS512\" needs a secret"},
        {WORK "algorithms = none\n", "\"none\" is never accepted"},
        {WORK "algorithms = NoNe\n", "\"NoNe\" is never accepted"},
        {WORK "algorithms = rs256\n", "\"rs256\" is none of RS256"},
        {WORK "algorithms = RS256,ES256\n", "\"RS256,ES256\" is none of"},
        {WORK "algorithms = Ed448\n", "\"Ed448\" is none of"},
        {WORK "algorithms = RSA-OAEP\n", "\"RSA-OAEP\" is none of"},
    };

    (void)state;
    TRY(attempts);
}

static void
an_access_token_without_a_type_needs_required_claims(void **state)
{
    static const struct attempt attempts[] = {
        {WORK "token_type = at+jwt\n", NULL},
        {WORK "token_type = id\n", NULL},
        {WORK "token_type = access\nrequired_claims = azp /a/b\n", NULL},
        {WORK "token_type = access\n[issuer *]\nrequired_claims = azp\n", NULL},
        {WORK "token_type = access\n",
         ":4: [issuer work] has token_type = access and no required_claims"},
        {"[issuer *]\ntoken_type = access\n" WORK,
         ":2: [issuer work] has token_type = access"},
        {WORK "token_type = JWT\n", ":4: token_type: \"JWT\" is none of"},
    };

    (void)state;
    TRY(attempts);
}

static void
claims_are_names_or_json_pointers(void **state)
{
    static const struct attempt attempts[] = {
        {WORK "username_claim = preferred_username\n", NULL},
        {WORK "groups_claim = /realm_access/roles\n", NULL},
        {WORK "groups_claim = https://idp.example/roles\n", NULL},
        {WORK "groups_claim = /a~1b/c~0d\n", NULL},
        {WORK "groups_claim = /a~2b\n",
         ":4: groups_claim: \"/a~2b\" is no JSON Pointer"},
        {WORK "scope_claim = /a~\n", "is no JSON Pointer"},
        {WORK "username_domain = example.org\n", NULL},
        {WORK "username_domain = @example.org\n",
         ":4: username_domain: \"@example.org\" is written without the '@'"},
        {WORK "username_domain = a b\n", "is no domain"},
        {WORK "accept = jwt\n", NULL},
        {WORK "accept = password\n", ":4: accept: \"password\" is none of jwt"},
        {WORK "pin_subject = true\n", ":4: pin_subject: must be yes or no"},
        {WORK "pin_subject = Yes\n", ":4: pin_subject: must be yes or no"},
    };

    (void)state;
    TRY(attempts);
}

static void
users_are_names_or_beginnings_of_names(void **state)
{
    static const struct attempt attempts[] = {
        {WORK "users = alice bob-* _x*\nusers = j.doe@corp\n", NULL},
        {WORK "users = *\n", NULL},
        {WORK "users = 1*\n", NULL},
        {WORK "users = a**\n", ":4: users: \"a**\" is neither a login name"},
        {WORK "users = *a\n", "is neither a login name"},
        {WORK "users = a*b\n", "is neither a login name"},
        {WORK "users = -a\n", "is neither a login name"},
        {WORK "users = @a*\n", "is neither a login name"},
        {WORK "users = 1000\n", "is neither a login name"},
        {WORK "users = a?\n", "is neither a login name"},
        {WORK "users = abcdefghijklmnopqrstuvwxyz01234*\n", NULL},
        {WORK "users = abcdefghijklmnopqrstuvwxyz012345*\n",
         "is neither a login name"},
        {WORK "users = abcdefghijklmnopqrstuvwxyz0123456\n",
         "is neither a login name"},
    };

    (void)state;
    TRY(attempts);
}

static void
of_several_issuers_each_must_say_its_users(void **state)
{
#define A "[issuer a]\nissuer = https://a.example\naudience = x\n"
#define B "[issuer b]\nissuer = https://b.example\naudience = x\n"
    static const struct attempt attempts[] = {
        {A, NULL},
        {A "users = a*\n" B "users = b*\n", NULL},
        {A "users = a*\n" B,
         ":5: [issuer b] has no users: of 2 issuers each must say"},
        {A B "users = b*\n", ":1: [issuer a] has no users"},
        /* One list for both is an overlap. */
        {"[issuer *]\nusers = x\n" A B, ":2: users overlap"},
    };

    (void)state;
    TRY(attempts);
}

static void
two_issuers_may_never_speak_for_the_same_name(void **state)
{
    static const struct {
        const char *a, *b;
        bool overlap;
    } pairs[] = {
        {"alice", "bob", false},
        {"alice", "alice", true},
        {"alice", "Alice", false},
        {"alice", "al*", true},
        {"al*", "alice", true},
        {"alice*", "alice", true},
        {"alicex*", "alice", false},
        {"a*", "b*", false},
        {"a*", "ab*", true},
        {"ab*", "a*", true},
        {"ab*", "ac*", false},
        {"*", "x", true},
        {"*", "*", true},
        {"x y z*", "a b zz*", true},
        {"x y z*", "a b c*", false},
    };
    struct house house;
    char text[512];
    size_t i;

    (void)state;
    house_open(&house);
    for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        (void)snprintf(text, sizeof(text), A "users = %s\n" B "users = %s\n",
                       pairs[i].a, pairs[i].b);
        (void)house_load_text(&house, text);
        if ((house.result == CONFIG_OK) == pairs[i].overlap)
            fail_msg("%s and %s", pairs[i].a, pairs[i].b);
        if (pairs[i].overlap)
            house_must_say(&house, ":8: users overlap: \"");
        if (pairs[i].overlap)
            house_must_say(&house, "of [issuer b]");
    }
    house_close(&house);
}

static void
two_sections_may_not_be_the_same_issuer(void **state)
{
    static const struct attempt attempts[] = {
        {A "users = a*\n[issuer b]\nissuer = https://a.example/\n"
           "audience = x\nusers = b*\n",
         NULL},
        {A "users = a*\n[issuer b]\naudience = x\nusers = b*\n"
           "issuer = https://a.example\n",
         ":8: [issuer a] and [issuer b] are the same issuer"},
    };

    (void)state;
    TRY(attempts);
}

static void
a_service_names_issuers_that_exist(void **state)
{
    static const struct attempt attempts[] = {
        {TWO "[service s]\nissuers = a b\n", NULL},
        {TWO "[service s]\nissuers = local\n", NULL},
        {TWO "[service s]\nissuers = a\nissuers = c\n",
         ":11: [service s] admits the issuer \"c\", but there is no section "
         "[issuer c]"},
        {TWO "[service s]\nissuers = *\n",
         ":10: issuers: \"*\" is not the name of an issuer"},
        {TWO "[service s]\nissuers = A\n", "admits the issuer \"A\""},
        {TWO "[service *]\nissuers = c\n[service s]\n",
         ":10: [service s] admits the issuer \"c\""},
    };

    (void)state;
    TRY(attempts);
}

static void
groups_of_a_service_with_several_issuers_name_theirs(void **state)
{
#define S "[service s]\n"
    static const struct attempt attempts[] = {
        /* One issuer: plain names will do. */
        {WORK S "require_group = site admins\ndeny_group = x\n", NULL},
        {WORK S "require_group = site admins@work\n", NULL},
        {TWO S "issuers = a\nrequire_all_groups = g\n", NULL},
        {TWO S "issuers = a a\nrequire_group = g\n", NULL},
        /* Several, by default or by name. */
        {TWO S "require_group = g@a\nrequire_group = h@b\n", NULL},
        {TWO S "require_group = g\n",
         ":10: [service s] admits 2 issuers: write the group \"g\" as "
         "GROUP@ISSUER"},
        {TWO S "require_all_groups = g\n", ":10: [service s] admits 2"},
        {TWO S "deny_group = x@a\ndeny_group = g\n",
         ":11: [service s] admits 2"},
        {WORK S "issuers = work local\nrequire_group = g\n",
         ":6: [service s] admits 2 issuers"},
        {WORK S "issuers = work local\nrequire_group = g@local\n", NULL},
        {TWO "[service *]\ndeny_group = g\n[service s]\nissuers = a\n", NULL},
        {TWO "[service *]\ndeny_group = g\n[service s]\n",
         ":10: [service s] admits 2 issuers"},
        /* The issuer must be one that is admitted. */
        {TWO S "issuers = a\nrequire_group = g@b\n",
         ":11: [service s] does not admit the issuer \"b\" of the group "
         "\"g@b\""},
        {TWO S "require_group = g@local\n", "does not admit the issuer"},
        {TWO S "require_group = g@c\n", "does not admit the issuer \"c\""},
        /* A group with an @ of its own must not be split by guessing. */
        {WORK S "deny_group = staff@example.org\n",
         ":5: [service s] does not admit the issuer \"example.org\""},
        {WORK S "deny_group = staff@example.org@work\n", NULL},
        {WORK S "deny_group = staff@the office\n", NULL},
        {TWO S "deny_group = staff@the office\n", "admits 2 issuers"},
        {WORK S "deny_group = @work\n",
         ":5: deny_group: \"@work\" names no group in front of the '@'"},
    };

    (void)state;
    TRY(attempts);
}

static void
other_values_of_a_service_keep_their_rules(void **state)
{
    static const struct attempt attempts[] = {
        {S "require_scope = ssh:login https://x/y\nmethods = jwt\n", NULL},
        {S "require_scope = a\"b\n", ":2: require_scope: \"a\\x22b\" is no "
                                     "scope"},
        {S "require_scope = gr\xc3\xbcn\n", "is no scope"},
        {S "deny_user = mallory eve\n", NULL},
        {S "deny_user = mal*\n", ":2: deny_user: \"mal*\" is no login name"},
        {S "deny_user = 1000\n", "is no login name"},
        {S "methods = smtp\n", ":2: methods: \"smtp\" is none of jwt"},
        {S "max_lifetime = 1s\n", NULL},
        {S "max_lifetime = 365d\n", NULL},
        {S "max_lifetime = 0s\n", ":2: max_lifetime:"},
        {S "max_lifetime = never\n", ":2: max_lifetime:"},
        {S "max_token_age = 0s\nmax_auth_age = 1h\n", NULL},
        {S "max_token_age = -1s\n", ":2: max_token_age:"},
        {S "max_auth_age = 1\n", ":2: max_auth_age:"},
        {S "client_ids = a b\nrequire_acr = urn:mfa 1\n"
           "require_amr = otp pwd\n",
         NULL},
        {S "require_acr = m\xc3\xbc\n", ":2: require_acr:"},
        {S "extra_audiences = refuse\n", NULL},
        {S "replay = refuse\naccept_login = 15m\n", NULL},
        {S "replay = never\n", ":2: replay: \"never\" is none of accept "
                               "refuse"},
        {S "accept_login = yes\n", ":2: accept_login:"},
        {S "session_files = token secrets\n", NULL},
        {S "session_files = yes\n", ":2: session_files: \"yes\" is none of "
                                    "token secrets"},
        {S "extra_audiences = no\n",
         ":2: extra_audiences: \"no\" is none of accept refuse"},
        {S "networks = 192.0.2.0/24 2001:db8::/32 ::1\n", NULL},
        {S "networks = 192.0.2.1/24\n", ":2: networks:"},
        {S "networks = host.example\n", ":2: networks:"},
    };

    (void)state;
    TRY(attempts);
}

static void
trusted_callers_are_uids_or_users_that_exist(void **state)
{
    static const struct attempt attempts[] = {
        {"[httpauthd]\ntrusted_callers = 1000:postgresql 0:x\n"
         "trusted_callers = root:sshd\n",
         NULL},
        {"[httpauthd]\ntrusted_callers = nosuchuser-xyz:sshd\n",
         ":2: trusted_callers: there is no user \"nosuchuser-xyz\" here"},
        {"[httpauthd]\ntrusted_callers = 1:a\n"
         "trusted_callers = nosuchuser-xyz:sshd\n",
         ":3: trusted_callers: there is no user"},
        {"[httpauthd]\ntrusted_callers = root\n",
         ":2: trusted_callers: \"root\" must be uid:service or user:service"},
        {"[httpauthd]\ntrusted_callers = :sshd\n", "must be uid:service"},
        {"[httpauthd]\ntrusted_callers = root:\n", "names no service"},
        {"[httpauthd]\ntrusted_callers = root:a:b\n", "names no service"},
        {"[httpauthd]\ntrusted_callers = 4294967294:a\n", NULL},
        {"[httpauthd]\ntrusted_callers = 4294967295:a\n", "there is no user"},
        {"[httpauthd]\ntrusted_callers = 007:a\n", "there is no user"},
    };

    (void)state;
    TRY(attempts);
}

static void
trusted_callers_are_trusted_for_their_service_only(void **state)
{
    struct passwd *entry;
    struct house house;
    char text[128];

    (void)state;
    entry = getpwuid(0);
    assert_non_null(entry);
    house_open(&house);
    (void)snprintf(text, sizeof(text),
                   "[httpauthd]\ntrusted_callers = 105:imap %s:sshd\n",
                   entry->pw_name);
    house_must_load(&house, text);
    assert_int_equal(house.config->daemon.trusted_count, 2);
    assert_true(config_trusts_caller(house.config, 105, span_of("imap")));
    assert_false(config_trusts_caller(house.config, 105, span_of("sshd")));
    assert_false(config_trusts_caller(house.config, 106, span_of("imap")));
    assert_false(config_trusts_caller(house.config, 105, span_of("ima")));
    assert_true(config_trusts_caller(house.config, 0, span_of("sshd")));
    house_close(&house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(section_headers_keep_the_rules),
        cmocka_unit_test(unknown_options_are_refused_with_a_suggestion),
        cmocka_unit_test(a_key_may_be_repeated_for_lists_only),
        cmocka_unit_test(an_empty_value_is_refused_since_it_would_open_a_list),
        cmocka_unit_test(values_of_the_daemon_keep_their_types),
        cmocka_unit_test(required_options_must_be_there),
        cmocka_unit_test(an_issuer_that_is_discovered_has_an_https_url),
        cmocka_unit_test(keys_come_from_one_place_and_by_https),
        cmocka_unit_test(only_percent_h_and_percent_percent_are_filled_in),
        cmocka_unit_test(an_audience_with_this_hosts_name_needs_one),
        cmocka_unit_test(audiences_are_bounded_even_when_filled_in),
        cmocka_unit_test(algorithms_are_a_list_of_public_key_ones),
        cmocka_unit_test(an_access_token_without_a_type_needs_required_claims),
        cmocka_unit_test(claims_are_names_or_json_pointers),
        cmocka_unit_test(users_are_names_or_beginnings_of_names),
        cmocka_unit_test(of_several_issuers_each_must_say_its_users),
        cmocka_unit_test(two_issuers_may_never_speak_for_the_same_name),
        cmocka_unit_test(two_sections_may_not_be_the_same_issuer),
        cmocka_unit_test(a_service_names_issuers_that_exist),
        cmocka_unit_test(groups_of_a_service_with_several_issuers_name_theirs),
        cmocka_unit_test(other_values_of_a_service_keep_their_rules),
        cmocka_unit_test(trusted_callers_are_uids_or_users_that_exist),
        cmocka_unit_test(trusted_callers_are_trusted_for_their_service_only),
    };

    return cmocka_run_group_tests_name("conf/rules", tests, NULL, NULL);
}
