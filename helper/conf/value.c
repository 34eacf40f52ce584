/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/value.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/limits.h"
#include "helper/base/list.h"
#include "helper/base/text.h"
#include "helper/conf/complain.h"
#include "helper/conf/secret.h"
#include "helper/conf/settings.h"

#define PRINT_COLUMNS 72  /* a line of words is broken behind this */
#define EXPANDED_MAX 1024 /* bytes of a value with its %H filled in */

static void *
field(const struct option *option, void *base)
{
    return (char *)base + option->offset;
}

static const void *
field_const(const struct option *option, const void *base)
{
    return (const char *)base + option->offset;
}

static const struct option_keyword *
find_keyword(const struct option *option, struct span word)
{
    const struct option_keyword *keyword;

    for (keyword = option->keywords; keyword->word != NULL; keyword++)
        if (span_is(word, keyword->word))
            return keyword;
    return NULL;
}

static bool
not_a_keyword(const struct option *option, struct span word, struct buffer *why)
{
    const struct option_keyword *keyword;
    struct shown written;

    (void)buffer_printf(why, "\"%s\" is none of", shown(word, &written));
    for (keyword = option->keywords; keyword->word != NULL; keyword++)
        (void)buffer_printf(why, " %s", keyword->word);
    return false;
}

/* The rules of the table for one value or one word of a list. */
static bool
check_word(const struct option *option, struct span word, struct buffer *why)
{
    struct buffer text = BUFFER_INIT(LIMIT_CONF_LINE);
    struct shown written;
    bool fits = true;

    if (option->fits != NULL && !option->fits(word, &text)) {
        (void)buffer_printf(why, "\"%s\" %s", shown(word, &written),
                            text.len > 0 ? text.data : "does not fit");
        fits = false;
    } else if (option->keywords != NULL && find_keyword(option, word) == NULL) {
        fits = not_a_keyword(option, word, why);
    }
    buffer_free(&text);
    return fits;
}

/* %H and %% where the option has them. */
static bool
expand(const struct option *option, struct span text, struct buffer *out,
       const struct surroundings *around, struct buffer *why)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        if (!option->expands || text.data[i] != '%') {
            (void)buffer_add(out, text.data + i, 1);
            continue;
        }
        i++;
        if (i < text.len && text.data[i] == '%') {
            (void)buffer_text(out, "%");
        } else if (i < text.len && text.data[i] == 'H') {
            if (around->host == NULL) {
                (void)buffer_text(why, "%H cannot be filled in: this host "
                                       "has no usable name (hostname(1))");
                return false;
            }
            (void)buffer_text(out, around->host);
        } else {
            (void)buffer_text(why, "only %H (this host's name) and %% may "
                                   "follow a '%'");
            return false;
        }
    }
    if (out->failed)
        (void)buffer_text(why, "is too long");
    return !out->failed;
}

static bool
take_item(const struct option *option, struct span text, struct list *list,
          const struct surroundings *around, struct buffer *why)
{
    struct buffer expanded =
        BUFFER_INIT(option->expands ? EXPANDED_MAX : LIMIT_CONF_LINE);
    bool taken = false;

    if (!check_word(option, text, why) ||
        !expand(option, text, &expanded, around, why))
        goto done;
    if (!list_add(list, buffer_span(&expanded))) {
        (void)buffer_text(why, "no memory");
        goto done;
    }
    taken = true;

done:
    buffer_free(&expanded);
    return taken;
}

static bool
take_words(const struct option *option, struct span text, struct list *list,
           const struct surroundings *around, struct buffer *why)
{
    struct span word;

    while (word_cut(&text, &word))
        if (!take_item(option, word, list, around, why))
            return false;
    return true;
}

/* Is it a file name that the main file's folder completes? */
static bool
is_relative(const struct option *option, struct span text)
{
    size_t len = strlen(SECRET_CREDENTIAL);

    if (option->type != OPTION_FILE || text.data[0] == '/')
        return false;
    return !option->secret || text.len < len ||
           memcmp(text.data, SECRET_CREDENTIAL, len) != 0;
}

static bool
take_text(const struct option *option, struct span text, char **out,
          const struct surroundings *around, struct buffer *why)
{
    bool relative = is_relative(option, text);
    struct buffer whole = BUFFER_INIT(LIMIT_CONF_LINE);
    char *copy;

    if (!check_word(option, text, why))
        return false;
    if (relative)
        (void)buffer_printf(&whole, "%s/", around->dir);
    (void)buffer_add(&whole, text.data, text.len);
    copy = whole.failed ? NULL : strndup(whole.data, whole.len);
    buffer_free(&whole);
    if (copy == NULL) {
        (void)buffer_text(why, "is too long");
        return false;
    }
    free(*out);
    *out = copy;
    return true;
}

static bool
take_keywords(const struct option *option, struct span text, int64_t *out,
              struct buffer *why)
{
    const struct option_keyword *keyword;
    struct span word;

    if (option->type == OPTION_CHOICE) {
        keyword = find_keyword(option, text);
        if (keyword == NULL)
            return not_a_keyword(option, text, why);
        *out = keyword->value;
        return true;
    }
    while (word_cut(&text, &word)) {
        keyword = find_keyword(option, word);
        if (keyword == NULL)
            return not_a_keyword(option, word, why);
        *out |= keyword->value;
    }
    return true;
}

