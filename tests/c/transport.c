/* The transport: with it, and in a build without it, where everything is UNSUPPORTED. */

#define _POSIX_C_SOURCE 200809L

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"

/* A server on this machine that reads one request and gives one response. */
struct server {
    int listener;
    const char *answer;
    void *(*serve)(void *server);
    pthread_t thread;
};

/* Whether the silent server has got a request. */
static pthread_mutex_t silence = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t silent = PTHREAD_COND_INITIALIZER;
static int got_request;

static void *serve(void *argument)
{
    struct server *server = argument;
    int connection = accept(server->listener, NULL, NULL);
    char buffer[4096];
    size_t len = 0;
    ssize_t n;

    /* The body ends in a brace, and nothing else of the request does. */
    while ((n = recv(connection, buffer + len, sizeof buffer - len, 0)) > 0) {
        len += (size_t)n;
        if (buffer[len - 1] == '}') break;
    }
    send(connection, server->answer, strlen(server->answer), MSG_NOSIGNAL);
    close(connection);
    return NULL;
}

static unsigned start(struct server *server, const char *answer)
{
    struct sockaddr_in address;
    socklen_t len = sizeof address;

    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->answer = answer;
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(server->listener, (struct sockaddr *)&address, len) == 0);
    CHECK(listen(server->listener, 1) == 0);
    CHECK(getsockname(server->listener, (struct sockaddr *)&address, &len) == 0);
    CHECK(pthread_create(&server->thread, NULL, server->serve, server) == 0);
    return ntohs(address.sin_port);
}

static void stop(struct server *server)
{
    pthread_join(server->thread, NULL);
    close(server->listener);
}

static atlas_webhook_request *request_to(unsigned port)
{
    atlas_webhook_endpoint *endpoint = NULL;
    atlas_webhook_request *request = NULL;
    char base_url[64];

    snprintf(base_url, sizeof base_url, "http://127.0.0.1:%u", port);
    CHECK_OK(atlas_webhook_endpoint_new(base_url, &endpoint, &error));
    CHECK_OK(atlas_webhook_request_new_registration(endpoint, WEBHOOK, NULL, &request, &error));
    atlas_webhook_endpoint_free(endpoint);
    return request;
}

static void it_sends_and_judges(void)
{
    struct server server;
    atlas_webhook_transport *transport = NULL;
    atlas_webhook_request *request;
    atlas_webhook_reply *reply = NULL;
    atlas_webhook_error *error = NULL;

    server.serve = serve;
    CHECK_OK(atlas_webhook_transport_new(&transport, &error));
    CHECK_OK(atlas_webhook_transport_set_timeout_ms(transport, 10000, &error));
    CHECK_OK(atlas_webhook_transport_set_connect_timeout_ms(transport, 10000, &error));

    request = request_to(start(&server, "HTTP/1.1 200 OK\r\nConnection: close\r\n"
                                        "Content-Length: 12\r\n\r\n{\"status\":0}"));
    CHECK_OK(atlas_webhook_transport_send(transport, request, NULL, &reply, &error));
    CHECK(atlas_webhook_reply_http_status(reply) == 200);
    CHECK(atlas_webhook_reply_attempts(reply) == 1);
    atlas_webhook_reply_free(reply);
    atlas_webhook_request_free(request);
    stop(&server);

    reply = UNTOUCHED;
    request = request_to(start(&server, "HTTP/1.1 200 OK\r\nConnection: close\r\n"
                                        "Content-Length: 14\r\n\r\n{\"status\":902}"));
    CHECK(atlas_webhook_transport_send(transport, request, NULL, &reply, &error)
          == ATLAS_WEBHOOK_ERR_REFUSED);
    CHECK(atlas_webhook_error_api_status(error) == ATLAS_WEBHOOK_API_ACCESS_DENIED);
    CHECK(atlas_webhook_error_attempts(error) == 1);
    CHECK(atlas_webhook_error_os_error(error) == 0);
    CHECK(reply == UNTOUCHED);
    atlas_webhook_error_free(error);
    stop(&server);

    /* Nobody listens there any more. */
    CHECK(atlas_webhook_transport_send(transport, request, NULL, &reply, &error)
          == ATLAS_WEBHOOK_ERR_CONNECT);
    CHECK(atlas_webhook_error_os_error(error) == ECONNREFUSED);
    atlas_webhook_error_free(error);
    error = NULL;
    atlas_webhook_request_free(request);
    atlas_webhook_transport_free(transport);
}

