/* Meets one fault of a network by the bundled transport: `fault KIND BASE_URL CA_FILE SHORTAGE`. KIND is
 * the status that it must return, without the prefix. A CA_FILE of - means the system's store. SHORTAGE is
 * what the process lacks while it sends: - for nothing, descriptors-N if N are left, threads if none can
 * be started. Without the shortage the same handles must work. */

#define _XOPEN_SOURCE 700
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

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

static unsigned long mapped_kilobytes(void)
{
    unsigned long kilobytes = 0;
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");

    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (sscanf(line, "VmSize: %lu", &kilobytes) == 1) break;
    if (status != NULL) fclose(status);
    return kilobytes;
}

/* Sets the limit that makes the shortage, and returns the one before. */
static struct rlimit lack(const char *shortage, int resource)
{
    struct rlimit before, lower;
    int lowest_free = open("/dev/null", O_RDONLY);

    close(lowest_free);
    CHECK(getrlimit(resource, &before) == 0);
    lower = before;
    if (resource == RLIMIT_NOFILE)
        lower.rlim_cur = (rlim_t)lowest_free + strtoul(strchr(shortage, '-') + 1, NULL, 10);
    else
        /* No memory for the stack of a thread, which is 2 MiB. */
        lower.rlim_cur = ((rlim_t)mapped_kilobytes() + 1024) * 1024;
    CHECK(setrlimit(resource, &lower) == 0);
    return before;
}

static void meet(const struct kind *expected, const char *base_url, const char *ca_file,
                 const char *shortage)
{
    const int lacks = strcmp(shortage, "-") != 0;
    const int resource = strcmp(shortage, "threads") == 0 ? RLIMIT_AS : RLIMIT_NOFILE;
    struct rlimit before;
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
    if (lacks)
        setenv("SSL_CERT_FILE", ca_file, 1);
    else if (strcmp(ca_file, "-") != 0)
        CHECK_OK(atlas_webhook_transport_set_ca_file(transport, ca_file, &error));

    if (lacks) before = lack(shortage, resource);
    status = atlas_webhook_transport_send(transport, request, NULL, &reply, &error);
    if (lacks) CHECK(setrlimit(resource, &before) == 0);
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
    if (lacks) {
        CHECK(atlas_webhook_error_os_error(error) == (resource == RLIMIT_AS ? EAGAIN : EMFILE));
        CHECK(atlas_webhook_error_retryable(error) == 1);
        atlas_webhook_error_free(error);
        error = NULL;
        CHECK_OK(atlas_webhook_transport_send(transport, request, NULL, &reply, &error));
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

    if (argc == 5) {
        for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
            if (strcmp(kinds[i].name, argv[1]) == 0) {
                meet(&kinds[i], argv[2], argv[3], argv[4]);
                return check_result();
            }
        }
    }
    fprintf(stderr, "usage: %s KIND BASE_URL CA_FILE SHORTAGE\n", argv[0]);
    return 2;
}
