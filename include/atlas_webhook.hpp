/*
 * atlas_webhook.hpp: atlas_webhook.h for C++17 and later, header only. MIT OR Apache-2.0.
 *
 * The rules of atlas_webhook.h apply. The differences are:
 *
 * Ownership. Each class owns one handle and frees it. operator bool returns whether the object owns a
 * handle. get() returns the handle. release() returns the handle and releases ownership. With these, C
 * and C++ can be mixed. Objects can be moved but not copied; only a webhook_error can be copied. An
 * object that was moved from, or made by its default constructor, owns no handle: its getters return
 * the absent value, and its other calls fail with status::argument.
 *
 * Errors. A call that can fail returns a result: the value or the error. Its interface is that of
 * std::expected. Only result::value throws. It exists only if exceptions are enabled. The name of the
 * inline namespace states the ABI version and whether exceptions are enabled, so that both modes can be
 * linked into one program. All other functions are noexcept, except result::value_or and the
 * constructor of exception. If memory is exhausted, the process terminates.
 *
 * Text in is a C string, a std::string or a std::string_view in UTF-8. Text and bytes out are a
 * std::string_view. It is valid as long as the pointer of the C getter is.
 *
 * Language. Nothing in this header depends on the language version beyond C++17. Objects may be passed
 * between parts of a program that were compiled for different versions.
 */

#ifndef ATLAS_WEBHOOK_HPP
#define ATLAS_WEBHOOK_HPP

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "atlas_webhook.h"

#if defined(__cpp_exceptions)
#include <stdexcept>
#endif

/* The type of an exception must be the same object in all shared libraries, or it is not caught. */
#if defined(__GNUC__) && !defined(_WIN32)
#define ATLAS_WEBHOOK_VISIBLE __attribute__((visibility("default")))
#else
#define ATLAS_WEBHOOK_VISIBLE
#endif

static_assert(ATLAS_WEBHOOK_ABI_VERSION == 1, "the inline namespace states the version of the ABI");

