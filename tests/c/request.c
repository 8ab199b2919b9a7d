/* The request: its arguments, what it gives, and that it lives on its own. */

#include "check.h"

static void it_is_a_value_that_outlives_what_it_was_made_of(void)
{
    char base_url[] = "https://[::1]:8443/prefix/";
    char webhook[] = WEBHOOK;
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *request = NULL;
    size_t i, count, len = 0, value_len = 0;

    CHECK_OK(atlas_webhook_endpoint_new(base_url, &endpoint, &error));
    CHECK_OK(atlas_webhook_request_new_registration(endpoint, webhook, NULL, &request, &error));
    memset(base_url, 'x', sizeof base_url - 1);
    memset(webhook, 'x', sizeof webhook - 1);
    CHECK_OK(atlas_webhook_endpoint_set_header(endpoint, "X-Later", "1", &error));
    atlas_webhook_endpoint_free(endpoint);

    CHECK_TEXT(atlas_webhook_request_method(request, &len), "POST");
    CHECK(len == 4);
    CHECK_TEXT(atlas_webhook_request_method(request, NULL), "POST");
    CHECK_TEXT(atlas_webhook_request_url(request, &len),
               "https://[::1]:8443/prefix/updateWebhookURL.do");
    CHECK(len == strlen(atlas_webhook_request_url(request, NULL)));
    CHECK_TEXT(atlas_webhook_request_host(request, &len), "::1");
    CHECK(len == 3);
    CHECK(atlas_webhook_request_port(request) == 8443);
    CHECK(atlas_webhook_request_is_tls(request) == 1);

    count = atlas_webhook_request_header_count(request);
    CHECK(count > 0);
    for (i = 0; i < count; i++) {
        char line[256];
        const char *name = atlas_webhook_request_header_name(request, i, &len);
        const char *value = atlas_webhook_request_header_value(request, i, &value_len);
        CHECK(len == strlen(name) && value_len == strlen(value));
        CHECK(strcmp(name, "X-Later") != 0);
        snprintf(line, sizeof line, "%s: %s", name, value);
        CHECK_TEXT(atlas_webhook_request_header_line(request, i, &len), line);
        CHECK(len == strlen(line));
        CHECK_TEXT(atlas_webhook_request_header_line(request, i, NULL), line);
    }
    atlas_webhook_request_free(request);
}

static void body_and_bytes_are_the_message(void)
{
    static const char json[] = "{\"cid\":\"XXXXXXXX\",\"url\":\"" WEBHOOK "\"}";
    static const char start[] = "POST /updateWebhookURL.do HTTP/1.1\r\nHost: ";
    atlas_webhook_request *request = new_request();
    size_t body_len = 0, len = 0;
    const char *body = atlas_webhook_request_body(request, &body_len);
    const char *bytes = atlas_webhook_request_bytes(request, &len);

    CHECK(body_len == strlen(json) && memcmp(body, json, body_len) == 0);
    CHECK(len > body_len && memcmp(bytes, start, strlen(start)) == 0);
    CHECK(memcmp(bytes + len - body_len, json, body_len) == 0);
    CHECK(atlas_webhook_request_body(request, NULL) == body);
    CHECK(atlas_webhook_request_bytes(request, NULL) == bytes);
    atlas_webhook_request_free(request);
}

static void arguments_are_checked(void)
{
    atlas_webhook_endpoint *endpoint = new_endpoint();
    atlas_webhook_request *request = UNTOUCHED;
    atlas_webhook_error *error = NULL;

    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_request_new_registration(
                                            NULL, WEBHOOK, NULL, &request, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_request_new_registration(
                                            endpoint, WEBHOOK, "", &request, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_request_new_registration(
                                            endpoint, WEBHOOK, NOT_UTF8, &request, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_request_new_registration(
                                            endpoint, NULL, NULL, &request, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_request_new_registration(
                                            endpoint, NOT_UTF8, NULL, &request, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_request_new_registration(
                                            endpoint, "", NULL, &request, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_request_new_registration(
                                            endpoint, WEBHOOK, NULL, NULL, &error));
    CHECK(atlas_webhook_request_new_registration(endpoint, "x", NULL, &request, NULL)
          == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK(request == UNTOUCHED);

    CHECK(atlas_webhook_request_new_registration(endpoint, "https://example.com/a b", NULL,
                                                 &request, &error) == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK(atlas_webhook_error_offset(error) == 21);
    CHECK(strstr(atlas_webhook_error_display(error, NULL), "example.com") == NULL);
    atlas_webhook_error_free(error);
    atlas_webhook_endpoint_free(endpoint);
}

static void a_header_that_is_not_there_is_empty(void)
{
    atlas_webhook_request *request = new_request();
    const size_t count = atlas_webhook_request_header_count(request);
    size_t len = 7;

    CHECK_TEXT(atlas_webhook_request_header_name(request, count, &len), "");
    CHECK(len == 0);
    CHECK_TEXT(atlas_webhook_request_header_value(request, SIZE_MAX, NULL), "");
    CHECK_TEXT(atlas_webhook_request_header_line(request, SIZE_MAX, NULL), "");
    CHECK_TEXT(atlas_webhook_request_header_line(NULL, 0, NULL), "");
    atlas_webhook_request_free(request);
}

static void the_request_null_gives_absent_values(void)
{
    size_t len = 7;

    CHECK_TEXT(atlas_webhook_request_method(NULL, &len), "");
    CHECK(len == 0);
    CHECK_TEXT(atlas_webhook_request_url(NULL, NULL), "");
    CHECK_TEXT(atlas_webhook_request_host(NULL, NULL), "");
    CHECK(atlas_webhook_request_port(NULL) == 0);
    CHECK(atlas_webhook_request_is_tls(NULL) == 0);
    CHECK(atlas_webhook_request_header_count(NULL) == 0);
    CHECK_TEXT(atlas_webhook_request_header_line(NULL, 0, NULL), "");
    len = 7;
    CHECK(atlas_webhook_request_body(NULL, &len) != NULL && len == 0);
    len = 7;
    CHECK(atlas_webhook_request_bytes(NULL, &len) != NULL && len == 0);
    CHECK(atlas_webhook_request_bytes(NULL, NULL) != NULL);
    atlas_webhook_request_free(NULL);
}

int main(void)
{
    it_is_a_value_that_outlives_what_it_was_made_of();
    body_and_bytes_are_the_message();
    arguments_are_checked();
    a_header_that_is_not_there_is_empty();
    the_request_null_gives_absent_values();
    return check_result();
}
