/* Threads share a receiver and an event, an event and a server connection move from one thread to another, and
 * handles are freed in every order. */

#define _POSIX_C_SOURCE 200809L

#include <pthread.h>

#include "check.h"

enum { THREADS = 8, ROUNDS = 100, HANDLES = 4 };

#define TARGET "/atlas/8f3c"
#define BODY \
    "{\"type\":\"order.ticketed\",\"data\":{\"orderNo\":\"A1\",\"paxTicketInfos\":[{\"name\":\"L/F\"}]}}"

static atlas_webhook_status read_delivery(const atlas_webhook_receiver *receiver, const char *target,
                                          atlas_webhook_event **event, atlas_webhook_error **error)
{
    return atlas_webhook_receiver_read(receiver, "POST", 4, target, strlen(target), NULL, 0, BODY,
                                       strlen(BODY), event, error);
}

struct shared {
    const atlas_webhook_receiver *receiver;
    /* Nobody has asked for its key or its details yet. */
    const atlas_webhook_event *event;
    /* Made by the main thread, and freed by this one. */
    atlas_webhook_event *own;
    const char *key, *details;
};

/* CHECK counts without a lock, so a thread tells by its result instead. */
static void *work(void *argument)
{
    struct shared *shared = argument;
    size_t i, good = 0;

    shared->key = atlas_webhook_event_dedupe_key(shared->event, NULL);
    shared->details = atlas_webhook_event_details(shared->event, NULL);
    for (i = 0; i < ROUNDS; i++) {
        const atlas_webhook_value *passengers =
            atlas_webhook_event_get(shared->event, "paxTicketInfos");
        const atlas_webhook_value *name =
            atlas_webhook_value_get(atlas_webhook_value_at(passengers, 0), "name");
        atlas_webhook_event *event = NULL;
        atlas_webhook_error *error = NULL;

        good += strcmp(atlas_webhook_value_text(name, NULL), "L/F") == 0;
        good += read_delivery(shared->receiver, TARGET, &event, NULL) == ATLAS_WEBHOOK_OK;
        good += strcmp(atlas_webhook_event_dedupe_key(event, NULL), shared->key) == 0;
        atlas_webhook_event_free(event);
        good += read_delivery(shared->receiver, "/other", &event, &error)
                == ATLAS_WEBHOOK_ERR_UNTRUSTED;
        atlas_webhook_error_free(error);
    }
    good += strcmp(atlas_webhook_event_dedupe_key(shared->own, NULL), shared->key) == 0;
    atlas_webhook_event_free(shared->own);
    return good == 4 * ROUNDS + 1 ? shared : NULL;
}

static void threads_share_a_receiver_and_an_event(void)
{
    atlas_webhook_receiver *receiver = NULL;
    atlas_webhook_event *event = NULL;
    pthread_t threads[THREADS];
    struct shared shared[THREADS];
    size_t i;

    CHECK_OK(atlas_webhook_receiver_new(TARGET, &receiver, &error));
    CHECK_OK(read_delivery(receiver, TARGET, &event, &error));
    for (i = 0; i < THREADS; i++) {
        shared[i].receiver = receiver;
        shared[i].event = event;
        CHECK_OK(read_delivery(receiver, TARGET, &shared[i].own, &error));
        CHECK(pthread_create(&threads[i], NULL, work, &shared[i]) == 0);
    }
    for (i = 0; i < THREADS; i++) {
        void *result = NULL;

        CHECK(pthread_join(threads[i], &result) == 0);
        CHECK(result == &shared[i]);
        CHECK(shared[i].key == shared[0].key && shared[i].details == shared[0].details);
    }
    atlas_webhook_receiver_free(receiver);
    CHECK_TEXT(atlas_webhook_event_order_no(event, NULL), "A1");
    atlas_webhook_event_free(event);
}

#define HEAD "POST " TARGET " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

/* A server connection of the main thread, which has passed the head, and the receiver that all are made of. */
struct serving {
    const atlas_webhook_receiver *receiver;
    atlas_webhook_server *begun;
};

