/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole configuration, parsed and checked, immutable once loaded.  What
 * each option means stands in one place: the table of option.h.
 *
 * Layers, later wins per option: /usr/lib/httpauth/\*.conf, the main file,
 * its FILE.d/\*.conf in C order.  `[issuer *]` and `[service *]` give
 * defaults per option to the named sections; `[issuer local]` takes none of
 * them, it has defaults of its own (local.h).  Relative file names are taken
 * from the folder of the main file and are absolute here.
 */
#ifndef HELPER_CONF_CONFIG_H
#define HELPER_CONF_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "helper/base/buffer.h"
#include "helper/base/list.h"
#include "helper/base/span.h"
#include "helper/conf/usersmap.h"

#define CONF_DEFAULT_FILE "/etc/httpauth/httpauthd.conf"
#define CONF_VENDOR_DIR "/usr/lib/httpauth"
#define CONF_LOCAL_ISSUER "local"

/* The methods by which a credential can be verified, as a set. */
enum method {
    METHOD_NONE = 0,
    METHOD_JWT = 1 << 0,
    METHOD_INTROSPECTION = 1 << 1, /* RFC 7662 */
    METHOD_APP_PASSWORD = 1 << 2,  /* at the provider's token endpoint */
    METHOD_USERINFO = 1 << 3,      /* tokeninfo, userinfo */
    METHOD_HTTP = 1 << 4,          /* tried against a protected URL */
    METHOD_HOST_PASSWORD = 1 << 5, /* app passwords of this machine */
    METHOD_DEVICE = 1 << 6         /* device login, RFC 8628 */
};

/* Of these an issuer has at most one for opaque tokens ... */
#define METHODS_OF_TOKENS (METHOD_INTROSPECTION | METHOD_USERINFO | METHOD_HTTP)
/* ... and at most one for passwords.  METHOD_HTTP serves the pattern that is
 * given: token_pattern, password_pattern, or both. */
#define METHODS_OF_PASSWORDS (METHOD_APP_PASSWORD | METHOD_HTTP)

/* How a JWT is verified where `jwt` is accepted. */
enum check {
    CHECK_LOCAL,      /* signature and claims, here */
    CHECK_INTROSPECT, /* free checks here, then the provider is asked */
    CHECK_BOTH        /* both must hold: the provider may have revoked it */
};

/* How this host authenticates as a client (RFC 6749 2.3, RFC 7523,
 * RFC 8705). */
enum client_auth {
    CLIENT_NONE, /* client_id in the form, where there is one */
    CLIENT_SECRET_BASIC,
    CLIENT_SECRET_POST,
    CLIENT_SECRET_JWT,
    CLIENT_PRIVATE_KEY_JWT,
    CLIENT_TLS
};

/* What the introspection endpoint is shown. */
enum introspection_auth {
    INTROSPECTION_AS_CLIENT,         /* as client_auth says */
    INTROSPECTION_BEARER,            /* the token in bearer_token_file */
    INTROSPECTION_CLIENT_CREDENTIALS /* one that the helper obtains so */
};

enum answer_form { ANSWER_JSON, ANSWER_JWT /* RFC 9701 */ };
enum secret_encoding { SECRET_FORM, SECRET_RAW };
enum tokeninfo_request { TOKENINFO_BEARER, TOKENINFO_FORM };

/* http_schemes, proxy_schemes: sets, the strongest that is offered wins. */
enum http_scheme {
    SCHEME_BASIC = 1 << 0,
    SCHEME_DIGEST = 1 << 1,
    SCHEME_BEARER = 1 << 2,   /* http_schemes */
    SCHEME_NEGOTIATE = 1 << 3 /* proxy_schemes */
};

enum token_type {
    TOKEN_AT_JWT, /* typ at+jwt, RFC 9068 */
    TOKEN_ACCESS, /* typ JWT or none; required_claims must be set */
    TOKEN_ID      /* typ JWT or none; an ID token on purpose */
};

/* session_files: a set.  What a session gets as files of its own. */
enum session_file { FILE_TOKEN = 1 << 0, FILE_SECRETS = 1 << 1 };

/* What a service says to something that others might refuse. */
enum admission { ADMISSION_ACCEPT, ADMISSION_REFUSE };

enum log_kind {
    LOG_KIND_AUTO, /* the journal or, for /dev/null, syslog; else stderr */
    LOG_KIND_STDERR,
    LOG_KIND_SYSLOG
};

struct caller_rule {
    uid_t uid;
    char *service; /* owned */
};

