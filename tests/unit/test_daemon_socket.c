/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole daemon in this process, and callers good and bad. */
#include "tests/unit/daemon_house.h"

#include <errno.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "helper/daemon/daemon.h"
#include "helper/daemon/listener.h"
#include "helper/daemon/peer.h"
#include "helper/daemon/report.h"
#include "helper/wire/wire.h"

struct stage {
    struct house house; /* folder, key */
    struct daemon daemon;
    char user[LIMIT_USER + 1]; /* one that we may ask about */
};

static void
start(struct stage *stage)
{
    assert_true(listeners_open(&stage->daemon, stage->house.dir, false));
    assert_true(
        daemon_init(&stage->daemon, stage->house.conf, CONFIG_FILE_ONLY));
}

static int
setup(void **state)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    const struct passwd *me = getpwuid(getuid());

    assert_non_null(stage);
    assert_non_null(me);
    house_open(&stage->house);
    assert_int_equal(chmod(stage->house.dir, 0711), 0);
    (void)snprintf(stage->user, sizeof(stage->user), "%s",
                   getuid() == 0 ? "alice" : me->pw_name);
    house_configure(&stage->house, HOUSE_FILE_KEYS, HOUSE_SERVICE);
    start(stage);
    *state = stage;
    return 0;
}

static int
teardown(void **state)
{
    struct stage *stage = *state;

    daemon_free(&stage->daemon);
    house_close(&stage->house);
    free(stage);
    return 0;
}

static int
dial(const struct stage *stage, const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s",
                   stage->house.dir, name);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)),
                     0);
    return fd;
}

/* Lets the daemon work until something arrives: the length, 0 for the end of
 * the connection. */
static ssize_t
hear(struct stage *stage, int fd, char *out, size_t size)
{
    ssize_t len;

    for (;;) {
        (void)uv_run(&stage->daemon.loop, UV_RUN_NOWAIT);
        len = recv(fd, out, size, MSG_DONTWAIT);
        if (len >= 0 || (errno != EAGAIN && errno != EINTR))
            return len < 0 ? 0 : len;
    }
}

static void
say(int fd, const struct buffer *packet)
{
    assert_int_equal(send(fd, packet->data, packet->len, MSG_NOSIGNAL),
                     packet->len);
}

static void
request(struct buffer *out, const char *user, const char *credential)
{
    const struct wire_request r = {
        .type = WIRE_AUTH,
        .ms_left = 10000,
        .user = span_of(user),
        .service = span_of("sshd"),
        .credential = span_of(credential),
    };

    buffer_clear(out);
    assert_true(wire_put_request(out, &r));
}

static char packet_in[WIRE_PACKET_MAX];

static struct wire_verdict
verdict(struct stage *stage, int fd)
{
    struct wire_verdict v;
    ssize_t len = hear(stage, fd, packet_in, sizeof(packet_in));

    assert_true(len > 0);
    assert_true(wire_get_verdict((struct span){packet_in, (size_t)len}, &v));
    return v;
}

static bool
is_closed(struct stage *stage, int fd)
{
    char byte;

    return hear(stage, fd, &byte, 1) == 0;
}

static char *
own_token(struct stage *stage)
{
    const struct token_spec mine = {.sub = stage->user};

    return house_token(&stage->house, &mine);
}

/* --- pam.sock --- */

static void
a_token_is_accepted_over_the_socket(void **state)
{
    struct stage *stage = *state;
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    char *token = own_token(stage);
    int fd = dial(stage, "pam.sock");
    struct wire_verdict v;

    request(&packet, stage->user, token);
    say(fd, &packet);
    v = verdict(stage, fd);
    assert_int_equal(v.outcome, OUTCOME_ACCEPTED);
    assert_true(v.ends > clock_wall());
    say(fd, &packet);
    assert_int_equal(verdict(stage, fd).outcome, OUTCOME_ACCEPTED);
    assert_int_equal(stage->daemon.helper.from_cache, 1);
    (void)close(fd);
    buffer_free(&packet);
    free(token);
}

