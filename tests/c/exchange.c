/* The exchange: its states, wrong calls, failures that stay, and ownership. */

#include "check.h"

#define HEAD "HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n"
#define YES "{\"status\":0,\"msg\":\"success\"}"

static atlas_webhook_exchange *new_exchange(void)
{
    atlas_webhook_request *request = new_request();
    atlas_webhook_exchange *exchange = NULL;
    CHECK_OK(atlas_webhook_exchange_new(request, &exchange, &error));
    atlas_webhook_request_free(request);
    return exchange;
}

/* An exchange whose request was sent. */
static atlas_webhook_exchange *sent_exchange(void)
{
    atlas_webhook_exchange *exchange = new_exchange();
    size_t len = 0;
    atlas_webhook_exchange_to_send(exchange, &len);
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_RECEIVE, atlas_webhook_exchange_sent(exchange, len, &error));
    return exchange;
}

static void bytes_out_and_bytes_in_are_a_reply(void)
{
    atlas_webhook_request *request = new_request();
    atlas_webhook_exchange *exchange = NULL;
    atlas_webhook_reply *reply = NULL;
    size_t message_len = 0, len = 0, all = 0, used = 0;
    const char *message = atlas_webhook_request_bytes(request, &message_len);
    static const char answer[] = HEAD YES;
    size_t i;

    CHECK_OK(atlas_webhook_exchange_new(request, &exchange, &error));
    while (atlas_webhook_exchange_state(exchange) == ATLAS_WEBHOOK_WANT_SEND) {
        const char *bytes = atlas_webhook_exchange_to_send(exchange, &len);
        CHECK(len == message_len - all && memcmp(bytes, message + all, len) == 0);
        len = len < 100 ? len : 100;
        CHECK(atlas_webhook_exchange_sent(exchange, len, NULL) > ATLAS_WEBHOOK_OK);
        all += len;
    }
    atlas_webhook_request_free(request);
    CHECK(atlas_webhook_exchange_to_send(exchange, &len) != NULL && len == 0);

    CHECK(atlas_webhook_exchange_http_status(exchange) == 0);
    CHECK(atlas_webhook_exchange_reusable(exchange) == 0);
    for (i = 0; i + 1 < sizeof answer - 1; i++) {
        CHECK_GIVES(ATLAS_WEBHOOK_WANT_RECEIVE,
                    atlas_webhook_exchange_received(exchange, answer + i, 1, &used, &error));
        CHECK(used == 1);
    }
    CHECK(atlas_webhook_exchange_http_status(exchange) == 200);
    CHECK_GIVES(ATLAS_WEBHOOK_DONE,
                atlas_webhook_exchange_received(exchange, "}behind", 7, &used, &error));
    CHECK(used == 1);
    CHECK(atlas_webhook_exchange_state(exchange) == ATLAS_WEBHOOK_DONE);
    CHECK(atlas_webhook_exchange_reusable(exchange) == 1);

    CHECK_OK(atlas_webhook_exchange_take_reply(exchange, &reply, &error));
    CHECK(atlas_webhook_exchange_state(exchange) == ATLAS_WEBHOOK_DONE);
    atlas_webhook_exchange_free(exchange);
    CHECK_TEXT(atlas_webhook_reply_message(reply, NULL), "success");
    atlas_webhook_reply_free(reply);
}

