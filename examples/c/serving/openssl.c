/* Receives deliveries over TLS by OpenSSL, a thread for each connection:
 *
 *     cc openssl.c $(pkg-config --cflags --libs atlas_webhook openssl) -pthread -o serve_openssl
 *     ./serve_openssl CERTIFICATE KEY 0.0.0.0:8443 https://example.com/atlas/8f3c FOLDER
 *
 * Copy it together with address.h and store.h, which it includes.
 *
 * CERTIFICATE and KEY are PEM files, the first with its chain. The URL is the one that was registered. Each event
 * becomes a file in FOLDER before 200 is sent. A body that is not an event is kept there too. SIGTERM ends the
 * program in order. */

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <atlas_webhook.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "address.h"
#include "store.h"

#define CONNECTIONS 256  /* at once; more wait in the backlog */
#define IDLE_MS 75000    /* without a request */
#define REQUEST_MS 10000 /* for the handshake, for a request, and for its response */
#define LINGER_MS 2000   /* for what a peer still sends at the end */
#define PAUSE_MS 200     /* after a connection that could not be accepted */

static int folder;
static atlas_webhook_receiver *receiver;
static SSL_CTX *context;
static int stop; /* readable once the program stops */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t freed = PTHREAD_COND_INITIALIZER;
static int count;

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Waits for what TLS wants of the socket: 1 when it is there, 0 when time is over, -1 when the program stops (if
 * that is looked at) or the connection failed permanently. */
static int wait_for(SSL *ssl, int result, long long deadline, int *stopping)
{
    const int error = SSL_get_error(ssl, result);
    struct pollfd waits[2] = {{SSL_get_fd(ssl), 0, 0}, {stop, POLLIN, 0}};
    const long long left = deadline - now_ms();

    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) return -1;
    waits[0].events = error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    if (left <= 0) return 0;
    if (poll(waits, *stopping ? 1 : 2, (int)left) < 0 && errno != EINTR) return -1;
    if (!*stopping && waits[1].revents != 0) *stopping = 1;
    return 1;
}

/* Responds with 200 only once the event is stored. */
static void respond(atlas_webhook_server *server)
{
    atlas_webhook_event *event = NULL;
    atlas_webhook_error *error = NULL;
    unsigned status;

    if (atlas_webhook_server_take_event(server, &event, &error) == ATLAS_WEBHOOK_OK) {
        status = store(folder, event) == 0 ? 200 : 503;
    } else {
        fprintf(stderr, "no event: %s\n", atlas_webhook_error_message(error, NULL));
        /* It came to the registered URL, so it is kept although it cannot be read. */
        status = keep(folder, server) == 0 ? atlas_webhook_error_response_status(error) : 503;
    }
    atlas_webhook_server_respond(server, status, NULL);
    atlas_webhook_event_free(event);
    atlas_webhook_error_free(error);
}

/* Serves a connection to its end; 0 if it is to be closed in stages, -1 if it is lost. */
static int serve(SSL *ssl, atlas_webhook_server *server)
{
    long long deadline = now_ms() + REQUEST_MS;
    int stopping = 0, closed = 0, was_idle = -1, n;
    char buffer[16 * 1024];

    while ((n = SSL_accept(ssl)) != 1)
        if (wait_for(ssl, n, deadline, &stopping) <= 0) return -1;
    for (;;) {
        const int idle = atlas_webhook_server_idle(server);
        const void *bytes;
        size_t len;

        if (stopping && !closed) {
            closed = 1;
            atlas_webhook_server_close(server, NULL);
        }
        if (idle != was_idle) deadline = now_ms() + (idle ? IDLE_MS : REQUEST_MS);
        was_idle = idle;
        switch (atlas_webhook_server_state(server)) {
        case ATLAS_WEBHOOK_WANT_RECEIVE:
            n = SSL_read(ssl, buffer, sizeof buffer);
            if (n > 0) {
                atlas_webhook_server_received(server, buffer, (size_t)n, NULL);
                continue;
            }
            /* Only a close_notify is an end. Without one the connection was cut. */
            if (SSL_get_error(ssl, n) == SSL_ERROR_ZERO_RETURN) {
                atlas_webhook_server_received_eof(server, NULL);
                continue;
            }
            break;
        case ATLAS_WEBHOOK_WANT_RESPONSE:
            respond(server);
            deadline = now_ms() + REQUEST_MS;
            continue;
        case ATLAS_WEBHOOK_WANT_SEND:
            bytes = atlas_webhook_server_to_send(server, &len);
            n = SSL_write(ssl, bytes, (int)len);
            if (n > 0) {
                atlas_webhook_server_sent(server, (size_t)n, NULL);
                continue;
            }
            break;
        default:
            return 0;
        }
        n = wait_for(ssl, n, deadline, &stopping);
        if (n < 0) return -1;
        if (n == 0) {
            atlas_webhook_server_timed_out(server, NULL);
            deadline = now_ms() + REQUEST_MS;
        }
    }
}

