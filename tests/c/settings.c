/* Each setting by its effect: the limits of an endpoint, and the settings of the transport. */

#define _POSIX_C_SOURCE 200809L

#include <signal.h>

#include "check.h"
#include "listener.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const yes[] = {LISTENER_YES};

/* The state after a response if this limit has this value and all others have their defaults. */
static atlas_webhook_status limited(uint32_t which, uint64_t value, const char *response)
{
    atlas_webhook_endpoint *endpoint = new_endpoint();
    atlas_webhook_request *request = NULL;
    atlas_webhook_exchange *exchange = NULL;
    atlas_webhook_status status;
    size_t len = 0;

    CHECK_OK(atlas_webhook_endpoint_set_limit(endpoint, which, value, &error));
    CHECK_OK(atlas_webhook_request_new_registration(endpoint, WEBHOOK, NULL, &request, &error));
    CHECK_OK(atlas_webhook_exchange_new(request, &exchange, &error));
    atlas_webhook_exchange_to_send(exchange, &len);
    CHECK_GIVES(ATLAS_WEBHOOK_WANT_RECEIVE, atlas_webhook_exchange_sent(exchange, len, &error));
    status = atlas_webhook_exchange_received(exchange, response, strlen(response), NULL, NULL);
    atlas_webhook_exchange_free(exchange);
    atlas_webhook_request_free(request);
    atlas_webhook_endpoint_free(endpoint);
    return status;
}

static void each_limit_bounds_what_it_names(void)
{
    static const struct {
        uint32_t which;
        uint64_t enough;
        uint64_t too_little;
        const char *response;
    } limits[] = {
        {ATLAS_WEBHOOK_LIMIT_HEAD, 60, 30,
         "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"status\":0}"},
        {ATLAS_WEBHOOK_LIMIT_FIELDS, 3, 2,
         "HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\nContent-Length: 12\r\n\r\n{\"status\":0}"},
        {ATLAS_WEBHOOK_LIMIT_INTERIM, 2, 1,
         "HTTP/1.1 103 x\r\n\r\nHTTP/1.1 103 x\r\n\r\n"
         "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"status\":0}"},
        {ATLAS_WEBHOOK_LIMIT_BODY, 12, 11,
         "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"status\":0}"},
        {ATLAS_WEBHOOK_LIMIT_CHUNK_OVERHEAD, 100, 20,
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
         "c;extension=a-long-one-of-many-bytes\r\n{\"status\":0}\r\n0\r\n\r\n"},
    };
    size_t i;

    for (i = 0; i < COUNT(limits); i++) {
        const char *response = limits[i].response;

        CHECK(limited(limits[i].which, limits[i].enough, response) == ATLAS_WEBHOOK_DONE);
        CHECK(limited(limits[i].which, limits[i].too_little, response) == ATLAS_WEBHOOK_ERR_LIMIT);
    }
}

static atlas_webhook_transport *new_transport(void)
{
    atlas_webhook_transport *transport = NULL;

    CHECK_OK(atlas_webhook_transport_new(&transport, &error));
    CHECK_OK(atlas_webhook_transport_set_timeout_ms(transport, 60000, &error));
    return transport;
}

