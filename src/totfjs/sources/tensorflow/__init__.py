"""SavedModels, frozen graphs and Hub modules → Graph, without TensorFlow.

```
reading/      files → Saved: a Program, its signatures, its variables; hostile files are refused here
program.py    graphs and functions in one form, whatever file they came from
lower.py      walks the nodes that the outputs need; known.py computes what is known, ops/ lower the rest
ops/          a file per family with its table OPS: name → rule
source.py     the Source that convert and verify use
```
"""
