/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/host_password.h"

#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/hostpw/hostpw.h"

#define HOST_SIZE 256

/*
 * Who makes his own keys is to lose them when he leaves: then no provider
 * vouches for him any more.  What root made is not a matter of providers.
 */
static enum reason
check_seen(const struct judge *j, const struct hostpw *key)
{
    int64_t within = issuer_conf(j->issuer->issuer)->idp_seen_within;
    int64_t last;
    bool held;

    if (!key->self_made || within == 0)
        return REASON_ACCEPTED;
    if (j->helper->seen == NULL)
        return REASON_STATE;
    last = seen_last(j->helper->seen, j->who.user);
    held = last != 0 && j->wall - last <= within;
    trace_note(j->trace, "idp_seen_within", held,
               "a login that a provider vouched for",
               held ? "so" : "too long ago");
    return held ? REASON_ACCEPTED : REASON_IDP_UNSEEN;
}

static struct facts *
facts_of(const struct judge *j, const struct hostpw *key)
{
    const struct facts_password password = {
        .id = key->id,
        .user = key->user,
        .scopes = &key->scopes,
        .created = key->created,
        .expires = key->expires,
        .by_root = !key->self_made,
    };

    return facts_from_password(&password, j->helper->config,
                               issuer_conf(j->issuer->issuer));
}

static enum reason
compare(const struct judge *j, const struct hostpw **key)
{
    char host[HOST_SIZE] = "";
    const struct hostpw_question question = {
        .credential = j->credential,
        .environment = issuer_conf(j->issuer->issuer)->app_password_environment,
        .user = j->who.user,
        .service = j->who.service,
        .rhost = j->who.rhost,
        .host = host,
        .wall = j->wall,
        .trace = j->trace,
    };

    gethostname(host, sizeof(host) - 1);
    return hostpws_check(j->helper->hostpws, &question, key);
}

static enum throttle_result
counts_as(enum reason reason)
{
    if (reason == REASON_ACCEPTED)
        return THROTTLE_GOOD;
    return reason == REASON_PASSWORD ? THROTTLE_WRONG : THROTTLE_NEITHER;
}

enum reason
host_password_check(const struct judge *j, struct facts **facts)
{
    struct helper *h = j->helper;
    const struct throttle_rules rules = helper_throttle_rules(h);
    struct throttle_ticket ticket = {0};
    const struct hostpw *key = NULL;
    int64_t now_ms = clock_boot_ms();
    enum reason reason;

    *facts = NULL;
    if (h->hostpws == NULL)
        return REASON_STATE;
    if (!throttle_begin(h->throttle, &rules, j->who.user, j->origin,
                        j->credential, false, now_ms, &ticket))
        return REASON_THROTTLED;
    reason = compare(j, &key);
    throttle_end(h->throttle, &rules, &ticket, counts_as(reason), now_ms);
    if (reason == REASON_ACCEPTED)
        reason = check_seen(j, key);
    if (key != NULL)
        *facts = facts_of(j, key);
    return key != NULL && *facts == NULL ? REASON_INTERNAL : reason;
}
