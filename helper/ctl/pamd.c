/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/pamd.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "helper/base/text.h"
#include "helper/ctl/pamd_parse.h"
#include "helper/ctl/textfile.h"

#define LINES_MAX 1024
#define FAULTS_MAX 64
#define DEPTH_MAX 16  /* libpam's own limit for substacks */
#define FILES_MAX 256 /* read, however often they include each other */
#define ARGUMENTS_MAX 64
#define PATH_MAX_BYTES 4096

const char *const pamd_folders[] = {"/etc/pam.d", "/usr/lib/pam.d", NULL};

static const char *const phase_names[PAMD_PHASES] = {"auth", "account",
                                                     "session", "password"};

const char *
pamd_phase_name(enum pamd_phase phase)
{
    return phase_names[phase];
}

/* One file on its way into the stack. */
struct reading {
    struct pamd *stack;
    const char *const *folders;
    const char *file;
    unsigned number;
    unsigned level; /* substacks */
    unsigned depth; /* files */
    int only;       /* the phase that is included, or -1: all */
};

__attribute__((format(printf, 2, 3))) static void
add_fault(const struct reading *r, const char *format, ...)
{
    struct pamd *stack = r->stack;
    struct pamd_fault *longer;
    char what[256];
    va_list args;

    if (stack->faults >= FAULTS_MAX)
        return;
    va_start(args, format);
    (void)vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    longer = realloc(stack->fault, (stack->faults + 1) * sizeof(*longer));
    if (longer == NULL)
        return;
    stack->fault = longer;
    longer += stack->faults;
    *longer = (struct pamd_fault){r->file, r->number, strdup(what)};
    if (longer->what != NULL)
        stack->faults++;
}

/* Takes over nothing; NULL without memory or room. */
static struct pamd_line *
add_line(const struct reading *r, enum pamd_phase phase, struct span text,
         struct span control)
{
    struct pamd *stack = r->stack;
    struct pamd_line *longer, *line;

    if (stack->count >= LINES_MAX) {
        add_fault(r, "more than %d lines", LINES_MAX);
        return NULL;
    }
    longer = realloc(stack->line, (stack->count + 1) * sizeof(*longer));
    if (longer == NULL)
        return NULL;
    stack->line = longer;
    line = &longer[stack->count];
    *line = (struct pamd_line){.phase = phase,
                               .file = r->file,
                               .number = r->number,
                               .level = r->level};
    line->text = pamd_tidy(text);
    line->control = strndup(control.data, control.len);
    line->argument = calloc(1, sizeof(*line->argument));
    stack->count++;
    return line->text != NULL && line->control != NULL && line->argument != NULL
               ? line
               : NULL;
}

static bool
add_argument(struct pamd_line *line, struct span word)
{
    char **longer;

    if (line->arguments >= ARGUMENTS_MAX)
        return true;
    longer = realloc(line->argument,
                     ((size_t)line->arguments + 2) * sizeof(*longer));
    if (longer == NULL)
        return false;
    line->argument = longer;
    longer[line->arguments] = pamd_unquote(word);
    longer[line->arguments + 1] = NULL;
    if (longer[line->arguments] == NULL)
        return false;
    line->arguments++;
    return true;
}

static bool read_named(struct reading *, struct span name, int only,
                       unsigned level);

/* `control` is a keyword that names a file instead of a module. */
static bool
follow(struct reading *r, enum pamd_phase phase, struct span text,
       struct span control, struct span name)
{
    struct pamd_line *line;

    if (name.len == 0) {
        add_fault(r, "%.*s what?", (int)control.len, control.data);
        return true;
    }
    if (!span_is(control, "substack"))
        return read_named(r, name, (int)phase, r->level);
    line = add_line(r, phase, text, control);
    return line != NULL && read_named(r, name, (int)phase, r->level + 1);
}

static bool
take_module(struct reading *r, enum pamd_phase phase, struct span text,
            struct span control, struct span rest)
{
    struct pamd_line *line;
    struct span word;
    const char *wrong;

    if (!pamd_cut(&rest, &word)) {
        add_fault(r, "no module is named");
        return true;
    }
    line = add_line(r, phase, text, control);
    if (line == NULL)
        return false;
    wrong = pamd_control(control, line->action);
    if (wrong != NULL)
        add_fault(r, "%s", wrong);
    line->module = strndup(word.data, word.len);
    while (pamd_cut(&rest, &word))
        if (!add_argument(line, word))
            return false;
    return line->module != NULL;
}

/* True: go on. */
static bool
take_line(struct reading *r, struct span text)
{
    struct span rest = text, word, control, name;
    int phase;

    if (!pamd_cut(&rest, &word))
        return true;
    if (span_is(word, "@include")) {
        if (pamd_cut(&rest, &name))
            return read_named(r, name, r->only, r->level);
        add_fault(r, "@include what?");
        return true;
    }
    /* '-': no complaint of libpam when the module is missing. */
    if (word.data[0] == '-')
        word = (struct span){word.data + 1, word.len - 1};
    for (phase = 0; phase < PAMD_PHASES; phase++)
        if (strlen(phase_names[phase]) == word.len &&
            strncasecmp(phase_names[phase], word.data, word.len) == 0)
            break;
    if (phase == PAMD_PHASES) {
        add_fault(r, "\"%.*s\" is no phase", (int)word.len, word.data);
        return true;
    }
    if (!pamd_cut(&rest, &control)) {
        add_fault(r, "no control is given");
        return true;
    }
    if (r->only >= 0 && r->only != phase)
        return true;
    if (!span_is(control, "include") && !span_is(control, "substack"))
        return take_module(r, (enum pamd_phase)phase, text, control, rest);
    if (!pamd_cut(&rest, &name))
        name = (struct span){NULL, 0};
    return follow(r, (enum pamd_phase)phase, text, control, name);
}

