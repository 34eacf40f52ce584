/* SPDX-License-Identifier: BSD-2-Clause */
/* What setup does not do, whatever it is told; and what it does when it is not
 * told. */
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/ctl/audience.h"
#include "helper/ctl/out.h"
#include "helper/ctl/setup.h"
#include "helper/http/fetch.h"

#define HOST_BYTES 256
#define STANDARD_AUDIENCE "ssh://%H"
#define USUAL_CLAIM "preferred_username"

const char *
setup_refuses_issuer(const char *issuer)
{
    if (strncasecmp(issuer, "http://", strlen("http://")) == 0)
        return "is not https: whoever is on the way could sign tokens of his "
               "own";
    if (!fetch_url_ok(span_of(issuer)) || strchr(issuer, '?') != NULL)
        return "is no https URL of an issuer (no user, query or fragment "
               "belongs there)";
    if (strstr(issuer, "/.well-known/") != NULL)
        return "is the address of a document: leave out everything from "
               "/.well-known on";
    return NULL;
}

const char *
setup_refuses_user(const char *user)
{
    if (!text_is_user(span_of(user)))
        return "is no login name";
    if (strcmp(user, "root") == 0)
        return "is root, whom no token opens";
    return getpwnam(user) == NULL ? "is no user of this host" : NULL;
}

const char *
setup_refuses_word(const char *text)
{
    if (*text == '\0')
        return "is empty";
    if (!text_is_visible(span_of(text)))
        return "has blanks, or characters that are not ASCII";
    return strlen(text) > LIMIT_CLAIM ? "is too long" : NULL;
}

/* --- the command line --- */

static bool
refuse(const char *option, const char *why)
{
    out_usage("--%s %s", option, why);
    return false;
}

static bool
accepts_words(const char *option, const struct args_many *words)
{
    for (size_t i = 0; i < words->count; i++) {
        const char *why = setup_refuses_word(words->item[i]);

        if (why != NULL)
            return refuse(option, why);
    }
    return true;
}

/* Where httpauthd.service does not look (ProtectHome=, PrivateTmp=), though
 * others do. */
static const char *
refuses_ca_file(const char *path)
{
    static const char *const hidden[] = {"/home/", "/root/", "/run/user/",
                                         "/tmp/", "/var/tmp/"};

    if (path[0] != '/')
        return "must begin with /: the helper is elsewhere";
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        if (strncmp(path, hidden[i], strlen(hidden[i])) == 0)
            return "is in a folder that the helper does not see: put it into "
                   "/etc/httpauth";
    return NULL;
}

static bool
accepts_texts(const struct setup *s)
{
    const struct {
        const char *option, *text;
    } texts[] = {
        {"client-id", s->client_id},   {"audience", s->audience},
        {"user-claim", s->user_claim}, {"user-domain", s->user_domain},
        {"token-type", s->token_type}, {"users", s->users},
        {"ca-file", s->ca_file},       {"proxy", s->proxy},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *text = texts[i].text;
        const char *why = text != NULL ? setup_refuses_word(text) : NULL;

        if (why != NULL && *text == '\0' &&
            strcmp(texts[i].option, "audience") == 0)
            why = "is empty: a token for anybody would open this host";
        if (why != NULL)
            return refuse(texts[i].option, why);
        if (text != NULL && s->local)
            return refuse(texts[i].option,
                          "is about a provider, and --local has none");
    }
    return true;
}

static bool
is_double(const struct args_many *words, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(words->item[k], words->item[i]) == 0)
            return true;
    return false;
}

static bool
accepts_lists(const struct setup *s)
{
    for (size_t i = 0; i < s->service.count; i++)
        if (!text_is_service(span_of(s->service.item[i])))
            return refuse("service", "is no name of a file in /etc/pam.d");
        else if (is_double(&s->service, i))
            return refuse("service", "is given twice");
    if (s->local && (s->require_scope.count > 0 || s->require_group.count > 0 ||
                     s->required_claim.count > 0))
        return refuse("local", "goes without rules over a provider's tokens");
    return accepts_words("require-scope", &s->require_scope) &&
           accepts_words("required-claim", &s->required_claim) &&
           accepts_words("require-group", &s->require_group);
}

