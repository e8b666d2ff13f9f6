// What the model says: a column for each digit, the likeliest one in large, and a sentence for those who listen.

import {announce, element} from './dom.js';
import {percent} from './format.js';

const CALM = 700;

/** Numbers of any size as shares of one. */
export function softmax(logits) {
  const highest = logits.reduce((most, x) => Math.max(most, x), -Infinity);
  const powers = Array.from(logits, (x) => Math.exp(x - highest));
  const sum = powers.reduce((total, x) => total + x, 0);
  return powers.map((x) => x / sum);
}

// Nothing is wholly sure.
const sureness = (share, code) => share > 0.999 ? `> ${percent(0.999, code, 1)}` : percent(share, code, 1);

function column(digit) {
  const bar = element('span', {class: 'bar', 'aria-hidden': 'true'});
  const share = element('span', {class: 'share'});
  return {bar, share, element: element('li', {}, element('span', {class: 'digit'}, String(digit)), element('span', {class: 'track'}, share, bar))};
}

export class Answer {
  constructor(language) {
    this.language = language;
    this.guess = document.getElementById('guess');
    this.sure = document.getElementById('sure');
    this.columns = Array.from({length: 10}, (_, digit) => column(digit));
    this.element = element('ol', {class: 'bars', start: 0}, this.columns.map((each) => each.element));
    this.shares = null;
    this.said = '';
    language.show((text) => {
      this.element.setAttribute('aria-label', text.probabilities);
      this.render();
    });
  }

  /** Shows the shares of the ten digits; null where nothing is drawn. */
  show(shares) {
    this.shares = shares;
    this.render();
    clearTimeout(this.timer);
    // While a stroke is drawn the answer changes all the time: only what stays is said.
    this.timer = setTimeout(() => this.say(), CALM);
  }

  best() {
    return this.shares.indexOf(Math.max(...this.shares));
  }

  render() {
    const {code, text} = this.language;
    const best = this.shares === null ? null : this.best();
    this.columns.forEach(({bar, share, element: item}, digit) => {
      const value = this.shares?.[digit] ?? 0;
      item.classList.toggle('best', digit === best);
      bar.style.height = `${100 * value}%`;
      share.textContent = this.shares === null ? '' : percent(value, code);
      share.classList.toggle('slight', value < 0.005);
    });
    this.guess.textContent = best ?? '?';
    this.guess.classList.toggle('none', best === null);
    this.sure.textContent = best === null ? text.nothing : text.sureness(sureness(this.shares[best], code), this.shares[best]);
  }

  say() {
    const {code, text} = this.language;
    const best = this.shares === null ? null : this.best();
    const words = best === null ? text.nothing : text.said(best, percent(this.shares[best], code));
    if (words === this.said) return;
    this.said = words;
    announce(words);
  }
}
