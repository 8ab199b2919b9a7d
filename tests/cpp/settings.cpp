// Each setting of the C++ transport by its effect.

#include <chrono>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../c/listener.h"
#include "check.hpp"

using namespace std::chrono_literals;

static const char *const yes[] = {LISTENER_YES};
static const char *const busy_then_yes[] = {LISTENER_BUSY, LISTENER_YES};

static aw::request request_to(unsigned port)
{
    const auto endpoint = aw::endpoint::make("http://127.0.0.1:" + std::to_string(port));
    return *aw::request::registration(*endpoint, "https://example.com/atlas");
}

static aw::transport new_transport()
{
    auto transport = aw::transport::make();
    CHECK(transport && transport->set_timeout(60s));
    return *std::move(transport);
}

static void the_timeout_ends_a_send()
{
    auto transport = new_transport();
    unsigned port = 0;
    // The system accepts connections, and the program never reads from them.
    const int silent = listener_bind(&port);
    CHECK(silent >= 0 && listen(silent, 8) == 0);
    CHECK(transport.set_connect_timeout(60s) && transport.set_timeout(300ms));
    const auto start = std::chrono::steady_clock::now();
    CHECK(transport.send(request_to(port)).error().code() == aw::status::timeout);
    CHECK(std::chrono::steady_clock::now() - start < 4s);
    close(silent);
}

static void a_timeout_within_the_body_has_the_part_that_was_received()
{
    static const char *const half[] = {LISTENER_HALF};
    listener server;
    CHECK(listener_start(&server, half, 1, 0));
    {
        auto transport = new_transport();
        // A loaded machine too reads the head within this time.
        CHECK(transport.set_timeout(3s));
        const auto sent = transport.send(request_to(server.port));
        CHECK(!sent && sent.error().code() == aw::status::timeout);
        const auto response = sent.error().response();
        CHECK(response && response->status == 200);
        CHECK(response && response->field_lines == "Content-Length: 12\r\n");
        CHECK(response && response->body == "{\"stat");
    }
    listener_stop(&server);
}

static void the_connect_timeout_does_not_end_a_response()
{
    listener slow;
    CHECK(listener_start(&slow, yes, 1, 1200));
    {
        auto transport = new_transport();
        CHECK(transport.set_connect_timeout(750ms));
        CHECK(transport.send(request_to(slow.port)));
    }
    listener_stop(&slow);
}

static void a_timeout_over_what_c_can_express_is_rejected()
{
    auto transport = new_transport();
    // The low 32 bits of each are one second.
    for (const std::int64_t high : {std::int64_t{1} << 32, -(std::int64_t{1} << 32)}) {
        const std::chrono::milliseconds timeout(high + 1000);
        const auto whole = transport.set_timeout(timeout), connect = transport.set_connect_timeout(timeout);
        CHECK(is_rejected(whole) && is_rejected(connect));
        CHECK(whole.error().message() == "the timeout must be longer than zero and at most a day");
        CHECK(connect.error().message() == "the connect timeout must be longer than zero and at most a day");
    }
}

static void retries_are_made_and_counted()
{
    listener server;
    CHECK(listener_start(&server, busy_then_yes, 2, 0));
    {
        auto transport = new_transport();
        CHECK(transport.set_retries(1));
        const auto reply = transport.send(request_to(server.port));
        CHECK(reply && reply->attempts() == 2);
    }
    listener_stop(&server);
    CHECK(server.requests == 2);

    CHECK(listener_start(&server, busy_then_yes, 1, 0));
    {
        auto transport = new_transport();
        CHECK(transport.set_retries(1));
        CHECK(transport.send(request_to(server.port)).error().attempts() == 2);
    }
    listener_stop(&server);
}

static void a_proxy_is_used_until_it_is_removed()
{
    unsigned port = 0;
    // Nobody listens there.
    const int refusing = listener_bind(&port);
    const std::string proxy = "http://127.0.0.1:" + std::to_string(port);
    listener server;
    CHECK(refusing >= 0 && listener_start(&server, yes, 1, 0));
    {
        auto transport = new_transport();
        const auto request = request_to(server.port);
        CHECK(transport.set_proxy(proxy));
        CHECK(transport.send(request).error().code() == aw::status::proxy);
        CHECK(transport.set_proxy(nullptr));
        CHECK(transport.send(request));
        CHECK(setenv("http_proxy", proxy.c_str(), 1) == 0);
        CHECK(unsetenv("no_proxy") == 0 && unsetenv("NO_PROXY") == 0);
        CHECK(transport.use_env_proxy());
        CHECK(transport.send(request).error().code() == aw::status::proxy);
        CHECK(setenv("http_proxy", "ftp://127.0.0.1", 1) == 0);
        CHECK(is_rejected(transport.use_env_proxy()));
        CHECK(unsetenv("http_proxy") == 0);
    }
    listener_stop(&server);
    CHECK(server.requests == 1);
    close(refusing);
}

