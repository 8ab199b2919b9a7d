"""The pictures of docs/bench, by matplotlib: the same numbers give the same bytes."""

from __future__ import annotations

import json
import subprocess
import sys

from .common import BENCHES, PYTHON, RESULTS, ROOT, Failure, Json, environment, say
from .names import CASES, NAMES, PEERS

FOLDER = ROOT / "docs" / "bench"
#: Of each part the pictures, and what they say.
PICTURES = {
    "instructions": {"instructions": "Instructions of build + parse, beside other parsers"},
    "micro": {"bytes": "Time of a response that arrives one byte at a time, by the length of its head"},
    "loopback": {"kept": "Time of a registration over a kept connection, beside other clients"},
}


def draw(results: Json) -> Json:
    """Those that could be drawn. It takes the Python that has matplotlib."""
    wanted = {part: PICTURES[part] for part in PICTURES if part in results}
    if not wanted:
        return {}
    try:
        from .build import venv

        venv()
        FOLDER.mkdir(parents=True, exist_ok=True)
        (RESULTS / "plotted").write_text(json.dumps(results))
        subprocess.run(
            [str(PYTHON), "-B", "-m", "harness.plots"], cwd=BENCHES, env=environment(MPLBACKEND="svg"), check=True,
        )
    except (Failure, OSError, subprocess.CalledProcessError) as error:
        say(f"no pictures: {error}")
        return {}
    return wanted


def main() -> None:
    import matplotlib

    matplotlib.rcParams.update({
        "svg.hashsalt": "atlas_webhook", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9,
        "axes.spines.top": False, "axes.spines.right": False, "figure.constrained_layout.use": True,
    })
    from matplotlib import pyplot

    def save(figure, name: str) -> None:
        figure.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})

    def bars(axes, names: list[str], values: list[float], label) -> None:
        ours = ["#1b6ca8" if "**" in name or name == NAMES["library"] else "#b0b7bd" for name in names]
        drawn = axes.barh([name.strip("*") for name in names], values, color=ours)
        axes.bar_label(drawn, [label(value) for value in values], padding=3)
        axes.invert_yaxis()
        axes.margins(x=0.15)

    def instructions(found: Json) -> None:
        cases = [case for case in ("both-plain", "both-length", "both-chunked") if case in found]
        figure, all_axes = pyplot.subplots(1, len(cases), figsize=(10, 2.2), sharey=True, squeeze=False)
        for case, axes in zip(cases, all_axes[0]):
            who = [name for name in PEERS if name in found[case]]
            counts = [found[case][name]["instructions"] for name in who]
            bars(axes, [NAMES[name] for name in who], counts, lambda value: f"{value:,.0f}")
            # Once: the axis is shared.
            if axes is not all_axes[0][0]:
                axes.invert_yaxis()
            axes.set_title(CASES[case], fontsize=9)
            axes.set_xticks([])
        save(figure, "instructions")

    def by_bytes(found: Json) -> None:
        figure, axes = pyplot.subplots(figsize=(6, 3.6))
        lengths = [1, 2, 4, 8, 16]
        for name in PEERS:
            times = [found.get(f"head-{kib}k-bytes", {}).get(name, {}).get("median") for kib in lengths]
            if None not in times:
                axes.loglog(
                    lengths, [time / 1e3 for time in times], marker="o", markersize=3, label=NAMES[name],
                    linewidth=2.2 if name == "library" else 1.2,
                )
        axes.set_xticks(lengths, [str(kib) for kib in lengths])
        axes.minorticks_off()
        axes.set_xlabel("KiB of head, one byte at a time")
        axes.set_ylabel("µs")
        axes.legend(frameon=False)
        save(figure, "bytes")

    def kept(found: Json) -> None:
        figure, axes = pyplot.subplots(figsize=(7, 2.6))
        who = list(found["kept"])
        values = [found["kept"][name]["median"] / 1e3 for name in who]
        bars(axes, [NAMES[name] for name in who], values, lambda value: f"{value:.1f}")
        axes.set_xlabel("µs per registration, client and server on one core")
        save(figure, "kept")

    found = json.loads((RESULTS / "plotted").read_text())
    for part, picture in {"instructions": instructions, "micro": by_bytes, "loopback": kept}.items():
        if part in found:
            picture(found[part])


if __name__ == "__main__":
    sys.exit(main())