namespace atlas_webhook {
#if defined(__cpp_exceptions)
inline namespace v1 {
#else
inline namespace v1_noexcept {
#endif

/**
 * The result of a call; see atlas_webhook_status, and each constant there for whose fault an error is. Later
 * versions of the library add values.
 */
enum class status : atlas_webhook_status {
    ok = ATLAS_WEBHOOK_OK,
    want_send = ATLAS_WEBHOOK_WANT_SEND,
    want_receive = ATLAS_WEBHOOK_WANT_RECEIVE,
    done = ATLAS_WEBHOOK_DONE,
    want_response = ATLAS_WEBHOOK_WANT_RESPONSE,
    want_close = ATLAS_WEBHOOK_WANT_CLOSE,
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

/** A short description of a status; see atlas_webhook_status_text. */
inline std::string_view text(status of) noexcept
{
    return atlas_webhook_status_text(static_cast<atlas_webhook_status>(of));
}

/** The name of a status, for logs, for example "ATLAS_WEBHOOK_ERR_TIMEOUT". */
inline std::string to_string(status of) noexcept
{
    return atlas_webhook_status_name(static_cast<atlas_webhook_status>(of));
}

/** Whether the same call may succeed later after this status; see atlas_webhook_status_retryable. */
inline bool retryable(status of) noexcept
{
    return atlas_webhook_status_retryable(static_cast<atlas_webhook_status>(of)) != 0;
}

/** The version of the loaded library. It may differ from the version of this header. */
inline std::string_view version() noexcept
{
    return atlas_webhook_version();
}

/** The version of the loaded library as a number; see atlas_webhook_version_number. */
inline std::uint32_t version_number() noexcept
{
    return atlas_webhook_version_number();
}

/** An optional part of the library. */
enum class feature : std::uint32_t {
    gzip = ATLAS_WEBHOOK_FEATURE_GZIP,
    transport = ATLAS_WEBHOOK_FEATURE_TRANSPORT,
};

/** Whether this build of the library has a feature. */
inline bool has(feature part) noexcept
{
    return (atlas_webhook_features() & static_cast<std::uint32_t>(part)) != 0;
}

/** A limit for the messages of a peer; see atlas_webhook_endpoint_set_limit. */
enum class limit : std::uint32_t {
    head = ATLAS_WEBHOOK_LIMIT_HEAD,
    fields = ATLAS_WEBHOOK_LIMIT_FIELDS,
    interim = ATLAS_WEBHOOK_LIMIT_INTERIM,
    body = ATLAS_WEBHOOK_LIMIT_BODY,
    chunk_overhead = ATLAS_WEBHOOK_LIMIT_CHUNK_OVERHEAD,
    values = ATLAS_WEBHOOK_LIMIT_VALUES,
};

namespace detail {

/** The owner of a C handle. */
template <typename Handle, void (*Free)(Handle *)>
class owner {
public:
    /** Becomes the owner of a C handle. */
    explicit owner(Handle *handle = nullptr) noexcept : handle_(handle) {}

    /** Whether this object owns a handle. */
    explicit operator bool() const noexcept
    {
        return handle_ != nullptr;
    }

    /** Returns the handle. This object still owns it. */
    Handle *get() const noexcept
    {
        return handle_.get();
    }

    /** Returns the handle and releases ownership: the caller must free it. */
    [[nodiscard]] Handle *release() noexcept
    {
        return handle_.release();
    }

private:
    struct freer {
        void operator()(Handle *handle) const noexcept
        {
            Free(handle);
        }
    };

    std::unique_ptr<Handle, freer> handle_;
};

/** The text that a C getter returns. */
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

/** Milliseconds for C. A time that is out of range becomes a number that the library rejects. Its message
 *  states no number. */
inline std::uint32_t milliseconds(std::chrono::milliseconds time) noexcept
{
    /* The parentheses prevent the expansion of the macro max of <windows.h>. */
    constexpr auto most = (std::numeric_limits<std::uint32_t>::max)();
    if (time.count() <= 0) {
        return 0;
    }
    return time.count() > static_cast<std::int64_t>(most) ? most
                                                          : static_cast<std::uint32_t>(time.count());
}

inline bool contains_nul(std::string_view text) noexcept
{
    return text.find('\0') != std::string_view::npos;
}

/** Replaces a text that contains a NUL, which would truncate it: the text before the first NUL, then C0 80,
 *  the NUL of modified UTF-8. The library rejects these bytes as a NUL. */
inline std::string marked_nul(std::string_view text) noexcept
{
    return std::string(text.substr(0, text.find('\0'))) + "\xC0\x80";
}

/** A C number that may be absent. */
inline std::optional<std::int64_t> present(std::int64_t number) noexcept
{
    return number == ATLAS_WEBHOOK_ABSENT ? std::nullopt : std::optional<std::int64_t>(number);
}

/** A C HTTP status, which is 0 if absent. */
inline std::optional<std::uint16_t> present_status(std::uint16_t status) noexcept
{
    return status == 0 ? std::nullopt : std::optional<std::uint16_t>(status);
}

} // namespace detail

/** Text in: a C string, where nullptr is NULL, a std::string or a std::string_view. It refers to a C
 *  string or a std::string, which must stay valid during the call. It copies a std::string_view, which
 *  is not NUL-terminated. */
class text_in {
public:
    text_in(const char *text) noexcept : text_(text) {}

    text_in(const std::string &text) noexcept : text_(text.c_str())
    {
        if (detail::contains_nul(text)) {
            copy_ = detail::marked_nul(text);
        }
    }

    text_in(std::string_view text) noexcept
        : copy_(detail::contains_nul(text) ? detail::marked_nul(text) : std::string(text))
    {
    }

    const char *c_str() const noexcept
    {
        return copy_ ? copy_->c_str() : text_;
    }

private:
    const char *text_ = nullptr;
    std::optional<std::string> copy_;
};

/** The response that caused an error. Use it to find out which server responded. It is untrusted: it
 *  may contain anything, including an echo of the webhook URL. The views are valid as long as the
 *  error. */
struct error_response {
    /** The HTTP status. */
    std::uint16_t status;
    /** The header fields. Each is a line that ends with CRLF. */
    std::string_view field_lines;
    /** At most the first 4 KiB of the body. gzip is removed if that was possible. */
    std::string_view body;
};

/** An error with all its details; see atlas_webhook_error. Its name is not error, because glibc has a
 *  function error. */
class webhook_error : public detail::owner<atlas_webhook_error, atlas_webhook_error_free> {
public:
    using owner::owner;

    webhook_error() noexcept = default;

    webhook_error(webhook_error &&) noexcept = default;
    webhook_error &operator=(webhook_error &&) noexcept = default;

    webhook_error(const webhook_error &other) noexcept : owner(atlas_webhook_error_clone(other.get()))
    {
    }

    webhook_error &operator=(const webhook_error &other) noexcept
    {
        return *this = webhook_error(other);
    }

    /** The status of the failed call. Programs decide by this status. */
    status code() const noexcept
    {
        return static_cast<status>(atlas_webhook_error_status(get()));
    }

    /** A description in one line. It contains no secret and no bytes that a peer sent. */
    std::string_view message() const noexcept
    {
        return detail::view(atlas_webhook_error_message, get());
    }

    /** The line to show or to log: the message and the API's text, escaped and truncated. If the API's
     *  text repeats a secret of the request, it is withheld; see atlas_webhook_error_display. */
    std::string_view display() const noexcept
    {
        return detail::view(atlas_webhook_error_display, get());
    }

    /** The API's text as it was received. It is untrusted. */
    std::string_view api_message() const noexcept
    {
        return detail::view(atlas_webhook_error_api_message, get());
    }

    /** The API's own status. std::nullopt if the response contained no status. */
    std::optional<std::int64_t> api_status() const noexcept
    {
        return detail::present(atlas_webhook_error_api_status(get()));
    }

    /** The API's identifier of the request. It is untrusted. */
    std::string_view request_id() const noexcept
    {
        return detail::view(atlas_webhook_error_request_id, get());
    }

    /** The HTTP status of the response. std::nullopt if no status was received. */
    std::optional<std::uint16_t> http_status() const noexcept
    {
        return detail::present_status(atlas_webhook_error_http_status(get()));
    }

    /** The HTTP status with which to respond to the delivery that failed. 500 for an error that did not
     *  come from receiving. */
    std::uint16_t response_status() const noexcept
    {
        return atlas_webhook_error_response_status(get());
    }

    /** The offset of the offending byte, in the message of the peer or in the argument; see
     *  atlas_webhook_error_offset. */
    std::optional<std::uint64_t> offset() const noexcept
    {
        const std::uint64_t at = atlas_webhook_error_offset(get());
        return at == UINT64_MAX ? std::nullopt : std::optional<std::uint64_t>(at);
    }

    /** Whether the same call may succeed later. */
    bool retryable() const noexcept
    {
        return atlas_webhook_error_retryable(get()) != 0;
    }

    /** The wait before a retry that the peer requested: at most 365 days. A date that has passed is 0. */
    std::optional<std::chrono::seconds> retry_after() const noexcept
    {
        const std::int64_t seconds = atlas_webhook_error_retry_after(get());
        return seconds < 0 ? std::nullopt : std::optional<std::chrono::seconds>(seconds);
    }

    /** The number of attempts that the transport started. 0 if no transport was used. */
    std::uint32_t attempts() const noexcept
    {
        return atlas_webhook_error_attempts(get());
    }

    /** The number of the operating system's error that caused this error, for example errno; see
     *  atlas_webhook_error_os_error. */
    std::optional<std::int32_t> os_error() const noexcept
    {
        const std::int32_t number = atlas_webhook_error_os_error(get());
        return number == 0 ? std::nullopt : std::optional<std::int32_t>(number);
    }

    /** The response that caused the error. std::nullopt if no head of a final response was received. 101
     *  counts as final. */
    std::optional<error_response> response() const noexcept
    {
        const auto status = http_status();
        if (!status) {
            return std::nullopt;
        }
        return error_response{*status, detail::view(atlas_webhook_error_response_field_lines, get()),
                              detail::view(atlas_webhook_error_response_body, get())};
    }
};

#if defined(__cpp_exceptions)
/** The exception that result::value throws. what() returns webhook_error::display(). */
class ATLAS_WEBHOOK_VISIBLE exception : public std::runtime_error {
public:
    explicit exception(webhook_error error)
        : std::runtime_error(std::string(error.display())), error_(std::move(error))
    {
    }

    const webhook_error &error() const noexcept
    {
        return error_;
    }

private:
    webhook_error error_;
};
#endif

namespace detail {

/** The part of a result that does not depend on its value. */
class outcome {
public:
    outcome() noexcept = default;

    explicit outcome(webhook_error error) noexcept : error_(std::move(error)), failed_(true) {}

    bool has_value() const noexcept
    {
        return !failed_;
    }

    explicit operator bool() const noexcept
    {
        return !failed_;
    }

    /** The error. After success it owns no handle. */
    webhook_error &error() & noexcept
    {
        return error_;
    }

    const webhook_error &error() const & noexcept
    {
        return error_;
    }

    webhook_error &&error() && noexcept
    {
        return std::move(error_);
    }

protected:
#if defined(__cpp_exceptions)
    void require() const
    {
        if (failed_) {
            throw exception(error_);
        }
    }
#endif

private:
    webhook_error error_;
    bool failed_ = false;
};

} // namespace detail

/** A value or an error, with the interface of std::expected. In addition, an error converts to any
 *  result: a function passes it to its caller by `return r.error();`. */
template <typename T>
class [[nodiscard]] result : public detail::outcome {
public:
    using value_type = T;
    using error_type = webhook_error;

    result(T value) noexcept : value_(std::move(value)) {}

    result(webhook_error error) noexcept : outcome(std::move(error)) {}

    /** The value. After a failure it is default-constructed. */
    T &operator*() & noexcept
    {
        return value_;
    }

    const T &operator*() const & noexcept
    {
        return value_;
    }

    T &&operator*() && noexcept
    {
        return std::move(value_);
    }

    T *operator->() noexcept
    {
        return &value_;
    }

    const T *operator->() const noexcept
    {
        return &value_;
    }

    /** The value. After a failure, other. */
    template <typename U>
    T value_or(U &&other) const &
    {
        return has_value() ? value_ : static_cast<T>(std::forward<U>(other));
    }

    template <typename U>
    T value_or(U &&other) &&
    {
        return has_value() ? std::move(value_) : static_cast<T>(std::forward<U>(other));
    }

#if defined(__cpp_exceptions)
    /** The value. Throws exception after a failure. */
    T &value() &
    {
        require();
        return value_;
    }

    const T &value() const &
    {
        require();
        return value_;
    }

    T &&value() &&
    {
        require();
        return std::move(value_);
    }
#endif

private:
    T value_{};
};

/** Success, or an error. */
template <>
class [[nodiscard]] result<void> : public detail::outcome {
public:
    using value_type = void;
    using error_type = webhook_error;

    result() noexcept = default;

    result(webhook_error error) noexcept : outcome(std::move(error)) {}

    void operator*() const noexcept {}

#if defined(__cpp_exceptions)
    /** Throws exception after a failure. */
    void value() const
    {
        require();
    }
#endif
};

namespace detail {

/** The result of a call that returns only a status. */
inline result<void> nothing(atlas_webhook_status status, atlas_webhook_error *error) noexcept
{
    if (status < 0) {
        return webhook_error(error);
    }
    return {};
}

/** The result of a call that makes a handle. */
template <typename T, typename Handle>
result<T> made(atlas_webhook_status status, Handle *handle, atlas_webhook_error *error) noexcept
{
    if (status < 0) {
        return webhook_error(error);
    }
    return T(handle);
}

} // namespace detail

/** A server of the API and your identity there; see atlas_webhook_endpoint. */
class endpoint : public detail::owner<atlas_webhook_endpoint, atlas_webhook_endpoint_free> {
public:
    using owner::owner;

    /** Makes an endpoint for the API server at base_url. Default: the sandbox. */
    static result<endpoint> make(text_in base_url = ATLAS_WEBHOOK_SANDBOX) noexcept
    {
        atlas_webhook_endpoint *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_endpoint_new(base_url.c_str(), &handle, &failure);
        return detail::made<endpoint>(status, handle, failure);
    }

    /** Sets the credentials. Default: none. Range: see atlas_webhook_endpoint_set_credentials. */
    result<void> set_credentials(text_in client_id, text_in client_secret) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_endpoint_set_credentials(
            get(), client_id.c_str(), client_secret.c_str(), &failure);
        return detail::nothing(status, failure);
    }

    /** Adds a header to every request, or replaces it; see atlas_webhook_endpoint_set_header. */
    result<void> set_header(text_in name, text_in value) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_endpoint_set_header(get(), name.c_str(),
                                                              value.c_str(), &failure);
        return detail::nothing(status, failure);
    }

    /** Removes the credentials. */
    result<void> clear_credentials() noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_endpoint_clear_credentials(get(), &failure);
        return detail::nothing(status, failure);
    }

    /** Removes a header that set_header set. */
    result<void> clear_header(text_in name) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_endpoint_clear_header(get(), name.c_str(), &failure);
        return detail::nothing(status, failure);
    }

