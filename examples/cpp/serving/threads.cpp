// Receives deliveries over sockets of your own, a thread for each connection:
//
//     c++ -std=c++17 threads.cpp $(pkg-config --cflags --libs atlas_webhook) -pthread -o serve_threads
//     ./serve_threads 127.0.0.1:8080 https://example.com/atlas/8f3c FOLDER
//
// The address is where a proxy that terminates TLS sends them, the URL the one that was registered. Each event
// becomes a file in FOLDER before 200 is sent. A body that is not an event is kept there too. SIGTERM ends the
// program in order.

#include <atomic>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atlas_webhook.hpp>

namespace aw = atlas_webhook;
using clock_type = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr int connections = 64;             // at once; more wait in the backlog
constexpr auto idle_time = seconds(75);     // without a request
constexpr auto request_time = seconds(10);  // for a request, and for its response
constexpr auto linger_time = seconds(2);    // for what a peer still sends at the end
constexpr auto slice = milliseconds(200);   // how often a wait looks whether the program stops

volatile std::sig_atomic_t stopping = 0;

class socket_owner {
public:
    explicit socket_owner(int fd) noexcept : fd_(fd) {}
    socket_owner(const socket_owner &) = delete;
    socket_owner &operator=(const socket_owner &) = delete;
    ~socket_owner()
    {
        close(fd_);
    }

    int fd() const noexcept
    {
        return fd_;
    }

    /// Whether the socket is ready. Blocks for at most one slice.
    bool wait(short events) const noexcept
    {
        pollfd waits{fd_, events, 0};
        return poll(&waits, 1, static_cast<int>(slice.count())) > 0;
    }

private:
    int fd_;
};

/// The bounded number of connections.
class places {
public:
    void wait_for(int wanted)
    {
        std::unique_lock<std::mutex> lock(mutex_);
        freed_.wait(lock, [&] { return free_ >= wanted; });
    }

    void change(int by)
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        free_ += by;
        freed_.notify_all();
    }

private:
    std::mutex mutex_;
    std::condition_variable freed_;
    int free_ = connections;
};

/// Writes the names of the files in a folder to the disk; without this a crash can lose them.
bool sync(const std::string &folder)
{
    const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return synced;
}

/// Makes a file. True once it is on the disk, also if it was there already. A part of a file is never seen under
/// that name.
bool write_file(const std::string &folder, const std::string &name, std::string_view bytes)
{
    const std::string path = folder + "/" + name;
    if (access(path.c_str(), F_OK) == 0) return sync(folder);

    static std::atomic<unsigned> number{0};
    const std::string part = folder + "/" + std::to_string(number++) + ".part";
    std::FILE *file = std::fopen(part.c_str(), "wb");
    if (file == nullptr) return false;
    bool whole = std::fwrite(bytes.data(), 1, bytes.size(), file) == bytes.size();
    whole = std::fflush(file) == 0 && fsync(fileno(file)) == 0 && whole;
    whole = std::fclose(file) == 0 && whole;
    return whole && std::rename(part.c_str(), path.c_str()) == 0 && sync(folder);
}

/// Stores an event under its deduplication key.
bool store(const std::string &folder, const aw::event &event)
{
    std::string name;
    for (const unsigned char c : event.dedupe_key()) {
        char text[4];
        std::snprintf(text, sizeof text, std::isalnum(c) != 0 || c == '-' || c == '_' ? "%c" : "%%%02X", c);
        name += text;
    }
    return write_file(folder, name + ".json", event.json());
}

/// Stores a body that is not an event, as it was sent, under its hash.
bool keep(const std::string &folder, std::string_view body)
{
    return write_file(folder, std::to_string(std::hash<std::string_view>{}(body)) + ".body", body);
}

/// Responds with 200 only once the event is stored.
aw::result<void> respond(aw::server &server, const std::string &folder)
{
    std::uint16_t status = 503;
    if (const auto event = server.take_event()) {
        if (store(folder, event.value())) status = 200;
    } else {
        std::fprintf(stderr, "no event: %s\n", std::string(event.error().message()).c_str());
        // It came to the registered URL, so it is kept although it cannot be read.
        if (keep(folder, server.delivery_body())) status = event.error().response_status();
    }
    return server.respond(status);
}

