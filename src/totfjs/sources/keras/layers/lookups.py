"""Vocabularies: words and whole numbers to their places, and back; hashing instead of a vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.types import DType
from totfjs.recipes.elementwise import elementwise, select
from totfjs.recipes.shapes import reshape
from totfjs.recipes.tables import lookup
from totfjs.sources.keras.architecture import Layer
from totfjs.sources.keras.layers.kind import Kind, Variable
from totfjs.sources.keras.layers.preprocessing import encoded
from totfjs.sources.keras.use import Use

_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}
# The place of what is masked in modes that count: no token has it.
NOWHERE = 2**31 - 1


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of a layer; `start` is the place of the first one, after the mask and those out of vocabulary."""

    tokens: Sequence[Any]
    mask: Any
    unknown: Any
    out: int
    mode: str

    @property
    def masked(self) -> int:
        """How many places the mask takes."""
        return int(self.mask is not None and self.mode == "int")

    @property
    def start(self) -> int:
        """The place of the first token."""
        return self.masked + self.out

    @classmethod
    def of(cls, use: Use, mask: Any = None, out: int = 1, unknown: Any = None) -> Vocabulary:
        """As the configuration and the files of a layer say; `mask`, `out` and `unknown` where they do not."""
        config = use.config
        mode = config.get("output_mode") or "int"
        found = cls((), config.get("mask_token", mask), config.get("oov_token", unknown),
                    config.get("num_oov_indices", out), _MODES.get(mode, mode))  # fmt: skip
        tokens = _tokens(use)
        special = [found.mask] * found.masked + [found.unknown] * found.out
        tokens = tokens[found.start :] if special and list(tokens[: found.start]) == special else tokens
        return cls(tokens, found.mask, found.unknown, found.out, found.mode)

    def array(self, items: Sequence[Any], text: bool) -> np.ndarray:
        """Tokens as an array of texts, or of numbers."""
        if text:
            held = np.empty(len(items), object)
            held[:] = [str(item) for item in items]
            return held
        return _whole(items)


def _whole(items: Sequence[Any]) -> np.ndarray:
    wide = np.array([int(item) for item in items], np.int64)
    if (wide != wide.astype(np.int32)).any():
        raise ValueError("a token does not fit into 32 bits")
    return wide.astype(np.int32)


def _tokens(use: Use) -> list[Any]:
    """The vocabulary: in the configuration, or a file beside it."""
    given = use.config.get("vocabulary")
    if isinstance(given, list | tuple | np.ndarray):
        return list(given)
    if "vocabulary.txt" not in use.layer.assets:
        raise use.refuse("the file does not hold its vocabulary", "Save the model as .keras, which holds vocabularies.")
    text = use.layer.assets["vocabulary.txt"].decode().replace("\r\n", "\n")
    # Keras 3 reads its files as lines, of which empty ones at the end are lost; before, every newline was one.
    lines = text.rstrip("\n").splitlines() if use.layer.generation >= 3 else text.split("\n")
    return lines if use.layer.kind != "IntegerLookup" else [int(line) for line in lines]


def _string_lookup(use: Use) -> Tensor:
    found = Vocabulary.of(use, None, 1, "[UNK]")
    return _looked_up(use, found, True)


def _integer_lookup(use: Use) -> Tensor:
    found = Vocabulary.of(use, None, 1, -1)
    return _looked_up(use, found, False)


def _looked_up(use: Use, vocabulary: Vocabulary, text: bool) -> Tensor:
    if use.config.get("invert", False):
        return inverse(use, vocabulary, text)
    return in_mode(use, indices(use, use.x, vocabulary, text), vocabulary)


def inverse(use: Use, vocabulary: Vocabulary, text: bool) -> Tensor:
    """The token at each place."""
    keys = np.arange(vocabulary.start, vocabulary.start + len(vocabulary.tokens), dtype=np.int32)
    values = vocabulary.array(vocabulary.tokens, text)
    if vocabulary.mask is not None:
        keys = np.concatenate([np.zeros(1, np.int32), keys[keys != 0]])
        values = np.concatenate([vocabulary.array([vocabulary.mask], text), values[-len(keys) + 1 :]])
    return lookup(_integers(use, use.x), keys, values, vocabulary.unknown)


def in_mode(use: Use, found: Tensor, vocabulary: Vocabulary) -> Tensor:
    """Places of tokens, in the mode of the layer."""
    if vocabulary.mode == "int":
        return found
    depth = len(vocabulary.tokens) + vocabulary.start
    if use.config.get("pad_to_max_tokens", False):
        depth = use.config["max_tokens"]
    if vocabulary.mode != "tf_idf":
        return encoded(use, found, depth, vocabulary.mode)
    return elementwise("Mul", use.float(encoded(use, found, depth, "count")), _frequencies(use, vocabulary, depth))


