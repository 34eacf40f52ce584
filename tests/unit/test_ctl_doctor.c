/* SPDX-License-Identifier: BSD-2-Clause */
/* What the doctor makes of stacks as distributions write them, and of findings
 * that come from elsewhere. */
#include "tests/unit/conf_house.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "config.h"
#include "helper/ctl/doctor.h"
#include "helper/wire/wire.h"

#define OURS "pam_httpauth.so"
#define DOCUMENTED DOCTOR_CONTROL " " OURS "\n"

static struct house house;
static struct doctor doctor;

static int
open_house(void **state)
{
    (void)state;
    house_open(&house);
    doctor = (struct doctor){.findings = json_array()};
    return 0;
}

static int
close_house(void **state)
{
    (void)state;
    json_decref(doctor.findings);
    house_close(&house);
    return 0;
}

static const char *
member(size_t i, const char *name)
{
    const char *text = json_string_value(
        json_object_get(json_array_get(doctor.findings, i), name));

    return text == NULL ? "" : text;
}

/* --- findings --- */

static void
a_sentence_is_one_line_and_what_to_write_may_have_several(void **state)
{
    json_t *finding = doctor_find(&doctor, DOCTOR_NOTE, "key", "a\nb \x1b[2J");

    (void)state;
    doctor_why(finding, "%s", "c\nFAULT");
    doctor_cure(finding, CURE_ADD, "%s", "d\ne\x07");
    assert_string_equal(member(0, "what"), "a\\x0ab \\x1b[2J");
    assert_string_equal(member(0, "why"), "c\\x0aFAULT");
    assert_string_equal(member(0, "change"), "d\ne\\x07");
}

static void
adopt(const char *text)
{
    json_t *found = json_loads(text, 0, NULL);

    assert_non_null(found);
    doctor_adopt(&doctor, found);
    json_decref(found);
}

static void
what_the_unprivileged_part_says_is_not_taken_as_it_is(void **state)
{
    (void)state;
    adopt("[]");
    adopt("{\"severity\": 1, \"key\": \"k\", \"what\": \"w\"}");
    adopt("{\"severity\": \"dire\", \"key\": \"k\", \"what\": \"w\"}");
    adopt("{\"severity\": \"fault\", \"key\": \"k\", \"what\": {}}");
    adopt("{\"severity\": \"fault\", \"what\": \"w\"}");
    assert_int_equal(json_array_size(doctor.findings), 0);
    adopt("{\"severity\": \"fault\", \"key\": \"k\\u001b\", \"what\": "
          "\"w\\u001b[2J\\nok\", \"why\": [], \"file\": \"/a\\u001b\", "
          "\"line\": -1, \"cure\": \"burn\", \"change\": \"x\", "
          "\"services\": \"y\"}");
    assert_int_equal(json_array_size(doctor.findings), 1);
    assert_string_equal(member(0, "key"), "k\\x1b");
    assert_string_equal(member(0, "what"), "w\\x1b[2J\\x0aok");
    assert_string_equal(member(0, "file"), "/a\\x1b");
    assert_int_equal(json_object_size(json_array_get(doctor.findings, 0)), 4);
}

static void
a_whole_finding_is_taken_over(void **state)
{
    json_t *whole = doctor_find(&doctor, DOCTOR_FAULT, "tls-chain", "What.");

    (void)state;
    doctor_why(whole, "Why.");
    doctor_at(whole, "/etc/httpauth/httpauthd.conf", 7);
    doctor_cure(whole, CURE_REPLACE, "ca_file = \\\"x");
    doctor_adopt(&doctor, whole);
    assert_true(json_equal(whole, json_array_get(doctor.findings, 1)));
}

/* --- stacks --- */

/* The keys that are found for the stack of a service, of all findings but
 * notes; `text` is that stack. */
static const char *
judge(const char *service, const char *text)
{
    static char keys[1024];
    const char *const folders[] = {house.dir, NULL};
    struct doctor_stack s = {.service = (char *)service};
    json_t *finding;
    size_t i;

    json_array_clear(doctor.findings);
    house_write(&house, service, text);
    assert_int_equal(pamd_read(folders, service, &s.stack), PAMD_READ);
    assert_int_equal(s.stack.faults, 0);
    doctor_judge(&doctor, &s);
    pamd_free(&s.stack);
    keys[0] = '\0';
    json_array_foreach(doctor.findings, i, finding)
    {
        size_t len = strlen(keys);

        snprintf(keys + len, sizeof(keys) - len, "%s%s", i > 0 ? " " : "",
                 member(i, "key"));
    }
    return keys;
}

