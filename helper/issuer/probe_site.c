/* SPDX-License-Identifier: BSD-2-Clause */
#include <curl/curl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/base/log.h"
#include "helper/issuer/probe_inside.h"

#define JARS_BYTES_MAX (4 * 1024 * 1024)
#define RANDOM_BYTES 20 /* of a user name or a credential that is nobody's */
#define KINDS 2

static const char *const kind_names[KINDS] = {"token", "password"};

/* --- life --- */

void
probe_site_hold(struct probe_site *site)
{
    site->holders++;
}

void
probe_site_release(struct probe_site *site)
{
    if (--site->holders > 0)
        return;
    lru_free(site->jars);
    free(site->target);
    erase_free(site, sizeof(*site));
}

static void
timer_closed(uv_handle_t *handle)
{
    probe_site_release(handle->data);
}

/* Path and query as in the request line, and what of it cookies look at: by
 * the parser that sends it, since it takes dots and empty parts out. */
static bool
read_url(struct probe_site *site)
{
    CURLU *parsed = curl_url();
    char *path = NULL, *query = NULL;
    size_t size;
    bool good = false;

    if (parsed == NULL ||
        curl_url_set(parsed, CURLUPART_URL, site->conf->http_url, 0) !=
            CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_PATH, &path, 0) != CURLUE_OK)
        goto done;
    (void)curl_url_get(parsed, CURLUPART_QUERY, &query, 0);
    size = strlen(path) + (query == NULL ? 0 : strlen(query)) + 2;
    site->target = malloc(size);
    if (site->target == NULL)
        goto done;
    snprintf(site->target, size, "%s%s%s", path, query == NULL ? "" : "?",
             query == NULL ? "" : query);
    site->url.host = fetch_url_host(span_of(site->conf->http_url));
    site->url.path = (struct span){site->target, strlen(path)};
    good = true;
done:
    curl_free(path);
    curl_free(query);
    curl_url_cleanup(parsed);
    return good;
}

struct probe_site *
probe_site_new(const struct issuer_conf *conf, uv_loop_t *loop,
               struct fetcher *fetcher, struct route *route)
{
    struct probe_site *site = calloc(1, sizeof(*site));

    if (site == NULL)
        return NULL;
    site->conf = conf;
    site->fetcher = fetcher;
    site->route = route;
    site->clock = clock_boot_ms;
    site->holders = 1;
    site->jars = lru_new(PROBE_SECRET_LEN, PROBE_JARS_MAX, JARS_BYTES_MAX);
    if (site->jars == NULL || !read_url(site) ||
        RAND_bytes(site->secret, sizeof(site->secret)) != 1 ||
        uv_timer_init(loop, &site->timer) != 0) {
        probe_site_release(site);
        return NULL;
    }
    site->timer.data = site;
    site->holders++; /* the timer's */
    probe_site_arm(site);
    return site;
}

static void
stop_test(struct probe_site *site)
{
    site->test.running = false;
    if (site->test.fetch != NULL)
        fetch_cancel(site->test.fetch);
    site->test.fetch = NULL;
    probe_try_clear(&site->test.try);
}

void
probe_site_free(struct probe_site *site)
{
    if (site == NULL)
        return;
    site->closed = true;
    stop_test(site);
    for (struct probe *p = site->probes; p != NULL; p = p->next)
        probe_silence(p);
    lru_clear(site->jars);
    uv_timer_stop(&site->timer);
    uv_close((uv_handle_t *)&site->timer, timer_closed);
    probe_site_release(site);
}

/* --- time --- */

static void
timer_fired(uv_timer_t *timer)
{
    probe_site_look(timer->data);
}

void
probe_site_arm(struct probe_site *site)
{
    int64_t now = site->clock(), next = INT64_MAX;

    if (!site->test.running)
        next = site->next_test;
    for (const struct probe *p = site->probes; p != NULL; p = p->next) {
        if (p->waiting && p->try.deadline < next)
            next = p->try.deadline;
    }
    if (next == INT64_MAX)
        uv_timer_stop(&site->timer);
    else
        uv_timer_start(&site->timer, timer_fired,
                       next > now ? (uint64_t)(next - now) : 0, 0);
}

