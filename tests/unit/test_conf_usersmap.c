/* SPDX-License-Identifier: BSD-2-Clause */
/* users.map, and who may speak for whom. */
#include "tests/unit/conf_house.h"

#include "helper/base/limits.h"

#define TWO                                                                    \
    "[issuer a]\nissuer = https://a.example\naudience = x\nusers = a*\n"       \
    "[issuer b]\nissuer = https://b.example\naudience = x\nusers = b* "        \
    "deploy\n"

static struct users_map *
parse(struct span text, struct buffer *complaints)
{
    struct users_map *map = usersmap_parse(text, "map", complaints);

    assert_int_equal(map != NULL, complaints->len == 0);
    return map;
}

static void
lines_are_read_with_their_fields(void **state)
{
    struct buffer complaints = BUFFER_INIT(4096);
    struct users_map *map =
        parse(span_of("# comment\n\n  # another\ndeploy work sub=x\n"
                      "\tdeploy \t work  name=Jane  Doe = x \t\n"
                      "j.doe work email=jane@example.org"),
              &complaints);

    (void)state;
    assert_non_null(map);
    assert_int_equal(map->count, 3);
    assert_string_equal(map->line[0].local, "deploy");
    assert_string_equal(map->line[0].issuer, "work");
    assert_string_equal(map->line[0].claim, "sub");
    assert_string_equal(map->line[0].value, "x");
    assert_int_equal(map->line[0].line, 4);
    assert_string_equal(map->line[1].claim, "name");
    assert_string_equal(map->line[1].value, "Jane  Doe = x");
    assert_string_equal(map->line[2].value, "jane@example.org");
    assert_int_equal(map->line[2].line, 6);
    assert_true(usersmap_lists(map, span_of("deploy")));
    assert_true(usersmap_lists(map, span_of("j.doe")));
    assert_false(usersmap_lists(map, span_of("deplo")));
    assert_false(usersmap_lists(map, span_of("deploy2")));
    assert_false(usersmap_lists(map, (struct span){NULL, 0}));
    usersmap_free(map);
    buffer_free(&complaints);
}

static void
an_empty_map_is_one(void **state)
{
    struct buffer complaints = BUFFER_INIT(4096);
    struct users_map *map = parse((struct span){NULL, 0}, &complaints);

    (void)state;
    assert_non_null(map);
    assert_int_equal(map->count, 0);
    usersmap_free(map);
    buffer_free(&complaints);
}

static void
bad_lines_are_refused_with_their_numbers(void **state)
{
    static const struct {
        const char *line, *complaint;
    } lines[] = {
        {"deploy", "map:2: three fields are needed"},
        {"deploy work", "map:2: three fields are needed"},
        {"deploy work sub", "map:2: the third field must be claim=value"},
        {"deploy work sub\t=x", "\"sub\\x09\" is no name of a top-level"},
        {"deploy work =x", "map:2: \"\" is no name of a top-level claim"},
        {"deploy work sub=", "map:2: the claim's value is empty"},
        {"deploy work /a/b=x", "\"/a/b\" is no name of a top-level claim"},
        {"root work sub=x", "map:2: root cannot be mapped"},
        {"0 work sub=x", "\"0\" is no login name"},
        {"-x work sub=x", "\"-x\" is no login name"},
        {"a* work sub=x", "\"a*\" is no login name"},
        {"a/b work sub=x", "\"a/b\" is no login name"},
        {"abcdefghijklmnopqrstuvwxyz0123456 work sub=x", "is no login name"},
        {"deploy w@rk sub=x", "\"w@rk\" is not the name of an [issuer]"},
        {"deploy * sub=x", "\"*\" is not the name of an [issuer]"},
        {"deploy work sub=x\033[m", "control characters, or not UTF-8"},
        {"deploy work sub=\xff", "control characters, or not UTF-8"},
        {"deploy work sub=x\r", "carriage return"},
    };
    struct buffer complaints = BUFFER_INIT(4096);
    char text[256];
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        buffer_clear(&complaints);
        (void)snprintf(text, sizeof(text), "ok work sub=x\n%s\n",
                       lines[i].line);
        assert_null(parse(span_of(text), &complaints));
        if (strstr(complaints.data, lines[i].complaint) == NULL)
            fail_msg("no \"%s\" in: %s", lines[i].complaint, complaints.data);
    }
    buffer_free(&complaints);
}

static void
all_faults_of_a_map_are_reported(void **state)
{
    struct buffer complaints = BUFFER_INIT(4096);

    (void)state;
    assert_null(parse(span_of("root w@rk sub=\nx\nok work sub=x\n"
                              "ok work sub=x\n"),
                      &complaints));
    assert_string_equal(
        complaints.data,
        "map:1: root cannot be mapped: nobody logs in as root by users.map\n"
        "map:1: \"w@rk\" is not the name of an [issuer] section\n"
        "map:1: the claim's value is empty\n"
        "map:2: three fields are needed: local-name issuer claim=value\n"
        "map:4: duplicate: the same as line 3\n");
    buffer_free(&complaints);
}

static void
only_the_very_same_line_is_a_duplicate(void **state)
{
    struct buffer complaints = BUFFER_INIT(4096);
    struct users_map *map =
        parse(span_of("a w sub=x\nb w sub=x\na v sub=x\na w name=x\n"
                      "a w sub=X\na w sub=x y\n"),
              &complaints);

    (void)state;
    assert_non_null(map);
    assert_int_equal(map->count, 6);
    usersmap_free(map);
    assert_null(
        parse(span_of("a w sub=x\nb w sub=x\n a  w\tsub=x \n"), &complaints));
    assert_string_equal(complaints.data,
                        "map:3: duplicate: the same as line 1\n");
    buffer_free(&complaints);
}

