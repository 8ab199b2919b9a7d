/* Every handle that threads may share, shared: `sharing BASE_URL`. With a second argument it does what
 * the header forbids, so that what watches for it can be seen to report it. */

#define _POSIX_C_SOURCE 200809L

#include <pthread.h>

#include "../check.h"

enum { THREADS = 8, ROUNDS = 50 };

struct shared {
    const atlas_webhook_endpoint *endpoint;
    const atlas_webhook_request *request;
    const atlas_webhook_transport *transport;
    const atlas_webhook_reply *reply;
    const atlas_webhook_error *error;
    atlas_webhook_cancel *cancel;
};

/* CHECK counts without a lock, so a thread tells by its result instead. */
static void *send_and_read(void *argument)
{
    const struct shared *shared = argument;
    int i, good = 0;

    for (i = 0; i < ROUNDS; i++) {
        atlas_webhook_request *own = NULL;
        atlas_webhook_reply *reply = NULL;

        atlas_webhook_request_new_registration(shared->endpoint, WEBHOOK, NULL, &own, NULL);
        good += atlas_webhook_transport_send(shared->transport, i % 2 ? own : shared->request,
                                             shared->cancel, &reply, NULL) == ATLAS_WEBHOOK_OK
                && strcmp(atlas_webhook_reply_message(reply, NULL),
                          atlas_webhook_reply_message(shared->reply, NULL)) == 0
                && atlas_webhook_error_status(shared->error) == ATLAS_WEBHOOK_ERR_ARGUMENT
                && *atlas_webhook_error_display(shared->error, NULL) != '\0';
        atlas_webhook_reply_free(reply);
        atlas_webhook_request_free(own);
    }
    return good == ROUNDS ? argument : NULL;
}

static void *send_until_cancelled(void *argument)
{
    const struct shared *shared = argument;
    atlas_webhook_status status;

    do {
        atlas_webhook_reply *reply = NULL;
        status = atlas_webhook_transport_send(shared->transport, shared->request, shared->cancel,
                                              &reply, NULL);
        atlas_webhook_reply_free(reply);
    } while (status == ATLAS_WEBHOOK_OK);
    return status == ATLAS_WEBHOOK_ERR_CANCELLED ? argument : NULL;
}

static void *cancel(void *argument)
{
    const struct shared *shared = argument;

    return atlas_webhook_cancel_now(shared->cancel, NULL) == ATLAS_WEBHOOK_OK ? argument : NULL;
}

static void start(pthread_t *threads, size_t count, void *(*work)(void *), struct shared *shared)
{
    size_t i;

    for (i = 0; i < count; i++) CHECK(pthread_create(&threads[i], NULL, work, shared) == 0);
}

static void join(pthread_t *threads, size_t count, const struct shared *shared)
{
    void *result = NULL;
    size_t i;

    for (i = 0; i < count; i++) {
        CHECK(pthread_join(threads[i], &result) == 0);
        CHECK(result == shared);
    }
}

int main(int argc, char **argv)
{
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *request = NULL;
    atlas_webhook_transport *transport = NULL;
    atlas_webhook_cancel *shared_cancel = NULL;
    atlas_webhook_reply *reply = NULL;
    atlas_webhook_error *refused = NULL;
    struct shared shared;
    pthread_t threads[THREADS], cancelling[2];

    if (argc < 2) {
        fprintf(stderr, "usage: %s BASE_URL [forbidden]\n", argv[0]);
        return 2;
    }
    CHECK_OK(atlas_webhook_endpoint_new(argv[1], &endpoint, &error));
    CHECK_OK(atlas_webhook_request_new_registration(endpoint, WEBHOOK, NULL, &request, &error));
    CHECK_OK(atlas_webhook_transport_new(&transport, &error));
    CHECK_OK(atlas_webhook_transport_set_timeout_ms(transport, 60000, &error));
    CHECK_OK(atlas_webhook_cancel_new(&shared_cancel, &error));
    CHECK_OK(atlas_webhook_transport_send(transport, request, shared_cancel, &reply, &error));
    CHECK(atlas_webhook_endpoint_set_header(endpoint, "no name", "value", &refused)
          == ATLAS_WEBHOOK_ERR_ARGUMENT);
    shared.endpoint = endpoint;
    shared.request = request;
    shared.transport = transport;
    shared.cancel = shared_cancel;
    shared.reply = reply;
    shared.error = refused;

    start(threads, THREADS, send_and_read, &shared);
    if (argc > 2) CHECK_OK(atlas_webhook_endpoint_set_header(endpoint, "X-Late", "1", &error));
    join(threads, THREADS, &shared);

    start(threads, THREADS, send_until_cancelled, &shared);
    start(cancelling, 2, cancel, &shared);
    join(threads, THREADS, &shared);
    join(cancelling, 2, &shared);

    atlas_webhook_error_free(refused);
    atlas_webhook_reply_free(reply);
    atlas_webhook_cancel_free(shared_cancel);
    atlas_webhook_transport_free(transport);
    atlas_webhook_request_free(request);
    atlas_webhook_endpoint_free(endpoint);
    return check_result();
}
