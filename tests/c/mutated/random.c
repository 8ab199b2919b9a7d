/* SplitMix64, which needs one word of state and no warming up. */

#include "mutated.h"

static uint64_t next(random_state *random)
{
    uint64_t mixed = random->state += UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
    return mixed ^ (mixed >> 31);
}

void random_start(random_state *random, uint64_t seed, uint64_t number)
{
    random->state = seed;
    random->state = next(random) + number;
    random->state = next(random);
}

uint32_t random_below(random_state *random, uint32_t limit)
{
    return (uint32_t)(((next(random) >> 32) * limit) >> 32);
}
