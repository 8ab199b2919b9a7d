#include <string.h>

#include "mutated.h"

void outcome_start(outcome *outcome)
{
    outcome->len = 0;
    outcome->status = ATLAS_WEBHOOK_OK;
}

static void append(outcome *outcome, const void *bytes, size_t len)
{
    if (len > OUTCOME_LIMIT - outcome->len) fault("an outcome is larger than expected");
    if (len != 0) memcpy(outcome->bytes + outcome->len, bytes, len);
    outcome->len += len;
}

void outcome_number(outcome *outcome, int64_t number)
{
    append(outcome, &number, sizeof number);
}

void outcome_bytes(outcome *outcome, const void *bytes, size_t len)
{
    outcome_number(outcome, (int64_t)len);
    append(outcome, bytes, len);
}

void outcome_error(outcome *outcome, atlas_webhook_error *error)
{
    const char *display;
    const void *bytes;
    size_t len = 0;

    if (error == NULL) return;
    outcome->status = atlas_webhook_error_status(error);
    if (outcome->status == ATLAS_WEBHOOK_ERR_PANIC) fault("a panic");
    display = atlas_webhook_error_display(error, &len);
    if (strstr(display, SECRET) != NULL) fault("a secret is displayed");
    outcome_bytes(outcome, display, len);
    outcome_number(outcome, outcome->status);
    outcome_number(outcome, atlas_webhook_error_api_status(error));
    outcome_number(outcome, atlas_webhook_error_http_status(error));
    outcome_number(outcome, atlas_webhook_error_response_status(error));
    outcome_number(outcome, (int64_t)atlas_webhook_error_offset(error));
    outcome_number(outcome, atlas_webhook_error_retryable(error));
    outcome_number(outcome, atlas_webhook_error_retry_after(error));
    bytes = atlas_webhook_error_api_message(error, &len);
    outcome_bytes(outcome, bytes, len);
    bytes = atlas_webhook_error_request_id(error, &len);
    outcome_bytes(outcome, bytes, len);
    bytes = atlas_webhook_error_response_field_lines(error, &len);
    outcome_bytes(outcome, bytes, len);
    bytes = atlas_webhook_error_response_body(error, &len);
    outcome_bytes(outcome, bytes, len);
    atlas_webhook_error_free(error);
}

void outcome_event(outcome *outcome, atlas_webhook_event *event)
{
    const void *bytes;
    size_t len = 0;

    outcome_number(outcome, atlas_webhook_event_kind(event));
    outcome_number(outcome, atlas_webhook_event_status(event));
    outcome_number(outcome, atlas_webhook_event_incident(event));
    outcome_number(outcome, (int64_t)atlas_webhook_value_count(atlas_webhook_event_data(event)));
    bytes = atlas_webhook_event_order_no(event, &len);
    outcome_bytes(outcome, bytes, len);
    bytes = atlas_webhook_event_dedupe_key(event, &len);
    outcome_bytes(outcome, bytes, len);
    bytes = atlas_webhook_event_details(event, &len);
    outcome_bytes(outcome, bytes, len);
    bytes = atlas_webhook_event_json(event, &len);
    outcome_bytes(outcome, bytes, len);
    atlas_webhook_event_free(event);
}