def indices(use: Use, x: Tensor, vocabulary: Vocabulary, text: bool) -> Tensor:
    """Where each token is."""
    if use.config.get("salt") is not None:
        raise use.refuse("its salt asks for SipHash, which TensorFlow.js does not have")
    x = x if text else _integers(use, x)
    if text and x.dtype is not DType.STRING:
        raise use.refuse("it is called with numbers, which TensorFlow.js does not write as text")
    keys = vocabulary.array(vocabulary.tokens, text)
    values = np.arange(vocabulary.start, vocabulary.start + keys.size, dtype=np.int32)
    if vocabulary.mask is not None:
        keys = np.concatenate([keys, vocabulary.array([vocabulary.mask], text)])
        masked = 0 if vocabulary.mode == "int" else NOWHERE
        values = np.concatenate([values, np.array([masked], np.int32)])
    found = lookup(x, keys, values, vocabulary.masked if vocabulary.out == 1 else -1)
    if vocabulary.out == 0:
        use.note(f"{use.layer}: what is not in its vocabulary gives -1 or nothing, where Keras stops with an error.")
    if vocabulary.out < 2:
        return found
    outside = elementwise("AddV2", _bucket(use, x, vocabulary.out), use.builder.like(found, vocabulary.masked))
    return select(elementwise("Equal", found, use.builder.like(found, -1)), outside, found)


def _bucket(use: Use, x: Tensor, count: int) -> Tensor:
    if x.dtype is DType.STRING:
        return use.builder.op("StringToHashBucketFast", x, num_buckets=count)
    if use.config.get("oov_method", "floormod") != "floormod":
        raise use.refuse("it hashes numbers as text, which TensorFlow.js does not write")
    return elementwise("FloorMod", x, use.builder.like(x, count))


def _integers(use: Use, x: Tensor) -> Tensor:
    return x if x.dtype is DType.INT32 else use.builder.op("Cast", x, DstT=DType.INT32)


def _frequencies(use: Use, vocabulary: Vocabulary, depth: int) -> Tensor:
    """The weight of each place; of those before the tokens, the mean."""
    if "idf_weights" in use.layer.weights:
        return use.weight("idf_weights")
    given = use.config.get("idf_weights")
    if given is None:
        raise use.refuse("the file does not hold its idf_weights")
    values = np.asarray(given, np.float32)
    front = 0 if values.size == len(vocabulary.tokens) + vocabulary.start else vocabulary.start
    padded = np.pad(values, (front, 0), constant_values=values.mean())
    return use.builder.const(np.pad(padded, (0, depth - padded.size)), name="idf_weights")


def _lookup_variables(layer: Layer) -> Sequence[Variable]:
    weighed = _MODES.get(layer.config.get("output_mode", "int"), layer.config.get("output_mode")) == "tf_idf"
    return [Variable("idf_weights", False, ("Variable",), "vars/idf_weights", optional=True)] if weighed else []


# --- hashing ---


def _hashing(use: Use) -> Tensor:
    if use.config.get("salt") is not None:
        raise use.refuse("its salt asks for SipHash, which TensorFlow.js does not have")
    x, bins, mode = use.x, use.config["num_bins"], use.config.get("output_mode", "int")
    if x.dtype is not DType.STRING:
        raise use.refuse("it hashes numbers as text, which TensorFlow.js does not write")
    if mode == "one_hot" and x.rank > 1 and x.shape[-1] == 1:
        x = reshape(x, x.shape[:-1])
    mask = use.config.get("mask_value")
    masked = mask is not None and bins > 1
    found = use.builder.op("StringToHashBucketFast", x, num_buckets=bins - masked)
    if masked:
        # 1 for every text but the mask.
        other = lookup(x, Vocabulary((), None, None, 0, "int").array([mask], True), np.zeros(1, np.int32), 1)
        found = elementwise("Mul", elementwise("AddV2", found, other), other)
    return encoded(use, found, bins, mode)


def _crossing(use: Use) -> Any:
    raise use.refuse("it hashes pairs of values in a way of its own, which TensorFlow.js does not have")


LAYERS = {
    "StringLookup": Kind(_string_lookup, _lookup_variables),
    "IntegerLookup": Kind(_integer_lookup, _lookup_variables),
    "Hashing": Kind(_hashing),
    "HashedCrossing": Kind(_crossing),
}
