/* SPDX-License-Identifier: BSD-2-Clause */
/* systemd's part: the units of the helper, and telling sshd. */
#include <stdio.h>
#include <unistd.h>

#include "helper/ctl/out.h"
#include "helper/ctl/program.h"
#include "helper/ctl/setup.h"

#define BOOTED "/run/systemd/system" /* sd_booted(3) */
#define WORDS_MAX 8

static const char *const units[] = {
    "httpauthd.socket", "httpauthd-control.socket", "httpauthd.service"};
#define UNITS (sizeof(units) / sizeof(units[0]))

bool
setup_has_systemd(void)
{
    return access(BOOTED, F_OK) == 0 && program_find("systemctl") != NULL;
}

static bool
systemctl(const char *const *words, const volatile sig_atomic_t *stop,
          struct buffer *said)
{
    const char *argv[WORDS_MAX + 2] = {program_find("systemctl")};
    struct program p = {
        .argv = argv, .stream = -1, .timeout_ms = SETUP_RUN_MS, .stop = stop};

    for (size_t i = 0; words[i] != NULL && i < WORDS_MAX; i++)
        argv[i + 1] = words[i];
    return argv[0] != NULL && program_run(&p, said) == 0;
}

/* Tells what went wrong, unless it was told to stop. */
static bool
order(const char *const *words, const volatile sig_atomic_t *stop)
{
    struct buffer said = BUFFER_INIT(SETUP_TEXT_MAX);
    bool done = systemctl(words, stop, &said);

    if (!done && (stop == NULL || *stop == 0)) {
        out_lines(buffer_span(&said));
        out_error("systemctl %s failed", words[0]);
    }
    buffer_free(&said);
    return done;
}

void
setup_plan_units(struct setup *s)
{
    struct buffer said = BUFFER_INIT(SETUP_TEXT_MAX);

    for (size_t i = 0; setup_has_systemd() && i < UNITS; i++) {
        const char *const words[] = {"is-enabled", "--quiet", units[i], NULL};

        buffer_clear(&said);
        if (systemctl(words, NULL, &said))
            continue;
        if (s->units == NULL)
            s->units = json_array();
        (void)json_array_append_new(s->units, json_string(units[i]));
    }
    buffer_free(&said);
}

bool
setup_units_start(void)
{
    const char *const words[] = {"enable", "--now",  units[0],
                                 units[1], units[2], NULL};

    return order(words, &setup_stopped);
}

bool
setup_units_disable(const json_t *planned)
{
    const char *words[WORDS_MAX + 1] = {"disable", "--now"};
    size_t n = 2, i;
    json_t *unit;

    json_array_foreach(planned, i, unit)
    {
        if (n < WORDS_MAX && json_is_string(unit))
            words[n++] = json_string_value(unit);
    }
    return n == 2 || order(words, NULL);
}

bool
setup_units_restart(void)
{
    static const char *const words[] = {"try-restart", "httpauthd.service",
                                        NULL};

    return setup_has_systemd() && order(words, NULL);
}

bool
setup_reload_sshd(void)
{
    /* One that does not run (its socket may be what systemd holds) has nothing
     * to be told. */
    const char *const words[] = {"try-reload-or-restart", setup_sshd_unit(),
                                 NULL};
    bool done = setup_has_systemd() && order(words, NULL);

    if (done)
        (void)puts("sshd has read its configuration again.");
    else
        out_error("sshd could not be told to read its configuration");
    return done;
}
