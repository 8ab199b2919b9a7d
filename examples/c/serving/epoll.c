/* Receives deliveries on many connections in one thread, with epoll (Linux):
 *
 *     cc epoll.c $(pkg-config --cflags --libs atlas_webhook) -o serve_epoll
 *     ./serve_epoll 127.0.0.1:8080 https://example.com/atlas/8f3c FOLDER
 *
 * Copy it together with address.h and store.h, which it includes.
 *
 * The address is where a proxy that terminates TLS sends them, the URL the one that was registered. Each event
 * becomes a file in FOLDER before 200 is sent. A body that is not an event is kept there too. SIGTERM ends the
 * program in order. */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <atlas_webhook.h>

#include "address.h"
#include "store.h"

#define CONNECTIONS 4096 /* at most at once; more wait in the backlog */
#define DESCRIPTORS 16   /* for everything else, such as storing */
#define IDLE_MS 75000    /* without a request */
#define REQUEST_MS 10000 /* for a request, and for its response */
#define LINGER_MS 2000   /* for what a peer still sends at the end */

struct connection {
    int fd;
    int lingers;
    int was_idle;
    int wants; /* the events of epoll that are waited for */
    long long deadline;
    atlas_webhook_server *server;
    struct connection *previous, *next;
};

static int folder;
static atlas_webhook_receiver *receiver;
static int poller, listener, listens, stopping, count, most;
static struct connection all = {.previous = &all, .next = &all};

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void want(int operation, int fd, int events, void *data)
{
    struct epoll_event event = {.events = (unsigned)events, .data.ptr = data};
    epoll_ctl(poller, operation, fd, &event);
}

/* As many connections as the descriptors of the process permit, once it raised their limit. */
static int most_connections(void)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= CONNECTIONS + DESCRIPTORS) return CONNECTIONS;
    return limit.rlim_cur > DESCRIPTORS ? (int)limit.rlim_cur - DESCRIPTORS : 1;
}

/* Accepts connections up to the maximum, or none. */
static void accept_more(int wanted)
{
    wanted = wanted && !stopping && count < most;
    if (wanted != listens) want(EPOLL_CTL_MOD, listener, wanted ? EPOLLIN : 0, &listener);
    listens = wanted;
}

static void drop(struct connection *connection)
{
    atlas_webhook_error *error = NULL;
    if (atlas_webhook_server_rejection(connection->server, &error) < 0) {
        fprintf(stderr, "%u: %s\n", atlas_webhook_error_response_status(error),
                atlas_webhook_error_message(error, NULL));
        atlas_webhook_error_free(error);
    }
    atlas_webhook_server_free(connection->server);
    close(connection->fd);
    connection->previous->next = connection->next;
    connection->next->previous = connection->previous;
    free(connection);
    count--;
    accept_more(1);
}

/* Responds with 200 only once the event is stored. */
static void respond(struct connection *connection)
{
    atlas_webhook_event *event = NULL;
    atlas_webhook_error *error = NULL;
    unsigned status;

    if (atlas_webhook_server_take_event(connection->server, &event, &error) == ATLAS_WEBHOOK_OK) {
        status = store(folder, event) == 0 ? 200 : 503;
    } else {
        fprintf(stderr, "no event: %s\n", atlas_webhook_error_message(error, NULL));
        /* It came to the registered URL, so it is kept although it cannot be read. */
        status = keep(folder, connection->server) == 0 ? atlas_webhook_error_response_status(error) : 503;
    }
    atlas_webhook_server_respond(connection->server, status, NULL);
    atlas_webhook_event_free(event);
    atlas_webhook_error_free(error);
    connection->deadline = now_ms() + REQUEST_MS;
}

static void wait_for(struct connection *connection, int events)
{
    if (connection->wants != events) want(EPOLL_CTL_MOD, connection->fd, events, connection);
    connection->wants = events;
}

/* Moves bytes until more have to be waited for; 0 when the connection is over. It reads once, since another read
 * mostly finds nothing, and epoll reports what is left. */
static int serve(struct connection *connection)
{
    static char buffer[64 * 1024];
    atlas_webhook_server *server = connection->server;
    int has_read = 0;

    while (!connection->lingers) {
        const void *bytes;
        size_t len;
        ssize_t n;
        const int idle = atlas_webhook_server_idle(server);

        if (idle != connection->was_idle) {
            connection->was_idle = idle;
            connection->deadline = now_ms() + (idle ? IDLE_MS : REQUEST_MS);
        }
        switch (atlas_webhook_server_state(server)) {
        case ATLAS_WEBHOOK_WANT_RECEIVE:
            if (has_read) return wait_for(connection, EPOLLIN), 1;
            n = recv(connection->fd, buffer, sizeof buffer, 0);
            has_read = 1;
            if (n > 0) atlas_webhook_server_received(server, buffer, (size_t)n, NULL);
            else if (n == 0) atlas_webhook_server_received_eof(server, NULL);
            else if (errno == EAGAIN) return wait_for(connection, EPOLLIN), 1;
            else if (errno != EINTR) return 0;
            break;
        case ATLAS_WEBHOOK_WANT_RESPONSE:
            respond(connection);
            break;
        case ATLAS_WEBHOOK_WANT_SEND:
            bytes = atlas_webhook_server_to_send(server, &len);
            n = send(connection->fd, bytes, len, MSG_NOSIGNAL);
            if (n >= 0) atlas_webhook_server_sent(server, (size_t)n, NULL);
            else if (errno == EAGAIN) return wait_for(connection, EPOLLOUT), 1;
            else if (errno != EINTR) return 0;
            break;
        default:
            /* Closed at once, a peer that is still sending would lose the response. */
            shutdown(connection->fd, SHUT_WR);
            connection->lingers = 1;
            connection->deadline = now_ms() + LINGER_MS;
        }
    }
    for (;;) {
        const ssize_t n = recv(connection->fd, buffer, sizeof buffer, 0);
        if (n == 0) return 0;
        if (n < 0 && errno == EAGAIN) return wait_for(connection, EPOLLIN), 1;
        if (n < 0 && errno != EINTR) return 0;
    }
}