static void arguments_are_checked(void)
{
    atlas_webhook_transport *transport = NULL;
    atlas_webhook_request *request = new_request();
    atlas_webhook_reply *reply = UNTOUCHED;

    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_transport_new(NULL, &error));
    CHECK_OK(atlas_webhook_transport_new(&transport, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_set_timeout_ms(NULL, 1, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_set_timeout_ms(transport, 0, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_set_connect_timeout_ms(NULL, 1, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_set_connect_timeout_ms(transport, 0, &error));
    CHECK_OK(atlas_webhook_transport_set_timeout_ms(transport, 86400000, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_set_timeout_ms(transport, 86400001, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_set_connect_timeout_ms(transport, UINT32_MAX, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_transport_set_proxy(NULL, NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_set_proxy(transport, NOT_UTF8, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_transport_use_env_proxy(NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_transport_set_ca_file(NULL, "x", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_set_ca_file(transport, NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_set_ca_file(transport, NOT_UTF8, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_set_ca_pem(NULL, "x", 1, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_set_ca_pem(transport, NULL, 1, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_set_ca_pem(transport, NULL, 0, &error));
    atlas_webhook_transport_close_idle(NULL);
    atlas_webhook_transport_close_idle(transport);
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_transport_set_retries(NULL, 1, &error));
    CHECK_OK(atlas_webhook_transport_set_retries(transport, 0, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_send(NULL, request, NULL, &reply, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_send(transport, NULL, NULL, &reply, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_send(transport, request, NULL, NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_cancel_new(NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT, atlas_webhook_cancel_now(NULL, &error));
    CHECK(reply == UNTOUCHED);
    atlas_webhook_request_free(request);
    atlas_webhook_transport_free(transport);
}

static void settings_are_taken_or_refused_with_a_reason(void)
{
    atlas_webhook_transport *transport = NULL;
    atlas_webhook_error *error = NULL;

    CHECK_OK(atlas_webhook_transport_new(&transport, &error));
    CHECK_OK(atlas_webhook_transport_set_proxy(transport, "http://u:p@127.0.0.1:3128", &error));
    CHECK_OK(atlas_webhook_transport_set_proxy(transport, NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_set_proxy(transport, "http://", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_UNSUPPORTED,
                atlas_webhook_transport_set_proxy(transport, "socks5://127.0.0.1:1080", &error));
    CHECK(atlas_webhook_transport_set_ca_file(transport, "no/such/file.pem", &error)
          == ATLAS_WEBHOOK_ERR_ARGUMENT);
    CHECK(atlas_webhook_error_os_error(error) == ENOENT);
    CHECK(strstr(atlas_webhook_error_message(error, NULL), "no/such/file.pem") != NULL);
    atlas_webhook_error_free(error);
    error = NULL;
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_ARGUMENT,
                atlas_webhook_transport_set_ca_pem(transport, "no certificate", 14, &error));
    CHECK_OK(atlas_webhook_transport_set_retries(transport, UINT32_MAX, &error));
    atlas_webhook_transport_free(transport);
}

/* A server that accepts and stays silent until the client goes away. */
static void *stay_silent(void *argument)
{
    struct server *server = argument;
    int connection = accept(server->listener, NULL, NULL);
    char buffer[4096];

    while (recv(connection, buffer, sizeof buffer, 0) > 0) {
        pthread_mutex_lock(&silence);
        got_request = 1;
        pthread_cond_signal(&silent);
        pthread_mutex_unlock(&silence);
    }
    close(connection);
    return NULL;
}

/* Cancels once the request has reached the server. */
static void *cancel_it(void *cancel)
{
    pthread_mutex_lock(&silence);
    while (!got_request) pthread_cond_wait(&silent, &silence);
    pthread_mutex_unlock(&silence);
    CHECK_OK(atlas_webhook_cancel_now(cancel, &error));
    return NULL;
}

static void a_cancelled_call_is_over_at_once_and_stays_so(void)
{
    struct server server;
    atlas_webhook_transport *transport = NULL;
    atlas_webhook_cancel *cancel = NULL;
    atlas_webhook_request *request;
    atlas_webhook_reply *reply = UNTOUCHED;
    pthread_t canceller;

    CHECK_OK(atlas_webhook_transport_new(&transport, &error));
    CHECK_OK(atlas_webhook_transport_set_timeout_ms(transport, 60000, &error));
    CHECK_OK(atlas_webhook_cancel_new(&cancel, &error));
    server.serve = stay_silent;
    request = request_to(start(&server, ""));
    CHECK(pthread_create(&canceller, NULL, cancel_it, cancel) == 0);
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_CANCELLED,
                atlas_webhook_transport_send(transport, request, cancel, &reply, &error));
    pthread_join(canceller, NULL);
    stop(&server);

    /* Used once, it ends every later call before it starts. */
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_CANCELLED,
                atlas_webhook_transport_send(transport, request, cancel, &reply, &error));
    CHECK_OK(atlas_webhook_cancel_now(cancel, &error));
    CHECK(reply == UNTOUCHED);
    atlas_webhook_request_free(request);
    atlas_webhook_cancel_free(cancel);
    atlas_webhook_transport_free(transport);
}

static void without_the_transport_everything_is_unsupported(void)
{
    atlas_webhook_request *request = new_request();
    atlas_webhook_transport *transport = UNTOUCHED;
    atlas_webhook_cancel *cancel = UNTOUCHED;
    atlas_webhook_reply *reply = UNTOUCHED;

    CHECK_FAILS(ATLAS_WEBHOOK_ERR_UNSUPPORTED, atlas_webhook_transport_new(&transport, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_UNSUPPORTED,
                atlas_webhook_transport_set_timeout_ms(NULL, 1, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_UNSUPPORTED,
                atlas_webhook_transport_set_connect_timeout_ms(NULL, 1, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_UNSUPPORTED, atlas_webhook_transport_set_proxy(NULL, NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_UNSUPPORTED, atlas_webhook_transport_use_env_proxy(NULL, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_UNSUPPORTED, atlas_webhook_transport_set_ca_file(NULL, "x", &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_UNSUPPORTED,
                atlas_webhook_transport_set_ca_pem(NULL, "x", 1, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_UNSUPPORTED, atlas_webhook_transport_set_retries(NULL, 1, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_UNSUPPORTED,
                atlas_webhook_transport_send(NULL, request, NULL, &reply, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_UNSUPPORTED, atlas_webhook_cancel_new(&cancel, &error));
    CHECK_FAILS(ATLAS_WEBHOOK_ERR_UNSUPPORTED, atlas_webhook_cancel_now(NULL, &error));
    CHECK(transport == UNTOUCHED && cancel == UNTOUCHED && reply == UNTOUCHED);
    atlas_webhook_request_free(request);
}

int main(void)
{
    if (atlas_webhook_features() & ATLAS_WEBHOOK_FEATURE_TRANSPORT) {
        it_sends_and_judges();
        arguments_are_checked();
        settings_are_taken_or_refused_with_a_reason();
        a_cancelled_call_is_over_at_once_and_stays_so();
    } else {
        without_the_transport_everything_is_unsupported();
    }
    atlas_webhook_transport_free(NULL);
    atlas_webhook_cancel_free(NULL);
    return check_result();
}
