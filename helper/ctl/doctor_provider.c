/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The doctor on the way to the providers, gone as the helper's user: what that
 * user cannot read is found, and nobody with privileges reads what a stranger
 * sends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "helper/base/clock.h"
#include "helper/base/limits.h"
#include "helper/base/text.h"
#include "helper/conf/secret.h"
#include "helper/ctl/doctor.h"
#include "helper/ctl/doctor_fetch.h"
#include "helper/issuer/discovery.h"
#include "helper/jose/json.h"
#include "helper/jose/jwks.h"

#define DAY_S 86400
#define CERTIFICATE_DAYS 14
#define CLOCK_NOTICED_S 5 /* a second of it is the answer's way */
#define COMPLAINTS_MAX 65536

/* --- what the helper must be able to read --- */

static void
judge_secret(struct doctor *d, const struct issuer_conf *issuer,
             const char *option, const char *file)
{
    struct buffer why = BUFFER_INIT(ROUTE_WHY_MAX);
    struct secret secret;
    struct span content;
    json_t *finding;

    /* systemd shows its credentials to the unit alone. */
    if (file == NULL ||
        strncmp(file, SECRET_CREDENTIAL, sizeof(SECRET_CREDENTIAL) - 1) == 0)
        return;
    secret_init(&secret, file);
    if (!secret_get(&secret, &content, &why)) {
        finding =
            doctor_find(d, DOCTOR_FAULT, "secret-file", "[issuer %s]: %s.",
                        issuer->name, why.len > 0 ? why.data : file);
        doctor_why(finding,
                   "%s names it; without it this host cannot say to "
                   "others who it is.",
                   option);
        doctor_at(finding, file, 0);
        doctor_cure(finding, CURE_RUN, "chown root:httpauthd %s\nchmod 640 %s",
                    file, file);
    }
    secret_free(&secret);
    buffer_free(&why);
}

static void
judge_secrets(struct doctor *d, const struct issuer_conf *c)
{
    judge_secret(d, c, "client_secret_file", c->client_secret_file);
    judge_secret(d, c, "client_key_file", c->client_key_file);
    judge_secret(d, c, "client_certificate_key_file",
                 c->client_certificate_key_file);
    judge_secret(d, c, "bearer_token_file", c->bearer_token_file);
    judge_secret(d, c, "proxy_password_file", c->proxy_password_file);
    judge_secret(d, c, "secret_file", c->secret_file);
}

/* --- the way --- */

static bool
mentions(const char *text, const char *word)
{
    return strcasestr(text, word) != NULL;
}

static void
tell_unreachable(struct doctor *d, const struct issuer_conf *issuer,
                 const char *url, const char *problem)
{
    bool proxy = issuer->proxy != NULL &&
                 (mentions(problem, "proxy") || mentions(problem, "connect") ||
                  mentions(problem, "SOCKS"));
    bool tls = mentions(problem, "certificate") || mentions(problem, "SSL");
    json_t *finding =
        doctor_find(d, DOCTOR_FAULT,
                    proxy ? "proxy"
                    : tls ? "tls-chain"
                          : "provider-unreachable",
                    "[issuer %s] cannot be reached%s: %s.", issuer->name,
                    proxy ? " by its proxy" : "", problem);

    doctor_why(finding, "%s was asked for.%s", url,
               tls && !proxy ? "  Nothing is believed that is not behind a "
                               "certificate of a CA that this host knows; a "
                               "CA of your own is named by ca_file."
                             : "");
    if (proxy)
        doctor_option(d, finding, SECTION_ISSUER, issuer->name, "proxy",
                      "proxy = http://HOST:PORT");
    else if (tls)
        doctor_option(d, finding, SECTION_ISSUER, issuer->name, "ca_file",
                      "ca_file = /etc/ssl/certs/YOUR-CA.pem");
    else
        doctor_option(d, finding, SECTION_ISSUER, issuer->name, "issuer",
                      "issuer = https://...");
}

