/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/ctl/doctor_print.h"

#include <stdio.h>
#include <string.h>

#include "helper/base/span.h"
#include "helper/ctl/out.h"

#define COLUMN 9 /* where texts begin, behind the severity */
#define CHANGE_COLUMN 13
#define TEXT_SIZE 8192

static const char *
member(const json_t *finding, const char *name)
{
    return json_string_value(json_object_get(finding, name));
}

size_t
doctor_count(const json_t *findings, const char *severity)
{
    size_t i, count = 0;
    json_t *finding;

    json_array_foreach(findings, i, finding) count +=
        strcmp(member(finding, "severity"), severity) == 0;
    return count;
}

static void
print_at(size_t column, const char *text)
{
    printf("%*s", (int)column, "");
    out_wrapped(column, text);
}

static void
print_services(const json_t *finding)
{
    const json_t *services = json_object_get(finding, "services"), *service;
    char text[TEXT_SIZE] = "Services: ";
    size_t i, len = strlen(text);

    if (json_array_size(services) < 2)
        return;
    json_array_foreach(services, i, service)
    {
        const char *name = json_string_value(service);

        if (len + strlen(name) + 3 < sizeof(text))
            len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
                                    i > 0 ? ", " : "", name);
    }
    print_at(COLUMN, text);
}

/* A line of a stack that is wider than the terminal goes on behind a backslash,
 * as pam.d(5) has it, so that it can be pasted as it is. */
static void
print_pam_line(const char *text)
{
    size_t column = CHANGE_COLUMN, at = column;
    const char *blank = "";

    printf("%*s", (int)column, "");
    while (*text != '\0') {
        size_t word = strcspn(text, " ");

        if (at > column && at + 1 + word + 2 > OUT_COLUMNS) {
            printf(" \\\n%*s", (int)column + 4, "");
            at = column + 4;
            blank = "";
        }
        printf("%s%.*s", blank, (int)word, text);
        at += word + strlen(blank);
        blank = " ";
        text += word;
        text += strspn(text, " ");
    }
    putchar('\n');
}

/* Commands and lines of a configuration are never broken. */
static void
print_change(const char *text, bool pam)
{
    char line[TEXT_SIZE];

    while (*text != '\0') {
        size_t len = strcspn(text, "\n");

        snprintf(line, sizeof(line), "%.*s", (int)len, text);
        if (pam)
            print_pam_line(line);
        else
            printf("%*s%s\n", CHANGE_COLUMN, "", line);
        text += len + (text[len] == '\n');
    }
}

static void
print_place(const json_t *finding, const char *before, const char *behind)
{
    char text[TEXT_SIZE], place[TEXT_SIZE / 2] = "";
    const char *file = member(finding, "file");
    json_int_t line = json_integer_value(json_object_get(finding, "line"));

    if (file != NULL && line > 0)
        snprintf(place, sizeof(place), "%s:%lld", file, (long long)line);
    else if (file != NULL)
        snprintf(place, sizeof(place), "%s", file);
    snprintf(text, sizeof(text), "%s%s%s", before, place, behind);
    print_at(COLUMN, text);
}

static void
print_cure(const json_t *finding)
{
    const char *cure = member(finding, "cure"), *file = member(finding, "file");
    const char *change = member(finding, "change");
    bool pam = file != NULL && strstr(file, "/pam.d/") != NULL;

    if (cure == NULL) {
        if (file != NULL)
            print_place(finding, "See ", "");
        return;
    }
    if (strcmp(cure, "replace") == 0)
        print_place(finding, "Change ", " to");
    else if (strcmp(cure, "add") == 0)
        print_place(finding,
                    json_object_get(finding, "line") != NULL ? "Add below "
                                                             : "Add to ",
                    "");
    else if (strcmp(cure, "remove") == 0)
        print_place(finding, "Remove from ", "");
    else if (file != NULL)
        print_place(finding, "See ", ", and run");
    else
        print_at(COLUMN, "Run");
    print_change(change, pam && strcmp(cure, "run") != 0);
}

/* The same in several places is explained once. */
static bool
was_explained(const json_t *findings, size_t count, const json_t *finding)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *other = json_array_get(findings, i);

        if (json_equal(json_object_get(other, "key"),
                       json_object_get(finding, "key")) &&
            json_equal(json_object_get(other, "why"),
                       json_object_get(finding, "why")))
            return true;
    }
    return false;
}

static void
print_finding(const json_t *finding, const char *shown, bool explained)
{
    char what[TEXT_SIZE];
    bool well = strcmp(shown, "ok") == 0;

    printf("%-*s", COLUMN, shown);
    if (well)
        snprintf(what, sizeof(what), "%s", member(finding, "what"));
    else
        snprintf(what, sizeof(what), "%s [%s]", member(finding, "what"),
                 member(finding, "key"));
    out_wrapped(COLUMN, what);
    print_services(finding);
    if (member(finding, "why") != NULL && !explained)
        print_at(COLUMN, member(finding, "why"));
    print_cure(finding);
    if (!well)
        putchar('\n');
}

static void
print_all(const json_t *findings, const char *severity, const char *shown)
{
    json_t *finding;
    size_t i;

    json_array_foreach(findings, i, finding)
    {
        if (strcmp(member(finding, "severity"), severity) == 0)
            print_finding(finding, shown, was_explained(findings, i, finding));
    }
}

static void
add_count(char *text, size_t size, size_t count, const char *one,
          const char *many)
{
    size_t len = strlen(text);

    if (count > 0)
        snprintf(text + len, size - len, "%s%zu %s", len > 0 ? ", " : "", count,
                 count == 1 ? one : many);
}

void
doctor_print(const json_t *findings)
{
    char sum[256] = "";

    print_all(findings, "ok", "ok");
    putchar('\n');
    print_all(findings, "note", "note");
    print_all(findings, "unseen", "unseen");
    print_all(findings, "warning", "warning");
    print_all(findings, "fault", "FAULT");
    add_count(sum, sizeof(sum), doctor_count(findings, "fault"), "fault",
              "faults");
    add_count(sum, sizeof(sum), doctor_count(findings, "warning"), "warning",
              "warnings");
    if (sum[0] == '\0')
        snprintf(sum, sizeof(sum), "nothing is wrong");
    add_count(sum, sizeof(sum), doctor_count(findings, "note"), "note",
              "notes");
    add_count(sum, sizeof(sum), doctor_count(findings, "unseen"),
              "thing not looked at", "things not looked at");
    printf("%s\n", sum);
}
