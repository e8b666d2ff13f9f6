"""The functions of a module, the arguments and results of the main one, and its large constants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from totfjs.errors import SourceError, UnsupportedError
from totfjs.graph.ops import OpError
from totfjs.sources.jax.lower import SMALL
from totfjs.sources.stablehlo.places import scope_of
from totfjs.sources.stablehlo.types import Type, type_of


@dataclass(frozen=True)
class Argument:
    """An argument of the main function: its type, its name with the path in a tree, if the module says, and what it
    stands for when it is no input."""

    type: Type
    name: str
    stands_for: str


@dataclass(frozen=True, eq=False)
class Program:
    """A module; `label` is what to call its text in messages."""

    module: Any
    label: str

    @cached_property
    def functions(self) -> dict[str, Any]:
        """The functions by name."""
        found = (each.operation for each in self.module.body.operations)
        return {each.attributes["sym_name"].value: each for each in found if each.name == "func.func"}

    @cached_property
    def main(self) -> str:
        """The name of the function that is the model: `main`, or else the only public one."""
        if "main" in self.functions:
            return "main"
        public = [name for name, each in self.functions.items() if "private" not in _visibility(each)]
        if len(public) != 1:
            raise SourceError(
                f"{self.label} has no function `main`: {', '.join(public) or 'no function'} cannot be chosen from.",
                remedy="Name the function of the model main.",
            )
        return public[0]

    def body(self, name: str) -> Any:
        """The block of a function; raises OpError when there is none."""
        if name not in self.functions or not self.functions[name].regions[0].blocks:
            raise OpError(f"the module has no function @{name}")
        return self.functions[name].regions[0].blocks[0]

    @cached_property
    def arguments(self) -> tuple[Argument, ...]:
        """The arguments of the main function."""
        block, function = self.body(self.main), self.functions[self.main]
        attributes = list(function.attributes["arg_attrs"]) if "arg_attrs" in function.attributes else []
        found = []
        for index, argument in enumerate(block.arguments):
            given = attributes[index] if attributes else {}
            name = _named(str(argument.location)) or self._wrapped_name(index)
            stands_for = given["jax.global_constant"].value if "jax.global_constant" in given else ""
            found.append(Argument(self._type(argument.type, f"argument {index}"), name, stands_for))
        return tuple(found)

    @cached_property
    def results(self) -> tuple[str, ...]:
        """What the module says about each result: a path such as `result['logits']`, or ''."""
        function = self.functions[self.main]
        if "res_attrs" not in function.attributes:
            return ("",) * len(self.result_types)
        given = list(function.attributes["res_attrs"])
        return tuple(each["jax.result_info"].value if "jax.result_info" in each else "" for each in given)

    @cached_property
    def result_types(self) -> tuple[Type, ...]:
        """The types of the results."""
        last = list(self.body(self.main).operations)[-1].operation
        return tuple(self._type(operand.type, f"result {index}") for index, operand in enumerate(last.operands))

    @cached_property
    def weights(self) -> dict[Any, tuple[str, Type, Any]]:
        """The constants that are weights, by key: name, type and operation."""
        names: set[str] = set()
        found = {}
        for operation in self.operations():
            if operation.name == "stablehlo.constant" and not _small(operation):
                name = _unused(_weight_name(operation), names)
                found[key_of(operation)] = (name, type_of(operation.results[0].type), operation)
        return found

    def operations(self) -> Iterator[Any]:
        """All operations in functions, those in regions included."""
        for function in self.functions.values():
            yield from _inside(function)

    def _type(self, value: Any, what: str) -> Type:
        """The type of an argument or result of the model."""
        try:
            return type_of(value)
        except OpError as error:
            raise UnsupportedError(
                f"{self.label}, {what}: {error}.",
                remedy="Convert it to another type around the module, and export that.",
                place=what,
            ) from error

    def _wrapped_name(self, index: int) -> str:
        """The name that the function gives which the main one only wraps."""
        last = [each.operation for each in self.body(self.main).operations if each.operation.name == "func.call"]
        if not last or last[-1].attributes["callee"].value not in self.functions:
            return ""
        argument = self.body(self.main).arguments[index]
        places = [at for at, operand in enumerate(last[-1].operands) if operand == argument]
        inner = self.body(last[-1].attributes["callee"].value).arguments
        return _named(str(inner[places[0]].location)) if len(places) == 1 else ""


def key_of(operation: Any) -> Any:
    """What stands for a constant: its result."""
    return operation.results[0]


def _inside(operation: Any) -> Iterator[Any]:
    for region in operation.regions:
        for block in region.blocks:
            for each in block.operations:
                yield each.operation
                yield from _inside(each.operation)


def _small(operation: Any) -> bool:
    """Whether a constant has few elements, or the same everywhere, or no dtype of a weight."""
    from jaxlib.mlir import ir

    kind = operation.results[0].type
    size = 1
    for axis in range(kind.rank):
        size *= kind.get_dim_size(axis)
    if size <= SMALL:
        return True
    try:
        value = operation.attributes["value"]
    except TypeError:
        return False
    return isinstance(value, ir.DenseElementsAttr) and value.is_splat


def _weight_name(operation: Any) -> str:
    """A name from the operation that reads a constant first."""
    for use in operation.results[0].uses:
        user = use.owner.operation
        scope, _ = scope_of(str(user.location))
        return "/".join(part for part in (scope, user.name.partition(".")[2], "constant") if part)
    return "constant"


def _unused(name: str, names: set[str]) -> str:
    """A name that no other weight has."""
    found, count = name, 0
    while found in names:
        count += 1
        found = f"{name}_{count}"
    names.add(found)
    return found


def _named(location: str) -> str:
    """The name in the location of an argument, or ''."""
    if not location.startswith('loc("') or '":' in location:
        return ""
    return location[5:].partition('"')[0]


def _visibility(function: Any) -> str:
    return str(function.attributes["sym_visibility"]) if "sym_visibility" in function.attributes else ""
