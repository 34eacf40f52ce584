/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/ini.h"

#include <string.h>

#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/conf/complain.h"

struct reader {
    ini_each *each;
    void *context;
    struct buffer *complaints;
    struct place at;
    struct span section, name;
    bool in_section; /* false before the first one */
    bool skipping;   /* behind a broken header: its keys belong nowhere */
};

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct span
trim(struct span text)
{
    while (text.len > 0 && is_blank(text.data[0])) {
        text.data++;
        text.len--;
    }
    while (text.len > 0 && is_blank(text.data[text.len - 1]))
        text.len--;
    return text;
}

static bool
emit(struct reader *reader, struct span key, struct span value)
{
    struct ini_item item = {reader->section, reader->name, key, value,
                            reader->at.line};

    return reader->each(reader->context, &item);
}

static bool
read_header(struct reader *reader, struct span line)
{
    const char *end = memchr(line.data, ']', line.len);
    struct span inside;
    size_t len = 0;

    reader->skipping = true;
    if (end == NULL)
        return complain(reader->complaints, reader->at,
                        "the section's name is not closed by ']'");
    if (end != line.data + line.len - 1)
        return complain(reader->complaints, reader->at,
                        "text behind the section's ']' (a comment needs a "
                        "line of its own)");
    inside = trim((struct span){line.data + 1, line.len - 2});
    if (inside.len == 0)
        return complain(reader->complaints, reader->at,
                        "a section needs a name");
    while (len < inside.len && !is_blank(inside.data[len]))
        len++;
    reader->section = (struct span){inside.data, len};
    reader->name = trim((struct span){inside.data + len, inside.len - len});
    reader->in_section = true;
    reader->skipping = false;
    return emit(reader, (struct span){NULL, 0}, (struct span){NULL, 0});
}

static bool
read_key(struct reader *reader, struct span line)
{
    const char *equals = memchr(line.data, '=', line.len);
    struct span key, value;

    if (equals == NULL)
        return complain(reader->complaints, reader->at,
                        "neither \"[section]\" nor \"key = value\" nor a "
                        "comment");
    key = trim((struct span){line.data, (size_t)(equals - line.data)});
    value = trim(
        (struct span){equals + 1, line.len - 1 - (size_t)(equals - line.data)});
    if (key.len == 0)
        return complain(reader->complaints, reader->at,
                        "no key in front of the '='");
    if (reader->skipping)
        return true;
    if (!reader->in_section)
        return complain(reader->complaints, reader->at,
                        "a key before the first \"[section]\"");
    return emit(reader, key, value);
}

/* A tab is a blank; other control characters are never meant. */
static bool
has_strange_bytes(struct span line)
{
    size_t i;

    for (i = 0; i < line.len; i++)
        if (!is_blank(line.data[i]) &&
            text_has_control((struct span){line.data + i, 1}))
            return true;
    return false;
}

static bool
read_line(struct reader *reader, struct span line)
{
    if (line.len > LIMIT_CONF_LINE)
        return complain(reader->complaints, reader->at,
                        "the line is longer than %d bytes", LIMIT_CONF_LINE);
    if (line.len > 0 && memchr(line.data, '\0', line.len) != NULL)
        return complain(reader->complaints, reader->at,
                        "the line holds a NUL byte");
    line = trim(line);
    if (line.len == 0 || line.data[0] == '#' || line.data[0] == ';')
        return true;
    if (line.data[line.len - 1] == '\r')
        return complain(reader->complaints, reader->at,
                        "the line ends in a carriage return: save the file "
                        "with Unix line ends");
    if (has_strange_bytes(line) || !text_is_utf8(line))
        return complain(reader->complaints, reader->at,
                        "control characters, or not UTF-8");
    return line.data[0] == '[' ? read_header(reader, line)
                               : read_key(reader, line);
}

bool
ini_read(struct span text, const char *file, ini_each *each, void *context,
         struct buffer *complaints)
{
    struct reader reader = {.each = each,
                            .context = context,
                            .complaints = complaints,
                            .at = {file, 0}};
    size_t at = 0;
    bool good = true;

    while (at < text.len) {
        const char *start = text.data + at;
        const char *end = memchr(start, '\n', text.len - at);
        size_t len = end == NULL ? text.len - at : (size_t)(end - start);

        reader.at.line++;
        if (!read_line(&reader, (struct span){start, len}))
            good = false;
        at += len + 1;
    }
    return good;
}
