/* SPDX-License-Identifier: BSD-2-Clause */
/* `httpauthctl config check` and `config show`. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/limits.h"
#include "helper/conf/config.h"
#include "helper/ctl/args.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/out.h"

#define COMPLAINTS_MAX 65536
#define SHOWN_MAX ((size_t)4 * LIMIT_CONF_BYTES)

/* CTL_DONE with the configuration, or what went wrong, which was told. */
static int
load(const char *file, struct config **config)
{
    struct buffer complaints = BUFFER_INIT(COMPLAINTS_MAX);
    enum config_scope scope =
        file != NULL ? CONFIG_FILE_ONLY : CONFIG_ALL_LAYERS;
    const char *name = file != NULL ? file : CONF_DEFAULT_FILE;
    enum config_result result = config_load(name, scope, config, &complaints);
    int status = CTL_UNJUDGED;

    /* A configuration that loads may have warnings. */
    out_lines(buffer_span(&complaints));
    if (result == CONFIG_OK)
        status = CTL_DONE;
    else if (result == CONFIG_ABSENT) {
        if (complaints.len == 0)
            out_error("%s: there is no such file", name);
        if (file == NULL)
            (void)fprintf(stderr, "To make it: see the examples in "
                                  "httpauthd.conf(5)\n");
    } else if (access(name, R_OK) != 0 && errno != ENOENT)
        out_error("%s: cannot be read: %s", name, strerror(errno));
    else
        status = CTL_REFUSED;
    buffer_free(&complaints);
    return status;
}

int
ctl_config_check(int argc, char **argv)
{
    const struct arg none[] = {{.name = NULL}};
    struct config *config = NULL;
    const char *file = NULL;
    char safe[4096];
    int status;

    if (!args_parse(argc, argv, none, &file))
        return CTL_USAGE;
    status = load(file, &config);
    for (size_t i = 0; status == CTL_DONE && i < config->files.count; i++)
        printf("%s: ok\n",
               out_safe(span_of(config->files.item[i]), safe, sizeof(safe)));
    if (status == CTL_REFUSED)
        out_error("the configuration is refused");
    config_free(config);
    return status;
}

int
ctl_config_show(int argc, char **argv)
{
    const struct arg none[] = {{.name = NULL}};
    struct buffer text = BUFFER_INIT(SHOWN_MAX);
    struct config *config = NULL;
    const char *file = NULL;
    int status;

    if (!args_parse(argc, argv, none, &file))
        return CTL_USAGE;
    status = load(file, &config);
    if (status == CTL_REFUSED)
        out_error("the configuration is refused: nothing to show");
    if (status == CTL_DONE && config_show(config, &text))
        (void)fwrite(text.data, 1, text.len, stdout);
    else if (status == CTL_DONE) {
        out_error("too long to be shown");
        status = CTL_REFUSED;
    }
    config_free(config);
    buffer_free(&text);
    return status;
}
