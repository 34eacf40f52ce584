/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_httpauth/device.h"

#include <poll.h>
#include <security/pam_ext.h>
#include <string.h>
#include <syslog.h>

#include "helper/base/clock.h"
#include "helper/base/erase.h"

/* How long one turn asks the helper, and how often. */
#define TURN_MS 5000
#define LOOK_MS 500
/* Programs that answer every question by themselves are faster than people. */
#define AT_ONCE_MS 50
#define AT_ONCE_MOST 3

/* False when the conversation failed. */
static bool
wait_for_enter(pam_handle_t *pamh, const char *text, unsigned *at_once)
{
    int64_t began = clock_boot_ms();
    char *reply = NULL;
    int code = pam_prompt(pamh, PAM_PROMPT_ECHO_ON, &reply, "%s", text);

    erase_free_text(reply);
    *at_once = clock_boot_ms() - began < AT_ONCE_MS ? *at_once + 1 : 0;
    return code == PAM_SUCCESS;
}

static bool
is_pending(const struct result *result)
{
    return result->cause == NULL && result->outcome == OUTCOME_NOT_OURS;
}

/* One turn: true when it is decided. */
static bool
ask_in_turn(pam_handle_t *pamh, const struct args *args,
            struct wire_request *request, struct result *result)
{
    int64_t until = clock_boot_ms() + TURN_MS;

    for (;;) {
        pha_helper_ask_device(pamh, args, request, result, NULL);
        if (!is_pending(result))
            return true;
        if (clock_boot_ms() + LOOK_MS >= until)
            return false;
        (void)poll(NULL, 0, LOOK_MS);
    }
}

static void
end_with(struct result *result, const char *cause, const char *text)
{
    *result = (struct result){.outcome = OUTCOME_WRONG, .cause = cause};
    memcpy(result->text, text, strlen(text) + 1);
}

enum device_end
pha_device(pam_handle_t *pamh, const struct args *args, const char *user,
           struct result *result)
{
    struct wire_request request = {.type = WIRE_DEVICE, .user = span_of(user)};
    struct challenge challenge;
    unsigned at_once = 0;
    int64_t ends;
    bool first = true;

    pha_helper_ask_device(pamh, args, &request, result, &challenge);
    if (result->outcome != OUTCOME_ACCEPTED)
        return DEVICE_NOT_OFFERED;
    ends = clock_boot_ms() + (int64_t)challenge.seconds * 1000;
    request.type = WIRE_POLL;
    memcpy(request.login, challenge.id, sizeof(request.login));
    do {
        if (!wait_for_enter(pamh,
                            first ? challenge.text
                                  : "Not yet.  Press Enter when it is done: ",
                            &at_once)) {
            pam_syslog(pamh, LOG_NOTICE,
                       "device login: user=%s: the program cannot show it, or "
                       "the user left",
                       user != NULL ? user : "?");
            return DEVICE_LEFT;
        }
        first = false;
        if (at_once >= AT_ONCE_MOST) {
            end_with(result, "device login: the program shows it to nobody",
                     "a device login needs a program that shows its link");
            return DEVICE_DECIDED;
        }
        if (ask_in_turn(pamh, args, &request, result))
            return DEVICE_DECIDED;
    } while (clock_boot_ms() < ends);
    end_with(result, "device login: it was not confirmed in time",
             "the login was not confirmed in time");
    return DEVICE_DECIDED;
}
