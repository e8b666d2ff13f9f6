"""A model loaded in a real TensorFlow.js: its inputs and outputs, and running it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from totfjs.errors import EngineError, UsageError
from totfjs.runtime.channel import Bytes, Channel, LostEngineError, Reply
from totfjs.runtime.started import again
from totfjs.runtime.tensors import Array, as_bytes, decode, dtype_of, encode


@dataclass(frozen=True)
class Port:
    """An input or output of a model; dtype or shape is None where the model does not say, a dim of -1 is dynamic."""

    name: str
    dtype: str | None
    shape: tuple[int, ...] | None

    def accepts(self, dtype: str | None, shape: tuple[int, ...]) -> bool:
        """Whether a tensor of this dtype and shape may go in."""
        return self._dtype_fits(dtype) and self._shape_fits(shape)

    def _dtype_fits(self, dtype: str | None) -> bool:
        return dtype is not None and self.dtype in (None, dtype)

    def _shape_fits(self, shape: tuple[int, ...]) -> bool:
        if self.shape is None:
            return True
        return len(shape) == len(self.shape) and all(
            want in (-1, have) for want, have in zip(self.shape, shape, strict=True)
        )

    def __str__(self) -> str:
        dims = "..." if self.shape is None else ",".join("?" if dim < 0 else str(dim) for dim in self.shape)
        return f"{self.dtype or 'any'}[{dims}]"


def _ports(records: Iterable[Mapping[str, Any]]) -> tuple[Port, ...]:
    return tuple(
        Port(record["name"], record["dtype"], None if record["shape"] is None else tuple(record["shape"]))
        for record in records
    )


def _check_names(ports: Sequence[Port], given: Iterable[str]) -> None:
    expected, found = [port.name for port in ports], list(given)
    if set(expected) != set(found):
        raise UsageError(
            "The inputs do not fit the model: "
            f"expected {', '.join(expected) or 'none'}; found {', '.join(found) or 'none'}.",
            remedy="Give each input of the model by its name.",
        )


def _check(port: Port, array: Array) -> None:
    dtype = dtype_of(array)
    if port.accepts(dtype, array.shape):
        return
    found = f"{dtype or array.dtype}[{','.join(map(str, array.shape))}]"
    wrong_dtype = port.dtype is not None and dtype != port.dtype
    remedy = f"Convert it first: array.astype('{port.dtype}')." if wrong_dtype else "Give an array of that shape."
    raise UsageError(f"Input {port.name!r} does not fit the model: expected {port}; found {found}.", remedy=remedy)


class Session:
    """A loaded model. Where its browser ends by itself it is loaded once more, in another one.

    `asynchronous`, known at load, says that a page has to call executeAsync for the outputs of the model.
    `logs` holds what TensorFlow.js logged so far; `milliseconds` is how long the last inference took.
    """

    def __init__(
        self, connect: Callable[[], Channel], text: str, weights: Iterable[bytes | memoryview | Array], backend: str
    ) -> None:
        self._connect, self._text, self._weights = connect, text, weights
        self._replaceable = iter(weights) is not weights
        self.backend = backend
        self.logs: list[str] = []
        self.milliseconds: float | None = None
        header = again(self._load) if self._replaceable else self._load()
        self.inputs = _ports(header["inputs"])
        self.outputs = _ports(header["outputs"])
        self.asynchronous = bool(header["asynchronous"])
        self._closed = False

    def _load(self) -> Mapping[str, Any]:
        self._channel = self._connect()
        shards = (as_bytes(shard) for shard in self._weights)
        header = self._send({"command": "load", "backend": self.backend, "model": self._text}, shards).header
        self._model = int(header["model"])
        return header

    def _send(self, header: Mapping[str, Any], buffers: Iterable[Bytes] = ()) -> Reply:
        reply = self._channel.request(header, buffers)
        self.logs.extend(reply.header["logs"])
        return reply

    def _request(self, header: Mapping[str, Any], arrays: Sequence[Array] = ()) -> Reply:
        """Asks something about this model, which is loaded again where its browser ended by itself."""
        asked = {"backend": self.backend, **header}
        try:
            return self._send({**asked, "model": self._model}, map(encode, arrays))
        except LostEngineError:
            if not self._replaceable:
                raise

        def replaced() -> Reply:
            self._load()
            return self._send({**asked, "model": self._model}, map(encode, arrays))

        return again(replaced)

    def execute(self, inputs: Mapping[str, Array], outputs: Sequence[str] | None = None) -> dict[str, Array]:
        """Runs the model; outputs come in the signature's order, or as `outputs` names them: any tensor of a graph."""
        if not isinstance(inputs, Mapping):
            expected = ", ".join(f'"{port.name}": array' for port in self.inputs)
            raise UsageError("The inputs are not given by name.", remedy=f"Give a dict: {{{expected}}}.")
        arrays = {name: np.asarray(array) for name, array in inputs.items()}
        _check_names(self.inputs, arrays)
        for port in self.inputs:
            _check(port, arrays[port.name])
        reply = self._request(self._header(arrays, outputs), [arrays[port.name] for port in self.inputs])
        self.milliseconds = float(reply.header["milliseconds"])
        names = list(outputs) if outputs is not None else [port.name for port in self.outputs]
        return dict(zip(names, self._arrays(reply, len(names)), strict=True))

    def _header(self, arrays: Mapping[str, Array], outputs: Sequence[str] | None) -> dict[str, Any]:
        described = [
            {"name": port.name, "dtype": dtype_of(arrays[port.name]), "shape": arrays[port.name].shape}
            for port in self.inputs
        ]
        names = None if outputs is None else list(outputs)
        return {"command": "execute", "inputs": described, "outputs": names}

    def _arrays(self, reply: Reply, count: int) -> list[Array]:
        tensors = reply.header["tensors"]
        if len(tensors) != count:
            raise EngineError(
                f"The model names {count} outputs, TensorFlow.js returned {len(tensors)}: two names are one tensor.",
                remedy="Give each output a node of its own, with an Identity.",
            )
        return [
            decode(tensor["dtype"], tuple(tensor["shape"]), data)
            for tensor, data in zip(tensors, reply.buffers, strict=True)
        ]

    def fit(
        self, inputs: Mapping[str, Array], targets: Sequence[Array], *, epochs: int = 1, batch_size: int = 32
    ) -> dict[str, list[float]]:
        """Trains a compiled layers model on data in their order; loss and metrics by name, a number for each epoch."""
        settings = {"epochs": epochs, "batchSize": batch_size}
        return dict(self._train("fit", inputs, targets, settings))

    def evaluate(self, inputs: Mapping[str, Array], targets: Sequence[Array], *, batch_size: int = 32) -> list[float]:
        """The loss and the metrics of a compiled layers model."""
        return list(self._train("evaluate", inputs, targets, {"batchSize": batch_size}))

    def _train(
        self, what: str, inputs: Mapping[str, Array], targets: Sequence[Array], settings: Mapping[str, int]
    ) -> Any:
        _check_names(self.inputs, inputs)
        given = [np.asarray(inputs[port.name]) for port in self.inputs]
        wanted = [np.asarray(array) for array in targets]
        header = {
            "command": "train",
            "what": what,
            "inputs": [{"name": "", "dtype": dtype_of(array), "shape": array.shape} for array in given],
            "targets": [{"name": "", "dtype": dtype_of(array), "shape": array.shape} for array in wanted],
            "settings": settings,
        }
        # what it learns now is in no file: another browser would not have it
        self._replaceable = self._replaceable and what != "fit"
        return self._request(header, [*given, *wanted]).header["result"]

    def statistics(self) -> dict[str, int]:
        """How many tensors live in this TensorFlow.js, and their bytes: all of its sessions together.

        `since` are the bytes that were added since this session began. TensorFlow.js miscounts those of strings, so
        that in one which has run other models the others are not to be relied upon.
        """
        header = self._request({"command": "statistics"}).header
        return {name: int(header[name]) for name in ("tensors", "bytes", "since")}

    def close(self) -> None:
        """Frees the model's weights. The session cannot be used afterwards."""
        if not self._closed and self._channel.broken is None:
            with suppress(LostEngineError):
                self._send({"command": "dispose", "model": self._model})
        self._closed = True

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
