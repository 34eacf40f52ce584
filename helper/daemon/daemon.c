/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/daemon.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "config.h"
#include "helper/base/clock.h"
#include "helper/base/erase.h"
#include "helper/base/log.h"
#include "helper/daemon/listener.h"
#include "helper/daemon/notify.h"
#include "helper/daemon/peer.h"

#define SWEEP_MS 1000

#define STATUS_TEXT 400

/* --- what the outside hears --- */

/* journald tells its clients by $JOURNAL_STREAM which device and inode their
 * stderr has (systemd.exec(5)); inherited by a shell it may mean another. */
static bool
stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char found[64];
    struct stat info;

    if (stream == NULL || fstat(STDERR_FILENO, &info) != 0)
        return false;
    snprintf(found, sizeof(found), "%lu:%lu", (unsigned long)info.st_dev,
             (unsigned long)info.st_ino);
    return strcmp(found, stream) == 0;
}

/* The device of null(4), where supervise-daemon(8) and others put what nobody
 * has asked to keep. */
static bool
stderr_leads_nowhere(void)
{
    struct stat info;

    return fstat(STDERR_FILENO, &info) == 0 && S_ISCHR(info.st_mode) &&
           info.st_rdev == makedev(1, 3);
}

static void
open_log(const struct config *config)
{
    enum log_target target = LOG_TO_STDERR;
    enum log_level level = LOG_LEVEL_INFO;
    int64_t kind = LOG_KIND_AUTO;

    if (config != NULL) {
        kind = config->daemon.log;
        level = (enum log_level)config->daemon.log_level;
    }
    if (kind == LOG_KIND_AUTO && stderr_is_journal())
        target = LOG_TO_JOURNAL;
    else if (kind == LOG_KIND_SYSLOG ||
             (kind == LOG_KIND_AUTO && stderr_leads_nowhere()))
        target = LOG_TO_SYSLOG;
    log_open("httpauthd", target, level);
}

/* The first complaint, for `systemctl status`. */
static int
first_line(const struct buffer *complaints)
{
    return complaints->len > 0 ? (int)strcspn(complaints->data, "\n") : 0;
}

static void
tell_status(const struct daemon *d)
{
    const struct helper *h = &d->helper;
    const char *complaints = h->complaints.len > 0 ? h->complaints.data : "";
    int len = first_line(&h->complaints);
    char text[STATUS_TEXT];

    if (h->config == NULL && h->absent)
        snprintf(text, sizeof(text),
                 "No configuration (%s): every credential is left to the "
                 "next PAM module",
                 d->file);
    else if (h->config == NULL)
        snprintf(text, sizeof(text), "Broken configuration, no logins: %.*s",
                 len, complaints);
    else if (len > 0)
        snprintf(text, sizeof(text),
                 "Serving with the configuration before the last reload, "
                 "which failed: %.*s",
                 len, complaints);
    else
        snprintf(text, sizeof(text), "Serving %zu issuer%s", h->issuers,
                 h->issuers == 1 ? "" : "s");
    notify_status(text);
}

static void
log_complaints(const struct buffer *complaints)
{
    const char *line = complaints->data, *end;

    for (; complaints->len > 0 && *line != '\0'; line = end + (*end == '\n')) {
        end = strchrnul(line, '\n');
        log_notice("%.*s", (int)(end - line), line);
    }
}

/* After the first load and after every reload. */
static void
tell_configuration(const struct daemon *d, bool loaded)
{
    const struct helper *h = &d->helper;

    if (loaded)
        log_notice("configuration loaded: %zu issuers, %zu services",
                   h->issuers, h->config->services);
    else
        log_error("%s", h->config != NULL
                            ? "the new configuration has faults; the running "
                              "one stays"
                        : h->absent ? "there is no configuration"
                                    : "the configuration has faults; every "
                                      "login is refused until it is repaired "
                                      "and reloaded");
    log_complaints(&h->complaints);
    tell_status(d);
}

bool
daemon_reload(struct daemon *d)
{
    bool loaded;

    notify_send("RELOADING=1");
    loaded = helper_reload(&d->helper, d->file, d->scope);
    if (loaded)
        open_log(d->helper.config);
    tell_configuration(d, loaded);
    notify_send("READY=1");
    return loaded;
}

/* --- signals and timers --- */

static void
on_signal(uv_signal_t *signal, int number)
{
    struct daemon *d = signal->data;

    if (number == SIGHUP)
        daemon_reload(d);
    else
        daemon_stop(d);
}

static void
on_watchdog(uv_timer_t *timer)
{
    (void)timer;
    notify_send("WATCHDOG=1");
}

static void
start_watchdog(struct daemon *d)
{
    uint64_t every = notify_watchdog_ms(getenv("WATCHDOG_USEC"),
                                        getenv("WATCHDOG_PID"), getpid());

    if (every > 0)
        uv_timer_start(&d->watchdog, on_watchdog, every / 2, every / 2);
}

