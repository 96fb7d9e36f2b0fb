"""A learner opens exercise 01, gets something wrong, is told what, and mends it."""

EXERCISE = "exercises/01_take_four_steps.ipynb"

WITH_A_MEAN = """def affine_backward(dout, x, W):
    print("N is", len(x))
    return dout @ W.T, x.T @ dout / len(x), dout.sum(axis=0)
"""
WITHOUT_AN_END = """def affine_backward(dout, x, W):
    while True:
        pass
"""
WITH_AN_EXIT = """def affine_backward(dout, x, W):
    exit()
"""
RIGHT = """def affine_backward(dout, x, W):
    return dout @ W.T, x.T @ dout, dout.sum(axis=0)
"""


def test_the_card_names_the_mistake_until_it_is_mended(course):
    course.open(EXERCISE)
    course.run_cell(course.find_cell("import check"))
    cell = course.find_cell("def affine_backward")
    check = course.find_cell('check("affine_backward"')

    def answer(source=None):
        if source:
            course.write(cell, source)
        course.run_cell(cell)
        course.run_cell(check)
        card = course.show_cell(check).query_selector(".jp-OutputArea-output")
        return card.inner_text()

    assert "Not written yet" in answer()
    said = answer(WITH_A_MEAN)
    assert "extra batch mean" in said
    assert "is your batch size" in said
    assert "N is 4" in said  # what the function printed
    course.screenshot("card")
    assert "did not come back" in answer(WITHOUT_AN_END)
    assert "ends the program" in answer(WITH_AN_EXIT)
    assert "Passed" in answer(RIGHT)  # the kernel is still there, and knows what it knew
    assert course.console_errors == []
