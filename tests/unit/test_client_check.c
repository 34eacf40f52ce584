/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the audience of a token names a host, for httpauth-token check. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "helper/client/check.h"

static bool
names(const char *audience, const char *host)
{
    return check_names_host(span_of(audience), span_of(host));
}

static void
a_host_and_a_uri_of_it_name_it(void **state)
{
    (void)state;
    assert_true(names("host.example", "host.example"));
    assert_true(names("HOST.example", "host.Example"));
    assert_true(names("ssh://host.example", "host.example"));
    assert_true(names("https://host.example:8443/path?query", "host.example"));
    assert_true(names("ssh://192.0.2.1/", "192.0.2.1"));
    assert_true(names("ssh://[2001:db8::1]:22/", "2001:db8::1"));
    assert_true(names("ssh://[2001:db8::1]", "2001:db8::1"));
}

static void
others_do_not(void **state)
{
    (void)state;
    assert_false(names("", ""));
    assert_false(names("", "host.example"));
    assert_false(names("ssh://", ""));
    assert_false(names("ssh://host.example.evil", "host.example"));
    assert_false(names("ssh://evil/host.example", "host.example"));
    assert_false(names("ssh://evil://host.example", "host.example"));
    assert_false(names("ssh://[", ""));
    assert_false(names("ssh://[2001:db8::1]", "2001"));
    assert_false(names("example", "host.example"));
    assert_false(names("account", "host.example"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_and_a_uri_of_it_name_it),
        cmocka_unit_test(others_do_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
