/* How long a cancelled call takes to return, in nanoseconds, from the moment of cancelling:
 *
 *     cancel PHASE K
 *
 * K times, on a line each. stuck.h has the phases. */

#define _GNU_SOURCE

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

/* A URL to register, of that length. */
static char *webhook(size_t length)
{
    static const char START[] = "https://example.com/";
    char *url = malloc(length + sizeof START);

    if (url == NULL) die("no memory");
    memset(url, 'x', length);
    memcpy(url, START, sizeof START - 1);
    url[length] = 0;
    return url;
}

int main(int argc, char **argv)
{
    struct stuck stuck;
    char *url;
    int k;

    if (argc != 3) die("cancel PHASE K");
    stuck = stuck_in(argv[1]);
    url = webhook(stuck.sends_large ? LARGE : 64);
    if (atlas_webhook_endpoint_new(stuck.url, &endpoint, NULL) != ATLAS_WEBHOOK_OK
        || atlas_webhook_request_new_registration(endpoint, url, "XXXXXXXX", &request, NULL)
               != ATLAS_WEBHOOK_OK
        || atlas_webhook_transport_new(&transport, NULL) != ATLAS_WEBHOOK_OK
        || atlas_webhook_transport_set_retries(transport, 3, NULL) != ATLAS_WEBHOOK_OK
        || (*stuck.proxy != 0
            && atlas_webhook_transport_set_proxy(transport, stuck.proxy, NULL) != ATLAS_WEBHOOK_OK))
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
    free(url);
    return 0;
}
