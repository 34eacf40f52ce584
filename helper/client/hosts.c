/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/hosts.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/base/text.h"
#include "helper/client/file.h"
#include "helper/client/xdg.h"
#include "helper/client/say.h"

/* --- lines --- */

static char
folded(char c, bool fold)
{
    return fold && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
hosts_fits(struct span pattern, struct span name, bool fold)
{
    size_t p = 0, n = 0, star = SIZE_MAX, seen = 0;

    while (n < name.len) {
        if (p < pattern.len && pattern.data[p] == '*') {
            star = p++;
            seen = n;
        } else if (p < pattern.len &&
                   (pattern.data[p] == '?' || folded(pattern.data[p], fold) ==
                                                  folded(name.data[n], fold))) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++seen;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.data[p] == '*')
        p++;
    return p == pattern.len;
}

/* Words in place; false when there are too many. */
static bool
split(char *text, char *words[HOSTS_WORDS_MAX + 2])
{
    char *word, *rest = text;
    size_t count = 0;

    while ((word = strsep(&rest, " \t")) != NULL) {
        if (*word == '\0')
            continue;
        if (count > HOSTS_WORDS_MAX)
            return false;
        words[count++] = word;
    }
    words[count] = NULL;
    return true;
}

/* Is it a line for that destination?  False, and `*bad`, if it is none. */
static bool
take_line(struct span line, const struct prompt *p, struct hosts_line *out,
          bool *bad)
{
    char *words[HOSTS_WORDS_MAX + 2], *at;
    struct span user, host;

    *bad = line.len > HOSTS_LINE_MAX || memchr(line.data, '\0', line.len);
    if (*bad)
        return false;
    memcpy(out->text, line.data, line.len);
    out->text[line.len] = '\0';
    *bad = !split(out->text, words);
    if (*bad || words[0] == NULL || words[0][0] == '#')
        return false;
    out->never = words[0][0] == '!';
    words[0] += out->never;
    at = strrchr(words[0], '@');
    *bad = at == NULL || at == words[0] || at[1] == '\0';
    if (*bad)
        return false;
    user = (struct span){words[0], (size_t)(at - words[0])};
    host = span_of(at + 1);
    memcpy(out->command, words + 1, sizeof(out->command));
    return hosts_fits(user, p->user, false) && hosts_fits(host, p->host, true);
}

bool
hosts_match(struct span content, const struct prompt *p, struct hosts_line *out,
            unsigned *fault)
{
    unsigned number = 0;

    *fault = 0;
    while (content.len > 0) {
        const char *end = memchr(content.data, '\n', content.len);
        size_t len = end != NULL ? (size_t)(end - content.data) : content.len;
        bool bad, fits;

        number++;
        fits = take_line((struct span){content.data, len}, p, out, &bad);
        if (bad)
            *fault = number;
        if (bad || fits)
            return fits;
        if (end == NULL)
            break;
        content.data += len + 1;
        content.len -= len + 1;
    }
    return false;
}

/* --- the file --- */

bool
hosts_path(struct buffer *path, bool create)
{
    return xdg_path("XDG_CONFIG_HOME", ".config", create, path) &&
           buffer_text(path, "/hosts");
}

/* Whoever may write to it could send our tokens anywhere. */
static bool
is_ours(int fd, const char *path)
{
    struct stat info;

    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) {
        say("%s: is no file", path);
        return false;
    }
    if ((info.st_uid != getuid() && info.st_uid != 0) ||
        (info.st_mode & 022) != 0) {
        say("%s: others can write to it; it is not used", path);
        return false;
    }
    return true;
}

static enum hosts_found
find_in(int fd, const char *path, const struct prompt *p,
        struct hosts_line *out)
{
    struct buffer content = BUFFER_INIT(HOSTS_BYTES_MAX);
    enum hosts_found found = HOSTS_NOT_LISTED;
    unsigned fault;

    if (!is_ours(fd, path)) {
        found = HOSTS_FAULT;
    } else if (!file_read_all(fd, &content)) {
        say("%s: cannot be read whole", path);
        found = HOSTS_FAULT;
    } else if (hosts_match(buffer_span(&content), p, out, &fault)) {
        found = out->never ? HOSTS_NEVER : HOSTS_LISTED;
    } else if (fault != 0) {
        say("%s:%u: is no line USER@HOST [COMMAND ...]", path, fault);
        found = HOSTS_FAULT;
    }
    buffer_free(&content);
    return found;
}

enum hosts_found
hosts_find(const struct prompt *p, struct hosts_line *out)
{
    struct buffer path = BUFFER_INIT(PATH_MAX);
    enum hosts_found found = HOSTS_FAULT;
    int fd = -1;

    if (!hosts_path(&path, false))
        goto done;
    /* A link is the user's own doing: what it leads to is looked at. */
    fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd >= 0)
        found = find_in(fd, path.data, p, out);
    else if (errno == ENOENT || errno == ENOTDIR)
        found = HOSTS_NOT_LISTED;
    else
        say("%s: %s", path.data, strerror(errno));
done:
    if (fd >= 0)
        close(fd);
    buffer_free(&path);
    return found;
}

/* Whoever wrote the last line may have left it without its end. */
static bool
lacks_end(int fd)
{
    const off_t len = lseek(fd, 0, SEEK_END);
    char last;

    return len > 0 && pread(fd, &last, 1, len - 1) == 1 && last != '\n';
}

bool
hosts_add(const struct prompt *p, bool never)
{
    struct buffer path = BUFFER_INIT(PATH_MAX);
    struct buffer line = BUFFER_INIT(2 * PROMPT_NAME_MAX + 5);
    bool done = false;
    int fd = -1;

    if (!hosts_path(&path, true))
        goto done;
    fd = open(path.data, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY,
              0600);
    if (fd < 0) {
        say("%s: %s", path.data, strerror(errno));
        goto done;
    }
    buffer_text(&line, lacks_end(fd) ? "\n" : "");
    buffer_text(&line, never ? "!" : "");
    buffer_add(&line, p->user.data, p->user.len);
    buffer_text(&line, "@");
    buffer_add(&line, p->host.data, p->host.len);
    buffer_text(&line, "\n");
    done = is_ours(fd, path.data) && !line.failed &&
           write(fd, line.data, line.len) == (ssize_t)line.len;
    if (!done)
        say("%s: nothing was added", path.data);
done:
    if (fd >= 0)
        close(fd);
    buffer_free(&line);
    buffer_free(&path);
    return done;
}
