"""Text cut into words, and those looked up in a vocabulary."""

from __future__ import annotations

import string
from collections.abc import Sequence

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.shapes import reshape, shape_vector
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.kind import Kind, Variable
from totfjs.sources.keras.layers.lookups import NOWHERE, Vocabulary, in_mode, indices
from totfjs.sources.keras.use import Use

# As RE2 and JavaScript both read it.
_PUNCTUATION = "[!\"#\\$%&\\(\\)\\*,\\+\\-\\./:;<=>?@\\[\\\\\\]\\^_`\\{\\|\\}~']"
_SPACES = " \t\n\x0b\x0c\r"


def _text_vectorization(use: Use) -> Tensor:
    _check(use)
    x, config = use.x, use.config
    for pattern, text in _standard(use):
        x = use.builder.op("StaticRegexReplace", x, pattern=pattern, rewrite=text)
    vocabulary = Vocabulary.of(use, "", 1, "[UNK]")
    length = config.get("output_sequence_length")
    if config.get("split", "whitespace") is None:
        if length is not None:
            raise use.refuse("it does not split, and has an output_sequence_length")
        return in_mode(use, indices(use, x, vocabulary, True), vocabulary)
    found = in_mode(use, _words(use, x, vocabulary, length), vocabulary)
    return reshape(found, (use.x.shape[0], *found.shape[1:])) if isinstance(found.shape[-1], int) else found


def _check(use: Use) -> None:
    config = use.config
    if use.x.dtype is not DType.STRING:
        raise use.refuse("it is called with something else than text")
    if config.get("split", "whitespace") not in ("whitespace", None):
        raise use.refuse(f"its split {config['split']!r} is not at spaces: TensorFlow.js splits texts at bytes alone")
    if config.get("ngrams") is not None:
        raise use.refuse("it makes n-grams, which is not lowered")
    if config.get("ragged", False):
        raise use.refuse("it gives ragged tensors, which TensorFlow.js does not have")
    if str(config.get("encoding") or "utf-8").lower() != "utf-8":
        raise use.refuse(f"its encoding is {config['encoding']}")


def _standard(use: Use) -> list[tuple[str, str]]:
    """What is replaced before the text is split; capitals are those of ASCII, as in TensorFlow."""
    kind = use.config.get("standardize", "lower_and_strip_punctuation")
    if kind is None:
        return []
    if kind not in ("lower_and_strip_punctuation", "lower", "strip_punctuation"):
        raise use.refuse("its standardize is a function of one's own")
    # The runtime writes patterns in lower case, so that capitals have to be told by number.
    capitals = [(f"\\x{ord(letter):02x}", letter.lower()) for letter in string.ascii_uppercase]
    capitals = capitals if "lower" in kind else []
    return capitals + ([(_PUNCTUATION, "")] if "punctuation" in kind else [])


def _words(use: Use, x: Tensor, vocabulary: Vocabulary, length: int | None) -> Tensor:
    """(texts, words): the places of the words of each text, and then those of nothing."""
    builder = use.builder
    if x.rank > 2 or (x.rank == 2 and x.shape[1] != 1):
        raise use.refuse(f"it splits texts of shape {x.shape}, not one for each item of the batch")
    places, words, shape = builder.ops("StringSplit", reshape(x, (x.shape[0],)), builder.const(_SPACES))
    use.note(f"{use.layer}: a batch without any word in it is an error in TensorFlow.js.")
    found = indices(use, words, vocabulary, True)
    nothing = builder.const(0 if vocabulary.mode == "int" else NOWHERE, DType.INT32)
    if length is not None:
        shape = builder.op("Maximum", shape, [0, length])
    dense = builder.op("SparseToDense", places, shape, found, nothing)
    if length is None:
        return dense
    cut = builder.op("Slice", dense, [0, 0], [-1, length])
    return builder.op("Reshape", cut, shape_vector(builder, (x.shape[0], length)))  # as many texts as there were


def _variables(layer: Layer) -> Sequence[Variable]:
    """Archives hold them twice: for the layer, and for the lookup in it."""
    if layer.config.get("output_mode") not in ("tf_idf", "tf-idf"):
        return []
    own = Variable("idf_weights", False, ("Variable",), "vars/idf_weights", optional=True)
    return [own, Variable("lookup_weights", False, (), "_lookup_layer/vars/idf_weights", optional=True)]


LAYERS = {"TextVectorization": Kind(_text_vectorization, _variables)}
