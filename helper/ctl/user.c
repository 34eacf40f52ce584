/* SPDX-License-Identifier: BSD-2-Clause */
/* `httpauthctl user`: which subject holds which local name. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "helper/base/text.h"
#include "helper/ctl/args.h"
#include "helper/ctl/ask.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/out.h"
#include "helper/ctl/status.h"

#define TEXT_SIZE 4096

static const char *
date(json_int_t seconds, char out[16])
{
    time_t when = (time_t)seconds;
    struct tm day;

    if (gmtime_r(&when, &day) == NULL ||
        strftime(out, 16, "%Y-%m-%d", &day) == 0)
        return "?";
    return out;
}

static int
measure(const json_t *users)
{
    char text[TEXT_SIZE];
    size_t i, width = strlen("user");
    json_t *user;

    json_array_foreach(users, i, user)
    {
        size_t len = strlen(out_member(user, "user", "?", text, sizeof(text)));

        if (len > width && len <= LIMIT_USER)
            width = len;
    }
    return (int)width;
}

void
user_print(const json_t *answer)
{
    const json_t *users = json_object_get(answer, "users");
    int width = measure(users), column = width + 14;
    char text[TEXT_SIZE], day[16];
    json_int_t hidden =
        json_integer_value(json_object_get(answer, "not_shown"));
    json_t *user;
    size_t i;

    if (json_array_size(users) == 0)
        puts("no local name is held by a subject");
    else
        printf("%-*s  since       issuer and subject\n", width, "user");
    json_array_foreach(users, i, user)
    {
        printf("%-*s  %-10s  ", width,
               out_member(user, "user", "?", text, sizeof(text)),
               date(json_integer_value(json_object_get(user, "since")), day));
        out_wrapped((size_t)column,
                    out_member(user, "issuer", "?", text, sizeof(text)));
        printf("%*s", column, "");
        out_wrapped((size_t)column,
                    out_member(user, "subject", "?", text, sizeof(text)));
    }
    if (hidden > 0)
        printf("%lld more are not shown; see the file pins in state_dir\n",
               (long long)hidden);
}

int
ctl_user_list(int argc, char **argv)
{
    struct ask a = {.question = {.operation = WIRE_OP_USER_LIST,
                                 .ms_left = ASK_TIMEOUT_MS}};
    bool json = false;
    const struct arg args[] = {{.name = "json", .flag = &json},
                               {.name = "socket", .text = &a.socket},
                               {.name = NULL}};
    int status;

    if (!args_parse(argc, argv, args, NULL))
        return CTL_USAGE;
    status = ask_explain(&a, ask(&a));
    if (status == CTL_DONE && json)
        out_json(a.answer);
    else if (status == CTL_DONE)
        user_print(a.answer);
    ask_clear(&a);
    return status;
}

int
ctl_user_forget(int argc, char **argv)
{
    struct ask a = {.question = {.operation = WIRE_OP_USER_FORGET,
                                 .ms_left = ASK_TIMEOUT_MS}};
    const char *user = NULL, *issuer = NULL;
    const struct arg args[] = {{.name = "issuer", .text = &issuer},
                               {.name = "socket", .text = &a.socket},
                               {.name = NULL}};
    json_int_t forgotten;
    int status;

    if (!args_parse(argc, argv, args, &user))
        return CTL_USAGE;
    if (user == NULL)
        return out_usage("say whose: user forget USER");
    if (!text_is_user(span_of(user)))
        return out_usage("%s is not a login name", user);
    /* An empty one would mean every issuer, and none was meant. */
    if (issuer != NULL && (issuer[0] == '\0' || strlen(issuer) > LIMIT_CLAIM ||
                           text_has_control(span_of(issuer))))
        return out_usage("--issuer is no issuer");
    a.question.user = span_of(user);
    a.question.argument = span_of(issuer);
    status = ask_explain(&a, ask(&a));
    forgotten = json_integer_value(json_object_get(a.answer, "forgotten"));
    if (status == CTL_DONE && forgotten == 0) {
        out_error("no subject held the name %s%s%s", user,
                  issuer != NULL ? " at " : "", issuer != NULL ? issuer : "");
        status = CTL_REFUSED;
    } else if (status == CTL_DONE) {
        printf("forgotten: %lld\n", (long long)forgotten);
    }
    ask_clear(&a);
    return status;
}
