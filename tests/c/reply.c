/* The reply, out of the response that an HTTP stack received, and the errors that it may be instead. */

#include "check.h"

/* The request that all responses here belong to. */
static atlas_webhook_request *request;

static atlas_webhook_status parse(uint32_t http_status, const char *headers, const char *body,
                                  atlas_webhook_reply **reply, atlas_webhook_error **error)
{
    return atlas_webhook_request_reply(request, http_status, headers,
                                       headers == NULL ? 0 : strlen(headers), body,
                                       body == NULL ? 0 : strlen(body), reply, error);
}

static void a_yes_is_a_reply(void)
{
    char body[] = "{\"status\":0,\"msg\":\"su\\u0000cess\",\"requestId\":\"r-1\"}";
    atlas_webhook_reply *reply = NULL;
    size_t len = 0;

    CHECK_OK(parse(200, "HTTP/1.1 200 OK\r\nDate: x\r\n\r\n", body, &reply, &error));
    memset(body, 'x', sizeof body - 1);
    CHECK(memcmp(atlas_webhook_reply_message(reply, &len), "su\0cess", 8) == 0);
    CHECK(len == 7);
    CHECK_TEXT(atlas_webhook_reply_message(reply, NULL), "su");
    CHECK_TEXT(atlas_webhook_reply_request_id(reply, &len), "r-1");
    CHECK(len == 3);
    CHECK(atlas_webhook_reply_http_status(reply) == 200);
    atlas_webhook_reply_free(reply);

    CHECK_OK(parse(202, NULL, "{\"status\":0}", &reply, &error));
    CHECK_TEXT(atlas_webhook_reply_message(reply, NULL), "");
    CHECK_TEXT(atlas_webhook_reply_request_id(reply, NULL), "");
    CHECK(atlas_webhook_reply_http_status(reply) == 202);
    atlas_webhook_reply_free(reply);
}

static void a_no_is_an_error_with_all_that_is_known(void)
{
    atlas_webhook_reply *reply = UNTOUCHED;
    atlas_webhook_error *error = NULL;
    size_t len = 0;

    CHECK(parse(200, "Retry-After: 30\n",
                "{\"status\":2,\"msg\":\"bu\\u0000sy\",\"requestId\":\"r-2\"}", &reply, &error)
          == ATLAS_WEBHOOK_ERR_REFUSED);
    CHECK(reply == UNTOUCHED);
    CHECK(atlas_webhook_error_status(error) == ATLAS_WEBHOOK_ERR_REFUSED);
    CHECK(atlas_webhook_error_api_status(error) == ATLAS_WEBHOOK_API_SYSTEM_ERROR);
    CHECK(memcmp(atlas_webhook_error_api_message(error, &len), "bu\0sy", 6) == 0);
    CHECK(len == 5);
    CHECK_TEXT(atlas_webhook_error_request_id(error, &len), "r-2");
    CHECK(len == 3);
    CHECK(atlas_webhook_error_http_status(error) == 200);
    CHECK(atlas_webhook_error_retryable(error) == 1);
    CHECK(atlas_webhook_error_retry_after(error) == 30);
    CHECK(atlas_webhook_error_attempts(error) == 0);
    CHECK(atlas_webhook_error_offset(error) == UINT64_MAX);
    CHECK(strstr(atlas_webhook_error_message(error, NULL), "bu") == NULL);
    CHECK(memcmp(atlas_webhook_error_response_field_lines(error, &len), "Retry-After: 30\r\n", 17) == 0);
    CHECK(len == 17);
    CHECK(memcmp(atlas_webhook_error_response_body(error, &len), "{\"status\":2,", 12) == 0);
    CHECK(len == 49);
    CHECK(atlas_webhook_error_response_body(NULL, &len) != NULL && len == 0);
    CHECK(atlas_webhook_error_response_field_lines(NULL, NULL) != NULL);
    CHECK(strstr(atlas_webhook_error_display(error, NULL), ": \"bu\\u{0}sy\"") != NULL);
    atlas_webhook_error_free(error);

    CHECK(parse(200, NULL, "{\"status\":-9223372036854775807}", &reply, &error)
          == ATLAS_WEBHOOK_ERR_REFUSED);
    CHECK(atlas_webhook_error_api_status(error) == INT64_MIN + 1);
    atlas_webhook_error_free(error);

    /* The number that means absent is not a status. */
    CHECK(parse(200, NULL, "{\"status\":-9223372036854775808}", &reply, &error)
          == ATLAS_WEBHOOK_ERR_MALFORMED_REPLY);
    CHECK(atlas_webhook_error_api_status(error) == ATLAS_WEBHOOK_ABSENT);
    atlas_webhook_error_free(error);

    CHECK(parse(500, NULL, "{\"status\":0}", &reply, &error) == ATLAS_WEBHOOK_ERR_SERVER_ERROR);
    CHECK(atlas_webhook_error_api_status(error) == 0);
    atlas_webhook_error_free(error);

    CHECK(parse(500, NULL, NULL, &reply, &error) == ATLAS_WEBHOOK_ERR_SERVER_ERROR);
    CHECK(atlas_webhook_error_api_status(error) == ATLAS_WEBHOOK_ABSENT);
    atlas_webhook_error_free(error);
}

