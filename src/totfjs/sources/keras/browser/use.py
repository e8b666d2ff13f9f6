"""One call of a Keras layer as its rule sees it: what goes in, its arguments and weights, and drawing layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from totfjs.sources.keras.architecture import Call, Layer, leaves
from totfjs.sources.keras.browser.flow import UNKNOWN, Flow, Obstacle, Shape, Source, Unknown
from totfjs.sources.keras.browser.sketch import KEEPING, Drawn, Sketch
from totfjs.sources.keras.browser.values import initializer, regularizer
from totfjs.weights.array import Array


@dataclass(frozen=True)
class Use:
    """A Keras layer, one call of it with a Flow for each tensor, and the sketch that it is drawn into."""

    layer: Layer
    call: Call
    sketch: Sketch
    # The rule of another layer, applied to this sketch.
    apply: Callable[[Use], Any]

    @property
    def x(self) -> Flow:
        """The first tensor."""
        return self.xs[0]

    @property
    def xs(self) -> list[Flow]:
        """The tensors of the first argument."""
        return list(leaves(self.call.args[0], Flow))

    @property
    def generation(self) -> int:
        """The major version of Keras whose meaning the arguments have."""
        return self.layer.generation

    def get(self, key: str, default: Any = None) -> Any:
        """An argument with which the layer was made."""
        value = self.layer.config.get(key, default)
        return default if value is None else value

    def weight(self, name: str) -> Array:
        """A variable of the layer, or of the cell that it holds."""
        if name in self.layer.weights:
            return self.layer.weights[name]
        cell = self.layer.children.get("cell")
        if cell is not None and name in cell.weights:
            return cell.weights[name]
        raise Obstacle(f"its weight {name} is not there")

    def weights(self, *names: str) -> list[tuple[str, Array]]:
        """Variables under the names that they have in Keras; a bias only where there is one."""
        return [(name, self.weight(name)) for name in names if name != "bias" or self.get("use_bias", True)]

    def emit(
        self,
        kind: str,
        inputs: Flow | Sequence[Flow],
        shape: Shape | None,
        part: str = "",
        weights: Sequence[tuple[str, Array]] = (),
        **config: Any,
    ) -> Flow:
        """Draws a layer of tfjs-layers and gives its output."""
        return self.emit_all(kind, inputs, [shape], part, weights, **config)[0]

    def emit_all(
        self,
        kind: str,
        inputs: Flow | Sequence[Flow],
        shapes: Sequence[Shape | None],
        part: str = "",
        weights: Sequence[tuple[str, Array]] = (),
        inner: Sketch | None = None,
        **config: Any,
    ) -> list[Flow]:
        """Draws a layer that has as many outputs as shapes are given."""
        flows = [inputs] if isinstance(inputs, Flow) else list(inputs)
        drawn = Drawn(kind, "", config, self.layer.trainable, weights, inner, shape=shapes[0], outputs=len(shapes))
        drawn = self.sketch.part(self.layer.name, part, drawn)
        node = self.sketch.call(drawn, flows)
        given = flows[0].given if kind in KEEPING else None
        if any(flow.source is None for flow in flows):
            return [UNKNOWN for _ in shapes]
        return [Flow(Source(drawn.name, node, tensor), shape, given=given) for tensor, shape in enumerate(shapes)]

    def reads_mask(self, x: Flow) -> None:
        """Says that tfjs-layers hands this layer a mask, and holds it against that of Keras."""
        if x.source is None:
            return
        self.sketch.readers.append((str(self.layer), x.given))
        if x.mask != x.given:
            raise Obstacle("it asks for a mask, and TensorFlow.js gives it none" if x.given is None else
                           "TensorFlow.js gives it a mask that Keras does not")  # fmt: skip

    def untrained(self, why: str) -> None:
        """Says why training would not be as in Keras."""
        text = f"{self.layer}: {why}"
        if text not in self.sketch.untrained:
            self.sketch.untrained.append(text)

    def prepared(self, *names: str) -> dict[str, Any]:
        """Initialisers and regularisers of variables, such as kernel; what tfjs-layers lacks makes training differ."""
        found: dict[str, Any] = {}
        for name in names:
            found[f"{name}_initializer"] = initializer(self.get(f"{name}_initializer"))
            found[f"{name}_regularizer"], known = regularizer(self.get(f"{name}_regularizer"))
            if not known:
                self.untrained(f"TensorFlow.js lacks the regulariser of its {name}")
            if self.get(f"{name}_constraint") is not None:
                self.untrained(f"TensorFlow.js does not hold its {name} to the constraint")
        if self.get("activity_regularizer") is not None:
            self.untrained("TensorFlow.js lacks activity regularisers")
        return found

    def float(self, x: Flow) -> Flow:
        """The tensor as float32."""
        return x if x.dtype == "float32" else self.emit("Rescaling", x, x.shape, "float", scale=1.0, offset=0.0)

    def of(self, layer: Layer, *args: Any, **kwargs: Any) -> Any:
        """What another layer gives, drawn into the same sketch."""
        return self.apply(replace(self, layer=layer, call=Call(args, kwargs)))


__all__ = ["Flow", "Obstacle", "Unknown", "Use"]
