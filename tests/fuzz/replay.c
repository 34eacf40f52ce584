/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * replay FOLDER: gives every file of a corpus to a fuzz target, without
 * libFuzzer; one TAP line per file. A crash ends the run, which counts.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
replay(const char *folder, const char *name, unsigned number)
{
    char path[4096];
    uint8_t *data = NULL;
    long size = -1;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    file = fopen(path, "rb");
    if (file != NULL && fseek(file, 0, SEEK_END) == 0)
        size = ftell(file);
    /* Exactly the size, so that a sanitizer sees a byte read behind it. */
    if (size >= 0)
        data = malloc(size > 0 ? (size_t)size : 1);
    if (data != NULL) {
        rewind(file);
        size = (long)fread(data, 1, (size_t)size, file);
        LLVMFuzzerTestOneInput(data, (size_t)size);
    }
    printf("%sok %u - %s\n", data != NULL ? "" : "not ", number, name);
    free(data);
    if (file != NULL)
        fclose(file);
}

int
main(int argc, char **argv)
{
    struct dirent **entry = NULL;
    unsigned number = 0;
    int count;

    if (argc != 2)
        return 2;
    count = scandir(argv[1], &entry, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (entry[i]->d_name[0] != '.')
            replay(argv[1], entry[i]->d_name, ++number);
        free(entry[i]);
    }
    free(entry);
    printf("1..%u\n", number);
    return number == 0;
}
