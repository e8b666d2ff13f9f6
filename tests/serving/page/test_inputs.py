"""What users give to a model, and that the page computes what `totfjs.run` computes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import totfjs
from tests.serving.page.visit import Visit


def _choose(visit: Visit, name: str, path: Path) -> None:
    visit.way(name, ".npy file").locator("input[type=file]").set_input_files(path)


def _give(visit: Visit, name: str, path: Path, array: np.ndarray[Any, Any]) -> None:
    """Chooses a file with an array, and waits until the page has read it."""
    np.save(path, array)
    _choose(visit, name, path)
    visit.input(name).get_by_text(f"{path.name}: {array.dtype.name},").wait_for()


def test_an_array_of_a_file_gives_what_run_gives(
    visit: Visit, served: Callable[[str], str], model: Callable[[str], Path], tmp_path: Path
) -> None:
    images = np.random.default_rng(1).random((3, 28, 28, 1), np.float32)
    visit.open(served("digits")).calm()
    _give(visit, "image", tmp_path / "images.npy", images)
    visit.run()
    expected = totfjs.run(model("digits"), {"image": images}, backend="wasm")["output"]
    np.testing.assert_array_equal(visit.result("output", tmp_path), expected)
    # the open size took over the batch of the file
    assert visit.page.get_by_label("b", exact=True).input_value() == "3"


def test_files_of_other_dtypes_are_read(visit: Visit, served: Callable[[str], str], tmp_path: Path) -> None:
    visit.open(served("pairs")).calm()
    _give(visit, "b", tmp_path / "b.npy", np.eye(3, dtype=np.float32))
    random = np.random.default_rng(3)
    for i, dtype in enumerate(("<f8", ">f4", "<f2", "u1", "<i8", ">i2")):
        values = random.integers(0, 9, (2, 3)).astype(dtype)
        _give(visit, "a", tmp_path / f"{i}.npy", np.asfortranarray(values))
        visit.run()
        np.testing.assert_array_equal(visit.result("product", tmp_path), values.astype(np.float32))


WRONG_FILES = [
    (np.zeros((2, 4), np.float32), "a takes the shape n × 3; this is 2 × 4."),
    (np.zeros((2, 3), np.complex64), "The file holds complex64, and this input takes float32"),
    (np.array([[2**24 + 1, 0, 0]]), "some of its integers are no float32"),
    (np.array([[None, 1, 2]], dtype=object), "it holds Python objects, which are never loaded"),
]


def test_files_that_do_not_fit_are_refused_in_words(visit: Visit, served: Callable[[str], str], tmp_path: Path) -> None:
    visit.open(served("pairs")).calm()
    for i, (array, message) in enumerate(WRONG_FILES):
        np.save(tmp_path / f"{i}.npy", array)
        _choose(visit, "a", tmp_path / f"{i}.npy")
        visit.page.locator(".problem", has_text=message).wait_for()


def test_a_file_that_is_no_array_is_refused(visit: Visit, served: Callable[[str], str], tmp_path: Path) -> None:
    path = tmp_path / "given.npy"
    path.write_bytes(b"1,2,3\n4,5,6\n")
    visit.open(served("pairs")).calm()
    _choose(visit, "a", path)
    visit.page.wait_for_selector(".problem")
    assert "This is no .npy file that can be read: it does not begin as an .npy file." in (visit.problem() or "")


def test_several_inputs_of_several_dtypes_and_several_outputs(
    visit: Visit, served: Callable[[str], str], tmp_path: Path
) -> None:
    visit.open(served("mixed")).calm()
    for i, value in enumerate(("1.5", "-2", "3e0", "0")):
        visit.input("x").get_by_label(f"x[{i}]", exact=True).fill(value)
    for i in range(5):
        visit.input("n").get_by_label(f"n[{i}]", exact=True).fill(str(i))
    visit.input("yes").get_by_label("yes", exact=True).check()
    visit.run()
    assert visit.result("total", tmp_path) == np.float32(2.5)
    assert visit.result("count", tmp_path).tolist() == [0, 2, 4, 6, 8]
    np.testing.assert_array_equal(visit.result("outer", tmp_path), np.outer([1.5, -2, 3, 0], [0, 1, 2]))
    assert visit.output("total").locator(".scalar").inner_text() == "2.5"


def test_a_wrong_number_is_pointed_at(visit: Visit, served: Callable[[str], str]) -> None:
    visit.open(served("mixed")).calm()
    visit.input("n").get_by_label("n[3]", exact=True).fill("1.5")
    visit.page.get_by_role("button", name="Run", exact=True).click()
    visit.page.wait_for_selector(".problem")
    assert "n[3]: “1.5” is no whole number." in (visit.problem() or "")
    assert visit.input("n").get_by_label("n[3]", exact=True).get_attribute("aria-invalid") == "true"


def test_text_sets_the_open_sizes(visit: Visit, served: Callable[[str], str], tmp_path: Path) -> None:
    visit.open(served("pairs")).calm()
    visit.page.get_by_label("n", exact=True).fill("20")
    visit.page.get_by_label("k", exact=True).fill("1")
    visit.page.keyboard.press("Tab")
    rows = "\n".join(f"{i}, {i + 1}; {i + 2}" for i in range(30))
    visit.input("a").get_by_role("textbox").fill(rows)
    for i in range(3):
        visit.input("b").get_by_label(f"b[{i}, 0]", exact=True).fill("1")
    visit.run()
    assert visit.result("product", tmp_path).ravel().tolist() == [3 * i + 3 for i in range(30)]
    assert visit.page.get_by_label("n", exact=True).input_value() == "30"


WRONG_TEXTS = [
    ("1, 2, 3\n4, five, 6", "Line 2, value 2: “five” is no number."),
    ("[[1, 2, 3], [4, 5]]", "Element [1] has the shape [2], the one before it [3]."),
    ("[[1, 2, 3]", "This begins as JSON and does not go on so"),
    ("1, 2", "a takes 60 values (20 × 3); these are 2."),
]


def test_text_that_is_wrong_is_refused_with_the_place(visit: Visit, served: Callable[[str], str]) -> None:
    visit.open(served("pairs")).calm()
    visit.page.get_by_label("n", exact=True).fill("20")
    visit.page.keyboard.press("Tab")
    for text, message in WRONG_TEXTS:
        visit.input("a").get_by_role("textbox").fill(text)
        visit.page.get_by_role("button", name="Run", exact=True).click()
        visit.page.locator(".problem", has_text=message).wait_for()


def test_strings_go_in_and_come_out(visit: Visit, served: Callable[[str], str]) -> None:
    visit.open(served("text"))
    visit.page.get_by_label("x axis 0", exact=True).fill("2")
    visit.page.keyboard.press("Tab")
    visit.input("x").get_by_label("x[0]", exact=True).fill("grüße")
    visit.input("x").get_by_label("x[1]", exact=True).fill("日本, <b>")
    visit.run()
    assert visit.output("y").locator(".numbers td").all_inner_texts()[1:] == ["grüße", "日本, <b>"]


def test_zeros_and_random_values_fill_an_input(visit: Visit, served: Callable[[str], str], tmp_path: Path) -> None:
    visit.open(served("digits")).calm()
    card = visit.way("image", "Values")
    card.get_by_role("button", name="Zeros").click()
    visit.run()
    assert not visit.result("output", tmp_path).any()
    card.get_by_role("button", name="Random").click()
    visit.run()
    assert visit.result("output", tmp_path).any()


def test_a_layers_model_runs(visit: Visit, served: Callable[[str], str], tmp_path: Path) -> None:
    visit.open(served("layers")).calm()
    card = visit.page.locator(".input")
    for i in range(2):
        card.locator("input[type=text]").nth(i).fill("1")
    visit.run()
    assert "Layers model" in visit.page.inner_text("#facts")
    name = visit.page.locator(".output h3").inner_text()
    assert visit.result(name, tmp_path).tolist() == [[13.0, 25.0, 37.0]]


def test_a_model_that_needs_execute_async_runs(visit: Visit, served: Callable[[str], str], tmp_path: Path) -> None:
    visit.open(served("turns")).calm()
    visit.input("x").get_by_label("x[0]", exact=True).fill("3")
    visit.run()
    assert visit.result("output", tmp_path).tolist() == [192.0, 0.0, 0.0]
    visit.page.get_by_text("About this model").click()
    assert "executeAsync" in visit.page.inner_text(".about")
