/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON argument of the operations about app passwords: see PROTOCOL. */
#ifndef HELPER_DAEMON_APP_PASSWORD_ORDER_H
#define HELPER_DAEMON_APP_PASSWORD_ORDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "helper/base/span.h"
#include "helper/hostpw/hostpw.h"
#include "helper/wire/wire.h"

struct app_password_order {
    struct hostpw_order make; /* without user; lifetime 0: none was given */
    struct span id;
    int64_t overlap; /* -1: none was given */
    json_t *root;    /* what the spans point into */
};

/* False with a sentence in *why.  Clear it in any case. */
bool app_password_order_read(enum wire_operation, struct span argument,
                             struct app_password_order *, const char **why);
void app_password_order_clear(struct app_password_order *);

#endif
