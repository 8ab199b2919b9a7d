# The steps of make check. Beside the Debian packages that a step names it needs a compiler for Rust, C and
# C++, make and Python 3.

source tests/checks/tests.sh
source tests/checks/library.sh
source tests/checks/programs.sh
source tests/checks/memory.sh

# Steps that others wait for are first, then long steps, so that none runs alone at the end.
check_steps() {
    step build_tests 'tests and examples, built'
    step build_libraries 'the C library, built with and without the transport'
    step all_tests 'tests in Rust, C and C++' after build_tests
    step python_package 'the Python package' after build_libraries build_tests needs python3-venv
    step build_sanitized 'the C library for AddressSanitizer, built' needs gcc
    step core_tests 'tests of the bare core' after all_tests
    step same_bytes 'a build elsewhere gives the same bytes' after build_libraries
    step python_packages 'packages of Python' after build_libraries needs python3-venv
    step library 'the C library, installed' after build_libraries
    step manual_page 'the manual page' after library needs man-db
    step under_valgrind 'valgrind' after library needs valgrind
    step constant_time 'wrong targets, counted' after library needs valgrind
    step clang_tests 'tests in C and C++ with clang' after all_tests needs clang
    step sanitizers 'AddressSanitizer and UBSan' after build_sanitized build_tests needs gcc g++
    step sanitized_examples 'examples under AddressSanitizer and UBSan' after build_sanitized build_tests \
        needs gcc g++ pkg-config libcurl4-openssl-dev libssl-dev
    step examples 'examples in C and C++' after library build_tests \
        needs pkg-config libcurl4-openssl-dev libssl-dev
    step serving 'examples in C and C++ that serve deliveries' after library \
        needs pkg-config libssl-dev openssl curl
    step examples_under_valgrind 'examples under valgrind' after examples \
        needs valgrind pkg-config libcurl4-openssl-dev libssl-dev
    step faults 'faults of the network, from C' after library build_tests
    step mutated_input 'mutated input, whole and in pieces' after build_libraries
    step small_stack 'the stack that the header names' after library
    step library_without_transport 'the C library without the transport' after build_libraries build_tests
    step build_without_shared_library 'a build without a shared library' after build_libraries build_tests \
        needs pkg-config
    step moved_installation 'an installation that is moved' after build_libraries
    step make_and_paths 'make install, however it is called' after build_libraries
    step installcheck 'make installcheck' after build_libraries needs pkg-config
    step programs_by_cmake 'programs by CMake' after moved_installation build_tests needs cmake
    step cmake_requests 'what CMake accepts' after moved_installation needs cmake
    step programs_by_meson 'programs by Meson' after moved_installation build_tests needs meson ninja-build pkg-config
    step programs_by_pkg_config 'programs by pkg-config' after moved_installation build_tests needs pkg-config
    step pages 'the blocks of code in README.md and docs/' after library python_package build_tests \
        needs pkg-config openssl curl
    step time_limits 'time limits of tests' after library python_package
    step rust_only 'a Rust program pays nothing for the C library'
    step crates 'the crates to publish'
    step lock_files 'lock files'
    step words 'the words of documentation and comments'
    step licenses 'the licences of what the library carries'
}
