/* SPDX-License-Identifier: BSD-2-Clause */
/* `httpauthctl app-password` against a helper that answers by script. */
#include "tests/unit/ctl_capture.h"

#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "helper/ctl/app_password.h"
#include "helper/ctl/ask.h"
#include "helper/ctl/ctl.h"

#define ID "0123456789ab"
#define PASSWORD "hap_" ID "_0123456789abcdefghjkmnpqrstvwxyz0000000"
#define NEW                                                                    \
    "{\"id\":\"" ID "\",\"password\":\"" PASSWORD                              \
    "\",\"expires\":\"2027-02-21T12:00:00Z\"}"
#define KEY                                                                    \
    "{\"id\":\"" ID "\",\"user\":\"alice\",\"name\":\"backup job\","           \
    "\"services\":[\"sshd\",\"dovecot\"],\"networks\":[\"192.0.2.0/24\"],"     \
    "\"created\":\"2026-11-23T12:00:00Z\","                                    \
    "\"expires\":\"2027-02-21T12:00:00Z\",\"self_made\":false,"                \
    "\"last_used\":\"2026-11-24T08:00:00Z\",\"last_service\":\"sshd\","        \
    "\"last_from\":\"192.0.2.7\"}"
#define NOW INT64_C(1795435200) /* 2026-11-23T12:00:00Z */
#define NOBODY 65534

static struct capture c;
static struct folder f;

/* What the helper of a test expects, and what it answers. */
struct script {
    enum wire_operation operation;
    const char *user, *argument, *credential; /* expected */
    enum wire_status status;
    const char *body;
};

static int
set_up(void **state)
{
    (void)state;
    folder_make(&f);
    assert_int_equal(chmod(f.path, 0755), 0);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    folder_remove(&f);
    return 0;
}

static bool
is_expected(const struct wire_control *q, const struct script *s)
{
    return q->operation == s->operation && span_is(q->user, s->user) &&
           span_is(q->argument, s->argument) &&
           span_is(q->credential, s->credential);
}

static void
serve(int listener, const struct script *s)
{
    static char packet[WIRE_PACKET_MAX];
    struct buffer answer = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_reply reply = {s->status, span_of(s->body)};
    struct wire_control question;
    int fd = accept(listener, NULL, NULL);
    ssize_t len = recv(fd, packet, sizeof(packet), 0);
    bool good =
        len > 0 &&
        wire_get_control((struct span){packet, (size_t)len}, &question) &&
        is_expected(&question, s);

    if (!good)
        (void)fprintf(stderr, "asked: %.*s %.*s\n", (int)question.user.len,
                      question.user.data, (int)question.argument.len,
                      question.argument.data);
    if (wire_put_reply(&answer, &reply))
        (void)send(fd, answer.data, answer.len, MSG_NOSIGNAL);
    _exit(good ? 0 : 1);
}

static pid_t
helper_start(const struct script *s)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    pid_t pid;

    snprintf(address.sun_path, sizeof(address.sun_path), "%s",
             folder_file(&f, "control"));
    assert_int_equal(
        bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(chmod(address.sun_path, 0666), 0);
    assert_int_equal(listen(listener, 1), 0);
    fflush(stdout);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        serve(listener, s);
    close(listener);
    return pid;
}

static void
helper_end(pid_t pid)
{
    int status = -1;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    unlink(folder_file(&f, "control"));
}

/* Runs the command with its arguments and --socket. */
#define RUN(script, input, command, ...)                                       \
    (helper = helper_start(script),                                            \
     run_end(capture_run(&c, (command), span_of(input), "command", "--socket", \
                         folder_file(&f, "control"), __VA_ARGS__)))

static pid_t helper;

static int
run_end(int status)
{
    helper_end(helper);
    return status;
}

static int
run_quiet(int (*command)(int, char **), const char *a, const char *b)
{
    return capture_run(&c, command, span_of(""), "command", a, b, NULL);
}

/* --- create --- */

static void
everything_that_was_said_is_ordered(void **state)
{
    static const struct script s = {
        WIRE_OP_APP_PASSWORD_CREATE,
        "nobody", /* who is everywhere */
        "{\"lifetime\":7776000,\"name\":\"backup job\","
        "\"services\":[\"sshd\",\"dovecot\"],\"scopes\":[\"ssh:login\"],"
        "\"hosts\":[\"build7.example\"],\"networks\":[\"192.0.2.0/24\"]}",
        "",
        WIRE_DONE,
        NEW};

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(RUN(&s, "", ctl_app_password_create, "--user", "nobody",
                         "--name", "backup job", "--expires", "90d",
                         "--service", "sshd", "--service", "dovecot", "--scope",
                         "ssh:login", "--host", "build7.example", "--network",
                         "192.0.2.0/24", NULL),
                     CTL_DONE);
    assert_string_equal(c.out, PASSWORD "\n");
    assert_string_equal(c.err, "");
}

