"""The 64-bit FarmHash fingerprint of a byte string, by which strings are put into hash buckets."""

from __future__ import annotations

from typing import Final

_K0: Final = 0xC3A5C85C97CB3127
_K1: Final = 0xB492B66FBE98F273
_K2: Final = 0x9AE16A3B2F90404F
_WORD: Final = 2**64 - 1


def fingerprint(text: bytes) -> int:
    """The fingerprint, the same on every platform and in every version."""
    length = len(text)
    if length > 64:
        return _long(text)
    if length > 32:
        return _up_to_64(text)
    if length > 16:
        return _up_to_32(text)
    return _up_to_16(text)


def _word(text: bytes, start: int, size: int = 8) -> int:
    return int.from_bytes(text[start : start + size], "little")


def _rotate(value: int, by: int) -> int:
    value &= _WORD
    return (value >> by | value << (64 - by)) & _WORD


def _mix(value: int) -> int:
    value &= _WORD
    return value ^ value >> 47


def _join(u: int, v: int, factor: int) -> int:
    a = _mix(((u ^ v) & _WORD) * factor)
    return _mix(((v ^ a) & _WORD) * factor) * factor & _WORD


def _up_to_16(text: bytes) -> int:
    length = len(text)
    factor = _K2 + 2 * length
    if length >= 8:
        a, b = _word(text, 0) + _K2, _word(text, length - 8)
        return _join(_rotate(b, 37) * factor + a, (_rotate(a, 25) + b) * factor, factor)
    if length >= 4:
        return _join(length + (_word(text, 0, 4) << 3), _word(text, length - 4, 4), factor)
    if not length:
        return _K2
    y = text[0] + (text[length >> 1] << 8)
    z = length + (text[-1] << 2)
    return _mix(y * _K2 ^ z * _K0) * _K2 & _WORD


def _up_to_32(text: bytes) -> int:
    length = len(text)
    factor = _K2 + 2 * length
    a, b = _word(text, 0) * _K1, _word(text, 8)
    c, d = _word(text, length - 8) * factor, _word(text, length - 16) * _K2
    return _join(_rotate(a + b, 43) + _rotate(c, 30) + d, a + _rotate(b + _K2, 18) + c, factor)


def _up_to_64(text: bytes) -> int:
    length = len(text)
    factor = _K2 + 2 * length
    a, b = _word(text, 0) * _K2, _word(text, 8)
    c, d = _word(text, length - 8) * factor, _word(text, length - 16) * _K2
    y = _rotate(a + b, 43) + _rotate(c, 30) + d
    z = _join(y, a + _rotate(b + _K2, 18) + c, factor)
    e, f = _word(text, 16) * factor, _word(text, 24)
    g, h = (y + _word(text, length - 32)) * factor, (z + _word(text, length - 24)) * factor
    return _join(_rotate(e + f, 43) + _rotate(g, 30) + h, e + _rotate(f + a, 18) + g, factor)


def _pair(text: bytes, start: int, a: int, b: int) -> tuple[int, int]:
    w, x, y, z = (_word(text, start + offset) for offset in (0, 8, 16, 24))
    a += w
    b = _rotate(b + a + z, 21)
    first = a
    a += x + y
    b += _rotate(a, 44)
    return (a + z) & _WORD, (b + first) & _WORD


def _long(text: bytes) -> int:
    length, seed = len(text), 81
    x, y = seed * _K2 + _word(text, 0), seed * _K1 + 113
    z = _mix(y * _K2 + 113) * _K2
    v, w = (0, 0), (0, 0)
    end = (length - 1) // 64 * 64
    for start in range(0, end, 64):
        x = _rotate(x + y + v[0] + _word(text, start + 8), 37) * _K1
        y = _rotate(y + v[1] + _word(text, start + 48), 42) * _K1
        x ^= w[1]
        y += v[0] + _word(text, start + 40)
        z = _rotate(z + w[0], 33) * _K1
        v = _pair(text, start, v[1] * _K1, x + w[0])
        w = _pair(text, start + 32, z + w[1], y + _word(text, start + 16))
        z, x = x & _WORD, z & _WORD
    return _last_64(text, x, y, z, v, w)


def _last_64(text: bytes, x: int, y: int, z: int, v: tuple[int, int], w: tuple[int, int]) -> int:
    length, start = len(text), len(text) - 64
    factor = _K1 + ((z & 0xFF) << 1)
    w0 = w[0] + ((length - 1) & 63)
    v0 = v[0] + w0
    w0 += v0
    x = _rotate(x + y + v0 + _word(text, start + 8), 37) * factor
    y = _rotate(y + v[1] + _word(text, start + 48), 42) * factor
    x ^= w[1] * 9
    y += v0 * 9 + _word(text, start + 40)
    z = _rotate(z + w0, 33) * factor
    v = _pair(text, start, v[1] * factor, x + w0)
    w = _pair(text, start + 32, z + w[1], y + _word(text, start + 16))
    z, x = x, z
    return _join(
        _join(v[0], w[0], factor) + _mix(y) * _K0 + z,
        _join(v[1], w[1], factor) + x,
        factor,
    )