static bool
take_quantity(const struct option *option, const char *text, int64_t *out,
              struct buffer *why)
{
    char low[24], high[24];
    int64_t value;

    if (option->type == OPTION_NUMBER) {
        if (text_number(text, option->max, &value) && value >= option->min) {
            *out = value;
            return true;
        }
        (void)buffer_printf(why, "must be a number from %lld to %lld",
                            (long long)option->min, (long long)option->max);
        return false;
    }
    if (text_duration(text, &value) && value >= option->min &&
        value <= option->max) {
        *out = value;
        return true;
    }
    (void)buffer_printf(
        why,
        "must be a duration with its unit, 90s, 5m, 1h or 2d, from %s to %s",
        text_duration_print(option->min, low, sizeof(low)),
        text_duration_print(option->max, high, sizeof(high)));
    return false;
}

static bool
take_flag(struct span text, bool *out, struct buffer *why)
{
    if (!span_is(text, "yes") && !span_is(text, "no")) {
        (void)buffer_text(why, "must be yes or no");
        return false;
    }
    *out = span_is(text, "yes");
    return true;
}

bool
value_take(const struct option *option, struct span text, void *base,
           const struct surroundings *around, struct buffer *why)
{
    void *out = field(option, base);
    char quantity[32] = "";

    switch (option->type) {
    case OPTION_TEXT:
    case OPTION_FILE:
        return take_text(option, text, out, around, why);
    case OPTION_WORDS:
        return take_words(option, text, out, around, why);
    case OPTION_LINES:
        return take_item(option, text, out, around, why);
    case OPTION_CHOICE:
    case OPTION_CHOICES:
        return take_keywords(option, text, out, why);
    case OPTION_DURATION:
    case OPTION_NUMBER:
        if (text.len < sizeof(quantity))
            memcpy(quantity, text.data, text.len);
        return take_quantity(option, quantity, out, why);
    case OPTION_FLAG:
        return take_flag(text, out, why);
    }
    return false;
}

bool
value_is_there(const struct option *option, const void *base)
{
    const void *from = field_const(option, base);

    switch (option->type) {
    case OPTION_TEXT:
    case OPTION_FILE:
        return *(char *const *)from != NULL;
    case OPTION_WORDS:
    case OPTION_LINES:
        return ((const struct list *)from)->count > 0;
    case OPTION_CHOICES:
        return *(const int64_t *)from != 0;
    default:
        return true;
    }
}

/* What was expanded when it was read must not be once more. */
static void
print_item(const struct option *option, const char *item, struct buffer *out)
{
    for (; *item != '\0'; item++) {
        if (option->expands && *item == '%')
            (void)buffer_text(out, "%");
        (void)buffer_add(out, item, 1);
    }
}

static void
print_list(const struct option *option, const struct list *list,
           struct buffer *out)
{
    size_t i, line = out->len;

    for (i = 0; i < list->count; i++) {
        bool again = option->type == OPTION_LINES ||
                     out->len - line + strlen(list->item[i]) > PRINT_COLUMNS;

        if (i == 0 || again) {
            if (i > 0)
                (void)buffer_text(out, "\n");
            line = out->len;
            (void)buffer_printf(out, "%s =", option->name);
        }
        (void)buffer_text(out, " ");
        print_item(option, list->item[i], out);
    }
    (void)buffer_text(out, "\n");
}

static void
print_keywords(const struct option *option, int64_t value, struct buffer *out)
{
    const struct option_keyword *keyword;

    (void)buffer_printf(out, "%s =", option->name);
    for (keyword = option->keywords; keyword->word != NULL; keyword++)
        if (option->type == OPTION_CHOICE ? keyword->value == value
                                          : (keyword->value & value) != 0)
            (void)buffer_printf(out, " %s", keyword->word);
    (void)buffer_text(out, "\n");
}

bool
value_print(const struct option *option, const void *base, struct buffer *out)
{
    const void *from = field_const(option, base);
    char text[24];

    if (!value_is_there(option, base))
        return !out->failed;
    switch (option->type) {
    case OPTION_TEXT:
    case OPTION_FILE:
        (void)buffer_printf(out, "%s = %s\n", option->name,
                            *(char *const *)from);
        break;
    case OPTION_WORDS:
    case OPTION_LINES:
        print_list(option, from, out);
        break;
    case OPTION_CHOICE:
    case OPTION_CHOICES:
        print_keywords(option, *(const int64_t *)from, out);
        break;
    case OPTION_DURATION:
        (void)buffer_printf(
            out, "%s = %s\n", option->name,
            text_duration_print(*(const int64_t *)from, text, sizeof(text)));
        break;
    case OPTION_NUMBER:
        (void)buffer_printf(out, "%s = %lld\n", option->name,
                            (long long)*(const int64_t *)from);
        break;
    case OPTION_FLAG:
        (void)buffer_printf(out, "%s = %s\n", option->name,
                            *(const bool *)from ? "yes" : "no");
        break;
    }
    return !out->failed;
}

void
value_clear(const struct option *option, void *base)
{
    void *out = field(option, base);

    switch (option->type) {
    case OPTION_TEXT:
    case OPTION_FILE:
        free(*(char **)out);
        *(char **)out = NULL;
        break;
    case OPTION_WORDS:
    case OPTION_LINES:
        list_clear(out);
        break;
    default:
        break;
    }
}
