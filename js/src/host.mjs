// The main thread of a Node or Deno process: frames on stdin to the worker, its replies to stdout.
//
// A message is frames, each an eight-byte little-endian length and that many bytes: the header first, then the buffers, and a
// last length of all ones. When stdin ends the process ends, even if the worker is in an endless loop.

import {Buffer} from 'node:buffer';
import process from 'node:process';
import {Worker} from 'node:worker_threads';

const END = 0xffffffffffffffffn;
const worker = new Worker(new URL('./worker.mjs', import.meta.url), {
  resourceLimits: process.argv[2] === undefined ? {} : {maxOldGenerationSizeMb: Number(process.argv[2])},
});

function lengthFrame(length) {
  const frame = Buffer.alloc(8);
  frame.writeBigUInt64LE(BigInt(length));
  return frame;
}

function send({header, buffers}) {
  const parts = [Buffer.from(header, 'utf8'), ...buffers.map((buffer) => Buffer.from(buffer))];
  for (const part of parts) {
    process.stdout.write(lengthFrame(part.length));
    process.stdout.write(part);
  }
  process.stdout.write(lengthFrame(END));
}

function fail(error) {
  const message = String(error?.message ?? error);
  const memory = error?.code === 'ERR_WORKER_OUT_OF_MEMORY' ? message : null;
  send({header: JSON.stringify({error: {message, stack: '', trapped: true, memory}, logs: []}), buffers: []});
}

// Fills the frame at hand from the chunks of stdin, each byte copied once.
const length = Buffer.alloc(8);
let frame = {bytes: length, at: 0};
let frames = [];

function finishFrame() {
  if (frame.bytes !== length) {
    frames.push(frame.bytes.buffer);
  } else if (length.readBigUInt64LE() === END) {
    const [header, ...buffers] = frames;
    frames = [];
    worker.postMessage({header: Buffer.from(header).toString('utf8'), buffers}, buffers);
  } else {
    frame = {bytes: new Uint8Array(new ArrayBuffer(Number(length.readBigUInt64LE()))), at: 0};
    if (frame.bytes.length > 0) return;
    frames.push(frame.bytes.buffer);
  }
  frame = {bytes: length, at: 0};
}

process.stdin.on('data', (chunk) => {
  for (let at = 0; at < chunk.length;) {
    const taken = Math.min(chunk.length - at, frame.bytes.length - frame.at);
    frame.bytes.set(chunk.subarray(at, at + taken), frame.at);
    frame.at += taken;
    at += taken;
    if (frame.at === frame.bytes.length) finishFrame();
  }
});
process.stdin.on('end', () => process.exit(0));
process.stdout.on('error', () => process.exit(0));
worker.on('message', send);
worker.on('error', fail);
