/* A TLS server by OpenSSL that sends a session ticket after each response:
 *
 *     cc tickets.c $(pkg-config --cflags --libs openssl) -o tickets
 *     ./tickets CERTIFICATE KEY
 *
 * It prints its port. For each registration it prints `connection N request M`, followed by `resumed` if the session of
 * the connection was resumed. It serves one connection at a time, until it is killed. */

#define _POSIX_C_SOURCE 200809L

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#define RESPONSE "HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{\"status\":0,\"msg\":\"success\"}"

/* Reads a request, which ends with the only brace in it; 0 at the end of the connection. */
static int read_request(SSL *ssl)
{
    char piece[4096];
    int length;

    do {
        length = SSL_read(ssl, piece, sizeof piece);
        if (length <= 0) return 0;
    } while (piece[length - 1] != '}');
    return 1;
}

static int serve(SSL *ssl, int connection)
{
    const struct timespec pause = {0, 20000000};
    int request;

    if (SSL_accept(ssl) != 1) return 0;
    for (request = 1; read_request(ssl); request++) {
        if (SSL_write(ssl, RESPONSE, (int)strlen(RESPONSE)) <= 0) return 0;
        /* A record of its own, after the client has read the response. */
        nanosleep(&pause, NULL);
        if (SSL_new_session_ticket(ssl) != 1 || SSL_do_handshake(ssl) != 1) return 0;
        printf("connection %d request %d%s\n", connection, request, SSL_session_reused(ssl) ? " resumed" : "");
        fflush(stdout);
    }
    return 1;
}

/* Returns the listener, and its address; -1 on failure. */
static int listen_at(struct sockaddr_in *address)
{
    socklen_t length = sizeof *address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    memset(address, 0, sizeof *address);
    address->sin_family = AF_INET;
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)address, length) != 0 || listen(listener, 8) != 0
        || getsockname(listener, (struct sockaddr *)address, &length) != 0)
        return -1;
    return listener;
}

int main(int argc, char **argv)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    struct sockaddr_in address;
    int listener = listen_at(&address), connection;

    if (argc != 3 || context == NULL || listener < 0 || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1
        || SSL_CTX_use_certificate_chain_file(context, argv[1]) != 1
        || SSL_CTX_use_PrivateKey_file(context, argv[2], SSL_FILETYPE_PEM) != 1
        /* No ticket belongs to the handshake. */
        || SSL_CTX_set_num_tickets(context, 0) != 1) {
        ERR_print_errors_fp(stderr);
        return 2;
    }
    /* The client may close first. */
    signal(SIGPIPE, SIG_IGN);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (connection = 1;; connection++) {
        int accepted = accept(listener, NULL, NULL);
        SSL *ssl = SSL_new(context);

        if (accepted < 0 || ssl == NULL || SSL_set_fd(ssl, accepted) != 1) return 2;
        serve(ssl, connection);
        SSL_free(ssl);
        close(accepted);
    }
}
