from xml.etree import ElementTree

from jax_to_tfjs_demo.training.svg import document, element, text


def test_what_is_written_is_escaped():
    tree = ElementTree.fromstring(document(10, 20, "a < b", 'c & "d"', [text("<script>", 1, 2, 'x"y')]))
    assert [child.text for child in tree if child.tag.endswith(("title", "desc", "text"))] == [
        "a < b", 'c & "d"', "<script>",
    ]  # fmt: skip


def test_numbers_are_short():
    assert element("line", x1=1 / 3, x2=2.0, stroke_width=3) == '<line x1="0.33" x2="2" stroke-width="3"/>'


def test_it_follows_light_and_dark():
    drawing = document(1, 1, "", "", [])
    assert "prefers-color-scheme: dark" in drawing and "http://www.w3.org/2000/svg" in drawing
