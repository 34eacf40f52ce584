/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

void
say(const char *format, ...)
{
    va_list args;

    fprintf(stderr, "%s: ", program_invocation_short_name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}