/* Debian 12 and Ubuntu 24.04, by pam-auth-update with our profiles, SSSD and
 * the modules that desktops bring. */
static void
debian(void)
{
    house_write(&house, "common-auth",
                "auth [success=3 ignore=ignore cred_insufficient=ignore "
                "authinfo_unavail=ignore service_err=ignore default=die] " OURS
                "\n"
                "auth [success=2 default=ignore] pam_unix.so nullok "
                "try_first_pass\n"
                "auth [success=1 default=ignore] pam_sss.so use_first_pass\n"
                "auth requisite pam_deny.so\n"
                "auth required pam_permit.so\n"
                "auth optional pam_cap.so\n");
    house_write(&house, "common-account",
                "account [success=ok ignore=ignore default=bad] " OURS "\n"
                "account [success=1 new_authtok_reqd=done default=ignore] "
                "pam_unix.so\n"
                "account requisite pam_deny.so\n"
                "account required pam_permit.so\n"
                "account sufficient pam_localuser.so\n"
                "account [default=bad success=ok user_unknown=ignore] "
                "pam_sss.so\n");
}

static void
debians_stacks_are_well(void **state)
{
    static const char *const stacks[] = {
        /* sshd */
        "@include common-auth\naccount required pam_nologin.so\n"
        "@include common-account\n",
        /* su */
        "auth sufficient pam_rootok.so\n@include common-auth\n"
        "@include common-account\n",
        /* chsh */
        "auth required pam_shells.so\nauth sufficient pam_rootok.so\n"
        "@include common-auth\n@include common-account\n",
        /* login */
        "auth optional pam_faildelay.so delay=3000000\n"
        "auth requisite pam_nologin.so\n@include common-auth\n"
        "auth optional pam_group.so\n@include common-account\n",
        /* gdm-password */
        "auth requisite pam_nologin.so\n"
        "auth required pam_succeed_if.so user != root quiet_success\n"
        "@include common-auth\nauth optional pam_gnome_keyring.so\n"
        "@include common-account\n",
        /* lightdm */
        "auth requisite pam_nologin.so\n"
        "auth sufficient pam_succeed_if.so user ingroup nopasswdlogin\n"
        "@include common-auth\nauth optional pam_gnome_keyring.so\n"
        "@include common-account\n",
    };

    (void)state;
    debian();
    for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++)
        assert_string_equal(judge("service", stacks[i]), "");
}

/* RHEL 9, by authselect: sssd with-faillock with-smartcard, our line where its
 * profile has it. */
static void
rhels_stacks_are_well(void **state)
{
    (void)state;
    house_write(
        &house, "password-auth",
        "auth required pam_env.so\n"
        "auth required pam_faildelay.so delay=2000000\n"
        "auth required pam_faillock.so preauth silent\n"
        "auth " DOCUMENTED
        "auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular\n"
        "auth [default=1 ignore=ignore success=ok] pam_localuser.so\n"
        "auth sufficient pam_unix.so nullok try_first_pass\n"
        "auth [default=1 ignore=ignore success=ok] pam_usertype.so isregular\n"
        "auth sufficient pam_sss.so forward_pass\n"
        "auth required pam_faillock.so authfail\n"
        "auth required pam_deny.so\n"
        "account [success=ok ignore=ignore default=bad] " OURS "\n"
        "account required pam_access.so\n"
        "account required pam_faillock.so\n"
        "account required pam_unix.so\n"
        "account sufficient pam_localuser.so\n"
        "account sufficient pam_usertype.so issystem\n"
        "account [default=bad success=ok user_unknown=ignore] pam_sss.so\n"
        "account required pam_permit.so\n");
    house_write(&house, "postlogin", "session optional pam_umask.so silent\n");
    assert_string_equal(judge("sshd", "auth substack password-auth\n"
                                      "auth include postlogin\n"
                                      "account required pam_sepermit.so\n"
                                      "account required pam_nologin.so\n"
                                      "account include password-auth\n"),
                        "");
    assert_string_equal(judge("config-util",
                              "auth sufficient pam_rootok.so\n"
                              "auth sufficient pam_timestamp.so\n"
                              "auth include password-auth\n"
                              "account required pam_permit.so\n"),
                        "");
}

