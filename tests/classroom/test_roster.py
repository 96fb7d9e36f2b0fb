"""The class list: who is meant by a name on a file, and what is wrong with a list."""

import pytest

from backprop_lab.classroom.course import ClassError
from backprop_lab.classroom.roster import Roster, Student, letters, read_roster, roster

JOSE = Student("jose", "José", "Müller-Ruiz", "j.mueller@example.org", "1003")
ANN1, ANN2 = Student("ann1", "Ann", "Lee", lms_user_id="7"), Student("ann2", "Ann", "Lee")


@pytest.mark.parametrize(
    "name",
    ["jose", "1003", "José Müller-Ruiz", "mullerruizjose", "JOSE MULLER RUIZ", "j.mueller"],
)
def test_a_student_is_found_by_all_that_a_platform_may_write(name):
    assert Roster([JOSE, ANN1]).find(name) is JOSE


def test_the_surer_name_comes_first():
    assert Roster([ANN1, ANN2]).find("7", "leeann") is ANN1


def test_two_of_one_name_are_asked_about_rather_than_guessed():
    with pytest.raises(LookupError, match="may be ann1, ann2"):
        Roster([ANN1, ANN2]).find("leeann")


def test_a_name_of_nobody_says_what_to_do():
    with pytest.raises(LookupError, match=r"'eve' is nobody in students.csv: add the student"):
        Roster([JOSE]).find("eve")


def test_a_name_without_letters_is_nobodys():
    assert letters("--") == ""
    with pytest.raises(LookupError):
        Roster([Student("x")]).find("--")


@pytest.mark.parametrize("bad", ["../up", "a/b", ".", "..", ".hidden", "a b", "-x", "a\\b", "é"])
def test_an_id_that_would_leave_its_folder_is_refused(bad):
    with pytest.raises(ClassError, match="line 2.*can't be an id"):
        read_roster(f"id,first_name\n{bad},Eve\n")


def test_an_id_that_is_there_twice_is_refused():
    with pytest.raises(ClassError, match="line 3: the id 'ada' is there twice"):
        read_roster("id\nada\nada\n")


def test_a_list_without_ids_says_what_its_first_line_has_to_be():
    with pytest.raises(ClassError, match="id,first_name,last_name,email,lms_user_id"):
        read_roster("name\nAda\n")


def test_a_class_without_a_list_is_told_to_write_one(course):
    (course.root / "students.csv").unlink()
    with course.gradebook() as gradebook, pytest.raises(ClassError, match="no class list"):
        roster(course, gradebook)


def test_a_list_saved_by_a_spreadsheet_is_read_and_goes_into_the_gradebook(course):
    text = "\ufeffid,first_name\r\nzoe,Zoë\r\n,\r\n"
    (course.root / "students.csv").write_bytes(text.encode())
    with course.gradebook() as gradebook:
        assert roster(course, gradebook).find("Zoe").first_name == "Zoë"
        assert gradebook.find_student("zoe").first_name == "Zoë"


def test_a_list_in_another_encoding_is_told_how_to_save_it(course):
    (course.root / "students.csv").write_bytes("id,first_name\nzoe,Zoë\n".encode("latin-1"))
    with (
        course.gradebook() as gradebook,
        pytest.raises(ClassError, match="Save it again as CSV UTF"),
    ):
        roster(course, gradebook)
