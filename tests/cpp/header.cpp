// The C++ header: ownership, results, errors, text. Compiled with and without exceptions.

#include <cerrno>
#include <string>
#include <type_traits>
#include <utility>

#include "check.hpp"

static_assert(only_moves<aw::response>);
static_assert(only_moves<aw::endpoint> && only_moves<aw::request> && only_moves<aw::exchange>);
static_assert(only_moves<aw::reply> && only_moves<aw::transport> && only_moves<aw::cancel>);
static_assert(only_moves<aw::result<aw::reply>>);
static_assert(std::is_nothrow_copy_constructible_v<aw::webhook_error>);
static_assert(std::is_nothrow_move_constructible_v<aw::webhook_error>);

static const char *const url = "https://example.com/atlas?token=s3cret";

static aw::request new_request()
{
    auto endpoint = aw::endpoint::make();
    CHECK(endpoint);
    auto request = aw::request::registration(*endpoint, url, "XXXXXXXX");
    CHECK(request);
    return *std::move(request);
}

static void a_request_shows_its_parts()
{
    auto endpoint = aw::endpoint::make("http://[::1]:8080/v1");
    CHECK(endpoint->set_credentials("id", "secret"));
    CHECK(endpoint->set_header("X-Trace", std::string("42")));
    CHECK(endpoint->set_limit(aw::limit::body, 1000));
    CHECK(endpoint->set_plaintext_allowed(false));
    const auto made = aw::request::registration(*endpoint, std::string(url));
    const auto &request = *made;
    CHECK(request.method() == "POST");
    CHECK(request.url() == "http://[::1]:8080/v1/updateWebhookURL.do");
    CHECK(request.host() == "::1");
    CHECK(request.port() == 8080);
    CHECK(!request.is_tls());
    CHECK(request.body() == "{\"url\":\"https://example.com/atlas?token=s3cret\"}");
    CHECK(request.bytes().substr(0, 5) == "POST ");
    CHECK(request.header_count() == 7);
    CHECK(request.header_at(6).name == "X-Trace" && request.header_at(6).value == "42");
    CHECK(request.header_line(6) == "X-Trace: 42");
    CHECK(request.header_at(7).name.empty() && request.header_line(7).empty());
    CHECK(endpoint->clear_header("X-Trace") && endpoint->clear_credentials());
    CHECK(aw::request::registration(*endpoint, url)->header_count() == 4);
}

static void settings_of_an_endpoint_that_are_rejected_have_an_error()
{
    auto endpoint = aw::endpoint::make();
    CHECK(is_rejected(endpoint->set_credentials("", "secret")));
    CHECK(is_rejected(endpoint->set_credentials("id", "")));
    CHECK(is_rejected(endpoint->set_header("Host", "example.com")));
    CHECK(is_rejected(endpoint->set_header("X-Trace", "a\r\nb")));
    CHECK(is_rejected(endpoint->clear_header(nullptr)));
    CHECK(is_rejected(endpoint->set_limit(static_cast<aw::limit>(99), 1)));

    aw::endpoint none;
    CHECK(is_rejected(none.clear_credentials()) && is_rejected(none.set_plaintext_allowed(true)));
}

static void nothing_travels_in_plaintext_to_another_machine_unless_allowed()
{
    auto endpoint = aw::endpoint::make("http://api.example");
    const auto rejected = aw::request::registration(*endpoint, url);
    CHECK(!rejected && rejected.error().code() == aw::status::argument);
    CHECK(endpoint->set_plaintext_allowed(true));
    CHECK(aw::request::registration(*endpoint, url));
}