    /** Sets a limit for responses. Default: see limit. See atlas_webhook_endpoint_set_limit. */
    result<void> set_limit(limit which, std::uint64_t value) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_endpoint_set_limit(
            get(), static_cast<std::uint32_t>(which), value, &failure);
        return detail::nothing(status, failure);
    }

    /** Sets whether requests over http to another machine are allowed. Default: false. See
     *  atlas_webhook_endpoint_set_plaintext_allowed. */
    result<void> set_plaintext_allowed(bool allowed) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status =
            atlas_webhook_endpoint_set_plaintext_allowed(get(), allowed, &failure);
        return detail::nothing(status, failure);
    }
};

class reply;

/** A header of a request, or a header field of a response. */
struct header {
    std::string_view name;
    std::string_view value;
};

/** The response of an exchange before it is interpreted; see atlas_webhook_response. It is untrusted. */
class response : public detail::owner<atlas_webhook_response, atlas_webhook_response_free> {
public:
    using owner::owner;

    /** The HTTP status. 0 if this object owns no handle. */
    std::uint16_t status() const noexcept
    {
        return atlas_webhook_response_status(get());
    }

    /** The number of header fields. */
    std::size_t header_count() const noexcept
    {
        return atlas_webhook_response_header_count(get());
    }

    /** Header field number i, counted from 0. Empty if there is no header field i. */
    atlas_webhook::header header_at(std::size_t i) const noexcept
    {
        return {part(atlas_webhook_response_header_name, i),
                part(atlas_webhook_response_header_value, i)};
    }

    /** The value of the first header field with this name; ASCII case is ignored. Empty if there is
     *  no such header field. */
    std::string_view header(text_in name) const noexcept
    {
        std::size_t length = 0;
        const char *text = atlas_webhook_response_header(get(), name.c_str(), &length);
        return {text, length};
    }

    /** The body without its content coding. */
    result<std::string_view> body() const noexcept
    {
        const void *bytes = nullptr;
        std::size_t length = 0;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_response_body(get(), &bytes, &length, &failure);
        if (status < 0) {
            return webhook_error(failure);
        }
        return std::string_view(static_cast<const char *>(bytes), length);
    }

    /** The body with its content coding. */
    std::string_view coded_body() const noexcept
    {
        return detail::view(atlas_webhook_response_coded_body, get());
    }

private:
    std::string_view part(const char *(*of)(const atlas_webhook_response *, std::size_t, std::size_t *),
                          std::size_t i) const noexcept
    {
        std::size_t length = 0;
        const char *text = of(get(), i, &length);
        return {text, length};
    }
};

/** A rendered request; see atlas_webhook_request. */
class request : public detail::owner<atlas_webhook_request, atlas_webhook_request_free> {
public:
    using owner::owner;

    /** Makes the request that registers url. Default: without cid. */
    static result<request> registration(const endpoint &at, text_in url,
                                        text_in cid = nullptr) noexcept
    {
        atlas_webhook_request *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_request_new_registration(
            at.get(), url.c_str(), cid.c_str(), &handle, &failure);
        return detail::made<request>(status, handle, failure);
    }

    /** The HTTP method: "POST". */
    std::string_view method() const noexcept
    {
        return detail::view(atlas_webhook_request_method, get());
    }

    /** The absolute URL to send to. */
    std::string_view url() const noexcept
    {
        return detail::view(atlas_webhook_request_url, get());
    }

    /** The host to connect to. A TLS certificate must be valid for it. */
    std::string_view host() const noexcept
    {
        return detail::view(atlas_webhook_request_host, get());
    }

    /** The TCP port to connect to. */
    std::uint16_t port() const noexcept
    {
        return atlas_webhook_request_port(get());
    }

    /** Whether the connection must use TLS. */
    bool is_tls() const noexcept
    {
        return atlas_webhook_request_is_tls(get()) != 0;
    }

    /** The number of headers to pass to an HTTP stack; see atlas_webhook_request_header_count. */
    std::size_t header_count() const noexcept
    {
        return atlas_webhook_request_header_count(get());
    }

    /** Header number i, counted from 0. Empty if there is no header i. */
    header header_at(std::size_t i) const noexcept
    {
        return {part(atlas_webhook_request_header_name, i), part(atlas_webhook_request_header_value, i)};
    }

    /** Header number i as "Name: value", NUL-terminated. Empty if there is no header i. */
    std::string_view header_line(std::size_t i) const noexcept
    {
        return part(atlas_webhook_request_header_line, i);
    }

    /** The JSON body. */
    std::string_view body() const noexcept
    {
        return detail::view(atlas_webhook_request_body, get());
    }

    /** The complete HTTP/1.1 message. */
    std::string_view bytes() const noexcept
    {
        return detail::view(atlas_webhook_request_bytes, get());
    }

    /** Interprets the response to this request that an HTTP stack of your own received. Turn redirects
     *  off in the stack; see atlas_webhook_request_reply. */
    result<atlas_webhook::reply> reply(std::uint32_t http_status, std::string_view field_lines,
                                       std::string_view body) const noexcept;

    /** Interprets a response that exchange::take_response returned for this request. */
    result<atlas_webhook::reply> reply(const response &taken) const noexcept;

private:
    std::string_view part(const char *(*of)(const atlas_webhook_request *, std::size_t, std::size_t *),
                          std::size_t i) const noexcept
    {
        std::size_t length = 0;
        const char *text = of(get(), i, &length);
        return {text, length};
    }
};

/** The response of a successful registration; see atlas_webhook_reply. */
class reply : public detail::owner<atlas_webhook_reply, atlas_webhook_reply_free> {
public:
    using owner::owner;

    /** The API's text. It is untrusted: do not decide by it. */
    std::string_view message() const noexcept
    {
        return detail::view(atlas_webhook_reply_message, get());
    }