static void each_answer_has_its_status(void)
{
    static const struct {
        uint32_t http_status;
        const char *body;
        atlas_webhook_status status;
    } cases[] = {
        {301, NULL, ATLAS_WEBHOOK_ERR_REDIRECT},
        {401, NULL, ATLAS_WEBHOOK_ERR_UNAUTHORIZED},
        {429, NULL, ATLAS_WEBHOOK_ERR_RATE_LIMITED},
        {200, "{\"code\":429,\"message\":\"slow down\"}", ATLAS_WEBHOOK_ERR_RATE_LIMITED},
        {404, NULL, ATLAS_WEBHOOK_ERR_CLIENT_ERROR},
        {503, NULL, ATLAS_WEBHOOK_ERR_SERVER_ERROR},
        {999, NULL, ATLAS_WEBHOOK_ERR_SERVER_ERROR},
        {200, NULL, ATLAS_WEBHOOK_ERR_MALFORMED_REPLY},
        {200, "[0]", ATLAS_WEBHOOK_ERR_MALFORMED_REPLY},
        {200, "{\"status\":true}", ATLAS_WEBHOOK_ERR_MALFORMED_REPLY},
        {200, "{\"status\":900}", ATLAS_WEBHOOK_ERR_UNAUTHORIZED},
        {200, "{\"status\":901,\"msg\":\"bad url \\ud83d\"}", ATLAS_WEBHOOK_ERR_REFUSED},
        {200, "{\"code\":\"429\"}", ATLAS_WEBHOOK_ERR_RATE_LIMITED},
        {200, "\x1F\x8B", ATLAS_WEBHOOK_ERR_ENCODING},
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        atlas_webhook_reply *reply = UNTOUCHED;
        CHECK_FAILS(cases[i].status,
                    parse(cases[i].http_status, NULL, cases[i].body, &reply, &error));
        CHECK(reply == UNTOUCHED);
    }
}

static void waits_are_read_from_header_and_body(void)
{
    static const struct {
        const char *headers;
        const char *body;
        int64_t seconds;
    } cases[] = {
        {"Retry-After: 30.0\r\n", NULL, 30},
        {"Retry-After: 1.5\r\n", NULL, 2},
        {"Retry-After:\r\n 120\r\n", NULL, 120},
        {"X-Note: see\r\n Retry-After: 86400\r\n", NULL, -1},
        {" Retry-After: 86400\r\n", NULL, -1},
        {"Retry-After: 99999999999999999999\r\n", NULL, 31536000},
        {"Retry-After: -1\r\n", NULL, -1},
        {NULL, "{\"code\":429,\"retryAfter\":\"30\"}", 30},
        {NULL, "{\"code\":429,\"retryAfter\":3e1}", 30},
        {NULL, "{\"code\":429,\"retryAfter\":1.5}", 2},
        {"Retry-After: 9\n", "{\"code\":429,\"retryAfter\":3}", 9},
    };
    atlas_webhook_error *error = NULL;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        atlas_webhook_reply *reply = UNTOUCHED;
        CHECK(parse(429, cases[i].headers, cases[i].body, &reply, &error)
              == ATLAS_WEBHOOK_ERR_RATE_LIMITED);
        CHECK(atlas_webhook_error_retry_after(error) == cases[i].seconds);
        atlas_webhook_error_free(error);
        error = NULL;
    }
}

