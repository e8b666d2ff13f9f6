"""Keras 3 models on the JAX backend, through `stateless_call`: their variables are the weights."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from totfjs.errors import InputSpecError, SourceError
from totfjs.sources.jax.models.binding import bind
from totfjs.sources.jax.models.fit import Path, fit, paths
from totfjs.sources.jax.models.model import Model
from totfjs.sources.jax.models.request import Request

# Random streams, which inference does not use.
_RANDOM = "seed_generator_state"


def resolve(model: Any, request: Request) -> Model | None:
    """The model with `training=False`, or None when this is not a Keras model or layer."""
    if not _is_keras(model):
        return None
    _check(model)
    groups = (model.trainable_variables, model.non_trainable_variables)
    values = _chosen(model, groups, request.weights)
    arrange, notes = _arrangement(model, request)

    def call(given: Any, *inputs: Any) -> Any:
        places, keywords = arrange(inputs)
        result, _ = model.stateless_call(*given, *places, **keywords)
        return _named(model, result)

    names = {f"{group}/{index}": variable.path
             for group, variables in enumerate(groups)
             for index, variable in enumerate(variables)}  # fmt: skip
    return Model(call, values, model.name, notes, lambda path: names["/".join(path)])


def own_inputs(model: Any) -> Mapping[str, Any]:
    """The inputs that a Keras model describes: its batch is `b`, other dims that are not known have names of theirs."""
    if not _is_keras(model):
        return {}
    _check(model)
    if not getattr(model, "inputs", None):
        return _built_inputs(model)
    return {_input_name(tensor): _spec(_input_name(tensor), tensor.shape, tensor.dtype) for tensor in model.inputs}


def _is_keras(model: Any) -> bool:
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(model, keras.layers.Layer)


def _check(model: Any) -> None:
    keras = sys.modules["keras"]
    backend = keras.config.backend()
    if backend != "jax":
        raise SourceError(
            f"{model.name} is a Keras model on the {backend} backend, which totfjs does not read.",
            remedy="Set KERAS_BACKEND=jax in the environment before Keras is imported.",
        )
    if not model.built:
        raise SourceError(
            f"{model.name} is not built: it has no weights yet.",
            remedy="Call it once on an example, or load its weights, before it is converted.",
        )


def _built_inputs(model: Any) -> Mapping[str, Any]:
    """The shapes with which a model of one's own was first called, but for the batch."""
    shapes = model.get_build_config() or {}
    found = {key.removesuffix("_shape"): shape for key, shape in shapes.items()}
    if not all(isinstance(shape, tuple | list) and all(isinstance(n, int | None) for n in shape)
               for shape in found.values()):  # fmt: skip
        return {}
    return {name: _spec(name, (None, *shape[1:]), "float32") for name, shape in found.items()}


def _spec(name: str, shape: Sequence[int | None], dtype: str) -> str:
    dims = [_symbol(name, axis) if size is None else str(size) for axis, size in enumerate(shape)]
    return f"{dtype}[{','.join(dims)}]"


def _symbol(name: str, axis: int) -> str:
    word = "".join(letter if letter.isalnum() else "_" for letter in name)
    return "b" if axis == 0 else f"{word}_{axis}"


def _input_name(tensor: Any) -> str:
    """The name of the input layer, which is what the user wrote."""
    return str(tensor._keras_history.operation.name)


def _arrangement(model: Any, request: Request) -> tuple[Any, tuple[str, ...]]:
    """How the user's inputs become the arguments of the model."""
    names = list(request.arguments)
    structure = getattr(model, "_inputs_struct", None)
    if structure is None and getattr(model, "inputs", None):  # a Sequential takes one
        structure = model.inputs[0]
    if structure is None:
        binding = bind(model.call, names, called=model.name, given=request.keywords)
        return lambda inputs: (inputs[: binding.by_place], binding.keywords(inputs)), binding.notes
    return _arranged(model, structure, names), ()


def _arranged(model: Any, structure: Any, names: list[str]) -> Any:
    """The inputs in the structure of a model made of layers: by name where all names are the model's own."""
    import jax

    own, tree = [_input_name(tensor) for tensor in model.inputs], jax.tree.structure(structure)
    expected = _names(model, structure, own)
    if tree.num_leaves != len(names):
        raise InputSpecError(
            f"{model.name} takes {len(own)} input{'' if len(own) == 1 else 's'} ({', '.join(own)}), "
            f"not {len(names)} ({', '.join(names)}).",
            remedy="Describe each input of the model, in its order or under its names; or leave all of them out.",
            place=model.name,
        )
    order = [names.index(name) for name in expected] if set(expected) == set(names) else list(range(len(names)))

    def arrange(inputs: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (jax.tree.unflatten(tree, [inputs[place] for place in order]),), {"training": False}

    return arrange


def _names(model: Any, structure: Any, own: list[str]) -> list[str]:
    """The names of the inputs in the order in which JAX flattens them."""
    return sorted(structure) if isinstance(structure, Mapping) else own


def _named(model: Any, result: Any) -> Any:
    """What a model gives, under the names of the layers that give it, where these are known and unlike."""
    import jax

    functional = model if hasattr(model, "output_names") else getattr(model, "_functional", None)
    names = list(getattr(functional, "output_names", ()))
    results = jax.tree.leaves(result)
    if isinstance(result, Mapping) or len(names) != len(results) or max(Counter(names).values(), default=0) != 1:
        return result
    return dict(zip(names, results, strict=True))


def _chosen(model: Any, groups: Sequence[Sequence[Any]], weights: Any) -> list[list[Any]]:
    """The values of the variables: the model's own, or those given, by path or in the model's order."""
    own = [[variable.value for variable in group] for group in groups]
    if weights is None:
        return own
    expected = {_path(variable): variable.value for group in groups for variable in group if not _random(variable)}
    given = _given(model, groups, weights)
    fitted = fit(expected, {path: leaf for path, leaf in given.items() if path[-1] != _RANDOM}, model.name)
    return [[variable.value if _random(variable) else fitted[_path(variable)] for variable in group]
            for group in groups]  # fmt: skip


def _given(model: Any, groups: Sequence[Sequence[Any]], weights: Any) -> dict[Path, Any]:
    """The given weights by the paths of variables."""
    if isinstance(weights, Mapping) and "trainable_variables" in weights:  # a tree of `get_state_tree`
        parts = [weights.get(name) or {} for name in ("trainable_variables", "non_trainable_variables")]
        return {path: leaf for part in parts for path, leaf in _leaves(part).items()}
    if isinstance(weights, Mapping):
        return _leaves(weights)
    if isinstance(weights, tuple | list) and len(weights) >= 2 and isinstance(weights[0], tuple | list):
        pairs = [pair for group, values in zip(groups, weights, strict=False) for pair in zip(group, values)]  # noqa: B905
        return {_path(variable): getattr(value, "value", value) for variable, value in pairs}
    if isinstance(weights, tuple | list):
        return {_path(variable): value for variable, value in zip(model.weights, weights)}  # noqa: B905
    raise SourceError(
        f"The weights for {model.name} are a {type(weights).__name__}.",
        remedy="Give a tree by the paths of its variables, (trainable, non_trainable) lists, or nothing.",
    )


def _leaves(tree: Any) -> dict[Path, Any]:
    """Leaves by path, also where whole paths are keys."""
    return {tuple("/".join(path).split("/")): leaf for path, leaf in paths(tree).items()}


def _path(variable: Any) -> Path:
    return tuple(variable.path.split("/"))


def _random(variable: Any) -> bool:
    return bool(variable.path.endswith(_RANDOM))
