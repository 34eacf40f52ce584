/* SPDX-License-Identifier: BSD-2-Clause */
/* The input is a token; the keys are those of the RFCs' examples, so that
 * some seeds verify. */
#include <stdlib.h>

#include "helper/jose/jws.h"

static const char keys[] =
    "{\"keys\":["
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
    "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":"
    "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"},"
    "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"ed\",\"x\":"
    "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"},"
    "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"kid\":\"rsa\",\"n\":"
    "\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4"
    "qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ4"
    "7soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEM"
    "a2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmo"
    "udF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\"},"
    "{\"kty\":\"oct\",\"kid\":\"oct\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMk"
    "oqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct jwks_report report;
    static struct jwks *set;
    struct span token = {(const char *)data, size};
    struct trace *trace = trace_new();
    enum reason reason;
    struct jws jws;

    if (set == NULL)
        set = jwks_load(span_of(keys), JWK_SECRETS_TOO, false, &report);
    if (set == NULL || report.usable != 4 || trace == NULL)
        abort();
    reason = jws_parse(token, ALG_SET_PUBLIC | ALG_SET_HMAC, &jws, trace);
    if (reason == REASON_NONE)
        abort();
    if (reason == REASON_ACCEPTED) {
        /* What is a token must also look like one. */
        if (jws.header == NULL || !jws_looks_like_one(token))
            abort();
        (void)jws_check_type(&jws, "at+jwt", trace);
        (void)jws_check_type(&jws, NULL, trace);
        if (jws_verify(&jws, set, NULL) != jws_verify(&jws, set, trace))
            abort();
    } else {
        (void)jws_looks_like_one(token);
    }
    jws_clear(&jws);
    trace_free(trace);
    return 0;
}
