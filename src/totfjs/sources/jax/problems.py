"""What of a model cannot be lowered: all of it is found, then one error lists it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from totfjs.errors import UnsupportedError
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.graph import Node, Origin, Value
from totfjs.graph.types import TensorType
from totfjs.recipes.complex import Complex
from totfjs.sources.jax.dtypes import F32, GRAPH
from totfjs.sources.jax.equation import Aval, parts_of_aval
from totfjs.sources.jax.operands import Operand, values_of


@dataclass
class Problems:
    """The problems met so far, and the values that stand in for what was refused.

    What fails because an operand is a stand-in is no problem of its own.
    """

    builder: Builder
    origins: dict[str, Origin] = field(default_factory=dict)
    broken: set[Value] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.origins)

    def refuse(
        self, name: str, error: Exception, operands: Iterable[Operand], outputs: Iterable[Aval], origin: Origin
    ) -> list[Operand]:
        """Notes a problem, unless an earlier one caused it; the results are stand-ins."""
        caused = any(value in self.broken for operand in operands for value in values_of(operand))
        if not caused or isinstance(error, NotImplementedError):
            self.origins.setdefault(f"{name}: {error}", origin)
        return [self._stand_in(aval) for aval in outputs]

    def raise_all(self) -> None:
        """Raises one error for all problems."""
        if not self.origins:
            return
        count = len(self.origins)
        head = (
            "An operation of the model cannot be converted:"
            if count == 1
            else f"{count} operations of the model cannot be converted:"
        )
        lines = [f"{text}{f' ({origin})' if str(origin) else ''}" for text, origin in self.origins.items()]
        raise UnsupportedError(
            "\n    ".join([head, *lines]),
            remedy="Write these lines with other operations, or leave them out of the model and do them in JavaScript.",
            place=str(next(iter(self.origins.values()))),
        )

    def _stand_in(self, aval: Aval) -> Tensor | Complex:
        if aval.complex:
            return Complex(*(self._placeholder(part) for part in parts_of_aval(aval)))
        return self._placeholder(aval)

    def _placeholder(self, aval: Aval) -> Tensor:
        kind = TensorType(GRAPH.get(aval.dtype, F32), aval.shape)
        attrs = {"dtype": kind.dtype, "shape": kind.shape}
        node = self.builder.add(Node(self.builder.fresh("refused"), "Placeholder", (), attrs, (kind,)))
        self.broken.add(node.values[0])
        return self.builder.tensor(node.values[0])
