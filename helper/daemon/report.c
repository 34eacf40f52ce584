/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "helper/base/clock.h"
#include "helper/daemon/inquiry.h"
#include "helper/wire/wire.h"

static json_t *
report_check(const struct trace_check *check)
{
    return json_pack("{s:s, s:b, s:s, s:s}", "check", check->name, "ok",
                     check->held ? 1 : 0, "expected", check->expected, "found",
                     check->found);
}

json_t *
report_checks(const struct trace *trace)
{
    json_t *checks = json_array();

    for (size_t i = 0; trace != NULL && i < trace->count; i++)
        json_array_append_new(checks, report_check(&trace->check[i]));
    return checks;
}

json_t *
report_verify(const struct trace *trace, const struct attempt_result *result,
              struct span user, struct span service)
{
    json_t *checks = report_checks(trace), *report = NULL;

    report = json_pack(
        "{s:s, s:s, s:s, s:s, s:s%, s:s%, s:s, s:s, s:O}", "outcome",
        outcome_name(reason_outcome(result->reason)), "reason",
        reason_name(result->reason), "explanation", reason_text(result->reason),
        "text", result->text, "user", user.len > 0 ? user.data : "", user.len,
        "service", service.len > 0 ? service.data : "", service.len, "issuer",
        result->issuer, "method", result->method, "checks", checks);
    json_decref(checks);
    return report;
}

json_t *
report_complaints(const struct buffer *complaints)
{
    json_t *list = json_array();
    const char *line = complaints->data, *end;

    for (; complaints->len > 0 && line != NULL && *line != '\0';
         line = end + (*end == '\n')) {
        end = strchrnul(line, '\n');
        /* A line that is no UTF-8 must not hide the others. */
        if (json_array_append_new(
                list, json_stringn(line, (size_t)(end - line))) != 0)
            json_array_append_new(list, json_string("(unreadable line)"));
    }
    return list;
}

static json_t *
report_configuration(const struct helper *h)
{
    json_t *files = json_array();
    const char *state = h->config != NULL ? "ok"
                        : h->absent       ? "absent"
                                          : "broken";
    char fingerprint[17];

    for (size_t i = 0; h->config != NULL && i < h->config->files.count; i++)
        json_array_append_new(files, json_string(h->config->files.item[i]));
    snprintf(fingerprint, sizeof(fingerprint), "%016" PRIx64,
             h->config != NULL ? h->config->fingerprint : 0);
    return json_pack("{s:s, s:o, s:o, s:s}", "state", state, "complaints",
                     report_complaints(&h->complaints), "files", files,
                     "fingerprint", fingerprint);
}

static json_t *
report_decisions(const struct helper *h)
{
    json_t *decisions = json_object();

    for (int i = OUTCOME_NONE + 1; i < OUTCOME_COUNT; i++)
        json_object_set_new(decisions, outcome_name((enum outcome)i),
                            json_integer((json_int_t)h->decided[i]));
    return decisions;
}

static size_t
count_pins(const struct helper *h)
{
    json_t *pins = h->pins != NULL ? pins_list(h->pins) : NULL;
    size_t count = json_array_size(pins);

    json_decref(pins);
    return count;
}

json_t *
report_issuer(const struct helper_issuer *issuer)
{
    json_t *report = issuer_status(issuer->issuer);
    bool offline = issuer->offline_since_ms != 0;

    json_object_set_new(
        report, "offline_s",
        offline
            ? json_integer((clock_boot_ms() - issuer->offline_since_ms) / 1000)
            : json_null());
    json_object_set_new(report, "offline",
                        json_integer((json_int_t)issuer->offline));
    return report;
}

json_t *
report_status(const struct helper *h, size_t callers)
{
    struct verdicts_count count = verdicts_count(h->verdicts);
    json_t *issuers = json_array();

    for (size_t i = 0; i < h->issuers; i++)
        json_array_append_new(issuers, report_issuer(&h->issuer[i]));
    return json_pack("{s:s, s:I, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:I, "
                     "s:I, s:I, s:o, s:I}",
                     "version", PACKAGE_VERSION, "uptime_s",
                     (json_int_t)((clock_boot_ms() - h->started_ms) / 1000),
                     "configuration", report_configuration(h), "issuers",
                     issuers, "verdicts", (json_int_t)count.verdicts,
                     "negatives", (json_int_t)count.negatives, "logins",
                     (json_int_t)logins_count(h->logins) +
                         (json_int_t)logins_count(h->guests),
                     "pins", (json_int_t)count_pins(h), "callers",
                     (json_int_t)callers, "decisions", report_decisions(h),
                     "cache_hits", (json_int_t)h->from_cache, "inquiries",
                     (json_int_t)inquiries_count(h), "app_passwords",
                     h->hostpws != NULL ? (json_int_t)hostpws_count(h->hostpws)
                                        : 0,
                     "throttle", throttle_status(h->throttle, clock_boot_ms()),
                     "sessions", (json_int_t)sessions_count(h->sessions));
}

/* As many as there is room for. */
static void
put_exports(const struct facts *facts, struct buffer *out)
{
    const char *line;
    size_t i;

    for (i = 0; facts != NULL && i < facts->count[FACT_EXPORT]; i++) {
        line = facts_text(facts, FACT_EXPORT, i);
        if (out->len + strlen(line) + 1 <= out->cap)
            buffer_printf(out, "%s\n", line);
    }
}

bool
report_verdict(const struct attempt_result *result, uid_t caller,
               struct buffer *out)
{
    enum outcome outcome = reason_outcome(result->reason);
    struct wire_verdict verdict = {
        .outcome = outcome,
        .ends = result->ends,
        .incident = result->incident,
        .reason = span_of(reason_name(result->reason)),
        .text = span_of(result->text),
        .user = span_of(result->user),
        .files = result->files,
    };

    struct buffer environment = BUFFER_INIT(WIRE_ENVIRONMENT_MAX);
    bool done;

    put_exports(result->exports, &environment);
    verdict.environment = buffer_span(&environment);
    memcpy(verdict.login, result->login, WIRE_LOGIN_LEN);
    if (caller != 0) {
        verdict.incident = 0;
        verdict.reason = span_of(outcome_name(outcome));
    }
    done = wire_put_verdict(out, &verdict);
    buffer_free(&environment);
    return done;
}