static void go_on(struct connection *connection)
{
    if (!serve(connection)) drop(connection);
}

static void accept_all(void)
{
    while (!stopping && count < most) {
        const int one = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        struct connection *connection;

        if (fd < 0) {
            /* Without a descriptor or memory it waits until a connection is closed, or for a second. */
            if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) accept_more(0);
            return;
        }
        connection = calloc(1, sizeof *connection);
        if (connection == NULL
            || atlas_webhook_server_new(receiver, &connection->server, NULL) != ATLAS_WEBHOOK_OK) {
            free(connection);
            close(fd);
            return;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        connection->fd = fd;
        connection->was_idle = 1;
        connection->deadline = now_ms() + IDLE_MS;
        connection->wants = EPOLLIN;
        connection->next = &all;
        connection->previous = all.previous;
        all.previous->next = connection;
        all.previous = connection;
        count++;
        want(EPOLL_CTL_ADD, fd, EPOLLIN, connection);
        go_on(connection);
    }
    accept_more(1);
}

/* Looks at every connection: once a second for its time, and once when the program stops. */
static void look_at_all(int closes)
{
    const long long now = now_ms();
    struct connection *connection, *next;

    for (connection = all.next; connection != &all; connection = next) {
        next = connection->next;
        if (closes) atlas_webhook_server_close(connection->server, NULL);
        if (now >= connection->deadline) {
            if (connection->lingers) {
                drop(connection);
                continue;
            }
            atlas_webhook_server_timed_out(connection->server, NULL);
            connection->deadline = now + REQUEST_MS;
            go_on(connection);
        } else if (closes) {
            go_on(connection);
        }
    }
}

static int listen_on(const char *address)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t len = sizeof name;
    const int one = 1;

    if (!read_address(address, &name)) return -1;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&name, sizeof name) != 0 || listen(listener, 1024) != 0
        || getsockname(listener, (struct sockaddr *)&name, &len) != 0)
        return -1;
    print_address(&name);
    return 0;
}

int main(int argc, char **argv)
{
    atlas_webhook_error *error = NULL;
    sigset_t signals;
    int signals_fd, i, n;
    long long looked = now_ms();

    if (argc != 4) {
        fprintf(stderr, "usage: %s ADDRESS URL FOLDER\n", argv[0]);
        return 2;
    }
    folder = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        perror(argv[3]);
        return 1;
    }
    if (atlas_webhook_receiver_new(argv[2], &receiver, &error) != ATLAS_WEBHOOK_OK) {
        fprintf(stderr, "%s\n", atlas_webhook_error_message(error, NULL));
        atlas_webhook_error_free(error);
        return 1;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signals_fd = signalfd(-1, &signals, SFD_CLOEXEC);
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (signals_fd < 0 || poller < 0 || listen_on(argv[1]) != 0) {
        perror("cannot listen");
        atlas_webhook_receiver_free(receiver);
        return 1;
    }
    listens = 1;
    most = most_connections();
    want(EPOLL_CTL_ADD, listener, EPOLLIN, &listener);
    want(EPOLL_CTL_ADD, signals_fd, EPOLLIN, &stopping);

    while (!stopping || count > 0) {
        struct epoll_event events[256];

        n = epoll_wait(poller, events, 256, count > 0 || !listens ? 1000 : -1);
        for (i = 0; i < n; i++) {
            if (events[i].data.ptr == &listener) {
                accept_all();
            } else if (events[i].data.ptr == &stopping) {
                stopping = 1;
                epoll_ctl(poller, EPOLL_CTL_DEL, signals_fd, NULL);
                close(listener);
            } else {
                go_on(events[i].data.ptr);
            }
        }
        if (stopping == 1) {
            stopping = 2;
            look_at_all(1);
        } else if (now_ms() - looked >= 1000) {
            looked = now_ms();
            look_at_all(0);
            accept_more(1);
        }
    }
    close(signals_fd);
    close(poller);
    atlas_webhook_receiver_free(receiver);
    close(folder);
    printf("stopped\n");
    return 0;
}
