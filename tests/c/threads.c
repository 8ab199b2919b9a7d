/* Several threads share an endpoint and a request, and a handle moves from one to another. */

#define _POSIX_C_SOURCE 200809L

#include <pthread.h>

#include "check.h"

enum { THREADS = 8, ROUNDS = 200 };

struct shared {
    const atlas_webhook_endpoint *endpoint;
    const atlas_webhook_request *request;
};

/* CHECK counts without a lock, so a thread tells by its result instead. */
static void *work(void *argument)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"status\":0}";
    const struct shared *shared = argument;
    int i, good = 0;

    for (i = 0; i < ROUNDS; i++) {
        atlas_webhook_request *own = NULL;
        atlas_webhook_exchange *exchange = NULL;
        atlas_webhook_reply *reply = NULL;
        atlas_webhook_error *error = NULL;
        const char *name;
        size_t len;

        atlas_webhook_request_new_registration(shared->endpoint, WEBHOOK, NULL, &own, NULL);
        name = atlas_webhook_request_header_name(shared->request, 0, NULL);
        atlas_webhook_exchange_new(i % 2 ? own : shared->request, &exchange, NULL);
        atlas_webhook_exchange_to_send(exchange, &len);
        atlas_webhook_exchange_sent(exchange, len, NULL);
        atlas_webhook_exchange_received(exchange, answer, strlen(answer), NULL, NULL);
        good += strcmp(name, "Content-Type") == 0
                && atlas_webhook_exchange_take_reply(exchange, &reply, &error) == ATLAS_WEBHOOK_OK
                && atlas_webhook_exchange_take_reply(exchange, &reply, &error)
                       == ATLAS_WEBHOOK_ERR_STATE;
        atlas_webhook_error_free(error);
        atlas_webhook_reply_free(reply);
        atlas_webhook_exchange_free(exchange);
        atlas_webhook_request_free(own);
    }
    return good == ROUNDS ? argument : NULL;
}

static void *take_and_free(void *argument)
{
    atlas_webhook_exchange *exchange = argument;
    const int wants = atlas_webhook_exchange_state(exchange) == ATLAS_WEBHOOK_WANT_SEND;

    atlas_webhook_exchange_free(exchange);
    return wants ? UNTOUCHED : NULL;
}

int main(void)
{
    atlas_webhook_endpoint *endpoint = new_endpoint();
    atlas_webhook_request *request = new_request();
    atlas_webhook_exchange *exchange = NULL;
    struct shared shared;
    pthread_t threads[THREADS];
    void *result;
    int i;

    shared.endpoint = endpoint;
    shared.request = request;
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_create(&threads[i], NULL, work, &shared) == 0);
    }
    for (i = 0; i < THREADS; i++) {
        CHECK(pthread_join(threads[i], &result) == 0);
        CHECK(result == &shared);
    }

    CHECK_OK(atlas_webhook_exchange_new(request, &exchange, &error));
    CHECK(pthread_create(&threads[0], NULL, take_and_free, exchange) == 0);
    CHECK(pthread_join(threads[0], &result) == 0);
    CHECK(result == UNTOUCHED);

    atlas_webhook_request_free(request);
    atlas_webhook_endpoint_free(endpoint);
    return check_result();
}
