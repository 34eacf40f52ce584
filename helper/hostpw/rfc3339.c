/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/hostpw/rfc3339.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define LAST INT64_C(253402300799) /* 9999-12-31T23:59:59Z */

static int
digits(const char *text, size_t len)
{
    int value = 0;

    for (size_t i = 0; i < len; i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

/* Also says whether such a day exists: the 30th of February comes back as
 * another text. */
bool
rfc3339_parse(struct span text, int64_t *seconds)
{
    static const char form[] = "0000-00-00T00:00:00Z";
    char again[RFC3339_SIZE];
    struct tm when = {0};

    if (text.len != sizeof(form) - 1)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (form[i] == '0' ? c < '0' || c > '9' : c != form[i])
            return false;
    }
    when.tm_year = digits(text.data, 4) - 1900;
    when.tm_mon = digits(text.data + 5, 2) - 1;
    when.tm_mday = digits(text.data + 8, 2);
    when.tm_hour = digits(text.data + 11, 2);
    when.tm_min = digits(text.data + 14, 2);
    when.tm_sec = digits(text.data + 17, 2);
    *seconds = (int64_t)timegm(&when);
    return rfc3339_print(*seconds, again) && span_is(text, again);
}

bool
rfc3339_print(int64_t seconds, char out[RFC3339_SIZE])
{
    time_t when = (time_t)seconds;
    struct tm day;

    out[0] = '\0';
    return seconds >= 0 && seconds <= LAST && gmtime_r(&when, &day) != NULL &&
           strftime(out, RFC3339_SIZE, "%Y-%m-%dT%H:%M:%SZ", &day) ==
               RFC3339_SIZE - 1;
}
