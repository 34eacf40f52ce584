/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/wire/rules.h"

#include <string.h>

#include "helper/base/blocks.h"
#include "helper/base/text.h"

#define NO_UID UINT32_MAX /* (uid_t)-1: nobody */

static bool
is_time_left(uint32_t ms)
{
    return ms >= 1 && ms <= TIMEOUT_MAX_MS;
}

static bool
is_rhost(struct span rhost)
{
    return rhost.len <= LIMIT_RHOST && !text_has_control(rhost);
}

/* Bytes from 0x80 on may pass: that they fit no shape of ours is the helper's
 * answer to give, not a broken packet. */
static bool
is_credential(struct span credential)
{
    return credential.len <= (size_t)LIMIT_CREDENTIAL &&
           !text_has_control(credential);
}

static bool
is_login(const uint8_t login[WIRE_LOGIN_LEN])
{
    uint8_t any = 0;
    size_t i;

    for (i = 0; i < WIRE_LOGIN_LEN; i++)
        any |= login[i];
    return any != 0;
}

bool
rules_has_kernel(enum wire_type type)
{
    return type == WIRE_OPEN || type == WIRE_RESUME;
}

static bool
is_question(const struct wire_request *r)
{
    bool kernel = r->audit_session != 0 || r->login_uid != 0;

    switch (r->type) {
    case WIRE_AUTH:
        return (r->user.len == 0 || text_is_user(r->user)) &&
               r->credential.len > 0 && !is_login(r->login) && !kernel;
    case WIRE_DEVICE:
        return (r->user.len == 0 || text_is_user(r->user)) &&
               r->credential.len == 0 && !is_login(r->login) && !kernel;
    case WIRE_POLL:
        return (r->user.len == 0 || text_is_user(r->user)) &&
               r->credential.len == 0 && is_login(r->login) && !kernel;
    case WIRE_ACCOUNT:
    case WIRE_CLOSE:
    case WIRE_COLLECT:
        return text_is_user(r->user) && r->credential.len == 0 &&
               is_login(r->login) && !kernel;
    case WIRE_OPEN:
        return text_is_user(r->user) && r->credential.len == 0 &&
               is_login(r->login);
    case WIRE_RESUME:
        return text_is_user(r->user) && r->credential.len == 0 &&
               !is_login(r->login) && r->audit_session != WIRE_UNSET &&
               r->login_uid != WIRE_UNSET;
    case WIRE_PRESENT:
        return text_is_user(r->user) && r->credential.len == 0 &&
               !is_login(r->login) && !kernel;
    case WIRE_VERDICT:
    case WIRE_FILES:
    case WIRE_CHALLENGE:
    case WIRE_CONTROL:
    case WIRE_REPLY:
        break;
    }
    return false;
}

bool
rules_request(const struct wire_request *r)
{
    return is_time_left(r->ms_left) && r->uid != NO_UID &&
           text_is_service(r->service) && is_rhost(r->rhost) &&
           is_credential(r->credential) && is_question(r) &&
           (!r->may_be_cut || r->type == WIRE_AUTH);
}

