/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/saved.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/base/write.h"
#include "helper/client/file.h"
#include "helper/client/xdg.h"
#include "helper/client/keyring.h"
#include "helper/client/say.h"
#include "helper/http/form.h"
#include "helper/jose/json.h"

/* How the names of all files of ours begin: "https://", encoded. */
#define FIRST "https%3A%2F%2F"

#define LOCK_PAUSE_MS 50
#define FRESH ".new." /* while it is written */
#define LEFTOVER_S 3600

static const char *const secret_members[] = {"access_token", "refresh_token"};
#define SECRETS (sizeof(secret_members) / sizeof(secret_members[0]))

static bool
path_of(const char *issuer, bool create, struct buffer *path)
{
    if (strlen(issuer) > SAVED_ISSUER_MAX) {
        say("%.20s...: is too long for the name of a file", issuer);
        return false;
    }
    return xdg_path("XDG_STATE_HOME", ".local/state", create, path) &&
           buffer_text(path, "/") && form_encode(path, span_of(issuer));
}

/* --- members --- */

const char *
saved_text(const struct saved *saved, const char *name)
{
    return json_string_value(json_object_get(saved->root, name));
}

bool
saved_set_text(struct saved *saved, const char *name, struct span value)
{
    if (value.data == NULL) {
        (void)json_object_del(saved->root, name);
        return true;
    }
    return json_object_set_new(saved->root, name,
                               json_stringn(value.data, value.len)) == 0;
}

int64_t
saved_left(const struct saved *saved)
{
    int64_t expires =
        json_integer_value(json_object_get(saved->root, "expires"));
    int64_t now = clock_wall();

    return expires > now ? expires - now : 0;
}

void
saved_clear(struct saved *saved)
{
    json_decref(saved->root);
    if (saved->fd >= 0)
        (void)close(saved->fd);
    *saved = (struct saved)SAVED_INIT;
}

/* --- reading --- */

static const char *
lock(int fd, int64_t until_ms)
{
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return strerror(errno);
        if (clock_boot_ms() >= until_ms)
            return "another httpauth-token holds it all the time";
        (void)poll(NULL, 0, LOCK_PAUSE_MS);
    }
    return NULL;
}

/* Another one may have put a new file there, or removed it, while we waited for
 * the lock of the old one.  Its links do not tell: NFS keeps a name for what is
 * open. */
static bool
is_at(int fd, const char *path, const char **fault)
{
    struct stat held, there;

    if (fstat(fd, &held) == 0 && lstat(path, &there) == 0)
        return held.st_dev == there.st_dev && held.st_ino == there.st_ino;
    if (errno != ENOENT)
        *fault = strerror(errno);
    return false;
}

