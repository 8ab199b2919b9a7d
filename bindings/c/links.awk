# Prints a page of the documentation as it is installed: a link to a file that is not installed becomes plain text.
#
#   awk -v page=docs/c.md -v installed='README.md docs/c.md' -f links.awk docs/c.md
#
# page is the path of the page, installed are the paths of all files that are installed.

BEGIN {
    count = split(installed, paths, " ")
    for (i = 1; i <= count; i++) known[paths[i]] = 1
    folder = page
    if (!sub(/[^\/]*$/, "", folder)) folder = ""
}

# The path of the file that a link of this page leads to.
function path(target,    from) {
    from = folder
    sub(/#.*/, "", target)
    if (target == "") return page
    while (sub(/^\.\.\//, "", target)) sub(/[^\/]*\/$/, "", from)
    return from target
}

# Prints what was read since the last block of code. A link may be spread over lines.
function print_prose(    link, middle, target) {
    while (match(prose, /\[[^][]*\]\([^()]*\)/)) {
        link = substr(prose, RSTART, RLENGTH)
        middle = index(link, "](")
        target = substr(link, middle + 2, length(link) - middle - 2)
        printf "%s", substr(prose, 1, RSTART - 1)
        if (target ~ /:\/\// || path(target) in known) printf "%s", link
        else printf "%s", substr(link, 2, middle - 2)
        prose = substr(prose, RSTART + RLENGTH)
    }
    printf "%s", prose
    prose = ""
}

/^```/ {
    print_prose()
    code = !code
    print
    next
}
code { print; next }
{ prose = prose $0 "\n" }
END { print_prose() }
