/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the provider publishes, asked for by the helper's own way and as the
 * helper's user: nobody with privileges reads what a stranger sends, and what
 * that user may not read (ca_file) is found now.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/ctl/doctor_fetch.h"
#include "helper/ctl/out.h"
#include "helper/ctl/program.h"
#include "helper/ctl/setup.h"
#include "helper/issuer/discovery.h"
#include "helper/jose/json.h"
#include "helper/jose/jwks.h"

#define DISCOVER_MS 40000 /* two documents and the keys */
#define PROBLEM_BYTES 1024
#define ITEMS_MAX 100
#define SHOWN_BYTES 512

__attribute__((format(printf, 2, 3))) static json_t *
problem(const char *url, const char *format, ...)
{
    char text[PROBLEM_BYTES];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return json_pack("{s:s, s:s}", "url", url, "problem", text);
}

/* --- the metadata --- */

static const char *const texts[] = {
    "issuer",
    "jwks_uri",
    "authorization_endpoint",
    "token_endpoint",
    "introspection_endpoint",
    "userinfo_endpoint",
    "device_authorization_endpoint",
    "revocation_endpoint",
};
static const char *const lists[] = {"grant_types_supported", "scopes_supported",
                                    "claims_supported"};

static void
copy_list(json_t *offer, const json_t *root, const char *name)
{
    json_t *copy = json_array(), *item;
    size_t i;

    json_array_foreach(json_object_get(root, name), i, item)
    {
        if (i < ITEMS_MAX && json_is_string(item))
            (void)json_array_append(copy, item);
    }
    (void)json_object_set_new(offer, name, copy);
}

static json_t *
offer_of(const json_t *root)
{
    json_t *offer = json_object();

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        json_t *value = json_object_get(root, texts[i]);

        if (json_is_string(value))
            (void)json_object_set(offer, texts[i], value);
    }
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        copy_list(offer, root, lists[i]);
    return offer;
}

/* An identifier that differs by a slash is a common mistake: what the document
 * calls itself is told. */
static json_t *
judge_document(const struct errand *e, const char *url, const char *issuer)
{
    json_t *root = json_object_load(buffer_span(&e->body)), *result;
    struct span named = json_text(root, "issuer");
    char safe[SHOWN_BYTES];
    struct metadata metadata;
    const char *why = NULL;

    if (discovery_parse(buffer_span(&e->body), issuer, &metadata, &why))
        result = offer_of(root);
    else if (root != NULL && named.len > 0 && !span_is(named, issuer))
        result = problem(url, "it is the document of another issuer, \"%s\"",
                         out_safe(named, safe, sizeof(safe)));
    else
        result = problem(url, "%s", why);
    metadata_clear(&metadata);
    json_decref(root);
    return result;
}

/* The keys, counted; `offer` as it is when there is no problem. */
static json_t *
add_keys(struct errand *e, json_t *offer)
{
    const char *url = json_string_value(json_object_get(offer, "jwks_uri"));
    json_t *algorithms = json_array(), *result = NULL;
    struct jwks_report report = {0};
    struct jwks *keys = NULL;
    uint32_t algs = 0;

    if (url == NULL)
        result = problem("", "its metadata names no keys (jwks_uri)");
    else if (!errand_get(e, url))
        result = problem(url, "%s", e->problem);
    else if (e->status != 200)
        result = problem(url, "HTTP %ld instead of its keys", e->status);
    else if ((keys = jwks_load(buffer_span(&e->body), JWK_PUBLIC_ONLY, false,
                               &report)) == NULL)
        result = problem(url, "no usable keys: %s", report.problem);
    for (size_t i = 0; keys != NULL && i < keys->count; i++)
        algs |= keys->key[i]->algs;
    for (int alg = 1; alg < ALG_COUNT; alg++)
        if ((algs & ALG_BIT(alg)) != 0)
            (void)json_array_append_new(algorithms, json_string(alg_name(alg)));
    (void)json_object_set_new(offer, "algorithms", algorithms);
    (void)json_object_set_new(offer, "keys",
                              json_integer((json_int_t)report.usable));
    (void)json_object_set_new(offer, "skipped",
                              json_integer((json_int_t)report.skipped));
    jwks_free(keys);
    if (result == NULL)
        return offer;
    json_decref(offer);
    return result;
}