static void an_exchange_runs()
{
    auto exchange = aw::exchange::make(new_request());
    CHECK(exchange->state() == aw::status::want_send);
    CHECK(exchange->sent(static_cast<std::size_t>(-1)).error().message().find("signed number -1")
          != std::string_view::npos);
    CHECK(exchange->sent(exchange->to_send().size()));
    CHECK(exchange->state() == aw::status::want_receive);
    const auto used = exchange->received("HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n"
                                         "{\"status\":0,\"msg\":\"success\"}more");
    CHECK(used && *used == 67);
    CHECK(exchange->state() == aw::status::done);
    CHECK(exchange->http_status() == std::uint16_t{200});
    CHECK(exchange->reusable());
    const auto reply = exchange->take_reply();
    CHECK(reply && reply->message() == "success");
    CHECK(reply->http_status() == 200 && reply->request_id().empty());
    CHECK(reply->attempts() == 0);
    CHECK(exchange->take_reply().error().code() == aw::status::state);
}

static void a_response_is_seen_before_it_is_interpreted()
{
    const auto request = new_request();
    auto exchange = aw::exchange::make(request);
    CHECK(exchange->take_response().error().code() == aw::status::state);
    CHECK(exchange->received("HTTP/1.1 200 OK\r\nDate: now\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: "
                             "28\r\n\r\n{\"status\":0,\"msg\":\"success\"}"));
    const auto response = exchange->take_response();
    CHECK(exchange->take_response().error().code() == aw::status::state);
    CHECK(exchange->take_reply().error().code() == aw::status::state);
    CHECK(response && response->status() == 200 && response->header_count() == 4);
    CHECK(response->header_at(1).name == "X-A" && response->header_at(1).value == "1");
    CHECK(response->header_at(4).name.empty() && response->header_at(4).value.empty());
    CHECK(response->header("x-A") == "1" && response->header("age").empty());
    CHECK(response->body() && *response->body() == "{\"status\":0,\"msg\":\"success\"}");
    CHECK(response->coded_body() == *response->body());
    CHECK(request.reply(*response)->message() == "success");

    const aw::response none;
    CHECK(none.status() == 0 && none.header_count() == 0 && none.coded_body().empty());
    CHECK(none.body().error().code() == aw::status::argument);
    CHECK(request.reply(none).error().code() == aw::status::argument);
    exchange = aw::exchange::make(request);
    CHECK(exchange->received("HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx"));
    const auto coded = exchange->take_response();
    CHECK(coded->body().error().code() == aw::status::encoding && coded->coded_body() == "x");
    CHECK(request.reply(*coded).error().code() == aw::status::encoding);
}

static void a_failure_shows_in_the_state_and_in_every_result()
{
    auto exchange = aw::exchange::make(new_request());
    const auto failed = exchange->received("HTTP/1.1 200 OK\n");
    CHECK(!failed && failed.error().code() == aw::status::protocol);
    CHECK(failed.error().offset() == 15u);
    CHECK(exchange->state() == aw::status::protocol);
    CHECK(exchange->received_eof().error().code() == aw::status::protocol);
    CHECK(!exchange->sent(1));
    CHECK(!exchange->take_reply());
}

static void an_error_carries_all_that_is_known()
{
    const auto refused = new_request().reply(503, "Retry-After: 7\r\n",
                                             R"({"status":2,"msg":"busy","requestId":"r"})");
    CHECK(!refused);
    const auto &error = refused.error();
    CHECK(error.code() == aw::status::server_error);
    CHECK(!error.message().empty() && error.display().find(error.message()) == 0);
    CHECK(error.display().find(": \"busy\"") != std::string_view::npos);
    CHECK(error.http_status() == std::uint16_t{503} && error.api_status() == std::int64_t{2});
    CHECK(error.api_message() == "busy" && error.request_id() == "r");
    CHECK(error.retryable() && error.retry_after() == std::chrono::seconds(7));
    CHECK(!error.offset() && error.attempts() == 0 && !error.os_error());
    CHECK(error.response()->status == 503 && error.response()->field_lines == "Retry-After: 7\r\n");
    CHECK(error.response()->body == R"({"status":2,"msg":"busy","requestId":"r"})");

    const aw::webhook_error none;
    CHECK(!none && none.message().empty() && !none.offset() && !none.retry_after());
    CHECK(!none.http_status() && !none.api_status());
    CHECK(!none.response());
    CHECK(!aw::text(aw::status::refused).empty() && !aw::version().empty());
    CHECK(aw::to_string(aw::status::timeout) == "ATLAS_WEBHOOK_ERR_TIMEOUT");
    CHECK(aw::retryable(aw::status::timeout) && !aw::retryable(aw::status::argument));
    CHECK(aw::version_number() == ATLAS_WEBHOOK_VERSION_NUMBER);
    CHECK(aw::has(aw::feature::gzip) == ((atlas_webhook_features() & ATLAS_WEBHOOK_FEATURE_GZIP) != 0));
}

