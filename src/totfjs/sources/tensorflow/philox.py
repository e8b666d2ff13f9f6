"""The random numbers that TensorFlow computes of a key and a counter: Philox 4x32-10, and what is made of its words."""

from __future__ import annotations

from math import pi, prod

import numpy as np

_FACTORS = np.array([0xD2511F53, 0xCD9E8D57], np.uint64)
_STEPS = np.array([0x9E3779B9, 0xBB67AE85], np.uint64)
_LOW = np.uint64(0xFFFFFFFF)
_WORD = np.uint64(32)
# Blocks that TensorFlow keeps for four numbers which may be drawn several times.
_RESERVED = 256


def blocks(key: int, counter: tuple[int, int], count: int, first: int = 0) -> np.ndarray:
    """Blocks of four words each, of the counters from one on."""
    start = counter[0] + (counter[1] << 64) + first
    numbers = [start + at for at in range(count)]
    words = np.array([[number >> 32 * word & 0xFFFFFFFF for word in range(4)] for number in numbers], np.uint64)
    return _mixed(words.reshape(count, 4), key)


def _mixed(words: np.ndarray, key: int) -> np.ndarray:
    keys = np.array([key & 0xFFFFFFFF, key >> 32 & 0xFFFFFFFF], np.uint64)
    for _ in range(10):
        products = words[:, ::2] * _FACTORS
        high, low = products >> _WORD, products & _LOW
        mixed = high[:, ::-1] ^ words[:, 1::2] ^ keys
        words = np.stack([mixed[:, 0], low[:, 1], mixed[:, 1], low[:, 0]], axis=1)
        keys = keys + _STEPS & _LOW
    return words.astype(np.uint32)


def key_and_counter(seed: tuple[int, int]) -> tuple[int, tuple[int, int]]:
    """Two seeds scrambled, so that it does not matter in which of them the user put the noise."""
    mask = 2**64 - 1
    words = blocks(0x3EC8F720 | 0x02461E29 << 32, (seed[0] & mask, seed[1] & mask), 1)[0]
    first, second, third, fourth = map(int, words)
    return first | second << 32, (0, third | fourth << 32)


def words(key: int, counter: tuple[int, int], count: int) -> np.ndarray:
    """So many words of 32 bits."""
    return blocks(key, counter, -(-count // 4)).reshape(-1)[:count]


def integers(key: int, counter: tuple[int, int], shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """Integers over the whole of a dtype, without a sign."""
    count = prod(shape)
    if dtype.itemsize == 4:
        return words(key, counter, count).reshape(shape)
    pairs = words(key, counter, 2 * count).astype(np.uint64).reshape(-1, 2)
    return (pairs[:, 0] | pairs[:, 1] << _WORD).reshape(shape)


def uniform(key: int, counter: tuple[int, int], shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Numbers from 0 up to 1, by the digits of floats between 1 and 2."""
    if dtype == "float64":
        pairs = words(key, counter, 2 * prod(shape)).astype(np.uint64).reshape(-1, 2)
        digits = (pairs[:, 0] & np.uint64(0xFFFFF)) << _WORD | pairs[:, 1]
        return np.ldexp(digits.astype(np.float64), -52).reshape(shape)
    bits = {"float32": 23, "float16": 10, "bfloat16": 7}[dtype]
    return _fractions(words(key, counter, prod(shape)), bits).reshape(shape)


def normal(key: int, counter: tuple[int, int], shape: tuple[int, ...]) -> np.ndarray:
    """Normally distributed numbers (Box and Muller)."""
    count = prod(shape)
    return _pairs(words(key, counter, count + count % 2)).reshape(-1)[:count].reshape(shape)


def truncated_normal(key: int, counter: tuple[int, int], shape: tuple[int, ...]) -> np.ndarray:
    """Normally distributed numbers no further than 2 from 0; four from each run of blocks, the others drawn again."""
    count, found = prod(shape), []
    for group in range(-(-count // 4)):
        kept, step = np.zeros(0, np.float32), 8
        while len(kept) < 4:
            drawn = _pairs(blocks(key, counter, step, group * _RESERVED).reshape(-1)).reshape(-1)
            kept, step = drawn[np.abs(drawn) < 2], 2 * step
        found.append(kept[:4])
    return np.concatenate([*found, np.zeros(0, np.float32)])[:count].reshape(shape)


def _fractions(words: np.ndarray, bits: int) -> np.ndarray:
    digits = words & np.uint32((1 << bits) - 1)
    return np.ldexp(digits.astype(np.float32), -bits)


def _pairs(words: np.ndarray) -> np.ndarray:
    """Two numbers of each two words, computed in float32."""
    first, second = (_fractions(words.reshape(-1, 2)[:, at], 23) for at in (0, 1))
    far = np.sqrt(np.float32(-2) * np.log(np.maximum(first, np.float32(1e-7))))
    angle = np.float32(2 * pi) * second
    return np.stack([np.sin(angle) * far, np.cos(angle) * far], axis=1).astype(np.float32)
