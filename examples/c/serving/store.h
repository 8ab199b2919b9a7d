/* Where the programs here store events, and bodies that are not events. */

#ifndef STORE_H
#define STORE_H

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include <atlas_webhook.h>

/* Makes a file in a folder that is open; 0 once it is on the disk, also if it was there already. A part of a file
 * is never seen under that name. */
static inline int write_file(int folder, const char *name, const void *bytes, size_t len)
{
    if (faccessat(folder, name, F_OK, 0) != 0) {
        char part[32];
        int fd, whole;
        FILE *file;

        snprintf(part, sizeof part, "%p.part", (void *)part);
        fd = openat(folder, part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (fd < 0) return -1;
        file = fdopen(fd, "wb");
        if (file == NULL) return close(fd), -1;
        whole = fwrite(bytes, 1, len, file) == len && fflush(file) == 0 && fsync(fd) == 0;
        whole = fclose(file) == 0 && whole;
        if (!whole || renameat(folder, part, folder, name) != 0) return -1;
    }
    return fsync(folder); /* without this a crash can lose the name of the file */
}

/* Stores an event under its deduplication key. Returns 0 after it is stored. */
static inline int store(int folder, const atlas_webhook_event *event)
{
    char name[256];
    const char *key = atlas_webhook_event_dedupe_key(event, NULL), *json;
    size_t len, at = 0;

    for (; *key != '\0' && at + 10 < sizeof name; key++) {
        static const char digits[] = "0123456789ABCDEF";
        const unsigned char byte = (unsigned char)*key;
        const int plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z')
                          || (byte >= 'A' && byte <= 'Z') || byte == '-' || byte == '_';
        if (plain) {
            name[at++] = (char)byte;
        } else {
            name[at++] = '%';
            name[at++] = digits[byte >> 4];
            name[at++] = digits[byte & 15];
        }
    }
    snprintf(name + at, sizeof name - at, ".json");
    if (*key != '\0') return -1;
    json = atlas_webhook_event_json(event, &len);
    return write_file(folder, name, json, len);
}

/* Stores a body that is not an event, as received, under its hash (FNV-1a). Returns 0 after it is stored. */
static inline int keep(int folder, const atlas_webhook_server *server)
{
    char name[32];
    size_t len, i;
    const unsigned char *body = atlas_webhook_server_delivery_body(server, &len);
    uint64_t hash = 0xcbf29ce484222325u;

    for (i = 0; i < len; i++) hash = (hash ^ body[i]) * 0x100000001b3u;
    snprintf(name, sizeof name, "%016" PRIx64 ".body", hash);
    return write_file(folder, name, body, len);
}

#endif