/* Receives the body that is left, responds, and frees the connection. Returns the event. */
static atlas_webhook_event *finish(atlas_webhook_server *server)
{
    char body[128];
    atlas_webhook_event *event = NULL;
    size_t len = 0;
    int body_len = snprintf(body, sizeof body, "%x\r\n" BODY "\r\n0\r\n\r\n", (unsigned)strlen(BODY));

    if (atlas_webhook_server_received(server, body, (size_t)body_len, NULL) == ATLAS_WEBHOOK_WANT_RESPONSE
        && atlas_webhook_server_take_event(server, &event, NULL) == ATLAS_WEBHOOK_OK
        && atlas_webhook_server_respond(server, 200, NULL) == ATLAS_WEBHOOK_WANT_SEND) {
        atlas_webhook_server_to_send(server, &len);
        atlas_webhook_server_sent(server, len, NULL);
    }
    atlas_webhook_server_free(server);
    return event;
}

static void *serve(void *argument)
{
    struct serving *serving = argument;
    atlas_webhook_event *event = finish(serving->begun);
    size_t i, good = strcmp(atlas_webhook_event_order_no(event, NULL), "A1") == 0;

    atlas_webhook_event_free(event);
    for (i = 0; i < ROUNDS; i++) {
        atlas_webhook_server *server = NULL;

        atlas_webhook_server_new(serving->receiver, &server, NULL);
        atlas_webhook_server_received(server, HEAD, sizeof HEAD - 1, NULL);
        event = finish(server);
        good += atlas_webhook_event_kind(event) == ATLAS_WEBHOOK_EVENT_TICKETED;
        atlas_webhook_event_free(event);
    }
    return good == ROUNDS + 1 ? serving : NULL;
}

static void threads_serve_with_one_receiver(void)
{
    atlas_webhook_receiver *receiver = NULL;
    pthread_t threads[THREADS];
    struct serving serving[THREADS];
    size_t i;

    CHECK_OK(atlas_webhook_receiver_new(TARGET, &receiver, &error));
    for (i = 0; i < THREADS; i++) {
        serving[i].receiver = receiver;
        CHECK_OK(atlas_webhook_server_new(receiver, &serving[i].begun, &error));
        CHECK_GIVES(ATLAS_WEBHOOK_WANT_RECEIVE,
                    atlas_webhook_server_received(serving[i].begun, HEAD, sizeof HEAD - 1, &error));
        CHECK(pthread_create(&threads[i], NULL, serve, &serving[i]) == 0);
    }
    for (i = 0; i < THREADS; i++) {
        void *result = NULL;

        CHECK(pthread_join(threads[i], &result) == 0);
        CHECK(result == &serving[i]);
    }
    atlas_webhook_receiver_free(receiver);
}

/* A receiver, two events of it, and an error of it: in each of the 24 orders. */
static void handles_are_freed_in_every_order(void)
{
    int order;

    for (order = 0; order < 24; order++) {
        atlas_webhook_receiver *receiver = NULL;
        atlas_webhook_event *first = NULL, *second = NULL;
        atlas_webhook_error *failure = NULL;
        int left[HANDLES] = {0, 1, 2, 3}, code = order, count, i;

        CHECK_OK(atlas_webhook_receiver_new(TARGET, &receiver, &error));
        CHECK_OK(read_delivery(receiver, TARGET, &first, &error));
        CHECK_OK(read_delivery(receiver, TARGET, &second, &error));
        CHECK(read_delivery(receiver, "/", NULL, &failure) == ATLAS_WEBHOOK_ERR_ARGUMENT);
        for (count = HANDLES; count > 0; count--) {
            const int at = code % count, handle = left[at];

            code /= count;
            for (i = at; i + 1 < count; i++) left[i] = left[i + 1];
            if (handle == 0) atlas_webhook_receiver_free(receiver);
            if (handle == 1) atlas_webhook_event_free(first);
            if (handle == 2) {
                CHECK_TEXT(atlas_webhook_event_order_no(second, NULL), "A1");
                atlas_webhook_event_free(second);
            }
            if (handle == 3) atlas_webhook_error_free(failure);
        }
    }
}

int main(void)
{
    threads_share_a_receiver_and_an_event();
    threads_serve_with_one_receiver();
    handles_are_freed_in_every_order();
    return check_result();
}
