/* What a peer sends, through a server connection. */

#include <string.h>

#include "mutated.h"

#define TICKETED "{\"type\":\"order.ticketed\",\"orderNo\":\"TEST1\",\"cid\":\"XXXXXXXX\",\"status\":2}"
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"

static const text inputs[] = {
    TEXT("POST " TARGET " HTTP/1.1\r\nHost: example.com\r\nContent-Length: 40\r\n\r\n"
         "{\"type\":\"order.void\",\"orderNo\":\"TEST-1\"}"),
    TEXT("POST " TARGET " HTTP/1.1\r\nHost: example.com\r\nTransfer-Encoding: chunked\r\n\r\n"
         "10;a=\"b\"\r\n{\"type\":\"order.\r\n8\r\nvoid\" }\n\r\n0\r\nA: b\r\n\r\n"),
    TEXT("POST " TARGET " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}"),
    TEXT("POST https://example.com" TARGET " HTTP/1.1\r\nHost: example.com\r\nContent-Length: 2\r\n\r\n{}"),
    TEXT("POST " TARGET " HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}"),
    TEXT("POST " TARGET " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"
         "POST " TARGET " HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"),
    TEXT("POST " TARGET " HTTP/1.1\r\nHost: a\r\nContent-Length: 74\r\n\r\n" TICKETED),
    TEXT("\r\nPOST " TARGET " HTTP/1.1\r\nHost: [::1]:80\r\nContent-Length: 0\r\n\r\n"),
    TEXT("GET " TARGET " HTTP/1.1\r\nHost: a\r\n\r\n"),
    TEXT("POST /atlas/8f3c?token=s3cret-7733ab HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"),
};

static const text tokens[] = {
    TEXT("\r\n"),
    TEXT("\r\n\r\n"),
    TEXT("\r\n "),
    TEXT(" HTTP/1.1\r\n"),
    TEXT("POST " TARGET " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"),
    TEXT("Host: a\r\n"),
    TEXT("Content-Length: "),
    TEXT("Content-Length: 2\r\n"),
    TEXT("Transfer-Encoding: chunked\r\n"),
    TEXT("Transfer-Encoding: gzip\r\n"),
    TEXT("Content-Encoding: gzip\r\n"),
    TEXT("Content-Encoding: br\r\n"),
    TEXT("Connection: close\r\n"),
    TEXT("Expect: 100-continue\r\n"),
    TEXT("Expect: a\r\n"),
    TEXT("0\r\n\r\n"),
    TEXT("ffffffffffffffff"),
    TEXT("99999999999999999999"),
    TEXT("http://"),
    TEXT("{\"a\":1}"),
    TEXT("\"a\":1,\"a\":2"),
};

static const grammar connections = { inputs, sizeof inputs / sizeof *inputs, tokens,
                                     sizeof tokens / sizeof *tokens };

static atlas_webhook_receiver *receiver;

void connections_start(void)
{
    static const struct limit {
        uint32_t which;
        uint64_t value;
    } limits[] = {
        /* Small, so that short inputs reach them. */
        { ATLAS_WEBHOOK_LIMIT_HEAD, 160 },  { ATLAS_WEBHOOK_LIMIT_FIELDS, 3 },
        { ATLAS_WEBHOOK_LIMIT_VALUES, 14 }, { ATLAS_WEBHOOK_LIMIT_CHUNK_OVERHEAD, 64 },
        { ATLAS_WEBHOOK_LIMIT_BODY, CONNECTIONS_BODY },
    };
    size_t i;

    if (atlas_webhook_receiver_new(WEBHOOK, &receiver, NULL) != ATLAS_WEBHOOK_OK) fault("no receiver");
    for (i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (atlas_webhook_receiver_set_limit(receiver, limits[i].which, limits[i].value, NULL)
            != ATLAS_WEBHOOK_OK) {
            fault("a limit cannot be set");
        }
    }
}

const atlas_webhook_receiver *connections_receiver(void)
{
    return receiver;
}

/* Responds and sends until the connection wants to receive, or to close. */
static void respond(atlas_webhook_server *server, outcome *out)
{
    for (;;) {
        atlas_webhook_status state = atlas_webhook_server_state(server);
        const void *bytes;
        size_t len = 0;

        if (state == ATLAS_WEBHOOK_WANT_RESPONSE) {
            atlas_webhook_event *event = NULL;
            atlas_webhook_error *error = NULL;
            uint32_t http_status = 200;

            bytes = atlas_webhook_server_delivery_body(server, &len);
            outcome_bytes(out, bytes, len);
            if (atlas_webhook_server_take_event(server, &event, &error) == ATLAS_WEBHOOK_OK) {
                outcome_event(out, event);
            } else {
                http_status = atlas_webhook_error_response_status(error);
                outcome_error(out, error);
            }
            if (atlas_webhook_server_respond(server, http_status, NULL) != ATLAS_WEBHOOK_WANT_SEND) {
                fault("a response is rejected");
            }
        } else if (state == ATLAS_WEBHOOK_WANT_SEND) {
            bytes = atlas_webhook_server_to_send(server, &len);
            /* Whether this is sent may depend on the cuts: a byte of the body makes it superfluous. */
            if (len != sizeof CONTINUE - 1 || memcmp(bytes, CONTINUE, len) != 0) {
                outcome_bytes(out, bytes, len);
            }
            if (len == 0 || atlas_webhook_server_sent(server, len, NULL) < 0) fault("nothing to send");
        } else {
            return;
        }
    }
}

void connections_read(const input *in, cuts cuts, outcome *out)
{
    atlas_webhook_server *server = NULL;
    atlas_webhook_error *error = NULL;
    size_t at = 0;

    outcome_start(out);
    if (atlas_webhook_server_new(receiver, &server, NULL) != ATLAS_WEBHOOK_OK) fault("no server connection");
    while (at < in->len) {
        size_t piece = cuts_next(&cuts, in->len - at);

        if (atlas_webhook_server_received(server, in->bytes + at, piece, NULL) < 0) {
            fault("what a peer sends is an error");
        }
        at += piece;
        respond(server, out);
    }
    outcome_number(out, atlas_webhook_server_state(server));
    outcome_number(out, atlas_webhook_server_idle(server));
    if (atlas_webhook_server_received_eof(server, NULL) != ATLAS_WEBHOOK_WANT_CLOSE) {
        fault("a connection does not end");
    }
    if (atlas_webhook_server_rejection(server, &error) != ATLAS_WEBHOOK_OK) outcome_error(out, error);
    atlas_webhook_server_free(server);
}

atlas_webhook_status connections_try(random_state *random)
{
    static input in;
    static outcome whole, cut;

    input_mutate(&in, &connections, random);
    connections_read(&in, cuts_none(), &whole);
    connections_read(&in, cuts_choose(random), &cut);
    if (whole.len != cut.len || memcmp(whole.bytes, cut.bytes, whole.len) != 0) {
        fault("what a peer sends means something else when it is cut");
    }
    return whole.status;
}
