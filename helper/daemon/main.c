/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * httpauthd.  The order of the start is the order of this page: not root,
 * sockets (they may need a folder that the sandbox hides), sandbox, and only
 * then the first byte that somebody else wrote.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config.h"
#include "helper/base/log.h"
#include "helper/conf/config.h"
#include "helper/daemon/daemon.h"
#include "helper/daemon/listener.h"
#include "helper/daemon/sandbox.h"

#define SOCKET_DIR "/run/httpauth"
#define EXIT_USAGE 2

struct command_line {
    const char *file;
    enum config_scope scope;
    const char *socket_dir;
    bool metrics;
};

static void
usage(FILE *to)
{
    fputs("usage: httpauthd [--config FILE] [--socket-dir DIR]\n"
          "                 [--metrics]\n"
          "       httpauthd --help | --version\n"
          "\n"
          "  --config FILE     read FILE and FILE.d/*.conf only, instead of\n"
          "                    " CONF_VENDOR_DIR "/*.conf and\n"
          "                    " CONF_DEFAULT_FILE "\n"
          "  --socket-dir DIR  make pam.sock and control.sock there, when\n"
          "                    no supervisor passes them (" SOCKET_DIR ")\n"
          "  --metrics         make metrics.sock there as well\n"
          "\n"
          "Runs in the foreground, never as root.  See httpauthd(8).\n",
          to);
}

/* -1: go on; else the exit status. */
static int
read_command_line(int argc, char **argv, struct command_line *out)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"socket-dir", required_argument, NULL, 's'},
        {"metrics", no_argument, NULL, 'm'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            out->file = optarg;
            out->scope = CONFIG_FILE_ONLY;
            break;
        case 's':
            out->socket_dir = optarg;
            break;
        case 'm':
            out->metrics = true;
            break;
        case 'h':
            usage(stdout);
            return EXIT_SUCCESS;
        case 'v':
            puts("httpauthd " PACKAGE_VERSION);
            return EXIT_SUCCESS;
        default:
            usage(stderr);
            return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "httpauthd: unexpected argument: %s\n", argv[optind]);
        usage(stderr);
        return EXIT_USAGE;
    }
    return -1;
}

int
main(int argc, char **argv)
{
    struct command_line line = {CONF_DEFAULT_FILE, CONFIG_ALL_LAYERS,
                                SOCKET_DIR, false};
    struct daemon daemon;
    int status = read_command_line(argc, argv, &line);

    if (status >= 0)
        return status;
    status = EXIT_FAILURE;
    memset(&daemon, 0, sizeof(daemon));
    log_open("httpauthd", LOG_TO_STDERR, LOG_LEVEL_INFO);
    if (!sandbox_user_ok())
        return EXIT_FAILURE;
    umask(077);
    if (!listeners_open(&daemon, line.socket_dir, line.metrics))
        goto done;
    if (!sandbox_enter())
        goto done;
    if (!daemon_init(&daemon, line.file, line.scope))
        goto done;
    daemon_run(&daemon);
    status = EXIT_SUCCESS;
done:
    daemon_free(&daemon);
    /* Ends the pool's threads, with what libraries keep for each of them. */
    uv_library_shutdown();
    if (fetcher_left_thread())
        _exit(status);
    return status;
}
