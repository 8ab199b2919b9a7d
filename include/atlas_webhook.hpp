/*
 * atlas_webhook.hpp: atlas_webhook.h for C++17 and later, header only. MIT OR Apache-2.0.
 *
 * The rules of atlas_webhook.h hold: status, threads, secrets, process, linking. On top of them:
 *
 * Ownership. Each class owns one handle and frees it. They move and do not copy. One that was moved
 * from, or made by its default constructor, holds none; its getters give the absent value and its
 * calls fail with status::argument.
 *
 * Errors. What can fail gives a result: the value, or the error. There are no exceptions, unless
 * result::value_or_throw is called, which exists where exceptions are on.
 *
 * Text in is a C string or a std::string in UTF-8. Text and bytes out are a std::string_view into the
 * object that gave it; it lives as long as the pointers of atlas_webhook.h do.
 *
 * Nothing in here depends on the language version beyond C++17, so that objects may pass between
 * parts of a program that were compiled differently.
 */

#ifndef ATLAS_WEBHOOK_HPP
#define ATLAS_WEBHOOK_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "atlas_webhook.h"

#if defined(__cpp_exceptions)
#include <stdexcept>
#endif

namespace atlas_webhook {

/** How a call ended; see atlas_webhook_status. Later versions of the library may give others. */
enum class status : atlas_webhook_status {
    ok = ATLAS_WEBHOOK_OK,
    want_send = ATLAS_WEBHOOK_WANT_SEND,
    want_receive = ATLAS_WEBHOOK_WANT_RECEIVE,
    done = ATLAS_WEBHOOK_DONE,
    argument = ATLAS_WEBHOOK_ERR_ARGUMENT,
    state = ATLAS_WEBHOOK_ERR_STATE,
    unsupported = ATLAS_WEBHOOK_ERR_UNSUPPORTED,
    panic = ATLAS_WEBHOOK_ERR_PANIC,
    protocol = ATLAS_WEBHOOK_ERR_PROTOCOL,
    limit = ATLAS_WEBHOOK_ERR_LIMIT,
    closed_early = ATLAS_WEBHOOK_ERR_CLOSED_EARLY,
    encoding = ATLAS_WEBHOOK_ERR_ENCODING,
    redirect = ATLAS_WEBHOOK_ERR_REDIRECT,
    unauthorized = ATLAS_WEBHOOK_ERR_UNAUTHORIZED,
    rate_limited = ATLAS_WEBHOOK_ERR_RATE_LIMITED,
    client_error = ATLAS_WEBHOOK_ERR_CLIENT_ERROR,
    server_error = ATLAS_WEBHOOK_ERR_SERVER_ERROR,
    malformed_reply = ATLAS_WEBHOOK_ERR_MALFORMED_REPLY,
    refused = ATLAS_WEBHOOK_ERR_REFUSED,
    untrusted = ATLAS_WEBHOOK_ERR_UNTRUSTED,
    malformed_delivery = ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY,
    resolve = ATLAS_WEBHOOK_ERR_RESOLVE,
    connect = ATLAS_WEBHOOK_ERR_CONNECT,
    proxy = ATLAS_WEBHOOK_ERR_PROXY,
    tls = ATLAS_WEBHOOK_ERR_TLS,
    timeout = ATLAS_WEBHOOK_ERR_TIMEOUT,
    io = ATLAS_WEBHOOK_ERR_IO,
    cancelled = ATLAS_WEBHOOK_ERR_CANCELLED,
};

/** A few words on a status; see atlas_webhook_status_text. */
inline std::string_view text(status of) noexcept
{
    return atlas_webhook_status_text(static_cast<atlas_webhook_status>(of));
}

/** The version of the library that runs, which may not be that of this header. */
inline std::string_view version() noexcept
{
    return atlas_webhook_version();
}

/** What an answer may make the library hold; see atlas_webhook_endpoint_set_limit. */
enum class limit : std::uint32_t {
    head = ATLAS_WEBHOOK_LIMIT_HEAD,
    fields = ATLAS_WEBHOOK_LIMIT_FIELDS,
    interim = ATLAS_WEBHOOK_LIMIT_INTERIM,
    body = ATLAS_WEBHOOK_LIMIT_BODY,
    chunk_overhead = ATLAS_WEBHOOK_LIMIT_CHUNK_OVERHEAD,
};

namespace detail {

/** The owner of a handle. */
template <typename Handle, void (*Free)(Handle *)>
struct freer {
    void operator()(Handle *handle) const noexcept
    {
        Free(handle);
    }
};

template <typename Handle, void (*Free)(Handle *)>
using owner = std::unique_ptr<Handle, freer<Handle, Free>>;

/** A text of C: where it starts, and how long it is. */
template <typename Handle>
std::string_view view(const char *(*get)(const Handle *, std::size_t *), const Handle *handle) noexcept
{
    std::size_t length = 0;
    const char *text = get(handle, &length);
    return {text, length};
}

template <typename Handle>
std::string_view view(const void *(*get)(const Handle *, std::size_t *), const Handle *handle) noexcept
{
    std::size_t length = 0;
    const void *bytes = get(handle, &length);
    return {static_cast<const char *>(bytes), length};
}

/** Milliseconds for C: what is out of range becomes a number that the library refuses. */
inline std::uint32_t milliseconds(std::chrono::milliseconds time) noexcept
{
    constexpr auto most = std::numeric_limits<std::uint32_t>::max();
    if (time.count() <= 0) {
        return 0;
    }
    return time.count() > static_cast<std::int64_t>(most) ? most
                                                          : static_cast<std::uint32_t>(time.count());
}

} // namespace detail

/** Text given to the library. It refers to its source, which has to live as long as the call. */
class text_in {
public:
    text_in(const char *text) noexcept : text_(text) {}

