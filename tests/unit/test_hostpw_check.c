/* SPDX-License-Identifier: BSD-2-Clause */
/* Which app password opens what, for whom, from where, and until when. */
#include "tests/unit/hostpw_house.h"

#include "helper/hostpw/rfc3339.h"

static void
the_right_one_is_accepted(void **state)
{
    struct house *house = *state;

    house_alice(house);
    assert_check(house, REASON_ACCEPTED, .wall = NOW);
    assert_string_equal(house->key->id, house->id);
    assert_string_equal(house->key->user, "alice");
}

static void
an_unknown_id_and_anothers_key_are_wrong_alike(void **state)
{
    struct house *house = *state;
    struct buffer other = BUFFER_INIT(HOSTPW_TEXT_MAX);
    char id[HOSTPW_ID_LEN + 1];

    house_alice(house);
    assert_true(password_make(NULL, &other, id));
    assert_check(house, REASON_PASSWORD, .credential = buffer_span(&other));
    assert_null(house->key);
    assert_check(house, REASON_PASSWORD, .user = span_of("bob"));
    assert_null(house->key);
    buffer_free(&other);
}

/* Its file is given the hash of another: the text stays whole. */
static void
a_secret_that_does_not_match_its_file_is_wrong(void **state)
{
    struct house *house = *state;
    char text[4096];
    char *hash;

    house_alice(house);
    (void)house_read(house_file(house, house->id), text, sizeof(text));
    hash = strstr(text, "sha256:");
    assert_non_null(hash);
    hash[70] = hash[70] == 'a' ? 'b' : 'a';
    house_write(house_file(house, house->id), text);
    assert_check(house, REASON_PASSWORD, .wall = NOW);
    assert_null(house->key);
}

/* What an unknown id is compared with must be nobody's. */
static void
nothing_opens_a_key_of_zeros(void **state)
{
    struct house *house = *state;

    house_open(house);
    assert_true(password_make(NULL, &house->secret, house->id));
    assert_check(house, REASON_PASSWORD, .wall = NOW);
}

static void
what_is_damaged_is_not_compared(void **state)
{
    struct house *house = *state;

    house_alice(house);
    house->secret.data[house->secret.len - 1] ^= 1;
    assert_check(house, REASON_FORM, .wall = NOW);
    assert_check(house, REASON_FORM, .credential = span_of("hap_"));
    assert_check(house, REASON_FORM, .environment = "prod");
}

static void
its_end_is_its_end(void **state)
{
    struct house *house = *state;

    house_alice(house);
    assert_check(house, REASON_ACCEPTED, .wall = NOW + 90 * DAY - 1);
    assert_check(house, REASON_EXPIRED, .wall = NOW + 90 * DAY);
    assert_non_null(house->key);
}

/* An edited end counts without a restart. */
static void
an_end_that_was_brought_forward_counts(void **state)
{
    struct house *house = *state;
    char end[RFC3339_SIZE], sooner[RFC3339_SIZE];

    house_alice(house);
    assert_true(rfc3339_print(NOW + 90 * DAY, end));
    assert_true(rfc3339_print(NOW + DAY, sooner));
    house_edit(house_file(house, house->id), end, sooner);
    assert_check(house, REASON_EXPIRED, .wall = NOW + DAY);
}

static void
limited(struct house *house, const char *member, const char *const *items)
{
    struct hostpw_order order = house_order("alice");
    struct list *list = strcmp(member, "services") == 0 ? &order.services
                        : strcmp(member, "hosts") == 0  ? &order.hosts
                                                        : &order.networks;

    house_open(house);
    for (; *items != NULL; items++)
        assert_true(list_add(list, span_of(*items)));
    assert_true(house_create(house, &order));
    list_clear(list);
}

static void
it_is_for_its_services(void **state)
{
    static const char *const services[] = {"sshd", "dovecot", NULL};
    struct house *house = *state;

    limited(house, "services", services);
    assert_check(house, REASON_ACCEPTED, .service = span_of("sshd"));
    assert_check(house, REASON_ACCEPTED, .service = span_of("dovecot"));
    assert_check(house, REASON_PASSWORD_RULE, .service = span_of("sudo"));
    assert_non_null(house->key);
    assert_check(house, REASON_PASSWORD_RULE, .service = span_of("ssh"));
}

