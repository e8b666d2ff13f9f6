"""What a terminal shows: colours, a bar of progress, tables, and a choice by arrow keys."""

from jax_to_tfjs_demo.terminal.choice import Cancelled, ask, choose
from jax_to_tfjs_demo.terminal.colour import Colours, colours
from jax_to_tfjs_demo.terminal.progress import Progress
from jax_to_tfjs_demo.terminal.table import table

__all__ = ["Cancelled", "Colours", "Progress", "ask", "choose", "colours", "table"]
