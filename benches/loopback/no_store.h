/* In place of examples/c/serving/store.h: the event is read, and not stored. */

#define STORE_H

#include <atlas_webhook.h>

static inline int store(int folder, const atlas_webhook_event *event)
{
    return folder < 0 || event == NULL;
}

static inline int keep(int folder, const atlas_webhook_server *server)
{
    return folder < 0 || server == NULL;
}
