/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which method a credential is for, by its shape alone: no network, no
 * decoding.  What fits no shape never leaves the host.
 */
#ifndef HELPER_DAEMON_SHAPE_H
#define HELPER_DAEMON_SHAPE_H

#include "helper/base/span.h"
#include "helper/conf/config.h"
#include "helper/issuer/ask.h"

enum shape {
    SHAPE_OTHER,         /* a matter of the issuers' patterns */
    SHAPE_JWT,           /* visible, three parts; not looked into yet */
    SHAPE_HOST_PASSWORD, /* begins with "hap_" */
    SHAPE_DAMAGED        /* begins with "eyJ", but is no JWT; or has blanks in
                            front of "eyJ" or "hap_" */
};

enum shape shape_of(struct span credential);
bool shape_begins(struct span credential, const char *prefix);

/* What an issuer does with a credential. */
struct way {
    enum method method; /* METHOD_NONE: nothing */
    bool asks;          /* the provider, by: */
    enum ask_kind kind;
};

/*
 * The way of this issuer for that credential, whoever it is for.  A JWT goes
 * to the issuer that its `iss` names, which the caller finds out; one that
 * does not accept `jwt` treats it like an opaque token.
 */
struct way shape_way(const struct issuer_conf *, enum shape,
                     struct span credential);

#endif
