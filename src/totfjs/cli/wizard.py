"""`totfjs wizard`: asks, shows the command that it will run, and runs it."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from totfjs.errors import UsageError

HELP = "ask what to convert and how, show the command, and run it"
_FORMATS = {
    "keras": "a Keras file (.keras, .h5), or a SavedModel that Keras wrote",
    "saved_model": "a SavedModel of TensorFlow",
    "hub": "a module of TensorFlow Hub",
    "frozen": "a frozen graph of TensorFlow (.pb)",
    "web": "a TensorFlow.js model",
    "stablehlo": "a StableHLO module",
    "python": "Python code: package.module:name or file.py:name",
}
_TARGETS = {
    "auto": "a layers model if that is exact, or a graph model",
    "graph": "a graph model (tf.loadGraphModel)",
    "layers": "a layers model (tf.loadLayersModel)",
    "keras": "a Keras file",
}
_SIZES = {
    "none": "as they are",
    "float16": "in half the bytes; the numbers barely change",
    "uint16": "in half the bytes, as steps between the smallest and the largest",
    "uint8": "in a quarter of the bytes; look at the results",
}
_PATTERNS = 'Which weights? Patterns such as "conv/*", with commas between them; nothing for all.'

Valid = Callable[[str], str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `wizard`."""
    parser.add_argument("--dryrun", "--dry-run", action="store_true", help="show the command, and do not run it")


def run(arguments: argparse.Namespace) -> int:
    """Asks until the command is whole."""
    if not sys.stdin.isatty():
        raise UsageError(
            "The wizard asks questions, and there is no terminal to answer them.",
            remedy="Run totfjs convert SOURCE OUTPUT; totfjs convert --help says what else there is.",
        )
    try:
        words = list(asked(Terminal()))
    except EOFError:
        raise UsageError("The wizard was left before it knew all.", remedy="Run it again.") from None
    print(f"\ntotfjs convert {shlex.join(words)}\n")
    return 0 if arguments.dryrun else _convert(words)


@dataclass(frozen=True)
class Terminal:
    """Asks in words, and reads lines."""

    def text(self, question: str, default: str = "", valid: Valid = lambda answer: "") -> str:
        """An answer that `valid` says nothing against."""
        while True:
            answer = input(f"{question}{f' [{default}]' if default else ''}\n> ").strip() or default
            if not (wrong := valid(answer)):
                return answer
            print(wrong)

    def choice(self, question: str, choices: dict[str, str], default: str) -> str:
        """One of some words, by itself or by its number."""
        names = list(choices)
        lines = [f"  {number} {name:11} {choices[name]}" for number, name in enumerate(names, start=1)]
        numbers = {str(number): name for number, name in enumerate(names, start=1)}

        def valid(answer: str) -> str:
            return "" if numbers.get(answer, answer) in choices else f"Answer 1 to {len(names)}, or a word."

        answer = self.text("\n".join([question, *lines, "Which?"]), default, valid)
        return numbers.get(answer, answer)

    def sure(self, question: str, default: bool) -> bool:
        """Yes or no."""
        answer = self.text(f"{question} (yes or no)", "yes" if default else "no", _yes_or_no)
        return answer.lower().startswith("y")


def asked(terminal: Terminal) -> Iterator[str]:
    """The words of the command, one question after another."""
    from totfjs.sources.resolve import format_of  # brings what reads models, which questions do not need

    source = _expanded(terminal.text("Which model? A path, a URL, or package.module:name.", valid=_source))
    source_format = terminal.choice("What is it?", _FORMATS, format_of(source))
    options = ["--from", source_format, *_of_format(terminal, source_format)]
    target = terminal.choice("What shall it become?", _TARGETS, "auto") if source_format in ("keras", "web") else "auto"
    options += [] if target == "auto" else ["--to", target]
    options += _of_weights(terminal) if target != "keras" else []
    output, replaced = _output(terminal)
    yield from (source, output, *options, *(["--force"] if replaced else []))


def _of_format(terminal: Terminal, source_format: str) -> Iterator[str]:
    """What only some formats have."""
    if source_format in ("saved_model", "hub"):
        if signature := terminal.text("Which signature? Nothing for the model's own."):
            yield from ("--signature", signature)
        if (tags := terminal.text("Which tags?", "serve")) != "serve":
            yield from ("--tags", tags)
    if source_format == "frozen":
        yield from (
            "--outputs",
            terminal.text("Which nodes are the outputs? Names with commas between them.", valid=_needed),
        )
    if source_format == "python":
        while described := terminal.text(
            'Another input? Such as "image:float32[b,28,28,1]"; nothing when all are named.'
        ):
            yield from ("--input", described)
        if weights := terminal.text("Which checkpoint holds the weights? Nothing when the code has them."):
            yield from ("--weights", weights)


def _of_weights(terminal: Terminal) -> Iterator[str]:
    """How a web model stores its weights, and what is said of it."""
    dtype = terminal.choice("How shall the weights be stored?", _SIZES, "none")
    if dtype != "none":
        patterns = [part.strip() for part in terminal.text(_PATTERNS).split(",") if part.strip() not in ("", "*")]
        for word in [f"{dtype}:{pattern}" for pattern in patterns] or [dtype]:
            yield from ("--quantize", word)
    if (size := terminal.text("How large may a weight file be?", "4MiB", _size)) != "4MiB":
        yield from ("--shard-size", size)
    while pair := terminal.text(
        "A JSON file for the model's metadata? KEY=FILE; nothing when there is none.", valid=_pair
    ):
        yield from ("--metadata", pair)


def _output(terminal: Terminal) -> tuple[str, bool]:
    """Where to write, and whether something is replaced there."""
    while True:
        output = _expanded(terminal.text("Where shall it be written?", valid=_needed))
        if not Path(output).exists() or not any(Path(output).iterdir() if Path(output).is_dir() else (output,)):
            return output, False
        if terminal.sure(f"{output} is there already. Replace it?", False):
            return output, True


def _convert(words: Sequence[str]) -> int:
    from totfjs.cli import convert

    parser = argparse.ArgumentParser(prog="totfjs convert")
    convert.add_arguments(parser)
    return convert.run(parser.parse_args(words))


def _expanded(path: str) -> str:
    return str(Path(path).expanduser()) if path.startswith("~") else path


def _source(answer: str) -> str:
    if not answer:
        return "Name a model."
    there = Path(answer).expanduser().exists()
    return "" if there or ":" in answer else f"There is no {answer}."


def _needed(answer: str) -> str:
    return "" if answer else "There has to be an answer."


def _yes_or_no(answer: str) -> str:
    return "" if answer.lower() in ("y", "yes", "n", "no") else "Answer yes or no."


def _pair(answer: str) -> str:
    key, equals, file = answer.partition("=")
    return "" if not answer or (key and equals and file) else "Write KEY=FILE, as in labels=labels.json."


def _size(answer: str) -> str:
    from totfjs.sizes import parse_size

    try:
        parse_size(answer)
    except UsageError as error:
        return str(error.remedy)
    return ""
