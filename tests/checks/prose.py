#!/usr/bin/env python3
"""Finds words and phrases in the documentation and in comments for which there is an established word.

    tests/checks/prose.py               checks the files of this repository
    tests/checks/prose.py FILE...       checks these files
    tests/checks/prose.py --self-test   shows that each rule finds its example

Code is not checked: fenced blocks, text in backquotes, and everything in a source file but its comments and
docstrings. Each finding is printed as FILE:LINE, with the words and their replacement.
"""

import io
import pathlib
import re
import subprocess
import sys
import tokenize

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Each rule: a pattern, its replacement, and an example that the pattern finds.
RULES = [
    (r"who has no\b", "if you have no", "Who has no HTTP stack uses another."),
    (r"(?:^|(?<=[.:;|] ))who(?:ever)?\b(?![^.]*\?)", "if you; a program that",
     "It is read. Who needs more reads on."),
    (r"what (?:else )?(?:this|the) machine lacks\b", "list the packages that are missing", "It lists what this machine lacks."),
    (r"wants? (?:it|one|them) for (?:itself|themselves)", "needs exclusive access", "Any other wants it for itself."),
    (r"are the same, and say", "are the same; the functions then return", "They are the same, and say so."),
    (r"the work is linear", "processing time is linear in the input size", "And the work is linear in it."),
    (r"however (?:it|they|the \w+) (?:is|are|was|were|comes?|came) (?:cut|split)",
     "regardless of how it is split into reads", "It is linear however it is cut."),
    (r"absent numbers are", "if a value is absent, the getter returns", "Absent numbers are 0."),
    (r"for 0 and for more", "if the value is 0 or above the maximum", "ARGUMENT for 0 and for more."),
    (r"knows? (?:no|nothing)\b", "has no, does not depend on, does not use", "It knows no time."),
    (r"(?<!there )\b(?:is|are|was|were) no\b(?! (?:more|longer|other|larger|less)\b)", "is not a",
     "One that is no URL is an error."),
    (r"\b(?:is|are|was|were) (?-i:none)\b", "there is no such value; name the thing", "It is empty if there is none."),
    (r"the question whether", "so that it is always intended", "The test is the question whether it is meant."),
    (r"(?:taken|looked at) at once", "consumed in bulk", "Whole lines are taken at once."),
    (r"than (?:it )?holds\b", "than is true; the assertion was too strict", "It asked more than holds."),
    (r"look-?ups?\b", "name resolution, search", "A look-up takes time."),
    (r"mend(?:s|ed|ing)?\b", "fix", "It was mended."),
    (r"houses?\b", "layout", "This is the house."),
    (r"rooms?\b", "module, capacity", "It leaves no room."),
    (r"walls?\b", "dependency rule", "The wall holds."),
    (r"answer(?:s|ed|ing)?\b", "response, respond", "An answer comes."),
    (r"(?:a|one|each|every|another|first|second|last|next) (?:re)?try\b(?! to)(?<!retry)", "attempt",
     "Each try takes time."),
    (r"(?:a|each|every) repeat\b|repeats (?:are|of)\b", "duplicate", "Find a repeat by its key."),
    (r"\bgives? away\b", "publish, contain", "It gives away a secret."),
    (r"\bhands? over\b", "return, pass", "It hands over the body."),
    (r"\bfor good\b", "permanently", "It ends for good."),
    (r"\bat (?:its|the) price\b", "cost", "It is free at the price of a copy."),
    (r"\bspeaks? to\b", "connects to", "It speaks to a proxy."),
    (r"\b(?:goes|go) its way\b", "continues", "It goes its way."),
]

# In the comments of the two headers, these verbs stand for established words.
HEADER_RULES = [
    (r"(?:gives?|given|gave|giving)\b", "return, pass, state", "It gives a status."),
    (r"(?:takes?|taken|took|taking)\b", "accept, remove, use, last", "It takes a pointer."),
    (r"(?:says?|said|saying)\b", "state, return, report", "It says so."),
    (r"(?:tells?|told|telling)\b", "report, pass, distinguish", "Tell it the number."),
    (r"(?:holds?|held|holding)\b", "contain, own, apply", "It holds a handle."),
    (r"(?:asks?|asked|asking)\b", "request, require", "The peer asks to wait."),
    (r"(?:bears?|bore|borne|bearing)\b", "have, carry", "It bears a name."),
    (r"(?:knows?|known|knew|knowing)\b", "support, define, recognise", "It knows the status."),
]
HEADERS = {"include/atlas_webhook.h", "include/atlas_webhook.hpp"}

# Not the project's own prose.
LEFT_OUT = re.compile(r"^(licenses/|LICENSE|bindings/python/licen|fuzz/corpus/|samples/)|\.(lock|svg|json|jsonl|dict|supp)$")
SOURCES = {".rs", ".c", ".h", ".hpp", ".cpp", ".cc"}
SCRIPTS = {".sh", ".toml", ".in", ".awk", ".cmake", ""}

# A comment of C or Rust, or what could contain the start of one.
TOKEN = re.compile(
    r'/\*.*?\*/|//[^\n]*|r(#*)".*?"\1|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\\n])\'', re.DOTALL
)


def comments_of_source(text):
    """The comments of C, C++ and Rust as (line, text)."""
    lines = []
    for token in TOKEN.finditer(text):
        if token[0][:2] in ("//", "/*"):
            first = text.count("\n", 0, token.start()) + 1
            for i, line in enumerate(token[0].split("\n")):
                lines.append((first + i, re.sub(r"^\s*(/\*+|//[/!]?|\*+/?)|\*/$", "", line)))
    return lines


