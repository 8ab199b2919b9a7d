/* Events and their values: stored bodies, the envelope, fields by name and by place, absent values. */

#include "check.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static atlas_webhook_event *parsed(const char *json)
{
    atlas_webhook_event *event = NULL;
    CHECK_OK(atlas_webhook_event_parse(json, strlen(json), &event, &error));
    return event;
}

static const char *text(const atlas_webhook_value *value)
{
    return atlas_webhook_value_text(value, NULL);
}

static void an_event_has_an_envelope(void)
{
    atlas_webhook_event *event = parsed(
        "{\"type\":\"Order.ScheduleChange\",\"cid\":\"A\\u0000B\",\"status\":\"1\","
        "\"notificationId\":17,\"data\":{\"orderNo\":\"A1\"}}");
    size_t len = 0;

    CHECK(atlas_webhook_event_kind(event) == ATLAS_WEBHOOK_EVENT_SCHEDULE_CHANGE);
    CHECK_TEXT(atlas_webhook_event_type_name(event, &len), "Order.ScheduleChange");
    CHECK(len == 20);
    CHECK_TEXT(atlas_webhook_event_order_no(event, &len), "A1");
    CHECK(len == 2);
    CHECK(memcmp(atlas_webhook_event_cid(event, &len), "A\0B", 4) == 0);
    CHECK(len == 3);
    CHECK_TEXT(atlas_webhook_event_notification_id(event, NULL), "17");
    CHECK(atlas_webhook_event_status(event) == 1);
    CHECK(atlas_webhook_event_incident(event) == ATLAS_WEBHOOK_INCIDENT_CONFIRMED);
    CHECK_TEXT(atlas_webhook_event_dedupe_key(event, &len), "id:17:1");
    CHECK(len == 7);
    atlas_webhook_event_free(event);

    event = parsed("\xEF\xBB\xBF {} ");
    CHECK(atlas_webhook_event_kind(event) == ATLAS_WEBHOOK_EVENT_UNKNOWN);
    CHECK_TEXT(atlas_webhook_event_type_name(event, &len), "");
    CHECK(len == 0);
    CHECK_TEXT(atlas_webhook_event_order_no(event, NULL), "");
    CHECK(atlas_webhook_event_status(event) == ATLAS_WEBHOOK_ABSENT);
    CHECK(atlas_webhook_event_incident(event) == ATLAS_WEBHOOK_INCIDENT_NONE);
    CHECK(memcmp(atlas_webhook_event_json(event, &len), " {} ", 4) == 0);
    CHECK(len == 4);
    atlas_webhook_event_free(event);
}

static void every_kind_has_a_number(void)
{
    static const struct {
        const char *type;
        int32_t kind;
    } kinds[] = {
        {"order.ticketed", ATLAS_WEBHOOK_EVENT_TICKETED},
        {"order.schedulechange", ATLAS_WEBHOOK_EVENT_SCHEDULE_CHANGE},
        {"email.schedulechange", ATLAS_WEBHOOK_EVENT_EMAIL_SCHEDULE_CHANGE},
        {"abnormal.cancelled", ATLAS_WEBHOOK_EVENT_ABNORMAL_CANCELLED},
        {"airline.status", ATLAS_WEBHOOK_EVENT_AIRLINE_STATUS},
        {"email.all", ATLAS_WEBHOOK_EVENT_EMAIL},
        {"order.void", ATLAS_WEBHOOK_EVENT_VOID},
        {"order.addonComplete", ATLAS_WEBHOOK_EVENT_ADDON_COMPLETE},
        {"order.refundComplete", ATLAS_WEBHOOK_EVENT_REFUND_COMPLETE},
        {"order.cancelled", ATLAS_WEBHOOK_EVENT_CANCELLED},
        {"order.other", ATLAS_WEBHOOK_EVENT_UNKNOWN},
    };
    size_t i;

    for (i = 0; i < COUNT(kinds); i++) {
        char json[64];
        atlas_webhook_event *event;

        snprintf(json, sizeof json, "{\"type\":\"%s\"}", kinds[i].type);
        event = parsed(json);
        CHECK(atlas_webhook_event_kind(event) == kinds[i].kind);
        atlas_webhook_event_free(event);
    }
}

