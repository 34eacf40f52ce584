/* SPDX-License-Identifier: BSD-2-Clause */
/* The doctor on what the helper says about itself. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "helper/base/text.h"
#include "helper/ctl/ask.h"
#include "helper/ctl/doctor.h"

static const char *
text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

static void
judge_version(struct doctor *d, const json_t *status)
{
    const char *version = text_of(status, "version");
    json_t *finding;
    char up[64];

    if (strcmp(version, PACKAGE_VERSION) == 0) {
        doctor_find(
            d, DOCTOR_OK, "helper",
            "httpauthd %s answers, running for "
            "%s.",
            version,
            text_age(json_integer_value(json_object_get(status, "uptime_s")),
                     up, sizeof(up)));
        return;
    }
    finding = doctor_find(d, DOCTOR_WARNING, "helper-version",
                          "httpauthd %s is running, but %s is installed.",
                          version, PACKAGE_VERSION);
    doctor_why(finding, "What the newer one repairs is not repaired until it "
                        "runs.");
    doctor_cure(finding, CURE_RUN, "systemctl restart httpauthd");
}

/* Where we could not read the files, or an older helper does not say what it
 * has read, we cannot tell. */
static bool
was_edited(const struct doctor *d, const json_t *configuration)
{
    const char *theirs = text_of(configuration, "fingerprint");
    char ours[17];

    if (d->config == NULL || theirs[0] == '\0')
        return false;
    snprintf(ours, sizeof(ours), "%016" PRIx64, d->config->fingerprint);
    return strcmp(theirs, ours) != 0;
}

static void
judge_configuration(struct doctor *d, const json_t *configuration)
{
    const char *complaint = json_string_value(
        json_array_get(json_object_get(configuration, "complaints"), 0));
    const char *state = text_of(configuration, "state");
    json_t *finding;

    if (strcmp(state, "ok") != 0) {
        finding = doctor_find(d, DOCTOR_FAULT, "helper-unconfigured",
                              "httpauthd has no configuration, it is %s%s%s",
                              state, complaint != NULL ? ": " : ".",
                              complaint != NULL ? complaint : "");
        doctor_why(finding, "It verifies nothing until it has read one.");
        doctor_cure(finding, CURE_RUN, "httpauthctl reload");
    } else if (complaint != NULL) {
        finding = doctor_find(
            d, DOCTOR_WARNING, "helper-old-configuration",
            "httpauthd goes on with an older configuration: %s", complaint);
        doctor_why(finding, "The last one that it read has faults.");
        doctor_cure(finding, CURE_RUN, "httpauthctl reload");
    } else if (was_edited(d, configuration)) {
        finding = doctor_find(d, DOCTOR_WARNING, "helper-unread",
                              "httpauthd has not read the configuration as it "
                              "is in the files now.");
        doctor_why(finding,
                   "Whatever was changed counts once it has read them again.");
        doctor_cure(finding, CURE_RUN, "httpauthctl reload");
    }
}

static void
judge_keys(struct doctor *d, const json_t *issuer)
{
    const char *state = text_of(issuer, "state"),
               *name = text_of(issuer, "name");
    const char *error = text_of(issuer, "error");
    const json_t *seconds = json_object_get(issuer, "key_age_s");
    json_int_t keys = json_integer_value(json_object_get(issuer, "keys"));
    char age[64];
    json_t *finding;

    text_age(json_integer_value(seconds), age, sizeof(age));
    if (strcmp(state, "failed") == 0) {
        finding = doctor_find(d, DOCTOR_FAULT, "keys-absent",
                              "httpauthd has no keys of [issuer %s]: %s.", name,
                              error[0] != '\0' ? error : "no answer");
        doctor_why(finding, "No token of that issuer can be verified.  They "
                            "are asked for again by themselves.");
    } else if (strcmp(state, "stale") == 0 && error[0] != '\0') {
        /* Without an error they are being renewed: it was just started. */
        finding = doctor_find(d, DOCTOR_WARNING, "keys-stale",
                              "The keys of [issuer %s] are %s old and cannot "
                              "be renewed: %s.",
                              name, age, error);
        doctor_why(finding, "A key that the provider has withdrawn still "
                            "counts, a new one does not yet; when stale_keys "
                            "is over, nobody gets in.  They are asked for "
                            "again by themselves; flush would only forget "
                            "those whom offline_grace lets in.");
    } else if (keys > 0) {
        doctor_find(d, DOCTOR_OK, "keys",
                    "[issuer %s]: %lld key%s, loaded %s ago.", name,
                    (long long)keys, keys == 1 ? "" : "s", age);
    }
}