static void
an_accepted_login_passes_the_account_phase(void **state)
{
    struct stage *stage = *state;
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    char *token = own_token(stage);
    int fd = dial(stage, "pam.sock");
    struct wire_request account = {
        .type = WIRE_ACCOUNT,
        .ms_left = 10000,
        .user = span_of(stage->user),
        .service = span_of("sshd"),
    };
    struct wire_verdict v;

    request(&packet, stage->user, token);
    say(fd, &packet);
    v = verdict(stage, fd);
    memcpy(account.login, v.login, WIRE_LOGIN_LEN);
    buffer_clear(&packet);
    assert_true(wire_put_request(&packet, &account));
    say(fd, &packet);
    v = verdict(stage, fd);
    assert_int_equal(v.outcome, OUTCOME_ACCEPTED);
    assert_memory_equal(v.login, account.login, WIRE_LOGIN_LEN);
    (void)close(fd);
    buffer_free(&packet);
    free(token);
}

static void
the_buffer_that_packets_arrive_in_is_erased(void **state)
{
    struct stage *stage = *state;
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    int fd = dial(stage, "pam.sock");

    request(&packet, stage->user, "hunter2");
    say(fd, &packet);
    assert_int_equal(verdict(stage, fd).outcome, OUTCOME_NOT_OURS);
    for (size_t i = 0; i < packet.len; i++)
        assert_int_equal(stage->daemon.packet[i], 0);
    (void)close(fd);
    buffer_free(&packet);
}

static void
junk_ends_its_connection_and_nothing_else(void **state)
{
    struct stage *stage = *state;
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    int good = dial(stage, "pam.sock"), bad = dial(stage, "pam.sock");
    static const char junk[64] = "junk";

    assert_true(send(bad, junk, sizeof(junk), MSG_NOSIGNAL) > 0);
    assert_true(is_closed(stage, bad));
    request(&packet, stage->user, "hunter2");
    say(good, &packet);
    assert_int_equal(verdict(stage, good).outcome, OUTCOME_NOT_OURS);
    (void)close(bad);
    (void)close(good);
    buffer_free(&packet);
}

static void
a_packet_over_the_cap_ends_its_connection(void **state)
{
    struct stage *stage = *state;
    int fd = dial(stage, "pam.sock");
    char *large = calloc(1, WIRE_PACKET_MAX + 1);

    assert_non_null(large);
    assert_true(send(fd, large, WIRE_PACKET_MAX + 1, MSG_NOSIGNAL) > 0);
    assert_true(is_closed(stage, fd));
    (void)close(fd);
    free(large);
}

static void
a_whole_credential_of_64_kib_is_judged(void **state)
{
    struct stage *stage = *state;
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    char *large = malloc(LIMIT_CREDENTIAL + 1);
    int fd = dial(stage, "pam.sock");

    assert_non_null(large);
    memset(large, 'a', LIMIT_CREDENTIAL);
    large[LIMIT_CREDENTIAL] = '\0';
    request(&packet, stage->user, large);
    say(fd, &packet);
    assert_int_equal(verdict(stage, fd).outcome, OUTCOME_NOT_OURS);
    memcpy(large, "eyJ", 3);
    request(&packet, stage->user, large);
    say(fd, &packet);
    assert_int_equal(verdict(stage, fd).outcome, OUTCOME_WRONG);
    (void)close(fd);
    buffer_free(&packet);
    free(large);
}

static void
a_control_message_is_not_permitted_on_the_pam_socket(void **state)
{
    struct stage *stage = *state;
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    const struct wire_control c = {.operation = WIRE_OP_STATUS,
                                   .ms_left = 1000};
    int fd = dial(stage, "pam.sock");

    assert_true(wire_put_control(&packet, &c));
    say(fd, &packet);
    assert_true(is_closed(stage, fd));
    (void)close(fd);
    buffer_free(&packet);
}

