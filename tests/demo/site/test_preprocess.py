"""The preprocessing makes of drawings what MNIST made of its digits; in Node, and with a test set in the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.demo.page_accuracy import predictions

from jax_to_tfjs_demo import site
from jax_to_tfjs_demo.data import scaled
from jax_to_tfjs_demo.site.build import page
from tests.demo.site import network
from tests.demo.site.mirror import SIZE, drawn, prepared
from tests.demo.site.visit import ONE, SEVEN, Visit
from tests.loader.node import node

DRAWINGS = {
    "seven": drawn(SEVEN),
    "one": drawn(ONE),
    "flat": drawn([(0.2, 0.5), (0.8, 0.5)]),
    "dot": drawn([(0.3, 0.3), (0.3, 0.3)]),
    "in a corner": drawn([(0.9, 0.9), (0.98, 0.99), (0.9, 0.98)], pen=6),
    "at all sides": drawn([(0, 0), (1, 0), (1, 1), (0, 1)]),
    "one pixel": np.pad([[1.0]], ((40, SIZE - 41), (200, SIZE - 201))),
    "pale": 0.2 * drawn(SEVEN),
    "of two strokes": np.maximum(drawn([(0.1, 0.2), (0.3, 0.2)]), drawn([(0.6, 0.9), (0.7, 0.5)])),
}
PREPARE = """
import {readFileSync} from 'node:fs';
import {pathToFileURL} from 'node:url';
const {prepare} = await import(pathToFileURL(process.argv[2]));
const bytes = readFileSync('ink');
const ink = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const found = [];
for (let at = 0; at < ink.length; at += 280 * 280) found.push(prepare(ink.subarray(at, at + 280 * 280), 280, 280));
console.log(JSON.stringify(found.map((pixels) => pixels === null ? null : Array.from(pixels))));
"""


def in_node(folder: Path, *drawings: np.ndarray) -> list[Any]:
    (folder / "ink").write_bytes(np.float32(drawings).tobytes())
    (folder / "package.json").write_text('{"type": "module"}')
    source = page() / "page/preprocess.js"
    done = node(folder, str(source), script=PREPARE)
    assert done.returncode == 0, done.stderr
    return [None if row is None else np.float32(row).reshape(28, 28) for row in json.loads(done.stdout)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    return dict(zip(DRAWINGS, in_node(tmp_path_factory.mktemp("node"), *DRAWINGS.values()), strict=True))


@pytest.mark.parametrize("name", DRAWINGS)
def test_javascript_and_python_make_the_same_of_a_drawing(name: str, made: dict[str, np.ndarray]) -> None:
    np.testing.assert_allclose(made[name], prepared(DRAWINGS[name]), atol=2e-4)


@pytest.mark.parametrize("name", [name for name in DRAWINGS if name != "in a corner"])
def test_the_ink_fills_a_box_of_twenty(name: str, made: dict[str, np.ndarray]) -> None:
    inked = np.argwhere(made[name] > 0.3)
    assert 19 <= max(np.ptp(inked, axis=0)) + 1 <= 22
    assert made[name].max() == 1
    assert made[name].min() >= 0


@pytest.mark.parametrize("name", ["one", "flat", "dot", "at all sides", "pale"])
def test_the_centre_of_mass_comes_to_the_middle(name: str, made: dict[str, np.ndarray]) -> None:
    pixels = made[name]
    for axis in (0, 1):
        sums = pixels.sum(axis=axis)
        assert (sums * (np.arange(28) + 0.5)).sum() / sums.sum() == pytest.approx(14.5, abs=0.6)


def test_size_place_and_darkness_of_a_drawing_do_not_matter(tmp_path: Path) -> None:
    small = drawn([(0.3 * x + 0.6, 0.3 * y + 0.1) for x, y in SEVEN], pen=6.6)
    large, found, pale = in_node(tmp_path, drawn(SEVEN), small, 0.4 * drawn(SEVEN))
    np.testing.assert_allclose(found, large, atol=0.2)
    np.testing.assert_allclose(pale, large, atol=0.01)


def test_empty_paper_is_nothing(tmp_path: Path) -> None:
    assert in_node(tmp_path, np.zeros((SIZE, SIZE))) == [None]


def test_digits_of_the_test_set_are_read_through_the_page_as_well_as_from_their_file(
    visit: Callable[..., Visit], url: str, built: site.Site
) -> None:
    opened, dataset = visit().open(url), network.digits()
    path, images, labels = built.models[0].path, dataset.test_images, dataset.test_labels
    stored = predictions(opened.page, path, images, plain=True)
    weights, _ = network.trained()
    assert stored == np.argmax(network.logits(weights, scaled(images)), -1).tolist()
    through = predictions(opened.page, path, images)
    assert np.mean(through == labels) >= np.mean(stored == labels) - 0.02
    # each is a drawing of the same digit
    assert np.mean(np.equal(through, stored)) >= 0.93
