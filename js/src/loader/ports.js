// The inputs and outputs of a loaded model: names, dtypes, shapes with -1 where a size is open.

const DTYPES = {
  DT_FLOAT: 'float32', DT_HALF: 'float32', DT_DOUBLE: 'float32', DT_INT32: 'int32', DT_INT64: 'int32', DT_INT8: 'int32',
  DT_UINT8: 'int32', DT_BOOL: 'bool', DT_STRING: 'string', DT_COMPLEX64: 'complex64', DT_COMPLEX128: 'complex64',
};

function shapeOf(shape) {
  if (shape === undefined || shape.unknownRank) return null;
  return (shape.dim ?? []).map(({size}) => Number(size ?? 0));
}

function signed(entries) {
  return Object.entries(entries ?? {})
    .filter(([, {resourceId}]) => resourceId === undefined)
    .map(([name, {dtype, tensorShape}]) => ({name, dtype: DTYPES[dtype] ?? null, shape: shapeOf(tensorShape)}));
}

const ofNodes = (nodes) => nodes.map(({name, dtype, shape}) => ({name, dtype: dtype ?? null, shape: shape ?? null}));

// A tensor is called as its layer is; a layer that is used more than once gives its later tensors a number.
function ofLayers(tensors) {
  const used = new Map();
  return tensors.map(({sourceLayer, dtype, shape}) => {
    const count = used.get(sourceLayer.name) ?? 0;
    used.set(sourceLayer.name, count + 1);
    return {name: count === 0 ? sourceLayer.name : `${sourceLayer.name}_${count}`, dtype, shape: shape.map((size) => size ?? -1)};
  });
}

/** The inputs and outputs of a model that TensorFlow.js has loaded from `json`. */
export function portsOf(model, json) {
  if (json.modelTopology.node === undefined) return {inputs: ofLayers(model.inputs), outputs: ofLayers(model.outputs)};
  const signature = json.userDefinedMetadata?.signature ?? json.signature;
  const [inputs, outputs] = [signed(signature?.inputs), signed(signature?.outputs)];
  return {
    inputs: inputs.length > 0 ? inputs : ofNodes(model.inputs), outputs: outputs.length > 0 ? outputs : ofNodes(model.outputs),
  };
}
