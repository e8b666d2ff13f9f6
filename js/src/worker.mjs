// The thread of a Node or Deno process in which TensorFlow.js runs. It may be busy for ever: host.mjs ends it.

import {readFileSync} from 'node:fs';
import {parentPort, workerData} from 'node:worker_threads';

(0, eval)(readFileSync(new URL('./totfjs.cjs', import.meta.url), 'utf8'));

parentPort.on('message', async ({header, buffers}) => {
  buffers.forEach((buffer) => globalThis.totfjs.receive(buffer));
  const reply = await globalThis.totfjs.request(header);
  parentPort.postMessage(reply);
});
