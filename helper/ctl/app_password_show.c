/* SPDX-License-Identifier: BSD-2-Clause */
/* `httpauthctl app-password list`, `show` and `revoke`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/clock.h"
#include "helper/base/text.h"
#include "helper/ctl/app_password.h"
#include "helper/ctl/args.h"
#include "helper/ctl/ask.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/out.h"
#include "helper/hostpw/rfc3339.h"

#define TEXT_SIZE 4096
#define LABEL 11   /* columns of a sheet's first column */
#define INDENT 14  /* of a list's second lines */
#define DAY_LEN 10 /* "2026-11-23" */
#define ID_LEN 12

/* --- lists --- */

static void
print_day(const json_t *key, const char *member, const char *otherwise)
{
    char text[64];

    (void)out_member(key, member, otherwise, text, sizeof(text));
    printf("%-*.*s  ", DAY_LEN, DAY_LEN, text);
}

static bool
has_ended(const json_t *key, int64_t now)
{
    const json_t *expires = json_object_get(key, "expires");
    int64_t end;

    return rfc3339_parse((struct span){json_string_value(expires),
                                       json_string_length(expires)},
                         &end) &&
           end <= now;
}

/* "sshd, dovecot", or "" when there are none. */
static const char *
joined(const json_t *key, const char *member, struct buffer *out)
{
    const json_t *item;
    char text[TEXT_SIZE];
    size_t i;

    buffer_clear(out);
    json_array_foreach(json_object_get(key, member), i, item)
        buffer_printf(out, "%s%s", i > 0 ? ", " : "",
                      out_safe((struct span){json_string_value(item),
                                             json_string_length(item)},
                               text, sizeof(text)));
    return out->len > 0 ? out->data : "";
}

static void
print_line(const json_t *key, int64_t now)
{
    struct buffer services = BUFFER_INIT(TEXT_SIZE), line = BUFFER_INIT(8192);
    char text[TEXT_SIZE];
    const char *name;

    printf("%-*s  ", ID_LEN, out_member(key, "id", "?", text, sizeof(text)));
    print_day(key, "created", "?");
    if (has_ended(key, now))
        printf("%-*s  ", DAY_LEN, "ended");
    else
        print_day(key, "expires", "?");
    print_day(key, "last_used", "never");
    puts(out_member(key, "user", "?", text, sizeof(text)));
    name = out_member(key, "name", "", text, sizeof(text));
    buffer_text(&line, name);
    if (joined(key, "services", &services)[0] != '\0')
        buffer_printf(&line, "%sfor %s", name[0] != '\0' ? "; " : "",
                      services.data);
    if (line.len > 0) {
        printf("%*s", INDENT, "");
        out_wrapped(INDENT, line.data);
    }
    buffer_free(&services);
    buffer_free(&line);
}

void
app_password_print_list(const json_t *answer, int64_t now)
{
    const json_t *keys = json_object_get(answer, "app_passwords"), *key;
    json_int_t hidden =
        json_integer_value(json_object_get(answer, "not_shown"));
    size_t i;

    if (json_array_size(keys) == 0)
        puts("there is no app password");
    else
        puts("id            created     expires     last used   user");
    json_array_foreach(keys, i, key) print_line(key, now);
    if (hidden > 0)
        printf("%lld more are not shown; ask with --user\n", (long long)hidden);
}

/* --- one --- */

static void
print_field(const char *label, const char *value)
{
    if (value[0] == '\0')
        return;
    printf("%-*s", LABEL, label);
    out_wrapped(LABEL, value);
}

void
app_password_print(const json_t *key)
{
    static const char *const lists[] = {"services", "scopes", "hosts",
                                        "networks"};
    struct buffer line = BUFFER_INIT(TEXT_SIZE);
    char text[TEXT_SIZE], from[TEXT_SIZE], service[TEXT_SIZE];

    print_field("id", out_member(key, "id", "?", text, sizeof(text)));
    print_field("user", out_member(key, "user", "?", text, sizeof(text)));
    print_field("name", out_member(key, "name", "", text, sizeof(text)));
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        print_field(lists[i], joined(key, lists[i], &line));
    print_field("made by", json_is_true(json_object_get(key, "self_made"))
                               ? "the user"
                               : "root");
    print_field("created", out_member(key, "created", "?", text, sizeof(text)));
    print_field("expires", out_member(key, "expires", "?", text, sizeof(text)));
    buffer_clear(&line);
    buffer_text(&line,
                out_member(key, "last_used", "never", text, sizeof(text)));
    out_member(key, "last_service", "", service, sizeof(service));
    out_member(key, "last_from", "", from, sizeof(from));
    if (service[0] != '\0')
        buffer_printf(&line, " for %s", service);
    if (from[0] != '\0')
        buffer_printf(&line, " from %s", from);
    print_field("last used", line.data != NULL ? line.data : "?");
    buffer_free(&line);
}

