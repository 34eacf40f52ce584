/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/issuer/ask_room.h"
#include "helper/issuer/probe_inside.h"

/* --- the end --- */

static void
unlink_probe(struct probe *p)
{
    if (p->link == NULL)
        return;
    *p->link = p->next;
    if (p->next != NULL)
        p->next->link = p->link;
    p->link = NULL;
}

static void
free_probe(struct probe *p)
{
    unlink_probe(p);
    probe_silence(p);
    buffer_free(&p->cookie);
    probe_site_release(p->site);
    free(p);
}

/* The probe is gone when `done` is called, and the site may go in it. */
static void
end(struct probe *p, struct ask_answer *answer)
{
    ask_done *done = p->done;
    void *context = p->context;

    free_probe(p);
    done(context, answer);
    claims_clear(&answer->claims);
}

static void
end_untested(struct probe *p)
{
    struct ask_answer answer = {.reason = REASON_SELF_TEST};
    const char *problem = p->site->problem;

    if (p->site->state == PROBE_UNTESTED)
        problem = "it is under way";
    snprintf(answer.problem, sizeof(answer.problem), "%s", problem);
    trace_note(p->try.trace, "self-test", false, "passed", problem);
    end(p, &answer);
}

/* --- cookies --- */

/*
 * What an accepted answer set, for the next time.  A jar that was earned by
 * cookies lives no longer than the one before it: an hour at the latest the
 * credential itself is asked about again.
 */
static void
keep_cookies(struct probe *p, const struct fetch_answer *http)
{
    struct probe_site *site = p->site;
    struct cookies cookies = {.count = 0};
    struct buffer value = BUFFER_INIT(COOKIE_HEADER_MAX * 4);
    int64_t until = site->clock() + PROBE_JAR_S * 1000, first;

    if (p->try.trace != NULL)
        return;
    if (p->cookie.len > 0) {
        until = p->cookie_until;
        cookies_read_header(&cookies, buffer_span(&p->cookie), COOKIE_FOREVER);
    }
    cookies_read(&cookies, http->head, &site->url, p->wall);
    first = cookies_expire(&cookies);
    if (first != COOKIE_FOREVER &&
        site->clock() + (first - p->wall) * 1000 < until)
        until = site->clock() + (first - p->wall) * 1000;
    if (cookies.count > 0 && cookies_write(&cookies, &value))
        probe_jar_keep(site, &p->try, buffer_span(&value), until);
    else
        probe_jar_drop(site, &p->try);
    buffer_free(&value);
}

/* --- the steps --- */

/* A status by which it refuses a credential asks for no rest. */
static void
hear(const struct probe *p, const struct probe_answer *a,
     struct ask_answer *answer)
{
    if (a->end == PROBE_SILENT)
        answer->heard = ASK_HEARD_FAILURE;
    else if (a->http != NULL && a->http->error == NULL)
        ask_hear(answer, a->http);
    if (answer->heard == ASK_HEARD_BUSY &&
        probe_status_in(&p->site->conf->refused, a->http->status))
        answer->heard = ASK_HEARD_ANSWER;
}

static void
settle(struct probe *p, const struct probe_answer *a)
{
    struct ask_answer answer = {.reason = REASON_INTERNAL};

    probe_judge(&p->try, a, p->wall, &answer);
    hear(p, a, &answer);
    if (answer.reason == REASON_ACCEPTED && a->http != NULL)
        keep_cookies(p, a->http);
    if (a->end == PROBE_OPEN)
        probe_site_distrust(p->site, answer.problem);
    end(p, &answer);
}

static void
tried(struct probe_try *t, enum probe_end how, const struct fetch_answer *http,
      const struct challenges *challenges)
{
    struct probe *p = (struct probe *)((char *)t - offsetof(struct probe, try));
    struct probe_answer a = {how, http, challenges};

    settle(p, &a);
}

/* False: it ended already. */
static bool
began(struct probe *p, enum probe_end how)
{
    struct probe_answer a = {how, NULL, NULL};

    if (how == PROBE_UNDER_WAY)
        return true;
    settle(p, &a);
    return false;
}

static void
by_cookie(void *context, const struct fetch_answer *http)
{
    struct probe *p = context;
    struct probe_answer silent = {PROBE_SILENT, http, NULL};
    struct ask_answer answer = {.reason = REASON_PROVIDER,
                                .heard = ASK_HEARD_ANSWER};
    bool held;

    p->fetch = NULL;
    if (http->error != NULL) {
        settle(p, &silent);
        return;
    }
    held = probe_status_in(&p->site->conf->accepted, http->status);
    if (held)
        answer.reason = probe_claims(&p->try, http, p->wall, &answer.claims);
    held = answer.reason == REASON_ACCEPTED;
    trace_note(p->try.trace, "cookie", held, "accepted",
               held ? "accepted" : "no longer accepted");
    if (held) {
        keep_cookies(p, http);
        end(p, &answer);
        return;
    }
    probe_jar_drop(p->site, &p->try);
    buffer_clear(&p->cookie);
    began(p, probe_try_begin(&p->try));
}

