/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/client/loopback.h"
#include "helper/client/obtain.h"
#include "helper/client/say.h"
#include "helper/http/form.h"
#include "helper/jose/base64url.h"

#define WAIT_MS (5 * 60 * 1000)
#define SECRET_LEN 32
#define SECRET_TEXT BASE64URL_ENCODED(SECRET_LEN)
#define ADDRESS_MAX 8192
#define CODE_MAX 4096

struct attempt {
    char login[sizeof(REDIRECT_LOGIN) + SECRET_TEXT];
    char state[SECRET_TEXT];
    char verifier[SECRET_TEXT];  /* RFC 7636 section 4.1 */
    char challenge[SECRET_TEXT]; /* of method S256 */
    char path[REDIRECT_PATH_SIZE];
    char redirect[64]; /* at the port */
    char first[128];   /* likewise: where the browser begins */
};

/* --- the address of the login --- */

static bool
random_text(char out[SECRET_TEXT])
{
    unsigned char bytes[SECRET_LEN];
    bool done = RAND_bytes(bytes, sizeof(bytes)) == 1;

    if (done)
        (void)base64url_encode(bytes, sizeof(bytes), out);
    erase(bytes, sizeof(bytes));
    return done;
}

static bool
prepare(struct attempt *attempt, const char *issuer, uint16_t port)
{
    unsigned char digest[SECRET_LEN];

    memcpy(attempt->login, REDIRECT_LOGIN, sizeof(REDIRECT_LOGIN));
    if (!random_text(attempt->login + strlen(REDIRECT_LOGIN)) ||
        !random_text(attempt->state) || !random_text(attempt->verifier) ||
        EVP_Digest(attempt->verifier, strlen(attempt->verifier), digest, NULL,
                   EVP_sha256(), NULL) != 1 ||
        !redirect_path(issuer, attempt->path)) {
        say("OpenSSL gives no random bytes or no hash");
        return false;
    }
    (void)base64url_encode(digest, sizeof(digest), attempt->challenge);
    (void)snprintf(attempt->first, sizeof(attempt->first),
                   "http://127.0.0.1:%" PRIu16 "%s", port, attempt->login);
    (void)snprintf(attempt->redirect, sizeof(attempt->redirect),
                   "http://127.0.0.1:%" PRIu16 "%s", port, attempt->path);
    return true;
}

static bool
put_address(const struct attempt *attempt, const char *endpoint,
            const struct saved *saved, struct buffer *out)
{
    struct buffer form = BUFFER_INIT(ADDRESS_MAX);
    const char *scope = saved_text(saved, "scope");
    bool done;

    form_add(&form, "response_type", span_of("code"));
    provider_login_form(saved, &form);
    /* OpenID Connect Core section 11. */
    if (scope != NULL && strstr(scope, "offline_access") != NULL)
        form_add(&form, "prompt", span_of("consent"));
    form_add(&form, "redirect_uri", span_of(attempt->redirect));
    form_add(&form, "state", span_of(attempt->state));
    form_add(&form, "code_challenge", span_of(attempt->challenge));
    form_add(&form, "code_challenge_method", span_of("S256"));
    buffer_printf(out, "%s%c", endpoint, strchr(endpoint, '?') ? '&' : '?');
    done = !form.failed && buffer_add(out, form.data, form.len);
    buffer_free(&form);
    if (!done)
        say("the address of the login is too long");
    return done;
}

/* --- the browser --- */

bool
obtain_has_browser(void)
{
    static const char *const variables[] = {"BROWSER", "DISPLAY",
                                            "WAYLAND_DISPLAY"};

    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        const char *value = getenv(variables[i]);

        if (value != NULL && *value != '\0')
            return true;
    }
    return false;
}

/* Left alone: the terminal shows the address too. */
static void
begin_browser(const char *address)
{
    const char *program = getenv("BROWSER");
    pid_t child;

    if (program == NULL || *program == '\0')
        program = "xdg-open";
    child = fork();
    if (child != 0)
        return;
    (void)signal(SIGPIPE, SIG_DFL); /* only ours ignore it */
    if (setsid() >= 0) {
        int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

        if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
            dup2(nothing, STDOUT_FILENO) >= 0 &&
            dup2(nothing, STDERR_FILENO) >= 0)
            execlp(program, program, address, (char *)NULL);
    }
    _exit(127);
}

/* --- the whole --- */

static enum reason
exchange(struct web *web, struct saved *saved, const struct attempt *attempt,
         const struct buffer *code)
{
    struct buffer form = BUFFER_INIT(3 * (size_t)CODE_MAX + ADDRESS_MAX);
    enum reason reason;

    form_add(&form, "grant_type", span_of("authorization_code"));
    form_add(&form, "code", buffer_span(code));
    form_add(&form, "redirect_uri", span_of(attempt->redirect));
    form_add(&form, "code_verifier", span_of(attempt->verifier));
    provider_form(saved, &form);
    reason = provider_token(web, saved, &form, false);
    buffer_free(&form);
    return reason;
}

static enum reason
wait_and_exchange(struct web *web, const struct metadata *metadata,
                  int listener, struct saved *saved,
                  const struct attempt *attempt)
{
    const struct redirect_wanted wanted = {.login = attempt->login,
                                           .state = attempt->state,
                                           .path = attempt->path,
                                           .issuer =
                                               saved_text(saved, "issuer"),
                                           .says_iss = metadata->says_iss};
    struct buffer address = BUFFER_INIT(ADDRESS_MAX);
    struct buffer code = BUFFER_INIT(CODE_MAX);
    enum reason reason = REASON_PROVIDER;

    if (!put_address(attempt, metadata->authorization_endpoint, saved,
                     &address))
        goto done;
    (void)fprintf(stderr,
                  "To log in, open this address in a browser:\n\n%s\n\n"
                  "The provider must know the redirect http://127.0.0.1%s, "
                  "for any port.\n",
                  address.data, attempt->path);
    if (obtain_has_browser())
        begin_browser(attempt->first);
    reason = loopback_wait(listener, &wanted, address.data,
                           clock_boot_ms() + WAIT_MS, &code);
    if (reason == REASON_ACCEPTED)
        reason = exchange(web, saved, attempt, &code);
done:
    buffer_free(&code);
    buffer_free(&address);
    return reason;
}

enum reason
obtain_by_browser(struct web *web, const struct metadata *metadata,
                  uint16_t port, struct saved *saved)
{
    struct attempt attempt = {0};
    enum reason reason = REASON_PROVIDER;
    int listener;

    if (metadata->authorization_endpoint == NULL ||
        !fetch_url_ok(span_of(metadata->authorization_endpoint))) {
        say("the provider names no authorization_endpoint of https; try "
            "--device");
        return REASON_PROVIDER;
    }
    listener = loopback_listen(&port);
    if (listener < 0)
        return REASON_PROVIDER;
    if (prepare(&attempt, saved_text(saved, "issuer"), port))
        reason = wait_and_exchange(web, metadata, listener, saved, &attempt);
    (void)close(listener);
    erase(&attempt, sizeof(attempt));
    return reason;
}
