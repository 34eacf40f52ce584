/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/wire/rules.h"
#include "helper/wire/wire.h"

/* Big-endian, byte by byte: no alignment and no host order to think of. */
static void
put_number(struct buffer *b, unsigned bytes, uint64_t value)
{
    uint8_t out[8];
    unsigned i;

    for (i = 0; i < bytes; i++)
        out[i] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
    (void)buffer_add(b, out, bytes);
}

static void
put_u8(struct buffer *b, uint8_t value)
{
    put_number(b, 1, value);
}

static void
put_u16(struct buffer *b, size_t value)
{
    put_number(b, 2, value);
}

static void
put_u32(struct buffer *b, size_t value)
{
    put_number(b, 4, value);
}

static void
put_span(struct buffer *b, struct span text)
{
    (void)buffer_add(b, text.data, text.len);
}

static void
put_header(struct buffer *b, enum wire_type type, size_t total)
{
    put_u8(b, WIRE_VERSION);
    put_u8(b, (uint8_t)type);
    put_u16(b, 0);
    put_u32(b, total);
}

/* The buffer keeps its first failure; a packet is whole or it is not one. */
static bool
is_whole(const struct buffer *b, size_t total)
{
    return !b->failed && b->len == total;
}

bool
wire_put_request(struct buffer *b, const struct wire_request *r)
{
    size_t total;

    if (b->len != 0 || !rules_request(r))
        return false;
    total = (rules_has_kernel(r->type) ? KERNEL_FIXED_LEN : REQUEST_FIXED_LEN) +
            r->user.len + r->service.len + r->rhost.len + r->credential.len;
    put_header(b, r->type, total);
    put_u32(b, r->ms_left);
    (void)buffer_add(b, r->login, WIRE_LOGIN_LEN);
    put_u32(b, r->uid);
    put_u16(b, r->user.len);
    put_u16(b, r->service.len);
    put_u16(b, r->rhost.len);
    put_u8(b, r->may_be_cut ? 1 : 0);
    put_u8(b, 0);
    if (rules_has_kernel(r->type)) {
        put_u32(b, r->audit_session);
        put_u32(b, r->login_uid);
    } else {
        put_u32(b, r->credential.len);
    }
    put_span(b, r->user);
    put_span(b, r->service);
    put_span(b, r->rhost);
    put_span(b, r->credential);
    return is_whole(b, total);
}

bool
wire_put_verdict(struct buffer *b, const struct wire_verdict *v)
{
    size_t total;

    if (b->len != 0 || !rules_verdict(v))
        return false;
    total = VERDICT_FIXED_LEN + v->reason.len + v->text.len + v->user.len +
            v->environment.len;
    put_header(b, WIRE_VERDICT, total);
    put_u8(b, (uint8_t)v->outcome);
    put_u8(b, v->files ? 1 : 0);
    put_u16(b, 0);
    (void)buffer_add(b, v->login, WIRE_LOGIN_LEN);
    put_number(b, 8, (uint64_t)v->ends);
    put_number(b, 8, v->incident);
    put_u16(b, v->reason.len);
    put_u16(b, v->text.len);
    put_u16(b, v->user.len);
    put_u16(b, v->environment.len);
    put_span(b, v->reason);
    put_span(b, v->text);
    put_span(b, v->user);
    put_span(b, v->environment);
    return is_whole(b, total);
}

bool
wire_put_files(struct buffer *b, const struct wire_files *f)
{
    size_t i, total = FILES_FIXED_LEN;

    if (b->len != 0 || !rules_files(f))
        return false;
    for (i = 0; i < f->count; i++)
        total += FILE_FIXED_LEN + f->file[i].name.len + f->file[i].content.len;
    put_header(b, WIRE_FILES, total);
    put_u8(b, (uint8_t)f->count);
    put_number(b, 3, 0);
    (void)buffer_add(b, f->login, WIRE_LOGIN_LEN);
    for (i = 0; i < f->count; i++) {
        put_u16(b, f->file[i].name.len);
        put_u16(b, 0);
        put_u32(b, f->file[i].content.len);
    }
    for (i = 0; i < f->count; i++) {
        put_span(b, f->file[i].name);
        put_span(b, f->file[i].content);
    }
    return is_whole(b, total);
}

bool
wire_put_challenge(struct buffer *b, const struct wire_challenge *c)
{
    size_t total;

    if (b->len != 0 || !rules_challenge(c))
        return false;
    total = CHALLENGE_FIXED_LEN + c->text.len + c->code.len;
    put_header(b, WIRE_CHALLENGE, total);
    put_u32(b, c->seconds);
    (void)buffer_add(b, c->id, WIRE_LOGIN_LEN);
    put_u16(b, c->text.len);
    put_u16(b, c->code.len);
    put_span(b, c->text);
    put_span(b, c->code);
    return is_whole(b, total);
}

bool
wire_put_control(struct buffer *b, const struct wire_control *c)
{
    size_t total;

    if (b->len != 0 || !rules_control(c))
        return false;
    total = CONTROL_FIXED_LEN + c->user.len + c->service.len + c->rhost.len +
            c->argument.len + c->credential.len;
    put_header(b, WIRE_CONTROL, total);
    put_u16(b, (size_t)c->operation);
    put_u16(b, 0);
    put_u32(b, c->ms_left);
    put_u16(b, c->user.len);
    put_u16(b, c->service.len);
    put_u16(b, c->rhost.len);
    put_u16(b, c->argument.len);
    put_u32(b, c->credential.len);
    put_span(b, c->user);
    put_span(b, c->service);
    put_span(b, c->rhost);
    put_span(b, c->argument);
    put_span(b, c->credential);
    return is_whole(b, total);
}

bool
wire_put_reply(struct buffer *b, const struct wire_reply *r)
{
    size_t total;

    if (b->len != 0 || !rules_reply(r))
        return false;
    total = REPLY_FIXED_LEN + r->body.len;
    put_header(b, WIRE_REPLY, total);
    put_u8(b, (uint8_t)r->status);
    put_number(b, 3, 0);
    put_u32(b, r->body.len);
    put_span(b, r->body);
    return is_whole(b, total);
}
