/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers for a monitoring system, and the room that they have. */
#include "tests/unit/daemon_house.h"

#include "helper/daemon/metrics.h"

static const char *const phases[] = {"auth", "account", "open"};
static const enum reason reasons[] = {REASON_ACCEPTED, REASON_SIGNATURE,
                                      REASON_PROVIDER};

static void
begin(struct house *house)
{
    house_open(house);
    house_configure(house, "jwks_file = jwks.json", "[service sshd]\n");
    house_start(house, HELPER_KEEPS_STATE);
}

/* So many services; each once per phase and reason. */
static void
count(struct house *house, int services)
{
    char service[65];

    for (int i = 0; i < services; i++)
        for (size_t p = 0; p < 3; p++)
            for (size_t r = 0; r < 3; r++) {
                const struct metrics_decision one = {
                    .phase = phases[p],
                    .method = "introspection",
                    .service = service,
                    .issuer = "work",
                    .reason = reasons[r],
                };

                (void)snprintf(service, sizeof(service), "%060d", i);
                metrics_count(house->helper.metrics, &one);
            }
}

/* free() it. */
static char *
print(struct house *house, size_t room)
{
    struct buffer out = BUFFER_INIT(room);
    char *text;

    assert_true(metrics_print(&house->helper, 7, &out));
    assert_in_range(out.len, 1, room);
    text = strndup(out.data, out.len);
    assert_non_null(text);
    buffer_free(&out);
    return text;
}

/* The sum of all decisions with these labels. */
static uint64_t
sum(const char *text, const char *phase, const char *outcome)
{
    char a[32], b[32], *copy = strdup(text), *rest = copy, *line;
    uint64_t all = 0;

    (void)snprintf(a, sizeof(a), "{phase=\"%s\"", phase);
    (void)snprintf(b, sizeof(b), ",outcome=\"%s\"", outcome);
    while ((line = strsep(&rest, "\n")) != NULL)
        if (strncmp(line, "httpauth_decisions_total", 24) == 0 &&
            strstr(line, a) != NULL && strstr(line, b) != NULL)
            all += strtoull(strrchr(line, ' '), NULL, 10);
    free(copy);
    return all;
}

static void
expect_sums(const char *text, uint64_t each)
{
    static const char *const outcomes[] = {"accepted", "wrong", "unavailable"};

    for (size_t p = 0; p < 3; p++)
        for (size_t o = 0; o < 3; o++)
            assert_int_equal(sum(text, phases[p], outcomes[o]), each);
    assert_string_equal(text + strlen(text) - 7, "\n# EOF\n");
}

static void
behind_the_last_series_phase_and_outcome_count_on(void **state)
{
    struct house house;
    char *text;

    (void)state;
    begin(&house);
    count(&house, 100);
    text = print(&house, METRICS_HTTP_BYTES_MAX);
    expect_sums(text, 100);
    assert_non_null(strstr(text, "outcome=\"unavailable\",reason=\"other\"} "));
    free(text);
    house_close(&house);
}

static void
the_longest_names_fit_a_packet(void **state)
{
    struct house house;
    char *text;

    (void)state;
    begin(&house);
    count(&house, 100);
    text = print(&house, METRICS_BYTES_MAX);
    expect_sums(text, 100);
    free(text);
    house_close(&house);
}

/* The first ones, in every family; and the decisions all the same. */
static void
more_issuers_than_fit_are_left_out(void **state)
{
    char *text, *conf, *end;
    struct house house;
    size_t found[2] = {0, 0};

    (void)state;
    house_open(&house);
    conf = end = calloc(400, 400);
    assert_non_null(conf);
    end += sprintf(end, "[httpauthd]\nstate_dir = %s\n", house.dir);
    for (int i = 0; i < 400; i++)
        end += sprintf(end,
                       "[issuer i%050d]\nissuer = https://i%d.example\n"
                       "audience = a\nusers = u%d\njwks_file = jwks.json\n",
                       i, i, i);
    (void)sprintf(end, "[service sshd]\n");
    house_write(&house, "httpauthd.conf", conf);
    house_start(&house, HELPER_KEEPS_STATE);
    if (house.helper.config == NULL)
        fail_msg("%s", house.helper.complaints.data);
    count(&house, 10);
    text = print(&house, METRICS_BYTES_MAX);
    expect_sums(text, 10);
    for (const char *at = text; (at = strstr(at, "\nhttpauth_issuer_up{"));
         at++)
        found[0]++;
    for (const char *at = text;
         (at = strstr(at, "\nhttpauth_issuer_offline_seconds{")); at++)
        found[1]++;
    assert_in_range(found[0], 10, 399);
    assert_int_equal(found[0], found[1]);
    free(text);
    free(conf);
    house_close(&house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(behind_the_last_series_phase_and_outcome_count_on),
        cmocka_unit_test(the_longest_names_fit_a_packet),
        cmocka_unit_test(more_issuers_than_fit_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
