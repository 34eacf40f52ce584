/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/metrics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "helper/base/clock.h"
#include "helper/daemon/helper.h"
#include "helper/daemon/inquiry.h"
#include "helper/daemon/report.h"

#define NAME_MAX_BYTES 65
#define LINE_MAX_BYTES 512
/* Over the phases that there are. */
#define PHASES_MAX 12
/* Kept free for what is told of others, and for the end. */
#define OTHERS_BYTES (12 * 1024)

struct series {
    const char *phase, *method;
    char service[NAME_MAX_BYTES], issuer[NAME_MAX_BYTES];
    enum reason reason;
    uint64_t count;
};

static const int64_t bounds_ms[] = {1,   2,   5,    10,   20,   50,   100,
                                    200, 500, 1000, 2000, 5000, 10000};
#define BOUNDS (sizeof(bounds_ms) / sizeof(bounds_ms[0]))

struct times {
    uint64_t within[BOUNDS], all, sum_ms;
};

/* What has no series. */
struct others {
    const char *phase; /* NULL: a free place */
    uint64_t count[OUTCOME_COUNT];
};

struct metrics {
    struct series series[METRICS_SERIES_MAX];
    size_t used;
    struct others others[PHASES_MAX];
    struct times auth[2]; /* verified just now, and from memory */
    uint64_t hits, misses;
};

struct metrics *
metrics_new(void)
{
    return calloc(1, sizeof(struct metrics));
}

void
metrics_free(struct metrics *m)
{
    free(m);
}

/* --- counting --- */

static bool
is_of(const struct series *s, const struct metrics_decision *d)
{
    return s->reason == d->reason && strcmp(s->phase, d->phase) == 0 &&
           strcmp(s->method, d->method) == 0 &&
           strcmp(s->service, d->service) == 0 &&
           strcmp(s->issuer, d->issuer) == 0;
}

/* The last place is everybody's. */
static uint64_t *
other_counter(struct others others[PHASES_MAX], const char *phase,
              enum reason reason)
{
    size_t i = 0;

    while (i < PHASES_MAX - 1 && others[i].phase != NULL &&
           strcmp(others[i].phase, phase) != 0)
        i++;
    if (others[i].phase == NULL)
        others[i].phase = phase;
    return &others[i].count[reason_outcome(reason)];
}

static uint64_t *
counter_of(struct metrics *m, const struct metrics_decision *d)
{
    struct series *s;

    for (size_t i = 0; i < m->used; i++)
        if (is_of(&m->series[i], d))
            return &m->series[i].count;
    if (m->used == METRICS_SERIES_MAX)
        return other_counter(m->others, d->phase, d->reason);
    s = &m->series[m->used++];
    s->phase = d->phase;
    s->method = d->method;
    s->reason = d->reason;
    (void)snprintf(s->service, sizeof(s->service), "%s", d->service);
    (void)snprintf(s->issuer, sizeof(s->issuer), "%s", d->issuer);
    return &s->count;
}

void
metrics_count(struct metrics *m, const struct metrics_decision *d)
{
    struct times *t = &m->auth[d->cached];

    (*counter_of(m, d))++;
    m->hits += d->cached;
    m->misses += d->looked && !d->cached;
    if (strcmp(d->phase, "auth") != 0)
        return;
    for (size_t i = 0; i < BOUNDS; i++)
        t->within[i] += d->ms <= bounds_ms[i];
    t->all++;
    t->sum_ms += d->ms > 0 ? (uint64_t)d->ms : 0;
}

/* --- printing --- */

static void
family(struct buffer *out, const char *name, const char *type, const char *help)
{
    buffer_printf(out, "# TYPE httpauth_%s %s\n# HELP httpauth_%s %s\n", name,
                  type, name, help);
}

/* As a whole and with `keep` bytes to spare, or not at all. */
static bool __attribute__((format(printf, 3, 4)))
put_line(struct buffer *out, size_t keep, const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    return len > 0 && (size_t)len < sizeof(line) &&
           out->len + (size_t)len + keep <= out->cap &&
           buffer_add(out, line, (size_t)len);
}

