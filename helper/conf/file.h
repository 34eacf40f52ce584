/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of the configuration, opened by one recipe: no link, no device, not
 * writable by everybody, bounded.  Whoever could write them decides who logs
 * in.
 */
#ifndef HELPER_CONF_FILE_H
#define HELPER_CONF_FILE_H

#include "helper/base/buffer.h"
#include "helper/base/list.h"

enum file_result {
    FILE_READ,
    FILE_ABSENT, /* nothing of that name; no complaint was made */
    FILE_REFUSED /* see the complaints */
};

/* Appends the content of one file to `out` (cap at least LIMIT_CONF_BYTES).
 */
enum file_result file_read(const char *path, struct buffer *out,
                           struct buffer *complaints);

/* The names of the *.conf files of a folder, hidden ones not, in the order of
 * strcmp(), each with the folder in front. */
enum file_result file_list_folder(const char *path, struct list *out,
                                  struct buffer *complaints);

#endif
