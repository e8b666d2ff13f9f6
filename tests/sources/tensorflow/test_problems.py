"""Everything of a model that cannot be converted is in one error."""

from __future__ import annotations

from pathlib import Path

import pytest

from totfjs.errors import UnsupportedError
from totfjs.sources.tensorflow import load

GRAPH = """
node { name: "x" op: "Placeholder" attr { key: "dtype" value { type: DT_FLOAT } }
       attr { key: "shape" value { shape { dim { size: 4 } } } } }
node { name: "python" op: "PyFunc" input: "x" }
node { name: "relu" op: "Relu" input: "python" attr { key: "T" value { type: DT_FLOAT } } }
node { name: "image" op: "DecodeJpeg" input: "relu" }
node { name: "strange" op: "Strange" input: "image" input: "x" }
"""


def test_ops_that_read_what_was_refused_are_listed_too(tmp_path: Path) -> None:
    path = tmp_path / "graph.pbtxt"
    path.write_text(GRAPH, encoding="utf-8")
    with pytest.raises(UnsupportedError) as error:
        load(path).graph()
    assert error.value.what.splitlines() == [
        "3 ops cannot be converted:",
        "    PyFunc: it calls Python, which a web page does not have (node python)",
        "    DecodeJpeg: files of images are read by the browser (node image)",
        "    Strange: totfjs has no lowering for this op (node strange)",
    ]
    assert "Python does not run in a web page" in error.value.remedy
