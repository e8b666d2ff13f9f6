// What went wrong, in plain words, and what to do about it.

import {announce, button, element} from './dom.js';

/** Something that the user can mend: `message` says what is wrong, `remedy` what to do. */
export class Problem extends Error {
  constructor(message, remedy = null, details = null) {
    super(message);
    this.remedy = remedy;
    this.details = details;
  }
}

const text = (error) => String(error?.message ?? error);

// What TensorFlow.js and browsers say, and what it means. Each row: a pattern, and the problem made of its match.
const MEANINGS = [
  [/Kernel '(\w+)' not registered for backend '(\w+)'/, ([, kernel, backend]) => new Problem(
    `The ${backend} backend of TensorFlow.js cannot compute ${kernel}, which this model needs.`, 'Choose another backend.')],
  [/Unknown op '([^']+)'/, ([, op]) => new Problem(
    `TensorFlow.js has no op called ${op}.`, 'Convert the model again with totfjs, which writes only ops that TensorFlow.js has.')],
  [/Unknown layer: ([\w>]+)/, ([, layer]) => new Problem(
    `TensorFlow.js has no layer called ${layer}.`, 'Convert the model as a graph model: totfjs convert --to graph.')],
  [/context was lost|device was lost|lost the device/i, () => new Problem(
    'The browser took the GPU away from this page.', 'Load the page again, or choose the wasm or cpu backend.')],
  [/the wasm heap|tensors take more than|allocation failed|[Oo]ut of memory|Array buffer allocation|Invalid (typed )?array length/, () => new Problem(
    'The memory that this backend may use is not enough.', 'Give smaller inputs, or load the page again and choose another backend.')],
  [/both async and sync fetching of the wasm|wasm.*(fetch|NetworkError|CompileError)|Failed to fetch dynamically imported/i, () => new Problem(
    'A file of TensorFlow.js did not come from the server.', 'See that the server still runs, and load the page again.')],
  [/(must match|should have|Size\(|incompatible|Error in \w+: )/, () => new Problem(
    'The model does not take inputs of these sizes.', 'Change the sizes or the inputs to what the model was made for.')],
];

/** Any error as a problem; what the program said goes to the details. */
export function explain(error, doing) {
  if (error instanceof Problem) return error;
  if (typeof error?.remedy === 'string') return new Problem(text(error), error.remedy, [error.code, error.file].filter(Boolean).join(': '));
  for (const [pattern, make] of MEANINGS) {
    const match = pattern.exec(text(error));
    if (match !== null) {
      const problem = make(match);
      problem.details = text(error);
      return problem;
    }
  }
  return new Problem(`${doing} failed.`, 'What TensorFlow.js said may tell more.', text(error));
}

/** A box that says the problem, and offers what `actions` ([label, onClick] rows) can do about it. */
export function problemBox(problem, actions = []) {
  const details = problem.details === null ? null : element('details', {}, element('summary', {}, 'Details'), element('pre', {}, problem.details));
  announce(`${problem.message} ${problem.remedy ?? ''}`);
  return element('div', {class: 'problem', role: 'group', 'aria-label': 'Problem'},
    element('p', {class: 'problem-what'}, problem.message),
    problem.remedy === null ? null : element('p', {class: 'problem-remedy'}, problem.remedy),
    details,
    actions.length === 0 ? null : element('div', {class: 'row'}, actions.map(([label, onClick]) => button(label, onClick))));
}
