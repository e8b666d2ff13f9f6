// Text to elements: JSON, or lines of values between commas, semicolons or blanks. Says what is wrong, and where.

import {Problem} from './problem.js';

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const SPECIAL = {nan: NaN, inf: Infinity, '+inf': Infinity, '-inf': -Infinity, infinity: Infinity, '+infinity': Infinity, '-infinity': -Infinity};
const BOOLS = {true: 1, false: 0, 1: 1, 0: 0, yes: 1, no: 0};

function quote(value) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `“${text.length > 20 ? `${text.slice(0, 20)}…` : text}”`;
}

function number(value) {
  if (typeof value === 'number') return value;
  const word = String(value).trim().replace('−', '-');
  if (NUMBER.test(word)) return Number(word);
  return SPECIAL[word.toLowerCase()];
}

const READERS = {
  float32: (value) => [typeof value === 'boolean' ? undefined : number(value), 'is no number'],
  int32: (value) => {
    const read = typeof value === 'boolean' ? undefined : number(value);
    if (read !== undefined && !Number.isInteger(read)) return [undefined, 'is no whole number'];
    return [read === undefined || read === (read | 0) ? read : undefined, read === undefined ? 'is no number' : 'is beyond int32'];
  },
  bool: (value) => [BOOLS[String(value).trim().toLowerCase()], 'is neither true nor false'],
  string: (value) => [typeof value === 'string' ? value : undefined, 'is no text'],
};

/** One element of a dtype; `where` is said when it is none. */
export function parseElement(value, dtype, where) {
  const [read, complaint] = READERS[dtype](value);
  if (read === undefined) {
    const what = String(value).trim() === '' ? `${where} is empty.` : `${where}: ${quote(value)} ${complaint}.`;
    throw new Problem(what, dtype === 'bool' ? 'Write true or false.' : 'Write a value there.');
  }
  return read;
}

function flatten(node, dtype, path, out) {
  if (!Array.isArray(node)) {
    out.push(parseElement(node, dtype, path.length === 0 ? 'The value' : `Element [${path.join(', ')}]`));
    return [];
  }
  let shape = null;
  node.forEach((child, i) => {
    const found = flatten(child, dtype, [...path, i], out);
    if (shape !== null && shape.join() !== found.join()) {
      throw new Problem(`Element [${[...path, i].join(', ')}] has the shape [${found}], the one before it [${shape}].`, 'Give all rows one length.');
    }
    shape = found;
  });
  return [node.length, ...(shape ?? [])];
}

function parseJson(text, dtype) {
  // JSON has no NaN, and Python's json writes it all the same.
  const quoted = text.replace(/("(?:[^"\\]|\\.)*")|([-+]?\b(?:NaN|Infinity)\b)/g, (all, string, special) => string ?? `"${special}"`);
  let parsed;
  try {
    parsed = JSON.parse(dtype === 'string' ? text : quoted);
  } catch (error) {
    throw new Problem(`This begins as JSON and does not go on so: ${error.message}.`, 'Close each bracket, and put commas between the values.');
  }
  const data = [];
  return {shape: flatten(parsed, dtype, [], data), data};
}

function parseLines(text, dtype) {
  const lines = text.split(/\r?\n/).map((line, i) => [line.trim(), i + 1]).filter(([line]) => line !== '');
  const rows = lines.map(([line, at]) => line.split(/\s*[,;\t]\s*|\s+/).filter((word, i, all) => word !== '' || i < all.length - 1)
    .map((word, i) => parseElement(word, dtype, `Line ${at}, value ${i + 1}`)));
  const even = rows.every((row) => row.length === rows[0].length);
  return {data: rows.flat(), shape: rows.length > 1 && even ? [rows.length, rows[0].length] : null};
}

/** The elements of a text and the shape that it shows, null where it shows none. */
export function parseText(text, dtype) {
  if (/^\s*\[/.test(text)) return parseJson(text, dtype);
  if (dtype === 'string') return {data: text.split(/\r?\n/), shape: null};
  return parseLines(text, dtype);
}
