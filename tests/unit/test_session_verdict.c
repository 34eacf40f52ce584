/* SPDX-License-Identifier: BSD-2-Clause */
/* helper/session: the verdict cache, and the table below it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/base/lru.h"
#include "helper/session/verdict.h"

#define BYTES(literal) ((struct span){(literal), sizeof(literal) - 1})

static const unsigned char section_a[32] = {1}, section_b[32] = {2};

static struct verdict_key
key_of(const struct verdicts *v, const char *kind, struct span issuer,
       const unsigned char *section, struct span user, struct span credential)
{
    const struct verdict_name name = {kind, issuer, section, user, credential};
    struct verdict_key key;

    assert_true(verdict_key(v, &name, &key));
    return key;
}

static struct verdict_key
key_for(const struct verdicts *v, const char *credential)
{
    return key_of(v, "jwt", BYTES("work"), section_a, BYTES("alice"),
                  span_of(credential));
}

static bool
same(struct verdict_key a, struct verdict_key b)
{
    return memcmp(a.mac, b.mac, sizeof a.mac) == 0;
}

#define FRESH_MS 1000

static void
assert_found(struct verdicts *v, const struct verdict_key *key, int64_t now,
             const char *want)
{
    struct span found = verdict_find(v, key, now, FRESH_MS);

    if (want == NULL) {
        assert_null(found.data);
        return;
    }
    assert_non_null(found.data);
    assert_true(span_is(found, want));
}

/* --- keys --- */

static void
the_same_parts_give_the_same_key(void **state)
{
    struct verdicts *v = verdicts_new(4);

    (void)state;
    assert_non_null(v);
    assert_true(same(key_for(v, "token"), key_for(v, "token")));
    verdicts_free(v);
}

static void
every_part_changes_the_key(void **state)
{
    struct verdicts *v = verdicts_new(4);
    struct verdict_key keys[7];
    size_t i, j;

    (void)state;
    assert_non_null(v);
    keys[0] = key_for(v, "token");
    keys[1] = key_for(v, "Token");
    keys[2] = key_of(v, "introspection", BYTES("work"), section_a,
                     BYTES("alice"), BYTES("token"));
    keys[3] = key_of(v, "jwt", BYTES("other"), section_a, BYTES("alice"),
                     BYTES("token"));
    keys[4] = key_of(v, "jwt", BYTES("work"), section_b, BYTES("alice"),
                     BYTES("token"));
    keys[5] = key_of(v, "jwt", BYTES("work"), section_a, BYTES("bob"),
                     BYTES("token"));
    keys[6] = key_of(v, "jwt", BYTES("work"), section_a, BYTES("alice"),
                     BYTES("token\0"));
    for (i = 0; i < 7; i++)
        for (j = 0; j < i; j++)
            assert_false(same(keys[i], keys[j]));
    verdicts_free(v);
}

static void
bytes_that_move_between_parts_change_the_key(void **state)
{
    struct verdicts *v = verdicts_new(4);

    (void)state;
    assert_non_null(v);
    assert_false(same(key_of(v, "jwt", BYTES("work"), section_a, BYTES("alice"),
                             BYTES("xtoken")),
                      key_of(v, "jwt", BYTES("work"), section_a,
                             BYTES("alicex"), BYTES("token"))));
    assert_false(same(key_of(v, "jwt", BYTES("work"), section_a, BYTES(""),
                             BYTES("alicetoken")),
                      key_of(v, "jwt", BYTES("work"), section_a, BYTES("alice"),
                             BYTES("token"))));
    assert_false(same(key_of(v, "jwtw", BYTES("ork"), section_a, BYTES("alice"),
                             BYTES("token")),
                      key_for(v, "token")));
    verdicts_free(v);
}

static void
two_caches_have_different_keys(void **state)
{
    struct verdicts *v = verdicts_new(4), *w = verdicts_new(4);

    (void)state;
    assert_non_null(v);
    assert_non_null(w);
    assert_false(same(key_for(v, "token"), key_for(w, "token")));
    verdicts_free(v);
    verdicts_free(w);
}

