/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_dlopen A B: microseconds that a fresh process takes to dlopen() each
 * of two modules, as libpam does, in turns; prints `a N b N` (medians).
 */
#include <dlfcn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/measure.h"

#define ROUNDS 301

static double
load(const char *path, double *shared)
{
    pid_t child = fork();

    if (child == 0) {
        double begin = measure_now_us();
        void *module = dlopen(path, RTLD_NOW);

        *shared = measure_now_us() - begin;
        _exit(module == NULL);
    }
    int status;
    waitpid(child, &status, 0);
    if (status != 0) {
        fprintf(stderr, "bench_dlopen: cannot load %s\n", path);
        exit(1);
    }
    return *shared;
}

int
main(int argc, char **argv)
{
    double *shared = mmap(NULL, sizeof(double), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    double a[ROUNDS], b[ROUNDS];

    if (argc != 3 || shared == MAP_FAILED)
        return 2;
    measure_pin(1);
    for (int i = 0; i < ROUNDS; i++) {
        a[i] = load(argv[1], shared);
        b[i] = load(argv[2], shared);
    }
    printf("a %.1f b %.1f\n", measure_median(a, ROUNDS),
           measure_median(b, ROUNDS));
    return 0;
}
