"""Maps the user's inputs to the parameters of a function, and sets the switches between training and inference."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from totfjs.errors import InputSpecError

# Parameters that choose between training and inference, and the value that means inference.
SWITCHES = {
    "train": False,
    "training": False,
    "is_training": False,
    "deterministic": True,
    "use_running_average": True,
}
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True)
class Binding:
    """How a function is called: so many arguments by place, the others by name, and switches and other keywords."""

    by_place: int
    by_name: tuple[str, ...] = ()
    switches: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def keywords(self, arguments: Sequence[Any]) -> dict[str, Any]:
        """The keyword arguments of the call."""
        return {**dict(zip(self.by_name, arguments[self.by_place :], strict=True)), **self.switches}

    def __call__(self, function: Callable[..., Any], *arguments: Any, before: Sequence[Any] = ()) -> Any:
        """Calls the function; `before` are arguments that are not inputs."""
        return function(*before, *arguments[: self.by_place], **self.keywords(arguments))


def bind(
    function: Callable[..., Any],
    names: Sequence[str],
    *,
    skip: int = 0,
    called: str = "",
    given: Mapping[str, Any] = {},
) -> Binding:
    """How to call `function` with inputs of these names, after `skip` parameters that are not inputs.

    `given` are keywords that are not inputs either.
    """
    parameters = _parameters(function)
    if parameters is None:
        return Binding(len(names), (), dict(given))
    parameters = parameters[skip:]
    switches = {**_switches(function, parameters), **given}
    by_place, by_name = _assign(parameters, switches, names, called or _name(function))
    notes = tuple(
        f"{key}={value} was set for inference."
        for key, value in switches.items()
        if key not in given and _new(parameters, key)
    )
    return Binding(by_place, by_name, switches, notes)


def required(function: Callable[..., Any]) -> list[str] | None:
    """The names of the parameters that a call has to give, or None where that cannot be known."""
    parameters = _parameters(function)
    if parameters is None:
        return None
    empty = inspect.Parameter.empty
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [item.name for item in parameters if item.default is empty and item.kind not in variadic]


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter] | None:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None


def _switches(function: Any, parameters: Sequence[inspect.Parameter]) -> dict[str, bool]:
    given = function.keywords if isinstance(function, functools.partial) else {}
    return {item.name: SWITCHES[item.name] for item in parameters if item.name in SWITCHES and item.name not in given}


def _new(parameters: Sequence[inspect.Parameter], name: str) -> bool:
    """Whether the switch would have been something else."""
    default = next(item.default for item in parameters if item.name == name)
    return default is not SWITCHES[name]


def _assign(
    parameters: Sequence[inspect.Parameter], switches: Mapping[str, Any], names: Sequence[str], called: str
) -> tuple[int, tuple[str, ...]]:
    free = [item for item in parameters if item.name not in switches]
    if any(item.kind is inspect.Parameter.VAR_POSITIONAL for item in free):
        return len(names), ()
    ordered = [item.name for item in free if item.kind in _POSITIONAL]
    named = [item.name for item in free if item.kind is inspect.Parameter.KEYWORD_ONLY]
    taken = ordered[: len(names)]
    rest = [name for name in names[len(ordered) :] if name not in named]
    missing = [
        item.name
        for item in free
        if item.default is inspect.Parameter.empty
        and item.kind in (*_POSITIONAL, inspect.Parameter.KEYWORD_ONLY)
        and item.name not in (*taken, *names[len(ordered) :])
    ]
    if rest or missing:
        raise _does_not_fit(called, [*ordered, *named], names)
    if any(name in ordered and ordered.index(name) != place for place, name in enumerate(names)):
        raise _misplaced(called, ordered, names)
    places = next((index for index, item in enumerate(parameters) if item.name in switches), len(parameters))
    by_place = min(len(taken), places)
    return by_place, (*taken[by_place:], *names[len(ordered) :])


def _does_not_fit(called: str, parameters: Sequence[str], names: Sequence[str]) -> InputSpecError:
    count = f"{len(parameters)} input{'' if len(parameters) == 1 else 's'}"
    takes = f"{count} ({', '.join(parameters)})" if parameters else "no inputs"
    return InputSpecError(
        f"{called} takes {takes}, not {len(names)} ({', '.join(names)}).",
        remedy="Describe each argument of the function by one input, in its order, and give parameters as weights.",
        place=called,
    )


def _misplaced(called: str, parameters: Sequence[str], names: Sequence[str]) -> InputSpecError:
    return InputSpecError(
        f"{called} takes its inputs in the order {', '.join(parameters)}; described are {', '.join(names)}.",
        remedy="Describe the inputs in the order of the function, under its names or under names of your own.",
        place=called,
    )


def _name(function: Any) -> str:
    return str(getattr(function, "__name__", None) or type(function).__name__)
