// Receivers, events, values and typed views. Compiled with and without exceptions.

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "check.hpp"

static_assert(only_moves<aw::receiver> && only_moves<aw::event> && only_moves<aw::result<aw::event>>);
// Views into an event.
static_assert(std::is_trivially_copyable_v<aw::value> && std::is_trivially_copyable_v<aw::segment>);

static constexpr std::string_view target = "/atlas/8f3c";

static constexpr std::string_view change =
    R"({"type":"order.schedulechange","cid":"C","status":0,"notificationId":"N","data":{"orderNo":"A1",)"
    R"("scheduleChangeType":"1","revisedSeg":[{"depTime":"2026-12-04 07:10:00","codeShare":1},7,{}]}})";

static aw::receiver new_receiver()
{
    auto receiver = aw::receiver::make("https://example.com/atlas/8f3c");
    CHECK(receiver);
    return *std::move(receiver);
}

static void a_delivery_becomes_an_event()
{
    auto result = new_receiver().read("POST", target, "Content-Type: application/json\r\n", change);
    CHECK(result);
    const aw::event event = *std::move(result);
    CHECK(event.kind() == aw::event_kind::schedule_change);
    CHECK(event.type_name() == "order.schedulechange");
    CHECK(event.order_no() == "A1" && event.cid() == "C" && event.notification_id() == "N");
    CHECK(event.status() == 0 && event.incident() == aw::incident::unconfirmed);
    CHECK(event.dedupe_key() == "id:N:0");
    CHECK(event.json() == change);
    CHECK(event.details().find("\"schedule_change_type\":1") != std::string_view::npos);
    CHECK(aw::event::parse(event.json())->dedupe_key() == event.dedupe_key());
}

static void values_chain()
{
    const auto parsed = aw::event::parse(change);
    const aw::event &event = *parsed;
    const aw::value data = event.data();
    CHECK(data["revisedSegs"][0]["depTime"].text() == "2026-12-04 07:10:00");
    CHECK(data["revisedSegs"].count() == 3 && data["revisedSegs"][1].number() == 7);
    CHECK(data[std::string("scheduleChangeType")].number() == 1);
    CHECK(data["revisedSegs"][0]["codeShare"].boolean() == true);
    CHECK(!data["revisedSegs"][9]["depTime"] && !data["none"] && data["none"][0]["x"].text().empty());
    CHECK(data["none"].type() == aw::value_type::absent && !data["none"].number());
    CHECK(data.name(0) == "orderNo" && data[std::size_t{0}].json() == "\"A1\"");
    CHECK(event.get("scheduleChangeType").text() == "1" && event.root()["cid"].text() == "C");
    CHECK(data.type() == aw::value_type::object && bool(data));
}

static void a_value_of_a_wrong_type_hides_no_other()
{
    const auto parsed = aw::event::parse(
        R"({"type":"order.schedulechange","scheduleChangeType":2,"data":{"scheduleChangeType":[],)"
        R"("previousSegs":{},"previousSeg":[{"depTerminal":[],"departureTerminal":"T1","codeShare":2}]}})");
    const auto &event = *parsed;
    CHECK(event.get("scheduleChangeType").type() == aw::value_type::array);
    CHECK(event.get_as("scheduleChangeType", aw::value_type::number).number() == 2);
    CHECK(event.get_as(std::string("previousSegs"), aw::value_type::array).count() == 1);
    CHECK(!event.get_as("previousSegs", aw::value_type::string));
    const aw::value segment = event.data()["previousSeg"][0];
    CHECK(segment["depTerminal"].type() == aw::value_type::array);
    CHECK(segment.get_as("depTerminal", aw::value_type::string).text() == "T1");
    CHECK(!segment.get_as("codeShare", aw::value_type::boolean));
    const auto view = event.as<aw::schedule_change>();
    CHECK(view->schedule_change_type() == 2);
    CHECK((*view->previous_segs().begin()).dep_terminal() == "T1");
}

static void views_are_typed_by_their_kind()
{
    const auto event = aw::event::parse(change);
    CHECK(!event->as<aw::ticketed>());
    const auto view = event->as<aw::schedule_change>();
    CHECK(view && view->schedule_change_type() == 1);
    std::size_t count = 0;
    for (const aw::segment segment : view->revised_segs()) {
        CHECK(count > 0 || segment.dep_time() == "2026-12-04 07:10:00");
        CHECK(count > 0 || segment.code_share() == true);
        CHECK(count == 0 || (segment.dep_time().empty() && !segment.code_share()));
        count++;
    }
    CHECK(count == 2);
    CHECK(view->previous_segs().empty() && !view->revised_segs().empty());

    const auto ticketed = aw::event::parse(
        R"({"type":"order.ticketed","data":{"paxTicketInfos":[{"ticketNos":["1",null,2,""],)"
        R"("ancillaries":[{"auxSeatElement":{"row":12}},{"auxSeatElement":null}]}]}})");
    const auto passenger = *ticketed->as<aw::ticketed>()->passengers().begin();
    std::string numbers;
    for (const std::string_view number : passenger.ticket_nos()) {
        numbers += number;
        numbers += ' ';
    }
    CHECK(numbers == "1 2 ");
    const aw::list<std::string_view> tickets = passenger.ticket_nos();
    CHECK(std::vector(tickets.begin(), tickets.end()) == (std::vector<std::string_view>{"1", "2"}));
    auto ancillary = passenger.ancillaries().begin();
    CHECK((*ancillary).aux_seat_element()->row() == "12");
    CHECK(!(*ancillary).aux_baggage_element());
    ++ancillary;
    CHECK(!(*ancillary).aux_seat_element());
}

