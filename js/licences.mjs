// The licences of the packages whose code is in the bundle: it is distributed, so that they have to come with it.

import {existsSync, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';

const PACKAGE = /node_modules\/((?:@[^/]+\/)?[^/]+)\//;

function licenceText(directory) {
  const file = readdirSync(directory).find((name) => /^licen[cs]e/i.test(name));
  if (file !== undefined) return readFileSync(join(directory, file), 'utf8');
  const readme = join(directory, 'README.md');
  const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
  return /^LICENSE.*\n-+\n([\s\S]*)$/m.exec(text)?.[1] ?? '';
}

/** One text for all packages that are inputs of an esbuild metafile. */
export function licences(metafile, modules) {
  const names = new Set(Object.keys(metafile.inputs).map((path) => PACKAGE.exec(path)?.[1]).filter(Boolean));
  return [...names].sort().map((name) => {
    const directory = join(modules, name);
    const {version, license} = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    return `${name} ${version}: ${license}\n\n${licenceText(directory).trim()}`.trim();
  }).join(`\n\n${'-'.repeat(80)}\n\n`) + '\n';
}
