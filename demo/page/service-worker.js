// Keeps the files of the page, so that it works without a network. `build-site` writes the version and the files, all of which
// belong together: what is kept is not asked for again until there is another version.

const VERSION = 'unbuilt';
const FILES = [];

const PREFIX = `digits ${self.registration.scope} `;
const CACHE = `${PREFIX}${VERSION}`;
const START = new URL('./', self.registration.scope).href;

async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES.map((file) => new Request(new URL(file, START), {cache: 'no-cache'})));
}

async function activate() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function fetched(request, cache) {
  const response = await fetch(request);
  if (response.ok && response.status === 200) await cache.put(request.url, response.clone());
  return response;
}

// The loader asks past all caches for a file that is not what it should be.
async function answer(request) {
  const cache = await caches.open(CACHE);
  const url = request.mode === 'navigate' ? START : request.url;
  const kept = request.cache === 'reload' ? undefined : await cache.match(url, {ignoreVary: true});
  return kept ?? fetched(request, cache);
}

async function keep(urls) {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(urls.map(async (url) => {
      if (await cache.match(url, {ignoreVary: true}) === undefined) await cache.add(url);
    }));
    return true;
  } catch {
    return false;
  }
}

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));

self.addEventListener('fetch', (event) => {
  const {request} = event;
  const ours = request.method === 'GET' && request.url.startsWith(START) && !request.headers.has('range');
  const page = request.mode !== 'navigate' || [START, `${START}index.html`].includes(request.url.split(/[?#]/)[0]);
  if (ours && page) event.respondWith(answer(request));
});

self.addEventListener('message', (event) => {
  const {keep: urls, take} = event.data;
  if (take) self.skipWaiting();
  if (urls !== undefined) event.waitUntil(keep(urls.filter((url) => url.startsWith(START))).then((kept) => event.ports[0].postMessage({kept})));
});
