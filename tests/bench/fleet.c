/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fleet HOSTS MINUTES ROWS: what the helpers of many hosts do to one provider
 * in a day with a rotation and an outage (fleet_day.h), by setting.  Prints a
 * table; writes into MINUTES the requests per second of each minute, behind the
 * hour two columns for each setting (keys, introspection) under its name, and
 * into ROWS lines of NAME VALUE UNIT BOUND BETTER.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/fleet_day.h"

#define WINDOW_S 60
#define HOUR_S 3600
#define MORNING_H 6
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum setting {
    AS_DELIVERED,
    SLOW_START,
    NO_JITTER,
    SHORT_KEYS,
    LONG_KEYS,
    LONG_ANSWERS,
    NO_ANSWERS,
    SETTINGS
};

static const struct fleet_setting settings[SETTINGS] = {
    [AS_DELIVERED] = {"as delivered", 3600, 60, 0, false},
    [SLOW_START] = {"starts in 10 min", 3600, 60, 600, false},
    [NO_JITTER] = {"no jitter", 3600, 60, 0, true},
    [SHORT_KEYS] = {"Cache-Control 5 min", 300, 60, 0, false},
    [LONG_KEYS] = {"Cache-Control 24 h", 86400, 60, 0, false},
    [LONG_ANSWERS] = {"answer_ttl 5 min", 3600, 300, 0, false},
    [NO_ANSWERS] = {"answer_ttl 0", 3600, 0, 0, false},
};

/* A part of the day: [from, to). */
struct part {
    uint32_t from, to;
};

static const struct part whole_day = {0, FLEET_DAY_S}, start = {0, HOUR_S},
                         rotation = {FLEET_ROTATION_S,
                                     FLEET_ROTATION_S + HOUR_S},
                         outage = {FLEET_OUTAGE_S, FLEET_OUTAGE_END_S},
                         after = {FLEET_OUTAGE_END_S,
                                  FLEET_OUTAGE_END_S + HOUR_S};

/* Nothing happens, and nothing has in the hour before. */
static const struct part calm[] = {
    {HOUR_S, FLEET_ROTATION_S},
    {FLEET_ROTATION_S + HOUR_S, FLEET_OUTAGE_S},
    {FLEET_OUTAGE_END_S + HOUR_S, FLEET_DAY_S},
};

/* --- sums --- */

static double
sum(const uint32_t *counts, struct part part)
{
    double all = 0;

    for (uint32_t s = part.from; s < part.to; s++)
        all += counts[s];
    return all;
}

static double
mean(const uint32_t *counts, struct part part)
{
    return sum(counts, part) / (part.to - part.from);
}

/* Per second, in the worst `window` seconds that lie within the part. */
static double
peak(const uint32_t *counts, struct part part, uint32_t window)
{
    uint64_t inside = 0, most = 0;

    for (uint32_t s = part.from; s < part.to; s++) {
        inside += counts[s];
        if (s >= part.from + window)
            inside -= counts[s - window];
        if (inside > most)
            most = inside;
    }
    return (double)most / window;
}

static double
calm_peak(const uint32_t *counts)
{
    double most = 0;

    for (size_t i = 0; i < COUNT(calm); i++) {
        double here = peak(counts, calm[i], WINDOW_S);

        most = here > most ? here : most;
    }
    return most;
}

static double
calm_mean(const uint32_t *counts)
{
    double all = 0, seconds = 0;

    for (size_t i = 0; i < COUNT(calm); i++) {
        all += sum(counts, calm[i]);
        seconds += calm[i].to - calm[i].from;
    }
    return all / seconds;
}

/* --- what is said --- */

static void
print_rates(const char *name, const char *what, const uint32_t *counts)
{
    double usual = mean(counts, whole_day);
    double most = peak(counts, whole_day, WINDOW_S);

    printf("%-20s %-4s %8.0f %7.2f %8.0f %8.1f %9.1f %9.1f\n", name, what,
           sum(counts, whole_day), usual, peak(counts, whole_day, 1), most,
           most / usual, calm_peak(counts) / calm_mean(counts));
}

static void
print_events(const char *name, const struct fleet_day *day)
{
    printf("%-20s %7.1f %7.1f %8.1f %7.1f %7.1f %8.0f %7.0f\n", name,
           peak(day->keys, start, WINDOW_S), calm_peak(day->keys),
           peak(day->keys, rotation, WINDOW_S),
           peak(day->keys, outage, WINDOW_S), peak(day->keys, after, WINDOW_S),
           sum(day->refused, whole_day), (double)day->renewed_s / 60);
}

