/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/clock.h"
#include "helper/base/text.h"
#include "helper/client/keyring.h"
#include "helper/client/obtain.h"
#include "helper/client/say.h"
#include "helper/client/token.h"

int
token_status(enum reason reason)
{
    if (reason == REASON_ACCEPTED)
        return TOKEN_DONE;
    return reason == REASON_DENIED ? TOKEN_REFUSED : TOKEN_UNKNOWN;
}

struct wishes {
    const char *client_id, *scope, *resource, *ca_file;
    bool device, keyring;
    uint16_t port;
};

static bool
take_port(const char *text, uint16_t *port)
{
    int64_t number;

    if (!text_number(text, UINT16_MAX, &number) || number == 0) {
        say("--port %s: is no port", text);
        return false;
    }
    *port = (uint16_t)number;
    return true;
}

static bool
take_wishes(int argc, char **argv, struct wishes *out)
{
    static const struct option options[] = {
        {"client-id", required_argument, NULL, 'i'},
        {"scope", required_argument, NULL, 's'},
        {"resource", required_argument, NULL, 'r'},
        {"ca-file", required_argument, NULL, 'c'},
        {"device", no_argument, NULL, 'd'},
        {"port", required_argument, NULL, 'p'},
        {"keyring", no_argument, NULL, 'k'},
        {NULL, 0, NULL, 0}};
    int found;

    while ((found = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (found) {
        case 'i':
            out->client_id = optarg;
            break;
        case 's':
            out->scope = optarg;
            break;
        case 'r':
            out->resource = optarg;
            break;
        case 'c':
            out->ca_file = optarg;
            break;
        case 'd':
            out->device = true;
            break;
        case 'k':
            out->keyring = true;
            break;
        case 'p':
            if (!take_port(optarg, &out->port))
                return false;
            break;
        default:
            return false;
        }
    }
    return argc - optind == 1;
}

static bool
wish(struct saved *saved, const char *name, const char *wanted,
     const char *otherwise)
{
    if (wanted == NULL && saved_text(saved, name) != NULL)
        return true;
    /* "" takes back what was given the last time. */
    if (wanted == NULL || *wanted == '\0')
        wanted = otherwise;
    return saved_set_text(
        saved, name, wanted != NULL ? span_of(wanted) : (struct span){NULL, 0});
}

static bool
add_wishes(struct saved *saved, const char *issuer, const struct wishes *w)
{
    char *file = w->ca_file != NULL && *w->ca_file != '\0'
                     ? realpath(w->ca_file, NULL)
                     : NULL;
    bool done;

    if (w->ca_file != NULL && *w->ca_file != '\0' && file == NULL) {
        say("%s: %s", w->ca_file, strerror(errno));
        return false;
    }
    done = saved_set_text(saved, "issuer", span_of(issuer)) &&
           wish(saved, "client_id", w->client_id, TOKEN_CLIENT_ID) &&
           wish(saved, "scope", w->scope, TOKEN_SCOPE) &&
           wish(saved, "resource", w->resource, NULL) &&
           wish(saved, "ca_file", file != NULL ? file : w->ca_file, NULL) &&
           (!w->keyring ||
            json_object_set_new(saved->root, "keyring", json_true()) == 0);
    free(file);
    if (!done)
        say("no memory, or an option that is no UTF-8");
    return done;
}

static bool
add_endpoints(struct saved *saved, const struct metadata *metadata)
{
    struct span revocation = span_of(metadata->revocation_endpoint);

    if (!fetch_url_ok(revocation))
        revocation = (struct span){NULL, 0};
    return saved_set_text(saved, "token_endpoint",
                          span_of(metadata->token_endpoint)) &&
           saved_set_text(saved, "revocation_endpoint", revocation);
}

static enum reason
obtain(struct web *web, const struct wishes *wishes, struct saved *saved)
{
    struct metadata metadata;
    enum reason reason = REASON_PROVIDER;

    if (provider_find(web, saved_text(saved, "issuer"), &metadata) &&
        add_endpoints(saved, &metadata)) {
        if (wishes->device || (!obtain_has_browser() && wishes->port == 0 &&
                               metadata.device_authorization_endpoint != NULL))
            reason = obtain_by_device(web, &metadata, saved);
        else
            reason = obtain_by_browser(web, &metadata, wishes->port, saved);
    }
    metadata_clear(&metadata);
    return reason;
}

/* Locked: a renewal or a logout that is under way does not win over it. */
static bool
store(struct saved *saved)
{
    struct saved held;
    bool done =
        saved_load(saved_text(saved, "issuer"), clock_boot_ms() + SAVED_LOCK_MS,
                   &held) != SAVED_FAULT &&
        saved_store(saved);

    saved_clear(&held);
    return done;
}

static void
tell_login(const struct saved *saved)
{
    char lasts[64];

    say("logged in at %s; the token is good for %s%s",
        saved_text(saved, "issuer"),
        text_age(provider_left(saved), lasts, sizeof(lasts)),
        saved_text(saved, "refresh_token") != NULL
            ? " and is renewed when it is printed"
            : " and cannot be renewed: the provider gave no refresh token");
}

int
token_login(int argc, char **argv)
{
    struct wishes wishes = {0};
    struct saved saved;
    struct web web;
    enum reason reason = REASON_PROVIDER;

    if (!take_wishes(argc, argv, &wishes))
        return TOKEN_USAGE;
    if (wishes.keyring && !keyring_is_built_in()) {
        say("this one was built without the keyring (--with-libsecret)");
        return TOKEN_USAGE;
    }
    switch (saved_load(argv[optind], 0, &saved)) {
    case SAVED_FOUND:
        /* What was there is not revoked: it may be in use until then. */
        (void)json_object_del(saved.root, "access_token");
        (void)json_object_del(saved.root, "refresh_token");
        break;
    case SAVED_NONE:
        saved.root = json_object();
        break;
    case SAVED_FAULT:
        saved_clear(&saved);
        return TOKEN_UNKNOWN;
    }
    if (saved.root != NULL && add_wishes(&saved, argv[optind], &wishes) &&
        web_open(&web, saved_text(&saved, "ca_file"))) {
        reason = obtain(&web, &wishes, &saved);
        web_close(&web);
    }
    if (reason == REASON_ACCEPTED && !store(&saved))
        reason = REASON_INTERNAL;
    if (reason == REASON_ACCEPTED)
        tell_login(&saved);
    saved_clear(&saved);
    return token_status(reason);
}