/* -1 without `fault`: there is none.  NFS locks only what may be written. */
static int
open_file(const char *path, int64_t until_ms, const char **fault)
{
    const int how = until_ms > 0 ? O_RDWR : O_RDONLY;

    for (;;) {
        int fd =
            open(path, how | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

        if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
            *fault = strerror(errno);
        if (fd < 0 || until_ms == 0)
            return fd;
        *fault = lock(fd, until_ms);
        if (*fault == NULL && is_at(fd, path, fault))
            return fd;
        (void)close(fd);
        if (*fault != NULL)
            return -1;
    }
}

static const char *
read_file(int fd, struct saved *saved)
{
    struct buffer text = BUFFER_INIT(SAVED_BYTES_MAX);
    const char *fault = file_fault(fd);

    if (fault == NULL && !file_read_all(fd, &text))
        fault = "cannot be read whole";
    if (fault == NULL) {
        saved->root = json_object_load(buffer_span(&text));
        if (saved->root == NULL)
            fault = "is not what a login leaves behind";
    }
    buffer_free(&text);
    return fault;
}

static bool
is_in_keyring(const struct saved *saved)
{
    return json_is_true(json_object_get(saved->root, "keyring"));
}

bool
saved_take_secrets(struct saved *saved)
{
    struct buffer text = BUFFER_INIT(SAVED_BYTES_MAX);
    const char *issuer = saved_text(saved, "issuer");
    json_t *secrets = NULL;
    bool done;

    if (!is_in_keyring(saved))
        return true;
    done = keyring_get(issuer, &text);
    if (done) {
        secrets = json_object_load(buffer_span(&text));
        done = secrets != NULL;
        for (size_t i = 0; i < SECRETS && done; i++) {
            struct span secret = json_text(secrets, secret_members[i]);

            done = saved_set_text(saved, secret_members[i], secret);
        }
        if (!done)
            say("the keyring: what it has for %s is no token", issuer);
    }
    json_decref(secrets);
    buffer_free(&text);
    return done;
}

enum saved_found
saved_load(const char *issuer, int64_t until_ms, struct saved *saved)
{
    struct buffer path = BUFFER_INIT(PATH_MAX);
    enum saved_found found = SAVED_FAULT;
    const char *fault = NULL, *name;
    int fd = -1;

    *saved = (struct saved)SAVED_INIT;
    if (!path_of(issuer, false, &path))
        goto done;
    fd = open_file(path.data, until_ms, &fault);
    if (fd < 0 && fault == NULL) {
        found = SAVED_NONE;
        goto done;
    }
    if (fault == NULL)
        fault = read_file(fd, saved);
    name = saved_text(saved, "issuer");
    if (fault == NULL && (name == NULL || strcmp(name, issuer) != 0))
        fault = "is of another issuer";
    if (fault != NULL) {
        say("%s: %s", path.data, fault);
        goto done;
    }
    if (until_ms > 0) {
        saved->fd = fd;
        fd = -1;
    }
    found = SAVED_FOUND;
done:
    if (fd >= 0)
        (void)close(fd);
    buffer_free(&path);
    return found;
}

/* --- writing --- */

/* What a power cut or SIGKILL has left of earlier ones; a young one may be that
 * of a process that writes it now. */
static void
remove_leftovers(DIR *folder)
{
    const struct dirent *entry;
    struct stat info;

    while ((entry = readdir(folder)) != NULL)
        if (strncmp(entry->d_name, FRESH, strlen(FRESH)) == 0 &&
            fstatat(dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) ==
                0 &&
            info.st_mtime < clock_wall() - LEFTOVER_S)
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
}

static void
settle(const char *path)
{
    DIR *folder = opendir(path);

    if (folder == NULL)
        return;
    remove_leftovers(folder);
    /* In place it is; not all file systems can do more. */
    (void)fsync(dirfd(folder));
    (void)closedir(folder);
}

static bool
put_file(const char *path, const char *text)
{
    const size_t folder = (size_t)(strrchr(path, '/') - path);
    struct buffer fresh = BUFFER_INIT(PATH_MAX);
    bool done = false;
    int fd = -1;

    errno = ENAMETOOLONG;
    buffer_add(&fresh, path, folder);
    if (!buffer_text(&fresh, "/" FRESH "XXXXXX"))
        goto done;
    fd = mkostemp(fresh.data, O_CLOEXEC); /* 0600 */
    if (fd < 0)
        goto done;
    done = write_whole(fd, span_of(text)) && fsync(fd) == 0 &&
           rename(fresh.data, path) == 0;
    if (!done) {
        int error = errno;

        (void)unlink(fresh.data);
        errno = error;
    }
done:
    if (!done)
        say("%s: %s", path, strerror(errno));
    if (done) {
        fresh.data[folder] = '\0';
        settle(fresh.data);
    }
    if (fd >= 0)
        (void)close(fd);
    buffer_free(&fresh);
    return done;
}

/* Whoever presses Ctrl-C leaves the old one or the new one. */
static bool
put_file_whole(const char *path, const char *text)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    sigset_t held, before;
    bool done;

    (void)sigemptyset(&held);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        (void)sigaddset(&held, ends[i]);
    (void)sigprocmask(SIG_BLOCK, &held, &before);
    done = put_file(path, text);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return done;
}