static void
put_others(const struct others others[PHASES_MAX], struct buffer *out)
{
    for (size_t i = 0; i < PHASES_MAX && others[i].phase != NULL; i++)
        for (int k = 0; k < OUTCOME_COUNT; k++)
            if (others[i].count[k] > 0)
                put_line(out, 0,
                         "httpauth_decisions_total{phase=\"%s\",service=\""
                         "other\",issuer=\"\",method=\"\",outcome=\"%s\","
                         "reason=\"other\"} %" PRIu64 "\n",
                         others[i].phase, outcome_name((enum outcome)k),
                         others[i].count[k]);
}

static void
put_decisions(const struct metrics *m, struct buffer *out)
{
    struct others rest[PHASES_MAX];

    memcpy(rest, m->others, sizeof(rest));
    family(out, "decisions", "counter", "Decisions about logins.");
    for (size_t i = 0; i < m->used; i++) {
        const struct series *s = &m->series[i];

        if (!put_line(out, OTHERS_BYTES,
                      "httpauth_decisions_total{phase=\"%s\",service=\"%s\","
                      "issuer=\"%s\",method=\"%s\",outcome=\"%s\","
                      "reason=\"%s\"} %" PRIu64 "\n",
                      s->phase, s->service, s->issuer, s->method,
                      outcome_name(reason_outcome(s->reason)),
                      reason_name(s->reason), s->count))
            *other_counter(rest, s->phase, s->reason) += s->count;
    }
    put_others(rest, out);
}

static void
put_times(const struct metrics *m, struct buffer *out)
{
    static const char *const cached[] = {"no", "yes"};

    family(out, "auth_seconds", "histogram",
           "From the question to the answer of the auth phase.");
    for (size_t k = 0; k < 2; k++) {
        const struct times *t = &m->auth[k];

        for (size_t i = 0; i < BOUNDS; i++)
            buffer_printf(out,
                          "httpauth_auth_seconds_bucket{cached=\"%s\",le="
                          "\"%g\"} %" PRIu64 "\n",
                          cached[k], (double)bounds_ms[i] / 1000, t->within[i]);
        buffer_printf(
            out,
            "httpauth_auth_seconds_bucket{cached=\"%s\",le=\"+Inf\"} "
            "%" PRIu64 "\n"
            "httpauth_auth_seconds_sum{cached=\"%s\"} %" PRIu64 ".%03u\n"
            "httpauth_auth_seconds_count{cached=\"%s\"} %" PRIu64 "\n",
            cached[k], t->all, cached[k], t->sum_ms / 1000,
            (unsigned)(t->sum_ms % 1000), cached[k], t->all);
    }
}

static void
put_number(struct buffer *out, const char *name, const char *type,
           const char *help, uint64_t value)
{
    family(out, name, type, help);
    buffer_printf(out, "httpauth_%s%s %" PRIu64 "\n", name,
                  strcmp(type, "counter") == 0 ? "_total" : "", value);
}

static void
put_tables(const struct helper *h, size_t callers, struct buffer *out)
{
    struct verdicts_count v = verdicts_count(h->verdicts);

    put_number(out, "verdicts", "gauge", "Verdicts that are remembered.",
               v.verdicts);
    put_number(out, "refusals", "gauge", "Refusals that are remembered.",
               v.negatives);
    put_number(out, "verdict_bytes", "gauge", "Memory of both.", v.bytes);
    put_number(out, "verdict_hits", "counter", "Logins that memory answered.",
               h->metrics->hits);
    put_number(out, "verdict_misses", "counter",
               "Logins of which it knew nothing.", h->metrics->misses);
    put_number(out, "logins", "gauge", "Logins that are known.",
               logins_count(h->logins) + logins_count(h->guests));
    put_number(out, "sessions", "gauge", "Logins that are open.",
               sessions_count(h->sessions));
    put_number(out, "inquiries", "gauge", "Questions to providers under way.",
               inquiries_count(h));
    put_number(out, "connections", "gauge", "Connections of callers.", callers);
}

/* --- issuers --- */

struct issuer_number {
    const char *name, *type, *help;
    /* False: there is no such number now. */
    bool (*find)(const json_t *status, double *value);
};