static void
root_names_the_user(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(run_quiet(ctl_app_password_create, "--name", "x"),
                     CTL_USAGE);
    assert_non_null(strstr(c.err, "--user"));
}

static void
a_command_line_without_sense_asks_nobody(void **state)
{
    static const char *const bad[][2] = {
        {"--user", "-x"},      {"--user", ""}, {"--expires", "90"},
        {"--expires", "soon"}, {"--name", ""}, {"--password", "x"}};
    char name[1100];

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(
            capture_run(
                &c, ctl_app_password_create, span_of(""), "create", bad[i][0],
                bad[i][1],
                strcmp(bad[i][0], "--user") == 0 ? NULL : "--user=alice", NULL),
            CTL_USAGE);
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(capture_run(&c, ctl_app_password_create, span_of(""),
                                 "create", "--user", "alice", "--name", name,
                                 NULL),
                     CTL_USAGE);
    assert_non_null(strstr(c.err, "1024 bytes"));
    assert_int_equal(run_quiet(ctl_app_password_show, NULL, NULL), CTL_USAGE);
    assert_int_equal(run_quiet(ctl_app_password_show, "short", NULL),
                     CTL_USAGE);
    assert_int_equal(run_quiet(ctl_app_password_revoke, NULL, NULL), CTL_USAGE);
    assert_int_equal(run_quiet(ctl_app_password_rotate, NULL, NULL), CTL_USAGE);
    assert_int_equal(run_quiet(ctl_app_password_list, "--user", "-x"),
                     CTL_USAGE);
}

static void
a_sheet_tells_what_it_is_once(void **state)
{
    json_t *answer = json_loads(NEW, 0, NULL);

    (void)state;
    capture_begin(&c, span_of(""));
    assert_true(app_password_print_new(answer, "alice", "a\x1b[2J"));
    capture_end(&c);
    assert_non_null(strstr(c.out, "id         " ID "\n"));
    assert_non_null(strstr(c.out, "password   " PASSWORD "\n"));
    assert_non_null(strstr(c.out, "not shown again"));
    assert_fit_for_a_terminal(c.out);
    assert_true(capture_widest(c.out) <= 80);
    json_decref(answer);
}

/* --- self-service --- */

static int
as_nobody(const struct script *s, const char *input,
          int (*command)(int, char **), const char *operand)
{
    pid_t pid = helper_start(s);
    int status;

    assert_int_equal(seteuid(NOBODY), 0);
    status = capture_run(&c, command, span_of(input), "command", "--socket",
                         folder_file(&f, "control"), operand, NULL);
    assert_int_equal(seteuid(0), 0);
    helper_end(pid);
    return status;
}

static void
others_show_a_credential_and_mean_themselves(void **state)
{
    const struct passwd *nobody = getpwuid(NOBODY);
    struct script s = {
        WIRE_OP_APP_PASSWORD_CREATE, NULL, "{}", "eyJ.x.y", WIRE_DONE, NEW};
    char name[64];

    (void)state;
    if (geteuid() != 0 || nobody == NULL)
        skip();
    (void)snprintf(name, sizeof(name), "%s", nobody->pw_name);
    s.user = name;
    assert_int_equal(as_nobody(&s, "eyJ.x.y\n", ctl_app_password_create, NULL),
                     CTL_DONE);
    assert_string_equal(c.out, PASSWORD "\n");
    s.operation = WIRE_OP_APP_PASSWORD_ROTATE;
    s.argument = "{\"id\":\"" ID "\"}";
    assert_int_equal(as_nobody(&s, "eyJ.x.y", ctl_app_password_rotate, ID),
                     CTL_DONE);
    s.credential = "";
    s.operation = WIRE_OP_APP_PASSWORD_SHOW;
    s.body = KEY;
    assert_int_equal(as_nobody(&s, "", ctl_app_password_show, ID), CTL_DONE);
    s.operation = WIRE_OP_APP_PASSWORD_REVOKE;
    s.body = "{\"revoked\":\"" ID "\"}";
    assert_int_equal(as_nobody(&s, "", ctl_app_password_revoke, ID), CTL_DONE);
    s.operation = WIRE_OP_APP_PASSWORD_LIST;
    s.argument = "";
    s.body = "{}";
    assert_int_equal(as_nobody(&s, "", ctl_app_password_list, NULL), CTL_DONE);
}

static void
what_is_no_credential_is_not_sent(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(seteuid(NOBODY), 0);
    assert_int_equal(
        capture_run(&c, ctl_app_password_create, span_of(""), "create", NULL),
        CTL_REFUSED);
    assert_int_equal(capture_run(&c, ctl_app_password_create, span_of("a\nb\n"),
                                 "create", NULL),
                     CTL_REFUSED);
    assert_int_equal(seteuid(0), 0);
    assert_non_null(strstr(c.err, "no credential"));
}

/* --- the others --- */

