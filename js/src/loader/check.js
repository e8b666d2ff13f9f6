// Fetches the files of a model and checks each before anything is decoded: status, kind, length and SHA-256.

import {impostor, notAModel, notJson, wrongContent, wrongLength} from './diagnose.js';
import {download} from './download.js';
import {groupsOf} from './manifest.js';
import {sha256} from './sha256.js';

export {ModelFileError} from './model_file_error.js';

const AT_ONCE = 6;

/** Adds up what has come of each file, and tells it. */
class Progress {
  constructor(tell) {
    this.tell = tell ?? (() => {});
    this.files = new Map();
  }

  expect(file, total) {
    this.files.set(file, {received: 0, total: total ?? 0});
  }

  update(file, received) {
    const row = this.files.get(file);
    row.received = received;
    const sum = (key) => [...this.files.values()].reduce((all, each) => all + Math.max(each[key], each.received), 0);
    this.tell({file, received, total: row.total, allReceived: sum('received'), allTotal: sum('total')});
  }
}

// The address of a file beside model.json. A query of model.json, such as a signature or a version, holds for it too.
function addressOf(path, base, versioned, hash) {
  const url = new URL(path.split('/').map(encodeURIComponent).join('/'), base);
  if (url.search === '') url.search = new URL(base).search;
  if (versioned && hash !== null && url.search === '') url.searchParams.set('v', hash);
  return url.href;
}

// Throws what is wrong with a shard.
async function checkShard(shard, bytes, type) {
  if (shard.bytes !== null && bytes.length !== shard.bytes) throw wrongLength(shard.path, bytes, type, shard.bytes);
  if (shard.sha256 !== null) {
    if (await sha256(bytes) !== shard.sha256) throw wrongContent(shard.path, bytes, type);
    return;
  }
  const other = impostor(shard.path, bytes, type);
  if (other !== null) throw other;
}

// A copy that a cache kept from another day is asked for once more, past the cache.
async function fetchShard(shard, asked) {
  const url = addressOf(shard.path, asked.base, asked.versioned, shard.sha256);
  for (const cache of ['default', 'reload']) {
    const report = (received) => asked.progress.update(shard.path, received);
    const {bytes, type} = await download(url, {...asked, file: shard.path, expected: shard.bytes, report, cache});
    report(bytes.length);
    try {
      await checkShard(shard, bytes, type);
      return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
    } catch (error) {
      if (cache === 'reload') throw error;
    }
  }
}

// Runs `task` on all items, a few at a time; the first failure ends all.
async function eachOf(items, task) {
  const results = new Array(items.length);
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await task(items[at]);
    }
  };
  await Promise.all(Array.from({length: Math.min(AT_ONCE, items.length)}, work));
  return results;
}

// Files of which model.json tells only how long they are together: the first that is unlike the others is to blame.
function checkGroup({shards, bytes}, buffers) {
  const got = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
  if (bytes === null || got === bytes) return;
  const usual = buffers[0].byteLength;
  const odd = buffers.findIndex((buffer, i) => i < buffers.length - 1 && buffer.byteLength !== usual);
  const at = odd < 0 ? buffers.length - 1 : odd;
  throw wrongLength(shards[at].path, new Uint8Array(buffers[at]), '', buffers[at].byteLength + bytes - got);
}

async function fetchJson(url, asked) {
  const file = 'model.json';
  const report = (received) => asked.progress.update(file, received);
  asked.progress.expect(file, null);
  const {bytes, type} = await download(url, {...asked, file, expected: null, report, cache: 'no-cache'});
  report(bytes.length);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw notJson(file, bytes, type, error);
  }
}

/**
 * Checks every file of the model at `url` and keeps none: a row for each with `file`, `bytes` and `checked`, which is 'sha256', or
 * 'length' where model.json does not tell the hash. Throws and takes options as `fetchModel`.
 */
export async function checkFiles(url, options = {}) {
  const {json, buffers} = await fetchModel(url, options);
  const shards = groupsOf(json, 'model.json').flatMap((group) => group.shards);
  return shards.map(({path, sha256: hash}, i) => ({file: path, bytes: buffers[i].byteLength, checked: hash === null ? 'length' : 'sha256'}));
}

/**
 * The parsed model.json at `url`, and the bytes of its shards in order. Throws a ModelFileError when any file is not what it
 * should be, and the reason of `signal` when that is aborted.
 *
 * Options: `onProgress({file, received, total, allReceived, allTotal})`, in bytes; `signal`; `retries` after failures of the
 * network (2); `versioned` asks for shards by their hash (`?v=`), which servers that know it let browsers keep for ever;
 * `requestInit` and `fetch` as fetch takes them.
 */
export async function fetchModel(url, {onProgress, signal, retries = 2, versioned = false, requestInit = {}, fetch = globalThis.fetch} = {}) {
  const base = new URL(url, globalThis.document?.baseURI).href;
  const stop = new AbortController();
  const pass = () => stop.abort(signal.reason);
  signal?.addEventListener('abort', pass, {once: true});
  const asked = {
    base, versioned, retries, signal: stop.signal, init: requestInit, fetch: (...words) => fetch(...words), progress: new Progress(onProgress),
  };
  try {
    signal?.throwIfAborted();
    const json = await fetchJson(base, asked);
    const groups = groupsOf(json, 'model.json');
    if (json.modelTopology == null) throw notAModel('model.json', 'it has no modelTopology');
    const shards = groups.flatMap((group) => group.shards);
    for (const {path, bytes} of shards) asked.progress.expect(path, bytes);
    const buffers = await eachOf(shards, (shard) => fetchShard(shard, asked));
    let at = 0;
    for (const group of groups) checkGroup(group, buffers.slice(at, at += group.shards.length));
    return {json, buffers};
  } finally {
    signal?.removeEventListener('abort', pass);
    stop.abort(); // what else is under way is of no use any more
  }
}
