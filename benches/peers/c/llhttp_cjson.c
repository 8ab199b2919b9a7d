/* A response read by llhttp and cJSON, as a C program would that wants the body and nothing of the
 * fields. */

#include <cjson/cJSON.h>
#include <llhttp.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    llhttp_t parser;
    char *body;
    size_t length, capacity;
    int complete;
};

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
    struct reading *reading = parser->data;

    if (reading->capacity - reading->length < length) {
        size_t needed = reading->length + length;
        size_t capacity = 2 * reading->capacity > needed ? 2 * reading->capacity : needed;
        char *grown = realloc(reading->body, capacity);
        if (grown == NULL) return HPE_USER;
        reading->body = grown;
        reading->capacity = capacity;
    }
    memcpy(reading->body + reading->length, at, length);
    reading->length += length;
    return 0;
}

static int on_message_complete(llhttp_t *parser)
{
    ((struct reading *)parser->data)->complete = 1;
    return HPE_PAUSED;
}

/* Reads a response, `step` bytes at a time; its API status, or -1. With `json` 0 the body stays unread,
 * and its length comes back. */
long llhttp_cjson_read(const char *answer, size_t length, size_t step, int json)
{
    static llhttp_settings_t settings;
    struct reading reading = {0};
    char *message = NULL;
    long result = -1;
    cJSON *object;
    size_t at;

    if (settings.on_body == NULL) {
        llhttp_settings_init(&settings);
        settings.on_body = on_body;
        settings.on_message_complete = on_message_complete;
    }
    llhttp_init(&reading.parser, HTTP_RESPONSE, &settings);
    reading.parser.data = &reading;
    for (at = 0; at < length && !reading.complete; at += step) {
        size_t n = length - at < step ? length - at : step;
        llhttp_errno_t error = llhttp_execute(&reading.parser, answer + at, n);
        if (error != HPE_OK && error != HPE_PAUSED) break;
    }
    if (!reading.complete || reading.parser.status_code != 200) {
        free(reading.body);
        return -1;
    }
    if (!json) {
        result = (long)reading.length;
        free(reading.body);
        return result;
    }
    object = cJSON_ParseWithLength(reading.body, reading.length);
    if (object != NULL) {
        const cJSON *status = cJSON_GetObjectItemCaseSensitive(object, "status");
        const cJSON *msg = cJSON_GetObjectItemCaseSensitive(object, "msg");
        if (cJSON_IsNumber(status)) result = (long)status->valuedouble;
        if (cJSON_IsString(msg)) message = strdup(msg->valuestring);
        cJSON_Delete(object);
    }
    free(message);
    free(reading.body);
    return result;
}