def comments_of_python(text):
    """The comments and docstrings of Python as (line, text)."""
    lines = []
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            lines.append((token.start[0], token.string.lstrip("#!:")))
        elif token.type == tokenize.STRING and before in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            for i, line in enumerate(token.string.strip("\"'rbRB").split("\n")):
                lines.append((token.start[0] + i, line))
        if token.type not in (tokenize.NL, tokenize.COMMENT, tokenize.ENCODING):
            before = token.type
    return lines


def comments_of_script(text):
    """The comments of a shell script, a makefile or TOML as (line, text)."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        comment = re.match(r"(?:.*?\s)?#+(?!!)\s(.*)", line)
        if comment:
            found.append((number, comment[1]))
    return found


def text_of_manual(text):
    """The text of a manual page as (line, text): without requests, so that they end a paragraph."""
    lines = enumerate(text.replace("\\-", "-").split("\n"), 1)
    return [(number, re.sub(r"^\.([BIR]+ |.*)", "", line)) for number, line in lines]


def lines_of(path, text):
    """The prose of a file as (line, text)."""
    suffix = path.suffix
    if path.name == "uncovered.txt":
        return [(number, "" if line.startswith("    ") else line) for number, line in enumerate(text.split("\n"), 1)]
    if suffix == ".md":
        return list(enumerate(text.split("\n"), 1))
    if suffix == ".1":
        return text_of_manual(text)
    if path.name == "cbindgen.toml" or path.parent.name == "help":
        return list(enumerate(text.split("\n"), 1))
    if suffix in SOURCES:
        return comments_of_source(text)
    if suffix == ".py" or text.startswith("#!/usr/bin/env python3"):
        return comments_of_python(text)
    if suffix in SCRIPTS:
        return comments_of_script(text)
    return []


def blocks(lines):
    """Joins lines that follow each other, and removes code. Yields (text, the line of each character)."""
    text, places, last, fenced = "", [], None, False
    for number, line in lines + [(None, "")]:
        ends = number is None or last is None or number != last + 1
        if line.lstrip().startswith("```"):
            fenced = not fenced
            line = ""
        elif fenced:
            line = ""
        if ends or not line.strip():
            if text:
                yield re.sub(r"`[^`]*`", lambda code: "`" + " " * (len(code[0]) - 2) + "`", text), places
            text, places = "", []
        if line.strip():
            text += line.strip() + " "
            places += [number] * (len(line.strip()) + 1)
        last = number


def findings(lines, rules):
    """The (line, words, replacement) of each finding."""
    for text, places in blocks(lines):
        for pattern, replacement, _ in rules:
            for match in re.finditer(r"(?<![\w-])(?:" + pattern + r")(?![\w(]|::)", text, re.IGNORECASE):
                yield places[match.start()], match[0].strip(), replacement


def check(path):
    name = path.resolve().relative_to(ROOT).as_posix() if path.resolve().is_relative_to(ROOT) else str(path)
    rules = RULES + HEADER_RULES if name in HEADERS else RULES
    text = path.read_text("utf-8", "replace")
    found = list(findings(lines_of(path, text), rules))
    if name.startswith("docs/") and name.endswith(".md"):
        found += opening(text)
    return [f"{name}:{line}: '{words}': {replacement}" for line, words, replacement in sorted(found)]


def names():
    """The files of the repository; without git, all but those of builds."""
    try:
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout
        return listed.splitlines()
    except (OSError, subprocess.CalledProcessError):
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
        return [path.as_posix() for path in found if not {"target", "build", ".git"} & set(path.parts)]


def opening(text):
    """A finding if a page of docs/ does not start with a sentence that states its readers."""
    first = re.match(r"# [^\n]*\n\n([^\n]*)", text)
    if not first or not first[1].startswith("This page is for "):
        yield 3, "the first sentence", "This page is for …: it …"


def self_test():
    for rule in RULES + HEADER_RULES:
        assert list(findings([(1, rule[2])], [rule])), f"{rule[0]} does not find its example"
        assert not list(findings([(1, "`" + rule[2] + "`")], [rule])), f"{rule[0]} finds code"
    where = list(findings([(6, "The library has"), (7, "a fault that was"), (8, "mended.")], RULES))
    assert where == [(8, "mended", "fix")], where
    assert list(opening("# Title\n\nText.\n")) and list(opening("Text.\n"))
    assert not list(opening("# Title\n\nThis page is for users: it lists the settings.\n"))
    assert comments_of_source('let a = "// no"; // one\n/* two\n * three */') == [(1, " one"), (2, " two"), (3, " three ")]
    assert text_of_manual(".TP\n.BI \\-\\-url\nThe URL.") == [(1, ""), (2, "--url"), (3, "The URL.")]
    assert comments_of_python('"""One."""\na = "no"  # two\n') == [(1, "One."), (2, " two")]
    assert comments_of_script("#!/bin/sh\na=1 # one\n# two\n") == [(2, "one"), (3, "two")]


def main(arguments):
    self_test()
    if arguments == ["--self-test"]:
        return 0
    paths = [pathlib.Path(argument) for argument in arguments]
    if not paths:
        paths = [ROOT / name for name in names() if not LEFT_OUT.search(name)]
        paths = [path for path in paths if path.is_file() and path != pathlib.Path(__file__).resolve()]
    found = [finding for path in paths for finding in check(path)]
    print("\n".join(found + [f"{len(found)} findings in {len(paths)} files"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
