// One half of a program whose halves are compiled with and without exceptions. MAIN is the half with
// exceptions: there value() throws, whatever the order in which the halves were linked.

#include "atlas_webhook.hpp"

namespace aw = atlas_webhook;

bool half_without_exceptions_works();

#if defined(MAIN)
int main()
{
    if (!half_without_exceptions_works()) return 1;
    const auto failed = aw::endpoint::make("no URL");
    try {
        failed.value();
        return 2;
    } catch (const aw::exception &thrown) {
        return thrown.error().code() == aw::status::argument ? 0 : 3;
    }
}
#else
bool half_without_exceptions_works()
{
    const auto failed = aw::endpoint::make("no URL");
    const auto made = aw::endpoint::make();
    return !failed && failed.error().code() == aw::status::argument && made && *made;
}
#endif
