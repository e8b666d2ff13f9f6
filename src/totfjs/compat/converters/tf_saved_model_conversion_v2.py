"""`tensorflowjs.converters.tf_saved_model_conversion_v2`: what becomes a graph model.

Arguments have their old names, order and defaults; but debug ops are left out, with which nothing could be converted.
`skip_op_check`, `control_flow_v2` and `experiments` change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from totfjs.compat.options import graph_request, names
from totfjs.compat.request import perform
from totfjs.conversion import Result
from totfjs.weights.shards import SHARD_SIZE


def convert_tf_saved_model(
    saved_model_dir: str | Path,
    output_dir: str | Path,
    signature_def: str | None = "serving_default",
    saved_model_tags: str = "serve",
    quantization_dtype_map: Mapping[str, Any] | None = None,
    skip_op_check: bool = False,
    strip_debug_ops: bool = True,
    use_structured_outputs_names: bool = False,
    weight_shard_size_bytes: int = SHARD_SIZE,
    control_flow_v2: bool = False,
    experiments: bool = False,
    metadata: Mapping[str, Any] | None = None,
    frozen_graph_dir: str | None = None,
) -> Result:
    """Convert a signature of a SavedModel."""
    request = graph_request(
        saved_model_dir,
        output_dir,
        "saved_model",
        signature_def=signature_def,
        saved_model_tags=saved_model_tags,
        quantization_dtype_map=quantization_dtype_map,
        strip_debug_ops=strip_debug_ops,
        use_structured_outputs_names=use_structured_outputs_names,
        weight_shard_size_bytes=weight_shard_size_bytes,
        metadata=metadata,
        frozen_graph_dir=frozen_graph_dir,
    )
    return perform(request)


def convert_tf_frozen_model(
    frozen_model_path: str | Path,
    output_node_names: str | Sequence[str],
    output_dir: str | Path,
    quantization_dtype_map: Mapping[str, Any] | None = None,
    skip_op_check: bool = False,
    strip_debug_ops: bool = True,
    weight_shard_size_bytes: int = SHARD_SIZE,
    experiments: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> Result:
    """Convert a frozen graph; `output_node_names` are its outputs, with commas between them."""
    outputs = names(output_node_names) if isinstance(output_node_names, str) else tuple(output_node_names)
    request = graph_request(
        frozen_model_path,
        output_dir,
        "frozen",
        output_node_names=outputs,
        quantization_dtype_map=quantization_dtype_map,
        strip_debug_ops=strip_debug_ops,
        weight_shard_size_bytes=weight_shard_size_bytes,
        metadata=metadata,
    )
    return perform(request)


def convert_tf_hub_module(
    module_handle: str | Path,
    output_dir: str | Path,
    signature: str | None = "default",
    saved_model_tags: str = "serve",
    quantization_dtype_map: Mapping[str, Any] | None = None,
    skip_op_check: bool = False,
    strip_debug_ops: bool = True,
    use_structured_outputs_names: bool = False,
    weight_shard_size_bytes: int = SHARD_SIZE,
    control_flow_v2: bool = False,
    experiments: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> Result:
    """Convert a Hub module of either version: a directory, an archive, or a handle. "default" is the module's own."""
    request = graph_request(
        module_handle,
        output_dir,
        "hub",
        signature_def=None if signature == "default" else signature,
        saved_model_tags=saved_model_tags,
        quantization_dtype_map=quantization_dtype_map,
        strip_debug_ops=strip_debug_ops,
        use_structured_outputs_names=use_structured_outputs_names,
        weight_shard_size_bytes=weight_shard_size_bytes,
        metadata=metadata,
    )
    return perform(request)


def convert_tf_hub_module_v1(
    module_path: str | Path,
    output_dir: str | Path,
    signature: str | None = "default",
    quantization_dtype_map: Mapping[str, Any] | None = None,
    skip_op_check: bool = False,
    strip_debug_ops: bool = True,
    weight_shard_size_bytes: int = SHARD_SIZE,
    experiments: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> Result:
    """Convert a Hub module of the first version."""
    return convert_tf_hub_module(
        module_path,
        output_dir,
        signature,
        quantization_dtype_map=quantization_dtype_map,
        strip_debug_ops=strip_debug_ops,
        weight_shard_size_bytes=weight_shard_size_bytes,
        metadata=metadata,
    )


def convert_keras_model_to_graph_model(
    keras_model: Any,
    output_dir: str | Path,
    saved_model_tags: str = "serve",
    quantization_dtype_map: Mapping[str, Any] | None = None,
    skip_op_check: bool = False,
    strip_debug_ops: bool = True,
    use_structured_outputs_names: bool = False,
    weight_shard_size_bytes: int = SHARD_SIZE,
    control_flow_v2: bool = False,
    experiments: bool = False,
    metadata: Mapping[str, Any] | None = None,
) -> Result:
    """Convert a Keras model that lives in this process, or a Keras file."""
    request = graph_request(
        keras_model,
        output_dir,
        None,
        quantization_dtype_map=quantization_dtype_map,
        use_structured_outputs_names=use_structured_outputs_names,
        weight_shard_size_bytes=weight_shard_size_bytes,
        metadata=metadata,
    )
    return perform(request)