bool
setup_accepts_line(const struct setup *s)
{
    const char *why =
        s->issuer != NULL ? setup_refuses_issuer(s->issuer) : NULL;

    if (why != NULL)
        return refuse("issuer", why);
    if (s->local && s->issuer != NULL)
        return refuse("local", "and --issuer exclude each other: add a second "
                               "issuer by hand, with its users");
    if (s->yes && !s->local && s->issuer == NULL)
        return refuse("yes", "asks nothing: say --issuer URL, or --local");
    why = s->login != NULL ? setup_refuses_user(s->login) : NULL;
    if (why != NULL)
        return refuse("login", why);
    why = s->ca_file != NULL ? refuses_ca_file(s->ca_file) : NULL;
    if (why != NULL)
        return refuse("ca-file", why);
    if (s->users != NULL && strcmp(s->users, "root") == 0)
        return refuse("users", "is root, whom no token of a provider opens");
    return accepts_texts(s) && accepts_lists(s);
}

/* --- what was not said --- */

static bool
offers(const struct setup *s, const char *list, const char *word)
{
    json_t *item;
    size_t i;

    json_array_foreach(json_object_get(s->offer, list), i, item)
    {
        if (json_is_string(item) && strcmp(json_string_value(item), word) == 0)
            return true;
    }
    return false;
}

/* Nothing when there are some, or without memory. */
static void
fill_words(struct args_many *many, struct list *kept, const char *words)
{
    size_t len;

    if (many->count > 0 || words == NULL)
        return;
    for (; *words != '\0'; words += len) {
        words += strspn(words, " ");
        len = strcspn(words, " ");
        if (list_add(kept, (struct span){words, len}))
            many->item[many->count++] = kept->item[kept->count - 1];
    }
}

const char *
setup_audience(const struct setup *s)
{
    if (s->audience != NULL)
        return s->audience;
    if (s->preset != NULL && s->preset->client_aud)
        return s->client_id;
    return s->preset != NULL && s->preset->api_aud ? NULL : STANDARD_AUDIENCE;
}

const char *
setup_user_claim(const struct setup *s)
{
    if (s->user_claim != NULL)
        return s->user_claim;
    if (s->preset != NULL && s->preset->username_claim != NULL)
        return s->preset->username_claim;
    if (s->preset == NULL && offers(s, "claims_supported", USUAL_CLAIM))
        return USUAL_CLAIM;
    return "sub";
}

void
setup_fill(struct setup *s)
{
    if (s->service.count == 0)
        s->service.item[s->service.count++] = "sshd";
    if (s->local)
        return;
    s->audience = setup_audience(s);
    s->user_claim = setup_user_claim(s);
    if (s->token_type == NULL && s->preset != NULL)
        s->token_type = s->preset->token_type;
    if (s->token_type != NULL && strcmp(s->token_type, "access") == 0)
        fill_words(&s->required_claim, &s->answers,
                   s->preset != NULL ? s->preset->required_claims : "azp");
}

/* --- all of it --- */

static bool
accepts_audience(const struct setup *s)
{
    char host[HOST_BYTES] = "";

    if (s->audience == NULL) {
        out_error("no audience: a token for anybody would open this host");
        (void)fprintf(stderr,
                      "Say --audience, what its tokens for this host have in "
                      "\"aud\"%s.\n",
                      s->preset != NULL && s->preset->client_aud
                          ? "; here, the client: --client-id"
                          : "");
        return false;
    }
    (void)gethostname(host, sizeof(host) - 1);
    if (audience_is_of_host(span_of(s->audience), host) || s->shared_audience)
        return true;
    out_error("the audience %s is not of this host alone", s->audience);
    (void)fprintf(stderr, "A token that is stolen on one host would open every "
                          "other of that audience.\nSay --audience ssh://%%H, "
                          "or --shared-audience if that is what you want.\n");
    return false;
}

bool
setup_accepts(const struct setup *s)
{
    if (s->local)
        return true;
    if (s->preset != NULL && s->preset->opaque) {
        out_error("tokens of %s are verified by asking it, which takes more "
                  "than can be asked here",
                  s->preset->title);
        (void)fprintf(stderr,
                      "Its settings, with what is to be done there: "
                      "conf/presets/%s.conf of the documentation\n",
                      s->preset->name);
        return false;
    }
    if (s->preset != NULL && s->preset->user_domain && s->user_domain == NULL &&
        s->yes) {
        out_error("login names of %s are addresses: say --user-domain, what "
                  "follows the @",
                  s->preset->title);
        return false;
    }
    return accepts_audience(s);
}
