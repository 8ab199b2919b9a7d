/* A program loads the library, which its first argument names, and unloads it while a thread lives that has sent
 * with it. The thread can still end. */

#define _POSIX_C_SOURCE 200809L

#include <dlfcn.h>
#include <pthread.h>

#include "../check.h"

#define LOAD(name) \
    __typeof__(atlas_webhook_##name) *name; \
    *(void **)&name = dlsym(library, "atlas_webhook_" #name)

static void *library;
static pthread_barrier_t sent, unloaded;

/* To no server, with everything that makes a send wait. */
static void *send_and_end(void *unused)
{
    LOAD(endpoint_new);
    LOAD(request_new_registration);
    LOAD(transport_new);
    LOAD(transport_set_retries);
    LOAD(transport_send);
    LOAD(cancel_new);
    LOAD(error_free);
    LOAD(cancel_free);
    LOAD(transport_free);
    LOAD(request_free);
    LOAD(endpoint_free);
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *request = NULL;
    atlas_webhook_transport *transport = NULL;
    atlas_webhook_cancel *cancel = NULL;
    atlas_webhook_reply *reply = NULL;
    atlas_webhook_error *error = NULL;

    CHECK(endpoint_new("https://127.0.0.1:1", &endpoint, NULL) == ATLAS_WEBHOOK_OK);
    CHECK(request_new_registration(endpoint, "https://example.com/atlas", NULL, &request, NULL) == ATLAS_WEBHOOK_OK);
    CHECK(transport_new(&transport, NULL) == ATLAS_WEBHOOK_OK);
    CHECK(transport_set_retries(transport, 1, NULL) == ATLAS_WEBHOOK_OK);
    CHECK(cancel_new(&cancel, NULL) == ATLAS_WEBHOOK_OK);
    CHECK(transport_send(transport, request, cancel, &reply, &error) == ATLAS_WEBHOOK_ERR_CONNECT);
    error_free(error);
    cancel_free(cancel);
    transport_free(transport);
    request_free(request);
    endpoint_free(endpoint);
    pthread_barrier_wait(&sent);
    pthread_barrier_wait(&unloaded);
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t thread;

    CHECK(argc == 2 && (library = dlopen(argv[1], RTLD_NOW)) != NULL);
    if (check_failures > 0) return check_result();
    CHECK(pthread_barrier_init(&sent, NULL, 2) == 0 && pthread_barrier_init(&unloaded, NULL, 2) == 0);
    CHECK(pthread_create(&thread, NULL, send_and_end, NULL) == 0);
    pthread_barrier_wait(&sent);
    CHECK(dlclose(library) == 0);
    pthread_barrier_wait(&unloaded);
    CHECK(pthread_join(thread, NULL) == 0);
    return check_result();
}
