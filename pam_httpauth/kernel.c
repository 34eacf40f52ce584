/* SPDX-License-Identifier: BSD-2-Clause */
#include "pam_httpauth/kernel.h"

#include <fcntl.h>
#include <unistd.h>

#include "helper/base/text.h"
#include "helper/wire/wire.h"

#define NUMBER_MAX 16 /* bytes: ten digits and room to see more */

static uint32_t
read_number(const char *file)
{
    char text[NUMBER_MAX];
    int64_t number;
    ssize_t got;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

    if (fd < 0)
        return WIRE_UNSET;
    got = read(fd, text, sizeof(text) - 1);
    (void)close(fd);
    if (got <= 0)
        return WIRE_UNSET;
    text[got] = '\0';
    if (text[got - 1] == '\n')
        text[got - 1] = '\0';
    return text_number(text, WIRE_UNSET, &number) ? (uint32_t)number
                                                  : WIRE_UNSET;
}

struct kernel_login
pha_kernel_login(void)
{
    return (struct kernel_login){
        .audit_session = read_number("/proc/self/sessionid"),
        .login_uid = read_number("/proc/self/loginuid"),
    };
}

bool
pha_kernel_login_is_set(const struct kernel_login *login)
{
    return login->audit_session != WIRE_UNSET && login->login_uid != WIRE_UNSET;
}
