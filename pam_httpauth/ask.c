/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_httpauth/ask.h"

#include <security/pam_ext.h>
#include <string.h>

#include "helper/base/erase.h"
#include "helper/base/limits.h"
#include "helper/base/text.h"

/* pam_unix cuts PAM_AUTHTOK at 512 and sssd refuses long ones: what is
 * longer than this would only break the modules behind us. */
#define KEEP_MAX 511

/* Where the stock ssh client, and misc_conv under login and su, cut. */
#define CUT_SSH 1023
#define CUT_TTY 4095

static const void *
authtok(pam_handle_t *pamh)
{
    const void *item = NULL;

    if (pam_get_item(pamh, PAM_AUTHTOK, &item) != PAM_SUCCESS)
        return NULL;
    return item;
}

bool
pha_ask(pam_handle_t *pamh, const struct args *args, struct answer *answer)
{
    const char *before = NULL;
    int code;

    *answer = (struct answer){{NULL, 0}, NULL};
    if (args->use_first_pass || args->try_first_pass)
        before = authtok(pamh);
    if (before != NULL || args->use_first_pass) {
        answer->text = span_of(before);
        return true;
    }
    code = pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &answer->owned, "%s",
                      args->prompt);
    /* A conversation that failed may have left a reply all the same. */
    if (code != PAM_SUCCESS) {
        erase_free_text(answer->owned);
        answer->owned = NULL;
        return false;
    }
    /* Some programs send no reply at all for an empty line. */
    answer->text = span_of(answer->owned != NULL ? answer->owned : "");
    return true;
}

const char *
pha_answer_fault(const struct answer *answer)
{
    if (answer->text.data == NULL)
        return "no earlier password";
    if (answer->text.len == 0)
        return "empty answer";
    if (answer->text.len > LIMIT_CREDENTIAL)
        return "over-long answer";
    /* sshd sends "\b\n\r\177INCORRECT" for users that it will not admit. */
    if (text_has_control(answer->text))
        return "control characters in the answer";
    return NULL;
}

static bool
begins(struct span text, struct span prefix)
{
    return text.len >= prefix.len &&
           memcmp(text.data, prefix.data, prefix.len) == 0;
}

bool
pha_answer_is_ours(const struct answer *answer)
{
    return begins(answer->text, span_of("eyJ")) ||
           begins(answer->text, span_of("hap_"));
}

bool
pha_answer_may_be_cut(const struct answer *answer)
{
    return answer->text.len == CUT_SSH || answer->text.len == CUT_TTY;
}

void
pha_answer_end(pam_handle_t *pamh, struct answer *answer, bool keep)
{
    if (keep && answer->owned != NULL && answer->text.len <= KEEP_MAX &&
        !pha_answer_is_ours(answer) && authtok(pamh) == NULL)
        (void)pam_set_item(pamh, PAM_AUTHTOK, answer->owned);
    erase_free_text(answer->owned);
    *answer = (struct answer){{NULL, 0}, NULL};
}
