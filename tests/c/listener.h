/* Servers on this machine that see what a setting of the transport does. For C and for C++. */

#ifndef LISTENER_H
#define LISTENER_H

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LISTENER_YES "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"status\":0}"
/* A response whose body is not complete. */
#define LISTENER_HALF "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"stat"
#define LISTENER_BUSY "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"

/* It serves one connection at a time, and keeps it until the client closes it. */
struct listener {
    int socket;
    unsigned port;
    /* Response number i is for request number i, and the last one for all later requests. */
    const char *const *responses;
    size_t response_count;
    unsigned delay_ms;
    pthread_t thread;
    /* Only valid after listener_stop. */
    size_t connections;
    size_t requests;
};

static inline struct sockaddr_in listener_address(unsigned port)
{
    struct sockaddr_in address;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons((unsigned short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* A socket with a port of its own, on which nobody listens yet. Returns -1 on failure. */
static inline int listener_bind(unsigned *port)
{
    struct sockaddr_in address = listener_address(0);
    socklen_t len = sizeof address;
    int bound = socket(AF_INET, SOCK_STREAM, 0);

    if (bind(bound, (struct sockaddr *)&address, len) != 0) return -1;
    if (getsockname(bound, (struct sockaddr *)&address, &len) != 0) return -1;
    *port = ntohs(address.sin_port);
    return bound;
}

/* Reads a request, whose last byte is the brace of its body. Returns 0 at the end of the connection. */
static inline int listener_read_request(int connection)
{
    char buffer[4096];
    ssize_t n;

    while ((n = recv(connection, buffer, sizeof buffer, 0)) > 0) {
        if (buffer[n - 1] == '}') return 1;
    }
    return 0;
}

static inline void *listener_serve(void *argument)
{
    struct listener *self = (struct listener *)argument;
    struct timespec delay;
    int connection;

    delay.tv_sec = self->delay_ms / 1000;
    delay.tv_nsec = (long)(self->delay_ms % 1000) * 1000000;
    while ((connection = accept(self->socket, NULL, NULL)) >= 0) {
        self->connections++;
        while (listener_read_request(connection)) {
            const size_t last = self->response_count - 1;
            const char *response = self->responses[self->requests < last ? self->requests : last];

            self->requests++;
            nanosleep(&delay, NULL);
            send(connection, response, strlen(response), MSG_NOSIGNAL);
        }
        close(connection);
    }
    return NULL;
}

/* Returns 0 on failure. */
static inline int listener_start(struct listener *self, const char *const *responses,
                                 size_t response_count, unsigned delay_ms)
{
    self->responses = responses;
    self->response_count = response_count;
    self->delay_ms = delay_ms;
    self->connections = 0;
    self->requests = 0;
    self->socket = listener_bind(&self->port);
    return self->socket >= 0 && listen(self->socket, 8) == 0
           && pthread_create(&self->thread, NULL, listener_serve, self) == 0;
}

/* The client must have closed its connections. */
static inline void listener_stop(struct listener *self)
{
    shutdown(self->socket, SHUT_RDWR);
    pthread_join(self->thread, NULL);
    close(self->socket);
}

#endif /* LISTENER_H */
