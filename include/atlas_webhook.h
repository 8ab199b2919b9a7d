/*
 * atlas_webhook.h: register a webhook URL with Atlas, a flight-booking API, and read its deliveries.
 *
 * Generated from src/capi and cbindgen.toml of atlas-webhook: change those. MIT OR Apache-2.0.
 *
 *   endpoint -> request -+-> your HTTP stack -> atlas_webhook_request_reply -+-> reply, or error
 *                        +-> your socket -----> exchange --------------------+
 *                        +-> transport --------------------------------------+
 *
 * An endpoint is a server of the API and your identity there. A request has a method, a URL, headers
 * and a body, and its HTTP/1.1 bytes. There are three ways to send it. All three interpret the response
 * in the same way. Only the transport does I/O.
 *
 * This loop sends a request over a socket of your own that is connected to the request's host and port.
 * It also reads a response that arrives before the whole request was sent. If
 * atlas_webhook_request_is_tls(request) returns 1, send and receive with a TLS library instead, because
 * the bytes contain secrets.
 *
 *     struct pollfd ready = {fd, 0, 0};
 *     if (atlas_webhook_request_is_tls(request)) return 1; // this socket has no TLS
 *     atlas_webhook_exchange_new(request, &exchange, NULL);
 *     while ((status = atlas_webhook_exchange_state(exchange)) == ATLAS_WEBHOOK_WANT_SEND
 *            || status == ATLAS_WEBHOOK_WANT_RECEIVE) {
 *         ready.events = status == ATLAS_WEBHOOK_WANT_SEND ? POLLIN | POLLOUT : POLLIN;
 *         n = poll(&ready, 1, 15000);
 *         if (n < 0 && errno == EINTR) continue; // a signal
 *         if (n <= 0) break;
 *         if (ready.revents & ~POLLOUT) {
 *             if ((n = recv(fd, buffer, sizeof buffer, 0)) < 0) break;
 *             if (n > 0) atlas_webhook_exchange_received(exchange, buffer, (size_t)n, NULL, NULL);
 *             else       atlas_webhook_exchange_received_eof(exchange, NULL);
 *         } else {
 *             bytes = atlas_webhook_exchange_to_send(exchange, &len);
 *             if ((n = send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT)) < 0) break;
 *             atlas_webhook_exchange_sent(exchange, (size_t)n, NULL);
 *         }
 *     }
 *     status = atlas_webhook_exchange_take_reply(exchange, &reply, &error);
 *
 * A receiver checks and reads the deliveries that Atlas posts to the registered URL:
 *
 *   receiver + what your HTTP server received -> event, or error and its response status
 *
 * The following rules apply to every function. The comments of the functions do not repeat them.
 *
 * Status. 0 is OK, a positive number means that the call is not finished, a negative number is an
 * error. A refusal by the API is an error, so OK means that the webhook is registered. The comments
 * below name errors without ATLAS_WEBHOOK_ERR_, and other statuses without ATLAS_WEBHOOK_.
 *
 * Arguments. Inputs come first, then outputs. A function that can fail has a last parameter error,
 * which may be NULL. Outputs are written only on success. *error is always written: on failure with a
 * new error, on success with NULL. NULL for a required argument is ARGUMENT; a getter then returns its
 * absent value. A call with an invalid argument, or in the wrong state, changes nothing.
 *
 * Text in is NUL-terminated UTF-8. Bytes in are a pointer and a length; (NULL, 0) means no bytes. The
 * library copies text and bytes and keeps no pointer to them.
 *
 * Text out is NUL-terminated and never NULL. Absent text is "". The getter writes the length to *len;
 * len may be NULL. Text of a peer may contain NULs.
 *
 * Bytes out (const void *) are not NUL-terminated and never NULL. Their length is *len.
 *
 * Absent numbers. If a number is absent, its getter returns ATLAS_WEBHOOK_ABSENT, or UINT64_MAX for an
 * offset, -1 for a wait, and 0 for an HTTP status.
 *
 * Ownership. You own each handle that a function writes to *out or *error. Free it with the X_free of
 * its type, which accepts NULL. Handles do not depend on each other: free them in any order. A pointer
 * that a getter returns is valid until the handle is freed or changed. Functions whose parameter is not
 * const change the handle.
 *
 * Threads. A handle may move between threads, and different handles are independent. Functions with a
 * const handle do not change it: any number of threads may call them at the same time. All other calls
 * need exclusive access to the handle, except those with a cancel.
 *
 * Blocking. Only atlas_webhook_transport_send waits for the network.
 *
 * Memory. The limits of the endpoint bound the memory that a response uses. The limits of the receiver
 * bound the memory that a delivery uses. If memory is exhausted, the process aborts.
 *
 * Panics. A defect of the library becomes PANIC and never a crash. Every handle that the call was
 * changing is then poisoned: later calls on it return PANIC, its getters return the absent value
 * (atlas_webhook_exchange_state and atlas_webhook_server_state return PANIC), and it can only be freed.
 * A const handle stays usable. The panic is printed to standard error. The library prints nothing else
 * and has no log.
 *
 * Secrets. An error's message never contains credentials, header values, the webhook URL or the
 * contents of a delivery. Its display withholds the API's text if that text repeats one of them, in
 * whole or in part (see atlas_webhook_error_display).
 *
 * Process. The library needs no global setup or teardown. It installs no signal handler, changes
 * neither signal mask nor locale, and does not depend on the locale. Only the transport reads the
 * environment. Do not call any function in a signal handler, nor atlas_webhook_transport_send in a
 * destructor of pthread_key_create. On Linux the shared library stays loaded after dlclose().
 *
 * Signals. The library raises no SIGPIPE, but your own send() can: pass MSG_NOSIGNAL or ignore the
 * signal. macOS has no MSG_NOSIGNAL: set the socket option SO_NOSIGPIPE there.
 *
 * Fork. After fork() the child may use and free every handle, except that it must not use a transport
 * or a cancel.
 *
 * Cancellation. pthread_cancel within a call aborts the process. Use atlas_webhook_cancel_now to end
 * atlas_webhook_transport_send, or use pthread_setcancelstate around it.
 *
 * Stack. Every function needs at most 64 KiB of stack.
 *
 * Connections. The transport keeps a connection open for reuse (keep-alive) for at most 15 s after its
 * last response. It uses TLS 1.2 and TLS 1.3. With a socket of your own, atlas_webhook_exchange_reusable
 * returns whether the connection can be reused.
 *
 * Compatibility. Within one ABI version, functions and constants are only added, and their meaning does
 * not change. A deprecated function is marked in this header for at least one minor version and is
 * removed only with a new ABI version. The number of a removed status is not reused.
 *
 * Unstable. No function is unstable. Everything that this header declares since 0.2.0 is kept within one
 * ABI version.
 *
 * Linking. Link the shared library if you can. Two static libraries written in Rust conflict in one
 * program, because each contains Rust's standard library. On Windows define ATLAS_WEBHOOK_STATIC before
 * you include this header to link the static library.
 */

#ifndef ATLAS_WEBHOOK_H
#define ATLAS_WEBHOOK_H

#include <stddef.h>
#include <stdint.h>

/* Precedes each function: it is imported from the library, and visible under -fvisibility. */
#if defined(_WIN32) && !defined(ATLAS_WEBHOOK_STATIC)
#define ATLAS_WEBHOOK_API __declspec(dllimport)
#elif defined(__GNUC__) && !defined(_WIN32)
#define ATLAS_WEBHOOK_API __attribute__((visibility("default")))
#else
#define ATLAS_WEBHOOK_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that this header belongs to. */
#define ATLAS_WEBHOOK_VERSION "0.2.0"
#define ATLAS_WEBHOOK_VERSION_MAJOR 0
#define ATLAS_WEBHOOK_VERSION_MINOR 2
#define ATLAS_WEBHOOK_VERSION_PATCH 0
/* major * 10000 + minor * 100 + patch, for #if. */
#define ATLAS_WEBHOOK_VERSION_NUMBER 200

/* The base URL of the API's sandbox in the specification, and a later one. */
#define ATLAS_WEBHOOK_SANDBOX "https://sandbox.atlaslovestravel.com"
#define ATLAS_WEBHOOK_SANDBOX_ATRIPTECH "https://sandbox.atriptech.com"

/* ---- Library: its version, and the API's own status codes ---- */

/**
 * The version of the ABI. The SONAME contains it. It is independent of the version of the library
 * and changes only if programs must be compiled again.
 */
#define ATLAS_WEBHOOK_ABI_VERSION 1

/**
 * The value of an absent number. No number that is present equals it.
 */
#define ATLAS_WEBHOOK_ABSENT INT64_MIN

/**
 * Feature: gzip responses are decoded, and requested by Accept-Encoding. Deliveries in gzip are
 * decoded; without the feature they are rejected with 415.
 */
#define ATLAS_WEBHOOK_FEATURE_GZIP 1

/**
 * Feature: the bundled transport.
 */
#define ATLAS_WEBHOOK_FEATURE_TRANSPORT 2

/**
 * API status: success, the only one.
 */
#define ATLAS_WEBHOOK_API_SUCCESS 0

/**
 * API status: a system error. Retryable.
 */
#define ATLAS_WEBHOOK_API_SYSTEM_ERROR 2

/**
 * API status: a general failure. Retryable.
 */
#define ATLAS_WEBHOOK_API_GENERAL_FAILURE (-1)

/**
 * API status: a mandatory parameter is missing.
 */
#define ATLAS_WEBHOOK_API_MISSING_PARAMETER 100

/**
 * API status: bad credentials, or the state of the account.
 */
#define ATLAS_WEBHOOK_API_UNAUTHORIZED 900

/**
 * API status: illegal request data.
 */
#define ATLAS_WEBHOOK_API_ILLEGAL_DATA 901

/**
 * API status: access denied.
 */
#define ATLAS_WEBHOOK_API_ACCESS_DENIED 902

/**
 * API status: an unexpected system error. Retryable.
 */
#define ATLAS_WEBHOOK_API_UNEXPECTED_ERROR 9999

/**
 * atlas_webhook_abi_version returns the ABI version of the loaded library. A program that loads
 * the library at run time compares it with ATLAS_WEBHOOK_ABI_VERSION. For other programs the
 * SONAME ensures that they are equal.
 *
 * Returns: ATLAS_WEBHOOK_ABI_VERSION of the loaded library.
 */
ATLAS_WEBHOOK_API uint32_t atlas_webhook_abi_version(void);

