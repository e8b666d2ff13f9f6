"""Every error that a user can meet: one class each, with a stable code, what happened and what to do about it.

An error is raised where the knowledge is. Each class has a page under `docs/errors/` named after its code.
"""

from __future__ import annotations


class TotfjsError(Exception):
    """The root of every error that totfjs raises on purpose.

    `what` says what happened, `remedy` names one thing to do, `place` says where in the user's source
    (file:line, module path, layer or node) when there is such a place, `said` what was asked in the words of totfjs,
    where it was asked in others.
    """

    code = "TOTFJS"

    def __init__(self, what: str, *, remedy: str = "", place: str = "") -> None:
        self.what, self.remedy, self.place, self.said = what, remedy, place, ""
        super().__init__(what, remedy, place)

    def __str__(self) -> str:
        lines = [self.what]
        if self.place:
            lines.append(f"  at: {self.place}")
        if self.remedy:
            lines.append(f"  fix: {self.remedy}")
        if self.said:
            lines.append(f"  in totfjs's own words: {self.said}")
        return "\n".join(lines)


class UsageError(TotfjsError):
    """The command line or the arguments of a call do not make sense together."""

    code = "USAGE"


class MissingDependencyError(TotfjsError):
    """A framework that this model needs is not installed."""

    code = "MISSING_DEPENDENCY"


class NarrowingError(TotfjsError):
    """A weight holds a value, or has a dtype, that no dtype of TensorFlow.js can hold."""

    code = "NARROWING"


class QuantizationError(TotfjsError):
    """The quantization asked for does not fit the weights."""

    code = "QUANTIZATION"


class WeightFileError(TotfjsError):
    """A file of weights is missing, shorter than declared, or contradicts its own manifest."""

    code = "WEIGHT_FILE"


class OutputError(TotfjsError):
    """The output cannot be written where the user wants it."""

    code = "OUTPUT"


class OutputExistsError(OutputError):
    """Something is already at the output path and may not be replaced."""

    code = "OUTPUT_EXISTS"


class OutputPermissionError(OutputError):
    """The file system does not allow writing at the output path."""

    code = "OUTPUT_PERMISSION"


class DiskFullError(OutputError):
    """There is no room left for the output."""

    code = "DISK_FULL"


class CheckpointError(TotfjsError):
    """A checkpoint is damaged, unknown, or not of the shape its format promises."""

    code = "CHECKPOINT"


class UnsafeCheckpointError(CheckpointError):
    """Reading this checkpoint would run code from it."""

    code = "CHECKPOINT_UNSAFE"


class EngineError(TotfjsError):
    """TensorFlow.js failed to load or to run a model."""

    code = "ENGINE"


class EngineTimeoutError(EngineError):
    """TensorFlow.js did not finish within the time limit."""

    code = "ENGINE_TIMEOUT"


class EngineMemoryError(EngineError):
    """TensorFlow.js needed more memory than the limit, or than there is."""

    code = "ENGINE_MEMORY"


class ModelFileError(TotfjsError):
    """A file of a web model is missing, incomplete or something else than it should be."""

    code = "MODEL_FILE"


class SourceError(TotfjsError):
    """The source is not there, or not a model that totfjs reads."""

    code = "SOURCE"


class IllegalGraphError(TotfjsError):
    """The graph holds an op that a backend it is meant for cannot run."""

    code = "ILLEGAL_GRAPH"


class InputSpecError(SourceError):
    """The inputs asked for do not fit the model, or are not written as inputs."""

    code = "INPUT_SPEC"


class WeightsMismatchError(SourceError):
    """The weights given are not those of the model: names or shapes differ."""

    code = "WEIGHTS_MISMATCH"


class TraceError(SourceError):
    """The function cannot be traced with abstract inputs."""

    code = "TRACE"


class UnsupportedError(SourceError):
    """The model does something that TensorFlow.js cannot do, or that totfjs cannot express yet."""

    code = "UNSUPPORTED"


class KerasFileError(SourceError):
    """A Keras file is damaged, or not of the layout its format promises."""

    code = "KERAS_FILE"


class UnsafeKerasFileError(KerasFileError):
    """Reading this Keras file would run code from it, reach other files, or unpack far more than it holds."""

    code = "KERAS_FILE_UNSAFE"


class HubError(SourceError):
    """A module of TensorFlow Hub cannot be downloaded, or is not what it should be."""

    code = "HUB"


class UnsafeHubError(HubError):
    """An archive of a module would write outside of its directory, or unpack far more than it holds."""

    code = "HUB_UNSAFE"


class TensorFlowFileError(SourceError):
    """A TensorFlow file is damaged, or not of the layout its format promises."""

    code = "TENSORFLOW_FILE"


class UnsafeTensorFlowFileError(TensorFlowFileError):
    """Reading this TensorFlow file would reach other files, or unpack far more than it holds."""

    code = "TENSORFLOW_FILE_UNSAFE"


class ServeError(TotfjsError):
    """The server cannot listen where the user wants it."""

    code = "SERVE"
