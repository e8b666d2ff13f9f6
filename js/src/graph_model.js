// A graph model: load, describe, execute.

import {io} from '@tensorflow/tfjs-core';
import {loadGraphModelSync} from '@tensorflow/tfjs-converter';

// The executors of these categories are async functions, whatever the runtime's own check of the graph says.
const ASYNCHRONOUS = new Set(['control', 'dynamic', 'hash_table']);
const DTYPES = {
  DT_FLOAT: 'float32', DT_HALF: 'float32', DT_DOUBLE: 'float32', DT_INT32: 'int32', DT_INT64: 'int32', DT_INT8: 'int32',
  DT_UINT8: 'int32', DT_BOOL: 'bool', DT_STRING: 'string', DT_COMPLEX64: 'complex64', DT_COMPLEX128: 'complex64',
};

function shapeOf(proto) {
  if (proto === undefined || proto.unknownRank) return null;
  return (proto.dim ?? []).map((dim) => parseInt(dim.size ?? '0', 10));
}

function describeSignature(entries) {
  return Object.entries(entries ?? {})
    .filter(([, entry]) => entry.resourceId === undefined)
    .map(([name, entry]) => ({name, dtype: DTYPES[entry.dtype] ?? null, shape: shapeOf(entry.tensorShape)}));
}

function describeNodes(nodes) {
  return nodes.map(({name, dtype, shape}) => ({name, dtype: dtype ?? null, shape: shape ?? null}));
}

function isAsynchronous(executor, outputs) {
  const seen = new Set(outputs.filter((node) => node !== undefined));
  for (const node of seen) {
    if (ASYNCHRONOUS.has(node.category)) return true;
    node.inputs.forEach((input) => seen.add(input));
  }
  return false;
}

export class GraphModel {
  constructor(json, buffers) {
    const specs = io.getWeightSpecs(json.weightsManifest ?? []);
    const artifacts = io.getModelArtifactsForJSONSync(json, specs, buffers);
    this.model = loadGraphModelSync({load: () => artifacts});
    // The model keeps its artifacts for `save`, and with them every byte of the weights a second time.
    delete artifacts.weightData;
    const signature = artifacts.userDefinedMetadata?.signature ?? artifacts.signature;
    const inputs = describeSignature(signature?.inputs);
    const outputs = describeSignature(signature?.outputs);
    this.inputs = inputs.length > 0 ? inputs : describeNodes(this.model.inputs);
    this.outputs = outputs.length > 0 ? outputs : describeNodes(this.model.outputs);
    this.initialised = artifacts.modelInitializer?.node === undefined;
    this.asynchronous = this.needsAsync(null);
  }

  needsAsync(names) {
    const {executor} = this.model;
    if (names === null) return !this.initialised || isAsynchronous(executor, executor._outputs);
    const declared = this.model.modelSignature?.outputs ?? {};
    const nodes = names.map((name) => executor.graph.nodes[(declared[name]?.name ?? name).split(':')[0]]);
    return !this.initialised || isAsynchronous(executor, nodes);
  }

  async execute(inputs, names) {
    if (this.needsAsync(names)) return this.model.executeAsync(inputs, names ?? undefined);
    return this.model.execute(inputs, names ?? undefined);
  }

  dispose() {
    this.model.dispose();
  }
}
