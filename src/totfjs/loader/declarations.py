"""The TypeScript declarations of the loader, with the inputs and outputs of one model."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from totfjs.runtime.session import Port

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
_TYPED = {"float32": "Float32Array", "int32": "Int32Array", "bool": "Uint8Array"}
_ELEMENTS = {"float32": "number", "int32": "number", "bool": "boolean | number", "string": "string"}
_DEEPEST = 6

_HEAD = """\
import type {GraphModel, io, LayersModel, Rank, Tensor} from '@tensorflow/tfjs';
import type * as tfjs from '@tensorflow/tfjs';

/** A tensor whose dtype and sizes are known; `number` is a size that is open. */
export type Shaped<D extends string, S extends readonly number[], R extends Rank = Rank> =
  Tensor<R> & {readonly dtype: D; readonly shape: S};

"""
_TAIL = """
export interface Options {
  /** Called as bytes come; sums are over all files of the model. */
  onProgress?: (progress: Progress) => void;
  /** Ends the loading. */
  signal?: AbortSignal;
  /** How often a failure of the network is tried again (2). */
  retries?: number;
  /** Ask for shards by their hash (`?v=`): a server that knows it lets browsers keep them for ever. */
  versioned?: boolean;
  /** What `fetch` takes besides: headers, credentials. */
  requestInit?: RequestInit;
  /** What to fetch with instead of the page's `fetch`. */
  fetch?: (url: string, init?: RequestInit) => Promise<Response>;
}

export interface Progress {
  readonly file: string;
  readonly received: number;
  readonly total: number;
  readonly allReceived: number;
  readonly allTotal: number;
}

export type Problem =
  | 'CHANGED' | 'COMPRESSED' | 'FORBIDDEN' | 'GIT_LFS' | 'HTML' | 'INTERRUPTED' | 'MISSING' | 'NETWORK' | 'NOT_A_MODEL'
  | 'NOT_JSON' | 'STATUS' | 'TEXT_MODE' | 'TOO_LONG' | 'TRUNCATED';

/** A file of the model is not what it should be: `message` says so in plain words, `remedy` what to do. */
export class ModelFileError extends Error {
  readonly code: Problem;
  readonly file: string;
  readonly remedy: string;
}

export interface Port {
  readonly name: string;
  readonly dtype: string | null;
  /** -1 where a size is open; null where the model does not say. */
  readonly shape: readonly number[] | null;
}

/** The model, and the names by which it is run. */
export class LoadedModel {
  /** What TensorFlow.js made of it. */
  readonly model: GraphModel | LayersModel;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Whether TensorFlow.js needs executeAsync for it; `predict` sees to that. */
  readonly asynchronous: boolean;
  /** The outputs by name; they are yours to dispose. */
  predict(inputs: Inputs): Promise<Outputs>;
  dispose(): void;
}

/** What the loader needs of TensorFlow.js: `@tensorflow/tfjs` has it, and so has `tensorflow.js` of `--runtime`. */
export type TensorFlow = Pick<typeof tfjs, 'loadGraphModel' | 'loadLayersModel' | 'tensor' | 'Tensor'>;

/** Checks and loads the model with the TensorFlow.js of the page. */
export function loadModel(tf: TensorFlow, url: string, options?: Options): Promise<LoadedModel>;

/** What `tf.loadGraphModel` and `tf.loadLayersModel` take instead of an address: every file is checked. */
export function modelHandler(url: string, options?: Options): io.IOHandler;

/** Checks every file of the model, and keeps none. */
export function checkFiles(
  url: string, options?: Options,
): Promise<ReadonlyArray<{readonly file: string; readonly bytes: number; readonly checked: 'sha256' | 'length'}>>;

/** The parsed model.json and the bytes of its shards, all checked. */
export function fetchModel(
  url: string, options?: Options,
): Promise<{json: Record<string, unknown>; buffers: ArrayBuffer[]}>;
"""


def declarations(
    inputs: Sequence[Port], outputs: Sequence[Port], dims: Mapping[str, Sequence[str]], version: str
) -> str:
    """The text of `model-loader.d.ts`; `dims` are the names that the user gave to dims, by input."""
    given = _interface("Inputs", "What the model takes.", [(port, _given(port)) for port in inputs], dims)
    made = _interface("Outputs", "What the model gives.", [(port, _shaped(port)) for port in outputs], {})
    return f"// Written by totfjs {version} export-loader.\n\n{_HEAD}{given}\n{made}{_TAIL}"


def _interface(name: str, says: str, members: Sequence[tuple[Port, str]], dims: Mapping[str, Sequence[str]]) -> str:
    lines = [f"/** {says} */", f"export interface {name} {{"]
    for port, kind in members:
        lines += [f"  /** {_described(port, dims.get(port.name))} */", f"  {_key(port.name)}: {kind};"]
    return "\n".join([*lines, "}", ""])


def _key(name: str) -> str:
    """A name as that of a property: quoted where it is no identifier."""
    return name if _IDENTIFIER.fullmatch(name) else json.dumps(name).replace("\u2028", "\\u2028")


def _described(port: Port, dims: Sequence[str] | None) -> str:
    """The dtype and the dims, which a comment cannot be ended by."""
    if port.shape is None:
        return f"{port.dtype or 'any dtype'}, any shape"
    names = dims if dims is not None and len(dims) == len(port.shape) else ["?"] * len(port.shape)
    sizes = [name if size < 0 else str(size) for size, name in zip(port.shape, names, strict=True)]
    return f"{port.dtype or 'any dtype'} [{', '.join(sizes)}]".replace("*/", "* /")


def _shaped(port: Port) -> str:
    """A tensor of this dtype and shape."""
    dtype = f"'{port.dtype}'" if port.dtype else "string"
    if port.shape is None:
        return f"Shaped<{dtype}, number[]>"
    sizes = ", ".join("number" if size < 0 else str(size) for size in port.shape)
    rank = f", Rank.R{len(port.shape)}" if len(port.shape) <= _DEEPEST else ""
    return f"Shaped<{dtype}, [{sizes}]{rank}>"


def _given(port: Port) -> str:
    """What may be given for an input: a tensor of its rank, values in nested arrays, or one typed array."""
    rank = len(port.shape) if port.shape is not None and len(port.shape) <= _DEEPEST else None
    kinds = ["Tensor" if rank is None else f"Tensor<Rank.R{rank}>"]
    element = _ELEMENTS.get(port.dtype or "")
    if element and rank is not None:
        wrapped = f"({element})" if "|" in element and rank else element
        kinds.append(wrapped + "[]" * rank)
    if port.dtype in _TYPED:
        kinds.append(_TYPED[port.dtype])
    return " | ".join(kinds)
