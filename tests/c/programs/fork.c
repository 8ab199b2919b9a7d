/* The child of a fork reads and frees every handle, while another thread of the parent was computing the same
 * value. malloc stops that thread within its getter, so that the fork is always at the same point. */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../check.h"

/* In seconds: for the getters of a child. */
enum { CHILD_LIMIT = 60 };

/* Set in a thread whose next allocation reports to the main thread and waits for it. */
__extension__ static __thread int stop_at_allocation;
static int stopped[2], released[2];

static void report_and_wait(void)
{
    char byte = 0;

    if (write(stopped[1], &byte, 1) != 1 || read(released[0], &byte, 1) != 1) abort();
}

void *malloc(size_t size)
{
    static void *(*real)(size_t);

    if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "malloc");
    if (stop_at_allocation) {
        stop_at_allocation = 0;
        report_and_wait();
    }
    return real(size);
}

/* A getter that computes its text or bytes, and its handle. */
struct getter {
    const void *(*get)(const void *handle, size_t *len);
    const void *handle;
};

static const void *get_url(const void *handle, size_t *len)
{
    return atlas_webhook_request_url(handle, len);
}

static const void *get_header(const void *handle, size_t *len)
{
    return atlas_webhook_response_header(handle, "Content-Type", len);
}

static const void *get_body(const void *handle, size_t *len)
{
    const void *body = NULL;

    atlas_webhook_response_body(handle, &body, len, NULL);
    return body;
}

static const void *get_key(const void *handle, size_t *len)
{
    return atlas_webhook_event_dedupe_key(handle, len);
}

static const void *get_details(const void *handle, size_t *len)
{
    return atlas_webhook_event_details(handle, len);
}

static void *get_slowly(void *argument)
{
    const struct getter *getter = argument;
    size_t len = 0;
    const void *found;

    stop_at_allocation = 1;
    found = getter->get(getter->handle, &len);
    /* The value was computed in this call, or there was no stop. */
    if (stop_at_allocation) return NULL;
    return (void *)found;
}

/* Ends the child: with success if the getter has a value, and free_all ends. */
static void end_child(const struct getter *getter, void (*free_all)(void))
{
    size_t len = 0;
    const void *found;

    signal(SIGALRM, SIG_DFL);
    alarm(CHILD_LIMIT);
    found = getter->get(getter->handle, &len);
    if (found == NULL || len == 0) _exit(1);
    free_all();
    _exit(0);
}

static atlas_webhook_request *request;
static atlas_webhook_response *response;
static atlas_webhook_event *event;

static void free_all(void)
{
    atlas_webhook_request_free(request);
    atlas_webhook_response_free(response);
    atlas_webhook_event_free(event);
}

/* The child of a fork does not wait for a thread that it does not have, and the parent does not wait either. */
static void check_getter(struct getter getter)
{
    pthread_t thread;
    pid_t child;
    int status = 0;
    size_t len = 0;
    void *slow = NULL;
    const void *found;
    char byte = 0;

    CHECK(pthread_create(&thread, NULL, get_slowly, &getter) == 0);
    CHECK(read(stopped[0], &byte, 1) == 1);
    child = fork();
    if (child == 0) end_child(&getter, free_all);
    CHECK(child > 0);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    if (check_failures > 0) exit(check_result());

    found = getter.get(getter.handle, &len);
    CHECK(found != NULL && len > 0);
    CHECK(write(released[1], &byte, 1) == 1);
    CHECK(pthread_join(thread, &slow) == 0);
    CHECK(slow == found);
    CHECK(getter.get(getter.handle, &len) == found);
}

static void make_handles(void)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n"
                                 "{\"status\":0}";
    static const char body[] = "{\"type\":\"order.ticketed\",\"data\":{\"orderNo\":\"A1\"}}";
    atlas_webhook_exchange *exchange = NULL;
    size_t len;

    request = new_request();
    CHECK_OK(atlas_webhook_exchange_new(request, &exchange, &error));
    atlas_webhook_exchange_to_send(exchange, &len);
    atlas_webhook_exchange_sent(exchange, len, NULL);
    CHECK_GIVES(ATLAS_WEBHOOK_DONE,
                atlas_webhook_exchange_received(exchange, answer, sizeof answer - 1, NULL, &error));
    CHECK_OK(atlas_webhook_exchange_take_response(exchange, &response, &error));
    atlas_webhook_exchange_free(exchange);
    CHECK_OK(atlas_webhook_event_parse(body, sizeof body - 1, &event, &error));
}

int main(void)
{
    CHECK(pipe(stopped) == 0 && pipe(released) == 0);
    make_handles();
    check_getter((struct getter){get_url, request});
    check_getter((struct getter){get_header, response});
    check_getter((struct getter){get_body, response});
    check_getter((struct getter){get_key, event});
    check_getter((struct getter){get_details, event});
    free_all();
    return check_result();
}
