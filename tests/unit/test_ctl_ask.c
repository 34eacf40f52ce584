/* SPDX-License-Identifier: BSD-2-Clause */
/* The tool against a helper that answers by script. */
#include "tests/unit/ctl_capture.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "helper/ctl/ask.h"
#include "helper/ctl/ctl.h"

static struct capture c;
static struct folder f;

/* What the helper of a test sends back; `packet` NULL: it closes. */
struct script {
    const char *packet;
    size_t len;
};

static int
set_up(void **state)
{
    (void)state;
    folder_make(&f);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    folder_remove(&f);
    return 0;
}

static int
listen_here(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s",
             folder_file(&f, "control"));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

/* Exits 0 when exactly the question that was expected came. */
static void
serve(int listener, enum wire_operation expected, struct script script)
{
    static char packet[WIRE_PACKET_MAX];
    struct wire_control question;
    int fd = accept(listener, NULL, NULL);
    ssize_t len = recv(fd, packet, sizeof(packet), 0);
    bool good =
        len > 0 &&
        wire_get_control((struct span){packet, (size_t)len}, &question) &&
        question.operation == expected;

    if (script.packet != NULL)
        (void)send(fd, script.packet, script.len, MSG_NOSIGNAL);
    _exit(good ? 0 : 1);
}