static void folds_waits_and_texts_of_a_response_are_read_by_the_rules_of_the_library()
{
    const auto read = [](std::uint16_t status, std::string_view lines, std::string_view body) {
        return new_request().reply(status, lines, body);
    };
    const auto wait = [&](std::string_view lines) { return read(503, lines, {}).error().retry_after(); };
    CHECK(wait("X-Note: see\r\n Retry-After: 86400\r\n") == std::nullopt);
    CHECK(wait("Retry-After:\n 120\n") == std::chrono::seconds(120));
    CHECK(wait("Retry-After: 0\n") == std::chrono::seconds(0));
    CHECK(wait("Retry-After: 1.5\n") == std::chrono::seconds(2));
    CHECK(wait("Retry-After: 99999999999999999999\n") == std::chrono::hours(365 * 24));
    const auto limited = read(200, {}, R"({"code":"429","retryAfter":"30"})");
    CHECK(limited.error().code() == aw::status::rate_limited);
    CHECK(limited.error().retry_after() == std::chrono::seconds(30));
    const auto unauthorized = read(200, {}, R"({"status":900,"msg":["no"]})");
    CHECK(unauthorized.error().code() == aw::status::unauthorized);
    CHECK(unauthorized.error().api_status() == 900);
    CHECK(unauthorized.error().api_message() == R"(["no"])");
    CHECK(read(408, {}, {}).error().retryable() && read(421, {}, {}).error().retryable());
    CHECK(read(425, {}, {}).error().retryable() && !read(501, {}, {}).error().retryable());
    CHECK(read(500, {}, R"({"status":0})").error().api_status() == 0);
    CHECK(!read(500, {}, {}).error().api_status());
    CHECK(read(200, {}, R"({"status":0,"msg":"\ud83d"})")->message() == "\xEF\xBF\xBD");
}

static void the_request_judges_the_response_within_the_limits_of_its_endpoint()
{
    const std::string_view body = R"({"status":0,"msg":"success"})";
    const auto yes = new_request().reply(202, {}, body);
    CHECK(yes && yes->message() == "success" && yes->http_status() == 202);

    auto endpoint = aw::endpoint::make();
    CHECK(endpoint->set_limit(aw::limit::body, body.size() - 1));
    const auto request = aw::request::registration(*endpoint, "https://example.com/atlas/t0ken");
    CHECK(request->reply(200, {}, body).error().code() == aw::status::limit);
}

static void what_was_moved_from_holds_nothing_and_fails_in_order()
{
    auto request = new_request();
    const auto taken = std::move(request);
    CHECK(taken.port() == 443 && taken.is_tls());
    CHECK(request.port() == 0 && request.method().empty() && request.bytes().empty());
    CHECK(is_rejected(aw::exchange::make(request)));
    CHECK(is_rejected(request.reply(200, "", R"({"status":0})")));
    aw::exchange none;
    CHECK(none.state() == aw::status::argument && none.to_send().empty() && !none.reusable());
    CHECK(is_rejected(none.sent(0)) && is_rejected(none.received("x")) && is_rejected(none.received_eof()));
    CHECK(is_rejected(none.take_reply()));
    const auto without = aw::has(aw::feature::transport) ? aw::status::argument : aw::status::unsupported;
    const auto refused = aw::cancel().now();
    CHECK(refused.error().code() == without && !refused.error().message().empty());
    // A port at which no server listens: the error shows whether a connection was tried.
    const auto endpoint = aw::endpoint::make("http://127.0.0.1:1");
    const auto unsent = aw::request::registration(*endpoint, "https://example.com/atlas/t0ken");
    const auto transport = aw::transport::make();
    CHECK(transport->send(*unsent, aw::cancel()).error().code() == without);
    auto cancel = aw::cancel::make();
    const auto taken_cancel = std::move(cancel);
    CHECK(transport->send(*unsent, *cancel).error().code() == without);
}