static void a_value_of_another_type_counts_as_absent_where_a_type_is_wanted(void)
{
    static const struct {
        const char *name;
        int32_t type;
        const char *json;
    } CASES[] = {
        {"t", ATLAS_WEBHOOK_VALUE_STRING, "1.5"},      {"n", ATLAS_WEBHOOK_VALUE_NUMBER, "\"7\""},
        {"b", ATLAS_WEBHOOK_VALUE_BOOLEAN, "1"},       {"a", ATLAS_WEBHOOK_VALUE_ARRAY, "[]"},
        {"o", ATLAS_WEBHOOK_VALUE_OBJECT, "{}"},       {"t", ATLAS_WEBHOOK_VALUE_ABSENT, ""},
        {"t", ATLAS_WEBHOOK_VALUE_NULL, ""},           {"t", ATLAS_WEBHOOK_VALUE_OBJECT + 1, ""},
        {"t", -1, ""},                                 {"t", ATLAS_WEBHOOK_VALUE_NUMBER, ""},
        {"n", ATLAS_WEBHOOK_VALUE_BOOLEAN, "true"},    {"o", ATLAS_WEBHOOK_VALUE_ARRAY, "[1]"},
        {"none", ATLAS_WEBHOOK_VALUE_STRING, ""},      {NULL, ATLAS_WEBHOOK_VALUE_STRING, ""},
        {NOT_UTF8, ATLAS_WEBHOOK_VALUE_STRING, ""},
    };
    atlas_webhook_event *event = parsed(
        "{\"t\":1.5,\"n\":\"7\",\"b\":1,\"a\":[],\"o\":{},"
        "\"data\":{\"t\":{},\"n\":true,\"b\":\"yes\",\"a\":{},\"o\":[1]}}");
    const atlas_webhook_value *segment;
    const char *json;
    size_t i, len;

    for (i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        json = atlas_webhook_value_json(
            atlas_webhook_event_get_as(event, CASES[i].name, CASES[i].type), &len);
        CHECK(len == strlen(CASES[i].json) && memcmp(json, CASES[i].json, len) == 0);
    }
    atlas_webhook_event_free(event);

    event = parsed("{\"depTerminal\":[],\"departureTerminal\":\"T1\"}");
    segment = atlas_webhook_event_root(event);
    CHECK(atlas_webhook_value_type(atlas_webhook_value_get(segment, "depTerminal"))
          == ATLAS_WEBHOOK_VALUE_ARRAY);
    CHECK_TEXT(text(atlas_webhook_value_get_as(segment, "depTerminal", ATLAS_WEBHOOK_VALUE_STRING)),
               "T1");
    CHECK(atlas_webhook_value_get_as(segment, "depTerminal", ATLAS_WEBHOOK_VALUE_NUMBER) == NULL);
    CHECK(atlas_webhook_value_get_as(segment, "depTerminal", ATLAS_WEBHOOK_VALUE_ABSENT) == NULL);
    CHECK(atlas_webhook_value_get_as(segment, NULL, ATLAS_WEBHOOK_VALUE_STRING) == NULL);
    CHECK(atlas_webhook_value_get_as(segment, NOT_UTF8, ATLAS_WEBHOOK_VALUE_STRING) == NULL);
    atlas_webhook_event_free(event);
}

