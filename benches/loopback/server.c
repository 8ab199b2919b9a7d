/* Responds to every request on a connection with the same bytes, one connection after the other, doing as
 * little as it can:
 *
 *     server kept|close [CERTIFICATE KEY]
 *
 * prints its port and serves until it is stopped; with a certificate it speaks TLS. With `close` it closes
 * each connection after the first response. */

#define _GNU_SOURCE

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER(CONNECTION) \
    "HTTP/1.1 200 OK\r\n" \
    "Date: Mon, 31 Aug 2026 20:25:50 GMT\r\n" \
    "Server: nginx\r\n" \
    "Content-Type: application/json;charset=UTF-8\r\n" \
    "Content-Length: 59\r\n" \
    "Connection: " CONNECTION "\r\n" \
    "X-Request-Id: 5f0c8e1a2b7d4c93\r\n" \
    "\r\n" \
    "{\"status\":0,\"msg\":\"success\",\"requestId\":\"5f0c8e1a2b7d4c93\"}"

static SSL_CTX *context;
static const char *answer = ANSWER("keep-alive");
static size_t answer_length = sizeof ANSWER("keep-alive") - 1;
static int closes;

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* The length of the first request in the text, or 0 while it is not whole. */
static size_t request_length(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n"), *field;
    size_t head, length = 0;

    if (end == NULL) return 0;
    head = (size_t)(end + 4 - text);
    field = strcasestr(text, "\r\nContent-Length:");
    if (field != NULL && field < end) length = strtoul(field + 17, NULL, 10);
    return strlen(end + 4) >= length ? head + length : 0;
}

static void serve(int fd, SSL *tls)
{
    char text[16384];
    size_t filled = 0;

    for (;;) {
        size_t room = sizeof text - 1 - filled, length;
        ssize_t n = tls != NULL ? SSL_read(tls, text + filled, (int)room)
                                : recv(fd, text + filled, room, 0);
        if (n <= 0) return;
        filled += (size_t)n;
        text[filled] = 0;
        while ((length = request_length(text)) > 0) {
            n = tls != NULL ? SSL_write(tls, answer, (int)answer_length)
                            : send(fd, answer, answer_length, MSG_NOSIGNAL);
            if (n <= 0 || closes) return;
            filled -= length;
            memmove(text, text + length, filled + 1);
        }
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    signal(SIGPIPE, SIG_IGN);
    if (argc > 1 && strcmp(argv[1], "close") == 0) {
        answer = ANSWER("close");
        answer_length = sizeof ANSWER("close") - 1;
        closes = 1;
    }
    if (argc == 4) {
        context = SSL_CTX_new(TLS_server_method());
        if (SSL_CTX_use_certificate_chain_file(context, argv[2]) != 1
            || SSL_CTX_use_PrivateKey_file(context, argv[3], SSL_FILETYPE_PEM) != 1) {
            ERR_print_errors_fp(stderr);
            return 1;
        }
    }
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0
        || listen(listener, 128) != 0
        || getsockname(listener, (struct sockaddr *)&address, &length) != 0)
        die("listen");
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        SSL *tls = NULL;

        if (fd < 0) die("accept");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        if (context != NULL) {
            tls = SSL_new(context);
            SSL_set_fd(tls, fd);
        }
        if (tls == NULL || SSL_accept(tls) == 1) serve(fd, tls);
        if (tls != NULL) {
            SSL_shutdown(tls);
            SSL_free(tls);
        }
        ERR_clear_error();
        close(fd);
    }
}
