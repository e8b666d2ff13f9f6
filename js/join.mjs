// Joins modules into one that reads as they do: their imports of each other go, and of their exports the named ones stay.

import {readFileSync} from 'node:fs';
import {join} from 'node:path';

const LOCAL = /^(import|export) \{[^}]*\} from '\.\/[^']*';\n/gm;
const BUILT_IN = /^import \{[^}]*\} from 'node:[^']*';\n/gm;

const COMMENT = /^(?:\/\/.*\n)+/;

/**
 * The text of one module made of `files` in `folder`; `exported` are the names that others may import. What the last of them says
 * of itself comes first.
 */
export function joined(folder, files, exported) {
  const kept = [];
  const visible = (word, name) => exported.includes(name) ? word : '';
  const texts = files.map((file) => {
    const text = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').replace(LOCAL, '');
    kept.push(...text.match(BUILT_IN) ?? []);
    return text.replace(BUILT_IN, '').replace(/^export (?=(?:async )?(?:class|function|const) (\w+))/gm, visible).trim();
  });
  const head = COMMENT.exec(texts.at(-1))?.[0] ?? '';
  texts.push(texts.pop().slice(head.length).trim());
  return `${[head, kept.join(''), ...texts].filter((text) => text !== '').map((text) => text.trim()).join('\n\n')}\n`;
}
