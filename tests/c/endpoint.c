/* The endpoint: its arguments, its setters, and that a refused call changes nothing. */

#include "check.h"

static const char *headers_of(atlas_webhook_endpoint *endpoint, atlas_webhook_request **request)
{
    CHECK_OK(atlas_webhook_request_new_registration(endpoint, WEBHOOK, NULL, request, &error));
    return atlas_webhook_request_bytes(*request, NULL);
}

/* The head of a request from the endpoint holds the text; it ends in the body, which holds no NUL. */
static int sends(atlas_webhook_endpoint *endpoint, const char *text)
{
    atlas_webhook_request *request = NULL;
    const char *bytes = headers_of(endpoint, &request);
    const size_t text_len = strlen(text);
    size_t len, i;
    int found = 0;

    atlas_webhook_request_bytes(request, &len);
    for (i = 0; i + text_len <= len && !found; i++) {
        found = memcmp(bytes + i, text, text_len) == 0;
    }
    atlas_webhook_request_free(request);
    return found;
}

static void a_base_url_is_checked(void)
{
    atlas_webhook_endpoint *endpoint = UNTOUCHED;
    atlas_webhook_error *error = NULL;

    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_endpoint_new("", &endpoint, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_endpoint_new("ftp://x", &endpoint, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_endpoint_new(NOT_UTF8, &endpoint, &error));
    CHECK(atlas_webhook_endpoint_new("ftp://x", &endpoint, NULL) == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK(endpoint == UNTOUCHED);
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_endpoint_new(NULL, NULL, &error));

    CHECK(atlas_webhook_endpoint_new(NOT_UTF8, &endpoint, &error) == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK(atlas_webhook_error_offset(error) == 2);
    atlas_webhook_error_free(error);
    CHECK(atlas_webhook_endpoint_new("https://x/?q", &endpoint, &error) == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK(atlas_webhook_error_offset(error) == 10);
    atlas_webhook_error_free(error);
}

static void credentials_are_sent(void)
{
    atlas_webhook_endpoint *endpoint = new_endpoint();

    CHECK_OK(atlas_webhook_endpoint_set_credentials(endpoint, "me", "pass", &error));
    CHECK(sends(endpoint, "\r\nx-atlas-client-id: me\r\nx-atlas-client-secret: pass\r\n"));

    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_credentials(NULL, "me", "pass", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_credentials(endpoint, NULL, "pass", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_credentials(endpoint, "me", NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_credentials(endpoint, "", "pass", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_credentials(endpoint, "you", "", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_credentials(endpoint, NOT_UTF8, "pass", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_credentials(endpoint, "you", "a\nb", &error));
    CHECK(atlas_webhook_endpoint_set_credentials(NULL, NULL, NULL, NULL) == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK(sends(endpoint, "\r\nx-atlas-client-id: me\r\nx-atlas-client-secret: pass\r\n"));
    atlas_webhook_endpoint_free(endpoint);
}

static void headers_are_sent(void)
{
    atlas_webhook_endpoint *endpoint = new_endpoint();

    CHECK_OK(atlas_webhook_endpoint_set_header(endpoint, "User-Agent", "engine/7.1", &error));
    CHECK_OK(atlas_webhook_endpoint_set_header(endpoint, "X-Empty", "", &error));
    CHECK(sends(endpoint, "\r\nUser-Agent: engine/7.1\r\n"));

    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_header(NULL, "X-Name", "value", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_header(endpoint, NULL, "value", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_header(endpoint, "X-Name", NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_header(endpoint, "", "value", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_header(endpoint, "X Name", "value", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_header(endpoint, "X-Name", "a\r\nEvil: b", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_header(endpoint, "X-Name", NOT_UTF8, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_header(endpoint, "Content-Length", "7", &error));
    CHECK(!sends(endpoint, "X-Name"));
    atlas_webhook_endpoint_free(endpoint);
}

static void what_was_set_can_be_cleared(void)
{
    atlas_webhook_endpoint *endpoint = new_endpoint();

    CHECK_OK(atlas_webhook_endpoint_set_credentials(endpoint, "me", "pass-1", &error));
    CHECK_OK(atlas_webhook_endpoint_set_header(endpoint, "X-Name", "value-1", &error));
    CHECK_OK(atlas_webhook_endpoint_set_header(endpoint, "User-Agent", "mine", &error));
    CHECK(sends(endpoint, "pass-1") && sends(endpoint, "value-1") && sends(endpoint, "mine"));

    CHECK_OK(atlas_webhook_endpoint_clear_credentials(endpoint, &error));
    CHECK_OK(atlas_webhook_endpoint_clear_header(endpoint, "x-name", &error));
    CHECK_OK(atlas_webhook_endpoint_clear_header(endpoint, "User-Agent", &error));
    CHECK_OK(atlas_webhook_endpoint_clear_header(endpoint, "X-Never", &error));
    CHECK_OK(atlas_webhook_endpoint_clear_header(endpoint, "Content-Type", &error));
    CHECK(!sends(endpoint, "pass-1") && !sends(endpoint, "x-atlas-client"));
    CHECK(!sends(endpoint, "X-Name") && sends(endpoint, "Content-Type: application/json"));
    CHECK(sends(endpoint, "User-Agent: atlas-webhook/" ATLAS_WEBHOOK_VERSION));

    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_endpoint_clear_credentials(NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_clear_header(NULL, "X-Name", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_clear_header(endpoint, NULL, &error));
    atlas_webhook_endpoint_free(endpoint);
}

static void limits_are_checked(void)
{
    atlas_webhook_endpoint *endpoint = new_endpoint();
    uint32_t which;

    for (which = ATLAS_WEBHOOK_LIMIT_HEAD; which <= ATLAS_WEBHOOK_LIMIT_CHUNK_OVERHEAD; which++) {
        CHECK_OK(atlas_webhook_endpoint_set_limit(endpoint, which, 0, &error));
        CHECK_OK(atlas_webhook_endpoint_set_limit(endpoint, which, SIZE_MAX, &error));
        CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                    atlas_webhook_endpoint_set_limit(NULL, which, 1, &error));
    }
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_endpoint_set_limit(endpoint, 0, 1, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_endpoint_set_limit(endpoint, 7, 1, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_limit(endpoint, UINT32_MAX, 1, &error));
    atlas_webhook_endpoint_free(endpoint);
}

static void nothing_travels_in_plaintext_to_another_machine_unless_allowed(void)
{
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *request = UNTOUCHED;

    CHECK_OK(atlas_webhook_endpoint_new("http://example.com", &endpoint, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_request_new_registration(
                                            endpoint, WEBHOOK, NULL, &request, &error));
    CHECK_OK(atlas_webhook_endpoint_set_credentials(endpoint, "me", "pass", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_request_new_registration(
                                            endpoint, WEBHOOK, NULL, &request, &error));
    CHECK(request == UNTOUCHED);

    CHECK_OK(atlas_webhook_endpoint_set_plaintext_allowed(endpoint, 2, &error));
    CHECK(sends(endpoint, "pass"));
    CHECK_OK(atlas_webhook_endpoint_set_plaintext_allowed(endpoint, 0, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_request_new_registration(
                                            endpoint, WEBHOOK, NULL, &request, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_endpoint_set_plaintext_allowed(NULL, 1, &error));
    atlas_webhook_endpoint_free(endpoint);
}

int main(void)
{
    a_base_url_is_checked();
    credentials_are_sent();
    headers_are_sent();
    what_was_set_can_be_cleared();
    limits_are_checked();
    nothing_travels_in_plaintext_to_another_machine_unless_allowed();
    atlas_webhook_endpoint_free(NULL);
    return check_result();
}
