/* Registers three webhooks at once, each over a socket of its own, in one thread and one epoll loop (Linux):
 * `concurrent BASE_URL`. The server may wait for all three requests before it responds to the first. */

#define _GNU_SOURCE

#include <errno.h>
#include <netdb.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../check.h"

enum { REGISTRATIONS = 3, WAIT_MS = 20000 };

struct registration {
    int fd;
    atlas_webhook_exchange *exchange;
};

static const char *const urls[REGISTRATIONS] = {
    "https://example.com/atlas/0-3f1c",
    "https://example.com/atlas/1-8a90",
    "https://example.com/atlas/2-d27e",
};

/* A non-blocking socket that is connecting, or -1. */
static int start_connecting(const atlas_webhook_request *request)
{
    struct addrinfo hints = {0}, *addresses = NULL;
    char port[6];
    int fd;

    hints.ai_socktype = SOCK_STREAM;
    snprintf(port, sizeof port, "%u", atlas_webhook_request_port(request));
    if (getaddrinfo(atlas_webhook_request_host(request, NULL), port, &hints, &addresses) != 0) return -1;
    fd = socket(addresses->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, addresses->ai_addr, addresses->ai_addrlen) != 0 && errno != EINPROGRESS) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(addresses);
    return fd;
}

/* What to wait for. A response may come early, so reading is always of interest. */
static uint32_t wanted(const atlas_webhook_exchange *exchange)
{
    return atlas_webhook_exchange_state(exchange) == ATLAS_WEBHOOK_WANT_SEND ? EPOLLIN | EPOLLOUT : EPOLLIN;
}

static int is_over(const atlas_webhook_exchange *exchange)
{
    const atlas_webhook_status state = atlas_webhook_exchange_state(exchange);

    return state != ATLAS_WEBHOOK_WANT_SEND && state != ATLAS_WEBHOOK_WANT_RECEIVE;
}

/* Moves what the socket allows, once; 0, or -1 if the socket failed. */
static int move_bytes(const struct registration *registration, uint32_t events)
{
    char buffer[4096];
    const void *bytes;
    size_t len;
    ssize_t n;

    if (events & ~(uint32_t)EPOLLOUT) {
        n = recv(registration->fd, buffer, sizeof buffer, 0);
        if (n > 0) atlas_webhook_exchange_received(registration->exchange, buffer, (size_t)n, NULL, NULL);
        else if (n == 0) atlas_webhook_exchange_received_eof(registration->exchange, NULL);
    } else {
        bytes = atlas_webhook_exchange_to_send(registration->exchange, &len);
        n = send(registration->fd, bytes, len, MSG_NOSIGNAL);
        if (n >= 0) atlas_webhook_exchange_sent(registration->exchange, (size_t)n, NULL);
    }
    return n < 0 && errno != EAGAIN && errno != EINTR ? -1 : 0;
}

static void start(struct registration *registration, const atlas_webhook_endpoint *endpoint, const char *url,
                  int poller)
{
    atlas_webhook_request *request = NULL;
    struct epoll_event event = {0};

    CHECK_OK(atlas_webhook_request_new_registration(endpoint, url, NULL, &request, &error));
    CHECK_OK(atlas_webhook_exchange_new(request, &registration->exchange, &error));
    registration->fd = start_connecting(request);
    atlas_webhook_request_free(request);
    event.events = wanted(registration->exchange);
    event.data.ptr = registration;
    CHECK(epoll_ctl(poller, EPOLL_CTL_ADD, registration->fd, &event) == 0);
}

/* Waits for the sockets until no exchange is left, or nothing happens for too long. */
static void run(int poller, int left)
{
    while (left > 0) {
        struct epoll_event events[REGISTRATIONS];
        int i, count = epoll_wait(poller, events, REGISTRATIONS, WAIT_MS);

        if (count < 0 && errno == EINTR) continue;
        CHECK(count > 0);
        if (count <= 0) return;
        for (i = 0; i < count; i++) {
            struct registration *registration = events[i].data.ptr;
            const int failed = move_bytes(registration, events[i].events);

            CHECK(failed == 0);
            if (failed || is_over(registration->exchange)) {
                epoll_ctl(poller, EPOLL_CTL_DEL, registration->fd, NULL);
                left--;
                continue;
            }
            events[i].events = wanted(registration->exchange);
            epoll_ctl(poller, EPOLL_CTL_MOD, registration->fd, &events[i]);
        }
    }
}

int main(int argc, char **argv)
{
    struct registration registrations[REGISTRATIONS] = {{0, NULL}};
    atlas_webhook_endpoint *endpoint = NULL;
    int poller = epoll_create1(EPOLL_CLOEXEC), i;

    if (argc != 2) {
        fprintf(stderr, "usage: %s BASE_URL\n", argv[0]);
        return 2;
    }
    CHECK(poller >= 0);
    CHECK_OK(atlas_webhook_endpoint_new(argv[1], &endpoint, &error));
    for (i = 0; i < REGISTRATIONS; i++) start(&registrations[i], endpoint, urls[i], poller);
    atlas_webhook_endpoint_free(endpoint);
    run(poller, REGISTRATIONS);
    for (i = 0; i < REGISTRATIONS; i++) {
        atlas_webhook_reply *reply = NULL;

        CHECK_OK(atlas_webhook_exchange_take_reply(registrations[i].exchange, &reply, &error));
        /* The server repeats the URL, so a mix-up of the exchanges would be seen. */
        CHECK_TEXT(atlas_webhook_reply_message(reply, NULL), urls[i]);
        atlas_webhook_reply_free(reply);
        atlas_webhook_exchange_free(registrations[i].exchange);
        close(registrations[i].fd);
    }
    close(poller);
    return check_result();
}
