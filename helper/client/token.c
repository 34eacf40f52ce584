/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * httpauth-token: gets an access token for a person by a login in the browser,
 * keeps what renews it, and prints it on demand.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "config.h"
#include "helper/base/clock.h"
#include "helper/base/text.h"
#include "helper/client/check.h"
#include "helper/client/provider.h"
#include "helper/client/say.h"
#include "helper/client/source.h"
#include "helper/client/token.h"
#include "helper/jose/json.h"

/* A token that expires within a minute is renewed first. */
#define MARGIN_S 60

/* From then on `print` begins no renewal: httpauth-askpass would end it in the
 * midst, and with it a refresh token that the provider has just replaced. */
#define RENEWAL_MS (SOURCE_COMMAND_MS - WEB_ASK_MS - 2000)

static const char usage[] =
    "Usage: httpauth-token login ISSUER [OPTION ...]\n"
    "       httpauth-token print [ISSUER]\n"
    "       httpauth-token list\n"
    "       httpauth-token logout [ISSUER]\n"
    "       httpauth-token check [USER@]HOST\n"
    "\n"
    "  login   log in at a provider, in the browser\n"
    "  print   print the access token, renewed where that is due\n"
    "  list    show where you are logged in\n"
    "  logout  revoke the tokens and forget them\n"
    "  check   show which token httpauth-askpass would send to a host\n"
    "\n"
    "Options of login; what is not given is as it was the last time:\n"
    "  --client-id ID   the client at the provider (" TOKEN_CLIENT_ID ")\n"
    "  --scope SCOPES   what to ask for (" TOKEN_SCOPE ")\n"
    "  --resource URI   for which server the token is to be (RFC 8707)\n"
    "  --ca-file FILE   certificate authorities of the provider\n"
    "  --device         confirm it on another device (RFC 8628)\n"
    "  --port PORT      of 127.0.0.1, where the browser comes back; any\n"
    "  --keyring        keep the tokens in the keyring of the desktop\n"
    "\n"
    "See httpauth-token(1).\n";

static int
wrong_usage(void)
{
    (void)fputs(usage, stderr);
    return TOKEN_USAGE;
}

/* --- which one is meant --- */

/* The one that is named, or the only one. */
static int
choose(const char *named, struct list *issuers, const char **issuer)
{
    *issuer = named;
    if (named != NULL)
        return TOKEN_DONE;
    if (!saved_issuers(issuers))
        return TOKEN_UNKNOWN;
    if (issuers->count == 1) {
        *issuer = issuers->item[0];
        return TOKEN_DONE;
    }
    if (issuers->count == 0) {
        say("you are logged in nowhere: httpauth-token login ISSUER");
        return TOKEN_REFUSED;
    }
    say("you are logged in at several; name one:");
    for (size_t i = 0; i < issuers->count; i++)
        (void)fprintf(stderr, "    %s\n", issuers->item[i]);
    return TOKEN_USAGE;
}

static int
load(const char *issuer, int64_t until_ms, struct saved *saved)
{
    switch (saved_load(issuer, until_ms, saved)) {
    case SAVED_FOUND:
        return TOKEN_DONE;
    case SAVED_NONE:
        say("you are not logged in at %s: httpauth-token login %s", issuer,
            issuer);
        return TOKEN_REFUSED;
    case SAVED_FAULT:
        break;
    }
    return TOKEN_UNKNOWN;
}

static int
load_with_secrets(const char *issuer, int64_t until_ms, struct saved *saved)
{
    int status = load(issuer, until_ms, saved);

    if (status == TOKEN_DONE && !saved_take_secrets(saved))
        status = TOKEN_UNKNOWN;
    return status;
}

/* --- print --- */

/* httpauth-askpass asks for the second and later parts of a token that it has
 * begun to send. */
static bool
is_good(const struct saved *saved)
{
    return provider_left(saved) > (getenv("HTTPAUTH_OFFSET") ? 0 : MARGIN_S);
}

static enum reason
renew(struct saved *saved, int64_t until_ms)
{
    const char *issuer = saved_text(saved, "issuer");
    enum reason reason = REASON_PROVIDER;
    struct web web;

    if (saved_text(saved, "refresh_token") == NULL) {
        if (provider_left(saved) > 0)
            return REASON_ACCEPTED;
        say("the token has expired: httpauth-token login %s", issuer);
        return REASON_DENIED;
    }
    if (clock_boot_ms() > until_ms) {
        say("there is no time left to renew the token");
        return REASON_TIMEOUT;
    }
    if (web_open(&web, saved_text(saved, "ca_file"))) {
        reason = provider_renew(&web, saved);
        web_close(&web);
    }
    /* Told; the token itself is good. */
    if (reason == REASON_ACCEPTED)
        (void)saved_store(saved);
    if (reason == REASON_DENIED)
        say("the login is over: httpauth-token login %s", issuer);
    return reason;
}

/* The lock is for those who renew it, and what another one has renewed
 * meanwhile is there then. */
