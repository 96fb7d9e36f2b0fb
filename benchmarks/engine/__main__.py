"""Time a training step of the engine and of its peers: `python -m benchmarks.engine --help`."""

import os
import platform
from statistics import median
from typing import Annotated

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from .workers import CONTENDERS, Worker, clean_environment
from .workloads import WORKLOADS

QUICK = {"W1", "W2", "W3", "W3b", "W5"}  # workloads whose 10,000 steps take seconds

console = Console(width=max(96, Console().width))


def main(
    workloads: Annotated[str, typer.Option(help="Which ones, as in W1,W3b.")] = ",".join(WORKLOADS),
    rounds: Annotated[int, typer.Option(help="Rounds in which all peers take turns.")] = 21,
    milliseconds: Annotated[float, typer.Option(help="Length of a peer's turn.")] = 15.0,
):
    """Print microseconds per training step, goals, growth with size, and memory."""
    names = workloads.split(",")
    if unknown := set(names) - set(WORKLOADS):
        raise typer.BadParameter(f"{', '.join(unknown)}: choose from {', '.join(WORKLOADS)}")
    for name in clean_environment():
        console.print(f"{name} was set and is unset for the measurement: it slows NumPy alone.")
    if os.getloadavg()[0] > 0.5:
        console.print("The machine is busy with other work: trust the ratios, not the times.")
    present = [c for c in CONTENDERS if c.installed()]
    absent = [c.title for c in CONTENDERS if not c.installed()]
    workers = {c.title: Worker(c) for c in present}
    agree(names, workers)
    table = step_table(workers)
    for name in names:
        times = measure(WORKLOADS[name], workers, rounds, milliseconds / 1000)
        table.add_row(*row(WORKLOADS[name], times, workers))
    console.print(table)
    console.print(
        f"Medians, float64, one thread, {platform.machine()}, NumPy {np.__version__}. "
        "bound: the matrix products alone.",
        *(f"{name}: {WORKLOADS[name].about}" for name in names),
        sep="\n",
    )
    if absent:
        console.print(f"Not installed: {', '.join(absent)}")
    console.print(growth_table(workers["ours"], rounds, milliseconds / 1000))
    console.print(memory_table(workers["ours"], names))
    for worker in workers.values():
        worker.close()


def agree(names, workers):
    """Stop unless all peers reach the same parameters in four steps: else they do other work."""
    rivals = [w for t, w in workers.items() if w.contender.comparable and t != "ours"]
    for name in names:
        ours = np.array(workers["ours"].ask("after_four_steps", name))
        for rival in rivals:
            theirs = np.array(rival.ask("after_four_steps", name))
            if not np.allclose(ours, theirs, rtol=1e-9, atol=1e-9):
                gap = np.abs(ours - theirs).max()
                raise SystemExit(f"{name}: ours and {rival.contender.title} differ by {gap:.1e}")
    titles = ", ".join(rival.contender.title for rival in rivals)
    console.print(f"After four steps, ours has the parameters of {titles} (to 1e-9, float64).")


def measure(workload, workers, rounds, seconds):
    """Seconds per step of each peer in each round; the peers take turns within a round."""
    running, turns = [], {}
    for title, worker in workers.items():
        if worker.contender.takes(workload):
            worker.ask("prepare", workload.name)
            turns[title] = turn_length(worker, seconds)
            running.append(title)
    times = {title: [] for title in running}
    for _ in range(rounds):
        for title in running:
            times[title].append(workers[title].ask("time", turns[title]))
    return times


def turn_length(worker, seconds):
    """Find how many steps fill a turn; the first ones also warm up."""
    n = 3
    for _ in range(4):
        n = max(1, round(seconds / worker.ask("time", n)))
    return n


def step_table(workers):
    table = Table(title="Microseconds per training step", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("")
    for title in (*workers, "PyTorch / ours", "goal", "ours / bound"):
        # A heading breaks between words, so that the table fits a terminal of 80 columns.
        table.add_column("\n".join(title.replace("-", "- ").split()), justify="right")
    return table


def row(workload, times, workers):
    cells = [microseconds(median(times[t])) if t in times else "–" for t in workers]
    faster, goal = "–", f"{workload.goal:g}"
    if "PyTorch" in times:
        ratio = ratio_of(times["PyTorch"], times["ours"])
        faster = f"{ratio:.2f}"
        goal += " ✓" if ratio >= workload.goal else " ✗"
    return [workload.name, *cells, faster, goal, f"{ratio_of(times['ours'], times['bound']):.1f}"]


def microseconds(seconds):
    return f"{1e6 * seconds:.1f}" if seconds < 1e-4 else f"{1e6 * seconds:.0f}"


def ratio_of(a, b):
    """Compare round by round: what slows the whole machine for a while cancels out."""
    return median(x / y for x, y in zip(a, b, strict=True))


def growth_table(worker, rounds, seconds):
    """Show that a step takes time in proportion to depth, and to batch size."""
    table = Table(title="W3 at other sizes, ours: µs in proportion", box=box.SIMPLE_HEAD)
    for heading in ("depth", "µs", "per layer", "batch", "µs", "per sample"):
        table.add_column(heading, justify="right")
    for depth, batch in zip((5, 10, 20, 40, 80), (64, 128, 256, 512, 1024), strict=True):
        deep = sized(worker, depth, 32, rounds, seconds)
        wide = sized(worker, 2, batch, rounds, seconds)
        table.add_row(
            *(str(depth), f"{deep:.0f}", f"{deep / depth:.1f}"),
            *(str(batch), f"{wide:.0f}", f"{wide / batch:.2f}"),
        )
    return table


def sized(worker, depth, batch, rounds, seconds):
    """Microseconds per step at another size: the best round, the one that nothing disturbed."""
    worker.ask("resize", depth, batch)
    n = turn_length(worker, seconds)
    return 1e6 * min(worker.ask("time", n) for _ in range(rounds))


def memory_table(worker, names):
    table = Table(title="Memory, ours", box=box.SIMPLE_HEAD)
    for heading in ("", "kB made anew in a step", "steps", "kB more after them"):
        table.add_column(heading, justify="right")
    for name in names:
        steps = 10_000 if name in QUICK else 1_000
        made, more = worker.ask("memory", name, steps)
        table.add_row(name, f"{made / 1000:.1f}", f"{steps:,}", f"{more / 1000:.1f}")
    return table


if __name__ == "__main__":
    typer.run(main)
