// The page that `totfjs serve` shows: it loads the model that lies beside it, checks it, and runs it.

import {fetchModel} from '../loader/check.js';
import {facts} from './about.js';
import {availableBackends} from './availability.js';
import {announce, element, painted} from './dom.js';
import {Loading} from './loading.js';
import {explain, problemBox} from './problem.js';
import {Workbench} from './workbench.js';

const main = document.getElementById('main');

// The heavy part, asked for after the first paint and while the model's bytes come.
const tensorflow = () => import('./runtime.js');

// What the server knows of the model; files on any other server lie in the same places, and nobody tells.
async function readInfo() {
  const model = new URLSearchParams(location.search).get('model') ?? '';
  const unknown = {name: model.split('/').at(-1) || 'Model', model, models: []};
  try {
    const response = await fetch(`_totfjs/info${location.search}`);
    return response.ok ? {...unknown, ...await response.json()} : unknown;
  } catch {
    return unknown;
  }
}

function address(model) {
  const folders = model.split('/').filter(Boolean).map((name) => `${encodeURIComponent(name)}/`);
  return new URL(`model/${folders.join('')}model.json`, document.baseURI).href;
}

function showModels({model, models}) {
  const link = ({name, path}) => element('li', {}, element('a', {
    href: `?model=${encodeURIComponent(path)}`, 'aria-current': path === model ? 'page' : null,
  }, path || name));
  const nav = document.getElementById('models');
  nav.hidden = models.length < 2;
  nav.replaceChildren(element('details', {}, element('summary', {}, `${models.length} models`), element('ul', {}, models.map(link))));
}

function show(...nodes) {
  main.replaceChildren(...nodes);
}

async function open() {
  const loading = new Loading();
  show(loading.element);
  try {
    await painted();
    const heavy = tensorflow();
    heavy.catch(() => {});
    const [{json, buffers}, available] = await Promise.all([
      fetchModel(address(info.model), {onProgress: (progress) => loading.update(progress), versioned: true}), availableBackends(),
    ]);
    loading.say('Starting TensorFlow.js');
    const {Runtime, version} = await heavy;
    document.getElementById('versions').textContent = `TensorFlow.js ${version}`;
    const runtime = new Runtime(json, buffers);
    await runtime.use(available.find(({reason}) => reason === null).name);
    const bench = new Workbench(runtime, json, available);
    document.getElementById('facts').textContent = facts(json, buffers, runtime.layers);
    show(bench.element);
    await bench.showDevice();
    announce('The model is ready.');
  } catch (error) {
    document.getElementById('facts').textContent = 'Not loaded.';
    show(element('section', {}, element('h2', {}, 'The model cannot be loaded'),
      problemBox(explain(error, 'Loading the model'), [['Try again', open]])));
    main.querySelector('button')?.focus();
  }
}

const info = await readInfo();
document.getElementById('name').textContent = info.name;
document.title = `${info.name} · totfjs`;
showModels(info);
await open();
