/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `httpauthctl token mint`: a key to the house, so the log has who made it
 * for whom, and its jti; never the token.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/base/text.h"
#include "helper/conf/config.h"
#include "helper/conf/local.h"
#include "helper/conf/option.h"
#include "helper/conf/value.h"
#include "helper/ctl/args.h"
#include "helper/ctl/ask.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/keydir.h"
#include "helper/ctl/out.h"
#include "helper/ctl/payload.h"
#include "helper/ctl/sign.h"

#define COMPLAINTS_MAX 16384
#define IDENTIFIER_MAX 1024
#define TOKEN_MAX ((size_t)2 * PAYLOAD_MAX)
#define SSH_ANSWER_MAX 1023 /* what the stock client sends of an answer */
#define TELL_TIMEOUT_MS 1000

struct mint {
    const char *dir, *socket, *user, *ttl, *scope;
    struct args_many claims;
    struct payload payload;
    struct buffer issuer, audience; /* what payload points to */
};

/* --- who signs for whom: as the helper reads the configuration --- */

static bool
standard_audience(struct buffer *out)
{
    const struct option *option =
        option_find(SECTION_ISSUER, span_of("audience"));
    char host[256] = "";
    struct surroundings around = {"/", host};
    struct buffer why = BUFFER_INIT(IDENTIFIER_MAX);
    struct issuer_conf conf = {.name = NULL};
    bool done = false;

    if (gethostname(host, sizeof(host) - 1) == 0 && option != NULL &&
        value_take(option, span_of(local_standard(option)), &conf, &around,
                   &why) &&
        conf.audience.count > 0)
        done = buffer_text(out, conf.audience.item[0]);
    if (option != NULL)
        value_clear(option, &conf);
    buffer_free(&why);
    return done;
}

/* What [issuer local] says, where it can be read. */
static const struct issuer_conf *
configured(const char *dir, struct config **config)
{
    struct buffer complaints = BUFFER_INIT(COMPLAINTS_MAX);
    enum config_result result = CONFIG_BROKEN;
    const struct issuer_conf *local = NULL;
    char *file = NULL;

    *config = NULL;
    if (asprintf(&file, "%s/%s", dir, "httpauthd.conf") < 0)
        return NULL;
    result = config_load(file,
                         strcmp(dir, KEYDIR_STANDARD) == 0 ? CONFIG_ALL_LAYERS
                                                           : CONFIG_FILE_ONLY,
                         config, &complaints);
    if (result == CONFIG_BROKEN) {
        out_lines(buffer_span(&complaints));
        out_error("warning: %s is broken: taking the defaults for issuer and "
                  "audience",
                  file);
    }
    if (result == CONFIG_OK)
        local = config_issuer(*config, span_of(CONF_LOCAL_ISSUER));
    free(file);
    buffer_free(&complaints);
    return local;
}

static bool
identify(struct mint *m)
{
    struct config *config = NULL;
    const struct issuer_conf *local = configured(m->dir, &config);
    bool done;

    if (local != NULL && local->audience.count > 0)
        done = buffer_text(&m->issuer, local->issuer) &&
               buffer_text(&m->audience, local->audience.item[0]);
    else
        done = local_identifier(LOCAL_MACHINE_ID, &m->issuer) &&
               standard_audience(&m->audience);
    if (!done)
        out_error("this host has no machine id or no name; see "
                  "machine-id(5) and hostname(1)");
    m->payload.issuer = m->issuer.data;
    m->payload.audience = m->audience.data;
    config_free(config);
    return done;
}

/* --- the command line --- */

static bool
accept_claims(struct mint *m)
{
    m->payload.claims = json_object();
    for (size_t i = 0; i < m->claims.count; i++) {
        const char *claim = m->claims.item[i];
        const char *why = payload_add_claim(m->payload.claims, span_of(claim));

        if (why != NULL) {
            out_usage("--claim %.*s %s", (int)strcspn(claim, "="), claim, why);
            return false;
        }
    }
    return true;
}

static bool
accept_line(struct mint *m)
{
    const char *why;

    if (m->user == NULL) {
        out_usage("say who shall log in with it: --user USER");
        return false;
    }
    why = payload_check_user(span_of(m->user));
    if (why != NULL) {
        out_usage("--user %s %s", m->user, why);
        return false;
    }
    if (m->ttl != NULL && !text_duration(m->ttl, &m->payload.ttl)) {
        out_usage("--ttl %s is not a duration such as 90s, 10m, 1h", m->ttl);
        return false;
    }
    why = payload_check_ttl(m->payload.ttl);
    if (why != NULL) {
        out_usage("--ttl %s %s", m->ttl, why);
        return false;
    }
    why = m->scope != NULL ? payload_check_scope(span_of(m->scope)) : NULL;
    if (why != NULL) {
        out_usage("--scope %s", why);
        return false;
    }
    m->payload.user = m->user;
    m->payload.scope = m->scope;
    return accept_claims(m);
}

