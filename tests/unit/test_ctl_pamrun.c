/* SPDX-License-Identifier: BSD-2-Clause */
/* What a stack would answer, against libpam itself: pam_debug.so answers what
 * its arguments say. */
#include "tests/unit/conf_house.h"

#include <security/pam_appl.h>

#include "helper/ctl/pamrun.h"

#define STACKS 400
#define LINES_MAX 6

static struct house house;
static unsigned seed;

/* Deterministic, and the same everywhere. */
static unsigned
any(unsigned count)
{
    seed = seed * 1103515245 + 12345;
    return (seed >> 16) % count;
}

static const char *const answers[] = {
    "success",      "auth_err",         "perm_denied", "cred_insufficient",
    "user_unknown", "authinfo_unavail", "ignore",      "maxtries"};
static const int codes[] = {PAM_SUCCESS,      PAM_AUTH_ERR,
                            PAM_PERM_DENIED,  PAM_CRED_INSUFFICIENT,
                            PAM_USER_UNKNOWN, PAM_AUTHINFO_UNAVAIL,
                            PAM_IGNORE,       PAM_MAXTRIES};
#define ANSWERS (sizeof(answers) / sizeof(answers[0]))

static const char *const controls[] = {
    "required",
    "requisite",
    "sufficient",
    "optional",
    "[success=1 default=ignore]",
    "[success=2 ignore=ignore default=bad]",
    "[success=done ignore=ignore cred_insufficient=ignore default=die]",
    "[default=1 ignore=ignore success=ok]",
    "[success=ok ignore=ignore default=die]",
    "[success=reset default=ok]",
    "[default=reset]",
    "[success=done new_authtok_reqd=done default=bad]",
};
#define CONTROLS (sizeof(controls) / sizeof(controls[0]))

static int
answer(void *context, const struct pamd_line *line)
{
    const char *said = strchr(line->argument[0], '=') + 1;

    (void)context;
    for (size_t i = 0; i < ANSWERS; i++)
        if (strcmp(said, answers[i]) == 0)
            return codes[i];
    fail();
    return PAM_SYSTEM_ERR;
}

static void
write_stack(const char *name, bool includes, char *text, size_t size)
{
    unsigned lines = 1 + any(LINES_MAX);
    size_t len = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < lines; i++) {
        unsigned kind = includes ? any(6) : 2;

        if (kind < 2)
            len +=
                (size_t)snprintf(text + len, size - len, "auth %s %s/inner\n",
                                 kind == 0 ? "substack" : "include", house.dir);
        else
            len += (size_t)snprintf(
                text + len, size - len, "auth %s pam_debug.so auth=%s\n",
                controls[any(CONTROLS)], answers[any(ANSWERS)]);
    }
    house_write(&house, name, text);
}

static int
converse(int count, const struct pam_message **messages,
         struct pam_response **responses, void *context)
{
    (void)messages;
    (void)context;
    *responses = calloc((size_t)count, sizeof(**responses));
    return *responses == NULL ? PAM_BUF_ERR : PAM_SUCCESS;
}

static int
libpam_says(void)
{
    const struct pam_conv conversation = {converse, NULL};
    pam_handle_t *pamh = NULL;
    int result;

    assert_int_equal(
        pam_start_confdir("outer", "alice", &conversation, house.dir, &pamh),
        PAM_SUCCESS);
    result = pam_authenticate(pamh, PAM_SILENT);
    pam_end(pamh, result);
    return result;
}

static void
a_stack_answers_as_libpam_has_it_answer(void **state)
{
    const char *folders[] = {house.dir, NULL};
    char outer[2048], inner[2048];
    struct pamd stack;
    int ours, theirs;

    (void)state;
    house_write(&house, "outer", "auth required pam_debug.so auth=success\n");
    if (libpam_says() != PAM_SUCCESS)
        skip(); /* no pam_debug.so here */
    for (seed = 1; seed < 1000000; seed = seed * 7 + 3) {
        unsigned begun = seed;

        for (int i = 0; i < STACKS / 8; i++) {
            write_stack("inner", false, inner, sizeof(inner));
            write_stack("outer", true, outer, sizeof(outer));
            assert_int_equal(pamd_read(folders, "outer", &stack), PAMD_READ);
            assert_int_equal(stack.faults, 0);
            ours = pamrun(&stack, PAMD_AUTH, answer, NULL);
            pamd_free(&stack);
            theirs = libpam_says();
            if (ours != theirs)
                print_message("outer:\n%sinner:\n%sours %d, libpam's %d\n",
                              outer, inner, ours, theirs);
            assert_int_equal(ours, theirs);
        }
        seed = begun;
    }
}

static int
open_house(void **state)
{
    (void)state;
    house_open(&house);
    return 0;
}

static int
close_house(void **state)
{
    (void)state;
    house_close(&house);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_stack_answers_as_libpam_has_it_answer,
                                        open_house, close_house),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