/// Closed at once, a peer that is still sending would lose the response.
void linger(const socket_owner &socket)
{
    const auto deadline = clock_type::now() + linger_time;
    char buffer[16 * 1024];
    shutdown(socket.fd(), SHUT_WR);
    while (clock_type::now() < deadline) {
        if (socket.wait(POLLIN) && recv(socket.fd(), buffer, sizeof buffer, 0) <= 0) return;
    }
}

void serve(const socket_owner &socket, aw::server server, const std::string &folder)
{
    char buffer[16 * 1024];
    bool was_idle = true;
    auto deadline = clock_type::now() + idle_time;
    while (server.state() != aw::status::want_close) {
        if (stopping != 0 && !server.close()) return;
        if (server.idle() != was_idle) {
            was_idle = !was_idle;
            deadline = clock_type::now() + (was_idle ? clock_type::duration(idle_time) : request_time);
        }
        switch (server.state()) {
        case aw::status::want_receive:
            if (socket.wait(POLLIN)) {
                const ssize_t n = recv(socket.fd(), buffer, sizeof buffer, 0);
                if (n < 0) return;
                const std::string_view bytes(buffer, static_cast<std::size_t>(n));
                if (!(n == 0 ? server.received_eof() : server.received(bytes))) return;
            }
            break;
        case aw::status::want_response:
            if (!respond(server, folder)) return;
            deadline = clock_type::now() + request_time;
            break;
        case aw::status::want_send:
            if (socket.wait(POLLOUT)) {
                const auto bytes = server.to_send();
                const ssize_t n = send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
                if (n < 0 && errno != EAGAIN) return;
                if (n > 0 && !server.sent(static_cast<std::size_t>(n))) return;
            }
            break;
        default:
            break;
        }
        if (clock_type::now() >= deadline && server.state() != aw::status::want_close) {
            if (!server.timed_out()) return;
            deadline = clock_type::now() + request_time;
        }
    }
    if (const auto rejection = server.rejection()) {
        std::fprintf(stderr, "%u: %s\n", rejection->response_status(), std::string(rejection->message()).c_str());
    }
    linger(socket);
}

int listen_on(const std::string &address)
{
    const auto colon = address.rfind(':');
    sockaddr_in name{};
    socklen_t length = sizeof name;
    const int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    name.sin_family = AF_INET;
    if (colon == std::string::npos || inet_pton(AF_INET, address.substr(0, colon).c_str(), &name.sin_addr) != 1) {
        return -1;
    }
    name.sin_port = htons(static_cast<in_port_t>(std::atoi(address.c_str() + colon + 1)));
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, reinterpret_cast<sockaddr *>(&name), sizeof name) != 0 || listen(listener, 1024) != 0
        || getsockname(listener, reinterpret_cast<sockaddr *>(&name), &length) != 0) {
        return -1;
    }
    std::printf("listening on %s:%u\n", inet_ntoa(name.sin_addr), ntohs(name.sin_port));
    std::fflush(stdout);
    return listener;
}

} // namespace

int main(int argc, char **argv)
{
    if (argc != 4) {
        std::fprintf(stderr, "usage: %s ADDRESS URL FOLDER\n", argv[0]);
        return 2;
    }
    const std::string folder = argv[3];
    const auto receiver = aw::receiver::make(argv[2]);
    if (!receiver) {
        std::fprintf(stderr, "%s\n", std::string(receiver.error().message()).c_str());
        return 1;
    }
    std::signal(SIGTERM, [](int) { stopping = 1; });
    const int listening = listen_on(argv[1]);
    if (listening < 0) {
        std::perror("cannot listen");
        return 1;
    }
    static places free;
    {
        const socket_owner listener(listening);
        while (stopping == 0) {
            free.wait_for(1);
            if (!listener.wait(POLLIN)) continue;
            const int one = 1, fd = accept(listener.fd(), nullptr, nullptr);
            if (fd < 0) {
                // No descriptor is free, or the peer is gone already.
                std::this_thread::sleep_for(slice);
                continue;
            }
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            auto server = aw::server::make(receiver.value());
            if (!server) {
                close(fd);
                continue;
            }
            free.change(-1);
            try {
                std::thread([fd, &folder, server = std::move(server.value())]() mutable {
                    {
                        const socket_owner socket(fd);
                        serve(socket, std::move(server), folder);
                    }
                    free.change(1);
                }).detach();
            } catch (const std::system_error &error) {
                std::fprintf(stderr, "no thread for a connection: %s\n", error.what());
                close(fd);
                free.change(1);
            }
        }
    }
    free.wait_for(connections);
    std::printf("stopped\n");
    return 0;
}
