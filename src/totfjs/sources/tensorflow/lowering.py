"""The walk over the nodes that results need: what is known is computed, the table of rules lowers the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from totfjs.errors import TotfjsError, UnsupportedError
from totfjs.graph.builder import Builder, Tensor
from totfjs.graph.graph import Origin
from totfjs.graph.ops import OpError
from totfjs.recipes.complex import Complex
from totfjs.sources.tensorflow.checks import check_dtypes, check_range, check_shapes
from totfjs.sources.tensorflow.dtypes import graph_dtype
from totfjs.sources.tensorflow.filling import Tables
from totfjs.sources.tensorflow.flow.functional import functional
from totfjs.sources.tensorflow.known import foldable, folded
from totfjs.sources.tensorflow.ops import refused, table
from totfjs.sources.tensorflow.order import in_order
from totfjs.sources.tensorflow.problems import Problems
from totfjs.sources.tensorflow.program import Body, Node, Program, Ref
from totfjs.sources.tensorflow.use import Use
from totfjs.sources.tensorflow.values import BROKEN, Broken, Operand, Variable
from totfjs.weights.array import Array, Dense
from totfjs.weights.narrow import narrow
from totfjs.wire import WireError

# Constants up to this size are known while lowering; larger ones are weights.
SMALL = 256
# Functions that call each other deeper than this are taken for functions that call themselves.
DEEPEST = 64

# Functions are written out where they are called: a small file may stand for more nodes than fit into memory.
MOST_REPEATED = 30_000

Values = dict[str, "tuple[Operand, ...]"]


@dataclass
class Lowering:
    """A program on its way to a graph. `path` are the functions that are being inlined, the innermost last.

    `anchor` is a value of the turn of the loop, or of the branch, that is lowered; `keep_debug` keeps what prints.
    """

    program: Program
    builder: Builder
    problems: Problems = field(default_factory=Problems)
    notes: list[str] = field(default_factory=list)
    path: tuple[str, ...] = ()
    anchor: Tensor | None = None
    tables: Tables = field(default_factory=Tables)
    keep_debug: bool = False
    _called: set[str] = field(default_factory=set)
    _repeated: int = 0
    _functional: dict[tuple[int, tuple[Ref, ...]], tuple[Body, Body]] = field(default_factory=dict)
    _constants: dict[object, Tensor | Complex] = field(default_factory=dict)
    _names: dict[int, tuple[str, np.ndarray]] = field(default_factory=dict)

    # --- running bodies -----------------------------------------------------------------------------------------

    def call(self, name: str, operands: Sequence[Operand]) -> list[Operand]:
        """The results of a function of the library for operands, written into the graph where it is called."""
        return self.apply(self.function(name), operands)

    def function(self, name: str) -> Body:
        """A function of the library."""
        body = self.program.functions.get(name)
        if body is None:
            raise OpError(f"there is no function {name}")
        return body

    def apply(self, body: Body, operands: Sequence[Operand]) -> list[Operand]:
        """The results of a body for operands."""
        name = body.name
        if len(operands) != len(body.arguments):
            raise OpError(f"{name} takes {len(body.arguments)} arguments, not {len(operands)}")
        if len(self.path) >= DEEPEST:
            raise OpError(f"{name} calls itself")
        self._count(body)
        given = {argument.name: (operand,) for argument, operand in zip(body.arguments, operands, strict=True)}
        before, self.path = self.path, (*self.path, name)
        try:
            return self.results(body, given)
        finally:
            self.path = before

    def _count(self, body: Body) -> None:
        self._repeated += len(body.nodes) if body.name in self._called else 0
        self._called.add(body.name)
        if self._repeated > MOST_REPEATED:
            raise UnsupportedError(
                f"The functions of the model call each other so often that more than {MOST_REPEATED} nodes repeat.",
                remedy="Convert a part of it: name outputs that come earlier with --outputs.",
            )

    def results(self, body: Body, given: Mapping[str, tuple[Operand, ...]]) -> list[Operand]:
        """The results of a body, whose arguments or fed nodes are given by name."""
        body = self.functional(body)
        values = self.run(body, given, [ref.node for ref in body.results.values()])
        return [self.read(body, values, ref) for ref in body.results.values()]

    def functional(self, body: Body) -> Body:
        """A body whose loops and branches of frames are made of bodies of their own."""
        key = (id(body.nodes), tuple(body.results.values()))
        if key not in self._functional:  # which keeps the body, and so its id
            self._functional[key] = (body, functional(body))
        return self._functional[key][1]

    def run(self, body: Body, given: Mapping[str, tuple[Operand, ...]], wanted: Sequence[str]) -> Values:
        """The outputs of the wanted nodes of a body, and of all that they need."""
        values: Values = dict(given)
        for node in in_order(body, wanted, given):
            values[node.name] = self.node(node, [self.read(body, values, ref) for ref in node.inputs])
        return values

    def read(self, body: Body, values: Values, ref: Ref) -> Operand:
        """One output of a node that was run, or an argument."""
        found, node = values[ref.node], body.nodes.get(ref.node)
        place = ref.place
        if ref.output and node is not None and (row := table().get(node.op)) is not None and len(row.outputs) > 1:
            place += row.outputs.index(ref.output) if ref.output in row.outputs else len(found)
        if place >= len(found):
            if any(value is BROKEN for value in found):
                return BROKEN
            self.problems.add(f"{ref} is read, but {ref.node} has no such output", self.origin(node))
            return BROKEN
        return found[place]

    def node(self, node: Node, operands: Sequence[Operand]) -> tuple[Operand, ...]:
        """The outputs of one node: known now, or lowered by its rule; stand-ins when it is refused."""
        origin = self.origin(node)
        if any(isinstance(operand, Broken) for operand in operands):
            if node.op not in table() and node.op not in self.program.functions:
                self.problems.add(f"{node.op}: {_why_not(node.op)}", origin, node.op)
            return (BROKEN,)
        try:
            with self.builder.origin(origin):
                return self._ruled(node, tuple(operands))
        except (TotfjsError, WireError):
            raise
        except (OpError, NotImplementedError) as error:
            said = str(error)  # which may begin with the op already
            self.problems.add(said if said.startswith(f"{node.op} ") else f"{node.op}: {said}", origin, node.op)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            said = f"{type(error).__name__}: {error}"
            self.problems.add(f"{node.op}: its attributes or operands are not understood ({said})", origin, node.op)
        return (BROKEN,)

    def _ruled(self, node: Node, operands: tuple[Operand, ...]) -> tuple[Operand, ...]:
        if foldable(node, operands) and (known := folded(node, operands)) is not None:
            return known
        row = table().get(node.op)
        if row is None and node.op in self.program.functions:
            return tuple(self.call(node.op, operands))
        if row is None:
            raise OpError(_why_not(node.op))
        check_dtypes(node, row, operands)
        found = row.rule(Use(node, operands, self))
        results = tuple(found) if isinstance(found, list | tuple) else (found,)
        results = tuple(self.settled(result) for result in results)
        check_shapes(node, results)
        return results

    # --- operands -----------------------------------------------------------------------------------------------

    def settled(self, operand: Operand) -> Operand:
        """A value that turns out to be known: sizes of static shapes and what is computed from them."""
        if not isinstance(operand, Tensor) or operand.array is not None:
            return operand
        sizes = self.builder.operand(operand).sizes
        if sizes is None or not all(isinstance(size, int) for size in sizes):
            return operand
        return np.array(sizes, np.int32).reshape([size for size in operand.shape if isinstance(size, int)])

    def tensor(self, operand: Operand) -> Tensor | Complex:
        """A value as a tensor of the graph; a constant is made once."""
        if isinstance(operand, Tensor | Complex):
            return operand
        if not isinstance(operand, np.ndarray):
            raise OpError("an operand is a handle where a tensor is wanted")
        key = id(operand)
        if key not in self._constants:
            check_range(operand)
            name, _ = self._names.setdefault(key, ("const", operand))  # which keeps the array, and so its id
            self._constants[key] = self.stored(name, Dense(operand))
        return self._constants[key]

    def constant(self, name: str, array: Array) -> Operand:
        """A constant of the program under its name: known when it is small, else streamed from where it is."""
        if array.size <= SMALL:
            value = array.numpy()
            self._names[id(value)] = (name, value)
            return value
        return self.weight(name, array)

    def weight(self, name: str, array: Array) -> Tensor | Complex:
        """A weight under its name, once for each array."""
        if array.key not in self._constants:
            self._constants[array.key] = self.stored(name, array)
        return self._constants[array.key]

    def stored(self, name: str, array: Array) -> Tensor | Complex:
        """An array as a constant; of complex ones each part by a name of its own."""
        if array.dtype.kind == "c":
            whole = array.numpy()
            parts = (("real", whole.real), ("imag", whole.imag))
            return Complex(*(self._stored(f"{name}.{part}", Dense(np.array(x, order="C"))) for part, x in parts))
        return self._stored(name, array)

    def _stored(self, name: str, array: Array) -> Tensor:
        if array.dtype == np.uint32:
            return self.builder.const(array.numpy().view(np.int32), name=name)
        if array.dtype.kind not in "OUST":
            graph_dtype(array.dtype.name)
        with self.builder.origin(Origin()):
            return self.builder.const(narrow(name, array, lambda note: self.note(str(note))), name=name)

    def variable(self, variable: Variable) -> Operand:
        """The saved value of a variable, unless the model changes it."""
        if variable.assigned:
            raise OpError(
                f"it reads the variable {variable.name}, which the signature also assigns; a web model keeps no state"
            )
        return self.constant(variable.name, variable.array)

    # --- trying -------------------------------------------------------------------------------------------------

    def checkpoint(self) -> Callable[[], None]:
        """Notes how far the graph has come; calling the result takes back all that was made and told since."""
        mark, notes = self.builder.mark(), len(self.notes)
        found, ops = {what: list(places) for what, places in self.problems.found.items()}, dict(self.problems.ops)
        constants, names = dict(self._constants), dict(self._names)

        def undo() -> None:
            self.builder.undo(mark)
            del self.notes[notes:]
            self.problems.found, self.problems.ops = found, ops
            self._constants, self._names = constants, names

        return undo

    @contextmanager
    def within(self, anchor: Tensor) -> Iterator[None]:
        """What is lowered in this context runs in the turn, or on the branch, of `anchor`."""
        before, self.anchor = self.anchor, anchor
        try:
            yield
        finally:
            self.anchor = before

    # --- telling ------------------------------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """Tells the user something, once."""
        if text not in self.notes:
            self.notes.append(text)

    def origin(self, node: Node | None) -> Origin:
        """Where a node comes from: the scope of its name, and the user's line where the file tells it."""
        if node is None:
            return Origin()
        function = self.path[-1] if self.path else ""
        places = (self.program.place(name, function) for name in (*node.origin, node.name))
        place = next(filter(None, places), "")
        where = f"node {node.name}{f' of {function}' if function else ''}"
        return Origin(node.name.rpartition("/")[0], f"{where}, {place}" if place else where)


def _why_not(op: str) -> str:
    """Why an op that is in no table is not lowered."""
    return refused().get(op, "totfjs has no lowering for this op")
