"""SavedModels and graphs that TensorFlow would not write: what each is, and a part of what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.attacks import bundles
from tests.protobuf import field, group

Write = Callable[[Path], Path]
FLOAT, INT, STRING, RESOURCE = 1, 3, 7, 20
CANARY = "secret.txt"


# --- messages ---------------------------------------------------------------------------------------------------


def attr(key: str, value: bytes) -> bytes:
    return field(5, field(1, key) + field(2, value))


def node(name: str, op: str, *inputs: str, attrs: bytes = b"") -> bytes:
    return field(1, name) + field(2, op) + b"".join(field(3, each) for each in inputs) + attrs


def nodes(*listed: bytes) -> bytes:
    return b"".join(field(1, each) for each in listed)


def shape(*sizes: int) -> bytes:
    return b"".join(field(2, field(1, size & (1 << 64) - 1)) for size in sizes)


def tensor(dtype: int, sizes: bytes, values: bytes) -> bytes:
    return field(1, dtype) + field(2, sizes) + values


def const(name: str, content: bytes, dtype: int = FLOAT) -> bytes:
    return node(name, "Const", attrs=attr("value", field(8, content)) + attr("dtype", field(6, dtype)))


def call(name: str, function: str, *inputs: str) -> bytes:
    return node(name, "PartitionedCall", *inputs, attrs=attr("f", field(10, field(1, function))))


def function(name: str, *body: bytes, returns: str = "a:output:0") -> bytes:
    argument, result = field(1, "x") + field(3, FLOAT), field(1, "y") + field(3, FLOAT)
    signature = field(1, name) + field(2, argument) + field(3, result)
    return field(1, signature) + b"".join(field(3, each) for each in body) + field(4, field(1, "y") + field(2, returns))


def library(*functions: bytes) -> bytes:
    return field(2, b"".join(field(1, each) for each in functions))


X = node("x", "Placeholder", attrs=attr("dtype", field(6, FLOAT)) + attr("shape", field(7, shape(2))))


def used(name: str) -> bytes:
    """A result that needs a node."""
    return node("y", "AddV2", "x", name, attrs=attr("T", field(6, FLOAT)))


# --- frozen graphs ----------------------------------------------------------------------------------------------


def frozen(content: bytes, name: str = "graph.pb") -> Write:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


def holding(content: bytes) -> Write:
    """A graph that adds a constant to its input."""
    return frozen(nodes(X, const("c", content), used("c")))


def calling(*functions: bytes) -> Write:
    """A graph that calls the first function."""
    return frozen(nodes(X, call("y", "f0", "x")) + library(*functions))


def _deep(depth: int) -> bytes:
    """A function as an attribute of a function as an attribute …"""
    value = field(10, field(1, "f"))
    for _ in range(depth):
        value = field(10, field(1, "f") + field(2, field(1, "f") + field(2, value)))
    return value


def _chain(count: int) -> bytes:
    return nodes(X, *(node(f"n{at}", "Identity", f"n{at - 1}" if at else "x") for at in range(count)))


TWICE = [
    function(f"f{at}", call("a", f"f{at + 1}", "x"), call("b", f"f{at + 1}", "a:output:0"), returns="b:output:0")
    for at in range(40)
]
WRONG = "is damaged"
GRAPHS: dict[str, tuple[Write, str]] = {
    "empty": (frozen(b""), "it is empty"),
    "cut short": (frozen(nodes(X, used("x"))[:-3]), "claims .* bytes where .* are left"),
    "not protobuf": (frozen(b"\xff" * 64), WRONG),
    "a group": (frozen(nodes(X) + group(9)), "field 9 is a group"),
    "a number that does not end": (frozen(nodes(X) + b"\x08" + b"\xff" * 12), "more than ten bytes"),
    "a node without a name": (frozen(nodes(X, field(2, "Relu"))), "has no name"),
    "a name that is not text": (frozen(nodes(X, field(1, b"\xff\xfe") + field(2, "Relu"))), "not UTF-8"),
    "a node with two names": (frozen(nodes(X, node("a", "Relu", "x") + field(1, "x"))), "has two names"),
    "two nodes of one name": (frozen(nodes(X, X)), "two nodes are called x"),
    "a node that needs itself": (frozen(nodes(X, node("a", "AddV2", "a", "x"), used("a"))), "needs its own output"),
    "a cycle": (
        frozen(nodes(X, node("a", "Relu", "b"), node("b", "Relu", "a"), used("a"))),
        "needs its own output",
    ),
    "a node that is not there": (frozen(nodes(X, used("nothing"))), "reads nothing, which is not there"),
    "an output that is not there": (frozen(nodes(X, used("x:7"))), "has no such output"),
    "an output of a large number": (frozen(nodes(X, used("x:" + "9" * 30))), "an output has the number"),
    "a million nodes": (frozen(_chain(1_000_000)), "more than 262144 fields"),
    "dims of 2^60": (holding(tensor(FLOAT, shape(1 << 60), field(5, 1.0))), "claims the shape"),
    "dims whose product overflows": (holding(tensor(FLOAT, shape(*[1 << 31] * 3), field(5, 1.0))), "claims the shape"),
    "dims of 2^60 that are 0 together": (holding(tensor(FLOAT, shape(0, 1 << 60), b"")), "claims the shape"),
    "one value for a billion": (holding(tensor(FLOAT, shape(1 << 30), field(5, 1.0))), "and has 1 values"),
    "a thousand dims": (holding(tensor(FLOAT, shape(*[1] * 1000), field(5, 1.0))), "has the shape"),
    "a dim below 0": (holding(tensor(FLOAT, shape(-5), field(5, 1.0))), "has the shape"),
    "too little content": (holding(tensor(FLOAT, shape(1 << 20), field(4, bytes(8)))), "has 8 bytes of float32"),
    "too much content": (holding(tensor(FLOAT, shape(1), field(4, bytes(8)))), "has 8 bytes of float32"),
    "too many values": (holding(tensor(FLOAT, shape(1), field(5, bytes(8)))), "has 2 values"),
    "half a value": (holding(tensor(FLOAT, shape(2), field(5, bytes(6)))), "6 bytes for numbers of 4"),
    "a dtype that is none": (holding(tensor(99, shape(2), field(5, 1.0))), "dtype 99"),
    "attributes within attributes": (
        frozen(nodes(X, node("y", "PartitionedCall", "x", attrs=attr("f", _deep(60))))),
        "there is no function f|nested deeper",
    ),
    "a function that calls itself": (calling(function("f0", call("a", "f0", "x"))), "calls itself"),
    "functions that call each other": (
        calling(function("f0", call("a", "f1", "x")), function("f1", call("a", "f0", "x"))),
        "calls itself",
    ),
    "functions that call twice and twice again": (
        calling(*TWICE, function("f40", node("a", "Relu", "x"), returns="a:activations:0")),
        "more than 30000 nodes repeat",
    ),
    "two functions of one name": (calling(*[function("f0", node("a", "Relu", "x"))] * 2), "two functions"),
    "a function that does not say its result": (
        frozen(nodes(X, call("y", "f0", "x")) + library(field(1, field(1, "f0") + field(3, field(1, "y"))))),
        "does not say what y is",
    ),
    "a result that is not there": (calling(function("f0", returns="nothing:output:0")), "nothing"),
    "a node of the name of an argument": (calling(function("f0", node("x", "Relu", "x"))), "of one name"),
    "an input of 2^60": (
        frozen(nodes(node("x", "Placeholder", attrs=attr("dtype", field(6, FLOAT)) + attr(
            "shape", field(7, shape(1 << 60)))), node("y", "Relu", "x"))),
        "has a dim of",
    ),
    "text within text": (frozen(b"node { attr { value { list { func { " * 9_000, "g.pbtxt"), "nested deeper"),
    "text in brackets": (frozen(b"node " + b"[" * 100_000, "g.pbtxt"), "a value is missing"),
    "text that does not end": (frozen(b'node { name: "x', "g.pbtxt"), "line 1 holds"),
    "text with a number that is none": (
        frozen(b'node { name: "x" op: "C" attr { key: "v" value { i: 99z } } }', "g.pbtxt"),
        "is no number",
    ),
    "text that is binary": (frozen(b"\xff\xfe\x00", "g.pbtxt"), "it is not text"),
}  # fmt: skip


# --- SavedModels ------------------------------------------------------------------------------------------------


def info(name: str, dtype: int = FLOAT) -> bytes:
    return field(1, name) + field(2, dtype) + field(3, shape(2))


def saved(graph: bytes, *more: bytes, restore: str = "restore") -> bytes:
    """A SavedModel with one signature, which gives y of x."""
    signature = field(1, field(1, "x") + field(2, info("x:0"))) + field(2, field(1, "y") + field(2, info("y:0")))
    entry = field(5, field(1, "serving_default") + field(2, signature))
    saver = field(3, field(3, restore))
    return field(1, 1) + field(2, field(1, field(4, "serve")) + field(2, graph) + saver + entry + b"".join(more))


def directory(content: bytes, index: bytes | None = None, data: bytes = bytes(8)) -> Write:
    def write(folder: Path) -> Path:
        (folder / "model" / "variables").mkdir(parents=True)
        (folder / "model" / "saved_model.pb").write_bytes(content)
        if index is not None:
            (folder / "model" / "variables" / "variables.index").write_bytes(index)
            (folder / "model" / "variables" / "variables.data-00000-of-00001").write_bytes(data)
        return folder / "model"

    return write


def texts(name: str, text: str) -> bytes:
    return const(name, tensor(STRING, shape(1), field(8, text)), STRING)


def variable(key: str = "v", part: str = "", assigned: str = "restored") -> bytes:
    """A graph that reads a variable, and restores it."""
    kind = attr("dtype", field(6, FLOAT))
    return nodes(
        X, node("v", "VarHandleOp", attrs=kind), node("read", "ReadVariableOp", "v", attrs=kind), used("read"),
        const("file", tensor(STRING, shape(), field(8, "")), STRING), texts("keys", key), texts("parts", part),
        node("restored", "RestoreV2", "file", "keys", "parts"), node("restore", "AssignVariableOp", "v", assigned),
        node("loop", "Identity", "loop"),
    )  # fmt: skip


def asset(name: str) -> bytes:
    return field(6, field(1, field(1, "file:0")) + field(2, name))


def linked(folder: Path) -> Path:
    path = directory(saved(nodes(X, texts("file", "a"), used("x")), asset("words.txt")))(folder)
    (path / "assets").mkdir()
    (path / "assets" / "words.txt").symlink_to(folder / CANARY)
    return path


SOUND = bundles.index((b"v", bundles.entry(checksum=bundles.masked(bundles.crc32c(bytes(8))))))
OTHER = bundles.index((b"other", bundles.entry()))
BAD_SUM = bundles.index((b"v", bundles.entry(checksum=1)))
FAR = bundles.index((b"v", bundles.entry(offset=1 << 40)))
LARGE = bundles.index((b"v", bundles.entry((1 << 60,), size=1 << 62)))
ASSETS = nodes(X, texts("file", "a"), used("x"))
SAVED: dict[str, tuple[Write, str]] = {
    "no graph": (directory(field(1, 1)), "it holds no graph"),
    "a hundred graphs": (directory(saved(nodes(X, used("x"))) * 100), "more than 64 graphs"),
    "cut short": (directory(saved(nodes(X, used("x")))[:-9]), WRONG),
    "no checkpoint": (directory(saved(variable())), "has no variables/variables.index"),
    "an index that is cut short": (directory(saved(variable()), SOUND[:-9]), "is damaged"),
    "a key that is not there": (directory(saved(variable("w")), SOUND), "has no tensor 'w'"),
    "a slice that is none": (directory(saved(variable(part="9 0,1")), SOUND), "is none of 'v'|rows"),
    "a slice beyond the end": (directory(saved(variable(part="2 1,5")), SOUND), "is the slice"),
    "another checksum": (directory(saved(variable()), BAD_SUM), "checksum"),
    "an offset past the end": (directory(saved(variable()), FAR), "bytes are declared at"),
    "a variable of 2^60": (directory(saved(variable()), LARGE), "is damaged"),
    "restoring in a circle": (directory(saved(variable(assigned="loop")), SOUND), "needs its own output"),
    "a variable that nothing restores": (directory(saved(variable(), restore="no"), OTHER), "value was not saved"),
    "an asset above": (directory(saved(ASSETS, asset(f"../../{CANARY}"))), "no file in its folder"),
    "an asset elsewhere": (directory(saved(ASSETS, asset("/etc/hostname"))), "no file in its folder"),
    "an asset on a drive": (directory(saved(ASSETS, asset("C:\\secret.txt"))), "no file in its folder"),
    "an asset above on Windows": (directory(saved(ASSETS, asset(f"..\\..\\{CANARY}"))), "no file in its folder"),
    "an asset that is a link": (linked, "a link to a file outside"),
    "an asset that is not there": (directory(saved(ASSETS, asset("words.txt"))), "cannot be read"),
}  # fmt: skip
ALL = {**{f"graph: {name}": attack for name, attack in GRAPHS.items()}, **{f"saved: {n}": a for n, a in SAVED.items()}}
