// Registers a webhook over a non-blocking socket of its own, without exceptions:
//
//     c++ -std=c++17 own_socket.cpp $(pkg-config --cflags --libs atlas_webhook) -o own_socket
//     ./own_socket http://127.0.0.1:8080 https://example.com/atlas/t0ken XXXXXXXX
//
// For https endpoints a TLS library stands between, as in own_tls.c.

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <iostream>
#include <string>

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atlas_webhook.hpp>

namespace aw = atlas_webhook;

using clock_type = std::chrono::steady_clock;
using namespace std::chrono_literals;

// A connected socket, and the time for everything except name resolution. Closes the socket.
class connection {
public:
    explicit connection(const aw::request &request)
    {
        addrinfo hints{};
        addrinfo *addresses = nullptr;
        hints.ai_socktype = SOCK_STREAM;
        const std::string host(request.host());
        const std::string port = std::to_string(request.port());
        if (getaddrinfo(host.c_str(), port.c_str(), &hints, &addresses) != 0) return;
        for (auto *to = addresses; to != nullptr && fd_ < 0; to = to->ai_next) try_one(*to);
        freeaddrinfo(addresses);
    }

    connection(const connection &) = delete;
    connection &operator=(const connection &) = delete;

    ~connection()
    {
        close_it();
    }

    bool is_open() const
    {
        return fd_ >= 0;
    }

    // The number of bytes, or -1 with errno.
    ssize_t write(std::string_view bytes)
    {
        for (;;) {
            const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n >= 0 || !waits(POLLOUT)) return n;
        }
    }

    ssize_t read(char *buffer, std::size_t size)
    {
        for (;;) {
            const auto n = ::recv(fd_, buffer, size, 0);
            if (n >= 0 || !waits(POLLIN)) return n;
        }
    }

private:
    // One address has at most 5 s of the time.
    void try_one(const addrinfo &to)
    {
        int failure = 0;
        socklen_t size = sizeof failure;
        fd_ = socket(to.ai_family, to.ai_socktype, to.ai_protocol);
        if (fd_ < 0) return;
        fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) | O_NONBLOCK);
        if (connect(fd_, to.ai_addr, to.ai_addrlen) == 0) return;
        if (errno != EINPROGRESS || !is_ready(POLLOUT, std::min(end_, clock_type::now() + 5s))
            || getsockopt(fd_, SOL_SOCKET, SO_ERROR, &failure, &size) != 0 || failure != 0)
            close_it();
    }

    // Whether a call that failed can be repeated, after a wait.
    bool waits(short event)
    {
        return errno == EINTR || (errno == EAGAIN && is_ready(event, end_));
    }

    bool is_ready(short event, clock_type::time_point end)
    {
        pollfd ready{fd_, event, 0};
        int n = -1;
        do {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - clock_type::now());
            n = left > 0ms ? poll(&ready, 1, static_cast<int>(left.count())) : 0;
        } while (n < 0 && errno == EINTR);
        if (n == 0) errno = ETIMEDOUT;
        return n > 0;
    }

    void close_it()
    {
        if (fd_ >= 0) close(fd_);
        fd_ = -1;
    }

    int fd_ = -1;
    const clock_type::time_point end_ = clock_type::now() + 15s;
};

// Prints all details of an error. The display contains the text of the API, escaped.
static int fail(const aw::webhook_error &error)
{
    std::cerr << "not registered: " << error.display() << "\n  " << aw::to_string(error.code())
              << '\n';
    if (const auto status = error.http_status()) std::cerr << "  HTTP status " << *status << '\n';
    if (const auto status = error.api_status()) std::cerr << "  API status " << *status << '\n';
    if (const auto offset = error.offset()) std::cerr << "  at byte " << *offset << '\n';
    if (error.retryable()) std::cerr << "  retryable\n";
    if (const auto wait = error.retry_after()) std::cerr << "  after " << wait->count() << " s\n";
    return 1;
}

static int fail(const char *what)
{
    std::cerr << "not registered: " << what << '\n';
    return 1;
}

// Moves bytes until the exchange is over. Returns false if the connection failed. An error of HTTP is
// in the exchange.
static bool run(connection &connection, aw::exchange &exchange)
{
    char buffer[4096];
    for (;;) {
        switch (exchange.state()) {
        case aw::status::want_send: {
            const auto n = connection.write(exchange.to_send());
            if (n < 0) return false;
            (void)exchange.sent(static_cast<std::size_t>(n));
            break;
        }
        case aw::status::want_receive: {
            const auto n = connection.read(buffer, sizeof buffer);
            if (n < 0) return false;
            if (n == 0) (void)exchange.received_eof();
            else (void)exchange.received({buffer, static_cast<std::size_t>(n)});
            break;
        }
        default:
            return true;
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4) {
        std::cerr << "usage: " << argv[0] << " ENDPOINT URL [CID]\n";
        return 2;
    }
    const auto endpoint = aw::endpoint::make(argv[1]);
    if (!endpoint) return fail(endpoint.error());
    const auto request = aw::request::registration(*endpoint, argv[2], argv[3]);
    if (!request) return fail(request.error());
    if (request->is_tls()) return fail("this program speaks http only");
    auto exchange = aw::exchange::make(*request);
    if (!exchange) return fail(exchange.error());

    connection connection(*request);
    if (!connection.is_open()) return fail("no connection");
    if (!run(connection, *exchange)) return fail(std::strerror(errno));
    const auto reply = exchange->take_reply();
    if (!reply) return fail(reply.error());
    std::cout << "registered: HTTP status " << reply->http_status() << '\n';
    return 0;
}
