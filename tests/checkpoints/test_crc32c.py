"""CRC-32C: the published values, a plain loop over bits, and how parts make a whole."""

from __future__ import annotations

import numpy as np
import pytest

from totfjs.checkpoints.crc32c import crc32c, masked, unmasked


def bit_by_bit(data):
    value = 0xFFFFFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


@pytest.mark.parametrize(
    ("data", "value"),
    [  # RFC 3720, B.4
        (b"", 0),
        (b"123456789", 0xE3069283),
        (bytes(32), 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (bytes(reversed(range(32))), 0x113FDB5C),
    ],
)
def test_published_values(data, value):
    assert crc32c(data) == value


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 63, 1000, 16384, 32768, 32769, 50003])
def test_any_length(length):
    data = np.random.default_rng(length).integers(0, 256, length, dtype=np.uint8).tobytes()
    assert crc32c(data) == bit_by_bit(data)


@pytest.mark.parametrize("cut", [0, 1, 7, 40000, 70000])
def test_parts_continue_each_other(cut):
    data = np.random.default_rng(0).integers(0, 256, 70000, dtype=np.uint8).tobytes()
    assert crc32c(memoryview(data)[cut:], crc32c(data[:cut])) == crc32c(data)


def test_arrays_are_taken_as_their_bytes():
    values = np.arange(10, dtype="<f8").reshape(2, 5)
    assert crc32c(values) == crc32c(values.tobytes())


def test_masks_come_off():
    assert all(unmasked(masked(value)) == value for value in (0, 1, 0xFFFFFFFF, 0xE3069283))
    assert masked(0) == 0xA282EAD8
