/* SPDX-License-Identifier: BSD-2-Clause */
/* Which stacks setup puts our lines into: those that distributions ship, and
 * none where a token would be enough in the place of more than a password. */
#include "tests/unit/conf_house.h"

#include "helper/ctl/setup.h"

#define TEXT_MAX 8192

static struct house house;

#define LOGIN_END "account required pam_unix.so\nsession required pam_unix.so\n"

/* Of Debian 12, as pam-auth-update makes it with our profile: a token jumps
 * over that many lines. */
#define COMMON_OURS(jump)                                                      \
    "auth [success=" #jump " ignore=ignore cred_insufficient=ignore "          \
    "authinfo_unavail=ignore service_err=ignore default=die] "                 \
    "pam_httpauth.so\n"
#define COMMON_END                                                             \
    "auth requisite pam_deny.so\n"                                             \
    "auth required pam_permit.so\n"                                            \
    "auth optional pam_cap.so\n"
#define COMMON                                                                 \
    COMMON_OURS(2)                                                             \
    "auth [success=1 default=ignore] pam_unix.so nullok\n" COMMON_END

#define PASSWORD_AUTH                                                          \
    "auth required pam_env.so\n"                                               \
    "auth required pam_faildelay.so delay=2000000\n"                           \
    "auth required pam_faillock.so preauth silent\n"                           \
    "auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular\n"    \
    "auth [default=1 ignore=ignore success=ok] pam_localuser.so\n"             \
    "auth sufficient pam_unix.so nullok\n"                                     \
    "auth required pam_faillock.so authfail\n"                                 \
    "auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular\n"    \
    "auth sufficient pam_sss.so forward_pass\n"                                \
    "auth required pam_deny.so\n"                                              \
    "account required pam_unix.so\n"                                           \
    "session [success=1 default=ignore] pam_succeed_if.so service in crond\n"  \
    "session required pam_unix.so\n"

/* What includes say is where the house is. */
static void
write_file(const char *name, const char *text)
{
    char out[TEXT_MAX];
    size_t len = 0;

    for (; *text != '\0' && len < sizeof(out) - 1; text++)
        if (*text == '~')
            len += (size_t)snprintf(out + len, sizeof(out) - len, "%s/",
                                    house.dir);
        else
            out[len++] = *text;
    out[len] = '\0';
    house_write(&house, name, out);
}

static bool
keeps(const char *service)
{
    const char *const folders[] = {house.dir, NULL};

    return setup_stack_keeps(folders, service);
}

/* With our lines where setup puts them. */
static bool
takes(const char *text)
{
    struct buffer out = BUFFER_INIT(TEXT_MAX);

    assert_true(setup_pam_text(span_of(text), &out));
    write_file("service", out.data);
    buffer_free(&out);
    return keeps("service");
}

/* With our profile in common-auth, which the service includes. */
static bool
takes_common(const char *common, const char *text)
{
    write_file("common-auth", common);
    write_file("service", text);
    return keeps("service");
}

static void
stacks_of_distributions_are_taken(void **state)
{
    (void)state;
    house_open(&house);
    /* Debian's sshd, login, su; with sssd and fingerprints. */
    assert_true(takes_common(COMMON, "@include ~common-auth\n"));
    assert_true(takes_common(COMMON, "auth optional pam_faildelay.so\n"
                                     "auth requisite pam_nologin.so\n"
                                     "@include ~common-auth\n"
                                     "auth optional pam_group.so\n"));
    assert_true(takes_common(COMMON, "auth sufficient pam_rootok.so\n"
                                     "@include ~common-auth\n"));
    assert_true(takes_common(
        COMMON_OURS(
            4) "auth [success=3 default=ignore] pam_fprintd.so max-tries=1\n"
               "auth [success=2 default=ignore] pam_unix.so nullok\n"
               "auth [success=1 default=ignore] pam_sss.so "
               "use_first_pass\n" COMMON_END,
        "@include ~common-auth\n"));
    /* RHEL's, with sssd. */
    write_file("password-auth", PASSWORD_AUTH);
    write_file("postlogin",
               "session optional pam_umask.so silent\n"
               "session [success=1 default=ignore] pam_succeed_if.so service "
               "!~ gdm*\n"
               "session [default=1] pam_lastlog.so nowtmp showfailed\n"
               "session optional pam_lastlog.so silent noupdate\n");
    assert_true(takes("auth required pam_sepermit.so\n"
                      "auth substack ~password-auth\n"
                      "auth include ~postlogin\n"
                      "account required pam_sepermit.so\n"
                      "account required pam_nologin.so\n"
                      "account include ~password-auth\n"
                      "session required pam_loginuid.so\n"
                      "session include ~password-auth\n"
                      "session include ~postlogin\n"));
    /* Alpine's. */
    assert_true(takes("auth required pam_env.so\n"
                      "auth required pam_nologin.so successok\n"
                      "auth required pam_unix.so nullok\n"
                      "account required pam_nologin.so\n" LOGIN_END));
    /* Arch's for sudo. */
    write_file("system-auth",
               "auth required pam_faillock.so preauth\n"
               "-auth [success=2 default=ignore] pam_systemd_home.so\n"
               "auth [success=1 default=bad] pam_unix.so try_first_pass\n"
               "auth [default=die] pam_faillock.so authfail\n"
               "auth optional pam_permit.so\n"
               "auth required pam_env.so\n"
               "auth required pam_faillock.so authsucc\n" LOGIN_END);
    assert_true(takes("auth include ~system-auth\n"
                      "account include ~system-auth\n"
                      "session include ~system-auth\n"));
    house_close(&house);
}

