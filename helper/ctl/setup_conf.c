/* SPDX-License-Identifier: BSD-2-Clause */
/* httpauthd.conf, and the key of the local issuer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/conf/config.h"
#include "helper/conf/pattern.h"
#include "helper/ctl/keydir.h"
#include "helper/ctl/keyset.h"
#include "helper/ctl/out.h"
#include "helper/ctl/setup.h"
#include "helper/ctl/sign.h"

#define COMPLAINTS_MAX 65536
/* Beside httpauthd.conf, because names in it are relative to its folder. */
#define STAGED SETUP_DIR "/.setup.conf"
#define STAGED_FOLDER STAGED ".d"
#define STAGED_SET SETUP_DIR "/.setup.jwks"

static void
put(struct buffer *out, const char *option, const char *value)
{
    if (value != NULL)
        buffer_printf(out, "%s = %s\n", option, value);
}

static void
put_words(struct buffer *out, const char *option, const struct args_many *words)
{
    if (words->count > 0)
        buffer_printf(out, "%s =", option);
    for (size_t i = 0; i < words->count; i++)
        buffer_printf(out, " %s", words->item[i]);
    if (words->count > 0)
        buffer_text(out, "\n");
}

static void
put_issuer(const struct setup *s, struct buffer *out)
{
    const struct setup_preset *preset = s->preset;

    if (preset != NULL)
        buffer_printf(out, "# %s\n", preset->title);
    buffer_text(out, "[issuer " SETUP_ISSUER "]\n");
    put(out, "issuer", s->issuer);
    put(out, "audience", s->audience);
    put(out, "ca_file", s->ca_file);
    put(out, "proxy", s->proxy);
    put(out, "users", s->users);
    if (s->token_type != NULL && strcmp(s->token_type, "at+jwt") != 0)
        put(out, "token_type", s->token_type);
    put_words(out, "required_claims", &s->required_claim);
    put(out, "username_claim", s->user_claim);
    put(out, "username_domain", s->user_domain);
    put(out, "groups_claim", preset != NULL ? preset->groups_claim : NULL);
    put(out, "scope_claim", preset != NULL ? preset->scope_claim : NULL);
    buffer_text(out, "\n");
}

static void
put_service(const struct setup *s, const char *name, struct buffer *out)
{
    buffer_printf(out, "[service %s]\n", name);
    put(out, "issuers", s->local ? CONF_LOCAL_ISSUER : NULL);
    put_words(out, "require_scope", &s->require_scope);
    for (size_t i = 0; i < s->require_group.count; i++)
        put(out, "require_group", s->require_group.item[i]);
    put(out, "client_ids", s->client_id);
    put(out, "max_lifetime",
        s->preset != NULL ? s->preset->max_lifetime : NULL);
}

void
setup_conf_text(const struct setup *s, struct buffer *out)
{
    buffer_text(out, "# Written by \"httpauthctl setup\".  httpauthd.conf(5) "
                     "explains every option.\n# After a change: httpauthctl "
                     "config check && httpauthctl reload\n\n");
    if (!s->local)
        put_issuer(s, out);
    for (size_t i = 0; i < s->service.count; i++) {
        buffer_text(out, i > 0 ? "\n" : "");
        put_service(s, s->service.item[i], out);
    }
}

/* --- the local issuer's key --- */

static bool
plan_key(struct setup *s)
{
    struct buffer pem = BUFFER_INIT(SIGN_PEM_MAX);
    struct sign_key key = {.key = NULL};
    json_t *set = NULL;
    char *dump = NULL;
    struct buffer text = BUFFER_INIT(LIMIT_JWKS_BYTES);
    bool done = false;

    if (access(SETUP_DIR "/" KEYDIR_KEY, F_OK) == 0 &&
        access(SETUP_DIR "/" KEYDIR_SET, F_OK) == 0)
        return true;
    if (sign_key_new(&key) && sign_key_to_pem(&key, &pem) &&
        (set = keyset_new(&key)) != NULL &&
        (dump = json_dumps(set, JSON_INDENT(2) | JSON_PRESERVE_ORDER)) !=
            NULL &&
        buffer_printf(&text, "%s\n", dump))
        done = changes_add(&s->changes, SETUP_DIR "/" KEYDIR_KEY,
                           buffer_span(&pem), 0600, CHANGE_SECRET) &&
               changes_add(&s->changes, SETUP_DIR "/" KEYDIR_SET,
                           buffer_span(&text), 0644, CHANGE_PLAIN);
    else
        out_error("OpenSSL cannot make an Ed25519 key");
    sign_key_clear(&key);
    json_decref(set);
    free(dump);
    buffer_free(&pem);
    buffer_free(&text);
    return done;
}

/* --- what is there --- */

/* Has it anything but comments and names of sections? */
static bool
has_settings(struct span text)
{
    while (text.len > 0) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t len = end == NULL ? text.len : (size_t)(end - text.data), i = 0;

        while (i < len && (text.data[i] == ' ' || text.data[i] == '\t'))
            i++;
        if (i < len && strchr("#[\r", text.data[i]) == NULL)
            return true;
        len += end != NULL;
        text.data += len;
        text.len -= len;
    }
    return false;
}

