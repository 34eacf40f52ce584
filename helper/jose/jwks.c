/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/jose/jwks.h"

#include <stdio.h>
#include <stdlib.h>

#include "helper/base/limits.h"
#include "helper/jose/json.h"

/* The first problem is the one that is reported. */
static void
report_problem(struct jwks_report *report, const char *problem)
{
    if (report->problem[0] == '\0')
        snprintf(report->problem, sizeof(report->problem), "%s", problem);
}

static void
report_key(struct jwks_report *report, size_t index,
           const struct jwk_note *note)
{
    char text[sizeof(report->problem)];

    report->private_members |= note->private_members;
    if (note->problem == NULL) {
        report->usable++;
        return;
    }
    report->skipped++;
    snprintf(text, sizeof(text), "key %zu: %s", index + 1, note->problem);
    report_problem(report, text);
}

static void
load_key(struct jwks *set, const json_t *jwk, size_t index,
         enum jwk_secrets secrets, struct jwks_report *report)
{
    struct jwk_note note;
    struct jwk *key = jwk_load(jwk, secrets, &note);

    report_key(report, index, &note);
    if (key != NULL)
        set->key[set->count++] = key;
}

/* RFC 7517 section 5.1: a member `keys`, which must be an array. */
static const json_t *
keys_of(const json_t *root, struct jwks_report *report)
{
    const json_t *keys = json_object_get(root, "keys");

    if (keys == NULL)
        report_problem(report, "the document has no member keys");
    else if (!json_is_array(keys))
        report_problem(report, "keys is not an array");
    else if (json_array_size(keys) == 0)
        report_problem(report, "keys is empty");
    else if (json_array_size(keys) > LIMIT_JWKS_KEYS)
        report_problem(report, "the document has too many keys");
    else
        return keys;
    return NULL;
}

static struct jwks *
jwks_new(size_t room)
{
    struct jwks *set = calloc(1, sizeof(*set));

    if (set == NULL)
        return NULL;
    set->references = 1;
    set->key = calloc(room, sizeof(struct jwk *));
    if (set->key == NULL) {
        free(set);
        set = NULL;
    }
    return set;
}

static void
load_all(struct jwks *set, const json_t *root, const json_t *keys,
         enum jwk_secrets secrets, struct jwks_report *report)
{
    const json_t *jwk;
    size_t i;

    if (keys == NULL) {
        load_key(set, root, 0, secrets, report);
        return;
    }
    json_array_foreach(keys, i, jwk) load_key(set, jwk, i, secrets, report);
}

struct jwks *
jwks_load(struct span document, enum jwk_secrets secrets, bool single,
          struct jwks_report *report)
{
    struct jwks *set = NULL;
    const json_t *keys = NULL;
    json_t *root = NULL;

    *report = (struct jwks_report){0};
    if (document.len > LIMIT_JWKS_BYTES) {
        report_problem(report, "the document is too large");
        goto done;
    }
    root = json_object_load(document);
    if (root == NULL) {
        report_problem(report, "not one JSON object without duplicates");
        goto done;
    }
    single = single && json_object_get(root, "keys") == NULL;
    if (!single && (keys = keys_of(root, report)) == NULL)
        goto done;
    set = jwks_new(keys == NULL ? 1 : json_array_size(keys));
    if (set == NULL) {
        report_problem(report, "no memory");
        goto done;
    }
    load_all(set, root, keys, secrets, report);
    if (set->count == 0) {
        jwks_free(set);
        set = NULL;
    }

done:
    json_decref(root);
    return set;
}

struct jwks *
jwks_of_secret(struct span secret, struct jwks_report *report)
{
    struct jwks *set = jwks_new(1);
    struct jwk_note note = {"no memory", false};

    *report = (struct jwks_report){0};
    if (set != NULL)
        set->key[0] = jwk_of_secret(secret, &note);
    if (note.problem == NULL) {
        set->count = 1;
        report->usable = 1;
        return set;
    }
    report->skipped = 1;
    report_problem(report, note.problem);
    jwks_free(set);
    return NULL;
}

struct jwks *
jwks_pin(struct jwks *set, const struct list *thumbprints,
         struct jwks_report *report)
{
    size_t kept = 0;

    for (size_t i = 0; i < set->count; i++) {
        struct jwk *key = set->key[i];

        if (list_has(thumbprints, span_of(key->thumbprint)))
            set->key[kept++] = key;
        else
            jwk_free(key);
    }
    report->skipped += set->count - kept;
    report->usable = kept;
    set->count = kept;
    if (kept > 0)
        return set;
    snprintf(report->problem, sizeof(report->problem),
             "none of the keys is in jwks_thumbprints");
    jwks_free(set);
    return NULL;
}

struct jwks *
jwks_hold(struct jwks *set)
{
    if (set != NULL)
        set->references++;
    return set;
}

void
jwks_free(struct jwks *set)
{
    if (set == NULL || --set->references > 0)
        return;
    for (size_t i = 0; i < set->count; i++)
        jwk_free(set->key[i]);
    free(set->key);
    free(set);
}