static void
judge_clock(struct doctor *d, const struct issuer_conf *issuer,
            const struct errand *e)
{
    int64_t off = e->dated ? clock_wall() - e->date : 0;
    int64_t size = off < 0 ? -off : off;
    char by[64];
    json_t *finding;

    if (size <= CLOCK_NOTICED_S)
        return;
    finding = doctor_find(d, size > LEEWAY_S ? DOCTOR_FAULT : DOCTOR_WARNING,
                          "clock-skew",
                          "This host's clock is %s %s that of [issuer %s].",
                          text_age(size, by, sizeof(by)),
                          off < 0 ? "behind" : "ahead of", issuer->name);
    doctor_why(finding, "Over %d seconds %s.", LEEWAY_S,
               off < 0 ? "tokens that were issued just now are refused, and "
                         "those that have ended still open"
                       : "tokens end before their time");
    doctor_cure(finding, CURE_RUN, "timedatectl set-ntp true");
}

static void
judge_certificate(struct doctor *d, const struct issuer_conf *issuer,
                  const struct errand *e)
{
    int64_t days = (e->certificate_ends - clock_wall()) / DAY_S;
    json_t *finding;

    if (e->certificate_ends == 0 || days >= CERTIFICATE_DAYS)
        return;
    finding = doctor_find(d, DOCTOR_WARNING, "tls-days",
                          "The certificate of [issuer %s] ends in %lld day%s.",
                          issuer->name, (long long)days, days == 1 ? "" : "s");
    doctor_why(finding, "From then on it cannot be asked.  Who runs the "
                        "provider renews it.");
}

/* True when it was answered with 200. */
static bool
get(struct doctor *d, const struct issuer_conf *issuer, struct errand *e,
    const char *url)
{
    json_t *finding;

    if (!errand_get(e, url)) {
        tell_unreachable(d, issuer, url, e->problem);
        return false;
    }
    judge_clock(d, issuer, e);
    judge_certificate(d, issuer, e);
    if (e->status == 200)
        return true;
    finding = doctor_find(d, DOCTOR_FAULT, "provider-answer",
                          "[issuer %s]: %s answers %ld.", issuer->name, url,
                          e->status);
    doctor_why(finding, "Its keys or endpoints are not known then.");
    doctor_option(d, finding, SECTION_ISSUER, issuer->name, "issuer",
                  "issuer = https://...   # exactly as the provider says it");
    return false;
}

/* --- metadata --- */

/* What a provider calls itself is a spelling of what was meant, or somebody
 * else: that is not for him to say. */
static bool
is_same_host(struct span named, const char *configured)
{
    struct span host = fetch_url_host(named);
    struct span wanted = fetch_url_host(span_of(configured));

    return text_is_visible(named) && host.len > 0 && host.len == wanted.len &&
           strncasecmp(host.data, wanted.data, host.len) == 0;
}

static void
tell_metadata(struct doctor *d, const struct issuer_conf *issuer,
              struct span document, const char *problem)
{
    json_t *root = json_object_load(document), *finding;
    struct span named = json_text(root, "issuer");
    char line[1024];

    if (named.len > 0 && !span_is(named, issuer->issuer)) {
        finding = doctor_find(d, DOCTOR_FAULT, "discovery-issuer",
                              "[issuer %s]: the provider calls itself %.*s.",
                              issuer->name, (int)named.len, named.data);
        doctor_why(finding, "The two must be equal byte for byte, a slash at "
                            "the end included.");
        snprintf(line, sizeof(line), "issuer = %.*s", (int)named.len,
                 named.data);
        doctor_option(d, finding, SECTION_ISSUER, issuer->name, "issuer",
                      is_same_host(named, issuer->issuer) ? line : NULL);
    } else {
        finding = doctor_find(d, DOCTOR_FAULT, "discovery", "[issuer %s]: %s.",
                              issuer->name, problem);
        doctor_why(finding, "Without it neither keys nor endpoints are known.");
        doctor_option(d, finding, SECTION_ISSUER, issuer->name, "jwks_uri",
                      "jwks_uri = https://...");
    }
    json_decref(root);
}