bool
setup_plan_conf(struct setup *s)
{
    struct file_state now = FILE_STATE_INIT;
    struct buffer text = BUFFER_INIT(SETUP_TEXT_MAX);
    bool done = file_state_read(SETUP_CONF, &now), by_hand;

    by_hand = done && now.there && has_settings(buffer_span(&now.content)) &&
              !undo_knows(&s->undo, SETUP_CONF, &now);
    if (by_hand && s->yes && !s->replace) {
        out_error("%s has settings that were made by hand; --replace puts "
                  "others in their place",
                  SETUP_CONF);
        done = false;
    } else if (by_hand && !s->replace) {
        (void)printf("%s has settings that were made by hand.\n", SETUP_CONF);
        s->replace = done = setup_agrees(
            s, "Shall others take their place?  You will see both.");
        (void)putchar('\n');
    }
    setup_conf_text(s, &text);
    if (done && text.failed) {
        out_error("that is too long for a configuration");
        done = false;
    }
    done = done && (!s->local || plan_key(s)) &&
           changes_add(&s->changes, SETUP_CONF, buffer_span(&text), 0644,
                       CHANGE_PLAIN);
    file_state_clear(&now);
    buffer_free(&text);
    return done;
}

/* --- its own checks --- */

static const struct change *
planned(const struct setup *s, const char *path)
{
    for (size_t i = 0; i < s->changes.count; i++)
        if (strcmp(s->changes.item[i].path, path) == 0)
            return &s->changes.item[i];
    return NULL;
}

static bool
stage(const char *path, struct span content)
{
    struct file_state state = FILE_STATE_INIT;
    bool done;

    state.there = true;
    state.mode = 0644;
    state.uid = geteuid();
    state.gid = getegid();
    done = buffer_add(&state.content, content.data, content.len) &&
           file_state_write(path, &state);
    file_state_clear(&state);
    return done;
}

static void
unstage(void)
{
    (void)unlink(STAGED);
    (void)unlink(STAGED_FOLDER);
    (void)unlink(STAGED_SET);
}

/* The staged name is nobody's business. */
static void
tell(struct span complaints)
{
    struct buffer text = BUFFER_INIT(COMPLAINTS_MAX);

    while (complaints.len > 0) {
        const char *at =
            memmem(complaints.data, complaints.len, STAGED, strlen(STAGED));
        size_t len =
            at == NULL ? complaints.len : (size_t)(at - complaints.data);

        buffer_add(&text, complaints.data, len);
        if (at != NULL) {
            buffer_text(&text, SETUP_CONF);
            len += strlen(STAGED);
        }
        complaints.data += len;
        complaints.len -= len;
    }
    out_lines(buffer_span(&text));
    buffer_free(&text);
}

static bool
has_any(const struct list *patterns)
{
    return list_has(patterns, span_of(SHAPE_ANY));
}

/* What loads, and still is nothing that setup would leave behind. */
static bool
is_safe(const struct config *config)
{
    for (size_t i = 0; i < config->issuers; i++) {
        const struct issuer_conf *issuer = &config->issuer[i];

        if (has_any(&issuer->token_pattern) ||
            has_any(&issuer->password_pattern)) {
            out_error("[issuer %s] takes \"any\" text: every Unix password "
                      "that is typed would be sent to it",
                      issuer->name);
            return false;
        }
    }
    return true;
}

bool
setup_check_conf(const struct setup *s)
{
    const struct change *conf = planned(s, SETUP_CONF);
    const struct change *set = planned(s, SETUP_DIR "/" KEYDIR_SET);
    struct buffer complaints = BUFFER_INIT(COMPLAINTS_MAX);
    struct buffer text = BUFFER_INIT(2 * SETUP_TEXT_MAX);
    struct config *config = NULL;
    bool done;

    setup_conf_text(s, &text);
    if (set != NULL)
        buffer_text(&text, "[issuer " CONF_LOCAL_ISSUER
                           "]\njwks_file = " STAGED_SET "\n");
    unstage();
    if (conf == NULL && set == NULL)
        done = config_load(SETUP_CONF, CONFIG_ALL_LAYERS, &config,
                           &complaints) == CONFIG_OK;
    else
        done = stage(STAGED, buffer_span(&text)) &&
               (set == NULL ||
                stage(STAGED_SET, buffer_span(&set->after.content))) &&
               (access(SETUP_CONF ".d", F_OK) != 0 ||
                symlink(SETUP_CONF ".d", STAGED_FOLDER) == 0) &&
               config_load(STAGED, CONFIG_ALL_LAYERS, &config, &complaints) ==
                   CONFIG_OK;
    unstage();
    tell(buffer_span(&complaints));
    if (!done)
        out_error("the configuration would be refused");
    done = done && is_safe(config);
    config_free(config);
    buffer_free(&complaints);
    buffer_free(&text);
    return done;
}
