/* SPDX-License-Identifier: BSD-2-Clause */
/* Each file of conf/presets loads as it stands, beside whatever else. */
#include "tests/unit/conf_house.h"

static const char *const presets[] = {"authentik", "entra",        "gitlab",
                                      "glewlwyd",  "google",       "keycloak",
                                      "okta",      "oidc-provider"};
#define PRESETS (sizeof(presets) / sizeof(presets[0]))

/* Lays the preset into the folder beside the main file. */
static void
lay(struct house *house, const char *name)
{
    const char *root = getenv("SRCDIR");
    char path[512], to[64], text[8192];
    size_t len;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/conf/presets/%s.conf",
                   root == NULL ? "." : root, name);
    file = fopen(path, "r");
    if (file == NULL)
        fail_msg("%s cannot be read: is SRCDIR set?", path);
    len = fread(text, 1, sizeof(text) - 1, file);
    assert_true(len > 0 && len < sizeof(text) - 1);
    text[len] = '\0';
    assert_int_equal(fclose(file), 0);
    (void)snprintf(to, sizeof(to), "httpauthd.conf.d/%s.conf", name);
    house_write(house, to, text);
}

static void
each_preset_loads_alone(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < PRESETS; i++) {
        struct house house;

        house_open(&house);
        house_folder(&house, "httpauthd.conf.d");
        lay(&house, presets[i]);
        house_write(&house, "httpauthd.conf", "[httpauthd]\n");
        if (house_load(&house, CONFIG_FILE_ONLY) != CONFIG_OK)
            fail_msg("%s:\n%s", presets[i], house_complaints(&house));
        assert_int_equal(house.config->issuers, 1);
        assert_string_equal(house.config->issuer[0].name, presets[i]);
        assert_int_equal(house.config->services, 1);
        assert_string_equal(house.config->service[0].name, "sshd");
        /* A name that went to somebody else there is noticed here. */
        assert_true(house.config->issuer[0].pin_subject);
        house_close(&house);
    }
}

static void
each_preset_loads_beside_the_local_issuer(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < PRESETS; i++) {
        struct house house;

        house_open(&house);
        house_folder(&house, "httpauthd.conf.d");
        house_write(&house, "local.jwks", "{}");
        lay(&house, presets[i]);
        house_write(&house, "httpauthd.conf",
                    "[issuer local]\naccept = jwt host-password\n"
                    "[service sudo]\nissuers = local\n");
        if (house_load(&house, CONFIG_FILE_ONLY) != CONFIG_OK)
            fail_msg("%s:\n%s", presets[i], house_complaints(&house));
        assert_int_equal(house.config->issuers, 2);
        house_close(&house);
    }
}

/* Together they lack only what nobody else can know: who speaks for whom, and
 * whose groups the service means. */
static void
no_two_presets_want_the_same_credential(void **state)
{
    struct house house;
    const char *line;
    size_t i, users = 0;

    (void)state;
    house_open(&house);
    house_folder(&house, "httpauthd.conf.d");
    for (i = 0; i < PRESETS; i++)
        lay(&house, presets[i]);
    house_write(&house, "httpauthd.conf", "[httpauthd]\n");
    assert_int_equal(house_load(&house, CONFIG_FILE_ONLY), CONFIG_BROKEN);
    for (line = house_complaints(&house); *line != '\0';
         line += strcspn(line, "\n") + 1) {
        bool lacks = strstr(line, " has no users: of 8 issuers") != NULL &&
                     strstr(line, " has no users") < strchr(line, '\n');

        users += lacks;
        if (!lacks && strstr(line, "write the group") == NULL)
            fail_msg("%s", line);
    }
    assert_int_equal(users, PRESETS);
    house_close(&house);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_preset_loads_alone),
        cmocka_unit_test(each_preset_loads_beside_the_local_issuer),
        cmocka_unit_test(no_two_presets_want_the_same_credential),
    };

    return cmocka_run_group_tests_name("conf/presets", tests, NULL, NULL);
}