static void a_call_in_the_wrong_state_changes_nothing(void)
{
    atlas_webhook_exchange *exchange = new_exchange();
    atlas_webhook_error *error = NULL;
    atlas_webhook_reply *reply = UNTOUCHED;
    size_t all = 0, len = 0, used = 7;

    atlas_webhook_exchange_to_send(exchange, &all);
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_STATE, atlas_webhook_exchange_take_reply(exchange, &reply, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_exchange_sent(exchange, all + 1, &error));
    CHECK(atlas_webhook_exchange_sent(exchange, (size_t)-1, &error) == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK(strstr(atlas_webhook_error_message(error, NULL), "(as a signed number -1)") != NULL);
    atlas_webhook_error_free(error);
    CHECK(atlas_webhook_exchange_received(exchange, "", (size_t)-1, NULL, &error)
          == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK(strstr(atlas_webhook_error_message(error, NULL), "(as a signed number -1)") != NULL);
    atlas_webhook_error_free(error);
    error = NULL;
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_exchange_received(
                                            exchange, "x", (size_t)-1, &used, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_exchange_received(exchange, NULL, 1, &used, &error));
    CHECK(used == 7);
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_SEND,
                atlas_webhook_exchange_received(exchange, NULL, 0, &used, &error));
    CHECK(used == 0);
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_SEND, atlas_webhook_exchange_sent(exchange, 0, &error));
    atlas_webhook_exchange_to_send(exchange, &len);
    CHECK(len == all && reply == UNTOUCHED);

    CHECK_GIVES(ATLAS_WEBHOOK_WANT_RECEIVE, atlas_webhook_exchange_sent(exchange, all, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_exchange_sent(exchange, 1, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_STATE, atlas_webhook_exchange_take_reply(exchange, &reply, &error));
    CHECK_GIVES(ATLAS_WEBHOOK_DONE, atlas_webhook_exchange_received(
                                        exchange, HEAD YES, strlen(HEAD YES), NULL, &error));

    /* Without a place to put it the reply is not lost. */
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_exchange_take_reply(exchange, NULL, &error));
    CHECK_OK(atlas_webhook_exchange_take_reply(exchange, &reply, &error));
    atlas_webhook_reply_free(reply);
    reply = UNTOUCHED;
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_STATE, atlas_webhook_exchange_take_reply(exchange, &reply, &error));
    CHECK(reply == UNTOUCHED);
    CHECK_GIVES(ATLAS_WEBHOOK_DONE,
                atlas_webhook_exchange_received(exchange, "x", 1, &used, &error));
    CHECK(used == 0);
    CHECK_GIVES(ATLAS_WEBHOOK_DONE, atlas_webhook_exchange_received_eof(exchange, &error));
    atlas_webhook_exchange_free(exchange);
}

static void a_failure_stays(void)
{
    atlas_webhook_exchange *exchange = sent_exchange();
    atlas_webhook_reply *reply = UNTOUCHED;
    atlas_webhook_error *error = NULL;
    size_t used = 7;

    CHECK(atlas_webhook_exchange_received(exchange, "HTTP/1.1 200 OK\nX", 17, &used, &error)
          == ATLAS_WEBHOOK_ERR_PROTOCOL);
    CHECK(atlas_webhook_error_offset(error) == 15);
    atlas_webhook_error_free(error);
    CHECK(atlas_webhook_exchange_state(exchange) == ATLAS_WEBHOOK_ERR_PROTOCOL);
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_PROTOCOL, atlas_webhook_exchange_sent(exchange, 0, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_PROTOCOL,
                atlas_webhook_exchange_received(exchange, HEAD, strlen(HEAD), &used, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_PROTOCOL, atlas_webhook_exchange_received_eof(exchange, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_PROTOCOL,
                atlas_webhook_exchange_take_reply(exchange, &reply, &error));
    CHECK(used == 7 && reply == UNTOUCHED);
    CHECK(atlas_webhook_exchange_reusable(exchange) == 0);
    atlas_webhook_exchange_free(exchange);
}

static void an_end_too_early_fails_and_in_time_completes(void)
{
    static const char until_close[] = "HTTP/1.1 200 OK\r\n\r\n" YES;
    atlas_webhook_exchange *exchange = sent_exchange();
    atlas_webhook_reply *reply = NULL;

    CHECK_GIVES(ATLAS_WEBHOOK_WANT_RECEIVE,
                atlas_webhook_exchange_received(exchange, HEAD, strlen(HEAD), NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_CLOSED_EARLY, atlas_webhook_exchange_received_eof(exchange, &error));
    CHECK(atlas_webhook_exchange_state(exchange) == ATLAS_WEBHOOK_ERR_CLOSED_EARLY);
    atlas_webhook_exchange_free(exchange);

    exchange = sent_exchange();
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_RECEIVE,
                atlas_webhook_exchange_received(exchange, until_close, strlen(until_close), NULL,
                                                &error));
    CHECK_GIVES(ATLAS_WEBHOOK_DONE, atlas_webhook_exchange_received_eof(exchange, &error));
    CHECK(atlas_webhook_exchange_reusable(exchange) == 0);
    CHECK_OK(atlas_webhook_exchange_take_reply(exchange, &reply, &error));
    atlas_webhook_reply_free(reply);
    atlas_webhook_exchange_free(exchange);
}

static void an_early_answer_wins(void)
{
    static const char refusal[] = "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n";
    atlas_webhook_exchange *exchange = new_exchange();
    atlas_webhook_reply *reply = UNTOUCHED;

    CHECK_GIVES(ATLAS_WEBHOOK_DONE, atlas_webhook_exchange_received(
                                        exchange, refusal, strlen(refusal), NULL, &error));
    CHECK(atlas_webhook_exchange_reusable(exchange) == 0);
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_UNAUTHORIZED,
                atlas_webhook_exchange_take_reply(exchange, &reply, &error));
    CHECK(reply == UNTOUCHED);
    atlas_webhook_exchange_free(exchange);
}

static void a_refusal_shows_what_the_api_said_without_the_secrets(void)
{
    static const char body[] = "{\"status\":901,\"msg\":\"bad \\u001b[31m " WEBHOOK "\"}";
    char answer[256];
    atlas_webhook_exchange *exchange = sent_exchange();
    atlas_webhook_reply *reply = UNTOUCHED;
    atlas_webhook_error *error = NULL;
    const char *display;

    snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n%s",
             (unsigned)strlen(body), body);
    atlas_webhook_exchange_received(exchange, answer, strlen(answer), NULL, NULL);
    CHECK(atlas_webhook_exchange_state(exchange) == ATLAS_WEBHOOK_DONE);
    CHECK(atlas_webhook_exchange_take_reply(exchange, &reply, &error) == ATLAS_WEBHOOK_ERR_REFUSED);
    CHECK(atlas_webhook_exchange_reusable(exchange) == 1);
    atlas_webhook_exchange_free(exchange);

    display = atlas_webhook_error_display(error, NULL);
    CHECK(strncmp(display, atlas_webhook_error_message(error, NULL),
                  strlen(atlas_webhook_error_message(error, NULL))) == 0);
    CHECK(strstr(display, " (the API's text repeats a secret and is withheld)") != NULL);
    CHECK(strstr(display, "bad") == NULL && strstr(display, "s3cret") == NULL);
    CHECK(strstr(atlas_webhook_error_api_message(error, NULL), WEBHOOK) != NULL);
    atlas_webhook_error_free(error);
}