static void text_with_a_nul_within_is_refused_and_not_cut()
{
    auto endpoint = aw::endpoint::make();
    const std::string cut("https://example.com/\0hidden", 27);
    CHECK(is_rejected(aw::request::registration(*endpoint, std::string_view(cut))));
    CHECK(is_rejected(aw::request::registration(*endpoint, cut)));
    CHECK(is_rejected(endpoint->set_header("X", std::string("a\0b", 3))));
    CHECK(is_rejected(aw::request::registration(*endpoint, nullptr)));
}

template <typename T>
static bool names_nul(const aw::result<T> &result, std::string_view name, std::uint64_t offset)
{
    return is_rejected(result) && result.error().message() == std::string(name) + " contains a NUL"
           && result.error().offset() == offset;
}

static void an_error_names_the_nul_of_a_text()
{
    auto endpoint = aw::endpoint::make();
    auto receiver = aw::receiver::make("/atlas/8f3c");
    const std::string text("/a\0b\0", 5);
    const std::string_view view(text);
    CHECK(names_nul(aw::endpoint::make(text), "the base URL", 2));
    CHECK(names_nul(aw::endpoint::make(view), "the base URL", 2));
    CHECK(names_nul(aw::endpoint::make(view.substr(2)), "the base URL", 0));
    CHECK(names_nul(endpoint->set_credentials(text, "s"), "the client id", 2));
    CHECK(names_nul(endpoint->set_credentials("c", text), "the client secret", 2));
    CHECK(names_nul(endpoint->set_header(text, "a"), "the header name", 2));
    CHECK(names_nul(endpoint->set_header("X", text), "the header value", 2));
    CHECK(names_nul(endpoint->clear_header(view), "the header name", 2));
    CHECK(names_nul(aw::request::registration(*endpoint, view), "the webhook URL", 2));
    CHECK(names_nul(aw::request::registration(*endpoint, "https://example.com", text), "the cid", 2));
    CHECK(names_nul(aw::receiver::make(text), "the receiver's URL", 2));
    CHECK(names_nul(receiver->add_url(view), "the receiver's URL", 2));
    // An error before the NUL is reported first, and other text that is not UTF-8 contains no NUL.
    for (const auto &other : {std::string("a\xFF\0", 3), std::string("a\xC0")}) {
        const auto error = aw::endpoint::make(other).error();
        CHECK(error.message() == "the base URL is not UTF-8" && error.offset() == 1);
    }
}

