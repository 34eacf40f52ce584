/* SPDX-License-Identifier: BSD-2-Clause */
/* `httpauthctl why`: the last refusals, check by check. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "helper/base/text.h"
#include "helper/ctl/args.h"
#include "helper/ctl/ask.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/explain.h"
#include "helper/ctl/out.h"

#define TEXT_SIZE 1024
#define ID_DIGITS 16
/* Where nothing is said which one. */
#define SHOWN 3

static const char *
when(json_int_t seconds, char out[32])
{
    time_t at = (time_t)seconds;
    struct tm here;

    if (localtime_r(&at, &here) == NULL ||
        strftime(out, 32, "%Y-%m-%d %H:%M:%S", &here) == 0)
        return "?";
    return out;
}

static void
print_head(const json_t *report)
{
    char user[TEXT_SIZE], service[TEXT_SIZE], rhost[TEXT_SIZE], id[TEXT_SIZE];
    char phase[TEXT_SIZE], line[6 * TEXT_SIZE], date[32];

    out_member(report, "user", "?", user, sizeof(user));
    out_member(report, "service", "?", service, sizeof(service));
    out_member(report, "rhost", "", rhost, sizeof(rhost));
    out_member(report, "id", "?", id, sizeof(id));
    out_member(report, "phase", "?", phase, sizeof(phase));
    (void)snprintf(
        line, sizeof(line), "%s %s at %s%s%s, %s phase, id %s",
        when(json_integer_value(json_object_get(report, "time")), date), user,
        service, rhost[0] != '\0' ? " from " : "", rhost, phase, id);
    out_wrapped(0, line);
    putchar('\n');
}

/* The newest last, where the eye is. */
static void
print_all(const json_t *refusals, size_t most)
{
    size_t count = json_array_size(refusals);

    if (count > most)
        count = most;
    while (count-- > 0) {
        const json_t *report = json_array_get(refusals, count);

        print_head(report);
        explain_print(report);
        if (count > 0)
            putchar('\n');
    }
}

static bool
is_id(const char *text)
{
    return strlen(text) == ID_DIGITS &&
           strspn(text, "0123456789abcdef") == ID_DIGITS;
}

int
ctl_why(int argc, char **argv)
{
    struct ask a = {
        .question = {.operation = WIRE_OP_WHY, .ms_left = ASK_TIMEOUT_MS}};
    const char *user = NULL, *id = NULL;
    bool json = false;
    const struct arg args[] = {{.name = "user", .text = &user},
                               {.name = "id", .text = &id},
                               {.name = "json", .flag = &json},
                               {.name = "socket", .text = &a.socket},
                               {.name = NULL}};
    const json_t *refusals;
    int status;

    if (!args_parse(argc, argv, args, NULL))
        return CTL_USAGE;
    if (user != NULL && !text_is_user(span_of(user)))
        return out_usage("%s is not a login name", user);
    if (id != NULL && !is_id(id))
        return out_usage("an id has 16 digits, as in the log: id=...");
    a.question.user = span_of(user);
    a.question.argument = span_of(id);
    status = ask_explain(&a, ask(&a));
    refusals = json_object_get(a.answer, "refusals");
    if (status == CTL_DONE && json) {
        out_json(a.answer);
    } else if (status == CTL_DONE && json_array_size(refusals) == 0) {
        out_error("no such refusal is remembered: the helper knows the last "
                  "hundred since it started");
        status = CTL_REFUSED;
    } else if (status == CTL_DONE) {
        print_all(refusals, SHOWN);
    }
    ask_clear(&a);
    return status;
}
