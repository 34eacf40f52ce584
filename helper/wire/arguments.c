/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/wire/arguments.h"

#include <stddef.h>
#include <string.h>
#include <sys/un.h>

#include "helper/base/span.h"
#include "helper/base/text.h"
#include "helper/wire/wire.h"

#define DEFAULT_USER "httpauthd"
/* sudo -p, Ansible and sshpass look for these very bytes. */
#define DEFAULT_PROMPT "Password: "
#define DEFAULT_TIMEOUT_S 10 /* far below sshd's LoginGraceTime */
#define TIMEOUT_MIN_S 1
#define TIMEOUT_MAX_S 60
#define LONG_MAX_S 120 /* as long as the helper keeps a device login */
#define DEFAULT_MIN_UID 1000
#define DEFAULT_MAX_UID 60000
#define UID_MAX_VALUE (INT64_C(0xffffffff) - 1) /* (uid_t)-1 is nobody */
#define PROMPT_MAX 256
#define MAP_USER_MAX 64

enum kind { FLAG, PATH, USER, NAME, PROMPT, DURATION, LONG, UID, ACCOUNT };

/* One row per argument. */
static const struct {
    char name[16];
    enum kind kind;
    size_t place;
} known[] = {
    {"socket", PATH, offsetof(struct args, socket)},
    {"helper_user", USER, offsetof(struct args, helper_user)},
    {"prompt", PROMPT, offsetof(struct args, prompt)},
    {"timeout", DURATION, offsetof(struct args, timeout)},
    {"min_uid", UID, offsetof(struct args, min_uid)},
    {"max_uid", UID, offsetof(struct args, max_uid)},
    {"map_user", NAME, offsetof(struct args, map_user)},
    {"account", ACCOUNT, offsetof(struct args, account)},
    {"debug", FLAG, offsetof(struct args, debug)},
    {"use_first_pass", FLAG, offsetof(struct args, use_first_pass)},
    {"try_first_pass", FLAG, offsetof(struct args, try_first_pass)},
    {"allow_root", FLAG, offsetof(struct args, allow_root)},
    {"end_with_token", FLAG, offsetof(struct args, end_with_token)},
    {"device_login", FLAG, offsetof(struct args, device_login)},
    {"device_qr", FLAG, offsetof(struct args, device_qr)},
    {"device_poll", FLAG, offsetof(struct args, device_poll)},
    {"device_timeout", LONG, offsetof(struct args, device_timeout)},
};

#define KNOWN_COUNT (sizeof(known) / sizeof(known[0]))

static bool
is_text(enum kind kind, const char *value)
{
    struct span text = span_of(value);

    switch (kind) {
    case PATH:
        return value[0] == '/' && !text_has_control(text) &&
               text.len < sizeof(((struct sockaddr_un *)NULL)->sun_path);
    case USER:
        return text_is_user(text);
    case NAME:
        return text.len >= 1 && text.len <= MAP_USER_MAX &&
               text_is_visible(text);
    case PROMPT:
        return text.len >= 1 && text.len <= PROMPT_MAX &&
               !text_has_control(text);
    default:
        return false;
    }
}

/* `value` is NULL for an argument without `=`. */
static bool
store(enum kind kind, const char *value, void *place)
{
    int64_t number;

    if ((value == NULL) != (kind == FLAG))
        return false;
    switch (kind) {
    case FLAG:
        *(bool *)place = true;
        return true;
    case DURATION:
    case LONG:
        if (!text_duration(value, &number) || number < TIMEOUT_MIN_S ||
            number > (kind == LONG ? LONG_MAX_S : TIMEOUT_MAX_S))
            return false;
        *(int64_t *)place = number;
        return true;
    case UID:
        if (!text_number(value, UID_MAX_VALUE, &number))
            return false;
        *(int64_t *)place = number;
        return true;
    case ACCOUNT:
        *(enum account_rule *)place =
            strcmp(value, "session") == 0 ? ACCOUNT_SESSION : ACCOUNT_IGNORE;
        return strcmp(value, "session") == 0 || strcmp(value, "ignore") == 0;
    default:
        if (!is_text(kind, value))
            return false;
        *(const char **)place = value;
        return true;
    }
}

/* NULL when it was understood, else what is wrong with it. */
static const char *
read_one(const char *arg, struct args *args, unsigned *seen)
{
    size_t i, len = strcspn(arg, "=");
    const char *value = arg[len] == '=' ? arg + len + 1 : NULL;

    for (i = 0; i < KNOWN_COUNT; i++)
        if (strlen(known[i].name) == len &&
            memcmp(known[i].name, arg, len) == 0)
            break;
    if (i == KNOWN_COUNT)
        return "unknown argument";
    if (*seen & 1U << i)
        return "argument given twice";
    *seen |= 1U << i;
    if (!store(known[i].kind, value, (char *)args + known[i].place))
        return "bad value in argument";
    return NULL;
}

/* sshd looks the user up before it asks us, and goes on with what it found:
 * whoever PAM_USER becomes, the session would be the first one's. */
static bool
is_sshd(const char *service)
{
    static const char name[] = "sshd";

    return service == NULL || strncmp(service, name, sizeof(name) - 1) == 0;
}

/* NULL, or why the arguments do not go together. */
static const char *
contradiction(const char *service, const struct args *args)
{
    if (args->map_user != NULL && is_sshd(service))
        return "map_user is not for sshd";
    if (args->use_first_pass && args->try_first_pass)
        return "use_first_pass and try_first_pass contradict each other";
    if (args->min_uid > args->max_uid)
        return "min_uid is above max_uid";
    if ((args->device_qr || args->device_poll) && !args->device_login)
        return "device_qr and device_poll need device_login";
    /* It shows a text only with the next prompt. */
    if (args->device_poll && is_sshd(service))
        return "device_poll is not for sshd";
    return NULL;
}

bool
arguments_read(const char *service, int argc, const char *const *argv,
               struct args *args, arguments_wrong *tell, void *context)
{
    const char *wrong;
    unsigned seen = 0;
    bool ok = true;
    int i;

    *args = (struct args){
        .socket = WIRE_PAM_SOCKET,
        .helper_user = DEFAULT_USER,
        .prompt = DEFAULT_PROMPT,
        .timeout = DEFAULT_TIMEOUT_S,
        .device_timeout = LONG_MAX_S,
        .min_uid = DEFAULT_MIN_UID,
        .max_uid = DEFAULT_MAX_UID,
    };
    for (i = 0; i < argc; i++) {
        wrong = read_one(argv[i], args, &seen);
        if (wrong == NULL)
            continue;
        tell(context, wrong, argv[i]);
        ok = false;
    }
    wrong = contradiction(service, args);
    if (wrong != NULL) {
        tell(context, wrong, NULL);
        ok = false;
    }
    return ok;
}
