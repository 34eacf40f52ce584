/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module beside ours in a test's stack.  In the auth phase:
 *
 *   set=TEXT   leaves TEXT in PAM_AUTHTOK
 *   cut        leaves 1023 bytes of a token, as ssh cuts it
 *   junk       leaves what sshd sends for users that it does not admit
 *   user=NAME  makes PAM_USER another
 *   show       logs what PAM_AUTHTOK holds
 *   limit      when a session opens, logs what pam_systemd would find: the time
 *              that is left of it, to the hour
 *   code=N     what every entry returns (18, PAM_NO_MODULE_DATA: "I was
 *              reached", a code that ours never returns)
 */
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#define ENTRY __attribute__((visibility("default"))) int

static const char *
value_of(const char *arg, const char *name)
{
    size_t len = strlen(name);

    return strncmp(arg, name, len) == 0 ? arg + len : NULL;
}

static int
code_of(int argc, const char **argv)
{
    const char *value;
    int i, code = PAM_NO_MODULE_DATA;

    for (i = 0; i < argc; i++)
        if ((value = value_of(argv[i], "code=")) != NULL)
            code = atoi(value);
    return code;
}

static void
show(pam_handle_t *pamh)
{
    const void *item = NULL;

    (void)pam_get_item(pamh, PAM_AUTHTOK, &item);
    if (item == NULL)
        pam_syslog(pamh, LOG_INFO, "no password");
    else
        pam_syslog(pamh, LOG_INFO, "password \"%s\"", (const char *)item);
}

static void
leave_cut(pam_handle_t *pamh)
{
    char token[1024];

    memset(token, 'a', sizeof(token) - 1);
    memcpy(token, "eyJ", 3);
    token[sizeof(token) - 1] = '\0';
    (void)pam_set_item(pamh, PAM_AUTHTOK, token);
}

ENTRY
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    const char *value;
    int i;

    (void)flags;
    for (i = 0; i < argc; i++) {
        if ((value = value_of(argv[i], "set=")) != NULL)
            (void)pam_set_item(pamh, PAM_AUTHTOK, value);
        if ((value = value_of(argv[i], "user=")) != NULL)
            (void)pam_set_item(pamh, PAM_USER, value);
        if (strcmp(argv[i], "cut") == 0)
            leave_cut(pamh);
        if (strcmp(argv[i], "junk") == 0)
            (void)pam_set_item(pamh, PAM_AUTHTOK, "\b\n\r\177INCORRECT");
        if (strcmp(argv[i], "show") == 0)
            show(pamh);
    }
    return code_of(argc, argv);
}

ENTRY
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)pamh;
    (void)flags;
    return code_of(argc, argv);
}

ENTRY
pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return pam_sm_setcred(pamh, flags, argc, argv);
}

static void
show_limit(pam_handle_t *pamh)
{
    const void *left = NULL;

    if (pam_get_data(pamh, "systemd.runtime_max_sec", &left) != PAM_SUCCESS)
        left = NULL;
    if (left == NULL)
        pam_syslog(pamh, LOG_INFO, "no limit");
    else
        pam_syslog(pamh, LOG_INFO, "until hour %lld",
                   (atoll(left) + (long long)time(NULL)) / 3600);
}

ENTRY
pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "limit") == 0)
            show_limit(pamh);
    return pam_sm_setcred(pamh, flags, argc, argv);
}

ENTRY
pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return pam_sm_setcred(pamh, flags, argc, argv);
}

ENTRY
pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    return pam_sm_setcred(pamh, flags, argc, argv);
}
