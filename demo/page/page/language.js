// The language of the page: the browser's, or the one that was chosen. What shows words is told when it changes.

import {english} from './texts/english.js';
import {korean} from './texts/korean.js';
import {element} from './dom.js';

const TEXTS = {en: english, ko: korean};
const NAMES = {en: 'English', ko: '한국어'};
const KEPT = 'language';

// Browsers that keep nothing for the page refuse to be asked.
function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

function keep(code) {
  try {
    localStorage.setItem(KEPT, code);
  } catch {
    // then the browser's language holds again the next time
  }
}

function browsers() {
  return navigator.languages.map((tag) => tag.slice(0, 2).toLowerCase()).find((code) => code in TEXTS) ?? 'en';
}

export class Language {
  constructor() {
    const chosen = kept();
    this.code = chosen in TEXTS ? chosen : browsers();
    this.shown = [];
  }

  /** The words of the page. */
  get text() {
    return TEXTS[this.code];
  }

  /** Shows something now, and again in each language that is chosen, until the function that is returned is called. */
  show(render) {
    this.shown.push(render);
    render(this.text);
    return () => { this.shown = this.shown.filter((each) => each !== render); };
  }

  choose(code) {
    this.code = code;
    keep(code);
    this.shown.forEach((render) => render(this.text));
  }

  /** The switch. */
  element() {
    const row = element('div', {class: 'switch', role: 'group'});
    const buttons = Object.entries(NAMES).map(([code, name]) => element('button', {
      type: 'button', class: 'plain', lang: code, on: {click: () => this.choose(code)},
    }, name));
    row.append(...buttons);
    this.show((text) => {
      row.setAttribute('aria-label', text.language);
      buttons.forEach((each) => each.setAttribute('aria-pressed', String(each.lang === this.code)));
      document.documentElement.lang = this.code;
    });
    return row;
  }

  /** Fills what stands in the page with `data-text`. */
  fill() {
    this.show((text) => {
      document.title = text.title;
      for (const node of document.querySelectorAll('[data-text]')) node.textContent = text[node.dataset.text];
    });
  }
}