/**
 * atlas_webhook_version returns the version of the loaded library, for example "1.2.3".
 *
 * Returns: static text.
 */
ATLAS_WEBHOOK_API const char *atlas_webhook_version(void);

/**
 * atlas_webhook_version_number returns the version of the loaded library as a number. Compare it
 * with ATLAS_WEBHOOK_VERSION_NUMBER.
 *
 * Returns: major * 10000 + minor * 100 + patch.
 */
ATLAS_WEBHOOK_API uint32_t atlas_webhook_version_number(void);

/**
 * atlas_webhook_features returns the optional parts that this build of the library contains.
 *
 * Returns: the sum of the ATLAS_WEBHOOK_FEATURE_ macros of these parts.
 */
ATLAS_WEBHOOK_API uint32_t atlas_webhook_features(void);

/* ---- Status: the result of a call ---- */

/**
 * The result of a call. 0 is OK. A positive number means that the call is not finished. A negative
 * number is an error, usually one of the constants below. A refusal by the API is an error.
 *
 * The comment of each error starts with whose fault it is, which depends on the number alone.
 * "Network" includes a shortage on this machine (IO), and a program that does not respond to a
 * delivery in time (TIMEOUT).
 *
 * Later versions add numbers and never change the meaning of a number. Treat an unknown negative
 * number as an error.
 */
typedef int32_t atlas_webhook_status;

/**
 * The call succeeded.
 */
#define ATLAS_WEBHOOK_OK 0

/**
 * Exchange, server: bytes are ready to be sent.
 */
#define ATLAS_WEBHOOK_WANT_SEND 1

/**
 * Exchange: bytes of the response are required. Server: bytes of a request are required.
 */
#define ATLAS_WEBHOOK_WANT_RECEIVE 2

/**
 * Exchange: the response is complete. Call atlas_webhook_exchange_take_reply.
 */
#define ATLAS_WEBHOOK_DONE 3

/**
 * Server: a delivery is complete. Call atlas_webhook_server_take_event, then
 * atlas_webhook_server_respond.
 */
#define ATLAS_WEBHOOK_WANT_RESPONSE 4

/**
 * Server: the connection is finished. Close it in stages.
 */
#define ATLAS_WEBHOOK_WANT_CLOSE 5

/**
 * Caller: an argument is invalid. The call changed nothing.
 */
#define ATLAS_WEBHOOK_ERR_ARGUMENT (-1)

/**
 * Caller: the call is not allowed in this state of the handle. The call changed nothing.
 */
#define ATLAS_WEBHOOK_ERR_STATE (-2)

/**
 * Library: this build or version does not support the call.
 */
#define ATLAS_WEBHOOK_ERR_UNSUPPORTED (-3)

/**
 * Library: a defect. The handles that the call was changing return this status from now on. Free
 * them.
 */
#define ATLAS_WEBHOOK_ERR_PANIC (-4)

/**
 * HTTP peer: its bytes are not HTTP/1.x, or are ambiguous.
 */
#define ATLAS_WEBHOOK_ERR_PROTOCOL (-20)

/**
 * HTTP peer: its message exceeds a limit.
 */
#define ATLAS_WEBHOOK_ERR_LIMIT (-21)

/**
 * HTTP peer: it closed the connection before its message was complete. Retryable.
 */
#define ATLAS_WEBHOOK_ERR_CLOSED_EARLY (-22)

/**
 * HTTP peer: the content coding of its message is unknown, damaged or not part of this build.
 */
#define ATLAS_WEBHOOK_ERR_ENCODING (-23)

/**
 * HTTP peer: status 3xx. Redirects are never followed, because the request contains credentials.
 */
#define ATLAS_WEBHOOK_ERR_REDIRECT (-30)

/**
 * HTTP peer: status 401, or the API's status 900 under HTTP 2xx: the credentials were rejected.
 */
#define ATLAS_WEBHOOK_ERR_UNAUTHORIZED (-31)

/**
 * HTTP peer: status 429, or the API's own rate limit. Retryable after
 * atlas_webhook_error_retry_after.
 */
#define ATLAS_WEBHOOK_ERR_RATE_LIMITED (-32)

/**
 * HTTP peer: any other status 4xx. 408, 421 and 425 are retryable.
 */
#define ATLAS_WEBHOOK_ERR_CLIENT_ERROR (-33)

/**
 * HTTP peer: status 5xx, or a status outside 100 to 599. Retryable, except 501.
 */
#define ATLAS_WEBHOOK_ERR_SERVER_ERROR (-34)

/**
 * API: the HTTP status is 2xx, but the body is not the documented JSON.
 */
#define ATLAS_WEBHOOK_ERR_MALFORMED_REPLY (-40)

/**
 * API: it rejected the call. atlas_webhook_error_api_status returns its own status.
 */
#define ATLAS_WEBHOOK_ERR_REFUSED (-41)

/**
 * HTTP peer: the target of the delivery is not that of a registered URL. It is not from Atlas.
 */
#define ATLAS_WEBHOOK_ERR_UNTRUSTED (-60)

/**
 * HTTP peer: the delivery is not an event. It is not a POST, or its body is not a JSON object in
 * UTF-8.
 */
#define ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY (-61)

/**
 * Network: the host name could not be resolved. Retryable.
 */
#define ATLAS_WEBHOOK_ERR_RESOLVE (-50)

/**
 * Network: the host could not be connected to. Retryable.
 */
#define ATLAS_WEBHOOK_ERR_CONNECT (-51)

/**
 * Network: the proxy rejected the request or could not be reached.
 */
#define ATLAS_WEBHOOK_ERR_PROXY (-52)

/**
 * Network: TLS could not be established, or the certificate was rejected.
 */
#define ATLAS_WEBHOOK_ERR_TLS (-53)

/**
 * Network: the timeout expired, or atlas_webhook_server_timed_out was called. Retryable.
 */
#define ATLAS_WEBHOOK_ERR_TIMEOUT (-54)

/**
 * Network: reading or writing failed, or this machine lacks descriptors, memory, ports or threads.
 * Retryable.
 */
#define ATLAS_WEBHOOK_ERR_IO (-55)

/**
 * Caller: the program cancelled the call.
 */
#define ATLAS_WEBHOOK_ERR_CANCELLED (-56)

/**
 * atlas_webhook_status_name returns the name of a status for logs, for example
 * "ATLAS_WEBHOOK_ERR_TIMEOUT".
 *
 * Returns: static text. "unknown" for a number that this version of the library does not define.
 */
ATLAS_WEBHOOK_API const char *atlas_webhook_status_name(atlas_webhook_status status);

/**
 * atlas_webhook_status_text returns a short description of a status. atlas_webhook_error_message
 * describes one failure in detail.
 *
 * Returns: static text. "unknown status" for a number that this version of the library does not
 * define.
 */
ATLAS_WEBHOOK_API const char *atlas_webhook_status_text(atlas_webhook_status status);

/**
 * atlas_webhook_status_retryable returns whether the same call may succeed later after this
 * status. The call is idempotent, so an unnecessary retry does no harm.
 * atlas_webhook_error_retryable also considers the HTTP status and the API's own status, so it is
 * more exact.
 *
 * Returns: 1 or 0. 0 for ATLAS_WEBHOOK_ERR_REFUSED and ATLAS_WEBHOOK_ERR_CLIENT_ERROR, for a status
 * that is not an error, and for an unknown number.
 */
ATLAS_WEBHOOK_API int atlas_webhook_status_retryable(atlas_webhook_status status);

/* ---- Error: a failure and its details ---- */

/**
 * An error with all its details. An error never changes, so any number of threads may use one at
 * the same time.
 */
typedef struct atlas_webhook_error atlas_webhook_error;

/**
 * atlas_webhook_error_status returns the status that the failed call returned. Programs decide by
 * this status.
 *
 * Returns: an ATLAS_WEBHOOK_ERR_ status. ARGUMENT if error is NULL.
 */
