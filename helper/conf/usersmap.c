/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/conf/usersmap.h"

#include <stdlib.h>
#include <string.h>

#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/conf/complain.h"
#include "helper/conf/fit.h"
#include "helper/conf/settings.h"

struct map_reader {
    struct users_map *map;
    size_t size; /* lines allocated */
    struct buffer *complaints;
    struct place at;
};

/* The fields of one line, pointing into it. */
struct fields {
    struct span local, issuer, claim, value;
};

static struct span
trim_end(struct span text)
{
    while (text.len > 0 &&
           (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

static bool
split(struct map_reader *reader, struct span line, struct fields *out)
{
    const char *equals;
    struct span word, rest = line;

    if (!word_cut(&rest, &out->local) || !word_cut(&rest, &out->issuer) ||
        !word_cut(&rest, &word))
        return complain(reader->complaints, reader->at,
                        "three fields are needed: local-name issuer "
                        "claim=value");
    /* The value may hold blanks; it runs to the end of the line. */
    rest = trim_end(
        (struct span){word.data, (size_t)(line.data + line.len - word.data)});
    equals = memchr(rest.data, '=', rest.len);
    if (equals == NULL)
        return complain(reader->complaints, reader->at,
                        "the third field must be claim=value");
    out->claim = (struct span){rest.data, (size_t)(equals - rest.data)};
    out->value = (struct span){equals + 1, rest.len - out->claim.len - 1};
    return true;
}

static bool
check_local(struct map_reader *reader, struct span local)
{
    struct shown name;

    if (!text_is_user(local))
        return complain(reader->complaints, reader->at,
                        "\"%s\" is no login name (1 to 32 of A-Z a-z 0-9 . _ "
                        "- @, not only digits)",
                        shown(local, &name));
    if (span_is(local, "root"))
        return complain(reader->complaints, reader->at,
                        "root cannot be mapped: nobody logs in as root by "
                        "users.map");
    return true;
}

static bool
check_claim(struct map_reader *reader, const struct fields *fields)
{
    struct shown text;

    if (fields->claim.len == 0 || fields->claim.data[0] == '/' ||
        fields->claim.len > LIMIT_CLAIM || !text_is_visible(fields->claim))
        return complain(reader->complaints, reader->at,
                        "\"%s\" is no name of a top-level claim",
                        shown(fields->claim, &text));
    if (fields->value.len == 0)
        return complain(reader->complaints, reader->at,
                        "the claim's value is empty");
    if (fields->value.len > LIMIT_CLAIM)
        return complain(reader->complaints, reader->at,
                        "the claim's value is longer than %d bytes",
                        LIMIT_CLAIM);
    return true;
}

/* All faults of a line, not only its first. */
static bool
check_fields(struct map_reader *reader, const struct fields *fields)
{
    struct shown name;
    bool good = check_local(reader, fields->local);

    if (!fit_section_name(fields->issuer))
        good = complain(reader->complaints, reader->at,
                        "\"%s\" is not the name of an [issuer] section",
                        shown(fields->issuer, &name));
    if (!check_claim(reader, fields))
        good = false;
    return good;
}

static bool
grow(struct map_reader *reader)
{
    size_t size = reader->size == 0 ? 16 : 2 * reader->size;
    struct users_map_line *lines;

    if (reader->map->count < reader->size)
        return true;
    lines = realloc(reader->map->line, size * sizeof(*lines));
    if (lines == NULL)
        return false;
    reader->map->line = lines;
    reader->size = size;
    return true;
}

static void
clear_line(struct users_map_line *line)
{
    free(line->local);
    free(line->issuer);
    free(line->claim);
    free(line->value);
}

static bool
add_line(struct map_reader *reader, const struct fields *fields)
{
    struct users_map_line *line;

    if (!grow(reader))
        return complain(reader->complaints, reader->at, "no memory");
    line = &reader->map->line[reader->map->count++];
    line->line = reader->at.line;
    line->local = strndup(fields->local.data, fields->local.len);
    line->issuer = strndup(fields->issuer.data, fields->issuer.len);
    line->claim = strndup(fields->claim.data, fields->claim.len);
    line->value = strndup(fields->value.data, fields->value.len);
    if (line->local == NULL || line->issuer == NULL || line->claim == NULL ||
        line->value == NULL) {
        clear_line(line);
        reader->map->count--;
        return complain(reader->complaints, reader->at, "no memory");
    }
    return true;
}

static bool
has_strange_bytes(struct span line)
{
    size_t i;

    for (i = 0; i < line.len; i++)
        if (line.data[i] != '\t' &&
            text_has_control((struct span){line.data + i, 1}))
            return true;
    return !text_is_utf8(line);
}

static bool
read_line(struct map_reader *reader, struct span line)
{
    struct fields fields = {0};
    struct span rest = line, first;

    if (line.len > LIMIT_CONF_LINE)
        return complain(reader->complaints, reader->at,
                        "the line is longer than %d bytes", LIMIT_CONF_LINE);
    if (line.len > 0 && memchr(line.data, '\0', line.len) != NULL)
        return complain(reader->complaints, reader->at,
                        "the line holds a NUL byte");
    if (!word_cut(&rest, &first) || first.data[0] == '#')
        return true;
    if (line.data[line.len - 1] == '\r')
        return complain(reader->complaints, reader->at,
                        "the line ends in a carriage return: save the file "
                        "with Unix line ends");
    if (has_strange_bytes(line))
        return complain(reader->complaints, reader->at,
                        "control characters, or not UTF-8");
    if (!split(reader, line, &fields) || !check_fields(reader, &fields))
        return false;
    return add_line(reader, &fields);
}

/* One place in the sorted order. */
struct rank {
    const struct users_map_line *line;
};

/* Equal lines stand side by side, the earlier one first. */
static int
compare_lines(const void *a, const void *b)
{
    const struct users_map_line *one = ((const struct rank *)a)->line;
    const struct users_map_line *two = ((const struct rank *)b)->line;
    int order = strcmp(one->local, two->local);

    if (order == 0)
        order = strcmp(one->issuer, two->issuer);
    if (order == 0)
        order = strcmp(one->claim, two->claim);
    if (order == 0)
        order = strcmp(one->value, two->value);
    if (order == 0)
        order = one->line < two->line ? -1 : one->line > two->line;
    return order;
}

static bool
is_same(const struct users_map_line *one, const struct users_map_line *two)
{
    return strcmp(one->local, two->local) == 0 &&
           strcmp(one->issuer, two->issuer) == 0 &&
           strcmp(one->claim, two->claim) == 0 &&
           strcmp(one->value, two->value) == 0;
}

static bool
check_duplicates(struct map_reader *reader)
{
    const struct users_map *map = reader->map;
    struct rank *sorted;
    bool good = true;
    size_t i;

    if (map->count < 2)
        return true;
    sorted = calloc(map->count, sizeof(*sorted));
    if (sorted == NULL)
        return complain(reader->complaints, reader->at, "no memory");
    for (i = 0; i < map->count; i++)
        sorted[i].line = &map->line[i];
    qsort(sorted, map->count, sizeof(*sorted), compare_lines);
    for (i = 1; i < map->count; i++) {
        if (!is_same(sorted[i - 1].line, sorted[i].line))
            continue;
        reader->at.line = sorted[i].line->line;
        good = complain(reader->complaints, reader->at,
                        "duplicate: the same as line %u",
                        sorted[i - 1].line->line);
    }
    free(sorted);
    return good;
}

struct users_map *
usersmap_parse(struct span text, const char *file, struct buffer *complaints)
{
    struct map_reader reader = {.complaints = complaints, .at = {file, 0}};
    bool good = true;
    size_t at = 0;

    reader.map = calloc(1, sizeof(*reader.map));
    if (reader.map == NULL) {
        (void)complain(complaints, reader.at, "no memory");
        return NULL;
    }
    while (at < text.len) {
        const char *start = text.data + at;
        const char *end = memchr(start, '\n', text.len - at);
        size_t len = end == NULL ? text.len - at : (size_t)(end - start);

        reader.at.line++;
        if (!read_line(&reader, (struct span){start, len}))
            good = false;
        at += len + 1;
    }
    if (!check_duplicates(&reader))
        good = false;
    if (!good) {
        usersmap_free(reader.map);
        reader.map = NULL;
    }
    return reader.map;
}

void
usersmap_free(struct users_map *map)
{
    size_t i;

    if (map == NULL)
        return;
    for (i = 0; i < map->count; i++)
        clear_line(&map->line[i]);
    free(map->line);
    free(map);
}

bool
usersmap_lists(const struct users_map *map, struct span local)
{
    size_t i;

    for (i = 0; i < map->count; i++)
        if (span_is(local, map->line[i].local))
            return true;
    return false;
}
