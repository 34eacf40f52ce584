/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What asking a provider costs, against a bare libcurl program that sends the
 * same request to the same server.  The two take turns.
 *
 *   bench_ask one SOCKET SERVICE USER URL CA CLIENT:SECRET
 *   bench_ask many SOCKET SERVICE USER URL CA CLIENT:SECRET
 *       `ours N curl N`, us, for the fresh tokens on standard input, a line
 *       each: one after the other over a kept connection (medians, the two
 *       sides take turns), or all at once.
 *       A fifth of them warms up both sides before.
 *   bench_ask p99 SOCKET SERVICE USER             `p99 N`, us
 *       the cached verdict of the credential on standard input
 *   bench_ask load SOCKET SERVICE USER COUNT      until it is killed
 *       COUNT fresh passwords under way at any time
 *   bench_ask times SOCKET SERVICE USER           `LABEL N`, us, a line each
 *       how long each answer takes; lines of LABEL ADDRESS CREDENTIAL
 */
#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "helper/wire/wire.h"
#include "tests/bench/measure.h"

#define TOKENS_MAX 1000
#define CONNECTIONS 32L /* as many as the helper opens to one host */
#define CACHED_ROUNDS 8000

struct asker {
    struct sockaddr_un helper;
    const char *service, *user, *rhost;
};

static const char *run; /* makes tokens of different runs differ */
static unsigned long serial;

static void
die(const char *what)
{
    fprintf(stderr, "bench_ask: %s: %s\n", what, strerror(errno));
    exit(1);
}

static const char *
fresh(const char *prefix, char out[64])
{
    snprintf(out, 64, "%s%s%012lu", prefix, run, serial++);
    return out;
}

static int
ask(const struct asker *asker, const char *credential)
{
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_request request = {
        .type = WIRE_AUTH,
        .ms_left = 60000,
        .user = span_of(asker->user),
        .service = span_of(asker->service),
        .rhost = span_of(asker->rhost),
        .credential = span_of(credential),
    };
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (!wire_put_request(&packet, &request))
        die("request");
    if (fd < 0 ||
        connect(fd, (const struct sockaddr *)&asker->helper,
                sizeof(asker->helper)) != 0 ||
        send(fd, packet.data, packet.len, MSG_NOSIGNAL) < 0)
        die("asking");
    buffer_free(&packet);
    return fd;
}

static void
hear(int fd, bool accepted)
{
    char answer[WIRE_PACKET_MAX];
    ssize_t len = recv(fd, answer, sizeof(answer), 0);
    struct wire_verdict verdict;

    if (len <= 0 ||
        !wire_get_verdict((struct span){answer, (size_t)len}, &verdict))
        die("no verdict");
    if (accepted && verdict.outcome != OUTCOME_ACCEPTED) {
        fprintf(stderr, "bench_ask: %.*s\n", (int)verdict.reason.len,
                verdict.reason.data);
        exit(1);
    }
    close(fd);
}

/* --- the bare program --- */

static size_t
drop(char *data, size_t size, size_t count, void *context)
{
    (void)data;
    (void)context;
    return size * count;
}

static CURL *
bare(char **argv)
{
    CURL *easy = curl_easy_init();

    if (easy == NULL)
        die("curl");
    curl_easy_setopt(easy, CURLOPT_URL, argv[5]);
    curl_easy_setopt(easy, CURLOPT_CAINFO, argv[6]);
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(easy, CURLOPT_USERPWD, argv[7]);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
    return easy;
}

static void
bare_form(CURL *easy, const char *token)
{
    char form[128];

    snprintf(form, sizeof(form), "token=%s&token_type_hint=access_token",
             token);
    curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, form);
}