static void
a_second_request_before_the_answer_ends_the_connection(void **state)
{
    struct stage *stage = *state;
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    char *token = own_token(stage), option[80];
    int server = house_silent_server(option, sizeof(option)), fd;

    /* No keys will come, so the first one waits when the second arrives. */
    house_configure(&stage->house, option, HOUSE_SERVICE);
    assert_true(daemon_reload(&stage->daemon));
    fd = dial(stage, "pam.sock");
    request(&packet, stage->user, token);
    say(fd, &packet);
    say(fd, &packet);
    assert_true(is_closed(stage, fd));
    assert_null(stage->daemon.helper.attempts);
    /* Who is not root counts until he has been looked up. */
    while (stage->daemon.callers > 0)
        (void)uv_run(&stage->daemon.loop, UV_RUN_NOWAIT);
    (void)close(fd);
    (void)close(server);
    buffer_free(&packet);
    free(token);
}

static void
a_caller_that_leaves_cancels_its_attempt(void **state)
{
    struct stage *stage = *state;
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    char *token = own_token(stage);
    int fd = dial(stage, "pam.sock");

    request(&packet, stage->user, token);
    say(fd, &packet);
    (void)close(fd);
    do
        (void)uv_run(&stage->daemon.loop, UV_RUN_NOWAIT);
    while (stage->daemon.callers > 0);
    assert_null(stage->daemon.helper.attempts);
    buffer_free(&packet);
    free(token);
}

static void
several_are_accepted_in_a_turn(void **state)
{
    struct stage *stage = *state;
    int fd[3];

    for (int i = 0; i < 3; i++)
        fd[i] = dial(stage, "pam.sock");
    (void)uv_run(&stage->daemon.loop, UV_RUN_NOWAIT);
    assert_int_equal(stage->daemon.callers, 3);
    for (int i = 0; i < 3; i++)
        (void)close(fd[i]);
}

struct stopper { /* keeps one thread of the pool */
    uv_work_t work;
    uv_sem_t *go;
    bool gone;
};

static void
hold_thread(uv_work_t *work)
{
    struct stopper *stopper = work->data;

    uv_sem_wait(stopper->go);
}

static void
thread_released(uv_work_t *work, int status)
{
    struct stopper *stopper = work->data;

    (void)status;
    stopper->gone = true;
}

static void
who_leaves_while_he_is_looked_up_still_counts(void **state)
{
    struct stage *stage = *state;
    struct daemon *d = &stage->daemon;
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    struct stopper stopper[16] = {0}; /* more than the pool has threads */
    const size_t count = sizeof(stopper) / sizeof(stopper[0]);
    const uid_t stranger = 65534;
    int pair[2];
    uv_sem_t go;

    assert_int_equal(uv_sem_init(&go, 0), 0);
    for (size_t i = 0; i < count; i++) {
        stopper[i].go = &go;
        stopper[i].work.data = &stopper[i];
        assert_int_equal(uv_queue_work(&d->loop, &stopper[i].work, hold_thread,
                                       thread_released),
                         0);
    }
    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
    request(&packet, stage->user, "hunter2");
    say(pair[0], &packet);
    peer_new(d, pair[1], stranger, WIRE_PAM_IDLE);
    (void)uv_run(&d->loop, UV_RUN_NOWAIT);
    (void)close(pair[0]);
    for (int i = 0; i < 10; i++)
        (void)uv_run(&d->loop, UV_RUN_NOWAIT);
    assert_int_equal(peers_of(d, stranger), 1);
    assert_int_equal(d->callers, 1);
    for (size_t i = 0; i < count; i++)
        uv_sem_post(&go);
    for (size_t i = 0; i < count; i += stopper[i].gone)
        (void)uv_run(&d->loop, UV_RUN_NOWAIT);
    while (d->callers > 0)
        (void)uv_run(&d->loop, UV_RUN_NOWAIT);
    assert_null(d->peers);
    uv_sem_destroy(&go);
    buffer_free(&packet);
}

