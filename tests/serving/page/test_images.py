"""Pictures as inputs: files, drawings and the camera; what the page makes of them, and what it shows of outputs."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser

from tests.serving.page.visit import Visit

PHOTO = np.random.default_rng(5).integers(0, 256, (12, 16, 3), np.uint8)


def _png(pixels: np.ndarray[Any, Any]) -> bytes:
    height, width = pixels.shape[:2]
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(_png(PHOTO))
    return path


def _choose(visit: Visit, path: Path) -> None:
    visit.way("image", "Picture").locator("input[type=file]").set_input_files(path)
    visit.status("^Picture ")


def test_a_picture_of_the_right_size_goes_in_as_its_bytes(
    visit: Visit, served: Callable[[str], str], photo: Path, tmp_path: Path
) -> None:
    visit.open(served("photo")).calm()
    _choose(visit, photo)
    visit.run()
    np.testing.assert_array_equal(visit.result("same", tmp_path)[0], PHOTO.astype(np.float32) / np.float32(255))
    assert "12 × 16 × 3" in visit.input("image").locator("figcaption").inner_text()


SCALES = {
    "−1 to 1": PHOTO / 127.5 - 1,
    "0 to 255": PHOTO,
    "ImageNet’s mean and deviation": (PHOTO / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225],
}


def test_pixels_are_scaled_as_chosen(visit: Visit, served: Callable[[str], str], photo: Path, tmp_path: Path) -> None:
    visit.open(served("photo")).calm()
    _choose(visit, photo)
    for scale, expected in SCALES.items():
        visit.page.get_by_label("Scale", exact=True).select_option(label=scale)
        visit.run()
        np.testing.assert_allclose(visit.result("same", tmp_path)[0], expected, atol=1e-6)


def test_colours_are_inverted_and_taken_away(
    visit: Visit, served: Callable[[str], str], photo: Path, tmp_path: Path
) -> None:
    visit.open(served("photo")).calm()
    _choose(visit, photo)
    visit.page.get_by_label("Scale", exact=True).select_option(label="0 to 255")
    visit.page.get_by_label("Grayscale").check()
    visit.page.get_by_label("Invert").check()
    visit.run()
    grey = (PHOTO.astype(np.int64) @ [19595, 38470, 7471] + 32768) >> 16
    np.testing.assert_array_equal(visit.result("same", tmp_path)[0], np.repeat(255 - grey[..., None], 3, 2))


def test_a_picture_of_another_shape_is_fitted_or_cut(
    visit: Visit, served: Callable[[str], str], tmp_path: Path
) -> None:
    path = tmp_path / "white.png"
    path.write_bytes(_png(np.full((40, 40, 3), 255, np.uint8)))
    visit.open(served("photo")).calm()
    _choose(visit, path)
    for fit, edge in (("Fit, with black borders", 0), ("Fill, cut the edges", 1), ("Stretch", 1)):
        visit.page.get_by_label("Size", exact=True).select_option(label=fit)
        visit.run()
        assert np.unique(visit.result("same", tmp_path)[0][:, [0, -1]]).tolist() == [edge]


def test_a_dropped_picture_goes_in(visit: Visit, served: Callable[[str], str], photo: Path, tmp_path: Path) -> None:
    visit.open(served("photo")).calm()
    _drop(visit, "image", photo.read_bytes(), "photo.png", "image/png")
    visit.status("^Picture photo.png")
    visit.run()
    np.testing.assert_array_equal(visit.result("same", tmp_path)[0], PHOTO.astype(np.float32) / np.float32(255))


def _drop(visit: Visit, name: str, content: bytes, file: str, kind: str) -> None:
    make = """([bytes, name, type]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(bytes)], name, {type}));
      return transfer;
    }"""
    transfer = visit.page.evaluate_handle(make, [list(content), file, kind])
    for event in ("dragover", "drop"):
        visit.input(name).dispatch_event(event, {"dataTransfer": transfer})


def test_a_pasted_picture_goes_in(visit: Visit, served: Callable[[str], str], photo: Path, tmp_path: Path) -> None:
    visit.open(served("photo")).calm()
    paste = """(bytes) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File([new Uint8Array(bytes)], 'pasted.png', {type: 'image/png'}));
      document.dispatchEvent(new ClipboardEvent('paste', {clipboardData}));
    }"""
    visit.page.evaluate(paste, list(photo.read_bytes()))
    visit.status("^Picture pasted.png")
    visit.run()
    np.testing.assert_array_equal(visit.result("same", tmp_path)[0], PHOTO.astype(np.float32) / np.float32(255))


def test_what_is_no_picture_is_refused(visit: Visit, served: Callable[[str], str], tmp_path: Path) -> None:
    path = tmp_path / "not.png"
    path.write_bytes(b"<html>")
    visit.open(served("photo")).calm()
    visit.way("image", "Picture").locator("input[type=file]").set_input_files(path)
    visit.page.wait_for_selector(".problem")
    assert "not.png is no picture that this browser can read." in (visit.problem() or "")


def test_a_drawing_runs_while_it_is_drawn(visit: Visit, served: Callable[[str], str], tmp_path: Path) -> None:
    visit.open(served("digits"))
    box = visit.page.get_by_role("img", name="Drawing for image").bounding_box()
    assert box is not None
    visit.page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.5)
    visit.page.mouse.down()
    visit.page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.5, steps=5)
    visit.page.mouse.up()
    visit.page.wait_for_selector(".output .bars tbody tr")
    visit.status("Done in")
    visit.calm().run()
    assert visit.result("output", tmp_path).any()
    # what the model gets is white where the line is, and black elsewhere
    pixels = "() => document.querySelector('canvas.pixels').getContext('2d').getImageData(0, 0, 28, 28).data"
    given = visit.page.evaluate(f"[...({pixels})()]")
    assert given[4 * (14 * 28 + 14)] > 200
    assert given[4 * (4 * 28 + 14)] == 0


def test_the_output_is_named_by_the_labels_of_the_model(visit: Visit, served: Callable[[str], str]) -> None:
    visit.open(served("digits")).calm()
    visit.page.get_by_role("button", name="Ring").click()
    visit.run()
    assert visit.output("output").locator("tbody th").all_inner_texts()[:3] == ["zero", "one", "two"]
    assert visit.status("Done in").endswith(").")


def test_an_output_that_is_like_a_picture_is_drawn(visit: Visit, served: Callable[[str], str], photo: Path) -> None:
    visit.open(served("photo")).calm()
    _choose(visit, photo)
    visit.run()
    canvas = "() => [...document.querySelector('.output canvas').getContext('2d').getImageData(3, 2, 1, 1).data]"
    assert visit.page.evaluate(canvas) == [*PHOTO[2, 3].tolist(), 255]


def test_the_camera_feeds_the_model(browser: Browser, served: Callable[[str], str]) -> None:
    visit = Visit(browser, permissions=["camera"]).open(served("photo"))
    visit.way("image", "Camera").get_by_role("button", name="Start the camera").click()
    visit.page.wait_for_selector(".output canvas")
    visit.page.get_by_role("button", name="Stop the camera").click()
    visit.idle()
    visit.close()


def test_a_camera_that_is_not_allowed_is_explained(visit: Visit, served: Callable[[str], str]) -> None:
    visit.open(served("photo"))
    visit.way("image", "Camera").get_by_role("button", name="Start the camera").click()
    visit.page.wait_for_selector(".problem")
    assert "The browser does not let this page use the camera." in (visit.problem() or "")