/* --- key, log, token --- */

static int
load_key(const char *path, struct sign_key *key)
{
    struct buffer pem = BUFFER_INIT(SIGN_PEM_MAX);
    struct keydir dir;
    bool absent = false;
    int fd = -1, status = CTL_UNJUDGED;

    if (!keydir_open(path, false, &dir))
        goto done;
    fd = keydir_open_file(&dir, KEYDIR_KEY, KEYDIR_SECRET, &absent);
    if (absent) {
        out_error("%s/%s: there is no such file", path, KEYDIR_KEY);
        (void)fprintf(stderr, "To make it: httpauthctl issuer init\n");
    }
    if (fd < 0 || !keydir_read_fd(&dir, KEYDIR_KEY, fd, &pem))
        goto done;
    if (sign_key_from_pem(buffer_span(&pem), key))
        status = CTL_DONE;
    else
        out_error("%s/%s is no Ed25519 key in PEM", path, KEYDIR_KEY);
done:
    if (fd >= 0)
        close(fd);
    keydir_close(&dir);
    buffer_free(&pem);
    return status;
}

/* The person behind sudo, where the kernel knows (pam_loginuid). */
static const char *
login_uid(char out[16])
{
    FILE *file = fopen("/proc/self/loginuid", "re");
    const char *found = "unset";
    int64_t uid;

    if (file == NULL)
        return found;
    if (fgets(out, 16, file) != NULL &&
        text_number(out, (int64_t)UINT32_MAX - 1, &uid))
        found = out;
    (void)fclose(file);
    return found;
}

/* Before the token is out.  syslog(3) cannot say whether anybody listens; the
 * helper, if it runs, writes a line of its own. */
static void
tell(const struct mint *m, const char *jti)
{
    char line[512], login[16];
    struct ask a = {
        .socket = m->socket,
        .question = {.operation = WIRE_OP_MINTED, .ms_left = TELL_TIMEOUT_MS}};

    snprintf(line, sizeof(line), "loginuid=%s user=%s ttl=%llds jti=%s",
             login_uid(login), m->user, (long long)m->payload.ttl, jti);
    openlog("httpauthctl", LOG_PID, LOG_AUTHPRIV);
    syslog(LOG_NOTICE, "minted a token: uid=%lu %s", (unsigned long)getuid(),
           line);
    closelog();
    a.question.argument = span_of(line);
    ask(&a);
    ask_clear(&a);
}

static bool
print_token(struct buffer *token)
{
    if (token->len > SSH_ANSWER_MAX)
        (void)fprintf(stderr,
                      "httpauthctl: warning: %zu bytes; ssh sends at most %d "
                      "of an answer, httpauth-askpass(1) all of it\n",
                      token->len, SSH_ANSWER_MAX);
    return buffer_text(token, "\n") && out_secret(buffer_span(token));
}

static int
mint(struct mint *m, const struct sign_key *key)
{
    struct buffer token = BUFFER_INIT(TOKEN_MAX);
    char jti[PAYLOAD_JTI_SIZE];
    int status = CTL_REFUSED;
    char *payload;

    m->payload.now = clock_wall();
    payload = payload_print(&m->payload, jti);
    if (payload == NULL) {
        out_error("the token would be too long, or there is no memory");
    } else if (!sign_jws(key, "at+jwt", span_of(payload), &token)) {
        out_error("cannot sign");
    } else {
        out_stranger(m->user);
        tell(m, jti);
        if (print_token(&token))
            status = CTL_DONE;
    }
    erase_free_text(payload);
    buffer_free(&token);
    return status;
}

int
ctl_token_mint(int argc, char **argv)
{
    struct mint m = {.payload = {.ttl = PAYLOAD_TTL_S},
                     .issuer = BUFFER_INIT(IDENTIFIER_MAX),
                     .audience = BUFFER_INIT(IDENTIFIER_MAX)};
    const struct arg args[] = {
        {.name = "user", .text = &m.user},
        {.name = "ttl", .text = &m.ttl},
        {.name = "scope", .text = &m.scope},
        {.name = "claim", .many = &m.claims},
        {.name = "dir", .text = &m.dir},
        {.name = "socket", .text = &m.socket},
        {.name = NULL},
    };
    struct sign_key key = {.key = NULL};
    int status = CTL_USAGE;

    if (!args_parse(argc, argv, args, NULL) || !accept_line(&m))
        goto done;
    if (m.dir == NULL)
        m.dir = KEYDIR_STANDARD;
    status = load_key(m.dir, &key);
    if (status != CTL_DONE)
        goto done;
    status = identify(&m) ? mint(&m, &key) : CTL_UNJUDGED;
done:
    sign_key_clear(&key);
    json_decref(m.payload.claims);
    buffer_free(&m.issuer);
    buffer_free(&m.audience);
    return status;
}
