/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `httpauthctl app-password create` and `rotate`.  Root orders; everybody
 * else shows a credential of his own besides, on standard input.
 */
#include "helper/ctl/app_password.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/erase.h"
#include "helper/base/text.h"
#include "helper/ctl/args.h"
#include "helper/ctl/ask.h"
#include "helper/ctl/credential.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/out.h"

#define TEXT_SIZE 512
#define ID_LEN 12

struct order {
    enum wire_operation operation;
    const char *socket, *user, *name, *id, *expires, *overlap;
    struct args_many services, scopes, hosts, networks;
    bool quiet;
    struct buffer credential;
};

bool
app_password_is_root(void)
{
    return geteuid() == 0;
}

const char *
app_password_self(void)
{
    const struct passwd *self = getpwuid(geteuid());

    if (self == NULL)
        out_error("uid %lu has no name on this host", (unsigned long)geteuid());
    return self != NULL ? self->pw_name : NULL;
}

/* --- the order --- */

static void
set_list(json_t *order, const char *name, const struct args_many *items)
{
    json_t *list;

    if (items->count == 0)
        return;
    list = json_array();
    for (size_t i = 0; i < items->count; i++)
        json_array_append_new(list, json_string(items->item[i]));
    json_object_set_new(order, name, list);
}

static bool
set_seconds(json_t *order, const char *name, const char *option,
            const char *value)
{
    int64_t seconds;

    if (value == NULL)
        return true;
    if (!text_duration(value, &seconds)) {
        out_usage("%s %s is not a duration such as 24h, 90d", option, value);
        return false;
    }
    json_object_set_new(order, name, json_integer(seconds));
    return true;
}

/* free() it; NULL when it has been told why not. */
static char *
write_order(const struct order *o)
{
    json_t *order = json_object();
    char *text = NULL;

    if (!set_seconds(order, "lifetime", "--expires", o->expires) ||
        !set_seconds(order, "overlap", "--overlap", o->overlap))
        goto done;
    if (o->name != NULL)
        json_object_set_new(order, "name", json_string(o->name));
    if (o->id != NULL)
        json_object_set_new(order, "id", json_string(o->id));
    set_list(order, "services", &o->services);
    set_list(order, "scopes", &o->scopes);
    set_list(order, "hosts", &o->hosts);
    set_list(order, "networks", &o->networks);
    text = json_dumps(order, JSON_COMPACT | JSON_ENSURE_ASCII);
    if (text == NULL || strlen(text) > APP_PASSWORD_ORDER_MAX) {
        out_usage("that is more than one order holds (%d bytes)",
                  APP_PASSWORD_ORDER_MAX);
        free(text);
        text = NULL;
    }
done:
    json_decref(order);
    return text;
}

/* --- the answer --- */

static bool
print_only(const char *password)
{
    struct buffer line = BUFFER_INIT(TEXT_SIZE);
    bool done = buffer_text(&line, password) && buffer_text(&line, "\n") &&
                out_secret(buffer_span(&line));

    buffer_free(&line);
    return done;
}

static int
show_new(const struct order *o, const json_t *answer)
{
    const json_t *secret = json_object_get(answer, "password");
    const char *password = json_string_value(secret);
    bool done = false;

    if (password == NULL)
        out_error("the answer holds no password");
    else if (o->quiet || !isatty(STDOUT_FILENO))
        done = print_only(password);
    else
        done = app_password_print_new(answer, o->user, o->name);
    /* The parser's copy; what it copied from was erased with the packet. */
    if (password != NULL)
        erase((char *)json_string_value(secret), json_string_length(secret));
    return done ? CTL_DONE : CTL_UNJUDGED;
}

static int
send_order(struct order *o, const char *text)
{
    struct ask a = {
        .socket = o->socket,
        .question = {.operation = o->operation,
                     .ms_left = ASK_TIMEOUT_MS,
                     .user = span_of(o->user),
                     .argument = span_of(text),
                     .credential = buffer_span(&o->credential)},
    };
    int status = ask_explain(&a, ask(&a));

    if (status == CTL_DONE)
        status = show_new(o, a.answer);
    ask_clear(&a);
    return status;
}

static int
take_credential(struct order *o)
{
    struct span credential;

    if (app_password_is_root())
        return CTL_DONE;
    if (isatty(STDIN_FILENO))
        (void)fprintf(stderr, "Show who you are, by a token or a password of "
                              "your provider.\n");
    if (!credential_read(STDIN_FILENO, &o->credential)) {
        out_error("cannot read the credential from standard input: %s",
                  strerror(errno));
        return CTL_UNJUDGED;
    }
    credential = buffer_span(&o->credential);
    if (credential.len > 0 && credential.len <= LIMIT_CREDENTIAL &&
        !text_has_control(credential))
        return CTL_DONE;
    out_error("that is no credential: empty, too long, or with control "
              "characters");
    return CTL_REFUSED;
}

static int
run(struct order *o)
{
    char *text = write_order(o);
    int status = CTL_USAGE;

    if (text == NULL)
        return status;
    status = take_credential(o);
    if (status == CTL_DONE)
        status = send_order(o, text);
    buffer_free(&o->credential);
    free(text);
    return status;
}

int
ctl_app_password_create(int argc, char **argv)
{
    struct order o = {.operation = WIRE_OP_APP_PASSWORD_CREATE,
                      .credential = CREDENTIAL_BUFFER};
    const struct arg args[] = {
        {.name = "user", .text = &o.user},
        {.name = "name", .text = &o.name},
        {.name = "expires", .text = &o.expires},
        {.name = "service", .many = &o.services},
        {.name = "scope", .many = &o.scopes},
        {.name = "host", .many = &o.hosts},
        {.name = "network", .many = &o.networks},
        {.name = "quiet", .flag = &o.quiet},
        {.name = "socket", .text = &o.socket},
        {.name = NULL},
    };

    if (!args_parse(argc, argv, args, NULL))
        return CTL_USAGE;
    if (o.user == NULL && app_password_is_root())
        return out_usage("say who shall log in with it: --user USER");
    if (o.user == NULL)
        o.user = app_password_self();
    if (o.user == NULL)
        return CTL_UNJUDGED;
    if (!text_is_user(span_of(o.user)))
        return out_usage("%s is not a login name", o.user);
    if (o.name != NULL && o.name[0] == '\0')
        return out_usage("--name is empty");
    if (app_password_is_root())
        out_stranger(o.user);
    return run(&o);
}

int
ctl_app_password_rotate(int argc, char **argv)
{
    struct order o = {.operation = WIRE_OP_APP_PASSWORD_ROTATE,
                      .credential = CREDENTIAL_BUFFER};
    const struct arg args[] = {
        {.name = "overlap", .text = &o.overlap},
        {.name = "expires", .text = &o.expires},
        {.name = "quiet", .flag = &o.quiet},
        {.name = "socket", .text = &o.socket},
        {.name = NULL},
    };

    if (!args_parse(argc, argv, args, &o.id))
        return CTL_USAGE;
    if (o.id == NULL || strlen(o.id) != ID_LEN)
        return out_usage("say which: app-password rotate ID (12 characters)");
    if (!app_password_is_root() && (o.user = app_password_self()) == NULL)
        return CTL_UNJUDGED;
    return run(&o);
}