static void values_are_read_by_name_and_by_place(void)
{
    atlas_webhook_event *event = parsed(
        "{\"data\":{\"previousSeg\":[{\"departureTerminal\":\"T1\",\"depTime\":\"\"}],"
        "\"a\\u0000b\":[1.50,\"-7\",true,\"0\",null,{},\"\\ud83d\"],\"n\":null}}");
    const atlas_webhook_value *data = atlas_webhook_event_data(event);
    const atlas_webhook_value *list = atlas_webhook_value_get_n(data, "a\0b", 3);
    const atlas_webhook_value *segment =
        atlas_webhook_value_at(atlas_webhook_event_get(event, "previousSegs"), 0);
    size_t len = 0;

    CHECK(atlas_webhook_value_count(atlas_webhook_event_root(event)) == 1);
    CHECK(atlas_webhook_value_get(atlas_webhook_event_root(event), "data") == data);
    CHECK(atlas_webhook_value_type(data) == ATLAS_WEBHOOK_VALUE_OBJECT);
    CHECK(atlas_webhook_value_count(data) == 3);
    CHECK_TEXT(atlas_webhook_value_name(data, 0, &len), "previousSeg");
    CHECK(len == 11);
    CHECK(memcmp(atlas_webhook_value_name(data, 1, &len), "a\0b", 4) == 0);
    CHECK(len == 3);
    CHECK_TEXT(atlas_webhook_value_name(data, 3, &len), "");
    CHECK(len == 0);

    CHECK_TEXT(text(atlas_webhook_value_get(segment, "depTerminal")), "T1");
    CHECK_TEXT(text(atlas_webhook_value_get(segment, "depTime")), "");
    CHECK(atlas_webhook_value_get(segment, "arrTime") == NULL);
    CHECK(atlas_webhook_value_get(data, "a") == NULL);
    CHECK(atlas_webhook_value_get(data, "n") == NULL);
    CHECK(atlas_webhook_value_get(data, NULL) == NULL);
    CHECK(atlas_webhook_value_get(data, NOT_UTF8) == NULL);
    CHECK(atlas_webhook_value_get_n(data, NULL, 1) == NULL);
    CHECK(atlas_webhook_event_get(event, NULL) == NULL);
    CHECK(atlas_webhook_value_type(atlas_webhook_value_at(data, 2)) == ATLAS_WEBHOOK_VALUE_NULL);

    CHECK(atlas_webhook_value_type(list) == ATLAS_WEBHOOK_VALUE_ARRAY);
    CHECK(atlas_webhook_value_count(list) == 7);
    CHECK_TEXT(atlas_webhook_value_text(atlas_webhook_value_at(list, 0), &len), "1.50");
    CHECK(len == 4);
    CHECK(atlas_webhook_value_type(atlas_webhook_value_at(list, 0)) == ATLAS_WEBHOOK_VALUE_NUMBER);
    CHECK(atlas_webhook_value_number(atlas_webhook_value_at(list, 0)) == ATLAS_WEBHOOK_ABSENT);
    CHECK(atlas_webhook_value_number(atlas_webhook_value_at(list, 1)) == -7);
    CHECK(atlas_webhook_value_type(atlas_webhook_value_at(list, 1)) == ATLAS_WEBHOOK_VALUE_STRING);
    CHECK(atlas_webhook_value_boolean(atlas_webhook_value_at(list, 1)) == -1);
    CHECK(atlas_webhook_value_boolean(atlas_webhook_value_at(list, 2)) == 1);
    CHECK(atlas_webhook_value_type(atlas_webhook_value_at(list, 2)) == ATLAS_WEBHOOK_VALUE_BOOLEAN);
    CHECK(atlas_webhook_value_number(atlas_webhook_value_at(list, 2)) == ATLAS_WEBHOOK_ABSENT);
    CHECK(atlas_webhook_value_boolean(atlas_webhook_value_at(list, 3)) == 0);
    CHECK_TEXT(text(atlas_webhook_value_at(list, 4)), "");
    CHECK_TEXT(text(atlas_webhook_value_at(list, 5)), "");
    CHECK_TEXT(text(atlas_webhook_value_at(list, 6)), "\xEF\xBF\xBD");
    CHECK(atlas_webhook_value_at(list, 7) == NULL);
    CHECK(atlas_webhook_value_at(list, SIZE_MAX) == NULL);
    CHECK(memcmp(atlas_webhook_value_json(atlas_webhook_value_at(list, 6), &len), "\"\\ud83d\"", 8)
          == 0);
    CHECK(len == 8);
    atlas_webhook_event_free(event);
}

static void the_details_are_one_json_object(void)
{
    atlas_webhook_event *event =
        parsed("{\"type\":\"order.void\",\"data\":{\"orderNo\":\"A1\",\"voidStatus\":\"5\"}}");
    size_t len = 0;
    const char *details = atlas_webhook_event_details(event, &len);

    CHECK(len == strlen(details));
    CHECK(strstr(details, "\"order_no\":\"A1\"") != NULL);
    CHECK(strstr(details, "{\"void_code\":null,\"void_status\":5,\"message\":null}") != NULL);
    CHECK(atlas_webhook_event_details(event, NULL) == details);
    atlas_webhook_event_free(event);
}

static void a_body_that_is_no_event_is_an_error(void)
{
    static const struct {
        const char *json;
        atlas_webhook_status status;
        uint16_t response_status;
    } cases[] = {
        {"", ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY, 400},
        {"[]", ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY, 400},
        {"{\"a\":1,\"\\u0061\":2}", ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY, 400},
        {NOT_UTF8, ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY, 400},
    };
    atlas_webhook_event *event = UNTOUCHED;
    size_t i;

    for (i = 0; i < COUNT(cases); i++) {
        atlas_webhook_error *error = NULL;

        CHECK(atlas_webhook_event_parse(cases[i].json, strlen(cases[i].json), &event, &error)
              == cases[i].status);
        CHECK(atlas_webhook_error_response_status(error) == cases[i].response_status);
        atlas_webhook_error_free(error);
    }
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_event_parse(NULL, 2, &event, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_event_parse("{}", SIZE_MAX, &event, &error));
    CHECK(event == UNTOUCHED);
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_event_parse("{}", 2, NULL, &error));
}