static bool
number_of(const json_t *status, const char *member, double *value)
{
    const json_t *found = json_object_get(status, member);

    *value = json_number_value(found);
    return json_is_number(found);
}

static bool
keys(const json_t *status, double *value)
{
    return number_of(status, "keys", value);
}

static bool
key_age(const json_t *status, double *value)
{
    return number_of(status, "key_age_s", value);
}

static bool
is_well(const json_t *status, double *value)
{
    const char *state = json_string_value(json_object_get(status, "state"));

    *value = state != NULL &&
             (strcmp(state, "ok") == 0 || strcmp(state, "none") == 0);
    return true;
}

static bool
open_breakers(const json_t *status, double *value)
{
    const json_t *endpoint;
    size_t i;

    *value = 0;
    json_array_foreach(json_object_get(status, "endpoints"), i, endpoint)
    {
        const char *state =
            json_string_value(json_object_get(endpoint, "breaker"));

        *value += state != NULL && strcmp(state, "closed") != 0;
    }
    return true;
}

static bool
offline(const json_t *status, double *value)
{
    if (!number_of(status, "offline_s", value))
        *value = 0;
    return true;
}

static const struct issuer_number numbers[] = {
    {"issuer_keys", "gauge", "Keys that can be used.", keys},
    {"issuer_key_age_seconds", "gauge", "Since they were loaded.", key_age},
    {"issuer_up", "gauge",
     "1: its keys or metadata are fresh; 0: stale, failed or waited for.",
     is_well},
    {"issuer_breakers_open", "gauge", "Endpoints that rest for failing.",
     open_breakers},
    {"issuer_offline_seconds", "gauge",
     "Since when credentials are accepted from memory (offline_grace).",
     offline},
};
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))
/* Of one, but for the name of the issuer; and of a family. */
#define NUMBER_BYTES 64
#define FAMILY_BYTES 256

/* The same ones in each family. */
static size_t
issuers_that_fit(json_t *const status[], size_t count, size_t room)
{
    size_t bytes = NUMBERS * FAMILY_BYTES, i;

    for (i = 0; i < count; i++) {
        bytes +=
            NUMBERS * (NUMBER_BYTES +
                       json_string_length(json_object_get(status[i], "name")));
        if (bytes > room)
            break;
    }
    return i;
}

static void
put_issuers(json_t *const status[], size_t count, struct buffer *out)
{
    for (size_t n = 0; n < NUMBERS; n++) {
        family(out, numbers[n].name, numbers[n].type, numbers[n].help);
        for (size_t i = 0; i < count; i++) {
            const char *name =
                json_string_value(json_object_get(status[i], "name"));
            double value;

            if (name != NULL && numbers[n].find(status[i], &value))
                buffer_printf(out, "httpauth_%s{issuer=\"%s\"} %.0f\n",
                              numbers[n].name, name, value);
        }
    }
}

bool
metrics_print(const struct helper *h, size_t callers, struct buffer *out)
{
    json_t **status = calloc(h->issuers + 1, sizeof(json_t *));

    if (status == NULL)
        return false;
    for (size_t i = 0; i < h->issuers; i++)
        status[i] = report_issuer(&h->issuer[i]);
    family(out, "build", "info", "The version that runs.");
    buffer_text(out,
                "httpauth_build_info{version=\"" PACKAGE_VERSION "\"} 1\n");
    put_number(out, "uptime_seconds", "gauge", "Since the helper began.",
               (uint64_t)((clock_boot_ms() - h->started_ms) / 1000));
    put_number(out, "configuration_bad", "gauge",
               "1: the last configuration that was read has faults.",
               h->complaints.len > 0);
    put_times(h->metrics, out);
    put_tables(h, callers, out);
    /* Half of the room is theirs, the other half that of the decisions. */
    put_issuers(status,
                issuers_that_fit(status, h->issuers, out->cap / 2 - out->len),
                out);
    put_decisions(h->metrics, out);
    buffer_text(out, "# EOF\n");
    for (size_t i = 0; i < h->issuers; i++)
        json_decref(status[i]);
    free(status);
    return !out->failed;
}