static void
judge_endpoint(struct doctor *d, const struct issuer_conf *issuer, bool needed,
               const char *option, const char *configured, const char *named)
{
    struct span host = fetch_url_host(span_of(named));
    char line[512];
    json_t *finding;

    if (!needed || configured != NULL)
        return;
    if (named == NULL) {
        finding = doctor_find(d, DOCTOR_FAULT, "endpoint-missing",
                              "[issuer %s]: the provider names no %s.",
                              issuer->name, option);
        doctor_why(finding, "A method in accept needs it.");
        snprintf(line, sizeof(line), "%s = https://...", option);
        doctor_option(d, finding, SECTION_ISSUER, issuer->name, option, line);
    } else if (!discovery_trusts(issuer, named)) {
        finding = doctor_find(d, DOCTOR_FAULT, "endpoint-untrusted",
                              "[issuer %s]: its %s is on another host: %s.",
                              issuer->name, option, named);
        doctor_why(finding, "No secret is sent there until you say that the "
                            "host is the provider's.");
        snprintf(line, sizeof(line), "endpoint_hosts = %.*s", (int)host.len,
                 host.len > 0 ? host.data : "");
        doctor_option_more(d, finding, SECTION_ISSUER, issuer->name,
                           "endpoint_hosts", line);
    }
}

/* The address of the keys, free() it; NULL: none, or it was told why. */
static char *
judge_metadata(struct doctor *d, const struct issuer_conf *issuer,
               struct errand *e)
{
    char *url = discovery_url(issuer->issuer, DISCOVERY_OIDC), *keys = NULL;
    struct metadata found = {.jwks_uri = NULL};
    const char *problem = "no memory";

    if (url != NULL && errand_get(e, url) && e->status == 404) {
        free(url);
        url = discovery_url(issuer->issuer, DISCOVERY_OAUTH);
    }
    if (url == NULL || !get(d, issuer, e, url))
        goto done;
    if (!discovery_parse(buffer_span(&e->body), issuer->issuer, &found,
                         &problem)) {
        tell_metadata(d, issuer, buffer_span(&e->body), problem);
        goto done;
    }
    judge_endpoint(d, issuer, config_introspects(issuer),
                   "introspection_endpoint", issuer->introspection_endpoint,
                   found.introspection_endpoint);
    judge_endpoint(d, issuer, config_exchanges(issuer), "token_endpoint",
                   issuer->token_endpoint, found.token_endpoint);
    judge_endpoint(d, issuer, config_asks_devices(issuer),
                   "device_authorization_endpoint",
                   issuer->device_authorization_endpoint,
                   found.device_authorization_endpoint);
    keys = found.jwks_uri;
    found.jwks_uri = NULL;
    if (keys == NULL && config_needs_keys(issuer))
        tell_metadata(d, issuer, (struct span){NULL, 0},
                      "its metadata names no jwks_uri");
done:
    metadata_clear(&found);
    free(url);
    return keys;
}

/* --- keys --- */

static void
judge_keys(struct doctor *d, const struct issuer_conf *issuer, struct errand *e,
           const char *url)
{
    struct jwks_report report = {.usable = 0};
    struct jwks *keys;
    json_t *finding;

    if (!get(d, issuer, e, url))
        return;
    keys = jwks_load(buffer_span(&e->body), JWK_PUBLIC_ONLY, false, &report);
    if (keys != NULL && issuer->jwks_thumbprints.count > 0)
        keys = jwks_pin(keys, &issuer->jwks_thumbprints, &report);
    if (keys == NULL) {
        finding = doctor_find(d, DOCTOR_FAULT, "keys-unusable",
                              "[issuer %s] publishes no key that can be used: "
                              "%s.",
                              issuer->name, report.problem);
        doctor_why(finding,
                   "No token of it can be verified.  The keys are at "
                   "%s.",
                   url);
    } else if (report.skipped > 0) {
        finding = doctor_find(d, DOCTOR_NOTE, "keys-skipped",
                              "[issuer %s]: %zu of %zu keys are not used, the "
                              "first because: %s.",
                              issuer->name, report.skipped,
                              report.skipped + report.usable, report.problem);
        doctor_why(finding, "Keys for encryption, say, are none of ours; "
                            "tokens signed by such a key are refused.");
    }
    if (report.private_members) {
        finding = doctor_find(d, DOCTOR_FAULT, "keys-private",
                              "[issuer %s] publishes its private keys.",
                              issuer->name);
        doctor_why(finding,
                   "Everybody can sign tokens: the provider must make "
                   "new keys now.  They are at %s.",
                   url);
    }
    jwks_free(keys);
}

