/*
 * atlas_webhook.h: register a webhook URL with Atlas, a flight-booking API.
 *
 * Generated from src/capi and cbindgen.toml of atlas-webhook: change those. MIT OR Apache-2.0.
 *
 *   endpoint -> request -+-> your HTTP stack -> atlas_webhook_request_reply -+-> reply, or error
 *                        +-> your socket -----> exchange --------------------+
 *                        +-> transport --------------------------------------+
 *
 * An endpoint is a server of the API and your identity there. A request is a value: method, URL,
 * headers, body, and its HTTP/1.1 bytes. There are three ways to send it, and all interpret the
 * response alike. Only the transport does I/O.
 *
 * Over a socket of your own, connected to the request's host and port. A response that comes early,
 * before all was sent, is read as well. If atlas_webhook_request_is_tls(request) returns 1, send and
 * receive by a TLS library instead: the bytes hold secrets.
 *
 *     struct pollfd ready = {fd, 0, 0};
 *     if (atlas_webhook_request_is_tls(request)) return 1; // this socket has no TLS
 *     atlas_webhook_exchange_new(request, &exchange, NULL);
 *     while ((status = atlas_webhook_exchange_state(exchange)) == ATLAS_WEBHOOK_WANT_SEND
 *            || status == ATLAS_WEBHOOK_WANT_RECEIVE) {
 *         ready.events = status == ATLAS_WEBHOOK_WANT_SEND ? POLLIN | POLLOUT : POLLIN;
 *         if (poll(&ready, 1, 15000) <= 0) break;
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
 * What Atlas posts to the registered URL is checked and read by a receiver:
 *
 *   receiver + what your HTTP server received -> event, or error and its response status
 *
 * The rules, which hold for every function:
 *
 * Status. 0 is OK, a positive number means that the call is not finished, a negative number is an
 * error. A refusal by the API is an error, so OK means that the webhook is registered. The comments
 * below name errors without ATLAS_WEBHOOK_ERR_, and other statuses without ATLAS_WEBHOOK_.
 *
 * Arguments. Inputs come first, then outputs. A function that can fail has a last parameter error,
 * which may be NULL. Outputs are written only on success. *error is always written: a new error on
 * failure, which you free, and NULL on success. NULL for an argument that is required is ARGUMENT; a
 * getter then returns its absent value. A call with an invalid argument changes nothing.
 *
 * Text in is NUL-terminated UTF-8. Bytes in are a pointer and a length; (NULL, 0) is no bytes. The
 * library keeps no pointer that you pass.
 *
 * Text out is NUL-terminated and never NULL. Absent text is "". The getter writes its length to *len;
 * len may be NULL. Text of a peer may contain NULs.
 *
 * Bytes out (const void *) are not NUL-terminated and never NULL: use *len.
 *
 * Absent numbers. The getter of a number that may be absent returns ATLAS_WEBHOOK_ABSENT, UINT64_MAX
 * for an offset, -1 for a wait, 0 for an HTTP status.
 *
 * Ownership. Each X_new makes a handle. You own it and free it with X_free, which accepts NULL.
 * Handles do not depend on each other: free them in any order. A pointer that a getter returns is
 * valid until the handle is changed, by a function that takes it without const, or freed.
 *
 * Threads. A handle may move between threads, and different handles are independent. Calls that take
 * a handle as const do not change it: any number of threads may make them at once. All other calls
 * need exclusive access to the handle, except those on a cancel.
 *
 * Memory. The endpoint's limits bound the memory that a response uses, and the receiver's limits that
 * of a delivery. If memory is exhausted, the process aborts.
 *
 * Panics. A defect of the library becomes PANIC, never a crash. A handle that the call takes without
 * const is poisoned then: every later call on it returns PANIC, its getters return the absent value
 * as they do for NULL (atlas_webhook_exchange_state and atlas_webhook_server_state return PANIC), and it can only be freed. A handle
 * that the call takes as const stays usable. The panic is printed to standard error. The library
 * writes nothing else there and has no log.
 *
 * Secrets. An error's message never holds credentials, header values, the webhook URL or what is in
 * a delivery. Its display withholds the API's text if that repeats one of them, in whole or in part
 * (see atlas_webhook_error_display).
 *
 * Process. There is no global state to set up or to tear down. The library installs no signal
 * handler, changes neither signal mask nor locale and depends on no locale. Only the transport reads
 * the environment. No function may be called in a signal handler. The library raises no SIGPIPE, but
 * your own send() may: pass MSG_NOSIGNAL, or ignore the signal. macOS has no MSG_NOSIGNAL: set the
 * socket option SO_NOSIGPIPE there. After fork() the child may use and free every handle except a
 * transport and a cancel, which it must not use.
 *
 * Cancellation. pthread_cancel must not reach a thread within a call: the process would abort. Use
 * atlas_webhook_cancel_now to end atlas_webhook_transport_send, or pthread_setcancelstate around it.
 *
 * Stack. Every function needs at most 64 KiB of stack.
 *
 * Connections. The transport keeps connections open and uses them again (keep-alive), each for at
 * most 15 s after its last response. It uses TLS 1.2 and TLS 1.3. With a socket of your own,
 * atlas_webhook_exchange_reusable returns whether the connection can be used again.
 *
 * Compatibility. Within one ABI version functions, constants and their meaning are only added. What
 * is deprecated is marked in this header for at least one minor version, and is removed only with a
 * new ABI version. Status numbers are never used again with another meaning.
 *
 * Linking. Link the shared library if you can: two static libraries written in Rust, this one and
 * another, conflict in one program over their copies of Rust's standard library. On Windows define
 * ATLAS_WEBHOOK_STATIC before you include this header to link the static library.
 */

#ifndef ATLAS_WEBHOOK_H
#define ATLAS_WEBHOOK_H

#include <stddef.h>
#include <stdint.h>

/* Stands before each function: it is imported from the library, and visible under -fvisibility. */
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
#define ATLAS_WEBHOOK_VERSION "0.1.0"
#define ATLAS_WEBHOOK_VERSION_MAJOR 0
#define ATLAS_WEBHOOK_VERSION_MINOR 1
#define ATLAS_WEBHOOK_VERSION_PATCH 0
/* major * 10000 + minor * 100 + patch, for #if. */
#define ATLAS_WEBHOOK_VERSION_NUMBER 100

/* The API's sandbox, as the specification names it, and its later address. */
#define ATLAS_WEBHOOK_SANDBOX "https://sandbox.atlaslovestravel.com"
#define ATLAS_WEBHOOK_SANDBOX_ATRIPTECH "https://sandbox.atriptech.com"

/* ---- Library: its version, and the API's own status codes ---- */

/**
 * The version of the ABI, which the SONAME carries. It changes only if programs must be compiled
 * again, independently of the version of the library.
 */
#define ATLAS_WEBHOOK_ABI_VERSION 1

/**
 * The value of a number that is absent. No number that this library returns is equal to it.
 */
#define ATLAS_WEBHOOK_ABSENT INT64_MIN

/**
 * Feature: gzip responses are decoded, and requested by Accept-Encoding.
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
 * atlas_webhook_abi_version returns the ABI version of the library that runs. A program that loads
 * the library at run time compares it with ATLAS_WEBHOOK_ABI_VERSION. For other programs the
 * SONAME ensures that they are equal.
 */
ATLAS_WEBHOOK_API uint32_t atlas_webhook_abi_version(void);

/**
 * atlas_webhook_version returns the version of the library that runs, for example "1.2.3".
 *
 * Returns: static text.
 */
ATLAS_WEBHOOK_API const char *atlas_webhook_version(void);

