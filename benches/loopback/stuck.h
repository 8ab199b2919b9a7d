/* Servers at which a call gets stuck, and the phases in which it does:
 *
 *     resolving   the name is never resolved: getaddrinfo is this file's, and takes a second
 *     connecting  the kernel neither makes nor refuses the connection
 *     proxy       the proxy does not respond
 *     tls         the server does not respond the handshake
 *     sending     the server does not read a large request
 *     waiting     the server does not respond
 *     reading     half of the response comes
 *     back-off    the response asks for another attempt in five seconds
 */

#ifndef STUCK_H
#define STUCK_H


#include <arpa/inet.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LARGE ((size_t)32 * 1024 * 1024)

struct stuck {
    char url[64];
    char proxy[64];
    int sends_large;
};

static const char *stuck_answer;

static inline void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static inline uint64_t nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Instead of the C library's. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
    (void)node, (void)service, (void)hints, (void)result;
    sleep(1);
    return EAI_AGAIN;
}

/* Sends the same to each connection, and leaves it open. */
static void *answers(void *listener)
{
    for (;;) {
        int fd = accept(*(int *)listener, NULL, NULL);
        if (fd >= 0) (void)!send(fd, stuck_answer, strlen(stuck_answer), MSG_NOSIGNAL);
    }
    return NULL;
}

static inline struct stuck stuck_in(const char *phase)
{
    static int listener;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    const int full = strcmp(phase, "connecting") == 0;
    const int is_tls = strcmp(phase, "tls") == 0;
    struct stuck stuck = {0};
    pthread_t thread;
    int i;

    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0
        || listen(listener, full ? 0 : 128) != 0
        || getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        die("cannot listen");
    for (i = 0; full && i < 8; i++) {
        int waiting = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(waiting, (struct sockaddr *)&address, sizeof address);
    }
    snprintf(stuck.url, sizeof stuck.url, "http%s://127.0.0.1:%u", is_tls ? "s" : "",
             ntohs(address.sin_port));
    if (strcmp(phase, "resolving") == 0) {
        strcpy(stuck.url, "https://example.com");
    } else if (strcmp(phase, "proxy") == 0) {
        strcpy(stuck.proxy, stuck.url);
        strcpy(stuck.url, "https://192.0.2.1");
    } else if (strcmp(phase, "sending") == 0) {
        stuck.sends_large = 1;
    } else if (strcmp(phase, "reading") == 0) {
        stuck_answer = "HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{\"status\"";
    } else if (strcmp(phase, "back-off") == 0) {
        stuck_answer = "HTTP/1.1 503 Busy\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n";
    } else if (!full && !is_tls && strcmp(phase, "waiting") != 0) {
        die("no such phase");
    }
    if (stuck_answer != NULL) pthread_create(&thread, NULL, answers, &listener);
    return stuck;
}

#endif