static void
two_others_that_are_both_needed_lock_nobody_out(void **state)
{
    (void)state;
    assert_string_equal(judge("sshd",
                              "auth " DOCUMENTED "auth required pam_unix.so\n"
                              "auth required pam_google_authenticator.so\n"),
                        "");
}

static void
whatever_we_answer_but_yes_lets_nobody_in(void **state)
{
    (void)state;
    /* Refusals end it, but not what happens when libpam has no module. */
    assert_string_equal(
        judge("sshd",
              "auth [success=done auth_err=die perm_denied=die "
              "maxtries=die cred_insufficient=die "
              "authinfo_unavail=die service_err=die default=ignore] " OURS "\n"
              "auth required pam_permit.so\n"),
        "pam-lets-in");
    assert_string_equal(judge("sshd",
                              "auth [success=1 default=ignore] " OURS "\n"
                              "auth optional pam_env.so\n"
                              "auth required pam_permit.so\n"),
                        "pam-lets-in");
}

static void
what_would_not_help_is_not_advised(void **state)
{
    (void)state;
    /* The hole is in front of us; no other control of ours closes it. */
    assert_string_equal(judge("sshd", "auth sufficient pam_permit.so\n"
                                      "auth " DOCUMENTED),
                        "pam-lets-in");
    assert_string_equal(member(0, "change"), "");
    /* Nor behind us, for what we leave to others. */
    assert_string_equal(
        judge("sshd", "auth " DOCUMENTED "auth required pam_permit.so\n"),
        "pam-lets-in");
    assert_string_equal(member(0, "change"), "");
}

static void
account_lines_that_lock_out_or_skip_are_found(void **state)
{
    (void)state;
    assert_string_equal(judge("sshd",
                              "account [success=ok default=bad] " OURS "\n"
                              "account required pam_unix.so\n"),
                        "pam-account-locks-out");
    assert_string_equal(member(0, "change"),
                        "account " DOCTOR_ACCOUNT " " OURS);
    /* RHEL's, our line behind those that end it. */
    assert_string_equal(
        judge("sshd", "account required pam_unix.so\n"
                      "account sufficient pam_localuser.so\n"
                      "account [success=ok ignore=ignore default=bad] " OURS
                      "\naccount required pam_permit.so\n"),
        "pam-account-ignored");
    assert_string_equal(member(0, "change"), "");
    assert_string_equal(
        judge("sshd", "account [success=done ignore=ignore default=bad] " OURS
                      "\naccount required pam_unix.so\n"),
        "pam-account-skips");
}

/* --- what the helper says of itself --- */

static void
answer_once(int listener, const char *status)
{
    static char packet[WIRE_PACKET_MAX];
    const struct wire_reply reply = {WIRE_DONE, span_of(status)};
    struct buffer answer = BUFFER_INIT(WIRE_PACKET_MAX);
    int fd = accept(listener, NULL, NULL);

    if (fd >= 0 && recv(fd, packet, sizeof(packet), 0) > 0 &&
        wire_put_reply(&answer, &reply))
        (void)send(fd, answer.data, answer.len, MSG_NOSIGNAL);
    _exit(0);
}

/* The keys that are found when the helper answers so, of all findings but
 * good news. */
static const char *
hear_with(const char *configuration, const char *issuers, const char *version)
{
    static char keys[1024];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char status[4096];
    json_t *finding;
    int listener;
    pid_t helper;
    size_t i;

    snprintf(status, sizeof(status),
             "{\"version\": \"%s\", \"uptime_s\": 60, \"configuration\": "
             "{%s}, \"issuers\": [%s]}",
             version, configuration, issuers);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/control",
             house.dir);
    unlink(address.sun_path);
    listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_int_equal(
        bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 1), 0);
    fflush(stdout);
    helper = fork();
    if (helper == 0)
        answer_once(listener, status);
    close(listener);
    json_array_clear(doctor.findings);
    doctor.socket = address.sun_path;
    doctor_helper(&doctor);
    doctor.socket = NULL;
    assert_int_equal(waitpid(helper, NULL, 0), helper);
    unlink(address.sun_path);
    keys[0] = '\0';
    json_array_foreach(doctor.findings, i, finding)
    {
        size_t len = strlen(keys);

        if (strcmp(member(i, "severity"), "ok") != 0)
            snprintf(keys + len, sizeof(keys) - len, "%s%s", len > 0 ? " " : "",
                     member(i, "key"));
    }
    return keys;
}

static const char *
hear(const char *issuers, const char *version)
{
    return hear_with("\"state\": \"ok\", \"complaints\": []", issuers, version);
}

