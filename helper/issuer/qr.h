/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HELPER_ISSUER_QR_H
#define HELPER_ISSUER_QR_H

#include "helper/base/blocks.h"

/* Appends the map (helper/base/blocks.h) of an address as a QR code; nothing
 * where it is too long for one that an 80x24 terminal shows, or where this was
 * built without libqrencode. */
void qr_put(struct buffer *, struct span address);

#endif
