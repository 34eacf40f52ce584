/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/base/clock.h"

#include <time.h>

/* Neither call can fail on a kernel that knows the clock (2.6.39 for the
 * first); a zero would then be refused by every check of a time. */
int64_t
clock_boot_ms(void)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_wall(void)
{
    struct timespec now = {0, 0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec;
}
