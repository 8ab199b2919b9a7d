/* Registers a webhook with an HTTP stack of its own, libcurl:
 *
 *     cc own_stack.c $(pkg-config --cflags --libs atlas_webhook libcurl) -o own_stack
 *     ./own_stack https://sandbox.atlaslovestravel.com https://example.com/atlas/t0ken XXXXXXXX
 *
 * The stack sends the request, and atlas_webhook_request_reply interprets its response. The stack trusts the
 * system's CAs or, as the program curl does, those of the file that CURL_CA_BUNDLE names. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <atlas_webhook.h>
#include <curl/curl.h>

#define TIMEOUT_MS 15000L
#define CONNECT_TIMEOUT_MS 5000L
#define LONGEST_ANSWER (1024 * 1024 + 1)

/* What libcurl has received. */
struct buffer {
    char *bytes;
    size_t len;
};

/* Called by libcurl. It stops if the function returns anything but the length. */
static size_t append(char *bytes, size_t size, size_t count, void *argument)
{
    struct buffer *buffer = argument;
    size_t len = size * count;
    char *grown;

    if (buffer->len + len > LONGEST_ANSWER) return 0;
    grown = realloc(buffer->bytes, buffer->len + len + 1);
    if (grown == NULL) return 0;
    memcpy(grown + buffer->len, bytes, len);
    buffer->bytes = grown;
    buffer->len += len;
    return len;
}

/* Prints all details of an error. The display contains the text of the API, escaped. */
static void print_error(const atlas_webhook_error *error)
{
    fprintf(stderr, "not registered: %s\n", atlas_webhook_error_display(error, NULL));
    fprintf(stderr, "  status %" PRId32 " (%s), HTTP status %u\n",
            atlas_webhook_error_status(error),
            atlas_webhook_status_name(atlas_webhook_error_status(error)),
            atlas_webhook_error_http_status(error));
    if (atlas_webhook_error_api_status(error) != ATLAS_WEBHOOK_ABSENT)
        fprintf(stderr, "  API status %" PRId64 "\n", atlas_webhook_error_api_status(error));
    if (atlas_webhook_error_offset(error) != UINT64_MAX)
        fprintf(stderr, "  at byte %" PRIu64 "\n", atlas_webhook_error_offset(error));
    if (atlas_webhook_error_retryable(error))
        fprintf(stderr, "  retryable, after %" PRId64 " s (-1: the server named no time)\n",
                atlas_webhook_error_retry_after(error));
}

/* Sends request. Returns the result of libcurl, and with CURLE_OK the response. */
static CURLcode send_request(const atlas_webhook_request *request, long *http_status,
                             struct buffer *headers, struct buffer *body)
{
    const char *ca_file = getenv("CURL_CA_BUNDLE");
    struct curl_slist *lines = NULL;
    CURL *curl = curl_easy_init();
    CURLcode result;
    size_t i, len;

    if (curl == NULL) return CURLE_FAILED_INIT;
    for (i = 0; i < atlas_webhook_request_header_count(request); i++)
        lines = curl_slist_append(lines, atlas_webhook_request_header_line(request, i, NULL));
    curl_easy_setopt(curl, CURLOPT_URL, atlas_webhook_request_url(request, NULL));
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, atlas_webhook_request_body(request, &len));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)len);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (ca_file != NULL) curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
    /* The headers contain the credentials, so a redirect must not be followed. */
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    result = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, http_status);
    curl_slist_free_all(lines);
    curl_easy_cleanup(curl);
    return result;
}

int main(int argc, char **argv)
{
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *request = NULL;
    atlas_webhook_reply *reply = NULL;
    atlas_webhook_error *error = NULL;
    struct buffer headers = {0}, body = {0};
    long http_status = 0;
    CURLcode sent = CURLE_OK;
    int result = 1;

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: %s ENDPOINT URL [CID]\n", argv[0]);
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (atlas_webhook_endpoint_new(argv[1], &endpoint, &error) == ATLAS_WEBHOOK_OK
        && atlas_webhook_request_new_registration(endpoint, argv[2], argv[3], &request, &error)
               == ATLAS_WEBHOOK_OK
        && (sent = send_request(request, &http_status, &headers, &body)) == CURLE_OK
        && atlas_webhook_request_reply(request, (uint32_t)http_status, headers.bytes, headers.len,
                                       body.bytes, body.len, &reply, &error)
               == ATLAS_WEBHOOK_OK) {
        printf("registered: HTTP status %u\n", atlas_webhook_reply_http_status(reply));
        result = 0;
    } else if (sent != CURLE_OK) {
        fprintf(stderr, "not registered: %s\n", curl_easy_strerror(sent));
    } else {
        print_error(error);
    }
    free(headers.bytes);
    free(body.bytes);
    atlas_webhook_error_free(error);
    atlas_webhook_reply_free(reply);
    atlas_webhook_request_free(request);
    atlas_webhook_endpoint_free(endpoint);
    curl_global_cleanup();
    return result;
}