/* What is longer could not be read again.  NULL: told why. */
static char *
dump(const json_t *root)
{
    char *text = root != NULL ? json_dumps(root, JSON_INDENT(2)) : NULL;

    if (text != NULL && strlen(text) <= SAVED_BYTES_MAX)
        return text;
    say(text == NULL ? "no memory" : "the login is too long to be kept");
    erase_free_text(text);
    return NULL;
}

/* Takes the secrets out of the object. */
static char *
dump_secrets(json_t *root)
{
    json_t *secrets = json_object();
    char *text = NULL;
    bool done = secrets != NULL;

    for (size_t i = 0; i < SECRETS && done; i++) {
        json_t *value = json_object_get(root, secret_members[i]);

        if (value == NULL)
            continue;
        done = json_object_set(secrets, secret_members[i], value) == 0;
        (void)json_object_del(root, secret_members[i]);
    }
    text = dump(done ? secrets : NULL);
    json_decref(secrets);
    return text;
}

bool
saved_store(struct saved *saved)
{
    struct buffer path = BUFFER_INIT(PATH_MAX);
    const char *issuer = saved_text(saved, "issuer");
    json_t *kept = json_copy(saved->root);
    const bool keyring = is_in_keyring(saved);
    char *text = NULL, *secrets = NULL;
    bool done = false;

    if (kept == NULL || !path_of(issuer, true, &path))
        goto done;
    (void)json_object_set_new(
        kept, "renewable",
        json_boolean(json_object_get(kept, "refresh_token") != NULL));
    if (keyring)
        secrets = dump_secrets(kept);
    if (!keyring || secrets != NULL)
        text = dump(kept);
    done = text != NULL && (!keyring || keyring_put(issuer, secrets)) &&
           put_file_whole(path.data, text);
done:
    erase_free_text(secrets);
    erase_free_text(text);
    json_decref(kept);
    buffer_free(&path);
    return done;
}

bool
saved_remove(struct saved *saved)
{
    struct buffer path = BUFFER_INIT(PATH_MAX);
    const char *issuer = saved_text(saved, "issuer");
    bool done = (!is_in_keyring(saved) || keyring_remove(issuer)) &&
                path_of(issuer, false, &path);

    if (done && unlink(path.data) != 0) {
        say("%s: %s", path.data, strerror(errno));
        done = false;
    }
    buffer_free(&path);
    return done;
}

/* --- all --- */

static bool
add_issuer(int folder, const char *name, struct list *issuers)
{
    struct saved saved = SAVED_INIT;
    const char *issuer, *fault;
    int fd = openat(folder, name,
                    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    fault = fd < 0 ? strerror(errno) : read_file(fd, &saved);
    issuer = saved_text(&saved, "issuer");
    if (fault == NULL &&
        (issuer == NULL || !list_add(issuers, span_of(issuer))))
        fault = "names no issuer";
    if (fault != NULL)
        say("%s: %s", name, fault);
    if (fd >= 0)
        (void)close(fd);
    saved_clear(&saved);
    return fault == NULL;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool
saved_issuers(struct list *issuers)
{
    struct buffer path = BUFFER_INIT(PATH_MAX);
    const struct dirent *entry;
    DIR *folder = NULL;
    bool done = xdg_path("XDG_STATE_HOME", ".local/state", false, &path);

    if (done)
        folder = opendir(path.data);
    if (done && folder == NULL && errno != ENOENT) {
        say("%s: %s", path.data, strerror(errno));
        done = false;
    }
    while (folder != NULL && (entry = readdir(folder)) != NULL)
        if (strncmp(entry->d_name, FIRST, strlen(FIRST)) == 0 &&
            !add_issuer(dirfd(folder), entry->d_name, issuers))
            done = false;
    if (folder != NULL)
        (void)closedir(folder);
    if (issuers->count > 1)
        qsort(issuers->item, issuers->count, sizeof(issuers->item[0]), by_name);
    buffer_free(&path);
    return done;
}
