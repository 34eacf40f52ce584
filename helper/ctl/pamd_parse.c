/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/pamd_parse.h"

#include <security/_pam_types.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "helper/base/text.h"
#include "helper/ctl/pamd.h"
#include "helper/ctl/textfile.h"

#define SKIP_MAX 1024

/* In the order of their numbers. */
static const char *const codes[PAMD_CODES] = {
    "success",
    "open_err",
    "symbol_err",
    "service_err",
    "system_err",
    "buf_err",
    "perm_denied",
    "auth_err",
    "cred_insufficient",
    "authinfo_unavail",
    "user_unknown",
    "maxtries",
    "new_authtok_reqd",
    "acct_expired",
    "session_err",
    "cred_unavail",
    "cred_expired",
    "cred_err",
    "no_module_data",
    "conv_err",
    "authtok_err",
    "authtok_recover_err",
    "authtok_lock_busy",
    "authtok_disable_aging",
    "try_again",
    "ignore",
    "abort",
    "authtok_expired",
    "module_unknown",
    "bad_item",
    "conv_again",
    "incomplete",
};
_Static_assert(PAM_INCOMPLETE == PAMD_CODES - 1, "a name for each code");

static const struct {
    const char *word;
    int success, ignore, otherwise;
} keywords[] = {
    {"required", PAMD_OK, PAMD_IGNORE, PAMD_BAD},
    {"requisite", PAMD_OK, PAMD_IGNORE, PAMD_DIE},
    {"sufficient", PAMD_DONE, PAMD_IGNORE, PAMD_IGNORE},
    {"optional", PAMD_OK, PAMD_IGNORE, PAMD_IGNORE},
};

static const struct {
    const char *word;
    int action;
} actions[] = {
    {"ignore", PAMD_IGNORE}, {"ok", PAMD_OK},   {"done", PAMD_DONE},
    {"bad", PAMD_BAD},       {"die", PAMD_DIE}, {"reset", PAMD_RESET},
};

static void
cut_end(struct span *line)
{
    while (line->len > 0 && (line->data[line->len - 1] == ' ' ||
                             line->data[line->len - 1] == '\t' ||
                             line->data[line->len - 1] == '\r'))
        line->len--;
}

bool
pamd_assemble(struct span *rest, unsigned *at, struct buffer *line,
              unsigned *number)
{
    bool joined = false;
    struct span part, word, look;

    buffer_clear(line);
    while (textfile_line(rest, &part)) {
        const char *comment = memchr(part.data, '#', part.len);

        ++*at;
        if (!joined)
            *number = *at;
        if (comment != NULL)
            part.len = (size_t)(comment - part.data);
        cut_end(&part);
        joined =
            comment == NULL && part.len > 0 && part.data[part.len - 1] == '\\';
        if (joined)
            part.len--;
        if (!buffer_add(line, part.data, part.len) ||
            (joined && !buffer_add(line, " ", 1)))
            return false;
        look = buffer_span(line);
        if (!joined && textfile_word(&look, &word))
            return true;
    }
    look = buffer_span(line);
    return textfile_word(&look, &word);
}

bool
pamd_cut(struct span *rest, struct span *word)
{
    struct span look = *rest;
    size_t end;

    if (!textfile_word(&look, word))
        return false;
    if (word->data[0] != '[') {
        *rest = look;
        return true;
    }
    rest->len -= (size_t)(word->data - rest->data);
    rest->data = word->data;
    for (end = 1; end < rest->len && rest->data[end] != ']'; end++)
        if (rest->data[end] == '\\' && end + 1 < rest->len)
            end++;
    if (end < rest->len)
        end++;
    *word = (struct span){rest->data, end};
    rest->data += end;
    rest->len -= end;
    return true;
}

char *
pamd_unquote(struct span word)
{
    char *out = malloc(word.len + 1);
    size_t len = 0;

    if (out == NULL)
        return NULL;
    if (word.len >= 2 && word.data[0] == '[' &&
        word.data[word.len - 1] == ']') {
        word = (struct span){word.data + 1, word.len - 2};
        for (size_t i = 0; i < word.len; i++) {
            if (word.data[i] == '\\' && i + 1 < word.len &&
                word.data[i + 1] == ']')
                i++;
            out[len++] = word.data[i];
        }
    } else {
        memcpy(out, word.data, word.len);
        len = word.len;
    }
    out[len] = '\0';
    return out;
}

char *
pamd_tidy(struct span line)
{
    char *out = malloc(line.len + 1);
    struct span word;
    size_t len = 0;

    if (out == NULL)
        return NULL;
    while (textfile_word(&line, &word)) {
        if (len > 0)
            out[len++] = ' ';
        memcpy(out + len, word.data, word.len);
        len += word.len;
    }
    out[len] = '\0';
    return out;
}

static bool
is_word(struct span text, const char *word)
{
    return strlen(word) == text.len &&
           strncasecmp(text.data, word, text.len) == 0;
}

static bool
find_action(struct span text, int *action)
{
    char number[16];
    int64_t skip;

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (is_word(text, actions[i].word)) {
            *action = actions[i].action;
            return true;
        }
    if (text.len == 0 || text.len >= sizeof(number))
        return false;
    memcpy(number, text.data, text.len);
    number[text.len] = '\0';
    if (!text_number(number, SKIP_MAX, &skip))
        return false;
    *action = (int)skip;
    return true;
}

static bool
set_action(struct span name, int action, int *out, bool *set)
{
    bool otherwise = is_word(name, "default");

    for (int i = 0; i < PAMD_CODES; i++) {
        if (otherwise && !set[i])
            out[i] = action;
        if (!otherwise && is_word(name, codes[i])) {
            out[i] = action;
            set[i] = true;
            return true;
        }
    }
    return otherwise;
}

static const char *
read_pairs(struct span pairs, int *out)
{
    bool set[PAMD_CODES] = {false};
    struct span pair;
    int action;

    while (textfile_word(&pairs, &pair)) {
        const char *equals = memchr(pair.data, '=', pair.len);
        size_t len = equals == NULL ? pair.len : (size_t)(equals - pair.data);
        struct span name = {pair.data, len}, value;

        if (equals == NULL)
            return "in its [...] a value has no action";
        value = (struct span){equals + 1, pair.len - len - 1};
        if (!find_action(value, &action))
            return is_word(value, "end")
                       ? "\"end\" is a word of pam-auth-update's profiles: "
                         "write \"done\""
                       : "its [...] has an action that libpam does not know";
        if (!set_action(name, action, out, set))
            return "its [...] has a value that libpam does not know";
    }
    return NULL;
}

const char *
pamd_control(struct span control, int *action)
{
    for (int i = 0; i < PAMD_CODES; i++)
        action[i] = PAMD_BAD;
    if (control.len >= 2 && control.data[0] == '[') {
        if (control.data[control.len - 1] != ']')
            return "its [...] does not end";
        return read_pairs((struct span){control.data + 1, control.len - 2},
                          action);
    }
    for (size_t k = 0; k < sizeof(keywords) / sizeof(keywords[0]); k++) {
        if (!is_word(control, keywords[k].word))
            continue;
        for (int i = 0; i < PAMD_CODES; i++)
            action[i] = keywords[k].otherwise;
        action[PAM_SUCCESS] = action[PAM_NEW_AUTHTOK_REQD] =
            keywords[k].success;
        action[PAM_IGNORE] = keywords[k].ignore;
        return NULL;
    }
    return "its control is none that libpam knows";
}
