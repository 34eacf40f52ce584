/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading with another machine around it: config_load() is this with the
 * places of config.h and local.h, tests bring their own. */
#ifndef HELPER_CONF_LOAD_H
#define HELPER_CONF_LOAD_H

#include "helper/conf/config.h"
#include "helper/conf/value.h"

struct config_machine {
    const char *vendor_dir;
    const char *machine_id_file;
    const char *host; /* NULL: gethostname() */
};

enum config_result config_load_on(const struct config_machine *,
                                  const char *file, enum config_scope,
                                  struct config **out,
                                  struct buffer *complaints);

/* callers.c: resolves trusted_callers, user names to uids. */
bool callers_resolve(struct config *, struct buffer *complaints);

/* That this file was read: its name among the files, both in the fingerprint.
 * False without memory. */
bool load_note(struct config *, const char *path, struct span text);

/* layers.c: reads every file that counts, in order.  ABSENT when there is
 * none that may stand alone. */
enum config_result layers_read(struct config *, enum config_scope,
                               const char *vendor_dir,
                               const struct surroundings *,
                               struct buffer *complaints);

#endif
