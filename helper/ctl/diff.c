/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/diff.h"

#include <stdint.h>
#include <stdlib.h>

#define CONTEXT 3
/* Of the table that compares each line with each, where the texts differ. */
#define CELLS_MAX ((size_t)4 * 1024 * 1024)

struct lines {
    struct span *line; /* without their ends */
    size_t count;
    bool ended; /* the last one has an end, too */
};

/* One line of the result. */
struct step {
    char mark; /* ' ', '-', '+' */
    struct span line;
    bool unended; /* the last of its file, without a newline */
};

struct script {
    struct step *step;
    size_t count;
};

static bool
split(struct span text, struct lines *out)
{
    size_t count = 0;

    *out = (struct lines){.ended = true};
    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == '\n';
    out->line = calloc(count + 1, sizeof(*out->line));
    if (out->line == NULL)
        return false;
    while (text.len > 0) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t len = end == NULL ? text.len : (size_t)(end - text.data);

        out->line[out->count++] = (struct span){text.data, len};
        out->ended = end != NULL;
        len += out->ended;
        text = (struct span){text.data + len, text.len - len};
    }
    return true;
}

/* The same text, and both or neither the end of a file without newline. */
static bool
same(const struct lines *a, size_t i, const struct lines *b, size_t j)
{
    bool a_open = !a->ended && i + 1 == a->count;
    bool b_open = !b->ended && j + 1 == b->count;

    return a_open == b_open && span_equal(a->line[i], b->line[j]);
}

static void
put(struct script *script, char mark, const struct lines *from, size_t i)
{
    script->step[script->count++] = (struct step){
        mark, from->line[i], !from->ended && i + 1 == from->count};
}

/* Lengths of the longest common subsequences behind (i, j): what to keep is
 * read from them from the top. */
static uint16_t *
table_make(const struct lines *a, const struct lines *b, size_t top, size_t an,
           size_t bn)
{
    size_t width = bn + 1;
    uint16_t *table;

    if ((an + 1) > CELLS_MAX / width || an > UINT16_MAX || bn > UINT16_MAX)
        return NULL;
    table = calloc((an + 1) * width, sizeof(*table));
    if (table == NULL)
        return NULL;
    for (size_t i = an; i-- > 0;)
        for (size_t j = bn; j-- > 0;) {
            uint16_t down = table[(i + 1) * width + j];
            uint16_t right = table[i * width + j + 1];

            if (same(a, top + i, b, top + j))
                table[i * width + j] = table[(i + 1) * width + j + 1] + 1;
            else
                table[i * width + j] = down >= right ? down : right;
        }
    return table;
}

/* The lines between what both begin and end with. */
static void
compare(const struct lines *a, const struct lines *b, size_t top, size_t an,
        size_t bn, struct script *script)
{
    uint16_t *table = table_make(a, b, top, an, bn);
    size_t i = 0, j = 0, width = bn + 1;

    while (table != NULL && i < an && j < bn) {
        if (same(a, top + i, b, top + j)) {
            put(script, ' ', a, top + i);
            i++;
            j++;
        } else if (table[(i + 1) * width + j] >= table[i * width + j + 1]) {
            put(script, '-', a, top + i++);
        } else {
            put(script, '+', b, top + j++);
        }
    }
    while (i < an)
        put(script, '-', a, top + i++);
    while (j < bn)
        put(script, '+', b, top + j++);
    free(table);
}

static bool
script_make(const struct lines *a, const struct lines *b, struct script *script)
{
    size_t top = 0, end = 0;
    size_t least = a->count < b->count ? a->count : b->count;

    *script = (struct script){
        .step = calloc(a->count + b->count + 1, sizeof(*script->step))};
    if (script->step == NULL)
        return false;
    while (top < least && same(a, top, b, top))
        top++;
    while (end < least - top &&
           same(a, a->count - 1 - end, b, b->count - 1 - end))
        end++;
    for (size_t i = 0; i < top; i++)
        put(script, ' ', a, i);
    compare(a, b, top, a->count - top - end, b->count - top - end, script);
    for (size_t i = a->count - end; i < a->count; i++)
        put(script, ' ', a, i);
    return true;
}

/* Where the hunk that begins with the change at `from` ends: behind its last
 * change there are CONTEXT lines, or the end. */
static size_t
hunk_end(const struct script *script, size_t from)
{
    size_t last = from;

    for (size_t i = from; i < script->count && i <= last + 2 * CONTEXT + 1; i++)
        if (script->step[i].mark != ' ')
            last = i;
    last += 1 + CONTEXT;
    return last < script->count ? last : script->count;
}

/* A side without lines is counted from the line before. */
static void
put_range(struct buffer *out, char mark, size_t first, size_t count)
{
    buffer_printf(out, " %c%zu", mark, count == 0 ? first : first + 1);
    if (count != 1)
        buffer_printf(out, ",%zu", count);
}

static void
put_hunk(const struct script *script, size_t from, size_t to, size_t a,
         size_t b, struct buffer *out)
{
    size_t an = 0, bn = 0;

    for (size_t i = from; i < to; i++) {
        an += script->step[i].mark != '+';
        bn += script->step[i].mark != '-';
    }
    buffer_text(out, "@@");
    put_range(out, '-', a, an);
    put_range(out, '+', b, bn);
    buffer_text(out, " @@\n");
    for (size_t i = from; i < to; i++) {
        const struct step *step = &script->step[i];

        buffer_add(out, &step->mark, 1);
        buffer_add(out, step->line.data, step->line.len);
        buffer_text(out,
                    step->unended ? "\n\\ No newline at end of file\n" : "\n");
    }
}

static void
put_hunks(const struct script *script, struct buffer *out)
{
    size_t a = 0, b = 0, at = 0;

    for (size_t i = 0; i < script->count; i++) {
        size_t from, to;

        if (script->step[i].mark == ' ')
            continue;
        from = i - at > CONTEXT ? i - CONTEXT : at;
        to = hunk_end(script, i);
        a += from - at; /* between two hunks nothing differs */
        b += from - at;
        put_hunk(script, from, to, a, b, out);
        for (size_t k = from; k < to; k++) {
            a += script->step[k].mark != '+';
            b += script->step[k].mark != '-';
        }
        at = to;
        i = to - 1;
    }
}

bool
diff_unified(struct span before, struct span after, struct buffer *out)
{
    struct lines a = {NULL, 0, true}, b = {NULL, 0, true};
    struct script script = {NULL, 0};
    bool done =
        split(before, &a) && split(after, &b) && script_make(&a, &b, &script);

    if (done)
        put_hunks(&script, out);
    free(script.step);
    free(a.line);
    free(b.line);
    return done && !out->failed;
}
