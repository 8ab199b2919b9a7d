/* What the files of this program share. A case is one mutated input; it is read whole and in pieces. */

#ifndef MUTATED_H
#define MUTATED_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "atlas_webhook.h"

/* ---- random.c: numbers that depend on the seed and on the number of the case alone ---- */

typedef struct random_state {
    uint64_t state;
} random_state;

void random_start(random_state *random, uint64_t seed, uint64_t number);

/* A number below `limit`, which is at least 1. */
uint32_t random_below(random_state *random, uint32_t limit);

/* ---- input.c: bytes, what changes them, and how they are cut ---- */

#define INPUT_LIMIT 1024

typedef struct input {
    size_t len;
    unsigned char bytes[INPUT_LIMIT];
} input;

/* Literal text, which may contain NUL. */
typedef struct text {
    const char *bytes;
    size_t len;
} text;

#define TEXT(literal) { literal, sizeof(literal) - 1 }

/* What inputs of one kind are made of: whole inputs, and pieces of them that matter. */
typedef struct grammar {
    const text *inputs;
    uint32_t inputs_count;
    const text *tokens;
    uint32_t tokens_count;
} grammar;

/* One of the inputs, changed at one to four places. */
void input_mutate(input *out, const grammar *grammar, random_state *random);

/* Prints the input that was mutated last. */
void input_print(FILE *file);

/* Where an input is cut. */
typedef struct cuts {
    int mode;
    random_state random;
} cuts;

cuts cuts_none(void);
cuts cuts_choose(random_state *random);

/* The length of the next piece: at least 1 and at most `rest`, which is not 0. */
size_t cuts_next(cuts *cuts, size_t rest);

/* ---- outcome.c: what the library returned, as bytes that can be compared ---- */

#define OUTCOME_LIMIT 8192

typedef struct outcome {
    size_t len;
    unsigned char bytes[OUTCOME_LIMIT];
    /* How the case ended, for the table of statuses. */
    atlas_webhook_status status;
} outcome;

void outcome_start(outcome *outcome);
void outcome_number(outcome *outcome, int64_t number);
void outcome_bytes(outcome *outcome, const void *bytes, size_t len);

/* Everything that an error says. Frees it. NULL is fine. */
void outcome_error(outcome *outcome, atlas_webhook_error *error);

/* Everything that an event says. Frees it. */
void outcome_event(outcome *outcome, atlas_webhook_event *event);

/* ---- main.c ---- */

/* Ends the program: prints `what`, and how to run the case again. */
void fault(const char *what);

#define SECRET "s3cret-7733aa"
#define TARGET "/atlas/8f3c?token=" SECRET
#define WEBHOOK "https://example.com" TARGET

/* ---- The kinds of cases. Each `start` makes handles; `try` runs one case and returns its status ---- */

/* responses.c: a response to a registration, through an exchange. */
void responses_start(void);
atlas_webhook_status responses_try(random_state *random);

/* connections.c: what a peer sends, through a server connection. */
void connections_start(void);
atlas_webhook_status connections_try(random_state *random);

/* Reads `in` by a server connection. Used by deliveries.c too. */
void connections_read(const input *in, cuts cuts, outcome *out);

/* The receiver of the server connections, and its limit of a body. */
#define CONNECTIONS_BODY 170
const atlas_webhook_receiver *connections_receiver(void);

/* deliveries.c: the body of a delivery, through a receiver and through a server connection. */
atlas_webhook_status deliveries_try(random_state *random);

/* requests.c: the URL, cid and header of a registration; the request, sent in pieces. */
void requests_start(void);
atlas_webhook_status requests_try(random_state *random);

#endif /* MUTATED_H */
