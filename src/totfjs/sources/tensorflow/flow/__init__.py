"""Loops, branches and lists of tensors of a program, as frames of TensorFlow.js.

```
functional.py   frames of TensorFlow 1 as loops and branches with bodies: framed.py, guards.py, frame_*.py
branches.py     conditionals: all branches and a choice (cheap.py, selected.py), else one that runs
loops.py        while loops: unrolled, else loops of frames (loop_frames.py), which may fill lists (filled.py)
turns.py        what the bodies of a loop say of its turns; loop.py is the loop with its state
carry.py        operands as the tensors that loops and branches pass on
lists.py        lists of tensors as values: forms.py makes one form of another, elements.py reads and writes
```
"""
