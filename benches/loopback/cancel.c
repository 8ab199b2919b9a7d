/* How long a cancelled call takes to return, in nanoseconds, from the moment of cancelling:
 *
 *     cancel silent|connecting K
 *
 * silent: the server took the request and does not respond. connecting: it neither makes nor refuses the
 * connection. K times, on a line each. */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "stuck.h"

#include <atlas_webhook.h>

static atlas_webhook_endpoint *endpoint;
static atlas_webhook_request *request;
static atlas_webhook_transport *transport;

static void *sends(void *cancel)
{
    atlas_webhook_reply *reply;

    if (atlas_webhook_transport_send(transport, request, cancel, &reply, NULL)
        != ATLAS_WEBHOOK_ERR_CANCELLED)
        die("it was not cancelled");
    return NULL;
}

int main(int argc, char **argv)
{
    char url[64];
    int k;

    if (argc != 3) die("cancel silent|connecting K");
    listen_at(url, sizeof url, strcmp(argv[1], "connecting") == 0);
    if (atlas_webhook_endpoint_new(url, &endpoint, NULL) != ATLAS_WEBHOOK_OK
        || atlas_webhook_request_new_registration(endpoint, "https://example.com/atlas", "XXXXXXXX",
                                                  &request, NULL)
               != ATLAS_WEBHOOK_OK
        || atlas_webhook_transport_new(&transport, NULL) != ATLAS_WEBHOOK_OK)
        die("no transport");
    for (k = atoi(argv[2]); k > 0; k--) {
        atlas_webhook_cancel *cancel;
        pthread_t sender;
        uint64_t cancelled;

        if (atlas_webhook_cancel_new(&cancel, NULL) != ATLAS_WEBHOOK_OK) die("no cancel");
        pthread_create(&sender, NULL, sends, cancel);
        /* Not a whole number of what anybody may poll by. */
        usleep(50000 + (useconds_t)(k * 7919) % 10000);
        cancelled = nanoseconds();
        atlas_webhook_cancel_now(cancel, NULL);
        pthread_join(sender, NULL);
        printf("%" PRIu64 "\n", nanoseconds() - cancelled);
        atlas_webhook_cancel_free(cancel);
    }
    atlas_webhook_transport_free(transport);
    atlas_webhook_request_free(request);
    atlas_webhook_endpoint_free(endpoint);
    return 0;
}