static bool
take_text(struct reading *r, struct span text)
{
    struct buffer line = BUFFER_INIT(TEXTFILE_MAX);
    unsigned at = 0;
    bool good = true;

    while (good && pamd_assemble(&text, &at, &line, &r->number))
        good = take_line(r, buffer_span(&line));
    buffer_free(&line);
    return good;
}

/* --- files --- */

/* The first folder that has it; ENOENT when none does. */
static bool
find_file(const char *const *folders, struct span name, struct buffer *text,
          char path[PATH_MAX_BYTES])
{
    bool absolute = name.len > 0 && name.data[0] == '/';

    errno = ENOENT;
    for (size_t i = 0; folders[i] != NULL; i++) {
        int len = absolute ? snprintf(path, PATH_MAX_BYTES, "%.*s",
                                      (int)name.len, name.data)
                           : snprintf(path, PATH_MAX_BYTES, "%s/%.*s",
                                      folders[i], (int)name.len, name.data);

        if (len < 0 || len >= PATH_MAX_BYTES) {
            errno = ENAMETOOLONG;
            return false;
        }
        if (textfile_read(path, false, text))
            return true;
        if (errno != ENOENT && errno != ENOTDIR)
            return false;
    }
    return false;
}

static bool
read_text(struct reading *r, const char *path, struct span text)
{
    struct list *files = &r->stack->files;

    if (!list_add(files, span_of(path)))
        return false;
    r->file = files->item[files->count - 1];
    r->number = 0;
    return take_text(r, text);
}

static bool
read_named(struct reading *from, struct span name, int only, unsigned level)
{
    struct reading r = *from;
    struct buffer text = BUFFER_INIT(TEXTFILE_MAX);
    char path[PATH_MAX_BYTES];
    bool good = true;

    if (from->depth >= DEPTH_MAX || from->stack->files.count >= FILES_MAX) {
        add_fault(from, "files include each other too deeply");
        return true;
    }
    r.depth++;
    r.level = level;
    r.only = only;
    if (find_file(r.folders, name, &text, path)) {
        good = read_text(&r, path, buffer_span(&text));
    } else {
        r.stack->unreadable = r.stack->unreadable || errno == EACCES;
        if (errno != EACCES)
            add_fault(from, "%.*s: %s", (int)name.len, name.data,
                      strerror(errno));
    }
    buffer_free(&text);
    return good;
}

enum pamd_result
pamd_read(const char *const *folders, const char *service, struct pamd *out)
{
    struct reading r = {.stack = out, .folders = folders, .only = -1};
    struct buffer text = BUFFER_INIT(TEXTFILE_MAX);
    enum pamd_result result = PAMD_FAILED;
    char path[PATH_MAX_BYTES];

    *out = (struct pamd){.count = 0};
    if (!find_file(folders, span_of(service), &text, path)) {
        out->unreadable = errno == EACCES;
        result = errno == ENOENT ? PAMD_ABSENT : PAMD_FAILED;
    } else if (read_text(&r, path, buffer_span(&text))) {
        result = PAMD_READ;
    } else {
        errno = ENOMEM;
    }
    buffer_free(&text);
    return result;
}

void
pamd_free(struct pamd *stack)
{
    for (size_t i = 0; i < stack->count; i++) {
        struct pamd_line *line = &stack->line[i];

        for (int k = 0; k < line->arguments; k++)
            free(line->argument[k]);
        free(line->argument);
        free(line->text);
        free(line->control);
        free(line->module);
    }
    for (size_t i = 0; i < stack->faults; i++)
        free(stack->fault[i].what);
    free(stack->line);
    free(stack->fault);
    list_clear(&stack->files);
    *stack = (struct pamd){.count = 0};
}

static int
compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool
pamd_services(const char *const *folders, struct list *out)
{
    bool any = false;

    for (size_t i = 0; folders[i] != NULL; i++) {
        DIR *folder = opendir(folders[i]);
        const struct dirent *entry;

        if (folder == NULL)
            continue;
        any = true;
        /* Hidden files and what package managers leave are no services:
         * "sshd.dpkg-old" could be asked for, but nothing asks. */
        while ((entry = readdir(folder)) != NULL) {
            struct span name = span_of(entry->d_name);

            if (name.data[0] != '.' && text_is_service(name) &&
                strstr(entry->d_name, ".dpkg-") == NULL &&
                strstr(entry->d_name, ".rpm") == NULL && !list_has(out, name) &&
                !list_add(out, name))
                break;
        }
        closedir(folder);
    }
    if (out->count > 0)
        qsort(out->item, out->count, sizeof(*out->item), compare);
    return any;
}

bool
pamd_is(const struct pamd_line *line, const char *module)
{
    const char *slash;

    if (line->module == NULL)
        return false;
    slash = strrchr(line->module, '/');
    return strcmp(slash != NULL ? slash + 1 : line->module, module) == 0;
}

bool
pamd_has_argument(const struct pamd_line *line, const char *argument)
{
    for (int i = 0; i < line->arguments; i++)
        if (strcmp(line->argument[i], argument) == 0)
            return true;
    return false;
}

const struct pamd_line *
pamd_next(const struct pamd *stack, enum pamd_phase phase, const char *module,
          const struct pamd_line *last)
{
    size_t i = last == NULL ? 0 : (size_t)(last - stack->line) + 1;

    for (; i < stack->count; i++)
        if (stack->line[i].phase == phase && pamd_is(&stack->line[i], module))
            return &stack->line[i];
    return NULL;
}
