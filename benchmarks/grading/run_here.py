"""Grade a class, and print what it took: run in a process of its own, imports left out.

python -m benchmarks.grading.run_here ours CLASS ASSIGNMENT PROCESSES
python -m benchmarks.grading.run_here nbgrader CLASS ASSIGNMENT
"""

import json
import logging
import os
import resource
import sys
import time
from pathlib import Path


def ours(course, assignment: str, processes: str) -> None:
    grade(course, assignment, marker(int(processes)))


def nbgrader(course, assignment: str) -> None:
    """Let nbgrader run every notebook in a kernel, as it does by itself."""
    os.chdir(course.root)  # where it works
    config = course.config
    del config["Autograde"]  # our own steps
    config.Application.log_level = logging.CRITICAL
    api = NbGraderAPI(config=config)
    for student in course.submitters(assignment):
        api.autograde(assignment, student)


def scores(course, assignment: str) -> dict[str, float]:
    with course.gradebook() as gradebook:
        found = gradebook.assignment_submissions(assignment)
        return {each.student.id: each.score / each.max_score for each in found}


def cpu() -> float:
    """Seconds of processor time, of this process and of those that it started and that ended."""
    both = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return sum(each.ru_utime + each.ru_stime for each in both)


if __name__ == "__main__":
    # Here, not above: a process that is started to mark runs through this file, and needs none.
    from nbgrader.apps import NbGraderAPI

    from backprop_lab.classroom.course import Course
    from backprop_lab.classroom.grade import grade
    from backprop_lab.classroom.markers import marker

    way, folder, *arguments = sys.argv[1:]
    course = Course(Path(folder).absolute())
    start, begun = time.perf_counter(), cpu()
    {"ours": ours, "nbgrader": nbgrader}[way](course, *arguments)
    told = {
        "seconds": time.perf_counter() - start,
        "cpu": cpu() - begun,
        "scores": scores(course, arguments[0]),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(told))