static void the_endpoints_limits_hold(void)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n";
    atlas_webhook_endpoint *endpoint = new_endpoint();
    atlas_webhook_request *request = NULL;
    atlas_webhook_exchange *exchange = NULL;

    CHECK_OK(atlas_webhook_endpoint_set_limit(endpoint, ATLAS_WEBHOOK_LIMIT_BODY, 10, &error));
    CHECK_OK(atlas_webhook_request_new_registration(endpoint, WEBHOOK, NULL, &request, &error));
    CHECK_OK(atlas_webhook_exchange_new(request, &exchange, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_LIMIT, atlas_webhook_exchange_received(
                                         exchange, answer, strlen(answer), NULL, &error));
    atlas_webhook_exchange_free(exchange);
    atlas_webhook_request_free(request);
    atlas_webhook_endpoint_free(endpoint);
}

static void the_exchange_null_is_refused(void)
{
    atlas_webhook_request *request = new_request();
    atlas_webhook_exchange *exchange = UNTOUCHED;
    atlas_webhook_reply *reply = UNTOUCHED;
    size_t len = 7;

    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_exchange_new(NULL, &exchange, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_exchange_new(request, NULL, &error));
    CHECK(exchange == UNTOUCHED);
    CHECK(atlas_webhook_exchange_state(NULL) == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK(atlas_webhook_exchange_to_send(NULL, &len) != NULL && len == 0);
    CHECK(atlas_webhook_exchange_to_send(NULL, NULL) != NULL);
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_exchange_sent(NULL, 0, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_exchange_received(NULL, "x", 1, &len, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_exchange_received_eof(NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_exchange_take_reply(NULL, &reply, &error));
    CHECK(reply == UNTOUCHED);
    CHECK(atlas_webhook_exchange_http_status(NULL) == 0);
    CHECK(atlas_webhook_exchange_reusable(NULL) == 0);
    atlas_webhook_exchange_free(NULL);
    atlas_webhook_request_free(request);
}

int main(void)
{
    bytes_out_and_bytes_in_are_a_reply();
    a_call_in_the_wrong_state_changes_nothing();
    a_failure_stays();
    an_end_too_early_fails_and_in_time_completes();
    an_early_answer_wins();
    a_refusal_shows_what_the_api_said_without_the_secrets();
    the_endpoints_limits_hold();
    the_exchange_null_is_refused();
    return check_result();
}
