// What the tests of the C++ header share: a check that counts failures, within the time limit of the program.

#ifndef CHECK_HPP
#define CHECK_HPP

#include <cstdio>
#include <cstdlib>
#include <type_traits>

#include "../c/time_limit.h"
#include "atlas_webhook.hpp"

namespace aw = atlas_webhook;

inline int failures;

#define CHECK(condition) \
    do { \
        TIME_LIMIT_CHECK(); \
        if (!(condition)) { \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            failures++; \
        } \
    } while (0)

// For the end of main.
inline int check_result()
{
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

// The code of no error is argument too: after success, or if the error got lost.
template <typename T>
bool is_rejected(const aw::result<T> &result)
{
    return !result && result.error() && result.error().code() == aw::status::argument;
}

template <typename T>
constexpr bool only_moves = std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>
                            && !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;

#endif
