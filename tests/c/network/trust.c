/* Which certificates a transport trusts: trust URL CA-FILE OTHER-CA-FILE, where CA-FILE has the CA of the server. */

#include "../check.h"

/* How a send to the server ends. */
static atlas_webhook_status send_to(const atlas_webhook_transport *transport, const char *base_url)
{
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *request = NULL;
    atlas_webhook_reply *reply = NULL;
    atlas_webhook_status status;

    CHECK_OK(atlas_webhook_endpoint_new(base_url, &endpoint, &error));
    CHECK_OK(atlas_webhook_request_new_registration(endpoint, WEBHOOK, NULL, &request, &error));
    status = atlas_webhook_transport_send(transport, request, NULL, &reply, NULL);
    atlas_webhook_reply_free(reply);
    atlas_webhook_request_free(request);
    atlas_webhook_endpoint_free(endpoint);
    return status;
}

static size_t read_file(const char *path, char *bytes, size_t size)
{
    FILE *file = fopen(path, "rb");
    size_t len = 0;

    CHECK(file != NULL);
    if (file != NULL) {
        len = fread(bytes, 1, size, file);
        fclose(file);
    }
    CHECK(len > 0 && len < size);
    return len;
}

int main(int argc, char **argv)
{
    atlas_webhook_transport *transport = NULL;
    char ours[4096];
    size_t len;

    CHECK(argc == 4);
    if (argc != 4) return check_result();
    len = read_file(argv[2], ours, sizeof ours);
    /* Only the given bytes are read. */
    memset(ours + len, '-', sizeof ours - len);
    CHECK_OK(atlas_webhook_transport_new(&transport, &error));
    CHECK_OK(atlas_webhook_transport_set_timeout_ms(transport, 60000, &error));
    CHECK_OK(atlas_webhook_transport_set_connect_timeout_ms(transport, 60000, &error));

    CHECK(send_to(transport, argv[1]) == ATLAS_WEBHOOK_ERR_TLS);
    CHECK_OK(atlas_webhook_transport_set_ca_file(transport, argv[2], &error));
    CHECK(send_to(transport, argv[1]) == ATLAS_WEBHOOK_OK);
    CHECK_OK(atlas_webhook_transport_set_ca_file(transport, argv[3], &error));
    CHECK(send_to(transport, argv[1]) == ATLAS_WEBHOOK_ERR_TLS);
    CHECK_OK(atlas_webhook_transport_set_ca_pem(transport, ours, len, &error));
    CHECK(send_to(transport, argv[1]) == ATLAS_WEBHOOK_OK);
    /* Half a certificate is rejected and changes nothing. */
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_set_ca_pem(transport, ours, len / 2, &error));
    CHECK(send_to(transport, argv[1]) == ATLAS_WEBHOOK_OK);
    atlas_webhook_transport_free(transport);
    return check_result();
}
