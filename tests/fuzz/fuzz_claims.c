/* SPDX-License-Identifier: BSD-2-Clause */
/* The input is a payload, judged as each kind of token. */
#include <stdlib.h>

#include "helper/jose/claims.h"

static void
judge(struct claims *claims, enum claims_kind kind, bool local)
{
    static char us[] = "ssh://host", groups[] = "/a/0", email[] = "email";
    char *ours[] = {us}, *names[] = {groups, email};
    const struct list audience = {ours, 1}, required = {names, local ? 0u : 2u};
    const struct claims_rules rules = {.issuer = "https://idp.test",
                                       .audience = &audience,
                                       .kind = kind,
                                       .required = &required,
                                       .local = local};
    struct trace *trace = trace_new();
    enum reason reason = claims_check(claims, &rules, 1800000000, NULL);

    if (trace == NULL || reason == REASON_NONE ||
        reason != claims_check(claims, &rules, 1800000000, trace))
        abort();
    if (reason == REASON_ACCEPTED &&
        (claims->expires <= 1800000000 - 60 || claims->sub.len == 0 ||
         claims->issued < 0))
        abort();
    trace_free(trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct claims claims;

    if (claims_parse((struct span){(const char *)data, size}, &claims) ==
        REASON_ACCEPTED) {
        judge(&claims, CLAIMS_ACCESS_TOKEN, true);
        judge(&claims, CLAIMS_TYP_JWT, false);
        judge(&claims, CLAIMS_ID_TOKEN, false);
        if (claims_check_header(&claims, claims.root) != REASON_ACCEPTED)
            abort();
    }
    claims_clear(&claims);
    return 0;
}
