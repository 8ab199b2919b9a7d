# Whether some test in Python fails when the Python package is changed, one small change at a time, by mutmut.
# MUTANTS_MATCH judges some changes only: `atlas_webhook.transport*`.
title='Mutation testing of the Python package'
purpose='This page is for contributors who need to know how well the tests of the Python package detect changes of it.'

source tests/checks/library.sh

MUTMUT=3.8.1

# They meet every argument, error, setting and call. The others start many programs, or look at what mutmut changes:
# signatures, docstrings and imports.
PYTHON_JUDGES=(arguments asyncio copies errors events exchange process register transport values)
NOT_BY_MUTMUT=(
    test_process.py::test_the_package_is_imported_without_what_few_programs_need
    test_process.py::test_ten_thousand_registrations_leave_nothing_behind
)

tools() {
    install_packages gcc make python3-venv
}

prove() {
    local folder=$work/python venv=$target/mutmut-venv root=$PWD outcome
    make BUILD="$built"
    cp -r bindings/python "$folder"
    [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "mutmut==$MUTMUT" \
        'h11~=0.16.0' aiohttp httpx pytest pytest-timeout pytest-xdist requests trustme
    {
        printf '[mutmut]\nsource_paths=src\ndo_not_mutate=\n    */testing/*\n    */_command.py\nalso_copy=\n    examples\n'
        printf 'pytest_add_cli_args_test_selection=\n'
        printf '    tests/test_%s.py\n' "${PYTHON_JUDGES[@]}"
        printf 'pytest_add_cli_args=\n'
        printf '    --deselect=tests/%s\n' "${NOT_BY_MUTMUT[@]}"
    } > "$folder/setup.cfg"
    # The tests look for the crate around them. Python looks once for a folder of its path: at its start.
    mkdir -p "$folder/mutants/src"
    ln -s "$root" "$folder/mutants/crate"
    (
        cd "$folder"
        export PYTHONPATH=$PWD/mutants/src ATLAS_WEBHOOK_LIBRARY=$built/libatlas_webhook.so
        export ATLAS_WEBHOOK_COMMAND
        ATLAS_WEBHOOK_COMMAND=$(cd "$root" && command_program)
        "$venv/bin/mutmut" run --max-children "$(nproc)" ${MUTANTS_MATCH:+"$MUTANTS_MATCH"}
        "$venv/bin/python" "$root/tests/proofs/mutants_python.py" "$venv/bin/mutmut" ${MUTANTS_MATCH:+"$MUTANTS_MATCH"}
    ) | tee "$work/mutmut"
    outcome=$(tail -n 1 "$work/mutmut")
    cat >&3 << END
No change survives without a reason. mutmut $MUTMUT changes the functions of \`bindings/python/src\`, without
\`atlas_webhook.testing\`; those with a decorator other than \`staticmethod\` and \`classmethod\` it leaves as they are.
The judges are $(listed "${PYTHON_JUDGES[@]/#/test_}"), without
$(listed "${NOT_BY_MUTMUT[@]}").

Changes${MUTANTS_MATCH:+ of \`$MUTANTS_MATCH\`}: $outcome.

Those that survive, and why:

$(sed '/^#/d; /^$/d; s/^    \(.*\)/  * \1/; t; s/^/* /' tests/proofs/mutants_python.txt)
END
}
