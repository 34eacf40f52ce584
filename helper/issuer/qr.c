/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/issuer/qr.h"

#include "config.h"

#ifdef WITH_LIBQRENCODE

#include <qrencode.h>

void
qr_put(struct buffer *out, struct span address)
{
    QRcode *code = QRcode_encodeData(
        (int)address.len, (const unsigned char *)address.data, 0, QR_ECLEVEL_L);
    size_t modules = 0;

    if (code != NULL && code->width <= BLOCKS_SIDE_MAX)
        modules = (size_t)code->width * (size_t)code->width;
    for (size_t i = 0; i < modules; i++)
        buffer_text(out, (code->data[i] & 1) != 0 ? "1" : "0");
    QRcode_free(code);
}

#else

void
qr_put(struct buffer *out, struct span address)
{
    (void)out;
    (void)address;
}

#endif
