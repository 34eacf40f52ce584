/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_httpauth/report.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "helper/base/span.h"
#include "helper/base/text.h"
#include "pam_httpauth/outcome.h"

#define FIELD_MAX 128

/* An item for one field of the failure line: a blank in it could pass for
 * the next field (" user=root"), so it becomes '_'. */
static char *
field(pam_handle_t *pamh, int item, char out[FIELD_MAX])
{
    const void *value = NULL;
    char *c;

    if (pam_get_item(pamh, item, &value) != PAM_SUCCESS)
        value = NULL;
    text_escape(span_of(value), out, FIELD_MAX);
    for (c = out; *c != '\0'; c++)
        if (*c == ' ')
            *c = '_';
    return out;
}

/* Who began the login session of this process, "" for nobody.  Not by
 * pam_modutil_getlogin(): the utmp functions beneath it keep state that the
 * threads of our host share. */
static const char *
login_name(pam_handle_t *pamh)
{
    char number[16];
    const struct passwd *entry = NULL;
    int64_t uid;
    ssize_t got;
    int fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return "";
    got = read(fd, number, sizeof(number) - 1);
    (void)close(fd);
    if (got <= 0)
        return "";
    number[got] = '\0';
    /* 4294967295 means that none was set. */
    if (text_number(number, UINT32_MAX - 1, &uid))
        entry = pam_modutil_getpwuid(pamh, (uid_t)uid);
    return entry != NULL ? entry->pw_name : "";
}

void
pha_report_failure(pam_handle_t *pamh, const struct user *user)
{
    char tty[FIELD_MAX], ruser[FIELD_MAX], rhost[FIELD_MAX];

    pam_syslog(pamh, LOG_NOTICE,
               "authentication failure; logname=%s uid=%u euid=%u tty=%s "
               "ruser=%s rhost=%s  user=%s",
               login_name(pamh), (unsigned)getuid(), (unsigned)geteuid(),
               field(pamh, PAM_TTY, tty), field(pamh, PAM_RUSER, ruser),
               field(pamh, PAM_RHOST, rhost), pha_user_shown(user));
}

static int
level_of(const struct result *result)
{
    if (pha_outcome_is_refusal(result))
        return LOG_NOTICE;
    if (result->outcome == OUTCOME_ACCEPTED ||
        result->outcome == OUTCOME_NOT_OURS)
        return LOG_DEBUG;
    return LOG_ERR;
}

static const char *
word_of(const struct result *result)
{
    switch (result->outcome) {
    case OUTCOME_ACCEPTED:
        return "accepted";
    case OUTCOME_NOT_OURS:
        return "not ours";
    case OUTCOME_UNAVAILABLE:
        return "login service unavailable";
    case OUTCOME_NONE:
    case OUTCOME_BROKEN:
        return "login service broken";
    default:
        return "refused";
    }
}

void
pha_report_result(pam_handle_t *pamh, const struct args *args,
                  const struct user *user, const struct result *result)
{
    int level = level_of(result);
    bool fault = level == LOG_ERR;

    if (level == LOG_DEBUG && !args->debug)
        return;
    errno = result->error;
    if (result->cause == NULL)
        pam_syslog(pamh, level, "%s: user=%s reason=%s id=%016" PRIx64,
                   word_of(result), pha_user_shown(user), result->reason,
                   result->incident);
    else if (result->error != 0)
        pam_syslog(pamh, level, "%s: user=%s socket=%s: %s: %m",
                   word_of(result), pha_user_shown(user), args->socket,
                   result->cause);
    else
        pam_syslog(pamh, level, "%s: user=%s%s%s: %s", word_of(result),
                   pha_user_shown(user), fault ? " socket=" : "",
                   fault ? args->socket : "", result->cause);
}
