/* As cancel.c, by libcurl's easy interface: its progress callback, which is how a call of it is ended
 * from another thread. */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "stuck.h"

#include <curl/curl.h>

static atomic_int over;

static int progress(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)user, (void)a, (void)b, (void)c, (void)d;
    return atomic_load(&over);
}

static void *sends(void *curl)
{
    if (curl_easy_perform(curl) != CURLE_ABORTED_BY_CALLBACK) die("it was not cancelled");
    return NULL;
}

int main(int argc, char **argv)
{
    char url[64];
    CURL *curl;
    int k;

    if (argc != 3) die("cancel_curl silent|connecting K");
    listen_at(url, sizeof url, strcmp(argv[1], "connecting") == 0);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    curl = curl_easy_init();
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "{}");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
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
    return 0;
}
