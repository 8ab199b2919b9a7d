/* The response of an exchange: what a program sees of it, and the reply that is made of it. */

#include "check.h"

#define YES "{\"status\":0,\"msg\":\"success\"}"

/* "{\"status\":0}" as gzip. */
static const unsigned char status_0_gzip[] = {
    0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab, 0x56, 0x2a, 0x2e, 0x49, 0x2c,
    0x29, 0x2d, 0x56, 0xb2, 0x32, 0xa8, 0x05, 0x00, 0x30, 0x17, 0x02, 0x73, 0x0c, 0x00, 0x00, 0x00,
};

static atlas_webhook_exchange *done_exchange(const atlas_webhook_request *request, const char *head,
                                             const void *body, size_t len)
{
    atlas_webhook_exchange *exchange = NULL;
    char length[64];
    CHECK_OK(atlas_webhook_exchange_new(request, &exchange, &error));
    snprintf(length, sizeof length, "Content-Length: %u\r\n\r\n", (unsigned)len);
    atlas_webhook_exchange_received(exchange, head, strlen(head), NULL, NULL);
    atlas_webhook_exchange_received(exchange, length, strlen(length), NULL, NULL);
    atlas_webhook_exchange_received(exchange, body, len, NULL, NULL);
    CHECK(atlas_webhook_exchange_state(exchange) == ATLAS_WEBHOOK_DONE);
    return exchange;
}

static atlas_webhook_response *taken_response(const atlas_webhook_request *request,
                                              const char *head, const void *body, size_t len)
{
    atlas_webhook_exchange *exchange = done_exchange(request, head, body, len);
    atlas_webhook_response *response = NULL;
    CHECK_OK(atlas_webhook_exchange_take_response(exchange, &response, &error));
    atlas_webhook_exchange_free(exchange);
    return response;
}

static void a_response_outlives_its_exchange(void)
{
    atlas_webhook_request *request = new_request();
    atlas_webhook_response *response = taken_response(
        request, "HTTP/1.1 202 OK\r\nDate: now\r\nX-A: \xE9 1\r\nx-a: 2\r\nX-Empty:\r\n", YES,
        strlen(YES));
    atlas_webhook_reply *reply = NULL;
    const void *body = NULL;
    size_t len = 0;

    CHECK(atlas_webhook_response_status(response) == 202);
    CHECK(atlas_webhook_response_header_count(response) == 5);
    CHECK_TEXT(atlas_webhook_response_header_name(response, 0, NULL), "Date");
    CHECK_TEXT(atlas_webhook_response_header_value(response, 0, NULL), "now");
    CHECK_TEXT(atlas_webhook_response_header_name(response, 1, &len), "X-A");
    CHECK(len == 3);
    CHECK_TEXT(atlas_webhook_response_header_value(response, 1, &len), "\xE9 1");
    CHECK(len == 3);
    CHECK_TEXT(atlas_webhook_response_header_name(response, 5, &len), "");
    CHECK(len == 0);
    CHECK_TEXT(atlas_webhook_response_header_value(response, (size_t)-1, NULL), "");
    CHECK_TEXT(atlas_webhook_response_header(response, "x-A", &len), "\xE9 1");
    CHECK(len == 3);
    CHECK_TEXT(atlas_webhook_response_header(response, "content-length", NULL), "28");
    CHECK_TEXT(atlas_webhook_response_header(response, "x-empty", &len), "");
    CHECK(len == 0);
    CHECK_TEXT(atlas_webhook_response_header(response, "", &len), "");
    CHECK_TEXT(atlas_webhook_response_header(response, NULL, &len), "");
    CHECK_TEXT(atlas_webhook_response_header(response, NOT_UTF8, &len), "");

    CHECK_OK(atlas_webhook_response_body(response, &body, &len, &error));
    CHECK(len == strlen(YES) && memcmp(body, YES, len) == 0);
    body = atlas_webhook_response_coded_body(response, &len);
    CHECK(len == strlen(YES) && memcmp(body, YES, len) == 0);

    /* It can be interpreted more than once. */
    CHECK_OK(atlas_webhook_request_reply_from(request, response, &reply, &error));
    CHECK_TEXT(atlas_webhook_reply_message(reply, NULL), "success");
    atlas_webhook_reply_free(reply);
    CHECK_OK(atlas_webhook_request_reply_from(request, response, &reply, &error));
    CHECK(atlas_webhook_reply_http_status(reply) == 202);
    atlas_webhook_response_free(response);
    atlas_webhook_request_free(request);
    atlas_webhook_reply_free(reply);
}

static void the_body_is_decoded_once(void)
{
    atlas_webhook_request *request = new_request();
    atlas_webhook_response *response =
        taken_response(request, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n", status_0_gzip,
                       sizeof status_0_gzip);
    const void *body = NULL, *again = NULL;
    size_t len = 0, coded = 0;

    CHECK(memcmp(atlas_webhook_response_coded_body(response, &coded), status_0_gzip,
                 sizeof status_0_gzip)
          == 0);
    CHECK(coded == sizeof status_0_gzip);
    if (atlas_webhook_features() & ATLAS_WEBHOOK_FEATURE_GZIP) {
        CHECK_OK(atlas_webhook_response_body(response, &body, &len, &error));
        CHECK(len == 12 && memcmp(body, "{\"status\":0}", 12) == 0);
        CHECK_OK(atlas_webhook_response_body(response, &again, &len, &error));
        CHECK(again == body);
    } else {
        CHECK_FAILS(ATLAS_WEBHOOK_ERR_ENCODING,
                    atlas_webhook_response_body(response, &body, &len, &error));
    }
    atlas_webhook_response_free(response);
    atlas_webhook_request_free(request);
}

