/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/args.h"

#include <string.h>

#include "helper/ctl/out.h"

static bool
refuse(const char *text, const char *about)
{
    out_usage("%s%s", text, about);
    return false;
}

/* Takes "--name" or "--name=value"; `next` is the argument behind it, which
 * `*used` says was the value. */
static bool
take(const struct arg *arg, const char *value, const char *next, bool *used)
{
    if (arg->flag != NULL) {
        if (value != NULL)
            return refuse("no value belongs to --", arg->name);
        *arg->flag = true;
        return true;
    }
    if (value == NULL) {
        if (next == NULL)
            return refuse("a value is missing behind --", arg->name);
        value = next;
        *used = true;
    }
    if (arg->many != NULL) {
        if (arg->many->count >= ARGS_MANY_MAX)
            return refuse("too many of --", arg->name);
        arg->many->item[arg->many->count++] = value;
        return true;
    }
    if (*arg->text != NULL)
        return refuse("given twice: --", arg->name);
    *arg->text = value;
    return true;
}

static const struct arg *
find(const struct arg *args, const char *name, size_t len)
{
    for (; args->name != NULL; args++)
        if (strlen(args->name) == len && memcmp(args->name, name, len) == 0)
            return args;
    return NULL;
}

static bool
take_option(const struct arg *args, const char *word, const char *next,
            bool *used)
{
    const char *name = word + 2, *equals = strchr(name, '=');
    size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const struct arg *arg = find(args, name, len);

    if (arg == NULL) {
        out_usage("unknown option --%.*s", (int)len, name);
        return false;
    }
    return take(arg, equals != NULL ? equals + 1 : NULL, next, used);
}

bool
args_parse(int argc, char **argv, const struct arg *args, const char **operand)
{
    bool options = true;

    for (int i = 1; i < argc; i++) {
        const char *next = i + 1 < argc ? argv[i + 1] : NULL;
        bool used = false;

        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
        } else if (options && strncmp(argv[i], "--", 2) == 0) {
            if (!take_option(args, argv[i], next, &used))
                return false;
            i += used;
        } else if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
            return refuse("unknown option ", argv[i]);
        } else if (operand == NULL || *operand != NULL) {
            return refuse("too many arguments, beginning with ", argv[i]);
        } else {
            *operand = argv[i];
        }
    }
    return true;
}
