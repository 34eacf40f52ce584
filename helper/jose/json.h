/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON from strangers (RFC 8259, RFC 7493): one value, no trailing text, no
 * byte order mark, valid UTF-8, no \u0000, no duplicate members at any depth,
 * nesting up to LIMIT_JSON_DEPTH (checked before jansson recurses).
 */
#ifndef HELPER_JOSE_JSON_H
#define HELPER_JOSE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "helper/base/span.h"

/* The value must be an object; NULL otherwise.  json_decref() it. */
json_t *json_object_load(struct span text);

/* A string member; {NULL, 0} when absent or of another type. */
struct span json_text(const json_t *object, const char *name);

/*
 * NumericDate of RFC 7519 section 2: an integer or a fraction, truncated
 * down.  False for anything else and for what no int64_t holds.
 */
bool json_time(const json_t *value, int64_t *seconds);

/* A member by name, or by JSON Pointer (RFC 6901) when the name begins with
 * '/'; NULL when there is none. */
const json_t *json_find(const json_t *object, const char *name_or_pointer);

/* From now on whatever jansson frees is erased first: answers that hold
 * tokens of our own are parsed by it. */
void json_erase_on_free(void);

#endif