static void
a_credential_equal_to_other_names_has_its_own_key(void **state)
{
    struct verdicts *v = verdicts_new(4);

    (void)state;
    assert_non_null(v);
    assert_false(same(key_for(v, "alice"), key_for(v, "work")));
    assert_false(same(key_for(v, ""), key_for(v, "jwt")));
    verdicts_free(v);
}

/* --- verdicts --- */

static void
a_verdict_is_found_until_its_end(void **state)
{
    struct verdicts *v = verdicts_new(4);
    struct verdict_key key;

    (void)state;
    assert_non_null(v);
    key = key_for(v, "token");
    assert_found(v, &key, 0, NULL);
    assert_true(verdict_add(v, &key, BYTES("facts"), 0, 1000));
    assert_found(v, &key, 0, "facts");
    assert_found(v, &key, 999, "facts");
    assert_found(v, &key, 1000, NULL);
    assert_int_equal(verdicts_count(v).verdicts, 0);
    assert_found(v, &key, 999, NULL);
    verdicts_free(v);
}

static void
for_how_long_it_counts_is_asked_at_each_use(void **state)
{
    struct verdicts *v = verdicts_new(4);
    struct verdict_key key;

    (void)state;
    assert_non_null(v);
    key = key_for(v, "token");
    assert_true(verdict_add(v, &key, BYTES("facts"), 1000, 9000));
    assert_non_null(verdict_find(v, &key, 5999, 5000).data);
    assert_null(verdict_find(v, &key, 6000, 5000).data);
    assert_null(verdict_find(v, &key, 3000, 2000).data);
    assert_null(verdict_find(v, &key, 1000, 0).data);
    assert_non_null(verdict_find(v, &key, 6000, 8000).data);
    assert_null(verdict_find(v, &key, 9000, INT64_MAX).data);
    verdicts_free(v);
}

static void
a_verdict_for_one_user_is_none_for_another(void **state)
{
    struct verdicts *v = verdicts_new(4);
    struct verdict_key alice, bob;

    (void)state;
    assert_non_null(v);
    alice = key_for(v, "token");
    bob = key_of(v, "jwt", BYTES("work"), section_a, BYTES("bob"),
                 BYTES("token"));
    assert_true(verdict_add(v, &alice, BYTES("facts"), 0, 1000));
    assert_found(v, &bob, 0, NULL);
    verdicts_free(v);
}

