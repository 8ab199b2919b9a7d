/* The whole life of a process, from before its start to after its end:
 *
 *     cold K PROGRAM ARGUMENT...
 *
 * runs it K times and prints the nanoseconds of each. What it prints itself goes nowhere. */

#define _GNU_SOURCE

#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static uint64_t nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv)
{
    posix_spawn_file_actions_t actions;
    int k;

    if (argc < 3) return 2;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    for (k = atoi(argv[1]); k > 0; k--) {
        uint64_t started = nanoseconds();
        int status = 1;
        pid_t child;

        if (posix_spawn(&child, argv[2], &actions, NULL, argv + 2, environ) != 0
            || waitpid(child, &status, 0) != child || status != 0) {
            fprintf(stderr, "%s failed\n", argv[2]);
            return 1;
        }
        printf("%" PRIu64 "\n", nanoseconds() - started);
    }
    return 0;
}
