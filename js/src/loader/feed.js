// What a page gives to a model, as tensors.

function shapeFor({name, dtype, shape}, length) {
  if (shape === null) return [length];
  const known = shape.reduce((product, size) => size < 0 ? product : product * size, 1);
  const open = shape.filter((size) => size < 0).length;
  if (open === 0 ? known === length : open === 1 && length % known === 0) return shape.map((size) => size < 0 ? length / known : size);
  const text = `${dtype} [${shape.map((size) => size < 0 ? '?' : size).join(', ')}]`;
  throw new TypeError(open > 1
    ? `Input ${name} is ${text}: numbers without a shape do not tell its open sizes. Give tf.tensor(values, shape).`
    : `Input ${name} is ${text}: ${length} numbers do not fill it.`);
}

/** A tensor of what was given for an input: a tensor, numbers in nested arrays, or a typed array in the order of the input. */
export function tensorFor(tf, port, given) {
  if (given instanceof tf.Tensor) return given;
  const dtype = port.dtype ?? undefined;
  if (ArrayBuffer.isView(given)) return tf.tensor(given, shapeFor(port, given.length), dtype);
  return tf.tensor(given, undefined, dtype);
}

/** The names that a model needs and did not get, or got and does not know, are a mistake. */
export function checkNames(ports, given) {
  const [known, names] = [ports.map(({name}) => name), Object.keys(given)];
  const missing = known.filter((name) => !names.includes(name));
  const strange = names.filter((name) => !known.includes(name));
  if (missing.length + strange.length === 0) return;
  throw new TypeError(`The model takes ${known.join(', ') || 'no inputs'}; given: ${names.join(', ') || 'nothing'}.`);
}
