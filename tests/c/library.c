/* Versions, features, statuses, and the absent values that an error of NULL gives. */

#include "check.h"

static void versions_are_those_of_the_header(void)
{
    char numbers[64];

    CHECK(atlas_webhook_abi_version() == ATLAS_WEBHOOK_ABI_VERSION);
    CHECK_TEXT(atlas_webhook_version(), ATLAS_WEBHOOK_VERSION);
    snprintf(numbers, sizeof numbers, "%d.%d.%d", ATLAS_WEBHOOK_VERSION_MAJOR,
             ATLAS_WEBHOOK_VERSION_MINOR, ATLAS_WEBHOOK_VERSION_PATCH);
    CHECK_TEXT(numbers, ATLAS_WEBHOOK_VERSION);
    CHECK(atlas_webhook_version_number() == ATLAS_WEBHOOK_VERSION_NUMBER);
    CHECK(ATLAS_WEBHOOK_VERSION_NUMBER / 10000 == ATLAS_WEBHOOK_VERSION_MAJOR);
}

static void the_features_tell_whether_the_transport_is_there(void)
{
    atlas_webhook_transport *transport = NULL;
    const int has = (atlas_webhook_features() & ATLAS_WEBHOOK_FEATURE_TRANSPORT) != 0;

    CHECK(atlas_webhook_transport_new(&transport, NULL)
          == (has ? ATLAS_WEBHOOK_OK : ATLAS_WEBHOOK_ERR_UNSUPPORTED));
    atlas_webhook_transport_free(transport);
    CHECK((atlas_webhook_features()
           & ~(uint32_t)(ATLAS_WEBHOOK_FEATURE_GZIP | ATLAS_WEBHOOK_FEATURE_TRANSPORT)) == 0);
}

static void a_status_has_a_name_and_may_be_retryable(void)
{
    CHECK_TEXT(atlas_webhook_status_name(ATLAS_WEBHOOK_ERR_TIMEOUT), "ATLAS_WEBHOOK_ERR_TIMEOUT");
    CHECK_TEXT(atlas_webhook_status_name(ATLAS_WEBHOOK_OK), "ATLAS_WEBHOOK_OK");
    CHECK_TEXT(atlas_webhook_status_name(INT32_MIN), "unknown");
    CHECK(atlas_webhook_status_retryable(ATLAS_WEBHOOK_ERR_TIMEOUT) == 1);
    CHECK(atlas_webhook_status_retryable(ATLAS_WEBHOOK_ERR_RATE_LIMITED) == 1);
    CHECK(atlas_webhook_status_retryable(ATLAS_WEBHOOK_ERR_ARGUMENT) == 0);
    CHECK(atlas_webhook_status_retryable(ATLAS_WEBHOOK_ERR_REFUSED) == 0);
    CHECK(atlas_webhook_status_retryable(ATLAS_WEBHOOK_DONE) == 0);
    CHECK(atlas_webhook_status_retryable(INT32_MIN) == 0);
}

static void every_status_has_a_text_of_its_own(void)
{
    static const atlas_webhook_status statuses[] = {
        ATLAS_WEBHOOK_OK, ATLAS_WEBHOOK_WANT_SEND, ATLAS_WEBHOOK_WANT_RECEIVE, ATLAS_WEBHOOK_DONE,
        ATLAS_WEBHOOK_WANT_RESPONSE, ATLAS_WEBHOOK_WANT_CLOSE,
        ATLAS_WEBHOOK_ERR_ARGUMENT, ATLAS_WEBHOOK_ERR_STATE, ATLAS_WEBHOOK_ERR_UNSUPPORTED, ATLAS_WEBHOOK_ERR_PANIC,
        ATLAS_WEBHOOK_ERR_PROTOCOL, ATLAS_WEBHOOK_ERR_LIMIT, ATLAS_WEBHOOK_ERR_CLOSED_EARLY,
        ATLAS_WEBHOOK_ERR_ENCODING, ATLAS_WEBHOOK_ERR_REDIRECT, ATLAS_WEBHOOK_ERR_UNAUTHORIZED,
        ATLAS_WEBHOOK_ERR_RATE_LIMITED, ATLAS_WEBHOOK_ERR_CLIENT_ERROR, ATLAS_WEBHOOK_ERR_SERVER_ERROR,
        ATLAS_WEBHOOK_ERR_MALFORMED_REPLY, ATLAS_WEBHOOK_ERR_REFUSED, ATLAS_WEBHOOK_ERR_RESOLVE,
        ATLAS_WEBHOOK_ERR_CONNECT, ATLAS_WEBHOOK_ERR_PROXY, ATLAS_WEBHOOK_ERR_TLS, ATLAS_WEBHOOK_ERR_TIMEOUT,
        ATLAS_WEBHOOK_ERR_IO, ATLAS_WEBHOOK_ERR_CANCELLED, ATLAS_WEBHOOK_ERR_UNTRUSTED,
        ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY,
    };
    const size_t count = sizeof statuses / sizeof *statuses;
    const char *unknown = atlas_webhook_status_text(INT32_MIN);
    size_t i, j;

    CHECK(*unknown != '\0');
    CHECK_TEXT(atlas_webhook_status_text(INT32_MAX), unknown);
    CHECK_TEXT(atlas_webhook_status_text(-5), unknown);
    for (i = 0; i < count; i++) {
        CHECK(strcmp(atlas_webhook_status_text(statuses[i]), unknown) != 0);
        for (j = 0; j < i; j++) {
            CHECK(statuses[i] != statuses[j]);
            CHECK(strcmp(atlas_webhook_status_text(statuses[i]),
                         atlas_webhook_status_text(statuses[j])) != 0);
        }
    }
}