/**
 * atlas_webhook_version_number returns the version of the library that runs as a number, which
 * compares with ATLAS_WEBHOOK_VERSION_NUMBER.
 *
 * Returns: major * 10000 + minor * 100 + patch.
 */
ATLAS_WEBHOOK_API uint32_t atlas_webhook_version_number(void);

/**
 * atlas_webhook_features returns which optional parts this build of the library has.
 *
 * Returns: the sum of the ATLAS_WEBHOOK_FEATURE_ macros of these parts.
 */
ATLAS_WEBHOOK_API uint32_t atlas_webhook_features(void);

/* ---- Status: how a call ended ---- */

/**
 * How a call ended. 0 is OK, greater than 0 means go on, less than 0 is an error; which one, is
 * one of the constants below. Later versions add numbers and never give one a new meaning, so
 * treat an unknown negative number as an error. A refusal by the API is an error as well.
 */
typedef int32_t atlas_webhook_status;

/**
 * It is done.
 */
#define ATLAS_WEBHOOK_OK 0

/**
 * Exchange, server: bytes wait to be sent.
 */
#define ATLAS_WEBHOOK_WANT_SEND 1

/**
 * Exchange, server: bytes of the response, or of a request, are wanted.
 */
#define ATLAS_WEBHOOK_WANT_RECEIVE 2

/**
 * Exchange: the answer is complete; take the reply.
 */
#define ATLAS_WEBHOOK_DONE 3

/**
 * Server: a delivery is complete; take its event, then respond.
 */
#define ATLAS_WEBHOOK_WANT_RESPONSE 4

/**
 * Server: the connection is over; close it in stages.
 */
#define ATLAS_WEBHOOK_WANT_CLOSE 5

/**
 * Caller: an argument is not acceptable. Nothing was changed.
 */
#define ATLAS_WEBHOOK_ERR_ARGUMENT (-1)

/**
 * Caller: the call does not fit the state of the handle. Nothing was changed.
 */
#define ATLAS_WEBHOOK_ERR_STATE (-2)

/**
 * Library: this build or version of it cannot do that.
 */
#define ATLAS_WEBHOOK_ERR_UNSUPPORTED (-3)

/**
 * Library: it has a defect. The handles of this call give this status from now on; free them.
 */
#define ATLAS_WEBHOOK_ERR_PANIC (-4)

/**
 * HTTP peer: its bytes are not HTTP/1.x, or are ambiguous.
 */
#define ATLAS_WEBHOOK_ERR_PROTOCOL (-20)

/**
 * HTTP peer: its answer is larger than a limit allows.
 */
#define ATLAS_WEBHOOK_ERR_LIMIT (-21)

/**
 * HTTP peer: it closed the connection before its answer was whole. Retryable.
 */
#define ATLAS_WEBHOOK_ERR_CLOSED_EARLY (-22)

/**
 * HTTP peer: the content coding of its answer is unknown, damaged or not part of this build.
 */
#define ATLAS_WEBHOOK_ERR_ENCODING (-23)

/**
 * HTTP status 3xx. Redirects are never followed, since the request carries credentials.
 */
#define ATLAS_WEBHOOK_ERR_REDIRECT (-30)

/**
 * HTTP status 401, or the API's status 900 under HTTP 2xx: the credentials were rejected.
 */
#define ATLAS_WEBHOOK_ERR_UNAUTHORIZED (-31)

/**
 * HTTP status 429, or the API's own rate limit. Retryable, after the wait that it names.
 */
#define ATLAS_WEBHOOK_ERR_RATE_LIMITED (-32)

/**
 * Any other HTTP status 4xx.
 */
#define ATLAS_WEBHOOK_ERR_CLIENT_ERROR (-33)

/**
 * HTTP status 5xx, or one that HTTP does not know. Retryable.
 */
#define ATLAS_WEBHOOK_ERR_SERVER_ERROR (-34)

/**
 * API: HTTP says success, but the body is not the documented JSON.
 */
#define ATLAS_WEBHOOK_ERR_MALFORMED_REPLY (-40)

/**
 * API: it understood the call and said no. Its own code is atlas_webhook_error_api_status().
 */
#define ATLAS_WEBHOOK_ERR_REFUSED (-41)

/**
 * HTTP peer: a delivery for a target that is not that of a registered URL: it is not from Atlas.
 */
#define ATLAS_WEBHOOK_ERR_UNTRUSTED (-60)

/**
 * HTTP peer: a delivery that is no event: not a POST, or its body not a JSON object in UTF-8.
 */
#define ATLAS_WEBHOOK_ERR_MALFORMED_DELIVERY (-61)

/**
 * Network: the host name could not be resolved. Retryable.
 */
#define ATLAS_WEBHOOK_ERR_RESOLVE (-50)

/**
 * Network: no connection to the host. Retryable.
 */
#define ATLAS_WEBHOOK_ERR_CONNECT (-51)

/**
 * Network: the proxy refused or could not be reached.
 */
#define ATLAS_WEBHOOK_ERR_PROXY (-52)

/**
 * Network: TLS could not be established, or the certificate did not hold.
 */
#define ATLAS_WEBHOOK_ERR_TLS (-53)

/**
 * Network: the time allowed ran out. Retryable.
 */
#define ATLAS_WEBHOOK_ERR_TIMEOUT (-54)

/**
 * Network: reading or writing failed. Retryable.
 */
#define ATLAS_WEBHOOK_ERR_IO (-55)

/**
 * The program cancelled the call.
 */
#define ATLAS_WEBHOOK_ERR_CANCELLED (-56)

/**
 * atlas_webhook_status_name returns the name of a status, as "ATLAS_WEBHOOK_ERR_TIMEOUT", for logs.
 *
 * Returns: static text; "unknown" for a number that this version of the library does not define.
 */
ATLAS_WEBHOOK_API const char *atlas_webhook_status_name(atlas_webhook_status status);

/**
 * atlas_webhook_status_text returns a few words that describe a status. atlas_webhook_error_message
 * describes what happened in one case.
 *
 * Returns: static text; "unknown status" for a number that this version of the library does not
 * define.
 */
ATLAS_WEBHOOK_API const char *atlas_webhook_status_text(atlas_webhook_status status);

/**
 * atlas_webhook_status_retryable returns whether the same call may succeed later after this status.
 * The call is idempotent, so an unnecessary retry does no harm. atlas_webhook_error_retryable also
 * knows which API statuses are temporary.
 *
 * Returns: 1 or 0. 0 for ATLAS_WEBHOOK_ERR_REFUSED, for a status that is not an error, and for an
 * unknown number.
 */
ATLAS_WEBHOOK_API int atlas_webhook_status_retryable(atlas_webhook_status status);

/* ---- Error: what went wrong, each detail as a field ---- */

/**
 * An error, with everything that is known about it. It never changes, so threads may share it.
 *
 * Ownership: free each error that a call returns with atlas_webhook_error_free.
 */
typedef struct atlas_webhook_error atlas_webhook_error;

/**
 * atlas_webhook_error_status returns the status that the failed call returned. Decide on it.
 *
 * Returns: an ATLAS_WEBHOOK_ERR_ status. ARGUMENT if error is NULL.
 */
