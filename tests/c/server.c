/* The server connection: its states, what it sends, wrong calls, and ownership. */

#include "check.h"

#define TARGET "/atlas/8f3c?token=s3cret"
#define BODY "{\"type\":\"order.void\",\"orderNo\":\"TEST1\"}"
#define HEAD "POST " TARGET " HTTP/1.1\r\nHost: a\r\nContent-Length: 39\r\n\r\n"
#define OK_RESPONSE "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

static atlas_webhook_server *new_server(void)
{
    atlas_webhook_receiver *receiver = NULL;
    atlas_webhook_server *server = NULL;
    CHECK_OK(atlas_webhook_receiver_new("https://example.com" TARGET, &receiver, &error));
    CHECK_OK(atlas_webhook_server_new(receiver, &server, &error));
    atlas_webhook_receiver_free(receiver);
    return server;
}

/* Passes text, and names &error as CHECK_GIVES wants it. */
#define RECEIVE(server, text) atlas_webhook_server_received(server, text, strlen(text), &error)

static int is(const void *bytes, size_t len, const char *text)
{
    return len == strlen(text) && memcmp(bytes, text, len) == 0;
}

static void deliveries_come_one_after_the_other(void)
{
    atlas_webhook_server *server = new_server();
    int i;

    for (i = 0; i < 2; i++) {
        atlas_webhook_event *event = NULL;
        const void *bytes;
        size_t len = 0;

        CHECK(atlas_webhook_server_state(server) == ATLAS_WEBHOOK_WANT_RECEIVE);
        CHECK(atlas_webhook_server_idle(server) == 1);
        bytes = atlas_webhook_server_delivery_body(server, &len);
        CHECK(is(bytes, len, ""));
        bytes = atlas_webhook_server_delivery_target(server, &len);
        CHECK(is(bytes, len, ""));
        CHECK_GIVES(ATLAS_WEBHOOK_WANT_RECEIVE, RECEIVE(server, HEAD));
        CHECK(atlas_webhook_server_idle(server) == 0);
        CHECK_GIVES(ATLAS_WEBHOOK_WANT_RESPONSE, RECEIVE(server, BODY));
        bytes = atlas_webhook_server_delivery_body(server, &len);
        CHECK(is(bytes, len, BODY));
        bytes = atlas_webhook_server_delivery_target(server, &len);
        CHECK(is(bytes, len, TARGET));
        CHECK_OK(atlas_webhook_server_take_event(server, &event, &error));
        CHECK(atlas_webhook_event_kind(event) == ATLAS_WEBHOOK_EVENT_VOID);
        CHECK_GIVES(ATLAS_WEBHOOK_WANT_SEND, atlas_webhook_server_respond(server, 200, &error));
        bytes = atlas_webhook_server_to_send(server, &len);
        CHECK(is(bytes, len, OK_RESPONSE));
        CHECK_GIVES(ATLAS_WEBHOOK_WANT_SEND, atlas_webhook_server_sent(server, 5, &error));
        CHECK_GIVES(ATLAS_WEBHOOK_WANT_RECEIVE, atlas_webhook_server_sent(server, len - 5, &error));
        atlas_webhook_event_free(event);
    }
    CHECK_OK(atlas_webhook_server_rejection(server, &error));
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_CLOSE, atlas_webhook_server_received_eof(server, &error));
    CHECK_OK(atlas_webhook_server_rejection(server, &error));
    atlas_webhook_server_free(server);
}

static void pipelined_deliveries_wait_for_their_turn(void)
{
    atlas_webhook_server *server = new_server();

    CHECK_GIVES(ATLAS_WEBHOOK_WANT_RESPONSE, RECEIVE(server, HEAD BODY HEAD BODY));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_STATE, RECEIVE(server, "x"));
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_SEND, atlas_webhook_server_respond(server, 503, &error));
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_SEND, atlas_webhook_server_close(server, &error));
    atlas_webhook_server_free(server);

    server = new_server();
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_RESPONSE, RECEIVE(server, HEAD BODY HEAD BODY));
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_SEND, atlas_webhook_server_respond(server, 200, &error));
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_RESPONSE,
                atlas_webhook_server_sent(server, sizeof OK_RESPONSE - 1, &error));
    atlas_webhook_server_free(server);
}

