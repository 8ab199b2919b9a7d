/* Deliveries through the C ABI, and by others, in memory:
 *
 *     receive CASE FILE N
 *
 * does the case N times with the delivery in FILE, and prints the nanoseconds that it took.
 *
 * read, read-key: the receiver, without and with the deduplication key. FILE is a body.
 * cjson: cJSON. FILE is a body.
 * server, server-event: the server connection, without and with the event. FILE is a request.
 * llhttp, llhttp-cjson: llhttp, without and with cJSON. FILE is a request.
 *
 * Each event is read for its type, cid and order number, and two fields of a passenger. */

#define _GNU_SOURCE

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <llhttp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <atlas_webhook.h>

#define TARGET "/atlas/8f3c1d0a5b7e4c92"

static const char HEADERS[] =
    "Host: example.com\r\n"
    "Content-Type: application/json;charset=UTF-8\r\n"
    "Accept-Encoding: gzip\r\n"
    "User-Agent: Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36 Hutool\r\n"
    "Connection: keep-alive\r\n"
    "Content-Length: 382\r\n";

static char input[4096];
static size_t input_length;
static const char *volatile sink;
static atlas_webhook_receiver *receiver;
static atlas_webhook_server *server;

static void die(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void use(const char *text)
{
    if (text == NULL || *text == 0) die("a field is missing");
    sink = text;
}

/* ---- the library */

static void five(const atlas_webhook_event *event)
{
    const atlas_webhook_value *passenger
        = atlas_webhook_value_at(atlas_webhook_event_get(event, "paxTicketInfos"), 0);

    use(atlas_webhook_event_type_name(event, NULL));
    use(atlas_webhook_event_cid(event, NULL));
    use(atlas_webhook_event_order_no(event, NULL));
    use(atlas_webhook_value_text(atlas_webhook_value_get(passenger, "name"), NULL));
    use(atlas_webhook_value_text(
        atlas_webhook_value_at(atlas_webhook_value_get(passenger, "ticketNos"), 0), NULL));
}

static void read_event(int with_key)
{
    atlas_webhook_event *event;

    if (atlas_webhook_receiver_read(receiver, "POST", 4, TARGET, sizeof TARGET - 1, HEADERS,
                                    sizeof HEADERS - 1, input, input_length, &event, NULL)
        != ATLAS_WEBHOOK_OK)
        die("no event");
    five(event);
    if (with_key) use(atlas_webhook_event_dedupe_key(event, NULL));
    atlas_webhook_event_free(event);
}

static void serve(int with_event)
{
    atlas_webhook_event *event;
    size_t length;

    if (atlas_webhook_server_received(server, input, input_length, NULL)
        != ATLAS_WEBHOOK_WANT_RESPONSE)
        die("no delivery");
    if (with_event) {
        if (atlas_webhook_server_take_event(server, &event, NULL) != ATLAS_WEBHOOK_OK)
            die("no event");
        five(event);
        atlas_webhook_event_free(event);
    }
    if (atlas_webhook_server_respond(server, 200, NULL) != ATLAS_WEBHOOK_WANT_SEND)
        die("no response");
    use(atlas_webhook_server_to_send(server, &length));
    if (atlas_webhook_server_sent(server, length, NULL) != ATLAS_WEBHOOK_WANT_RECEIVE)
        die("not kept");
}

/* ---- the others */

static void five_by_cjson(const char *body, size_t length)
{
    cJSON *event = cJSON_ParseWithLength(body, length);
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(event, "data");
    const cJSON *passenger
        = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(data, "paxTicketInfos"), 0);

    use(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "type")));
    use(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(event, "cid")));
    use(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(data, "orderNo")));
    use(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(passenger, "name")));
    use(cJSON_GetStringValue(
        cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(passenger, "ticketNos"), 0)));
    cJSON_Delete(event);
}

struct reading {
    llhttp_t parser;
    char target[256], body[4096];
    size_t target_length, body_length;
    int complete;
};

static int append(char *to, size_t *length, size_t room, const char *from, size_t count)
{
    if (room - *length < count) return HPE_USER;
    memcpy(to + *length, from, count);
    *length += count;
    return 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t length)
{
    struct reading *reading = parser->data;
    return append(reading->target, &reading->target_length, sizeof reading->target, at, length);
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
    struct reading *reading = parser->data;
    return append(reading->body, &reading->body_length, sizeof reading->body, at, length);
}

static int on_message_complete(llhttp_t *parser)
{
    ((struct reading *)parser->data)->complete = 1;
    return 0;
}

static struct reading reading;

static void by_llhttp(int with_event)
{
    reading.target_length = reading.body_length = 0;
    reading.complete = 0;
    if (llhttp_execute(&reading.parser, input, input_length) != HPE_OK || !reading.complete
        || reading.parser.method != HTTP_POST || reading.target_length != sizeof TARGET - 1
        || memcmp(reading.target, TARGET, sizeof TARGET - 1) != 0)
        die("no delivery");
    if (with_event) five_by_cjson(reading.body, reading.body_length);
    use("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static void once(const char *what)
{
    if (strcmp(what, "read") == 0) read_event(0);
    else if (strcmp(what, "read-key") == 0) read_event(1);
    else if (strcmp(what, "cjson") == 0) five_by_cjson(input, input_length);
    else if (strcmp(what, "server") == 0) serve(0);
    else if (strcmp(what, "server-event") == 0) serve(1);
    else if (strcmp(what, "llhttp") == 0) by_llhttp(0);
    else if (strcmp(what, "llhttp-cjson") == 0) by_llhttp(1);
    else die("no such case");
}

static uint64_t nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv)
{
    static llhttp_settings_t settings;
    uint64_t started;
    FILE *file;
    long n;

    if (argc != 4 || (file = fopen(argv[2], "rb")) == NULL) die("receive CASE FILE N");
    input_length = fread(input, 1, sizeof input, file);
    fclose(file);
    llhttp_settings_init(&settings);
    settings.on_url = on_url;
    settings.on_body = on_body;
    settings.on_message_complete = on_message_complete;
    llhttp_init(&reading.parser, HTTP_REQUEST, &settings);
    reading.parser.data = &reading;
    if (atlas_webhook_receiver_new(TARGET, &receiver, NULL) != ATLAS_WEBHOOK_OK
        || atlas_webhook_server_new(receiver, &server, NULL) != ATLAS_WEBHOOK_OK)
        die("no receiver");
    started = nanoseconds();
    for (n = atol(argv[3]); n > 0; n--) once(argv[1]);
    printf("%" PRIu64 "\n", nanoseconds() - started);
    atlas_webhook_server_free(server);
    atlas_webhook_receiver_free(receiver);
    return 0;
}
