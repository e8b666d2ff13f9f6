// Elements in one expression, and what is told to those who listen to the page.

let count = 0;

/** An id that no other element has. */
export function uniqueId(prefix) {
  return `${prefix}-${++count}`;
}

function assign(node, name, value) {
  if (value === undefined || value === null) return;
  if (name === 'on') Object.entries(value).forEach(([event, listener]) => node.addEventListener(event, listener));
  else if (name === 'class') node.className = value;
  else if (name in node && !name.includes('-')) node[name] = value;
  else node.setAttribute(name, value === true ? '' : value);
}

/** An element with its properties or attributes, its listeners under `on`, and its children: nodes, texts or null. */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  Object.entries(properties).forEach(([name, value]) => assign(node, name, value));
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return node;
}

/** A button that does not submit anything. */
export function button(label, onClick, properties = {}) {
  return element('button', {type: 'button', class: 'button', ...properties, on: {click: onClick}}, label);
}

/** A control below its label; `hint` is read with it. */
export function field(label, control, hint = null) {
  control.id ||= uniqueId('field');
  const note = hint === null ? null : element('small', {id: uniqueId('hint'), class: 'hint'}, hint);
  if (note !== null) control.setAttribute('aria-describedby', note.id);
  return element('div', {class: 'field'}, element('label', {htmlFor: control.id}, label), control, note);
}

/** A select of [value, label] pairs. */
export function select(options, chosen, onChange) {
  const nodes = options.map(([value, label]) => element('option', {value, selected: value === chosen}, label));
  return element('select', {on: {change: (event) => onChange(event.target.value)}}, nodes);
}

/** A checkbox before its label. */
export function checkbox(label, checked, onChange) {
  const box = element('input', {type: 'checkbox', checked, on: {change: () => onChange(box.checked)}});
  return element('label', {class: 'check'}, box, label);
}

/** Radio buttons that look like one switch: rows are {value, label, disabled, reason}. */
export function choice(legend, rows, chosen, onChange, className = '') {
  const name = uniqueId('choice');
  const option = ({value, label, disabled = false, reason = null}) => {
    const note = reason === null ? null : element('small', {id: uniqueId('reason'), class: 'reason'}, reason);
    const radio = element('input', {
      type: 'radio', name, value, disabled, checked: value === chosen, 'aria-describedby': note?.id, on: {change: () => onChange(value)},
    });
    return element('label', {class: 'option'}, radio, element('span', {class: 'option-label'}, label), note);
  };
  return element('fieldset', {class: `choice ${className}`}, element('legend', {}, legend), element('div', {class: 'options'}, rows.map(option)));
}

/** Says something through the live region; what was said before is taken back. */
export function announce(text) {
  document.getElementById('status').textContent = text;
}

/** Resolves when the browser has painted what the page shows now. */
export function painted() {
  return new Promise((resolve) => {
    // A hidden page paints nothing, and its frames never come.
    const late = setTimeout(resolve, 100);
    requestAnimationFrame(() => setTimeout(() => {
      clearTimeout(late);
      resolve();
    }));
  });
}
