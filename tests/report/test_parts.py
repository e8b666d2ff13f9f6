"""What the parts of a report say."""

from dataclasses import replace

import pytest

import totfjs
from tests.report.reading import Page
from tests.report.samples import accuracy, bisection, histogram, row, verification
from tests.verification.models import affine, write
from totfjs.report.bisection import bisection as where_it_begins
from totfjs.report.comparison import MOST_HISTOGRAMS, MOST_ROWS, comparison, spread
from totfjs.report.histogram import histogram as drawing
from totfjs.report.histogram import labels
from totfjs.report.labelled import accuracy as labelled
from totfjs.report.markup import element, join
from totfjs.report.numbers import listed, milliseconds, number, share
from totfjs.report.running import environment, timing
from totfjs.report.structure import model, sizes
from totfjs.report.verdict import sentence, verdict
from totfjs.verification.record import EDGES, Verification


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"), (0.0, "0"), (1.25e-7, "1.2e−7"), (1e-4, "1e−4"), (0.25, "0.25"), (-3.0, "−3"), (12345.6, "12,346"),
        (2e9, "2e9"), (float("nan"), "NaN"), (float("inf"), "∞"), (float("-inf"), "−∞"),
    ],
)  # fmt: skip
def test_numbers(value, text):
    assert number(value) == text


def test_shares_times_and_lists():
    assert [share(value) for value in (None, 1.0, 0.999999, 0.5)] == ["–", "100 %", "> 99.99 %", "50.00 %"]
    assert [milliseconds(value) for value in (0.52, 250.0, 12345.0)] == ["0.5 ms", "250 ms", "12.35 s"]
    assert [listed(names) for names in ([], ["a"], ["a", "b", "c"])] == ["", "a", "a, b and c"]


def test_text_is_escaped_and_markup_is_not():
    made = element("p", "<b>", element("b", 'a "quote"'), [None, 3], title='"x" & <y>', class_=None)
    assert made == '<p title="&quot;x&quot; &amp; &lt;y&gt;">&lt;b&gt;<b>a "quote"</b>3</p>'
    assert join(["a", "b"], ", ") == "a, b"


def test_the_verdict_says_what_where_how_closely_and_what_was_not_run():
    found = verification(not_run={"webgl": "needs a browser", "webgpu": "needs a browser"})
    assert sentence(found) == (
        "On cpu and wasm 2 outputs agree with the source, within a tolerance of 1e−4 of each output’s largest value; "
        "the largest error is 2e−7. Not run on webgl and webgpu: needs a browser."
    )


def test_the_verdict_of_a_failure():
    found = verification(rows=(row("cpu"), row("wasm", error=0.5), row("wasm", error=0.25)))
    assert sentence(found) == (
        "2 of 3 comparisons with the source failed, all on wasm. 1 output on cpu and wasm had to agree, within a "
        "tolerance of 1e−4 of each output’s largest value; the largest error is 0.5."
    )
    text = Page(verdict(found, "web")).text
    assert "✗ Failed" in text and "y on wasm: differs by 0.5 (the worst of 2: wasm, b = 2)" in text


def test_the_verdict_where_quantization_does_more_than_rounding():
    found = verification(deviation=0.5, explained=0.1)
    assert "agree with the source, but quantization moves more than its rounding explains" in sentence(found)
    assert "moves the outputs by 0.5 of their largest value; rounding explains up to 0.1." in verdict(found, "web")


def test_the_verdict_of_what_was_not_run():
    found = Verification.skipped("verification is off")
    assert sentence(found) == "Nothing was compared. verification is off."
    assert "○ Not verified" in Page(verdict(found, "web")).text


def test_many_failed_outputs_are_counted():
    found = verification(rows=tuple(row(output=f"y{index}", error=0.5) for index in range(12)))
    assert "and 4 more outputs, in the tables below" in verdict(found, "web")


def test_a_table_for_each_backend():
    page = Page(comparison(verification()))
    assert page.texts["h3"] == ["cpu all 2 passed", "wasm all 2 passed"]
    assert page.texts["th"][:4] == ["output", "sizes", "result", "max abs"]
    assert page.texts["td"][:4] == ["b\xa0=\xa02", "passed", "2e−7", "2e−7"]
    assert "1 − 1e−9" in page.texts["td"]


def test_long_tables_keep_failures_and_say_what_they_leave_out():
    rows = [row(output=f"y{index}") for index in range(MOST_ROWS + 50)] + [row(output="wrong", error=0.5)]
    page = Page(comparison(verification(rows=tuple(rows))))
    assert len(page.named("tr")) == MOST_ROWS + 1
    assert page.texts["th"][11] == "wrong"
    assert f"{MOST_ROWS} of 151 rows are shown, failures and large errors first" in page.text


