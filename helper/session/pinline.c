/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/session/pinline.h"

#include <inttypes.h>

#include "helper/base/text.h"
#include "helper/session/stateline.h"

static bool
text_fits(struct span text, size_t most)
{
    return text.len <= most && !text_has_control(text) && text_is_utf8(text);
}

bool
pinline_fits(const struct pinline *line)
{
    return text_is_user(line->user) && line->iss.len > 0 &&
           text_fits(line->iss, LIMIT_CONF_LINE) &&
           text_fits(line->sub, LIMIT_CLAIM) &&
           line->forgets == (line->sub.len == 0);
}

bool
pinline_parse(char *line, size_t len, struct pinline *out)
{
    char *rest = line + 2;
    bool good;

    *out = (struct pinline){.forgets = true};
    if (len < 3 || len > PINLINE_MAX || line[1] != ' ')
        return false;
    len -= 2;
    switch (line[0]) {
    case '+':
        out->forgets = false;
        good = stateline_time(&rest, &len, &out->since) &&
               stateline_text(&rest, &len, false, &out->user) &&
               stateline_text(&rest, &len, false, &out->iss) &&
               stateline_text(&rest, &len, true, &out->sub);
        break;
    case '-':
        good = stateline_text(&rest, &len, false, &out->user) &&
               stateline_text(&rest, &len, true, &out->iss);
        break;
    default:
        good = false;
        break;
    }
    return good && pinline_fits(out);
}

bool
pinline_print(const struct pinline *line, struct buffer *out)
{
    if (!pinline_fits(line))
        return false;
    if (line->forgets)
        buffer_text(out, "-");
    else
        buffer_printf(out, "+ %" PRId64, line->since);
    stateline_put(line->user, out);
    stateline_put(line->iss, out);
    if (!line->forgets)
        stateline_put(line->sub, out);
    return buffer_text(out, "\n");
}