/* How a send to this port ends, and after how many attempts. */
static atlas_webhook_status send_to(const atlas_webhook_transport *transport, unsigned port,
                                    uint32_t *attempts)
{
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *request = NULL;
    atlas_webhook_reply *reply = NULL;
    atlas_webhook_error *error = NULL;
    atlas_webhook_status status;
    char base_url[64];

    snprintf(base_url, sizeof base_url, "http://127.0.0.1:%u", port);
    CHECK_OK(atlas_webhook_endpoint_new(base_url, &endpoint, &error));
    CHECK_OK(atlas_webhook_request_new_registration(endpoint, WEBHOOK, NULL, &request, &error));
    status = atlas_webhook_transport_send(transport, request, NULL, &reply, &error);
    if (attempts != NULL) {
        *attempts = status == ATLAS_WEBHOOK_OK ? atlas_webhook_reply_attempts(reply)
                                               : atlas_webhook_error_attempts(error);
    }
    atlas_webhook_error_free(error);
    atlas_webhook_reply_free(reply);
    atlas_webhook_request_free(request);
    atlas_webhook_endpoint_free(endpoint);
    return status;
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Far from the defaults of 15 s and of 5 s. */
#define SOON 4.0

static void the_timeout_ends_a_send(void)
{
    atlas_webhook_transport *transport = new_transport();
    unsigned port = 0;
    /* The system accepts connections, and the program never reads from them. */
    int silent = listener_bind(&port);
    double start;

    CHECK(silent >= 0 && listen(silent, 8) == 0);
    CHECK_OK(atlas_webhook_transport_set_connect_timeout_ms(transport, 60000, &error));
    CHECK_OK(atlas_webhook_transport_set_timeout_ms(transport, 500, &error));
    start = now();
    CHECK(send_to(transport, port, NULL) == ATLAS_WEBHOOK_ERR_TIMEOUT);
    CHECK(now() - start >= 0.45 && now() - start < SOON);
    atlas_webhook_transport_free(transport);
    close(silent);
}

static void a_timeout_within_the_body_has_the_part_that_was_received(void)
{
    static const char *const half[] = {LISTENER_HALF};
    atlas_webhook_transport *transport = new_transport();
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *request = NULL;
    atlas_webhook_reply *reply = NULL;
    atlas_webhook_error *error = NULL;
    struct listener server;
    const void *text;
    size_t len = 0;
    char base_url[64];

    CHECK(listener_start(&server, half, COUNT(half), 0));
    snprintf(base_url, sizeof base_url, "http://127.0.0.1:%u", server.port);
    CHECK_OK(atlas_webhook_endpoint_new(base_url, &endpoint, &error));
    CHECK_OK(atlas_webhook_request_new_registration(endpoint, WEBHOOK, NULL, &request, &error));
    /* A loaded machine too reads the head within this time. */
    CHECK_OK(atlas_webhook_transport_set_timeout_ms(transport, 3000, &error));
    CHECK(atlas_webhook_transport_send(transport, request, NULL, &reply, &error)
          == ATLAS_WEBHOOK_ERR_TIMEOUT);
    CHECK(atlas_webhook_error_http_status(error) == 200);
    text = atlas_webhook_error_response_field_lines(error, &len);
    CHECK(len == 20 && memcmp(text, "Content-Length: 12\r\n", len) == 0);
    text = atlas_webhook_error_response_body(error, &len);
    CHECK(len == 6 && memcmp(text, "{\"stat", len) == 0);
    atlas_webhook_error_free(error);
    atlas_webhook_request_free(request);
    atlas_webhook_endpoint_free(endpoint);
    atlas_webhook_transport_free(transport);
    listener_stop(&server);
}

static void the_connect_timeout_ends_connecting(void)
{
    atlas_webhook_transport *transport = new_transport();
    struct sockaddr_in address;
    unsigned port = 0;
    int stuck = listener_bind(&port), queue[8];
    double start;
    size_t i;

    CHECK(stuck >= 0 && listen(stuck, 0) == 0);
    address = listener_address(port);
    /* A full queue: further connections are neither made nor refused. */
    for (i = 0; i < COUNT(queue); i++) {
        queue[i] = socket(AF_INET, SOCK_STREAM, 0);
        CHECK(fcntl(queue[i], F_SETFL, O_NONBLOCK) == 0);
        (void)connect(queue[i], (struct sockaddr *)&address, sizeof address);
    }
    CHECK_OK(atlas_webhook_transport_set_connect_timeout_ms(transport, 500, &error));
    start = now();
    CHECK(send_to(transport, port, NULL) == ATLAS_WEBHOOK_ERR_TIMEOUT);
    CHECK(now() - start >= 0.45 && now() - start < SOON);
    for (i = 0; i < COUNT(queue); i++) close(queue[i]);
    close(stuck);
    atlas_webhook_transport_free(transport);
}

static void the_connect_timeout_does_not_end_a_response(void)
{
    atlas_webhook_transport *transport = new_transport();
    struct listener slow;

    CHECK(listener_start(&slow, yes, COUNT(yes), 1600));
    CHECK_OK(atlas_webhook_transport_set_connect_timeout_ms(transport, 1000, &error));
    CHECK(send_to(transport, slow.port, NULL) == ATLAS_WEBHOOK_OK);
    atlas_webhook_transport_free(transport);
    listener_stop(&slow);
}

static void retries_are_made_and_counted(void)
{
    static const char *const then_yes[] = {LISTENER_BUSY, LISTENER_YES};
    static const char *const busy[] = {LISTENER_BUSY};
    atlas_webhook_transport *transport = new_transport();
    struct listener server;
    uint32_t attempts = 0;

    CHECK(listener_start(&server, busy, COUNT(busy), 0));
    CHECK(send_to(transport, server.port, &attempts) == ATLAS_WEBHOOK_ERR_SERVER_ERROR);
    CHECK(attempts == 1);
    CHECK_OK(atlas_webhook_transport_set_retries(transport, 1, &error));
    CHECK(send_to(transport, server.port, &attempts) == ATLAS_WEBHOOK_ERR_SERVER_ERROR);
    CHECK(attempts == 2);
    atlas_webhook_transport_close_idle(transport);
    listener_stop(&server);
    CHECK(server.requests == 3);

    CHECK(listener_start(&server, then_yes, COUNT(then_yes), 0));
    CHECK(send_to(transport, server.port, &attempts) == ATLAS_WEBHOOK_OK);
    CHECK(attempts == 2);
    atlas_webhook_transport_free(transport);
    listener_stop(&server);
    CHECK(server.requests == 2);
}

static void handle_nothing(int number)
{
    (void)number;
}

/* Sends signals to a thread while a response takes 600 ms. */
static void *interrupt(void *argument)
{
    struct timespec pause = {0, 50000000};
    int i;

    for (i = 0; i < 8; i++) {
        nanosleep(&pause, NULL);
        pthread_kill(*(pthread_t *)argument, SIGUSR1);
    }
    return NULL;
}

static void a_signal_does_not_end_a_send(void)
{
    atlas_webhook_transport *transport = new_transport();
    pthread_t sending = pthread_self(), interrupting;
    struct sigaction action;
    struct listener slow;

    memset(&action, 0, sizeof action);
    /* Without SA_RESTART: a system call that is interrupted fails. */
    action.sa_handler = handle_nothing;
    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    CHECK(listener_start(&slow, yes, COUNT(yes), 600));
    CHECK(pthread_create(&interrupting, NULL, interrupt, &sending) == 0);
    CHECK(send_to(transport, slow.port, NULL) == ATLAS_WEBHOOK_OK);
    CHECK(pthread_join(interrupting, NULL) == 0);
    atlas_webhook_transport_free(transport);
    listener_stop(&slow);
}

static void a_proxy_is_used_until_it_is_removed(void)
{
    atlas_webhook_transport *transport = new_transport();
    struct listener server;
    unsigned port = 0;
    /* Nobody listens there. */
    int refusing = listener_bind(&port);
    char proxy[64];

    CHECK(refusing >= 0);
    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%u", port);
    CHECK(listener_start(&server, yes, COUNT(yes), 0));
    CHECK(send_to(transport, server.port, NULL) == ATLAS_WEBHOOK_OK);
    CHECK_OK(atlas_webhook_transport_set_proxy(transport, proxy, &error));
    CHECK(send_to(transport, server.port, NULL) == ATLAS_WEBHOOK_ERR_PROXY);
    CHECK_OK(atlas_webhook_transport_set_proxy(transport, NULL, &error));
    CHECK(send_to(transport, server.port, NULL) == ATLAS_WEBHOOK_OK);

    CHECK(setenv("http_proxy", proxy, 1) == 0 && unsetenv("no_proxy") == 0);
    CHECK(unsetenv("NO_PROXY") == 0);
    CHECK(send_to(transport, server.port, NULL) == ATLAS_WEBHOOK_OK);
    CHECK_OK(atlas_webhook_transport_use_env_proxy(transport, &error));
    CHECK(send_to(transport, server.port, NULL) == ATLAS_WEBHOOK_ERR_PROXY);
    CHECK(unsetenv("http_proxy") == 0);
    atlas_webhook_transport_free(transport);
    listener_stop(&server);
    CHECK(server.requests == 3);
    close(refusing);
}

static void close_idle_closes_the_kept_connection(void)
{
    atlas_webhook_transport *transport = new_transport();
    struct listener server;

    CHECK(listener_start(&server, yes, COUNT(yes), 0));
    CHECK(send_to(transport, server.port, NULL) == ATLAS_WEBHOOK_OK);
    CHECK(send_to(transport, server.port, NULL) == ATLAS_WEBHOOK_OK);
    atlas_webhook_transport_close_idle(transport);
    CHECK(send_to(transport, server.port, NULL) == ATLAS_WEBHOOK_OK);
    atlas_webhook_transport_free(transport);
    listener_stop(&server);
    CHECK(server.connections == 2 && server.requests == 3);
}

int main(void)
{
    each_limit_bounds_what_it_names();
    if (atlas_webhook_features() & ATLAS_WEBHOOK_FEATURE_TRANSPORT) {
        the_timeout_ends_a_send();
        a_timeout_within_the_body_has_the_part_that_was_received();
        the_connect_timeout_ends_connecting();
        the_connect_timeout_does_not_end_a_response();
        a_signal_does_not_end_a_send();
        retries_are_made_and_counted();
        a_proxy_is_used_until_it_is_removed();
        close_idle_closes_the_kept_connection();
    }
    return check_result();
}
