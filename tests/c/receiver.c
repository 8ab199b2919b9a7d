/* The receiver: which deliveries belong to it, and what is responded to those that do not. */

#include "check.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define BODY "{\"type\":\"order.ticketed\",\"data\":{\"orderNo\":\"A1\"}}"
#define TARGET "/atlas/8f3c?v=1"

static atlas_webhook_receiver *new_receiver(void)
{
    atlas_webhook_receiver *receiver = NULL;
    CHECK_OK(atlas_webhook_receiver_new("https://example.com" TARGET, &receiver, &error));
    return receiver;
}

/* A delivery of bytes that may contain NUL. */
struct bytes {
    const void *bytes;
    size_t len;
};

#define BYTES(literal) {literal, sizeof(literal) - 1}

static atlas_webhook_status read_bytes(const atlas_webhook_receiver *receiver, struct bytes method,
                                       struct bytes target, const char *headers, struct bytes body,
                                       atlas_webhook_event **event, atlas_webhook_error **error)
{
    return atlas_webhook_receiver_read(receiver, method.bytes, method.len, target.bytes, target.len,
                                       headers, headers == NULL ? 0 : strlen(headers), body.bytes,
                                       body.len, event, error);
}

static void a_delivery_becomes_an_event_that_outlives_everything(void)
{
    const struct bytes post = BYTES("POST");
    const struct bytes absolute = BYTES("http://10.0.0.1:8080" TARGET);
    char target[] = TARGET, headers[] = "Content-Type: application/json\r\n", body[] = BODY;
    const struct bytes origin = {target, sizeof target - 1}, content = {body, sizeof body - 1};
    atlas_webhook_receiver *receiver = new_receiver();
    atlas_webhook_event *event = NULL;
    const atlas_webhook_value *order;
    size_t len = 0;

    CHECK_OK(read_bytes(receiver, post, absolute, NULL, content, &event, &error));
    atlas_webhook_event_free(event);
    CHECK_OK(read_bytes(receiver, post, origin, headers, content, &event, &error));
    atlas_webhook_receiver_free(receiver);
    memset(target, 'x', sizeof target);
    memset(headers, 'x', sizeof headers);
    memset(body, 'x', sizeof body);
    order = atlas_webhook_event_get(event, "orderNo");
    CHECK_TEXT(atlas_webhook_event_order_no(event, NULL), "A1");
    CHECK_TEXT(atlas_webhook_value_text(order, NULL), "A1");
    CHECK(memcmp(atlas_webhook_event_json(event, &len), BODY, sizeof BODY - 1) == 0);
    CHECK(len == sizeof BODY - 1);
    atlas_webhook_event_free(event);
}

static void each_rejection_has_its_status(void)
{
    /* Without gzip the coding is unknown. */
    const uint16_t damaged_gzip = atlas_webhook_features() & ATLAS_WEBHOOK_FEATURE_GZIP ? 400 : 415;
    const struct {
        struct bytes method, target;
        const char *headers;
        struct bytes body;
        atlas_webhook_status status;
        uint16_t response_status;
    } cases[] = {
        {BYTES("GET"), BYTES(TARGET), NULL, BYTES(BODY), ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY, 405},
        {BYTES("POST\0"), BYTES(TARGET), NULL, BYTES(BODY), ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY, 405},
        {{NULL, 0}, BYTES(TARGET), NULL, BYTES(BODY), ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY, 405},
        {BYTES("POST"), BYTES("/atlas/8f3d?v=1"), NULL, BYTES(BODY), ATLAS_WEBHOOK_ERR_UNTRUSTED, 404},
        {BYTES("POST"), BYTES(TARGET "\0"), NULL, BYTES(BODY), ATLAS_WEBHOOK_ERR_UNTRUSTED, 404},
        {BYTES("POST"), BYTES(TARGET "\0evil"), NULL, BYTES(BODY), ATLAS_WEBHOOK_ERR_UNTRUSTED, 404},
        {BYTES("POST"), BYTES("/\xFF"), NULL, BYTES("\x1F\x8B"), ATLAS_WEBHOOK_ERR_UNTRUSTED, 404},
        {BYTES("POST"), {NULL, 0}, NULL, BYTES(BODY), ATLAS_WEBHOOK_ERR_UNTRUSTED, 404},
        {BYTES("POST"), BYTES(TARGET), "Content-Encoding: br\n", BYTES("\x0B\x02\x80"),
         ATLAS_WEBHOOK_ERR_ENCODING, 415},
        {BYTES("POST"), BYTES(TARGET), NULL, BYTES("\x1F\x8B"), ATLAS_WEBHOOK_ERR_ENCODING, damaged_gzip},
        {BYTES("POST"), BYTES(TARGET), NULL, BYTES("[]"), ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY, 400},
        {BYTES("POST"), BYTES(TARGET), NULL, {NULL, 0}, ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY, 400},
    };
    atlas_webhook_receiver *receiver = new_receiver();
    atlas_webhook_event *event = UNTOUCHED;
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        atlas_webhook_error *error = NULL;

        CHECK(read_bytes(receiver, cases[i].method, cases[i].target, cases[i].headers, cases[i].body,
                         &event, &error)
              == cases[i].status);
        CHECK(atlas_webhook_error_status(error) == cases[i].status);
        CHECK(atlas_webhook_error_response_status(error) == cases[i].response_status);
        CHECK(strstr(atlas_webhook_error_display(error, NULL), "8f3") == NULL);
        CHECK(event == UNTOUCHED);
        atlas_webhook_error_free(error);
    }
    atlas_webhook_receiver_free(receiver);
    CHECK(atlas_webhook_error_response_status(NULL) == 500);
}

