/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/client/say.h"
#include "helper/http/form.h"
#include "helper/issuer/discovery.h"
#include "helper/jose/json.h"

#define SHOWN_MAX 300

static const char *
variable(const char *name, const char *other)
{
    const char *value = getenv(name);

    if (value == NULL || *value == '\0')
        value = getenv(other);
    return value != NULL && *value != '\0' ? value : NULL;
}

/* One without a scheme is one of http. */
static bool
take_proxy(struct web *web)
{
    const char *proxy = variable("https_proxy", "HTTPS_PROXY");

    if (proxy == NULL)
        return true;
    if (asprintf(&web->proxy, "%s%s",
                 strstr(proxy, "://") != NULL ? "" : "http://", proxy) < 0)
        web->proxy = NULL;
    web->route.proxy = web->proxy;
    return web->proxy != NULL;
}

/* A host and all below it, with or without a dot in front. */
static bool
add_exception(struct list *exceptions, struct span name)
{
    char below[256];

    if (name.len > 0 && name.data[0] == '.') {
        name.data++;
        name.len--;
    }
    if (name.len == 0 || name.len >= sizeof(below) - 1)
        return true; /* no host's name */
    below[0] = '.';
    memcpy(below + 1, name.data, name.len);
    return list_add(exceptions, name) &&
           list_add(exceptions, (struct span){below, name.len + 1});
}

/* Divided by commas and blanks; "*" is everything. */
static bool
take_exceptions(struct web *web)
{
    const char *rest = variable("no_proxy", "NO_PROXY");
    size_t len;

    for (; rest != NULL && *rest != '\0'; rest += len) {
        rest += strspn(rest, ", ");
        len = strcspn(rest, ", ");
        if (len == 1 && *rest == '*')
            web->route.proxy = NULL;
        if (!add_exception(&web->no_proxy, (struct span){rest, len}))
            return false;
    }
    return true;
}

bool
web_open(struct web *web, const char *ca_file)
{
    *web =
        (struct web){.route = {.ca_file = ca_file, .no_proxy = &web->no_proxy}};
    if (uv_loop_init(&web->loop) != 0) {
        say("no event loop");
        return false;
    }
    if (take_proxy(web) && take_exceptions(web))
        web->fetcher = fetcher_new(&web->loop);
    if (web->fetcher != NULL)
        return true;
    say("no memory");
    web_close(web);
    return false;
}

void
web_close(struct web *web)
{
    fetcher_free(web->fetcher);
    while (uv_run(&web->loop, UV_RUN_DEFAULT) != 0)
        ;
    (void)uv_loop_close(&web->loop);
    list_clear(&web->no_proxy);
    free(web->proxy);
}

struct waiting {
    const char *url;
    struct web_answer *answer;
    bool ended, answered;
};

static void
tell_host(const char *url, const char *what)
{
    struct span host = fetch_url_host(span_of(url));

    say("%.*s: %s", (int)host.len, host.len > 0 ? host.data : "", what);
}

static void
on_answer(void *context, const struct fetch_answer *answer)
{
    struct waiting *waiting = context;

    waiting->ended = true;
    if (answer->error != NULL) {
        tell_host(waiting->url, answer->error);
        return;
    }
    waiting->answered =
        buffer_add(&waiting->answer->body, answer->body.data, answer->body.len);
    waiting->answer->status = answer->status;
    waiting->answer->root = json_object_load(answer->body);
}

bool
web_ask(struct web *web, const char *url, const struct buffer *form,
        struct web_answer *answer)
{
    struct waiting waiting = {.url = url, .answer = answer};
    struct fetch_request request = {
        .url = url,
        .route = &web->route,
        .accept = "application/json",
        .timeout_ms = WEB_ASK_MS,
        .body_max = DISCOVERY_BYTES_MAX,
        .idempotent = form == NULL,
        .done = on_answer,
        .context = &waiting,
    };

    *answer = (struct web_answer){.body = BUFFER_INIT(DISCOVERY_BYTES_MAX)};
    if (form != NULL) {
        request.post = true;
        request.body = buffer_span(form);
        request.content_type = FORM_TYPE;
    }
    if ((form != NULL && form->failed) ||
        fetch_start(web->fetcher, &request) == NULL) {
        say("no memory");
        return false;
    }
    while (!waiting.ended)
        (void)uv_run(&web->loop, UV_RUN_ONCE);
    return waiting.answered;
}

void
web_answer_clear(struct web_answer *answer)
{
    buffer_free(&answer->body);
    json_decref(answer->root);
    *answer = (struct web_answer){0};
}

void
web_tell(const char *url, const struct web_answer *answer)
{
    struct span error = json_text(answer->root, "error");
    struct span more = json_text(answer->root, "error_description");
    struct buffer text = BUFFER_INIT(1024);
    char shown[SHOWN_MAX];

    buffer_printf(&text, "HTTP %ld", answer->status);
    if (error.len > 0)
        buffer_printf(&text, ", %s", text_escape(error, shown, sizeof(shown)));
    if (more.len > 0)
        buffer_printf(&text, " (%s)", text_escape(more, shown, sizeof(shown)));
    tell_host(url, text.data != NULL ? text.data : "no answer that helps");
    buffer_free(&text);
}
