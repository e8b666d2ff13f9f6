"""CRC-32C (Castagnoli), the checksum of TensorFlow's files, at numpy's speed.

A CRC without its final inversion is linear over bits, so that words can be folded side by side: where the words of one
half lie n bytes before those of the other, moving them past n zero bytes and adding the halves (xor) keeps the result.
"""

from __future__ import annotations

from functools import cache

import numpy as np

_POLYNOMIAL = 0x82F63B78
_ONES = 0xFFFFFFFF
_MASK_DELTA = 0xA282EAD8
_ROW_POWER = 14
_ROW = 1 << _ROW_POWER  # bytes that are folded side by side, few enough to stay in the cache


def crc32c(data: bytes | memoryview | np.ndarray, before: int = 0) -> int:
    """Return the CRC of contiguous bytes, or of those that had the CRC `before` with these behind them."""
    values = np.frombuffer(data, np.uint8) if not isinstance(data, np.ndarray) else data.reshape(-1).view(np.uint8)
    return _after_zeros(before ^ _ONES, values.size) ^ _raw(values) ^ _ONES


def unmasked(stored: int) -> int:
    """Return the CRC that a file of TensorFlow or LevelDB stores rotated and shifted."""
    value = (stored - _MASK_DELTA) & _ONES
    return (value >> 17) | (value << 15) & _ONES


def masked(value: int) -> int:
    """Return a CRC as a file of TensorFlow or LevelDB stores it."""
    return (((value >> 15) | (value << 17)) + _MASK_DELTA) & _ONES


def _raw(values: np.ndarray) -> int:
    """The CRC from a register of 0."""
    head = values.size % _ROW if values.size > 2 * _ROW else values.size
    padded = np.zeros(-(-head // 4) * 4, np.uint8)  # zeros in front do not change a register of 0
    padded[padded.size - head :] = values[:head]
    register = _folded(padded.view("<u4"))
    if head == values.size:
        return register
    return _after_zeros(register, values.size - head) ^ _folded(_lanes(values[head:]))


def _lanes(values: np.ndarray) -> np.ndarray:
    """The sum of rows of words, each moved past those behind it."""
    low, high = _combinations(_ROW_POWER, 16)
    rows = values.view("<u4").reshape(-1, _ROW // 4)
    words: np.ndarray = rows[0]
    for row in rows[1:]:
        halves = np.asarray(words, "<u4").view("<u2")
        words = low.take(halves[0::2]) ^ high.take(halves[1::2]) ^ row
    return words


def _folded(words: np.ndarray) -> int:
    """The register after all words: pairs are joined until one is left."""
    power = 2
    while words.size > 1:
        if words.size % 2:
            words = np.concatenate([np.zeros(1, np.uint32), words])
        words = _moved(words[0::2], power) ^ words[1::2]
        power += 1
    return int(_moved(words, 2)[0]) if words.size else 0


def _moved(words: np.ndarray, power: int) -> np.ndarray:
    """Registers after 2 ** power zero bytes."""
    tables = _combinations(power, 8)
    parts = np.ascontiguousarray(words, "<u4").view(np.uint8)
    moved: np.ndarray = tables[0].take(parts[0::4])
    for index in (1, 2, 3):
        moved ^= tables[index].take(parts[index::4])
    return moved


def _after_zeros(register: int, count: int) -> int:
    words, power = np.array([register], np.uint32), 0
    while count:
        if count & 1:
            words = _moved(words, power)
        count, power = count >> 1, power + 1
    return int(words[0])


@cache
def _columns(power: int) -> np.ndarray:
    """What becomes of each of the 32 bits of a register after 2 ** power zero bytes."""
    bits = np.uint32(1) << np.arange(32, dtype=np.uint32)
    if power:
        return _moved(_columns(power - 1), power - 1)
    for _ in range(8):
        bits = bits >> np.uint32(1) ^ np.where(bits & 1, np.uint32(_POLYNOMIAL), np.uint32(0))
    return bits


@cache
def _combinations(power: int, width: int) -> np.ndarray:
    """For every `width` bits of a register, what becomes of each of their values after 2 ** power zero bytes."""
    tables = np.zeros((32 // width, 1 << width), np.uint32)
    for place, column in enumerate(_columns(power)):
        table, bit = tables[place // width], 1 << place % width
        table[bit : 2 * bit] = table[:bit] ^ column
    return tables
