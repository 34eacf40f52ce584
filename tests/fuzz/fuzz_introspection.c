/* SPDX-License-Identifier: BSD-2-Clause */
/* What an introspection endpoint answers. */
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
    must(json_is_true(json_object_get(root, "active")));
    must(span_is(json_text(root, "iss"), "https://idp.example"));
    must(span_is(json_text(root, "client_id"), "cli"));
    must(json_object_get(root, "cnf") == NULL);
    must(answer->claims.expires > NOW - 61 && answer->claims.issued < NOW + 61);
    must(answer->claims.sub.len > 0 || answer->claims.is_client);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *names[] = {(char *)"us"}, *clients[] = {(char *)"cli"};
    static struct issuer_conf conf = {
        .name = (char *)"work",
        .issuer = (char *)"https://idp.example",
        .accept = METHOD_INTROSPECTION,
        .introspection_endpoint = (char *)"https://idp.example/introspect",
        .audience = {names, 1},
        .clients = {clients, 1},
    };

    ask_and_answer(&conf, ASK_INTROSPECTION, 1, ended, data, size);
    return 0;
}