/* Closed at once, a peer that is still sending would lose the response. */
static void linger(SSL *ssl)
{
    const long long deadline = now_ms() + LINGER_MS;
    struct pollfd waits = {SSL_get_fd(ssl), POLLIN, 0};
    char buffer[16 * 1024];

    SSL_shutdown(ssl);
    shutdown(waits.fd, SHUT_WR);
    for (;;) {
        const long long left = deadline - now_ms();
        const ssize_t n = recv(waits.fd, buffer, sizeof buffer, 0);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || left <= 0) return;
        if (n < 0) poll(&waits, 1, (int)left);
    }
}

static void *connection(void *data)
{
    SSL *ssl = data;
    const int fd = SSL_get_fd(ssl);
    atlas_webhook_server *server = NULL;
    atlas_webhook_error *error = NULL;

    if (atlas_webhook_server_new(receiver, &server, NULL) == ATLAS_WEBHOOK_OK && serve(ssl, server) == 0)
        linger(ssl);
    if (atlas_webhook_server_rejection(server, &error) < 0 && server != NULL)
        fprintf(stderr, "%u: %s\n", atlas_webhook_error_response_status(error),
                atlas_webhook_error_message(error, NULL));
    atlas_webhook_error_free(error);
    atlas_webhook_server_free(server);
    SSL_free(ssl);
    close(fd);
    ERR_clear_error();
    pthread_mutex_lock(&mutex);
    count--;
    pthread_cond_signal(&freed);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

/* Waits until there are at most so many connections. */
static void wait_until(int most)
{
    pthread_mutex_lock(&mutex);
    while (count > most) pthread_cond_wait(&freed, &mutex);
    pthread_mutex_unlock(&mutex);
}

static void start(int fd)
{
    const int one = 1;
    SSL *ssl = SSL_new(context);
    pthread_attr_t attributes;
    pthread_t thread;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_mutex_lock(&mutex);
    if (ssl != NULL && SSL_set_fd(ssl, fd) == 1 && pthread_create(&thread, &attributes, connection, ssl) == 0) {
        count++;
    } else {
        SSL_free(ssl);
        close(fd);
    }
    pthread_mutex_unlock(&mutex);
    pthread_attr_destroy(&attributes);
}

static int listen_on(const char *address)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t len = sizeof name;
    const int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (!read_address(address, &name)) return -1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&name, sizeof name) != 0 || listen(listener, 1024) != 0
        || getsockname(listener, (struct sockaddr *)&name, &len) != 0)
        return -1;
    print_address(&name);
    return listener;
}

int main(int argc, char **argv)
{
    atlas_webhook_error *error = NULL;
    struct pollfd waits[2];
    sigset_t signals;
    int signals_fd;

    if (argc != 6) {
        fprintf(stderr, "usage: %s CERTIFICATE KEY ADDRESS URL FOLDER\n", argv[0]);
        return 2;
    }
    folder = open(argv[5], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) {
        perror(argv[5]);
        return 1;
    }
    if (atlas_webhook_receiver_new(argv[4], &receiver, &error) != ATLAS_WEBHOOK_OK) {
        fprintf(stderr, "%s\n", atlas_webhook_error_message(error, NULL));
        atlas_webhook_error_free(error);
        return 1;
    }
    /* OpenSSL writes without MSG_NOSIGNAL. */
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    signals_fd = signalfd(-1, &signals, SFD_CLOEXEC);
    stop = eventfd(0, EFD_CLOEXEC);
    context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_use_certificate_chain_file(context, argv[1]) != 1
        || SSL_CTX_use_PrivateKey_file(context, argv[2], SSL_FILETYPE_PEM) != 1) {
        ERR_print_errors_fp(stderr);
        return 1;
    }
    waits[0] = (struct pollfd){listen_on(argv[3]), POLLIN, 0};
    waits[1] = (struct pollfd){signals_fd, POLLIN, 0};
    if (waits[0].fd < 0) {
        perror("cannot listen");
        return 1;
    }
    while (poll(waits, 2, -1) < 0 || waits[1].revents == 0) {
        const int fd = waits[0].revents != 0 ? accept4(waits[0].fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) : -1;
        if (fd >= 0) start(fd);
        /* No descriptor is free, or the peer is gone already. */
        else if (waits[0].revents != 0) poll(&waits[1], 1, PAUSE_MS);
        wait_until(CONNECTIONS - 1);
    }
    close(waits[0].fd);
    eventfd_write(stop, 1);
    wait_until(0);
    close(stop);
    close(signals_fd);
    SSL_CTX_free(context);
    atlas_webhook_receiver_free(receiver);
    close(folder);
    printf("stopped\n");
    return 0;
}