static void null_gives_absent_values(void)
{
    size_t len = 7;

    CHECK(atlas_webhook_event_kind(NULL) == ATLAS_WEBHOOK_EVENT_UNKNOWN);
    CHECK_TEXT(atlas_webhook_event_type_name(NULL, &len), "");
    CHECK(len == 0);
    CHECK_TEXT(atlas_webhook_event_order_no(NULL, NULL), "");
    CHECK_TEXT(atlas_webhook_event_cid(NULL, NULL), "");
    CHECK_TEXT(atlas_webhook_event_notification_id(NULL, NULL), "");
    CHECK_TEXT(atlas_webhook_event_dedupe_key(NULL, NULL), "");
    CHECK_TEXT(atlas_webhook_event_details(NULL, NULL), "");
    CHECK(atlas_webhook_event_status(NULL) == ATLAS_WEBHOOK_ABSENT);
    CHECK(atlas_webhook_event_incident(NULL) == ATLAS_WEBHOOK_INCIDENT_NONE);
    CHECK(atlas_webhook_event_get(NULL, "orderNo") == NULL);
    CHECK(atlas_webhook_event_get_as(NULL, "orderNo", ATLAS_WEBHOOK_VALUE_STRING) == NULL);
    CHECK(atlas_webhook_event_data(NULL) == NULL);
    CHECK(atlas_webhook_event_root(NULL) == NULL);
    CHECK(atlas_webhook_event_json(NULL, &len) != NULL);
    CHECK(len == 0);
    atlas_webhook_event_free(NULL);

    CHECK(atlas_webhook_value_type(NULL) == ATLAS_WEBHOOK_VALUE_ABSENT);
    CHECK(atlas_webhook_value_get(NULL, "a") == NULL);
    CHECK(atlas_webhook_value_get_n(NULL, "a", 1) == NULL);
    CHECK(atlas_webhook_value_get_as(NULL, "a", ATLAS_WEBHOOK_VALUE_STRING) == NULL);
    CHECK(atlas_webhook_value_at(NULL, 0) == NULL);
    CHECK(atlas_webhook_value_count(NULL) == 0);
    CHECK_TEXT(atlas_webhook_value_name(NULL, 0, &len), "");
    CHECK_TEXT(atlas_webhook_value_text(NULL, &len), "");
    CHECK(atlas_webhook_value_number(NULL) == ATLAS_WEBHOOK_ABSENT);
    CHECK(atlas_webhook_value_boolean(NULL) == -1);
    CHECK(atlas_webhook_value_json(NULL, &len) != NULL);
    CHECK(len == 0);
}

/* The lines of the vectors are JSON objects themselves. */
static void the_deduplication_keys_are_those_of_the_vectors(void)
{
    static char line[16384];
    FILE *vectors = fopen("tests/data/dedupe.jsonl", "r");
    int count = 0;

    CHECK(vectors != NULL);
    while (vectors != NULL && fgets(line, sizeof line, vectors) != NULL) {
        atlas_webhook_event *vector = parsed(line), *event = NULL;
        const atlas_webhook_value *root = atlas_webhook_event_root(vector);
        size_t len = 0;
        const char *body = atlas_webhook_value_text(atlas_webhook_value_get(root, "body"), &len);

        CHECK_OK(atlas_webhook_event_parse(body, len, &event, &error));
        CHECK_TEXT(atlas_webhook_event_dedupe_key(event, NULL),
                   text(atlas_webhook_value_get(root, "key")));
        atlas_webhook_event_free(event);
        atlas_webhook_event_free(vector);
        count++;
    }
    CHECK(count == 20);
    if (vectors != NULL) fclose(vectors);
}

int main(void)
{
    an_event_has_an_envelope();
    every_kind_has_a_number();
    values_are_read_by_name_and_by_place();
    a_value_of_another_type_counts_as_absent_where_a_type_is_wanted();
    the_details_are_one_json_object();
    a_body_that_is_no_event_is_an_error();
    null_gives_absent_values();
    the_deduplication_keys_are_those_of_the_vectors();
    return check_result();
}