static void
nul_bytes_and_long_lines_are_faults(void **state)
{
    static const char nul[] = "a w sub=x\0y\n";
    struct buffer complaints = BUFFER_INIT(4096);
    char text[LIMIT_CONF_LINE + 2];

    (void)state;
    assert_null(parse((struct span){nul, sizeof(nul) - 1}, &complaints));
    assert_string_equal(complaints.data, "map:1: the line holds a NUL byte\n");
    buffer_clear(&complaints);
    memset(text, '#', sizeof(text));
    usersmap_free(parse((struct span){text, LIMIT_CONF_LINE}, &complaints));
    assert_null(parse((struct span){text, LIMIT_CONF_LINE + 1}, &complaints));
    assert_string_equal(complaints.data,
                        "map:1: the line is longer than 4096 bytes\n");
    buffer_clear(&complaints);
    memset(text, 'x', sizeof(text));
    memcpy(text, "a w sub=", 8);
    usersmap_free(parse((struct span){text, 8 + LIMIT_CLAIM}, &complaints));
    assert_null(parse((struct span){text, 8 + LIMIT_CLAIM + 1}, &complaints));
    assert_string_equal(complaints.data,
                        "map:1: the claim's value is longer than 256 bytes\n");
    buffer_free(&complaints);
}

static void
the_map_lies_beside_the_main_file_and_may_be_missing(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house_must_load(&house, TWO);
    assert_int_equal(house.config->map->count, 0);
    house_write(&house, "users.map", "deploy a sub=x\n");
    house_must_load(&house, TWO);
    assert_int_equal(house.config->map->count, 1);
    assert_int_equal(house.config->files.count, 2);
    house_close(&house);
}

static void
a_map_that_is_named_must_be_there(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    assert_int_equal(
        house_load_text(&house, "[httpauthd]\nusers_map = my.map\n" TWO),
        CONFIG_BROKEN);
    house_must_say(&house, ":2: users_map: there is no file ");
    house_write(&house, "my.map", "deploy a sub=x\n");
    house_must_load(&house, "[httpauthd]\nusers_map = my.map\n" TWO);
    assert_int_equal(house.config->map->count, 1);
    house_close(&house);
}

static void
a_map_that_everybody_may_write_is_refused(void **state)
{
    struct house house;
    char path[128];

    (void)state;
    house_open(&house);
    house_write(&house, "users.map", "deploy a sub=x\n");
    (void)snprintf(path, sizeof(path), "%s/users.map", house.dir);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(house_load_text(&house, TWO), CONFIG_BROKEN);
    house_must_say(&house, "users.map: everybody may write it");
    house_close(&house);
}

static void
a_broken_map_breaks_the_configuration(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house_write(&house, "users.map", "root a sub=x\n");
    assert_int_equal(house_load_text(&house, TWO), CONFIG_BROKEN);
    house_must_say(&house, "users.map:1: root cannot be mapped");
    house_close(&house);
}

static void
its_issuers_must_exist(void **state)
{
    struct house house;

    (void)state;
    house_open(&house);
    house_write(&house, "users.map", "x a sub=x\ny c sub=x\nz local sub=z\n");
    assert_int_equal(house_load_text(&house, TWO), CONFIG_BROKEN);
    house_must_say(&house, "users.map:2: there is no section [issuer c]");
    assert_int_equal(house_faults(&house), 1);
    house_close(&house);
}

static void
a_listed_name_is_spoken_for_by_its_lines_only(void **state)
{
    const struct issuer_conf *a, *b;
    struct house house;

    (void)state;
    house_open(&house);
    house_write(&house, "users.map",
                "deploy a sub=x\nboth a sub=y\nboth b sub=y\n");
    house_must_load(&house, TWO);
    a = config_issuer(house.config, span_of("a"));
    b = config_issuer(house.config, span_of("b"));
    /* By pattern ... */
    assert_true(config_speaks_for(house.config, a, span_of("alice")));
    assert_false(config_speaks_for(house.config, b, span_of("alice")));
    assert_true(config_speaks_for(house.config, b, span_of("bob")));
    assert_false(config_speaks_for(house.config, a, span_of("carol")));
    assert_false(config_speaks_for(house.config, a, span_of("Alice")));
    /* ... and by the map, which wins over the pattern of b. */
    assert_true(config_speaks_for(house.config, a, span_of("deploy")));
    assert_false(config_speaks_for(house.config, b, span_of("deploy")));
    assert_true(config_speaks_for(house.config, a, span_of("both")));
    assert_true(config_speaks_for(house.config, b, span_of("both")));
    house_close(&house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read_with_their_fields),
        cmocka_unit_test(an_empty_map_is_one),
        cmocka_unit_test(bad_lines_are_refused_with_their_numbers),
        cmocka_unit_test(all_faults_of_a_map_are_reported),
        cmocka_unit_test(only_the_very_same_line_is_a_duplicate),
        cmocka_unit_test(nul_bytes_and_long_lines_are_faults),
        cmocka_unit_test(the_map_lies_beside_the_main_file_and_may_be_missing),
        cmocka_unit_test(a_map_that_is_named_must_be_there),
        cmocka_unit_test(a_map_that_everybody_may_write_is_refused),
        cmocka_unit_test(a_broken_map_breaks_the_configuration),
        cmocka_unit_test(its_issuers_must_exist),
        cmocka_unit_test(a_listed_name_is_spoken_for_by_its_lines_only),
    };

    return cmocka_run_group_tests_name("conf/usersmap", tests, NULL, NULL);
}