static void limits_bound_a_delivery(void)
{
    const struct bytes post = BYTES("POST"), target = BYTES(TARGET), body = BYTES(BODY);
    atlas_webhook_receiver *receiver = new_receiver();
    atlas_webhook_event *event = UNTOUCHED;

    CHECK_OK(atlas_webhook_receiver_set_limit(receiver, ATLAS_WEBHOOK_LIMIT_BODY, body.len, &error));
    CHECK_OK(atlas_webhook_receiver_set_limit(receiver, ATLAS_WEBHOOK_LIMIT_VALUES, 4, &error));
    CHECK_OK(read_bytes(receiver, post, target, NULL, body, &event, &error));
    atlas_webhook_event_free(event);
    event = UNTOUCHED;
    CHECK_OK(atlas_webhook_receiver_set_limit(receiver, ATLAS_WEBHOOK_LIMIT_VALUES, 3, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_LIMIT,
                read_bytes(receiver, post, target, NULL, body, &event, &error));
    CHECK_OK(
        atlas_webhook_receiver_set_limit(receiver, ATLAS_WEBHOOK_LIMIT_BODY, body.len - 1, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_LIMIT,
                read_bytes(receiver, post, target, NULL, body, &event, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_receiver_set_limit(receiver, 99, 1, &error));
    CHECK(event == UNTOUCHED);
    atlas_webhook_receiver_free(receiver);
}

static void a_stored_body_is_read_within_the_limits_of_the_receiver(void)
{
    atlas_webhook_receiver *receiver = new_receiver();
    atlas_webhook_event *event = UNTOUCHED;

    CHECK_OK(atlas_webhook_receiver_set_limit(receiver, ATLAS_WEBHOOK_LIMIT_VALUES, 2, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_LIMIT,
                atlas_webhook_receiver_parse(receiver, BODY, strlen(BODY), &event, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY,
                atlas_webhook_receiver_parse(receiver, "[]", 2, &event, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_receiver_parse(receiver, NULL, 2, &event, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_receiver_parse(receiver, "{}", SIZE_MAX, &event, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_receiver_parse(NULL, "{}", 2, &event, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_receiver_parse(receiver, "{}", 2, NULL, &error));
    CHECK(event == UNTOUCHED);
    CHECK_OK(atlas_webhook_receiver_set_limit(receiver, ATLAS_WEBHOOK_LIMIT_VALUES, 4, &error));
    CHECK_OK(atlas_webhook_receiver_parse(receiver, BODY, strlen(BODY), &event, &error));
    CHECK(atlas_webhook_event_root(event) != NULL);
    atlas_webhook_event_free(event);
    atlas_webhook_receiver_free(receiver);
}

static void urls_are_checked_and_rotated(void)
{
    const struct bytes post = BYTES("POST"), old = BYTES(TARGET), new = BYTES("/new"), body = BYTES(BODY);
    atlas_webhook_receiver *receiver = UNTOUCHED;
    atlas_webhook_event *event = NULL;
    int i;

    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_receiver_new(NULL, &receiver, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_receiver_new("atlas", &receiver, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_receiver_new(NOT_UTF8, &receiver, &error));
    CHECK(receiver == UNTOUCHED);
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_receiver_new("/a", NULL, &error));

    receiver = new_receiver();
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_receiver_add_url(receiver, "/ ", &error));
    for (i = 1; i < 8; i++) {
        char url[] = "/new0";
        url[4] = (char)('0' + i);
        CHECK_OK(atlas_webhook_receiver_add_url(receiver, i == 1 ? "/new" : url, &error));
    }
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_receiver_add_url(receiver, "/b", &error));
    /* One that it has takes no place. */
    CHECK_OK(atlas_webhook_receiver_add_url(receiver, "/new", &error));
    CHECK_OK(atlas_webhook_receiver_add_url(receiver, TARGET, &error));
    CHECK_OK(read_bytes(receiver, post, old, NULL, body, &event, &error));
    atlas_webhook_event_free(event);
    CHECK_OK(read_bytes(receiver, post, new, NULL, body, &event, &error));
    atlas_webhook_event_free(event);
    atlas_webhook_receiver_free(receiver);
}

static void arguments_are_checked(void)
{
    atlas_webhook_receiver *receiver = new_receiver();
    atlas_webhook_event *event = UNTOUCHED;

#define READ(receiver, method, method_len, target, target_len, headers_len, body, body_len, out) \
    atlas_webhook_receiver_read(receiver, method, method_len, target, target_len, NULL, headers_len, \
                                body, body_len, out, &error)
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, READ(NULL, "POST", 4, TARGET, 15, 0, "{}", 2, &event));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, READ(receiver, NULL, 4, TARGET, 15, 0, "{}", 2, &event));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, READ(receiver, "POST", 4, NULL, 15, 0, "{}", 2, &event));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, READ(receiver, "POST", 4, TARGET, 15, 1, "{}", 2, &event));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, READ(receiver, "POST", 4, TARGET, 15, 0, NULL, 2, &event));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                READ(receiver, "POST", SIZE_MAX, TARGET, 15, 0, "{}", 2, &event));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, READ(receiver, "POST", 4, TARGET, 15, 0, "{}", 2, NULL));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_receiver_add_url(NULL, "/a", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_receiver_set_limit(NULL, 4, 1, &error));
    CHECK(event == UNTOUCHED);
    atlas_webhook_receiver_free(receiver);
    atlas_webhook_receiver_free(NULL);
}

int main(void)
{
    a_delivery_becomes_an_event_that_outlives_everything();
    each_rejection_has_its_status();
    limits_bound_a_delivery();
    a_stored_body_is_read_within_the_limits_of_the_receiver();
    urls_are_checked_and_rotated();
    arguments_are_checked();
    return check_result();
}
