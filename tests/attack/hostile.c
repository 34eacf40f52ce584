/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hostile DIR ISSUER AUDIENCE USER NOW
 *
 * Writes the hostile set into the folder DIR, which exists: jwks.json, one
 * file per token, and index.txt with a line for each:
 *
 *     file TAB item of the contract TAB behaviour TAB reject|accept
 *
 * Every token is good for that issuer, audience and user at that time (in
 * seconds) but for one flaw; those marked accept have none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/hostile.h"

static FILE *
create(const char *dir, const char *name)
{
    char *path = forge_text("%s/%s", dir, name);
    FILE *file = forge_need(fopen(path, "we"), path);

    free(path);
    return file;
}

static void
finish(FILE *file)
{
    bool failed = ferror(file) != 0;

    if (fclose(file) != 0 || failed) {
        perror("hostile");
        exit(1);
    }
}

static void
write_row(const char *dir, size_t index, const struct hostile *row,
          const struct hostile_at *at, FILE *list)
{
    struct forged token = hostile_token(row, at);
    char *name = forge_text("%03zu-%s-%s", index + 1, row->item, row->name);
    FILE *file = create(dir, name);

    fwrite(token.data, 1, token.len, file);
    finish(file);
    fprintf(list, "%s\t%s\t", name, row->item);
    for (const char *p = row->name; *p != '\0'; p++)
        fputc(*p == '_' ? ' ' : *p, list);
    fprintf(list, "\t%s\n",
            row->reason == REASON_ACCEPTED ? "accept" : "reject");
    free(name);
    free(token.data);
}

int
main(int argc, char **argv)
{
    struct hostile_at at;
    FILE *list, *file;
    char *set;

    if (argc != 6) {
        fprintf(stderr, "usage: hostile DIR ISSUER AUDIENCE USER NOW\n");
        return 2;
    }
    at = (struct hostile_at){argv[2], argv[3], argv[4], atoll(argv[5])};
    list = create(argv[1], "index.txt");
    for (size_t i = 0; hostile_row(i) != NULL; i++)
        write_row(argv[1], i, hostile_row(i), &at, list);
    finish(list);
    set = hostile_jwks();
    file = create(argv[1], "jwks.json");
    fputs(set, file);
    finish(file);
    free(set);
    forge_end();
    return 0;
}
