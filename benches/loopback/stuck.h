/* A server that does not respond. */

#ifndef STUCK_H
#define STUCK_H

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

/* Its URL. Nobody accepts there; when full, the kernel does not make connections either. */
static inline void listen_at(char *url, size_t size, int full)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), i;

    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0
        || listen(listener, full ? 0 : 128) != 0
        || getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        die("cannot listen");
    for (i = 0; full && i < 8; i++) {
        int waiting = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(waiting, (struct sockaddr *)&address, sizeof address);
    }
    snprintf(url, size, "http://127.0.0.1:%u", ntohs(address.sin_port));
}

#endif
