/* The bundled transport through the C ABI. */

#include "client.h"

#include <atlas_webhook.h>

static atlas_webhook_endpoint *endpoint;
static atlas_webhook_transport *transport;

static void start(const char *url, const char *ca_file)
{
    if (atlas_webhook_endpoint_new(url, &endpoint, NULL) != ATLAS_WEBHOOK_OK
        || atlas_webhook_endpoint_set_credentials(endpoint, CLIENT_ID, CLIENT_SECRET, NULL)
               != ATLAS_WEBHOOK_OK
        || atlas_webhook_transport_new(&transport, NULL) != ATLAS_WEBHOOK_OK)
        die("no transport");
    if (ca_file != NULL
        && atlas_webhook_transport_set_ca_file(transport, ca_file, NULL) != ATLAS_WEBHOOK_OK)
        die("no CA file");
}

static void once(void)
{
    atlas_webhook_request *request;
    atlas_webhook_reply *reply;

    if (atlas_webhook_request_new_registration(endpoint, WEBHOOK, CID, &request, NULL)
            != ATLAS_WEBHOOK_OK
        || atlas_webhook_transport_send(transport, request, NULL, &reply, NULL) != ATLAS_WEBHOOK_OK)
        die("not registered");
    atlas_webhook_reply_free(reply);
    atlas_webhook_request_free(request);
}

static void end(void)
{
    atlas_webhook_transport_free(transport);
    atlas_webhook_endpoint_free(endpoint);
}
