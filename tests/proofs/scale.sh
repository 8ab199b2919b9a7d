# Receivers and workers of bindings/python/examples/postgres that are killed while they run.
title='Receiving with PostgreSQL'
purpose='This page is for programs that store many deliveries: it lists the results of receivers and workers with PostgreSQL.'

DELIVERIES=${DELIVERIES:-20000}

tools() {
    install_packages postgresql python3-venv
}

prove() {
    $CARGO build --locked --all-features --package atlas-webhook-c
    python3 -m venv "$work/venv"
    ATLAS_WEBHOOK_PREBUILT=$target/debug/libatlas_webhook.so "$work/venv/bin/pip" install --quiet \
        --disable-pip-version-check ./bindings/python 'psycopg[binary,pool]' starlette uvicorn
    TIME_LIMIT=1800 limited "$work/venv/bin/python" tests/scale.py --deliveries "$DELIVERIES" > "$work/scale"
    cat "$work/scale"
    {
        echo '[The example with PostgreSQL](../../bindings/python/examples/postgres) with 4 receivers and 2 workers.'
        echo 'A receiver or a worker is killed by SIGKILL at times that a seed chooses, and started again. Deliveries'
        echo 'without a response of 200 are sent again. No event is missing, each is stored once, and its work was'
        echo 'committed once.'
        echo
        sed --quiet '1,4s/.*/* &./p' "$work/scale"
    } >&3
}