static void a_body_that_cannot_be_decoded_is_an_error_with_the_response(void)
{
    atlas_webhook_request *request = new_request();
    atlas_webhook_response *response = taken_response(
        request, "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nX-From: a cache\r\n", "xyz", 3);
    atlas_webhook_error *error = NULL;
    atlas_webhook_reply *reply = UNTOUCHED;
    const void *body = UNTOUCHED;
    size_t len = 7;

    CHECK(atlas_webhook_response_body(response, &body, &len, &error)
          == ATLAS_WEBHOOK_ERR_ENCODING);
    CHECK(body == UNTOUCHED && len == 7);
    CHECK(atlas_webhook_error_http_status(error) == 200);
    body = atlas_webhook_error_response_body(error, &len);
    CHECK(len == 3 && memcmp(body, "xyz", 3) == 0);
    atlas_webhook_error_free(error);
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ENCODING,
                atlas_webhook_request_reply_from(request, response, &reply, &error));
    CHECK(reply == UNTOUCHED);
    atlas_webhook_response_free(response);
    atlas_webhook_request_free(request);
}

static void an_empty_body_is_not_null(void)
{
    atlas_webhook_request *request = new_request();
    atlas_webhook_response *response = taken_response(request, "HTTP/1.1 503 No\r\n", "", 0);
    atlas_webhook_reply *reply = UNTOUCHED;
    const void *body = NULL;
    size_t len = 7;

    CHECK(atlas_webhook_response_status(response) == 503);
    CHECK_OK(atlas_webhook_response_body(response, &body, &len, &error));
    CHECK(body != NULL && len == 0);
    CHECK(atlas_webhook_response_coded_body(response, NULL) != NULL);
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_SERVER_ERROR,
                atlas_webhook_request_reply_from(request, response, &reply, &error));
    CHECK(reply == UNTOUCHED);
    atlas_webhook_response_free(response);
    atlas_webhook_request_free(request);
}

static void a_response_is_taken_once(void)
{
    atlas_webhook_request *request = new_request();
    atlas_webhook_exchange *exchange = NULL;
    atlas_webhook_response *response = UNTOUCHED;
    atlas_webhook_reply *reply = UNTOUCHED;

    CHECK_OK(atlas_webhook_exchange_new(request, &exchange, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_STATE,
                atlas_webhook_exchange_take_response(exchange, &response, &error));
    atlas_webhook_exchange_received_eof(exchange, NULL);
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_CLOSED_EARLY,
                atlas_webhook_exchange_take_response(exchange, &response, &error));
    atlas_webhook_exchange_free(exchange);

    exchange = done_exchange(request, "HTTP/1.1 200 OK\r\n", YES, strlen(YES));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_exchange_take_response(exchange, NULL, &error));
    CHECK(response == UNTOUCHED);
    CHECK_OK(atlas_webhook_exchange_take_response(exchange, &response, &error));
    atlas_webhook_response_free(response);
    response = UNTOUCHED;
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_STATE,
                atlas_webhook_exchange_take_response(exchange, &response, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_STATE,
                atlas_webhook_exchange_take_reply(exchange, &reply, &error));
    CHECK(response == UNTOUCHED && reply == UNTOUCHED);
    CHECK(atlas_webhook_exchange_state(exchange) == ATLAS_WEBHOOK_DONE);
    CHECK(atlas_webhook_exchange_http_status(exchange) == 200);
    atlas_webhook_exchange_free(exchange);
    atlas_webhook_request_free(request);
}

static void the_response_null_is_refused(void)
{
    atlas_webhook_request *request = new_request();
    atlas_webhook_response *response = taken_response(request, "HTTP/1.1 200 OK\r\n", "", 0);
    atlas_webhook_reply *reply = UNTOUCHED;
    const void *body = UNTOUCHED;
    size_t len = 7;

    CHECK(atlas_webhook_response_status(NULL) == 0);
    CHECK(atlas_webhook_response_header_count(NULL) == 0);
    CHECK_TEXT(atlas_webhook_response_header_name(NULL, 0, NULL), "");
    CHECK_TEXT(atlas_webhook_response_header_value(NULL, 0, NULL), "");
    CHECK_TEXT(atlas_webhook_response_header(NULL, "date", NULL), "");
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_response_body(NULL, &body, &len, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_response_body(response, NULL, &len, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_response_body(response, &body, NULL, &error));
    CHECK(body == UNTOUCHED && len == 7);
    CHECK(atlas_webhook_response_coded_body(NULL, &len) != NULL && len == 0);
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_exchange_take_response(NULL, &response, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_request_reply_from(NULL, response, &reply, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_request_reply_from(request, NULL, &reply, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_request_reply_from(request, response, NULL, &error));
    CHECK(reply == UNTOUCHED);
    atlas_webhook_response_free(NULL);
    atlas_webhook_response_free(response);
    atlas_webhook_request_free(request);
}

int main(void)
{
    a_response_outlives_its_exchange();
    the_body_is_decoded_once();
    a_body_that_cannot_be_decoded_is_an_error_with_the_response();
    an_empty_body_is_not_null();
    a_response_is_taken_once();
    the_response_null_is_refused();
    return check_result();
}
