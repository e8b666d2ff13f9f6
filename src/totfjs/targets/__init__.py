"""Files of a web model: a directory that appears whole or not at all, graph models, weights alone."""

from totfjs.targets.graph_model import write_graph_model
from totfjs.targets.output import check_output, recover, replacing
from totfjs.targets.weights_only import write_weights
from totfjs.targets.written import Written

__all__ = ["Written", "check_output", "recover", "replacing", "write_graph_model", "write_weights"]
