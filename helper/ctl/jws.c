/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/jws.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/buffer.h"
#include "helper/base/erase.h"
#include "helper/base/limits.h"
#include "helper/ctl/args.h"
#include "helper/ctl/credential.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/out.h"
#include "helper/jose/jws.h"

static const char usage[] =
    "usage: httpauthctl jws --jwks FILE [--algorithms LIST] < TOKEN\n"
    "\n"
    "Verifies a compact JWS and writes its payload.\n"
    "\n"
    "  --jwks FILE        a JWK set or one JWK; may hold oct keys and private\n"
    "                     members\n"
    "  --algorithms LIST  separated by commas; default: RS256 RS384 RS512\n"
    "                     PS256 PS384 PS512 ES256 ES384 ES512 EdDSA, and\n"
    "                     HS256 HS384 HS512 if FILE holds oct keys\n"
    "\n"
    "Exit status: 0 verified, 1 refused, 2 wrong command line, 3 FILE cannot\n"
    "be read or is no JSON.\n";

/* Up to the buffer's cap: what is beyond makes it fail, and reading ends. */
static bool
read_file(const char *path, struct buffer *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char part[4096];
    ssize_t n = -1;

    if (fd < 0)
        return false;
    do {
        n = read(fd, part, sizeof(part));
        if (n > 0 && !buffer_add(out, part, (size_t)n))
            break;
    } while (n > 0 || (n < 0 && errno == EINTR));
    erase(part, sizeof(part));
    close(fd);
    return n >= 0;
}

/* Any JSON at all?  A file that is none is the caller's mistake; one that
 * merely holds no key that may be used gets the answer "refused". */
static bool
is_json(struct span text)
{
    json_t *value =
        json_loadb(text.data, text.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    bool is = value != NULL;

    json_decref(value);
    return is;
}

static enum ctl_status
read_keys(const char *path, struct jwks **set)
{
    struct buffer text = BUFFER_INIT(LIMIT_JWKS_BYTES);
    enum ctl_status status = CTL_UNJUDGED;
    struct jwks_report report;

    if (!read_file(path, &text)) {
        out_error("cannot read %s: %s", path, strerror(errno));
        goto done;
    }
    if (text.failed) {
        out_error("%s is larger than %d KiB", path, LIMIT_JWKS_BYTES / 1024);
        status = CTL_REFUSED;
        goto done;
    }
    *set = jwks_load(buffer_span(&text), JWK_SECRETS_TOO, true, &report);
    if (*set != NULL) {
        status = CTL_DONE;
    } else if (is_json(buffer_span(&text))) {
        out_error("no usable key in %s: %s", path, report.problem);
        status = CTL_REFUSED;
    } else {
        out_error("%s is not JSON; a JWK set or a JWK is wanted", path);
    }

done:
    buffer_free(&text);
    return status;
}

/* HS* only where there is a secret to use it with. */
static uint32_t
default_algorithms(const struct jwks *set)
{
    uint32_t algs = ALG_SET_PUBLIC;

    for (size_t i = 0; i < set->count; i++)
        if (set->key[i]->secret != NULL)
            algs |= ALG_SET_HMAC;
    return algs;
}

static enum ctl_status
write_payload(struct span payload)
{
    if (payload.len > 0)
        (void)fwrite(payload.data, 1, payload.len, stdout);
    return out_finish() ? CTL_DONE : CTL_UNJUDGED;
}

static enum ctl_status
verify(struct span token, uint32_t algs, const struct jwks *set)
{
    enum ctl_status status = CTL_REFUSED;
    struct jws jws;
    enum reason reason = jws_parse(token, algs, &jws, NULL);

    if (reason == REASON_ACCEPTED)
        reason = jws_verify(&jws, set, NULL);
    if (reason == REASON_ACCEPTED)
        status = write_payload(jws.payload);
    else
        out_error("refused: %s: %s", reason_name(reason), reason_text(reason));
    jws_clear(&jws);
    return status;
}

static enum ctl_status
run(const char *file, const char *algorithms, uint32_t algs)
{
    struct buffer token = CREDENTIAL_BUFFER;
    struct jwks *set = NULL;
    enum ctl_status status = read_keys(file, &set);

    if (status != CTL_DONE)
        goto done;
    if (!credential_read(STDIN_FILENO, &token)) {
        out_error("cannot read the token: %s", strerror(errno));
        status = CTL_UNJUDGED;
        goto done;
    }
    status = verify(buffer_span(&token),
                    algorithms == NULL ? default_algorithms(set) : algs, set);

done:
    jwks_free(set);
    buffer_free(&token);
    return status;
}

int
ctl_jws(int argc, char **argv)
{
    const char *file = NULL, *algorithms = NULL;
    uint32_t algs = 0;
    bool help = false;
    const struct arg args[] = {{"jwks", &file, NULL, NULL},
                               {"algorithms", &algorithms, NULL, NULL},
                               {"help", NULL, &help, NULL},
                               {NULL, NULL, NULL, NULL}};

    if (!args_parse(argc, argv, args, NULL))
        return CTL_USAGE;
    if (help) {
        (void)fputs(usage, stdout);
        return out_finish() ? CTL_DONE : CTL_UNJUDGED;
    }
    if (file == NULL)
        return out_usage("--jwks FILE is missing");
    if (algorithms != NULL && !alg_set_parse(algorithms, &algs))
        return out_usage("not a list of algorithms: %s", algorithms);
    return (int)run(file, algorithms, algs);
}