static void
it_is_for_its_hosts(void **state)
{
    static const char *const hosts[] = {"build7.example", "Build8.example",
                                        NULL};
    struct house *house = *state;

    limited(house, "hosts", hosts);
    assert_check(house, REASON_ACCEPTED, .host = "build7.example");
    assert_check(house, REASON_ACCEPTED, .host = "build8.EXAMPLE");
    assert_check(house, REASON_PASSWORD_RULE, .host = "build7");
    assert_check(house, REASON_PASSWORD_RULE, .host = "build7.example.evil");
    assert_check(house, REASON_PASSWORD_RULE, .host = "");
    assert_check(house, REASON_PASSWORD_RULE, .host = NULL);
}

static void
it_is_for_its_networks(void **state)
{
    static const char *const networks[] = {"192.0.2.0/24", "2001:db8::/32",
                                           NULL};
    struct house *house = *state;

    limited(house, "networks", networks);
    assert_check(house, REASON_ACCEPTED, .rhost = span_of("192.0.2.7"));
    assert_check(house, REASON_ACCEPTED, .rhost = span_of("::ffff:192.0.2.7"));
    assert_check(house, REASON_ACCEPTED, .rhost = span_of("2001:db8::7"));
    assert_check(house, REASON_PASSWORD_RULE, .rhost = span_of("198.51.100.1"));
    assert_check(house, REASON_PASSWORD_RULE, .rhost = span_of(""));
    assert_check(house, REASON_PASSWORD_RULE,
                 .rhost = span_of("client.example"));
    assert_check(house, REASON_PASSWORD_RULE,
                 .rhost = span_of("192.0.2.7.evil.example"));
}

/* Whoever does not know the secret learns nothing of the limits. */
static void
limits_are_looked_at_behind_the_secret(void **state)
{
    static const char *const services[] = {"dovecot", NULL};
    struct house *house = *state;

    limited(house, "services", services);
    assert_check(house, REASON_PASSWORD, .user = span_of("bob"));
    assert_check(house, REASON_PASSWORD, .user = span_of("bob"),
                 .wall = NOW + 900 * DAY);
}

static const struct trace_check *
noted(const struct trace *trace, const char *name)
{
    for (size_t i = 0; i < trace->count; i++)
        if (strcmp(trace->check[i].name, name) == 0)
            return &trace->check[i];
    fail_msg("%s is not in the trace", name);
    return NULL;
}

static void
a_trace_tells_what_was_expected_and_found(void **state)
{
    struct house *house = *state;
    struct hostpw_order order = house_order("alice");
    struct trace *trace = trace_new();

    house_open(house);
    assert_true(list_add(&order.services, span_of("sshd")));
    assert_true(list_add(&order.hosts, span_of("build7.example")));
    assert_true(list_add(&order.networks, span_of("192.0.2.0/24")));
    assert_true(list_add(&order.networks, span_of("198.51.100.0/24")));
    assert_true(house_create(house, &order));
    assert_check(house, REASON_PASSWORD_RULE, .trace = trace,
                 .host = "build7.example", .rhost = span_of("203.0.113.9"));
    assert_true(noted(trace, "app password")->held);
    assert_true(noted(trace, "secret")->held);
    assert_string_equal(noted(trace, "expiry")->expected,
                        "2027-02-21T12:00:00Z");
    assert_true(noted(trace, "services")->held);
    assert_true(noted(trace, "hosts")->held);
    assert_false(noted(trace, "networks")->held);
    assert_string_equal(noted(trace, "networks")->expected,
                        "192.0.2.0/24 198.51.100.0/24");
    assert_string_equal(noted(trace, "networks")->found, "203.0.113.9");
    for (size_t i = 0; i < trace->count; i++) {
        assert_null(strstr(trace->check[i].found, house->secret.data));
        assert_null(strstr(trace->check[i].expected, house->secret.data));
    }
    trace_free(trace);
    list_clear(&order.services);
    list_clear(&order.hosts);
    list_clear(&order.networks);
}

/* --- last use --- */

static void
last_use(struct house *house, char *text, size_t size)
{
    (void)house_read(house_path(house, "app-passwords/used"), text, size);
}

static void
a_first_use_is_written_at_once(void **state)
{
    struct house *house = *state;
    char text[512], want[512];

    house_alice(house);
    last_use(house, text, sizeof(text));
    assert_string_equal(text, "");
    assert_check(house, REASON_ACCEPTED, .rhost = span_of("192.0.2.7"));
    last_use(house, text, sizeof(text));
    (void)snprintf(want, sizeof(want), "%s %lld sshd 192.0.2.7\n", house->id,
                   (long long)NOW);
    assert_string_equal(text, want);
}

