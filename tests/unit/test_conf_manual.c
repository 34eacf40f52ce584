/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * httpauthd.conf(5) and the files that are shipped say what the code does:
 * the reference is that of the option table, and every example loads.
 *
 * REFRESH_MANUAL=1 in the environment writes the reference into the page.
 */
#include "tests/unit/conf_house.h"

#include "helper/conf/option.h"

static void
source_path(char *path, size_t size, const char *name)
{
    const char *root = getenv("SRCDIR");

    (void)snprintf(path, size, "%s/%s", root == NULL ? "." : root, name);
}

static char *
source_read(const char *name)
{
    char path[512], *text = calloc(1, 1 << 20);
    FILE *file;

    assert_non_null(text);
    source_path(path, sizeof(path), name);
    file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s cannot be read: is SRCDIR set?", path);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    return text;
}

/* The text between the comments "NAME: begin" and "NAME: end", from `from`
 * on; NULL when there is none. */
static const char *
block(const char *from, const char *name, size_t *len)
{
    char begin[64], end[64];
    const char *start, *stop;

    (void)snprintf(begin, sizeof(begin), ".\\\" %s: begin\n", name);
    (void)snprintf(end, sizeof(end), ".\\\" %s: end\n", name);
    start = strstr(from, begin);
    if (start == NULL)
        return NULL;
    start += strlen(begin);
    stop = strstr(start, end);
    assert_non_null(stop);
    *len = (size_t)(stop - start);
    return start;
}

static void
refresh(const char *page, const char *old, size_t len, struct span reference)
{
    char path[512];
    FILE *file;

    source_path(path, sizeof(path), "conf/httpauthd.conf.5");
    file = fopen(path, "w");
    assert_non_null(file);
    (void)fwrite(page, 1, (size_t)(old - page), file);
    (void)fwrite(reference.data, 1, reference.len, file);
    (void)fputs(old + len, file);
    assert_int_equal(fclose(file), 0);
}

static void
the_reference_in_the_page_is_that_of_the_table(void **state)
{
    struct buffer reference = BUFFER_INIT(1 << 18);
    char *page = source_read("conf/httpauthd.conf.5");
    size_t len = 0;
    const char *old = block(page, "options", &len);

    (void)state;
    assert_non_null(old);
    assert_true(option_print_manual(&reference));
    if (getenv("REFRESH_MANUAL") != NULL)
        refresh(page, old, len, buffer_span(&reference));
    else if (!span_equal(buffer_span(&reference), (struct span){old, len}))
        fail_msg("conf/httpauthd.conf.5 is behind helper/conf/option.c: run "
                 "this test with REFRESH_MANUAL=1");
    buffer_free(&reference);
    free(page);
}

static void
each_option_stands_in_the_reference_once(void **state)
{
    struct buffer reference = BUFFER_INIT(1 << 18);
    char item[96];
    size_t i;

    (void)state;
    assert_true(option_print_manual(&reference));
    for (i = 0; i < option_count; i++) {
        const char *found;

        (void)snprintf(item, sizeof(item), ".It Ic %s = Ar ",
                       option_table[i].name);
        found = strstr(reference.data, item);
        assert_non_null(found);
        assert_null(strstr(found + 1, item));
    }
    buffer_free(&reference);
}

/* The lines of a literal display, as a reader would copy them. */
static char *
literal(const char *text, size_t len)
{
    char *out = calloc(1, len + 1);
    size_t used = 0;

    assert_non_null(out);
    while (len > 0) {
        size_t line = strcspn(text, "\n") + 1;

        assert_true(line <= len);
        assert_null(memchr(text, '\\', line)); /* needs no roff escapes */
        if (*text != '.') {
            memcpy(out + used, text, line);
            used += line;
        }
        text += line;
        len -= line;
    }
    return out;
}

static void
each_example_of_the_page_loads(void **state)
{
    char *page = source_read("conf/httpauthd.conf.5"), *conf;
    struct house house;
    const char *at = page;
    size_t len, count = 0;

    (void)state;
    house_open(&house);
    while ((at = block(at, "example", &len)) != NULL) {
        conf = literal(at, len);
        house_must_load(&house, conf);
        assert_true(house.config->issuers > 0);
        assert_true(house.config->services > 0);
        free(conf);
        at += len;
        count++;
    }
    assert_int_equal(count, 6);
    house_close(&house);
    free(page);
}

static void
the_users_map_of_the_page_loads(void **state)
{
    struct buffer complaints = BUFFER_INIT(4096);
    char *page = source_read("conf/httpauthd.conf.5"), *text;
    struct users_map *map;
    const char *at;
    size_t len = 0;

    (void)state;
    at = block(page, "users.map", &len);
    assert_non_null(at);
    text = literal(at, len);
    map = usersmap_parse(span_of(text), "page", &complaints);
    assert_non_null(map);
    assert_int_equal(map->count, 3);
    usersmap_free(map);
    buffer_free(&complaints);
    free(text);
    free(page);
}

static void
the_shipped_file_loads_and_admits_nobody(void **state)
{
    char *conf = source_read("conf/httpauthd.conf");
    struct house house;

    (void)state;
    house_open(&house);
    house_must_load(&house, conf);
    assert_int_equal(house.config->issuers, 0);
    assert_int_equal(house.config->services, 0);
    house_close(&house);
    free(conf);
}

/* "#key = value" and "#[section]" are an example, "# text" is text. */
static char *
uncommented(const char *text)
{
    char *out = calloc(1, strlen(text) + 1);
    size_t used = 0;

    assert_non_null(out);
    while (*text != '\0') {
        size_t line = strcspn(text, "\n") + 1;
        size_t skip = text[0] == '#' && text[1] != ' ' && text[1] != '\n';

        memcpy(out + used, text + skip, line - skip);
        used += line - skip;
        text += line;
    }
    return out;
}

static void
the_shipped_files_load_with_their_examples_switched_on(void **state)
{
    char *conf = source_read("conf/httpauthd.conf"), *example;
    char *map = source_read("conf/users.map.example");
    struct house house;

    (void)state;
    example = uncommented(conf);
    house_open(&house);
    house_write(&house, "users.map", map);
    house_must_load(&house, example);
    assert_int_equal(house.config->issuers, 1);
    assert_int_equal(house.config->services, 2);
    assert_int_equal(house.config->map->count, 3);
    house_close(&house);
    free(example);
    free(conf);
    free(map);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reference_in_the_page_is_that_of_the_table),
        cmocka_unit_test(each_option_stands_in_the_reference_once),
        cmocka_unit_test(each_example_of_the_page_loads),
        cmocka_unit_test(the_users_map_of_the_page_loads),
        cmocka_unit_test(the_shipped_file_loads_and_admits_nobody),
        cmocka_unit_test(
            the_shipped_files_load_with_their_examples_switched_on),
    };

    return cmocka_run_group_tests_name("conf/manual", tests, NULL, NULL);
}
