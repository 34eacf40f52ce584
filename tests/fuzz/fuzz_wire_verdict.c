/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a false helper might send to the module and to the tool: verdicts,
 * files and replies.  What a decoder accepts, the encoder must reproduce byte
 * for byte; what it refuses must leave nothing behind.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/text.h"
#include "helper/wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool held)
{
    if (!held)
        abort();
}

static void
try_verdict(struct span packet)
{
    static const uint8_t no_login[WIRE_LOGIN_LEN];
    struct buffer again = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_verdict got, zero;
    bool has_login;

    memset(&got, 0x5a, sizeof(got));
    memset(&zero, 0, sizeof(zero));
    if (!wire_get_verdict(packet, &got)) {
        must(memcmp(&got, &zero, sizeof(zero)) == 0);
        return;
    }
    must(wire_type_of(packet) == WIRE_VERDICT);
    must(got.outcome > OUTCOME_NONE && got.outcome < OUTCOME_COUNT);
    has_login = memcmp(got.login, no_login, sizeof(no_login)) != 0;
    must(has_login == (got.outcome == OUTCOME_ACCEPTED));
    must(!text_has_control(got.text) && text_is_visible(got.reason));
    must(got.user.len == 0 ||
         (has_login && text_is_user(got.user) && !span_is(got.user, "root")));
    must(wire_put_verdict(&again, &got));
    must(span_equal(buffer_span(&again), packet));
    buffer_free(&again);
}

static void
try_files(struct span packet)
{
    struct buffer again = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_files got, zero;
    size_t i;

    memset(&got, 0x5a, sizeof(got));
    memset(&zero, 0, sizeof(zero));
    if (!wire_get_files(packet, &got)) {
        must(memcmp(&got, &zero, sizeof(zero)) == 0);
        return;
    }
    must(wire_type_of(packet) == WIRE_FILES);
    must(got.count >= 1 && got.count <= WIRE_FILES_MAX);
    for (i = 0; i < got.count; i++)
        must((i == 0 && got.file[i].name.len == 0) ||
             wire_is_file_name(got.file[i].name));
    must(wire_put_files(&again, &got));
    must(span_equal(buffer_span(&again), packet));
    buffer_free(&again);
}

static void
try_challenge(struct span packet)
{
    struct buffer again = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_challenge got, zero;

    memset(&got, 0x5a, sizeof(got));
    memset(&zero, 0, sizeof(zero));
    if (!wire_get_challenge(packet, &got)) {
        must(memcmp(&got, &zero, sizeof(zero)) == 0);
        return;
    }
    must(got.seconds > 0 && got.text.len > 0);
    must(got.text.data[got.text.len - 1] == '\n');
    must(wire_put_challenge(&again, &got));
    must(span_equal(buffer_span(&again), packet));
    buffer_free(&again);
}

static void
try_reply(struct span packet)
{
    struct buffer again = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_reply got, zero;

    memset(&got, 0x5a, sizeof(got));
    memset(&zero, 0, sizeof(zero));
    if (!wire_get_reply(packet, &got)) {
        must(memcmp(&got, &zero, sizeof(zero)) == 0);
        return;
    }
    must(wire_type_of(packet) == WIRE_REPLY);
    must(text_is_utf8(got.body));
    must(wire_put_reply(&again, &got));
    must(span_equal(buffer_span(&again), packet));
    buffer_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span packet = {(const char *)data, size};

    try_verdict(packet);
    try_files(packet);
    try_challenge(packet);
    try_reply(packet);
    return 0;
}
