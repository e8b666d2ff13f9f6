import math
import re
from xml.etree import ElementTree

import pytest

from jax_to_tfjs_demo.training.curves import curves, ticks
from jax_to_tfjs_demo.training.metrics import EpochScore

SVG = "{http://www.w3.org/2000/svg}"


def score(epoch, loss, accuracy, train_loss=0.5, train_accuracy=0.8):
    return EpochScore(epoch, loss, accuracy, train_loss, train_accuracy, 1.0, 1.0, ((1,),))


def drawn(*scores):
    return ElementTree.fromstring(curves(scores, "jax_mnist <&>"))


def texts(tree):
    return [element.text for element in tree.iter(f"{SVG}text")]


def points(tree, panel):
    """The places of the line of the test images in a panel, after the two lines of the legend."""
    lines = [element.get("points") for element in tree.iter(f"{SVG}polyline")][2:]
    return [tuple(map(float, place.split(","))) for place in lines[2 * panel + 1].split()]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.02, 0.19, (0.0, 0.05, 0.1, 0.15, 0.2)),
        (98.1, 99.2, (98.0, 98.5, 99.0, 99.5)),
        (0, 1, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)),
        (3, 3, (3.0, 4.0)),
        (0, 0, (0.0, 0.2)),
        (0.0001, 0.0004, (0.0001, 0.0002, 0.0003, 0.0004)),
    ],
)
def test_ticks_are_round_and_hold_all_values(low, high, expected):
    assert ticks(low, high) == pytest.approx(expected)


def test_lines_rise_and_fall_as_the_numbers_do():
    tree = drawn(score(1, 0.4, 0.9), score(2, 0.2, 0.95), score(3, 0.3, 0.97))
    (x1, loss1), (x2, loss2), (x3, loss3) = points(tree, 0)
    assert x2 - x1 == pytest.approx(x3 - x2, abs=0.2)
    assert loss2 > loss3 > loss1  # downwards on the paper
    heights = [y for _, y in points(tree, 1)]
    assert heights == sorted(heights, reverse=True)


def test_a_value_lies_where_its_tick_does():
    tree = drawn(score(1, 0.4, 0.9, 0.4), score(2, 0.2, 0.95, 0.2))
    tick = next(element for element in tree.iter(f"{SVG}text") if element.text == "0.2")
    assert points(tree, 0)[1][1] == pytest.approx(float(tick.get("y")) - 4.5, abs=0.1)


def test_axes_are_named_and_the_legend_says_which_is_which():
    found = texts(drawn(score(1, 0.4, 0.9), score(2, 0.2, 0.95)))
    assert {"Loss", "Accuracy", "epoch", "training images", "test images", "jax_mnist <&>", "95 %"} <= set(found)


def test_it_is_told_in_words_too():
    tree = drawn(score(1, 0.4, 0.9), score(2, 0.2, 0.95))
    assert tree.get("role") == "img" and tree.get("aria-labelledby") == "title description"
    assert tree.find(f"{SVG}title").text == "jax_mnist <&>"
    assert "accuracy from 90.00 % to 95.00 %; the best was 95.00 % in epoch 2" in tree.find(f"{SVG}desc").text


def test_a_loss_that_is_no_number_is_left_out():
    tree = drawn(score(1, 0.4, 0.9), score(2, math.nan, 0.1), score(3, math.inf, 0.1))
    assert len(points(tree, 0)) == 1
    assert not re.search(r"nan|inf", "".join(element.get("points") for element in tree.iter(f"{SVG}polyline")))


def test_one_epoch_and_very_many_can_be_read():
    assert texts(drawn(score(7, 0.4, 0.9))).count("7") == 2
    tree = drawn(*(score(epoch, 1 / epoch, 1 - 1 / epoch) for epoch in range(1, 201)))
    assert len([word for word in texts(tree) if word.isdecimal() and word != "0"]) <= 24
    with pytest.raises(ValueError, match="no epoch"):
        curves([])