static void a_rejection_is_a_response_and_then_the_end(void)
{
    atlas_webhook_server *server = new_server();
    atlas_webhook_error *error = NULL;
    const char *bytes;
    size_t len = 0;

    CHECK_GIVES(ATLAS_WEBHOOK_WANT_SEND, RECEIVE(server, "POST /wrong HTTP/1.1\r\nHost: a\r\n\r\n"));
    bytes = atlas_webhook_server_to_send(server, &len);
    CHECK(is(bytes, len,
             "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    CHECK(atlas_webhook_server_rejection(server, NULL) == ATLAS_WEBHOOK_ERR_UNTRUSTED);
    CHECK(atlas_webhook_server_rejection(server, &error) == ATLAS_WEBHOOK_ERR_UNTRUSTED);
    CHECK(atlas_webhook_error_response_status(error) == 404);
    CHECK(atlas_webhook_error_offset(error) == 33);
    atlas_webhook_error_free(error);
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_CLOSE, atlas_webhook_server_sent(server, len, &error));
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_CLOSE, RECEIVE(server, HEAD BODY));
    atlas_webhook_server_free(server);
}

static void a_body_that_is_not_an_event_waits_for_the_program(void)
{
    atlas_webhook_server *server = new_server();
    atlas_webhook_event *event = UNTOUCHED;
    atlas_webhook_error *error = NULL;
    const void *bytes;
    size_t len = 0;

    CHECK_GIVES(ATLAS_WEBHOOK_WANT_RESPONSE,
                RECEIVE(server, "POST " TARGET " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n[]"));
    CHECK(atlas_webhook_server_take_event(server, &event, &error)
          == ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY);
    CHECK(event == UNTOUCHED);
    CHECK(atlas_webhook_error_response_status(error) == 400);
    atlas_webhook_error_free(error);
    bytes = atlas_webhook_server_delivery_body(server, &len);
    CHECK(is(bytes, len, "[]"));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_STATE, atlas_webhook_server_take_event(server, &event, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_server_respond(server, 204, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_server_respond(server, 65736, &error));
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_SEND, atlas_webhook_server_respond(server, 400, &error));
    atlas_webhook_server_free(server);
}

static void time_is_what_the_program_says(void)
{
    atlas_webhook_server *server = new_server();
    const char *bytes;
    size_t len = 0;

    CHECK_GIVES(ATLAS_WEBHOOK_WANT_CLOSE, atlas_webhook_server_timed_out(server, &error));
    atlas_webhook_server_free(server);

    server = new_server();
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_RECEIVE, RECEIVE(server, "POST "));
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_SEND, atlas_webhook_server_timed_out(server, &error));
    bytes = atlas_webhook_server_to_send(server, &len);
    CHECK(len > 12 && memcmp(bytes, "HTTP/1.1 408", 12) == 0);
    atlas_webhook_server_free(server);

    server = new_server();
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_CLOSE, atlas_webhook_server_close(server, &error));
    atlas_webhook_server_free(server);
}

static void wrong_calls_change_nothing(void)
{
    atlas_webhook_server *server = UNTOUCHED;
    atlas_webhook_event *event = UNTOUCHED;
    size_t len = 7;

    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_server_new(NULL, &server, &error));
    CHECK(server == UNTOUCHED);
    CHECK(atlas_webhook_server_state(NULL) == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK(atlas_webhook_server_idle(NULL) == 0);
    CHECK(atlas_webhook_server_to_send(NULL, &len) != NULL && len == 0);
    CHECK(atlas_webhook_server_delivery_body(NULL, NULL) != NULL);
    CHECK(atlas_webhook_server_delivery_target(NULL, NULL) != NULL);
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_server_received(NULL, "x", 1, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_server_received_eof(NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_server_timed_out(NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_server_sent(NULL, 0, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_server_take_event(NULL, &event, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_server_respond(NULL, 200, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_server_rejection(NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_server_close(NULL, &error));
    atlas_webhook_server_free(NULL);

    server = new_server();
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_server_take_event(server, NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_STATE, atlas_webhook_server_take_event(server, &event, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_STATE, atlas_webhook_server_respond(server, 200, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_server_received(server, "x", (size_t)-1, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_server_received(server, NULL, 1, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_server_sent(server, (size_t)-1, &error));
    CHECK(atlas_webhook_server_idle(server) == 1);
    CHECK(event == UNTOUCHED);
    atlas_webhook_server_free(server);
}

int main(void)
{
    deliveries_come_one_after_the_other();
    pipelined_deliveries_wait_for_their_turn();
    a_rejection_is_a_response_and_then_the_end();
    a_body_that_is_not_an_event_waits_for_the_program();
    time_is_what_the_program_says();
    wrong_calls_change_nothing();
    return check_result();
}
