/* Receives deliveries with libmicrohttpd, and stores them with SQLite:
 *
 *     cc microhttpd.c $(pkg-config --cflags --libs atlas_webhook libmicrohttpd sqlite3) -o receive
 *     ATLAS_WEBHOOK_URL=https://example.com/atlas/8f3c ./receive PORT FILE
 *
 * ATLAS_WEBHOOK_URL is the registered URL. The program listens on 127.0.0.1, behind a proxy that terminates TLS.
 * It prints no target, since that contains the token. SIGTERM ends it in order. */

#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <atlas_webhook.h>
#include <microhttpd.h>
#include <sqlite3.h>

#define LIMIT (1024 * 1024)  /* for a body; of a larger one a byte more is kept, so that it gets 413 */
#define DROPPED (16 * LIMIT) /* of a larger one, at most this is read and dropped */
#define CONNECTIONS 1000u    /* at once */
#define SILENCE 10u          /* seconds without a byte */

/* An event whose key has no id can come again after an hour, with the same bytes: an airline that becomes active,
 * inactive and active again. A body that is not an event gets a key made of its bytes. */
static const char schema[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY, dedupe_key TEXT UNIQUE, body BLOB NOT NULL,"
    " problem TEXT, received_at INTEGER NOT NULL)";
static const char expire[] =
    "UPDATE deliveries SET dedupe_key = NULL WHERE dedupe_key = coalesce(?1, 'body:' || hex(?2))"
    " AND dedupe_key NOT LIKE 'id:%' AND received_at < strftime('%s', 'now') - 3600";
static const char insert[] =
    "INSERT INTO deliveries (dedupe_key, body, problem, received_at)"
    " VALUES (coalesce(?1, 'body:' || hex(?2)), ?2, ?3, CAST(strftime('%s', 'now') AS INTEGER))"
    " ON CONFLICT (dedupe_key) DO NOTHING";

static atlas_webhook_receiver *receiver;
static sqlite3 *database;

struct delivery {
    char *target;
    int begun;
    char *body;
    size_t len, size, received;
};

static int run(const char *sql, const char *key, const void *body, size_t len, const char *problem)
{
    sqlite3_stmt *statement = NULL;
    int done = sqlite3_prepare_v2(database, sql, -1, &statement, NULL) == SQLITE_OK;

    if (done && sqlite3_bind_parameter_count(statement) >= 2) {
        sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
        sqlite3_bind_blob(statement, 2, body != NULL ? body : "", (int)len, SQLITE_STATIC);
        sqlite3_bind_text(statement, 3, problem, -1, SQLITE_STATIC);
    }
    done = done && sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_finalize(statement);
    return done;
}

/* Whether the delivery is on the disk, also if it was there already. */
static int store(const char *key, const void *body, size_t len, const char *problem)
{
    if (run("BEGIN IMMEDIATE", NULL, NULL, 0, NULL)) {
        if (run(expire, key, body, len, NULL) && run(insert, key, body, len, problem)
            && run("COMMIT", NULL, NULL, 0, NULL))
            return 1;
        run("ROLLBACK", NULL, NULL, 0, NULL);
    }
    fprintf(stderr, "not stored: %s\n", sqlite3_errmsg(database));
    return 0;
}

/* The response status: 200 only once the event is stored. */
static unsigned receive(const struct delivery *delivery, const char *method, const char *coding)
{
    atlas_webhook_event *event = NULL;
    atlas_webhook_error *error = NULL;
    char field[128] = "";
    unsigned status = 200;

    if (coding != NULL) snprintf(field, sizeof field, "Content-Encoding: %.100s\r\n", coding);
    if (atlas_webhook_receiver_read(receiver, method, strlen(method), delivery->target, strlen(delivery->target),
                                    field, strlen(field), delivery->body, delivery->len, &event, &error)
        == ATLAS_WEBHOOK_OK) {
        size_t len;
        const char *json = atlas_webhook_event_json(event, &len);
        if (!store(atlas_webhook_event_dedupe_key(event, NULL), json, len, NULL)) status = 503;
    } else {
        const char *problem = atlas_webhook_error_message(error, NULL);
        status = atlas_webhook_error_response_status(error);
        /* It came to the registered URL, so it is kept although it cannot be read. */
        if (status != 404 && status != 405 && delivery->len <= LIMIT
            && !store(NULL, delivery->body, delivery->len, problem))
            status = 503;
    }
    atlas_webhook_event_free(event);
    atlas_webhook_error_free(error);
    return status;
}

/* libmicrohttpd passes the target as received only here; what the handler gets is decoded and has no query. */
static void *begin(void *unused, const char *target, struct MHD_Connection *connection)
{
    struct delivery *delivery = calloc(1, sizeof *delivery);

    (void)unused;
    (void)connection;
    if (delivery != NULL) delivery->target = strdup(target);
    return delivery;
}

static void end(void *unused, struct MHD_Connection *connection, void **request, enum MHD_RequestTerminationCode how)
{
    struct delivery *delivery = *request;

    (void)unused;
    (void)connection;
    (void)how;
    if (delivery == NULL) return;
    free(delivery->target);
    free(delivery->body);
    free(delivery);
    *request = NULL;
}

/* Keeps at most LIMIT + 1 bytes of a body. */
static int append(struct delivery *delivery, const char *data, size_t len)
{
    const size_t room = LIMIT + 1 - delivery->len;

    delivery->received += len;
    if (len > room) len = room;
    if (delivery->len + len > delivery->size) {
        const size_t size = 2 * (delivery->len + len);
        char *body = realloc(delivery->body, size);
        if (body == NULL) return 0;
        delivery->body = body;
        delivery->size = size;
    }
    if (len > 0) memcpy(delivery->body + delivery->len, data, len);
    delivery->len += len;
    return delivery->received <= DROPPED;
}

static enum MHD_Result handle(void *unused, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *len, void **request)
{
    struct delivery *delivery = *request;
    struct MHD_Response *response;
    enum MHD_Result queued;

    (void)unused;
    (void)url;
    (void)version;
    if (delivery == NULL || delivery->target == NULL) return MHD_NO;
    if (!delivery->begun) {
        delivery->begun = 1;
        return MHD_YES;
    }
    if (*len > 0) {
        const int more = append(delivery, data, *len);
        *len = 0;
        return more ? MHD_YES : MHD_NO;
    }
    response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) return MHD_NO;
    queued = MHD_queue_response(
        connection,
        receive(delivery, method, MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Encoding")),
        response);
    MHD_destroy_response(response);
    return queued;
}

int main(int argc, char **argv)
{
    const char *url = getenv("ATLAS_WEBHOOK_URL");
    atlas_webhook_error *error = NULL;
    struct MHD_Daemon *daemon;
    struct sockaddr_in address = {.sin_family = AF_INET};
    sigset_t signals;
    int signal_number;

    if (argc != 3 || url == NULL) {
        fprintf(stderr, "usage: ATLAS_WEBHOOK_URL=URL %s PORT FILE\n", argv[0]);
        return 2;
    }
    if (atlas_webhook_receiver_new(url, &receiver, &error) != ATLAS_WEBHOOK_OK) {
        fprintf(stderr, "%s\n", atlas_webhook_error_message(error, NULL));
        atlas_webhook_error_free(error);
        return 1;
    }
    if (sqlite3_open(argv[2], &database) != SQLITE_OK || sqlite3_busy_timeout(database, 10000) != SQLITE_OK
        || sqlite3_exec(database, schema, NULL, NULL, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s\n", sqlite3_errmsg(database));
        return 1;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
    address.sin_port = htons((in_port_t)atoi(argv[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    /* One thread serves all connections, so that one connection to the database is enough. */
    daemon = MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle, NULL,
                              MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_URI_LOG_CALLBACK, begin,
                              NULL, MHD_OPTION_NOTIFY_COMPLETED, end, NULL, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
                              MHD_OPTION_CONNECTION_TIMEOUT, SILENCE, MHD_OPTION_END);
    if (daemon == NULL) {
        perror("cannot listen");
        return 1;
    }
    sigwait(&signals, &signal_number);
    MHD_stop_daemon(daemon);
    sqlite3_close(database);
    atlas_webhook_receiver_free(receiver);
    return 0;
}
