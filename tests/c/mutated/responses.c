/* Responses to a registration, through an exchange. */

#include <string.h>

#include "mutated.h"

#define SUCCESS "{\"status\":0,\"msg\":\"success\"}"
#define REFUSAL "{\"status\":901,\"msg\":\"illegal\",\"requestId\":\"r-1\"}"
#define GZIP \
    "\x1F\x8B\x08\x00\x00\x00\x00\x00\x02\x03\xAB\x56\x2A\x2E\x49\x2C\x29\x2D\x56\xB2\x32\xD0\x51\xCA" \
    "\x2D\x4E\x57\xB2\x52\x2A\x2E\x4D\x4E\x4E\x2D\x2E\x56\xAA\x05\x00\x3A\xFA\x2E\xB9\x1C\x00\x00\x00"

static const text inputs[] = {
    TEXT("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n" SUCCESS),
    TEXT("HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nTransfer-Encoding: chunked\r\n\r\n"
         "c\r\n{\"status\":0,\r\n10;a=b\r\n\"msg\":\"success\"}\r\n0\r\nA: b\r\n\r\n"),
    TEXT("HTTP/1.0 200 OK\r\nServer: a\r\n\r\n" SUCCESS),
    TEXT("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 28\r\n"
         "Connection: close\r\n\r\n" SUCCESS),
    TEXT("HTTP/1.1 200 OK\r\nContent-Length: 49\r\n\r\n" REFUSAL),
    TEXT("HTTP/1.1 429 Slow down\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n"),
    TEXT("HTTP/1.1 503 Later\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
         "Retry-After: Thu, 01 Jan 2026 00:01:00 GMT\r\nContent-Length: 3\r\n\r\nno\n"),
    TEXT("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: a\r\n folded\r\nContent-Length: 0\r\n\r\n"),
    TEXT("HTTP/1.1 302 Found\r\nLocation: https://example.com/\r\nContent-Length: 0\r\n\r\n"),
    TEXT("HTTP/1.1 204 No Content\r\n\r\n"),
    TEXT("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 48\r\n\r\n" GZIP),
};

static const text tokens[] = {
    TEXT("\r\n"),
    TEXT("\r\n\r\n"),
    TEXT("\r\n "),
    TEXT("HTTP/1.1 "),
    TEXT("HTTP/1.1 100 Continue\r\n\r\n"),
    TEXT("Content-Length: "),
    TEXT("Content-Length: 28\r\n"),
    TEXT("Transfer-Encoding: chunked\r\n"),
    TEXT("Transfer-Encoding: gzip, chunked\r\n"),
    TEXT("Connection: close\r\n"),
    TEXT("Content-Encoding: br\r\n"),
    TEXT("Content-Encoding: gzip\r\n"),
    TEXT("Retry-After: "),
    TEXT("Upgrade: a\r\n"),
    TEXT("chunked"),
    TEXT("0\r\n\r\n"),
    TEXT("18446744073709551615"),
    TEXT("99999999999999999999"),
    TEXT("\"status\":"),
    TEXT("\"msg\":"),
    TEXT("\\u0000"),
    TEXT("\\uD800"),
    TEXT("null"),
    TEXT("1e400"),
    TEXT("\xEF\xBB\xBF"),
    TEXT(WEBHOOK),
};

static const grammar responses = { inputs, sizeof inputs / sizeof *inputs, tokens,
                                   sizeof tokens / sizeof *tokens };

static atlas_webhook_request *request;

void responses_start(void)
{
    static const struct limit {
        uint32_t which;
        uint64_t value;
    } limits[] = {
        /* Small, so that short inputs reach them. */
        { ATLAS_WEBHOOK_LIMIT_HEAD, 160 },    { ATLAS_WEBHOOK_LIMIT_FIELDS, 3 },
        { ATLAS_WEBHOOK_LIMIT_INTERIM, 1 },   { ATLAS_WEBHOOK_LIMIT_BODY, 60 },
        { ATLAS_WEBHOOK_LIMIT_CHUNK_OVERHEAD, 64 },
    };
    atlas_webhook_endpoint *endpoint = NULL;
    size_t i;

    if (atlas_webhook_endpoint_new(NULL, &endpoint, NULL) != ATLAS_WEBHOOK_OK) fault("no endpoint");
    for (i = 0; i < sizeof limits / sizeof *limits; i++) {
        if (atlas_webhook_endpoint_set_limit(endpoint, limits[i].which, limits[i].value, NULL)
            != ATLAS_WEBHOOK_OK) {
            fault("a limit cannot be set");
        }
    }
    if (atlas_webhook_request_new_registration(endpoint, WEBHOOK, "XXXXXXXX", &request, NULL)
        != ATLAS_WEBHOOK_OK) {
        fault("no request");
    }
    atlas_webhook_endpoint_free(endpoint);
}

static void read_response(const input *in, cuts cuts, int sent_before, outcome *out)
{
    atlas_webhook_exchange *exchange = NULL;
    atlas_webhook_error *error = NULL;
    atlas_webhook_reply *reply = NULL;
    atlas_webhook_status status = ATLAS_WEBHOOK_OK;
    size_t at = 0, len = 0;

    outcome_start(out);
    if (atlas_webhook_exchange_new(request, &exchange, NULL) != ATLAS_WEBHOOK_OK) fault("no exchange");
    if (sent_before) {
        atlas_webhook_exchange_to_send(exchange, &len);
        atlas_webhook_exchange_sent(exchange, len, NULL);
    }
    while (at < in->len && status >= 0 && status != ATLAS_WEBHOOK_DONE) {
        size_t piece = cuts_next(&cuts, in->len - at), used = 0;

        status = atlas_webhook_exchange_received(exchange, in->bytes + at, piece, &used, &error);
        if (status >= 0 && used != piece && status != ATLAS_WEBHOOK_DONE) fault("bytes were not used");
        at += used;
    }
    if (status >= 0) {
        outcome_number(out, (int64_t)at);
        outcome_number(out, atlas_webhook_exchange_http_status(exchange));
        outcome_number(out, atlas_webhook_exchange_reusable(exchange));
        status = atlas_webhook_exchange_received_eof(exchange, &error);
    }
    outcome_number(out, atlas_webhook_exchange_state(exchange));
    if (status == ATLAS_WEBHOOK_DONE) {
        status = atlas_webhook_exchange_take_reply(exchange, &reply, &error);
        if (status == ATLAS_WEBHOOK_OK) {
            const char *message = atlas_webhook_reply_message(reply, &len);
            outcome_bytes(out, message, len);
            message = atlas_webhook_reply_request_id(reply, &len);
            outcome_bytes(out, message, len);
            outcome_number(out, atlas_webhook_reply_http_status(reply));
            atlas_webhook_reply_free(reply);
        }
    }
    if ((status < 0) != (error != NULL)) fault("a status without its error");
    outcome_error(out, error);
    atlas_webhook_exchange_free(exchange);
}

atlas_webhook_status responses_try(random_state *random)
{
    static input in;
    static outcome whole, cut;
    int sent_before = random_below(random, 4) != 0;

    input_mutate(&in, &responses, random);
    read_response(&in, cuts_none(), sent_before, &whole);
    read_response(&in, cuts_choose(random), sent_before, &cut);
    if (whole.len != cut.len || memcmp(whole.bytes, cut.bytes, whole.len) != 0) {
        fault("a response means something else when it is cut");
    }
    return whole.status;
}