static bool
proceed(struct probe *p)
{
    struct probe_site *site = p->site;
    struct span none = {NULL, 0};
    enum probe_end how;

    trace_note(p->try.trace, "self-test", true, "passed", "passed");
    /* With a trace the credential itself is looked at: a session that it
     * earned once says nothing about it now. */
    if (p->try.trace == NULL &&
        probe_jar_open(site, &p->try, &p->cookie, &p->cookie_until))
        how = probe_get(site, none, buffer_span(&p->cookie), p->try.deadline,
                        by_cookie, p, &p->fetch);
    else
        how = probe_try_begin(&p->try);
    return began(p, how);
}

void
probe_wake(struct probe *p)
{
    p->waiting = false;
    if (p->site->state == PROBE_PASSED)
        (void)proceed(p);
    else
        end_untested(p);
}

/* --- the beginning --- */

/* What may leave the host. */
static enum reason
check_form(const struct issuer_conf *conf, const struct ask_request *r)
{
    if (r->credential.len == 0 || r->credential.len > LIMIT_CREDENTIAL)
        return REASON_FORM;
    if (r->kind == ASK_HTTP_PASSWORD)
        return text_is_user(r->user) && !text_has_control(r->credential) &&
                       (conf->bearer_username == NULL ||
                        !span_is(r->user, conf->bearer_username))
                   ? REASON_ACCEPTED
                   : REASON_FORM;
    if (r->kind != ASK_HTTP_TOKEN)
        return REASON_INTERNAL;
    if (!text_is_visible(r->credential))
        return REASON_FORM;
    return conf->user_from == NULL ? REASON_CLAIM_MISSING : REASON_ACCEPTED;
}

static struct probe *
new_probe(struct probe_site *site, const struct ask_request *r, ask_done *done,
          void *context)
{
    struct probe *p = calloc(1, sizeof(*p));

    if (p == NULL)
        return NULL;
    p->site = site;
    p->wall = r->wall;
    p->done = done;
    p->context = context;
    p->cookie = (struct buffer)BUFFER_INIT(COOKIE_HEADER_MAX);
    probe_try_init(&p->try, site);
    p->try.password = r->kind == ASK_HTTP_PASSWORD;
    p->try.deadline = site->clock() + r->timeout_ms;
    p->try.trace = r->trace;
    p->try.ended = tried;
    buffer_add(&p->try.credential, r->credential.data, r->credential.len);
    buffer_add(&p->try.user, r->user.data, r->user.len);
    probe_site_hold(site);
    if (p->try.credential.failed || p->try.user.failed) {
        free_probe(p);
        return NULL;
    }
    p->next = site->probes;
    p->link = &site->probes;
    if (p->next != NULL)
        p->next->link = &p->next;
    site->probes = p;
    return p;
}

static void
refuse(ask_done *done, void *context, enum reason reason)
{
    struct ask_answer answer = {.reason = reason};

    if (reason == REASON_CLAIM_MISSING)
        snprintf(answer.problem, sizeof(answer.problem),
                 "user_from must name the user");
    done(context, &answer);
}

struct probe *
probe_start(struct probe_site *site, const struct ask_request *r,
            ask_done *done, void *context)
{
    enum reason reason = check_form(site->conf, r);
    struct probe *p;

    if (reason != REASON_ACCEPTED) {
        refuse(done, context, reason);
        return NULL;
    }
    p = new_probe(site, r, done, context);
    if (p == NULL) {
        refuse(done, context, REASON_INTERNAL);
        return NULL;
    }
    if (!probe_site_serves(site, p->try.password) ||
        site->state == PROBE_FAILED) {
        end_untested(p);
        return NULL;
    }
    if (site->state == PROBE_PASSED)
        return proceed(p) ? p : NULL;
    p->waiting = true;
    probe_site_arm(site);
    return p;
}

void
probe_silence(struct probe *p)
{
    p->waiting = false;
    if (p->fetch != NULL)
        fetch_cancel(p->fetch);
    p->fetch = NULL;
    probe_try_clear(&p->try);
}

void
probe_cancel(struct probe *p)
{
    if (p != NULL)
        free_probe(p);
}
