/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What strangers send to the helper: requests on pam.sock, control messages
 * on control.sock.  What a decoder accepts, the encoder must reproduce byte
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
try_request(struct span packet)
{
    struct buffer again = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_request got, zero;

    memset(&got, 0x5a, sizeof(got));
    memset(&zero, 0, sizeof(zero));
    if (!wire_get_request(packet, &got)) {
        must(memcmp(&got, &zero, sizeof(zero)) == 0);
        return;
    }
    must(wire_type_of(packet) == got.type);
    must(wire_next(WIRE_PAM_IDLE, got.type) == WIRE_PAM_BUSY);
    must(text_is_user(got.user) ||
         (got.user.len == 0 &&
          (got.type == WIRE_AUTH || got.type == WIRE_DEVICE ||
           got.type == WIRE_POLL)));
    must(text_is_service(got.service) && got.uid != UINT32_MAX);
    must(wire_put_request(&again, &got));
    must(span_equal(buffer_span(&again), packet));
    buffer_free(&again);
}

static void
try_control(struct span packet)
{
    struct buffer again = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_control got, zero;

    memset(&got, 0x5a, sizeof(got));
    memset(&zero, 0, sizeof(zero));
    if (!wire_get_control(packet, &got)) {
        must(memcmp(&got, &zero, sizeof(zero)) == 0);
        return;
    }
    must(wire_type_of(packet) == WIRE_CONTROL);
    must(!text_has_control(got.argument));
    must(wire_put_control(&again, &got));
    must(span_equal(buffer_span(&again), packet));
    buffer_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span packet = {(const char *)data, size};

    try_request(packet);
    try_control(packet);
    return 0;
}
