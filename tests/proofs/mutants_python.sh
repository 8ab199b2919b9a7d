# Whether some test in Python fails when the Python package is changed, one small change at a time, by mutmut.
# MUTANTS_MATCH judges some changes only: `atlas_webhook.transport.*`, or several such patterns.
title='Mutation testing of the Python package'
purpose='This page is for contributors who need to know how well the tests of the Python package detect changes of it.'

source tests/checks/library.sh

MUTMUT=3.8.1

# The others start many programs, or look at what mutmut changes: docstrings and imports.
PYTHON_JUDGES=(
    arguments asyncio attributes copies crossings errors events exchange imported library plain process register
    signatures transport values
)
NOT_BY_MUTMUT=(
    test_library.py::test_the_licences_of_what_the_library_carries_come_with_it
    test_process.py::test_the_package_is_imported_without_what_few_programs_need
    test_process.py::test_ten_thousand_registrations_leave_nothing_behind
)

tools() {
    install_packages gcc make python3-venv
}

prove() {
    local folder=$work/python venv=$target/mutmut-venv root=$PWD
    local -a match
    read -ra match <<< "${MUTANTS_MATCH:-}"
    make BUILD="$built"
    cp -r bindings/python "$folder"
    # They are in the package that is installed.
    cp -r samples "$folder/src/atlas_webhook"
    cp tests/proofs/mutants_python_imported.py "$folder/tests/test_imported.py"
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "mutmut==$MUTMUT" \
        'h11~=0.16.0' aiohttp httpx pytest pytest-timeout pytest-xdist requests trustme
    {
        printf '[mutmut]\nsource_paths=src\ndo_not_mutate=\n    */testing/*\n    */_command.py\nalso_copy=\n    examples\n    src/atlas_webhook/samples\n'
        # The tests have limits of their own.
        printf 'timeout_multiplier=3\ntimeout_constant=60\n'
        printf 'pytest_add_cli_args_test_selection=\n'
        printf '    tests/test_%s.py\n' "${PYTHON_JUDGES[@]}"
        printf 'pytest_add_cli_args=\n    -p\n    mutants_python_tests\n'
        printf '    --deselect=tests/%s\n' "${NOT_BY_MUTMUT[@]}"
    } > "$folder/setup.cfg"
    # The tests look for the crate around them. Python looks once for a folder of its path: at its start.
    mkdir -p "$folder/mutants/src"
    ln -s "$root" "$folder/mutants/crate"
    (
        cd "$folder"
        export PYTHONPATH=$PWD/mutants/src:$root/tests/proofs
        export ATLAS_WEBHOOK_LIBRARY=$built/libatlas_webhook.so ATLAS_WEBHOOK_COMMAND=$built/atlas-webhook
        "$venv/bin/mutmut" run --max-children "$(nproc)" "${match[@]}"
        "$venv/bin/python" "$root/tests/proofs/mutants_python.py" "${match[@]}" > "$work/table"
    )
    cat >&3 << END
No change survives without a reason. mutmut $MUTMUT changes the functions of \`bindings/python/src\`, without
\`atlas_webhook.testing\` and \`_command.py\`; those with a decorator other than \`staticmethod\` and \`classmethod\` it leaves
as they are.

The judges are $(listed "${PYTHON_JUDGES[@]/#/test_}"), without
$(listed "${NOT_BY_MUTMUT[@]}"). \`test_imported\` runs some of the others in a program of its own.
\`tests/proofs/mutants_python_tests.py\` says which of them judge a change.

Changes${MUTANTS_MATCH:+ of \`$MUTANTS_MATCH\`}, by outcome; "detected" means that a test fails, or does not end:

$(cat "$work/table")

Those that survive, and why:

$(sed '/^#/d; /^$/d; s/^    \(.*\)/  * \1/; t; s/^/* /' tests/proofs/mutants_python.txt)
END
}