static void
a_rule_behind_the_password_is_no_token_s_to_skip(void **state)
{
    (void)state;
    house_open(&house);
    assert_false(
        takes("auth required pam_unix.so\n"
              "auth required pam_google_authenticator.so\n" LOGIN_END));
    write_file("login", "auth required pam_shells.so\n"
                        "auth requisite pam_nologin.so\n"
                        "auth required pam_unix.so\n");
    assert_false(takes("auth include ~login\n"
                       "account required pam_nologin.so\n" LOGIN_END));
    house_close(&house);
}

/* Duo's guide for Debian, for RHEL, and as a profile. */
static void
a_second_factor_that_only_jumps_over_pam_deny_is_seen(void **state)
{
    (void)state;
    house_open(&house);
    assert_false(takes("auth requisite pam_unix.so nullok\n"
                       "auth [success=1 default=ignore] pam_duo.so\n"
                       "auth requisite pam_deny.so\n"
                       "auth required pam_permit.so\n" LOGIN_END));
    assert_false(takes("auth required pam_env.so\n"
                       "auth requisite pam_unix.so nullok\n"
                       "auth sufficient pam_duo.so\n"
                       "auth required pam_deny.so\n" LOGIN_END));
    assert_false(takes_common(
        COMMON_OURS(
            3) "auth requisite pam_unix.so nullok\n"
               "auth [success=1 default=ignore] pam_duo.so\n" COMMON_END,
        "@include ~common-auth\n"));
    /* Behind the files of profiles it is asked of a token, too. */
    assert_true(takes_common(COMMON,
                             "@include ~common-auth\n"
                             "auth [success=1 default=ignore] pam_duo.so\n"
                             "auth requisite pam_deny.so\n"
                             "auth required pam_permit.so\n"));
    /* For su, whose first line exempts root. */
    assert_false(takes("auth sufficient pam_rootok.so\n"
                       "auth requisite pam_unix.so\n"
                       "auth sufficient pam_duo.so\n"
                       "auth required pam_deny.so\n" LOGIN_END));
    /* ... which others are spared, or have beside it. */
    assert_false(takes("auth requisite pam_unix.so\n"
                       "auth sufficient pam_succeed_if.so user ingroup spared\n"
                       "auth sufficient pam_duo.so\n"
                       "auth required pam_deny.so\n" LOGIN_END));
    assert_false(
        takes("auth requisite pam_unix.so\n"
              "auth [success=ignore default=3] pam_succeed_if.so user ingroup "
              "two\n"
              "auth [success=1 default=ignore] pam_duo.so\n"
              "auth requisite pam_deny.so\n"
              "auth required pam_permit.so\n"
              "auth optional pam_cap.so\n" LOGIN_END));
    /* In the place of a password it is none. */
    assert_true(takes("auth sufficient pam_u2f.so\n"
                      "auth sufficient pam_unix.so\n"
                      "auth required pam_deny.so\n" LOGIN_END));
    house_close(&house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stacks_of_distributions_are_taken),
        cmocka_unit_test(a_rule_behind_the_password_is_no_token_s_to_skip),
        cmocka_unit_test(a_second_factor_that_only_jumps_over_pam_deny_is_seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