static pid_t
helper_start(enum wire_operation expected, struct script script)
{
    int listener = listen_here();
    pid_t pid;

    fflush(stdout);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        serve(listener, expected, script);
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

static int
command(int (*run)(int, char **), enum wire_operation expected,
        struct script script)
{
    pid_t pid = helper_start(expected, script);
    int status = capture_run(&c, run, span_of(""), "command", "--socket",
                             folder_file(&f, "control"), NULL);

    helper_end(pid);
    return status;
}

static int
answered(int (*run)(int, char **), enum wire_operation expected,
         enum wire_status status, const char *body)
{
    struct wire_reply reply = {status, span_of(body)};
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    int result;

    assert_true(wire_put_reply(&packet, &reply));
    result = command(run, expected, (struct script){packet.data, packet.len});
    buffer_free(&packet);
    return result;
}

static void
each_command_asks_its_own_operation(void **state)
{
    (void)state;
    assert_int_equal(answered(ctl_status, WIRE_OP_STATUS, WIRE_DONE, "{}"),
                     CTL_DONE);
    assert_int_equal(answered(ctl_reload, WIRE_OP_RELOAD, WIRE_DONE, "{}"),
                     CTL_DONE);
    assert_int_equal(answered(ctl_flush, WIRE_OP_FLUSH, WIRE_DONE, "{}"),
                     CTL_DONE);
    assert_int_equal(
        answered(ctl_user_list, WIRE_OP_USER_LIST, WIRE_DONE, "{}"), CTL_DONE);
}

static void
not_permitted_is_exit_status_3(void **state)
{
    (void)state;
    assert_int_equal(answered(ctl_status, WIRE_OP_STATUS, WIRE_REFUSED,
                              "{\"error\":\"only root may ask that\"}"),
                     CTL_UNJUDGED);
    assert_non_null(strstr(c.err, "only root may ask that"));
    assert_string_equal(c.out, "");
}

static void
tried_and_failed_is_exit_status_1_with_the_complaints(void **state)
{
    (void)state;
    assert_int_equal(
        answered(ctl_reload, WIRE_OP_RELOAD, WIRE_FAILED,
                 "{\"error\":\"faults\",\"complaints\":[\"a.conf:3: no\", "
                 "\"b\\u001b\", 7]}"),
        CTL_REFUSED);
    assert_non_null(strstr(c.err, "a.conf:3: no\n"));
    assert_non_null(strstr(c.err, "b\\x1b\n"));
    assert_non_null(strstr(c.err, "httpauthctl: faults\n"));
}

static void
an_answer_that_is_none_is_exit_status_3(void **state)
{
    static const char junk[] = "HTTP/1.1 200 OK";

    (void)state;
    assert_int_equal(command(ctl_status, WIRE_OP_STATUS,
                             (struct script){junk, sizeof(junk) - 1}),
                     CTL_UNJUDGED);
    assert_int_equal(
        command(ctl_status, WIRE_OP_STATUS, (struct script){NULL, 0}),
        CTL_UNJUDGED);
    assert_int_equal(answered(ctl_status, WIRE_OP_STATUS, WIRE_DONE, "{"),
                     CTL_UNJUDGED);
    assert_int_equal(answered(ctl_status, WIRE_OP_STATUS, WIRE_DONE, ""),
                     CTL_UNJUDGED);
    assert_int_equal(
        answered(ctl_status, WIRE_OP_STATUS, WIRE_DONE, "{\"a\":1,\"a\":2}"),
        CTL_UNJUDGED);
    assert_string_equal(c.out, "");
}

static void
an_answer_over_the_cap_is_exit_status_3(void **state)
{
    static char packet[WIRE_PACKET_MAX + 100];

    (void)state;
    assert_int_equal(command(ctl_status, WIRE_OP_STATUS,
                             (struct script){packet, sizeof(packet)}),
                     CTL_UNJUDGED);
}

static void
nobody_listening_is_exit_status_3_and_says_where_to_look(void **state)
{
    (void)state;
    assert_int_equal(capture_run(&c, ctl_status, span_of(""), "status",
                                 "--socket", folder_file(&f, "nobody"), NULL),
                     CTL_UNJUDGED);
    assert_non_null(strstr(c.err, "systemctl status httpauthd"));
}

static void
a_socket_name_that_fits_no_address_is_exit_status_3(void **state)
{
    char name[200];

    (void)state;
    memset(name, 'a', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(capture_run(&c, ctl_status, span_of(""), "status",
                                 "--socket", name, NULL),
                     CTL_UNJUDGED);
}

static int
verified(const char *body)
{
    struct wire_reply reply = {WIRE_DONE, span_of(body)};
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    pid_t pid;
    int status;

    assert_true(wire_put_reply(&packet, &reply));
    pid =
        helper_start(WIRE_OP_VERIFY, (struct script){packet.data, packet.len});
    status = capture_run(&c, ctl_verify, span_of("eyJ.e.s"), "verify", "--user",
                         "alice", "--service", "sshd", "--socket",
                         folder_file(&f, "control"), NULL);
    helper_end(pid);
    buffer_free(&packet);
    return status;
}

static void
verify_exits_as_the_report_of_the_helper_says(void **state)
{
    (void)state;
    assert_int_equal(verified("{\"outcome\":\"accepted\"}"), CTL_DONE);
    assert_int_equal(verified("{\"outcome\":\"throttled\",\"reason\":"
                              "\"throttled\"}"),
                     CTL_REFUSED);
    assert_int_equal(verified("{\"outcome\":\"unavailable\",\"reason\":"
                              "\"timeout\"}"),
                     CTL_UNJUDGED);
    assert_int_equal(verified("{\"outcome\":\"broken\",\"reason\":"
                              "\"configuration\"}"),
                     CTL_UNJUDGED);
    assert_int_equal(verified("{}"), CTL_UNJUDGED);
    assert_int_equal(verified("[]"), CTL_UNJUDGED);
}

static int
forget(const char *body, const char *user)
{
    struct wire_reply reply = {WIRE_DONE, span_of(body)};
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    pid_t pid;
    int status;

    assert_true(wire_put_reply(&packet, &reply));
    pid = helper_start(WIRE_OP_USER_FORGET,
                       (struct script){packet.data, packet.len});
    status = capture_run(&c, ctl_user_forget, span_of(""), "forget", user,
                         "--issuer", "work", "--socket",
                         folder_file(&f, "control"), NULL);
    helper_end(pid);
    buffer_free(&packet);
    return status;
}

static void
forgetting_nothing_is_exit_status_1(void **state)
{
    (void)state;
    assert_int_equal(forget("{\"forgotten\":2}", "alice"), CTL_DONE);
    assert_string_equal(c.out, "forgotten: 2\n");
    assert_int_equal(forget("{\"forgotten\":0}", "alice"), CTL_REFUSED);
    assert_int_equal(forget("{}", "alice"), CTL_REFUSED);
}

static void
forgetting_needs_one_user_and_asks_nobody_otherwise(void **state)
{
    (void)state;
    assert_int_equal(
        capture_run(&c, ctl_user_forget, span_of(""), "forget", NULL),
        CTL_USAGE);
    assert_int_equal(
        capture_run(&c, ctl_user_forget, span_of(""), "forget", "a b", NULL),
        CTL_USAGE);
    assert_int_equal(capture_run(&c, ctl_user_forget, span_of(""), "forget",
                                 "alice", "bob", NULL),
                     CTL_USAGE);
    /* An empty issuer would mean every issuer. */
    assert_int_equal(capture_run(&c, ctl_user_forget, span_of(""), "forget",
                                 "alice", "--issuer", "", NULL),
                     CTL_USAGE);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(each_command_asks_its_own_operation),
        EACH(not_permitted_is_exit_status_3),
        EACH(tried_and_failed_is_exit_status_1_with_the_complaints),
        EACH(an_answer_that_is_none_is_exit_status_3),
        EACH(an_answer_over_the_cap_is_exit_status_3),
        EACH(nobody_listening_is_exit_status_3_and_says_where_to_look),
        EACH(a_socket_name_that_fits_no_address_is_exit_status_3),
        EACH(verify_exits_as_the_report_of_the_helper_says),
        EACH(forgetting_nothing_is_exit_status_1),
        EACH(forgetting_needs_one_user_and_asks_nobody_otherwise),
    };

    return cmocka_run_group_tests_name("ctl_ask", tests, NULL, NULL);
}
