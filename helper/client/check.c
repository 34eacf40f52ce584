/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/check.h"

#include <inttypes.h>
#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/client/hosts.h"
#include "helper/client/say.h"
#include "helper/client/source.h"
#include "helper/jose/base64url.h"
#include "helper/jose/json.h"

#define SHOWN_MAX 300
#define PART 1023 /* what ssh sends of one answer */

/* --- one line each --- */

static void
show(const char *name, struct span value)
{
    char shown[SHOWN_MAX];

    if (value.len > 0)
        printf("%-10s %s\n", name, text_escape(value, shown, sizeof(shown)));
}

/* A text, or a list of texts divided by commas. */
static void
show_claim(const char *name, const json_t *value)
{
    struct buffer text = BUFFER_INIT(4096);
    const json_t *one;
    size_t i;

    if (json_is_string(value))
        buffer_add(&text, json_string_value(value), json_string_length(value));
    json_array_foreach(value, i, one) if (json_is_string(one))
        buffer_printf(&text, "%s%s", i > 0 ? ", " : "", json_string_value(one));
    show(name, buffer_span(&text));
    buffer_free(&text);
}

/* --- audience --- */

bool
check_names_host(struct span audience, struct span host)
{
    const char *rest = memmem(audience.data, audience.len, "://", 3);
    const char *end;

    if (rest != NULL) {
        audience.len -= (size_t)(rest + 3 - audience.data);
        audience.data = rest + 3;
        for (size_t i = 0; i < audience.len; i++)
            if (audience.data[i] == '/' || audience.data[i] == '?')
                audience.len = i;
        if (audience.len > 0 && audience.data[0] == '[') {
            audience.data++;
            audience.len--;
            end = memchr(audience.data, ']', audience.len);
        } else {
            end = memchr(audience.data, ':', audience.len);
        }
        if (end != NULL)
            audience.len = (size_t)(end - audience.data);
    }
    return audience.len == host.len && host.len > 0 &&
           strncasecmp(audience.data, host.data, host.len) == 0;
}

static bool
is_for(const json_t *audience, struct span host)
{
    const json_t *one;
    size_t i;

    if (json_is_string(audience))
        return check_names_host((struct span){json_string_value(audience),
                                              json_string_length(audience)},
                                host);
    json_array_foreach(audience, i, one) if (is_for(one, host)) return true;
    return false;
}

/* --- the token --- */

static bool
show_expiry(const json_t *claims)
{
    int64_t expires, now, age;
    bool good;
    char shown[64], date[64] = "";
    struct tm when;
    time_t at;

    if (!json_time(json_object_get(claims, "exp"), &expires)) {
        puts("expires    it does not say when");
        return true;
    }
    now = clock_wall();
    good = expires > now;
    /* It may be any number. */
    age = good ? expires - now : now - (expires > 0 ? expires : 0);
    at = (time_t)expires;
    if (localtime_r(&at, &when) != NULL)
        (void)strftime(date, sizeof(date), ", %Y-%m-%d %H:%M:%S %z", &when);
    (void)text_age(age, shown, sizeof(shown));
    if (good)
        printf("expires    in %s%s\n", shown, date);
    else
        printf("expires    %s ago%s\n", shown, date);
    return good;
}

/* The claims of what has the form of a JWT, which nobody has verified. */
static json_t *
claims_in(struct span token)
{
    const char *from = memchr(token.data, '.', token.len), *end;
    unsigned char *bytes = NULL;
    json_t *claims = NULL;
    struct span part;
    size_t len;

    if (from == NULL)
        return NULL;
    part.data = from + 1;
    part.len = token.len - (size_t)(part.data - token.data);
    end = memchr(part.data, '.', part.len);
    if (end == NULL)
        return NULL;
    part.len = (size_t)(end - part.data);
    bytes = malloc(BASE64URL_DECODED(part.len));
    if (bytes != NULL && base64url_decode(part, bytes, &len))
        claims = json_object_load((struct span){(char *)bytes, len});
    erase_free(bytes, BASE64URL_DECODED(part.len));
    return claims;
}

static bool
show_token(struct span token, struct span host)
{
    json_t *claims = claims_in(token);
    bool good;

    printf("length     %zu bytes, %zu part%s\n", token.len,
           token.len / PART + 1, token.len < PART ? "" : "s");
    if (claims == NULL) {
        puts("kind       not a JWT: only its provider can say more");
        return true;
    }
    puts("kind       JWT; not verified here");
    show_claim("issuer", json_object_get(claims, "iss"));
    show_claim("subject", json_object_get(claims, "sub"));
    show_claim("audience", json_object_get(claims, "aud"));
    show_claim("scope", json_object_get(claims, "scope"));
    good = show_expiry(claims);
    (void)fflush(stdout);
    if (!good)
        say("the token has expired");
    if (!is_for(json_object_get(claims, "aud"), host))
        say("the audience of the token does not name %.*s, which may refuse it",
            (int)host.len, host.data);
    json_decref(claims);
    return good;
}

/* --- the destination --- */

static bool
take_destination(const char *text, struct prompt *out)
{
    const char *at = strrchr(text, '@');
    const struct passwd *entry = at == NULL ? getpwuid(getuid()) : NULL;

    *out = (struct prompt){.host = span_of(at != NULL ? at + 1 : text)};
    if (at != NULL)
        out->user = (struct span){text, (size_t)(at - text)};
    else if (entry != NULL)
        out->user = span_of(entry->pw_name);
    return out->user.len > 0 && out->user.len <= PROMPT_NAME_MAX &&
           out->host.len > 0 && out->host.len <= PROMPT_NAME_MAX &&
           text_is_visible(out->user) && text_is_visible(out->host);
}

static bool
show_source(char *const command[], struct buffer *token)
{
    struct buffer source = BUFFER_INIT(HOSTS_LINE_MAX);
    const char *where = NULL;
    bool done;

    for (size_t i = 0; command[i] != NULL; i++)
        buffer_printf(&source, "%s%s", i > 0 ? " " : "", command[i]);
    done = source_token(command, token, &where);
    if (where != NULL)
        buffer_text(&source, where);
    show("source", buffer_span(&source));
    buffer_free(&source);
    return done;
}

int
check_destination(const char *destination)
{
    struct buffer token = BUFFER_INIT(LIMIT_CREDENTIAL + 4096);
    struct hosts_line line;
    struct prompt p;
    bool good = false;

    if (!take_destination(destination, &p)) {
        say("%s: is no HOST or USER@HOST", destination);
        return 2;
    }
    switch (hosts_find(&p, &line)) {
    case HOSTS_LISTED:
        printf("for        %.*s@%.*s\n", (int)p.user.len, p.user.data,
               (int)p.host.len, p.host.data);
        good = show_source(line.command, &token) &&
               show_token(buffer_span(&token), p.host);
        break;
    case HOSTS_NEVER:
        say("%.*s@%.*s never gets a token (~/.config/httpauth/hosts)",
            (int)p.user.len, p.user.data, (int)p.host.len, p.host.data);
        break;
    case HOSTS_NOT_LISTED:
        say("%.*s@%.*s is not in ~/.config/httpauth/hosts: no token for it",
            (int)p.user.len, p.user.data, (int)p.host.len, p.host.data);
        break;
    case HOSTS_FAULT:
        break;
    }
    buffer_free(&token);
    return good ? 0 : 1;
}
