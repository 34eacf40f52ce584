/* SPDX-License-Identifier: BSD-2-Clause */
/* `httpauthctl status`, and the short operations that only need doing. */
#include "helper/ctl/status.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/ctl/args.h"
#include "helper/ctl/ask.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/out.h"

#define COLUMN 15 /* where the values begin */
#define TEXT_SIZE 4096
#define AGE_SIZE 64

static void
print_title(const char *title)
{
    printf("%-*s", COLUMN, title);
}

static json_int_t
number(const json_t *report, const char *name)
{
    return json_integer_value(json_object_get(report, name));
}

static void
print_configuration(const json_t *configuration)
{
    char text[TEXT_SIZE];
    const json_t *complaints = json_object_get(configuration, "complaints");
    const json_t *line;
    size_t i;

    print_title("Configuration");
    puts(out_member(configuration, "state", "?", text, sizeof(text)));
    json_array_foreach(json_object_get(configuration, "files"), i, line)
        printf("%*s%s\n", COLUMN, "",
               out_safe(span_of(json_string_value(line)), text, sizeof(text)));
    if (json_array_size(complaints) > 0)
        printf("%*sThe last one that was read has faults:\n", COLUMN, "");
    json_array_foreach(complaints, i, line)
    {
        printf("%*s", COLUMN, "");
        out_wrapped(COLUMN, out_safe(span_of(json_string_value(line)), text,
                                     sizeof(text)));
    }
}

static const char *
age(const json_t *seconds, char out[AGE_SIZE])
{
    return json_is_integer(seconds)
               ? text_age(json_integer_value(seconds), out, AGE_SIZE)
               : "?";
}

/* "  introspection  https://...; closed" and what was wrong with its last
 * answer. */
static void
print_endpoint(const json_t *endpoint)
{
    char name[TEXT_SIZE], text[TEXT_SIZE], line[3 * TEXT_SIZE];
    const char *breaker =
        json_string_value(json_object_get(endpoint, "breaker"));

    out_member(endpoint, "name", "?", name, sizeof(name));
    out_member(endpoint, "url", "not known yet", text, sizeof(text));
    snprintf(line, sizeof(line), "%s at %s%s", name, text,
             breaker == NULL || strcmp(breaker, "closed") == 0 ? ""
             : strcmp(breaker, "open") == 0
                 ? "; it failed for many and rests (breaker open)"
                 : "; it is being tried again (breaker half-open)");
    printf("    endpoint   ");
    out_wrapped(COLUMN, line);
    if (json_is_string(json_object_get(endpoint, "problem"))) {
        printf("    problem    ");
        out_wrapped(COLUMN,
                    out_member(endpoint, "problem", "", text, sizeof(text)));
    }
}

/* The method `http` is off until its self-test passes. */
static void
print_self_test(const json_t *http)
{
    char state[TEXT_SIZE], text[TEXT_SIZE], line[2 * TEXT_SIZE + 8];

    if (!json_is_object(http))
        return;
    out_member(http, "state", "?", state, sizeof(state));
    if (json_is_string(json_object_get(http, "problem")))
        snprintf(line, sizeof(line), "%s: %s", state,
                 out_member(http, "problem", "", text, sizeof(text)));
    else
        snprintf(line, sizeof(line), "%s", state);
    printf("    self-test  ");
    out_wrapped(COLUMN, line);
}

static void
print_issuer(const json_t *issuer)
{
    char name[TEXT_SIZE], text[TEXT_SIZE], line[2 * TEXT_SIZE], old[AGE_SIZE];
    json_int_t keys = number(issuer, "keys");
    const json_t *endpoint;
    size_t i;

    printf("  %s\n", out_member(issuer, "name", "?", name, sizeof(name)));
    printf("    issuer     ");
    out_wrapped(COLUMN, out_member(issuer, "issuer", "?", text, sizeof(text)));
    printf("    keys       ");
    out_member(issuer, "state", "?", text, sizeof(text));
    if (keys > 0)
        snprintf(line, sizeof(line), "%s: %lld, loaded %s ago", text,
                 (long long)keys,
                 age(json_object_get(issuer, "key_age_s"), old));
    else
        snprintf(line, sizeof(line), "%s: none", text);
    out_wrapped(COLUMN, line);
    printf("    source     ");
    out_wrapped(COLUMN, out_member(issuer, "source", "?", text, sizeof(text)));
    if (json_is_string(json_object_get(issuer, "error"))) {
        printf("    error      ");
        out_wrapped(COLUMN,
                    out_member(issuer, "error", "", text, sizeof(text)));
    }
    if (json_is_integer(json_object_get(issuer, "offline_s"))) {
        snprintf(line, sizeof(line),
                 "on memory for %s: it cannot be asked, and %lld credentials "
                 "that it vouched for before were accepted",
                 age(json_object_get(issuer, "offline_s"), old),
                 (long long)number(issuer, "offline"));
        printf("    outage     ");
        out_wrapped(COLUMN, line);
    }
    json_array_foreach(json_object_get(issuer, "endpoints"), i, endpoint)
        print_endpoint(endpoint);
    print_self_test(json_object_get(issuer, "http"));
}

