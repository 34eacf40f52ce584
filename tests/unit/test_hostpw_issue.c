/* SPDX-License-Identifier: BSD-2-Clause */
/* Making, replacing, revoking and listing app passwords. */
#include "tests/unit/hostpw_house.h"

static const struct hostpw *
find(struct house *house, const char *id)
{
    return hostpws_find(house->keys, span_of(id));
}

/* Every file in the folder, read whole: is that text in one of them? */
static bool
is_on_disk(struct house *house, const char *text)
{
    const char *dirs[] = {house->dir, house_path(house, "app-passwords")};
    char content[65536], path[512];
    bool found = false;

    for (size_t i = 0; i < 2; i++) {
        DIR *dir = opendir(dirs[i]);
        const struct dirent *file;

        assert_non_null(dir);
        while ((file = readdir(dir)) != NULL) {
            (void)snprintf(path, sizeof(path), "%s/%s", dirs[i], file->d_name);
            (void)house_read(path, content, sizeof(content));
            found |= strstr(content, text) != NULL;
        }
        (void)closedir(dir);
    }
    return found;
}

static void
the_secret_is_nowhere_on_disk_nor_in_the_log(void **state)
{
    struct house *house = *state;
    char secret[PASSWORD_SECRET_LEN + 1];

    house_alice(house);
    (void)snprintf(secret, sizeof(secret), "%s",
                   house->secret.data + 4 + HOSTPW_ID_LEN + 1);
    assert_check(house, REASON_ACCEPTED, .wall = NOW);
    house_edit(house_file(house, house->id), "\"version\"", "\"vision\"");
    assert_check(house, REASON_PASSWORD, .wall = NOW + 70);
    house_open(house);
    assert_true(is_on_disk(house, house->id));
    assert_false(is_on_disk(house, secret));
    /* Half of it would be too much. */
    secret[PASSWORD_SECRET_LEN / 2] = '\0';
    assert_false(is_on_disk(house, secret));
    assert_null(strstr(house_log(house), secret));
}

static void
an_order_becomes_a_key(void **state)
{
    struct house *house = *state;
    struct hostpw_order order = house_order("alice");
    const struct hostpw *key;

    order.self_made = true;
    house_open(house);
    assert_true(list_add(&order.services, span_of("sshd")));
    assert_true(list_add(&order.services, span_of("sshd")));
    assert_true(list_add(&order.scopes, span_of("ssh:login")));
    assert_true(house_create(house, &order));
    house_open(house);
    key = find(house, house->id);
    assert_non_null(key);
    assert_string_equal(key->name, "backup job");
    assert_int_equal(key->services.count, 1);
    assert_string_equal(key->scopes.item[0], "ssh:login");
    assert_int_equal(key->created, NOW);
    assert_int_equal(key->expires, NOW + 90 * DAY);
    assert_true(key->self_made);
    list_clear(&order.services);
    list_clear(&order.scopes);
}

static void
assert_no_key(struct house *house, const struct hostpw_order *order,
              const char *because)
{
    assert_false(house_create(house, order));
    assert_non_null(house->why.data);
    assert_non_null(strstr(house->why.data, because));
    assert_int_equal(house->secret.len, 0);
    assert_string_equal(house->id, "");
}

static void
an_order_without_sense_is_refused(void **state)
{
    struct house *house = *state;
    struct hostpw_order order = house_order("-x");

    house_open(house);
    assert_no_key(house, &order, "user must be");
    order = house_order("alice");
    order.lifetime = 0;
    assert_no_key(house, &order, "lifetime");
    order.lifetime = (int64_t)INT32_MAX + 1;
    assert_no_key(house, &order, "lifetime");
    order = house_order("alice");
    order.name = span_of("a\tb");
    assert_no_key(house, &order, "name");
    order = house_order("alice");
    assert_true(list_add(&order.networks, span_of("everywhere")));
    assert_no_key(house, &order, "networks");
    list_clear(&order.networks);
    assert_int_equal(hostpws_count(house->keys), 0);
}

