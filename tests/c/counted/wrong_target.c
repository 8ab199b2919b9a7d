/* Reads deliveries for a wrong target, for a tool that counts instructions: wrong_target TARGET */

#include <stdlib.h>
#include <string.h>

#include "atlas_webhook.h"

#define URL "https://example.com/atlas/0123456789abcdef0123456789abcdef?token=x"

int main(int argc, char **argv)
{
    atlas_webhook_receiver *receiver = NULL;
    int i, wrong = 0;

    if (argc != 2 || atlas_webhook_receiver_new(URL, &receiver, NULL) != ATLAS_WEBHOOK_OK) {
        return EXIT_FAILURE;
    }
    for (i = 0; i < 100; i++) {
        atlas_webhook_event *event = NULL;
        atlas_webhook_error *error = NULL;

        wrong += atlas_webhook_receiver_read(receiver, "POST", 4, argv[1], strlen(argv[1]), NULL, 0,
                                             "{}", 2, &event, &error)
                     == ATLAS_WEBHOOK_ERR_UNTRUSTED
                 && atlas_webhook_error_response_status(error) == 404;
        atlas_webhook_error_free(error);
    }
    atlas_webhook_receiver_free(receiver);
    return wrong == 100 ? EXIT_SUCCESS : EXIT_FAILURE;
}