def test_many_histograms_are_capped_too():
    rows = tuple(row(output=f"y{index}") for index in range(MOST_HISTOGRAMS + 3))
    page = Page(spread(verification(rows=rows)))
    assert len(page.named("figure")) == MOST_HISTOGRAMS
    assert "3 more are not" in page.text


def test_histograms_add_up_all_sizes():
    found = verification(rows=(row(), replace(row(), sizes={"b": 1})))
    (told,) = Page(spread(found)).texts["desc"]
    assert told == "4 elements. exact: 2; 10⁻⁸ to 10⁻⁷: 2. The tolerance is 1e−4."


def test_a_histogram_is_drawn_and_told():
    page = Page(drawing("h0", "wasm", "y", histogram(0, 0, 5, 6, 10), 1e-4))
    bars = page.named("rect")
    assert [bar["class"] for bar in bars] == ["bar", "bar", "over", "over"]
    assert float(bars[0]["height"]) > float(bars[1]["height"])
    lines = [each for each in page.named("line") if each.get("class") == "tolerance"]
    assert float(bars[1]["x"]) < float(lines[0]["x1"]) < float(bars[2]["x"])
    assert page.texts["th"][:3] == ["error", "elements", "exact"]
    assert len(labels()) == len(EDGES) + 2 == len(page.named("tr")) - 1


def test_what_has_to_be_equal_has_no_tolerance():
    page = Page(drawing("h0", "wasm", "label", histogram(0, 0, 10), 0.0))
    assert [bar["class"] for bar in page.named("rect")] == ["bar", "over"]
    assert not [each for each in page.named("line") if each.get("class") == "tolerance"]
    assert page.texts["desc"] == ["3 elements. exact: 2; more than 1: 1. All have to be equal."]


def test_accuracy_and_confusion():
    page = Page(labelled(verification(accuracy=accuracy())))
    assert page.texts["caption"] == ["Accuracy", "Confusion: source, wasm"]
    assert "30 examples, by the largest entry of y." in page.text
    assert page.texts["td"][:6] == ["96.67 %", "–", "–", "96.67 %", "100 %", "0.25"]
    assert [each["class"] for each in page.named("span") if each["class"].startswith("miss")] == ["miss l1"]


def test_many_classes_are_cut():
    assert "The first 30 of 40 classes are shown." in labelled(verification(accuracy=accuracy(40)))


def test_where_a_failure_begins():
    page = Page(where_it_begins(verification(bisection=bisection())))
    told = dict(zip(page.texts["dt"], page.texts["dd"], strict=True))
    assert page.texts["h3"] == ["1. Dense/MatMul MatMul"]
    assert told["to blame"] == "the conversion (weight)"
    assert told["wrong on"] == "wasm; right on cpu"
    assert told["source"] == "net.py:9" and told["what to do"] == "Convert the model again."
    assert "input, a weight" in page.texts["td"] and "float32[2, 3]" in page.texts["td"]
    nothing = replace(bisection(), findings=())
    assert "every node agrees with the source" in where_it_begins(verification(bisection=nothing))


def test_times_are_information_and_software_is_said():
    page = Page(timing(verification(environment={"webgl": {"software": True}})))
    assert page.texts["td"][:6] == ["3.0 ms", "12.0 ms", "8.2 ms", "9.0 ms", "5", "2.0 KiB"]
    assert "webgl ran without a GPU, in software" in page.text
    assert "without a GPU" not in timing(verification())


def test_backends_that_ran_on_the_same_are_told_together():
    page = Page(environment(verification()))
    assert page.texts["h3"] == ["cpu, wasm"]
    assert dict(zip(page.texts["dt"], page.texts["dd"], strict=True)) == {
        "engine": "mini-racer", "tfjs-core": "4.22.0",
    }  # fmt: skip


def test_the_model_and_its_sizes(tmp_path):
    info = totfjs.inspect(write(affine(), tmp_path / "web", quantize={"shift": "uint8"}))
    page = Page(element("div", model(info), sizes(info)))
    assert page.texts["caption"] == ["Inputs and outputs", "Size by layer", "Quantization"]
    told = dict(zip(page.texts["dt"], page.texts["dd"], strict=True))
    assert told["program"] == "5 nodes, 2 of them constants; predict or execute runs it"
    assert told["may run on"] == "cpu, wasm, webgl, webgpu, by the limits of its ops"
    assert "4 parameters in 2 weights: 7 B to download in 1 file, 16 B in memory." in page.text
    assert "9 B" in page.texts["td"]
