// Runs one model in both runtimes, in turn, one thread each, and sends the times and outputs to the server.

const settings = await (await fetch("settings.json")).json();

async function tensorflow() {
  tf.wasm.setWasmPaths("packages/@tensorflow/tfjs-backend-wasm/dist/");
  await tf.setBackend("wasm");
  const model = await tf.loadGraphModel("web/model.json");
  return async (values) => {
    const x = tf.tensor(values, settings.shape);
    const y = model.execute({ x });
    const result = y.dataSync();
    tf.dispose([x, y]);
    return result;
  };
}

async function onnx(file) {
  const session = await ort.InferenceSession.create(file, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
  return async (values) => {
    const { output } = await session.run({ x: new ort.Tensor("float32", values, settings.shape) });
    return output.data;
  };
}

async function main() {
  ort.env.wasm.wasmPaths = new URL("packages/onnxruntime-web/dist/", location.href).href;
  ort.env.wasm.numThreads = 1;
  const values = new Float32Array(await (await fetch("input.bin")).arrayBuffer());
  const runs = { tensorflow: await tensorflow() };
  for (const form of settings.forms) runs[form] = await onnx(`${form}.onnx`);
  const outputs = {};
  const times = {};
  for (const name in runs) {
    outputs[name] = Array.from(await runs[name](values));
    times[name] = [];
  }
  for (let round = 0; round < settings.rounds; round++) {
    for (const name in runs) {
      const start = performance.now();
      await runs[name](values);
      times[name].push(performance.now() - start);
    }
  }
  return { outputs, times, simd: await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT"), isolated: crossOriginIsolated };
}

const answer = await main().catch((error) => ({ error: String(error?.stack ?? error) }));
await fetch("answer", { method: "POST", body: JSON.stringify(answer) });
