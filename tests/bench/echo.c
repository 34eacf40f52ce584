/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * echo HELPER USER SERVICE SOCKET: asks the helper once about the credential on
 * standard input, and then gives its answer to everybody at SOCKET, on core 1.
 */
#include "tests/bench/echo.h"
#include "tests/bench/measure.h"

int
main(int argc, char **argv)
{
    static char answer[WIRE_PACKET_MAX];
    struct sockaddr_un helper;
    struct buffer packet;
    size_t len;

    if (argc != 5)
        return 2;
    helper = exchange_address(argv[1]);
    exchange_prepare(argv[2], argv[3], &packet);
    len = exchange_accepted(&helper, buffer_span(&packet), answer,
                            sizeof(answer));
    measure_pin(1);
    echo_serve(echo_listen(argv[4]), (struct span){answer, len});
}
