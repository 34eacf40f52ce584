/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/explain.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "helper/base/reason.h"
#include "helper/base/trace.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/out.h"

#define MARK_COLUMN 6 /* where the names of the checks begin */
#define NAME_MAX_WIDTH 20
#define GAP 2

/* What somebody who reads the verdict can do about it.  The others speak for
 * themselves. */
static const struct {
    enum reason reason;
    const char *advice;
} advices[] = {
    {REASON_NO_SHAPE, "The next module of the stack may take it: a token "
                      "has three parts divided by dots and is given whole, "
                      "on standard input."},
    {REASON_NO_ISSUER, "Configure an [issuer NAME], or make a key of this "
                       "host: httpauthctl issuer init"},
    {REASON_FORM, "Was it mistyped, copied in part, or cut?  ssh sends at most "
                  "1023 bytes of an answer."},
    {REASON_ALGORITHM, "See algorithms in httpauthd.conf(5)."},
    {REASON_TYPE, "If this provider does not send at+jwt, see token_type in "
                  "httpauthd.conf(5)."},
    {REASON_ISSUER, "Compare the token's iss with issuer, and the user with "
                    "users: httpauthctl config show"},
    {REASON_KEY_UNKNOWN, "If the provider changed its keys just now: "
                         "httpauthctl flush"},
    {REASON_AUDIENCE, "Let the provider issue it for one of the configured "
                      "audiences: httpauthctl config show"},
    {REASON_EXPIRED, "Get a fresh token."},
    {REASON_NOT_YET, "Compare this host's clock with the provider's."},
    {REASON_CLOCK, "Set this host's clock."},
    {REASON_CLIENT, "If it shall have an account, name it in users.map."},
    {REASON_PINNED, "If the account was given to somebody else on purpose: "
                    "httpauthctl user forget USER"},
    {REASON_NO_SERVICE, "Add a [service NAME] section to httpauthd.conf and "
                        "reload."},
    {REASON_ISSUER_RULE, "See issuers of that [service] section; the local "
                         "issuer must be named there."},
    {REASON_KEYS_UNAVAILABLE, "See the issuer in: httpauthctl status"},
    {REASON_TIMEOUT, "See the issuer in: httpauthctl status"},
    {REASON_CONFIGURATION, "See: httpauthctl config check"},
};

static const char *
advice_for(const char *reason)
{
    for (size_t i = 0; i < sizeof(advices) / sizeof(advices[0]); i++)
        if (strcmp(reason_name(advices[i].reason), reason) == 0)
            return advices[i].advice;
    return NULL;
}

int
explain_status(const json_t *report)
{
    static const enum outcome no[] = {OUTCOME_WRONG, OUTCOME_NOT_OURS,
                                      OUTCOME_FORBIDDEN, OUTCOME_THROTTLED};
    const char *outcome = json_string_value(json_object_get(report, "outcome"));

    if (outcome == NULL)
        return CTL_UNJUDGED;
    if (strcmp(outcome, outcome_name(OUTCOME_ACCEPTED)) == 0)
        return CTL_DONE;
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++)
        if (strcmp(outcome, outcome_name(no[i])) == 0)
            return CTL_REFUSED;
    return CTL_UNJUDGED;
}

struct row {
    char name[TRACE_TEXT_MAX];
    char expected[4 * TRACE_TEXT_MAX];
    char found[4 * TRACE_TEXT_MAX];
    bool ok;
};

void
explain_quotes(char *text)
{
    static const char escaped[] = "\\x22";
    size_t len = strlen(escaped);
    char *at = text;

    while ((at = strstr(at, escaped)) != NULL) {
        *at++ = '"';
        memmove(at, at + len - 1, strlen(at + len - 1) + 1);
    }
}

