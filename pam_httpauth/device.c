/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_httpauth/device.h"

#include <fcntl.h>
#include <poll.h>
#include <security/pam_ext.h>
#include <string.h>
#include <sys/ioctl.h>
#include <syslog.h>
#include <unistd.h>

#include "helper/base/blocks.h"
#include "helper/base/clock.h"
#include "helper/base/erase.h"

/* How long one turn asks the helper, and how often. */
#define TURN_MS 5000
#define LOOK_MS 500
/* Programs that answer every question by themselves are faster than people. */
#define AT_ONCE_MS 50
#define AT_ONCE_MOST 3

/* A code of 17 lines and our seven; whoever has no terminal, as sshd, has one
 * of the usual size at the other end. */
static bool
terminal_holds_code(void)
{
    struct winsize size = {0};
    int fd = open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return true;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0)
        size = (struct winsize){0};
    (void)close(fd);
    return (size.ws_row == 0 || size.ws_row >= 24) &&
           (size.ws_col == 0 || size.ws_col >= 80);
}

static bool
put_text(const struct args *args, const struct challenge *challenge,
         struct buffer *out)
{
    buffer_text(out, challenge->text);
    if (args->device_qr && challenge->code[0] != '\0' && terminal_holds_code())
        (void)blocks_put(out, span_of(challenge->code));
    return !out->failed;
}

/* False when the conversation failed. */
static bool
wait_for_enter(pam_handle_t *pamh, const char *text, unsigned *at_once)
{
    int64_t began = clock_boot_ms();
    char *reply = NULL;
    int code = pam_prompt(pamh, PAM_PROMPT_ECHO_ON, &reply,
                          "%sPress Enter when it is done: ", text);

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

static enum device_end
left(pam_handle_t *pamh, const char *user)
{
    pam_syslog(pamh, LOG_NOTICE,
               "device login: user=%s: the program cannot show it, or the user "
               "left",
               user != NULL ? user : "?");
    return DEVICE_LEFT;
}

static enum device_end
wait_in_turns(pam_handle_t *pamh, const struct args *args, const char *user,
              const char *text, int64_t ends, struct wire_request *request,
              struct result *result)
{
    unsigned at_once = 0;

    if (args->device_poll && pam_info(pamh, "%s", text) != PAM_SUCCESS)
        return left(pamh, user);
    do {
        if (!args->device_poll && !wait_for_enter(pamh, text, &at_once))
            return left(pamh, user);
        text = "Not yet.  ";
        if (at_once >= AT_ONCE_MOST) {
            end_with(result, "device login: the program shows it to nobody",
                     "a device login needs a program that shows its link");
            return DEVICE_DECIDED;
        }
        if (ask_in_turn(pamh, args, request, result))
            return DEVICE_DECIDED;
    } while (clock_boot_ms() < ends);
    end_with(result, "device login: it was not confirmed in time",
             "the login was not confirmed in time");
    return DEVICE_DECIDED;
}

enum device_end
pha_device(pam_handle_t *pamh, const struct args *args, const char *user,
           struct result *result)
{
    struct wire_request request = {.type = WIRE_DEVICE, .user = span_of(user)};
    struct buffer text = BUFFER_INIT(WIRE_CHALLENGE_MAX + BLOCKS_TEXT_MAX);
    enum device_end end;
    struct challenge challenge;
    int64_t lasts_s;

    pha_helper_ask_device(pamh, args, &request, result, &challenge);
    if (result->outcome != OUTCOME_ACCEPTED)
        return DEVICE_NOT_OFFERED;
    lasts_s = challenge.seconds < args->device_timeout ? challenge.seconds
                                                       : args->device_timeout;
    request.type = WIRE_POLL;
    memcpy(request.login, challenge.id, sizeof(request.login));
    if (put_text(args, &challenge, &text)) {
        end = wait_in_turns(pamh, args, user, text.data,
                            clock_boot_ms() + lasts_s * 1000, &request, result);
    } else {
        end_with(result, "device login: no memory", "");
        end = DEVICE_DECIDED;
    }
    buffer_free(&text);
    return end;
}
