/* Registers a webhook with the bundled transport:
 *
 *     cc bundled.c $(pkg-config --cflags --libs atlas_webhook) -o bundled
 *     ./bundled https://sandbox.atlaslovestravel.com https://example.com/atlas/t0ken XXXXXXXX
 *
 * Credentials come from ATLAS_CLIENT_ID and ATLAS_CLIENT_SECRET in the environment, where they do
 * not show in the list of processes. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <atlas_webhook.h>

/* Prints all details of an error. The display contains the text of the API, escaped. */
static void print_error(const atlas_webhook_error *error)
{
    fprintf(stderr, "not registered: %s\n", atlas_webhook_error_display(error, NULL));
    fprintf(stderr, "  status %" PRId32 " (%s), HTTP status %u, attempts %" PRIu32 "\n",
            atlas_webhook_error_status(error),
            atlas_webhook_status_name(atlas_webhook_error_status(error)),
            atlas_webhook_error_http_status(error), atlas_webhook_error_attempts(error));
    if (atlas_webhook_error_api_status(error) != ATLAS_WEBHOOK_ABSENT)
        fprintf(stderr, "  API status %" PRId64 "\n", atlas_webhook_error_api_status(error));
    if (atlas_webhook_error_offset(error) != UINT64_MAX)
        fprintf(stderr, "  at byte %" PRIu64 "\n", atlas_webhook_error_offset(error));
    if (atlas_webhook_error_retryable(error))
        fprintf(stderr, "  retryable, after %" PRId64 " s (-1: the server named no time)\n",
                atlas_webhook_error_retry_after(error));
}

int main(int argc, char **argv)
{
    const char *client_id = getenv("ATLAS_CLIENT_ID");
    const char *client_secret = getenv("ATLAS_CLIENT_SECRET");
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *request = NULL;
    atlas_webhook_transport *transport = NULL;
    atlas_webhook_reply *reply = NULL;
    atlas_webhook_error *error = NULL;
    atlas_webhook_status status;

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: %s ENDPOINT URL [CID]\n", argv[0]);
        return 2;
    }
    status = atlas_webhook_endpoint_new(argv[1], &endpoint, &error);
    if (status == ATLAS_WEBHOOK_OK && client_id != NULL && client_secret != NULL)
        status = atlas_webhook_endpoint_set_credentials(endpoint, client_id, client_secret, &error);
    if (status == ATLAS_WEBHOOK_OK)
        status = atlas_webhook_request_new_registration(endpoint, argv[2], argv[3], &request, &error);
    if (status == ATLAS_WEBHOOK_OK) status = atlas_webhook_transport_new(&transport, &error);
    if (status == ATLAS_WEBHOOK_OK) status = atlas_webhook_transport_set_retries(transport, 2, &error);
    if (status == ATLAS_WEBHOOK_OK)
        status = atlas_webhook_transport_send(transport, request, NULL, &reply, &error);

    if (status == ATLAS_WEBHOOK_OK)
        printf("registered: HTTP status %u\n", atlas_webhook_reply_http_status(reply));
    else
        print_error(error);
    atlas_webhook_error_free(error);
    atlas_webhook_reply_free(reply);
    atlas_webhook_transport_free(transport);
    atlas_webhook_request_free(request);
    atlas_webhook_endpoint_free(endpoint);
    return status == ATLAS_WEBHOOK_OK ? 0 : 1;
}
