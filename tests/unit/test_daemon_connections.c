/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose connections: a tunnel is made for one issuer, as it is configured. */
#include "tests/lib/http_server.h"
#include "tests/lib/scripted_proxy.h"
#include "tests/unit/daemon_house.h"

struct way {
    struct house *house;
    struct http_server *server;
    struct scripted_proxy *proxy;
};

/* That many issuers with the same server and proxy. */
static void
configure(struct way *w, unsigned issuers, const char *schemes)
{
    const char *keys = http_server_url(w->server, "/keys");
    char text[2048];
    int len = snprintf(text, sizeof(text), "[httpauthd]\nstate_dir = %s\n",
                       w->house->dir);

    for (unsigned i = 0; i < issuers; i++)
        len += snprintf(text + len, sizeof(text) - (size_t)len,
                        "[issuer idp%u]\nissuer = https://idp%u.example\n"
                        "audience = a\nusers = user%u\njwks_uri = %s\n"
                        "ca_file = %s\nproxy = %s\nproxy_user = alice\n"
                        "proxy_password_file = secret\nproxy_schemes = %s\n",
                        i, i, i, keys, http_server_ca(w->server),
                        scripted_proxy_url(w->proxy), schemes);
    assert_in_range(len, 1, sizeof(text) - 1);
    house_write(w->house, "httpauthd.conf", text);
}

static void
open_way(struct way *w, struct house *house)
{
    const struct proxy_script open_to_all = {.kind = PROXY_HTTP};
    char path[128];

    w->house = house;
    w->server = http_server_new(HTTP_CERTIFICATE_GOOD);
    w->proxy = scripted_proxy_new(&open_to_all);
    house_write(house, "secret", "word\n");
    (void)snprintf(path, sizeof(path), "%s/secret", house->dir);
    assert_int_equal(chmod(path, 0600), 0);
}

static void
close_way(struct way *w)
{
    helper_close(&w->house->helper);
    w->house->helper.loop = NULL;
    http_server_free(w->server);
    scripted_proxy_free(w->proxy);
}

static void
wait_for_requests(struct way *w, unsigned count)
{
    while (http_server_count(w->server, "/keys") < count ||
           !issuer_failing(w->house->helper.issuer[0].issuer))
        (void)uv_run(&w->house->loop, UV_RUN_ONCE);
}

static void
expect_tunnels_after_reload(struct house *house, unsigned issuers,
                            const char *schemes, unsigned tunnels)
{
    struct way w;

    open_way(&w, house);
    configure(&w, 1, "basic");
    house_start(w.house, HELPER_KEEPS_STATE);
    wait_for_requests(&w, 1);
    assert_int_equal(scripted_proxy_tunnels(w.proxy), 1);
    configure(&w, issuers, schemes);
    assert_true(
        helper_reload(&w.house->helper, w.house->conf, CONFIG_FILE_ONLY));
    wait_for_requests(&w, 2);
    assert_int_equal(scripted_proxy_tunnels(w.proxy), tunnels);
    close_way(&w);
}

static void
a_tunnel_serves_no_other_issuer(void **state)
{
    expect_tunnels_after_reload(*state, 2, "basic", 2);
}

static void
a_tunnel_does_not_outlive_its_configuration(void **state)
{
    expect_tunnels_after_reload(*state, 1, "digest", 2);
}

#define IN_EMPTY(test)                                                         \
    cmocka_unit_test_setup_teardown(test, house_setup_empty, house_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_EMPTY(a_tunnel_serves_no_other_issuer),
        IN_EMPTY(a_tunnel_does_not_outlive_its_configuration),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
