/* SPDX-License-Identifier: BSD-2-Clause */
/* Networks in CIDR form and the addresses in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/base/network.h"

static bool
is_network(const char *text)
{
    struct network network;

    return network_parse(span_of(text), &network);
}

static bool
is_in(const char *text, const char *address)
{
    struct network network;

    assert_true(network_parse(span_of(text), &network));
    return network_contains(&network, span_of(address));
}

static void
networks_are_written_in_full_and_exactly(void **state)
{
    static const char *const good[] = {
        "192.0.2.0/24", "192.0.2.7",         "0.0.0.0/0",
        "10.0.0.0/8",   "2001:db8::/32",     "::1",
        "::/0",         "192.0.2.7/32",      "2001:db8::/128",
        "fe80::/10",    "::ffff:1.2.3.0/120"};
    static const char *const bad[] = {
        "",
        "/",
        "/24",
        "192.0.2.0/",
        "192.0.2.0/33",
        "192.0.2.0/024",
        "192.0.2.0/+24",
        "192.0.2.0/24 ",
        " 192.0.2.0/24",
        "192.0.2/24",
        "192.0.2.1/24",
        "10.1.2.3/8",
        "2001:db8::1/32",
        "2001:db8::/129",
        "2001:db8::/1000",
        "2001:db8::/-1",
        "fe80::1%eth0",
        "host.example",
        "192.0.2.0/24/24",
        "0192.0.2.0/24",
        "[::1]",
        "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/8"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!is_network(good[i]))
            fail_msg("%s is one", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (is_network(bad[i]))
            fail_msg("%s is none", bad[i]);
}

static void
a_nul_byte_ends_no_address(void **state)
{
    static const char text[] = "192.0.2.7\0x";
    struct network network;
    uint8_t address[16];

    (void)state;
    assert_false(network_parse((struct span){text, 11}, &network));
    assert_false(network_address((struct span){text, 11}, address));
    assert_false(network_address((struct span){NULL, 0}, address));
}

static void
a_network_holds_its_addresses_and_no_others(void **state)
{
    (void)state;
    assert_true(is_in("192.0.2.0/24", "192.0.2.0"));
    assert_true(is_in("192.0.2.0/24", "192.0.2.255"));
    assert_false(is_in("192.0.2.0/24", "192.0.3.0"));
    assert_false(is_in("192.0.2.0/24", "192.0.1.255"));
    assert_true(is_in("192.0.2.128/25", "192.0.2.128"));
    assert_false(is_in("192.0.2.128/25", "192.0.2.127"));
    assert_true(is_in("192.0.2.7", "192.0.2.7"));
    assert_false(is_in("192.0.2.7", "192.0.2.8"));
    assert_true(is_in("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(is_in("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(is_in("::/0", "2001:db8::1"));
}

static void
a_mapped_address_is_its_ipv4_address(void **state)
{
    (void)state;
    assert_true(is_in("192.0.2.0/24", "::ffff:192.0.2.9"));
    assert_true(is_in("192.0.2.0/24", "::ffff:c000:209"));
    assert_true(is_in("::ffff:192.0.2.0/120", "192.0.2.9"));
    assert_true(is_in("0.0.0.0/0", "198.51.100.1"));
    assert_false(is_in("0.0.0.0/0", "2001:db8::1"));
    assert_false(is_in("0.0.0.0/0", "::1"));
    assert_false(is_in("::/0", "192.0.2.1"));
    assert_false(is_in("::/0", "::ffff:192.0.2.1"));
    assert_true(is_in("::ffff:0:0/96", "192.0.2.1"));
}

static void
what_is_no_address_is_in_no_network(void **state)
{
    (void)state;
    assert_false(is_in("0.0.0.0/0", ""));
    assert_false(is_in("::/0", ""));
    assert_false(is_in("::/0", "host.example"));
    assert_false(is_in("0.0.0.0/0", "192.0.2.0/24"));
    assert_false(is_in("0.0.0.0/0", "192.0.2.1 "));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_are_written_in_full_and_exactly),
        cmocka_unit_test(a_nul_byte_ends_no_address),
        cmocka_unit_test(a_network_holds_its_addresses_and_no_others),
        cmocka_unit_test(a_mapped_address_is_its_ipv4_address),
        cmocka_unit_test(what_is_no_address_is_in_no_network),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
