"""The messages of TensorFlow's files by the names of their fields, for those that are written as text.

A field is its number and its kind: `i` integers, `b` bools, `f` float, `d` double, `s` text or bytes, `t` dtypes, or
the name of a message. `*` marks numbers that may be many. Fields that nothing here reads are left out.
"""

from __future__ import annotations

Schema = dict[str, str]

SCHEMAS: dict[str, Schema] = {
    "GraphDef": {"node": "1 NodeDef", "library": "2 FunctionDefLibrary", "versions": "4 VersionDef"},
    "VersionDef": {"producer": "1 i", "min_consumer": "2 i"},
    "NodeDef": {
        "name": "1 s", "op": "2 s", "input": "3 s", "attr": "5 AttrEntry", "experimental_debug_info": "6 Origin",
    },
    "Origin": {"original_node_names": "1 s", "original_func_names": "2 s"},
    "AttrEntry": {"key": "1 s", "value": "2 AttrValue"},
    "AttrValue": {
        "list": "1 ListValue", "s": "2 s", "i": "3 i", "f": "4 f", "b": "5 b", "type": "6 t",
        "shape": "7 TensorShapeProto", "tensor": "8 TensorProto", "placeholder": "9 s", "func": "10 NameAttrList",
    },
    "ListValue": {
        "s": "2 s", "i": "3 i*", "f": "4 f*", "b": "5 b*", "type": "6 t*", "shape": "7 TensorShapeProto",
        "tensor": "8 TensorProto", "func": "9 NameAttrList",
    },
    "NameAttrList": {"name": "1 s", "attr": "2 AttrEntry"},
    "TensorShapeProto": {"dim": "2 Dim", "unknown_rank": "3 b"},
    "Dim": {"size": "1 i", "name": "2 s"},
    "TensorProto": {
        "dtype": "1 t", "tensor_shape": "2 TensorShapeProto", "tensor_content": "4 s", "float_val": "5 f*",
        "double_val": "6 d*", "int_val": "7 i*", "string_val": "8 s", "scomplex_val": "9 f*", "int64_val": "10 i*",
        "bool_val": "11 b*", "dcomplex_val": "12 d*", "half_val": "13 i*", "uint32_val": "16 i*", "uint64_val": "17 i*",
    },
    "FunctionDefLibrary": {"function": "1 FunctionDef"},
    "FunctionDef": {
        "signature": "1 OpDef", "node_def": "3 NodeDef", "ret": "4 TextEntry", "attr": "5 AttrEntry",
        "control_ret": "6 TextEntry", "arg_attr": "7 ArgAttrEntry",
    },
    "TextEntry": {"key": "1 s", "value": "2 s"},
    "ArgAttrEntry": {"key": "1 i", "value": "2 ArgAttrs"},
    "ArgAttrs": {"attr": "1 AttrEntry"},
    "OpDef": {"name": "1 s", "input_arg": "2 ArgDef", "output_arg": "3 ArgDef", "control_output": "20 s"},
    "ArgDef": {"name": "1 s", "description": "2 s", "type": "3 t"},
    "SavedModel": {"saved_model_schema_version": "1 i", "meta_graphs": "2 MetaGraphDef"},
    "MetaGraphDef": {
        "meta_info_def": "1 MetaInfoDef", "graph_def": "2 GraphDef", "saver_def": "3 SaverDef",
        "collection_def": "4 CollectionEntry", "signature_def": "5 SignatureEntry", "asset_file_def": "6 AssetFileDef",
    },
    "MetaInfoDef": {"tags": "4 s", "tensorflow_version": "5 s"},
    "SaverDef": {"filename_tensor_name": "1 s", "save_tensor_name": "2 s", "restore_op_name": "3 s"},
    "CollectionEntry": {"key": "1 s", "value": "2 CollectionDef"},
    "CollectionDef": {"node_list": "1 NodeList"},
    "NodeList": {"value": "1 s"},
    "SignatureEntry": {"key": "1 s", "value": "2 SignatureDef"},
    "SignatureDef": {"inputs": "1 InfoEntry", "outputs": "2 InfoEntry", "method_name": "3 s"},
    "InfoEntry": {"key": "1 s", "value": "2 TensorInfo"},
    "TensorInfo": {"name": "1 s", "dtype": "2 t", "tensor_shape": "3 TensorShapeProto"},
    "AssetFileDef": {"tensor_info": "1 TensorInfo", "filename": "2 s"},
}  # fmt: skip
