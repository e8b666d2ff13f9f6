// What went wrong, in plain words of the page's language, and what to do about it.

import {announce, button, element} from './dom.js';

const said = (error) => String(error?.message ?? error);

// What TensorFlow.js and browsers say, and the text that it becomes.
const MEANINGS = [
  [/context was lost|device was lost|lost the device/i, 'lostGpu'],
  [/Failed to fetch dynamically imported|error loading dynamically imported|Importing a module script failed|wasm.*(fetch|NetworkError)/i, 'lostServer'],
  [/did not start in this browser/, 'notStarted'],
  [/memory|allocation failed|Invalid (typed )?array length/i, 'noMemory'],
];

// Words of a file that is not what it should be come from the loader, which speaks English; its code says the same.
function words(error, text) {
  if (typeof error?.remedy === 'string') {
    return text.files === null ? [error.message, error.remedy] : text.files(error.code, error.file) ?? [error.message, error.remedy];
  }
  const key = MEANINGS.find(([pattern]) => pattern.test(said(error)))?.[1] ?? 'other';
  return text.problems[key];
}

/** Shows problems in a place of the page, one at a time. */
export class Problems {
  constructor(language) {
    this.language = language;
    this.place = document.getElementById('problems');
    this.shown = null;
    language.show(() => this.render());
  }

  /** Says what `error` means; `again` is what the button does. */
  show(error, again) {
    this.shown = {error, again};
    this.render();
    announce(this.place.querySelector('.problem-words').textContent);
  }

  clear() {
    this.shown = null;
    this.render();
  }

  render() {
    if (this.shown === null) {
      this.place.replaceChildren();
      return;
    }
    const {error, again} = this.shown;
    const {text} = this.language;
    const [what, remedy] = words(error, text);
    this.place.replaceChildren(element('div', {class: 'problem', role: 'group', 'aria-label': text.problem},
      element('p', {class: 'problem-words'}, element('strong', {}, what), ' ', remedy),
      element('details', {}, element('summary', {}, text.details), element('pre', {}, [error?.code, said(error)].filter(Boolean).join(': '))),
      button(text.again, again)));
  }
}
