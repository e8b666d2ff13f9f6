// Gets one file whole, again where the network failed, and tells how far it is.

import {badStatus, brokenAnswer, noAnswer} from './diagnose.js';

// A file that is longer than this much more than it should be is not read to its end.
const SPARE = 1 << 20;
const PAUSE = 300;

function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, milliseconds);
    function done() {
      signal?.removeEventListener('abort', stop);
      resolve();
    }
    function stop() {
      clearTimeout(timer);
      reject(signal.reason);
    }
    signal?.addEventListener('abort', stop, {once: true});
  });
}

// The bytes in one array; where their number is known they are written into place as they come.
async function readAll(response, expected, report) {
  if (!response.body?.getReader) return new Uint8Array(await response.arrayBuffer());
  const reader = response.body.getReader();
  const known = expected === null ? null : new Uint8Array(expected);
  const more = [];
  let length = 0;
  for (;;) {
    const {done, value} = await reader.read();
    if (done) break;
    if (known !== null && more.length === 0 && length + value.length <= known.length) known.set(value, length);
    else more.push(value);
    length += value.length;
    report(length);
    if (known !== null && length > known.length + SPARE) {
      await reader.cancel();
      break;
    }
  }
  if (known !== null && more.length === 0) return known.subarray(0, length);
  const whole = new Uint8Array(length);
  let at = length - more.reduce((sum, piece) => sum + piece.length, 0);
  if (known !== null) whole.set(known.subarray(0, at));
  for (const piece of more) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

async function once(url, {file, expected, report, signal, fetch, cache, init}) {
  let response;
  try {
    response = await fetch(url, {...init, signal, cache});
  } catch (error) {
    signal?.throwIfAborted();
    throw noAnswer(file, url, error);
  }
  if (!response.ok) throw badStatus(file, response.status);
  try {
    return {bytes: await readAll(response, expected, report), type: response.headers.get('content-type') ?? ''};
  } catch (error) {
    signal?.throwIfAborted();
    throw brokenAnswer(file, error);
  }
}

const passes = ({code, message}) => code === 'NETWORK' || code === 'INTERRUPTED' || (code === 'STATUS' && /status (408|425|429|5\d\d)/.test(message));

/** The bytes of a file and the content type that it came with. What may pass is tried again, `retries` times. */
export async function download(url, asked) {
  for (let attempt = 0; ; attempt++) {
    asked.signal?.throwIfAborted();
    try {
      return await once(url, asked);
    } catch (error) {
      if (attempt >= asked.retries || !passes(error)) throw error;
      await sleep(PAUSE * 2 ** attempt, asked.signal);
    }
  }
}
