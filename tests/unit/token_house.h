/* SPDX-License-Identifier: BSD-2-Clause */
/* Clocks and a keyring of the test's own, for those of
 * httpauth-token. */
#ifndef TESTS_UNIT_TOKEN_HOUSE_H
#define TESTS_UNIT_TOKEN_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helper/base/clock.h"
#include "helper/client/keyring.h"

#define WALL INT64_C(1700000000)

int64_t
clock_wall(void)
{
    return WALL;
}

static int64_t house_boot_ms = 1000000;
static void (*house_look)(void); /* called when the time is asked */

/* A second goes by with every look at it. */
int64_t
clock_boot_ms(void)
{
    if (house_look != NULL)
        house_look();
    house_boot_ms += 1000;
    return house_boot_ms;
}

static struct {
    bool locked; /* nothing can be had, or changed */
    char *text;  /* of one issuer; NULL: there is none */
} keyring;

bool
keyring_put(const char *issuer, const char *text)
{
    (void)issuer;
    if (keyring.locked)
        return false;
    free(keyring.text);
    keyring.text = strdup(text);
    return true;
}

bool
keyring_get(const char *issuer, struct buffer *text)
{
    (void)issuer;
    return !keyring.locked && keyring.text != NULL &&
           buffer_text(text, keyring.text);
}

bool
keyring_remove(const char *issuer)
{
    (void)issuer;
    if (keyring.locked)
        return false;
    free(keyring.text);
    keyring.text = NULL;
    return true;
}

#endif