static void
uses_are_written_once_a_minute_and_at_the_end(void **state)
{
    struct house *house = *state;
    char first[512], text[512];

    house_alice(house);
    assert_check(house, REASON_ACCEPTED, .rhost = span_of("192.0.2.7"));
    last_use(house, first, sizeof(first));
    assert_check(house, REASON_ACCEPTED, .wall = NOW + 59);
    last_use(house, text, sizeof(text));
    assert_string_equal(text, first);
    assert_int_equal(house->key->last_used, NOW + 59);
    assert_check(house, REASON_ACCEPTED, .wall = NOW + 60);
    last_use(house, text, sizeof(text));
    assert_string_not_equal(text, first);
    assert_check(house, REASON_ACCEPTED, .wall = NOW + 61,
                 .service = span_of("dovecot"));
    house_open(house);
    assert_int_equal(hostpws_find(house->keys, span_of(house->id))->last_used,
                     NOW + 61);
    assert_string_equal(
        hostpws_find(house->keys, span_of(house->id))->last_service, "dovecot");
    assert_string_equal(
        hostpws_find(house->keys, span_of(house->id))->last_from, "");
}

static void
a_clock_that_was_set_back_does_not_stop_the_writing(void **state)
{
    struct house *house = *state;
    char first[512], text[512];

    house_alice(house);
    assert_check(house, REASON_ACCEPTED, .wall = NOW);
    last_use(house, first, sizeof(first));
    assert_check(house, REASON_ACCEPTED, .wall = NOW - DAY);
    last_use(house, text, sizeof(text));
    assert_string_not_equal(text, first);
}

static void
only_a_real_use_counts(void **state)
{
    struct house *house = *state;
    struct trace *trace = trace_new();

    house_alice(house);
    assert_check(house, REASON_ACCEPTED, .trace = trace);
    assert_check(house, REASON_PASSWORD, .user = span_of("bob"));
    assert_check(house, REASON_EXPIRED, .wall = NOW + 900 * DAY);
    assert_int_equal(hostpws_find(house->keys, span_of(house->id))->last_used,
                     0);
    trace_free(trace);
}

static void
a_use_outlives_a_change_of_the_file(void **state)
{
    struct house *house = *state;

    house_alice(house);
    assert_check(house, REASON_ACCEPTED, .wall = NOW);
    house_edit(house_file(house, house->id), "backup job", "another name");
    assert_int_equal(hostpws_find(house->keys, span_of(house->id))->last_used,
                     NOW);
}

static void
a_use_from_a_strange_place_is_one_word(void **state)
{
    struct house *house = *state;
    char text[512];

    house_alice(house);
    assert_check(house, REASON_ACCEPTED,
                 .rhost = span_of("a b\x1b[2J\n0123456789ab 1 x y"));
    last_use(house, text, sizeof(text));
    assert_null(strchr(text, '\x1b'));
    assert_string_equal(strchr(text, '\n'), "\n");
    house_open(house);
    assert_quiet(house);
    assert_int_equal(hostpws_find(house->keys, span_of(house->id))->last_used,
                     NOW);
}

static void
nonsense_in_the_file_of_uses_is_left_out(void **state)
{
    struct house *house = *state;
    char text[1024];

    house_alice(house);
    (void)snprintf(text, sizeof(text),
                   "\n%s\n%s x sshd -\n%s 12 ss/hd -\n../../ 1 sshd -\n"
                   "%s 77 sshd 192.0.2.7\n%s 78 sshd",
                   house->id, house->id, house->id, house->id, house->id);
    house_write(house_path(house, "app-passwords/used"), text);
    house_open(house);
    assert_logged(house, "5 lines are not understood");
    assert_int_equal(hostpws_find(house->keys, span_of(house->id))->last_used,
                     77);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_right_one_is_accepted),
        TEST(an_unknown_id_and_anothers_key_are_wrong_alike),
        TEST(a_secret_that_does_not_match_its_file_is_wrong),
        TEST(nothing_opens_a_key_of_zeros),
        TEST(what_is_damaged_is_not_compared),
        TEST(its_end_is_its_end),
        TEST(an_end_that_was_brought_forward_counts),
        TEST(it_is_for_its_services),
        TEST(it_is_for_its_hosts),
        TEST(it_is_for_its_networks),
        TEST(limits_are_looked_at_behind_the_secret),
        TEST(a_trace_tells_what_was_expected_and_found),
        TEST(a_first_use_is_written_at_once),
        TEST(uses_are_written_once_a_minute_and_at_the_end),
        TEST(a_clock_that_was_set_back_does_not_stop_the_writing),
        TEST(only_a_real_use_counts),
        TEST(a_use_outlives_a_change_of_the_file),
        TEST(a_use_from_a_strange_place_is_one_word),
        TEST(nonsense_in_the_file_of_uses_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