/* Ten thousand hosts may ask one URL: up to a tenth earlier. */
static int64_t
in_seconds(struct probe_site *site, int64_t seconds)
{
    uint16_t random = 0;

    (void)RAND_bytes((unsigned char *)&random, sizeof(random));
    return site->clock() + seconds * 1000 - seconds * 100 * random / UINT16_MAX;
}

static int64_t
pause_after(unsigned failures)
{
    int64_t pause = PROBE_RETRY_S;

    while (--failures > 0 && pause < PROBE_TEST_S)
        pause *= 2;
    return pause < PROBE_TEST_S ? pause : PROBE_TEST_S;
}

/* Who waited for what has happened; each may free others, or the site. */
static struct probe *
first_due(struct probe_site *site)
{
    struct probe *p = site->closed ? NULL : site->probes;

    while (p != NULL && !(p->waiting && (site->state != PROBE_UNTESTED ||
                                         p->try.deadline <= site->clock())))
        p = p->next;
    return p;
}

static void
wake(struct probe_site *site)
{
    struct probe *p;

    probe_site_hold(site);
    while ((p = first_due(site)) != NULL)
        probe_wake(p);
    if (!site->closed)
        probe_site_arm(site);
    probe_site_release(site);
}

/* --- what a test ends in --- */

static void
set_problem(struct probe_site *site, const char *problem)
{
    snprintf(site->problem, sizeof(site->problem), "%s", problem);
}

static void
switch_off(struct probe_site *site, const char *problem)
{
    if (site->state != PROBE_FAILED)
        log_warning("issuer %s: http is off until its self-test passes: %s",
                    site->conf->name, problem);
    site->state = PROBE_FAILED;
    site->failures++;
    site->silent = 0;
    set_problem(site, problem);
    site->next_test = in_seconds(site, pause_after(site->failures));
    lru_clear(site->jars);
    memset(site->known, 0, sizeof(site->known));
}

void
probe_site_forget(struct probe_site *site)
{
    lru_clear(site->jars);
}

static void
test_failed(struct probe_site *site, const char *problem)
{
    stop_test(site);
    site->tested_at = site->clock();
    switch_off(site, problem);
    wake(site);
}

/* Says nothing about the gateway, so what was known of it holds for a while;
 * but never more than was known. */
static void
test_silent(struct probe_site *site, const char *problem)
{
    if (site->state != PROBE_PASSED || site->silent >= PROBE_SILENT_MOST) {
        test_failed(site, problem);
        return;
    }
    stop_test(site);
    site->tested_at = site->clock();
    site->silent++;
    set_problem(site, problem);
    site->next_test = in_seconds(site, pause_after(site->silent));
    wake(site);
}

static void
test_passed(struct probe_site *site)
{
    stop_test(site);
    if (site->state != PROBE_PASSED)
        log_notice("issuer %s: http is on: its self-test passed",
                   site->conf->name);
    site->state = PROBE_PASSED;
    site->failures = 0;
    site->silent = 0;
    site->problem[0] = '\0';
    site->tested_at = site->clock();
    site->next_test = in_seconds(site, PROBE_TEST_S);
    wake(site);
}

void
probe_site_distrust(struct probe_site *site, const char *problem)
{
    if (site->closed)
        return;
    stop_test(site);
    switch_off(site, problem);
    probe_site_arm(site);
}

/* --- the test --- */

bool
probe_site_serves(const struct probe_site *site, bool password)
{
    const struct issuer_conf *conf = site->conf;

    return (password ? conf->password_pattern.count
                     : conf->token_pattern.count) > 0;
}

static void next_kind(struct probe_site *);

static void
kind_shown(struct probe_try *t, enum probe_end how,
           const struct fetch_answer *http, const struct challenges *challenges)
{
    struct probe_site *site = t->site;
    struct probe_answer a = {how, http, challenges};
    const char *kind = kind_names[t->password];
    char problem[ASK_PROBLEM_MAX];

    probe_explain(t, &a, problem);
    probe_try_clear(t);
    if (how == PROBE_SILENT || how == PROBE_LATE || how == PROBE_NO_WAY ||
        how == PROBE_BROKEN)
        test_silent(site, problem);
    else if (how != PROBE_ANSWERED)
        test_failed(site, problem);
    else if (probe_status_in(&site->conf->refused, http->status))
        next_kind(site);
    else {
        snprintf(problem, sizeof(problem),
                 "a random %s got status %ld, which is not in refused", kind,
                 http->status);
        test_failed(site, problem);
    }
}

