/* SPDX-License-Identifier: BSD-2-Clause */
/* `httpauthctl revoke`: what was issued until now opens nothing any more. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/base/text.h"
#include "helper/ctl/args.h"
#include "helper/ctl/ask.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/out.h"

#define LOGINCTL "/usr/bin/loginctl"

struct order {
    const char *user, *issuer, *subject;
    bool all, kill;
};

/* One of the four; NULL for anything else. */
static json_t *
order_json(const struct order *o)
{
    if (o->user != NULL && o->issuer == NULL && o->subject == NULL && !o->all)
        return json_pack("{s:s}", "user", o->user);
    if (o->user != NULL || (o->issuer == NULL) == !o->all)
        return NULL;
    if (o->all)
        return o->subject == NULL ? json_pack("{s:b}", "all", 1) : NULL;
    return o->subject == NULL ? json_pack("{s:s}", "issuer", o->issuer)
                              : json_pack("{s:s, s:s}", "issuer", o->issuer,
                                          "subject", o->subject);
}

/* All his sessions, by whatever he came: logind knows no other end. */
static bool
end_sessions(const char *user)
{
    char *argv[] = {(char *)"loginctl", (char *)"terminate-user", (char *)"--",
                    (char *)(uintptr_t)user, NULL};
    char *environment[] = {NULL};
    int error, status = -1;
    pid_t child;

    error = posix_spawn(&child, LOGINCTL, NULL, NULL, argv, environment);
    if (error != 0) {
        out_error("%s: %s", LOGINCTL, strerror(error));
        return false;
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* The helper's word is looked at again: never root, never an option. */
static bool
kill_users(const json_t *users)
{
    bool all = true;
    json_t *user;
    size_t i;

    json_array_foreach(users, i, user)
    {
        const char *name = json_string_value(user);

        if (name == NULL || !text_is_user(span_of(name)) ||
            strcmp(name, "root") == 0)
            continue;
        if (end_sessions(name)) {
            printf("ended: the sessions of %s\n", name);
        } else {
            out_error("the sessions of %s were not ended: loginctl "
                      "terminate-user %s says why",
                      name, name);
            all = false;
        }
    }
    return all;
}

static void
print(const json_t *answer)
{
    json_int_t more = json_integer_value(json_object_get(answer, "not_shown"));
    const json_t *users = json_object_get(answer, "users");

    printf("revoked: what was issued up to now, and within the next %lld "
           "seconds\n",
           (long long)(json_integer_value(
                           json_object_get(answer, "issued_after")) -
                       json_integer_value(json_object_get(answer, "before"))));
    for (size_t i = 0; i < json_array_size(users); i++) {
        char name[64];

        printf("concerns: %s\n",
               out_safe(span_of(json_string_value(json_array_get(users, i))),
                        name, sizeof(name)));
    }
    if (more > 0)
        printf("concerns: %lld more, who are not shown\n", (long long)more);
}

int
ctl_revoke(int argc, char **argv)
{
    struct ask a = {
        .question = {.operation = WIRE_OP_REVOKE, .ms_left = ASK_TIMEOUT_MS}};
    struct order order = {NULL};
    bool json = false;
    const struct arg args[] = {{.name = "user", .text = &order.user},
                               {.name = "issuer", .text = &order.issuer},
                               {.name = "subject", .text = &order.subject},
                               {.name = "all", .flag = &order.all},
                               {.name = "kill", .flag = &order.kill},
                               {.name = "json", .flag = &json},
                               {.name = "socket", .text = &a.socket},
                               {.name = NULL}};
    json_t *wanted = NULL;
    char *text = NULL;
    int status = CTL_USAGE;

    if (!args_parse(argc, argv, args, NULL))
        return CTL_USAGE;
    wanted = order_json(&order);
    text = wanted != NULL ? json_dumps(wanted, JSON_COMPACT) : NULL;
    if (text == NULL) {
        out_usage("say what: --user USER, --issuer ISSUER or --all");
        goto done;
    }
    a.question.argument = span_of(text);
    status = ask_explain(&a, ask(&a));
    if (status == CTL_DONE && json)
        out_json(a.answer);
    else if (status == CTL_DONE)
        print(a.answer);
    if (status == CTL_DONE && order.user != NULL)
        out_stranger(order.user);
    if (status == CTL_DONE && order.kill &&
        !kill_users(json_object_get(a.answer, "users")))
        status = CTL_REFUSED;
done:
    ask_clear(&a);
    json_decref(wanted);
    free(text);
    return status;
}
