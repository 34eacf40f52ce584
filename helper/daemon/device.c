/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/base/log.h"
#include "helper/base/network.h"
#include "helper/base/text.h"
#include "helper/daemon/decision.h"
#include "helper/issuer/qr.h"

struct device_start {
    struct helper *helper;
    struct device device; /* without id and code */
    char rhost[LIMIT_RHOST + 1];
    struct ask *ask;
    device_done *done;
    void *context;
    struct device_start *next, **link; /* among helper->starts */
};

/* --- may it be begun, and where? --- */

/* An address that somebody only claims counts like one. */
static bool
admits_address(const struct service_conf *service, struct span rhost)
{
    const struct list *admitted = &service->device_networks;
    struct network network;

    if (rhost.len == 0)
        return true;
    for (size_t i = 0; i < admitted->count; i++)
        if (network_parse(span_of(admitted->item[i]), &network) &&
            network_contains(&network, rhost))
            return true;
    return false;
}

static const struct helper_issuer *
find_issuer(const struct helper *h, const struct service_conf *service,
            struct span user)
{
    for (size_t i = 0; i < h->issuers; i++) {
        const struct issuer_conf *conf = issuer_conf(h->issuer[i].issuer);

        if (config_asks_devices(conf) &&
            config_service_admits_issuer(service, conf) &&
            (user.len == 0 || config_speaks_for(h->config, conf, user)))
            return &h->issuer[i];
    }
    return NULL;
}

static enum reason
may_begin(struct helper *h, const struct attempt_request *request,
          const struct helper_issuer **issuer)
{
    const struct service_conf *service;
    int64_t now;

    if (h->config == NULL)
        return h->absent ? REASON_NO_ISSUER : REASON_CONFIGURATION;
    if (!helper_wall(h, &now))
        return REASON_CLOCK;
    service = config_service(h->config, request->service);
    if (service == NULL)
        return REASON_NO_SERVICE;
    if (service->methods != 0 && (service->methods & METHOD_DEVICE) == 0)
        return REASON_METHOD_RULE;
    if (!admits_address(service, request->rhost))
        return REASON_NETWORK_RULE;
    *issuer = find_issuer(h, service, request->user);
    return *issuer != NULL ? REASON_ACCEPTED : REASON_NO_ISSUER;
}

/* --- what is shown --- */

static void
put_text(const struct device_start *s, const struct grant_device *answer,
         struct buffer *out)
{
    char host[256] = "", from[LIMIT_RHOST + 8] = "";

    if (gethostname(host, sizeof(host) - 1) != 0)
        host[0] = '\0';
    if (s->rhost[0] != '\0')
        snprintf(from, sizeof(from), " from %s", s->rhost);
    buffer_printf(out, "To log in to %s%s, open\n\n    %.*s\n\n", host, from,
                  (int)answer->uri.len, answer->uri.data);
    buffer_printf(out, "and enter the code %.*s there.\n",
                  (int)answer->user_code.len, answer->user_code.data);
    buffer_printf(out, "Do so only if it was you who began this login.\n");
}

/* --- the beginning --- */

static void
link_in(struct device_start *s)
{
    s->link = &s->helper->starts;
    s->next = *s->link;
    if (s->next != NULL)
        s->next->link = &s->next;
    *s->link = s;
}

static void
discard(struct device_start *s)
{
    if (s->link != NULL) {
        *s->link = s->next;
        if (s->next != NULL)
            s->next->link = s->link;
    }
    erase_free(s, sizeof(*s));
}

static void
finish(struct device_start *s, enum reason reason,
       const struct wire_challenge *challenge)
{
    if (reason != REASON_ACCEPTED)
        log_info("device login: not begun for the service %s%s%s: %s",
                 s->device.service, s->rhost[0] != '\0' ? " from " : "",
                 s->rhost, reason_text(reason));
    s->done(s->context, reason, challenge);
    discard(s);
}