static json_t *
ask_by(struct errand *e, const char *issuer, enum discovery_form form,
       bool *absent)
{
    char *url = discovery_url(issuer, form);
    json_t *result;

    *absent = false;
    if (url == NULL) {
        result = problem(issuer, "is no https URL of an issuer");
    } else if (!errand_get(e, url)) {
        result = problem(url, "%s", e->problem);
    } else if (e->status != 200) {
        *absent = true;
        result = problem(url, "HTTP %ld instead of its metadata", e->status);
    } else {
        result = judge_document(e, url, issuer);
    }
    free(url);
    return result;
}

static json_t *
ask(void *context)
{
    const struct setup *s = context;
    /* errand_begin() and the way there change nothing of it. */
    const struct issuer_conf way = {.ca_file = (char *)s->ca_file,
                                    .proxy = (char *)s->proxy,
                                    .proxy_schemes = SCHEME_BASIC};
    json_t *result = NULL, *other;
    struct errand e;
    bool absent;

    (void)signal(SIGPIPE, SIG_IGN);
    if (!errand_begin(&e, &way))
        return NULL;
    result = ask_by(&e, s->issuer, DISCOVERY_OIDC, &absent);
    if (absent) {
        other = ask_by(&e, s->issuer, DISCOVERY_OAUTH, &absent);
        if (absent) {
            json_decref(other); /* the first address is the better known */
        } else {
            json_decref(result);
            result = other;
        }
    }
    if (json_object_get(result, "problem") == NULL)
        result = add_keys(&e, result);
    errand_end(&e);
    return result;
}

/* --- by way of a process of its own --- */

static const char *
advice_for(const char *why)
{
    if (strstr(why, "another issuer") != NULL)
        return "An issuer is compared byte for byte: give it exactly as the "
               "document does, if\nthat is the one you mean.";
    if (strstr(why, "timeout") != NULL || strstr(why, "timed out") != NULL)
        return "Does this host get there?  A proxy is named with --proxy.";
    if (strstr(why, "certificate") != NULL || strstr(why, "SSL") != NULL)
        return "A CA of your own is named with --ca-file; user " SETUP_USER
               "\nmust be able to read it.";
    if (strstr(why, "JSON") != NULL || strstr(why, "HTTP ") != NULL)
        return "Is this the issuer's own URL, the \"iss\" of its tokens, and "
               "not that of its\nlogin page?";
    return "Is the URL right, and does this host get there?  A proxy is named "
           "with --proxy.";
}

bool
setup_discover(struct setup *s)
{
    char safe[PROBLEM_BYTES], url[SHOWN_BYTES];
    const json_t *why;

    if (geteuid() == 0 && getpwnam(SETUP_USER) == NULL) {
        out_error("there is no user %s: is the helper installed?", SETUP_USER);
        return false;
    }
    (void)printf("Asking %s ...\n",
                 out_safe(span_of(s->issuer), url, sizeof(url)));
    (void)fflush(stdout);
    json_decref(s->offer);
    s->offer = program_as(SETUP_USER, ask, s, DISCOVER_MS, &setup_stopped);
    why = json_object_get(s->offer, "problem");
    if (why == NULL && json_is_object(s->offer)) {
        s->preset = setup_recognise(s->offer);
        return true;
    }
    if (setup_stopped != 0)
        return false;
    out_member(s->offer, "url", "", url, sizeof(url));
    out_member(s->offer, "problem", "it cannot be asked from here", safe,
               sizeof(safe));
    out_error("%s%s%s", url, url[0] != '\0' ? ": " : "", safe);
    (void)fprintf(stderr, "%s\n", advice_for(safe));
    return false;
}