static void
exit_statuses_are_those_of_the_tool(void **state)
{
    struct script s = {WIRE_OP_APP_PASSWORD_SHOW,
                       "",
                       "{\"id\":\"" ID "\"}",
                       "",
                       WIRE_FAILED,
                       "{\"error\":\"there is no such app password\"}"};

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(RUN(&s, "", ctl_app_password_show, ID, NULL), CTL_REFUSED);
    assert_non_null(strstr(c.err, "no such"));
    s.status = WIRE_REFUSED;
    assert_int_equal(RUN(&s, "", ctl_app_password_show, ID, NULL),
                     CTL_UNJUDGED);
    s = (struct script){WIRE_OP_APP_PASSWORD_CREATE,
                        "alice",
                        "{}",
                        "",
                        WIRE_DONE,
                        "{\"id\":7}"};
    assert_int_equal(
        RUN(&s, "", ctl_app_password_create, "--user", "alice", NULL),
        CTL_UNJUDGED);
    assert_int_equal(capture_run(&c, ctl_app_password_list, span_of(""), "list",
                                 "--socket", folder_file(&f, "control"), NULL),
                     CTL_UNJUDGED);
}

static void
a_rotation_says_overlap_and_end(void **state)
{
    static const struct script s = {
        WIRE_OP_APP_PASSWORD_ROTATE,
        "",
        "{\"lifetime\":2592000,\"overlap\":0,\"id\":\"" ID "\"}",
        "",
        WIRE_DONE,
        NEW};

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(RUN(&s, "", ctl_app_password_rotate, ID, "--overlap", "0s",
                         "--expires=30d", "--quiet", NULL),
                     CTL_DONE);
    assert_string_equal(c.out, PASSWORD "\n");
}

static void
json_is_one_line(void **state)
{
    static const struct script s = {WIRE_OP_APP_PASSWORD_SHOW,
                                    "",
                                    "{\"id\":\"" ID "\"}",
                                    "",
                                    WIRE_DONE,
                                    KEY};
    json_t *shown;

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(RUN(&s, "", ctl_app_password_show, ID, "--json", NULL),
                     CTL_DONE);
    assert_string_equal(strchr(c.out, '\n'), "\n");
    shown = json_loads(c.out, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(shown, "last_from")),
                        "192.0.2.7");
    json_decref(shown);
}

static void
print_list(const char *body, int64_t now)
{
    json_t *answer = json_loads(body, 0, NULL);

    assert_non_null(answer);
    capture_begin(&c, span_of(""));
    app_password_print_list(answer, now);
    capture_end(&c);
    assert_fit_for_a_terminal(c.out);
    assert_true(capture_widest(c.out) <= 80);
    json_decref(answer);
}

static void
a_list_fits_a_terminal(void **state)
{
    (void)state;
    print_list("{\"app_passwords\":[" KEY "]}", NOW);
    assert_non_null(strstr(
        c.out, "id            created     expires     last used   user\n" ID
               "  2026-11-23  2027-02-21  2026-11-24  alice\n"
               "              backup job; for sshd, dovecot\n"));
    print_list("{\"app_passwords\":[" KEY "]}", NOW + 90 * 86400);
    assert_non_null(strstr(c.out, "2026-11-23  ended       2026-11-24"));
    print_list("{\"app_passwords\":[],\"not_shown\":0}", NOW);
    assert_string_equal(c.out, "there is no app password\n");
    print_list("{\"app_passwords\":[{\"id\":\"x\\u001b[2J\",\"user\":7,"
               "\"name\":\"a very long name that goes on and on and on and on "
               "and on and on and on\",\"services\":[1,null]}],"
               "\"not_shown\":3}",
               NOW);
    assert_non_null(strstr(c.out, "3 more are not shown"));
}

static void
one_is_shown_with_all_its_limits(void **state)
{
    json_t *key = json_loads(KEY, 0, NULL);

    (void)state;
    capture_begin(&c, span_of(""));
    app_password_print(key);
    capture_end(&c);
    assert_string_equal(c.out, "id         " ID "\n"
                               "user       alice\n"
                               "name       backup job\n"
                               "services   sshd, dovecot\n"
                               "networks   192.0.2.0/24\n"
                               "made by    root\n"
                               "created    2026-11-23T12:00:00Z\n"
                               "expires    2027-02-21T12:00:00Z\n"
                               "last used  2026-11-24T08:00:00Z for sshd from "
                               "192.0.2.7\n");
    json_decref(key);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_that_was_said_is_ordered),
        cmocka_unit_test(root_names_the_user),
        cmocka_unit_test(a_command_line_without_sense_asks_nobody),
        cmocka_unit_test(a_sheet_tells_what_it_is_once),
        cmocka_unit_test(others_show_a_credential_and_mean_themselves),
        cmocka_unit_test(what_is_no_credential_is_not_sent),
        cmocka_unit_test(exit_statuses_are_those_of_the_tool),
        cmocka_unit_test(a_rotation_says_overlap_and_end),
        cmocka_unit_test(json_is_one_line),
        cmocka_unit_test(a_list_fits_a_terminal),
        cmocka_unit_test(one_is_shown_with_all_its_limits),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
