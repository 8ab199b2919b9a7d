/*
 * Mutates responses, deliveries and requests, and passes each to the library whole and in pieces. The
 * outcome must be the same.
 *
 *   mutated SEED SECONDS [FIRST]
 *
 * The cases are numbered from FIRST. Default: 0. A case depends on the seed and its number alone, so
 * `mutated SEED 0 NUMBER`, which runs one case, finds a fault again. The program prints how many cases it
 * ran, and how they ended.
 */

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mutated.h"

static const struct kind {
    const char *name;
    void (*start)(void);
    atlas_webhook_status (*try)(random_state *random);
    /* How many of 16 cases are of this kind. */
    uint32_t share;
} kinds[] = {
    { "responses", responses_start, responses_try, 6 },
    { "connections", connections_start, connections_try, 6 },
    { "deliveries", NULL, deliveries_try, 2 },
    { "requests", requests_start, requests_try, 2 },
};

#define KINDS (sizeof kinds / sizeof *kinds)

/* Statuses of cases are 0 and below. */
#define STATUSES 64

static uint64_t seed, number;
static uint64_t ended[STATUSES][KINDS];
static volatile sig_atomic_t stopped;

void fault(const char *what)
{
    fprintf(stderr, "seed %" PRIu64 ", case %" PRIu64 ": %s\n", seed, number, what);
    input_print(stderr);
    exit(EXIT_FAILURE);
}

static void stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

static void run_case(void)
{
    random_state random;
    atlas_webhook_status status;
    uint32_t chosen;
    size_t i = 0;

    random_start(&random, seed, number);
    for (chosen = random_below(&random, 16); chosen >= kinds[i].share; i++) chosen -= kinds[i].share;
    status = kinds[i].try(&random);
    if (status > 0 || status <= -STATUSES) fault("a status that is none");
    ended[-status][i]++;
}

static void report(uint64_t cases, double seconds)
{
    size_t i, status;

    printf("seed %" PRIu64 ": %" PRIu64 " cases in %.0f s (%.0f s of the processor)\n\n", seed, cases,
           seconds, (double)clock() / CLOCKS_PER_SEC);
    printf("| Status |");
    for (i = 0; i < KINDS; i++) printf(" %s |", kinds[i].name);
    printf("\n|---|");
    for (i = 0; i < KINDS; i++) printf("--:|");
    for (status = 0; status < STATUSES; status++) {
        uint64_t any = 0;
        for (i = 0; i < KINDS; i++) any += ended[status][i];
        if (any == 0) continue;
        printf("\n| %s |", atlas_webhook_status_name(-(atlas_webhook_status)status));
        for (i = 0; i < KINDS; i++) printf(" %" PRIu64 " |", ended[status][i]);
    }
    printf("\n\n");
}

int main(int argc, char **argv)
{
    uint64_t first;
    time_t started = time(NULL);
    double seconds, passed = 0;
    size_t i;

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: %s SEED SECONDS [FIRST]\n", argv[0]);
        return 2;
    }
    seed = strtoull(argv[1], NULL, 10);
    seconds = strtod(argv[2], NULL);
    first = number = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    for (i = 0; i < KINDS; i++) {
        if (kinds[i].start != NULL) kinds[i].start();
    }
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    do {
        run_case();
        number++;
        if (number % 1024 == 0) passed = difftime(time(NULL), started);
    } while (seconds > 0 && passed < seconds && !stopped);
    report(number - first, passed);
    return EXIT_SUCCESS;
}