static void
descriptors_that_a_caller_passes_are_closed(void **state)
{
    struct stage *stage = *state;
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr aligned;
    } room = {{0}};
    struct iovec part;
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = room.bytes,
                             .msg_controllen = sizeof(room.bytes)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    int fd = dial(stage, "pam.sock"), pipes[2];
    char byte;

    assert_int_equal(pipe(pipes), 0);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &pipes[1], sizeof(int));
    request(&packet, stage->user, "hunter2");
    part = (struct iovec){packet.data, packet.len};
    assert_true(sendmsg(fd, &message, MSG_NOSIGNAL) > 0);
    (void)close(pipes[1]);
    assert_int_equal(verdict(stage, fd).outcome, OUTCOME_NOT_OURS);
    /* The end of file says that nobody holds the other end. */
    assert_int_equal(read(pipes[0], &byte, 1), 0);
    (void)close(pipes[0]);
    (void)close(fd);
    buffer_free(&packet);
}

static void
an_idle_connection_is_closed_in_the_end(void **state)
{
    struct stage *stage = *state;
    int fd = dial(stage, "pam.sock");
    uint64_t now;

    while (stage->daemon.callers == 0)
        (void)uv_run(&stage->daemon.loop, UV_RUN_NOWAIT);
    assert_true(uv_is_active((uv_handle_t *)&stage->daemon.sweep));
    now = uv_now(&stage->daemon.loop);
    peers_sweep(&stage->daemon, now + PEER_IDLE_MS / 2);
    assert_int_equal(stage->daemon.callers, 1);
    peers_sweep(&stage->daemon, now + PEER_IDLE_MS);
    assert_int_equal(stage->daemon.callers, 0);
    assert_true(is_closed(stage, fd));
    (void)close(fd);
}

/* --- control.sock --- */

static struct wire_reply
ask_control(struct stage *stage, int fd, const struct wire_control *c)
{
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_reply reply;
    ssize_t len;

    assert_true(wire_put_control(&packet, c));
    say(fd, &packet);
    buffer_free(&packet);
    len = hear(stage, fd, packet_in, sizeof(packet_in));
    assert_true(len > 0);
    assert_true(wire_get_reply((struct span){packet_in, (size_t)len}, &reply));
    return reply;
}

static void
verify_over_the_socket_explains_each_check(void **state)
{
    struct stage *stage = *state;
    char *token = own_token(stage);
    const struct wire_control c = {
        .operation = WIRE_OP_VERIFY,
        .ms_left = 10000,
        .user = span_of(stage->user),
        .service = span_of("sshd"),
        .credential = span_of(token),
    };
    int fd = dial(stage, "control.sock");
    struct wire_reply reply = ask_control(stage, fd, &c);
    json_t *body = json_loadb(reply.body.data, reply.body.len, 0, NULL);

    assert_int_equal(reply.status, WIRE_DONE);
    assert_string_equal(json_string_value(json_object_get(body, "outcome")),
                        "accepted");
    assert_string_equal(json_string_value(json_object_get(body, "user")),
                        stage->user);
    assert_true(json_array_size(json_object_get(body, "checks")) > 5);
    json_decref(body);
    (void)close(fd);
    free(token);
}

static void
a_leaving_tool_cancels_its_verification(void **state)
{
    struct stage *stage = *state;
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    char *token = own_token(stage);
    const struct wire_control c = {
        .operation = WIRE_OP_VERIFY,
        .ms_left = 10000,
        .user = span_of(stage->user),
        .service = span_of("sshd"),
        .credential = span_of(token),
    };
    int fd = dial(stage, "control.sock");

    assert_true(wire_put_control(&packet, &c));
    say(fd, &packet);
    (void)close(fd);
    do
        (void)uv_run(&stage->daemon.loop, UV_RUN_NOWAIT);
    while (stage->daemon.callers > 0);
    assert_null(stage->daemon.helper.attempts);
    buffer_free(&packet);
    free(token);
}

