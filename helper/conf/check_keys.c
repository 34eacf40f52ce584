/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "helper/conf/fit.h"
#include "helper/conf/subject.h"

static bool
has_keys(const struct subject *on)
{
    return subject_has(on, "jwks_file") || subject_has(on, "jwks_uri") ||
           subject_has(on, "secret_file");
}

static bool
check_one_source(const struct subject *on)
{
    static const char *const others[] = {"jwks_file", "jwks_uri",
                                         "jwks_thumbprints"};
    bool good = true;
    size_t i;

    if (subject_has(on, "jwks_file") && subject_has(on, "jwks_uri"))
        good = complain(on->complaints, subject_place(on, "jwks_uri"),
                        "[issuer %s] has both jwks_file and jwks_uri: keep "
                        "one",
                        on->issuer->name);
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (subject_has(on, "secret_file") && subject_has(on, others[i]))
            good = complain(on->complaints, subject_place(on, others[i]),
                            "[issuer %s] has both secret_file and %s: keep "
                            "one",
                            on->issuer->name, others[i]);
    if (subject_has(on, "secret_file") && on->issuer->check != CHECK_LOCAL)
        good = complain(on->complaints, subject_place(on, "check"),
                        "[issuer %s] has secret_file: its tokens are verified "
                        "here only, remove check",
                        on->issuer->name);
    return good;
}

/* A public key taken for the secret of an HMAC is an old trick: the two kinds
 * are never allowed together. */
static bool
check_algorithms(const struct subject *on)
{
    struct word_walk walk = {
        .setting =
            setting_named(on->config->settings, on->section, "algorithms")};
    bool shared = subject_has(on, "secret_file"), good = true;
    struct shown name;

    if (walk.setting != NULL && walk.setting->refused)
        return true;
    while (word_next(&walk)) {
        bool hmac = walk.word.data[0] == 'H';

        if (hmac && !shared)
            good = complain(on->complaints, walk.place,
                            "algorithms: \"%s\" needs a secret shared with "
                            "the issuer: add secret_file",
                            shown(walk.word, &name));
        if (!hmac && shared)
            good = complain(on->complaints, walk.place,
                            "algorithms: \"%s\" cannot be verified with a "
                            "secret: keep HS256, HS384 and HS512, or remove "
                            "secret_file",
                            shown(walk.word, &name));
    }
    return good;
}

static bool
check_metadata(const struct subject *on)
{
    struct buffer why = BUFFER_INIT(256);
    bool keys = config_needs_keys(on->issuer), good = true;
    struct shown value;

    if (has_keys(on) || on->issuer->issuer == NULL ||
        !config_discovers(on->issuer))
        goto done;
    if (!fit_https(span_of(on->issuer->issuer), true, &why))
        good = complain(on->complaints, subject_place(on, "issuer"),
                        "issuer: \"%s\" %s, since its %s are to be "
                        "discovered there (or give %s)",
                        shown(span_of(on->issuer->issuer), &value),
                        why.len > 0 ? why.data : "does not fit",
                        keys ? "keys" : "endpoints",
                        keys ? "jwks_file or jwks_uri" : "its endpoints");

done:
    buffer_free(&why);
    return good;
}

/* With configured keys nothing is discovered, endpoints neither. */
static bool
check_endpoint(const struct subject *on, bool needed, const char *option)
{
    if (!needed || !has_keys(on) || subject_has(on, option))
        return true;
    return complain(on->complaints, on->section->place,
                    "[issuer %s] needs %s: with keys from this file its "
                    "metadata is not asked",
                    on->issuer->name, option);
}

static bool
check_endpoints(const struct subject *on)
{
    const struct issuer_conf *issuer = on->issuer;
    bool good = true;

    if (!check_endpoint(on, config_introspects(issuer),
                        "introspection_endpoint"))
        good = false;
    if (!check_endpoint(on, config_exchanges(issuer), "token_endpoint"))
        good = false;
    if (!check_endpoint(on,
                        (issuer->accept & METHOD_USERINFO) != 0 &&
                            !subject_has(on, "tokeninfo_endpoint"),
                        "userinfo_endpoint"))
        good = false;
    return good;
}

bool
check_keys(const struct subject *on)
{
    bool good = check_algorithms(on);

    if (on->issuer->local)
        return good;
    if (!check_one_source(on))
        return false;
    if (!check_metadata(on))
        good = false;
    if (!subject_is_doubtful(on) && !check_endpoints(on))
        good = false;
    return good;
}
