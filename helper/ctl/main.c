/* SPDX-License-Identifier: BSD-2-Clause */
/* httpauthctl: the table of commands, and nothing else. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <unistd.h>

#include "config.h"
#include "helper/base/log.h"
#include "helper/ctl/ctl.h"
#include "helper/ctl/jws.h"
#include "helper/ctl/out.h"

struct command {
    const char *words; /* "token mint" */
    int (*run)(int argc, char **argv);
    const char *summary;
    const char *usage; /* behind the words */
    const char *help;
};

#define SOCKET_HELP                                                            \
    "  --socket PATH    control socket, if not /run/httpauth/control.sock\n"
#define DIR_HELP                                                               \
    "  --dir DIR        where local.key and local.jwks are (/etc/httpauth)\n"
#define JSON_HELP "  --json           one JSON object on one line\n"

#define SETUP_HELP                                                             \
    "Asks for what is not said, shows every change, makes it when you "        \
    "agree,\n"                                                                 \
    "and tries a login; --undo takes all of it back.\n\n"                      \
    "  --issuer URL          the provider, as its tokens have it in iss\n"     \
    "  --local               no provider: tokens that this host makes\n"       \
    "  --audience TEXT       what tokens for this host say in aud "            \
    "(ssh://%H)\n"                                                             \
    "  --shared-audience     that audience may be of other hosts, too\n"       \
    "  --client-id ID        only tokens of this client open anything\n"       \
    "  --user-claim CLAIM    which claim is the login name\n"                  \
    "  --user-domain DOMAIN  what is taken off it, behind the @\n"             \
    "  --users PATTERN       which local users it speaks for\n"                \
    "  --token-type TYPE     at+jwt or access\n"                               \
    "  --required-claim NAME what tells its access tokens from ID tokens\n"    \
    "  --require-scope S     a scope that tokens must have\n"                  \
    "  --require-group G     a group that people must be in\n"                 \
    "  --ca-file FILE        the CA of the provider, if not the system's\n"    \
    "  --proxy URL           the way there\n"                                  \
    "  --service NAME        what is opened, such as sudo (sshd)\n"            \
    "  --login USER          try a login; the token is on standard input\n"    \
    "  --keep                also if that login fails\n"                       \
    "  --replace             also settings that were made by hand\n"           \
    "  --unix-passwords      also to an sshd that lets in keys alone\n"        \
    "  --reload-sshd         tell the running sshd\n"                          \
    "  --yes                 ask nothing\n"                                    \
    "  --dry-run             only show\n"                                      \
    "  --undo                everything as it was before\n"

