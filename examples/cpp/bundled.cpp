// Registers a webhook with the bundled transport:
//
//     c++ -std=c++17 bundled.cpp $(pkg-config --cflags --libs atlas_webhook) -o bundled
//     ./bundled https://sandbox.atlaslovestravel.com https://example.com/atlas/t0ken XXXXXXXX
//
// Credentials come from ATLAS_CLIENT_ID and ATLAS_CLIENT_SECRET in the environment, where they do not
// show in the list of processes.

#include <chrono>
#include <cstdlib>
#include <iostream>

#include <atlas_webhook.hpp>

namespace aw = atlas_webhook;

// Prints all details of an error. The display contains the text of the API, escaped.
static void print(const aw::webhook_error &error)
{
    std::cerr << "not registered: " << error.display() << "\n  " << aw::to_string(error.code())
              << ", attempts " << error.attempts() << '\n';
    if (const auto status = error.http_status()) std::cerr << "  HTTP status " << *status << '\n';
    if (const auto status = error.api_status()) std::cerr << "  API status " << *status << '\n';
    if (const auto offset = error.offset()) std::cerr << "  at byte " << *offset << '\n';
    if (error.retryable()) std::cerr << "  retryable\n";
    if (const auto wait = error.retry_after()) std::cerr << "  after " << wait->count() << " s\n";
}

// Each step returns its value or throws.
static aw::reply register_webhook(const char *base_url, const char *url, const char *cid)
{
    auto endpoint = aw::endpoint::make(base_url).value();
    const char *id = std::getenv("ATLAS_CLIENT_ID");
    const char *secret = std::getenv("ATLAS_CLIENT_SECRET");
    if (id != nullptr && secret != nullptr) endpoint.set_credentials(id, secret).value();
    const auto request = aw::request::registration(endpoint, url, cid).value();

    auto transport = aw::transport::make().value();
    transport.set_timeout(std::chrono::seconds(15)).value();
    transport.set_retries(2).value();
    return transport.send(request).value();
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4) {
        std::cerr << "usage: " << argv[0] << " ENDPOINT URL [CID]\n";
        return 2;
    }
    try {
        const auto reply = register_webhook(argv[1], argv[2], argv[3]);
        std::cout << "registered: HTTP status " << reply.http_status() << '\n';
        return 0;
    } catch (const aw::exception &failure) {
        print(failure.error());
        return 1;
    }
}
