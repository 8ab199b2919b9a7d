/* What the tests need: checks that print where they fail, and a few ready-made handles. */

#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atlas_webhook.h"
#include "time_limit.h"

static int check_failures;

static inline void check_failed(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    check_failures++;
}

#define CHECK(condition) \
    do { \
        TIME_LIMIT_CHECK(); \
        if (!(condition)) check_failed(__FILE__, __LINE__, #condition); \
    } while (0)

#define CHECK_TEXT(text, expected) CHECK(strcmp((text), (expected)) == 0)

/* The call, which names &error as its last argument, succeeds with that status and no error. */
#define CHECK_GIVES(status, call) \
    do { \
        atlas_webhook_error *error = (atlas_webhook_error *)&check_failures; \
        CHECK((call) == (status)); \
        CHECK(error == NULL); \
        if (error != (atlas_webhook_error *)&check_failures) atlas_webhook_error_free(error); \
    } while (0)

#define CHECK_OK(call) CHECK_GIVES(ATLAS_WEBHOOK_OK, call)

/* The call, which names &error as its last argument, fails with that status and an error. */
#define CHECK_FAILS(status, call) \
    do { \
        atlas_webhook_error *error = NULL; \
        CHECK((call) == (status)); \
        CHECK(error != NULL); \
        CHECK(atlas_webhook_error_status(error) == (status)); \
        CHECK(*atlas_webhook_error_message(error, NULL) != '\0'); \
        atlas_webhook_error_free(error); \
    } while (0)

static inline int check_result(void)
{
    return check_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Not UTF-8 from the byte at offset 2 on. */
#define NOT_UTF8 "ab\xFF"

/* Where an output must not be written: still this afterwards. */
#define UNTOUCHED ((void *)&check_failures)

#define WEBHOOK "https://example.com/atlas?token=s3cret"

static inline atlas_webhook_endpoint *new_endpoint(void)
{
    atlas_webhook_endpoint *endpoint = NULL;
    CHECK_OK(atlas_webhook_endpoint_new(NULL, &endpoint, &error));
    return endpoint;
}

static inline atlas_webhook_request *new_request(void)
{
    atlas_webhook_endpoint *endpoint = new_endpoint();
    atlas_webhook_request *request = NULL;
    CHECK_OK(atlas_webhook_request_new_registration(endpoint, WEBHOOK, "XXXXXXXX", &request,
                                                    &error));
    atlas_webhook_endpoint_free(endpoint);
    return request;
}

#endif /* CHECK_H */