    /** The API's identifier of the request. It is untrusted. */
    std::string_view request_id() const noexcept
    {
        return detail::view(atlas_webhook_reply_request_id, get());
    }

    /** The HTTP status of the response: 200, or another 2xx. */
    std::uint16_t http_status() const noexcept
    {
        return atlas_webhook_reply_http_status(get());
    }

    /** The number of attempts that the transport started. 0 if no transport was used. */
    std::uint32_t attempts() const noexcept
    {
        return atlas_webhook_reply_attempts(get());
    }
};

inline result<reply> request::reply(std::uint32_t http_status, std::string_view field_lines,
                                    std::string_view body) const noexcept
{
    atlas_webhook_reply *handle = nullptr;
    atlas_webhook_error *failure = nullptr;
    const auto status =
        atlas_webhook_request_reply(get(), http_status, field_lines.data(),
                                    field_lines.size(), body.data(), body.size(), &handle, &failure);
    return detail::made<atlas_webhook::reply>(status, handle, failure);
}

inline result<reply> request::reply(const response &taken) const noexcept
{
    atlas_webhook_reply *handle = nullptr;
    atlas_webhook_error *failure = nullptr;
    const auto status = atlas_webhook_request_reply_from(get(), taken.get(), &handle, &failure);
    return detail::made<atlas_webhook::reply>(status, handle, failure);
}

/** One request and its response over a socket of your own; see atlas_webhook_exchange. */
class exchange : public detail::owner<atlas_webhook_exchange, atlas_webhook_exchange_free> {
public:
    using owner::owner;

    /** Starts an exchange of a request. */
    static result<exchange> make(const request &of) noexcept
    {
        atlas_webhook_exchange *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_exchange_new(of.get(), &handle, &failure);
        return detail::made<exchange>(status, handle, failure);
    }

    /** want_send, want_receive or done. After a failure, its status. */
    status state() const noexcept
    {
        return static_cast<status>(atlas_webhook_exchange_state(get()));
    }

    /** The bytes that remain to be sent. */
    std::string_view to_send() const noexcept
    {
        return detail::view(atlas_webhook_exchange_to_send, get());
    }

    /** Records that the first n bytes of to_send() were sent. */
    result<void> sent(std::size_t n) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_exchange_sent(get(), n, &failure);
        return detail::nothing(status, failure);
    }

    /** Processes bytes that were received. Returns the number of bytes that belong to the response. */
    result<std::size_t> received(std::string_view bytes) noexcept
    {
        std::size_t used = 0;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_exchange_received(get(), bytes.data(),
                                                            bytes.size(), &used, &failure);
        if (status < 0) {
            return webhook_error(failure);
        }
        return used;
    }

    /** Records that the peer closed its side of the connection. */
    result<void> received_eof() noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_exchange_received_eof(get(), &failure);
        return detail::nothing(status, failure);
    }

    /** The HTTP status. std::nullopt until the head was read. */
    std::optional<std::uint16_t> http_status() const noexcept
    {
        return detail::present_status(atlas_webhook_exchange_http_status(get()));
    }

    /** Whether the connection can be reused; see atlas_webhook_exchange_reusable. */
    bool reusable() const noexcept
    {
        return atlas_webhook_exchange_reusable(get()) != 0;
    }

    /** Returns the response before it is interpreted. It can be called once, instead of take_reply. */
    result<response> take_response() noexcept
    {
        atlas_webhook_response *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_exchange_take_response(get(), &handle, &failure);
        return detail::made<response>(status, handle, failure);
    }

    /** Interprets the response. It can be called once, instead of take_response. */
    result<reply> take_reply() noexcept
    {
        atlas_webhook_reply *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_exchange_take_reply(get(), &handle, &failure);
        return detail::made<reply>(status, handle, failure);
    }
};

/** Ends sends from another thread; see atlas_webhook_cancel. */
class cancel : public detail::owner<atlas_webhook_cancel, atlas_webhook_cancel_free> {
public:
    using owner::owner;

    /** Makes a cancel. */
    static result<cancel> make() noexcept
    {
        atlas_webhook_cancel *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_cancel_new(&handle, &failure);
        return detail::made<cancel>(status, handle, failure);
    }

    /** Ends all sends with this cancel, including later ones. Any thread may call it at any time. */
    result<void> now() const noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_cancel_now(get(), &failure);
        return detail::nothing(status, failure);
    }
};

/** The bundled blocking transport; see atlas_webhook_transport. */
class transport : public detail::owner<atlas_webhook_transport, atlas_webhook_transport_free> {
public:
    using owner::owner;

    /** Makes a transport with the default settings. */
    static result<transport> make() noexcept
    {
        atlas_webhook_transport *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_transport_new(&handle, &failure);
        return detail::made<transport>(status, handle, failure);
    }

    /** Whether this build of the library contains the transport. */
    static bool available() noexcept
    {
        return has(feature::transport);
    }

    /** Sets the timeout of a whole send. Default: 15 s. Range: 1 ms to one day. */
    result<void> set_timeout(std::chrono::milliseconds timeout) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_transport_set_timeout_ms(
            get(), detail::milliseconds(timeout), &failure);
        return detail::nothing(status, failure);
    }

    /** Sets the timeout for connecting within one attempt. Default: 5 s. Range: 1 ms to one day. */
    result<void> set_connect_timeout(std::chrono::milliseconds timeout) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_transport_set_connect_timeout_ms(
            get(), detail::milliseconds(timeout), &failure);
        return detail::nothing(status, failure);
    }

    /** Sends through the proxy at url. nullptr means no proxy. Default: no proxy. */
    result<void> set_proxy(text_in url) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status =
            atlas_webhook_transport_set_proxy(get(), url.c_str(), &failure);
        return detail::nothing(status, failure);
    }

    /** Reads the proxies from the environment now; see atlas_webhook_transport_use_env_proxy. */
    result<void> use_env_proxy() noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_transport_use_env_proxy(get(), &failure);
        return detail::nothing(status, failure);
    }

    /** Trusts only the certificates in the PEM file at path. Default: the platform's certificate store. */
    result<void> set_ca_file(const char *path) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_transport_set_ca_file(get(), path, &failure);
        return detail::nothing(status, failure);
    }

    result<void> set_ca_file(const std::string &path) noexcept
    {
        /* C0 80 may occur in the name of a file. Only a folder has a path that ends with a slash. */
        return detail::contains_nul(path) ? set_ca_file((detail::marked_nul(path) + "/").c_str())
                                          : set_ca_file(path.c_str());
    }

    /** Trusts only the certificates in this PEM text. Default: the platform's certificate store. */
    result<void> set_ca_pem(std::string_view pem) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status =
            atlas_webhook_transport_set_ca_pem(get(), pem.data(), pem.size(), &failure);
        return detail::nothing(status, failure);
    }

    /** Sets how many retries follow a retryable error. Default: 0. See
     *  atlas_webhook_transport_set_retries. */
    result<void> set_retries(std::uint32_t retries) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status =
            atlas_webhook_transport_set_retries(get(), retries, &failure);
        return detail::nothing(status, failure);
    }

    /** Closes the idle connections. Any thread may call it at any time. */
    void close_idle() const noexcept
    {
        atlas_webhook_transport_close_idle(get());
    }

    /** Sends the request and interprets the response. It blocks for at most the timeout. Any number of
     *  threads may send at the same time. */
    result<reply> send(const request &what) const noexcept
    {
        return send(what, nullptr);
    }

    /** Sends the request and interprets the response. until.now() ends it from another thread. Fails
     *  with status::argument if until owns no handle. */
    result<reply> send(const request &what, const cancel &until) const noexcept
    {
        if (!until) {
            /* C accepts NULL, and such a send could not be ended. */
            return until.now().error();
        }
        return send(what, until.get());
    }

