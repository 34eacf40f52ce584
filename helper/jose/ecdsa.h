/* SPDX-License-Identifier: BSD-2-Clause */
/* ECDSA signatures: r || s of RFC 7518 section 3.4 into the DER of RFC 3279
 * section 2.2.3, which is the form that OpenSSL reads. */
#ifndef HELPER_JOSE_ECDSA_H
#define HELPER_JOSE_ECDSA_H

#include <stddef.h>

#include "helper/base/span.h"

/* SEQUENCE with a two-byte length, two INTEGERs of up to 67 bytes. */
#define ECDSA_DER_MAX (3 + 2 * (2 + 67))

/* `raw` is twice the field's size, of the curves of jwk.h: at most 132 bytes.
 * Returns the length of the DER. */
size_t ecdsa_to_der(struct span raw, unsigned char der[ECDSA_DER_MAX]);

#endif
