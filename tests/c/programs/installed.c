/* What make installcheck compiles and runs: the header and the library that it finds belong together, and an
 * exchange registers. It needs no network. */

#include <stdio.h>
#include <string.h>

#include <atlas_webhook.h>

#define RESPONSE "HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{\"status\":0,\"msg\":\"success\"}"

/* Sends the request of an exchange to nobody and passes it a response; 0 if that is a registration. */
static int register_webhook(void)
{
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *request = NULL;
    atlas_webhook_exchange *exchange = NULL;
    atlas_webhook_reply *reply = NULL;
    size_t len = 0;
    int failed = 1;

    if (atlas_webhook_endpoint_new(NULL, &endpoint, NULL) == ATLAS_WEBHOOK_OK
        && atlas_webhook_request_new_registration(endpoint, "https://example.com/atlas/t0ken", NULL,
                                                  &request, NULL) == ATLAS_WEBHOOK_OK
        && atlas_webhook_exchange_new(request, &exchange, NULL) == ATLAS_WEBHOOK_OK) {
        atlas_webhook_exchange_to_send(exchange, &len);
        atlas_webhook_exchange_sent(exchange, len, NULL);
        atlas_webhook_exchange_received(exchange, RESPONSE, strlen(RESPONSE), NULL, NULL);
        failed = atlas_webhook_exchange_take_reply(exchange, &reply, NULL) != ATLAS_WEBHOOK_OK;
    }
    atlas_webhook_reply_free(reply);
    atlas_webhook_exchange_free(exchange);
    atlas_webhook_request_free(request);
    atlas_webhook_endpoint_free(endpoint);
    return failed;
}

int main(void)
{
    if (atlas_webhook_abi_version() != ATLAS_WEBHOOK_ABI_VERSION
        || strcmp(atlas_webhook_version(), ATLAS_WEBHOOK_VERSION) != 0) {
        fprintf(stderr, "the header is of version %s, the library of version %s\n", ATLAS_WEBHOOK_VERSION,
                atlas_webhook_version());
        return 1;
    }
    if (register_webhook() != 0) {
        fprintf(stderr, "the library does not register\n");
        return 1;
    }
    printf("atlas_webhook %s\n", atlas_webhook_version());
    return 0;
}
