"""Mathematics that the runtime lacks, composed from ops that it has, once for all sources.

Recipes are functions of tensors. They know no framework, and they ask the op specs what the backends can do.
"""