static void
a_key_with_one_other_bit_finds_nothing(void **state)
{
    struct verdicts *v = verdicts_new(4);
    struct verdict_key key;
    size_t bit;

    (void)state;
    assert_non_null(v);
    key = key_for(v, "token");
    assert_true(verdict_add(v, &key, BYTES("facts"), 0, 1000));
    for (bit = 0; bit < 8 * sizeof key.mac; bit++) {
        key.mac[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_found(v, &key, 0, NULL);
        key.mac[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    assert_found(v, &key, 0, "facts");
    verdicts_free(v);
}

static void
a_newer_verdict_replaces_the_older(void **state)
{
    struct verdicts *v = verdicts_new(4);
    struct verdict_key key;

    (void)state;
    assert_non_null(v);
    key = key_for(v, "token");
    assert_true(verdict_add(v, &key, BYTES("older and longer"), 0, 9000));
    assert_true(verdict_add(v, &key, BYTES("newer"), 0, 1000));
    assert_found(v, &key, 500, "newer");
    assert_int_equal(verdicts_count(v).verdicts, 1);
    assert_found(v, &key, 2000, NULL);
    verdicts_free(v);
}

static void
the_least_recently_used_goes_first(void **state)
{
    struct verdicts *v = verdicts_new(2);
    struct verdict_key a, b, c;

    (void)state;
    assert_non_null(v);
    a = key_for(v, "a");
    b = key_for(v, "b");
    c = key_for(v, "c");
    assert_true(verdict_add(v, &a, BYTES("A"), 0, 1000));
    assert_true(verdict_add(v, &b, BYTES("B"), 0, 1000));
    assert_found(v, &a, 0, "A");
    assert_true(verdict_add(v, &c, BYTES("C"), 0, 1000));
    assert_found(v, &b, 0, NULL);
    assert_found(v, &a, 0, "A");
    assert_found(v, &c, 0, "C");
    verdicts_free(v);
}

static void
a_smaller_bound_pushes_out_at_once(void **state)
{
    struct verdicts *v = verdicts_new(100);
    struct verdict_key key;
    char name[16];
    int i;

    (void)state;
    assert_non_null(v);
    for (i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "%d", i);
        key = key_for(v, name);
        assert_true(verdict_add(v, &key, BYTES("x"), 0, 1000));
    }
    verdicts_limit(v, 3);
    assert_int_equal(verdicts_count(v).verdicts, 3);
    assert_found(v, &key, 0, "x");
    verdicts_limit(v, 0);
    assert_int_equal(verdicts_count(v).verdicts, 0);
    assert_false(verdict_add(v, &key, BYTES("x"), 0, 1000));
    verdicts_free(v);
}

static void
large_verdicts_do_not_fill_the_memory(void **state)
{
    struct verdicts *v = verdicts_new(1000);
    struct verdict_key key;
    const size_t large = 100 * 1024;
    char *value = calloc(1, large), name[16];
    int i;

    (void)state;
    assert_non_null(v);
    assert_non_null(value);
    for (i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "%d", i);
        key = key_for(v, name);
        assert_true(verdict_add(v, &key, (struct span){value, large}, 0, 1000));
    }
    assert_true(verdicts_count(v).bytes < 2 * 1024 * 1024);
    assert_non_null(verdict_find(v, &key, 0, FRESH_MS).data);
    free(value);
    verdicts_free(v);
}

static void
a_removed_or_flushed_verdict_is_gone(void **state)
{
    struct verdicts *v = verdicts_new(4);
    struct verdict_key a, b;

    (void)state;
    assert_non_null(v);
    a = key_for(v, "a");
    b = key_for(v, "b");
    assert_true(verdict_add(v, &a, BYTES("A"), 0, 1000));
    assert_true(verdict_add(v, &b, BYTES("B"), 0, 1000));
    verdict_remove(v, &a);
    verdict_remove(v, &a);
    assert_found(v, &a, 0, NULL);
    assert_found(v, &b, 0, "B");
    verdict_add_negative(v, &a, REASON_SIGNATURE, 0);
    verdicts_flush(v);
    assert_found(v, &b, 0, NULL);
    assert_int_equal(verdict_find_negative(v, &a, 0), REASON_NONE);
    assert_int_equal(verdicts_count(v).verdicts, 0);
    assert_int_equal(verdicts_count(v).negatives, 0);
    verdicts_free(v);
}

static void
an_empty_value_is_a_value(void **state)
{
    struct verdicts *v = verdicts_new(4);
    struct verdict_key key;

    (void)state;
    assert_non_null(v);
    key = key_for(v, "token");
    assert_true(verdict_add(v, &key, (struct span){NULL, 0}, 0, 1000));
    assert_found(v, &key, 0, "");
    verdicts_free(v);
}

/* facts_view() asks for it. */
static void
values_are_aligned_to_eight_bytes(void **state)
{
    struct verdicts *v = verdicts_new(64);
    struct verdict_key key;
    char value[64] = "";
    size_t len;

    (void)state;
    assert_non_null(v);
    for (len = 0; len < sizeof value; len++) {
        key = key_for(v, value);
        assert_true(verdict_add(v, &key, (struct span){value, len}, 0, 1000));
        assert_int_equal((uintptr_t)verdict_find(v, &key, 0, FRESH_MS).data % 8,
                         0);
        value[len] = 'v';
        value[len + 1 < sizeof value ? len + 1 : len] = '\0';
    }
    verdicts_free(v);
}

/* A block of facts with twelve groups takes some 300 bytes. */
static void
a_verdict_adds_little_to_its_facts(void **state)
{
    const size_t facts = 300, most = 4096;
    struct verdicts *v = verdicts_new(most);
    size_t before, i;
    char value[300] = "", name[24];

    (void)state;
    assert_non_null(v);
    before = verdicts_count(v).bytes;
    for (i = 0; i < most; i++) {
        struct verdict_key key;

        snprintf(name, sizeof name, "%zu", i);
        key = key_for(v, name);
        assert_true(verdict_add(v, &key, (struct span){value, facts}, 0, 1000));
    }
    assert_int_equal(verdicts_count(v).verdicts, most);
    assert_true((verdicts_count(v).bytes - before) / most <= 400);
    verdicts_free(v);
}

/* --- negatives --- */

static void
a_definite_no_is_remembered_for_a_while(void **state)
{
    struct verdicts *v = verdicts_new(4);
    struct verdict_key key;

    (void)state;
    assert_non_null(v);
    key = key_for(v, "token");
    assert_int_equal(verdict_find_negative(v, &key, 5), REASON_NONE);
    verdict_add_negative(v, &key, REASON_SIGNATURE, 5);
    assert_int_equal(verdict_find_negative(v, &key, 5), REASON_SIGNATURE);
    assert_int_equal(verdict_find_negative(v, &key, 4 + NEGATIVE_TTL_S * 1000),
                     REASON_SIGNATURE);
    assert_int_equal(verdict_find_negative(v, &key, 5 + NEGATIVE_TTL_S * 1000),
                     REASON_NONE);
    assert_int_equal(verdicts_count(v).negatives, 0);
    verdicts_free(v);
}

static void
an_outage_is_never_remembered(void **state)
{
    static const enum reason reasons[] = {
        REASON_NONE,     REASON_ACCEPTED, REASON_KEYS_UNAVAILABLE,
        REASON_TIMEOUT,  REASON_OVERLOAD, REASON_STOPPING,
        REASON_INTERNAL, REASON_STATE,    REASON_CONFIGURATION};
    struct verdicts *v = verdicts_new(4);
    struct verdict_key key;
    size_t i;

    (void)state;
    assert_non_null(v);
    key = key_for(v, "token");
    for (i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        verdict_add_negative(v, &key, reasons[i], 0);
        assert_int_equal(verdict_find_negative(v, &key, 0), REASON_NONE);
    }
    verdicts_free(v);
}

static void
the_last_word_about_a_credential_counts(void **state)
{
    struct verdicts *v = verdicts_new(4);
    struct verdict_key key;

    (void)state;
    assert_non_null(v);
    key = key_for(v, "token");
    assert_true(verdict_add(v, &key, BYTES("facts"), 0, 1000));
    verdict_add_negative(v, &key, REASON_SIGNATURE, 0);
    assert_found(v, &key, 0, NULL);
    assert_true(verdict_add(v, &key, BYTES("facts"), 0, 1000));
    assert_int_equal(verdict_find_negative(v, &key, 0), REASON_NONE);
    verdicts_free(v);
}

static void
negatives_are_bounded_and_push_out_no_verdict(void **state)
{
    struct verdicts *v = verdicts_new(1);
    struct verdict_key good, key;
    char name[16];
    int i;

    (void)state;
    assert_non_null(v);
    good = key_for(v, "good");
    assert_true(verdict_add(v, &good, BYTES("facts"), 0, 1000));
    for (i = 0; i < NEGATIVES_MAX + 100; i++) {
        snprintf(name, sizeof name, "%d", i);
        key = key_for(v, name);
        verdict_add_negative(v, &key, REASON_SIGNATURE, 0);
    }
    assert_int_equal(verdicts_count(v).negatives, NEGATIVES_MAX);
    assert_int_equal(verdict_find_negative(v, &key, 0), REASON_SIGNATURE);
    assert_found(v, &good, 0, "facts");
    verdicts_free(v);
}

/* --- against a model --- */

#define MODEL_KEYS 200
#define MODEL_MOST 24

/* The same thing as simply as it can be written. */
struct model {
    struct {
        bool there;
        int64_t until;
        unsigned used; /* when; the smallest goes first */
        unsigned value;
    } entry[MODEL_KEYS];
    unsigned clock;
    size_t most;
};

static size_t
model_count(const struct model *m)
{
    size_t i, n = 0;

    for (i = 0; i < MODEL_KEYS; i++)
        n += m->entry[i].there;
    return n;
}

static void
model_shrink(struct model *m, size_t most)
{
    while (model_count(m) > most) {
        size_t i, oldest = MODEL_KEYS;

        for (i = 0; i < MODEL_KEYS; i++)
            if (m->entry[i].there && (oldest == MODEL_KEYS ||
                                      m->entry[i].used < m->entry[oldest].used))
                oldest = i;
        m->entry[oldest].there = false;
    }
}

static void
model_add(struct model *m, size_t i, unsigned value, int64_t until)
{
    m->entry[i].there = false;
    if (m->most == 0)
        return;
    model_shrink(m, m->most - 1);
    m->entry[i].there = true;
    m->entry[i].value = value;
    m->entry[i].until = until;
    m->entry[i].used = ++m->clock;
}

static bool
model_find(struct model *m, size_t i, int64_t now, unsigned *value)
{
    if (m->entry[i].there && now >= m->entry[i].until)
        m->entry[i].there = false;
    if (!m->entry[i].there)
        return false;
    m->entry[i].used = ++m->clock;
    *value = m->entry[i].value;
    return true;
}

static unsigned
next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*seed >> 33);
}