/* Those that there were; mostly few. */
static void
print_decisions(const json_t *decisions)
{
    const char *key;
    json_t *count;
    bool any = false;
    char name[64];

    json_object_foreach((json_t *)decisions, key, count)
    {
        if (json_integer_value(count) == 0)
            continue;
        print_title(any ? "" : "Decisions");
        printf("%lld %s\n", (long long)json_integer_value(count),
               out_safe(span_of(key), name, sizeof(name)));
        any = true;
    }
    if (!any) {
        print_title("Decisions");
        puts("none yet");
    }
}

void
status_print(const json_t *report)
{
    char text[TEXT_SIZE], up[AGE_SIZE];
    const json_t *issuers = json_object_get(report, "issuers"), *issuer;
    size_t i;

    printf("httpauthd %s, running for %s\n",
           out_member(report, "version", "?", text, sizeof(text)),
           age(json_object_get(report, "uptime_s"), up));
    print_configuration(json_object_get(report, "configuration"));
    puts(json_array_size(issuers) > 0 ? "Issuers" : "Issuers        none");
    json_array_foreach(issuers, i, issuer) print_issuer(issuer);
    print_title("Remembered");
    snprintf(text, sizeof(text),
             "%lld verdicts, %lld refusals, %lld logins, %lld open sessions, "
             "%lld pins",
             (long long)number(report, "verdicts"),
             (long long)number(report, "negatives"),
             (long long)number(report, "logins"),
             (long long)number(report, "sessions"),
             (long long)number(report, "pins"));
    out_wrapped(COLUMN, text);
    print_decisions(json_object_get(report, "decisions"));
    print_title("From cache");
    printf("%lld of them\n", (long long)number(report, "cache_hits"));
    print_title("Throttle");
    printf("%lld pairs of user and place, %lld of them have to pause\n",
           (long long)number(json_object_get(report, "throttle"), "pairs"),
           (long long)number(json_object_get(report, "throttle"), "pausing"));
    print_title("Connections");
    printf("%lld\n", (long long)number(report, "callers"));
}

/* Asks for an operation without fields; `json` is NULL where there is no such
 * option. */
static int
ask_short(int argc, char **argv, enum wire_operation operation, bool *json,
          struct ask *a)
{
    const struct arg args[] = {
        {.name = "socket", .text = &a->socket},
        {.name = json != NULL ? "json" : NULL, .flag = json},
        {.name = NULL},
    };

    if (!args_parse(argc, argv, args, NULL))
        return CTL_USAGE;
    a->question.operation = operation;
    a->question.ms_left = ASK_TIMEOUT_MS;
    return ask_explain(a, ask(a));
}

int
ctl_status(int argc, char **argv)
{
    struct ask a = {.socket = NULL};
    bool json = false;
    int status = ask_short(argc, argv, WIRE_OP_STATUS, &json, &a);

    if (status == CTL_DONE && json)
        out_json(a.answer);
    else if (status == CTL_DONE)
        status_print(a.answer);
    ask_clear(&a);
    return status;
}

int
ctl_reload(int argc, char **argv)
{
    struct ask a = {.socket = NULL};
    int status = ask_short(argc, argv, WIRE_OP_RELOAD, NULL, &a);

    if (status == CTL_DONE)
        puts("reloaded");
    ask_clear(&a);
    return status;
}

int
ctl_metrics(int argc, char **argv)
{
    struct ask a = {.socket = NULL};
    int status = ask_short(argc, argv, WIRE_OP_METRICS, NULL, &a);
    const char *text = json_string_value(json_object_get(a.answer, "metrics"));

    if (status == CTL_DONE && text != NULL)
        fputs(text, stdout);
    ask_clear(&a);
    return status;
}

int
ctl_flush(int argc, char **argv)
{
    struct ask a = {.socket = NULL};
    int status = ask_short(argc, argv, WIRE_OP_FLUSH, NULL, &a);

    if (status == CTL_DONE)
        puts("flushed: verdicts are forgotten, keys are being loaded");
    ask_clear(&a);
    return status;
}
