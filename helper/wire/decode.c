/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every decoder has one shape: header, fixed fields into `got`, the spans in
 * the order of their lengths, no byte left, the message's rules; only then
 * does the caller's struct hold anything.
 */
#include <string.h>

#include "helper/wire/rules.h"
#include "helper/wire/wire.h"

/* Reads past the end yield zeros and are remembered. */
struct reader {
    const char *at;
    size_t left;
    bool ok;
};

static uint64_t
get_number(struct reader *r, unsigned bytes)
{
    uint64_t value = 0;
    unsigned i;

    if (r->left < bytes) {
        r->ok = false;
        return 0;
    }
    for (i = 0; i < bytes; i++)
        value = value << 8 | (uint8_t)r->at[i];
    r->at += bytes;
    r->left -= bytes;
    return value;
}

static uint16_t
get_u16(struct reader *r)
{
    return (uint16_t)get_number(r, 2);
}

static uint32_t
get_u32(struct reader *r)
{
    return (uint32_t)get_number(r, 4);
}

static bool
get_flag(struct reader *r)
{
    uint64_t value = get_number(r, 1);

    if (value > 1)
        r->ok = false;
    return value == 1;
}

static void
get_zero(struct reader *r, unsigned bytes)
{
    if (get_number(r, bytes) != 0)
        r->ok = false;
}

static void
get_login(struct reader *r, uint8_t login[WIRE_LOGIN_LEN])
{
    if (r->left < WIRE_LOGIN_LEN) {
        r->ok = false;
        return;
    }
    memcpy(login, r->at, WIRE_LOGIN_LEN);
    r->at += WIRE_LOGIN_LEN;
    r->left -= WIRE_LOGIN_LEN;
}

static struct span
get_span(struct reader *r, size_t len)
{
    struct span text = {NULL, 0};

    if (r->left < len) {
        r->ok = false;
        return text;
    }
    text.data = r->at;
    text.len = len;
    r->at += len;
    r->left -= len;
    return text;
}

/* Was everything there, and nothing more? */
static bool
is_finished(const struct reader *r)
{
    return r->ok && r->left == 0;
}

/* The checked header's type and a reader behind it; 0 for no packet. */
static enum wire_type
open_packet(struct span packet, struct reader *r)
{
    uint64_t version, type;

    *r = (struct reader){packet.data, packet.len, true};
    if (packet.len < WIRE_HEADER_LEN || packet.len > WIRE_PACKET_MAX)
        return 0;
    version = get_number(r, 1);
    type = get_number(r, 1);
    get_zero(r, 2);
    if (get_u32(r) != packet.len || !r->ok)
        return 0;
    if (version != WIRE_VERSION || type < WIRE_AUTH || type > WIRE_TYPE_LAST)
        return 0;
    return (enum wire_type)type;
}

enum wire_type
wire_type_of(struct span packet)
{
    struct reader r;

    return open_packet(packet, &r);
}

bool
wire_get_request(struct span packet, struct wire_request *out)
{
    struct wire_request got;
    struct reader r;
    size_t user, service, rhost, credential = 0;

    memset(out, 0, sizeof(*out));
    memset(&got, 0, sizeof(got));
    got.type = open_packet(packet, &r);
    if (got.type == 0) /* of other messages the rules know nothing */
        return false;
    got.ms_left = get_u32(&r);
    get_login(&r, got.login);
    got.uid = get_u32(&r);
    user = get_u16(&r);
    service = get_u16(&r);
    rhost = get_u16(&r);
    got.may_be_cut = get_flag(&r);
    get_zero(&r, 1);
    if (rules_has_kernel(got.type)) {
        got.audit_session = get_u32(&r);
        got.login_uid = get_u32(&r);
    } else {
        credential = get_u32(&r);
    }
    got.user = get_span(&r, user);
    got.service = get_span(&r, service);
    got.rhost = get_span(&r, rhost);
    got.credential = get_span(&r, credential);
    if (!is_finished(&r) || !rules_request(&got))
        return false;
    *out = got;
    return true;
}