static void
print_table(const struct fleet_day *days, uint32_t hosts)
{
    printf("%u hosts, %u logins, %u of them with an opaque token\n"
           "requests per second, for keys and metadata, and by introspection\n"
           "\n",
           hosts, days[AS_DELIVERED].logins, days[AS_DELIVERED].opaque);
    printf("%-20s %-4s %8s %7s %8s %8s %9s %9s\n", "", "", "", "", "peak in",
           "peak in", "peak/mean", "peak/mean");
    printf("%-20s %-4s %8s %7s %8s %8s %9s %9s\n", "setting", "", "requests",
           "mean", "1 s", "60 s", "day", "calm");
    for (size_t i = 0; i < SETTINGS; i++) {
        print_rates(settings[i].name, "keys", days[i].keys);
        print_rates("", "asks", days[i].asks);
    }
    printf("\nkeys, peak in 60 s   %7s %7s %8s %7s %7s %8s %7s\n", "start",
           "calm", "rotation", "outage", "after", "refused", "new key");
    for (size_t i = 0; i < SETTINGS; i++)
        print_events(settings[i].name, &days[i]);
    printf("\nrefused: logins, because of the outage; new key: minutes from "
           "the rotation\nuntil the last host has it\n");
}

static void
write_minutes(FILE *to, const struct fleet_day *days)
{
    fprintf(to, "hour");
    for (size_t i = 0; i < SETTINGS; i++)
        fprintf(to, " \"%s\" \"%s\"", settings[i].name, settings[i].name);
    fprintf(to, "\n");
    for (uint32_t s = 0; s < FLEET_DAY_S; s += 60) {
        const struct part minute = {s, s + 60};

        fprintf(to, "%.4f", MORNING_H + s / 3600.0);
        for (size_t i = 0; i < SETTINGS; i++)
            fprintf(to, " %.3f %.3f", mean(days[i].keys, minute),
                    mean(days[i].asks, minute));
        fprintf(to, "\n");
    }
}

/* Nothing in it is measured, so the bounds may be close. */
static void
write_rows(FILE *to, const struct fleet_day *days, uint32_t hosts)
{
    const struct fleet_day *day = &days[AS_DELIVERED];
    double usual = calm_mean(day->keys);

    /* 80 % of an hour, less a tenth, at the most. */
    fprintf(to, "fleet-keys-per-host-hour %.3f count 1.39 lower\n",
            usual * HOUR_S / hosts);
    fprintf(to, "fleet-keys-calm-peak-to-mean %.2f ratio 6 lower\n",
            calm_peak(day->keys) / usual);
    fprintf(to, "fleet-keys-jitter-gain %.2f ratio 8 higher\n",
            calm_peak(days[NO_JITTER].keys) / calm_peak(day->keys));
    fprintf(to, "fleet-rotation-peak-to-mean %.2f ratio 3 lower\n",
            peak(day->keys, rotation, WINDOW_S) / usual);
    /* A try a minute, and two requests when it succeeds; each +-10 %. */
    fprintf(to, "fleet-outage-per-host-minute %.3f count 1.2 lower\n",
            peak(day->keys, outage, WINDOW_S) * WINDOW_S / hosts);
    fprintf(to, "fleet-after-per-host-minute %.3f count 2.2 lower\n",
            peak(day->keys, after, WINDOW_S) * WINDOW_S / hosts);
    fprintf(to, "fleet-asks-per-login %.3f ratio 0.85 lower\n",
            sum(day->asks, whole_day) / day->opaque);
}

static bool
save(const char *path, const struct fleet_day *days, uint32_t hosts, bool rows)
{
    FILE *to = fopen(path, "w");

    if (to == NULL)
        return false;
    if (rows)
        write_rows(to, days, hosts);
    else
        write_minutes(to, days);
    return fclose(to) == 0;
}

int
main(int argc, char **argv)
{
    static struct fleet_day days[SETTINGS];
    long hosts = argc == 4 ? strtol(argv[1], NULL, 10) : 0;

    if (hosts < 1 || hosts > 1000000) {
        fprintf(stderr, "usage: fleet HOSTS MINUTES ROWS\n");
        return 2;
    }
    for (size_t i = 0; i < SETTINGS; i++) {
        if (!fleet_day_run(&settings[i], (uint32_t)hosts, &days[i])) {
            fprintf(stderr, "fleet: no memory\n");
            return 1;
        }
    }
    print_table(days, (uint32_t)hosts);
    if (!save(argv[2], days, (uint32_t)hosts, false) ||
        !save(argv[3], days, (uint32_t)hosts, true)) {
        perror("fleet");
        return 1;
    }
    return 0;
}
