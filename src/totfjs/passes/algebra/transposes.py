"""Transposes: chains become one, and they sink below what works in any order of axes until they meet and vanish."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from totfjs.graph.builder import Tensor
from totfjs.graph.graph import Node, Value
from totfjs.passes.algebra.reductions import REDUCTIONS, axes_of
from totfjs.passes.algebra.shapes import reshape
from totfjs.passes.constants import READABLE, transposed
from totfjs.passes.elementwise import BINARY, UNARY
from totfjs.passes.rewriting import Rule, Site

Perm = tuple[int, ...]


def perm_of(site: Site, node: Node | None) -> Perm | None:
    """The order of axes that a Transpose with a constant operand gives."""
    if node is None:
        return None
    values = site.constant(site.operands(node)[1])
    return None if values is None else tuple(int(axis) % len(values) for axis in values)


def _inverse(perm: Perm) -> Perm:
    return tuple(int(axis) for axis in np.argsort(perm))


def transpose(site: Site, value: Value | Tensor, perm: Sequence[int]) -> Tensor:
    """A value with its axes in another order."""
    return site.op("Transpose", value, site.const(np.array(perm, np.int32), "perm"))


def _none(site: Site) -> Value | None:
    perm = perm_of(site, site.node)
    return site.inputs[0] if perm == tuple(range(site.node.types[0].rank)) else None


def _chain(site: Site) -> Tensor | None:
    inner = site.producer(site.inputs[0], "Transpose")
    first, second = perm_of(site, inner), perm_of(site, site.node)
    if inner is None or first is None or second is None:
        return None
    return transpose(site, site.operands(inner)[0], [first[axis] for axis in second])


def _only_ones_move(site: Site) -> Tensor | None:
    """The elements stay in order where the axes that are not 1 do."""
    perm, shape = perm_of(site, site.node), site.type(site.inputs[0]).shape
    if perm is None:
        return None
    moved = [axis for axis in perm if shape[axis] != 1]
    return reshape(site, site.inputs[0], site.node.types[0].shape) if moved == sorted(moved) else None


def _lifted(site: Site, value: Value) -> tuple[Value, Perm] | None:
    """What a Transpose is of, if all its other readers are transposes too: those go away or merge by themselves."""
    node = site.producer(value, "Transpose")
    perm = perm_of(site, node)
    if node is None or perm is None or value in site.graph.outputs.values():
        return None
    readers = site.graph.consumers.get(value, ())
    if any(reader.op != "Transpose" and reader.name != site.node.name for reader, _ in readers):
        return None
    return site.operands(node)[0], perm


def _unary(site: Site) -> Tensor | None:
    lifted = _lifted(site, site.inputs[0])
    if lifted is None:
        return None
    return transpose(site, site.op(site.node.op, lifted[0], **site.node.attrs), lifted[1])


def _binary(site: Site) -> Tensor | None:
    perms = {lifted[1] for value in site.inputs if (lifted := _lifted(site, value))}
    if len(perms) != 1:
        return None
    perm = perms.pop()
    operands = [_before(site, value, perm) for value in site.inputs]
    if any(operand is None for operand in operands):
        return None
    result = site.op(site.node.op, *(operand for operand in operands if operand is not None), **site.node.attrs)
    return transpose(site, result, perm)


def _before(site: Site, value: Value, perm: Perm) -> Value | Tensor | None:
    """What an operand was before a transpose that was done to all of them."""
    if lifted := _lifted(site, value):
        return lifted[0] if site.type(value).shape == site.node.types[0].shape else None
    array = site.array(value)
    if array is None or array.size > READABLE or array.ndim > len(perm):
        return None
    if array.size == 1 and array.ndim <= 1:
        return value
    spread = array.reshape((1,) * (len(perm) - array.ndim) + array.shape)
    return site.const(transposed(spread, _inverse(perm)), value.node)


def _reduction(site: Site) -> Tensor | None:
    """A reduction over the axes as they were before; what is left may still have to change places."""
    lifted, axes = _lifted(site, site.inputs[0]), axes_of(site, site.node)
    if lifted is None or axes is None:
        return None
    value, perm = lifted
    gone = [perm[axis] for axis in axes]
    result = site.op(site.node.op, value, site.const(np.array(gone, np.int32), "axes"), **site.node.attrs)
    if site.node.attrs["keep_dims"]:
        return transpose(site, result, perm)
    left = [axis for axis in perm if axis not in gone]
    order = [sorted(left).index(axis) for axis in left]
    return result if order == sorted(order) else transpose(site, result, order)


def _concat(site: Site) -> Tensor | None:
    *parts, axis = site.inputs
    lifted, place = [_lifted(site, part) for part in parts], site.constant(axis)
    if place is None or any(part is None for part in lifted) or len({part[1] for part in lifted if part}) != 1:
        return None
    values, perm = [part[0] for part in lifted if part], next(part[1] for part in lifted if part)
    at = np.array(perm[int(place)], np.int32)
    return transpose(site, site.op("ConcatV2", *values, site.const(at, "axis"), **site.node.attrs), perm)


def _pad(site: Site) -> Tensor | None:
    lifted, pads = _lifted(site, site.inputs[0]), site.constant(site.inputs[1])
    if lifted is None or pads is None:
        return None
    before = site.const(pads[list(_inverse(lifted[1]))], "paddings")
    padded = site.op(site.node.op, lifted[0], before, *site.inputs[2:], **site.node.attrs)
    return transpose(site, padded, lifted[1])


RULES = (
    Rule("transpose that moves nothing", ("Transpose",), _none),
    Rule("transpose of transpose", ("Transpose",), _chain),
    Rule("transpose that moves dims of size 1", ("Transpose",), _only_ones_move),
    Rule("f(x.T) = f(x).T", tuple(sorted(UNARY)), _unary),
    Rule("f(x.T, y.T) = f(x, y).T", tuple(sorted(BINARY)), _binary),
    Rule("reduction of a transpose", REDUCTIONS, _reduction),
    Rule("concat of transposes", ("ConcatV2",), _concat),
    Rule("padded transpose", ("Pad", "PadV2", "MirrorPad"), _pad),
)
