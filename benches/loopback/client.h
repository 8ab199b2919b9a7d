/* The frame of the clients in C:
 *
 *     CLIENT URL N [CA-FILE]
 *
 * registers once, then N times over the connection that is kept, and prints the nanoseconds that those
 * took and the most memory that was resident, in KiB. A client defines start, once and end. */

#ifndef CLIENT_H
#define CLIENT_H

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CLIENT_ID "my-client"
#define CLIENT_SECRET "my-secret-93ac0e"
#define CID "XXXXXXXX"
#define WEBHOOK "https://example.com/atlas/webhook?token=pb7xq2mz41"
#define BODY "{\"cid\":\"" CID "\",\"url\":\"" WEBHOOK "\"}"

static void start(const char *url, const char *ca_file);
static void once(void);
static void end(void);

static inline void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

/* A connection to http://ADDRESS:PORT. */
static inline int connected(const char *url)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    char host[16];
    unsigned port;
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    if (sscanf(url, "http://%15[^:]:%u", host, &port) != 2) die("no http://ADDRESS:PORT");
    inet_pton(AF_INET, host, &address.sin_addr);
    address.sin_port = htons((uint16_t)port);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) die("no connection");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static inline uint64_t nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* The most memory that was resident, in KiB. */
static inline long most_resident(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    long kib = -1;

    while (status != NULL && kib < 0 && fgets(line, sizeof line, status) != NULL)
        sscanf(line, "VmHWM: %ld", &kib);
    if (status != NULL) fclose(status);
    return kib;
}

int main(int argc, char **argv)
{
    uint64_t started, elapsed;
    long n;

    if (argc < 3) die("CLIENT URL N [CA-FILE]");
    start(argv[1], argv[3]);
    once();
    started = nanoseconds();
    for (n = atol(argv[2]); n > 0; n--) once();
    elapsed = nanoseconds() - started;
    printf("%" PRIu64 " %ld\n", elapsed, most_resident());
    end();
    return 0;
}

#endif
