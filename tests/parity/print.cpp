// Prints the events of files, one line of JSON each: the envelope, the deduplication key and every
// field of the kind, by the typed views.

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "atlas_webhook.hpp"

namespace aw = atlas_webhook;

static void print_string(std::string_view text)
{
    std::cout << '"';
    for (const char c : text) {
        switch (c) {
        case '"': std::cout << "\\\""; break;
        case '\\': std::cout << "\\\\"; break;
        case '\b': std::cout << "\\b"; break;
        case '\t': std::cout << "\\t"; break;
        case '\n': std::cout << "\\n"; break;
        case '\f': std::cout << "\\f"; break;
        case '\r': std::cout << "\\r"; break;
        default:
            if (static_cast<unsigned char>(c) < ' ') {
                char escape[8];
                std::snprintf(escape, sizeof escape, "\\u%04x", c);
                std::cout << escape;
            } else {
                std::cout << c;
            }
        }
    }
    std::cout << '"';
}

// One line for each field of each view, so that a getter that is missing here shows.

static void print_value(std::string_view text)
{
    if (text.empty()) {
        std::cout << "null";
    } else {
        print_string(text);
    }
}

static void print_value(std::optional<std::int64_t> number)
{
    if (number) {
        std::cout << *number;
    } else {
        std::cout << "null";
    }
}

static void print_value(std::optional<bool> boolean)
{
    std::cout << (!boolean ? "null" : *boolean ? "true" : "false");
}

template <typename T>
void print_value(const aw::list<T> &list);

template <typename T>
void print_value(const std::optional<T> &object);

// The members of one object.
class object {
public:
    object()
    {
        std::cout << '{';
    }

    object(const object &) = delete;
    object &operator=(const object &) = delete;

    ~object()
    {
        std::cout << '}';
    }

    template <typename T>
    object &member(const char *name, const T &value)
    {
        std::cout << comma_ << '"' << name << "\":";
        comma_ = ",";
        print_value(value);
        return *this;
    }

private:
    const char *comma_ = "";
};

static void print_value(const aw::baggage &of)
{
    object()
        .member("piece", of.piece())
        .member("weight", of.weight())
        .member("is_all_weight", of.is_all_weight())
        .member("size", of.size());
}

static void print_value(const aw::seat &of)
{
    object().member("row", of.row()).member("column", of.column());
}

static void print_value(const aw::ancillary &of)
{
    object()
        .member("product_code", of.product_code())
        .member("segment_index", of.segment_index())
        .member("buy_method", of.buy_method())
        .member("offer_id", of.offer_id())
        .member("ancillary_emd", of.ancillary_emd())
        .member("ancillary_price", of.ancillary_price())
        .member("currency", of.currency())
        .member("vendor_price", of.vendor_price())
        .member("vendor_currency", of.vendor_currency())
        .member("product_type", of.product_type())
        .member("display_currency", of.display_currency())
        .member("display_price", of.display_price())
        .member("aux_baggage_element", of.aux_baggage_element())
        .member("aux_seat_element", of.aux_seat_element());
}

static void print_value(const aw::passenger &of)
{
    object()
        .member("name", of.name())
        .member("passenger_type", of.passenger_type())
        .member("birthday", of.birthday())
        .member("gender", of.gender())
        .member("card_num", of.card_num())
        .member("card_type", of.card_type())
        .member("card_issue_place", of.card_issue_place())
        .member("card_expired", of.card_expired())
        .member("nationality", of.nationality())
        .member("ticket_nos", of.ticket_nos())
        .member("airline_pnrs", of.airline_pnrs())
        .member("ancillaries", of.ancillaries());
}

static void print_value(const aw::segment &of)
{
    object()
        .member("carrier", of.carrier())
        .member("flight_number", of.flight_number())
        .member("dep_airport", of.dep_airport())
        .member("arr_airport", of.arr_airport())
        .member("dep_time", of.dep_time())
        .member("arr_time", of.arr_time())
        .member("dep_terminal", of.dep_terminal())
        .member("arr_terminal", of.arr_terminal())
        .member("code_share", of.code_share())
        .member("direction", of.direction());
}

static void print_value(const aw::ticketed &of)
{
    object().member("order_status", of.order_status()).member("passengers", of.passengers());
}

static void print_value(const aw::schedule_change &of)
{
    object()
        .member("schedule_change_type", of.schedule_change_type())
        .member("previous_segs", of.previous_segs())
        .member("revised_segs", of.revised_segs())
        .member("original_segs", of.original_segs());
}

static void print_value(const aw::email_schedule_change &of)
{
    object()
        .member("email_subject", of.email_subject())
        .member("email_link", of.email_link())
        .member("email_receiving_date", of.email_receiving_date());
}

