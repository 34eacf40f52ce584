/* SPDX-License-Identifier: BSD-2-Clause */
/* `httpauthctl issuer init` and `issuer rotate`. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/ctl/args.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/keydir.h"
#include "helper/ctl/keyset.h"
#include "helper/ctl/out.h"
#include "helper/ctl/sign.h"
#include "helper/jose/json.h"

static bool
prepare_key(const struct keydir *dir, const struct sign_key *key)
{
    struct buffer pem = BUFFER_INIT(SIGN_PEM_MAX);
    bool done = false;

    if (sign_key_to_pem(key, &pem))
        done =
            keydir_prepare(dir, KEYDIR_KEY, KEYDIR_SECRET, buffer_span(&pem));
    else
        out_error("cannot write the key down: OpenSSL failed");
    buffer_free(&pem);
    return done;
}

static bool
prepare_set(const struct keydir *dir, const json_t *set)
{
    char *dump = json_dumps(set, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    struct buffer text = BUFFER_INIT(LIMIT_JWKS_BYTES);
    bool done = false;

    if (dump != NULL && buffer_printf(&text, "%s\n", dump))
        done =
            keydir_prepare(dir, KEYDIR_SET, KEYDIR_PUBLIC, buffer_span(&text));
    else
        out_error("out of memory");
    free(dump);
    buffer_free(&text);
    return done;
}

/* --- init --- */

static bool
is_free(const struct keydir *dir)
{
    if (keydir_has(dir, KEYDIR_KEY)) {
        out_error("%s/%s exists and is never overwritten", dir->path,
                  KEYDIR_KEY);
        (void)fprintf(stderr, "For a new key: httpauthctl issuer rotate\n");
        return false;
    }
    if (keydir_has(dir, KEYDIR_SET)) {
        out_error("%s/%s exists, but not its key %s", dir->path, KEYDIR_SET,
                  KEYDIR_KEY);
        (void)fprintf(stderr, "Nobody can sign for it: remove it, then try "
                              "again.\n");
        return false;
    }
    return true;
}

/* The key first: alone it vouches for nothing, and `rotate` completes it. */
static bool
put_first(const struct keydir *dir, const struct sign_key *key)
{
    json_t *set = keyset_new(key);
    bool done = false;

    if (prepare_set(dir, set)) {
        if (prepare_key(dir, key)) {
            done = keydir_add(dir, KEYDIR_KEY) && keydir_add(dir, KEYDIR_SET);
            if (!done)
                keydir_discard(dir, KEYDIR_KEY);
        }
        if (!done)
            keydir_discard(dir, KEYDIR_SET);
    }
    json_decref(set);
    return done;
}

static void
tell_next_steps(const char *path)
{
    printf("Made the local issuer's key:\n"
           "  %s/%s   signs; keep it secret\n"
           "  %s/%s  the public part, read by httpauthd\n"
           "Next:\n"
           "  1. Admit it in httpauthd.conf, for each service that shall:\n"
           "       [service sshd]\n"
           "       issuers = local\n"
           "  2. httpauthctl reload\n"
           "  3. httpauthctl token mint --user USER\n",
           path, KEYDIR_KEY, path, KEYDIR_SET);
}

int
ctl_issuer_init(int argc, char **argv)
{
    const char *path = NULL;
    const struct arg args[] = {{.name = "dir", .text = &path}, {.name = NULL}};
    struct sign_key key = {.key = NULL};
    struct keydir dir = {-1, NULL};
    int status = CTL_REFUSED;

    if (!args_parse(argc, argv, args, NULL))
        return CTL_USAGE;
    if (!keydir_open(path != NULL ? path : KEYDIR_STANDARD, true, &dir) ||
        !is_free(&dir))
        goto done;
    if (!sign_key_new(&key)) {
        out_error("OpenSSL cannot make an Ed25519 key");
        goto done;
    }
    if (!put_first(&dir, &key))
        goto done;
    tell_next_steps(dir.path);
    status = CTL_DONE;
done:
    sign_key_clear(&key);
    keydir_close(&dir);
    return status;
}

/* --- rotate --- */

/* The lock is on the key itself, which nobody else can open; so that it is
 * the one in place is looked at once it is held. */
