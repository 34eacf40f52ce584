/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules that hold between options, sections and files; see load.c. */
#ifndef HELPER_CONF_CHECK_H
#define HELPER_CONF_CHECK_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/conf/config.h"

/* check.c: the issuers, each by itself and with each other. */
bool check_issuers(const struct config *, struct buffer *complaints);

/* check_service.c: services, and users.map against the issuers. */
bool check_services(const struct config *, struct buffer *complaints);
bool check_users_map(const struct config *, struct buffer *complaints);

#endif
