/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_httpauth/ask.h"

#include <security/pam_ext.h>
#include <stdio.h>
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

static bool
prompt(pam_handle_t *pamh, const char *question, char **reply)
{
    if (pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, reply, "%s", question) ==
        PAM_SUCCESS)
        return true;
    /* A conversation that failed may have left a reply all the same. */
    erase_free_text(*reply);
    *reply = NULL;
    return false;
}

bool
pha_ask(pam_handle_t *pamh, const struct args *args, struct answer *answer)
{
    const char *before = NULL;

    *answer = (struct answer)ANSWER_INIT;
    if (args->use_first_pass || args->try_first_pass)
        before = authtok(pamh);
    if (before != NULL || args->use_first_pass) {
        answer->text = span_of(before);
        answer->last = answer->text.len;
        return true;
    }
    if (!prompt(pamh, args->prompt, &answer->owned))
        return false;
    /* Some programs send no reply at all for an empty line. */
    answer->text = span_of(answer->owned != NULL ? answer->owned : "");
    answer->last = answer->text.len;
    return true;
}

/* sshd's method `password` gives every prompt of an authentication the same
 * string: of that there is no more.  What sshd sends for users whom it will
 * not admit repeats itself as well, and must look like anybody's. */
static bool
repeats(const struct answer *answer, struct span part)
{
    struct span last = {answer->text.data + answer->text.len - answer->last,
                        answer->last};

    return span_equal(last, part) && !text_has_control(part);
}

/* Into `parts`, where all of them are from now on. */
static bool
append(struct answer *answer, struct span part)
{
    if (answer->parts.len == 0 &&
        !buffer_add(&answer->parts, answer->text.data, answer->text.len))
        return false;
    if (!buffer_add(&answer->parts, part.data, part.len))
        return false;
    answer->text = buffer_span(&answer->parts);
    answer->last = part.len;
    return true;
}

enum parts
pha_ask_more(pam_handle_t *pamh, struct answer *answer)
{
    char question[sizeof("Token (continued at ): ") + 20];
    enum parts found = PARTS_MORE;
    char *reply = NULL;
    struct span part;

    if (answer->owned == NULL) /* another module has asked */
        return PARTS_CUT;
    if (answer->text.len > LIMIT_CREDENTIAL)
        return PARTS_WHOLE;
    (void)snprintf(question, sizeof(question),
                   "Token (continued at %zu): ", answer->text.len);
    if (!prompt(pamh, question, &reply))
        return PARTS_FAILED;
    part = span_of(reply != NULL ? reply : "");
    if (part.len == 0)
        found = PARTS_WHOLE;
    else if (repeats(answer, part))
        found = PARTS_CUT;
    else if (!append(answer, part))
        found = PARTS_FAILED;
    erase_free_text(reply);
    return found;
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
pha_answer_is_long(const struct answer *answer)
{
    return answer->text.len > KEEP_MAX;
}

bool
pha_answer_may_be_cut(const struct answer *answer)
{
    return answer->last == CUT_SSH || answer->last == CUT_TTY;
}

void
pha_answer_end(pam_handle_t *pamh, struct answer *answer, bool keep)
{
    if (keep && answer->owned != NULL && !pha_answer_is_long(answer) &&
        !pha_answer_is_ours(answer) && authtok(pamh) == NULL)
        (void)pam_set_item(pamh, PAM_AUTHTOK, answer->owned);
    erase_free_text(answer->owned);
    buffer_free(&answer->parts);
    *answer = (struct answer)ANSWER_INIT;
}