static int
make_good(const char *issuer, int64_t until_ms, struct saved *saved)
{
    struct saved held;
    int status = load_with_secrets(issuer, until_ms, &held);

    if (status == TOKEN_DONE) {
        saved_clear(saved);
        *saved = held;
        if (!is_good(saved))
            status = token_status(renew(saved, until_ms));
    } else {
        saved_clear(&held);
    }
    /* What is there may last until the lock is free, or the provider answers
     * again. */
    if (status == TOKEN_UNKNOWN && provider_left(saved) > 0)
        status = TOKEN_DONE;
    return status;
}

static int
print(const struct saved *saved)
{
    const char *token = saved_text(saved, "access_token");

    if (token != NULL && puts(token) >= 0 && fflush(stdout) == 0)
        return TOKEN_DONE;
    say("standard output: %s", strerror(errno));
    return TOKEN_UNKNOWN;
}

static int
print_of(const char *issuer)
{
    const int64_t until_ms = clock_boot_ms() + RENEWAL_MS;
    struct saved saved;
    int status = load_with_secrets(issuer, 0, &saved);

    if (status == TOKEN_DONE && !is_good(&saved))
        status = make_good(issuer, until_ms, &saved);
    if (status == TOKEN_DONE)
        status = print(&saved);
    saved_clear(&saved);
    return status;
}

static int
command_print(const char *named)
{
    struct list issuers = {0};
    const char *issuer;
    int status = choose(named, &issuers, &issuer);

    if (status == TOKEN_DONE)
        status = print_of(issuer);
    list_clear(&issuers);
    return status;
}

/* --- list --- */

static void
list_one(const char *issuer)
{
    struct saved saved;
    char lasts[64] = "expired";
    int64_t left;

    if (saved_load(issuer, 0, &saved) == SAVED_FOUND) {
        left = saved_left(&saved);
        if (left > 0)
            (void)text_age(left, lasts, sizeof(lasts));
        printf("%-12s %-8s %-8s %s\n", lasts,
               json_is_true(json_object_get(saved.root, "renewable")) ? "yes"
                                                                      : "no",
               json_is_true(json_object_get(saved.root, "keyring")) ? "keyring"
                                                                    : "file",
               issuer);
    }
    saved_clear(&saved);
}

static int
command_list(void)
{
    struct list issuers = {0};
    bool done = saved_issuers(&issuers);

    if (issuers.count > 0)
        printf("%-12s %-8s %-8s %s\n", "GOOD FOR", "RENEWED", "KEPT IN",
               "ISSUER");
    for (size_t i = 0; i < issuers.count; i++)
        list_one(issuers.item[i]);
    if (done && issuers.count == 0)
        say("you are logged in nowhere");
    list_clear(&issuers);
    return done ? TOKEN_DONE : TOKEN_UNKNOWN;
}

/* --- logout --- */

static int
logout_of(const char *issuer)
{
    struct saved saved;
    struct web web;
    bool revoked = false;
    int status = load(issuer, clock_boot_ms() + SAVED_LOCK_MS, &saved);

    /* What the keyring has lost is forgotten all the same. */
    if (status == TOKEN_DONE && saved_take_secrets(&saved) &&
        web_open(&web, saved_text(&saved, "ca_file"))) {
        revoked = provider_revoke(&web, &saved);
        web_close(&web);
    }
    if (status == TOKEN_DONE && !saved_remove(&saved))
        status = TOKEN_UNKNOWN;
    if (status == TOKEN_DONE && revoked)
        say("logged out at %s", issuer);
    if (status == TOKEN_DONE && !revoked) {
        say("forgotten here, but not revoked: %s honours the tokens until they "
            "expire",
            issuer);
        status = TOKEN_UNKNOWN;
    }
    saved_clear(&saved);
    return status;
}

static int
command_logout(const char *named)
{
    struct list issuers = {0};
    const char *issuer;
    int status = choose(named, &issuers, &issuer);

    if (status == TOKEN_DONE)
        status = logout_of(issuer);
    list_clear(&issuers);
    return status;
}

/* --- the whole --- */

static int
command_login(int argc, char **argv)
{
    int status = token_login(argc, argv);

    return status == TOKEN_USAGE ? wrong_usage() : status;
}

static int
run(int argc, char **argv)
{
    const char *command = argv[1], *argument = argc > 2 ? argv[2] : NULL;

    if (strcmp(command, "login") == 0)
        return command_login(argc - 1, argv + 1);
    if (argument != NULL && argument[0] == '-')
        return wrong_usage();
    if (strcmp(command, "print") == 0 && argc <= 3)
        return command_print(argument);
    if (strcmp(command, "list") == 0 && argc == 2)
        return command_list();
    if (strcmp(command, "logout") == 0 && argc <= 3)
        return command_logout(argument);
    if (strcmp(command, "check") == 0 && argc == 3)
        return check_destination(argument);
    return wrong_usage();
}

int
main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return puts("httpauth-token " PACKAGE_VERSION) < 0;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(usage, stdout) < 0;
    if (argc < 2)
        return wrong_usage();
    /* Secrets of ours are in no core file and no other process's reach; what
     * we begin may have its own. */
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)signal(SIGPIPE, SIG_IGN);
    json_erase_on_free();
    return run(argc, argv);
}
