/* Addresses of IPv4 as text. */

#ifndef ADDRESS_H
#define ADDRESS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads ADDRESS:PORT of IPv4. */
static inline int read_address(const char *text, struct sockaddr_in *name)
{
    char host[INET_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');

    if (colon == NULL || (size_t)(colon - text) >= sizeof host) return 0;
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    name->sin_port = htons((in_port_t)atoi(colon + 1));
    return inet_pton(AF_INET, host, &name->sin_addr) == 1;
}

static inline void print_address(const struct sockaddr_in *name)
{
    char host[INET_ADDRSTRLEN];

    inet_ntop(AF_INET, &name->sin_addr, host, sizeof host);
    printf("listening on %s:%u\n", host, ntohs(name->sin_port));
    fflush(stdout);
}

#endif
