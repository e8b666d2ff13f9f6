"""The old names are where code looks for them, and take what it gives."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module
from typing import Any

import pytest

import totfjs.compat as tfjs
from totfjs.compat import converters

# The parameters of 4.22.0, in order; `strip_debug_ops` was False, with which nothing that has such an op was converted.
SIGNATURES: dict[str, dict[str, Any]] = {
    "quantization.map_layers_to_quantization_dtype": {"names": ..., "quantization_dtype_map": ...},
    "quantization.quantize_weights": {"data": ..., "quantization_dtype": ...},
    "quantization.dequantize_weights": {"data": ..., "metadata": ..., "original_dtype": ...},
    "write_weights.write_weights": {
        "weight_groups": ..., "write_dir": ..., "shard_size_bytes": 4194304, "write_manifest": True,
        "quantization_dtype_map": None,
    },
    "read_weights.read_weights": {"weights_manifest": ..., "base_path": ..., "flatten": False},
    "read_weights.decode_weights": {"weights_manifest": ..., "data_buffers": ..., "flatten": False},
    "converters.convert": {"arguments": ...},
    "converters.save_keras_model": {
        "model": ..., "artifacts_dir": ..., "quantization_dtype_map": None, "weight_shard_size_bytes": 4194304,
        "metadata": None,
    },
    "converters.load_keras_model": {
        "config_json_path": ..., "weights_path_prefix": None, "weights_data_buffers": None, "load_weights": True,
        "use_unique_name_scope": False,
    },
    "converters.load_keras_keras_model": {
        "config_json_path": ..., "weights_path_prefix": None, "weights_data_buffers": None, "load_weights": True,
        "use_unique_name_scope": False,
    },
    "converters.deserialize_keras_model": {
        "config_json": ..., "weight_data": None, "use_unique_name_scope": False
    },
    "converters.convert_tf_saved_model": {
        "saved_model_dir": ..., "output_dir": ..., "signature_def": "serving_default", "saved_model_tags": "serve",
        "quantization_dtype_map": None, "skip_op_check": False, "strip_debug_ops": True,
        "use_structured_outputs_names": False, "weight_shard_size_bytes": 4194304, "control_flow_v2": False,
        "experiments": False, "metadata": None, "frozen_graph_dir": None,
    },
    "converters.convert_tf_frozen_model": {
        "frozen_model_path": ..., "output_node_names": ..., "output_dir": ..., "quantization_dtype_map": None,
        "skip_op_check": False, "strip_debug_ops": True, "weight_shard_size_bytes": 4194304, "experiments": False,
        "metadata": None,
    },
    "converters.convert_tf_hub_module": {
        "module_handle": ..., "output_dir": ..., "signature": "default", "saved_model_tags": "serve",
        "quantization_dtype_map": None, "skip_op_check": False, "strip_debug_ops": True,
        "use_structured_outputs_names": False, "weight_shard_size_bytes": 4194304, "control_flow_v2": False,
        "experiments": False, "metadata": None,
    },
    "converters.tf_saved_model_conversion_v2.convert_tf_hub_module_v1": {
        "module_path": ..., "output_dir": ..., "signature": "default", "quantization_dtype_map": None,
        "skip_op_check": False, "strip_debug_ops": True, "weight_shard_size_bytes": 4194304, "experiments": False,
        "metadata": None,
    },
    "converters.convert_keras_model_to_graph_model": {
        "keras_model": ..., "output_dir": ..., "saved_model_tags": "serve", "quantization_dtype_map": None,
        "skip_op_check": False, "strip_debug_ops": True, "use_structured_outputs_names": False,
        "weight_shard_size_bytes": 4194304, "control_flow_v2": False, "experiments": False, "metadata": None,
    },
    "converters.convert_jax": {
        "apply_fn": ..., "params": ..., "input_signatures": ..., "model_dir": ..., "polymorphic_shapes": None,
        "tfjs_converter_params": ...,
    },
}  # fmt: skip


@pytest.mark.parametrize("path", SIGNATURES)
def test_parameters_have_their_old_names_order_and_defaults(path: str) -> None:
    module, _, name = path.rpartition(".")
    function = getattr(import_module(f"totfjs.compat.{module}"), name)
    found = inspect.signature(function).parameters
    assert list(found) == list(SIGNATURES[path])
    for parameter, default in SIGNATURES[path].items():
        assert default is ... or found[parameter].default == default


@pytest.mark.parametrize("name", converters.__all__)
def test_functions_are_found_in_converters(name: str) -> None:
    assert callable(getattr(tfjs.converters, name))
    assert name in dir(converters)


@pytest.mark.parametrize(
    "module",
    [
        "converter",
        "wizard",
        "jax_conversion",
        "keras_h5_conversion",
        "keras_tfjs_loader",
        "tf_saved_model_conversion_v2",
    ],
)
def test_modules_are_found_in_converters(module: str) -> None:
    assert getattr(tfjs.converters, module) is import_module(f"totfjs.compat.converters.{module}")


def test_the_version_is_that_whose_names_are_kept() -> None:
    assert tfjs.__version__ == tfjs.version.version == "4.22.0"


def test_what_is_not_there_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="fold_batch_norms"):
        tfjs.converters.fold_batch_norms  # noqa: B018


def test_the_import_brings_no_framework() -> None:
    code = "import sys, totfjs.compat; print({'jax', 'keras', 'tensorflow', 'h5py'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "set()"