static void
one_user_has_only_so_many(void **state)
{
    struct house *house = *state;
    struct hostpw_order order = house_order("alice"), bob = house_order("bob");
    char last[HOSTPW_ID_LEN + 1];

    house_open(house);
    for (int i = 0; i < HOSTPW_PER_USER; i++)
        assert_true(house_create(house, &order));
    memcpy(last, house->id, sizeof(last));
    assert_no_key(house, &order, "revoke some");
    assert_true(house_create(house, &bob));
    assert_true(hostpws_revoke(house->keys, span_of(last), &house->why));
    assert_true(house_create(house, &order));
}

static void
a_revoked_one_is_gone(void **state)
{
    struct house *house = *state;
    struct stat st;

    house_alice(house);
    assert_true(hostpws_revoke(house->keys, span_of(house->id), &house->why));
    assert_check(house, REASON_PASSWORD, .wall = NOW);
    assert_int_equal(stat(house_file(house, house->id), &st), -1);
    assert_false(hostpws_revoke(house->keys, span_of(house->id), &house->why));
    assert_non_null(strstr(house->why.data, "no such"));
    house_open(house);
    assert_check(house, REASON_PASSWORD, .wall = NOW);
}

static void
one_that_cannot_be_read_can_be_revoked(void **state)
{
    struct house *house = *state;
    struct stat st;

    house_alice(house);
    house_write(house_file(house, house->id), "nonsense");
    assert_true(hostpws_revoke(house->keys, span_of(house->id), &house->why));
    assert_int_equal(stat(house_file(house, house->id), &st), -1);
}

static void
a_revocation_is_of_an_id_and_of_nothing_else(void **state)
{
    static const char *const bad[] = {"", "../../pins", "../used.json",
                                      "0123456789ab/../x", "ABCDEFGHJKMN"};
    struct house *house = *state;

    house_alice(house);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(hostpws_revoke(house->keys, span_of(bad[i]), &house->why));
    assert_check(house, REASON_ACCEPTED, .wall = NOW);
}

static bool
rotate(struct house *house, int64_t overlap, int64_t lifetime, int64_t wall,
       struct buffer *secret, char id[HOSTPW_ID_LEN + 1])
{
    buffer_clear(&house->why);
    return hostpws_rotate(house->keys, span_of(house->id), overlap, lifetime,
                          NULL, wall, secret, id, &house->why);
}

static void
both_open_during_the_overlap_and_one_after_it(void **state)
{
    struct house *house = *state;
    struct hostpw_order order = house_order("alice");
    struct buffer secret = BUFFER_INIT(HOSTPW_TEXT_MAX);
    char id[HOSTPW_ID_LEN + 1];

    house_open(house);
    assert_true(list_add(&order.services, span_of("sshd")));
    assert_true(list_add(&order.networks, span_of("192.0.2.0/24")));
    assert_true(house_create(house, &order));
    assert_true(rotate(house, DAY, 30 * DAY, NOW + 5, &secret, id));
    assert_string_not_equal(id, house->id);
    assert_string_equal(find(house, id)->name, "backup job");
    assert_string_equal(find(house, id)->services.item[0], "sshd");
    assert_string_equal(find(house, id)->networks.item[0], "192.0.2.0/24");
    assert_int_equal(find(house, id)->expires, NOW + 5 + 30 * DAY);
    assert_int_equal(find(house, house->id)->expires, NOW + 5 + DAY);
    assert_check(house, REASON_ACCEPTED, .wall = NOW + 4 + DAY,
                 .rhost = span_of("192.0.2.1"));
    assert_check(house, REASON_ACCEPTED, .wall = NOW + 4 + DAY,
                 .rhost = span_of("192.0.2.1"),
                 .credential = buffer_span(&secret));
    house_open(house);
    assert_check(house, REASON_EXPIRED, .wall = NOW + 5 + DAY,
                 .rhost = span_of("192.0.2.1"));
    assert_check(house, REASON_ACCEPTED, .wall = NOW + 5 + DAY,
                 .rhost = span_of("192.0.2.1"),
                 .credential = buffer_span(&secret));
    buffer_free(&secret);
    list_clear(&order.services);
    list_clear(&order.networks);
}

