/* Prints the events of files, one line of JSON each: the envelope, the deduplication key and every
 * field of the kind, under the names of the typed views of the other languages. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "atlas_webhook.h"

enum content { TEXT, NUMBER, BOOLEAN, TEXTS, LIST, OBJECT };

/* The type of each content. */
static const int32_t TYPES[] = {
    ATLAS_WEBHOOK_VALUE_STRING, ATLAS_WEBHOOK_VALUE_NUMBER, ATLAS_WEBHOOK_VALUE_BOOLEAN,
    ATLAS_WEBHOOK_VALUE_ARRAY,  ATLAS_WEBHOOK_VALUE_ARRAY,  ATLAS_WEBHOOK_VALUE_OBJECT,
};

struct field {
    const char *name;
    const char *vendor;
    enum content content;
    const struct field *fields;
};

#define END {NULL, NULL, TEXT, NULL}

static const struct field BAGGAGE[] = {
    {"piece", "piece", NUMBER, NULL},
    {"weight", "weight", TEXT, NULL},
    {"is_all_weight", "isAllWeight", BOOLEAN, NULL},
    {"size", "size", TEXT, NULL},
    END,
};

static const struct field SEAT[] = {
    {"row", "row", TEXT, NULL},
    {"column", "column", TEXT, NULL},
    END,
};

static const struct field ANCILLARY[] = {
    {"product_code", "productCode", TEXT, NULL},
    {"segment_index", "segmentIndex", NUMBER, NULL},
    {"buy_method", "buyMethod", TEXT, NULL},
    {"offer_id", "offerId", TEXT, NULL},
    {"ancillary_emd", "ancillaryEMD", TEXT, NULL},
    {"ancillary_price", "ancillaryPrice", TEXT, NULL},
    {"currency", "currency", TEXT, NULL},
    {"vendor_price", "vendorPrice", TEXT, NULL},
    {"vendor_currency", "vendorCurrency", TEXT, NULL},
    {"product_type", "productType", TEXT, NULL},
    {"display_currency", "displayCurrency", TEXT, NULL},
    {"display_price", "displayPrice", TEXT, NULL},
    {"aux_baggage_element", "auxBaggageElement", OBJECT, BAGGAGE},
    {"aux_seat_element", "auxSeatElement", OBJECT, SEAT},
    END,
};

static const struct field PASSENGER[] = {
    {"name", "name", TEXT, NULL},
    {"passenger_type", "passengerType", NUMBER, NULL},
    {"birthday", "birthday", TEXT, NULL},
    {"gender", "gender", TEXT, NULL},
    {"card_num", "cardNum", TEXT, NULL},
    {"card_type", "cardType", TEXT, NULL},
    {"card_issue_place", "cardIssuePlace", TEXT, NULL},
    {"card_expired", "cardExpired", TEXT, NULL},
    {"nationality", "nationality", TEXT, NULL},
    {"ticket_nos", "ticketNos", TEXTS, NULL},
    {"airline_pnrs", "airlinePNRs", TEXTS, NULL},
    {"ancillaries", "ancillaries", LIST, ANCILLARY},
    END,
};

static const struct field SEGMENT[] = {
    {"carrier", "carrier", TEXT, NULL},
    {"flight_number", "flightNumber", TEXT, NULL},
    {"dep_airport", "depAirport", TEXT, NULL},
    {"arr_airport", "arrAirport", TEXT, NULL},
    {"dep_time", "depTime", TEXT, NULL},
    {"arr_time", "arrTime", TEXT, NULL},
    {"dep_terminal", "depTerminal", TEXT, NULL},
    {"arr_terminal", "arrTerminal", TEXT, NULL},
    {"code_share", "codeShare", BOOLEAN, NULL},
    {"direction", "direction", NUMBER, NULL},
    END,
};

static const struct field TICKETED[] = {
    {"order_status", "orderStatus", NUMBER, NULL},
    {"passengers", "paxTicketInfos", LIST, PASSENGER},
    END,
};

static const struct field SCHEDULE_CHANGE[] = {
    {"schedule_change_type", "scheduleChangeType", NUMBER, NULL},
    {"previous_segs", "previousSegs", LIST, SEGMENT},
    {"revised_segs", "revisedSegs", LIST, SEGMENT},
    {"original_segs", "originalSegs", LIST, SEGMENT},
    END,
};

