import pytest

from totfjs.errors import QuantizationError
from totfjs.weights import Quantization, as_quantization

NAMES = ["encoder/dense/kernel", "encoder/dense/bias", "head/kernel"]


def test_a_star_also_matches_slashes():
    assert as_quantization({"*kernel": "uint8"}).choose(NAMES) == {NAMES[0]: "uint8", NAMES[2]: "uint8"}


def test_one_weight_under_two_dtypes_is_refused():
    with pytest.raises(QuantizationError, match=r"'head/kernel' is matched by '\*kernel' \(uint8\) and by 'head/\*'"):
        as_quantization({"*kernel": "uint8", "head/*": "float16"}).choose(NAMES)


def test_one_weight_under_the_same_dtype_twice_is_fine():
    assert as_quantization({"head/*": "uint8", "head/k*": "uint8"}).choose(NAMES) == {NAMES[2]: "uint8"}


def test_a_pattern_that_matches_nothing_names_the_close_ones():
    with pytest.raises(QuantizationError) as raised:
        as_quantization({"head/kernal": "uint8"}).choose(NAMES)
    assert raised.value.what == "The pattern 'head/kernal' matches no weight."
    assert raised.value.remedy.startswith("Name weights, such as head/kernel")


def test_case_matters_everywhere():
    with pytest.raises(QuantizationError, match="matches no weight"):
        as_quantization({"HEAD/*": "uint8"}).choose(NAMES)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (None, Quantization()),
        ("uint8", Quantization(rest="uint8")),
        ("uint16:head/*", Quantization((("head/*", "uint16"),))),
        (["uint8:a*", "float16"], Quantization((("a*", "uint8"),), "float16")),
        ({"a:b": "uint8"}, Quantization((("a:b", "uint8"),))),
        (Quantization(rest="uint8"), Quantization(rest="uint8")),
    ],
)
def test_requests_are_read(request_, expected):
    assert as_quantization(request_) == expected


def test_two_dtypes_for_the_rest_are_refused():
    with pytest.raises(QuantizationError, match="Only one dtype can be given without a pattern, not uint8, float16"):
        as_quantization(["uint8", "float16"])


@pytest.mark.parametrize("request_", ["int8", {"a": "float32"}, ["uint4:a"]])
def test_unknown_dtypes_are_refused(request_):
    with pytest.raises(QuantizationError, match=r"cannot be quantized to '(int8|float32|uint4)'"):
        as_quantization(request_)
