/* SPDX-License-Identifier: BSD-2-Clause */
/* The doctor on one user: would this host let him in, were his token good? */
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/base/text.h"
#include "helper/ctl/doctor.h"

static bool
is_nss_name(struct doctor *d, const struct passwd *entry)
{
    json_t *finding;

    if (!text_is_user(span_of(d->user))) {
        finding = doctor_find(d, DOCTOR_FAULT, "user-name",
                              "%s is no name that we serve.", d->user);
        doctor_why(finding, "A name has 1 to 32 bytes of A-Z, a-z, 0-9 and "
                            "._-@, begins with neither - nor @, and is not "
                            "only digits.");
        return false;
    }
    if (entry == NULL) {
        finding = doctor_find(d, DOCTOR_FAULT, "user-unknown",
                              "There is no account %s on this host.", d->user);
        doctor_why(finding, "Accounts come from NSS; the provider makes none. "
                            " sshd shows us junk instead of what such a user "
                            "types.");
        doctor_cure(finding, CURE_RUN, "getent passwd %s || useradd -m %s",
                    d->user, d->user);
        return false;
    }
    if (strcmp(entry->pw_name, d->user) != 0) {
        finding = doctor_find(d, DOCTOR_FAULT, "user-spelling",
                              "The account of %s is spelled %s.", d->user,
                              entry->pw_name);
        doctor_why(finding, "Only the exact name is served: two spellings "
                            "would be two users to a rule.");
        return false;
    }
    return true;
}

static void
judge_uid(struct doctor *d, const struct passwd *entry)
{
    const struct doctor_stack *s = doctor_stack(d, d->service);
    const struct pamd_line *line;
    json_t *finding;

    if (s == NULL || (entry->pw_uid == 0 && s->args.allow_root) ||
        (entry->pw_uid >= s->args.min_uid && entry->pw_uid <= s->args.max_uid))
        return;
    finding = doctor_find(
        d, DOCTOR_FAULT, "user-uid", "%s has uid %u; %s serves %lld to %lld.",
        d->user, (unsigned)entry->pw_uid, d->service,
        (long long)s->args.min_uid, (long long)s->args.max_uid);
    doctor_why(finding, "Others get the same prompt and never an answer; "
                        "min_uid, max_uid and allow_root of our auth line "
                        "decide.");
    line = pamd_next(&s->stack, PAMD_AUTH, "pam_httpauth.so", NULL);
    if (line != NULL)
        doctor_at(finding, line->file, line->number);
}

/* Is it named after the user, and nothing but a path?  "/" and "/var/www" are
 * not to be given away, and a directory service may say anything. */
static bool
is_own(const struct doctor *d, const char *home)
{
    const char *slash = strrchr(home, '/');

    return slash != NULL && strcmp(slash + 1, d->user) == 0 &&
           home[strspn(home, "abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789._-@/")] == '\0';
}

static void
judge_home(struct doctor *d, const struct passwd *entry)
{
    json_t *finding = NULL;
    struct stat st;

    if (stat(entry->pw_dir, &st) != 0) {
        finding = doctor_find(d, DOCTOR_WARNING, "user-home",
                              "%s has no home directory: %s.", d->user,
                              entry->pw_dir);
        doctor_why(finding, "Some programs refuse him then, others let him "
                            "begin in /.  pam_mkhomedir.so makes it at the "
                            "first login.");
        doctor_cure(finding, CURE_RUN, "mkhomedir_helper %s", d->user);
    } else if (st.st_uid != entry->pw_uid || !S_ISDIR(st.st_mode)) {
        finding = doctor_find(d, DOCTOR_WARNING, "user-home",
                              "%s is not the directory of %s.", entry->pw_dir,
                              d->user);
        doctor_why(finding, "Somebody else owns it.");
        if (is_own(d, entry->pw_dir))
            doctor_cure(finding, CURE_RUN, "chown %s: %s", d->user,
                        entry->pw_dir);
    }
}

static void
judge_shell(struct doctor *d, const struct passwd *entry)
{
    json_t *finding;

    if (entry->pw_shell[0] == '\0' || access(entry->pw_shell, X_OK) == 0) {
        /* A shell on purpose, for who shall not have one. */
        if (strstr(entry->pw_shell, "nologin") == NULL &&
            strstr(entry->pw_shell, "/false") == NULL)
            return;
        finding = doctor_find(d, DOCTOR_WARNING, "user-shell",
                              "The shell of %s ends every session at once: %s.",
                              d->user, entry->pw_shell);
    } else {
        finding = doctor_find(d, DOCTOR_FAULT, "user-shell",
                              "The shell of %s cannot be run: %s.", d->user,
                              entry->pw_shell);
        doctor_why(finding, "sshd takes such a user for one who is not "
                            "allowed, whatever his token.");
    }
    doctor_cure(finding, CURE_RUN, "chsh -s /bin/sh %s", d->user);
}

static void
judge_issuer(struct doctor *d)
{
    char line[128];
    json_t *finding;

    for (size_t i = 0; d->config != NULL && i < d->config->issuers; i++)
        if (config_speaks_for(d->config, &d->config->issuer[i],
                              span_of(d->user)))
            return;
    if (d->config == NULL || d->config->issuers == 0)
        return;
    finding = doctor_find(d, DOCTOR_FAULT, "user-no-issuer",
                          "No issuer may speak for %s.", d->user);
    doctor_why(finding, "users of an issuer, and users.map, say for whom it "
                        "may.");
    snprintf(line, sizeof(line), "users = %s", d->user);
    doctor_option_more(d, finding, SECTION_ISSUER, d->config->issuer[0].name,
                       "users", line);
}

void
doctor_user(struct doctor *d)
{
    const struct passwd *entry;
    size_t before = json_array_size(d->findings);

    if (d->user == NULL)
        return;
    entry = getpwnam(d->user);
    if (!is_nss_name(d, entry))
        return;
    judge_uid(d, entry);
    judge_home(d, entry);
    judge_shell(d, entry);
    judge_issuer(d);
    if (json_array_size(d->findings) == before)
        doctor_find(d, DOCTOR_OK, "user", "%s has an account that is served.",
                    d->user);
}