/* Something of this issuer that can be asked for without a credential. */
static const char *
some_url(const struct issuer_conf *c)
{
    const char *const urls[] = {c->introspection_endpoint, c->token_endpoint,
                                c->userinfo_endpoint, c->tokeninfo_endpoint,
                                c->http_url};

    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
        if (urls[i] != NULL)
            return urls[i];
    return NULL;
}

static void
judge_issuer(struct doctor *d, const struct issuer_conf *issuer)
{
    size_t before = json_array_size(d->findings);
    const char *url = some_url(issuer);
    struct errand e;
    char *keys = NULL;

    if (issuer->local)
        return;
    if (!errand_begin(&e, issuer))
        goto done;
    if (config_discovers(issuer))
        keys = judge_metadata(d, issuer, &e);
    else if (issuer->jwks_uri != NULL)
        keys = strdup(issuer->jwks_uri);
    else if (url != NULL && !errand_get(&e, url))
        tell_unreachable(d, issuer, url, e.problem);
    else if (url != NULL) {
        judge_clock(d, issuer, &e);
        judge_certificate(d, issuer, &e);
    }
    if (keys != NULL && config_needs_keys(issuer))
        judge_keys(d, issuer, &e, keys);
    if (json_array_size(d->findings) == before && e.ended)
        doctor_find(d, DOCTOR_OK, "provider",
                    "[issuer %s] answers; its certificate is good for %lld "
                    "days, its clock agrees.",
                    issuer->name,
                    (long long)((e.certificate_ends - clock_wall()) / DAY_S));
done:
    free(keys);
    errand_end(&e);
}

/* As the helper's user: can the configuration be read at all? */
static void
look_as_helper(struct doctor *d)
{
    struct buffer complaints = BUFFER_INIT(COMPLAINTS_MAX);
    struct config *own = NULL;
    json_t *finding;

    if (config_load(CONF_DEFAULT_FILE, CONFIG_ALL_LAYERS, &own, &complaints) !=
        CONFIG_OK) {
        finding = doctor_find(
            d, DOCTOR_FAULT, "config-unreadable",
            "The helper's user cannot read the "
            "configuration: %.*s",
            (int)strcspn(complaints.len > 0 ? complaints.data : "", "\n"),
            complaints.len > 0 ? complaints.data : "");
        doctor_why(finding, "It verifies nothing without it.");
        doctor_at(finding, CONF_DEFAULT_FILE, 0);
        doctor_cure(finding, CURE_RUN,
                    "chown -R root:httpauthd /etc/httpauth\nchmod 640 %s",
                    CONF_DEFAULT_FILE);
    }
    config_free(own);
    buffer_free(&complaints);
    for (size_t i = 0; i < d->config->issuers; i++) {
        judge_secrets(d, &d->config->issuer[i]);
        judge_issuer(d, &d->config->issuer[i]);
    }
}

void
doctor_provider(struct doctor *d)
{
    if (d->config == NULL || d->config->issuers == 0)
        return;
    if (doctor_as_helper(d, look_as_helper))
        return;
    if (d->root && d->helper_known) {
        doctor_find(d, DOCTOR_UNSEEN, "provider-unseen",
                    "The providers could not be asked: the attempt ended "
                    "without a result.");
        return;
    }
    doctor_find(d, DOCTOR_UNSEEN, "secrets-unseen",
                "Whether the helper can read its secrets is for root to see.");
    for (size_t i = 0; i < d->config->issuers; i++) {
        const struct issuer_conf *issuer = &d->config->issuer[i];

        /* Its password is one of those secrets. */
        if (issuer->proxy_password_file == NULL)
            judge_issuer(d, issuer);
        else
            doctor_find(d, DOCTOR_UNSEEN, "provider-unseen",
                        "[issuer %s]: only root can go by its proxy.",
                        issuer->name);
    }
}
