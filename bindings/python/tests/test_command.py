"""``python -m atlas_webhook register``: what it prints, and its exit codes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import CID, CREDENTIALS, URL, YES, Answering, Certificates

from atlas_webhook._command import _SETTINGS, _fault, _kind
from atlas_webhook.errors import _KINDS
from atlas_webhook.testing import Response, Sandbox

SECRETS = ("t0ken-", CREDENTIALS["client_secret"], "he4der")
WITH_CREDENTIALS = {
    "ATLAS_CLIENT_ID": CREDENTIALS["client_id"],
    "ATLAS_CLIENT_SECRET": CREDENTIALS["client_secret"],
}


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs the command, which prints no secret and no traceback."""
    return run_program([sys.executable, "-m", "atlas_webhook", *arguments], variables)


def run_program(command: list[str], variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in _SETTINGS}
    ended = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**environment, **variables},
    )
    printed = ended.stdout + ended.stderr
    assert "Traceback" not in printed
    for secret in SECRETS:
        assert secret not in printed
    return ended


def register(endpoint: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run("register", "--endpoint", endpoint, "--url", URL, *arguments, **variables)


def test_a_registration() -> None:
    with Sandbox(**CREDENTIALS, require_cid=True) as sandbox:
        ended = register(sandbox.url, "--cid", CID, "--header", "X-Own: he4der", **WITH_CREDENTIALS)
        assert (ended.returncode, ended.stdout, ended.stderr) == (
            0,
            "registered: HTTP status 200\n",
            "",
        )
        (request,) = sandbox.requests
    assert request.json == {"cid": CID, "url": URL}
    assert request.header("X-Own") == "he4der"


def test_the_client_id_is_an_argument_too() -> None:
    secret = {"ATLAS_CLIENT_SECRET": CREDENTIALS["client_secret"], "ATLAS_CLIENT_ID": "another"}
    with Sandbox(**CREDENTIALS) as sandbox:
        ended = register(sandbox.url, "--client-id", CREDENTIALS["client_id"], **secret)
    assert ended.returncode == 0


def test_json() -> None:
    with Sandbox(Response(http_status=503), None, Response(901, "bad url")) as sandbox:
        ended = register(sandbox.url, "--json", "--retries", "1")
        assert (ended.returncode, ended.stderr) == (0, "")
        assert json.loads(ended.stdout) == {
            "registered": True,
            "http_status": 200,
            "attempts": 2,
        }
        ended = register(sandbox.url, "--json")
        assert (ended.returncode, ended.stderr) == (3, "")
        result = json.loads(ended.stdout)
    assert result.pop("error").endswith('"bad url"')
    assert result == {
        "registered": False,
        "kind": "Refused",
        "fault": "Api",
        "http_status": 200,
        "api_status": 901,
        "attempts": 1,
        "retryable": False,
        "retry_after": None,
    }


RESPONSES = [
    (Response(901), 3),
    (Response(2), 13),
    (Response(body=b"no JSON"), 3),
    (Response(http_status=404), 4),
    (Response(900), 4),
    (Response(http_status=503), 14),
    (Response(http_status=429, headers={"Retry-After": "7"}), 14),
    (Response(delay=60), 15),
]


@pytest.mark.parametrize(("response", "code"), RESPONSES)
def test_exit_codes(response: Response, code: int) -> None:
    with Sandbox(response) as sandbox:
        ended = register(sandbox.url, "--timeout", "0.5")
    assert (ended.returncode, ended.stdout) == (code, "")
    lines = ended.stderr.splitlines()
    assert lines[0].startswith("not registered: ")
    assert ("  retryable    yes" in lines) == (code > 10)
    assert ("  retry after  7" in lines) == ("Retry-After" in response.headers)


@pytest.mark.parametrize("response", [Response(), *(response for response, _ in RESPONSES)])
def test_the_command_in_rust_prints_the_same_json(response: Response, command_program: str) -> None:
    arguments = ["register", "--url", URL, "--json", "--timeout", "0.5"]
    with Sandbox(response) as sandbox:
        variables = {"ATLAS_ENDPOINT": sandbox.url}
        here = run(*arguments, **variables)
        there = run_program([command_program, *arguments], variables)
    assert here.returncode == there.returncode
    assert json.loads(here.stdout) == json.loads(there.stdout)


@pytest.mark.parametrize(
    ("arguments", "variables", "kind", "fault"),
    [
        (["--endpoint", "http://192.0.2.1"], {}, "Argument", "Caller"),
        (["--endpoint", "https://name.invalid"], {}, "Resolve", "Network"),
        (["--endpoint", "https://{listener}"], {}, "Timeout", "Network"),
        (["--endpoint", "http://{nobody}"], {}, "Connect", "Network"),
        (["--endpoint", "https://{sandbox}"], {}, "Tls", "Network"),
        (["--proxy", "http://{nobody}"], {}, "Proxy", "Network"),
        (["--proxy", "http://192.0.2.1"], {}, "Argument", "Caller"),
        (["--proxy", "http://{nobody}", "--env-proxy"], {}, "Argument", None),
        (["--retries", "-1"], {}, "Argument", None),
        (["--header", "X-Own he4der"], {}, "Argument", None),
        (["--header", "X-Own: \x1c"], {}, "Argument", "Caller"),
        (["--endpont", "https://example.com/t0ken-"], {}, "Argument", None),
        (["--endpont=t0ken-"], {}, "Argument", None),
        (["-xt0ken-"], {}, "Argument", None),
        (["--timeout", "1_000"], {}, "Argument", None),
        (["--timeout", " 1"], {}, "Argument", None),
        (["--timeout", "inf"], {}, "Argument", None),
        (["--timeout", "nan"], {}, "Argument", None),
        (["--connect-timeout", "\u0661"], {}, "Argument", None),
        ([], {"ATLAS_CID": ""}, "Argument", None),
        (["--header", "Content-Length: 1"], {}, "Argument", "Caller"),
        (["--url", "https://example.com/#t0ken-"], {}, "Argument", "Caller"),
        (["--proxy", "socks5://{nobody}"], {}, "Unsupported", "Library"),
        (["--env-proxy"], {"ALL_PROXY": "socks5://127.0.0.1"}, "Unsupported", "Library"),
        (["--env-proxy"], {"ALL_PROXY": "ftp://127.0.0.1"}, "Argument", "Caller"),
        (["--ca-file", "/nowhere/ca.pem"], {}, "Argument", "Caller"),
    ],
)
def test_the_command_in_rust_blames_the_same(
    arguments: list[str],
    variables: dict[str, str],
    kind: str,
    fault: str | None,
    *,
    command_program: str,
    sandbox: str,
    nobody: str,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hosts = {
            "listener": f"127.0.0.1:{listener.getsockname()[1]}",
            "nobody": nobody.partition("://")[2],
            "sandbox": sandbox.partition("://")[2],
        }
        filled = [argument.format(**hosts) for argument in arguments]
        # A name server may be slow, and there may be none.
        timeout = "30" if kind == "Resolve" else "2"
        arguments = ["register", "--url", URL, "--json", "--timeout", timeout, *filled]
        variables = {"ATLAS_ENDPOINT": sandbox, **variables}
        here = run(*arguments, **variables)
        there = run_program([command_program, *arguments], variables)
    assert here.returncode == there.returncode
    # An error of the command is printed as text, and one of the library as JSON.
    if fault is None:
        assert (here.returncode, here.stdout, there.stdout) == (2, "", "")
        assert faults(here.stderr) == faults(there.stderr)
        return
    printed, expected = json.loads(here.stdout), json.loads(there.stdout)
    if kind == "Resolve":
        # The text of the resolver may differ from one query to the next.
        for each in (printed, expected):
            assert each.pop("error")
    assert printed == expected
    assert (printed["kind"], printed["fault"]) == (kind, fault)


def faults(printed: str) -> str:
    """The first line without the name of the program."""
    return printed.partition("\n")[0].partition(" register: ")[2]


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [
        (["https://example.com/t0ken-"], "there is no such command"),
        (["--version=t0ken-"], "--version accepts no value"),
        (["--=t0ken-"], "the arguments are wrong"),
        (["register", "https://example.com/t0ken-"], "an argument is not known"),
        (["register", "--t0ken-0123456789abcdef"], "an argument is not known"),
        (["register", "--t0ken- b"], "an argument is not known"),
        (["register", "--json=t0ken-"], "--json accepts no value"),
        (["register", "--url"], "--url: the value is missing"),
        (
            ["register", "--url", "https://example.com/t0ken-\udce9"],
            "--url: the value is not UTF-8",
        ),
        (["register", "--proxy", "http://u:he4der\udcff@h"], "--proxy: the value is not UTF-8"),
        (["register", "--header", "X-Own he4der"], "--header: the value is not NAME: VALUE"),
        (["register", "--header", "X-Own: a\nhe4der"], "--header: the value contains a line break"),
        (["register", "--timeout", "t0ken-"], "--timeout: the value is not a number of seconds"),
        (["register", "--timeout", "nan"], "above 0 and at most 86400"),
        (["register", "--connect-timeout", "86401"], "--connect-timeout: the value is not"),
        (["register", "--retries", "t0ken-"], "--retries: the value is not a whole number from 0"),
        (["register", "--retries", "4294967296"], "from 0 to 4294967295"),
    ],
)
def test_the_value_of_a_wrong_argument_is_not_printed(arguments: list[str], printed: str) -> None:
    ended = run(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert printed in ended.stderr


@pytest.mark.skipif(os.name != "posix", reason="the environment of Windows is Unicode")
def test_a_variable_that_is_not_utf_8() -> None:
    ended = register("http://127.0.0.1:1", ATLAS_CID="t0ken-\udce9")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "ATLAS_CID is not UTF-8" in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="requires /dev/full")
@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_an_output_that_fails(arguments: list[str], sandbox: str, command_program: str) -> None:
    arguments = ["register", "--endpoint", sandbox, "--url", URL, *arguments]
    for command in ([sys.executable, "-m", "atlas_webhook"], [command_program]):
        with Path("/dev/full").open("wb") as full:
            ended = subprocess.run(
                [*command, *arguments], check=False, stdout=full, stderr=subprocess.PIPE, timeout=60
            )
        assert ended.returncode == 1
        assert ended.stderr.count(b"cannot write to standard output: No space left") == 1
        assert ended.stderr.count(b"\n") == 1


HERE = (sys.executable, "-m", "atlas_webhook")


def redirected(
    redirection: str, *arguments: str, command: tuple[str, ...] = HERE
) -> subprocess.CompletedProcess[str]:
    """Runs the command with a redirection of the shell."""
    return run_program(["sh", "-c", f'exec "$@" {redirection}', "sh", *command, *arguments], {})


FULL = pytest.param(
    ">/dev/full",
    1,
    marks=pytest.mark.skipif(not Path("/dev/full").exists(), reason="requires /dev/full"),
)
COMMANDS = [["--help"], ["--version"], ["register", "--help"], ["register"], ["register", "--json"]]


@pytest.mark.skipif(os.name != "posix", reason="requires a shell of POSIX")
@pytest.mark.parametrize(("redirection", "code"), [(">&-", 0), FULL])
@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_standard_output_that_is_closed_or_full(
    redirection: str, code: int, arguments: list[str], command_program: str
) -> None:
    with Sandbox() as sandbox:
        if arguments in COMMANDS[-2:]:
            arguments = [*arguments, "--endpoint", sandbox.url, "--url", URL]
        for command in (HERE, (command_program,)):
            ended = redirected(redirection, *arguments, command=command)
            assert (ended.returncode, ended.stdout) == (code, "")
            assert ended.stderr.count("cannot write to standard output: ") == code
            assert ended.stderr.count("\n") == code


@pytest.mark.skipif(os.name != "posix", reason="requires a shell of POSIX")
@pytest.mark.parametrize(("redirection", "printing"), [(">&-", 0), FULL])
def test_a_standard_error_that_fails_changes_nothing(
    redirection: str, printing: int, nobody: str
) -> None:
    call = ["register", "--endpoint", nobody, "--url", URL]
    for arguments, code in ((call, 15), ([*call, "--cid", ""], 2), (["--nothing"], 2)):
        ended = redirected(f"2{redirection}", *arguments)
        assert (ended.returncode, ended.stdout) == (code, "")
    # Without standard output, too.
    assert redirected(f"{redirection} 2{redirection}", *call).returncode == 15
    assert redirected(f"{redirection} 2{redirection}", "--version").returncode == printing


@pytest.mark.skipif(os.name != "posix", reason="a pipe of Windows fails with another error")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_reader_that_is_gone_causes_no_message(stream: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        arguments = ["--version"] if stream == "stdout" else ["--nothing"]
        ended = subprocess.run(
            [sys.executable, "-m", "atlas_webhook", *arguments],
            check=False,
            timeout=60,
            **{**streams, stream: writer},
        )
    finally:
        os.close(writer)
    assert ended.returncode == (1 if stream == "stdout" else 2)
    assert not ended.stdout
    assert not ended.stderr


def test_each_kind_has_the_name_and_the_fault_of_the_core() -> None:
    kinds = {
        "Caller": "Argument State Cancelled",
        "Library": "Unsupported Panic",
        "Peer": "Protocol Limit ClosedEarly Encoding Redirect Unauthorized RateLimited ClientError "
        "ServerError Untrusted MalformedDelivery",
        "Api": "MalformedReply Refused",
        "Network": "Resolve Connect Proxy Tls Timeout Io",
    }
    expected = {kind: fault for fault, names in kinds.items() for kind in names.split()}
    errors = [kind("words") for kind in _KINDS.values()]
    assert {_kind(error): _fault(error)[0] for error in errors} == expected


def test_settings_come_from_a_file(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.touch(mode=0o600)
    with Sandbox(**CREDENTIALS, require_cid=True) as sandbox:
        lines = [
            "# a comment",
            "",
            f"ATLAS_ENDPOINT={sandbox.url}",
            "ATLAS_CID = another",
            f"ATLAS_WEBHOOK_URL={URL}",
            *(f"{name}={value}" for name, value in WITH_CREDENTIALS.items()),
        ]
        config.write_text("\n".join(lines))
        assert run("register", "--config", str(config), ATLAS_CID=CID).returncode == 0
        (request,) = sandbox.requests
        assert request.json == {"cid": CID, "url": URL}

        config.chmod(0o640)
        ended = run("register", "--config", str(config))
        assert ended.returncode == 2
        assert "chmod 600" in ended.stderr


# White_Space of Unicode, but the line feed.
WHITE_SPACE = (
    "".join(
        map(chr, (9, 11, 12, 13, 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029))
    )
    + "\u202f\u205f\u3000"
)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
@pytest.mark.parametrize("cid", ["a\rb", "a\x1cb\x85c\u2028d", "\x1ca\x1d", "\x1ea\x1f", "\u200ba"])
def test_the_command_in_rust_reads_the_same_from_a_file(
    tmp_path: Path, cid: str, end: str, command_program: str
) -> None:
    with Sandbox() as sandbox:
        lines = [
            f"ATLAS_ENDPOINT={sandbox.url}",
            f"ATLAS_WEBHOOK_URL={URL}",
            f"{WHITE_SPACE}ATLAS_CID{WHITE_SPACE}={WHITE_SPACE}{cid}{WHITE_SPACE}",
        ]
        config = tmp_path / "config"
        config.touch(mode=0o600)
        config.write_bytes("\n".join(lines).encode() + end.encode())
        for command in ([sys.executable, "-m", "atlas_webhook"], [command_program]):
            assert run_program([*command, "register", "--config", str(config)], {}).returncode == 0
        for request in sandbox.requests:
            assert request.json == {"cid": cid, "url": URL}


@pytest.mark.parametrize("text", ["#\rhe4der", "#\x85he4der", "\x1c", "\ufeff#", "\0", "\n\x1f#"])
def test_the_command_in_rust_rejects_the_same_line(
    tmp_path: Path, text: str, command_program: str
) -> None:
    config = tmp_path / "config"
    config.touch(mode=0o600)
    config.write_bytes(text.encode())
    arguments = ["register", "--config", str(config)]
    here, there = run(*arguments), run_program([command_program, *arguments], {})
    assert (here.returncode, here.stdout) == (there.returncode, there.stdout) == (2, "")
    is_of_a_line = [": line " in faults(ended.stderr) for ended in (here, there)]
    assert is_of_a_line == [not text.startswith("#")] * 2


@pytest.mark.parametrize("line", [b"he4der", b"OTHER=he4der", b"ATLAS_CID=\xff he4der"])
def test_a_file_that_has_something_else(tmp_path: Path, line: bytes) -> None:
    config = tmp_path / "config"
    config.touch(mode=0o600)
    config.write_bytes(line)
    ended = run("register", "--config", str(config))
    assert ended.returncode == 2
    assert str(config) in ended.stderr


@pytest.mark.skipif(os.name != "posix", reason="Windows has no empty variables")
@pytest.mark.parametrize("name", _SETTINGS)
def test_an_empty_setting_is_named(tmp_path: Path, name: str) -> None:
    config = tmp_path / "config"
    config.touch(mode=0o600)
    config.write_text(f"{name} =\n")
    endpoint = {"ATLAS_ENDPOINT": "http://127.0.0.1:1", "ATLAS_WEBHOOK_URL": URL}
    variables = {**endpoint, **WITH_CREDENTIALS, "ATLAS_CID": CID}
    ended = run("register", "--json", "--config", str(config), **{**variables, name: ""})
    assert (ended.returncode, ended.stdout) == (2, "")
    said = f"the environment variable {name} is empty; unset it, or set a value"
    assert faults(ended.stderr) == said

    del variables[name]
    ended = run("register", "--json", "--config", str(config), **variables)
    assert (ended.returncode, ended.stdout) == (2, "")
    said = f"{name} in the file of --config is empty; remove it, or set a value"
    assert faults(ended.stderr) == said


@pytest.mark.skipif(os.name != "posix", reason="Windows has no empty variables")
def test_an_empty_variable_that_is_not_used(nobody: str) -> None:
    variables = {"ATLAS_ENDPOINT": "", "ATLAS_WEBHOOK_URL": "", "ATLAS_CID": ""}
    assert register(nobody, "--cid", CID, **variables).returncode == 15


def test_nobody_listens(nobody: str) -> None:
    assert register(nobody).returncode == 15


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "COMMAND"),
        (["unregister"], "no such command"),
        (["register"], "ATLAS_ENDPOINT"),
        (["register", "--url", URL], "ATLAS_ENDPOINT"),
        (["--endpoint", "http://127.0.0.1:1"], "ATLAS_WEBHOOK_URL"),
        (["register", "--client-secret", "he4der"], "--client-secret"),
        (["--endpoint", "http://127.0.0.1:1", "--config", "/nowhere"], "/nowhere"),
        (
            ["--endpoint", "http://127.0.0.1:1", "--url", URL, "--json", "--retries", "-1"],
            "retries",
        ),
        (["--endpoint", "no URL", "--url", URL], "URL"),
        (["--endpoint", "http://127.0.0.1:1", "--url", "no URL t0ken-7733aa"], "URL"),
        (
            ["--endpoint", "http://127.0.0.1:1", "--url", URL, "--client-secret", "he4der"],
            "--client-secret",
        ),
        (["--endpoint", "http://127.0.0.1:1", "--url", URL, "--header", "he4der"], "NAME: VALUE"),
        (["--endpoint", "http://127.0.0.1:1", "--url", URL, "--header", "A b: he4der"], "header"),
        (["--endpoint", "http://127.0.0.1:1", "--url", URL, "--timeout", "soon"], "--timeout"),
        (["--endpoint", "http://127.0.0.1:1", "--url", URL, "--timeout", "0"], "timeout"),
        (["--endpoint", "http://127.0.0.1:1", "--url", URL, "--retries", "-1"], "retries"),
        (["--endpoint", "http://192.0.2.1", "--url", URL], "plaintext"),
    ],
)
def test_arguments_that_are_not_acceptable(arguments: list[str], named: str) -> None:
    if arguments[:1] == ["--endpoint"]:
        arguments = ["register", *arguments]
    ended = run(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert named in ended.stderr


@pytest.mark.parametrize("alone", WITH_CREDENTIALS)
def test_half_of_the_credentials(alone: str) -> None:
    ended = register("http://127.0.0.1:1", **{alone: WITH_CREDENTIALS[alone]})
    assert ended.returncode == 2
    assert "ATLAS_CLIENT_SECRET" in ended.stderr


def test_a_ca_file(answering: Answering, certificates: Certificates) -> None:
    address = answering(YES, tls=certificates.server)
    assert register(address, "--ca-file", str(certificates.ca_file)).returncode == 0
    assert register("https://127.0.0.1:1", "--ca-file", "/nowhere").returncode == 2


def test_a_proxy_of_the_environment(nobody: str) -> None:
    with Sandbox() as sandbox:
        variables: dict[str, Any] = {"ALL_PROXY": nobody, "NO_PROXY": "127.0.0.1"}
        assert register(sandbox.url, "--env-proxy", **variables).returncode == 0
        assert register(sandbox.url, "--proxy", nobody).returncode == 5


def test_help_fits_a_screen() -> None:
    for arguments in (["--help"], ["register", "--help"]):
        ended = run(*arguments)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert len(ended.stdout.splitlines()) <= 55
        assert max(map(len, ended.stdout.splitlines())) <= 80
    assert run("--version").stdout.startswith("atlas-webhook ")
