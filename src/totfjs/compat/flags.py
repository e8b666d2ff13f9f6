"""The flags of `tensorflowjs_converter`."""

from __future__ import annotations

import argparse

from totfjs.compat.formats import INPUTS, OUTPUTS, SAVED_MODEL

# Flags whose value may be left out: a pattern of names, and true or false.
PATTERNS = ("quantize_float16", "quantize_uint8", "quantize_uint16")
BOOLEANS = ("strip_debug_ops", "use_structured_outputs_names", "control_flow_v2", "experiments")
VALUES = (
    "input_format", "output_format", "signature_name", "saved_model_tags", "quantization_bytes",
    "weight_shard_size_bytes", "output_node_names", "metadata", "verify", "backends",
)  # fmt: skip
SWITCHES = ("split_weights_by_layer", "skip_op_check", "version", "help")
FLAGS = (*PATTERNS, *BOOLEANS, *VALUES, *SWITCHES)
WORDS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "on"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "off", "none", ""), False),
}


def parser() -> argparse.ArgumentParser:
    """The parser of arguments that `arguments.normal` has put in order."""
    made = argparse.ArgumentParser(
        "tensorflowjs_converter",
        description="Converts models to TensorFlow.js: the command line of tensorflowjs 4.22.0, by totfjs.",
        epilog="`totfjs convert --help` says what else there is.",
    )
    made.add_argument("input_path", nargs="?", help="the model: a file, a directory, or the handle of a Hub module")
    made.add_argument("output_path", nargs="?", help="the directory to write, or the Keras file")
    _add_formats(made)
    _add_signature(made)
    _add_weights(made)
    _add_graph(made)
    made.add_argument("--metadata", metavar="KEY:FILE,…", help="JSON files for userDefinedMetadata")
    made.add_argument("--version", "-v", dest="show_version", action="store_true", help="show versions")
    made.add_argument("--verify", default="auto", metavar="auto|off|LIST", help="prove the result on these backends")
    made.add_argument("--backends", metavar="LIST", help="where the model has to run (default: all)")
    return made


def _add_formats(made: argparse.ArgumentParser) -> None:
    made.add_argument("--input_format", default=SAVED_MODEL, choices=tuple(INPUTS), help="default: %(default)s")
    made.add_argument("--output_format", choices=tuple(OUTPUTS), help="default: that which goes with the input format")


def _add_signature(made: argparse.ArgumentParser) -> None:
    made.add_argument("--signature_name", help="the signature of a SavedModel or Hub module")
    made.add_argument("--saved_model_tags", default="serve", metavar="A,B", help="tags of the graph (default: serve)")
    made.add_argument("--output_node_names", metavar="A,B", help="the outputs of a frozen graph")


def _add_weights(made: argparse.ArgumentParser) -> None:
    for flag in PATTERNS:
        dtype = flag.removeprefix("quantize_")
        text = f"store weights as {dtype}: those whose names match, or all"
        made.add_argument(f"--{flag}", nargs="?", const=True, metavar="PATTERN,…", help=text)
    made.add_argument("--quantization_bytes", type=int, choices=(1, 2), help="1: as uint8, 2: as uint16 (deprecated)")
    made.add_argument(
        "--split_weights_by_layer", action="store_true", help="the weights of each layer in files of its own"
    )
    made.add_argument(
        "--weight_shard_size_bytes", type=int, metavar="BYTES", help="largest weight file (default 4194304)"
    )


def _add_graph(made: argparse.ArgumentParser) -> None:
    made.add_argument(
        "--skip_op_check", action="store_true", help="changes nothing: no graph is written that cannot run"
    )
    _add_boolean(made, "strip_debug_ops", True, "leave out Assert, CheckNumerics and Print (default: true)")
    _add_boolean(made, "use_structured_outputs_names", False, "predict returns the outputs by name")
    for flag in ("control_flow_v2", "experiments"):
        _add_boolean(made, flag, False, "changes nothing: control flow takes the form that runs")


def _add_boolean(made: argparse.ArgumentParser, flag: str, default: bool, text: str) -> None:
    made.add_argument(
        f"--{flag}", nargs="?", const=True, default=default, type=boolean, metavar="true|false", help=text
    )


def boolean(text: str) -> bool:
    """True or false as the word says it."""
    if text.strip().lower() not in WORDS:
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return WORDS[text.strip().lower()]