/* [httpauthd] */
struct daemon_conf {
    int64_t log;                 /* enum log_kind */
    int64_t log_level;           /* enum log_level */
    char *audit_file;            /* JSON lines; NULL: none */
    struct list trusted_callers; /* "uid:service" or "user:service" */
    struct caller_rule *trusted; /* the same, resolved; owned */
    size_t trusted_count;
    char *users_map;     /* file name; may not exist unless set explicitly */
    char *state_dir;     /* what outlives a boot: pins, keys, revocations */
    int64_t callers_max; /* connections at once, both sockets */
    int64_t verdicts_max;
    int64_t verdict_ttl;    /* seconds a verified JWT is remembered at most */
    int64_t answer_ttl;     /* ... and what a provider answered */
    int64_t max_transfers;  /* connections to one server at once */
    int64_t max_waiting;    /* questions to providers under way */
    int64_t throttle_tries; /* wrong ones before it begins */
    int64_t throttle_max;   /* seconds, the longest pause */
    struct list throttle_exempt; /* networks, CIDR */
    int64_t provider_tries;      /* per user and minute, towards providers */
    int64_t address_tries;       /* per address and minute, the same */
};

/* [issuer NAME] */
struct issuer_conf {
    char *name;
    bool local;   /* NAME is "local": its tokens live one hour at most */
    char *issuer; /* exact iss; for the local issuer urn:httpauth:MACHINE-ID */
    struct list audience;   /* %H already replaced */
    int64_t accept;         /* set of enum method */
    int64_t token_type;     /* enum token_type */
    struct list algorithms; /* JOSE names; the default list is filled in */
    char *jwks_file;
    char *jwks_uri;
    char *ca_file;
    struct list users; /* names, or prefixes ending in '*' */
    char *username_claim;
    char *username_domain; /* without '@'; or NULL */
    char *groups_claim;
    char *scope_claim; /* scp is understood when it is "scope" and absent */
    struct list required_claims;
    struct list export;  /* CLAIM:NAME, for the environment */
    struct list secrets; /* CLAIM:NAME, for files of the session */
    bool pin_subject;
    uint64_t naming; /* no option: hash of its identifier, username_claim and
                        username_domain */

    /* Credentials that are no JWT; see pattern.h. */
    struct list token_pattern;
    struct list password_pattern;
    int64_t check; /* enum check */

    /* Endpoints; NULL: from discovery.  https. */
    char *introspection_endpoint;
    char *token_endpoint;
    char *userinfo_endpoint;
    char *tokeninfo_endpoint; /* never discovered */
    char *device_authorization_endpoint;
    struct list endpoint_hosts;   /* besides the issuer's own */
    int64_t introspection_answer; /* enum answer_form */
    int64_t introspection_auth;   /* enum introspection_auth */
    struct list clients;          /* whose tokens are taken */
    char *client_claim;           /* of a tokeninfo answer; name or pointer */
    int64_t tokeninfo_request;    /* enum tokeninfo_request */
    bool userinfo_any_client;

    /* This host as a client.  *_file: see secret.h. */
    int64_t client_auth; /* enum client_auth */
    char *client_id;
    char *client_secret_file;
    int64_t client_secret_encoding; /* enum secret_encoding */
    char *client_key_file;          /* PEM; private_key_jwt */
    char *client_key_id;            /* its kid; NULL: none is sent */
    char *client_key_algorithm;     /* NULL: by the kind of key */
    char *client_certificate_file;  /* PEM; tls_client_auth */
    char *client_certificate_key_file;
    char *bearer_token_file;
    char *token_scope;     /* asked for by app-password, device and
                              client_credentials */
    int64_t offline_grace; /* seconds that what it vouched for counts while it
                              cannot be asked; 0: none */
    int64_t stale_keys;    /* seconds that fetched keys outlive their end */
    char *token_resource;  /* likewise, but not by client_credentials */

    /* http */
    char *http_url;
    char *http_realm;     /* NULL: any */
    int64_t http_schemes; /* set of enum http_scheme */
    struct list accepted; /* statuses, numbers in text */
    struct list refused;
    char *bearer_username; /* NULL: tokens go as Bearer */
    char *user_from;       /* "header:NAME" or "json:/POINTER"; NULL: none */

    /* The way there. */
    char *proxy; /* http://, https:// or socks5h://HOST:PORT; NULL: none */
    char *proxy_user;
    char *proxy_password_file;
    char *proxy_ca_file;
    int64_t proxy_schemes; /* set of enum http_scheme */
    struct list no_proxy;  /* hosts, .domains, networks */

    char *secret_file;            /* HS*: the key, raw bytes */
    struct list jwks_thumbprints; /* RFC 7638; empty: every key counts */

    /* [issuer local]: app passwords of this machine, hostpw/hostpw.h. */
    char *app_password_environment;     /* NULL: none */
    int64_t app_password_lifetime;      /* seconds, at most */
    int64_t app_password_self_lifetime; /* ... of those that users make */
    int64_t idp_seen_within;            /* seconds; 0: not asked */
};

