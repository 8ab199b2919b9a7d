/* Meets one fault of a network by the bundled transport: `fault KIND BASE_URL CA_FILE`, where KIND is
 * the status that it must give, without the prefix, and a CA_FILE of - means the system's store. */

#include "../check.h"

struct kind {
    const char *name;
    atlas_webhook_status status;
};

#define KIND(name) {#name, ATLAS_WEBHOOK_ERR_##name}

static const struct kind kinds[] = {
    {"OK", ATLAS_WEBHOOK_OK},
    KIND(PROTOCOL),    KIND(LIMIT),        KIND(CLOSED_EARLY),
    KIND(ENCODING),    KIND(REDIRECT),     KIND(UNAUTHORIZED), KIND(RATE_LIMITED),
    KIND(CLIENT_ERROR), KIND(SERVER_ERROR), KIND(MALFORMED_REPLY), KIND(REFUSED),
    KIND(RESOLVE),     KIND(CONNECT),      KIND(PROXY),        KIND(TLS),
    KIND(TIMEOUT),     KIND(IO),
};

/* Long enough for a slow machine; for a fault that only ends by it, short. */
static uint32_t timeout_for(atlas_webhook_status expected)
{
    return expected == ATLAS_WEBHOOK_ERR_TIMEOUT ? 300 : 60000;
}

static void meet(const struct kind *expected, const char *base_url, const char *ca_file)
{
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *request = NULL;
    atlas_webhook_transport *transport = NULL;
    atlas_webhook_reply *reply = NULL;
    atlas_webhook_error *error = NULL;
    atlas_webhook_status status;

    CHECK_OK(atlas_webhook_endpoint_new(base_url, &endpoint, &error));
    CHECK_OK(atlas_webhook_endpoint_set_credentials(endpoint, "client-5f2e", "s3cret-b81d", &error));
    CHECK_OK(atlas_webhook_request_new_registration(endpoint, WEBHOOK, NULL, &request, &error));
    CHECK_OK(atlas_webhook_transport_new(&transport, &error));
    CHECK_OK(atlas_webhook_transport_set_timeout_ms(transport, timeout_for(expected->status), &error));
    if (strcmp(ca_file, "-") != 0)
        CHECK_OK(atlas_webhook_transport_set_ca_file(transport, ca_file, &error));

    status = atlas_webhook_transport_send(transport, request, NULL, &reply, &error);
    if (status != expected->status)
        fprintf(stderr, "%s: %s in place of %s\n", base_url,
                error != NULL ? atlas_webhook_error_display(error, NULL) : "OK", expected->name);
    CHECK(status == expected->status);
    CHECK((reply != NULL) == (status == ATLAS_WEBHOOK_OK));
    CHECK((error != NULL) == (status != ATLAS_WEBHOOK_OK));
    if (error != NULL) {
        CHECK(atlas_webhook_error_attempts(error) == 1);
        CHECK(strstr(atlas_webhook_error_display(error, NULL), "s3cret") == NULL);
    }
    atlas_webhook_error_free(error);
    atlas_webhook_reply_free(reply);
    atlas_webhook_transport_free(transport);
    atlas_webhook_request_free(request);
    atlas_webhook_endpoint_free(endpoint);
}

int main(int argc, char **argv)
{
    size_t i;

    if (argc == 4) {
        for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            if (strcmp(kinds[i].name, argv[1]) == 0) {
                meet(&kinds[i], argv[2], argv[3]);
                return check_result();
            }
        }
    }
    fprintf(stderr, "usage: %s KIND BASE_URL CA_FILE\n", argv[0]);
    return 2;
}
