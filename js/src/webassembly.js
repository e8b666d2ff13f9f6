// WebAssembly compiled in the call rather than in the background, so that nothing runs outside of a call that has a time limit.

const native = globalThis.WebAssembly;

function instantiate(binary, imports) {
  const module = new native.Module(binary);
  return {module, instance: new native.Instance(module, imports)};
}

/** Stands in for the global `WebAssembly` in the whole bundle (see build.mjs). */
export const WebAssembly = Object.create(native, {
  instantiate: {value: async (binary, imports) => instantiate(binary, imports)},
  instantiateStreaming: {value: undefined},
});
