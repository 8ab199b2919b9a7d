# Makes the manual page atlas_webhook(3) of include/atlas_webhook.h: its first comment becomes the description,
# each of its parts a section, each function and type a subsection, each macro a paragraph.
#
#   awk -v version=VERSION -f manual.awk atlas_webhook.h

# inline(TEXT): text for roff.
function inline(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    gsub(/'/, "\\(aq", text)
    gsub(/\^/, "\\(ha", text)
    gsub(/~/, "\\(ti", text)
    return (text ~ /^\./) ? "\\&" text : text
}

function bold(text) {
    return "\\fB" inline(text) "\\fP"
}

function section(title) {
    print ".SH \"" inline(toupper(title)) "\""
}

# literal(IS): whether the lines that follow stand as they are.
function literal(is) {
    if (is && !is_literal) print ".EX"
    if (!is && is_literal) print ".EE"
    is_literal = is
}

# comment(PARAGRAPH): prints the comment that was read. PARAGRAPH is the request between its paragraphs.
function comment(paragraph,    i, line, starts) {
    starts = 0
    for (i = 1; i <= lines; i++) {
        line = text[i]
        if (line == "") {
            if (is_literal && text[i + 1] ~ /^  /) print ""
            else starts = 1
            continue
        }
        if (line !~ /^  /) literal(0)
        if (starts) print paragraph
        starts = 0
        if (line ~ /^  /) literal(1)
        print labelled(line, i == 1 || text[i - 1] == "")
    }
    literal(0)
    lines = 0
}

# labelled(LINE, FIRST): the line; the label before its colon or its full stop is bold if it starts a paragraph.
function labelled(line, first) {
    if (first && match(line, /^(Default|Range|Returns|Errors|Blocks|Ownership|Threads):/)) {}
    else if (first && is_description && match(line, /^[A-Z][a-z]+( [a-z]+)?\. /)) RLENGTH--
    else return inline(line)
    return bold(substr(line, 1, RLENGTH)) inline(substr(line, RLENGTH + 1))
}

# declaration(NAME, CODE): the subsection of a function or a type, with its comment.
function declaration(name, code) {
    print ".SS " inline(name)
    print ".nf"
    print code
    print ".fi"
    print ".PP"
    comment(".PP")
}

# macro(NAME, VALUE): the paragraph of a macro, with its comment.
function macro(name, value) {
    print ".TP"
    print bold(name) " " inline(value)
    if (lines == 0) print ""
    comment(".IP")
}

BEGIN {
    print ".\\\" Made from include/atlas_webhook.h of libatlas_webhook."
    print ".TH ATLAS_WEBHOOK 3 \"\" \"libatlas_webhook " version "\" \"Library Functions Manual\""
    # Names are not broken.
    print ".nh"
    print ".ad l"
}

# The comment at the top.
/^\/\*$/ {
    is_top = 1
    next
}
is_top && / \*\/$/ {
    is_top = 0
    print ".SH SYNOPSIS"
    print bold("#include <atlas_webhook.h>")
    print ".PP"
    print "cc program.c $(pkg\\-config \\-\\-cflags \\-\\-libs atlas_webhook)"
    print ".SH DESCRIPTION"
    is_description = 1
    comment(".PP")
    is_description = 0
    next
}
is_top && /^ \* atlas_webhook\.h: / {
    sub(/^ \* atlas_webhook\.h: /, "")
    sub(/\.$/, "")
    print ".SH NAME"
    print "atlas_webhook \\- " inline($0)
    next
}
# For those who change the header.
is_top && /^ \* Generated from / { next }

/^extern "C" \{/ {
    is_body = 1
    section("Version and addresses")
    next
}
!is_top && !is_body { next }

/^\/\* ---- .* ---- \*\/$/ {
    sub(/^\/\* ---- /, "")
    sub(/ ---- \*\/$/, "")
    title = about = $0
    sub(/: .*/, "", title)
    sub(/^[^:]*: /, "", about)
    section(title)
    print toupper(substr(about, 1, 1)) inline(substr(about, 2)) "."
    next
}

/^\/\* .* \*\/$/ {
    lines = 1
    text[1] = substr($0, 4, length($0) - 6)
    next
}
/^\/\*\*$/ {
    lines = 0
    next
}
/^ \*\/$/ { next }
/^ \*/ {
    sub(/^ \* ?/, "")
    if (lines > 0 || $0 != "") text[++lines] = $0
    next
}

/^#define / {
    name = $2
    sub(/^#define [^ ]* ?/, "")
    macro(name, $0)
    next
}
/^#|^$|^\}/ { next }

# A declaration, which may have several lines.
{
    sub(/^ATLAS_WEBHOOK_API ?/, "")
    if ($0 == "") next
    code = code (code == "" ? "" : "\n") bold($0)
    plain = plain " " $0
}
/;$/ {
    name = plain
    sub(/\(.*/, "", name)
    sub(/;.*/, "", name)
    sub(/.*[ *]/, "", name)
    declaration(name, code)
    code = plain = ""
}

END {
    print ".SH \"SEE ALSO\""
    print bold("pkg-config") "(1)"
    print ".PP"
    print "The header for C++ is atlas_webhook.hpp."
}