private:
    result<reply> send(const request &what, atlas_webhook_cancel *until) const noexcept
    {
        atlas_webhook_reply *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_transport_send(get(), what.get(), until, &handle,
                                                         &failure);
        return detail::made<reply>(status, handle, failure);
    }
};

/** The kind of an event; see the ATLAS_WEBHOOK_EVENT_ macros. Later versions of the library add kinds:
 *  treat them as unknown. An underscore follows a name that C++ does not allow. */
enum class event_kind : std::int32_t {
    unknown = ATLAS_WEBHOOK_EVENT_UNKNOWN,
    ticketed = ATLAS_WEBHOOK_EVENT_TICKETED,
    schedule_change = ATLAS_WEBHOOK_EVENT_SCHEDULE_CHANGE,
    email_schedule_change = ATLAS_WEBHOOK_EVENT_EMAIL_SCHEDULE_CHANGE,
    abnormal_cancelled = ATLAS_WEBHOOK_EVENT_ABNORMAL_CANCELLED,
    airline_status_ = ATLAS_WEBHOOK_EVENT_AIRLINE_STATUS,
    email = ATLAS_WEBHOOK_EVENT_EMAIL,
    void_ = ATLAS_WEBHOOK_EVENT_VOID,
    addon_complete = ATLAS_WEBHOOK_EVENT_ADDON_COMPLETE,
    refund_complete = ATLAS_WEBHOOK_EVENT_REFUND_COMPLETE,
    cancelled = ATLAS_WEBHOOK_EVENT_CANCELLED,
};

/** Whether an incident is confirmed. */
enum class incident : std::int32_t {
    none = ATLAS_WEBHOOK_INCIDENT_NONE,
    unconfirmed = ATLAS_WEBHOOK_INCIDENT_UNCONFIRMED,
    confirmed = ATLAS_WEBHOOK_INCIDENT_CONFIRMED,
};

/** The type of a value. */
enum class value_type : std::int32_t {
    absent = ATLAS_WEBHOOK_VALUE_ABSENT,
    null = ATLAS_WEBHOOK_VALUE_NULL,
    boolean = ATLAS_WEBHOOK_VALUE_BOOLEAN,
    number = ATLAS_WEBHOOK_VALUE_NUMBER,
    string = ATLAS_WEBHOOK_VALUE_STRING,
    array = ATLAS_WEBHOOK_VALUE_ARRAY,
    object = ATLAS_WEBHOOK_VALUE_OBJECT,
};

/** A value in the JSON of an event; see atlas_webhook_value. It belongs to its event and must not
 *  outlive it. A value that does not exist is absent, and its members are absent too, so that calls can
 *  be chained. */
class value {
public:
    explicit value(const atlas_webhook_value *handle = nullptr) noexcept : handle_(handle) {}

    value_type type() const noexcept
    {
        return static_cast<value_type>(atlas_webhook_value_type(handle_));
    }

    /** Whether the value exists. */
    explicit operator bool() const noexcept
    {
        return handle_ != nullptr;
    }

    /** The member of an object by its name, or by an older name of that field. */
    value operator[](std::string_view name) const noexcept
    {
        return value(atlas_webhook_value_get_n(handle_, name.data(), name.size()));
    }

    /** The member of an object by its name, if it can be read as this type; see
     *  atlas_webhook_value_get_as. The result is absent if the name contains NUL; operator[] finds
     *  such a member. */
    value get_as(text_in name, value_type type) const noexcept
    {
        return value(
            atlas_webhook_value_get_as(handle_, name.c_str(), static_cast<std::int32_t>(type)));
    }

    /** Member number i of an array or an object, counted from 0. */
    value operator[](std::size_t i) const noexcept
    {
        return value(atlas_webhook_value_at(handle_, i));
    }

    /** The number of members of an array or an object. */
    std::size_t count() const noexcept
    {
        return atlas_webhook_value_count(handle_);
    }

    /** The name of member number i of an object, as sent. */
    std::string_view name(std::size_t i) const noexcept
    {
        std::size_t length = 0;
        const char *text = atlas_webhook_value_name(handle_, i, &length);
        return {text, length};
    }

    /** A string, or a number or boolean as written. Empty for every other value. */
    std::string_view text() const noexcept
    {
        return detail::view(atlas_webhook_value_text, handle_);
    }

    /** An integer that is a JSON number or is written in a string. */
    std::optional<std::int64_t> number() const noexcept
    {
        return detail::present(atlas_webhook_value_number(handle_));
    }

    /** true, false, 1 or 0, also in a string. */
    std::optional<bool> boolean() const noexcept
    {
        const int found = atlas_webhook_value_boolean(handle_);
        return found < 0 ? std::nullopt : std::optional<bool>(found != 0);
    }

    /** The JSON as received. Empty if the value is absent. */
    std::string_view json() const noexcept
    {
        return detail::view(atlas_webhook_value_json, handle_);
    }

private:
    const atlas_webhook_value *handle_;
};

/** The members of an array that are objects (or texts, for std::string_view): a range, which the
 *  algorithms of the standard library accept. */
template <typename T>
class list {
public:
    /** An iterator, which returns elements by value. It is therefore an input iterator of C++17, and a
     *  forward iterator of C++20. */
    class iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using iterator_concept = std::forward_iterator_tag;
        using value_type = T;
        using difference_type = std::ptrdiff_t;
        using reference = T;

        /** The result of operator->, which contains the element. */
        class pointer {
        public:
            explicit pointer(T element) noexcept : element_(element) {}

            const T *operator->() const noexcept
            {
                return &element_;
            }

        private:
            T element_;
        };

        iterator() noexcept = default;

        iterator(value of, std::size_t at) noexcept : of_(of), at_(at)
        {
            skip();
        }

        T operator*() const noexcept
        {
            if constexpr (is_text) {
                return of_[at_].text();
            } else {
                return T(of_[at_]);
            }
        }

        pointer operator->() const noexcept
        {
            return pointer(**this);
        }

        iterator &operator++() noexcept
        {
            ++at_;
            skip();
            return *this;
        }

        iterator operator++(int) noexcept
        {
            const iterator before = *this;
            ++*this;
            return before;
        }

        bool operator==(const iterator &other) const noexcept
        {
            return at_ == other.at_;
        }

        bool operator!=(const iterator &other) const noexcept
        {
            return at_ != other.at_;
        }

    private:
        void skip() noexcept
        {
            for (const std::size_t count = of_.count(); at_ < count; ++at_) {
                if (is_text ? !of_[at_].text().empty() : of_[at_].type() == atlas_webhook::value_type::object) {
                    return;
                }
            }
        }

        value of_;
        std::size_t at_{};
    };

    explicit list(value of = value()) noexcept
        : of_(of.type() == value_type::array ? of : value())
    {
    }

    iterator begin() const noexcept
    {
        return iterator(of_, 0);
    }

    iterator end() const noexcept
    {
        return iterator(of_, of_.count());
    }

    bool empty() const noexcept
    {
        return begin() == end();
    }

private:
    static constexpr bool is_text = std::is_same_v<T, std::string_view>;

    value of_;
};

namespace detail {

/** The documented fields of an event, in its payload or beside it. */
class fields {
public:
    explicit fields(const atlas_webhook_event *of = nullptr) noexcept : of_(of) {}

    value get_as(const char *name, value_type type) const noexcept
    {
        return value(atlas_webhook_event_get_as(of_, name, static_cast<std::int32_t>(type)));
    }

private:
    const atlas_webhook_event *of_;
};

/** The fields of an event or of a value by their types. A value of another type counts as absent. */
template <typename Source>
class typed {
public:
    explicit typed(Source of) noexcept : of_(of) {}

