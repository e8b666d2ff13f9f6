"""Modules of TensorFlow Hub: by address, as an archive, or as a directory; what comes of them is a SavedModel.

```
opening.py    an address, an archive or a directory → Module
handle.py     the address, and the checksum that it may ask for
cache.py      where modules are kept, by the names of the tensorflow_hub library
transfer.py   the download
tar.py        archives as streams of members
unpack.py     members into a directory, each checked before
module.py     the SavedModel in it, and the signature that is meant when none is named
source.py     the Source that convert and verify use
```
"""

from totfjs.sources.tensorflow.hub.handle import is_hub

__all__ = ["is_hub"]
