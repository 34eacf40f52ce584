/* SPDX-License-Identifier: BSD-2-Clause */
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/client/obtain.h"
#include "helper/client/say.h"
#include "helper/http/form.h"
#include "helper/issuer/grant.h"
#include "helper/issuer/qr.h"

#define FORM_MAX 16384
#define SLOWER_S 5 /* RFC 8628 section 3.5 */
#define WAIT_MAX_S 1800

static enum reason
wait_for_token(struct web *web, struct saved *saved,
               const struct grant_device *device)
{
    int64_t interval_ms = device->interval_s * 1000;
    int64_t lasts_s =
        device->expires_s < WAIT_MAX_S ? device->expires_s : WAIT_MAX_S;
    int64_t ends_ms = clock_boot_ms() + lasts_s * 1000;
    struct buffer form = BUFFER_INIT(FORM_MAX);
    enum reason reason = REASON_PENDING;
    int64_t left_ms;

    form_add(&form, "grant_type", span_of(GRANT_TYPE_DEVICE));
    form_add(&form, "device_code", device->code);
    provider_form(saved, &form);
    while (reason == REASON_PENDING && clock_boot_ms() < ends_ms) {
        left_ms = ends_ms - clock_boot_ms();
        (void)poll(NULL, 0,
                   (int)(interval_ms < left_ms ? interval_ms : left_ms));
        reason = provider_token(web, saved, &form, true);
        /* One that stumbles may have the answer the next time. */
        if (reason == REASON_SLOW_DOWN || reason == REASON_PROVIDER) {
            interval_ms += (int64_t)SLOWER_S * 1000;
            reason = REASON_PENDING;
        }
    }
    buffer_free(&form);
    if (reason != REASON_PENDING)
        return reason;
    say("it was not confirmed in time");
    return REASON_TIMEOUT;
}

/* Where the terminal holds it and speaks UTF-8. */
static void
show_code(struct span uri)
{
    struct buffer map = BUFFER_INIT(BLOCKS_MAP_MAX);
    struct buffer text = BUFFER_INIT(BLOCKS_TEXT_MAX);
    struct winsize size = {0};

    if (setlocale(LC_CTYPE, "") == NULL ||
        strcmp(nl_langinfo(CODESET), "UTF-8") != 0 ||
        ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row < 24 ||
        size.ws_col < 80)
        return;
    qr_put(&map, uri);
    if (blocks_put(&text, buffer_span(&map)))
        (void)fprintf(stderr, "%s\n", text.data);
    buffer_free(&text);
    buffer_free(&map);
}

static enum reason
show_and_wait(struct web *web, struct saved *saved, const char *url,
              const struct web_answer *answer)
{
    struct grant_device device;
    const char *fault;

    if (answer->status != 200 || answer->root == NULL)
        return provider_refusal(url, answer);
    fault = grant_take_device(answer->root, &device);
    if (fault != NULL) {
        say("the provider gave no usable %s", fault);
        return REASON_PROVIDER;
    }
    show_code(device.uri);
    (void)fprintf(stderr,
                  "To log in, open\n\n    %.*s\n\nand enter the code %.*s "
                  "there.\n",
                  (int)device.uri.len, device.uri.data,
                  (int)device.user_code.len, device.user_code.data);
    return wait_for_token(web, saved, &device);
}

enum reason
obtain_by_device(struct web *web, const struct metadata *metadata,
                 struct saved *saved)
{
    const char *url = metadata->device_authorization_endpoint;
    struct buffer form = BUFFER_INIT(FORM_MAX);
    enum reason reason = REASON_PROVIDER;
    struct web_answer answer = {0};

    if (url == NULL || !fetch_url_ok(span_of(url))) {
        say("the provider has no device login (RFC 8628)");
        return REASON_PROVIDER;
    }
    provider_login_form(saved, &form);
    if (web_ask(web, url, &form, &answer))
        reason = show_and_wait(web, saved, url, &answer);
    web_answer_clear(&answer);
    buffer_free(&form);
    return reason;
}
