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
