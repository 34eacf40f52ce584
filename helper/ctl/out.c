/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/out.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/text.h"
#include "helper/ctl/ctl.h"

#define LINE_BYTES 2048

static const char *command = "";

void
out_command(const char *words)
{
    command = words;
}

__attribute__((format(printf, 1, 0))) static void
complain(const char *format, va_list args)
{
    char line[LINE_BYTES], safe[LINE_BYTES];

    (void)vsnprintf(line, sizeof(line), format, args);
    (void)fflush(stdout);
    (void)fprintf(stderr, "httpauthctl: %s\n",
                  out_safe(span_of(line), safe, sizeof(safe)));
}

void
out_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(format, args);
    va_end(args);
}

int
out_usage(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(format, args);
    va_end(args);
    (void)fprintf(stderr, "See httpauthctl %s%s--help\n", command,
                  command[0] != '\0' ? " " : "");
    return CTL_USAGE;
}

void
out_stranger(const char *user)
{
    if (getpwnam(user) == NULL)
        out_error("warning: there is no account %s on this host", user);
}

static bool
is_printable(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7e)
            return false;
    return true;
}

char *
out_safe(struct span text, char *out, size_t size)
{
    if (text.len >= size || !is_printable(text))
        return text_escape(text, out, size);
    if (text.len > 0)
        memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return out;
}

char *
out_member(const json_t *object, const char *name, const char *otherwise,
           char *out, size_t size)
{
    const json_t *member = json_object_get(object, name);
    struct span text = span_of(otherwise);

    if (json_is_string(member))
        text = (struct span){json_string_value(member),
                             json_string_length(member)};
    return out_safe(text, out, size);
}

void
out_lines(struct span lines)
{
    char safe[LINE_BYTES];

    (void)fflush(stdout); /* what was said before comes before */
    while (lines.len > 0) {
        const char *end = memchr(lines.data, '\n', lines.len);
        size_t len = end == NULL ? lines.len : (size_t)(end - lines.data);
        struct span line = {lines.data, len};

        if (len > 0 && line.data[len - 1] == '\r')
            line.len--; /* of sshd -e */
        (void)fprintf(stderr, "%s\n", out_safe(line, safe, sizeof(safe)));
        if (end != NULL)
            len++;
        lines.data += len;
        lines.len -= len;
    }
}

void
out_wrapped(size_t column, const char *text)
{
    size_t at = column;

    while (*text != '\0') {
        size_t word = strcspn(text, " ");
        size_t room = OUT_COLUMNS - column;

        if (at > column && at + 1 + word > OUT_COLUMNS) {
            (void)printf("\n%*s", (int)column, "");
            at = column;
        } else if (at > column) {
            (void)putchar(' ');
            at++;
        }
        /* A word that no line holds, a long URL say, is cut. */
        if (word > room)
            word = room;
        (void)printf("%.*s", (int)word, text);
        at += word;
        text += word;
        if (*text != '\0' && *text != ' ')
            at = OUT_COLUMNS;
        text += strspn(text, " ");
    }
    (void)putchar('\n');
}

void
out_json(const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_PRESERVE_ORDER |
                                       JSON_ENSURE_ASCII | JSON_ENCODE_ANY);

    if (text == NULL)
        return;
    (void)puts(text);
    free(text);
}

bool
out_secret(struct span secret)
{
    (void)fflush(stdout);
    while (secret.len > 0) {
        ssize_t n = write(STDOUT_FILENO, secret.data, secret.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            out_error("cannot write to standard output: %s", strerror(errno));
            return false;
        }
        secret.data += n;
        secret.len -= (size_t)n;
    }
    return true;
}

bool
out_finish(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    out_error("cannot write to standard output: %s", strerror(errno));
    return false;
}