ATLAS_WEBHOOK_API atlas_webhook_status atlas_webhook_error_status(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_message returns a description of the error in one line. The text is the
 * library's own. It never contains a secret, a header value, the webhook URL or bytes that a peer
 * sent.
 *
 * Returns: "" if error is NULL.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_error_message(const atlas_webhook_error *error,
                                        size_t *len);

/**
 * atlas_webhook_error_display returns one line to show or to log: the message and, if the API sent
 * one, the API's text in quotes. The API's text is truncated to 200 bytes, and its control
 * characters are escaped. If it repeats a secret of the request, "(the API's text repeats a secret
 * and is withheld)" replaces it.
 *
 * The secrets are the path and query of the webhook URL, the credentials, and the header values
 * that the program set. A text repeats a secret if it contains any 8 consecutive bytes of it, or
 * the whole of a secret of 4 to 7 bytes. ASCII case is ignored. The comparison also covers up to
 * three layers of percent encoding, HTML character references and JSON escapes.
 *
 * Returns: "" if error is NULL.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_error_display(const atlas_webhook_error *error,
                                        size_t *len);

/**
 * atlas_webhook_error_api_message returns the API's text as it was received. It is untrusted: it
 * may contain control characters, NULs and an echo of the webhook URL. Do not decide by it, and
 * escape it before you show it.
 *
 * Returns: "" if the API sent no text.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_error_api_message(const atlas_webhook_error *error,
                                            size_t *len);

/**
 * atlas_webhook_error_api_status returns the API's own status: one of the ATLAS_WEBHOOK_API_
 * macros or any other number.
 *
 * Returns: ATLAS_WEBHOOK_ABSENT if the response contained no status.
 */
ATLAS_WEBHOOK_API int64_t atlas_webhook_error_api_status(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_request_id returns the API's identifier of the request. Quote it to the
 * API's support. It is as untrusted as the API's text.
 *
 * Returns: "" if the API sent no identifier.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_error_request_id(const atlas_webhook_error *error,
                                           size_t *len);

/**
 * atlas_webhook_error_http_status returns the HTTP status of the response.
 *
 * Returns: 0 if no status was received.
 */
ATLAS_WEBHOOK_API uint16_t atlas_webhook_error_http_status(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_response_status returns the HTTP status with which to respond to the
 * delivery that failed. With 405 also send the header "Allow: POST".
 *
 * Returns: 400, 404, 405, 413 or 415. For an error of atlas_webhook_server_rejection also 408,
 * 414, 417, 431, 501, 503 or 505. 500 for an error that did not come from receiving, and if error
 * is NULL.
 */
ATLAS_WEBHOOK_API uint16_t atlas_webhook_error_response_status(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_offset returns the offset of the offending byte, counted from 0. For an HTTP
 * error it is an offset in the message of the peer, for an argument an offset in the text, for the body
 * of a delivery an offset in its JSON. Field lines are checked at the end of their header section; the
 * offset is then that end. If the JSON ends too early, the offset is its length.
 *
 * Returns: UINT64_MAX if the error has no offset.
 */
ATLAS_WEBHOOK_API
uint64_t atlas_webhook_error_offset(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_retryable returns whether the same call may succeed later. The call is
 * idempotent, so an unnecessary retry does no harm.
 *
 * Returns: 1 or 0.
 */
ATLAS_WEBHOOK_API int atlas_webhook_error_retryable(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_retry_after returns the number of seconds to wait before a retry, as the
 * peer requested. A fraction is rounded up. A date that has passed is 0.
 *
 * Range: 0 to 31,536,000 (365 days).
 *
 * Returns: -1 if the peer requested no wait.
 */
ATLAS_WEBHOOK_API int64_t atlas_webhook_error_retry_after(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_attempts returns the number of attempts that the transport started,
 * including those that never connected.
 *
 * Returns: 0 if no transport was used.
 */
ATLAS_WEBHOOK_API uint32_t atlas_webhook_error_attempts(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_os_error returns the number of the operating system's error that caused this
 * error: errno on Unix, the code of GetLastError or WSAGetLastError on Windows. With
 * ATLAS_WEBHOOK_ERR_IO, the numbers EMFILE, ENFILE, ENOBUFS, ENOMEM, EAGAIN and EADDRNOTAVAIL mean
 * that the machine lacks descriptors, memory, threads or ports. The handles can then be used again.
 *
 * Returns: 0 if the operating system did not cause the error.
 */
ATLAS_WEBHOOK_API int32_t atlas_webhook_error_os_error(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_response_field_lines returns the header fields of the response that caused
 * the error. Each is a line that ends with CRLF. atlas_webhook_error_http_status returns the
 * status of that response, and 0 if there is no response. A response without header fields has no
 * field lines, but a status.
 *
 * Use it to find out which server responded. It is untrusted: it may contain anything, including
 * an echo of the webhook URL. No message of the library contains it.
 *
 * Returns: no bytes if no head of a final response was received. 101 counts as final.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_error_response_field_lines(const atlas_webhook_error *error,
                                                     size_t *len);

/**
 * atlas_webhook_error_response_body returns at most the first 4 KiB of the body of the response
 * that caused the error. gzip is removed if that was possible. If reading failed after the head,
 * it is the part of the body that was received. It is as untrusted as the field lines.
 *
 * Returns: no bytes if there was no body.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_error_response_body(const atlas_webhook_error *error,
                                              size_t *len);

/**
 * atlas_webhook_error_clone returns a copy of error.
 *
 * Returns: NULL if error is NULL.
 *
 * Ownership: you own the copy. Free it with atlas_webhook_error_free.
 */
ATLAS_WEBHOOK_API atlas_webhook_error *atlas_webhook_error_clone(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_free frees an error.
 */
ATLAS_WEBHOOK_API void atlas_webhook_error_free(atlas_webhook_error *error);

/* ---- Reply: the response of a successful registration ---- */

/**
 * The response of a successful registration: HTTP 2xx with the API's status 0. A refusal is never
 * a reply, but an error.
 *
 * A reply never changes, so any number of threads may use one at the same time.
 */
typedef struct atlas_webhook_reply atlas_webhook_reply;

/**
 * atlas_webhook_reply_message returns the API's text. It is for people. It is untrusted: do not
 * decide by it.
 *
 * Returns: "" if the API sent no text.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_reply_message(const atlas_webhook_reply *reply,
                                        size_t *len);

/**
 * atlas_webhook_reply_request_id returns the API's identifier of the request. Keep it for the
 * API's support. It is untrusted.
 *
 * Returns: "" if the API sent no identifier.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_reply_request_id(const atlas_webhook_reply *reply,
                                           size_t *len);

/**
 * atlas_webhook_reply_http_status returns the HTTP status of the response.
 *
 * Returns: 200, or another 2xx. 0 if reply is NULL.
 */
ATLAS_WEBHOOK_API uint16_t atlas_webhook_reply_http_status(const atlas_webhook_reply *reply);

/**
 * atlas_webhook_reply_attempts returns the number of attempts that the transport started,
 * including those that never connected.
 *
 * Returns: 0 if no transport was used.
 */
ATLAS_WEBHOOK_API uint32_t atlas_webhook_reply_attempts(const atlas_webhook_reply *reply);

/**
 * atlas_webhook_reply_free frees a reply.
 */
ATLAS_WEBHOOK_API void atlas_webhook_reply_free(atlas_webhook_reply *reply);

/* ---- Response: the response of an exchange before it is interpreted ---- */

/**
 * The response of an exchange before it is interpreted: status, header fields and body. It is
 * untrusted: it may contain anything, including an echo of the webhook URL.
 *
 * A response never changes, so any number of threads may use one at the same time.
 */
typedef struct atlas_webhook_response atlas_webhook_response;

/**
 * atlas_webhook_response_status returns the HTTP status.
 *
 * Returns: 0 if response is NULL.
 */
ATLAS_WEBHOOK_API uint16_t atlas_webhook_response_status(const atlas_webhook_response *response);

/**
 * atlas_webhook_response_header_count returns the number of header fields.
 *
 * Returns: 0 if response is NULL.
 */
ATLAS_WEBHOOK_API
size_t atlas_webhook_response_header_count(const atlas_webhook_response *response);

/**
 * atlas_webhook_response_header_name returns the name of header number i, counted from 0, in the
 * order and the case in which it was received.
 *
 * Returns: "" if there is no header i.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_response_header_name(const atlas_webhook_response *response,
                                               size_t i,
                                               size_t *len);

/**
 * atlas_webhook_response_header_value returns the value of header number i, counted from 0. It may
 * contain any bytes except control characters, and need not be UTF-8.
 *
 * Returns: "" if there is no header i.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_response_header_value(const atlas_webhook_response *response,
                                                size_t i,
                                                size_t *len);

/**
 * atlas_webhook_response_header returns the value of the first header field with this name. ASCII
 * case of name is ignored.
 *
 * Returns: "" if there is no such header field.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_response_header(const atlas_webhook_response *response,
                                          const char *name,
                                          size_t *len);

/**
 * atlas_webhook_response_body returns the body in *body and its length in *len. The content coding
 * (gzip) is removed. The first call decodes it. *body is valid as long as the response.
 * atlas_webhook_request_reply_from does not need this call.
 *
 * Errors: ENCODING if the content coding is unknown or damaged, or if this build lacks gzip. LIMIT
 * if the decoded body exceeds the limit of the endpoint.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_response_body(const atlas_webhook_response *response,
                                                 const void **body,
                                                 size_t *len,
                                                 atlas_webhook_error **error);

/**
 * atlas_webhook_response_coded_body returns the body as it was received: without the chunked
 * coding, with its content coding.
 *
 * Returns: no bytes if there is no body.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_response_coded_body(const atlas_webhook_response *response,
                                              size_t *len);

/**
 * atlas_webhook_response_free frees a response.
 */
ATLAS_WEBHOOK_API void atlas_webhook_response_free(atlas_webhook_response *response);

/* ---- Endpoint: the API server and your identity there ---- */

/**
 * Limit: bytes of each head of a message, and of its trailers. Default: 16 KiB.
 */
#define ATLAS_WEBHOOK_LIMIT_HEAD 1

/**
 * Limit: field lines in each head, and in the trailers. Default: 100.
 */
#define ATLAS_WEBHOOK_LIMIT_FIELDS 2

/**
 * Limit: interim (1xx) responses before the final one. Default: 8.
 */
#define ATLAS_WEBHOOK_LIMIT_INTERIM 3

/**
 * Limit: bytes of the body, both as sent and with gzip removed. Default: 1 MiB.
 */
#define ATLAS_WEBHOOK_LIMIT_BODY 4

/**
 * Limit: bytes that the chunked coding adds to the data. Default: 64 KiB.
 */
#define ATLAS_WEBHOOK_LIMIT_CHUNK_OVERHEAD 5

/**
 * Limit: values in the JSON of a delivery. Default: 20,000.
 */
#define ATLAS_WEBHOOK_LIMIT_VALUES 6

/**
 * A server of the API and your identity there. Make one per account and keep it.
 *
 * Making requests does not change an endpoint. Its setters do not change requests that were made
 * before.
 */
typedef struct atlas_webhook_endpoint atlas_webhook_endpoint;

/**
 * atlas_webhook_endpoint_new makes an endpoint for the API server at base_url.
 *
 * Default: ATLAS_WEBHOOK_SANDBOX if base_url is NULL. The vendor's console shows the base URL for
 * production.
 *
 * Range: an absolute http or https URL, with optional port and path prefix. It contains no user
 * information, query, fragment or port 0, and does not end with /updateWebhookURL.do, which the
 * library appends.
 *
 * Errors: ARGUMENT if base_url is out of range, with the offset of the offending byte.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_endpoint_new(const char *base_url,
                                                atlas_webhook_endpoint **out,
                                                atlas_webhook_error **error);

/**
 * atlas_webhook_endpoint_set_credentials sets the values of the headers x-atlas-client-id and
 * x-atlas-client-secret. Sandbox and production have different credentials.
 *
 * Default: no credentials are sent.
 *
 * Range: visible ASCII, not empty; spaces and tabs only inside.
 *
 * Errors: ARGUMENT if one is out of range.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_endpoint_set_credentials(atlas_webhook_endpoint *endpoint,
                                                            const char *client_id,
                                                            const char *client_secret,
                                                            atlas_webhook_error **error);

/**
 * atlas_webhook_endpoint_set_header adds a header to every request, or replaces the header of the
 * same name. Accept and User-Agent can be replaced. The value is treated as a secret.
 *
 * Default: Accept is application/json. User-Agent is atlas-webhook/ and the version.
 *
 * Range: name is a token (RFC 9110 section 5.6.2). value is visible ASCII, with spaces and tabs
 * only inside. These names are rejected: Host, Content-Length, Content-Type, Content-Encoding,
 * Accept-Encoding, Transfer-Encoding, TE, Trailer, Expect, Upgrade, Connection, Keep-Alive,
 * Proxy-Connection, x-atlas-client-id and x-atlas-client-secret.
 *
 * Errors: ARGUMENT if name or value is out of range.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_endpoint_set_header(atlas_webhook_endpoint *endpoint,
                                                       const char *name,
                                                       const char *value,
                                                       atlas_webhook_error **error);

/**
 * atlas_webhook_endpoint_clear_credentials removes the credentials that
 * atlas_webhook_endpoint_set_credentials set. If there are no credentials, it changes nothing.
 *
 * Errors: ARGUMENT if endpoint is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_endpoint_clear_credentials(atlas_webhook_endpoint *endpoint,
                                                              atlas_webhook_error **error);

/**
 * atlas_webhook_endpoint_clear_header removes the header that atlas_webhook_endpoint_set_header
 * set. Case of name is ignored. Accept and User-Agent return to their defaults. If no such header
 * was set, it changes nothing.
 *
 * Errors: ARGUMENT if an argument is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_endpoint_clear_header(atlas_webhook_endpoint *endpoint,
                                                         const char *name,
                                                         atlas_webhook_error **error);

/**
 * atlas_webhook_endpoint_set_limit sets a limit for responses. which is one of the
 * ATLAS_WEBHOOK_LIMIT_ macros. A response that exceeds a limit fails with LIMIT.
 *
 * Default: stated at each macro.
 *
 * Range: 0 to SIZE_MAX.
 *
 * Errors: ARGUMENT if which is unknown or value is out of range.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_endpoint_set_limit(atlas_webhook_endpoint *endpoint,
                                                      uint32_t which,
                                                      uint64_t value,
                                                      atlas_webhook_error **error);

/**
 * atlas_webhook_endpoint_set_plaintext_allowed sets whether requests over http to another machine
 * are allowed (not 0) or rejected (0). Everyone on the network path can read the webhook URL, the
 * credentials and the other headers of such a request. Requests to a loopback host are always
 * allowed.
 *
 * Default: 0.
 *
 * Range: any number.
 *
 * Errors: ARGUMENT if endpoint is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_endpoint_set_plaintext_allowed(atlas_webhook_endpoint *endpoint,
                                                                  int allowed,
                                                                  atlas_webhook_error **error);

/**
 * atlas_webhook_endpoint_free frees an endpoint. Requests that were made from it stay valid.
 */
ATLAS_WEBHOOK_API void atlas_webhook_endpoint_free(atlas_webhook_endpoint *endpoint);

/* ---- Request: an HTTP request to send ---- */

/**
 * A rendered request. Pass its method, URL, headers and body to an HTTP stack of your own, make an
 * exchange from it for a socket of your own, or pass it to the transport.
 *
 * A request never changes, so any number of threads may use one at the same time. It may be sent
 * any number of times.
 */
typedef struct atlas_webhook_request atlas_webhook_request;

/**
 * atlas_webhook_request_new_registration makes the request that registers url for the webhooks of
 * an account. It replaces the URL that was registered before. url is sent byte for byte and is
 * treated as a secret. cid identifies the client and user.
 *
 * Default: without cid if cid is NULL. The API accepts that.
 *
 * Range: url is an absolute http or https URL in ASCII, without user information, fragment and
 * spaces, and without a host that programs read in different ways (ex%61mple.com, 1.2.3, 0x10).
 * cid is not empty. Put a random token into the path of url: a URL without path and query contains
 * no secret.
 *
 * Errors: ARGUMENT if url or cid is out of range, with the offset of the offending byte of url.
 * ARGUMENT if the endpoint is another machine and not https (see
 * atlas_webhook_endpoint_set_plaintext_allowed).
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_request_new_registration(const atlas_webhook_endpoint *endpoint,
                                                            const char *url,
                                                            const char *cid,
                                                            atlas_webhook_request **out,
                                                            atlas_webhook_error **error);

/**
 * atlas_webhook_request_method returns the HTTP method.
 *
 * Returns: "POST".
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_request_method(const atlas_webhook_request *request,
                                         size_t *len);

/**
 * atlas_webhook_request_url returns the URL to send to.
 *
 * Returns: an absolute http or https URL.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_request_url(const atlas_webhook_request *request,
                                      size_t *len);

/**
 * atlas_webhook_request_host returns the host to connect to. A TLS certificate must be valid for
 * it.
 *
 * Returns: a name, or an address. An IPv6 address has no brackets.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_request_host(const atlas_webhook_request *request,
                                       size_t *len);

/**
 * atlas_webhook_request_port returns the TCP port to connect to.
 *
 * Returns: the port of the base URL, or the default port of its scheme.
 */
ATLAS_WEBHOOK_API uint16_t atlas_webhook_request_port(const atlas_webhook_request *request);

/**
 * atlas_webhook_request_is_tls returns whether the connection must use TLS.
 *
 * Returns: 1 or 0.
 */
ATLAS_WEBHOOK_API int atlas_webhook_request_is_tls(const atlas_webhook_request *request);

/**
 * atlas_webhook_request_header_count returns the number of headers to pass to an HTTP stack. They
 * include the credentials. They do not include Host, Content-Length and the headers of the
 * connection, which an HTTP stack sets by itself.
 *
 * Turn redirects off in the stack. Many stacks follow them by default and would send these headers
 * to the host that the redirect names.
 *
 * Returns: 0 if request is NULL.
 */
ATLAS_WEBHOOK_API size_t atlas_webhook_request_header_count(const atlas_webhook_request *request);

/**
 * atlas_webhook_request_header_name returns the name of header number i, counted from 0.
 *
 * Returns: "" if there is no header i.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_request_header_name(const atlas_webhook_request *request,
                                              size_t i,
                                              size_t *len);

/**
 * atlas_webhook_request_header_value returns the value of header number i, counted from 0.
 *
 * Returns: "" if there is no header i.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_request_header_value(const atlas_webhook_request *request,
                                               size_t i,
                                               size_t *len);

/**
 * atlas_webhook_request_header_line returns header number i, counted from 0, as "Name: value".
 * curl_slist_append expects this form.
 *
 * Returns: "" if there is no header i.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_request_header_line(const atlas_webhook_request *request,
                                              size_t i,
                                              size_t *len);

/**
 * atlas_webhook_request_body returns the body.
 *
 * Returns: JSON in UTF-8.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_request_body(const atlas_webhook_request *request,
                                       size_t *len);

/**
 * atlas_webhook_request_bytes returns the complete HTTP/1.1 message. An exchange sends the same
 * bytes.
 *
 * Returns: head and body.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_request_bytes(const atlas_webhook_request *request,
                                        size_t *len);

/**
 * atlas_webhook_request_reply interprets the response to request that an HTTP stack of your own
 * received. The endpoint's limits apply to it.
 *
 * Turn redirects off in the stack. Many stacks follow them by default. The credentials then go to
 * the host that the redirect names, and its response is mistaken for the API's.
 *
 * field_lines are the header fields as the stack received them. Each line ends with CRLF or LF.
 * Only Retry-After and Date are read, so (NULL, 0) is accepted. Status lines and empty lines are
 * accepted between them; only the lines after the last status line count. A line that starts with
 * a space or a tab continues the field line directly before it (an obsolete fold, RFC 9112 section
 * 5.2). It is ignored if there is no such line.
 *
 * body is the body as received, or with gzip already removed.
 *
 * Range: http_status is 200 to 999. Its type is wider than an HTTP status, so that an invalid
 * number is rejected and not truncated.
 *
 * Errors: ARGUMENT if http_status is out of range. ENCODING or LIMIT. REDIRECT, UNAUTHORIZED,
 * RATE_LIMITED, CLIENT_ERROR or SERVER_ERROR. MALFORMED_REPLY or REFUSED.
 *
 * Ownership: you own *out. Free it with atlas_webhook_reply_free.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_request_reply(const atlas_webhook_request *request,
                                                 uint32_t http_status,
                                                 const void *field_lines,
                                                 size_t field_lines_len,
                                                 const void *body,
                                                 size_t body_len,
                                                 atlas_webhook_reply **out,
                                                 atlas_webhook_error **error);

/**
 * atlas_webhook_request_reply_from interprets a response that atlas_webhook_exchange_take_response
 * returned for an exchange of request. The result equals that of
 * atlas_webhook_exchange_take_reply.
 *
 * Errors: ENCODING or LIMIT. REDIRECT, UNAUTHORIZED, RATE_LIMITED, CLIENT_ERROR or SERVER_ERROR.
 * MALFORMED_REPLY or REFUSED.
 *
 * Ownership: you own *out. Free it with atlas_webhook_reply_free.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_request_reply_from(const atlas_webhook_request *request,
                                                      const atlas_webhook_response *response,
                                                      atlas_webhook_reply **out,
                                                      atlas_webhook_error **error);

/**
 * atlas_webhook_request_free frees a request. Exchanges that were made from it stay valid.
 */
ATLAS_WEBHOOK_API void atlas_webhook_request_free(atlas_webhook_request *request);

/* ---- Exchange: one request and its response over a socket of your own ---- */

/**
 * A sans-I/O HTTP/1.1 client for one request and its response. It works over any connection, with
 * blocking and non-blocking sockets. It has no socket and no timer. Enforce your own timeout and
 * free the exchange when it expires.
 *
 * Its state is WANT_SEND, then WANT_RECEIVE, then DONE. DONE means that the response is complete;
 * atlas_webhook_exchange_take_reply interprets it. If the HTTP is invalid, the exchange fails, and
 * its state is the status of that failure from then on.
 */
typedef struct atlas_webhook_exchange atlas_webhook_exchange;

/**
 * atlas_webhook_exchange_new starts an exchange of request.
 *
 * Errors: ARGUMENT if request or out is NULL.
 *
 * Ownership: the exchange keeps its own share of the request, which may be freed or used for other
 * exchanges.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_exchange_new(const atlas_webhook_request *request,
                                                atlas_webhook_exchange **out,
                                                atlas_webhook_error **error);

/**
 * atlas_webhook_exchange_state returns the state: WANT_SEND, WANT_RECEIVE or DONE, or the status
 * of the failure after the exchange has failed.
 *
 * Returns: ARGUMENT if exchange is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_exchange_state(const atlas_webhook_exchange *exchange);

/**
 * atlas_webhook_exchange_to_send returns the bytes that remain to be sent. Send some or all of
 * them, then pass their number to atlas_webhook_exchange_sent.
 *
 * Returns: no bytes if all were sent.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_exchange_to_send(const atlas_webhook_exchange *exchange,
                                           size_t *len);

/**
 * atlas_webhook_exchange_sent records that the first n of the bytes to send were sent.
 *
 * Returns: the new state.
 *
 * Errors: ARGUMENT if n is more than remained, for example the -1 of a failed send(). The failure
 * of the exchange, if it has failed.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_exchange_sent(atlas_webhook_exchange *exchange,
                                                 size_t n,
                                                 atlas_webhook_error **error);

/**
 * atlas_webhook_exchange_received processes bytes that were received. Processing time is linear in
 * their number, regardless of how they are split into calls. Do not pass a byte twice. It may be
 * called while bytes remain to be sent: an early response ends the exchange. (NULL, 0) changes
 * nothing.
 *
 * *used is the number of bytes that belong to this response; used may be NULL. It is less than len
 * only if the response ends within input. Bytes behind it are yours, and the connection cannot be
 * reused.
 *
 * Returns: the new state.
 *
 * Errors: ARGUMENT if len is more than PTRDIFF_MAX, for example the -1 of a failed recv().
 * PROTOCOL or LIMIT, with the offset in the response; the exchange has then failed.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_exchange_received(atlas_webhook_exchange *exchange,
                                                     const void *input,
                                                     size_t len,
                                                     size_t *used,
                                                     atlas_webhook_error **error);

/**
 * atlas_webhook_exchange_received_eof records that the peer closed its side of the connection. A
 * response that ends with the connection is complete then. After DONE it changes nothing. Over TLS
 * call it only after a close_notify: without one the response may be truncated.
 *
 * Returns: the new state.
 *
 * Errors: CLOSED_EARLY if the response is incomplete; the exchange has then failed.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_exchange_received_eof(atlas_webhook_exchange *exchange,
                                                         atlas_webhook_error **error);

/**
 * atlas_webhook_exchange_http_status returns the HTTP status of the final response as soon as its
 * head was read.
 *
 * Returns: 0 before that.
 */
ATLAS_WEBHOOK_API
uint16_t atlas_webhook_exchange_http_status(const atlas_webhook_exchange *exchange);

/**
 * atlas_webhook_exchange_reusable returns whether HTTP permits another request on the connection:
 * the response is complete, its framing is unambiguous, neither side sent close, and the whole
 * request was sent. If bytes followed the response, or the peer has closed since, the connection
 * cannot be reused either; only your program can see that.
 *
 * Returns: 1 or 0.
 */
ATLAS_WEBHOOK_API int atlas_webhook_exchange_reusable(const atlas_webhook_exchange *exchange);

/**
 * atlas_webhook_exchange_take_response returns the response before it is interpreted.
 * atlas_webhook_request_reply_from interprets it. One of this function and
 * atlas_webhook_exchange_take_reply can be called, once. The state stays DONE.
 *
 * Errors: STATE if the exchange is not DONE, or if the response was returned or interpreted
 * before. The failure of the exchange, if it has failed.
 *
 * Ownership: you own *out. Free it with atlas_webhook_response_free. It does not depend on the
 * exchange.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_exchange_take_response(atlas_webhook_exchange *exchange,
                                                          atlas_webhook_response **out,
                                                          atlas_webhook_error **error);

/**
 * atlas_webhook_exchange_take_reply interprets the response. It can be called once. The state
 * stays DONE.
 *
 * Errors: STATE if the exchange is not DONE, or if the response was returned or interpreted
 * before. The failure of the exchange, if it has failed. The errors of atlas_webhook_request_reply.
 *
 * Ownership: you own *out. Free it with atlas_webhook_reply_free.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_exchange_take_reply(atlas_webhook_exchange *exchange,
                                                       atlas_webhook_reply **out,
                                                       atlas_webhook_error **error);

/**
 * atlas_webhook_exchange_free frees an exchange in any state.
 */
ATLAS_WEBHOOK_API void atlas_webhook_exchange_free(atlas_webhook_exchange *exchange);

/* ---- Cancel: ends the sends of a transport ---- */

/**
 * A handle that ends sends of a transport from another thread.
 */
typedef struct atlas_webhook_cancel atlas_webhook_cancel;

/**
 * atlas_webhook_cancel_new makes a cancel for atlas_webhook_transport_send.
 *
 * Errors: ARGUMENT if out is NULL. UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_cancel_new(atlas_webhook_cancel **out,
                                              atlas_webhook_error **error);

/**
 * atlas_webhook_cancel_now ends all sends with cancel, including later ones. They return CANCELLED
 * at once. Only reading the certificate store for the first TLS connection of a transport, which
 * lasts some milliseconds, is not interrupted. The request may have reached the server.
 *
 * Errors: ARGUMENT if cancel is NULL. UNSUPPORTED.
 *
 * Threads: any thread may call it at any time, but not from a signal handler.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_cancel_now(atlas_webhook_cancel *cancel,
                                              atlas_webhook_error **error);

/**
 * atlas_webhook_cancel_free frees a cancel.
 *
 * Threads: no call with this cancel may be running.
 */
ATLAS_WEBHOOK_API void atlas_webhook_cancel_free(atlas_webhook_cancel *cancel);

/* ---- Transport: the bundled HTTP client ---- */

/**
 * The bundled blocking transport: HTTP/1.1 over TCP and TLS. It trusts the platform's certificate
 * store, which the environment variables SSL_CERT_FILE and SSL_CERT_DIR can replace. It follows no
 * redirects and uses a proxy only if you set one. It starts a thread for each name resolution,
 * which ends with the resolution, and no other thread.
 *
 * Any number of threads may send over one transport at the same time. In a build without the
 * transport, every function of it that has an error parameter returns UNSUPPORTED.
 */
typedef struct atlas_webhook_transport atlas_webhook_transport;

/**
 * atlas_webhook_transport_new makes a transport with the default settings.
 *
 * Errors: ARGUMENT if out is NULL. UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_new(atlas_webhook_transport **out,
                                                 atlas_webhook_error **error);

/**
 * atlas_webhook_transport_set_timeout_ms sets the timeout of a whole send. It includes name
 * resolution, connecting, TLS, request, response, and all attempts and the waits between them.
 *
 * Default: 15,000 (15 s).
 *
 * Range: 1 to 86,400,000 (one day).
 *
 * Errors: ARGUMENT if timeout_ms is out of range. UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_set_timeout_ms(atlas_webhook_transport *transport,
                                                            uint32_t timeout_ms,
                                                            atlas_webhook_error **error);

/**
 * atlas_webhook_transport_set_connect_timeout_ms sets the timeout for connecting within one
 * attempt. It includes the proxy and TLS, but not name resolution.
 *
 * Default: 5,000 (5 s).
 *
 * Range: 1 to 86,400,000 (one day).
 *
 * Errors: ARGUMENT if timeout_ms is out of range. UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_set_connect_timeout_ms(atlas_webhook_transport *transport,
                                                                    uint32_t timeout_ms,
                                                                    atlas_webhook_error **error);

/**
 * atlas_webhook_transport_set_proxy sends through the HTTP proxy at url. CONNECT is used for http
 * endpoints too. A proxy can read what is sent to an http endpoint. Therefore a send to an http
 * endpoint through a proxy on another machine fails with ARGUMENT, unless the endpoint allows
 * plaintext.
 *
 * Default: no proxy.
 *
 * Range: http://host:port, or NULL for no proxy. port is optional, and user:password@ may precede
 * host. user and password are percent-encoded. With https:// the connection to the proxy uses TLS.
 *
 * Errors: ARGUMENT if url is out of range: without a scheme, with a path other than "/", or with
 * port 0.
 * UNSUPPORTED, also for a SOCKS proxy.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_set_proxy(atlas_webhook_transport *transport,
                                                       const char *url,
                                                       atlas_webhook_error **error);

/**
 * atlas_webhook_transport_use_env_proxy reads the proxies from the environment of the process now,
 * by the rules of curl. For an https endpoint it uses the first that is set of https_proxy,
 * HTTPS_PROXY, all_proxy and ALL_PROXY. For an http endpoint it uses the first of http_proxy,
 * all_proxy and ALL_PROXY. An empty variable counts as unset. A value without a scheme is an http
 * proxy. no_proxy or NO_PROXY lists the hosts to send to directly. If a SOCKS proxy applies to a
 * send, the send fails with UNSUPPORTED.
 *
 * Errors: ARGUMENT if a variable that applies is not the URL of a proxy. UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_use_env_proxy(atlas_webhook_transport *transport,
                                                           atlas_webhook_error **error);

/**
 * atlas_webhook_transport_set_ca_file trusts only the certificates in the PEM file at path. The
 * file is read now. On Unix path is any bytes, on Windows UTF-8.
 *
 * Default: the platform's certificate store.
 *
 * Range: a file with at least one certificate.
 *
 * Errors: ARGUMENT if the file cannot be read, contains no certificate, or contains one that
 * cannot be used. IO if the system lacks descriptors or memory. UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_set_ca_file(atlas_webhook_transport *transport,
                                                         const char *path,
                                                         atlas_webhook_error **error);

/**
 * atlas_webhook_transport_set_ca_pem trusts only the certificates in the PEM text of len bytes.
 *
 * Default: the platform's certificate store.
 *
 * Range: a text with at least one certificate.
 *
 * Errors: ARGUMENT if the text contains no certificate, or contains one that cannot be used.
 * UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_set_ca_pem(atlas_webhook_transport *transport,
                                                        const void *pem,
                                                        size_t len,
                                                        atlas_webhook_error **error);

/**
 * atlas_webhook_transport_set_retries sets how many retries follow a retryable error
 * (atlas_webhook_error_retryable), within the timeout. The wait before a retry doubles from 0.25 s
 * to 4 s and is shortened at random by up to half. It is never shorter than the wait that the
 * server requests.
 *
 * Default: 0.
 *
 * Range: 0 to UINT32_MAX.
 *
 * Errors: ARGUMENT if transport is NULL. UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_set_retries(atlas_webhook_transport *transport,
                                                         uint32_t retries,
                                                         atlas_webhook_error **error);

/**
 * atlas_webhook_transport_send sends request and interprets the response. cancel may be NULL.
 *
 * Errors: any. RESOLVE to CANCELLED are errors of this function. The others are those of an
 * exchange and of atlas_webhook_request_reply. ARGUMENT also if the host of an https URL cannot be
 * used with TLS.
 *
 * Blocks: until the response is complete, the timeout expires, or another thread calls
 * atlas_webhook_cancel_now with cancel.
 *
 * Ownership: you own *out. Free it with atlas_webhook_reply_free.
 *
 * Threads: any number of threads may send at the same time, over one transport and with one
 * cancel.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_send(const atlas_webhook_transport *transport,
                                                  const atlas_webhook_request *request,
                                                  atlas_webhook_cancel *cancel,
                                                  atlas_webhook_reply **out,
                                                  atlas_webhook_error **error);

/**
 * atlas_webhook_transport_close_idle closes the idle connections. Sends in flight continue. Call
 * it before a long pause: an idle connection that is older than 15 s is otherwise closed only by
 * the next send or with the transport. If transport is NULL, it does nothing.
 */
ATLAS_WEBHOOK_API void atlas_webhook_transport_close_idle(const atlas_webhook_transport *transport);

/**
 * atlas_webhook_transport_free frees a transport and closes its connections. No call on the
 * transport may be running.
 */
ATLAS_WEBHOOK_API void atlas_webhook_transport_free(atlas_webhook_transport *transport);

/* ---- Value: any field of an event, by name or by position ---- */

/**
 * Value type: there is no such value.
 */
#define ATLAS_WEBHOOK_VALUE_ABSENT 0

/**
 * Value type: null.
 */
#define ATLAS_WEBHOOK_VALUE_NULL 1

/**
 * Value type: true or false.
 */
#define ATLAS_WEBHOOK_VALUE_BOOLEAN 2

/**
 * Value type: a number.
 */
#define ATLAS_WEBHOOK_VALUE_NUMBER 3

/**
 * Value type: a string.
 */
#define ATLAS_WEBHOOK_VALUE_STRING 4

/**
 * Value type: an array.
 */
#define ATLAS_WEBHOOK_VALUE_ARRAY 5

/**
 * Value type: an object.
 */
#define ATLAS_WEBHOOK_VALUE_OBJECT 6

/**
 * A value in the JSON of an event. A value that does not exist is NULL. Every function of a value
 * accepts NULL and then returns the absent value, so that calls can be nested:
 *
 *   atlas_webhook_value_text(atlas_webhook_value_get(atlas_webhook_value_at(list, 0), "name"), NULL)
 *
 * Ownership: a value, and text read from it, belong to the event and are valid until it is freed.
 */
typedef struct atlas_webhook_value atlas_webhook_value;

/**
 * atlas_webhook_value_type returns the type of a value.
 *
 * Returns: one of the ATLAS_WEBHOOK_VALUE_ macros.
 */
ATLAS_WEBHOOK_API int32_t atlas_webhook_value_type(const atlas_webhook_value *value);

/**
 * atlas_webhook_value_get returns the member of an object by its name. It also finds a member
 * under an older name of that field, so a program that uses the newest names reads every form.
 *
 * Returns: NULL if there is no such member, or if it is null.
 */
ATLAS_WEBHOOK_API
const atlas_webhook_value *atlas_webhook_value_get(const atlas_webhook_value *value,
                                                   const char *name);

/**
 * atlas_webhook_value_get_n returns the member of an object by a name of name_len bytes, which may
 * contain NUL. Otherwise it equals atlas_webhook_value_get.
 *
 * Returns: NULL if there is no such member, or if it is null.
 */
ATLAS_WEBHOOK_API
const atlas_webhook_value *atlas_webhook_value_get_n(const atlas_webhook_value *value,
                                                     const char *name,
                                                     size_t name_len);

/**
 * atlas_webhook_value_get_as returns the member of an object by its name, or by an older name of
 * that field, if it can be read as a type. A member of another type counts as absent, so it does
 * not hide a member under an older name. A name that contains NUL cannot be passed: read such a
 * member with atlas_webhook_value_get_n.
 *
 * Range: as for atlas_webhook_event_get_as.
 *
 * Returns: NULL if no such member can be read as this type, and for every other type.
 */
ATLAS_WEBHOOK_API
const atlas_webhook_value *atlas_webhook_value_get_as(const atlas_webhook_value *value,
                                                      const char *name,
                                                      int32_t type);

/**
 * atlas_webhook_value_at returns member number i, counted from 0, of an array or an object, in
 * constant time. A member that is null is returned as a value of the type
 * ATLAS_WEBHOOK_VALUE_NULL.
 *
 * Returns: NULL if there is no member i.
 */
ATLAS_WEBHOOK_API
const atlas_webhook_value *atlas_webhook_value_at(const atlas_webhook_value *value,
                                                  size_t i);

/**
 * atlas_webhook_value_count returns the number of members of an array or an object.
 *
 * Returns: 0 for every other value.
 */
ATLAS_WEBHOOK_API size_t atlas_webhook_value_count(const atlas_webhook_value *value);

/**
 * atlas_webhook_value_name returns the name of member number i of an object, as sent.
 *
 * Returns: "" for every other value.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_value_name(const atlas_webhook_value *value,
                                     size_t i,
                                     size_t *len);

/**
 * atlas_webhook_value_text returns the text of a string, or a number or boolean as written. A lone
 * surrogate becomes U+FFFD.
 *
 * Returns: "" for every other value.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_value_text(const atlas_webhook_value *value,
                                     size_t *len);

/**
 * atlas_webhook_value_number returns an integer that is a JSON number or is written in a string.
 *
 * Range: greater than INT64_MIN.
 *
 * Returns: ATLAS_WEBHOOK_ABSENT for every other value.
 */
ATLAS_WEBHOOK_API int64_t atlas_webhook_value_number(const atlas_webhook_value *value);

/**
 * atlas_webhook_value_boolean returns a boolean. true, false, 1 and 0 are booleans, also in a
 * string.
 *
 * Returns: 1 for true and 1. 0 for false and 0. -1 for every other value.
 */
ATLAS_WEBHOOK_API int atlas_webhook_value_boolean(const atlas_webhook_value *value);

/**
 * atlas_webhook_value_json returns the JSON of a value as received.
 *
 * Returns: UTF-8. No bytes if the value is absent.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_value_json(const atlas_webhook_value *value,
                                     size_t *len);

/* ---- Event: the meaning of a delivery ---- */

/**
 * Event: without a type, or of a type that this version does not define. All its fields can be
 * read.
 */
#define ATLAS_WEBHOOK_EVENT_UNKNOWN 0

/**
 * Event order.ticketed, since 2022: the tickets of an order were issued.
 *
 *   orderNo         text
 *   orderStatus     number; 0 unpaid, 1 in process, 2 ticketed, -3 cancelled
 *   paxTicketInfos  list of passengers
 *
 * Passenger:
 *
 *   name            text; LAST/FIRST MIDDLE
 *   passengerType   number; 0 adult, 1 child, 2 infant
 *   birthday        text; date, YYYYMMDD
 *   gender          text; M or F
 *   cardNum         text; number of the travel document
 *   cardType        text
 *   cardIssuePlace  text; country code
 *   cardExpired     text; date, YYYYMMDD
 *   nationality     text; country code
 *   ticketNos       list of text
 *   airlinePNRs     list of text
 *   ancillaries     list of ancillaries
 *
 * Ancillary; most fields are often null:
 *
 *   productCode        text
 *   segmentIndex       number
 *   buyMethod          text
 *   offerId            text
 *   ancillaryEMD       text; number of the document
 *   ancillaryPrice     text; amount in currency
 *   currency           text; currency code
 *   vendorPrice        text; amount in vendorCurrency
 *   vendorCurrency     text; currency code
 *   productType        text
 *   displayCurrency    text; currency code
 *   displayPrice       text; amount in displayCurrency
 *   auxBaggageElement  object: piece number, weight text, isAllWeight boolean, size text
 *   auxSeatElement     object: row text, column text
 */
#define ATLAS_WEBHOOK_EVENT_TICKETED 1

/**
 * Event order.schedulechange, since 2022: the airline changed or cancelled flights.
 *
 *   orderNo             text; since 2023
 *   scheduleChangeType  number; 1 times changed, 2 flight cancelled
 *   previousSegs        list of segments; the flights before the change
 *   revisedSegs         list of segments; the flights after the change, none if cancelled
 *   originalSegs        list of segments; the flights as booked, since 2026
 *
 * Segment:
 *
 *   carrier        text; IATA code
 *   flightNumber   text; with the carrier in front
 *   depAirport     text; IATA code
 *   arrAirport     text; IATA code
 *   depTime        text; YYYY-MM-DD HH:MM:SS, time zone not documented
 *   arrTime        text; YYYY-MM-DD HH:MM:SS, time zone not documented
 *   depTerminal    text
 *   arrTerminal    text
 *   codeShare      boolean; since 2023
 *   direction      number; 1 outbound, 2 return; since 2026, not reliable
 */
#define ATLAS_WEBHOOK_EVENT_SCHEDULE_CHANGE 2

/**
 * Event email.schedulechange, since 2023: the airline sent an email about a schedule change.
 *
 *   orderNo             text
 *   emailSubject        text
 *   emailLink           text; URL that expires soon
 *   emailReceivingDate  text; YYYY-MM-DD HH:MM:SS, time zone as for email.all
 */
#define ATLAS_WEBHOOK_EVENT_EMAIL_SCHEDULE_CHANGE 3

/**
 * Event abnormal.cancelled, since 2023: the airline cancelled the order.
 *
 *   orderNo                  text
 *   vendorRefundInformation  text; FULLY, Fully or Cancelled
 */
#define ATLAS_WEBHOOK_EVENT_ABNORMAL_CANCELLED 4

/**
 * Event airline.status, since 2023: airlines became active or inactive. It has no cid.
 *
 *   airline        list of text; IATA codes
 *   airlineStatus  text; Active, Maintenance or Inactive
 */
#define ATLAS_WEBHOOK_EVENT_AIRLINE_STATUS 5

/**
 * Event email.all, since 2024: the airline sent an email.
 *
 *   orderNo             text
 *   emailReceivingDate  text; YYYY-MM-DD HH:MM:SS, documented as UTC and as UTC+8
 *   uniqueCode          text
 *   emailCategory       text
 *   from                text; address
 *   to                  text; address
 *   emailSubject        text
 *   emailLink           text; URL that expires soon
 *   createTime          text; YYYY-MM-DD HH:MM:SS, time zone as for emailReceivingDate
 */
#define ATLAS_WEBHOOK_EVENT_EMAIL 6

/**
 * Event order.void, since 2026: the status of a void changed.
 *
 *   orderNo     text
 *   voidCode    text
 *   voidStatus  number; 0 Atlas processing, 1 airline processing, 2 voided or refunded,
 *               3 airline voiding, 4 rejected, 5 completed, 6 withdrawn
 *   message     text
 */
#define ATLAS_WEBHOOK_EVENT_VOID 7

/**
 * Event order.addonComplete, since 2022: ancillaries that were bought later were issued.
 *
 *   addonOrderNo     text
 *   originalOrderNo  text
 *   orderStatus      number; as for order.ticketed
 *   paxTicketInfos   list of passengers; as for order.ticketed
 */
#define ATLAS_WEBHOOK_EVENT_ADDON_COMPLETE 8

/**
 * Event order.refundComplete, since 2022: a refund is complete. The newest form has no type.
 *
 *   orderNo                            text
 *   refundStatus                       number
 *   currency                           text; currency code, the unit of all amounts
 *   originalTotalFare                  text; amount
 *   originalTotalAncillaryAmount       text; amount
 *   originalTotalAmount                text; amount
 *   airlinePenaltyAmountForFare        text; amount
 *   airlinePenaltyAmountForAncillaries text; amount
 *   airlinePenaltyAmount               text; amount
 *   finalRefundAmount                  text; amount
 *   transactionFee                     text; amount
 */
#define ATLAS_WEBHOOK_EVENT_REFUND_COMPLETE 9

/**
 * Event order.cancelled, since 2022: the order was cancelled.
 *
 *   orderNo       text
 *   orderStatus   number; -3
 *   errorCode     text
 *   errorMessage  text
 */
#define ATLAS_WEBHOOK_EVENT_CANCELLED 10

/**
 * Incident: the event is not an incident, or its status is neither 0 nor 1.
 */
#define ATLAS_WEBHOOK_INCIDENT_NONE 0

/**
 * Incident: not confirmed.
 */
#define ATLAS_WEBHOOK_INCIDENT_UNCONFIRMED 1

/**
 * Incident: confirmed.
 */
#define ATLAS_WEBHOOK_INCIDENT_CONFIRMED 2

/**
 * The meaning of a delivery: the kind of event, the order and the fields.
 *
 * No field is required. A field that is null, empty or of another type is absent. The comments on
 * the ATLAS_WEBHOOK_EVENT_ macros list the fields of each kind by their newest names, with type,
 * unit, time zone and first year. These names find a field in every form.
 *
 * An event never changes, so any number of threads may use one at the same time.
 */
typedef struct atlas_webhook_event atlas_webhook_event;

/**
 * atlas_webhook_event_parse reads an event from a stored body: the bytes that
 * atlas_webhook_event_json returned, or the body as received, without content coding. The event
 * and its deduplication key equal those of atlas_webhook_receiver_read. It does not check a
 * target: never call it for input from the network. The default limits apply;
 * atlas_webhook_receiver_parse uses the limits of a receiver.
 *
 * Errors: MALFORMED_DELIVERY or LIMIT.
 *
 * Ownership: you own *out. Free it with atlas_webhook_event_free.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_event_parse(const void *json,
                                               size_t json_len,
                                               atlas_webhook_event **out,
                                               atlas_webhook_error **error);

/**
 * atlas_webhook_event_kind returns the kind of an event. Later versions add kinds: treat an
 * unknown number as ATLAS_WEBHOOK_EVENT_UNKNOWN.
 *
 * Returns: one of the ATLAS_WEBHOOK_EVENT_ macros.
 */
ATLAS_WEBHOOK_API int32_t atlas_webhook_event_kind(const atlas_webhook_event *event);

/**
 * atlas_webhook_event_type_name returns the type as sent.
 *
 * Returns: "" if the event has no type.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_event_type_name(const atlas_webhook_event *event,
                                          size_t *len);

/**
 * atlas_webhook_event_order_no returns the order number, from any place in which a form has it.
 *
 * Returns: "" if the event has no order number.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_event_order_no(const atlas_webhook_event *event,
                                         size_t *len);

/**
 * atlas_webhook_event_cid returns the account. Its format is not documented.
 *
 * Returns: "" if the event has no cid.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_event_cid(const atlas_webhook_event *event,
                                    size_t *len);

/**
 * atlas_webhook_event_notification_id returns the id of an incident or of an email.
 *
 * Returns: "" if the event has no id.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_event_notification_id(const atlas_webhook_event *event,
                                                size_t *len);

/**
 * atlas_webhook_event_status returns the status beside the type. Its meaning depends on the kind.
 * For an incident use atlas_webhook_event_incident.
 *
 * Returns: ATLAS_WEBHOOK_ABSENT if the event has no status.
 */
ATLAS_WEBHOOK_API int64_t atlas_webhook_event_status(const atlas_webhook_event *event);

/**
 * atlas_webhook_event_incident returns whether an incident is confirmed. The incidents are
 * order.schedulechange, email.schedulechange and abnormal.cancelled.
 *
 * Returns: one of the ATLAS_WEBHOOK_INCIDENT_ macros.
 */
ATLAS_WEBHOOK_API int32_t atlas_webhook_event_incident(const atlas_webhook_event *event);

/**
 * atlas_webhook_event_dedupe_key returns the deduplication key. Duplicates have the same key.
 * Different deliveries have different keys, if Atlas uses an id for one notification only. The
 * first call computes the key.
 *
 * The format is stable, so keys can be stored. A key that starts with "id:" can be kept
 * permanently. Keep a key that starts with "sha256:" only as long as a duplicate can arrive (one
 * hour, for example): airline.status repeats the same bytes for a new event.
 *
 * Returns: "id:" or "sha256:" and the rest of the key.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_event_dedupe_key(const atlas_webhook_event *event,
                                           size_t *len);

/**
 * atlas_webhook_event_get returns a field by its name, from the payload or from beside it. For a
 * documented field use the newest name: it also finds the older names. A field of the payload
 * is preferred to a field of the same name in the envelope. The envelope has its own
 * getters. To read a field as a type, use atlas_webhook_event_get_as.
 *
 * Returns: a value of any type except null. NULL if the field is absent.
 */
ATLAS_WEBHOOK_API
const atlas_webhook_value *atlas_webhook_event_get(const atlas_webhook_event *event,
                                                   const char *name);

/**
 * atlas_webhook_event_get_as returns a field as atlas_webhook_event_get does, if it can be read as
 * a type. A value of another type counts as absent, so it does not hide a value under an older name
 * or beside the payload. Use this function for documented fields.
 *
 * Range: type is one of ATLAS_WEBHOOK_VALUE_STRING (the values that atlas_webhook_value_text reads),
 * ATLAS_WEBHOOK_VALUE_NUMBER (those that atlas_webhook_value_number reads),
 * ATLAS_WEBHOOK_VALUE_BOOLEAN (those that atlas_webhook_value_boolean reads),
 * ATLAS_WEBHOOK_VALUE_ARRAY and ATLAS_WEBHOOK_VALUE_OBJECT.
 *
 * Returns: NULL if no value of the field can be read as this type, and for every other type.
 */
ATLAS_WEBHOOK_API
const atlas_webhook_value *atlas_webhook_event_get_as(const atlas_webhook_event *event,
                                                      const char *name,
                                                      int32_t type);

/**
 * atlas_webhook_event_data returns the payload.
 *
 * Returns: data.ticketNotification if it is an object, else data if it is an object, else the
 * whole object.
 */
ATLAS_WEBHOOK_API
const atlas_webhook_value *atlas_webhook_event_data(const atlas_webhook_event *event);

/**
 * atlas_webhook_event_root returns the whole object.
 *
 * Returns: NULL if event is NULL.
 */
ATLAS_WEBHOOK_API
const atlas_webhook_value *atlas_webhook_event_root(const atlas_webhook_event *event);

/**
 * atlas_webhook_event_json returns the JSON as received, without content coding and byte order
 * mark. Store it.
 *
 * Returns: UTF-8.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_event_json(const atlas_webhook_event *event,
                                     size_t *len);

/**
 * atlas_webhook_event_details returns the envelope and every field of the event's kind as one JSON
 * object. The names are the newest ones in snake case (order_no, dep_time). An absent field is
 * null; type_name is "" if there is no type. It is for bindings and for programs that have a JSON
 * library. The first call computes it.
 *
 * Returns: a JSON object in UTF-8.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_event_details(const atlas_webhook_event *event,
                                        size_t *len);

/**
 * atlas_webhook_event_free frees an event, its texts and its values.
 */
ATLAS_WEBHOOK_API void atlas_webhook_event_free(atlas_webhook_event *event);

/* ---- Receiver: checks and reads deliveries ---- */

/**
 * A receiver checks deliveries against the registered URL and reads them. Make one and keep it.
 *
 * Deliveries have no signature, so the registered URL is the secret: put a random token into its
 * path. Scheme, host, port, header fields and addresses are not checked.
 *
 * Reading does not change a receiver, so any number of threads may read with one at the same time.
 * Its setters need exclusive access.
 */
typedef struct atlas_webhook_receiver atlas_webhook_receiver;

/**
 * atlas_webhook_receiver_new makes a receiver for deliveries to url.
 *
 * Range: the registered URL. If a proxy in front of the program removes a prefix, the path and
 * query that the program receives. A URL without path and query contains no secret: every POST to
 * "/" is then trusted.
 *
 * Errors: ARGUMENT if url is out of range, with the offset of the offending byte.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_receiver_new(const char *url,
                                                atlas_webhook_receiver **out,
                                                atlas_webhook_error **error);

/**
 * atlas_webhook_receiver_add_url makes the receiver accept deliveries to url as well. Use it while
 * a new URL replaces an old one. A URL whose path and query the receiver has already changes nothing.
 *
 * Default: only the URL of atlas_webhook_receiver_new.
 *
 * Range: as for atlas_webhook_receiver_new; at most 8 URLs in all.
 *
 * Errors: ARGUMENT if url is out of range, with the offset of the offending byte, or if there are
 * 8 URLs.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_receiver_add_url(atlas_webhook_receiver *receiver,
                                                    const char *url,
                                                    atlas_webhook_error **error);

/**
 * atlas_webhook_receiver_set_limit sets a limit for deliveries. which is one of the
 * ATLAS_WEBHOOK_LIMIT_ macros. atlas_webhook_receiver_read uses BODY and VALUES. A server
 * connection also uses HEAD, FIELDS and CHUNK_OVERHEAD.
 *
 * Default: stated at each macro.
 *
 * Range: 0 to SIZE_MAX.
 *
 * Errors: ARGUMENT if which is unknown or value is out of range.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_receiver_set_limit(atlas_webhook_receiver *receiver,
                                                      uint32_t which,
                                                      uint64_t value,
                                                      atlas_webhook_error **error);

/**
 * atlas_webhook_receiver_read checks a delivery that your HTTP server received, and reads it.
 *
 * method and target are those of the request line, as received and not decoded. They may contain
 * any bytes. The target is compared in constant time. headers are the field lines; each ends with
 * CRLF or LF. A line that starts with a space or a tab continues the field line directly before
 * it. Only Content-Encoding is read, so (NULL, 0) is accepted if the server decodes the body. body
 * is the body as received, or with gzip removed.
 *
 * On success store atlas_webhook_event_json and atlas_webhook_event_dedupe_key, respond with 200
 * at once, and process the event later. On failure respond with
 * atlas_webhook_error_response_status.
 *
 * Errors: MALFORMED_DELIVERY if the method is not POST, or if the body is not a JSON object in
 * UTF-8 or contains a key twice in one object. UNTRUSTED if the target is not that of a registered
 * URL. LIMIT if the body is too large, contains too many values or is nested deeper than 128
 * levels. ENCODING if the content coding is damaged, or is unknown and the body is not JSON as it
 * is (the server may have decoded it). A server connection rejects every unknown coding.
 *
 * Ownership: you own *out. Free it with atlas_webhook_event_free.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_receiver_read(const atlas_webhook_receiver *receiver,
                                                 const void *method,
                                                 size_t method_len,
                                                 const void *target,
                                                 size_t target_len,
                                                 const void *headers,
                                                 size_t headers_len,
                                                 const void *body,
                                                 size_t body_len,
                                                 atlas_webhook_event **out,
                                                 atlas_webhook_error **error);

/**
 * atlas_webhook_receiver_parse reads an event from a stored body, as atlas_webhook_event_parse
 * does, within the limits of receiver. It does not check a target: never call it for input from
 * the network.
 *
 * Errors: MALFORMED_DELIVERY or LIMIT.
 *
 * Ownership: you own *out. Free it with atlas_webhook_event_free.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_receiver_parse(const atlas_webhook_receiver *receiver,
                                                  const void *json,
                                                  size_t json_len,
                                                  atlas_webhook_event **out,
                                                  atlas_webhook_error **error);

/**
 * atlas_webhook_receiver_free frees a receiver. Events and server connections that were made with
 * it stay valid.
 */
ATLAS_WEBHOOK_API void atlas_webhook_receiver_free(atlas_webhook_receiver *receiver);

/* ---- Server connection: deliveries over a socket of your own ---- */

/**
 * A sans-I/O HTTP/1.1 server for deliveries on one connection. Use it for a socket behind a proxy
 * that terminates TLS, or with your own TLS. It works with blocking and non-blocking sockets. It
 * has no socket and no timer.
 *
 * Its state is WANT_RECEIVE until a delivery is complete, then WANT_RESPONSE, then WANT_SEND, then
 * WANT_RECEIVE again or WANT_CLOSE. Each call that changes the server returns the new state. Input
 * from the peer never makes a call fail. If a request is rejected (broken HTTP, another method or
 * target, too large), the server has a response to send, and then its state is WANT_CLOSE. A
 * request whose body is not an event waits for your response too.
 *
 * Loop over atlas_webhook_server_state until it returns WANT_CLOSE. In WANT_RECEIVE, pass what you
 * receive to atlas_webhook_server_received, or call atlas_webhook_server_received_eof. In
 * WANT_RESPONSE, call atlas_webhook_server_take_event, store the event, and call
 * atlas_webhook_server_respond. In WANT_SEND, send what atlas_webhook_server_to_send returns, and
 * pass the number of bytes to atlas_webhook_server_sent. examples/c/serving has two programs.
 *
 * Poll for input only in WANT_RECEIVE. Enforce your own timeouts, and call
 * atlas_webhook_server_timed_out when one expires. Count the timeout of a request (10 s, for
 * example) from its first byte, not from its last.
 *
 * Close in stages: shut down the sending side, read and discard input until it ends or two seconds
 * pass, then close. Over TLS call SSL_shutdown first. Otherwise a peer that is still sending loses
 * the last response.
 */
typedef struct atlas_webhook_server atlas_webhook_server;

/**
 * atlas_webhook_server_new starts a connection that receives deliveries for receiver. It copies
 * the settings of the receiver: later changes of the receiver do not apply to it. The receiver may
 * be freed or used for more connections.
 *
 * Errors: ARGUMENT if receiver or out is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_new(const atlas_webhook_receiver *receiver,
                                              atlas_webhook_server **out,
                                              atlas_webhook_error **error);

/**
 * atlas_webhook_server_state returns the state.
 *
 * Returns: WANT_RECEIVE, WANT_RESPONSE, WANT_SEND or WANT_CLOSE. ARGUMENT if server is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_state(const atlas_webhook_server *server);

/**
 * atlas_webhook_server_received processes bytes that were received. It uses all of them: bytes of
 * the next request are kept. Do not pass a byte twice. (NULL, 0) changes nothing; for the end of
 * the input call atlas_webhook_server_received_eof.
 *
 * Call it in WANT_RECEIVE. It may also be called while a 100 Continue is to be sent, and after a
 * rejection or the end of the connection, when the bytes are discarded.
 *
 * Returns: the new state.
 *
 * Errors: STATE in WANT_RESPONSE and while the response to a delivery is to be sent. ARGUMENT if
 * len is more than PTRDIFF_MAX, for example the -1 of a failed recv(). After an error no byte was
 * used.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_received(atlas_webhook_server *server,
                                                   const void *input,
                                                   size_t len,
                                                   atlas_webhook_error **error);

/**
 * atlas_webhook_server_received_eof records that the peer closed its side of the connection.
 * Within a request the connection ends without a response. A complete delivery is still responded
 * to. The last response has Connection: close, unless it was made before this call. Over TLS call
 * it only after a close_notify, or for any end that you accept.
 *
 * Returns: the new state.
 *
 * Errors: ARGUMENT if server is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_received_eof(atlas_webhook_server *server,
                                                       atlas_webhook_error **error);

/**
 * atlas_webhook_server_timed_out records that your timeout for the peer expired. An idle
 * connection closes. Within a request, 408 is sent. In WANT_RESPONSE, 503 is sent. If the peer
 * does not read a response, the response is dropped.
 *
 * Returns: the new state.
 *
 * Errors: ARGUMENT if server is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_timed_out(atlas_webhook_server *server,
                                                    atlas_webhook_error **error);

/**
 * atlas_webhook_server_to_send returns the bytes that remain to be sent. Send some or all of them,
 * then pass their number to atlas_webhook_server_sent.
 *
 * Returns: no bytes if all were sent.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_server_to_send(const atlas_webhook_server *server,
                                         size_t *len);

/**
 * atlas_webhook_server_sent records that the first n of the bytes to send were sent. At the end of
 * a response, bytes of the next request that were already received are processed, so the new state
 * may be WANT_RESPONSE.
 *
 * Returns: the new state.
 *
 * Errors: ARGUMENT if n is more than remained, for example the -1 of a failed send().
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_sent(atlas_webhook_server *server,
                                               size_t n,
                                               atlas_webhook_error **error);

/**
 * atlas_webhook_server_take_event returns the event of the delivery that waits for its response.
 * It can be called once for each delivery, whether it returns an event or an error. The state
 * stays WANT_RESPONSE.
 *
 * Errors: those of atlas_webhook_receiver_read for the body; respond with
 * atlas_webhook_error_response_status. STATE if no delivery waits, or if the event was returned
 * before.
 *
 * Ownership: you own *out. Free it with atlas_webhook_event_free.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_take_event(atlas_webhook_server *server,
                                                     atlas_webhook_event **out,
                                                     atlas_webhook_error **error);

/**
 * atlas_webhook_server_delivery_body returns the body of the delivery that waits for its response.
 * Its content coding is not removed. Store it if atlas_webhook_server_take_event fails.
 *
 * Returns: no bytes if no delivery waits.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_server_delivery_body(const atlas_webhook_server *server,
                                               size_t *len);

/**
 * atlas_webhook_server_delivery_target returns the target of the delivery that waits for its
 * response, as it was sent. It is a secret.
 *
 * Returns: no bytes if no delivery waits.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_server_delivery_target(const atlas_webhook_server *server,
                                                 size_t *len);

/**
 * atlas_webhook_server_respond responds to the delivery. Respond with 200 after its event was
 * stored, with atlas_webhook_error_response_status of an error if it is not an event, and with 503
 * if it should be sent again. The response has no content, and only 405 and 415 have a field of
 * their own. Do not use 206, 401, 407 or 426: RFC 9110 requires a field with each, which is
 * missing. No status closes the connection by itself.
 *
 * Range: http_status is 200 to 599, except 204, 205 and 304.
 *
 * Returns: the new state.
 *
 * Errors: ARGUMENT if http_status is out of range. STATE if no delivery waits.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_respond(atlas_webhook_server *server,
                                                  uint32_t http_status,
                                                  atlas_webhook_error **error);

/**
 * atlas_webhook_server_rejection returns why a request was rejected, or why the connection ended
 * within a request. The error has the offset in the request and the response status
 * (atlas_webhook_error_response_status). Log it. No response is sent after CLOSED_EARLY, or if the
 * peer does not read the response in time. The error is TIMEOUT if that was the response to a
 * delivery, which itself was not rejected.
 *
 * Returns: OK if no request was rejected. ARGUMENT if server is NULL.
 *
 * Errors: PROTOCOL, LIMIT, ENCODING, MALFORMED_DELIVERY (another method), UNTRUSTED (another
 * target), TIMEOUT or CLOSED_EARLY: the cause of the rejection.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_rejection(const atlas_webhook_server *server,
                                                    atlas_webhook_error **error);

/**
 * atlas_webhook_server_idle returns whether the connection is idle: the state is WANT_RECEIVE and
 * no byte of a request was received. A new connection is idle. Use a longer timeout for an idle
 * connection than for a request: 75 s, for example, instead of 10 s.
 *
 * Returns: 1 or 0. 0 if server is NULL.
 */
ATLAS_WEBHOOK_API int atlas_webhook_server_idle(const atlas_webhook_server *server);

/**
 * atlas_webhook_server_close ends the connection in order, for example when the program stops. If
 * the connection is idle, the new state is WANT_CLOSE. Otherwise the current request is first read
 * and responded to.
 *
 * Returns: the new state.
 *
 * Errors: ARGUMENT if server is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_close(atlas_webhook_server *server,
                                                atlas_webhook_error **error);

/**
 * atlas_webhook_server_free frees a server connection in any state.
 */
ATLAS_WEBHOOK_API void atlas_webhook_server_free(atlas_webhook_server *server);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* ATLAS_WEBHOOK_H */
