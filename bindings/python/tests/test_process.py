"""What concerns a whole process: its end, its signals, its children, its memory, its threads."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from conftest import YES, Answering, Certificates, StartSandbox, python

SLOW = ("--delay", "30000")

SET_UP = """
import _thread, os, signal, sys, threading, time
import atlas_webhook as aw
address = sys.argv[1]
request = aw.Request.registration(aw.Endpoint(address), "https://example.com/atlas", "XXXXXXXX")
"""


def test_the_end_of_the_interpreter_with_live_handles(start_sandbox: StartSandbox) -> None:
    start = time.monotonic()
    ended = python(
        SET_UP
        + """
slow = aw.Request.registration(aw.Endpoint(sys.argv[2]), "https://example.com/atlas")
transport, exchange = aw.Transport(timeout=30), aw.Exchange(request)
try:
    request.reply(500, None, b"")
except aw.ServerError as caught:
    error = caught
cycle = [request, transport, exchange, error]
cycle.append(cycle)
threading.Thread(target=transport.send, args=(slow,), daemon=True).start()
time.sleep(0.3)
""",
        start_sandbox(),
        start_sandbox(*SLOW),
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    # It does not wait for the send that is under way, which takes 30 s.
    assert time.monotonic() - start < 20


INTERRUPTED = (
    SET_UP
    + """
# A shell starts what runs in the background with this signal ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
print("sending", flush=True)
try:
    with aw.Transport(timeout=30) as transport:
        transport.send(request)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    raise
"""
)


def test_ctrl_c_ends_a_blocked_call_at_once(start_sandbox: StartSandbox) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, start_sandbox(*SLOW)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "sending\n"
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        # The send would take 30 s.
        stdout, stderr = process.communicate(timeout=20)
    assert stdout == "interrupted\n"
    assert stderr.rstrip().endswith("KeyboardInterrupt")
    assert process.returncode == -signal.SIGINT


CAUGHT = (
    SET_UP
    + """
signal.signal(signal.SIGINT, signal.default_int_handler)
transport = aw.Transport(timeout=60)
try:
    transport.send(request)
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.stdin.read()
"""
)


def test_ctrl_c_ends_the_send_itself_and_not_only_the_wait_for_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with subprocess.Popen(
            [sys.executable, "-c", CAUGHT, address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            listener.settimeout(20)
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(10)
                request = b""
                while not request.endswith(b"}"):
                    request += connection.recv(4096)
                process.send_signal(signal.SIGINT)
                assert process.stdout.readline() == "interrupted\n"
                # The process and its transport live on.
                try:
                    assert connection.recv(1) == b""
                    assert process.poll() is None
                finally:
                    process.communicate("", timeout=20)
        assert process.returncode == 0


def test_a_signal_handler_may_cancel_and_the_transport_lives_on(
    start_sandbox: StartSandbox,
) -> None:
    ended = python(
        SET_UP
        + """
fast = aw.Request.registration(aw.Endpoint(sys.argv[2]), "https://example.com/atlas")
transport = aw.Transport(timeout=30)
signal.signal(signal.SIGALRM, lambda *_: transport.cancel())
signal.setitimer(signal.ITIMER_REAL, 0.5)
try:
    transport.send(request)
except aw.CancelledError:
    pass
assert transport.send(fast).message == "success"

class Stop(Exception):
    pass
def stop(*_):
    raise Stop
signal.signal(signal.SIGALRM, stop)
signal.setitimer(signal.ITIMER_REAL, 0.5)
try:
    transport.send(request)
except Stop:
    pass
assert transport.send(fast).message == "success"
assert not transport._sends
""",
        start_sandbox(*SLOW),
        start_sandbox(),
        timeout=20,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_signal_handler_that_raises_during_a_send_breaks_no_thread(sandbox: str) -> None:
    ended = python(
        SET_UP
        + """
class Stop(Exception):
    pass
def stop(*_):
    raise Stop
signal.signal(signal.SIGALRM, stop)
transport, threads = aw.Transport(), threading.enumerate()
started = 0
def start(*arguments, real=_thread.start_new_thread):
    global started
    started += sys.gettrace() is not None
    return real(*arguments)
_thread.start_new_thread = threading._start_new_thread = start

