// Which certificates a transport trusts: trust URL CA-FILE OTHER-CA-FILE, where CA-FILE has the CA of the server.

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "../check.hpp"

using namespace std::chrono_literals;

static aw::transport new_transport()
{
    auto transport = aw::transport::make();
    CHECK(transport && transport->set_timeout(60s) && transport->set_connect_timeout(60s));
    return *std::move(transport);
}

int main(int argc, char **argv)
{
    CHECK(argc == 4);
    if (argc != 4) return EXIT_FAILURE;
    const std::string ca = argv[2], other = argv[3];
    std::ifstream file(ca, std::ios::binary);
    const std::string pem((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());

    const auto endpoint = aw::endpoint::make(argv[1]);
    const auto request = aw::request::registration(*endpoint, "https://example.com/atlas");
    CHECK(request);
    auto by_file = new_transport();
    CHECK(by_file.send(*request).error().code() == aw::status::tls);
    CHECK(by_file.set_ca_file(ca));
    CHECK(by_file.send(*request));
    CHECK(by_file.set_ca_file(other.c_str()));
    CHECK(by_file.send(*request).error().code() == aw::status::tls);

    // A part of a longer text, which no NUL ends.
    const std::string longer = pem + std::string(100, '-');
    auto by_text = new_transport();
    CHECK(by_text.set_ca_pem(std::string_view(longer).substr(0, pem.size())));
    CHECK(by_text.send(*request));
    return check_result();
}
