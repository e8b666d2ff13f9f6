"""Protocol buffers as bytes: what is read of them, and what is refused."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from tests.protobuf import field, group, number
from totfjs.wire import Message, WireError, fields, signed, varint

MINUS = (1 << 64) - 1


def test_numbers_of_every_kind():
    message = Message(field(1, 300) + field(2, MINUS) + field(3, 1.5) + field(4, 2.5, double=True) + field(5, 0))
    assert message.integer(1) == message.unsigned(1) == 300
    assert message.integer(2) == -1
    assert message.unsigned(2) == MINUS
    assert message.real(3) == 1.5
    assert message.real(4) == 2.5
    assert not message.boolean(5)
    assert message.boolean(1)
    assert message.unsigned(3) == struct.unpack("<I", struct.pack("<f", 1.5))[0]


def test_what_is_absent_has_its_default():
    message = Message(b"")
    assert (message.integer(1), message.integer(1, 7), message.unsigned(1, 3), message.real(1)) == (0, 7, 3, 0.0)
    assert message.text(1) == ""
    assert not message.has(1)
    assert message.message(1).message(2).integer(3) == 0
    assert message.integers(1).tolist() == []
    assert message.numbers(1, "<f4").tolist() == []
    assert list(message.messages(1)) == list(message.texts(1)) == []


def test_the_last_of_several_counts():
    assert Message(field(1, 1) + field(1, 2)).integer(1) == 2


def test_messages_texts_and_bytes():
    inner = field(1, "ünï") + field(2, b"\xff\0")
    message = Message(field(3, inner) + field(3, field(1, "x")) + field(4, "a") + field(4, "b"))
    assert [each.text(1) for each in message.messages(3)] == ["ünï", "x"]
    assert list(message.texts(4)) == ["a", "b"]
    assert bytes(Message(inner).data(2)) == b"\xff\0"


def test_repeated_numbers_are_packed_or_not():
    values = [0, 1, 127, 128, 300, 1 << 40, MINUS, 1 << 63]
    packed = field(1, b"".join(map(number, values)))
    loose = b"".join(field(1, value) for value in values)
    expected = [signed(value) for value in values]
    assert Message(packed).integers(1).tolist() == Message(loose).integers(1).tolist() == expected
    assert Message(packed + field(1, 5)).integers(1).tolist() == [*expected, 5]
    assert Message(field(1, b"")).integers(1).tolist() == []


def test_repeated_floats_are_packed_or_not():
    packed = field(1, np.array([1, 2.5], "<f4").tobytes()) + field(1, 3.0)
    assert Message(packed).numbers(1, "<f4").tolist() == [1, 2.5, 3]
    assert Message(field(1, np.array([1, 2.5]).tobytes())).numbers(1, "<f8").tolist() == [1, 2.5]


def test_signed_numbers():
    assert [signed(value, 32) for value in (0, 1, 0xFFFFFFFF, 0x80000000)] == [0, 1, -1, -(1 << 31)]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x08", "ends within a number"),
        (b"\x08\x80", "ends within a number"),
        (b"\x08" + b"\x80" * 10 + b"\x01", "more than ten bytes"),
        (b"\x0a\x05abc", "field 1 claims 5 bytes where 3 are left"),
        (b"\x0a" + number(1 << 62), "claims"),
        (b"\x0d\0\0", "ends within a number"),
        (b"\x09\0\0\0\0", "ends within a number"),
        (b"\x00\x01", "number 0"),
        (b"\x0e\x01", "field 1 has the kind 6"),
        (group(1), "field 1 is a group"),
        (number(1 << 32) + b"\x01", "number 536870912"),
    ],
)
def test_bytes_that_are_no_message(data, text):
    with pytest.raises(WireError, match=text):
        list(fields(data))


@pytest.mark.parametrize(
    "ask",
    [
        lambda message: message.text(1),
        lambda message: message.message(1),
        lambda message: list(message.messages(1)),
        lambda message: message.real(1),
        lambda message: message.integer(2),
        lambda message: message.numbers(1, "<f4"),
        lambda message: message.integers(3),
    ],
)
def test_a_field_of_another_kind_is_refused(ask):
    with pytest.raises(WireError, match="has the kind"):
        ask(Message(field(1, 5) + field(2, "text") + field(3, 1.5)))


@pytest.mark.parametrize("packed", [b"\x80", b"\x01\x80", b"\x80" * 10 + b"\x01"])
def test_packed_numbers_that_do_not_end(packed):
    with pytest.raises(WireError, match=r"ends within|ten bytes"):
        Message(field(1, packed)).integers(1)


def test_packed_floats_of_odd_length():
    with pytest.raises(WireError, match="5 bytes for numbers of 4"):
        Message(field(1, b"12345")).numbers(1, "<f4")


def test_text_that_is_not_utf8():
    with pytest.raises(WireError, match="field 1 is not UTF-8"):
        Message(field(1, b"\xff")).text(1)


def test_nesting_is_bounded():
    deep = b""
    for _ in range(150):
        deep = field(1, deep)
    message = Message(deep)
    with pytest.raises(WireError, match="deeper than 100"):
        for _ in range(150):
            message = message.message(1)


def test_a_message_of_too_many_fields_is_not_taken_apart_but_can_be_walked():
    many = field(1, "") * ((1 << 18) + 1)
    with pytest.raises(WireError, match="more than 262144 fields"):
        Message(many).has(1)
    assert sum(1 for _ in Message(many).datas(1)) == (1 << 18) + 1


def test_a_varint_tells_where_it_ends():
    assert varint(memoryview(b"\xac\x02\x07"), 0) == (300, 2)
