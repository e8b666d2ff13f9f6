"""Crafted HDF5 files, each written by a function of a path: what they try, and what must be said of them."""

from __future__ import annotations

import json
import pickle
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np

Write = Callable[[Path], None]
CANARY = "canary.h5"
MODEL = {"class_name": "Sequential", "config": {"name": "s", "layers": []}}
KERNEL = np.ones((2, 3), np.float32)
UNDEFINED = b"\xff" * 8


@contextmanager
def model(path: Path, config: object = None, **options: object) -> Iterator[h5py.File]:
    """A sound model of one layer with one weight, to be spoilt within."""
    with h5py.File(path, "w", **options) as file:
        text = config if isinstance(config, str | bytes) else json.dumps(MODEL if config is None else config)
        file.attrs["model_config"] = np.bytes_(text) if isinstance(text, bytes) else text
        file.attrs["keras_version"] = "2.15.0"
        file.create_group("model_weights").attrs["layer_names"] = [b"dense"]
        file.create_group("model_weights/dense").attrs["weight_names"] = [b"kernel"]
        file["model_weights/dense/kernel"] = KERNEL
        yield file


def hdf5(spoil: Callable[[h5py.File], object]) -> Write:
    """A model that is spoilt by a function of its file."""

    def write(path: Path) -> None:
        with model(path) as file:
            spoil(file)

    return write


def kernel(make: Callable[[h5py.Group], object]) -> Write:
    """A model whose weight is made by a function of its group."""

    def spoil(file: h5py.File) -> None:
        del file["model_weights/dense/kernel"]
        make(file["model_weights/dense"])

    return hdf5(spoil)


def configured(text: str | bytes) -> Write:
    """A model with this text for its configuration."""

    def write(path: Path) -> None:
        with model(path, text):
            pass

    return write


def nested(spoil: Callable[[h5py.File], object]) -> Write:
    """A file of weights as Keras 3 nests them, spoilt by a function of it."""

    def write(path: Path) -> None:
        with h5py.File(path, "w") as file:
            file["layers/dense/vars/0"] = KERNEL
            spoil(file)

    return write


def edited(write: Write, edit: Callable[[bytes], bytes]) -> Write:
    """A file whose bytes are changed after it was written."""

    def both(path: Path) -> None:
        write(path)
        path.write_bytes(edit(path.read_bytes()))

    return both


def raw(content: bytes) -> Write:
    """A file of these bytes."""
    return lambda path: path.write_bytes(content) and None


def many(names: list[object]) -> Callable[[h5py.File], None]:
    """Lists these names of layers."""

    def spoil(file: h5py.File) -> None:
        file["model_weights"].attrs["layer_names"] = names

    return spoil


def names_beyond_number(path: Path) -> None:
    with model(path, libver="latest") as file:  # which alone can hold so long an attribute
        many([b"a"] * 300_000)(file)


# How values are stored


def never_written(shape: tuple[int, ...], **options: object) -> Callable[[h5py.Group], object]:
    return lambda group: group.create_dataset("kernel", shape, "f4", **options)


def virtual(group: h5py.Group) -> None:
    layout = h5py.VirtualLayout((2, 3), "f4")
    layout[...] = h5py.VirtualSource(CANARY, "secret", (2, 3))
    group.create_virtual_dataset("kernel", layout)


def compressed(
    content: bytes, shape: tuple[int, ...], chunk: tuple[int, ...], count: int
) -> Callable[[h5py.Group], None]:
    """Chunks of these compressed bytes, whatever the chunks declare."""

    def make(group: h5py.Group) -> None:
        dataset = group.create_dataset("kernel", shape, "f4", chunks=chunk, compression="gzip")
        for index in range(count):
            dataset.id.write_direct_chunk((index * chunk[0], 0), content)

    return make


def vlen(group: h5py.Group) -> None:
    group.create_dataset("kernel", (1,), h5py.vlen_dtype(np.int32))[0] = [1, 2]


def odd_integers(group: h5py.Group) -> None:
    kind = h5py.h5t.STD_I32LE.copy()
    kind.set_precision(24)
    created = h5py.h5d.create(group.id, b"kernel", kind, h5py.h5s.create_simple((2, 3)))
    created.write(h5py.h5s.ALL, h5py.h5s.ALL, np.ones((2, 3), np.int32))


def pickled(group: h5py.Group) -> None:
    group["kernel"] = np.void(pickle.dumps(KERNEL))


def moved(content: bytes, offsets: list[int]) -> bytes:
    """Give arrays without a place (`never_written`) these places."""
    for offset in offsets:
        at = content.index(b"\x03\x01" + UNDEFINED) + 2
        content = content[:at] + struct.pack("<Q", offset) + content[at + 8 :]
    return content