    std::string_view text(const char *name) const noexcept
    {
        return of_.get_as(name, value_type::string).text();
    }

    std::optional<std::int64_t> number(const char *name) const noexcept
    {
        return of_.get_as(name, value_type::number).number();
    }

    std::optional<bool> boolean(const char *name) const noexcept
    {
        return of_.get_as(name, value_type::boolean).boolean();
    }

    template <typename T>
    list<T> members(const char *name) const noexcept
    {
        return list<T>(of_.get_as(name, value_type::array));
    }

    template <typename T>
    std::optional<T> object(const char *name) const noexcept
    {
        const value found = of_.get_as(name, value_type::object);
        return found ? std::optional<T>(T(found)) : std::nullopt;
    }

private:
    Source of_;
};

} // namespace detail

/** The baggage of an ancillary. */
class baggage {
public:
    explicit baggage(value of = value()) noexcept : of_(of) {}

    std::optional<std::int64_t> piece() const noexcept
    {
        return of_.number("piece");
    }

    std::string_view weight() const noexcept
    {
        return of_.text("weight");
    }

    std::optional<bool> is_all_weight() const noexcept
    {
        return of_.boolean("isAllWeight");
    }

    std::string_view size() const noexcept
    {
        return of_.text("size");
    }

private:
    detail::typed<value> of_;
};

/** The seat of an ancillary. */
class seat {
public:
    explicit seat(value of = value()) noexcept : of_(of) {}

    std::string_view row() const noexcept
    {
        return of_.text("row");
    }

    std::string_view column() const noexcept
    {
        return of_.text("column");
    }

private:
    detail::typed<value> of_;
};

/** An additional service that a passenger bought. */
class ancillary {
public:
    explicit ancillary(value of = value()) noexcept : of_(of) {}

    std::string_view product_code() const noexcept
    {
        return of_.text("productCode");
    }

    std::optional<std::int64_t> segment_index() const noexcept
    {
        return of_.number("segmentIndex");
    }

    std::string_view buy_method() const noexcept
    {
        return of_.text("buyMethod");
    }

    std::string_view offer_id() const noexcept
    {
        return of_.text("offerId");
    }

    std::string_view ancillary_emd() const noexcept
    {
        return of_.text("ancillaryEMD");
    }

    std::string_view ancillary_price() const noexcept
    {
        return of_.text("ancillaryPrice");
    }

    std::string_view currency() const noexcept
    {
        return of_.text("currency");
    }

    std::string_view vendor_price() const noexcept
    {
        return of_.text("vendorPrice");
    }

    std::string_view vendor_currency() const noexcept
    {
        return of_.text("vendorCurrency");
    }

    std::string_view product_type() const noexcept
    {
        return of_.text("productType");
    }

    std::string_view display_currency() const noexcept
    {
        return of_.text("displayCurrency");
    }

    std::string_view display_price() const noexcept
    {
        return of_.text("displayPrice");
    }

    std::optional<baggage> aux_baggage_element() const noexcept
    {
        return of_.object<baggage>("auxBaggageElement");
    }

    std::optional<seat> aux_seat_element() const noexcept
    {
        return of_.object<seat>("auxSeatElement");
    }

private:
    detail::typed<value> of_;
};

/** A passenger, with tickets and ancillaries. */
class passenger {
public:
    explicit passenger(value of = value()) noexcept : of_(of) {}

    /** LAST/FIRST MIDDLE. */
    std::string_view name() const noexcept
    {
        return of_.text("name");
    }

    /** 0 is an adult, 1 a child, 2 an infant. */
    std::optional<std::int64_t> passenger_type() const noexcept
    {
        return of_.number("passengerType");
    }

    /** YYYYMMDD. */
    std::string_view birthday() const noexcept
    {
        return of_.text("birthday");
    }

    std::string_view gender() const noexcept
    {
        return of_.text("gender");
    }

    std::string_view card_num() const noexcept
    {
        return of_.text("cardNum");
    }

    std::string_view card_type() const noexcept
    {
        return of_.text("cardType");
    }

    std::string_view card_issue_place() const noexcept
    {
        return of_.text("cardIssuePlace");
    }

    /** YYYYMMDD. */
    std::string_view card_expired() const noexcept
    {
        return of_.text("cardExpired");
    }

    std::string_view nationality() const noexcept
    {
        return of_.text("nationality");
    }

    list<std::string_view> ticket_nos() const noexcept
    {
        return of_.members<std::string_view>("ticketNos");
    }

    list<std::string_view> airline_pnrs() const noexcept
    {
        return of_.members<std::string_view>("airlinePNRs");
    }

    list<ancillary> ancillaries() const noexcept
    {
        return of_.members<ancillary>("ancillaries");
    }

private:
    detail::typed<value> of_;
};

/** A flight of an order. */
class segment {
public:
    explicit segment(value of = value()) noexcept : of_(of) {}

    std::string_view carrier() const noexcept
    {
        return of_.text("carrier");
    }

    /** It starts with the carrier. */
    std::string_view flight_number() const noexcept
    {
        return of_.text("flightNumber");
    }

    std::string_view dep_airport() const noexcept
    {
        return of_.text("depAirport");
    }

    std::string_view arr_airport() const noexcept
    {
        return of_.text("arrAirport");
    }

    /** YYYY-MM-DD HH:MM:SS. The time zone is not documented. */
    std::string_view dep_time() const noexcept
    {
        return of_.text("depTime");
    }

    /** As for dep_time(). */
    std::string_view arr_time() const noexcept
    {
        return of_.text("arrTime");
    }

    std::string_view dep_terminal() const noexcept
    {
        return of_.text("depTerminal");
    }

    std::string_view arr_terminal() const noexcept
    {
        return of_.text("arrTerminal");
    }

    std::optional<bool> code_share() const noexcept
    {
        return of_.boolean("codeShare");
    }

    /** 1 is outbound, 2 is return. Since 2026. Not reliable. */
    std::optional<std::int64_t> direction() const noexcept
    {
        return of_.number("direction");
    }

private:
    detail::typed<value> of_;
};

/** order.ticketed: the tickets of an order were issued. */
class ticketed {
public:
    static constexpr event_kind kind = event_kind::ticketed;

    explicit ticketed(detail::fields of = detail::fields()) noexcept : of_(of) {}

    /** 0 is unpaid, 1 in process, 2 ticketed, -3 cancelled. */
    std::optional<std::int64_t> order_status() const noexcept
    {
        return of_.number("orderStatus");
    }

    list<passenger> passengers() const noexcept
    {
        return of_.members<passenger>("paxTicketInfos");
    }

private:
    detail::typed<detail::fields> of_;
};

/** order.schedulechange: the airline changed or cancelled flights of an order. */
class schedule_change {
public:
    static constexpr event_kind kind = event_kind::schedule_change;

    explicit schedule_change(detail::fields of = detail::fields()) noexcept : of_(of) {}

    /** 1: the times changed. 2: a flight was cancelled. */
    std::optional<std::int64_t> schedule_change_type() const noexcept
    {
        return of_.number("scheduleChangeType");
    }

    /** The flights before the change. */
    list<segment> previous_segs() const noexcept
    {
        return of_.members<segment>("previousSegs");
    }

    /** The flights after the change. Empty if they were cancelled. */
    list<segment> revised_segs() const noexcept
    {
        return of_.members<segment>("revisedSegs");
    }

    /** The flights as booked. Since 2026. */
    list<segment> original_segs() const noexcept
    {
        return of_.members<segment>("originalSegs");
    }

private:
    detail::typed<detail::fields> of_;
};