    text_in(const std::string &text) noexcept
        : text_(std::strlen(text.c_str()) == text.size() ? text.c_str() : not_utf8)
    {
    }

    const char *c_str() const noexcept
    {
        return text_;
    }

private:
    /** A NUL within would cut the text in silence. In its place the library gets, and refuses, what
     *  some take for an encoded NUL. */
    static constexpr const char *not_utf8 = "\xC0\x80";

    const char *text_;
};

/** What went wrong; see atlas_webhook_error. */
class error {
public:
    /** Takes ownership of a handle of C. */
    explicit error(atlas_webhook_error *handle = nullptr) noexcept : handle_(handle) {}

    /** Decide on this. */
    status code() const noexcept
    {
        return static_cast<status>(atlas_webhook_error_status(handle_.get()));
    }

    /** One line in the library's own words; never a secret, never what a peer wrote. */
    std::string_view message() const noexcept
    {
        return detail::view(atlas_webhook_error_message, handle_.get());
    }

    /** The line to show or to log: the message, and what the API said, made fit for a log. If that
     *  repeats a secret of the request, it is withheld; see atlas_webhook_error_display. */
    std::string_view display() const noexcept
    {
        return detail::view(atlas_webhook_error_display, handle_.get());
    }

    /** What the API said, exactly; untrusted. */
    std::string_view api_message() const noexcept
    {
        return detail::view(atlas_webhook_error_api_message, handle_.get());
    }

    /** The API's own status; 0 when the answer carried none. */
    std::int64_t api_status() const noexcept
    {
        return atlas_webhook_error_api_status(handle_.get());
    }

    /** The API's id of the request; untrusted. */
    std::string_view request_id() const noexcept
    {
        return detail::view(atlas_webhook_error_request_id, handle_.get());
    }

    /** The HTTP status of the answer; 0 when none was read. */
    std::uint16_t http_status() const noexcept
    {
        return atlas_webhook_error_http_status(handle_.get());
    }

    /** The offset of the offending byte, in the answer or in the argument. */
    std::optional<std::uint64_t> offset() const noexcept
    {
        const std::uint64_t at = atlas_webhook_error_offset(handle_.get());
        return at == UINT64_MAX ? std::nullopt : std::optional<std::uint64_t>(at);
    }

    /** Whether the same call may succeed later. */
    bool retryable() const noexcept
    {
        return atlas_webhook_error_retryable(handle_.get()) != 0;
    }

    /** How long the peer asks to wait before another try: at most one year (365 days). */
    std::optional<std::chrono::seconds> retry_after() const noexcept
    {
        const std::int64_t seconds = atlas_webhook_error_retry_after(handle_.get());
        return seconds < 0 ? std::nullopt : std::optional<std::chrono::seconds>(seconds);
    }

    /** How many times the transport sent the request; 0 without a transport. */
    std::uint32_t attempts() const noexcept
    {
        return atlas_webhook_error_attempts(handle_.get());
    }

private:
    detail::owner<atlas_webhook_error, atlas_webhook_error_free> handle_;
};

#if defined(__cpp_exceptions)
/** What result::value_or_throw throws. what() is error::display(). */
class exception : public std::runtime_error {
public:
    explicit exception(class error &&error)
        : std::runtime_error(std::string(error.display())),
          error_(std::make_shared<class error>(std::move(error)))
    {
    }