static void
bare_many(CURLM *multi, char **argv, char **token, size_t count)
{
    static CURL *easy[TOKENS_MAX];
    int running = 1, left = 0;

    for (size_t i = 0; i < count; i++) {
        easy[i] = bare(argv);
        bare_form(easy[i], token[i]);
        curl_multi_add_handle(multi, easy[i]);
    }
    while (running > 0) {
        curl_multi_perform(multi, &running);
        if (running > 0)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    while (curl_multi_info_read(multi, &left) != NULL)
        continue;
    for (size_t i = 0; i < count; i++) {
        curl_multi_remove_handle(multi, easy[i]);
        curl_easy_cleanup(easy[i]);
    }
}

static void
ours_many(const struct asker *asker, char **token, size_t count)
{
    static int fd[TOKENS_MAX];

    for (size_t i = 0; i < count; i++)
        fd[i] = ask(asker, token[i]);
    for (size_t i = 0; i < count; i++)
        hear(fd[i], true);
}

/* --- modes --- */

static size_t
read_tokens(char *token[TOKENS_MAX])
{
    static char line[TOKENS_MAX][64];
    size_t count = 0;

    while (count < TOKENS_MAX && fgets(line[count], 64, stdin) != NULL) {
        line[count][strcspn(line[count], "\n")] = '\0';
        token[count] = line[count];
        count++;
    }
    return count;
}

/* They take turns, so that whatever else the machine does, it does to both. */
static void
compare_one(const struct asker *asker, char **argv)
{
    static double ours[TOKENS_MAX], theirs[TOKENS_MAX];
    char *token[TOKENS_MAX];
    size_t count = read_tokens(token), warm = count / 5;
    CURL *easy = bare(argv);

    for (size_t i = 0; i < count; i++) {
        size_t at = i < warm ? 0 : i - warm;
        double begin = measure_now_us(), between;

        bare_form(easy, token[i]);
        if (curl_easy_perform(easy) != CURLE_OK)
            die("bare request");
        between = measure_now_us();
        hear(ask(asker, token[i]), true);
        ours[at] = measure_now_us() - between;
        theirs[at] = between - begin;
    }
    printf("ours %.1f curl %.1f\n", measure_median(ours, count - warm),
           measure_median(theirs, count - warm));
    curl_easy_cleanup(easy);
}

static void
compare_many(const struct asker *asker, char **argv)
{
    char *token[TOKENS_MAX];
    size_t count = read_tokens(token), warm = count / 5;
    CURLM *multi = curl_multi_init();
    double begin, between, end;

    curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, CONNECTIONS);
    bare_many(multi, argv, token, warm);
    ours_many(asker, token, warm);
    begin = measure_now_us();
    bare_many(multi, argv, token + warm, count - warm);
    between = measure_now_us();
    ours_many(asker, token + warm, count - warm);
    end = measure_now_us();
    printf("ours %.1f curl %.1f\n", end - between, between - begin);
    curl_multi_cleanup(multi);
}

static void
p99(const struct asker *asker)
{
    static double took[CACHED_ROUNDS];
    static char credential[LIMIT_CREDENTIAL + 1];
    size_t len = fread(credential, 1, LIMIT_CREDENTIAL, stdin);

    credential[len] = '\0';
    hear(ask(asker, credential), true);
    for (int i = 0; i < CACHED_ROUNDS; i++) {
        double begin = measure_now_us();

        hear(ask(asker, credential), true);
        took[i] = measure_now_us() - begin;
    }
    (void)measure_median(took, CACHED_ROUNDS); /* sorts */
    printf("p99 %.1f\n", took[CACHED_ROUNDS * 99 / 100]);
}

static void
load(const struct asker *asker, long count)
{
    struct pollfd *under_way = calloc((size_t)count, sizeof(*under_way));
    char password[64];

    if (under_way == NULL)
        die("memory");
    for (long i = 0; i < count; i++)
        under_way[i] = (struct pollfd){.fd = ask(asker, fresh("pw-", password)),
                                       .events = POLLIN};
    for (;;) {
        if (poll(under_way, (nfds_t)count, -1) < 0)
            die("poll");
        for (long i = 0; i < count; i++) {
            if (under_way[i].revents == 0)
                continue;
            hear(under_way[i].fd, false);
            under_way[i].fd = ask(asker, fresh("pw-", password));
        }
    }
}

static void
times(struct asker asker)
{
    char label[32], rhost[64], credential[128];

    while (scanf("%31s %63s %127s", label, rhost, credential) == 3) {
        double begin = measure_now_us();

        asker.rhost = rhost;
        hear(ask(&asker, credential), false);
        printf("%s %.1f\n", label, measure_now_us() - begin);
    }
}

int
main(int argc, char **argv)
{
    struct asker asker = {.helper = {.sun_family = AF_UNIX},
                          .rhost = "127.0.0.1"};
    struct rlimit files = {4096, 4096};
    char started[16];

    if (argc < 5)
        return 2;
    snprintf(started, sizeof(started), "%08x", (unsigned)getpid());
    run = started;
    setrlimit(RLIMIT_NOFILE, &files);
    snprintf(asker.helper.sun_path, sizeof(asker.helper.sun_path), "%s",
             argv[2]);
    asker.service = argv[3];
    asker.user = argv[4];
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (argc == 8 && strcmp(argv[1], "one") == 0)
        compare_one(&asker, argv);
    else if (argc == 8 && strcmp(argv[1], "many") == 0)
        compare_many(&asker, argv);
    else if (argc == 5 && strcmp(argv[1], "p99") == 0)
        p99(&asker);
    else if (argc == 5 && strcmp(argv[1], "times") == 0)
        times(asker);
    else if (argc == 6 && strcmp(argv[1], "load") == 0)
        load(&asker, strtol(argv[5], NULL, 10));
    else
        return 2;
    curl_global_cleanup();
    return 0;
}
