/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_httpauth/login.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/clock.h"
#include "helper/base/span.h"
#include "helper/base/text.h"

#define NAME "HTTPAUTH_LOGIN"
#define DATA "pam_httpauth_login"
#define HEX_LEN (2 * WIRE_LOGIN_LEN)
#define ENDS_LEN 20 /* digits of any int64_t, and a sign */
/* systemd's pam_systemd.c: seconds in decimal. */
#define LIMIT_DATA "systemd.runtime_max_sec"

static const char digits[] = "0123456789abcdef";

bool
pha_login_leave(pam_handle_t *pamh, const uint8_t id[WIRE_LOGIN_LEN],
                int64_t ends, const char *user)
{
    char hex[HEX_LEN + 1];
    char entry[sizeof(NAME) + HEX_LEN + ENDS_LEN + LIMIT_USER + 3];
    size_t i;
    int len;

    for (i = 0; i < WIRE_LOGIN_LEN; i++) {
        hex[2 * i] = digits[id[i] >> 4];
        hex[2 * i + 1] = digits[id[i] & 15];
    }
    hex[HEX_LEN] = '\0';
    len = snprintf(entry, sizeof(entry), NAME "=%s:%" PRId64 ":%s", hex, ends,
                   user);
    if (len < 0 || (size_t)len >= sizeof(entry))
        return false;
    return pam_putenv(pamh, entry) == PAM_SUCCESS;
}

/* The value of one hex digit as we write it, or -1. */
static int
nibble(char c)
{
    const char *at = c == '\0' ? NULL : strchr(digits, c);

    return at == NULL ? -1 : (int)(at - digits);
}

/* Exactly what pha_login_leave() writes, or nothing. */
static bool
parse(const char *value, struct login_mark *mark)
{
    uint8_t any = 0;
    char ends[ENDS_LEN + 1];
    const char *user;
    size_t i, len;
    int high, low;

    if (strlen(value) <= HEX_LEN || value[HEX_LEN] != ':')
        return false;
    len = strcspn(value + HEX_LEN + 1, ":");
    user = value + HEX_LEN + 1 + len;
    if (len >= sizeof(ends) || *user++ != ':' || strlen(user) > LIMIT_USER ||
        !text_is_user(span_of(user)))
        return false;
    memcpy(ends, value + HEX_LEN + 1, len);
    ends[len] = '\0';
    for (i = 0; i < WIRE_LOGIN_LEN; i++) {
        high = nibble(value[2 * i]);
        low = nibble(value[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        mark->id[i] = (uint8_t)(high << 4 | low);
        any |= mark->id[i];
    }
    memcpy(mark->user, user, strlen(user) + 1);
    return any != 0 && text_number(ends, INT64_MAX, &mark->ends) &&
           mark->ends > 0;
}

enum login_found
pha_login_look(pam_handle_t *pamh, struct login_mark *mark)
{
    const char *value = pam_getenv(pamh, NAME);

    memset(mark, 0, sizeof(*mark));
    if (value == NULL)
        return LOGIN_ABSENT;
    if (parse(value, mark))
        return LOGIN_OURS;
    memset(mark, 0, sizeof(*mark));
    return LOGIN_MALFORMED;
}

/* What open_session kept, all zero for a login that is not ours; NULL where
 * no session has been opened. */
static const struct login_mark *
kept(pam_handle_t *pamh)
{
    const void *data = NULL;

    if (pam_get_data(pamh, DATA, &data) != PAM_SUCCESS)
        return NULL;
    return data;
}

bool
pha_login_find(pam_handle_t *pamh, struct login_mark *mark)
{
    const struct login_mark *mine = kept(pamh);

    if (mine == NULL)
        return pha_login_look(pamh, mark) == LOGIN_OURS;
    *mark = *mine;
    return mark->user[0] != '\0';
}

static void
cleanup(pam_handle_t *pamh, void *data, int status)
{
    (void)pamh;
    (void)status;
    free(data);
}

bool
pha_login_limit(pam_handle_t *pamh, const struct login_mark *mark)
{
    int64_t left = mark->ends - clock_wall();
    char *text = malloc(ENDS_LEN + 1);

    if (text == NULL)
        return false;
    (void)snprintf(text, ENDS_LEN + 1, "%" PRId64, left > 0 ? left : 1);
    if (pam_set_data(pamh, LIMIT_DATA, text, cleanup) == PAM_SUCCESS)
        return true;
    free(text);
    return false;
}

static void
drop_entry(pam_handle_t *pamh)
{
    /* libpam complains in the log about taking out what is not there. */
    if (pam_getenv(pamh, NAME) != NULL)
        (void)pam_putenv(pamh, NAME);
}

bool
pha_login_move(pam_handle_t *pamh)
{
    struct login_mark *mark = NULL;
    bool ok = false;

    /* A second session line of ours has nothing to add. */
    if (kept(pamh) != NULL) {
        ok = true;
        goto done;
    }
    mark = malloc(sizeof(*mark));
    if (mark == NULL)
        goto done;
    (void)pha_login_look(pamh, mark);
    ok = pam_set_data(pamh, DATA, mark, cleanup) == PAM_SUCCESS;
    if (!ok)
        free(mark);
done:
    drop_entry(pamh);
    return ok;
}

void
pha_login_drop(pam_handle_t *pamh)
{
    drop_entry(pamh);
    if (kept(pamh) != NULL)
        (void)pam_set_data(pamh, DATA, NULL, NULL);
}
