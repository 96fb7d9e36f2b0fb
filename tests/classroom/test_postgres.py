"""A gradebook in PostgreSQL: the same commands give the same points."""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from backprop_lab.classroom import ledger
from backprop_lab.classroom.course import ClassError, Course
from backprop_lab.classroom.export import export
from backprop_lab.classroom.grade import grade
from backprop_lab.classroom.new import begin
from backprop_lab.classroom.release import release
from backprop_lab.classroom.report import report

from .conftest import FOUR, GOOD, ONE_WRONG, ROOT, STUDENTS

pytest.importorskip("psycopg")
PLACES = os.pathsep.join(map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"))))
INITDB = shutil.which("initdb", path=os.pathsep.join([os.environ["PATH"], PLACES]))
pytestmark = pytest.mark.skipif(not INITDB, reason="PostgreSQL is not installed here")


@pytest.fixture(scope="module")
def database():
    """Run a server of our own on loopback; yield the address of an empty database."""
    # PostgreSQL refuses to run as root.
    user = "postgres" if getpass.getuser() == "root" else getpass.getuser()
    programs = Path(INITDB).resolve().parent
    home = Path(tempfile.mkdtemp())
    shutil.chown(home, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(program, *arguments):
        command = [programs / program, *arguments]
        subprocess.run(command, user=user, cwd=home, check=True, stdout=subprocess.DEVNULL)

    run("initdb", "-D", home / "data", "-A", "trust", "-U", "staff")
    options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1"
    run("pg_ctl", "-D", home / "data", "-l", home / "log", "-o", options, "-w", "start")
    try:
        run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "staff", "gradebook")
        yield f"postgresql+psycopg://staff@127.0.0.1:{port}/gradebook"
    finally:
        run("pg_ctl", "-D", home / "data", "-m", "immediate", "stop")
        shutil.rmtree(home)


@pytest.fixture
def course(database, tmp_path):
    root = tmp_path / "class"
    begin(root, ROOT / "solutions")
    with open(root / "nbgrader_config.py", "a") as config:
        config.write(f"c.CourseDirectory.db_url = {database!r}\n")
    (root / "students.csv").write_text(STUDENTS)
    release(Course(root), FOUR)
    return Course(root)


def test_a_class_is_graded_once_and_for_all(course, here):
    for student, data in {"ada": GOOD, "emmy": ONE_WRONG, "jose": b"{"}.items():
        place = course.folder("submitted", student, FOUR)
        place.mkdir(parents=True)
        (place / f"{FOUR}.ipynb").write_bytes(data)
    told = {}

    def tell(record, new):
        told[record.student] = record.points, new

    for _ in range(2):
        grade(course, FOUR, here, tell=tell)
        with course.gradebook() as gradebook:
            scores = {each: gradebook.find_submission(FOUR, each).score for each in told}
            kept = ledger.records(gradebook, FOUR)
        assert scores == {"ada": 8, "emmy": 7, "jose": 0}
        assert [each.student for each in kept] == ["ada", "emmy", "jose"]
    assert told == {"ada": (8, False), "emmy": (7, False), "jose": (0, False)}
    assert not (course.root / "gradebook.db").exists()
    assert "emmy" in Path(export(course, [FOUR], "csv")).read_text()
    assert report(course, FOUR).tasks


def test_a_server_that_is_gone_is_told_in_a_sentence(course):
    with open(course.root / "nbgrader_config.py", "a") as config:
        config.write(
            'c.CourseDirectory.db_url = "postgresql+psycopg://staff@127.0.0.1:9/gradebook"\n'
        )
    with pytest.raises(ClassError, match="The gradebook can't be used: .*refused"):
        Course(course.root).released()
