/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A provider, for a public client (RFC 8252 section 8.5): where its endpoints
 * are, tokens, and their end.
 */
#ifndef HELPER_CLIENT_PROVIDER_H
#define HELPER_CLIENT_PROVIDER_H

#include "helper/base/reason.h"
#include "helper/client/saved.h"
#include "helper/client/web.h"
#include "helper/issuer/discovery.h"

/* Its metadata (OpenID Connect Discovery, else RFC 8414); false: told why.
 * metadata_clear() on any result. */
bool provider_find(struct web *, const char *issuer, struct metadata *);

/* What every request has: client_id, and `resource` where it was asked for
 * (RFC 8707). */
void provider_form(const struct saved *, struct buffer *form);

/* The same with `scope`, for the one that a login begins with; what comes after
 * it is of that scope without a word, and some refuse a word (RFC 6749
 * sections 4.1.3 and 6, RFC 8628 section 3.4). */
void provider_login_form(const struct saved *, struct buffer *form);

/* Tells an answer that is none we wanted.  REASON_DENIED: a word of the
 * provider about this request (RFC 6749 section 5.2); REASON_PROVIDER: none;
 * asked again, it may give one. */
enum reason provider_refusal(const char *url, const struct web_answer *);

/*
 * Asks the token endpoint of `saved` and puts what it gives there.
 * REASON_ACCEPTED; for a device login REASON_PENDING and REASON_SLOW_DOWN
 * (RFC 8628 section 3.5); those of provider_refusal(), REASON_PROVIDER also
 * without an answer, and REASON_PAYLOAD: told why.
 */
enum reason provider_token(struct web *, struct saved *,
                           const struct buffer *form, bool device);

/* The same with the refresh token (RFC 6749 section 6). */
enum reason provider_renew(struct web *, struct saved *);

/* Ends what the provider gave (RFC 7009): the refresh token, and the access
 * token unless the provider cannot.  False: told why, or nothing is there. */
bool provider_revoke(struct web *, const struct saved *);

/* Seconds that the access token is good for; 0: it has expired, or there is
 * none. */
int64_t provider_left(const struct saved *);

#endif