/* [service NAME], with the defaults of [service *] filled in */
struct service_conf {
    char *name;
    struct list issuers;            /* empty = all but local */
    int64_t methods;                /* set of enum method; 0 = all */
    struct list require_scope;      /* all of them */
    struct list require_group;      /* any of them; GROUP or GROUP@ISSUER */
    struct list require_all_groups; /* all of them */
    struct list deny_group;
    struct list deny_user;
    struct list client_ids;  /* any of them */
    struct list require_acr; /* any of them */
    struct list require_amr; /* all of them */
    struct list networks;    /* CIDR; any of them */
    int64_t max_auth_age;    /* seconds since auth_time; 0: no rule */
    int64_t max_token_age;   /* seconds since iat; 0: no rule */
    int64_t max_lifetime;    /* seconds; exp - iat of people's tokens */
    int64_t extra_audiences; /* enum admission */
    int64_t replay;          /* enum admission */
    int64_t accept_login;    /* seconds since an open login began; 0: never */
    int64_t session_files;   /* set of enum session_file */
    struct list device_networks; /* CIDR; any of them, or no address */
};

/* The keyword of one method: "jwt"; "" for METHOD_NONE. */
const char *config_method_name(enum method);

struct config {
    char *file; /* the main file */
    char *dir;  /* its folder */
    struct daemon_conf daemon;
    struct issuer_conf *issuer; /* issuers of them; [issuer *] is not one */
    size_t issuers;
    struct service_conf *service; /* services of them, without [service *] */
    size_t services;
    struct users_map *map;     /* never NULL */
    struct list files;         /* every file that was read, in order */
    uint64_t fingerprint;      /* of their names and texts (hash.h) */
    struct settings *settings; /* where each value was written; this room's */
};

/* Where to look: --config F means F and F.d only. */
enum config_scope { CONFIG_ALL_LAYERS, CONFIG_FILE_ONLY };

enum config_result {
    CONFIG_OK,
    CONFIG_ABSENT, /* the main file does not exist, nor any other layer */
    CONFIG_BROKEN  /* unreadable or refused: see the complaints */
};

/*
 * Reads and checks everything.  Every fault is reported as one line
 * "FILE:LINE: text" in `complaints` (bounded; lines end in '\n'), not only
 * the first.  On CONFIG_OK `*out` is the caller's to config_free().
 */
enum config_result config_load(const char *file, enum config_scope,
                               struct config **out, struct buffer *complaints);
void config_free(struct config *);

/* Exact match, NULL when there is none (and then the service is refused). */
const struct service_conf *config_service(const struct config *,
                                          struct span name);
const struct issuer_conf *config_issuer(const struct config *,
                                        struct span name);

/* May this issuer speak for that local user (`users =`, users.map)? */
bool config_speaks_for(const struct config *, const struct issuer_conf *,
                       struct span user);

/*
 * The one method that a credential of that shape goes to, METHOD_NONE when the
 * issuer takes none: `http` takes what no other method does.
 */
enum method config_token_method(const struct issuer_conf *);
enum method config_password_method(const struct issuer_conf *);

/* What has to be there, configured or discovered: keys, because something
 * that the issuer signed is verified here; the introspection endpoint; the
 * token endpoint. */
bool config_needs_keys(const struct issuer_conf *);
bool config_introspects(const struct issuer_conf *);
bool config_exchanges(const struct issuer_conf *);
bool config_asks_devices(const struct issuer_conf *);
/* Is the metadata of the issuer asked for any of them?  Never where its keys
 * are configured. */
bool config_discovers(const struct issuer_conf *);

/* Any issuer that is not the local one, or the local one itself. */
bool config_service_admits_issuer(const struct service_conf *,
                                  const struct issuer_conf *);

/*
 * A group as a rule names it, GROUP or GROUP@ISSUER: split at the last '@'
 * if what follows could be the name of a section (1 to 64 bytes of A-Z a-z
 * 0-9 . _ -); otherwise all of it is the group and `issuer` is empty.  Loading
 * has made sure that a suffix of that form names an issuer that the service
 * admits: a group "staff@example.org" must be written with its issuer behind
 * it.  False when there is no group in front of the '@' (never, in a loaded
 * configuration).
 */
bool config_group_split(struct span written, struct span *group,
                        struct span *issuer);

/* Is (uid, service) one of trusted_callers? */
bool config_trusts_caller(const struct config *, uid_t, struct span service);

/*
 * One issuer's section, and its lines of users.map, in a canonical text: two
 * configurations give the same text exactly if every verdict of that issuer
 * stays good across the change.
 */
bool config_issuer_canonical(const struct config *, const struct issuer_conf *,
                             struct buffer *out);

/* The effective configuration as `httpauthctl config show` prints it: INI
 * that loads again to the same, defaults included and marked, secrets none. */
bool config_show(const struct config *, struct buffer *out);

#endif