static void
a_verdict_tells_the_user_of_the_token(void **state)
{
    struct attempt_result result = {
        .reason = REASON_ACCEPTED, .login = {1}, .ends = 1700000000};
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_verdict v;

    (void)state;
    assert_true(report_verdict(&result, 0, &packet));
    assert_true(wire_get_verdict(buffer_span(&packet), &v));
    assert_int_equal(v.user.len, 0);
    buffer_clear(&packet);
    (void)snprintf(result.user, sizeof(result.user), "alice");
    assert_true(report_verdict(&result, 65534, &packet));
    assert_true(wire_get_verdict(buffer_span(&packet), &v));
    assert_true(span_is(v.user, "alice"));
    /* What may not be said is not said otherwise. */
    buffer_clear(&packet);
    (void)snprintf(result.user, sizeof(result.user), "root");
    assert_false(report_verdict(&result, 0, &packet));
    buffer_free(&packet);
}

/* --- callers that are not root --- */

/* As uid 65534: the first byte says what he was told. */
static int
as_nobody(struct stage *stage, const char *name, const struct buffer *packet)
{
    pid_t child;
    int status = 0, fd;
    ssize_t len;
    struct wire_verdict v;
    struct wire_reply r;

    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        static const uint8_t none[WIRE_LOGIN_LEN];

        if (setresuid(65534, 65534, 65534) != 0)
            _exit(99);
        fd = dial(stage, name);
        (void)send(fd, packet->data, packet->len, MSG_NOSIGNAL);
        len = recv(fd, packet_in, sizeof(packet_in), 0);
        if (len > 0 &&
            wire_get_verdict((struct span){packet_in, (size_t)len}, &v))
            _exit(v.incident == 0 &&
                          span_is(v.reason, outcome_name(v.outcome)) &&
                          memcmp(v.login, none, WIRE_LOGIN_LEN) == 0
                      ? (int)v.outcome
                      : 98);
        if (len > 0 &&
            wire_get_reply((struct span){packet_in, (size_t)len}, &r))
            _exit(50 + (int)r.status);
        _exit(97);
    }
    while (waitpid(child, &status, WNOHANG) == 0)
        (void)uv_run(&stage->daemon.loop, UV_RUN_NOWAIT);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 96;
}

static void
others_may_ask_about_themselves_only(void **state)
{
    struct stage *stage = *state;
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);

    request(&packet, "nobody", "hunter2");
    assert_int_equal(as_nobody(stage, "pam.sock", &packet), OUTCOME_NOT_OURS);
    request(&packet, "root", "hunter2");
    assert_int_equal(as_nobody(stage, "pam.sock", &packet), OUTCOME_BROKEN);
    request(&packet, "no-such-user", "hunter2");
    assert_int_equal(as_nobody(stage, "pam.sock", &packet), OUTCOME_BROKEN);
    /* Nor about whomever a token names. */
    request(&packet, "", "hunter2");
    assert_int_equal(as_nobody(stage, "pam.sock", &packet), OUTCOME_BROKEN);
    buffer_free(&packet);
}

static void
a_trusted_caller_may_ask_for_his_service(void **state)
{
    struct stage *stage = *state;
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);

    house_write(&stage->house, "httpauthd.conf",
                "[httpauthd]\ntrusted_callers = 65534:sshd\n"
                "[issuer work]\nissuer = " HOUSE_ISSUER
                "\naudience = x\n" HOUSE_FILE_KEYS "\n" HOUSE_SERVICE);
    assert_true(daemon_reload(&stage->daemon));
    request(&packet, "root", "hunter2");
    assert_int_equal(as_nobody(stage, "pam.sock", &packet), OUTCOME_NOT_OURS);
    request(&packet, "", "hunter2");
    assert_int_equal(as_nobody(stage, "pam.sock", &packet), OUTCOME_NOT_OURS);
    buffer_free(&packet);
}

static void
others_may_verify_themselves_and_nothing_else(void **state)
{
    struct stage *stage = *state;
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_control c = {
        .operation = WIRE_OP_VERIFY,
        .ms_left = 1000,
        .user = span_of("nobody"),
        .service = span_of("sshd"),
        .credential = span_of("hunter2"),
    };

    assert_true(wire_put_control(&packet, &c));
    assert_int_equal(as_nobody(stage, "control.sock", &packet), 50 + WIRE_DONE);
    c.user = span_of("root");
    buffer_clear(&packet);
    assert_true(wire_put_control(&packet, &c));
    assert_int_equal(as_nobody(stage, "control.sock", &packet),
                     50 + WIRE_REFUSED);
    c = (struct wire_control){.operation = WIRE_OP_STATUS, .ms_left = 1000};
    buffer_clear(&packet);
    assert_true(wire_put_control(&packet, &c));
    assert_int_equal(as_nobody(stage, "control.sock", &packet),
                     50 + WIRE_REFUSED);
    buffer_free(&packet);
}