bool
wire_get_verdict(struct span packet, struct wire_verdict *out)
{
    struct wire_verdict got;
    struct reader r;
    size_t reason, text, user, environment;

    memset(out, 0, sizeof(*out));
    memset(&got, 0, sizeof(got));
    if (open_packet(packet, &r) != WIRE_VERDICT)
        return false;
    got.outcome = (enum outcome)get_number(&r, 1);
    got.files = get_flag(&r);
    get_zero(&r, 2);
    get_login(&r, got.login);
    got.ends = (int64_t)get_number(&r, 8);
    got.incident = get_number(&r, 8);
    reason = get_u16(&r);
    text = get_u16(&r);
    user = get_u16(&r);
    environment = get_u16(&r);
    got.reason = get_span(&r, reason);
    got.text = get_span(&r, text);
    got.user = get_span(&r, user);
    got.environment = get_span(&r, environment);
    if (!is_finished(&r) || !rules_verdict(&got))
        return false;
    *out = got;
    return true;
}

bool
wire_get_files(struct span packet, struct wire_files *out)
{
    struct wire_files got;
    struct reader r;
    size_t i, name[WIRE_FILES_MAX], content[WIRE_FILES_MAX];

    memset(out, 0, sizeof(*out));
    memset(&got, 0, sizeof(got));
    if (open_packet(packet, &r) != WIRE_FILES)
        return false;
    got.count = get_number(&r, 1);
    get_zero(&r, 3);
    get_login(&r, got.login);
    if (got.count > WIRE_FILES_MAX)
        return false;
    for (i = 0; i < got.count; i++) {
        name[i] = get_u16(&r);
        get_zero(&r, 2);
        content[i] = get_u32(&r);
    }
    for (i = 0; i < got.count; i++) {
        got.file[i].name = get_span(&r, name[i]);
        got.file[i].content = get_span(&r, content[i]);
    }
    if (!is_finished(&r) || !rules_files(&got))
        return false;
    *out = got;
    return true;
}

bool
wire_get_challenge(struct span packet, struct wire_challenge *out)
{
    struct wire_challenge got;
    struct reader r;
    size_t text, code;

    memset(out, 0, sizeof(*out));
    memset(&got, 0, sizeof(got));
    if (open_packet(packet, &r) != WIRE_CHALLENGE)
        return false;
    got.seconds = get_u32(&r);
    get_login(&r, got.id);
    text = get_u16(&r);
    code = get_u16(&r);
    got.text = get_span(&r, text);
    got.code = get_span(&r, code);
    if (!is_finished(&r) || !rules_challenge(&got))
        return false;
    *out = got;
    return true;
}

bool
wire_get_control(struct span packet, struct wire_control *out)
{
    struct wire_control got;
    struct reader r;
    size_t user, service, rhost, argument, credential;

    memset(out, 0, sizeof(*out));
    memset(&got, 0, sizeof(got));
    if (open_packet(packet, &r) != WIRE_CONTROL)
        return false;
    got.operation = (enum wire_operation)get_u16(&r);
    get_zero(&r, 2);
    got.ms_left = get_u32(&r);
    user = get_u16(&r);
    service = get_u16(&r);
    rhost = get_u16(&r);
    argument = get_u16(&r);
    credential = get_u32(&r);
    got.user = get_span(&r, user);
    got.service = get_span(&r, service);
    got.rhost = get_span(&r, rhost);
    got.argument = get_span(&r, argument);
    got.credential = get_span(&r, credential);
    if (!is_finished(&r) || !rules_control(&got))
        return false;
    *out = got;
    return true;
}

bool
wire_get_reply(struct span packet, struct wire_reply *out)
{
    struct wire_reply got;
    struct reader r;
    size_t body;

    memset(out, 0, sizeof(*out));
    memset(&got, 0, sizeof(got));
    if (open_packet(packet, &r) != WIRE_REPLY)
        return false;
    got.status = (enum wire_status)get_number(&r, 1);
    get_zero(&r, 3);
    body = get_u32(&r);
    got.body = get_span(&r, body);
    if (!is_finished(&r) || !rules_reply(&got))
        return false;
    *out = got;
    return true;
}