static void print_value(const aw::abnormal_cancelled &of)
{
    object().member("vendor_refund_information", of.vendor_refund_information());
}

static void print_value(const aw::airline_status_ &of)
{
    object().member("airlines", of.airlines()).member("airline_status", of.airline_status());
}

static void print_value(const aw::email &of)
{
    object()
        .member("email_receiving_date", of.email_receiving_date())
        .member("unique_code", of.unique_code())
        .member("email_category", of.email_category())
        .member("from", of.from())
        .member("to", of.to())
        .member("email_subject", of.email_subject())
        .member("email_link", of.email_link())
        .member("create_time", of.create_time());
}

static void print_value(const aw::void_ &of)
{
    object()
        .member("void_code", of.void_code())
        .member("void_status", of.void_status())
        .member("message", of.message());
}

static void print_value(const aw::addon_complete &of)
{
    object()
        .member("addon_order_no", of.addon_order_no())
        .member("original_order_no", of.original_order_no())
        .member("order_status", of.order_status())
        .member("passengers", of.passengers());
}

static void print_value(const aw::refund_complete &of)
{
    object()
        .member("refund_status", of.refund_status())
        .member("currency", of.currency())
        .member("original_total_fare", of.original_total_fare())
        .member("original_total_ancillary_amount", of.original_total_ancillary_amount())
        .member("original_total_amount", of.original_total_amount())
        .member("airline_penalty_amount_for_fare", of.airline_penalty_amount_for_fare())
        .member("airline_penalty_amount_for_ancillaries",
                of.airline_penalty_amount_for_ancillaries())
        .member("airline_penalty_amount", of.airline_penalty_amount())
        .member("final_refund_amount", of.final_refund_amount())
        .member("transaction_fee", of.transaction_fee());
}

static void print_value(const aw::cancelled &of)
{
    object()
        .member("order_status", of.order_status())
        .member("error_code", of.error_code())
        .member("error_message", of.error_message());
}

template <typename T>
void print_value(const aw::list<T> &list)
{
    const char *comma = "";
    std::cout << '[';
    for (const T member : list) {
        std::cout << comma;
        comma = ",";
        print_value(member);
    }
    std::cout << ']';
}

template <typename T>
void print_value(const std::optional<T> &object)
{
    if (object) {
        print_value(*object);
    } else {
        std::cout << "null";
    }
}

// Looks for the view that fits, and prints it if asked.
template <typename View>
static bool fits(const char *name, const aw::event &event, bool print, const char *&kind)
{
    const auto view = event.as<View>();
    if (view && print) {
        print_value(*view);
    }
    if (view) {
        kind = name;
    }
    return view.has_value();
}

static const char *kind_of(const aw::event &event, bool print)
{
    const char *kind = "unknown";
    const bool found = fits<aw::ticketed>("ticketed", event, print, kind)
                       || fits<aw::schedule_change>("schedule_change", event, print, kind)
                       || fits<aw::email_schedule_change>("email_schedule_change", event, print, kind)
                       || fits<aw::abnormal_cancelled>("abnormal_cancelled", event, print, kind)
                       || fits<aw::airline_status_>("airline_status", event, print, kind)
                       || fits<aw::email>("email", event, print, kind)
                       || fits<aw::void_>("void", event, print, kind)
                       || fits<aw::addon_complete>("addon_complete", event, print, kind)
                       || fits<aw::refund_complete>("refund_complete", event, print, kind)
                       || fits<aw::cancelled>("cancelled", event, print, kind);
    if (!found && print) {
        std::cout << "{}";
    }
    return kind;
}

static void print(const aw::event &event)
{
    static constexpr std::string_view incidents[] = {"", "unconfirmed", "confirmed"};
    std::cout << "{\"kind\":\"" << kind_of(event, false) << "\",\"type_name\":";
    print_string(event.type_name());
    std::cout << ",\"order_no\":";
    print_value(event.order_no());
    std::cout << ",\"cid\":";
    print_value(event.cid());
    std::cout << ",\"notification_id\":";
    print_value(event.notification_id());
    std::cout << ",\"status\":";
    print_value(event.status());
    std::cout << ",\"incident\":";
    print_value(incidents[static_cast<std::int32_t>(event.incident())]);
    std::cout << ",\"dedupe_key\":";
    print_value(event.dedupe_key());
    std::cout << ",\"details\":";
    kind_of(event, true);
    std::cout << "}\n";
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        std::ifstream file(argv[i], std::ios::binary);
        const std::string body(std::istreambuf_iterator<char>(file), {});
        const auto event = aw::event::parse(body);
        if (!event) {
            std::cerr << argv[i] << ": " << event.error().display() << '\n';
            return 1;
        }
        print(*event);
    }
}
