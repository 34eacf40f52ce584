/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of an app password, and the text of one: no input may crash their
 * readers; what is read keeps the rules and reads again to the same when it
 * is written down.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "helper/base/network.h"
#include "helper/base/text.h"
#include "helper/hostpw/password.h"
#include "helper/hostpw/record.h"

#define ID "0123456789ab"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_key(const struct hostpw *key)
{
    struct network network;
    size_t i;

    if (strcmp(key->id, ID) != 0 || !text_is_user(span_of(key->user)) ||
        text_has_control(span_of(key->name)) || key->expires < key->created ||
        key->last_used != 0)
        abort();
    for (i = 0; i < key->services.count; i++)
        if (!text_is_service(span_of(key->services.item[i])))
            abort();
    for (i = 0; i < key->networks.count; i++)
        if (!network_parse(span_of(key->networks.item[i]), &network))
            abort();
}

static void
write_down(const struct hostpw *key)
{
    struct buffer once = BUFFER_INIT(RECORD_BYTES_MAX);
    struct buffer twice = BUFFER_INIT(RECORD_BYTES_MAX);
    struct buffer why = BUFFER_INIT(512);
    struct hostpw again;

    /* Escapes may make it longer than a file may be. */
    if (record_print(key, &once)) {
        if (!record_parse(buffer_span(&once), span_of(ID), &again, &why) ||
            !record_print(&again, &twice) || once.len != twice.len ||
            memcmp(once.data, twice.data, once.len) != 0)
            abort();
        record_clear(&again);
    }
    buffer_free(&once);
    buffer_free(&twice);
    buffer_free(&why);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer why = BUFFER_INIT(512);
    struct span id, secret, text;
    struct hostpw key;
    /* A copy of the exact size, so that reading past its end is seen. */
    char *copy = malloc(size == 0 ? 1 : size);

    if (copy == NULL)
        abort();
    if (size > 0)
        memcpy(copy, data, size);
    text = (struct span){copy, size};
    if (record_parse(text, span_of(ID), &key, &why)) {
        check_key(&key);
        write_down(&key);
        record_clear(&key);
    } else if (why.len == 0) {
        abort();
    }
    if (password_parse(text, NULL, &id, &secret) &&
        (!password_is_id(id) || secret.len != PASSWORD_SECRET_LEN))
        abort();
    (void)password_parse(text, "prod", &id, &secret);
    free(copy);
    buffer_free(&why);
    return 0;
}
