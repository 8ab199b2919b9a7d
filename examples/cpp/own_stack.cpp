// Registers a webhook with an HTTP stack of its own, libcurl:
//
//     c++ -std=c++17 own_stack.cpp $(pkg-config --cflags --libs atlas_webhook libcurl) -o own_stack
//     ./own_stack https://sandbox.atlaslovestravel.com https://example.com/atlas/t0ken XXXXXXXX
//
// The stack sends the request, and request::reply interprets its response. The stack trusts the system's
// CAs or, as the program curl does, those of the file that CURL_CA_BUNDLE names.

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include <atlas_webhook.hpp>
#include <curl/curl.h>

namespace aw = atlas_webhook;

static constexpr std::size_t longest_answer = 1024 * 1024 + 1;

struct answer {
    CURLcode result = CURLE_FAILED_INIT;
    long http_status = 0;
    std::string headers;
    std::string body;
};

// Called by libcurl. It stops if the function returns anything but the length.
static std::size_t append(char *bytes, std::size_t size, std::size_t count, void *argument)
{
    auto &buffer = *static_cast<std::string *>(argument);
    if (buffer.size() + size * count > longest_answer) return 0;
    buffer.append(bytes, size * count);
    return size * count;
}

static answer send(const aw::request &request)
{
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
    std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> lines(nullptr, curl_slist_free_all);
    answer answer;
    if (!curl) return answer;
    for (std::size_t i = 0; i < request.header_count(); i++) {
        lines.reset(curl_slist_append(lines.release(), request.header_line(i).data()));
    }
    const std::string url(request.url());
    curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, lines.get());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, request.body().data());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body().size()));
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, 15000L);
    curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, 5000L);
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    if (const char *ca_file = std::getenv("CURL_CA_BUNDLE")) {
        curl_easy_setopt(curl.get(), CURLOPT_CAINFO, ca_file);
    }
    // The headers contain the credentials, so a redirect must not be followed.
    curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, append);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &answer.headers);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, append);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
    answer.result = curl_easy_perform(curl.get());
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.http_status);
    return answer;
}

// Prints all details of an error. The display contains the text of the API, escaped.
static void print(const aw::webhook_error &error)
{
    std::cerr << "not registered: " << error.display() << "\n  " << aw::to_string(error.code())
              << '\n';
    if (const auto status = error.http_status()) std::cerr << "  HTTP status " << *status << '\n';
    if (const auto status = error.api_status()) std::cerr << "  API status " << *status << '\n';
    if (const auto offset = error.offset()) std::cerr << "  at byte " << *offset << '\n';
    if (error.retryable()) std::cerr << "  retryable\n";
    if (const auto wait = error.retry_after()) std::cerr << "  after " << wait->count() << " s\n";
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4) {
        std::cerr << "usage: " << argv[0] << " ENDPOINT URL [CID]\n";
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    int result = 1;
    try {
        const auto endpoint = aw::endpoint::make(argv[1]).value();
        const auto request = aw::request::registration(endpoint, argv[2], argv[3]).value();
        const auto answer = send(request);
        if (answer.result != CURLE_OK) {
            std::cerr << "not registered: " << curl_easy_strerror(answer.result) << '\n';
        } else {
            const auto status = static_cast<std::uint32_t>(answer.http_status);
            const auto reply = request.reply(status, answer.headers, answer.body).value();
            std::cout << "registered: HTTP status " << reply.http_status() << '\n';
            result = 0;
        }
    } catch (const aw::exception &failure) {
        print(failure.error());
    }
    curl_global_cleanup();
    return result;
}