/** email.schedulechange: the airline sent an email about a schedule change. */
class email_schedule_change {
public:
    static constexpr event_kind kind = event_kind::email_schedule_change;

    explicit email_schedule_change(detail::fields of = detail::fields()) noexcept : of_(of) {}

    std::string_view email_subject() const noexcept
    {
        return of_.text("emailSubject");
    }

    /** A URL that expires soon. */
    std::string_view email_link() const noexcept
    {
        return of_.text("emailLink");
    }

    std::string_view email_receiving_date() const noexcept
    {
        return of_.text("emailReceivingDate");
    }

private:
    detail::typed<detail::fields> of_;
};

/** abnormal.cancelled: the airline cancelled an order. */
class abnormal_cancelled {
public:
    static constexpr event_kind kind = event_kind::abnormal_cancelled;

    explicit abnormal_cancelled(detail::fields of = detail::fields()) noexcept : of_(of) {}

    /** FULLY, Fully or Cancelled. */
    std::string_view vendor_refund_information() const noexcept
    {
        return of_.text("vendorRefundInformation");
    }

private:
    detail::typed<detail::fields> of_;
};

/** airline.status: airlines became active or inactive. */
class airline_status_ {
public:
    static constexpr event_kind kind = event_kind::airline_status_;

    explicit airline_status_(detail::fields of = detail::fields()) noexcept : of_(of) {}

    /** IATA codes. */
    list<std::string_view> airlines() const noexcept
    {
        return of_.members<std::string_view>("airline");
    }

    /** Active, Maintenance or Inactive. */
    std::string_view airline_status() const noexcept
    {
        return of_.text("airlineStatus");
    }

private:
    detail::typed<detail::fields> of_;
};

/** email.all: an airline sent an email. */
class email {
public:
    static constexpr event_kind kind = event_kind::email;

    explicit email(detail::fields of = detail::fields()) noexcept : of_(of) {}

    std::string_view email_receiving_date() const noexcept
    {
        return of_.text("emailReceivingDate");
    }

    std::string_view unique_code() const noexcept
    {
        return of_.text("uniqueCode");
    }

    std::string_view email_category() const noexcept
    {
        return of_.text("emailCategory");
    }

    std::string_view from() const noexcept
    {
        return of_.text("from");
    }

    std::string_view to() const noexcept
    {
        return of_.text("to");
    }

    std::string_view email_subject() const noexcept
    {
        return of_.text("emailSubject");
    }

    /** A URL that expires soon. */
    std::string_view email_link() const noexcept
    {
        return of_.text("emailLink");
    }

    std::string_view create_time() const noexcept
    {
        return of_.text("createTime");
    }

private:
    detail::typed<detail::fields> of_;
};

/** order.void: the status of a void changed. */
class void_ {
public:
    static constexpr event_kind kind = event_kind::void_;

    explicit void_(detail::fields of = detail::fields()) noexcept : of_(of) {}

    std::string_view void_code() const noexcept
    {
        return of_.text("voidCode");
    }

    /** 0: Atlas is processing it. 1: the airline is processing it. 2: voided or refunded. 3: the
     *  airline is voiding. 4: rejected. 5: completed. 6: withdrawn. */
    std::optional<std::int64_t> void_status() const noexcept
    {
        return of_.number("voidStatus");
    }

    std::string_view message() const noexcept
    {
        return of_.text("message");
    }

private:
    detail::typed<detail::fields> of_;
};

/** order.addonComplete: ancillaries that were bought later were issued. */
class addon_complete {
public:
    static constexpr event_kind kind = event_kind::addon_complete;

    explicit addon_complete(detail::fields of = detail::fields()) noexcept : of_(of) {}

    /** The order of the ancillaries. It equals event::order_no(), unless both addonOrderNo and orderNo
     *  were sent: order_no() then returns orderNo. */
    std::string_view addon_order_no() const noexcept
    {
        return of_.text("addonOrderNo");
    }

    /** The order to which the ancillaries belong. */
    std::string_view original_order_no() const noexcept
    {
        return of_.text("originalOrderNo");
    }

    /** As for ticketed::order_status(). */
    std::optional<std::int64_t> order_status() const noexcept
    {
        return of_.number("orderStatus");
    }

    list<passenger> passengers() const noexcept
    {
        return of_.members<passenger>("paxTicketInfos");
    }

private:
    detail::typed<detail::fields> of_;
};

/** order.refundComplete: a refund is complete. Amounts are text as sent. */
class refund_complete {
public:
    static constexpr event_kind kind = event_kind::refund_complete;

    explicit refund_complete(detail::fields of = detail::fields()) noexcept : of_(of) {}

    std::optional<std::int64_t> refund_status() const noexcept
    {
        return of_.number("refundStatus");
    }

    std::string_view currency() const noexcept
    {
        return of_.text("currency");
    }

    std::string_view original_total_fare() const noexcept
    {
        return of_.text("originalTotalFare");
    }

    std::string_view original_total_ancillary_amount() const noexcept
    {
        return of_.text("originalTotalAncillaryAmount");
    }

    std::string_view original_total_amount() const noexcept
    {
        return of_.text("originalTotalAmount");
    }

    std::string_view airline_penalty_amount_for_fare() const noexcept
    {
        return of_.text("airlinePenaltyAmountForFare");
    }

    std::string_view airline_penalty_amount_for_ancillaries() const noexcept
    {
        return of_.text("airlinePenaltyAmountForAncillaries");
    }

    std::string_view airline_penalty_amount() const noexcept
    {
        return of_.text("airlinePenaltyAmount");
    }

    std::string_view final_refund_amount() const noexcept
    {
        return of_.text("finalRefundAmount");
    }

    std::string_view transaction_fee() const noexcept
    {
        return of_.text("transactionFee");
    }

private:
    detail::typed<detail::fields> of_;
};

/** order.cancelled: an order was cancelled. */
class cancelled {
public:
    static constexpr event_kind kind = event_kind::cancelled;

    explicit cancelled(detail::fields of = detail::fields()) noexcept : of_(of) {}

    /** -3. */
    std::optional<std::int64_t> order_status() const noexcept
    {
        return of_.number("orderStatus");
    }

    std::string_view error_code() const noexcept
    {
        return of_.text("errorCode");
    }

    std::string_view error_message() const noexcept
    {
        return of_.text("errorMessage");
    }

private:
    detail::typed<detail::fields> of_;
};

/** The meaning of a delivery; see atlas_webhook_event. Any number of threads may use one at the same
 *  time. */
class event : public detail::owner<atlas_webhook_event, atlas_webhook_event_free> {
public:
    using owner::owner;
    /** Returns the handle. get(name) returns a field. */
    using owner::get;

    /** Reads an event from a stored body; see atlas_webhook_event_parse. Never call it for input from
     *  the network. */
    static result<event> parse(std::string_view json) noexcept
    {
        atlas_webhook_event *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status =
            atlas_webhook_event_parse(json.data(), json.size(), &handle, &failure);
        return detail::made<event>(status, handle, failure);
    }

    /** The kind of the event. */
    event_kind kind() const noexcept
    {
        return static_cast<event_kind>(atlas_webhook_event_kind(get()));
    }

    /** The view of the fields of a kind. std::nullopt if the event is of another kind. The view belongs
     *  to the event and must not outlive it. */
    template <typename View>
    std::optional<View> as() const noexcept
    {
        return kind() == View::kind ? std::optional<View>(View(detail::fields(get())))
                                    : std::nullopt;
    }

    /** The type as sent. */
    std::string_view type_name() const noexcept
    {
        return detail::view(atlas_webhook_event_type_name, get());
    }