static void the_error_null_gives_absent_values(void)
{
    size_t len = 7;

    CHECK(atlas_webhook_error_status(NULL) == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK_TEXT(atlas_webhook_error_message(NULL, &len), "");
    CHECK(len == 0);
    CHECK_TEXT(atlas_webhook_error_display(NULL, NULL), "");
    CHECK_TEXT(atlas_webhook_error_api_message(NULL, NULL), "");
    CHECK_TEXT(atlas_webhook_error_request_id(NULL, NULL), "");
    CHECK(atlas_webhook_error_api_status(NULL) == ATLAS_WEBHOOK_ABSENT);
    CHECK(atlas_webhook_error_http_status(NULL) == 0);
    CHECK(atlas_webhook_error_offset(NULL) == UINT64_MAX);
    CHECK(atlas_webhook_error_retryable(NULL) == 0);
    CHECK(atlas_webhook_error_retry_after(NULL) == -1);
    CHECK(atlas_webhook_error_attempts(NULL) == 0);
    CHECK(atlas_webhook_error_os_error(NULL) == 0);
    CHECK(atlas_webhook_error_clone(NULL) == NULL);
    atlas_webhook_error_free(NULL);
}

static void an_error_without_details_gives_absent_values(void)
{
    atlas_webhook_error *error = NULL, *copy = NULL;
    size_t len = 0;

    CHECK(atlas_webhook_endpoint_new(NULL, NULL, &error) == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK(atlas_webhook_error_status(error) == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK_TEXT(atlas_webhook_error_message(error, &len), "out is NULL");
    CHECK(len == strlen("out is NULL"));
    CHECK_TEXT(atlas_webhook_error_display(error, NULL), "out is NULL");
    CHECK_TEXT(atlas_webhook_error_api_message(error, &len), "");
    CHECK(len == 0);
    CHECK_TEXT(atlas_webhook_error_request_id(error, NULL), "");
    CHECK(atlas_webhook_error_api_status(error) == ATLAS_WEBHOOK_ABSENT);
    CHECK(atlas_webhook_error_http_status(error) == 0);
    CHECK(atlas_webhook_error_offset(error) == UINT64_MAX);
    CHECK(atlas_webhook_error_retryable(error) == 0);
    CHECK(atlas_webhook_error_retry_after(error) == -1);
    CHECK(atlas_webhook_error_attempts(error) == 0);
    CHECK(atlas_webhook_error_os_error(error) == 0);

    copy = atlas_webhook_error_clone(error);
    atlas_webhook_error_free(error);
    CHECK(atlas_webhook_error_status(copy) == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK_TEXT(atlas_webhook_error_message(copy, NULL), "out is NULL");
    atlas_webhook_error_free(copy);
}

int main(void)
{
    versions_are_those_of_the_header();
    the_features_tell_whether_the_transport_is_there();
    a_status_has_a_name_and_may_be_retryable();
    every_status_has_a_text_of_its_own();
    the_error_null_gives_absent_values();
    an_error_without_details_gives_absent_values();
    return check_result();
}