/* --- the sockets themselves --- */

static void
a_live_socket_is_not_taken_over(void **state)
{
    struct stage *stage = *state;
    struct daemon second;
    int fd;

    memset(&second, 0, sizeof(second));
    assert_false(listeners_open(&second, stage->house.dir, false));
    listeners_close(&second);
    fd = dial(stage, "pam.sock");
    (void)close(fd);
}

static void
a_dead_socket_is_replaced_and_ours_are_removed(void **state)
{
    struct stage *stage = *state;
    char path[128];
    int fd;

    (void)snprintf(path, sizeof(path), "%s/pam.sock", stage->house.dir);
    /* As a crash would leave it. */
    free(stage->daemon.pam.path);
    stage->daemon.pam.path = NULL;
    daemon_free(&stage->daemon);
    assert_int_equal(access(path, F_OK), 0);
    memset(&stage->daemon, 0, sizeof(stage->daemon));
    start(stage);
    fd = dial(stage, "pam.sock");
    (void)close(fd);
    daemon_free(&stage->daemon);
    assert_int_equal(access(path, F_OK), -1);
    memset(&stage->daemon, 0, sizeof(stage->daemon));
    start(stage);
}

static void
a_file_in_the_way_is_not_removed(void **state)
{
    struct stage *stage = *state;
    struct daemon second;
    char dir[100], path[128];

    memset(&second, 0, sizeof(second));
    (void)snprintf(dir, sizeof(dir), "%s/other", stage->house.dir);
    assert_int_equal(mkdir(dir, 0755), 0);
    house_write(&stage->house, "other/pam.sock", "precious");
    assert_false(listeners_open(&second, dir, false));
    listeners_close(&second);
    (void)snprintf(path, sizeof(path), "%s/pam.sock", dir);
    assert_int_equal(access(path, F_OK), 0);
}

#define STAGED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        STAGED(a_token_is_accepted_over_the_socket),
        STAGED(an_accepted_login_passes_the_account_phase),
        cmocka_unit_test(a_verdict_tells_the_user_of_the_token),
        STAGED(the_buffer_that_packets_arrive_in_is_erased),
        STAGED(junk_ends_its_connection_and_nothing_else),
        STAGED(a_packet_over_the_cap_ends_its_connection),
        STAGED(a_whole_credential_of_64_kib_is_judged),
        STAGED(a_control_message_is_not_permitted_on_the_pam_socket),
        STAGED(a_second_request_before_the_answer_ends_the_connection),
        STAGED(a_caller_that_leaves_cancels_its_attempt),
        STAGED(several_are_accepted_in_a_turn),
        STAGED(who_leaves_while_he_is_looked_up_still_counts),
        STAGED(descriptors_that_a_caller_passes_are_closed),
        STAGED(an_idle_connection_is_closed_in_the_end),
        STAGED(verify_over_the_socket_explains_each_check),
        STAGED(a_leaving_tool_cancels_its_verification),
        STAGED(a_live_socket_is_not_taken_over),
        STAGED(a_dead_socket_is_replaced_and_ours_are_removed),
        STAGED(a_file_in_the_way_is_not_removed),
        /* These take another uid, which only root can. */
        STAGED(others_may_ask_about_themselves_only),
        STAGED(a_trusted_caller_may_ask_for_his_service),
        STAGED(others_may_verify_themselves_and_nothing_else),
    };
    const size_t all = sizeof(tests) / sizeof(tests[0]), for_root = 3;

    return _cmocka_run_group_tests("daemon_socket", tests,
                                   getuid() == 0 ? all : all - for_root, NULL,
                                   NULL);
}
