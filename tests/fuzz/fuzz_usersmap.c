/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * users.map: no input may crash its reader, and what it accepts keeps the
 * rules and reads again to the same when it is written down.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/conf/usersmap.h"

#define COMPLAINTS_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_line(const struct users_map *map, const struct users_map_line *line)
{
    if (!text_is_user(span_of(line->local)) ||
        strcmp(line->local, "root") == 0 || line->issuer[0] == '\0' ||
        line->claim[0] == '\0' || line->claim[0] == '/' ||
        line->value[0] == '\0' || line->line == 0)
        abort();
    if (!usersmap_lists(map, span_of(line->local)))
        abort();
}

static void
write_down(const struct users_map *map, struct buffer *out)
{
    size_t i;

    for (i = 0; i < map->count; i++) {
        const struct users_map_line *line = &map->line[i];

        check_line(map, line);
        if (!buffer_printf(out, "%s %s %s=%s\n", line->local, line->issuer,
                           line->claim, line->value))
            abort();
    }
}

static void
compare(const struct users_map *a, const struct users_map *b)
{
    size_t i;

    if (b == NULL || a->count != b->count)
        abort();
    for (i = 0; i < a->count; i++)
        if (strcmp(a->line[i].local, b->line[i].local) != 0 ||
            strcmp(a->line[i].issuer, b->line[i].issuer) != 0 ||
            strcmp(a->line[i].claim, b->line[i].claim) != 0 ||
            strcmp(a->line[i].value, b->line[i].value) != 0)
            abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer complaints = BUFFER_INIT(COMPLAINTS_MAX);
    struct buffer text = BUFFER_INIT(SIZE_MAX / 2);
    struct users_map *map, *again;
    /* A copy of the exact size, so that reading past its end is seen. */
    char *copy = malloc(size == 0 ? 1 : size);

    if (copy == NULL)
        abort();
    if (size > 0)
        memcpy(copy, data, size);
    map = usersmap_parse((struct span){copy, size}, "map", &complaints);
    free(copy);
    if (complaints.failed || (map == NULL) != (complaints.len > 0))
        abort();
    if (map != NULL) {
        write_down(map, &text);
        again = usersmap_parse(buffer_span(&text), "again", &complaints);
        compare(map, again);
        usersmap_free(again);
    }
    usersmap_free(map);
    buffer_free(&text);
    buffer_free(&complaints);
    return 0;
}
