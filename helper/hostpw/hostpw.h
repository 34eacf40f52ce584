/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * App passwords of this machine (method host-password): their form, the files
 * that hold them, and the compare.  They belong to the local issuer.
 *
 *   hap_ID_SECRETCHECK            or, with app_password_environment = prod,
 *   hap_prod_ID_SECRETCHECK
 *
 * ID is 12 characters and names the file; SECRET is 160 random bits, CHECK a
 * checksum, so that a damaged one is refused without a look-up and secret
 * scanners find no false ones.  Alphabet: Crockford's base32 in lower case,
 * no padding, of one length.
 *
 * STATE_DIR/app-passwords/ID.json, 0600, one per key: never the secret, but
 * SHA-256("pam_httpauth app password v1" NUL ID NUL SECRET).  (A slow hash
 * protects guessable secrets; 160 random bits are not, and it would be a
 * lever for flooding.)  Files are written whole (temporary name, fsync,
 * rename) and looked for again when the folder changes, so that configuration
 * management may drop them in: owner root or the helper's user, no link,
 * not writable by others.
 */
#ifndef HELPER_HOSTPW_HOSTPW_H
#define HELPER_HOSTPW_HOSTPW_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "helper/base/buffer.h"
#include "helper/base/list.h"
#include "helper/base/reason.h"
#include "helper/base/span.h"
#include "helper/base/trace.h"

#define HOSTPW_ID_LEN 12
#define HOSTPW_HASH_LEN 32
#define HOSTPW_TEXT_MAX 96 /* bytes of the whole password, the end included */
#define HOSTPW_KEYS_MAX 10000
#define HOSTPW_PER_USER 50

/* What a file says. */
struct hostpw {
    char id[HOSTPW_ID_LEN + 1];
    char user[33];
    char name[65]; /* for people: "backup job" */
    unsigned char hash[HOSTPW_HASH_LEN];
    struct list services; /* empty: whatever the [service] sections admit */
    struct list scopes;
    struct list hosts;        /* host names; empty: every host with the file */
    struct list networks;     /* CIDR; empty: from everywhere */
    int64_t created, expires; /* wall clock */
    bool self_made;           /* by the user and not by root */
    /* Not in its file but in `used`: */
    int64_t last_used;     /* 0: never */
    char last_service[65]; /* that asked then ... */
    char last_from[65];    /* ... from where; escaped, cut */
};

struct hostpws;

/* Reads all of them.  The folder is made (0700) when it is not there; one
 * that cannot be read gives an empty set and a complaint in the log. */
struct hostpws *hostpws_open(const char *state_dir);
/* Writes what is unwritten of last uses. */
void hostpws_free(struct hostpws *);

struct hostpw_question {
    struct span credential;  /* begins with "hap_" */
    const char *environment; /* or NULL */
    struct span user, service, rhost;
    const char *host;
    int64_t wall;
    struct trace *trace; /* not NULL: no last use is recorded */
};
/*
 * REASON_ACCEPTED with *out valid until the loop runs again; REASON_FORM (no
 * whole app password of this environment; nothing was compared),
 * REASON_PASSWORD (unknown id, wrong secret or another user's: the same
 * work), REASON_EXPIRED, REASON_PASSWORD_RULE.  *out is also set with the
 * last two.
 */
enum reason hostpws_check(struct hostpws *, const struct hostpw_question *,
                          const struct hostpw **out);

struct hostpw_order { /* what a new one is to be */
    struct span user, name;
    struct list services, scopes, hosts, networks;
    int64_t lifetime; /* seconds */
    bool self_made;
};
/* Makes one, writes it, and gives the only copy of its text in `secret`.
 * False with a sentence in `why`. */
bool hostpws_create(struct hostpws *, const struct hostpw_order *,
                    const char *environment, int64_t wall,
                    struct buffer *secret, char id[HOSTPW_ID_LEN + 1],
                    struct buffer *why);
/* Removes the file, durably.  False when there is none or it cannot be. */
bool hostpws_revoke(struct hostpws *, struct span id, struct buffer *why);
/* A second one like it, with its own end; the old one ends after `overlap`
 * seconds, or earlier by itself. */
bool hostpws_rotate(struct hostpws *, struct span id, int64_t overlap,
                    int64_t lifetime, const char *environment, int64_t wall,
                    struct buffer *secret, char new_id[HOSTPW_ID_LEN + 1],
                    struct buffer *why);

const struct hostpw *hostpws_find(struct hostpws *, struct span id);
/* What may be shown of one: all but the hash.  A new reference or NULL. */
json_t *hostpw_show(const struct hostpw *);
/* An array of objects, no hashes: of one user, or of all when it is empty. */
json_t *hostpws_list(struct hostpws *, struct span user);
size_t hostpws_count(const struct hostpws *);

#endif
