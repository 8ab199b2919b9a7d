// Receives deliveries with cpp-httplib, and stores them with SQLite:
//
//     c++ -std=c++17 httplib.cpp $(pkg-config --cflags --libs atlas_webhook cpp-httplib sqlite3) -pthread -o receive
//     ATLAS_WEBHOOK_URL=https://example.com/atlas/8f3c ./receive PORT FILE
//
// ATLAS_WEBHOOK_URL is the registered URL. The program listens on 127.0.0.1, behind a proxy that terminates TLS.
// It prints no target, since that contains the token. SIGTERM ends it in order.

#include <atlas_webhook.hpp>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <httplib.h>
#include <sqlite3.h>

namespace {

namespace atlas = atlas_webhook;

constexpr std::size_t limit = 1024 * 1024;   // for a body; of a larger one a byte more is kept, so that it gets 413
constexpr std::size_t dropped = 16 * limit;  // of a larger one, at most this is read and dropped
constexpr std::size_t connections = 64;      // at once; each has a thread
constexpr time_t silence = 10;               // seconds without a byte

// A table of deliveries, in a file.
class Store {
public:
    explicit Store(const char *path)
    {
        if (sqlite3_open(path, &database_) != SQLITE_OK || sqlite3_busy_timeout(database_, 10'000) != SQLITE_OK)
            throw std::runtime_error(sqlite3_errmsg(database_));
        run("PRAGMA journal_mode = WAL");
        run("PRAGMA synchronous = FULL");
        run("CREATE TABLE IF NOT EXISTS deliveries (id INTEGER PRIMARY KEY, dedupe_key TEXT UNIQUE,"
            " body BLOB NOT NULL, problem TEXT, received_at INTEGER NOT NULL)");
    }

    ~Store() { sqlite3_close(database_); }
    Store(const Store &) = delete;
    Store &operator=(const Store &) = delete;

    // Returns once the body is on the disk, also if it was there already. A body that is not an event has no key.
    void add(std::optional<std::string_view> key, std::string_view body, std::string_view problem = {})
    {
        const std::lock_guard lock(mutex_);
        run("BEGIN IMMEDIATE");
        try {
            // An event whose key has no id can come again after an hour, with the same bytes: an airline that
            // becomes active, inactive and active again.
            run("UPDATE deliveries SET dedupe_key = NULL WHERE dedupe_key = coalesce(?1, 'body:' || hex(?2))"
                " AND dedupe_key NOT LIKE 'id:%' AND received_at < strftime('%s', 'now') - 3600",
                key, body);
            run("INSERT INTO deliveries (dedupe_key, body, problem, received_at)"
                " VALUES (coalesce(?1, 'body:' || hex(?2)), ?2, nullif(?3, ''),"
                " CAST(strftime('%s', 'now') AS INTEGER)) ON CONFLICT (dedupe_key) DO NOTHING",
                key, body, problem);
            run("COMMIT");
        } catch (...) {
            sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
            throw;
        }
    }

private:
    void run(const char *sql, std::optional<std::string_view> key = {}, std::string_view body = {},
             std::string_view problem = {})
    {
        sqlite3_stmt *statement = nullptr;
        int code = sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr);
        if (code == SQLITE_OK && sqlite3_bind_parameter_count(statement) >= 2) {
            if (key) sqlite3_bind_text(statement, 1, key->data(), int(key->size()), SQLITE_STATIC);
            sqlite3_bind_blob(statement, 2, body.empty() ? "" : body.data(), int(body.size()), SQLITE_STATIC);
            sqlite3_bind_text(statement, 3, problem.empty() ? "" : problem.data(), int(problem.size()), SQLITE_STATIC);
        }
        if (code == SQLITE_OK) code = sqlite3_step(statement);
        sqlite3_finalize(statement);
        if (code != SQLITE_DONE && code != SQLITE_ROW) throw std::runtime_error(sqlite3_errmsg(database_));
    }

    sqlite3 *database_ = nullptr;
    std::mutex mutex_;
};

// The response status: 200 only once the event is stored.
int receive(const atlas::receiver &receiver, Store &store, const httplib::Request &request, const std::string &body)
try {
    std::string fields;
    for (const auto &[name, value] : request.headers) fields += name + ": " + value + "\r\n";
    // `target` is as received; `path` is decoded and has no query.
    const auto event = receiver.read(request.method, request.target, fields, body);
    if (event) {
        store.add(event->dedupe_key(), event->json());
        return 200;
    }
    const int status = event.error().response_status();
    // It came to the registered URL, so it is kept although it cannot be read.
    if (status != 404 && status != 405 && body.size() <= limit) store.add({}, body, event.error().message());
    return status;
} catch (const std::exception &error) {
    std::cerr << "not stored: " << error.what() << '\n';
    return 503;
}

void serve(const atlas::receiver &receiver, Store &store, int port)
{
    httplib::Server server;
    server.new_task_queue = [] { return new httplib::ThreadPool(connections); };
    server.set_read_timeout(silence);
    server.set_write_timeout(silence);
    server.set_payload_max_length(dropped);
    // Each path, also one with a line feed in it.
    server.Post(R"([\s\S]*)", [&](const httplib::Request &request, httplib::Response &response,
                                  const httplib::ContentReader &read) {
        std::string body;
        std::size_t received = 0;
        const bool whole = read([&](const char *data, std::size_t len) {
            received += len;
            body.append(data, std::min(len, limit + 1 - body.size()));
            return received <= dropped;
        });
        if (!whole) response.set_header("Connection", "close");
        // A body that broke off is not a delivery, unless it is too large.
        response.status = whole || body.size() > limit ? receive(receiver, store, request, body) : 400;
    });

    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::thread stopper([&] {
        int signal;
        sigwait(&signals, &signal);
        server.stop();
    });
    const bool listened = server.listen("127.0.0.1", port);
    // Also ends the thread that waits for a signal.
    if (!listened) raise(SIGTERM);
    stopper.join();
}

}  // namespace

int main(int argc, char **argv)
try {
    const char *url = std::getenv("ATLAS_WEBHOOK_URL");
    if (argc != 3 || url == nullptr) {
        std::cerr << "usage: ATLAS_WEBHOOK_URL=URL " << argv[0] << " PORT FILE\n";
        return 2;
    }
    const auto receiver = atlas::receiver::make(url);
    if (!receiver) {
        std::cerr << receiver.error().message() << '\n';
        return 1;
    }
    Store store(argv[2]);
    serve(*receiver, store, std::atoi(argv[1]));
    return 0;
} catch (const std::exception &error) {
    std::cerr << error.what() << '\n';
    return 1;
}