static bool
is_word(struct span word, size_t most)
{
    size_t i;

    if (word.len < 1 || word.len > most)
        return false;
    for (i = 0; i < word.len; i++) {
        char c = word.data[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
            return false;
    }
    return true;
}

/* It ends up on terminals: printable ASCII and blanks, nothing else. */
static bool
is_user_text(struct span text)
{
    size_t i;

    if (text.len > LIMIT_USER_TEXT)
        return false;
    for (i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7e)
            return false;
    return true;
}

bool
wire_is_variable(struct span name)
{
    static const char prefix[] = WIRE_ENVIRONMENT_PREFIX;
    size_t i, len = sizeof(prefix) - 1;

    if (name.len <= len || name.len > 64 ||
        memcmp(name.data, prefix, len) != 0 || span_is(name, "HTTPAUTH_LOGIN"))
        return false;
    for (i = len; i < name.len; i++) {
        char c = name.data[i];

        if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    return true;
}

/* The programs of a session read them: names that mean nothing to a loader or
 * a shell, values without a second line. */
static bool
is_environment(struct span lines)
{
    if (lines.len > WIRE_ENVIRONMENT_MAX)
        return false;
    while (lines.len > 0) {
        const char *end = memchr(lines.data, '\n', lines.len);
        const char *equals = memchr(lines.data, '=', lines.len);
        struct span name, value;

        if (end == NULL || equals == NULL || equals > end)
            return false;
        name = (struct span){lines.data, (size_t)(equals - lines.data)};
        value = (struct span){equals + 1, (size_t)(end - equals - 1)};
        if (!wire_is_variable(name) || value.len == 0 ||
            text_has_control(value) || !text_is_utf8(value))
            return false;
        lines.len -= (size_t)(end - lines.data) + 1;
        lines.data = end + 1;
    }
    return true;
}

/* A token may say whose login it is, but never that it is root's. */
static bool
is_mapped_user(struct span user)
{
    return user.len == 0 || (text_is_user(user) && !span_is(user, "root"));
}

bool
rules_verdict(const struct wire_verdict *v)
{
    if ((int)v->outcome <= (int)OUTCOME_NONE ||
        (int)v->outcome >= (int)OUTCOME_COUNT)
        return false;
    if (!is_word(v->reason, WIRE_REASON_MAX) || !is_user_text(v->text))
        return false;
    if (v->outcome == OUTCOME_ACCEPTED)
        return is_login(v->login) && v->ends > 0 && is_mapped_user(v->user) &&
               is_environment(v->environment);
    return !is_login(v->login) && v->ends == 0 && v->user.len == 0 &&
           v->environment.len == 0 && !v->files;
}

bool
rules_challenge(const struct wire_challenge *c)
{
    size_t i;

    if (!is_login(c->id) || c->seconds == 0 || c->text.len < 1 ||
        c->text.len > WIRE_CHALLENGE_MAX ||
        c->text.data[c->text.len - 1] != '\n' ||
        (c->code.len > 0 && blocks_side(c->code) == 0))
        return false;
    for (i = 0; i < c->text.len; i++)
        if (c->text.data[i] != '\n' &&
            (c->text.data[i] < 0x20 || c->text.data[i] > 0x7e))
            return false;
    return true;
}

bool
wire_is_file_name(struct span name)
{
    return is_word(name, WIRE_FILE_NAME_MAX);
}

static bool
is_file(const struct wire_files *f, size_t at)
{
    const struct wire_file *file = &f->file[at];
    bool token = at == 0 && file->name.len == 0;
    size_t i;

    for (i = 0; i < at; i++)
        if (span_equal(f->file[i].name, file->name))
            return false;
    return (token || wire_is_file_name(file->name)) && file->content.len > 0 &&
           file->content.len <=
               (size_t)(token ? LIMIT_CREDENTIAL : WIRE_SECRET_MAX) &&
           !text_has_control(file->content);
}

bool
rules_files(const struct wire_files *f)
{
    size_t i;

    if (f->count < 1 || f->count > WIRE_FILES_MAX || !is_login(f->login))
        return false;
    for (i = 0; i < f->count; i++)
        if (!is_file(f, i))
            return false;
    return true;
}

enum presence {
    ABSENT, /* the starting value: a field that is not named is not sent */
    OPTIONAL,
    REQUIRED
};

/* Which fields an operation has.  An empty credential is a question too:
 * the answer says that it fits no shape. */
static const struct {
    enum presence user, service, rhost, argument, credential;
} operations[WIRE_OP_COUNT] = {
    [WIRE_OP_VERIFY] = {.user = REQUIRED,
                        .service = REQUIRED,
                        .rhost = OPTIONAL,
                        .credential = OPTIONAL},
    [WIRE_OP_USER_FORGET] = {.user = REQUIRED, .argument = OPTIONAL},
    [WIRE_OP_MINTED] = {.argument = REQUIRED},
    [WIRE_OP_APP_PASSWORD_CREATE] = {.user = REQUIRED,
                                     .argument = REQUIRED,
                                     .credential = OPTIONAL},
    [WIRE_OP_APP_PASSWORD_LIST] = {.user = OPTIONAL},
    [WIRE_OP_APP_PASSWORD_SHOW] = {.user = OPTIONAL, .argument = REQUIRED},
    [WIRE_OP_APP_PASSWORD_REVOKE] = {.user = OPTIONAL, .argument = REQUIRED},
    [WIRE_OP_APP_PASSWORD_ROTATE] = {.user = OPTIONAL,
                                     .argument = REQUIRED,
                                     .credential = OPTIONAL},
    [WIRE_OP_REVOKE] = {.argument = REQUIRED},
    [WIRE_OP_WHY] = {.user = OPTIONAL, .argument = OPTIONAL},
};

static bool
fits_presence(enum presence presence, struct span field)
{
    if (presence == OPTIONAL)
        return true;
    return (field.len > 0) == (presence == REQUIRED);
}

bool
rules_control(const struct wire_control *c)
{
    int operation = (int)c->operation;

    if (operation < 1 || operation >= (int)WIRE_OP_COUNT)
        return false;
    if (!is_time_left(c->ms_left) || !is_rhost(c->rhost) ||
        !is_credential(c->credential))
        return false;
    if (c->user.len > 0 && !text_is_user(c->user))
        return false;
    if (c->service.len > 0 && !text_is_service(c->service))
        return false;
    if (c->argument.len > WIRE_ARGUMENT_MAX || text_has_control(c->argument))
        return false;
    return fits_presence(operations[operation].user, c->user) &&
           fits_presence(operations[operation].service, c->service) &&
           fits_presence(operations[operation].rhost, c->rhost) &&
           fits_presence(operations[operation].argument, c->argument) &&
           fits_presence(operations[operation].credential, c->credential);
}

bool
rules_reply(const struct wire_reply *r)
{
    if ((int)r->status < (int)WIRE_DONE || (int)r->status > (int)WIRE_FAILED)
        return false;
    return r->body.len <= WIRE_PACKET_MAX - REPLY_FIXED_LEN &&
           text_is_utf8(r->body);
}