static void
judge_endpoints(struct doctor *d, const json_t *issuer)
{
    const json_t *endpoints = json_object_get(issuer, "endpoints"), *endpoint;
    json_t *finding;
    size_t i;

    json_array_foreach(endpoints, i, endpoint)
    {
        const char *breaker = text_of(endpoint, "breaker");

        if (breaker[0] == '\0' || strcmp(breaker, "closed") == 0)
            continue;
        finding = doctor_find(
            d, DOCTOR_WARNING, "endpoint-resting",
            "[issuer %s]: the %s endpoint failed for many and is not asked "
            "for a while: %s",
            text_of(issuer, "name"), text_of(endpoint, "name"),
            text_of(endpoint, "problem"));
        doctor_why(finding, "Logins that need it are \"unavailable\".");
    }
}

static void
judge_issuer(struct doctor *d, const json_t *issuer)
{
    const json_t *http = json_object_get(issuer, "http");
    json_t *finding;

    judge_keys(d, issuer);
    judge_endpoints(d, issuer);
    if (strcmp(text_of(http, "state"), "failed") == 0) {
        finding =
            doctor_find(d, DOCTOR_FAULT, "self-test",
                        "[issuer %s]: the method http is off, for its "
                        "self-test failed: %s",
                        text_of(issuer, "name"), text_of(http, "problem"));
        doctor_why(finding, "It was not seen to refuse wrong credentials as "
                            "accepted and refused say; until it is, none is "
                            "tried.");
        if (d->config != NULL)
            doctor_option(d, finding, SECTION_ISSUER, text_of(issuer, "name"),
                          "refused", "refused = 401");
    }
    if (json_is_integer(json_object_get(issuer, "offline_s")))
        doctor_find(d, DOCTOR_WARNING, "issuer-offline",
                    "[issuer %s] cannot be asked; logins go by memory "
                    "(offline_grace).",
                    text_of(issuer, "name"));
}

void
doctor_helper(struct doctor *d)
{
    struct ask a = {
        .socket = d->socket,
        .question = {.operation = WIRE_OP_STATUS, .ms_left = ASK_TIMEOUT_MS},
    };
    enum ask_result result = ask(&a);
    json_t *issuer, *finding;
    size_t i;

    d->answered = result != ASK_UNREACHABLE;
    if (result == ASK_DONE) {
        judge_version(d, a.answer);
        judge_configuration(d, json_object_get(a.answer, "configuration"));
        json_array_foreach(json_object_get(a.answer, "issuers"), i, issuer)
            judge_issuer(d, issuer);
    } else if (result == ASK_REFUSED) {
        doctor_find(d, DOCTOR_UNSEEN, "helper-unseen",
                    "httpauthd answers, but tells its state to root only.");
    } else {
        finding = doctor_find(d, DOCTOR_FAULT, "helper-silent",
                              "httpauthd does not answer: %s.", a.problem);
        doctor_why(finding, "Nobody can log in by a credential of ours; local "
                            "users can, where the stack is the documented "
                            "one.");
        doctor_cure(
            finding, CURE_RUN,
            "systemctl status httpauthd.service\njournalctl -u httpauthd");
    }
    ask_clear(&a);
}