static void
step(struct verdicts *v, struct model *m, const struct verdict_key *key,
     size_t i, int64_t now, uint64_t *seed)
{
    unsigned what = next_random(seed) % 100, value = next_random(seed);
    struct span found;

    if (what < 45) {
        int64_t until = now + next_random(seed) % 400;

        assert_int_equal(
            verdict_add(v, key,
                        (struct span){(const char *)&value, sizeof value}, now,
                        until),
            m->most > 0);
        model_add(m, i, value, until);
    } else if (what < 90) {
        found = verdict_find(v, key, now, INT64_MAX);
        assert_int_equal(found.data != NULL, model_find(m, i, now, &value));
        if (found.data != NULL)
            assert_memory_equal(found.data, &value, sizeof value);
    } else if (what < 97) {
        verdict_remove(v, key);
        m->entry[i].there = false;
    } else if (what < 99) {
        m->most = next_random(seed) % (2 * MODEL_MOST);
        verdicts_limit(v, m->most);
        model_shrink(m, m->most);
    } else {
        verdicts_flush(v);
        model_shrink(m, 0);
    }
    assert_int_equal(verdicts_count(v).verdicts, model_count(m));
}

static void
it_behaves_like_a_simple_model(void **state)
{
    static struct verdict_key key[MODEL_KEYS];
    struct verdicts *v = verdicts_new(MODEL_MOST);
    struct model m = {.most = MODEL_MOST};
    uint64_t seed = 20240229;
    int64_t now = 0;
    char name[16];
    size_t i;

    (void)state;
    assert_non_null(v);
    for (i = 0; i < MODEL_KEYS; i++) {
        snprintf(name, sizeof name, "%zu", i);
        key[i] = key_for(v, name);
    }
    for (i = 0; i < 40000; i++) {
        size_t which = next_random(&seed) % MODEL_KEYS;

        if (next_random(&seed) % 3 != 0)
            which %= 2 * MODEL_MOST; /* some are asked for more often */
        now += next_random(&seed) % 8;
        step(v, &m, &key[which], which, now, &seed);
    }
    verdicts_free(v);
}

