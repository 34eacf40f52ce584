/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A question to a provider, waited for: the helper's own way of asking
 * (helper/http/fetch.h), by the proxy that https_proxy and no_proxy of the
 * environment name, read as curl reads them.
 */
#ifndef HELPER_CLIENT_WEB_H
#define HELPER_CLIENT_WEB_H

#include <jansson.h>
#include <stdbool.h>
#include <uv.h>

#include "helper/base/buffer.h"
#include "helper/base/list.h"
#include "helper/http/fetch.h"

#define WEB_ASK_MS 10000 /* for one question, all in all */

struct web {
    uv_loop_t loop;
    struct fetcher *fetcher;
    struct fetch_route route;
    char *proxy; /* owned */
    struct list no_proxy;
};

struct web_answer {
    long status;
    struct buffer body;
    json_t *root; /* NULL when that is not one JSON object */
};

/* `ca_file` NULL: the system's; it outlives the web.  False: told why. */
bool web_open(struct web *, const char *ca_file);
void web_close(struct web *);

/* A GET, or with a form a POST of it.  False, told why, when there is no
 * answer.  web_answer_clear() on any result. */
bool web_ask(struct web *, const char *url, const struct buffer *form,
             struct web_answer *);
void web_answer_clear(struct web_answer *);

/* Tells what an answer says that is none we wanted: "idp.example: HTTP 400,
 * invalid_scope (No such scope)". */
void web_tell(const char *url, const struct web_answer *);

#endif