def claims(path: Path) -> None:
    """Forty arrays of one mebibyte, all of which lie in the same two."""
    with h5py.File(path, "w") as file:
        file["vars/a"] = np.zeros(1 << 19, np.float32)
        for index in range(40):
            file.create_dataset(f"vars/{index:02}", (1 << 18,), "f4")
    path.write_bytes(moved(path.read_bytes(), [8192 + 16 * index for index in range(40)]))


def one_long_name(path: Path) -> None:
    """Two thousand names that are all the same two million letters: four gigabytes from a small file."""
    with model(path) as file:
        file["model_weights"].attrs["layer_names"] = ["x" * 2_000_000, *["y" * 77 for _ in range(2000)]]
    content = path.read_bytes()
    at = content.index(struct.pack("<I", 2_000_000))
    path.write_bytes(content[: at + 16] + content[at : at + 16] * 2000 + content[at + 16 * 2001 :])


def one_long_word(path: Path) -> None:
    """The same, in an array of words."""

    def make(group: h5py.Group) -> None:
        group["kernel"] = np.array(["x" * 2_000_000, *["y" * 77 for _ in range(2000)]], object)

    kernel(make)(path)
    content = path.read_bytes()
    at = content.index(struct.pack("<I", 2_000_000))
    path.write_bytes(content[: at + 16] + content[at : at + 16] * 2000 + content[at + 16 * 2001 :])


# How groups are linked


def linked(group: h5py.Group, name: str, link: object) -> None:
    group.pop(name, None)
    group[name] = link


def layer_that_is_an_array(file: h5py.File) -> None:
    file["model_weights/x"] = KERNEL
    many([b"x"])(file)


def within_itself(file: h5py.File) -> None:
    file["layers/dense/again"] = file["layers"]


def deep(file: h5py.File) -> None:
    file["/".join(["layers"] * 100) + "/vars/0"] = KERNEL


def committed(file: h5py.File) -> None:
    file["layers/dense/kind"] = np.dtype("f4")


def not_unicode(path: Path) -> None:
    nested(lambda file: file.create_group("layers/ABCD"))(path)
    path.write_bytes(path.read_bytes().replace(b"ABCD", b"\xff\xfe\xff\xfe"))


WHOLE_CHUNK = zlib.compress(bytes(1 << 20), 9)
MANY_CHUNKS = zlib.compress(bytes(16 << 20), 9)

