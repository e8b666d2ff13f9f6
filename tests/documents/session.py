"""Runs the blocks of a page one after another in one directory, as its reader does, and holds what they print."""

from __future__ import annotations

import io
import os
import re
import shlex
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from contextlib import chdir, redirect_stdout
from itertools import takewhile
from pathlib import Path
from typing import Any

from tests.documents.blocks import RUN, Block
from tests.loader.node import node, pinned_node, with_tensorflow

BIN = Path(sys.executable).parent
ASSIGNMENT = re.compile(r"[A-Z_]+=")
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\S*")
# A page fetches what lies beside it: here the files of the directory.
PAGE = """
import {readFile} from 'node:fs/promises';
const here = new URL('index.html', import.meta.url);
globalThis.document = {baseURI: here.href};
globalThis.fetch = async (address) => {
  try {
    return new Response(await readFile(new URL(address, here)));
  } catch {
    return new Response('not found', {status: 404});
  }
};
"""


class Session:
    """One directory, one Python, one page."""

    def __init__(self, directory: Path, environment: Mapping[str, str] | None = None) -> None:
        self.directory = with_tensorflow(directory)
        self.environment = {**os.environ, "NO_COLOR": "1", "PYTHONUTF8": "1", "COLUMNS": "100", **(environment or {})}
        self.names: dict[str, Any] = {}
        (directory / "page.mjs").write_text(PAGE, encoding="utf-8")

    def run(self, page: list[Block]) -> None:
        """Runs the blocks, and compares what each prints with the `text` below it."""
        for block, below in zip(page, [*page[1:], None], strict=True):
            if block.language in RUN:
                told = below is not None and below.language == "text" and below.adjoins
                expected = below.text if below is not None and told else ""
                self._block(block, expected)

    def _block(self, block: Block, expected: str) -> None:
        where = f"line {block.line}"
        if block.language == "python":
            printed = self._python(block, where)
        elif block.language == "javascript":
            printed = self._javascript(block, where)
        else:
            commands = shlex_lines(block.text)
            wrong = expected.startswith("error")
            outs = [self._command(words, where, wrong and words is commands[-1]) for words in commands]
            printed = "".join(outs)
        assert re.search(pattern(expected), printed), f"{where} prints\n{printed}\nand not\n{expected}"

    def _python(self, block: Block, where: str) -> str:
        name = re.match(r"# (\w+\.py)\n", block.text)
        if name is not None:
            (self.directory / name[1]).write_text(block.text, encoding="utf-8")
        code = compile("\n" * (block.line - 1) + block.text, where, "exec")
        out = io.StringIO()
        with chdir(self.directory), redirect_stdout(out):
            exec(code, self.names)
        return out.getvalue()

    def _javascript(self, block: Block, where: str) -> str:
        (self.directory / "block.mjs").write_text(block.text, encoding="utf-8")
        done = node(self.directory, "--import", "./page.mjs", "block.mjs")
        assert done.returncode == 0, f"{where}: {done.stderr}"
        return done.stdout

    def _command(self, words: list[str], where: str, wrong: bool) -> str:
        settings = dict(word.split("=", 1) for word in takewhile(ASSIGNMENT.match, words))
        words = words[len(settings) :]
        program = words[2:] if words[:2] == ["uv", "run"] else words
        program = [pinned_node() if program[0] == "node" else str(BIN / program[0]), *program[1:]]
        if program[1:2] and program[1] in ("serve", "quickstart"):
            return self._served(program, where)
        done = subprocess.run(
            program,
            cwd=self.directory,
            env={**self.environment, **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=300,
        )
        said = done.stdout + done.stderr
        assert (done.returncode != 0) == wrong, f"{where}: {shlex.join(words)} ends with {done.returncode}:\n{said}"
        assert "Traceback" not in said, f"{where}: {said}"
        return said

    def _served(self, program: list[str], where: str) -> str:
        """A server, until its page has come."""
        lines: list[str] = []
        with subprocess.Popen(
            program,
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        ) as process:
            try:
                assert process.stdout is not None
                address = None
                while address is None and (line := process.stdout.readline()):
                    lines.append(line)
                    address = ADDRESS.search(line)
                assert address is not None, f"{where} serves nothing: {lines}"
                with urllib.request.urlopen(address[0], timeout=30) as answer:
                    assert answer.status == 200
                if sys.platform != "win32":
                    process.send_signal(signal.SIGINT)
                    lines.append(process.stdout.read())
                    assert process.wait(30) in (0, 130)
            finally:
                process.kill()
        return "".join(lines)


def shlex_lines(text: str) -> list[list[str]]:
    """The words of each command: lines that end with a backslash go on, # begins a comment."""
    joined = re.sub(r"\\\n\s*", "", text)
    return [words for line in joined.splitlines() if (words := shlex.split(line, comments=True))]


def pattern(expected: str) -> str:
    """What a program prints, in which … stands for whatever varies, alone in a line for lines."""
    lines = [re.escape(line.rstrip()).replace("…", ".*") for line in expected.rstrip("\n").splitlines()]
    return "(?m)^" + r"[^\S\n]*\n".join("(?s:.*?)" if line == ".*" else line for line in lines) + r"\s*$"
