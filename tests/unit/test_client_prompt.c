/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/client: which questions get a token, and whose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/base/limits.h"
#include "helper/client/prompt.h"

static void
ours(const char *text, const char *user, const char *host, size_t offset)
{
    struct prompt p;

    if (!prompt_parse(span_of(text), &p))
        fail_msg("not taken: %s", text);
    assert_true(span_is(p.user, user));
    assert_true(span_is(p.host, host));
    assert_int_equal(p.offset, offset);
}

static void
not_ours(struct span text)
{
    struct prompt p, zero;

    memset(&zero, 0, sizeof(zero));
    memset(&p, 0x5a, sizeof(p));
    if (prompt_parse(text, &p))
        fail_msg("taken: %.*s", (int)text.len, text.data);
    assert_memory_equal(&p, &zero, sizeof(zero));
}

static void
our_questions_are_answered_with_the_destination_of_ssh(void **state)
{
    (void)state;
    ours("(alice@host) Password: ", "alice", "host", 0);
    ours("(alice@host) Token: ", "alice", "host", 0);
    ours("(alice@host) Token (continued at 1023): ", "alice", "host", 1023);
    ours("(alice@host) Token (continued at 65536): ", "alice", "host", 65536);
    ours("(alice@2001:db8::1) Password: ", "alice", "2001:db8::1", 0);
    ours("(alice@corp.example@host) Password: ", "alice@corp.example", "host",
         0);
}

static void
no_other_question_is(void **state)
{
    static const char *const texts[] = {
        "", "(", "(alice", "(alice@host", "(alice@host)", "(alice@host) ",
        "Password: ", "alice@host's password: ", "(alice@host)Password: ",
        "(alice@host)  Password: ", " (alice@host) Password: ",
        "(alice@host) Password:", "(alice@host) password: ",
        "(alice@host) Password: x",
        "(alice@host) Passwort: ", "(@host) Password: ", "(alice@) Password: ",
        "(alice) Password: ", "() Password: ", "(al ice@host) Password: ",
        "(alice@ho\x1bst) Password: ", "(alice@h\xc3\xb6st) Password: ",
        /* What a hostile server can add is in front of or behind a question
         * of ours, never in front of ssh's own words. */
        "(mallory@evil) (alice@host) Password: ",
        "(mallory@evil) \n(alice@host) Password: ",
        "(mallory@evil) Welcome\nPassword: ",
        "(mallory@evil) Password: (alice@host) Password: ",
        "(mallory@evil) Password: \n", "(mallory@evil) \rPassword: ",
        "(mallory@evil) Token (continued at 1023): Token: ",
        "(alice@host) Token (continued at ): ",
        "(alice@host) Token (continued at 0): ",
        "(alice@host) Token (continued at 01023): ",
        "(alice@host) Token (continued at -1): ",
        "(alice@host) Token (continued at +1): ",
        "(alice@host) Token (continued at 1 ): ",
        "(alice@host) Token (continued at 65537): ",
        "(alice@host) Token (continued at 99999999999999999999): ",
        "(alice@host) Token (continued at 1023):",
        "(alice@host) Token (continued at 1023) : ",
        "Enter passphrase for key '/home/alice/.ssh/id_ed25519': ",
        "The authenticity of host 'host (::1)' can't be established.\nAre you "
        "sure you want to continue connecting (yes/no/[fingerprint])? "};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        not_ours(span_of(texts[i]));
    not_ours((struct span){"(a@b\0) Password: ", 17});
    not_ours((struct span){"(a@b) Password: \0", 17});
}

static void
every_byte_that_is_changed_makes_it_another_question(void **state)
{
    static const char text[] = "(a@b) Token (continued at 7): ";
    char changed[sizeof(text)];
    size_t i;
    int byte;

    (void)state;
    for (i = 0; i < sizeof(text) - 1; i++)
        for (byte = 0; byte < 256; byte++) {
            struct prompt p;

            if ((char)byte == text[i])
                continue;
            memcpy(changed, text, sizeof(text));
            changed[i] = (char)byte;
            if (prompt_parse((struct span){changed, sizeof(text) - 1}, &p))
                /* Only names and the number may be others. */
                assert_true(i == 1 || i == 3 || i == 26);
        }
}

static void
names_are_bounded(void **state)
{
    char text[2 * PROMPT_NAME_MAX + 64], name[PROMPT_NAME_MAX + 2];

    (void)state;
    memset(name, 'x', sizeof(name));
    name[PROMPT_NAME_MAX] = '\0';
    (void)snprintf(text, sizeof(text), "(%s@%s) Token: ", name, name);
    ours(text, name, name, 0);
    name[PROMPT_NAME_MAX] = 'x';
    name[PROMPT_NAME_MAX + 1] = '\0';
    (void)snprintf(text, sizeof(text), "(%s@h) Token: ", name);
    not_ours(span_of(text));
    (void)snprintf(text, sizeof(text), "(u@%s) Token: ", name);
    not_ours(span_of(text));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            our_questions_are_answered_with_the_destination_of_ssh),
        cmocka_unit_test(no_other_question_is),
        cmocka_unit_test(every_byte_that_is_changed_makes_it_another_question),
        cmocka_unit_test(names_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