/* --- the table below --- */

static void
colliding_keys_are_kept_apart(void **state)
{
    struct lru *t = lru_new(16, 100, 1 << 20);
    unsigned char key[16] = {0}, *value;
    unsigned char i;

    (void)state;
    assert_non_null(t);
    for (i = 0; i < 50; i++) {
        key[15] = i; /* the first eight bytes, the hash, are the same */
        value = lru_add(t, key, 1);
        assert_non_null(value);
        *value = i;
    }
    for (i = 0; i < 50; i += 2) {
        key[15] = i;
        lru_remove(t, key);
    }
    assert_int_equal(lru_count(t), 25);
    for (i = 0; i < 50; i++) {
        struct span found;

        key[15] = i;
        found = lru_peek(t, key);
        assert_int_equal(found.data != NULL, i % 2);
        if (found.data != NULL)
            assert_int_equal((unsigned char)found.data[0], i);
    }
    lru_free(t);
}

static void
what_is_larger_than_the_table_is_not_kept(void **state)
{
    struct lru *t = lru_new(8, 10, 1000);

    (void)state;
    assert_non_null(t);
    assert_non_null(lru_add(t, "12345678", 100));
    assert_null(lru_add(t, "12345678", 1000));
    assert_null(lru_add(t, "12345678", SIZE_MAX));
    assert_int_equal(lru_count(t), 0);
    assert_null(lru_peek(t, "12345678").data);
    assert_null(lru_new(LRU_KEY_MIN - 1, 10, 1000));
    lru_free(t);
}

