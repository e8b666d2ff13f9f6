// A table whose rows are choices: a radio button in each, and what there is to know of it.

import {element, uniqueId} from './dom.js';

export class Choice {
  /**
   * `key` names the title and `columns` the heads of the columns in the texts. Rows are {value, reason(text) or null, cells(text, code)},
   * whose first cell is the label.
   */
  constructor(language, {key, columns, rows, note = null}, onChange) {
    this.language = language;
    this.columns = columns;
    this.rows = rows;
    this.note = note;
    const title = element('h3', {id: uniqueId('choice')});
    this.head = element('tr');
    this.body = element('tbody', {role: 'radiogroup', 'aria-labelledby': title.id});
    this.hint = element('p', {class: 'hint'});
    const name = uniqueId('choice');
    this.radios = rows.map(({value, reason}) => element('input', {
      type: 'radio', name, value, id: uniqueId('option'), disabled: reason !== null, on: {change: () => onChange(value)},
    }));
    this.element = element('div', {class: `choice choice-${key}`}, title,
      element('table', {'aria-labelledby': title.id}, element('thead', {}, this.head), this.body), note === null ? null : this.hint);
    /** Another choice takes the place of this one. */
    this.forget = language.show((text) => {
      title.textContent = text[key];
      this.head.replaceChildren(...columns.map((column) => element('th', {scope: 'col'}, text[column])));
      if (note !== null) this.hint.textContent = note(text);
      this.render();
    });
  }

  /** Shows what is known now. */
  render() {
    const {text, code} = this.language;
    const focused = this.radios.find((radio) => radio === document.activeElement);
    this.body.replaceChildren(...this.rows.map((row, i) => this.row(row, this.radios[i], text, code)));
    focused?.focus();
  }

  row({reason, cells}, radio, text, code) {
    const [label, ...others] = cells(text, code);
    const why = reason === null ? null : element('small', {class: 'reason'}, reason(text));
    const head = element('th', {scope: 'row'}, element('label', {htmlFor: radio.id}, radio, element('span', {}, label)), why);
    const row = element('tr', {class: reason === null ? '' : 'lacking'}, head, others.map((cell) => element('td', {}, cell)));
    row.addEventListener('click', (event) => {
      if (!radio.disabled && event.target.closest('label') === null) radio.click();
    });
    return row;
  }

  choose(value) {
    this.radios.forEach((radio) => { radio.checked = radio.value === value; });
  }
}
