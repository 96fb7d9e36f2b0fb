"""What comes in: whose it is by its name, and what is refused before anything is written."""

import io
import os
import zipfile
from datetime import UTC, datetime

import pytest

from backprop_lab.classroom import arrivals as module
from backprop_lab.classroom.arrivals import LARGEST, arrivals, named

from .conftest import FOUR, GOOD, zipped


def came(place):
    return list(arrivals(place, FOUR))


def only(place):
    (found,) = came(place)
    return found


@pytest.fixture
def archive(tmp_path):
    def write(files, **more):
        path = tmp_path / "download.zip"
        path.write_bytes(zipped(files, **more))
        return path

    return write


@pytest.mark.parametrize(
    ("where", "names", "file"),
    [
        ("Ada Lovelace_31_assignsubmission_file_/work.ipynb", ("31", "Ada Lovelace"), "work.ipynb"),
        ("Ada Lovelace_31_assignsubmission_file/work.ipynb", ("31", "Ada Lovelace"), "work.ipynb"),
        ("Ada Lovelace_31_assignsubmission_file_work.ipynb", ("31", "Ada Lovelace"), "work.ipynb"),
        ("A_B C_31_assignsubmission_file_/x.ipynb", ("31", "A_B C"), "x.ipynb"),
        ("lovelaceada_1001_77_work.ipynb", ("1001", "lovelaceada"), "work.ipynb"),
        ("lovelaceada_LATE_1001_77_work-2.ipynb", ("1001", "lovelaceada"), "work.ipynb"),
        ("lovelaceada_1001_77_my_work.ipynb", ("1001", "lovelaceada"), "my_work.ipynb"),
        (f"ada/{FOUR}/{FOUR}.ipynb", ("ada", FOUR), f"{FOUR}.ipynb"),
        (f"submitted/ada/{FOUR}/{FOUR}.ipynb", ("ada", FOUR), f"{FOUR}.ipynb"),
        ("ada.ipynb", ("ada", "ada"), "ada.ipynb"),
        (f"ada_{FOUR}.ipynb", ("ada", f"ada_{FOUR}"), f"ada_{FOUR}.ipynb"),
    ],
)
def test_a_name_says_whose_file_it_is(where, names, file):
    found = named(where, FOUR)
    assert (found.names, found.file) == (names, file)


def test_canvas_counts_resubmissions_and_says_what_is_late():
    first, second = named("a_1_2_w.ipynb", FOUR), named("a_LATE_1_3_w-2.ipynb", FOUR)
    assert (first.version, first.late) == (0, False)
    assert (second.version, second.late) == (2, True)


def test_a_notebook_in_a_zip_comes_with_its_bytes_and_day(archive):
    found = only(archive({"ada.ipynb": GOOD}))
    assert found.data == GOOD
    assert found.when.year >= 2026
    assert not found.refused


def test_what_macos_and_jupyter_add_is_passed_over(archive):
    files = {"__MACOSX/._ada.ipynb": b"", ".ipynb_checkpoints/ada.ipynb": b"", "ada.ipynb": GOOD}
    assert only(archive(files)).data == GOOD


@pytest.mark.parametrize(
    "name",
    ["../../ada.ipynb", "/etc/ada.ipynb", "a/../../ada.ipynb", "..\\ada.ipynb", "C:/a.ipynb"],
)
def test_a_name_that_leads_out_of_the_folder_is_refused(archive, name):
    assert "leads out of the folder" in only(archive({name: GOOD})).refused


def test_a_link_in_a_zip_is_refused(tmp_path):
    path = tmp_path / "download.zip"
    with zipfile.ZipFile(path, "w") as file:
        info = zipfile.ZipInfo("ada.ipynb")
        info.external_attr = 0o120777 << 16
        file.writestr(info, "/etc/passwd")
    assert only(path).refused.startswith("a link")


def test_a_link_in_a_folder_is_refused_and_so_is_a_folder_behind_a_link(download, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "emmy.ipynb").write_bytes(GOOD)
    (download / "ada.ipynb").symlink_to("/etc/passwd")
    (download / "emmy.zip").symlink_to(tmp_path / "elsewhere")
    assert [each.refused[:6] for each in came(download)] == ["a link", "a link"]


def test_a_pipe_neither_hangs_nor_counts(download):
    os.mkfifo(download / "ada.ipynb")
    assert only(download).refused == "not a plain file"


