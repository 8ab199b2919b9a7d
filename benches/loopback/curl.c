/* libcurl: one easy handle that is kept, everything that stays the same set once. */

#include "client.h"

#include <curl/curl.h>

static CURL *curl;
static struct curl_slist *fields;

static struct {
    char bytes[4096];
    size_t length;
} body;

static size_t keep(char *bytes, size_t size, size_t count, void *user)
{
    (void)size;
    (void)user;
    if (count > sizeof body.bytes - body.length) return 0;
    memcpy(body.bytes + body.length, bytes, count);
    body.length += count;
    return count;
}

static void start(const char *url, const char *ca_file)
{
    static const char *const FIELDS[] = {
        "Content-Type: application/json", "Accept: application/json", "Accept-Encoding: gzip",
        "x-atlas-client-id: " CLIENT_ID, "x-atlas-client-secret: " CLIENT_SECRET};
    char whole[256];
    size_t i;

    snprintf(whole, sizeof whole, "%s/updateWebhookURL.do", url);
    for (i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) fields = curl_slist_append(fields, FIELDS[i]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, whole);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 15000L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    if (ca_file != NULL) curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file);
}

static void once(void)
{
    long status = 0;

    body.length = 0;
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, BODY);
    if (curl_easy_perform(curl) != CURLE_OK) die("not sent");
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 || memmem(body.bytes, body.length, "\"status\":0", 10) == NULL) die("no yes");
}

static void end(void)
{
    curl_slist_free_all(fields);
    curl_easy_cleanup(curl);
    curl_global_cleanup();
}