static const struct field EMAIL_SCHEDULE_CHANGE[] = {
    {"email_subject", "emailSubject", TEXT, NULL},
    {"email_link", "emailLink", TEXT, NULL},
    {"email_receiving_date", "emailReceivingDate", TEXT, NULL},
    END,
};

static const struct field ABNORMAL_CANCELLED[] = {
    {"vendor_refund_information", "vendorRefundInformation", TEXT, NULL},
    END,
};

static const struct field AIRLINE_STATUS[] = {
    {"airlines", "airline", TEXTS, NULL},
    {"airline_status", "airlineStatus", TEXT, NULL},
    END,
};

static const struct field EMAIL[] = {
    {"email_receiving_date", "emailReceivingDate", TEXT, NULL},
    {"unique_code", "uniqueCode", TEXT, NULL},
    {"email_category", "emailCategory", TEXT, NULL},
    {"from", "from", TEXT, NULL},
    {"to", "to", TEXT, NULL},
    {"email_subject", "emailSubject", TEXT, NULL},
    {"email_link", "emailLink", TEXT, NULL},
    {"create_time", "createTime", TEXT, NULL},
    END,
};

static const struct field VOID[] = {
    {"void_code", "voidCode", TEXT, NULL},
    {"void_status", "voidStatus", NUMBER, NULL},
    {"message", "message", TEXT, NULL},
    END,
};

static const struct field ADDON_COMPLETE[] = {
    {"addon_order_no", "addonOrderNo", TEXT, NULL},
    {"original_order_no", "originalOrderNo", TEXT, NULL},
    {"order_status", "orderStatus", NUMBER, NULL},
    {"passengers", "paxTicketInfos", LIST, PASSENGER},
    END,
};

static const struct field REFUND_COMPLETE[] = {
    {"refund_status", "refundStatus", NUMBER, NULL},
    {"currency", "currency", TEXT, NULL},
    {"original_total_fare", "originalTotalFare", TEXT, NULL},
    {"original_total_ancillary_amount", "originalTotalAncillaryAmount", TEXT, NULL},
    {"original_total_amount", "originalTotalAmount", TEXT, NULL},
    {"airline_penalty_amount_for_fare", "airlinePenaltyAmountForFare", TEXT, NULL},
    {"airline_penalty_amount_for_ancillaries", "airlinePenaltyAmountForAncillaries", TEXT, NULL},
    {"airline_penalty_amount", "airlinePenaltyAmount", TEXT, NULL},
    {"final_refund_amount", "finalRefundAmount", TEXT, NULL},
    {"transaction_fee", "transactionFee", TEXT, NULL},
    END,
};

static const struct field CANCELLED[] = {
    {"order_status", "orderStatus", NUMBER, NULL},
    {"error_code", "errorCode", TEXT, NULL},
    {"error_message", "errorMessage", TEXT, NULL},
    END,
};

static const struct field UNKNOWN[] = {END};

/* By the number of the kind. */
static const struct {
    const char *name;
    const struct field *fields;
} KINDS[] = {
    {"unknown", UNKNOWN},
    {"ticketed", TICKETED},
    {"schedule_change", SCHEDULE_CHANGE},
    {"email_schedule_change", EMAIL_SCHEDULE_CHANGE},
    {"abnormal_cancelled", ABNORMAL_CANCELLED},
    {"airline_status", AIRLINE_STATUS},
    {"email", EMAIL},
    {"void", VOID},
    {"addon_complete", ADDON_COMPLETE},
    {"refund_complete", REFUND_COMPLETE},
    {"cancelled", CANCELLED},
};

static const char *const INCIDENTS[] = {"", "unconfirmed", "confirmed"};

static void print_string(const char *text, size_t len)
{
    size_t i;

    putchar('"');
    for (i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)text[i];
        const char *shorter = c == '\0' ? NULL : strchr("\"\"\\\\\bb\tt\nn\ff\rr", c);

        if (c == '"' || c == '\\') {
            printf("\\%c", c);
        } else if (c < ' ' && shorter != NULL) {
            printf("\\%c", shorter[1]);
        } else if (c < ' ') {
            printf("\\u%04x", c);
        } else {
            putchar(c);
        }
    }
    putchar('"');
}

/* Absent text is empty. */
static void print_text(const char *text, size_t len)
{
    if (len == 0) {
        printf("null");
    } else {
        print_string(text, len);
    }
}

static void print_number(int64_t number)
{
    if (number == ATLAS_WEBHOOK_ABSENT) {
        printf("null");
    } else {
        printf("%lld", (long long)number);
    }
}

