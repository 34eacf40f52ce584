/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/wire/wire.h"

/* What is not listed is not permitted. */
static const struct {
    enum wire_state from;
    enum wire_type type;
    enum wire_state to;
} permitted[] = {
    {WIRE_PAM_IDLE, WIRE_AUTH, WIRE_PAM_BUSY},
    {WIRE_PAM_IDLE, WIRE_ACCOUNT, WIRE_PAM_BUSY},
    {WIRE_PAM_IDLE, WIRE_OPEN, WIRE_PAM_BUSY},
    {WIRE_PAM_IDLE, WIRE_CLOSE, WIRE_PAM_BUSY},
    {WIRE_PAM_IDLE, WIRE_RESUME, WIRE_PAM_BUSY},
    {WIRE_PAM_IDLE, WIRE_PRESENT, WIRE_PAM_BUSY},
    {WIRE_PAM_IDLE, WIRE_COLLECT, WIRE_PAM_BUSY},
    {WIRE_PAM_IDLE, WIRE_DEVICE, WIRE_PAM_BUSY},
    {WIRE_PAM_IDLE, WIRE_POLL, WIRE_PAM_BUSY},
    {WIRE_PAM_BUSY, WIRE_VERDICT, WIRE_PAM_IDLE},
    {WIRE_PAM_BUSY, WIRE_CHALLENGE, WIRE_PAM_IDLE},
    {WIRE_PAM_BUSY, WIRE_FILES, WIRE_PAM_IDLE},
    {WIRE_CONTROL_IDLE, WIRE_CONTROL, WIRE_CONTROL_BUSY},
    {WIRE_CONTROL_BUSY, WIRE_REPLY, WIRE_CONTROL_IDLE},
};

enum wire_state
wire_next(enum wire_state state, enum wire_type type)
{
    size_t i;

    for (i = 0; i < sizeof(permitted) / sizeof(permitted[0]); i++)
        if (permitted[i].from == state && permitted[i].type == type)
            return permitted[i].to;
    return WIRE_STATE_COUNT;
}