static void
challenge(struct device_start *s, const struct grant_device *answer)
{
    struct buffer text = BUFFER_INIT(WIRE_CHALLENGE_MAX);
    struct buffer code = BUFFER_INIT(BLOCKS_MAP_MAX);
    struct wire_challenge out = {.seconds = DEVICE_LIFE_S};
    struct device *added = NULL;
    int64_t now_ms = clock_boot_ms();

    put_text(s, answer, &text);
    s->device.interval_ms = answer->interval_s * 1000;
    s->device.code = strndup(answer->code.data, answer->code.len);
    if (!text.failed && s->device.code != NULL)
        added = devices_add(s->helper->devices, &s->device, answer->expires_s,
                            now_ms);
    erase_free_text(s->device.code);
    s->device.code = NULL;
    if (added != NULL) {
        memcpy(out.id, added->id, LOGIN_ID_LEN);
        if (answer->expires_s < out.seconds)
            out.seconds = (uint32_t)answer->expires_s;
        out.text = buffer_span(&text);
        qr_put(&code, answer->uri);
        out.code = buffer_span(&code);
    }
    finish(s, added != NULL ? REASON_ACCEPTED : REASON_OVERLOAD, &out);
    buffer_free(&code);
    buffer_free(&text);
}

static void
on_answer(void *context, struct ask_answer *answer)
{
    struct device_start *s = context;

    s->ask = NULL;
    if (answer->reason == REASON_ACCEPTED) {
        challenge(s, &answer->device);
        return;
    }
    decision_problem(s->device.issuer, answer->reason, answer->problem);
    finish(s, answer->reason, NULL);
}

static void
copy(char *out, size_t size, struct span text)
{
    snprintf(out, size, "%.*s", (int)text.len, text.len > 0 ? text.data : "");
}

struct device_start *
device_begin(struct helper *h, const struct attempt_request *request,
             device_done *done, void *context)
{
    const struct helper_issuer *issuer = NULL;
    struct device_start *s = calloc(1, sizeof(*s));
    struct ask_request ask = {.kind = ASK_DEVICE};
    struct ask *started;
    enum reason reason;

    if (s == NULL) {
        done(context, REASON_INTERNAL, NULL);
        return NULL;
    }
    s->helper = h;
    s->done = done;
    s->context = context;
    s->device.caller = request->caller;
    copy(s->device.user, sizeof(s->device.user), request->user);
    copy(s->device.service, sizeof(s->device.service), request->service);
    text_escape(request->rhost, s->rhost, sizeof(s->rhost));
    throttle_origin(request->believed ? request->rhost : span_of(""),
                    request->believed ? request->ruid : request->caller,
                    s->device.origin);
    reason = may_begin(h, request, &issuer);
    if (reason == REASON_ACCEPTED)
        reason = devices_room(h->devices, s->device.origin, clock_boot_ms());
    if (reason != REASON_ACCEPTED) {
        finish(s, reason, NULL);
        return NULL;
    }
    copy(s->device.issuer, sizeof(s->device.issuer),
         span_of(issuer_conf(issuer->issuer)->name));
    ask.origin = span_of(s->device.origin);
    ask.wall = h->wall();
    ask.timeout_ms = (uint32_t)attempt_patience_ms(request->ms_left);
    /* It may have ended before this returns, and `s` with it. */
    started = ask_start(issuer->issuer, &ask, on_answer, s);
    if (started == NULL)
        return NULL;
    s->ask = started;
    link_in(s);
    return s;
}

void
device_cancel(struct device_start *s)
{
    if (s == NULL)
        return;
    ask_cancel(s->ask);
    discard(s);
}

void
device_stop(struct helper *h)
{
    while (h->starts != NULL) {
        ask_cancel(h->starts->ask);
        finish(h->starts, REASON_STOPPING, NULL);
    }
}

/* --- the token --- */

enum reason
device_poll(struct helper *h, const unsigned char id[LOGIN_ID_LEN],
            struct attempt_request *request)
{
    int64_t now_ms = clock_boot_ms();
    struct device *device = devices_find(h->devices, id, now_ms);

    if (device == NULL || device->caller != request->caller ||
        !span_is(request->user, device->user) ||
        !span_is(request->service, device->service))
        return REASON_DENIED;
    if (device->asking || now_ms < device->next_ms)
        return REASON_PENDING;
    device->asking = true;
    request->credential = span_of(device->code);
    request->device = span_of(device->issuer);
    return REASON_ACCEPTED;
}

void
device_polled(struct helper *h, const unsigned char id[LOGIN_ID_LEN],
              enum reason reason)
{
    devices_answered(h->devices, id, reason, clock_boot_ms());
}
