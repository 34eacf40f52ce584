/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Byte ranges are written out: isalpha() and its kin ask the locale, and this
 * code runs inside programs that have set one.
 */
#include "helper/base/text.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/limits.h"

/* So many bytes of a secret in a row are no accident. */
#define REPEATED_LEN 8
#define MINUTE_S 60
#define HOUR_S 3600
#define DAY_S 86400

static bool
is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

/* What user and service names share. */
static bool
is_name_byte(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) ||
           c == '.' || c == '_' || c == '-';
}

bool
text_is_user(struct span name)
{
    bool only_digits = true;
    size_t i;

    if (name.len < 1 || name.len > LIMIT_USER)
        return false;
    if (name.data[0] == '-' || name.data[0] == '@')
        return false;
    for (i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];

        if (!is_name_byte(c) && c != '@')
            return false;
        if (!is_digit(c))
            only_digits = false;
    }
    return !only_digits && !span_is(name, ".") && !span_is(name, "..");
}

bool
text_is_service(struct span name)
{
    size_t i;

    if (name.len < 1 || name.len > LIMIT_SERVICE)
        return false;
    for (i = 0; i < name.len; i++)
        if (!is_name_byte((unsigned char)name.data[i]))
            return false;
    return true;
}

bool
text_has_control(struct span text)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c < 0x20 || c == 0x7f)
            return true;
    }
    return false;
}

bool
text_is_visible(struct span text)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (c < 0x21 || c > 0x7e)
            return false;
    }
    return true;
}

/*
 * The length of the UTF-8 sequence that `lead` begins, and the range of its
 * second byte, which is where overlong forms, surrogates and numbers over
 * U+10FFFF show (the table of RFC 3629 section 4); 0 for no lead byte.
 */
static size_t
sequence_len(unsigned char lead, unsigned char *low, unsigned char *high)
{
    *low = 0x80;
    *high = 0xbf;
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if (lead >= 0xe0 && lead <= 0xef) {
        if (lead == 0xe0)
            *low = 0xa0;
        if (lead == 0xed)
            *high = 0x9f;
        return 3;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        if (lead == 0xf0)
            *low = 0x90;
        if (lead == 0xf4)
            *high = 0x8f;
        return 4;
    }
    return 0;
}

bool
text_is_utf8(struct span text)
{
    const unsigned char *at = (const unsigned char *)text.data;
    size_t left = text.len;

    while (left > 0) {
        unsigned char low, high;
        size_t i, len = sequence_len(at[0], &low, &high);

        if (len == 0 || len > left)
            return false;
        if (len > 1 && (at[1] < low || at[1] > high))
            return false;
        for (i = 2; i < len; i++)
            if (at[i] < 0x80 || at[i] > 0xbf)
                return false;
        at += len;
        left -= len;
    }
    return true;
}

static bool
needs_escape(unsigned char c)
{
    return c < 0x20 || c > 0x7e || c == '"' || c == '\\';
}

bool
text_repeats(struct span text, struct span secret)
{
    size_t len = secret.len < REPEATED_LEN ? secret.len : REPEATED_LEN;

    for (size_t i = 0; len > 0 && i + len <= text.len; i++)
        if (memmem(secret.data, secret.len, text.data + i, len) != NULL)
            return true;
    return false;
}

char *
text_escape(struct span text, char *out, size_t size)
{
    static const char hex[] = "0123456789abcdef";
    size_t i, used = 0, cut = 0;

    if (size == 0)
        return out;
    for (i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        size_t need = needs_escape(c) ? 4 : 1;

        if (need > size - 1 - used)
            break;
        if (need == 1) {
            out[used++] = (char)c;
        } else {
            out[used++] = '\\';
            out[used++] = 'x';
            out[used++] = hex[c >> 4];
            out[used++] = hex[c & 15];
        }
        /* Where "..." still fits behind a whole character. */
        if (used + 3 <= size - 1)
            cut = used;
    }
    if (i < text.len)
        for (used = cut; used < cut + 3 && used < size - 1; used++)
            out[used] = '.';
    out[used] = '\0';
    return out;
}

/* The digits at the start of `text` as a number of at most `max`; the text
 * behind them, or NULL when there is no such number. */
static const char *
read_number(const char *text, int64_t max, int64_t *value)
{
    int64_t n = 0;

    if (text == NULL || !is_digit((unsigned char)text[0]))
        return NULL;
    if (text[0] == '0' && is_digit((unsigned char)text[1]))
        return NULL;
    for (; is_digit((unsigned char)*text); text++) {
        int digit = *text - '0';

        if (max < digit || n > (max - digit) / 10)
            return NULL;
        n = n * 10 + digit;
    }
    *value = n;
    return text;
}

bool
text_number(const char *text, int64_t max, int64_t *value)
{
    int64_t n;
    const char *rest = read_number(text, max, &n);

    if (rest == NULL || *rest != '\0')
        return false;
    *value = n;
    return true;
}

static int64_t
unit_seconds(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return MINUTE_S;
    case 'h':
        return HOUR_S;
    case 'd':
        return DAY_S;
    default:
        return 0;
    }
}

bool
text_duration(const char *text, int64_t *seconds)
{
    int64_t n, unit;
    const char *rest = read_number(text, INT32_MAX, &n);

    if (rest == NULL)
        return false;
    unit = unit_seconds(rest[0]);
    if (unit == 0 || rest[1] != '\0' || n > INT32_MAX / unit)
        return false;
    *seconds = n * unit;
    return true;
}

char *
text_duration_print(int64_t seconds, char *out, size_t size)
{
    static const char units[] = "dhm";
    int64_t n = seconds;
    char unit = 's';
    size_t i;

    for (i = 0; i < 3 && seconds != 0; i++) {
        int64_t each = unit_seconds(units[i]);

        if (seconds % each == 0) {
            n = seconds / each;
            unit = units[i];
            break;
        }
    }
    (void)snprintf(out, size, "%lld%c", (long long)n, unit);
    return out;
}

char *
text_age(int64_t seconds, char *out, size_t size)
{
    const char *unit = "second";
    int64_t n = seconds < 0 ? 0 : seconds;

    if (n >= DAY_S) {
        n /= DAY_S;
        unit = "day";
    } else if (n >= HOUR_S) {
        n /= HOUR_S;
        unit = "hour";
    } else if (n >= MINUTE_S) {
        n /= MINUTE_S;
        unit = "minute";
    }
    (void)snprintf(out, size, "%lld %s%s", (long long)n, unit,
                   n == 1 ? "" : "s");
    return out;
}

static bool
is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

bool
text_cut(struct span *rest, const char *blanks, struct span *word)
{
    size_t start = 0, end;

    *word = (struct span){NULL, 0}; /* and nothing is added to NULL */
    if (rest->len == 0)
        return false;
    while (start < rest->len && is_one_of(rest->data[start], blanks))
        start++;
    end = start;
    while (end < rest->len && !is_one_of(rest->data[end], blanks))
        end++;
    *word = (struct span){rest->data + start, end - start};
    rest->data += end;
    rest->len -= end;
    return word->len > 0;
}
