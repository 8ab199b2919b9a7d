/* load LIBRARY: the nanoseconds that dlopen takes in a new process, dependencies included. */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static uint64_t nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv)
{
    uint64_t started = nanoseconds();

    if (argc != 2 || dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) == NULL) {
        fprintf(stderr, "%s\n", argc == 2 ? dlerror() : "load LIBRARY");
        return 1;
    }
    printf("%" PRIu64 "\n", nanoseconds() - started);
    return 0;
}