ATLAS_WEBHOOK_API atlas_webhook_status atlas_webhook_error_status(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_message returns a description of the error in one line, in this library's
 * own words. It never contains a secret, a header value, the webhook URL or anything that a peer
 * sent.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_error_message(const atlas_webhook_error *error,
                                        size_t *len);

/**
 * atlas_webhook_error_display returns one line to show or to log: the message and, if there is
 * one, the API's text in quotes: control characters escaped, truncated to 200 bytes. If that text
 * repeats a secret of the request, "(the API's text repeats a secret and is withheld)" replaces
 * it.
 *
 * The secrets are path and query of the webhook URL, the credentials, and the header values that
 * the program set. A text repeats one if it contains any 8 consecutive bytes of it, or the whole
 * of a secret of 4 to 7 bytes, in any case of ASCII letters, as it is or within up to three layers
 * of percent encoding, HTML character references and JSON escapes.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_error_display(const atlas_webhook_error *error,
                                        size_t *len);

/**
 * atlas_webhook_error_api_message returns the API's text as it was received. It is untrusted: it
 * may contain control characters, NULs and an echo of the webhook URL. Do not decide on it, and do
 * not show it without escaping it.
 *
 * Returns: "" if the API sent no text.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_error_api_message(const atlas_webhook_error *error,
                                            size_t *len);

/**
 * atlas_webhook_error_api_status returns the API's own status, one of the ATLAS_WEBHOOK_API_
 * macros or any other number.
 *
 * Returns: ATLAS_WEBHOOK_ABSENT if the response had none.
 */
ATLAS_WEBHOOK_API int64_t atlas_webhook_error_api_status(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_request_id returns the API's identifier of the request. Quote it to the
 * API's support. It is untrusted like the API's text.
 *
 * Returns: "" if the API sent none.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_error_request_id(const atlas_webhook_error *error,
                                           size_t *len);

/**
 * atlas_webhook_error_http_status returns the HTTP status of the response.
 *
 * Returns: 0 if no status was read.
 */
ATLAS_WEBHOOK_API uint16_t atlas_webhook_error_http_status(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_response_status returns the HTTP status with which to respond to the
 * delivery that failed: 400, 404, 405 (then also send "Allow: POST"), 413 or 415. The error of
 * atlas_webhook_server_rejection may also have 408, 414, 417, 431, 501, 503 or 505.
 *
 * Returns: 500 for an error that did not come from receiving, and for NULL.
 */
ATLAS_WEBHOOK_API uint16_t atlas_webhook_error_response_status(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_offset returns the offset of the offending byte, counted from 0: in the
 * response for an HTTP error, in the text for an argument. Field lines are checked at the end of
 * their header section; the offset is then that end.
 *
 * Returns: UINT64_MAX if there is no such byte.
 */
ATLAS_WEBHOOK_API uint64_t atlas_webhook_error_offset(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_retryable returns whether the same call may succeed later. The call is
 * idempotent, so an unnecessary retry does no harm.
 *
 * Returns: 1 or 0.
 */
ATLAS_WEBHOOK_API int atlas_webhook_error_retryable(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_retry_after returns how many seconds the peer asks to wait before a retry.
 *
 * Range: 0 to 31,536,000 (one year of 365 days). A fraction is rounded up.
 *
 * Returns: -1 if it sent no such time.
 */
ATLAS_WEBHOOK_API int64_t atlas_webhook_error_retry_after(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_attempts returns how many attempts the transport began, also those that never
 * connected. Returns 0 if no transport was involved.
 */
ATLAS_WEBHOOK_API uint32_t atlas_webhook_error_attempts(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_os_error returns the number of the operating system's error that caused this
 * error: errno on Unix, the code of GetLastError or WSAGetLastError on Windows. Returns 0 if the
 * system caused none. With ATLAS_WEBHOOK_ERR_IO, EMFILE, ENFILE, ENOBUFS, ENOMEM and EAGAIN mean that
 * this machine lacks descriptors, memory, ports or threads; the handles can be used again.
 */
ATLAS_WEBHOOK_API
int32_t atlas_webhook_error_os_error(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_response_field_lines returns the header fields of the response that the error came
 * from, each as a line that ends with CRLF; "" if no head of a final response was read. Its status is
 * atlas_webhook_error_http_status.
 *
 * It is for finding out what responded. It is untrusted: it may contain anything, an echo of the
 * webhook URL included. No message of the library contains it.
 *
 * The bytes live as long as the error and have no NUL behind them; len may be NULL.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_error_response_field_lines(const atlas_webhook_error *error,
                                                     size_t *len);

/**
 * atlas_webhook_error_response_body returns the first 4 KiB at most of the body of that response, with
 * gzip removed if that was possible; "" if there is none. If reading the response failed behind its
 * head, it is what was received until then.
 *
 * It is untrusted as the field lines are. The bytes live as long as the error and have no NUL behind
 * them; len may be NULL.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_error_response_body(const atlas_webhook_error *error,
                                              size_t *len);

/**
 * atlas_webhook_error_clone returns a copy of error, to keep it or to pass it to another owner.
 *
 * Returns: NULL if error is NULL.
 *
 * Ownership: free the copy with atlas_webhook_error_free.
 */
ATLAS_WEBHOOK_API atlas_webhook_error *atlas_webhook_error_clone(const atlas_webhook_error *error);

/**
 * atlas_webhook_error_free frees an error. NULL is accepted.
 */
ATLAS_WEBHOOK_API void atlas_webhook_error_free(atlas_webhook_error *error);

/* ---- Reply: the API's success ---- */

/**
 * The API's success: HTTP 2xx with status 0. There is no reply that means a refusal: that is an error.
 *
 * It never changes, so threads may share it.
 */
typedef struct atlas_webhook_reply atlas_webhook_reply;

/**
 * atlas_webhook_reply_message returns the API's text. It is for people: do not decide on it. It is
 * untrusted.
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
 * Returns: "" if the API sent none.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_reply_request_id(const atlas_webhook_reply *reply,
                                           size_t *len);

/**
 * atlas_webhook_reply_http_status returns the HTTP status of the response: 200, or another 2xx.
 */
ATLAS_WEBHOOK_API uint16_t atlas_webhook_reply_http_status(const atlas_webhook_reply *reply);

/**
 * atlas_webhook_reply_attempts returns how many attempts the transport began, also those that never
 * connected. Returns 0 if no transport was involved.
 */
ATLAS_WEBHOOK_API uint32_t atlas_webhook_reply_attempts(const atlas_webhook_reply *reply);

/**
 * atlas_webhook_reply_free frees a reply. NULL is accepted.
 */
ATLAS_WEBHOOK_API void atlas_webhook_reply_free(atlas_webhook_reply *reply);

/* ---- Response: what the API's server sent, before it is interpreted ---- */

/**
 * The response of an exchange: status, header fields and body. All of it is untrusted: it may
 * contain anything, an echo of the webhook URL included.
 *
 * Threads: it never changes, so threads may share it.
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
 * atlas_webhook_response_header returns the value of the first header field with this name. The case
 * of ASCII letters in name is ignored.
 *
 * Returns: "" if there is no such header field.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_response_header(const atlas_webhook_response *response,
                                          const char *name,
                                          size_t *len);

/**
 * atlas_webhook_response_body decodes the body: *body is the body without its content coding (gzip),
 * and *len its length. It is not NUL-terminated. It is decoded once; *body is valid as long as the
 * response. atlas_webhook_request_reply_from does not need this call.
 *
 * Errors: ENCODING if the content coding is unknown or damaged, or if this build lacks gzip. LIMIT if
 * the decoded body is over the limit of the endpoint.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_response_body(const atlas_webhook_response *response,
                                                 const void **body,
                                                 size_t *len,
                                                 atlas_webhook_error **error);

/**
 * atlas_webhook_response_coded_body returns the body as it was received: without the chunked coding,
 * with its content coding. It is not NUL-terminated.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_response_coded_body(const atlas_webhook_response *response,
                                              size_t *len);

/**
 * atlas_webhook_response_free frees a response. NULL is accepted.
 */
ATLAS_WEBHOOK_API void atlas_webhook_response_free(atlas_webhook_response *response);

/* ---- Endpoint: where to send, and as whom ---- */

/**
 * Limit: bytes of one head of a response, and of its trailers. Default: 16 KiB.
 */
#define ATLAS_WEBHOOK_LIMIT_HEAD 1

/**
 * Limit: field lines in one head, and in the trailers. Default: 100.
 */
#define ATLAS_WEBHOOK_LIMIT_FIELDS 2

/**
 * Limit: interim (1xx) responses before the final one. Default: 8.
 */
#define ATLAS_WEBHOOK_LIMIT_INTERIM 3

/**
 * Limit: bytes of the body, and of the body after gzip was removed. Default: 1 MiB.
 */
#define ATLAS_WEBHOOK_LIMIT_BODY 4

/**
 * Limit: bytes that the chunked coding may add to the data. Default: 64 KiB.
 */
#define ATLAS_WEBHOOK_LIMIT_CHUNK_OVERHEAD 5

/**
 * Limit: values in the JSON of a delivery. Default: 20,000.
 */
#define ATLAS_WEBHOOK_LIMIT_VALUES 6

/**
 * A server of the API and the identity to use there. Make one per account and keep it.
 *
 * Making requests does not change it, so threads may share it. Its setters do not change requests
 * that were made before.
 */
typedef struct atlas_webhook_endpoint atlas_webhook_endpoint;

/**
 * atlas_webhook_endpoint_new makes an endpoint for the API server at base_url: an absolute http or
 * https URL, which may have a port and a path prefix.
 *
 * Default: ATLAS_WEBHOOK_SANDBOX if base_url is NULL. The vendor's console shows the base URL for
 * production.
 *
 * Errors: ARGUMENT if base_url is not such a URL, with the offset of the offending byte.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_endpoint_new(const char *base_url,
                                                atlas_webhook_endpoint **out,
                                                atlas_webhook_error **error);

/**
 * atlas_webhook_endpoint_set_credentials sets the values of the headers x-atlas-client-id and
 * x-atlas-client-secret. Sandbox and production have different ones.
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
 * Default: Accept is application/json, User-Agent is atlas-webhook/ and the version.
 *
 * Range: name is a token (RFC 9110 section 5.6.2). value is visible ASCII, with spaces and tabs
 * only inside. Rejected are the headers that frame the message or belong to the connection, and
 * the credentials.
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
 * atlas_webhook_endpoint_set_credentials set. Without credentials it changes nothing.
 *
 * Errors: ARGUMENT if endpoint is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_endpoint_clear_credentials(atlas_webhook_endpoint *endpoint,
                                                              atlas_webhook_error **error);

/**
 * atlas_webhook_endpoint_clear_header removes the header that atlas_webhook_endpoint_set_header
 * set under this name, in any case. Accept and User-Agent return to their defaults. If no such
 * header was set it changes nothing.
 *
 * Errors: ARGUMENT if an argument is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_endpoint_clear_header(atlas_webhook_endpoint *endpoint,
                                                         const char *name,
                                                         atlas_webhook_error **error);

/**
 * atlas_webhook_endpoint_set_limit sets how much memory a response may use. which is one of the
 * ATLAS_WEBHOOK_LIMIT_ macros. A response over a limit fails with LIMIT.
 *
 * Default: as stated at each macro.
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
 * atlas_webhook_endpoint_set_plaintext_allowed allows (any other number) or forbids (0) requests
 * over http to another machine. Everyone on the way can read the webhook URL, the credentials and
 * the other headers. A loopback host needs no permission.
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
 * atlas_webhook_endpoint_free frees an endpoint. Requests that were made from it stay valid. NULL
 * is accepted.
 */
ATLAS_WEBHOOK_API void atlas_webhook_endpoint_free(atlas_webhook_endpoint *endpoint);

/* ---- Request: what to send, as a value ---- */

/**
 * A rendered request for any of the three ways to send it: pass method, URL, headers and body to an
 * HTTP stack of your own, make an exchange for a socket of your own, or pass it to the transport.
 *
 * It never changes, so threads may share it, and it may be sent any number of times.
 */
typedef struct atlas_webhook_request atlas_webhook_request;

/**
 * atlas_webhook_request_new_registration makes the request that registers url for the webhooks of
 * an account. It replaces the URL that was registered before. url is sent byte for byte and is
 * treated as a secret. cid identifies the client and user.
 *
 * Default: without cid if cid is NULL; the API accepts that too.
 *
 * Range: url is an absolute http or https URL in ASCII, without user information, fragment and
 * spaces. cid is not empty.
 *
 * Errors: ARGUMENT if url or cid is out of range, with the offset of the offending byte of url, or
 * if the endpoint is another machine and not https (see
 * atlas_webhook_endpoint_set_plaintext_allowed).
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_request_new_registration(const atlas_webhook_endpoint *endpoint,
                                                            const char *url,
                                                            const char *cid,
                                                            atlas_webhook_request **out,
                                                            atlas_webhook_error **error);

/**
 * atlas_webhook_request_method returns the HTTP method, "POST".
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_request_method(const atlas_webhook_request *request,
                                         size_t *len);

/**
 * atlas_webhook_request_url returns the absolute URL to send to.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_request_url(const atlas_webhook_request *request,
                                      size_t *len);

/**
 * atlas_webhook_request_host returns the host to connect to: a name, or an address, IPv6 without
 * brackets. A TLS certificate must be valid for it.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_request_host(const atlas_webhook_request *request,
                                       size_t *len);

/**
 * atlas_webhook_request_port returns the TCP port to connect to.
 */
ATLAS_WEBHOOK_API uint16_t atlas_webhook_request_port(const atlas_webhook_request *request);

/**
 * atlas_webhook_request_is_tls returns whether the connection must use TLS.
 *
 * Returns: 1 or 0.
 */
ATLAS_WEBHOOK_API int atlas_webhook_request_is_tls(const atlas_webhook_request *request);

/**
 * atlas_webhook_request_header_count returns the number of headers that an HTTP stack does not set
 * by itself. Host, Content-Length and the headers of the connection are not among them.
 *
 * The credentials are among them. Turn redirects off in the stack: many follow them by default,
 * and would send these headers to whatever host the redirect names.
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
 * atlas_webhook_request_header_line returns header number i as "Name: value", the form that
 * curl_slist_append expects.
 *
 * Returns: "" if there is no header i.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_request_header_line(const atlas_webhook_request *request,
                                              size_t i,
                                              size_t *len);

/**
 * atlas_webhook_request_body returns the JSON body. It is not NUL-terminated.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_request_body(const atlas_webhook_request *request,
                                       size_t *len);

/**
 * atlas_webhook_request_bytes returns the whole HTTP/1.1 message, head and body. It is not
 * NUL-terminated. An exchange sends the same bytes.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_request_bytes(const atlas_webhook_request *request,
                                        size_t *len);

/**
 * atlas_webhook_request_reply interprets the response to request that an HTTP stack of your own
 * received.
 *
 * Turn redirects off in the stack. Many follow them by default: the credentials then go to
 * whatever host the redirect names, and the response from there is taken for the API's.
 *
 * field_lines are the header fields as the stack received them, each line ended by CRLF or LF.
 * Status lines and empty lines may stand between them; only what follows the last status line
 * counts. A line that starts with a space or a tab continues the field line directly before it (an
 * obsolete fold, RFC 9112 section 5.2), and is ignored without one. Only Retry-After and Date are
 * read, so (NULL, 0) is accepted. body is the body, as received or with gzip already removed. The
 * endpoint's limits apply to it.
 *
 * Range: http_status is 200 to 999. Its type is wider than an HTTP status, so that an invalid
 * number is rejected and not truncated.
 *
 * Errors: ARGUMENT if http_status is not that of a final response. ENCODING or LIMIT. REDIRECT,
 * UNAUTHORIZED, RATE_LIMITED, CLIENT_ERROR or SERVER_ERROR. MALFORMED_REPLY or REFUSED.
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
 * atlas_webhook_request_reply_from interprets a response that was taken from an exchange of request,
 * as atlas_webhook_exchange_take_reply does.
 *
 * Errors: ENCODING or LIMIT. REDIRECT, UNAUTHORIZED, RATE_LIMITED, CLIENT_ERROR or SERVER_ERROR.
 * MALFORMED_REPLY or REFUSED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_request_reply_from(const atlas_webhook_request *request,
                                                      const atlas_webhook_response *response,
                                                      atlas_webhook_reply **out,
                                                      atlas_webhook_error **error);

/**
 * atlas_webhook_request_free frees a request. Exchanges that were made from it stay valid. NULL is
 * accepted.
 */
ATLAS_WEBHOOK_API void atlas_webhook_request_free(atlas_webhook_request *request);

/* ---- Exchange: one request and its answer over a socket of your own ---- */

/**
 * One request and its response as bytes out and bytes in, over any connection, blocking or not. It
 * has no socket and no timer. Enforce your own timeout and free the exchange when it expires.
 *
 * Its state is WANT_SEND, then WANT_RECEIVE, then DONE. DONE means that the response is complete;
 * atlas_webhook_exchange_take_reply interprets it. If the HTTP is broken the exchange has failed, and
 * the failure is its state from then on. A call with a wrong argument, or in the wrong state, changes
 * nothing.
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
 * the response is complete, its framing is unambiguous, neither side asked to close, and the whole
 * request was sent. If bytes followed the response, or the peer has closed since, the connection
 * cannot be reused either; only your program can see that.
 *
 * Returns: 1 or 0.
 */
ATLAS_WEBHOOK_API int atlas_webhook_exchange_reusable(const atlas_webhook_exchange *exchange);

/**
 * atlas_webhook_exchange_take_response takes the response, to see it before it is interpreted;
 * atlas_webhook_request_reply_from interprets it. It can be taken once, by this function or by
 * atlas_webhook_exchange_take_reply. The state stays DONE.
 *
 * Errors: STATE if the exchange is not DONE, or if the response was taken before. The failure of
 * the exchange, if it has failed.
 *
 * Ownership: free *out with atlas_webhook_response_free. It does not depend on the exchange.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_exchange_take_response(atlas_webhook_exchange *exchange,
                                                          atlas_webhook_response **out,
                                                          atlas_webhook_error **error);

/**
 * atlas_webhook_exchange_take_reply interprets the response. It can be taken once. The state stays
 * DONE.
 *
 * Errors: STATE if the exchange is not DONE, or if the response was taken before. The failure of
 * the exchange, if it has failed. The errors of atlas_webhook_request_reply.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_exchange_take_reply(atlas_webhook_exchange *exchange,
                                                       atlas_webhook_reply **out,
                                                       atlas_webhook_error **error);

/**
 * atlas_webhook_exchange_free frees an exchange in any state. NULL is accepted.
 */
ATLAS_WEBHOOK_API void atlas_webhook_exchange_free(atlas_webhook_exchange *exchange);

/* ---- Transport: the library sends by itself; and cancel, which stops it ---- */

/**
 * A way to stop calls of a transport from another thread. Threads share it: all its functions but
 * its free may be called at the same time.
 */
typedef struct atlas_webhook_cancel atlas_webhook_cancel;

/**
 * The bundled blocking transport: HTTP/1.1 over TCP and TLS. Trust is the platform's store, which
 * SSL_CERT_FILE and SSL_CERT_DIR in the environment may name. No redirect is followed, and no proxy
 * is used unless asked. It starts a thread for name resolution, which ends with the resolution, and
 * no other thread.
 *
 * Threads may share one and send at the same time; its setters are exclusive. In a build without
 * it, every function of it that can fail gives UNSUPPORTED.
 */
typedef struct atlas_webhook_transport atlas_webhook_transport;

/**
 * atlas_webhook_transport_new makes a transport. Its timeout is 15 s for a whole send and 5 s for
 * connecting.
 *
 * *out is yours: free it with atlas_webhook_transport_free.
 *
 * Errors: ARGUMENT when out is NULL; UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_new(atlas_webhook_transport **out,
                                                 atlas_webhook_error **error);

/**
 * atlas_webhook_transport_set_timeout_ms bounds a whole send: name resolution, connecting, TLS,
 * request and response together, and all attempts with their waits.
 *
 * Default: 15,000.
 *
 * Range: 1 to 86,400,000 (one day).
 *
 * Errors: ARGUMENT if timeout_ms is out of range; UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_set_timeout_ms(atlas_webhook_transport *transport,
                                                            uint32_t timeout_ms,
                                                            atlas_webhook_error **error);

/**
 * atlas_webhook_transport_set_connect_timeout_ms bounds connecting within one attempt. A proxy and
 * TLS are included, name resolution is not.
 *
 * Default: 5,000.
 *
 * Range: 1 to 86,400,000 (one day).
 *
 * Errors: ARGUMENT if timeout_ms is out of range; UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_set_connect_timeout_ms(atlas_webhook_transport *transport,
                                                                    uint32_t timeout_ms,
                                                                    atlas_webhook_error **error);

/**
 * atlas_webhook_transport_set_proxy sends through the HTTP proxy at url, by CONNECT for http
 * endpoints too. url is http://user:password@host:port, with user and password percent-encoded; the
 * port may be left out, and so may user and password. https:// speaks TLS to the proxy. NULL means no
 * proxy, the default. A proxy reads what goes to an http endpoint: a send to one through a proxy on
 * another machine fails with ARGUMENT, unless the endpoint allows plaintext.
 *
 * Default: no proxy.
 *
 * Range: such a URL, or NULL.
 *
 * Errors: ARGUMENT if url is not such a URL: without a scheme, with a path, or with port 0;
 * UNSUPPORTED, for SOCKS too.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_set_proxy(atlas_webhook_transport *transport,
                                                       const char *url,
                                                       atlas_webhook_error **error);

/**
 * atlas_webhook_transport_use_env_proxy uses the proxies that the environment of the process names
 * now, as curl reads it: for an https endpoint the first that is set of https_proxy, HTTPS_PROXY,
 * all_proxy and ALL_PROXY, for an http endpoint the first of http_proxy, all_proxy and ALL_PROXY. An
 * empty variable counts as unset, and a value without a scheme is an http proxy. no_proxy or NO_PROXY
 * lists the hosts to send to directly. If a SOCKS proxy applies to a send, the send fails with
 * UNSUPPORTED.
 *
 * Errors: ARGUMENT if a variable that applies is not the URL of a proxy; UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_use_env_proxy(atlas_webhook_transport *transport,
                                                           atlas_webhook_error **error);

/**
 * atlas_webhook_transport_set_ca_file trusts the certificates in the PEM file at path, and no
 * others. The file is read now. On Unix, path is any bytes; on Windows, UTF-8.
 *
 * Default: the platform's store.
 *
 * Range: a file with at least one certificate.
 *
 * Errors: ARGUMENT if the file cannot be read, contains no certificate, or one that cannot be used;
 * IO if the system lacks descriptors or memory; UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_set_ca_file(atlas_webhook_transport *transport,
                                                         const char *path,
                                                         atlas_webhook_error **error);

/**
 * atlas_webhook_transport_set_ca_pem trusts the certificates in the PEM text of len bytes, and no
 * others. The text is copied.
 *
 * Default: the platform's store.
 *
 * Range: a text with at least one certificate.
 *
 * Errors: ARGUMENT if the text contains no certificate, or one that cannot be used; UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_set_ca_pem(atlas_webhook_transport *transport,
                                                        const void *pem,
                                                        size_t len,
                                                        atlas_webhook_error **error);

/**
 * atlas_webhook_transport_set_retries sets how many retries follow a retryable error
 * (atlas_webhook_error_retryable), within the timeout. The wait before a retry doubles from 0.25 s to
 * 4 s, is shortened at random by up to half, and is never shorter than the server asks for.
 *
 * Default: 0.
 *
 * Range: 0 to UINT32_MAX.
 *
 * Errors: ARGUMENT if transport is NULL; UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_set_retries(atlas_webhook_transport *transport,
                                                         uint32_t retries,
                                                         atlas_webhook_error **error);

/**
 * atlas_webhook_transport_send sends request and interprets the response. cancel may be NULL.
 *
 * Errors: all. RESOLVE to CANCELLED are errors of this function; the others are those of an exchange
 * and of atlas_webhook_request_reply.
 *
 * Blocks: until the response is complete, for at most the timeout, or until another thread calls
 * atlas_webhook_cancel_now with cancel.
 *
 * Threads: any number of threads may send over one transport at the same time.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_transport_send(const atlas_webhook_transport *transport,
                                                  const atlas_webhook_request *request,
                                                  atlas_webhook_cancel *cancel,
                                                  atlas_webhook_reply **out,
                                                  atlas_webhook_error **error);

/**
 * atlas_webhook_transport_close_idle closes the connections that are kept for later sends. Sends in
 * flight go on. Call it before a long pause: connections are kept for 15 s after their last use, and
 * closed by the next send or with the transport. If transport is NULL, it does nothing.
 *
 * Threads: any thread may call it at any time.
 */
ATLAS_WEBHOOK_API
void atlas_webhook_transport_close_idle(const atlas_webhook_transport *transport);

/**
 * atlas_webhook_transport_free frees a transport and closes its connections. No call on it may
 * still run. NULL is fine.
 */
ATLAS_WEBHOOK_API void atlas_webhook_transport_free(atlas_webhook_transport *transport);

/**
 * atlas_webhook_cancel_new makes a cancel, to be given to atlas_webhook_transport_send.
 *
 * *out is yours: free it with atlas_webhook_cancel_free.
 *
 * Errors: ARGUMENT when out is NULL; UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_cancel_new(atlas_webhook_cancel **out,
                                              atlas_webhook_error **error);

/**
 * atlas_webhook_cancel_now ends the calls that were given cancel, and all that will be: they give
 * CANCELLED, at once. Reading the trust store for the first TLS connection of a transport is not
 * interrupted; it lasts some milliseconds. The request may have reached the server. Any thread may call it at any time, but not a signal
 * handler.
 *
 * Errors: ARGUMENT when cancel is NULL; UNSUPPORTED.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_cancel_now(atlas_webhook_cancel *cancel,
                                              atlas_webhook_error **error);

/**
 * atlas_webhook_cancel_free frees a cancel; no call that was given it may still run. NULL is fine.
 */
ATLAS_WEBHOOK_API void atlas_webhook_cancel_free(atlas_webhook_cancel *cancel);

/* ---- Value: any field of an event, by name or by place ---- */

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
 * A value of an event's JSON. A value that does not exist is NULL, and every function here accepts
 * NULL and then returns the absent value, so that calls can be nested:
 *
 *   atlas_webhook_value_text(atlas_webhook_value_get(atlas_webhook_value_at(list, 0), "name"), NULL)
 *
 * Ownership: values and what is read from them belong to the event and live until it is freed.
 */
typedef struct atlas_webhook_value atlas_webhook_value;

/**
 * atlas_webhook_value_type returns one of the ATLAS_WEBHOOK_VALUE_ constants.
 */
ATLAS_WEBHOOK_API int32_t atlas_webhook_value_type(const atlas_webhook_value *value);

/**
 * atlas_webhook_value_get returns the member of an object with this name, or with an older name of
 * that field, so that a program which uses the newest names reads every form. A member that is
 * null is absent.
 */
ATLAS_WEBHOOK_API
const atlas_webhook_value *atlas_webhook_value_get(const atlas_webhook_value *value,
                                                   const char *name);

/**
 * atlas_webhook_value_get_n is atlas_webhook_value_get with the length of the name, which may then
 * contain NUL.
 */
ATLAS_WEBHOOK_API
const atlas_webhook_value *atlas_webhook_value_get_n(const atlas_webhook_value *value,
                                                     const char *name,
                                                     size_t name_len);

/**
 * atlas_webhook_value_at returns member number i of an array or an object, from 0. null is
 * returned as a value of the type NULL. It takes constant time.
 */
ATLAS_WEBHOOK_API
const atlas_webhook_value *atlas_webhook_value_at(const atlas_webhook_value *value,
                                                  size_t i);

/**
 * atlas_webhook_value_count returns the number of members of an array or an object; 0 for every
 * other value.
 */
ATLAS_WEBHOOK_API size_t atlas_webhook_value_count(const atlas_webhook_value *value);

/**
 * atlas_webhook_value_name returns the name of member number i of an object, as sent; "" for every
 * other value. len may be NULL.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_value_name(const atlas_webhook_value *value,
                                     size_t i,
                                     size_t *len);

/**
 * atlas_webhook_value_text returns the text of a string, or a number or boolean as written; "" for
 * every other value. A lone surrogate is U+FFFD. len may be NULL.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_value_text(const atlas_webhook_value *value,
                                     size_t *len);

/**
 * atlas_webhook_value_number returns an integer that is written as a number or in a string;
 * ATLAS_WEBHOOK_ABSENT for every other value.
 * Range: greater than INT64_MIN.
 */
ATLAS_WEBHOOK_API int64_t atlas_webhook_value_number(const atlas_webhook_value *value);

/**
 * atlas_webhook_value_boolean returns 1 for true and 1, 0 for false and 0, also if they are in a
 * string; -1 for every other value.
 */
ATLAS_WEBHOOK_API int atlas_webhook_value_boolean(const atlas_webhook_value *value);

/**
 * atlas_webhook_value_json returns the JSON of the value as received; "" if it is absent. It is not
 * NUL-terminated, so len must not be NULL. It is UTF-8.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_value_json(const atlas_webhook_value *value,
                                     size_t *len);

/* ---- Event: what a delivery means ---- */

/**
 * Event: of a type that this version does not know, or without a type. All its fields can be read.
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
 * Incident: the event is not an incident, or has no status.
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
 * What a delivery means: which kind of event, for which order, with which fields.
 *
 * No field is required. A field that is null, empty or of another type is absent. The comments on
 * the ATLAS_WEBHOOK_EVENT_ constants list the fields of each kind by their newest names, with type,
 * unit, time zone and first year. Fields are read by these names from every form.
 *
 * Threads: an event never changes, so threads can share it.
 */
typedef struct atlas_webhook_event atlas_webhook_event;

/**
 * atlas_webhook_event_parse reads an event from a stored body: what atlas_webhook_event_json
 * returned, or the body as received, without content coding. The event and its deduplication key
 * equal those of atlas_webhook_receiver_read. It checks no target: never call it for what comes
 * from the network. The limits are the default ones; atlas_webhook_receiver_parse uses those of a
 * receiver.
 *
 * Errors: MALFORMED_DELIVERY, LIMIT.
 *
 * Ownership: free *out with atlas_webhook_event_free.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_event_parse(const void *json,
                                               size_t json_len,
                                               atlas_webhook_event **out,
                                               atlas_webhook_error **error);

/**
 * atlas_webhook_event_kind returns one of the ATLAS_WEBHOOK_EVENT_ constants. Later versions add
 * numbers: treat an unknown number as ATLAS_WEBHOOK_EVENT_UNKNOWN.
 */
ATLAS_WEBHOOK_API int32_t atlas_webhook_event_kind(const atlas_webhook_event *event);

/**
 * atlas_webhook_event_type_name returns the type as sent; "" if there is none. len may be NULL.
 *
 * Ownership: this text, and all text below, lives as long as the event.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_event_type_name(const atlas_webhook_event *event,
                                          size_t *len);

/**
 * atlas_webhook_event_order_no returns the number of the order, wherever the form has it; "" if
 * there is none. len may be NULL.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_event_order_no(const atlas_webhook_event *event,
                                         size_t *len);

/**
 * atlas_webhook_event_cid returns the account; "" if there is none. Its format is not documented.
 * len may be NULL.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_event_cid(const atlas_webhook_event *event,
                                    size_t *len);

/**
 * atlas_webhook_event_notification_id returns the id of an incident or of an email; "" if there is
 * none. len may be NULL.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_event_notification_id(const atlas_webhook_event *event,
                                                size_t *len);

/**
 * atlas_webhook_event_status returns the status beside the type; ATLAS_WEBHOOK_ABSENT if there is
 * none. Its meaning depends on the kind: for an incident use atlas_webhook_event_incident.
 */
ATLAS_WEBHOOK_API int64_t atlas_webhook_event_status(const atlas_webhook_event *event);

/**
 * atlas_webhook_event_incident returns one of the ATLAS_WEBHOOK_INCIDENT_ constants. The incidents
 * are order.schedulechange, email.schedulechange and abnormal.cancelled.
 */
ATLAS_WEBHOOK_API int32_t atlas_webhook_event_incident(const atlas_webhook_event *event);

/**
 * atlas_webhook_event_dedupe_key returns the deduplication key. Duplicates have the same key.
 * Different deliveries have different keys, if Atlas gives an id to one notification only. Equal bytes
 * are duplicates; only airline.status sends them again for a new event, so keep a key that starts with
 * "sha256:" for an hour, say. It is computed by the first call. len may be NULL.
 *
 * The format is stable, so keys can be stored. A key that starts with "id:" can be kept for ever.
 * Keep one that starts with "sha256:" only as long as a duplicate may arrive (an hour, for
 * example).
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_event_dedupe_key(const atlas_webhook_event *event,
                                           size_t *len);

/**
 * atlas_webhook_event_get returns a field by name, in the payload or beside it, because some forms
 * have fields one level further out. For a documented field use the newest name: it also finds the
 * older ones. A field of the payload takes precedence over one of the same name in the envelope, for
 * which there are getters. NULL if it is absent.
 */
ATLAS_WEBHOOK_API
const atlas_webhook_value *atlas_webhook_event_get(const atlas_webhook_event *event,
                                                   const char *name);

/**
 * atlas_webhook_event_data returns the payload: data.ticketNotification if it is an object, else
 * data if it is an object, else the whole object.
 */
ATLAS_WEBHOOK_API
const atlas_webhook_value *atlas_webhook_event_data(const atlas_webhook_event *event);

/**
 * atlas_webhook_event_root returns the whole object.
 */
ATLAS_WEBHOOK_API
const atlas_webhook_value *atlas_webhook_event_root(const atlas_webhook_event *event);

/**
 * atlas_webhook_event_json returns the JSON as received, without content coding and byte order
 * mark: store it. It is UTF-8 and not NUL-terminated, so len must not be NULL.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_event_json(const atlas_webhook_event *event,
                                     size_t *len);

/**
 * atlas_webhook_event_details returns the envelope and every field of the event's kind as one JSON
 * object, with the newest names in snake case (order_no, dep_time), null where a field is absent;
 * type_name is "" if there is no type. It is made by the first call. It is for bindings and for programs that have a JSON library. len may
 * be NULL.
 */
ATLAS_WEBHOOK_API
const char *atlas_webhook_event_details(const atlas_webhook_event *event,
                                        size_t *len);

/**
 * atlas_webhook_event_free frees an event, its texts and its values. NULL is allowed.
 */
ATLAS_WEBHOOK_API void atlas_webhook_event_free(atlas_webhook_event *event);

/* ---- Receiver: whether a delivery belongs to a registered URL, and what it means ---- */

/**
 * Checks deliveries against the registered URL, and reads them. Make one and keep it.
 *
 * The registered URL is the secret, because deliveries have no signature: put a random token into
 * its path. Scheme, host, port, header fields and addresses are not checked.
 *
 * Threads: once set up it can be shared by threads, since reading does not change it. Its setters
 * need exclusive access.
 */
typedef struct atlas_webhook_receiver atlas_webhook_receiver;

/**
 * atlas_webhook_receiver_new makes a receiver for what is posted to url. url is the registered URL,
 * or its path and query alone if a proxy in front of the program removes a prefix.
 *
 * Errors: ARGUMENT for any other URL, with the offset of the offending byte.
 * Ownership: free *out with atlas_webhook_receiver_free.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_receiver_new(const char *url,
                                                atlas_webhook_receiver **out,
                                                atlas_webhook_error **error);

/**
 * atlas_webhook_receiver_add_url also accepts what is posted to url, while a new URL replaces an
 * old one. Range: at most 8 URLs.
 *
 * Errors: ARGUMENT as for atlas_webhook_receiver_new, or if there are 8 URLs.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_receiver_add_url(atlas_webhook_receiver *receiver,
                                                    const char *url,
                                                    atlas_webhook_error **error);

/**
 * atlas_webhook_receiver_set_limit sets the largest size of a delivery. which is one of the
 * ATLAS_WEBHOOK_LIMIT_ constants; reading a delivery uses BODY and VALUES. A server connection
 * also uses HEAD, FIELDS and CHUNK_OVERHEAD.
 *
 * Default: as stated at each constant.
 *
 * Range: 0 to SIZE_MAX.
 *
 * Errors: ARGUMENT for an unknown limit, or a value that does not fit this machine.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_receiver_set_limit(atlas_webhook_receiver *receiver,
                                                      uint32_t which,
                                                      uint64_t value,
                                                      atlas_webhook_error **error);

/**
 * atlas_webhook_receiver_read checks a delivery that your HTTP server received, and reads it.
 *
 * method and target are those of the request line, as received and not decoded: any bytes, with
 * their lengths. The target is compared in constant time. headers are the field lines, each ended
 * by CRLF or LF. Only Content-Encoding is read from them, so (NULL, 0) is fine if the server
 * decodes the body. body is the body as received, or with gzip removed.
 *
 * On failure respond with atlas_webhook_error_response_status. On success store
 * atlas_webhook_event_json and atlas_webhook_event_dedupe_key, respond with 200 at once, and work
 * later.
 *
 * Errors: MALFORMED_DELIVERY if the method is not POST, or the body is not a JSON object in UTF-8 or
 * has a key twice in one object. UNTRUSTED if the target is not that of a registered URL. LIMIT if
 * the body is too large, has too many values or is nested deeper than 128 levels. ENCODING if the
 * content coding is unknown or damaged.
 * Ownership: free *out with atlas_webhook_event_free.
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
 * atlas_webhook_receiver_parse reads an event from a stored body as atlas_webhook_event_parse does,
 * but within the limits of receiver. It checks no target: never call it for what comes from the
 * network.
 *
 * Errors: MALFORMED_DELIVERY, LIMIT.
 *
 * Ownership: free *out with atlas_webhook_event_free.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_receiver_parse(const atlas_webhook_receiver *receiver,
                                                  const void *json,
                                                  size_t json_len,
                                                  atlas_webhook_event **out,
                                                  atlas_webhook_error **error);

/**
 * atlas_webhook_receiver_free frees a receiver. Events live on. NULL is allowed.
 */
ATLAS_WEBHOOK_API void atlas_webhook_receiver_free(atlas_webhook_receiver *receiver);

/* ---- Server connection: deliveries over a socket of your own ---- */

/**
 * One connection on which deliveries come, as bytes in and bytes out, blocking or not: an HTTP/1.1
 * server without I/O, for a socket behind a proxy that terminates TLS, or with your own TLS. It holds
 * no socket and has no timer.
 *
 * Its state is WANT_RECEIVE; then WANT_RESPONSE, when a delivery is complete; then WANT_SEND; then
 * WANT_RECEIVE again, or WANT_CLOSE. Each call that changes it returns the new state. What a peer sends
 * is never an error: a request that is rejected (broken HTTP, another method or target, too large) is a
 * response to send, and then WANT_CLOSE. Requests whose body is no event wait for your response too.
 *
 * Close in stages: shut down the sending side, read and drop what still comes until the end or for
 * two seconds, then close. Over TLS, SSL_shutdown comes first. Otherwise a peer that is still sending
 * loses the last response.
 *
 * One thread at a time uses it; it may move between threads.
 */
typedef struct atlas_webhook_server atlas_webhook_server;

/**
 * atlas_webhook_server_new starts a connection that receives what is for receiver. It keeps a copy of
 * the receiver's settings, so later changes of the receiver do not apply to it. The receiver may be
 * freed or used for further connections.
 *
 * *out is yours: free it with atlas_webhook_server_free.
 *
 * Errors: ARGUMENT if receiver or out is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_new(const atlas_webhook_receiver *receiver,
                                              atlas_webhook_server **out,
                                              atlas_webhook_error **error);

/**
 * atlas_webhook_server_state returns the state: WANT_RECEIVE, WANT_RESPONSE, WANT_SEND or WANT_CLOSE.
 *
 * Returns: ARGUMENT if server is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_state(const atlas_webhook_server *server);

/**
 * atlas_webhook_server_received takes bytes that came in, all of them, and returns the new state. What
 * of the next request came too early is kept. Never pass a byte twice. No bytes change nothing; the end
 * of the input is atlas_webhook_server_received_eof. Nothing is kept of the buffer.
 *
 * Allowed in WANT_RECEIVE, while a 100 Continue waits to be sent, and after a rejection or
 * the end, when the bytes are discarded.
 *
 * Errors: STATE in WANT_RESPONSE and while its response is sent; ARGUMENT, as when len is the -1 of a
 * failed recv(). Nothing is changed, and the bytes are not taken.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_received(atlas_webhook_server *server,
                                                   const void *input,
                                                   size_t len,
                                                   atlas_webhook_error **error);

/**
 * atlas_webhook_server_received_eof says that the peer closed its side of the connection, and returns
 * the new state. Within a request that is its end, without a response. A delivery that is complete is
 * still responded to. Over TLS call it only for a close_notify, or for any end that you accept.
 *
 * Errors: ARGUMENT if server is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_received_eof(atlas_webhook_server *server,
                                                       atlas_webhook_error **error);

/**
 * atlas_webhook_server_timed_out records that your timeout for the peer expired, and returns the new
 * state. An idle connection just closes. Within a request, 408 is sent; in WANT_RESPONSE, 503. A
 * response that the peer does not read is given up.
 *
 * Errors: ARGUMENT if server is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_timed_out(atlas_webhook_server *server,
                                                    atlas_webhook_error **error);

/**
 * atlas_webhook_server_to_send returns the bytes that are left to send. Send some of them, then tell
 * atlas_webhook_server_sent how many.
 *
 * The bytes live until the next call that changes the server, or its free. len may be NULL.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_server_to_send(const atlas_webhook_server *server,
                                         size_t *len);

/**
 * atlas_webhook_server_sent says that the first n bytes of those to send were sent, and returns the new
 * state. When they end a response, what came of the next request is read, so that the state may be
 * WANT_RESPONSE again.
 *
 * Errors: ARGUMENT if there were fewer, as when n is the -1 of a failed send(); nothing is changed.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_sent(atlas_webhook_server *server,
                                               size_t n,
                                               atlas_webhook_error **error);

/**
 * atlas_webhook_server_take_event takes the event of the delivery that waits for its response. It can be
 * taken once, as an event or as the error that it is. The state stays WANT_RESPONSE.
 *
 * *out is yours: free it with atlas_webhook_event_free.
 *
 * Errors: those of atlas_webhook_receiver_read for the body, each with the status to respond with
 * (atlas_webhook_error_response_status); STATE if no delivery waits or its event was taken already.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_take_event(atlas_webhook_server *server,
                                                     atlas_webhook_event **out,
                                                     atlas_webhook_error **error);

/**
 * atlas_webhook_server_delivery_body returns the body of the delivery that waits for its response, as it
 * was sent: its content coding is still there. Store it if its event cannot be taken. Empty unless a
 * delivery waits.
 *
 * The bytes live until the next call that changes the server, or its free. len may be NULL.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_server_delivery_body(const atlas_webhook_server *server,
                                               size_t *len);

/**
 * atlas_webhook_server_delivery_target returns the target of the delivery that waits for its response,
 * as it was sent. It is a secret. Empty unless a delivery waits.
 *
 * The bytes live until the next call that changes the server, or its free. len may be NULL.
 */
ATLAS_WEBHOOK_API
const void *atlas_webhook_server_delivery_target(const atlas_webhook_server *server,
                                                 size_t *len);

/**
 * atlas_webhook_server_respond responds to the delivery, and returns the new state. Respond with 200
 * once its event is stored, with the response status of an error if it is none, and with 503 if it
 * should be sent again. The response has no content. No status closes the connection by itself.
 *
 * Range: http_status is 200 to 599 and not 204, 205 or 304.
 *
 * Errors: ARGUMENT for another status; STATE if no delivery waits. Nothing is changed.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_respond(atlas_webhook_server *server,
                                                  uint32_t http_status,
                                                  atlas_webhook_error **error);

/**
 * atlas_webhook_server_rejection returns why a request was rejected, or why the connection ended within
 * one. OK if no request was rejected. The error has the offset in the request, and the response status
 * for it (atlas_webhook_error_response_status). Nothing is sent after CLOSED_EARLY, or if the peer does
 * not read the response in time. Log it.
 *
 * *error, if error is not NULL, is yours: free it with atlas_webhook_error_free. It is NULL for OK.
 *
 * Errors: PROTOCOL, LIMIT, ENCODING, MALFORMED_DELIVERY (another method), UNTRUSTED (another target),
 * TIMEOUT and CLOSED_EARLY are what it was; ARGUMENT if server is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_rejection(const atlas_webhook_server *server,
                                                    atlas_webhook_error **error);

/**
 * atlas_webhook_server_idle returns 1 in WANT_RECEIVE before the first byte of a request, also on a new
 * connection. Returns 0 in every other state, and for NULL. Allow an idle connection more time than a
 * request: 75 s, for example, instead of 10 s.
 */
ATLAS_WEBHOOK_API
int atlas_webhook_server_idle(const atlas_webhook_server *server);

/**
 * atlas_webhook_server_close ends the connection in order, as when the program stops, and returns the new
 * state: WANT_CLOSE if it is idle. Otherwise the present request is read and responded to first.
 *
 * Errors: ARGUMENT if server is NULL.
 */
ATLAS_WEBHOOK_API
atlas_webhook_status atlas_webhook_server_close(atlas_webhook_server *server,
                                                atlas_webhook_error **error);

/**
 * atlas_webhook_server_free frees a server, in any state. NULL is fine.
 */
ATLAS_WEBHOOK_API void atlas_webhook_server_free(atlas_webhook_server *server);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* ATLAS_WEBHOOK_H */
