/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_verdicts: what a remembered verdict costs. A token with twelve groups
 * becomes facts, and those are kept under 100,000 names; prints the bytes of
 * memory per verdict (by the allocator's own count), and the microseconds that
 * one takes to be found, key included, among 100,000 and among 100.
 */
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "helper/conf/usersmap.h"
#include "helper/jose/claims.h"
#include "helper/policy/facts.h"
#include "helper/session/verdict.h"
#include "tests/bench/measure.h"

#define MANY 100000
#define FEW 100
#define ROUNDS 41
#define FINDS 2000

static const char token[] =
    "{\"iss\":\"https://idp.example/realms/work\","
    "\"sub\":\"f3b5a1de-7a0c-4d52-9a7e-4b1f6f0f0c11\","
    "\"aud\":\"ssh://host.example\",\"exp\":4102444800,\"iat\":1700000000,"
    "\"jti\":\"onrtac:8b7a7c4e-0d5e-4f13-8a1f-0b6ad2a7f7c5\","
    "\"client_id\":\"ssh\",\"scope\":\"openid ssh:login\","
    "\"preferred_username\":\"alice\",\"groups\":[\"admins\",\"dev\",\"ops\","
    "\"eu\",\"build\",\"release\",\"oncall\",\"dba\",\"audit\",\"vpn\","
    "\"wiki\",\"staff\"]}";

static struct facts *
make_facts(void)
{
    struct buffer complaints = BUFFER_INIT(4096);
    struct users_map *map = usersmap_parse(span_of(""), "none", &complaints);
    struct config config = {.map = map};
    struct issuer_conf conf = {
        .name = (char *)(uintptr_t) "work",
        .issuer = (char *)(uintptr_t) "https://idp.example/realms/work",
        .username_claim = (char *)(uintptr_t) "preferred_username",
        .groups_claim = (char *)(uintptr_t) "groups",
        .scope_claim = (char *)(uintptr_t) "scope"};
    struct claims claims;
    struct facts *facts = NULL;

    if (claims_parse(span_of(token), &claims) == REASON_ACCEPTED)
        facts = facts_from_claims(&claims, METHOD_JWT, &config, &conf);
    claims_clear(&claims);
    usersmap_free(map);
    buffer_free(&complaints);
    return facts;
}

static struct verdict_key
key_of(const struct verdicts *v, unsigned number)
{
    static const unsigned char section[32];
    static char credential[1400];
    const struct verdict_name name = {
        .kind = "jwt",
        .issuer = span_of("work"),
        .section = section,
        .user = span_of("alice"),
        .credential = {credential, sizeof(credential)}};
    struct verdict_key key;

    memcpy(credential, &number, sizeof(number));
    if (!verdict_key(v, &name, &key))
        exit(1);
    return key;
}

static struct verdicts *
fill(const struct facts *facts, unsigned count)
{
    struct verdicts *v = verdicts_new(count);

    for (unsigned i = 0; i < count; i++) {
        struct verdict_key key = key_of(v, i);

        if (!verdict_add(v, &key,
                         (struct span){(const char *)facts, facts->size}, 0, 1))
            exit(1);
    }
    return v;
}

static double
find_us(struct verdicts *v, unsigned count, unsigned *seed)
{
    double began = measure_now_us();

    for (unsigned i = 0; i < FINDS; i++) {
        struct verdict_key key;

        *seed = *seed * 1103515245u + 12345u;
        key = key_of(v, (*seed >> 8) % count);
        if (verdict_find(v, &key, 0, 1).data == NULL)
            exit(1);
    }
    return (measure_now_us() - began) / FINDS;
}

int
main(void)
{
    struct facts *facts = make_facts();
    double many_us[ROUNDS], few_us[ROUNDS];
    struct verdicts *many, *few;
    unsigned seed = 1;
    size_t before, bytes;

    measure_pin(0);
    if (facts == NULL || facts->count[FACT_GROUP] != 12)
        return 1;
    before = mallinfo2().uordblks;
    many = fill(facts, MANY);
    bytes = mallinfo2().uordblks - before;
    few = fill(facts, FEW);
    for (int i = 0; i < ROUNDS; i++) {
        many_us[i] = find_us(many, MANY, &seed);
        few_us[i] = find_us(few, FEW, &seed);
    }
    printf("bytes %zu facts %u many %.3f few %.3f\n", bytes / MANY,
           (unsigned)facts->size, measure_median(many_us, ROUNDS),
           measure_median(few_us, ROUNDS));
    verdicts_free(many);
    verdicts_free(few);
    free(facts);
    return 0;
}