    /** The order number; see atlas_webhook_event_order_no. */
    std::string_view order_no() const noexcept
    {
        return detail::view(atlas_webhook_event_order_no, get());
    }

    /** The account. */
    std::string_view cid() const noexcept
    {
        return detail::view(atlas_webhook_event_cid, get());
    }

    /** The id of an incident or of an email. */
    std::string_view notification_id() const noexcept
    {
        return detail::view(atlas_webhook_event_notification_id, get());
    }

    /** The status beside the type. Its meaning depends on the kind. */
    std::optional<std::int64_t> status() const noexcept
    {
        return detail::present(atlas_webhook_event_status(get()));
    }

    /** Whether the incident is confirmed. none if the event is not an incident, or if its status is
     *  neither 0 nor 1. */
    enum incident incident() const noexcept
    {
        return static_cast<enum incident>(atlas_webhook_event_incident(get()));
    }

    /** The deduplication key; see atlas_webhook_event_dedupe_key for how long to keep it. */
    std::string_view dedupe_key() const noexcept
    {
        return detail::view(atlas_webhook_event_dedupe_key, get());
    }

    /** A field by its newest name, from the payload or from beside it; see atlas_webhook_event_get. */
    value get(text_in name) const noexcept
    {
        return value(atlas_webhook_event_get(get(), name.c_str()));
    }

    /** A field, if it can be read as this type; see atlas_webhook_event_get_as. */
    value get_as(text_in name, value_type type) const noexcept
    {
        return value(
            atlas_webhook_event_get_as(get(), name.c_str(), static_cast<std::int32_t>(type)));
    }

    /** The payload. */
    value data() const noexcept
    {
        return value(atlas_webhook_event_data(get()));
    }

    /** The whole object. */
    value root() const noexcept
    {
        return value(atlas_webhook_event_root(get()));
    }

    /** The JSON as received. Store it. */
    std::string_view json() const noexcept
    {
        return detail::view(atlas_webhook_event_json, get());
    }

    /** The envelope and the fields of the kind as one JSON object. */
    std::string_view details() const noexcept
    {
        return detail::view(atlas_webhook_event_details, get());
    }
};

/** Checks deliveries against the registered URL and reads them; see atlas_webhook_receiver. */
class receiver : public detail::owner<atlas_webhook_receiver, atlas_webhook_receiver_free> {
public:
    using owner::owner;

    /** Makes a receiver for deliveries to url: the registered URL, or its path and query. Without
     *  path and query it contains no secret: every POST to "/" is then trusted. */
    static result<receiver> make(text_in url) noexcept
    {
        atlas_webhook_receiver *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_receiver_new(url.c_str(), &handle, &failure);
        return detail::made<receiver>(status, handle, failure);
    }

    /** Accepts deliveries to url as well. At most 8 URLs; one that it has already changes nothing. */
    result<void> add_url(text_in url) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_receiver_add_url(get(), url.c_str(), &failure);
        return detail::nothing(status, failure);
    }

    /** Sets a limit for deliveries; see atlas_webhook_receiver_set_limit. */
    result<void> set_limit(limit which, std::uint64_t value) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_receiver_set_limit(
            get(), static_cast<std::uint32_t>(which), value, &failure);
        return detail::nothing(status, failure);
    }

    /** Checks a delivery that your HTTP server received, and reads it. On failure respond with
     *  webhook_error::response_status. Any number of threads may call it at the same time. */
    result<event> read(std::string_view method, std::string_view target, std::string_view headers,
                       std::string_view body) const noexcept
    {
        atlas_webhook_event *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_receiver_read(
            get(), method.data(), method.size(), target.data(), target.size(),
            headers.data(), headers.size(), body.data(), body.size(), &handle, &failure);
        return detail::made<event>(status, handle, failure);
    }

    /** Reads an event from a stored body as event::parse does, within the limits of this receiver. */
    result<event> parse(std::string_view json) const noexcept
    {
        atlas_webhook_event *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_receiver_parse(get(), json.data(), json.size(), &handle,
                                                         &failure);
        return detail::made<event>(status, handle, failure);
    }
};

/** A server for deliveries on one connection, for a socket of your own; see atlas_webhook_server. */
class server : public detail::owner<atlas_webhook_server, atlas_webhook_server_free> {
public:
    using owner::owner;

    /** Starts a connection that receives deliveries for a receiver. */
    static result<server> make(const receiver &of) noexcept
    {
        atlas_webhook_server *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_server_new(of.get(), &handle, &failure);
        return detail::made<server>(status, handle, failure);
    }

    /** want_receive, want_response, want_send or want_close. */
    status state() const noexcept
    {
        return static_cast<status>(atlas_webhook_server_state(get()));
    }

    /** Processes bytes that were received, all of them. Input from the peer never makes it fail. */
    result<void> received(std::string_view bytes) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status =
            atlas_webhook_server_received(get(), bytes.data(), bytes.size(), &failure);
        return detail::nothing(status, failure);
    }

    /** Records that the peer closed its side of the connection. */
    result<void> received_eof() noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_server_received_eof(get(), &failure);
        return detail::nothing(status, failure);
    }

    /** Records that your timeout for the peer expired. */
    result<void> timed_out() noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_server_timed_out(get(), &failure);
        return detail::nothing(status, failure);
    }

    /** The bytes that remain to be sent. */
    std::string_view to_send() const noexcept
    {
        return detail::view(atlas_webhook_server_to_send, get());
    }

    /** Records that the first n bytes of to_send() were sent. */
    result<void> sent(std::size_t n) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_server_sent(get(), n, &failure);
        return detail::nothing(status, failure);
    }

    /** Returns the event of the delivery that waits for its response. It can be called once for each
     *  delivery. On failure respond with webhook_error::response_status. */
    result<event> take_event() noexcept
    {
        atlas_webhook_event *handle = nullptr;
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_server_take_event(get(), &handle, &failure);
        return detail::made<event>(status, handle, failure);
    }

    /** The body of the delivery that waits for its response, as it was sent. Empty if no delivery
     *  waits. */
    std::string_view delivery_body() const noexcept
    {
        return detail::view(atlas_webhook_server_delivery_body, get());
    }

    /** The target of the delivery that waits for its response. It is a secret. Empty if no delivery
     *  waits. */
    std::string_view delivery_target() const noexcept
    {
        return detail::view(atlas_webhook_server_delivery_target, get());
    }

    /** Responds to the delivery. Respond with 200 after its event was stored. Do not use 206, 401, 407
     *  or 426: RFC 9110 requires a field with each, which is missing. Range: 200 to 599, except 204, 205
     *  and 304. */
    result<void> respond(std::uint32_t http_status) noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_server_respond(get(), http_status, &failure);
        return detail::nothing(status, failure);
    }

    /** The reason why a request was rejected or the connection ended within a request. std::nullopt
     *  after an orderly end. See atlas_webhook_server_rejection. */
    std::optional<webhook_error> rejection() const noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_server_rejection(get(), &failure);
        return status < 0 ? std::optional<webhook_error>(webhook_error(failure)) : std::nullopt;
    }

    /** Whether the state is want_receive and no byte of a request was received. */
    bool idle() const noexcept
    {
        return atlas_webhook_server_idle(get()) != 0;
    }

    /** Ends the connection in order. An idle connection ends at once, another one after the current
     *  response. */
    result<void> close() noexcept
    {
        atlas_webhook_error *failure = nullptr;
        const auto status = atlas_webhook_server_close(get(), &failure);
        return detail::nothing(status, failure);
    }
};

} // inline namespace
} // namespace atlas_webhook

#undef ATLAS_WEBHOOK_VISIBLE

#endif /* ATLAS_WEBHOOK_HPP */