static bool
catch_signals(struct daemon *d)
{
    return uv_signal_start(&d->hangup, on_signal, SIGHUP) == 0 &&
           uv_signal_start(&d->terminate, on_signal, SIGTERM) == 0 &&
           uv_signal_start(&d->interrupt, on_signal, SIGINT) == 0 &&
           signal(SIGPIPE, SIG_IGN) != SIG_ERR;
}

/* --- life --- */

/* Every connection is a descriptor; the usual soft limit is 1024. */
static void
raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
        limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void
init_handles(struct daemon *d)
{
    uv_timer_init(&d->loop, &d->sweep);
    uv_timer_init(&d->loop, &d->watchdog);
    uv_signal_init(&d->loop, &d->hangup);
    uv_signal_init(&d->loop, &d->terminate);
    uv_signal_init(&d->loop, &d->interrupt);
    d->sweep.data = d->watchdog.data = d;
    d->hangup.data = d->terminate.data = d->interrupt.data = d;
}

/* The service manager's RuntimeDirectory=, if it is one. */
static const char *
memory_folder(void)
{
    const char *folder = getenv("RUNTIME_DIRECTORY");

    return folder != NULL && folder[0] == '/' && strchr(folder, ':') == NULL
               ? folder
               : NULL;
}

bool
daemon_init(struct daemon *d, const char *file, enum config_scope scope)
{
    d->file = file;
    d->scope = scope;
    d->reply = (struct buffer)BUFFER_INIT(WIRE_PACKET_MAX);
    d->packet = malloc(WIRE_PACKET_MAX);
    raise_descriptors();
    if (d->packet == NULL || uv_loop_init(&d->loop) != 0) {
        log_error("cannot start: out of memory");
        return false;
    }
    d->looping = true;
    init_handles(d);
    if (!helper_init(&d->helper, &d->loop, file, scope, HELPER_KEEPS_STATE)) {
        log_error("cannot start: out of memory, or without random numbers");
        return false;
    }
    d->housed = true;
    open_log(d->helper.config);
    log_notice("httpauthd %s starts", PACKAGE_VERSION);
    tell_configuration(d, d->helper.config != NULL);
    d->memory = memory_folder();
    if (d->memory != NULL)
        helper_restore(&d->helper, d->memory);
    if (!catch_signals(d) || !listeners_start(d)) {
        log_error("cannot watch signals and sockets: out of memory");
        return false;
    }
    return true;
}

static void
on_sweep(uv_timer_t *timer)
{
    struct daemon *d = timer->data;
    int64_t now_ms = clock_boot_ms();
    size_t kept = parcels_sweep(d->helper.parcels, now_ms) +
                  devices_sweep(d->helper.devices, now_ms);

    peers_sweep(d, uv_now(&d->loop));
    listeners_resume(d);
    if (d->peers == NULL && !d->pam.paused && !d->control.paused && kept == 0)
        uv_timer_stop(timer);
}

void
daemon_watch(struct daemon *d)
{
    if (!d->stopping && !uv_is_active((uv_handle_t *)&d->sweep))
        uv_timer_start(&d->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
}

void
daemon_run(struct daemon *d)
{
    start_watchdog(d);
    notify_send("READY=1");
    uv_run(&d->loop, UV_RUN_DEFAULT);
}

static void
close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void
daemon_stop(struct daemon *d)
{
    if (d->stopping)
        return;
    d->stopping = true;
    notify_send("STOPPING=1");
    log_notice("httpauthd stops");
    listeners_close(d);
    if (d->housed && d->memory != NULL)
        helper_save(&d->helper, d->memory);
    if (d->housed)
        helper_close(&d->helper); /* answers those who wait */
    d->housed = false;
    peers_close(d);
    uv_close((uv_handle_t *)&d->sweep, NULL);
    uv_close((uv_handle_t *)&d->watchdog, NULL);
    uv_close((uv_handle_t *)&d->hangup, NULL);
    uv_close((uv_handle_t *)&d->terminate, NULL);
    uv_close((uv_handle_t *)&d->interrupt, NULL);
}

void
daemon_free(struct daemon *d)
{
    if (d->looping) {
        daemon_stop(d);
        uv_run(&d->loop, UV_RUN_DEFAULT);
        /* A library's handle that stayed open would be a fault of ours; it
         * must not keep the process. */
        if (uv_loop_close(&d->loop) != 0) {
            log_warning("something was left open at the end");
            uv_walk(&d->loop, close_handle, NULL);
            uv_run(&d->loop, UV_RUN_DEFAULT);
            uv_loop_close(&d->loop);
        }
    } else {
        listeners_close(d);
    }
    peers_bury(d);
    d->looping = false;
    erase_free(d->packet, WIRE_PACKET_MAX);
    d->packet = NULL;
    buffer_free(&d->reply);
}
