"""The names of the `tensorflowjs` package, for code that was written for it: `import totfjs.compat as tfjs`.

```
converters/        the converter: its command line, and a module for each of its modules that others import
quantization.py    write_weights.py    read_weights.py    version.py
```
"""

from totfjs.compat import converters, quantization, read_weights, version, write_weights

__version__ = version.version

__all__ = ["__version__", "converters", "quantization", "read_weights", "version", "write_weights"]
