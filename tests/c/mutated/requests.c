/* Requests: what a registration is made of, mutated; and the request, sent whole and in pieces. */

#include <string.h>

#include "mutated.h"

static const text inputs[] = {
    TEXT("https://example.com/atlas?token=1"),
    TEXT("http://127.0.0.1:8080/a%20b"),
    TEXT("https://[2001:db8::1]/#a"),
    TEXT("https://xn--bcher-kva.example/?a=b&c=d"),
    TEXT("XXXXXXXX"),
    TEXT("https://user:pass@example.com/"),
};

static const text tokens[] = {
    TEXT("https://"),
    TEXT("example.com"),
    TEXT("@"),
    TEXT(":0"),
    TEXT(":65536"),
    TEXT("//"),
    TEXT("0x7f"),
    TEXT("1.2.3"),
    TEXT("[::"),
    TEXT("%00"),
    TEXT("%"),
    TEXT("\r\nA: b"),
    TEXT("\""),
    TEXT("\\"),
    TEXT("\xC3\xA9"),
    TEXT("\xED\xA0\x80"),
};

static const grammar requests = { inputs, sizeof inputs / sizeof *inputs, tokens,
                                  sizeof tokens / sizeof *tokens };

static atlas_webhook_endpoint *endpoint;

void requests_start(void)
{
    if (atlas_webhook_endpoint_new(NULL, &endpoint, NULL) != ATLAS_WEBHOOK_OK
        || atlas_webhook_endpoint_set_plaintext_allowed(endpoint, 1, NULL) != ATLAS_WEBHOOK_OK) {
        fault("an endpoint cannot be made");
    }
}

static int contains(const void *bytes, size_t len, const char *text)
{
    size_t text_len = strlen(text), at;

    for (at = 0; at + text_len <= len; at++) {
        if (memcmp((const char *)bytes + at, text, text_len) == 0) return 1;
    }
    return 0;
}

/* What is sent, in pieces, is the request. */
static void send_request(const atlas_webhook_request *request, cuts cuts)
{
    atlas_webhook_exchange *exchange = NULL;
    size_t all = 0, rest = 0, at = 0;
    const char *bytes = atlas_webhook_request_bytes(request, &all);

    if (atlas_webhook_exchange_new(request, &exchange, NULL) != ATLAS_WEBHOOK_OK) fault("no exchange");
    while (at < all) {
        const void *to_send = atlas_webhook_exchange_to_send(exchange, &rest);
        size_t piece = cuts_next(&cuts, rest);

        if (rest != all - at || memcmp(to_send, bytes + at, rest) != 0) fault("another request is sent");
        at += piece;
        if (atlas_webhook_exchange_sent(exchange, piece, NULL)
            != (at < all ? ATLAS_WEBHOOK_WANT_SEND : ATLAS_WEBHOOK_WANT_RECEIVE)) {
            fault("sending ends at the wrong place");
        }
    }
    atlas_webhook_exchange_free(exchange);
}

atlas_webhook_status requests_try(random_state *random)
{
    static input url, cid;
    static outcome refused;
    atlas_webhook_request *request = NULL;
    atlas_webhook_error *error = NULL;
    int with_cid;

    input_mutate(&url, &requests, random);
    input_mutate(&cid, &requests, random);
    url.bytes[url.len < INPUT_LIMIT ? url.len : INPUT_LIMIT - 1] = 0;
    cid.bytes[cid.len < INPUT_LIMIT ? cid.len : INPUT_LIMIT - 1] = 0;
    with_cid = random_below(random, 2) == 1;
    if (atlas_webhook_request_new_registration(endpoint, (const char *)url.bytes,
                                               with_cid ? (const char *)cid.bytes : NULL, &request, &error)
        == ATLAS_WEBHOOK_OK) {
        const void *body;
        size_t len = 0;

        body = atlas_webhook_request_body(request, &len);
        if (!contains(body, len, (const char *)url.bytes)) fault("the URL is not in the request");
        send_request(request, cuts_none());
        send_request(request, cuts_choose(random));
        atlas_webhook_request_free(request);
    }
    outcome_start(&refused);
    outcome_error(&refused, error);
    if (error != NULL && refused.status != ATLAS_WEBHOOK_ERR_ARGUMENT) fault("refused with another status");
    return refused.status;
}
