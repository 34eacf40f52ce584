/* SPDX-License-Identifier: BSD-2-Clause */
/* What tokeninfo answers, and userinfo behind it where no name came. */
#include "tests/fuzz/answer.h"

static void
ended(void *context, struct ask_answer *answer)
{
    const json_t *root = answer->claims.root;

    (void)context;
    ends++;
    check_problem(answer->problem);
    must(answer->reason > REASON_NONE && answer->reason < REASON_COUNT);
    must(answer->reason != REASON_PASSWORD);
    if (answer->reason != REASON_ACCEPTED) {
        must(root == NULL);
        return;
    }
    must(status_of_input == 200);
    must(span_is(json_text(root, "client_id"), "cli"));
    must(json_object_get(root, "cnf") == NULL);
    must(answer->claims.expires > NOW - 61 && answer->claims.issued < NOW + 61);
    must(answer->claims.sub.len > 0 || answer->claims.is_client);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *clients[] = {(char *)"cli"};
    static struct issuer_conf conf = {
        .name = (char *)"work",
        .issuer = (char *)"https://idp.example",
        .accept = METHOD_USERINFO,
        .tokeninfo_endpoint = (char *)"https://idp.example/tokeninfo",
        .userinfo_endpoint = (char *)"https://idp.example/userinfo",
        .username_claim = (char *)"login",
        .clients = {clients, 1},
    };

    ask_and_answer(&conf, ASK_USERINFO, 2, ended, data, size);
    return 0;
}
