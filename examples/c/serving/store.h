/* Where the programs here store events. */

#ifndef STORE_H
#define STORE_H

#include <stdio.h>
#include <unistd.h>

#include <atlas_webhook.h>

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
        static const char digits[] = "0123456789ABCDEF";
        const unsigned char byte = (unsigned char)*key;
        const int plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z')
                          || (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_';
        if (plain) {
            path[at++] = (char)byte;
        } else {
            path[at++] = '%';
            path[at++] = digits[byte >> 4];
            path[at++] = digits[byte & 15];
        }
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
