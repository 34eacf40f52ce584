/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_httpauth/args.h"

#include <security/pam_ext.h>
#include <syslog.h>

#include "helper/base/text.h"

#define SHOWN_MAX 120 /* bytes of a bad argument in the log */

static void
tell(void *context, const char *wrong, const char *argument)
{
    char shown[SHOWN_MAX];

    if (argument != NULL)
        pam_syslog(context, LOG_ERR, "%s \"%s\"; see pam_httpauth(8)", wrong,
                   text_escape(span_of(argument), shown, sizeof(shown)));
    else
        pam_syslog(context, LOG_ERR, "%s; see pam_httpauth(8)", wrong);
}

bool
pha_args_read(pam_handle_t *pamh, int argc, const char **argv,
              struct args *args)
{
    const void *service = NULL;

    if (pam_get_item(pamh, PAM_SERVICE, &service) != PAM_SUCCESS)
        service = NULL;
    return arguments_read(service, argc, argv, args, tell, pamh);
}
