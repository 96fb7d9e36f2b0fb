"""Grade notebooks with Otter on this machine; it runs in an environment that has Otter.

python run_otter.py '{"TASK": POINTS}' NOTEBOOK... prints {"seconds": .., "cpu": .., "scores": ..}
"""

import contextlib
import io
import json
import os
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from otter.run import main as run_otter

CASE = """OK_FORMAT = True
test = {{"name": "{task}", "points": {points}, "suites": [{{"cases": [{{
    "code": '>>> from backprop_lab.grading import check\\n>>> check("{task}", {task}).passed\\nTrue'
}}]}}]}}
"""


def autograder(folder: Path, tasks: dict[str, float]) -> str:
    """Make what `otter generate` makes: the tests, and settings."""
    path = folder / "autograder.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("otter_config.json", json.dumps({"lang": "python"}))
        for task, points in tasks.items():
            archive.writestr(f"tests/{task}.py", CASE.format(task=task, points=points))
    return str(path)


def share(path: str, tests: str) -> float:
    results = run_otter(path, autograder=tests, output_dir=None, no_logo=True)
    return results.total / results.possible


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        tests = autograder(Path(folder), json.loads(sys.argv[1]))
        start, begun = time.perf_counter(), sum(os.times()[:4])
        with contextlib.redirect_stdout(io.StringIO()):
            scores = {Path(path).stem: share(path, tests) for path in sys.argv[2:]}
        print(
            json.dumps(
                {
                    "seconds": time.perf_counter() - start,
                    "cpu": sum(os.times()[:4]) - begun,
                    "scores": scores,
                }
            )
        )