def interrupted(step):
    # The signal arrives at this step of the package, or of what it calls.
    def trace(frame, event, _):
        nonlocal step
        frame.f_trace_opcodes = frame.f_code.co_filename == aw.transport.__file__
        # Python 3.9 loses the exception of an event that another one follows at once.
        frame.f_trace_lines = not frame.f_trace_opcodes
        step -= 1
        if step == 0:
            signal.raise_signal(signal.SIGALRM)
        return trace
    sys.settrace(trace)
    try:
        transport.send(request)
    except Stop:
        return True
    finally:
        sys.settrace(None)
    return False

step = 1
while interrupted(step):
    # The other threads can still send.
    thread = threading.Thread(target=transport.send, args=(request,))
    thread.start()
    thread.join()
    step += 1
while _thread._count():
    time.sleep(0.01)
assert threading.enumerate() == threads
# It arrived before and after the start.
assert 5 < started < step - 5, (started, step)
""",
        sandbox,
        timeout=60,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_signal_handler_may_use_what_it_interrupts(sandbox: str) -> None:
    ended = python(
        SET_UP
        + """
transport, exchange = aw.Transport(), aw.Exchange(request)
states = []
def handle(*_):
    states.append(exchange.state)
    transport.cancel()
signal.signal(signal.SIGALRM, handle)

# Within the lock of the exchange, and within a send.
def sent(*arguments, real=aw.exchange.lib.atlas_webhook_exchange_sent):
    signal.raise_signal(signal.SIGALRM)
    return real(*arguments)
aw.exchange.lib.atlas_webhook_exchange_sent = sent
class Sends(set):
    def add(self, send):
        signal.raise_signal(signal.SIGALRM)
        super().add(send)
transport._sends = Sends()

exchange.sent(1)
assert transport.send(request).message == "success"
assert states == [aw.State.WANT_SEND] * 2
""",
        sandbox,
        timeout=20,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_transport_made_before_a_fork_works_in_the_child(start_sandbox: StartSandbox) -> None:
    ended = python(
        SET_UP
        + """
import gc, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # of a fork while there are threads
slow = aw.Request.registration(aw.Endpoint(sys.argv[2]), "https://example.com/atlas")
transport, exchange = aw.Transport(timeout=30), aw.Exchange(request)
closed = aw.Transport()
closed.close()
transport.send(request)
parents = transport._handle.value
blocked = threading.Thread(target=transport.send, args=(slow,), daemon=True)
blocked.start()
time.sleep(0.3)

child = os.fork()
if child == 0:
    # No call of the child gets the handle of the parent, whose threads and locks stayed behind.
    for name in list(vars(aw.transport.lib)):
        if "_transport_" in name:
            function = getattr(aw.transport.lib, name)
            def checked(first, *rest, function=function):
                if getattr(first, "value", first) == parents and "_new" not in function.__name__:
                    os._exit(3)
                return function(first, *rest)
            setattr(aw.transport.lib, name, checked)
    transport.cancel()
    results = []
    def send():
        results.append(transport.send(request).message)
    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert results == ["success"] * 4
    try:
        closed.send(request)
    except aw.StateError:
        pass
    else:
        os._exit(4)
    transport.close()
    del transport
    gc.collect()
    assert exchange.to_send() == bytes(request)
    os._exit(0)

assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert transport.send(request).message == "success"
""",
        start_sandbox(),
        start_sandbox(*SLOW),
    )
    assert (ended.returncode, ended.stderr) == (0, "")


FORKED = (
    SET_UP
    + """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)  # of a fork while there are threads
slow = aw.Request.registration(aw.Endpoint(sys.argv[2]), "https://example.com/atlas")
transport = aw.Transport(timeout=30)
child = None
def fork(*_):
    global child
    child = os.fork()
    if child == 0:
        signal.alarm(20)
    else:
        transport.cancel()
signal.signal(signal.SIGUSR1, fork)
def outcome():
    try:
        return transport.send(slow).message
    except aw.AtlasWebhookError as error:
        return f"{type(error).__name__}: {error}"
    finally:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
def check():
    try:
        found = outcome()
        assert child is not None
        if child == 0:
            assert found == "StateError: this process was forked during the send", found
        else:
            assert found.startswith("CancelledError: "), found
        assert transport.send(request).message == "success"
    except BaseException as problem:
        print(child, repr(problem), flush=True)
        os._exit(3)
    if child == 0:
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""
)


