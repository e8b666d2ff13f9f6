"""Under which sides of which conditions each node runs, and which Merges are the results of one branch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from totfjs.sources.tensorflow.flow.framed import Framed, kind
from totfjs.sources.tensorflow.program import Node, Ref

# A condition, and the output of its Switch on which something runs.
Guard: TypeAlias = "tuple[Ref, int]"
Guards: TypeAlias = frozenset[Guard]

NONE: Guards = frozenset()


@dataclass
class Group:
    """The Merges that one branch gives: those of one condition, none of which needs another.

    `base` are the guards around the branch, `order` has for each Merge the input of each side, and `needs` the
    groups, as bits, from which the Merges are reached.
    """

    condition: Ref
    sides: int
    base: Guards
    merges: list[Node] = field(default_factory=list)
    order: list[list[int]] = field(default_factory=list)
    needs: int = 0


class Guarded:
    """The guards of every node of a body with frames, and the groups of Merges that are its branches."""

    def __init__(self, framed: Framed) -> None:
        self.framed = framed
        self.guards: dict[str, Guards] = {}
        self.groups: list[Group] = []
        needs: dict[str, int] = {}
        for node in framed.in_order():
            sources = framed.sources(node)
            mask = 0
            for name in (*(ref.node for ref in sources), *node.controls):
                mask |= needs.get(name, 0)
            if kind(node) == "Merge" and framed.head(node) is None:
                self.guards[node.name], mask = self._merged(node, mask)
            else:
                # A control edge from a Switch says nothing of its side.
                ordered = (self.guards.get(name, NONE) for name in node.controls)
                self.guards[node.name] = NONE.union(*map(self._of, sources), *ordered)
            needs[node.name] = mask

    def _of(self, ref: Ref) -> Guards:
        """The guards of one output of a node."""
        around = self.guards.get(ref.node, NONE)
        condition = self.framed.condition(self.framed.nodes.get(ref.node))
        return around if condition is None else around | {(condition, ref.place)}

    def _merged(self, node: Node, mask: int) -> tuple[Guards, int]:
        """The guards of a Merge of branches, which joins a group or begins one, and the groups that it needs."""
        options = [self._of(ref) for ref in node.inputs]
        found = joined(options)
        if found is None:
            return frozenset.intersection(*options), mask
        condition, sides = found
        others = [frozenset(guard for guard in each if guard[0] != condition) for each in options]
        base = frozenset.intersection(*others)
        number = self._group(condition, len(sides), base, mask)
        group = self.groups[number]
        group.merges.append(node)
        group.order.append([sides.index(side) for side in range(len(sides))])
        group.needs |= mask
        return base, mask | 1 << number

    def _group(self, condition: Ref, sides: int, base: Guards, mask: int) -> int:
        """The number of the group that a Merge joins."""
        for number, group in enumerate(self.groups):
            alike = (group.condition, group.sides, group.base) == (condition, sides, base)
            if alike and not self._leads_to(mask, number):
                return number
        self.groups.append(Group(condition, sides, base))
        return len(self.groups) - 1

    def _leads_to(self, mask: int, number: int) -> bool:
        """Whether what needs some groups needs, by way of these, the given one."""
        seen = 0
        while mask & ~seen:
            fresh = mask & ~seen
            seen |= fresh
            for each in _bits(fresh):
                mask |= self.groups[each].needs
        return bool(seen >> number & 1)


def joined(options: Sequence[Guards]) -> tuple[Ref, list[int]] | None:
    """The condition in whose side the guards differ, each from all others, and these sides."""
    for condition in dict.fromkeys(condition for condition, _ in options[0]):
        sides = [[side for found, side in guards if found == condition] for guards in options]
        numbers = [each[0] for each in sides if len(each) == 1]
        if len(numbers) == len(options) and sorted(numbers) == list(range(len(numbers))):
            return condition, numbers
    return None


def _bits(mask: int) -> Iterable[int]:
    number = 0
    while mask:
        if mask & 1:
            yield number
        mask, number = mask >> 1, number + 1
