/* SPDX-License-Identifier: BSD-2-Clause */
/* What a token endpoint answers to an app password. */
#include "tests/fuzz/answer.h"

static void
ended(void *context, struct ask_answer *answer)
{
    static const char wrong[] = "\"error\"";

    (void)context;
    ends++;
    check_problem(answer->problem);
    must(answer->claims.root == NULL);
    if (answer->reason == REASON_ACCEPTED) {
        must(status_of_input == 200 && answer->token.len > 0);
        must(text_is_visible(answer->token));
    } else if (answer->reason == REASON_PASSWORD) {
        must(status_of_input == 400 || status_of_input == 401);
        must(body_of_input.len > sizeof(wrong));
    } else
        must(answer->token.len == 0 &&
             (answer->reason == (status_of_input >= 500
                                     ? REASON_PROVIDER
                                     : REASON_PROVIDER_ANSWER) ||
              answer->reason == REASON_CLIENT_REFUSED));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct issuer_conf conf = {
        .name = (char *)"work",
        .issuer = (char *)"https://idp.example",
        .accept = METHOD_APP_PASSWORD,
        .jwks_file = (char *)"/nonexistent/keys",
        .token_endpoint = (char *)"https://idp.example/token",
        .client_id = (char *)"host",
    };

    ask_and_answer(&conf, ASK_EXCHANGE, 1, ended, data, size);
    return 0;
}
