/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small configuration for the tests of mapping and rules, built by hand:
 * three issuers, one service, a users.map.  Lists are written "a|b".
 */
#ifndef TESTS_UNIT_POLICY_HOUSE_H
#define TESTS_UNIT_POLICY_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "helper/conf/config.h"
#include "helper/jose/claims.h"
#include "helper/policy/facts.h"
#include "helper/policy/policy.h"

#define HOUSE_NOW 1700000000
#define WORK "https://idp.example/"
#define BYTES(literal) ((struct span){(literal), sizeof(literal) - 1})

/* The token of a row. */
struct house_token {
    const char *issuer; /* NULL: work */
    const char *claims; /* JSON; NULL: preferred_username alice */
    bool client;
    int64_t lives; /* exp - iat; 0: ten minutes */
    bool no_iat;
};

struct house {
    struct config config;
    struct issuer_conf issuer[3]; /* work, other, local */
    struct service_conf service;  /* sshd */
    struct users_map map;
    struct users_map_line line[16];
};

static inline void
house_list(struct list *list, const char *items)
{
    while (items != NULL && *items != '\0') {
        size_t len = strcspn(items, "|");

        assert_true(list_add(list, (struct span){items, len}));
        items += len + (items[len] == '|');
    }
}

static inline void
house_issuer(struct issuer_conf *conf, const char *name, const char *issuer,
             const char *users)
{
    conf->name = (char *)(uintptr_t)name;
    conf->issuer = (char *)(uintptr_t)issuer;
    conf->local = strcmp(name, "local") == 0;
    conf->accept = METHOD_JWT;
    conf->username_claim = (char *)(uintptr_t) "preferred_username";
    conf->groups_claim = (char *)(uintptr_t) "groups";
    conf->scope_claim = (char *)(uintptr_t) "scope";
    house_list(&conf->users, users);
}

static inline void
house_map(struct house *h, const char *local, const char *issuer,
          const char *claim, const char *value)
{
    size_t n = h->map.count++;

    assert_true(n < sizeof h->line / sizeof h->line[0]);
    h->line[n] = (struct users_map_line){.local = (char *)(uintptr_t)local,
                                         .issuer = (char *)(uintptr_t)issuer,
                                         .claim = (char *)(uintptr_t)claim,
                                         .value = (char *)(uintptr_t)value,
                                         .line = (unsigned)n + 1};
}

static inline struct house *
house_new(void)
{
    struct house *h = calloc(1, sizeof *h);

    assert_non_null(h);
    house_issuer(&h->issuer[0], "work", WORK, "*");
    house_issuer(&h->issuer[1], "other", "https://other.example/", "ext-*");
    house_issuer(&h->issuer[2], "local", "urn:httpauth:0123", "*");
    h->service.name = (char *)(uintptr_t) "sshd";
    h->service.max_lifetime = 3600;
    h->map.line = h->line;
    h->config.issuer = h->issuer;
    h->config.issuers = 3;
    h->config.service = &h->service;
    h->config.services = 1;
    h->config.map = &h->map;
    return h;
}

static inline void
house_free(struct house *h)
{
    size_t i;

    for (i = 0; i < 3; i++) {
        list_clear(&h->issuer[i].users);
        list_clear(&h->issuer[i].audience);
        list_clear(&h->issuer[i].export);
    }
    list_clear(&h->service.issuers);
    list_clear(&h->service.require_scope);
    list_clear(&h->service.require_group);
    list_clear(&h->service.require_all_groups);
    list_clear(&h->service.deny_group);
    list_clear(&h->service.deny_user);
    list_clear(&h->service.client_ids);
    list_clear(&h->service.require_acr);
    list_clear(&h->service.require_amr);
    list_clear(&h->service.networks);
    free(h);
}

/* What the verifier would hand over for that token. */
static inline struct facts *
house_facts(const struct house *h, const struct house_token *token)
{
    const char *name = token->issuer == NULL ? "work" : token->issuer;
    const char *text = token->claims == NULL
                           ? "{\"preferred_username\":\"alice\"}"
                           : token->claims;
    struct claims claims = {.is_client = token->client};
    const struct issuer_conf *conf = NULL;
    struct facts *facts;
    size_t i;

    for (i = 0; i < 3; i++)
        if (strcmp(h->issuer[i].name, name) == 0)
            conf = &h->issuer[i];
    assert_non_null(conf);
    claims.root = json_object_load(span_of(text));
    assert_non_null(claims.root);
    claims.iss = span_of(conf->issuer);
    claims.sub = json_text(claims.root, "sub");
    claims.issued = token->no_iat ? 0 : HOUSE_NOW;
    claims.expires = HOUSE_NOW + (token->lives == 0 ? 600 : token->lives);
    facts = facts_from_claims(&claims, METHOD_JWT, &h->config, conf);
    json_decref(claims.root);
    assert_non_null(facts);
    return facts;
}

#endif