static void a_server_receives_deliveries()
{
    const auto receiver = aw::receiver::make("https://example.com/atlas/8f3c");
    auto server = aw::server::make(*receiver);
    const std::string body = R"({"type":"order.void"})";
    const std::string head = "POST /atlas/8f3c HTTP/1.1\r\nHost: a\r\nContent-Length: "
                             + std::to_string(body.size()) + "\r\n\r\n";
    CHECK(server->state() == aw::status::want_receive && server->idle());
    CHECK(server->received(head) && !server->idle());
    CHECK(!server->take_event());
    CHECK(server->received(body));
    CHECK(server->state() == aw::status::want_response);
    CHECK(server->delivery_body() == body && server->delivery_target() == "/atlas/8f3c");
    CHECK(server->take_event()->kind() == aw::event_kind::void_);
    CHECK(is_rejected(server->respond(204)));
    CHECK(server->respond(200));
    CHECK(server->to_send() == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    CHECK(server->sent(server->to_send().size()));
    CHECK(!server->rejection() && server->close());
    CHECK(server->state() == aw::status::want_close);

    auto rejecting = aw::server::make(*receiver);
    CHECK(rejecting->received("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    CHECK(rejecting->state() == aw::status::want_send);
    CHECK(rejecting->rejection()->response_status() == 405);
    CHECK(rejecting->received_eof() && rejecting->timed_out());
    CHECK(rejecting->state() == aw::status::want_close);

    aw::server none;
    CHECK(none.state() == aw::status::argument && !none.idle() && *none.rejection());
    CHECK(is_rejected(none.received("x")) && is_rejected(none.received_eof()) && is_rejected(none.sent(0)));
    CHECK(is_rejected(none.timed_out()) && is_rejected(none.respond(200)) && is_rejected(none.close()));
    CHECK(is_rejected(none.take_event()) && is_rejected(aw::server::make(aw::receiver())));
}

static void a_transport_is_there_or_says_so()
{
    auto transport = aw::transport::make();
    if (!aw::transport::available()) {
        CHECK(transport.error().code() == aw::status::unsupported);
        return;
    }
    CHECK(transport->set_timeout(std::chrono::seconds(15)));
    CHECK(transport->set_connect_timeout(std::chrono::milliseconds(1)));
    CHECK(is_rejected(transport->set_timeout(std::chrono::milliseconds(-1))));
    CHECK(is_rejected(transport->set_timeout(std::chrono::hours(24 * 365))));
    CHECK(is_rejected(transport->set_proxy("no URL")));
    CHECK(transport->set_proxy(nullptr));
    CHECK(transport->set_ca_file("no_such_file.pem").error().os_error() == ENOENT);
    CHECK(!transport->set_ca_file(std::string("a\0b", 3)));
    CHECK(is_rejected(transport->set_ca_pem("no certificate")));
    transport->close_idle();
    CHECK(transport->set_retries(1));
    const auto cancel = aw::cancel::make();
    CHECK(cancel->now());
    const auto cancelled = transport->send(new_request(), *cancel);
    CHECK(cancelled.error().code() == aw::status::cancelled);
}

static void text_in_may_be_a_part_of_a_longer_text()
{
    const std::string_view line = "https://example.com/atlas?token=s3cret XXXXXXXX";
    const auto endpoint = aw::endpoint::make();
    const auto request = aw::request::registration(*endpoint, line.substr(0, 38), line.substr(39, 4));
    CHECK(request->body() == R"({"cid":"XXXX","url":"https://example.com/atlas?token=s3cret"})");
}

static int freed;

static void count_a_free(int *handle)
{
    freed += *handle;
}

static void a_handle_is_freed_once_and_by_its_last_owner()
{
    using owner = aw::detail::owner<int, count_a_free>;
    int first = 1, second = 10, third = 100;
    {
        owner one(&first), other(&second);
        one = std::move(other);
        CHECK(freed == 1 && one.get() == &second && !other);
        owner moved(std::move(one));
        CHECK(freed == 1 && moved && !one);
        moved = owner(&third);
        CHECK(freed == 11);
        moved = owner();
        CHECK(freed == 111);
        one = owner(&first);
        CHECK(one.release() == &first && !one);
    }
    CHECK(freed == 111);
}

// Checkers of memory find what an assignment leaks.
static void an_assignment_frees_what_was_held()
{
    auto endpoint = aw::endpoint::make();
    endpoint = aw::endpoint::make();
    auto request = new_request();
    request = new_request();
    auto exchange = aw::exchange::make(request);
    exchange = aw::exchange::make(request);
    auto response = aw::exchange::make(request)->take_response();
    for (int i = 0; i < 2; i++) {
        exchange->received("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").error();
        response = exchange->take_response();
        exchange = aw::exchange::make(request);
    }
    auto reply = request.reply(200, {}, R"({"status":0})");
    reply = request.reply(200, {}, R"({"status":0})");
    auto receiver = aw::receiver::make(url);
    receiver = aw::receiver::make(url);
    auto server = aw::server::make(*receiver);
    server = aw::server::make(*receiver);
    auto error = aw::endpoint::make("no URL").error();
    error = aw::endpoint::make("ftp://host").error();
    error = aw::webhook_error(error);
    const auto copy = error;
    error = copy;
    CHECK(endpoint && request && exchange && response && reply && receiver && server);
    CHECK(error && copy && error.get() != copy.get() && error.message() == copy.message());
}

static void c_and_cpp_mix()
{
    aw::endpoint endpoint;
    CHECK(!endpoint && endpoint.get() == nullptr && endpoint.release() == nullptr);
    endpoint = *aw::endpoint::make();
    CHECK(endpoint);
    atlas_webhook_request *handle = nullptr;
    CHECK(atlas_webhook_request_new_registration(endpoint.get(), url, nullptr, &handle, nullptr)
          == ATLAS_WEBHOOK_OK);
    aw::request request(handle);
    CHECK(request && request.get() == handle && request.port() == 443);
    CHECK(request.release() == handle);
    CHECK(!request);
    atlas_webhook_request_free(handle);
}

static void a_result_reads_like_std_expected()
{
    const auto made = aw::endpoint::make("http://127.0.0.1");
    CHECK(made.has_value() && made && made->get() == (*made).get());
    CHECK(made.error().code() == aw::status::argument && !made.error());

    const auto failed = aw::endpoint::make("no URL");
    CHECK(!failed.has_value() && !failed && !*failed);
    CHECK(failed.error() && failed.error().offset().has_value());
    CHECK(aw::endpoint::make("no URL").value_or(aw::endpoint()).get() == nullptr);
    CHECK(aw::endpoint::make("http://127.0.0.1").value_or(aw::endpoint()));

    const aw::result<std::size_t> number = std::size_t{7}, no_number = failed.error();
    CHECK(number.value_or(1u) == 7 && no_number.value_or(1u) == 1);

    const aw::webhook_error copy = failed.error();
    CHECK(copy.message() == failed.error().message() && copy.get() != failed.error().get());
}

#if defined(__cpp_exceptions)
static void where_exceptions_are_on_value_throws()
{
    CHECK(aw::endpoint::make().value().get() != nullptr);
    const auto failed = aw::endpoint::make("no URL");
    try {
        failed.value();
        CHECK(false);
    } catch (const std::runtime_error &error) {
        const auto &failure = static_cast<const aw::exception &>(error);
        CHECK(failure.error().code() == aw::status::argument);
        CHECK(failure.what() == failure.error().display());
        CHECK(failed.error().code() == aw::status::argument);
    }

    auto endpoint = aw::endpoint::make();
    endpoint->set_credentials("id", "secret").value();
    const auto nothing = endpoint->set_header("", "");
    try {
        nothing.value();
        CHECK(false);
    } catch (const aw::exception &failure) {
        CHECK(failure.error().code() == aw::status::argument);
    }
}
#endif

int main()
{
    a_request_shows_its_parts();
    settings_of_an_endpoint_that_are_rejected_have_an_error();
    nothing_travels_in_plaintext_to_another_machine_unless_allowed();
    an_exchange_runs();
    a_response_is_seen_before_it_is_interpreted();
    a_failure_shows_in_the_state_and_in_every_result();
    an_error_carries_all_that_is_known();
    folds_waits_and_texts_of_a_response_are_read_by_the_rules_of_the_library();
    the_request_judges_the_response_within_the_limits_of_its_endpoint();
    what_was_moved_from_holds_nothing_and_fails_in_order();
    text_with_a_nul_within_is_refused_and_not_cut();
    an_error_names_the_nul_of_a_text();
    a_server_receives_deliveries();
    a_transport_is_there_or_says_so();
    text_in_may_be_a_part_of_a_longer_text();
    a_handle_is_freed_once_and_by_its_last_owner();
    an_assignment_frees_what_was_held();
    c_and_cpp_mix();
    a_result_reads_like_std_expected();
#if defined(__cpp_exceptions)
    where_exceptions_are_on_value_throws();
#endif
    return check_result();
}