HDF5: dict[str, tuple[Write, str]] = {
    "external link to a group": (
        hdf5(lambda f: linked(f, "model_weights/dense", h5py.ExternalLink(CANARY, "/"))),
        "'dense' in '/model_weights' is a link to another file",
    ),
    "external link to an array": (
        kernel(lambda g: linked(g, "kernel", h5py.ExternalLink(CANARY, "secret"))), "is a link to another file",
    ),
    "symbolic link": (kernel(lambda g: g.__setitem__("kernel", h5py.SoftLink("/other"))), "is a symbolic link"),
    "symbolic link to itself": (
        kernel(lambda g: g.__setitem__("kernel", h5py.SoftLink("/model_weights/dense/kernel"))), "is a symbolic link",
    ),
    "values in another file": (
        kernel(lambda g: g.create_dataset("kernel", (2, 3), "f4", external=[(CANARY, 0, 24)])), "lie in other files",
    ),
    "virtual array": (kernel(virtual), "is made of arrays of other files"),
    "shape that nothing fills": (kernel(never_written((1 << 40,))), "but 0 bytes are stored for it"),
    "shape that nothing fills, in chunks": (
        kernel(never_written((1 << 40,), chunks=(1024,))), r"declares 1,073,741,824 chunks, but 0 are stored",
    ),
    "shape beyond every number": (kernel(never_written((1 << 40, 1 << 40), chunks=(1, 1))), "too large to unpack"),
    "chunks that are too large": (kernel(never_written((1 << 30, 1), chunks=(1 << 29, 1))), "too large to unpack"),
    "compressed to nothing": (
        kernel(compressed(WHOLE_CHUNK, (512 << 8, 1 << 10), (1 << 8, 1 << 10), 512)), "would unpack .* to 536,870,912",
    ),
    "chunk that grows beyond itself": (
        kernel(compressed(MANY_CHUNKS, (16, 16), (16, 16), 1)), "a chunk of .*kernel.* does not unpack to 1,024 bytes",
    ),
    "chunk that is cut": (kernel(compressed(WHOLE_CHUNK[:9], (16, 16), (16, 16), 1)), "does not unpack to 1,024 bytes"),
    "chunk that is not compressed": (kernel(compressed(b"junk", (16, 16), (16, 16), 1)), "does not unpack"),
    "unknown compression": (
        kernel(lambda g: g.create_dataset("kernel", data=KERNEL, compression="lzf")),
        "by other means than gzip",
    ),
    "references": (kernel(lambda g: g.create_dataset("kernel", (1,), h5py.ref_dtype)), "holds references"),
    "references to regions": (
        kernel(lambda g: g.create_dataset("kernel", (1,), h5py.regionref_dtype)), "holds references",
    ),
    "records": (kernel(lambda g: g.create_dataset("kernel", (2,), [("a", "f4"), ("b", "i4")])), "not numbers or text"),
    "pickled objects": (kernel(pickled), "holds objects of Python"),
    "arrays of any length": (kernel(vlen), "holds objects of Python"),
    "no values": (kernel(lambda g: g.__setitem__("kernel", h5py.Empty("f4"))), "has no values"),
    "numbers of 24 bits": (kernel(odd_integers), "has numbers unlike int32"),
    "numbers of 16 bytes": (
        kernel(lambda g: g.create_dataset("kernel", (2,), np.longdouble)), "not numbers|has numbers",
    ),
    "the same bytes again and again": (claims, "claim the same bytes again and again"),
    "beyond the end of the file": (
        edited(kernel(never_written((2, 3))), lambda b: moved(b, [1 << 50])), "damaged",
    ),
    "one long name for thousands": (one_long_name, "is 4,002,000,000 bytes of text"),
    "one long word for thousands": (one_long_word, "kernel.* is 4,002,000,000 bytes of text"),
    "names beyond number": (names_beyond_number, "has 300,000 values"),
    "name that climbs": (hdf5(many([b"dense/../../etc"])), "'..' is no name of a group"),
    "absolute name": (hdf5(many([b"/model_weights/dense"])), "'' is no name of a group"),
    "name twice": (hdf5(many([b"dense", b"dense"])), "has a name twice"),
    "names that are numbers": (hdf5(many([1, 2])), "'layer_names' is not a text"),
    "names that are not UTF-8": (hdf5(many([b"\xff\xfe"])), "is not UTF-8"),
    "layer without a group": (hdf5(many([b"dense", b"other"])), "'other' is missing in '/model_weights'"),
    "layer that is an array": (hdf5(layer_that_is_an_array), "is not a group"),
    "weight that is a group": (kernel(lambda g: g.create_group("kernel")), "'kernel' is not an array"),
    "no list of layers": (hdf5(lambda f: f["model_weights"].attrs.pop("layer_names")), "does not list its layers"),
    "no weights": (hdf5(lambda f: f.pop("model_weights")), "'model_weights' is missing in '/'"),
    "group within itself": (nested(within_itself), "in two places, or within itself"),
    "groups without end": (nested(deep), "nested deeper than 64 levels"),
    "datatype for an array": (nested(committed), "neither a group nor an array"),
    "name that is not UTF-8": (not_unicode, "a name in it is not UTF-8"),
    "file of something else": (
        nested(lambda f: f.__setitem__("prices", KERNEL)), "not one of Keras: it holds 'prices'",
    ),
    "file of nothing": (lambda path: h5py.File(path, "w").close(), "not one of Keras"),
    "configuration that is not JSON": (configured("<config>"), "its model_config is not JSON"),
    "configuration that is a list": (configured("[1]"), "its model_config is not a JSON object"),
    "configuration without a class": (configured('{"config": {}}'), "it lacks class_name or config"),
    "configuration with NaN": (configured('{"class_name": "Dense", "config": {"rate": NaN}}'), "it holds NaN"),
    "configuration that contradicts itself": (
        configured('{"class_name": "A", "class_name": "B"}'), "a name is there twice",
    ),
    "configuration of brackets": (configured('{"a":' + "[" * 100_000 + "]" * 100_000 + "}"), "not JSON|nested deeper"),
    "configuration that is too deep": (
        configured('{"class_name":"A","config":' + '{"a":' * 200 + "{}" + "}" * 201), "deeper than 150",
    ),
    "configuration that is too long": (
        configured('{"a": [' + "[]," * 600_000 + "[]]}"), "more than the description of any model",
    ),
    "configuration that is not UTF-8": (configured(b'{"class_name": "\xff\xfe"}'), "is not UTF-8"),
    "training that is not JSON": (
        hdf5(lambda f: f.attrs.__setitem__("training_config", "x")), "its training_config is not JSON",
    ),
    "model of Keras 0": (lambda path: h5py.File(path, "w").attrs.__setitem__("nb_layers", 2), "was written by Keras 0"),
    "cut in the middle": (edited(hdf5(lambda f: None), lambda b: b[: len(b) // 2]), "damaged"),
    "cut after the signature": (raw(b"\x89HDF\r\n\x1a\n"), "damaged"),
    "signature and junk": (raw(b"\x89HDF\r\n\x1a\n" + bytes(range(256)) * 16), "damaged"),
    "empty": (raw(b""), "is not a file that Keras wrote"),
    "something else": (raw(b"GIF89a" * 100), "is not a file that Keras wrote"),
}  # fmt: skip
