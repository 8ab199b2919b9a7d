#include <string.h>

#include "mutated.h"

static void replace(input *in, size_t at, size_t removed, const void *bytes, size_t len)
{
    size_t behind = in->len - at - removed;

    if (len > INPUT_LIMIT - at) len = INPUT_LIMIT - at;
    if (behind > INPUT_LIMIT - at - len) behind = INPUT_LIMIT - at - len;
    memmove(in->bytes + at + len, in->bytes + at + removed, behind);
    if (len != 0) memcpy(in->bytes + at, bytes, len);
    in->len = at + len + behind;
}

static void change_once(input *in, const grammar *grammar, random_state *random)
{
    static const unsigned char bytes[] = "\r\n\r\n\0 \t:;,=\"\\{}[]0:aA-+.%/?\x7F\x80\xC3\xFF";
    size_t at = random_below(random, (uint32_t)in->len + 1);
    size_t rest = in->len - at;
    size_t some = random_below(random, 8) + 1;
    unsigned char copy[INPUT_LIMIT];
    const text *token;

    if (some > rest) some = rest;
    switch (random_below(random, 10)) {
    case 0:
        if (rest != 0) in->bytes[at] ^= (unsigned char)(1u << random_below(random, 8));
        break;
    case 1:
        if (rest != 0) in->bytes[at] = bytes[random_below(random, sizeof bytes)];
        break;
    case 2:
        replace(in, at, 0, &bytes[random_below(random, sizeof bytes)], 1);
        break;
    case 3:
        replace(in, at, some, NULL, 0);
        break;
    case 4:
        memcpy(copy, in->bytes + at, some);
        replace(in, at, 0, copy, some);
        break;
    case 5:
        token = &grammar->tokens[random_below(random, grammar->tokens_count)];
        replace(in, at, 0, token->bytes, token->len);
        break;
    case 6:
        token = &grammar->tokens[random_below(random, grammar->tokens_count)];
        replace(in, at, some, token->bytes, token->len);
        break;
    case 7:
        /* The next digit from here becomes another. */
        while (rest != 0 && (in->bytes[at] < '0' || in->bytes[at] > '9')) at++, rest--;
        if (rest != 0) in->bytes[at] = (unsigned char)('0' + random_below(random, 10));
        break;
    case 8:
        if (random_below(random, 4) == 0) in->len = at;
        break;
    default:
        if (random_below(random, 4) != 0) break;
        token = &grammar->inputs[random_below(random, grammar->inputs_count)];
        replace(in, in->len, 0, token->bytes, token->len);
        break;
    }
}

static const input *latest;

void input_mutate(input *out, const grammar *grammar, random_state *random)
{
    const text *whole = &grammar->inputs[random_below(random, grammar->inputs_count)];
    uint32_t changes = random_below(random, 8);

    latest = out;
    out->len = 0;
    replace(out, 0, 0, whole->bytes, whole->len);
    changes = changes < 4 ? 1 : changes - 3;
    while (changes-- != 0) change_once(out, grammar, random);
}

void input_print(FILE *file)
{
    size_t i;

    if (latest == NULL) return;
    for (i = 0; i < latest->len; i++) {
        unsigned char byte = latest->bytes[i];
        if (byte >= ' ' && byte < 0x7F) {
            putc(byte, file);
        } else {
            fprintf(file, "\\x%02X", byte);
        }
        if (byte == '\n') putc('\n', file);
    }
    putc('\n', file);
}

enum { WHOLE, BYTE_BY_BYTE, ONCE, PIECES };

cuts cuts_none(void)
{
    cuts cuts = { WHOLE, { 0 } };
    return cuts;
}

cuts cuts_choose(random_state *random)
{
    cuts cuts = { ONCE, { 0 } };
    uint32_t chosen = random_below(random, 8);

    if (chosen == 0) cuts.mode = BYTE_BY_BYTE;
    if (chosen >= 4) cuts.mode = PIECES;
    cuts.random = *random;
    return cuts;
}

size_t cuts_next(cuts *cuts, size_t rest)
{
    size_t len = rest;

    switch (cuts->mode) {
    case BYTE_BY_BYTE:
        return 1;
    case ONCE:
        cuts->mode = WHOLE;
        return random_below(&cuts->random, (uint32_t)rest) + 1;
    case PIECES:
        len = random_below(&cuts->random, 64) + 1;
        return len < rest ? len : rest;
    default:
        return rest;
    }
}
