"""How long `import atlas_webhook` takes: starts of Python with it, beside starts without.

Usage: import_time.py [ROUNDS]. Prints the medians in milliseconds: of the time that passed, and of the
processor time of the process, which depends less on what else the machine does.
"""

import resource
import statistics
import subprocess
import sys
import time


def start(code: str) -> tuple[float, float]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return 1000 * (ended - began), 1000 * spent


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    start("import atlas_webhook")  # Writes the bytecode.
    empty, imported = [], []
    for _ in range(rounds):
        empty.append(start("pass"))
        imported.append(start("import atlas_webhook"))
    for i, what in enumerate(("time", "processor time")):
        without, with_import = (statistics.median(run[i] for run in runs) for runs in (empty, imported))
        print(
            f"{what}: {without:.1f} ms without, {with_import:.1f} ms with the import, "
            f"difference {with_import - without:.1f} ms"
        )


main()
