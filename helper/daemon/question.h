/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One question on pam.sock, from the decoded packet to the packet that answers
 * it.  Who may ask what has been looked at before (peer.c).
 */
#ifndef HELPER_DAEMON_QUESTION_H
#define HELPER_DAEMON_QUESTION_H

#include "helper/daemon/attempt.h"
#include "helper/daemon/device.h"
#include "helper/daemon/helper.h"
#include "helper/wire/wire.h"

/* Embedded in whoever asks one at a time. */
struct question {
    struct helper *helper;
    struct buffer *reply; /* where the packet is made; may be others' between */
    uid_t caller;
    /* A packet of that type stands in `reply`; 0: none could be made. */
    void (*answered)(struct question *, enum wire_type);

    /* What it waits for, at most one of these. */
    struct attempt *attempt;
    struct device_start *start;
    bool polls; /* the attempt is about the device login `login` */
    uint8_t login[WIRE_LOGIN_LEN];
};

/* `believed`: the packet's uid and rhost count.  `answered` is called exactly
 * once, perhaps before this returns, unless question_cancel() comes first. */
void question_ask(struct question *, const struct wire_request *,
                  bool believed);
/* The answer without asking. */
void question_refuse(struct question *, enum reason);
void question_cancel(struct question *);

#endif