static void
a_no_ends_it_however_long_it_would_have_counted(void **state)
{
    struct verdicts *v = verdicts_new(10);
    struct verdict_key key = key_for(v, "t");

    (void)state;
    assert_true(verdict_add(v, &key, BYTES("facts"), 0, 5000));
    assert_found(v, &key, 1000, NULL);
    assert_non_null(verdict_find(v, &key, 1000, 5000).data);
    verdict_add_negative(v, &key, REASON_INACTIVE, 2000);
    assert_null(verdict_find(v, &key, 2000, 5000).data);
    verdicts_free(v);
}

static void
a_verdict_does_not_outlive_its_credential(void **state)
{
    (void)state;
    assert_int_equal(verdict_life_s(3600, 300), 300);
    assert_int_equal(verdict_life_s(240, 300), 300);
    assert_int_equal(verdict_life_s(239, 300), 299);
    assert_int_equal(verdict_life_s(-59, 300), 1);
    assert_int_equal(verdict_life_s(-60, 300), 0);
    assert_int_equal(verdict_life_s(3600, 0), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_parts_give_the_same_key),
        cmocka_unit_test(every_part_changes_the_key),
        cmocka_unit_test(bytes_that_move_between_parts_change_the_key),
        cmocka_unit_test(two_caches_have_different_keys),
        cmocka_unit_test(a_credential_equal_to_other_names_has_its_own_key),
        cmocka_unit_test(a_verdict_is_found_until_its_end),
        cmocka_unit_test(for_how_long_it_counts_is_asked_at_each_use),
        cmocka_unit_test(a_verdict_for_one_user_is_none_for_another),
        cmocka_unit_test(a_key_with_one_other_bit_finds_nothing),
        cmocka_unit_test(a_newer_verdict_replaces_the_older),
        cmocka_unit_test(the_least_recently_used_goes_first),
        cmocka_unit_test(a_smaller_bound_pushes_out_at_once),
        cmocka_unit_test(large_verdicts_do_not_fill_the_memory),
        cmocka_unit_test(a_removed_or_flushed_verdict_is_gone),
        cmocka_unit_test(an_empty_value_is_a_value),
        cmocka_unit_test(values_are_aligned_to_eight_bytes),
        cmocka_unit_test(a_verdict_adds_little_to_its_facts),
        cmocka_unit_test(a_definite_no_is_remembered_for_a_while),
        cmocka_unit_test(an_outage_is_never_remembered),
        cmocka_unit_test(the_last_word_about_a_credential_counts),
        cmocka_unit_test(negatives_are_bounded_and_push_out_no_verdict),
        cmocka_unit_test(it_behaves_like_a_simple_model),
        cmocka_unit_test(colliding_keys_are_kept_apart),
        cmocka_unit_test(what_is_larger_than_the_table_is_not_kept),
        cmocka_unit_test(a_no_ends_it_however_long_it_would_have_counted),
        cmocka_unit_test(a_verdict_does_not_outlive_its_credential),
    };

    return cmocka_run_group_tests_name("verdicts", tests, NULL, NULL);
}