static void
a_rotation_never_lengthens_the_old_one(void **state)
{
    struct house *house = *state;
    struct buffer secret = BUFFER_INIT(HOSTPW_TEXT_MAX);
    char id[HOSTPW_ID_LEN + 1];

    house_alice(house);
    assert_true(rotate(house, 900 * DAY, DAY, NOW, &secret, id));
    assert_int_equal(find(house, house->id)->expires, NOW + 90 * DAY);
    buffer_free(&secret);
    assert_true(rotate(house, 0, DAY, NOW + 1, &secret, id));
    assert_check(house, REASON_EXPIRED, .wall = NOW + 1);
    buffer_free(&secret);
    assert_false(rotate(house, -1, DAY, NOW, &secret, id));
    buffer_clear(&house->why);
    assert_false(hostpws_rotate(house->keys, span_of("0123456789ab"), 0, DAY,
                                NULL, NOW, &secret, id, &house->why));
    assert_non_null(strstr(house->why.data, "no such"));
    buffer_free(&secret);
}

static void
lists_are_of_one_user_or_of_all(void **state)
{
    struct house *house = *state;
    struct hostpw_order order = house_order("bob");
    json_t *list;

    house_alice(house);
    assert_true(house_create(house, &order));
    assert_true(house_create(house, &order));
    list = hostpws_list(house->keys, span_of(""));
    assert_int_equal(json_array_size(list), 3);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(list, 0), "user")),
        "alice");
    assert_null(json_object_get(json_array_get(list, 0), "hash"));
    json_decref(list);
    list = hostpws_list(house->keys, span_of("bob"));
    assert_int_equal(json_array_size(list), 2);
    json_decref(list);
    list = hostpws_list(house->keys, span_of("bo"));
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
}

/* chmod changes a file and not its folder. */
static void
a_users_list_looks_at_no_files_of_others(void **state)
{
    struct house *house = *state;
    struct hostpw_order order = house_order("bob");

    house_alice(house);
    assert_true(house_create(house, &order));
    json_decref(hostpws_list(house->keys, span_of("")));
    json_decref(hostpws_list(house->keys, span_of("")));
    assert_int_equal(chmod(house_file(house, house->id), 0666), 0);
    json_decref(hostpws_list(house->keys, span_of("alice")));
    assert_int_equal(hostpws_count(house->keys), 2);
    json_decref(hostpws_list(house->keys, span_of("bob")));
    assert_int_equal(hostpws_count(house->keys), 1);
}

static void
an_environment_is_part_of_the_text(void **state)
{
    struct house *house = *state;
    struct hostpw_order order = house_order("alice");

    house_open(house);
    assert_true(hostpws_create(house->keys, &order, "prod", NOW, &house->secret,
                               house->id, &house->why));
    assert_memory_equal(house->secret.data, "hap_prod_", 9);
    assert_check(house, REASON_ACCEPTED, .environment = "prod");
    assert_check(house, REASON_FORM, .environment = NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_secret_is_nowhere_on_disk_nor_in_the_log),
        TEST(an_order_becomes_a_key),
        TEST(an_order_without_sense_is_refused),
        TEST(one_user_has_only_so_many),
        TEST(a_revoked_one_is_gone),
        TEST(one_that_cannot_be_read_can_be_revoked),
        TEST(a_revocation_is_of_an_id_and_of_nothing_else),
        TEST(both_open_during_the_overlap_and_one_after_it),
        TEST(a_rotation_never_lengthens_the_old_one),
        TEST(lists_are_of_one_user_or_of_all),
        TEST(a_users_list_looks_at_no_files_of_others),
        TEST(an_environment_is_part_of_the_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
