/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/jws.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/buffer.h"
#include "helper/base/limits.h"
#include "helper/jose/jws.h"

enum exit_status {
    EXIT_VERIFIED = 0,
    EXIT_REFUSED = 1,
    EXIT_USAGE = 2,
    EXIT_NO_VERDICT = 3
};

struct options {
    const char *jwks;
    const char *algorithms; /* NULL: the default */
    uint32_t algs;
};

static const char usage[] =
    "usage: httpauthctl jws --jwks FILE [--algorithms LIST] < TOKEN\n"
    "\n"
    "Verifies a compact JWS and writes its payload.\n"
    "\n"
    "  --jwks FILE         a JWK set or one JWK; may hold oct keys and "
    "private\n"
    "                      members\n"
    "  --algorithms LIST   separated by commas; default: RS256 RS384 RS512\n"
    "                      PS256 PS384 PS512 ES256 ES384 ES512 EdDSA, and\n"
    "                      HS256 HS384 HS512 if FILE holds oct keys\n"
    "\n"
    "Exit status: 0 verified, 1 refused, 2 wrong command line, 3 FILE cannot\n"
    "be read or is no JSON.\n";

static enum exit_status
complain(enum exit_status status, const char *what, const char *why)
{
    fprintf(stderr, "httpauthctl jws: %s%s%s\n", what, why == NULL ? "" : ": ",
            why == NULL ? "" : why);
    if (status == EXIT_USAGE)
        fputs("Try 'httpauthctl jws --help'.\n", stderr);
    return status;
}

/* EXIT_VERIFIED when there is something to do; --help has been answered when
 * `options->jwks` is still NULL then. */
static enum exit_status
read_options(int argc, char **argv, struct options *options)
{
    static const struct option longs[] = {
        {"jwks", required_argument, NULL, 'j'},
        {"algorithms", required_argument, NULL, 'a'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int option;

    optind = 0; /* main() has used getopt before */
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
        if (option == 'h') {
            fputs(usage, stdout);
            options->jwks = NULL;
            return EXIT_VERIFIED;
        }
        if (option == 'j')
            options->jwks = optarg;
        else if (option == 'a')
            options->algorithms = optarg;
        else
            return complain(EXIT_USAGE,
                            option == ':' ? "an argument is missing"
                                          : "unknown option",
                            argv[optind - 1]);
    }
    if (optind != argc)
        return complain(EXIT_USAGE, "unexpected argument", argv[optind]);
    if (options->jwks == NULL)
        return complain(EXIT_USAGE, "--jwks FILE is required", NULL);
    if (options->algorithms != NULL &&
        !alg_set_parse(options->algorithms, &options->algs))
        return complain(EXIT_USAGE, "--algorithms: not a list of algorithms",
                        options->algorithms);
    return EXIT_VERIFIED;
}

/* Up to the buffer's cap; what is beyond makes it fail, and reading ends. */
static bool
read_all(int fd, struct buffer *out)
{
    char chunk[16384];
    ssize_t got;

    do {
        got = read(fd, chunk, sizeof(chunk));
        if (got < 0 && errno == EINTR)
            continue;
        if (got > 0 && !buffer_add(out, chunk, (size_t)got))
            break;
    } while (got != 0 && !(got < 0 && errno != EINTR));
    explicit_bzero(chunk, sizeof(chunk));
    return got >= 0;
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

static enum exit_status
read_keys(const char *path, struct jwks **set)
{
    struct buffer text = BUFFER_INIT(LIMIT_JWKS_BYTES);
    enum exit_status status = EXIT_NO_VERDICT;
    struct jwks_report report;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0 || !read_all(fd, &text)) {
        complain(status, path, strerror(errno));
        goto done;
    }
    if (text.failed) {
        status = complain(EXIT_REFUSED, path, "larger than 512 KiB");
        goto done;
    }
    *set = jwks_load(buffer_span(&text), JWK_SECRETS_TOO, true, &report);
    if (*set != NULL)
        status = EXIT_VERIFIED;
    else if (is_json(buffer_span(&text)))
        status = complain(EXIT_REFUSED, "no usable key", report.problem);
    else
        complain(status, path, "not JSON");

done:
    buffer_free(&text);
    if (fd >= 0)
        close(fd);
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

/* One trailing newline is what echo and editors add; nothing else is
 * forgiven. */
static enum exit_status
read_token(struct buffer *token)
{
    if (!read_all(STDIN_FILENO, token))
        return complain(EXIT_NO_VERDICT, "standard input", strerror(errno));
    if (token->failed)
        return complain(EXIT_REFUSED, reason_name(REASON_SIZE),
                        reason_text(REASON_SIZE));
    if (token->len > 0 && token->data[token->len - 1] == '\n')
        token->len--;
    return EXIT_VERIFIED;
}

static enum exit_status
verify(struct span token, uint32_t algs, const struct jwks *set)
{
    enum exit_status status = EXIT_REFUSED;
    struct jws jws;
    enum reason reason = jws_parse(token, algs, &jws, NULL);

    if (reason == REASON_ACCEPTED)
        reason = jws_verify(&jws, set, NULL);
    if (reason != REASON_ACCEPTED)
        complain(status, reason_name(reason), reason_text(reason));
    else if (fwrite(jws.payload.data, 1, jws.payload.len, stdout) !=
                 jws.payload.len ||
             fflush(stdout) != 0)
        status = complain(EXIT_NO_VERDICT, "standard output", strerror(errno));
    else
        status = EXIT_VERIFIED;
    jws_clear(&jws);
    return status;
}

int
ctl_jws(int argc, char **argv)
{
    struct buffer token = BUFFER_INIT(LIMIT_CREDENTIAL + 1);
    struct options options = {0};
    struct jwks *set = NULL;
    enum exit_status status = read_options(argc, argv, &options);

    if (status != EXIT_VERIFIED || options.jwks == NULL)
        goto done;
    status = read_keys(options.jwks, &set);
    if (status != EXIT_VERIFIED)
        goto done;
    if (options.algorithms == NULL)
        options.algs = default_algorithms(set);
    status = read_token(&token);
    if (status == EXIT_VERIFIED)
        status = verify(buffer_span(&token), options.algs, set);

done:
    jwks_free(set);
    buffer_free(&token);
    return (int)status;
}
