/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of probe*.c.
 *
 *   probe.c        one credential: cookie, else probe_try.c, then a judgement
 *   probe_try.c    one credential shown as the URL's challenge asks
 *   probe_judge.c  what the answer to it means
 *   probe_jar.c    the sealed cookies
 *   probe_site.c   the URL, its self-test, and who waits for that
 *
 * The site lives until the last of its holders lets go: the owner, the timer,
 * each probe.
 */
#ifndef HELPER_ISSUER_PROBE_INSIDE_H
#define HELPER_ISSUER_PROBE_INSIDE_H

#include "helper/base/buffer.h"
#include "helper/base/lru.h"
#include "helper/http/challenge.h"
#include "helper/http/cookie.h"
#include "helper/http/digest.h"
#include "helper/issuer/probe.h"

#define PROBE_BODY_MAX (512 * 1024) /* of the answer */
#define PROBE_HEADER_MAX                                                       \
    (128 * 1024) /* of a header value with a credential                        \
                  */
#define PROBE_JARS_MAX 1000
#define PROBE_JAR_S 3600
#define PROBE_LIFE_S 60 /* of the claims */
#define PROBE_TEST_TIMEOUT_MS 10000
#define PROBE_RETRY_S 10    /* after a self-test that failed; doubled ... */
#define PROBE_SILENT_MOST 3 /* tests without an answer that change nothing */
#define PROBE_SECRET_LEN 32

/* --- probe_try.c --- */

/* How one kind of credential is shown, from the last challenge. */
struct probe_known {
    int64_t scheme; /* enum http_scheme; 0: nothing is known */
    struct digest digest;
};

enum probe_end {
    PROBE_UNDER_WAY,
    PROBE_ANSWERED,  /* the credential was shown, and this is the answer */
    PROBE_OPEN,      /* accepted without any credential */
    PROBE_NO_SCHEME, /* no challenge that http_schemes and http_realm admit */
    PROBE_STALE,     /* Digest: no nonce is new enough */
    PROBE_SILENT,    /* no answer; answer->error says why */
    PROBE_LATE,      /* the deadline passed before the request */
    PROBE_NO_WAY,    /* the proxy's password cannot be read */
    PROBE_FORM,      /* the credential cannot be said in that scheme */
    PROBE_BROKEN     /* no memory, or a library failed */
};

struct probe_try {
    struct probe_site *site;
    bool password; /* else a token */
    struct buffer user, credential;
    int64_t deadline; /* boot time, ms */
    struct trace *trace;
    struct fetch *fetch;
    int64_t scheme; /* as which it was shown last; 0: not yet */
    bool repeated;
    struct digest_sent sent;
    enum digest_info info; /* of the answer */
    /* `answer` and `challenges` NULL where nothing was answered. */
    void (*ended)(struct probe_try *, enum probe_end,
                  const struct fetch_answer *, const struct challenges *);
};

void probe_try_init(struct probe_try *, struct probe_site *);
/* Anything but PROBE_UNDER_WAY: `ended` is not called. */
enum probe_end probe_try_begin(struct probe_try *);
/* Cancels and erases. */
void probe_try_clear(struct probe_try *);

/* GET of the URL; both spans may be empty. */
enum probe_end probe_get(struct probe_site *, struct span authorization,
                         struct span cookie, int64_t deadline, fetch_done *,
                         void *context, struct fetch **);
/* Remembers the best challenge for passwords or tokens; false: there is
 * none. */
bool probe_learn(struct probe_site *, bool password, const struct challenges *);
/* The schemes that fit a credential. */
int64_t probe_schemes(const struct issuer_conf *, bool password);
bool probe_status_in(const struct list *, long status);
bool probe_random_hex(char *out, size_t bytes); /* 2 * bytes + 1 */

/* --- probe_jar.c --- */

/* Opens the jar of this credential: fills `cookie`, a header value. */
bool probe_jar_open(struct probe_site *, const struct probe_try *,
                    struct buffer *cookie, int64_t *until_ms);
void probe_jar_keep(struct probe_site *, const struct probe_try *,
                    struct span cookie, int64_t until_ms);
void probe_jar_drop(struct probe_site *, const struct probe_try *);

/* --- probe_judge.c --- */

struct probe_answer {
    enum probe_end end;
    const struct fetch_answer *http;     /* or NULL */
    const struct challenges *challenges; /* or NULL */
};

/* Fills reason, claims and problem. */
void probe_judge(const struct probe_try *, const struct probe_answer *,
                 int64_t wall, struct ask_answer *);
/* The accepted answer's claims; also of one that a cookie got. */
enum reason probe_claims(const struct probe_try *, const struct fetch_answer *,
                         int64_t wall, struct claims *);
/* Why `end` is not an answer, or what was answered; ASK_PROBLEM_MAX bytes. */
void probe_explain(const struct probe_try *, const struct probe_answer *,
                   char *problem);

/* --- probe.c --- */

struct probe {
    struct probe_site *site;
    struct probe *next, **link;
    bool waiting; /* for the first self-test */
    struct probe_try try;
    struct buffer cookie;
    int64_t cookie_until;
    int64_t wall;
    struct fetch *fetch; /* with the cookie */
    ask_done *done;
    void *context;
};

/* The first self-test ended, or the probe's time did. */
void probe_wake(struct probe *);
/* The fetcher may go away now; `done` is not called. */
void probe_silence(struct probe *);

/* --- probe_site.c --- */

enum probe_state { PROBE_UNTESTED, PROBE_PASSED, PROBE_FAILED };

struct probe_test {
    bool running;
    unsigned step; /* 0: without credential, then the kinds */
    struct fetch *fetch;
    struct probe_try try;
};

struct probe_site {
    const struct issuer_conf *conf;
    struct fetcher *fetcher;
    struct route *route;
    uv_timer_t timer;
    int64_t (*clock)(void); /* clock_boot_ms; tests bring their own */
    unsigned holders;
    bool closed;

    char *target; /* path and query, as in the request line */
    struct cookie_url url;
    struct probe_known known[2]; /* tokens, passwords */
    unsigned char secret[PROBE_SECRET_LEN];
    struct lru *jars;

    enum probe_state state;
    struct probe_test test;
    int64_t next_test; /* boot time, ms */
    int64_t tested_at; /* 0: never */
    unsigned failures; /* in a row */
    unsigned silent;   /* tests without an answer, in a row */
    char problem[ASK_PROBLEM_MAX];

    struct probe *probes;
};

void probe_site_hold(struct probe_site *);
void probe_site_release(struct probe_site *);
/* Begins the self-test when it is due, wakes those whose time has passed,
 * sets the timer. */
void probe_site_look(struct probe_site *);
/* Sets the timer: the next test, or the end of somebody's patience. */
void probe_site_arm(struct probe_site *);
/* Something was seen that no self-test would have passed. */
void probe_site_distrust(struct probe_site *, const char *problem);
bool probe_site_serves(const struct probe_site *, bool password);

#endif
