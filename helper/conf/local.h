/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The local issuer: this machine as an identity provider of its own.  It
 * exists once its key set does, or where [issuer local] is written, and its
 * options have defaults of their own; [issuer *] does not reach it.
 */
#ifndef HELPER_CONF_LOCAL_H
#define HELPER_CONF_LOCAL_H

#include <stdbool.h>

#include "helper/base/buffer.h"
#include "helper/conf/option.h"

#define LOCAL_JWKS "local.jwks" /* beside the main file */
#define LOCAL_MACHINE_ID "/etc/machine-id"

/* Its default for an option of [issuer], else the option's own; NULL: none. */
const char *local_standard(const struct option *);

/* Is there a key set in the folder of the main file? */
bool local_has_keys(const char *dir);

/* Appends "urn:httpauth:" and the machine id, 32 hexadecimal digits from the
 * first line of that file (machine-id(5)); false when there are none. */
bool local_identifier(const char *machine_id_file, struct buffer *out);

#endif