static const struct command commands[] = {
    {"verify", ctl_verify, "explain what a credential would be answered",
     "--user USER --service SERVICE [--rhost ADDRESS]\n"
     "           [--config FILE | --socket PATH] [--json] <CREDENTIAL",
     "Reads the credential from standard input, prints every check and the\n"
     "verdict.  Nothing is stored, nobody is logged in.\n\n"
     "  --user USER      whose login it would be\n"
     "  --service NAME   the PAM service that would ask, such as sshd\n"
     "  --rhost ADDRESS  where the user would come from\n"
     "  --config FILE    judge by FILE and FILE.d/*.conf, in this "
     "process\n" SOCKET_HELP JSON_HELP},
    {"why", ctl_why, "why somebody was refused",
     "[--user USER] [--id ID] [--json] [--socket PATH]",
     "The last three refusals, or those that are named, with every check that\n"
     "they went through.  The helper remembers a hundred.\n\n"
     "  --user USER      whose login it would have been\n"
     "  --id ID          one of them, as the log has it: id=...\n" JSON_HELP
         SOCKET_HELP},
    {"doctor", ctl_doctor, "what is wrong here, and which line to change",
     "[--user USER] [--service SERVICE] [--token] [--json]\n"
     "           [--socket PATH]",
     "Looks at the configuration, the helper, PAM stacks, sshd, the providers\n"
     "and the host.  Changes nothing.  As root it sees everything; as "
     "somebody\n"
     "else it says what it could not look at.\n\n"
     "  --user USER      at this user too\n"
     "  --service NAME   ... who would log in to this (sshd)\n"
     "  --token          at a token of his too, from standard input\n" JSON_HELP
         SOCKET_HELP},
    {"jws", ctl_jws, "verify a compact JWS with given keys",
     "--jwks FILE [--algorithms LIST] <JWS",
     "Checks form, header, key and signature; writes the payload.\n\n"
     "  --jwks FILE        a JWK set or one JWK; oct keys are allowed\n"
     "  --algorithms LIST  separated by commas\n"},
    {"issuer init", ctl_issuer_init, "make the local issuer's key",
     "[--dir DIR]", "Never overwrites anything.\n\n" DIR_HELP},
    {"issuer rotate", ctl_issuer_rotate, "replace the local issuer's key",
     "[--dir DIR]",
     "The old public key stays in local.jwks until the last token it signed\n"
     "has ended; the old private key is gone.\n\n" DIR_HELP},
    {"token mint", ctl_token_mint, "make a token with the local issuer's key",
     "--user USER [--ttl TTL] [--scope SCOPE]\n"
     "           [--claim NAME=JSON]... [--dir DIR] [--socket PATH]",
     "Prints the token; the log has who made it, for whom, and its jti.\n\n"
     "  --user USER      who shall log in with it\n"
     "  --ttl TTL        how long it lives, such as 90s; 10m, at most 1h\n"
     "  --scope SCOPE    scopes, divided by blanks\n"
     "  --claim N=JSON   a further claim, such as "
     "groups='[\"admins\"]'\n" DIR_HELP SOCKET_HELP},
    {"config check", ctl_config_check, "check the configuration", "[FILE]",
     "Every fault is reported with file and line.  With FILE, only FILE and\n"
     "FILE.d/*.conf are read.\n"},
    {"config show", ctl_config_show, "print the configuration in effect",
     "[FILE]", "Defaults are filled in; it loads again to the same.\n"},
    {"setup", ctl_setup, "set this host up for a provider, or back",
     "[--issuer URL | --local] [OPTION]...\n"
     "           [--login USER <TOKEN]\n"
     "       httpauthctl setup --undo [--reload-sshd]",
     SETUP_HELP},
    {"status", ctl_status, "what httpauthd says about itself",
     "[--json] [--socket PATH]", JSON_HELP SOCKET_HELP},
    {"metrics", ctl_metrics, "numbers for a monitoring system",
     "[--socket PATH]",
     "OpenMetrics text, for example for the textfile collector of\n"
     "Prometheus' node_exporter.\n\n" SOCKET_HELP},
    {"reload", ctl_reload, "let httpauthd read its configuration again",
     "[--socket PATH]",
     "When it has faults they are printed, and the running one "
     "stays.\n\n" SOCKET_HELP},
    {"flush", ctl_flush, "forget verdicts, load keys anew", "[--socket PATH]",
     SOCKET_HELP},
    {"user list", ctl_user_list, "which subject holds which local name",
     "[--json] [--socket PATH]", JSON_HELP SOCKET_HELP},
    {"user forget", ctl_user_forget, "let another subject take a local name",
     "USER [--issuer ISSUER] [--socket PATH]",
     "  --issuer ISSUER  of this one only: section name or "
     "identifier\n" SOCKET_HELP},
    {"revoke", ctl_revoke, "what was issued until now opens nothing more",
     "{--user USER | --issuer ISSUER [--subject SUBJECT]\n"
     "           | --all} [--kill] [--json] [--socket PATH]",
     "Tokens and app passwords that were issued until now, or within the next\n"
     "minute, are refused for ever, and so are the logins that they opened;\n"
     "newer ones are not.  It is on the disk when this returns.\n\n"
     "  --user USER        whatever opens this local user\n"
     "  --issuer ISSUER    all of this one: section name or identifier\n"
     "  --subject SUBJECT  of that issuer only this \"sub\"\n"
     "  --all              everything\n"
     "  --kill             end the sessions of the users concerned, all they "
     "have\n"
     "  --json             one JSON object on one line\n"
     "  --socket PATH      control socket, if not "
     "/run/httpauth/control.sock\n"},
    {"app-password create", ctl_app_password_create,
     "make an app password of this host",
     "[--user USER] [--name NAME] [--expires TIME]\n"
     "           [--service SERVICE]... [--scope SCOPE]... [--host HOST]...\n"
     "           [--network NETWORK]... [--quiet] [--socket PATH] <CREDENTIAL",
     "Prints it once.  Root makes them for others; everybody makes his own by\n"
     "showing a credential of his on standard input.\n\n"
     "  --user USER        who shall log in with it\n"
     "  --name NAME        what it is for, in your words\n"
     "  --expires TIME     how long it lives, such as 12h, 90d (90d)\n"
     "  --service SERVICE  only to log in to this, such as sshd\n"
     "  --scope SCOPE      what require_scope of a service asks for; root "
     "only\n"
     "  --host HOST        only on the host of that name\n"
     "  --network NETWORK  only from there, such as 192.0.2.0/24\n"
     "  --quiet            nothing but the password (so it is in a pipe)\n"
     "  --socket PATH      control socket, if not "
     "/run/httpauth/control.sock\n"},
    {"app-password list", ctl_app_password_list,
     "which app passwords there are", "[--user USER] [--json] [--socket PATH]",
     "  --user USER      of this one only\n" JSON_HELP SOCKET_HELP},
    {"app-password show", ctl_app_password_show, "all about an app password",
     "ID [--json] [--socket PATH]", JSON_HELP SOCKET_HELP},
    {"app-password revoke", ctl_app_password_revoke,
     "an app password opens nothing more", "ID [--socket PATH]", SOCKET_HELP},
    {"app-password rotate", ctl_app_password_rotate,
     "replace an app password by a new one",
     "ID [--overlap TIME] [--expires TIME]\n"
     "           [--quiet] [--socket PATH] <CREDENTIAL",
     "Prints the new one once; it is for the same.  The old one ends after "
     "the\n"
     "overlap.  Who is not root shows a credential, as for create.\n\n"
     "  --overlap TIME   how long the old one still opens (24h)\n"
     "  --expires TIME   how long the new one lives (90d)\n"
     "  --quiet          nothing but the password\n" SOCKET_HELP},
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void
print_help(void)
{
    puts("usage: httpauthctl COMMAND [OPTION]...\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-19s %s\n", commands[i].words, commands[i].summary);
    puts("\n"
         "httpauthctl COMMAND --help tells more, httpauthctl(1) all.\n"
         "Exit status: 0 accepted or done, 1 refused or failed, 2 wrong "
         "command line,\n"
         "3 no verdict (unreachable, broken or unreadable configuration, not "
         "permitted).");
}

static int
print_command_help(const struct command *command)
{
    printf("usage: httpauthctl %s %s\n\n%s", command->words, command->usage,
           command->help);
    return out_finish() ? CTL_DONE : CTL_UNJUDGED;
}

/* How many arguments the words of this command take, 0 when it is another. */
static int
match(const struct command *command, int argc, char **argv)
{
    const char *second = strchr(command->words, ' ');
    size_t first = second != NULL ? (size_t)(second - command->words)
                                  : strlen(command->words);

    if (argc < 2 || strlen(argv[1]) != first ||
        memcmp(argv[1], command->words, first) != 0)
        return 0;
    if (second == NULL)
        return 1;
    return argc > 2 && strcmp(argv[2], second + 1) == 0 ? 2 : 0;
}

static bool
asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

/* Where standard streams are closed, no file that is opened must become one of
 * them.  To be read only: what is printed fails as before. */
static void
fill_streams(void)
{
    int fd;

    do {
        fd = open("/dev/null", O_RDONLY);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

/* Credentials and keys pass through this process: no core, no ptrace by the
 * same user, nothing left behind in swap files of a crash handler. */
static void
harden(void)
{
    const struct rlimit none = {0, 0};

    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int
no_command(int argc, char **argv)
{
    size_t len = argc > 1 ? strlen(argv[1]) : 0;

    if (argc < 2)
        return out_usage("say what to do");
    for (size_t i = 0; i < COMMANDS; i++) {
        const char *words = commands[i].words;

        if (strncmp(words, argv[1], len) == 0 && words[len] == ' ')
            return out_usage("%s what?  For example: httpauthctl %s", argv[1],
                             words);
    }
    return out_usage("%s is not a command", argv[1]);
}

static int
run(int argc, char **argv)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        int words = match(&commands[i], argc, argv), status;

        if (words == 0)
            continue;
        if (asks_for_help(argc - words, argv + words))
            return print_command_help(&commands[i]);
        out_command(commands[i].words);
        status = commands[i].run(argc - words, argv + words);
        return out_finish() || status != CTL_DONE ? status : CTL_UNJUDGED;
    }
    return no_command(argc, argv);
}

int
main(int argc, char **argv)
{
    fill_streams();
    harden();
    log_open("httpauthctl", LOG_TO_STDERR, LOG_LEVEL_WARNING);
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("httpauthctl " PACKAGE_VERSION);
        return out_finish() ? CTL_DONE : CTL_UNJUDGED;
    }
    if (argc >= 2 &&
        (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        print_help();
        return out_finish() ? CTL_DONE : CTL_UNJUDGED;
    }
    return run(argc, argv);
}
