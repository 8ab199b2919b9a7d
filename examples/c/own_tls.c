/* Registers a webhook over a blocking socket of its own, with TLS by OpenSSL for https endpoints:
 *
 *     cc own_tls.c $(pkg-config --cflags --libs atlas_webhook openssl) -o own_tls
 *     ./own_tls https://sandbox.atlaslovestravel.com https://example.com/atlas/t0ken XXXXXXXX
 *
 * OpenSSL trusts its own store, or what SSL_CERT_FILE names. */

#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <atlas_webhook.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#define TIMEOUT_MS 15000 /* for everything except name resolution */

/* Prints all details of an error. The display contains the text of the API, escaped. */
static void print_error(const atlas_webhook_error *error)
{
    fprintf(stderr, "not registered: %s\n", atlas_webhook_error_display(error, NULL));
    fprintf(stderr, "  status %" PRId32 " (%s), HTTP status %u\n",
            atlas_webhook_error_status(error),
            atlas_webhook_status_name(atlas_webhook_error_status(error)),
            atlas_webhook_error_http_status(error));
    if (atlas_webhook_error_api_status(error) != ATLAS_WEBHOOK_ABSENT)
        fprintf(stderr, "  API status %" PRId64 "\n", atlas_webhook_error_api_status(error));
    if (atlas_webhook_error_offset(error) != UINT64_MAX)
        fprintf(stderr, "  at byte %" PRIu64 "\n", atlas_webhook_error_offset(error));
    if (atlas_webhook_error_retryable(error))
        fprintf(stderr, "  retryable, after %" PRId64 " s (-1: the server named no time)\n",
                atlas_webhook_error_retry_after(error));
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Waits until a call that failed can be repeated. Returns 0, or -1 if it failed permanently or the time is over. */
static int wait_for(BIO *bio, long long deadline)
{
    const long long left = deadline - now_ms();
    struct pollfd ready = {0};

    if (!BIO_should_retry(bio) || left <= 0) return -1;
    BIO_get_fd(bio, &ready.fd);
    ready.events = BIO_should_read(bio) ? POLLIN : POLLOUT;
    return poll(&ready, 1, (int)left) < 0 && errno != EINTR ? -1 : 0;
}

/* A non-blocking connection, with TLS if the request requires it. NULL if there is no connection. */
static BIO *connect_to(const atlas_webhook_request *request, SSL_CTX *context, long long deadline)
{
    const char *host = atlas_webhook_request_host(request, NULL);
    char name[300], port[6];
    BIO *bio;
    SSL *ssl;

    snprintf(port, sizeof port, "%u", atlas_webhook_request_port(request));
    if (atlas_webhook_request_is_tls(request)) {
        bio = BIO_new_ssl_connect(context);
        if (bio == NULL) return NULL;
        BIO_get_ssl(bio, &ssl);
        /* The certificate must be valid for the host: an address, or a name, which is also sent as SNI. */
        if (!X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host)) {
            SSL_set1_host(ssl, host);
            SSL_set_tlsext_host_name(ssl, host);
        }
    } else {
        bio = BIO_new(BIO_s_connect());
        if (bio == NULL) return NULL;
    }
    /* OpenSSL reads a colon as the start of a port, so an IPv6 address is passed in brackets. */
    snprintf(name, sizeof name, strchr(host, ':') != NULL ? "[%s]" : "%s", host);
    BIO_set_conn_hostname(bio, name);
    BIO_set_conn_port(bio, port);
    BIO_set_nbio(bio, 1);
    while (BIO_do_connect(bio) <= 0) {
        if (wait_for(bio, deadline) != 0) {
            BIO_free_all(bio);
            return NULL;
        }
    }
    return bio;
}

/* Whether the peer ended its side in order: without TLS by closing, with it by a close_notify. */
static int is_clean_end(BIO *bio)
{
    SSL *ssl = NULL;
    BIO_get_ssl(bio, &ssl);
    return ssl == NULL || (SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
}

/* Moves bytes until the exchange is over. Returns 0, or -1 if the connection failed. */
static int run(BIO *bio, atlas_webhook_exchange *exchange, long long deadline)
{
    for (;;) {
        char buffer[4096];
        const void *bytes;
        size_t len;
        int n;

        switch (atlas_webhook_exchange_state(exchange)) {
        case ATLAS_WEBHOOK_WANT_SEND:
            bytes = atlas_webhook_exchange_to_send(exchange, &len);
            n = BIO_write(bio, bytes, (int)len);
            if (n > 0) atlas_webhook_exchange_sent(exchange, (size_t)n, NULL);
            else if (wait_for(bio, deadline) != 0) return -1;
            break;
        case ATLAS_WEBHOOK_WANT_RECEIVE:
            n = BIO_read(bio, buffer, sizeof buffer);
            if (n > 0) atlas_webhook_exchange_received(exchange, buffer, (size_t)n, NULL, NULL);
            else if (n == 0 && is_clean_end(bio)) atlas_webhook_exchange_received_eof(exchange, NULL);
            else if (wait_for(bio, deadline) != 0) return -1;
            break;
        default:
            return 0;
        }
    }
}

int main(int argc, char **argv)
{
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *request = NULL;
    atlas_webhook_exchange *exchange = NULL;
    atlas_webhook_reply *reply = NULL;
    atlas_webhook_error *error = NULL;
    SSL_CTX *context;
    BIO *bio = NULL;
    const long long deadline = now_ms() + TIMEOUT_MS;
    int result = 1;

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: %s ENDPOINT URL [CID]\n", argv[0]);
        return 2;
    }
    /* OpenSSL writes without MSG_NOSIGNAL. */
    signal(SIGPIPE, SIG_IGN);
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_default_verify_paths(context);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    if (atlas_webhook_endpoint_new(argv[1], &endpoint, &error) != ATLAS_WEBHOOK_OK
        || atlas_webhook_request_new_registration(endpoint, argv[2], argv[3], &request, &error)
               != ATLAS_WEBHOOK_OK
        || atlas_webhook_exchange_new(request, &exchange, &error) != ATLAS_WEBHOOK_OK) {
        print_error(error);
    } else if ((bio = connect_to(request, context, deadline)) == NULL || run(bio, exchange, deadline) != 0) {
        fprintf(stderr, "not registered: the connection failed\n");
        ERR_print_errors_fp(stderr);
    } else if (atlas_webhook_exchange_take_reply(exchange, &reply, &error) != ATLAS_WEBHOOK_OK) {
        print_error(error);
    } else {
        printf("registered: HTTP status %u\n", atlas_webhook_reply_http_status(reply));
        result = 0;
    }
    BIO_free_all(bio);
    SSL_CTX_free(context);
    atlas_webhook_error_free(error);
    atlas_webhook_reply_free(reply);
    atlas_webhook_exchange_free(exchange);
    atlas_webhook_request_free(request);
    atlas_webhook_endpoint_free(endpoint);
    return result;
}