def test_a_send_during_which_a_signal_handler_forks_ends_in_the_child(
    start_sandbox: StartSandbox,
) -> None:
    ended = python(
        FORKED
        + """
# While the main thread waits.
def sent(*arguments, real=aw.transport.lib.atlas_webhook_transport_send):
    if child is None:
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1)).start()
    return real(*arguments)
aw.transport.lib.atlas_webhook_transport_send = sent
check()
""",
        start_sandbox(),
        start_sandbox(*SLOW),
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_send_before_which_a_signal_handler_forks_does_not_start_in_the_child(
    start_sandbox: StartSandbox,
) -> None:
    ended = python(
        FORKED
        + """
def start(*arguments, real=_thread.start_new_thread):
    if child is None:
        signal.raise_signal(signal.SIGUSR1)
    return real(*arguments)
_thread.start_new_thread = start
parents = transport._handle.value
def sent(*arguments, real=aw.transport.lib.atlas_webhook_transport_send):
    if child == 0 and arguments[0].value == parents:
        os._exit(4)
    return real(*arguments)
aw.transport.lib.atlas_webhook_transport_send = sent
check()
""",
        start_sandbox(),
        start_sandbox(*SLOW),
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_send_that_is_over_at_a_fork_keeps_its_outcome_in_the_child(
    start_sandbox: StartSandbox,
) -> None:
    ended = python(
        SET_UP
        + """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
transport = aw.Transport(timeout=30)
def start(call, arguments, real=_thread.start_new_thread):
    global child
    _thread.start_new_thread = real
    call(*arguments)
    child = os.fork()
_thread.start_new_thread = start
assert transport.send(request).message == "success"
if child == 0:
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
""",
        start_sandbox(),
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_transport_has_the_same_settings_in_the_child(
    sandbox: str, certificates: Certificates
) -> None:
    ended = python(
        SET_UP
        + """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
calls = []
for name in ("timeout_ms", "connect_timeout_ms", "retries", "proxy", "ca_pem"):
    name = f"atlas_webhook_transport_set_{name}"
    def record(handle, *arguments, name=name, real=getattr(aw.transport.lib, name)):
        calls.append((name, arguments[:-1]))
        return real(handle, *arguments)
    setattr(aw.transport.lib, name, record)

transport = aw.Transport(
    timeout=7, connect_timeout=3, retries=2, proxy=address, ca_file=sys.argv[2]
)
of_parent = calls.copy()
assert len(of_parent) == 5
calls.clear()
child = os.fork()
if child == 0:
    transport.close_idle()
    os._exit(0 if calls == of_parent else 3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
""",
        sandbox,
        str(certificates.ca_file),
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_child_does_not_read_the_certificates_again(
    answering: Answering, certificates: Certificates, tmp_path: Path
) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.write_bytes(certificates.ca_file.read_bytes())
    ended = python(
        SET_UP
        + """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
with open(sys.argv[2], "rb") as file:
    text = bytearray(file.read())
second = aw.Request.registration(aw.Endpoint(sys.argv[3]), "https://example.com/atlas")
by_file, by_text = aw.Transport(ca_file=sys.argv[2]), aw.Transport(ca_pem=text)
os.unlink(sys.argv[2])
text[:] = b"changed"
child = os.fork()
if child == 0:
    try:
        assert by_file.send(request).message == "success"
        assert by_text.send(second).message == "success"
    except BaseException as problem:
        print(repr(problem), flush=True)
        os._exit(3)
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
""",
        answering(YES, tls=certificates.server),
        str(ca_file),
        answering(YES, tls=certificates.server),
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_the_child_reads_the_proxies_of_the_environment_again(nobody: str, sandbox: str) -> None:
    ended = python(
        SET_UP
        + """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
os.environ["http_proxy"] = sys.argv[2]
transport = aw.Transport(use_env_proxy=True)
def outcome():
    try:
        return transport.send(request).message
    except aw.AtlasWebhookError as error:
        return type(error).__name__
for value, expected in ((sys.argv[2], "ProxyError"), ("", "success"), ("ftp://x", "ArgumentError")):
    os.environ["http_proxy"] = value
    assert outcome() == "ProxyError"
    child = os.fork()
    if child == 0:
        os._exit(0 if outcome() == expected else 3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
""",
        sandbox,
        nobody,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_child_does_not_free_the_handles_of_its_parent(start_sandbox: StartSandbox) -> None:
    ended = python(
        SET_UP
        + """
import gc, warnings
warnings.simplefilter("ignore", DeprecationWarning)
freed = []
for name in ("atlas_webhook_transport_free", "atlas_webhook_cancel_free"):
    def free(owner, real=getattr(aw.transport.lib, name)):
        freed.append(owner._as_parameter_)
        real(owner)
    setattr(aw.transport.lib, name, free)

transport, cancel = aw.Transport(), aw.transport._Send(None)
transport.send(request)
# What a thread of the parent holds is never freed in the child.
while _thread._count():
    time.sleep(0.01)
parents = {transport._handle.value, cancel._cancel.value}
assert not parents & set(freed)

child = os.fork()
if child == 0:
    transport.send(request)
    own = transport._handle.value
    del transport, cancel
    gc.collect()
    os._exit(0 if own in freed and not parents & set(freed) else 3)

assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
del transport, cancel
gc.collect()
assert parents <= set(freed)
""",
        start_sandbox(),
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_an_exception_of_a_signal_handler_does_not_keep_a_handle_from_being_freed() -> None:
    ended = python(
        SET_UP
        + """
import ctypes, weakref
from atlas_webhook import _handles
endpoint = aw.Endpoint(address)

class Interrupted(Exception):
    pass
def interrupt(*_):
    raise Interrupted
signal.signal(signal.SIGALRM, interrupt)

# Called first when a handle goes, and not by Python code, before which the handler would run.
class Signal(weakref.ref):
    _as_parameter_ = signal.SIGALRM
arrive = ctypes.PyDLL(None)["raise"]
arrive.argtypes = [ctypes.c_int]

def owners():
    return len(_handles._owners) + len(_handles._owners_of_process)

for make in (
    lambda: aw.Receiver("/x"),
    lambda: aw.Exchange(request),
    lambda: aw.Endpoint(address),
    lambda: aw.Request.registration(endpoint, "https://example.com/atlas"),
    aw.Transport,
):
    before = owners()
    value = make()
    first = Signal(value._handle, arrive)
    try:
        del value
        owners()
    except Interrupted:
        print("interrupted")
    assert owners() == before
""",
        "http://127.0.0.1",
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "interrupted\n" * 5


def test_the_package_is_imported_without_what_few_programs_need() -> None:
    ended = python(
        """
import sys
before = set(sys.modules)
import atlas_webhook
slow = {'asyncio', 'dataclasses', 'inspect', 'logging', 'pathlib', 'ssl'}
print(sorted(slow & set(sys.modules) - before))
""",
        "",
    )
    assert (ended.returncode, ended.stdout.strip(), ended.stderr) == (0, "[]", "")


def test_ten_thousand_registrations_leave_nothing_behind(start_sandbox: StartSandbox) -> None:
    ended = python(
        SET_UP
        + """
import gc, re
endpoint = aw.Endpoint(address, client_id="client", client_secret="secret")
answer = b'HTTP/1.1 200 OK\\r\\nContent-Length: 28\\r\\n\\r\\n{"status":0,"msg":"success"}'
transport = aw.Transport()

def offline():
    request = aw.Request.registration(endpoint, "https://example.com/atlas", "XXXXXXXX")
    with aw.Exchange(request) as exchange:
        exchange.sent(len(exchange.to_send()))
        exchange.received(answer)
        exchange.take_reply()
    for status in (200, 503):
        try:
            request.reply(status, request.headers, b'{"status":0,"msg":"success"}')
        except aw.ServerError as error:
            error.retryable

def online():
    transport.send(request)

def resident(repeated, times):
    # In KiB. Not the peak, of which a process inherits that of its parent.
    for _ in range(times):
        repeated()
    gc.collect()
    with open("/proc/self/status") as status:
        return int(re.search(r"VmRSS:\\s+(\\d+) kB", status.read())[1])

def growth(repeated, times):
    # What is left behind each time shows in every one of these; what the allocator and the threads
    # settle with does not.
    sizes = [resident(repeated, 1000)] + [resident(repeated, times) for _ in range(3)]
    return min(after - before for before, after in zip(sizes, sizes[1:]))

print(growth(offline, 10000))
print(growth(online, 1500))
""",
        start_sandbox(),
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    offline, online = map(int, ended.stdout.split())
    # The smallest object, a cancel, left behind by each would be more.
    assert offline < 128
    assert online < 128


def test_threads_that_meet_on_one_exchange_find_it_whole() -> None:
    ended = python(
        SET_UP
        + """
from concurrent.futures import ThreadPoolExecutor
sys.setswitchinterval(1e-6)

def one(_):
    exchange = aw.Exchange(request)
    total = len(bytes(request))
    start = threading.Barrier(4)
    def send():
        start.wait()
        for _ in range(total // 4):
            exchange.sent(1)
            exchange.to_send(), exchange.state, repr(exchange)
    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert len(exchange.to_send()) == total % 4, len(exchange.to_send())
    closers = [threading.Thread(target=exchange.close) for _ in range(4)]
    for thread in closers: thread.start()
    for thread in closers: thread.join()

for i in range(20):
    one(i)
""",
        "http://127.0.0.1",
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_without_another_thread_it_is_sent_in_the_calling_one(
    start_sandbox: StartSandbox,
) -> None:
    ended = python(
        SET_UP
        + """
import atexit
transport = aw.Transport(timeout=30)

# A system that starts no more threads.
start = _thread.start_new_thread
def refuse(*_):
    raise RuntimeError("can't start new thread")
_thread.start_new_thread = refuse
assert transport.send(request).message == "success"
import asyncio
try:
    asyncio.run(transport.send_async(request))
except RuntimeError as problem:
    print(problem)

# A sub-interpreter that permits no daemon threads.
real = getattr(_thread, "daemon_threads_allowed", lambda: True)
_thread.daemon_threads_allowed = lambda: False
_thread.start_new_thread = lambda *_: print("a thread was started")
assert transport.send(request).message == "success"
_thread.daemon_threads_allowed, _thread.start_new_thread = real, start

class Finalized:
    def __del__(self):
        print("finalizer:", transport.send(request).message, flush=True)
finalized = Finalized()
finalized.cycle = finalized

@atexit.register
def at_exit():
    global finalized
    print("atexit:", transport.send(request).message, flush=True)
    del finalized
    import gc
    gc.collect()
""",
        start_sandbox(),
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [
        "no thread can be started for the send",
        "atexit: success",
        "finalizer: success",
    ]


def test_an_exchange_made_before_a_fork_works_in_the_child() -> None:
    ended = python(
        SET_UP
        + """
import warnings
warnings.simplefilter("ignore", DeprecationWarning)
idle, used = aw.Exchange(request), aw.Exchange(request)
within, leave = threading.Event(), threading.Event()

# A call of another thread, in C.
def received(*arguments, real=aw.exchange.lib.atlas_webhook_exchange_received):
    within.set()
    leave.wait()
    return real(*arguments)
aw.exchange.lib.atlas_webhook_exchange_received = received
thread = threading.Thread(target=used.received, args=(b"HTTP/1.1 200",))
thread.start()
within.wait()

def calls(exchange):
    for call in (
        exchange.to_send, exchange.take_reply, exchange.take_response, exchange.received_eof,
        lambda: exchange.sent(1), lambda: exchange.received(b""), lambda: exchange.state,
        lambda: exchange.reusable, lambda: exchange.http_status,
    ):
        try:
            call()
        except aw.StateError as error:
            yield str(error)
        else:
            yield ""

child = os.fork()
if child == 0:
    signal.alarm(20)
    try:
        assert idle.to_send() == bytes(request)
        assert idle.sent(len(bytes(request))) is aw.State.WANT_RECEIVE
        message = "another thread was using the exchange when this process was forked"
        assert set(calls(used)) == {message}, list(calls(used))
        assert repr(used) == "<Exchange closed>"
        used.close()
    except BaseException as problem:
        print(repr(problem), flush=True)
        os._exit(3)
    os._exit(0)
leave.set()
thread.join()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert used.http_status is None and idle.to_send() == bytes(request)
""",
        "http://127.0.0.1",
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_fork_within_a_call_of_the_same_thread_leaves_the_exchange_usable() -> None:
    ended = python(
        SET_UP
        + """
exchange = aw.Exchange(request)
def handle(*_):
    global child
    child = os.fork()
    if child == 0:
        exchange.to_send()
signal.signal(signal.SIGALRM, handle)
def sent(*arguments, real=aw.exchange.lib.atlas_webhook_exchange_sent):
    signal.raise_signal(signal.SIGALRM)
    return real(*arguments)
aw.exchange.lib.atlas_webhook_exchange_sent = sent

exchange.sent(1)
if child == 0:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(20)
    rest = []
    thread = threading.Thread(target=lambda: rest.append(exchange.to_send()))
    thread.start()
    thread.join()
    os._exit(0 if rest == [bytes(request)[1:]] else 3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
""",
        "http://127.0.0.1",
    )
    assert (ended.returncode, ended.stderr) == (0, "")
