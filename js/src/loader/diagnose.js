// Tells from what came instead of a file what went wrong, and says it in plain words.

import {ModelFileError} from './model_file_error.js';

const SENT_AGAIN = 'Copy all files of the model to the server again.';
const STATUSES = {
  401: ['FORBIDDEN', 'the server wants a login for it', 'Let the server give the files of the model to everyone who may see the page.'],
  403: ['FORBIDDEN', 'the server does not allow it to be read', 'Let the server give the files of the model to everyone who may see the page.'],
  404: ['MISSING', 'it is not on the server', 'Copy all files of the model to the server, beside model.json, under the names that they have.'],
  410: ['MISSING', 'it is no longer on the server', 'Copy all files of the model to the server, beside model.json.'],
};

const startOf = (bytes, length = 512) => new TextDecoder('latin1').decode(bytes.subarray(0, length)).trimStart().toLowerCase();
const bytesText = (count) => `${count.toLocaleString('en')} byte${count === 1 ? '' : 's'}`;

function isHtml(bytes, type) {
  const start = startOf(bytes);
  return /^(<!doctype html|<html|<head|<body)/.test(start) || (/^text\/html/i.test(type) && start.startsWith('<'));
}

function isPointer(bytes) {
  return startOf(bytes).startsWith('version https://git-lfs');
}

// Line ends that were changed: each \n has become \r\n, which the length shows.
function hasNewLineEnds(bytes, expected) {
  let found = 0;
  for (let i = 1; i < bytes.length; i++) if (bytes[i] === 10 && bytes[i - 1] === 13) found++;
  return found > 0 && bytes.length - expected === found;
}

// Bytes that are no text, and were read as if they were: each becomes the sign for "unknown".
function isTextified(bytes) {
  for (let i = 0; i + 2 < bytes.length; i++) if (bytes[i] === 0xef && bytes[i + 1] === 0xbf && bytes[i + 2] === 0xbd) return true;
  return false;
}

/** The server answered with a status that is none of success. */
export function badStatus(file, status) {
  const [code, why, remedy] = STATUSES[status] ?? ['STATUS', 'the server could not answer', 'Try again later, or look into the log of the server.'];
  return new ModelFileError(code, file, `${file} cannot be loaded: ${why} (status ${status}).`, remedy);
}

/** There was no answer at all, or none that this page may see. */
export function noAnswer(file, url, cause) {
  const here = globalThis.location?.origin;
  const other = here !== undefined && new URL(url).origin !== here;
  const why = other
    ? `${new URL(url).origin} cannot be reached, or does not let pages of ${here} read it (CORS)`
    : 'the server cannot be reached';
  const remedy = other
    ? `Let that server send Access-Control-Allow-Origin: ${here}, or put the model beside the page.`
    : 'See that the server runs and that this machine is online, and try again.';
  return new ModelFileError('NETWORK', file, `${file} cannot be loaded: ${why}.`, remedy, {cause});
}

/** The answer broke off, or cannot be unpacked. */
export function brokenAnswer(file, cause) {
  return new ModelFileError('INTERRUPTED', file,
    `${file} did not come whole: the connection broke off, or it is not compressed as the server says (Content-Encoding).`,
    'Try again; if it stays so, see that the server sends the right Content-Encoding and Content-Length with the file.', {cause});
}

/** The page or pointer that came instead of a file, as an error; null where it is neither. */
export function impostor(file, bytes, type) {
  if (isPointer(bytes)) {
    return new ModelFileError('GIT_LFS', file, `${file} is a git-lfs pointer, not the file itself.`,
      'Run "git lfs pull" where the site is built, and copy the files of the model to the server again.');
  }
  if (isHtml(bytes, type)) {
    return new ModelFileError('HTML', file, `The server sent an HTML page instead of ${file}.`,
      'Copy the file to where the address says; addresses that the server does not know should get status 404, not its start page.');
  }
  return null;
}

function otherLength(file, bytes, expected) {
  const [got, want] = [bytesText(bytes.length), bytesText(expected)];
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    return new ModelFileError('COMPRESSED', file, `${file} came gzip-compressed, and the server does not say so.`,
      'Let the server send Content-Encoding: gzip with it, or upload the file uncompressed.');
  }
  if (hasNewLineEnds(bytes, expected)) {
    return new ModelFileError('TEXT_MODE', file, `${file} was copied as text: its line ends were changed (${got} instead of ${want}).`,
      'Copy it as a binary file; with git, add the line "*.bin binary" to .gitattributes and commit the file anew.');
  }
  if (isTextified(bytes)) {
    return new ModelFileError('TEXT_MODE', file, `${file} was read as text on its way, which destroys it (${got} instead of ${want}).`,
      'Copy and serve it as a binary file (application/octet-stream).');
  }
  return bytes.length < expected
    ? new ModelFileError('TRUNCATED', file, `${file} is cut short: ${got} came, and it should have ${want}.`, SENT_AGAIN)
    : new ModelFileError('TOO_LONG', file, `${file} is too long: ${got} came, and it should have ${want}.`, SENT_AGAIN);
}

/** A file of another length than it should have. */
export function wrongLength(file, bytes, type, expected) {
  return impostor(file, bytes, type) ?? otherLength(file, bytes, expected);
}

/** A file of the right length with other bytes than it should have. */
export function wrongContent(file, bytes, type) {
  return impostor(file, bytes, type) ?? new ModelFileError('CHANGED', file,
    `${file} is not the file that belongs to this model.json: its SHA-256 is another.`,
    'Copy all files of the model to the server again, model.json among them, and reload the page without its cache.');
}

/** model.json holds no JSON. */
export function notJson(file, bytes, type, cause) {
  return impostor(file, bytes, type) ?? new ModelFileError('NOT_JSON', file, `${file} is damaged: it is not JSON.`, SENT_AGAIN, {cause});
}

/** JSON that is none of a model. */
export function notAModel(file, why) {
  return new ModelFileError('NOT_A_MODEL', file, `${file} is no TensorFlow.js model: ${why}.`, 'Give the model.json that the converter wrote.');
}