static void
row_read(struct row *row, const json_t *check)
{
    out_member(check, "check", "?", row->name, sizeof(row->name));
    out_member(check, "expected", "", row->expected, sizeof(row->expected));
    out_member(check, "found", "", row->found, sizeof(row->found));
    row->ok = json_is_true(json_object_get(check, "ok"));
    explain_quotes(row->expected);
    explain_quotes(row->found);
}

/* Two rooms look at the issuer, with the same words: told once. */
static bool
was_shown(const json_t *checks, size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (json_equal(json_array_get(checks, i), json_array_get(checks, row)))
            return true;
    return false;
}

/* The next piece of a cell: up to `width` bytes, broken at a blank when there
 * is one; `*text` moves behind it. */
static int
piece(const char **text, int width)
{
    int len = (int)strlen(*text), cut = width;
    const char *from = *text;

    if (len <= width) {
        *text += len;
        return len;
    }
    while (cut > 0 && from[cut] != ' ')
        cut--;
    if (cut == 0)
        cut = width;
    *text += cut;
    *text += strspn(*text, " ");
    return cut;
}

/* What held needs one line: a longer text ends in "...". */
static void
shorten(char *text, int width)
{
    if ((int)strlen(text) > width)
        memcpy(text + width - 3, "...", 4);
}

/* Two cells side by side, of as many lines as the longer one needs. */
static void
print_row(const struct row *row, int name, int cell)
{
    const char *expected = row->expected, *found = row->found;

    printf("  %s  %-*s", row->ok ? "ok" : "NO", name, row->name);
    do {
        const char *left = expected, *right = found;
        int left_len = piece(&expected, cell);
        int right_len = piece(&found, cell);

        if (left_len + right_len > 0)
            printf("%*s%.*s", GAP, "", left_len, left);
        if (right_len > 0)
            printf("%*s%.*s", cell - left_len + GAP, "", right_len, right);
        putchar('\n');
        if (*expected != '\0' || *found != '\0')
            printf("%*s", MARK_COLUMN + name, "");
    } while (*expected != '\0' || *found != '\0');
}

static int
widest_name(const json_t *checks)
{
    size_t i, width = strlen("check");
    struct row row;
    json_t *check;

    json_array_foreach(checks, i, check)
    {
        row_read(&row, check);
        if (strlen(row.name) > width)
            width = strlen(row.name);
    }
    return width < NAME_MAX_WIDTH ? (int)width : NAME_MAX_WIDTH;
}

static void
print_checks(const json_t *checks)
{
    int name = widest_name(checks);
    int cell = (OUT_COLUMNS - MARK_COLUMN - name - 2 * GAP) / 2;
    struct row row;
    json_t *check;
    size_t i;

    if (json_array_size(checks) == 0)
        return;
    printf("%*s%-*s%*s%-*s%*sfound\n", MARK_COLUMN, "", name, "check", GAP, "",
           cell, "expected", GAP, "");
    json_array_foreach(checks, i, check)
    {
        if (was_shown(checks, i))
            continue;
        row_read(&row, check);
        if (row.ok) {
            shorten(row.expected, cell);
            shorten(row.found, cell);
        }
        print_row(&row, name, cell);
    }
    putchar('\n');
}

void
explain_print(const json_t *report)
{
    char reason[64], explanation[256], text[256], verdict[512];
    int status = explain_status(report);
    const char *advice;

    print_checks(json_object_get(report, "checks"));
    if (status == CTL_DONE) {
        puts("accepted");
        return;
    }
    out_member(report, "reason", "?", reason, sizeof(reason));
    out_member(report, "explanation", "?", explanation, sizeof(explanation));
    out_member(report, "text", "", text, sizeof(text));
    snprintf(verdict, sizeof(verdict), "%s: %s - %s",
             status == CTL_REFUSED ? "refused" : "no verdict", reason,
             explanation);
    out_wrapped(0, verdict);
    if (text[0] != '\0')
        printf("The user is told: %s\n", text);
    advice = advice_for(reason);
    if (advice != NULL)
        out_wrapped(0, advice);
}