static void close_idle_closes_the_kept_connection()
{
    listener server;
    CHECK(listener_start(&server, yes, 1, 0));
    {
        const auto transport = new_transport();
        CHECK(transport.send(request_to(server.port)));
        transport.close_idle();
        CHECK(transport.send(request_to(server.port)));
    }
    listener_stop(&server);
    CHECK(server.connections == 2);
}

static void a_cancel_ends_the_send_that_was_given_it()
{
    listener server;
    CHECK(listener_start(&server, yes, 1, 0));
    {
        const auto transport = new_transport();
        const auto cancel = aw::cancel::make(), unused = aw::cancel::make();
        CHECK(transport.send(request_to(server.port), *unused));
        CHECK(cancel->now());
        CHECK(transport.send(request_to(server.port), *cancel).error().code()
              == aw::status::cancelled);
    }
    listener_stop(&server);
    CHECK(server.requests == 1);
}

// A CA that nobody uses.
static constexpr std::string_view ca =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdTCCARugAwIBAgIUAZPQaoqCIaz5zDao9Ew/+GaoWOMwCgYIKoZIzj0EAwIw\n"
    "DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjcxMjUyMjRaGA8yMTI2MTEwMzEyNTIy\n"
    "NFowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABAt5\n"
    "aylcPbG6aaN823COZm7pt5LvTb6MUfutABNoU8A9Mz4zTL0N8Vi5jmO2Gg4c32XX\n"
    "qqZlOrBaJZyOBdv51lGjUzBRMB0GA1UdDgQWBBR5JywOBbGQHGuuiVe7XcpsxObG\n"
    "NTAfBgNVHSMEGDAWgBR5JywOBbGQHGuuiVe7XcpsxObGNTAPBgNVHRMBAf8EBTAD\n"
    "AQH/MAoGCCqGSM49BAMCA0gAMEUCIQC9T2rEcwqp3VGdK0xWQn0bDuk/uhAswb3l\n"
    "XAlwBYV9iwIgWOuIdSM+7rXo6vCe01SeeEYt3xL/R5F578hkzGi5gNo=\n"
    "-----END CERTIFICATE-----\n";

static void a_certificate_is_a_part_of_a_longer_text()
{
    auto transport = new_transport();
    const std::string longer =
        std::string(ca) + "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n";
    CHECK(transport.set_ca_pem(std::string_view(longer).substr(0, ca.size())));
    CHECK(is_rejected(transport.set_ca_pem(longer)));
    CHECK(is_rejected(transport.set_ca_pem(ca.substr(0, ca.size() / 2))));
}

static void a_transport_that_holds_nothing_rejects_every_setting()
{
    aw::transport none;
    CHECK(is_rejected(none.set_timeout(1s)) && is_rejected(none.set_connect_timeout(1s)));
    CHECK(is_rejected(none.set_retries(1)) && is_rejected(none.set_proxy(nullptr)));
    CHECK(is_rejected(none.set_ca_pem(ca)) && is_rejected(none.use_env_proxy()));
}

static void a_path_with_a_nul_is_not_cut()
{
    auto transport = new_transport();
    // Cut, it would be the root folder, which exists.
    const auto cut = transport.set_ca_file(std::string("/\0x", 3));
    CHECK(is_rejected(cut) && cut.error().message() == "the path contains a NUL");
    CHECK(cut.error().offset() == 1 && !cut.error().os_error());
    // A file may have a name with the bytes that stand for a NUL.
    CHECK(transport.set_ca_file(std::string("/no/\xC0\x80")).error().os_error() == ENOENT);
    const auto proxy = transport.set_proxy(std::string("http://a\0", 9));
    CHECK(is_rejected(proxy) && proxy.error().message() == "the proxy URL contains a NUL");
    CHECK(transport.set_ca_file(std::string("/")).error().os_error() == EISDIR);
}

int main()
{
    if (aw::transport::available()) {
        the_timeout_ends_a_send();
        a_timeout_within_the_body_has_the_part_that_was_received();
        the_connect_timeout_does_not_end_a_response();
        a_timeout_over_what_c_can_express_is_rejected();
        retries_are_made_and_counted();
        a_proxy_is_used_until_it_is_removed();
        close_idle_closes_the_kept_connection();
        a_cancel_ends_the_send_that_was_given_it();
        a_certificate_is_a_part_of_a_longer_text();
        a_transport_that_holds_nothing_rejects_every_setting();
        a_path_with_a_nul_is_not_cut();
    }
    return check_result();
}
