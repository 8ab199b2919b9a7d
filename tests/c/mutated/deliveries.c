/* The body of a delivery: through a receiver, and through a server connection, whole and cut. */

#include <stdio.h>
#include <string.h>

#include "mutated.h"

static const text inputs[] = {
    TEXT("{\"cid\":\"XXXXXXXX\",\"data\":{\"orderNo\":\"TEST1\",\"orderStatus\":2,\"paxTicketInfos\":"
         "[{\"airlinePNRs\":[\"S2\"],\"name\":\"LAST/FIRST\"}]},\"status\":-1,\"type\":\"order.ticketed\"}"),
    TEXT("{\"cid\":\"A\",\"data\":{\"message\":\"a\",\"orderNo\":\"TEST1\",\"voidCode\":\"1\",\"voidStatus\":2},"
         "\"status\":-1,\"type\":\"order.void\"}"),
    TEXT("{\"data\":{\"orderNo\":\"TEST1\",\"originalSegs\":[{\"depTime\":\"2026-12-04 07:10:00\","
         "\"codeShare\":false,\"direction\":1}]},\"type\":\"order.schedulechange\"}"),
    TEXT("{\"a\":\"\\u00e9\\n\\ud83d\\ude00\",\"b\":[true,false,null,-1.5e3,\"\"],\"c\":{}}"),
    TEXT("\xEF\xBB\xBF { } \n"),
    TEXT("\x1F\x8B\x08\x00\x00\x00\x00\x00\x02\x03\xAB\xAE\x05\x00\x43\xBF\xA6\xA3\x02\x00\x00\x00"),
};

static const text tokens[] = {
    TEXT("{"),
    TEXT("}"),
    TEXT("[["),
    TEXT("]"),
    TEXT(","),
    TEXT(":"),
    TEXT("\"\""),
    TEXT("\"type\":\"order.cancelled\","),
    TEXT("\"orderNo\":"),
    TEXT("\"status\":1,"),
    TEXT("\"a\":1,\"a\":2,"),
    TEXT("\\u0000"),
    TEXT("\\uD800"),
    TEXT("\\\\"),
    TEXT("\xC3\xA9"),
    TEXT("null"),
    TEXT("true"),
    TEXT("1e400"),
    TEXT("-0"),
    TEXT("123456789012345678901234567890"),
};

static const grammar deliveries = { inputs, sizeof inputs / sizeof *inputs, tokens,
                                    sizeof tokens / sizeof *tokens };

static int same(const outcome *one, const outcome *other)
{
    return one->len == other->len && memcmp(one->bytes, other->bytes, one->len) == 0;
}

/* As a server connection records it: the body, and the event or the error. */
static void read_delivery(const input *body, outcome *out)
{
    static outcome again;
    atlas_webhook_event *event = NULL, *parsed = NULL;
    atlas_webhook_error *error = NULL;

    outcome_start(out);
    outcome_bytes(out, body->bytes, body->len);
    if (atlas_webhook_receiver_read(connections_receiver(), "POST", 4, TARGET, sizeof TARGET - 1, NULL, 0,
                                    body->bytes, body->len, &event, &error)
        == ATLAS_WEBHOOK_OK) {
        const void *json;
        size_t len = 0;

        json = atlas_webhook_event_json(event, &len);
        if (atlas_webhook_event_parse(json, len, &parsed, NULL) != ATLAS_WEBHOOK_OK) {
            fault("a stored event is not read again");
        }
        outcome_start(&again);
        outcome_bytes(&again, body->bytes, body->len);
        outcome_event(&again, parsed);
        outcome_event(out, event);
        if (!same(out, &again)) fault("a stored event is read as another");
    } else {
        outcome_error(out, error);
    }
}

atlas_webhook_status deliveries_try(random_state *random)
{
    static input body, message;
    static outcome alone, whole, cut;
    char head[256];
    int len;

    input_mutate(&body, &deliveries, random);
    if (body.len > INPUT_LIMIT - sizeof head) body.len = INPUT_LIMIT - sizeof head;
    read_delivery(&body, &alone);
    /* Behind an HTTP server the body decides about its coding, here the field does. */
    len = snprintf(head, sizeof head, "POST " TARGET " HTTP/1.1\r\nHost: a\r\n%sContent-Length: %u\r\n\r\n",
                   body.len > 1 && memcmp(body.bytes, "\x1F\x8B", 2) == 0 ? "Content-Encoding: gzip\r\n" : "",
                   (unsigned)body.len);
    memcpy(message.bytes, head, (size_t)len);
    memcpy(message.bytes + len, body.bytes, body.len);
    message.len = (size_t)len + body.len;
    connections_read(&message, cuts_none(), &whole);
    connections_read(&message, cuts_choose(random), &cut);
    if (!same(&whole, &cut)) fault("a delivery means something else when it is cut");
    /* The server connection rejects a long body before it is read, and sends a response to every other. */
    if (body.len > CONNECTIONS_BODY
            ? whole.status != alone.status
            : whole.len < alone.len || memcmp(whole.bytes, alone.bytes, alone.len) != 0) {
        fault("a delivery means something else to a server connection");
    }
    return whole.status;
}