    /** Shared, because exceptions are copied. */
    const class error &error() const noexcept
    {
        return *error_;
    }

private:
    std::shared_ptr<class error> error_;
};
#endif

/** A value, or the error that there was instead. */
template <typename T>
class [[nodiscard]] result {
public:
    result(T &&value) noexcept : value_(std::move(value)), failed_(false) {}

    result(class error &&error) noexcept : error_(std::move(error)), failed_(true) {}

    explicit operator bool() const noexcept
    {
        return !failed_;
    }

    /** The value. After a failure it is a default one. */
    T &value() & noexcept
    {
        return value_;
    }

    const T &value() const & noexcept
    {
        return value_;
    }

    T &&value() && noexcept
    {
        return std::move(value_);
    }

    T *operator->() noexcept
    {
        return &value_;
    }

    /** The error; after success it holds none. */
    const class error &error() const noexcept
    {
        return error_;
    }

#if defined(__cpp_exceptions)
    /** The value, or an exception. */
    T value_or_throw() &&
    {
        if (failed_) {
            throw exception(std::move(error_));
        }
        return std::move(value_);
    }
#endif

private:
    T value_{};
    class error error_;
    bool failed_;
};

/** Success, or the error that there was instead. */
template <>
class [[nodiscard]] result<void> {
public:
    result() noexcept = default;

    result(class error &&error) noexcept : error_(std::move(error)), failed_(true) {}

    explicit operator bool() const noexcept
    {
        return !failed_;
    }

    /** The error; after success it holds none. */
    const class error &error() const noexcept
    {
        return error_;
    }

#if defined(__cpp_exceptions)
    /** Nothing, or an exception. */
    void value_or_throw() &&
    {
        if (failed_) {
            throw exception(std::move(error_));
        }
    }
#endif

private:
    class error error_;
    bool failed_ = false;
};

namespace detail {

/** Of a call that gives nothing but a status. */
inline result<void> nothing(atlas_webhook_status status, atlas_webhook_error *failure) noexcept
{
    if (status < 0) {
        return error(failure);
    }
    return {};
}

/** Of a call that makes a handle. */
template <typename T, typename Handle>
result<T> made(atlas_webhook_status status, Handle *handle, atlas_webhook_error *failure) noexcept
{
    if (status < 0) {
        return error(failure);
    }
    return T(handle);
}

} // namespace detail

/** Where to send, and as whom; see atlas_webhook_endpoint. */
class endpoint {
public:
    /** Takes ownership of a handle of C. */
    explicit endpoint(atlas_webhook_endpoint *handle = nullptr) noexcept : handle_(handle) {}

    /** An API server by its base URL. */
    static result<endpoint> make(text_in base_url = ATLAS_WEBHOOK_SANDBOX) noexcept
    {
        atlas_webhook_endpoint *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_endpoint_new(base_url.c_str(), &handle, &failure);
        return detail::made<endpoint>(status, handle, failure);
    }

    result<void> set_credentials(text_in client_id, text_in client_secret) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_endpoint_set_credentials(
            handle_.get(), client_id.c_str(), client_secret.c_str(), &failure);
        return detail::nothing(status, failure);
    }

    result<void> set_header(text_in name, text_in value) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_endpoint_set_header(handle_.get(), name.c_str(),
                                                              value.c_str(), &failure);
        return detail::nothing(status, failure);
    }

    result<void> set_limit(limit which, std::uint64_t value) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_endpoint_set_limit(
            handle_.get(), static_cast<std::uint32_t>(which), value, &failure);
        return detail::nothing(status, failure);
    }

    result<void> set_plaintext_allowed(bool allowed) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status =
            atlas_webhook_endpoint_set_plaintext_allowed(handle_.get(), allowed, &failure);
        return detail::nothing(status, failure);
    }

    /** The handle, still owned by this object. */
    const atlas_webhook_endpoint *get() const noexcept
    {
        return handle_.get();
    }

private:
    detail::owner<atlas_webhook_endpoint, atlas_webhook_endpoint_free> handle_;
};

class reply;

/** A header of a request. */
struct header {
    std::string_view name;
    std::string_view value;
};

/** What to send, as a value; see atlas_webhook_request. */
class request {
public:
    /** Takes ownership of a handle of C. */
    explicit request(atlas_webhook_request *handle = nullptr) noexcept : handle_(handle) {}

    /** The request that registers url; without a cid the key is left out. */
    static result<request> registration(const endpoint &at, text_in url,
                                        text_in cid = nullptr) noexcept
    {
        atlas_webhook_request *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_request_new_registration(
            at.get(), url.c_str(), cid.c_str(), &handle, &failure);
        return detail::made<request>(status, handle, failure);
    }

