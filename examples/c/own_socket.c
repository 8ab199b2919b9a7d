/* Registers a webhook over a non-blocking socket of its own, with poll():
 *
 *     cc own_socket.c $(pkg-config --cflags --libs atlas_webhook) -o own_socket
 *     ./own_socket http://127.0.0.1:8080 https://example.com/atlas/t0ken XXXXXXXX
 *
 * For https endpoints see own_tls.c. */

#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <atlas_webhook.h>

#define TIMEOUT_MS 15000 /* for everything except name resolution */

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

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Waits for one of the events. Returns those that came, or -1 with errno. */
static int wait_for(int fd, short events, long long deadline)
{
    for (;;) {
        const long long left = deadline - now_ms();
        struct pollfd ready = {0};

        ready.fd = fd;
        ready.events = events;
        switch (left > 0 ? poll(&ready, 1, (int)left) : 0) {
        case 0:
            errno = ETIMEDOUT;
            return -1;
        case 1:
            return ready.revents;
        default:
            if (errno != EINTR) return -1;
        }
    }
}

/* Connects to one address, whose share of the time is at most 5 s. A non-blocking socket, or -1. */
static int connect_to(const struct addrinfo *address, long long deadline)
{
    const long long end = now_ms() + 5000;
    const int fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    int failure = 0;
    socklen_t len = sizeof failure;

    if (fd < 0) return -1;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    if (connect(fd, address->ai_addr, address->ai_addrlen) == 0) return fd;
    if (errno == EINPROGRESS && wait_for(fd, POLLOUT, end < deadline ? end : deadline) > 0
        && getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &len) == 0 && failure == 0)
        return fd;
    close(fd);
    return -1;
}

/* Connects to the first address of the host that accepts. */
static int connect_to_host(const atlas_webhook_request *request, long long deadline)
{
    struct addrinfo hints = {0}, *addresses, *address;
    char port[6];
    int fd = -1;

    hints.ai_socktype = SOCK_STREAM;
    snprintf(port, sizeof port, "%u", atlas_webhook_request_port(request));
    if (getaddrinfo(atlas_webhook_request_host(request, NULL), port, &hints, &addresses) != 0)
        return -1;
    for (address = addresses; address != NULL && fd < 0; address = address->ai_next)
        fd = connect_to(address, deadline);
    freeaddrinfo(addresses);
    return fd;
}

/* Moves bytes until the exchange is over. Returns 0, or -1 with errno if the socket failed. */
static int run(int fd, atlas_webhook_exchange *exchange, long long deadline)
{
    for (;;) {
        const atlas_webhook_status status = atlas_webhook_exchange_state(exchange);
        char buffer[4096];
        const void *bytes;
        size_t len;
        ssize_t n;
        int ready;

        if (status != ATLAS_WEBHOOK_WANT_SEND && status != ATLAS_WEBHOOK_WANT_RECEIVE) return 0;

        /* A response may come early, so reading is always of interest. */
        ready = wait_for(fd, status == ATLAS_WEBHOOK_WANT_SEND ? POLLIN | POLLOUT : POLLIN, deadline);
        if (ready < 0) return -1;
        if (ready & ~POLLOUT) {
            n = recv(fd, buffer, sizeof buffer, 0);
            if (n > 0) atlas_webhook_exchange_received(exchange, buffer, (size_t)n, NULL, NULL);
            else if (n == 0) atlas_webhook_exchange_received_eof(exchange, NULL);
        } else {
            bytes = atlas_webhook_exchange_to_send(exchange, &len);
            n = send(fd, bytes, len, MSG_NOSIGNAL);
            if (n >= 0) atlas_webhook_exchange_sent(exchange, (size_t)n, NULL);
        }
        if (n < 0 && errno != EAGAIN && errno != EINTR) return -1;
    }
}

int main(int argc, char **argv)
{
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *request = NULL;
    atlas_webhook_exchange *exchange = NULL;
    atlas_webhook_reply *reply = NULL;
    atlas_webhook_error *error = NULL;
    const long long deadline = now_ms() + TIMEOUT_MS;
    int fd = -1, result = 1;

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: %s ENDPOINT URL [CID]\n", argv[0]);
        return 2;
    }
    if (atlas_webhook_endpoint_new(argv[1], &endpoint, &error) != ATLAS_WEBHOOK_OK
        || atlas_webhook_request_new_registration(endpoint, argv[2], argv[3], &request, &error)
               != ATLAS_WEBHOOK_OK
        || atlas_webhook_exchange_new(request, &exchange, &error) != ATLAS_WEBHOOK_OK) {
        print_error(error);
    } else if (atlas_webhook_request_is_tls(request)) {
        fprintf(stderr, "this program speaks http only; own_tls speaks https\n");
    } else if ((fd = connect_to_host(request, deadline)) < 0 || run(fd, exchange, deadline) != 0) {
        fprintf(stderr, "not registered: %s\n", fd < 0 ? "no connection" : strerror(errno));
    } else if (atlas_webhook_exchange_take_reply(exchange, &reply, &error) != ATLAS_WEBHOOK_OK) {
        print_error(error);
    } else {
        printf("registered: HTTP status %u\n", atlas_webhook_reply_http_status(reply));
        result = 0;
    }
    if (fd >= 0) close(fd);
    atlas_webhook_error_free(error);
    atlas_webhook_reply_free(reply);
    atlas_webhook_exchange_free(exchange);
    atlas_webhook_request_free(request);
    atlas_webhook_endpoint_free(endpoint);
    return result;
}
