/* A plugin that links the static library: it exports its own function alone. */

#include <atlas_webhook.h>

const char *plugin_version(void);

const char *plugin_version(void)
{
    return atlas_webhook_version();
}