def test_a_bomb_is_refused_by_what_comes_out_of_it(archive, monkeypatch):
    assert "larger than a notebook" in only(archive({"ada.ipynb": b"0" * (LARGEST + 1)})).refused
    monkeypatch.setattr(module, "CHUNK", 1 << 10)
    assert "larger" in only(archive({"ada.ipynb": b"0" * 1_000_000})).refused


def test_a_zip_that_lies_about_its_sizes_is_refused(tmp_path):
    data = bytearray(zipped({"ada.ipynb": b"0" * 5_000_000}))
    size = (5_000_000).to_bytes(4, "little")
    assert data.count(size) == 2
    path = tmp_path / "download.zip"
    path.write_bytes(data.replace(size, (9).to_bytes(4, "little")))
    found = only(path)
    assert found.refused
    assert not found.data


def test_a_zip_of_too_many_files_is_refused_at_once(archive, monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)
    assert "3 files" in only(archive({"a.txt": b"", "b.txt": b"", "c.txt": b""})).refused


def test_an_encrypted_file_is_refused(tmp_path):
    data = bytearray(zipped({"ada.ipynb": GOOD}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "download.zip"
    path.write_bytes(data)
    assert "encrypted" in only(path).refused


def test_a_damaged_file_in_a_zip_stops_no_other(tmp_path):
    data = bytearray(zipped({"ada.ipynb": GOOD, "emmy.ipynb": GOOD}))
    data[60:90] = b"\0" * 30
    path = tmp_path / "download.zip"
    path.write_bytes(data)
    first, second = came(path)
    assert "can't be unpacked" in first.refused
    assert second.data == GOOD


def test_a_student_may_hand_in_a_zip_but_no_zip_in_a_zip(archive):
    inner = zipped({"work.ipynb": GOOD})
    name = "lovelaceada_1001_77_work.zip"
    found = only(archive({name: inner}))
    assert (found.names[0], found.file, found.data) == ("1001", "work.ipynb", GOOD)
    assert "a zip in a zip in a zip" in only(archive({name: zipped({"work.zip": inner})})).refused


def test_a_path_out_of_a_students_own_zip_is_refused(archive):
    inner = zipped({"../../emmy.ipynb": GOOD})
    assert "leads out" in only(archive({"lovelaceada_1001_77_work.zip": inner})).refused


@pytest.mark.parametrize("name", ["ada.pdf", "ada.ipynb.txt", "ada", "ada.py"])
def test_another_kind_of_file_is_refused_by_name(archive, name):
    assert "a notebook (.ipynb) is expected" in only(archive({name: b"x"})).refused


def test_no_zip_at_all_is_refused_within_a_folder(download):
    (download / "ada.zip").write_bytes(b"PK, but no zip")
    assert "no zip that can be read" in only(download).refused


def test_a_zip_of_zeros_is_no_zip():
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(b"\0" * 100))


def test_a_students_zip_holds_no_more_files_than_a_person_writes(archive, monkeypatch):
    monkeypatch.setattr(module, "MOST_OWN", 2)
    many = zipped({f"{each}.ipynb": GOOD for each in range(3)})
    ada, emmy = came(archive({"ada.zip": many, "emmy.ipynb": GOOD}))
    assert ada.refused == "a zip of 3 files, and 2 are the limit"
    assert emmy.data == GOOD


def test_a_students_zip_of_many_large_files_does_not_fill_the_memory(archive, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_ZIP", 5 * len(GOOD) // 2)
    many = zipped({f"{each}.ipynb": GOOD for each in range(9)})
    *taken, last, emmy = came(archive({"ada.zip": many, "emmy.ipynb": GOOD}))
    assert [each.data for each in taken] == [GOOD, GOOD]
    assert "far more than one person" in last.refused
    assert emmy.data == GOOD


def test_a_file_of_no_day_comes_all_the_same(download):
    path = download / "ada.ipynb"
    path.write_bytes(GOOD)
    os.utime(path, (-1, -1))
    assert (only(download).data, only(download).when) == (GOOD, module.LONG_AGO)
    assert module._day(lambda: datetime.fromtimestamp(10**15, UTC)) == module.LONG_AGO


def test_a_folder_that_cannot_be_opened_is_not_passed_over(download, monkeypatch):
    def closed(place):
        raise PermissionError(13, "Permission denied", place)

    monkeypatch.setattr(os, "scandir", closed)
    with pytest.raises(PermissionError):
        came(download)
