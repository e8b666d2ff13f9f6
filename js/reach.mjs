// The files of a bundle that one of its entries needs, at once or later.

import {basename} from 'node:path';

/** The names of `entry` and of all that it imports, of an esbuild metafile. */
export function reachable(metafile, entry) {
  const found = new Set([Object.keys(metafile.outputs).find((path) => basename(path) === entry)]);
  for (const path of found) {
    for (const {path: next, external} of metafile.outputs[path].imports) if (!external) found.add(next);
  }
  return [...found].map((path) => basename(path)).sort();
}
