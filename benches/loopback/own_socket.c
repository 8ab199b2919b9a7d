/* An own socket through the C ABI: each time the request is built, and the reply taken. */

#include "client.h"

#include <atlas_webhook.h>

static atlas_webhook_endpoint *endpoint;
static int fd;

static void start(const char *url, const char *ca_file)
{
    (void)ca_file;
    if (atlas_webhook_endpoint_new(url, &endpoint, NULL) != ATLAS_WEBHOOK_OK
        || atlas_webhook_endpoint_set_credentials(endpoint, CLIENT_ID, CLIENT_SECRET, NULL)
               != ATLAS_WEBHOOK_OK)
        die("no endpoint");
    fd = connected(url);
}

static void once(void)
{
    atlas_webhook_request *request;
    atlas_webhook_exchange *exchange;
    atlas_webhook_reply *reply;
    atlas_webhook_status status;
    char buffer[4096];
    const void *bytes;
    size_t length;
    ssize_t n;

    if (atlas_webhook_request_new_registration(endpoint, WEBHOOK, CID, &request, NULL)
            != ATLAS_WEBHOOK_OK
        || atlas_webhook_exchange_new(request, &exchange, NULL) != ATLAS_WEBHOOK_OK)
        die("no exchange");
    for (;;) {
        status = atlas_webhook_exchange_state(exchange);
        if (status == ATLAS_WEBHOOK_WANT_SEND) {
            bytes = atlas_webhook_exchange_to_send(exchange, &length);
            n = send(fd, bytes, length, MSG_NOSIGNAL);
            if (n < 0) die("not sent");
            atlas_webhook_exchange_sent(exchange, (size_t)n, NULL);
        } else if (status == ATLAS_WEBHOOK_WANT_RECEIVE) {
            n = recv(fd, buffer, sizeof buffer, 0);
            if (n < 0) die("not received");
            if (n > 0) atlas_webhook_exchange_received(exchange, buffer, (size_t)n, NULL, NULL);
            else atlas_webhook_exchange_received_eof(exchange, NULL);
        } else {
            break;
        }
    }
    if (atlas_webhook_exchange_take_reply(exchange, &reply, NULL) != ATLAS_WEBHOOK_OK)
        die("not registered");
    atlas_webhook_reply_free(reply);
    atlas_webhook_exchange_free(exchange);
    atlas_webhook_request_free(request);
}

static void end(void)
{
    close(fd);
    atlas_webhook_endpoint_free(endpoint);
}