static void retrying_is_worth_it_for_some_http_statuses(void)
{
    static const struct {
        uint32_t http_status;
        int retryable;
    } cases[] = {{400, 0}, {408, 1}, {421, 1}, {425, 1}, {500, 1}, {501, 0}, {503, 1}};
    atlas_webhook_error *error = NULL;
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        atlas_webhook_reply *reply = UNTOUCHED;
        CHECK(parse(cases[i].http_status, NULL, NULL, &reply, &error) < 0);
        CHECK(atlas_webhook_error_retryable(error) == cases[i].retryable);
        atlas_webhook_error_free(error);
        error = NULL;
    }
}

static void arguments_are_checked(void)
{
    static const char body[] = "{\"status\":0}";
    atlas_webhook_reply *reply = UNTOUCHED;

    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, parse(0, NULL, body, &reply, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, parse(100, NULL, body, &reply, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, parse(1000, NULL, body, &reply, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, parse(65536 + 200, NULL, body, &reply, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, parse((uint32_t)-1, NULL, body, &reply, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_request_reply(request, 200, NULL, 1, body, 12, &reply, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_request_reply(request, 200, NULL, 0, NULL, 12, &reply, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_request_reply(request, 200, NULL, 0, body, SIZE_MAX, &reply, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_request_reply(request, 200, body, SIZE_MAX, body, 12, &reply, &error));
    CHECK(parse(0, NULL, body, &reply, NULL) == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK(reply == UNTOUCHED);
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, parse(200, NULL, body, NULL, &error));

    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_request_reply(NULL, 200, NULL, 0, body, 12, &reply, &error));
    CHECK(reply == UNTOUCHED);

    /* A length of 0 means no bytes, at any address. */
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_MALFORMED_REPLY,
                atlas_webhook_request_reply(request, 200, body, 0, body, 0, &reply, &error));
}

static void the_limits_are_those_of_the_endpoint(void)
{
    static const char body[] = "{\"status\":0}";
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *bounded = NULL;
    atlas_webhook_reply *reply = UNTOUCHED;
    size_t limit;

    CHECK_OK(atlas_webhook_endpoint_new(NULL, &endpoint, &error));
    for (limit = sizeof body - 2; limit <= sizeof body - 1; limit++) {
        CHECK_OK(atlas_webhook_endpoint_set_limit(endpoint, ATLAS_WEBHOOK_LIMIT_BODY, limit, &error));
        CHECK_OK(atlas_webhook_request_new_registration(endpoint, "https://example.com/atlas/t0ken",
                                                        "XXXXXXXX", &bounded, &error));
        if (limit < sizeof body - 1) {
            CHECK_FAILS(ATLAS_WEBHOOK_ERR_LIMIT,
                        atlas_webhook_request_reply(bounded, 200, NULL, 0, body, sizeof body - 1,
                                                    &reply, &error));
            CHECK(reply == UNTOUCHED);
        } else {
            CHECK_OK(atlas_webhook_request_reply(bounded, 200, NULL, 0, body, sizeof body - 1, &reply,
                                                 &error));
            atlas_webhook_reply_free(reply);
        }
        atlas_webhook_request_free(bounded);
    }
    atlas_webhook_endpoint_free(endpoint);
}

static void the_reply_null_gives_absent_values(void)
{
    size_t len = 7;

    CHECK_TEXT(atlas_webhook_reply_message(NULL, &len), "");
    CHECK(len == 0);
    CHECK_TEXT(atlas_webhook_reply_request_id(NULL, NULL), "");
    CHECK(atlas_webhook_reply_http_status(NULL) == 0);
    CHECK(atlas_webhook_reply_attempts(NULL) == 0);
    atlas_webhook_reply_free(NULL);
}

int main(void)
{
    atlas_webhook_endpoint *endpoint = NULL;

    CHECK_OK(atlas_webhook_endpoint_new(NULL, &endpoint, &error));
    CHECK_OK(atlas_webhook_request_new_registration(endpoint, "https://example.com/atlas/t0ken",
                                                    "XXXXXXXX", &request, &error));
    atlas_webhook_endpoint_free(endpoint);

    a_yes_is_a_reply();
    a_no_is_an_error_with_all_that_is_known();
    each_answer_has_its_status();
    waits_are_read_from_header_and_body();
    retrying_is_worth_it_for_some_http_statuses();
    arguments_are_checked();
    the_limits_are_those_of_the_endpoint();
    the_reply_null_gives_absent_values();
    atlas_webhook_request_free(request);
    return check_result();
}
