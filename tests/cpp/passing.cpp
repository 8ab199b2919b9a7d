// A program that passes errors up three functions. Compiled with and without exceptions. It includes
// <error.h>, whose function error must not clash with a name of the library.

#include <cstdio>
#include <string>
#include <string_view>

#if __has_include(<error.h>)
#include <error.h>
#endif

#include "atlas_webhook.hpp"

using namespace atlas_webhook;

static result<endpoint> open(std::string_view base_url)
{
    auto opened = endpoint::make(base_url);
    if (!opened) return opened;
    if (auto set = opened->set_credentials("id", "secret"); !set) return set.error();
    return opened;
}

static result<request> prepare(std::string_view base_url, std::string_view url)
{
    const auto opened = open(base_url);
    if (!opened) return opened.error();
    return request::registration(*opened, url, "XXXXXXXX");
}

// Another type of value, and another way to pass an error on.
static result<std::size_t> count_bytes(std::string_view base_url, std::string_view url)
{
    const auto prepared = prepare(base_url, url);
    if (!prepared) return prepared.error();
    return prepared->bytes().size();
}

static result<void> run(std::string_view base_url, std::string_view url)
{
    if (auto counted = count_bytes(base_url, url); !counted) return std::move(counted).error();
    return {};
}

static bool fails_with(status expected, std::string_view base_url, std::string_view url)
{
    const auto ran = run(base_url, url);
    const webhook_error &error = ran.error();
    const bool as_expected = !ran && error.code() == expected && !error.display().empty();
    if (!as_expected) std::fprintf(stderr, "%s\n", to_string(error.code()).c_str());
    return as_expected;
}

#if defined(__cpp_exceptions)
static std::size_t throwing_count(std::string_view base_url, std::string_view url)
{
    const auto opened = open(base_url).value();
    return request::registration(opened, url).value().bytes().size();
}

static bool throws(status expected, std::string_view base_url, std::string_view url)
{
    try {
        throwing_count(base_url, url);
        return false;
    } catch (const atlas_webhook::exception &thrown) {
        return thrown.error().code() == expected && thrown.what() == thrown.error().display();
    }
}
#else
// Without exceptions there is no value() that could throw.
template <typename T>
static auto has_value_function(int) -> decltype(std::declval<T>().value(), true)
{
    return true;
}

template <typename T>
static bool has_value_function(long)
{
    return false;
}

static bool throws(status, std::string_view, std::string_view)
{
    return !has_value_function<result<request>>(0) && !has_value_function<result<void>>(0);
}
#endif

int main()
{
    const std::string_view server = "https://sandbox.atlaslovestravel.com";
    const std::string_view webhook = "https://example.com/atlas";
    const bool passed = run(server, webhook) && fails_with(status::argument, "no URL", webhook)
                        && fails_with(status::argument, server, "https://example.com/a b")
                        && throws(status::argument, "no URL", webhook)
                        && throws(status::argument, server, "no URL");
    return passed ? 0 : 1;
}
