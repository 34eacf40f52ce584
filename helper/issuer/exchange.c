/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * App passwords of the provider, as authentik has them: the token endpoint,
 * grant_type client_credentials, with the user's name and the app password.
 *
 * Nothing is put beside them that proves who this host is, whatever
 * client_auth says: with a client secret the endpoint may give a token of the
 * client itself, for any password.  And never without a name: then it looks
 * at no password at all.  Whose token came back is compared by the caller.
 */
#include "helper/http/form.h"
#include "helper/issuer/ask_room.h"

/* invalid_grant alone says that the password is wrong; all else is about us,
 * about the configuration, or nothing that an endpoint should say. */
static void
answered(struct ask *ask, const struct fetch_answer *answer)
{
    if ((answer->status == 400 || answer->status == 401) &&
        ask_error_is(answer, "invalid_grant")) {
        trace_note(ask->trace, "app password", false, "the right one",
                   "invalid_grant");
        ask_end(ask, REASON_PASSWORD);
    } else {
        ask_take_token(ask, answer);
    }
}

void
exchange_begin(struct ask *ask)
{
    const struct issuer_conf *conf = ask->issuer->conf;
    struct client_draft draft = CLIENT_DRAFT_INIT;
    struct fetch_request request = {.accept = ASK_JSON};

    if (!ask_endpoint(ask, ENDPOINT_TOKEN, &request.url) ||
        !ask_admitted(ask, ISSUER_TOKEN))
        goto done;
    form_add(&draft.form, "grant_type", span_of("client_credentials"));
    if (conf->client_id != NULL)
        form_add(&draft.form, "client_id", span_of(conf->client_id));
    form_add(&draft.form, "username", buffer_span(&ask->user));
    form_add(&draft.form, "password", buffer_span(&ask->credential));
    if (conf->token_scope != NULL)
        form_add(&draft.form, "scope", span_of(conf->token_scope));
    ask_put_resource(ask, &draft.form);
    ask_send_draft(ask, &request, &draft, answered);
done:
    client_draft_clear(&draft);
}
