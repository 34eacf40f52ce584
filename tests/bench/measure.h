/* SPDX-License-Identifier: BSD-2-Clause */
/* What the benchmarks share: a clock, a median, one core. */
#ifndef TESTS_BENCH_MEASURE_H
#define TESTS_BENCH_MEASURE_H

#include <sched.h>
#include <stdlib.h>
#include <time.h>

static inline double
measure_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static inline int
measure_order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Sorts `value`; the upper of the two middle ones for an even count. */
static inline double
measure_median(double *value, size_t count)
{
    qsort(value, count, sizeof(*value), measure_order);
    return value[count / 2];
}

static inline void
measure_pin(int core)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(core, &set);
    sched_setaffinity(0, sizeof(set), &set);
}

#endif
