/* The floor: bytes written by hand, and a look for the yes in what comes back. */

#include "client.h"

static const char REQUEST[] =
    "POST /updateWebhookURL.do HTTP/1.1\r\n"
    "Host: 127.0.0.1\r\n"
    "Content-Type: application/json\r\n"
    "Accept: application/json\r\n"
    "Accept-Encoding: gzip\r\n"
    "x-atlas-client-id: " CLIENT_ID "\r\n"
    "x-atlas-client-secret: " CLIENT_SECRET "\r\n"
    "Content-Length: 77\r\n"
    "\r\n" BODY;

static int fd;

static void start(const char *url, const char *ca_file)
{
    (void)ca_file;
    _Static_assert(sizeof BODY - 1 == 77, "as Content-Length says");
    fd = connected(url);
}

static void once(void)
{
    char answer[4096];
    ssize_t n;

    if (send(fd, REQUEST, sizeof REQUEST - 1, MSG_NOSIGNAL) != sizeof REQUEST - 1) die("not sent");
    n = recv(fd, answer, sizeof answer, 0);
    if (n <= 0 || memmem(answer, (size_t)n, "\"status\":0", 10) == NULL) die("no yes");
}

static void end(void)
{
    close(fd);
}