static int
lock_key(const struct keydir *dir)
{
    struct stat held, there;
    int fd = keydir_open_file(dir, KEYDIR_KEY, KEYDIR_SECRET, NULL);

    if (fd < 0) {
        (void)fprintf(stderr, "To make a first one: httpauthctl issuer init\n");
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &held) == 0 &&
        fstatat(dir->fd, KEYDIR_KEY, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        held.st_ino == there.st_ino && held.st_dev == there.st_dev)
        return fd;
    out_error("%s/%s: another rotation is at work", dir->path, KEYDIR_KEY);
    close(fd);
    return -1;
}

static bool
load_key(const struct keydir *dir, int fd, struct sign_key *key)
{
    struct buffer pem = BUFFER_INIT(SIGN_PEM_MAX);
    bool done = keydir_read_fd(dir, KEYDIR_KEY, fd, &pem);

    if (done && !sign_key_from_pem(buffer_span(&pem), key)) {
        out_error("%s/%s is no Ed25519 key in PEM", dir->path, KEYDIR_KEY);
        done = false;
    }
    buffer_free(&pem);
    return done;
}

/* NULL and true when there is none: init was interrupted. */
static bool
load_set(const struct keydir *dir, json_t **set)
{
    struct buffer text = BUFFER_INIT(LIMIT_JWKS_BYTES);
    bool absent = false, done = false;
    int fd = keydir_open_file(dir, KEYDIR_SET, KEYDIR_PUBLIC, &absent);

    *set = NULL;
    if (fd < 0)
        return absent;
    if (keydir_read_fd(dir, KEYDIR_SET, fd, &text)) {
        *set = json_object_load(buffer_span(&text));
        done = json_is_array(json_object_get(*set, "keys"));
        if (!done)
            out_error("%s/%s is no key set", dir->path, KEYDIR_SET);
    }
    close(fd);
    buffer_free(&text);
    return done;
}

/* First the set that holds both, then the key: whenever this is interrupted,
 * what the key in place signs verifies. */
static bool
put_next(const struct keydir *dir, const json_t *set,
         const struct sign_key *next)
{
    /* Left by a rotation that was interrupted; the lock is ours. */
    keydir_discard(dir, KEYDIR_KEY);
    keydir_discard(dir, KEYDIR_SET);
    if (prepare_key(dir, next) && prepare_set(dir, set) &&
        keydir_place(dir, KEYDIR_SET) && keydir_place(dir, KEYDIR_KEY))
        return true;
    keydir_discard(dir, KEYDIR_KEY);
    keydir_discard(dir, KEYDIR_SET);
    return false;
}

static bool
rotate(const struct keydir *dir, int fd)
{
    struct sign_key last = {.key = NULL}, next = {.key = NULL};
    struct keyset_change change;
    json_t *old = NULL, *set = NULL;
    bool done = false;

    if (!load_key(dir, fd, &last) || !load_set(dir, &old))
        goto done;
    if (!sign_key_new(&next)) {
        out_error("OpenSSL cannot make an Ed25519 key");
        goto done;
    }
    set = keyset_rotate(old, &last, &next, clock_wall(), &change);
    if (set == NULL) {
        out_error("%s/%s would hold over %d keys; retired ones can go after "
                  "an hour",
                  dir->path, KEYDIR_SET, LIMIT_JWKS_KEYS);
        goto done;
    }
    done = put_next(dir, set, &next);
    if (done)
        printf("Made a new key; %zu retired kept for the tokens they signed, "
               "%zu dropped.\n"
               "Next: httpauthctl flush, so that httpauthd reads it now.\n",
               change.kept, change.dropped);
done:
    json_decref(old);
    json_decref(set);
    sign_key_clear(&last);
    sign_key_clear(&next);
    return done;
}

int
ctl_issuer_rotate(int argc, char **argv)
{
    const char *path = NULL;
    const struct arg args[] = {{.name = "dir", .text = &path}, {.name = NULL}};
    struct keydir dir = {-1, NULL};
    int fd = -1, status = CTL_REFUSED;

    if (!args_parse(argc, argv, args, NULL))
        return CTL_USAGE;
    if (!keydir_open(path != NULL ? path : KEYDIR_STANDARD, false, &dir))
        goto done;
    fd = lock_key(&dir);
    if (fd >= 0 && rotate(&dir, fd))
        status = CTL_DONE;
done:
    if (fd >= 0)
        close(fd);
    keydir_close(&dir);
    return status;
}
