/* What the programs here have in common: addresses, and where events go. */

#ifndef STORE_H
#define STORE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <atlas_webhook.h>

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

/* Makes a file of an event, named by its deduplication key; 0 once it is on the disk, also if it was there
 * already. A part of a file is never seen under that name. */
static inline int store(const char *folder, const atlas_webhook_event *event)
{
    char path[1024], part[1024];
    const char *key = atlas_webhook_event_dedupe_key(event, NULL), *json;
    size_t len, at;
    FILE *file;
    int whole;

    at = (size_t)snprintf(path, sizeof path, "%s/", folder);
    for (; *key != '\0' && at + 10 < sizeof path; key++) {
        const int plain = (*key >= '0' && *key <= '9') || (*key >= 'a' && *key <= 'z')
                          || (*key >= 'A' && *key <= 'Z') || *key == '-' || *key == '_';
        at += (size_t)snprintf(path + at, sizeof path - at, plain ? "%c" : "%%%02X", (unsigned char)*key);
    }
    snprintf(path + at, sizeof path - at, ".json");
    if (*key != '\0') return -1;
    if (access(path, F_OK) == 0) return 0;

    json = atlas_webhook_event_json(event, &len);
    snprintf(part, sizeof part, "%s/%p.part", folder, (const void *)event);
    file = fopen(part, "wb");
    if (file == NULL) return -1;
    whole = fwrite(json, 1, len, file) == len && fflush(file) == 0 && fsync(fileno(file)) == 0;
    whole = fclose(file) == 0 && whole;
    return whole && rename(part, path) == 0 ? 0 : -1;
}

#endif