static void
show_random(struct probe_site *site, bool password)
{
    struct probe_try *t = &site->test.try;
    char text[2 * RANDOM_BYTES + 1], problem[ASK_PROBLEM_MAX];
    struct probe_answer a = {PROBE_BROKEN, NULL, NULL};

    probe_try_init(t, site);
    t->password = password;
    t->deadline = site->clock() + PROBE_TEST_TIMEOUT_MS;
    t->ended = kind_shown;
    if (probe_random_hex(text, RANDOM_BYTES / 2) &&
        buffer_printf(&t->user, "no-%s", text) &&
        probe_random_hex(text, RANDOM_BYTES) &&
        buffer_text(&t->credential, text))
        a.end = probe_try_begin(t);
    if (a.end != PROBE_UNDER_WAY) {
        probe_explain(t, &a, problem);
        test_silent(site, problem);
    }
}

static void
next_kind(struct probe_site *site)
{
    unsigned kind = site->test.step;

    while (kind < KINDS && !probe_site_serves(site, kind == 1))
        kind++;
    site->test.step = kind + 1;
    if (kind < KINDS)
        show_random(site, kind == 1);
    else
        test_passed(site);
}

/* The first served kind that no challenge fits, or KINDS. */
static unsigned
learn(struct probe_site *site, const struct challenges *challenges)
{
    unsigned kind = 0;

    while (kind < KINDS && (!probe_site_serves(site, kind == 1) ||
                            probe_learn(site, kind == 1, challenges)))
        kind++;
    return kind;
}

static void
look_at_bare(struct probe_site *site, const struct fetch_answer *http,
             const struct challenges *challenges)
{
    struct probe_answer a = {PROBE_NO_SCHEME, http, challenges};
    char problem[ASK_PROBLEM_MAX];

    if (!probe_status_in(&site->conf->refused, http->status)) {
        snprintf(problem, sizeof(problem),
                 "without a credential it answers %ld, which is not in refused",
                 http->status);
        test_failed(site, problem);
    } else if (learn(site, challenges) < KINDS) {
        probe_explain(&site->test.try, &a, problem);
        test_failed(site, problem);
    } else
        next_kind(site);
}

static void
bare_answered(void *context, const struct fetch_answer *http)
{
    struct probe_site *site = context;
    struct challenges challenges = {.count = 0};
    struct probe_answer a = {PROBE_SILENT, http, NULL};
    char problem[ASK_PROBLEM_MAX];

    site->test.fetch = NULL;
    if (http->error != NULL || !challenges_read(&challenges, http->head)) {
        if (http->error == NULL)
            a.end = PROBE_BROKEN;
        probe_explain(&site->test.try, &a, problem);
        test_silent(site, problem);
    } else
        look_at_bare(site, http, &challenges);
    challenges_clear(&challenges);
}

static void
begin_test(struct probe_site *site)
{
    struct span none = {NULL, 0};
    struct probe_answer a = {PROBE_BROKEN, NULL, NULL};
    char problem[ASK_PROBLEM_MAX];

    site->test.running = true;
    site->test.step = 0;
    probe_try_init(&site->test.try, site);
    a.end = probe_get(site, none, none, site->clock() + PROBE_TEST_TIMEOUT_MS,
                      bare_answered, site, &site->test.fetch);
    if (a.end != PROBE_UNDER_WAY) {
        probe_explain(&site->test.try, &a, problem);
        test_silent(site, problem);
    }
}

void
probe_site_look(struct probe_site *site)
{
    if (site->closed)
        return;
    probe_site_hold(site);
    if (!site->test.running && site->clock() >= site->next_test)
        begin_test(site);
    wake(site);
    probe_site_release(site);
}

/* --- status --- */

json_t *
probe_site_status(const struct probe_site *site)
{
    static const char *const names[] = {"untested", "passed", "failed"};
    json_t *age = json_null(), *problem = json_null();

    if (site->tested_at != 0)
        age = json_integer((site->clock() - site->tested_at) / 1000);
    if (site->problem[0] != '\0')
        problem = json_string(site->problem);
    return json_pack("{s:s, s:o, s:o}", "state", names[site->state], "tested_s",
                     age, "problem", problem);
}