    std::string_view method() const noexcept
    {
        return detail::view(atlas_webhook_request_method, handle_.get());
    }

    std::string_view url() const noexcept
    {
        return detail::view(atlas_webhook_request_url, handle_.get());
    }

    /** The host to connect to, and the name that its certificate must bear. */
    std::string_view host() const noexcept
    {
        return detail::view(atlas_webhook_request_host, handle_.get());
    }

    std::uint16_t port() const noexcept
    {
        return atlas_webhook_request_port(handle_.get());
    }

    bool is_tls() const noexcept
    {
        return atlas_webhook_request_is_tls(handle_.get()) != 0;
    }

    /** How many headers there are that an HTTP stack does not set by itself. */
    std::size_t header_count() const noexcept
    {
        return atlas_webhook_request_header_count(handle_.get());
    }

    /** Header number i; empty when there is none. */
    header header_at(std::size_t i) const noexcept
    {
        const char *name = "";
        const char *value = "";
        atlas_webhook_request_header(handle_.get(), i, &name, &value, nullptr);
        return {name, value};
    }

    /** Header number i as "Name: value", NUL-terminated; empty when there is none. */
    const char *header_line(std::size_t i) const noexcept
    {
        return atlas_webhook_request_header_line(handle_.get(), i);
    }

    /** The JSON body. */
    std::string_view body() const noexcept
    {
        return detail::view(atlas_webhook_request_body, handle_.get());
    }

    /** The whole HTTP/1.1 message. */
    std::string_view bytes() const noexcept
    {
        return detail::view(atlas_webhook_request_bytes, handle_.get());
    }

    /** What the response to this request means that an HTTP stack of your own received; see
     *  atlas_webhook_request_reply. */
    result<atlas_webhook::reply> reply(std::uint32_t http_status, std::string_view field_lines,
                                       std::string_view body) const noexcept;

    /** The handle, still owned by this object. */
    const atlas_webhook_request *get() const noexcept
    {
        return handle_.get();
    }

private:
    detail::owner<atlas_webhook_request, atlas_webhook_request_free> handle_;
};

/** The API's yes; see atlas_webhook_reply. */
class reply {
public:
    /** Takes ownership of a handle of C. */
    explicit reply(atlas_webhook_reply *handle = nullptr) noexcept : handle_(handle) {}

    /** The API's text; untrusted, and never to be decided on. */
    std::string_view message() const noexcept
    {
        return detail::view(atlas_webhook_reply_message, handle_.get());
    }

    /** The API's id of the request; untrusted. */
    std::string_view request_id() const noexcept
    {
        return detail::view(atlas_webhook_reply_request_id, handle_.get());
    }

    std::uint16_t http_status() const noexcept
    {
        return atlas_webhook_reply_http_status(handle_.get());
    }

private:
    detail::owner<atlas_webhook_reply, atlas_webhook_reply_free> handle_;
};

inline result<reply> request::reply(std::uint32_t http_status, std::string_view field_lines,
                                    std::string_view body) const noexcept
{
    atlas_webhook_reply *handle = nullptr;
    atlas_webhook_error *failure = nullptr;
    const auto status =
        atlas_webhook_request_reply(handle_.get(), http_status, field_lines.data(),
                                    field_lines.size(), body.data(), body.size(), &handle, &failure);
    return detail::made<atlas_webhook::reply>(status, handle, failure);
}

/** The state machine for a socket of your own; see atlas_webhook_exchange. */
class exchange {
public:
    /** Takes ownership of a handle of C. */
    explicit exchange(atlas_webhook_exchange *handle = nullptr) noexcept : handle_(handle) {}

    static result<exchange> make(const request &of) noexcept
    {
        atlas_webhook_exchange *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_exchange_new(of.get(), &handle, &failure);
        return detail::made<exchange>(status, handle, failure);
    }

    /** want_send, want_receive or done; once failed, how. */
    status state() const noexcept
    {
        return static_cast<status>(atlas_webhook_exchange_state(handle_.get()));
    }

    /** What is left to send. */
    std::string_view to_send() const noexcept
    {
        return detail::view(atlas_webhook_exchange_to_send, handle_.get());
    }

