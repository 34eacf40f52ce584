/* SPDX-License-Identifier: BSD-2-Clause */
/* PREFIX:SET:MIN-MAX and `any`; see pattern.h. */
#include <string.h>

#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/conf/fit.h"
#include "helper/conf/pattern.h"

#define DOTS_OF_A_JWT 2

struct shape {
    struct span prefix;
    const struct shape_set *set; /* NULL: any */
    size_t min, max;             /* characters behind the prefix */
};

struct shape_set {
    const char *name;
    const char *characters; /* NULL: all visible ones */
};

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* The digits are in each of them: shape_overlaps() counts on it. */
static const struct shape_set sets[] = {{"digit", DIGITS},
                                        {"hex", DIGITS "abcdefABCDEF"},
                                        {"alnum", DIGITS LOWER UPPER},
                                        {"base64url", DIGITS LOWER UPPER "-_"},
                                        {"base64", DIGITS LOWER UPPER "+/="},
                                        {"visible", NULL}};

/* Always false, so that a rule may end with it. */
static bool
no(struct buffer *why, const char *text)
{
    if (why != NULL)
        (void)buffer_text(why, text);
    return false;
}

static const struct shape_set *
find_set(struct span name)
{
    size_t i;

    for (i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
        if (span_is(name, sets[i].name))
            return &sets[i];
    return NULL;
}

static bool
cut_at(struct span *text, char mark, struct span *part)
{
    const char *at =
        text->len == 0 ? NULL : memchr(text->data, mark, text->len);

    if (at == NULL)
        return false;
    *part = (struct span){text->data, (size_t)(at - text->data)};
    *text = (struct span){at + 1, text->len - part->len - 1};
    return true;
}

static bool
read_count(struct span text, size_t *out)
{
    char digits[8] = "";
    int64_t value;

    if (text.len == 0 || text.len >= sizeof(digits))
        return false;
    memcpy(digits, text.data, text.len);
    if (!text_number(digits, LIMIT_CREDENTIAL, &value) || value < 1)
        return false;
    *out = (size_t)value;
    return true;
}

static bool
parse(struct span text, struct shape *out, struct buffer *why)
{
    struct span set, min;

    *out = (struct shape){{NULL, 0}, NULL, 1, LIMIT_CREDENTIAL};
    if (span_is(text, SHAPE_ANY))
        return true;
    if (!cut_at(&text, ':', &out->prefix) || !cut_at(&text, ':', &set) ||
        !cut_at(&text, '-', &min))
        return no(why, "must be PREFIX:SET:MIN-MAX, such as glpat-:base64url:"
                       "20-40");
    out->set = find_set(set);
    if (out->set == NULL)
        return no(why, "names no set of characters between the ':' (digit, "
                       "hex, alnum, base64url, base64, visible)");
    if (!read_count(min, &out->min) || !read_count(text, &out->max) ||
        out->min > out->max || out->prefix.len + out->max > LIMIT_CREDENTIAL)
        return no(why, "has no good range behind the last ':', MIN-MAX from 1 "
                       "to 65536, the prefix not counted");
    return true;
}

static bool
begins_with(struct span text, struct span prefix)
{
    return text.len >= prefix.len &&
           (prefix.len == 0 || memcmp(text.data, prefix.data, prefix.len) == 0);
}

static size_t
count_dots(struct span text)
{
    size_t i, count = 0;

    for (i = 0; i < text.len; i++)
        if (text.data[i] == '.')
            count++;
    return count;
}

/* A JWT, an app password of this host, or a part of one: what the other
 * methods verify is never sent away as something else.  Blanks get around it
 * when it is pasted. */
static bool
is_spoken_for(struct span text)
{
    while (text.len > 0 && text.data[0] == ' ') {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && text.data[text.len - 1] == ' ')
        text.len--;
    return begins_with(text, span_of("hap_")) ||
           begins_with(text, span_of("eyJ")) ||
           (count_dots(text) == DOTS_OF_A_JWT && fit_consists_of(text, "-_."));
}

bool
shape_is_good(struct span text, struct buffer *why)
{
    struct shape shape;

    if (!parse(text, &shape, why))
        return false;
    if (!fit_consists_of(shape.prefix, "._-"))
        return no(why, "has a prefix with other characters than A-Z a-z 0-9 . "
                       "_ -");
    /* Then the prefix and digits match it: no good shape is empty. */
    if (is_spoken_for(shape.prefix))
        return no(why, "is the form of a JWT or of an app password of this "
                       "host, which are never taken for anything else");
    return true;
}

static bool
is_in_set(struct span text, const struct shape_set *set)
{
    size_t i;

    for (i = 0; i < text.len; i++) {
        char c = text.data[i];

        if (c < 0x21 || c > 0x7e ||
            (set->characters != NULL && strchr(set->characters, c) == NULL))
            return false;
    }
    return true;
}

bool
shape_matches(struct span text, struct span credential)
{
    struct shape shape;
    struct span rest;

    if (credential.len == 0 || credential.len > LIMIT_CREDENTIAL ||
        text_has_control(credential) || is_spoken_for(credential) ||
        !parse(text, &shape, NULL))
        return false;
    if (shape.set == NULL)
        return true;
    if (!begins_with(credential, shape.prefix))
        return false;
    rest = (struct span){credential.data + shape.prefix.len,
                         credential.len - shape.prefix.len};
    return rest.len >= shape.min && rest.len <= shape.max &&
           is_in_set(rest, shape.set);
}

/*
 * Exact.  What matches both begins with the longer prefix; what that has
 * beyond the shorter one must be of the other's set, and behind it digits
 * will do, which are in every set and add no dot.
 */
bool
shape_overlaps(struct span a, struct span b)
{
    struct shape one, two, spare;
    struct span between;

    if (!parse(a, &one, NULL) || !parse(b, &two, NULL))
        return true; /* not good: never to be relied on */
    if (one.set == NULL || two.set == NULL)
        return true;
    if (one.prefix.len > two.prefix.len) {
        spare = one;
        one = two;
        two = spare;
    }
    if (!begins_with(two.prefix, one.prefix))
        return false;
    between = (struct span){two.prefix.data + one.prefix.len,
                            two.prefix.len - one.prefix.len};
    return is_in_set(between, one.set) && between.len + two.min <= one.max &&
           between.len + two.max >= one.min;
}

bool
shape_list_matches(const struct list *list, struct span credential)
{
    size_t i;

    for (i = 0; i < list->count; i++)
        if (shape_matches(span_of(list->item[i]), credential))
            return true;
    return false;
}