static void print_field(const struct field *field, const atlas_webhook_value *value);

static void print_object(const struct field *field, const atlas_webhook_value *value)
{
    const char *comma = "";

    putchar('{');
    for (; field->name != NULL; field++) {
        printf("%s\"%s\":", comma, field->name);
        print_field(field, atlas_webhook_value_get_as(value, field->vendor, TYPES[field->content]));
        comma = ",";
    }
    putchar('}');
}

static void print_list(const struct field *fields, const atlas_webhook_value *value)
{
    const size_t count = atlas_webhook_value_type(value) == ATLAS_WEBHOOK_VALUE_ARRAY
                             ? atlas_webhook_value_count(value)
                             : 0;
    const char *comma = "";
    size_t i, len;

    putchar('[');
    for (i = 0; i < count; i++) {
        const atlas_webhook_value *member = atlas_webhook_value_at(value, i);
        const char *text = atlas_webhook_value_text(member, &len);

        if (fields == NULL ? len == 0
                           : atlas_webhook_value_type(member) != ATLAS_WEBHOOK_VALUE_OBJECT) {
            continue;
        }
        printf("%s", comma);
        comma = ",";
        if (fields == NULL) {
            print_text(text, len);
        } else {
            print_object(fields, member);
        }
    }
    putchar(']');
}

static void print_field(const struct field *field, const atlas_webhook_value *value)
{
    static const char *const booleans[] = {"null", "false", "true"};
    const char *text;
    size_t len;

    switch (field->content) {
    case TEXT:
        text = atlas_webhook_value_text(value, &len);
        print_text(text, len);
        break;
    case NUMBER:
        print_number(atlas_webhook_value_number(value));
        break;
    case BOOLEAN:
        printf("%s", booleans[atlas_webhook_value_boolean(value) + 1]);
        break;
    case TEXTS:
    case LIST:
        print_list(field->fields, value);
        break;
    case OBJECT:
        if (atlas_webhook_value_type(value) == ATLAS_WEBHOOK_VALUE_OBJECT) {
            print_object(field->fields, value);
        } else {
            printf("null");
        }
        break;
    }
}

static void print_member(const char *name,
                         const char *(*get)(const atlas_webhook_event *, size_t *),
                         const atlas_webhook_event *event)
{
    size_t len;
    const char *text = get(event, &len);

    printf(",\"%s\":", name);
    print_text(text, len);
}

static void print_event(const atlas_webhook_event *event)
{
    const int32_t kind = atlas_webhook_event_kind(event);
    const char *incident = INCIDENTS[atlas_webhook_event_incident(event)];
    const struct field *field;
    const char *text, *comma = "";
    size_t len;

    printf("{\"kind\":\"%s\",\"type_name\":", KINDS[kind].name);
    text = atlas_webhook_event_type_name(event, &len);
    print_string(text, len);
    print_member("order_no", atlas_webhook_event_order_no, event);
    print_member("cid", atlas_webhook_event_cid, event);
    print_member("notification_id", atlas_webhook_event_notification_id, event);
    printf(",\"status\":");
    print_number(atlas_webhook_event_status(event));
    printf(",\"incident\":");
    print_text(incident, strlen(incident));
    print_member("dedupe_key", atlas_webhook_event_dedupe_key, event);
    printf(",\"details\":{");
    for (field = KINDS[kind].fields; field->name != NULL; field++) {
        printf("%s\"%s\":", comma, field->name);
        print_field(field, atlas_webhook_event_get_as(event, field->vendor, TYPES[field->content]));
        comma = ",";
    }
    printf("}}\n");
}

static int print_file(const char *path)
{
    static char body[65536];
    atlas_webhook_event *event = NULL;
    atlas_webhook_error *error = NULL;
    FILE *file = fopen(path, "rb");
    size_t len;

    if (file == NULL) {
        perror(path);
        return EXIT_FAILURE;
    }
    len = fread(body, 1, sizeof body, file);
    fclose(file);
    if (atlas_webhook_event_parse(body, len, &event, &error) != ATLAS_WEBHOOK_OK) {
        fprintf(stderr, "%s: %s\n", path, atlas_webhook_error_display(error, NULL));
        atlas_webhook_error_free(error);
        return EXIT_FAILURE;
    }
    print_event(event);
    atlas_webhook_event_free(event);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    int i, status = EXIT_SUCCESS;

    for (i = 1; i < argc && status == EXIT_SUCCESS; i++) {
        status = print_file(argv[i]);
    }
    return status;
}
