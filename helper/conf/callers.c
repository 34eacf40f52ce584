/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/load.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/conf/fit.h"
#include "helper/conf/settings.h"

#define PASSWD_FIRST ((size_t)4096)        /* bytes for one entry of NSS */
#define PASSWD_MOST ((size_t)1 << 20)      /* ... before it is given up */
#define UID_MOST ((int64_t)UINT32_MAX - 1) /* (uid_t)-1 means "no uid" */

/* 0 and the uid, ENOENT, or what NSS says went wrong. */
static int
look_up(const char *user, uid_t *uid)
{
    size_t size = PASSWD_FIRST;
    struct passwd entry, *found = NULL;
    char *room = NULL, *grown;
    int error;

    do {
        grown = realloc(room, size);
        if (grown == NULL) {
            error = ENOMEM;
            break;
        }
        room = grown;
        error = getpwnam_r(user, &entry, room, size, &found);
        size *= 2;
    } while (error == ERANGE && size <= PASSWD_MOST);
    if (error == 0 && found == NULL)
        error = ENOENT;
    if (error == 0)
        *uid = found->pw_uid;
    free(room);
    return error;
}

static bool
find_uid(const char *user, uid_t *uid, struct place place,
         struct buffer *complaints)
{
    struct shown name;
    int64_t number;
    int error;

    if (text_number(user, UID_MOST, &number)) {
        *uid = (uid_t)number;
        return true;
    }
    error = look_up(user, uid);
    if (error == 0)
        return true;
    if (error == ENOENT || error == ESRCH)
        return complain(complaints, place,
                        "trusted_callers: there is no user \"%s\" here",
                        shown(span_of(user), &name));
    return complain(complaints, place,
                    "trusted_callers: \"%s\" could not be looked up: %s",
                    shown(span_of(user), &name), strerror(error));
}

static bool
add_rule(struct daemon_conf *daemon, uid_t uid, struct span service)
{
    struct caller_rule *grown =
        realloc(daemon->trusted, (daemon->trusted_count + 1) * sizeof(*grown));

    if (grown == NULL)
        return false;
    daemon->trusted = grown;
    grown[daemon->trusted_count].uid = uid;
    grown[daemon->trusted_count].service = strndup(service.data, service.len);
    if (grown[daemon->trusted_count].service == NULL)
        return false;
    daemon->trusted_count++;
    return true;
}

static bool
resolve_one(struct config *config, struct span word, struct place place,
            struct buffer *complaints)
{
    const char *colon = memchr(word.data, ':', word.len);
    size_t len = (size_t)(colon - word.data);
    char *user = strndup(word.data, len);
    bool good = false;
    uid_t uid = (uid_t)-1;

    if (user == NULL) {
        (void)complain(complaints, place, "no memory");
        goto done;
    }
    if (!find_uid(user, &uid, place, complaints))
        goto done;
    if (!add_rule(&config->daemon, uid,
                  (struct span){colon + 1, word.len - len - 1})) {
        (void)complain(complaints, place, "no memory");
        goto done;
    }
    good = true;

done:
    free(user);
    return good;
}

bool
callers_resolve(struct config *config, struct buffer *complaints)
{
    const struct section *section =
        settings_find(config->settings, SECTION_DAEMON, span_of(""));
    struct buffer why = BUFFER_INIT(256);
    struct word_walk walk = {0};
    bool good = true;

    if (section != NULL)
        walk.setting =
            setting_named(config->settings, section, "trusted_callers");
    while (word_next(&walk)) {
        if (!fit_caller(walk.word, &why))
            continue; /* its complaint has been made */
        if (!resolve_one(config, walk.word, walk.place, complaints))
            good = false;
    }
    buffer_free(&why);
    return good;
}
