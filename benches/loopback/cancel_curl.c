/* As cancel.c, by libcurl's easy interface: its progress callback, by which another thread ends a call.
 * It has no back-off. */

#define _GNU_SOURCE

#include "stuck.h"

#include <stdatomic.h>

#include <curl/curl.h>

static atomic_int over;

static int progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)user, (void)a, (void)b, (void)c, (void)d;
    return atomic_load(&over);
}

static size_t drop(char *bytes, size_t size, size_t count, void *user)
{
    (void)bytes, (void)user;
    return size * count;
}

static void *sends(void *curl)
{
    CURLcode code = curl_easy_perform(curl);

    /* Name resolution is not interrupted, and then fails by itself. */
    if (code != CURLE_ABORTED_BY_CALLBACK && code != CURLE_COULDNT_RESOLVE_HOST)
        die("it was not cancelled");
    return NULL;
}

int main(int argc, char **argv)
{
    struct stuck stuck;
    size_t length;
    char *body;
    CURL *curl;
    int k;

    if (argc != 3) die("cancel_curl PHASE K");
    stuck = stuck_in(argv[1]);
    length = stuck.sends_large ? LARGE : 64;
    body = calloc(1, length + 1);
    if (body == NULL) die("no memory");
    memset(body, 'x', length);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, stuck.url);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, stuck.proxy);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, progress);
    for (k = atoi(argv[2]); k > 0; k--) {
        pthread_t sender;
        uint64_t cancelled;

        atomic_store(&over, 0);
        pthread_create(&sender, NULL, sends, curl);
        usleep(50000 + (useconds_t)(k * 79190) % 1000000);
        cancelled = nanoseconds();
        atomic_store(&over, 1);
        pthread_join(sender, NULL);
        printf("%" PRIu64 "\n", nanoseconds() - cancelled);
    }
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    free(body);
    return 0;
}