bool
app_password_print_new(const json_t *answer, const char *user, const char *name)
{
    const json_t *password = json_object_get(answer, "password");
    char text[TEXT_SIZE];
    bool done;

    print_field("id", out_member(answer, "id", "?", text, sizeof(text)));
    if (user != NULL)
        print_field("user", out_safe(span_of(user), text, sizeof(text)));
    if (name != NULL)
        print_field("name", out_safe(span_of(name), text, sizeof(text)));
    print_field("expires",
                out_member(answer, "expires", "?", text, sizeof(text)));
    printf("%-*s", LABEL, "password");
    done = out_secret((struct span){json_string_value(password),
                                    json_string_length(password)});
    puts("\n\nIt is not shown again.");
    return done;
}

/* --- asking --- */

static int
ask_about(enum wire_operation operation, const char *socket, const char *id,
          struct ask *a)
{
    json_t *order = json_pack("{s:s}", "id", id);
    char *text = order != NULL ? json_dumps(order, JSON_COMPACT) : NULL;
    const char *user = "";
    int status = CTL_UNJUDGED;

    *a = (struct ask){.socket = socket,
                      .question = {.operation = operation,
                                   .ms_left = ASK_TIMEOUT_MS,
                                   .argument = span_of(text)}};
    if (!app_password_is_root())
        user = app_password_self();
    a->question.user = span_of(user);
    if (user != NULL && text != NULL)
        status = ask_explain(a, ask(a));
    free(text);
    json_decref(order);
    return status;
}

int
ctl_app_password_list(int argc, char **argv)
{
    struct ask a = {.question = {.operation = WIRE_OP_APP_PASSWORD_LIST,
                                 .ms_left = ASK_TIMEOUT_MS}};
    const char *user = NULL;
    bool json = false;
    const struct arg args[] = {{.name = "user", .text = &user},
                               {.name = "json", .flag = &json},
                               {.name = "socket", .text = &a.socket},
                               {.name = NULL}};
    int status;

    if (!args_parse(argc, argv, args, NULL))
        return CTL_USAGE;
    if (user != NULL && !text_is_user(span_of(user)))
        return out_usage("%s is not a login name", user);
    if (user == NULL && !app_password_is_root() &&
        (user = app_password_self()) == NULL)
        return CTL_UNJUDGED;
    a.question.user = span_of(user);
    status = ask_explain(&a, ask(&a));
    if (status == CTL_DONE && json)
        out_json(a.answer);
    else if (status == CTL_DONE)
        app_password_print_list(a.answer, clock_wall());
    ask_clear(&a);
    return status;
}

static bool
is_id(const char *id, const char *verb)
{
    if (id != NULL && strlen(id) == ID_LEN)
        return true;
    out_usage("say which: app-password %s ID (12 characters)", verb);
    return false;
}

int
ctl_app_password_show(int argc, char **argv)
{
    const char *id = NULL, *socket = NULL;
    bool json = false;
    const struct arg args[] = {{.name = "json", .flag = &json},
                               {.name = "socket", .text = &socket},
                               {.name = NULL}};
    struct ask a;
    int status;

    if (!args_parse(argc, argv, args, &id) || !is_id(id, "show"))
        return CTL_USAGE;
    status = ask_about(WIRE_OP_APP_PASSWORD_SHOW, socket, id, &a);
    if (status == CTL_DONE && json)
        out_json(a.answer);
    else if (status == CTL_DONE)
        app_password_print(a.answer);
    ask_clear(&a);
    return status;
}

int
ctl_app_password_revoke(int argc, char **argv)
{
    const char *id = NULL, *socket = NULL;
    const struct arg args[] = {{.name = "socket", .text = &socket},
                               {.name = NULL}};
    struct ask a;
    char text[64];
    int status;

    if (!args_parse(argc, argv, args, &id) || !is_id(id, "revoke"))
        return CTL_USAGE;
    status = ask_about(WIRE_OP_APP_PASSWORD_REVOKE, socket, id, &a);
    if (status == CTL_DONE)
        printf("revoked: %s\n",
               out_member(a.answer, "revoked", "?", text, sizeof(text)));
    ask_clear(&a);
    return status;
}
