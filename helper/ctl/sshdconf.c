/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/sshdconf.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "helper/ctl/textfile.h"

#define VALUES_MAX 4096
#define DEPTH_MAX 16
#define FILES_MAX 1024 /* read, however often they include each other */
#define PATH_BYTES 4096
#define SECONDS_MAX INT32_MAX

struct reading {
    struct sshdconf *conf;
    char folder[PATH_BYTES]; /* what relative names are relative to */
    const char *file;
    unsigned line;
    unsigned depth;
    bool conditional;
};

/* What older files call it. */
static const struct {
    const char *old, *now;
} aliases[] = {
    {"challengeresponseauthentication", "kbdinteractiveauthentication"},
    {"skeyauthentication", "kbdinteractiveauthentication"},
};

static char *
lower(struct span word)
{
    char *out = strndup(word.data, word.len);

    for (char *c = out; c != NULL && *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    for (size_t i = 0; out != NULL && i < sizeof(aliases) / sizeof(aliases[0]);
         i++) {
        if (strcmp(out, aliases[i].old) == 0) {
            free(out);
            out = strdup(aliases[i].now);
        }
    }
    return out;
}

/* The next argument: quotes hold blanks together, an '=' may stand behind the
 * keyword, '#' begins a comment. */
static bool
cut(struct span *rest, struct span *word)
{
    size_t i = 0, start;

    while (i < rest->len &&
           (isspace((unsigned char)rest->data[i]) || rest->data[i] == '='))
        i++;
    if (i == rest->len || rest->data[i] == '#')
        return false;
    start = i;
    if (rest->data[i] == '"') {
        const char *end = memchr(rest->data + i + 1, '"', rest->len - i - 1);
        size_t stop = end == NULL ? rest->len : (size_t)(end - rest->data);

        *word = (struct span){rest->data + i + 1, stop - i - 1};
        i = stop + (end != NULL);
    } else {
        while (i < rest->len && !isspace((unsigned char)rest->data[i]) &&
               !(start == 0 && rest->data[i] == '='))
            i++;
        *word = (struct span){rest->data + start, i - start};
    }
    rest->data += i;
    rest->len -= i;
    return true;
}

static char *
join(struct span rest)
{
    char *out = calloc(1, rest.len + 1);
    struct span word;
    size_t len = 0;

    while (out != NULL && cut(&rest, &word)) {
        if (len > 0)
            out[len++] = ' ';
        memcpy(out + len, word.data, word.len);
        len += word.len;
    }
    return out;
}

static bool
add_value(struct reading *r, char *keyword, struct span rest)
{
    struct sshdconf *conf = r->conf;
    struct sshdconf_value *longer;
    char *text = join(rest);

    if (text != NULL && keyword != NULL && conf->count < VALUES_MAX) {
        longer = realloc(conf->value, (conf->count + 1) * sizeof(*longer));
        if (longer != NULL) {
            conf->value = longer;
            longer[conf->count++] = (struct sshdconf_value){
                keyword, text, r->file, r->line, r->conditional};
            return true;
        }
    }
    free(text);
    free(keyword);
    return false;
}

static bool read_file(const struct reading *from, const char *path);

/* A glob of sshd: relative names are those of the main file's folder. */
static bool
include(struct reading *r, struct span rest)
{
    char pattern[PATH_BYTES];
    struct span word;
    bool good = true;

    while (good && cut(&rest, &word)) {
        glob_t found = {.gl_pathc = 0};
        bool absolute = word.len > 0 && word.data[0] == '/';
        int len = snprintf(pattern, sizeof(pattern), "%s%s%.*s",
                           absolute ? "" : r->folder, absolute ? "" : "/",
                           (int)word.len, word.data);

        if (len < 0 || (size_t)len >= sizeof(pattern)) {
            r->conf->unreadable = true;
            continue;
        }
        good = add_value(r, strdup("include"), span_of(pattern));
        switch (glob(pattern, 0, NULL, &found)) {
        case 0:
            for (size_t i = 0; good && i < found.gl_pathc; i++)
                good = read_file(r, found.gl_pathv[i]);
            break;
        case GLOB_NOMATCH:
            break;
        default:
            r->conf->unreadable = true;
        }
        globfree(&found);
    }
    return good;
}

static bool
take_line(struct reading *r, struct span line)
{
    struct span word;
    char *keyword;
    bool good;

    if (!cut(&line, &word))
        return true;
    keyword = lower(word);
    if (keyword == NULL)
        return false;
    if (strcmp(keyword, "match") == 0) {
        char *what = join(line);

        r->conditional = what == NULL || strcasecmp(what, "all") != 0;
        free(what);
    }
    if (strcmp(keyword, "include") != 0)
        return add_value(r, keyword, line);
    good = include(r, line);
    free(keyword);
    return good;
}

static bool
take_text(struct reading *r, struct span text)
{
    struct span line;
    bool good = true;

    while (good && textfile_line(&text, &line)) {
        r->line++;
        good = take_line(r, line);
    }
    return good;
}

static bool
read_file(const struct reading *from, const char *path)
{
    struct buffer text = BUFFER_INIT(TEXTFILE_MAX);
    struct reading r = *from;
    bool good = true;

    if (from->depth >= DEPTH_MAX || from->conf->files.count >= FILES_MAX) {
        from->conf->unreadable = true;
        return true;
    }
    r.depth++;
    r.line = 0;
    if (textfile_read(path, false, &text)) {
        struct list *files = &r.conf->files;

        good = list_add(files, span_of(path));
        if (good) {
            r.file = files->item[files->count - 1];
            good = take_text(&r, buffer_span(&text));
        }
    } else {
        r.conf->unreadable = r.conf->unreadable || errno != ENOENT;
        good = from->depth > 0;
    }
    buffer_free(&text);
    return good;
}

bool
sshdconf_read(const char *file, struct sshdconf *out)
{
    struct reading r = {.conf = out};
    const char *slash = strrchr(file, '/');

    *out = (struct sshdconf){.count = 0};
    snprintf(r.folder, sizeof(r.folder), "%.*s",
             slash == NULL ? 1 : (int)(slash - file),
             slash == NULL ? "." : file);
    return read_file(&r, file);
}

bool
sshdconf_parse(struct span text, struct sshdconf *out)
{
    struct reading r = {.conf = out};

    *out = (struct sshdconf){.count = 0};
    return take_text(&r, text);
}

void
sshdconf_free(struct sshdconf *conf)
{
    for (size_t i = 0; i < conf->count; i++) {
        free(conf->value[i].keyword);
        free(conf->value[i].text);
    }
    free(conf->value);
    list_clear(&conf->files);
    *conf = (struct sshdconf){.count = 0};
}

static const struct sshdconf_value *
from(const struct sshdconf *conf, size_t i, const char *keyword)
{
    for (; i < conf->count; i++)
        if (!conf->value[i].conditional &&
            strcmp(conf->value[i].keyword, keyword) == 0)
            return &conf->value[i];
    return NULL;
}

const struct sshdconf_value *
sshdconf_find(const struct sshdconf *conf, const char *keyword)
{
    return from(conf, 0, keyword);
}

const struct sshdconf_value *
sshdconf_next(const struct sshdconf *conf, const struct sshdconf_value *last)
{
    return from(conf, (size_t)(last - conf->value) + 1, last->keyword);
}

const struct sshdconf_value *
sshdconf_where(const struct sshdconf *conf, const char *keyword,
               const char *text)
{
    for (size_t i = 0; i < conf->count; i++)
        if (strcmp(conf->value[i].keyword, keyword) == 0 &&
            strcasecmp(conf->value[i].text, text) == 0)
            return &conf->value[i];
    return NULL;
}

static int64_t
unit(char c)
{
    switch (tolower((unsigned char)c)) {
    case '\0':
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    case 'w':
        return 604800;
    default:
        return -1;
    }
}

int64_t
sshdconf_seconds(const char *text)
{
    int64_t sum = 0;

    if (*text == '\0')
        return -1;
    while (*text != '\0') {
        int64_t number = 0, factor;

        if (!isdigit((unsigned char)*text))
            return -1;
        while (isdigit((unsigned char)*text) && number < SECONDS_MAX)
            number = number * 10 + (*text++ - '0');
        factor = unit(*text);
        if (factor < 0 || number > SECONDS_MAX)
            return -1;
        text += *text != '\0';
        sum += number * factor;
        if (sum > SECONDS_MAX)
            return -1;
    }
    return sum;
}