static void lists_have_the_iterators_of_the_standard_library()
{
    using segments = aw::list<aw::segment>;
    using traits = std::iterator_traits<segments::iterator>;
    static_assert(std::is_same_v<traits::iterator_category, std::input_iterator_tag>);
    static_assert(std::is_same_v<traits::value_type, aw::segment> && std::is_same_v<traits::reference, aw::segment>);
    static_assert(std::is_same_v<traits::difference_type, std::ptrdiff_t>);
#if defined(__cpp_lib_ranges)
    static_assert(std::forward_iterator<segments::iterator> && std::ranges::forward_range<segments>);
#endif
    const auto event = aw::event::parse(change);
    const segments found = event->as<aw::schedule_change>()->revised_segs();
    const auto without_time = [](const aw::segment &segment) { return segment.dep_time().empty(); };
    const auto second = std::find_if(found.begin(), found.end(), without_time);
    CHECK(second != found.end() && second != found.begin() && second->dep_time().empty());
    CHECK(std::distance(found.begin(), found.end()) == 2);
    CHECK(std::distance(found.begin(), second) == 1);
    CHECK(std::count_if(found.begin(), found.end(), without_time) == 1);
    CHECK(std::vector(found.begin(), found.end()).front().dep_time() == "2026-12-04 07:10:00");
    auto next = found.begin();
    CHECK(next++ == found.begin() && next == second);
    CHECK((*next++).dep_time().empty() && next == found.end());
    CHECK(segments::iterator() == segments::iterator());
    CHECK(segments().begin() == segments().end());
#if defined(__cpp_lib_ranges)
    CHECK(std::ranges::find_if(found, without_time) == second);
#endif
}

static void rejections_have_a_response_status()
{
    using namespace std::string_view_literals;
    auto receiver = new_receiver();
    CHECK(receiver.set_limit(aw::limit::values, 2));
    for (int i = 0; i < 9; i++) {
        CHECK(receiver.add_url("/new"));
    }
    CHECK(receiver.read("POST", "/new", {}, "{}"));
    const auto wrong_method = receiver.read("GET", target, {}, "{}");
    CHECK(wrong_method.error().code() == aw::status::malformed_delivery);
    CHECK(wrong_method.error().response_status() == 405);
    const auto wrong_target = receiver.read("POST", "/atlas/8f3c\0"sv, {}, "{}");
    CHECK(wrong_target.error().code() == aw::status::untrusted);
    CHECK(wrong_target.error().response_status() == 404);
    const auto too_many = receiver.read("POST", target, {}, "{\"a\":1,\"b\":2}");
    CHECK(too_many.error().code() == aw::status::limit && too_many.error().response_status() == 413);
    CHECK(receiver.parse("{\"a\":1,\"b\":2}").error().code() == aw::status::limit);
    CHECK(receiver.parse("{}")->json() == "{}");
    CHECK(receiver.read("POST", target, {}, {}).error().response_status() == 400);
    CHECK(receiver.read("POST", target, "Content-Encoding: br\r\n", "x").error().response_status() == 415);
    CHECK(is_rejected(aw::receiver::make("no URL")));
    CHECK(is_rejected(aw::receiver::make(std::string("/a\0b", 4))));
}

static void objects_that_hold_nothing_give_absent_values()
{
    const aw::event event;
    CHECK(event.kind() == aw::event_kind::unknown && !event.as<aw::void_>() && !event.status());
    CHECK(event.type_name().empty() && event.json().empty() && event.dedupe_key().empty());
    CHECK(!event.data() && event.data()["a"][0].text().empty());
    CHECK(aw::segment().dep_time().empty() && aw::ticketed().passengers().empty());
    aw::receiver receiver;
    CHECK(is_rejected(receiver.read("POST", "/", {}, "{}")) && is_rejected(receiver.add_url("/")));
    CHECK(is_rejected(receiver.set_limit(aw::limit::body, 1)));
    CHECK(aw::event::parse("[]").error().response_status() == 400);
    CHECK(!aw::event::parse("[]").error().message().empty());
    CHECK(is_rejected(aw::receiver().parse("{}")));
    CHECK(aw::webhook_error().response_status() == 500);
}

// The lines of the vectors are JSON objects themselves.
static void the_deduplication_keys_are_those_of_the_vectors()
{
    std::ifstream vectors("tests/data/dedupe.jsonl");
    int count = 0;
    for (std::string line; std::getline(vectors, line); count++) {
        const auto vector = aw::event::parse(line);
        const auto event = aw::event::parse(vector->root()["body"].text());
        CHECK(event->dedupe_key() == vector->root()["key"].text());
    }
    CHECK(count == 20);
}

int main()
{
    a_delivery_becomes_an_event();
    values_chain();
    a_value_of_a_wrong_type_hides_no_other();
    views_are_typed_by_their_kind();
    lists_have_the_iterators_of_the_standard_library();
    rejections_have_a_response_status();
    objects_that_hold_nothing_give_absent_values();
    the_deduplication_keys_are_those_of_the_vectors();
    return check_result();
}
