/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `httpauthctl jws --jwks FILE [--algorithms LIST]`: does the compact JWS on
 * standard input verify under a key of FILE?  Rules about form, header, keys
 * and signature only: checklist 1 to 30 without 17 (typ), 18 (copies of
 * claims) and the empty payload; the payload may be any bytes.
 *
 * Exit status: 0 it does, the payload is on standard output; 1 it does not,
 * or no key is usable, the reason is on standard error; 2 wrong command line;
 * 3 FILE cannot be read or is no JSON, or the system failed.
 */
#ifndef HELPER_CTL_JWS_H
#define HELPER_CTL_JWS_H

/* argv[0] is "jws". */
int ctl_jws(int argc, char **argv);

#endif