    /** The first n bytes of to_send() were sent. */
    result<void> sent(std::size_t n) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_exchange_sent(handle_.get(), n, &failure);
        return detail::nothing(status, failure);
    }

    /** Bytes came in. Gives how many of them belong to the answer. */
    result<std::size_t> received(std::string_view bytes) noexcept
    {
        std::size_t used = 0;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_exchange_received(handle_.get(), bytes.data(),
                                                            bytes.size(), &used, &failure);
        if (status < 0) {
            return error(failure);
        }
        return used;
    }

    /** The peer closed its side of the connection. */
    result<void> received_eof() noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_exchange_received_eof(handle_.get(), &failure);
        return detail::nothing(status, failure);
    }

    /** The HTTP status once the head was read, else 0. */
    std::uint16_t http_status() const noexcept
    {
        return atlas_webhook_exchange_http_status(handle_.get());
    }

    /** Whether HTTP permits another request on the connection. */
    bool reusable() const noexcept
    {
        return atlas_webhook_exchange_reusable(handle_.get()) != 0;
    }

    /** Takes the answer, once, and says what it means. */
    result<reply> take_reply() noexcept
    {
        atlas_webhook_reply *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_exchange_take_reply(handle_.get(), &handle, &failure);
        return detail::made<reply>(status, handle, failure);
    }

private:
    detail::owner<atlas_webhook_exchange, atlas_webhook_exchange_free> handle_;
};

/** Ends sends from another thread; see atlas_webhook_cancel. */
class cancel {
public:
    /** Takes ownership of a handle of C. */
    explicit cancel(atlas_webhook_cancel *handle = nullptr) noexcept : handle_(handle) {}

    static result<cancel> make() noexcept
    {
        atlas_webhook_cancel *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_cancel_new(&handle, &failure);
        return detail::made<cancel>(status, handle, failure);
    }

    /** Ends the calls that were given this, and all that will be. Any thread may call it. */
    result<void> now() noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_cancel_now(handle_.get(), &failure);
        return detail::nothing(status, failure);
    }

    /** The handle, still owned by this object. */
    atlas_webhook_cancel *get() noexcept
    {
        return handle_.get();
    }

private:
    detail::owner<atlas_webhook_cancel, atlas_webhook_cancel_free> handle_;
};

/** The bundled blocking transport; see atlas_webhook_transport. */
class transport {
public:
    /** Takes ownership of a handle of C. */
    explicit transport(atlas_webhook_transport *handle = nullptr) noexcept : handle_(handle) {}

    static result<transport> make() noexcept
    {
        atlas_webhook_transport *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_transport_new(&handle, &failure);
        return detail::made<transport>(status, handle, failure);
    }

    /** Whether this build of the library has it. */
    static bool available() noexcept
    {
        return atlas_webhook_transport_available() != 0;
    }

    result<void> set_timeout(std::chrono::milliseconds timeout) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_transport_set_timeout_ms(
            handle_.get(), detail::milliseconds(timeout), &failure);
        return detail::nothing(status, failure);
    }

    result<void> set_connect_timeout(std::chrono::milliseconds timeout) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_transport_set_connect_timeout_ms(
            handle_.get(), detail::milliseconds(timeout), &failure);
        return detail::nothing(status, failure);
    }

    /** Sends through the proxy at url; nullptr means through none. */
    result<void> set_proxy(text_in url) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status =
            atlas_webhook_transport_set_proxy(handle_.get(), url.c_str(), &failure);
        return detail::nothing(status, failure);
    }

    result<void> use_env_proxy() noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_transport_use_env_proxy(handle_.get(), &failure);
        return detail::nothing(status, failure);
    }

    result<void> set_ca_file(text_in path) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status =
            atlas_webhook_transport_set_ca_file(handle_.get(), path.c_str(), &failure);
        return detail::nothing(status, failure);
    }

    result<void> set_retries(std::uint32_t retries) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status =
            atlas_webhook_transport_set_retries(handle_.get(), retries, &failure);
        return detail::nothing(status, failure);
    }

    /** Sends, and says what the answer means. Threads may do so at the same time. */
    result<reply> send(const request &what) const noexcept
    {
        return send(what, nullptr);
    }

    /** The same, until until says otherwise. */
    result<reply> send(const request &what, cancel &until) const noexcept
    {
        return send(what, until.get());
    }

private:
    result<reply> send(const request &what, atlas_webhook_cancel *until) const noexcept
    {
        atlas_webhook_reply *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_transport_send(handle_.get(), what.get(), until, &handle,
                                                         &failure);
        return detail::made<reply>(status, handle, failure);
    }

    detail::owner<atlas_webhook_transport, atlas_webhook_transport_free> handle_;
};

} // namespace atlas_webhook

#endif /* ATLAS_WEBHOOK_HPP */
