"""A plugin of pytest for the runs of mutmut: which tests judge a change, and in which order.

mutmut lets a test judge the functions that the test runs in its own process, after the import of the package. This adds:

* `PROGRAMS` start programs, which inherit the change. They judge the functions `OF_PROGRAMS`.
* `test_imported` imports the package anew. It judges the functions that the import runs.
"""

import gc
import os

import pytest

PROGRAMS = ("tests/test_process.py::", "tests/test_transport.py::test_a_send_while_the_interpreter_ends_ends_too")
OF_PROGRAMS = (
    "atlas_webhook.transport.",
    "atlas_webhook.exchange.",
    "atlas_webhook._handles.",
    "atlas_webhook._forks.",
)
IMPORTED = "tests/test_imported.py::"

imported = set()


def is_choice():
    """Whether mutmut now finds out which test runs which functions."""
    from mutmut.mutation.trampoline import get_mutant_under_test

    return get_mutant_under_test() == "stats"


def pytest_configure():
    """Let the programs of the tests run without mutmut, while it finds out about this process."""
    if is_choice():
        # mutmut has it in a variable, too.
        del os.environ["MUTANT_UNDER_TEST"]


def pytest_runtest_setup():
    """Collect no garbage in mutmut's own functions: they crash if the end of a handle calls them again."""
    if is_choice():
        gc.disable()


def pytest_collection_modifyitems(items):
    """Start with the quickest tests, because the first that fails ends the run. End those that hang."""
    from mutmut.state import state

    seconds = state().duration_by_test
    for item in items:
        # Time enough beside other work.
        item.add_marker(pytest.mark.timeout(20 + 30 * seconds.get(item.nodeid, 10), method="thread"))
    items.sort(key=lambda item: seconds.get(item.nodeid, 0))


def pytest_collection_finish():
    """Find the functions that the import runs. mutmut would let only the first test judge them."""
    from mutmut.state import state

    if is_choice():
        imported.update(state()._stats)
        state()._stats.clear()


def pytest_sessionfinish(exitstatus):
    """Add the tests that mutmut does not choose."""
    from mutmut.state import state

    if not is_choice() or exitstatus:
        return
    for prefix, functions in (
        (PROGRAMS, [name for name in state().current_function_hashes if name.startswith(OF_PROGRAMS)]),
        (IMPORTED, imported),
    ):
        tests = {name for name in state().duration_by_test if name.startswith(prefix)}
        assert tests, f"no test {prefix}"
        for function in functions:
            state().tests_by_mangled_function_name[function] |= tests


def pytest_runtest_logreport(report):
    """Write down which test detected the change."""
    if report.failed:
        with open("detected", "a", encoding="utf-8") as file:
            file.write(f"{os.environ.get('MUTANT_UNDER_TEST')}\t{report.nodeid}\n")
