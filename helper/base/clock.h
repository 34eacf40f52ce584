/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two clocks of the house.  Only the programs' outermost rooms call
 * these; whatever else needs the time takes it as an argument, so that tests
 * bring their own.
 */
#ifndef HELPER_BASE_CLOCK_H
#define HELPER_BASE_CLOCK_H

#include <stdint.h>

/* CLOCK_BOOTTIME in milliseconds: time-outs, ages, back-off.  It goes on
 * while the machine sleeps and is never set. */
int64_t clock_boot_ms(void);

/* CLOCK_REALTIME in seconds: token times and files, nothing else. */
int64_t clock_wall(void);

#endif