#define WELL                                                                   \
    "\"name\": \"work\", \"keys\": 1, \"key_age_s\": 60, \"state\": "          \
    "\"fresh\", "                                                              \
    "\"error\": null, \"http\": null"

static void
a_helper_that_is_well_is_not_complained_about(void **state)
{
    (void)state;
    assert_string_equal(hear("{" WELL ", \"endpoints\": [{\"name\": "
                             "\"introspection\", \"url\": null, \"breaker\": "
                             "\"closed\", \"problem\": \"timeout\"}]}",
                             PACKAGE_VERSION),
                        "");
    assert_string_equal(hear("", "0.0"), "helper-version");
    /* It was just started, with keys from before. */
    assert_string_equal(hear("{\"name\": \"work\", \"keys\": 1, "
                             "\"key_age_s\": 90, \"state\": \"stale\", "
                             "\"error\": null}",
                             PACKAGE_VERSION),
                        "");
}

static void
why_the_helper_has_no_configuration_is_told(void **state)
{
    (void)state;
    assert_string_equal(hear_with("\"state\": \"broken\", \"complaints\": "
                                  "[\"a.conf:1: no\", \"a.conf:2: no\"]",
                                  "", PACKAGE_VERSION),
                        "helper-unconfigured");
    assert_string_equal(
        member(1, "what"),
        "httpauthd has no configuration, it is broken: a.conf:1: no");
    assert_string_equal(hear_with("\"state\": \"absent\"", "", PACKAGE_VERSION),
                        "helper-unconfigured");
    assert_string_equal(member(1, "what"),
                        "httpauthd has no configuration, it is absent.");
}

static void
what_the_helper_says_is_found_and_escaped(void **state)
{
    (void)state;
    assert_string_equal(
        hear("{\"name\": \"work\", \"keys\": 1, \"key_age_s\": 90000, "
             "\"state\": \"stale\", \"error\": \"no\\u001b[2J\"}",
             PACKAGE_VERSION),
        "keys-stale");
    assert_non_null(strstr(member(1, "what"), "no\\x1b[2J."));
    /* Nobody is to forget in an outage whom he lives on. */
    assert_string_equal(member(1, "change"), "");
    assert_string_equal(hear("{\"name\": \"work\", \"keys\": 0, "
                             "\"key_age_s\": null, \"state\": \"failed\"}",
                             PACKAGE_VERSION),
                        "keys-absent");
    assert_string_equal(
        hear("{" WELL ", \"endpoints\": [{\"name\": \"introspection\", "
             "\"breaker\": \"open\", \"problem\": \"a\\nFAULT\"}]}",
             PACKAGE_VERSION),
        "endpoint-resting");
    assert_non_null(strstr(member(2, "what"), "a\\x0aFAULT"));
    assert_string_equal(hear("{" WELL ", \"offline_s\": 60}", PACKAGE_VERSION),
                        "issuer-offline");
    assert_string_equal(hear("{\"name\": \"web\", \"keys\": 0, \"state\": "
                             "\"none\", \"http\": {\"state\": \"failed\", "
                             "\"problem\": \"a wrong one was accepted\"}}",
                             PACKAGE_VERSION),
                        "self-test");
}

static void
an_answer_of_other_types_is_survived(void **state)
{
    (void)state;
    (void)hear("1, null, [], {\"name\": [], \"state\": {}, \"keys\": \"x\", "
               "\"endpoints\": {\"a\": 1}, \"http\": 3}, {\"endpoints\": [1, "
               "{\"breaker\": 2}], \"offline_s\": \"x\"}",
               PACKAGE_VERSION);
}

int
main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, open_house, close_house)
    const struct CMUnitTest tests[] = {
        TEST(a_sentence_is_one_line_and_what_to_write_may_have_several),
        TEST(what_the_unprivileged_part_says_is_not_taken_as_it_is),
        TEST(a_whole_finding_is_taken_over),
        TEST(debians_stacks_are_well),
        TEST(rhels_stacks_are_well),
        TEST(two_others_that_are_both_needed_lock_nobody_out),
        TEST(whatever_we_answer_but_yes_lets_nobody_in),
        TEST(what_would_not_help_is_not_advised),
        TEST(account_lines_that_lock_out_or_skip_are_found),
        TEST(a_helper_that_is_well_is_not_complained_about),
        TEST(why_the_helper_has_no_configuration_is_told),
        TEST(what_the_helper_says_is_found_and_escaped),
        TEST(an_answer_of_other_types_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
