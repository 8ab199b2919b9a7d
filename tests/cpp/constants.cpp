// Every constant of the C++ header against the constant of C. The header is included after macros that <windows.h>
// defines and that are ordinary words.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#define min(a, b) (((a) < (b)) ? (a) : (b))
#define max(a, b) (((a) > (b)) ? (a) : (b))
#define small char
#define interface struct
#define near
#define far
#define ERROR 0
#define IN
#define OUT
#define OPTIONAL

#include "atlas_webhook.hpp"

namespace aw = atlas_webhook;

#define STATUSES(X) \
    X(ok, ATLAS_WEBHOOK_OK) \
    X(want_send, ATLAS_WEBHOOK_WANT_SEND) \
    X(want_receive, ATLAS_WEBHOOK_WANT_RECEIVE) \
    X(done, ATLAS_WEBHOOK_DONE) \
    X(want_response, ATLAS_WEBHOOK_WANT_RESPONSE) \
    X(want_close, ATLAS_WEBHOOK_WANT_CLOSE) \
    X(argument, ATLAS_WEBHOOK_ERR_ARGUMENT) \
    X(state, ATLAS_WEBHOOK_ERR_STATE) \
    X(unsupported, ATLAS_WEBHOOK_ERR_UNSUPPORTED) \
    X(panic, ATLAS_WEBHOOK_ERR_PANIC) \
    X(protocol, ATLAS_WEBHOOK_ERR_PROTOCOL) \
    X(limit, ATLAS_WEBHOOK_ERR_LIMIT) \
    X(closed_early, ATLAS_WEBHOOK_ERR_CLOSED_EARLY) \
    X(encoding, ATLAS_WEBHOOK_ERR_ENCODING) \
    X(redirect, ATLAS_WEBHOOK_ERR_REDIRECT) \
    X(unauthorized, ATLAS_WEBHOOK_ERR_UNAUTHORIZED) \
    X(rate_limited, ATLAS_WEBHOOK_ERR_RATE_LIMITED) \
    X(client_error, ATLAS_WEBHOOK_ERR_CLIENT_ERROR) \
    X(server_error, ATLAS_WEBHOOK_ERR_SERVER_ERROR) \
    X(malformed_reply, ATLAS_WEBHOOK_ERR_MALFORMED_REPLY) \
    X(refused, ATLAS_WEBHOOK_ERR_REFUSED) \
    X(untrusted, ATLAS_WEBHOOK_ERR_UNTRUSTED) \
    X(malformed_delivery, ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY) \
    X(resolve, ATLAS_WEBHOOK_ERR_RESOLVE) \
    X(connect, ATLAS_WEBHOOK_ERR_CONNECT) \
    X(proxy, ATLAS_WEBHOOK_ERR_PROXY) \
    X(tls, ATLAS_WEBHOOK_ERR_TLS) \
    X(timeout, ATLAS_WEBHOOK_ERR_TIMEOUT) \
    X(io, ATLAS_WEBHOOK_ERR_IO) \
    X(cancelled, ATLAS_WEBHOOK_ERR_CANCELLED)

#define FEATURES(X) \
    X(gzip, ATLAS_WEBHOOK_FEATURE_GZIP) \
    X(transport, ATLAS_WEBHOOK_FEATURE_TRANSPORT)

#define LIMITS(X) \
    X(head, ATLAS_WEBHOOK_LIMIT_HEAD) \
    X(fields, ATLAS_WEBHOOK_LIMIT_FIELDS) \
    X(interim, ATLAS_WEBHOOK_LIMIT_INTERIM) \
    X(body, ATLAS_WEBHOOK_LIMIT_BODY) \
    X(chunk_overhead, ATLAS_WEBHOOK_LIMIT_CHUNK_OVERHEAD) \
    X(values, ATLAS_WEBHOOK_LIMIT_VALUES)

#define EVENT_KINDS(X) \
    X(unknown, ATLAS_WEBHOOK_EVENT_UNKNOWN) \
    X(ticketed, ATLAS_WEBHOOK_EVENT_TICKETED) \
    X(schedule_change, ATLAS_WEBHOOK_EVENT_SCHEDULE_CHANGE) \
    X(email_schedule_change, ATLAS_WEBHOOK_EVENT_EMAIL_SCHEDULE_CHANGE) \
    X(abnormal_cancelled, ATLAS_WEBHOOK_EVENT_ABNORMAL_CANCELLED) \
    X(airline_status_, ATLAS_WEBHOOK_EVENT_AIRLINE_STATUS) \
    X(email, ATLAS_WEBHOOK_EVENT_EMAIL) \
    X(void_, ATLAS_WEBHOOK_EVENT_VOID) \
    X(addon_complete, ATLAS_WEBHOOK_EVENT_ADDON_COMPLETE) \
    X(refund_complete, ATLAS_WEBHOOK_EVENT_REFUND_COMPLETE) \
    X(cancelled, ATLAS_WEBHOOK_EVENT_CANCELLED)

#define INCIDENTS(X) \
    X(none, ATLAS_WEBHOOK_INCIDENT_NONE) \
    X(unconfirmed, ATLAS_WEBHOOK_INCIDENT_UNCONFIRMED) \
    X(confirmed, ATLAS_WEBHOOK_INCIDENT_CONFIRMED)

#define VALUE_TYPES(X) \
    X(absent, ATLAS_WEBHOOK_VALUE_ABSENT) \
    X(null, ATLAS_WEBHOOK_VALUE_NULL) \
    X(boolean, ATLAS_WEBHOOK_VALUE_BOOLEAN) \
    X(number, ATLAS_WEBHOOK_VALUE_NUMBER) \
    X(string, ATLAS_WEBHOOK_VALUE_STRING) \
    X(array, ATLAS_WEBHOOK_VALUE_ARRAY) \
    X(object, ATLAS_WEBHOOK_VALUE_OBJECT)

#define SAME(name, constant) static_assert(static_cast<std::int64_t>(kind::name) == (constant));

// A switch without a default: -Wswitch rejects an enumerator that the list lacks.
#define LISTED(name, constant) \
    case kind::name: \
        return true;

#define CHECK_ENUM(enumeration, LIST) \
    namespace check_##enumeration { \
        using kind = aw::enumeration; \
        LIST(SAME) \
        constexpr bool is_listed(kind one) \
        { \
            switch (one) { \
                LIST(LISTED) \
            } \
            return false; \
        } \
        static_assert(!is_listed(static_cast<kind>(0x7FFF))); \
    }

CHECK_ENUM(status, STATUSES)
CHECK_ENUM(feature, FEATURES)
CHECK_ENUM(limit, LIMITS)
CHECK_ENUM(event_kind, EVENT_KINDS)
CHECK_ENUM(incident, INCIDENTS)
CHECK_ENUM(value_type, VALUE_TYPES)

#define NAMED(name, constant) \
    if (aw::to_string(aw::status::name) != #constant) { \
        return EXIT_FAILURE; \
    }

int main()
{
    STATUSES(NAMED)
    return EXIT_SUCCESS;
}
