/* SPDX-License-Identifier: BSD-2-Clause */
/* What an answer means for the next question, whatever it says. */
#include <string.h>

#include "helper/base/text.h"
#include "helper/http/head.h"
#include "helper/issuer/ask_room.h"

/* A date counts from the one of the answer: no need to know whose clock is
 * right. */
static int64_t
rest_s(struct span head)
{
    struct span retry, date;
    char text[16];
    int64_t seconds, until;

    if (!head_only(head, "Retry-After", &retry))
        return 0;
    if (retry.len < sizeof(text)) {
        memcpy(text, retry.data, retry.len);
        text[retry.len] = '\0';
        if (text_number(text, INT32_MAX, &seconds))
            return seconds;
    }
    until = head_date(retry);
    if (until < 0 || !head_only(head, "Date", &date))
        return 0;
    seconds = until - head_date(date);
    return seconds > 0 && seconds <= INT32_MAX ? seconds : 0;
}

void
ask_hear(struct ask_answer *out, const struct fetch_answer *answer)
{
    if (answer->error != NULL || answer->status >= 500)
        out->heard = ASK_HEARD_FAILURE;
    else if (answer->status == 429)
        out->heard = ASK_HEARD_BUSY;
    else
        out->heard = ASK_HEARD_ANSWER;
    out->rest_ms = answer->error == NULL ? rest_s(answer->head) * 1000 : 0;
}
