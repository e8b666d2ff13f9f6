from xml.etree import ElementTree

import pytest

from jax_to_tfjs_demo.training.confusion import confusion_matrix

SVG = "{http://www.w3.org/2000/svg}"
COUNTS = [[8, 2, 0], [0, 10, 0], [1, 0, 3]]


def drawn(counts=COUNTS, classes=("cat", "dog", "Ankle boot")):
    return ElementTree.fromstring(confusion_matrix(counts, classes, "a & b"))


def texts(tree):
    return [element.text for element in tree.iter(f"{SVG}text")]


def test_counts_stand_in_rows_of_what_is_shown_with_the_share_that_was_right():
    found = texts(drawn())
    first = found.index("cat", found.index("right"))
    assert found[first : first + 5] == ["cat", "8", "2", "0", "80.00 %"]
    assert {"100.00 %", "75.00 %", "Ankle boot", "Ankle…"} <= set(found)


def test_cells_are_shaded_by_their_share_of_the_row():
    tree = drawn()
    right = [float(cell.get("fill-opacity")) for cell in tree.iter(f"{SVG}rect") if cell.get("class") == "right"]
    wrong = [float(cell.get("fill-opacity")) for cell in tree.iter(f"{SVG}rect") if cell.get("class") == "wrong"]
    assert right == [0.8, 1.0, 0.75]
    assert len(wrong) == 2 and min(wrong) > 0


def test_it_is_told_in_words_too():
    tree = drawn()
    assert tree.find(f"{SVG}title").text == "a & b"
    assert tree.find(f"{SVG}desc").text == (
        "21 of 24 images were classified rightly, 87.50 %."
        " Most frequent mistakes: cat taken for dog: 2; Ankle boot taken for cat: 1."
    )


def test_a_class_without_images_has_no_share():
    tree = drawn([[0, 0], [0, 4]], ("a", "b"))
    assert "no images" in texts(tree)
    assert tree.find(f"{SVG}desc").text.endswith("Most frequent mistakes: none.")


def test_every_class_needs_a_row_and_a_column():
    with pytest.raises(ValueError, match="2 classes need as many rows and columns"):
        confusion_matrix([[1, 0, 0], [0, 1, 0]], ("a", "b"))
