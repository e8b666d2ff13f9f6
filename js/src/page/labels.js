// Names of classes: what the model's metadata has, for an output of so many values.

function listOf(value, count) {
  if (Array.isArray(value)) {
    const names = value.every((label) => ['string', 'number'].includes(typeof label));
    return names && value.length === count ? value.map(String) : null;
  }
  if (value === null || typeof value !== 'object') return null;
  // From index to label, as in {"0": "cat", "1": "dog"}; or the other way round.
  const byIndex = Array.from({length: count}, (_, i) => value[i]);
  if (Object.keys(value).length !== count) return null;
  if (byIndex.every((label) => typeof label === 'string')) return byIndex;
  const byLabel = Object.entries(value).filter(([, i]) => Number.isInteger(i) && i >= 0 && i < count);
  return new Set(byLabel.map(([, i]) => i)).size === count ? byLabel.sort((a, b) => a[1] - b[1]).map(([label]) => label) : null;
}

/** The labels of `count` values of an output, from anything in the metadata that fits; null where nothing does. */
export function labelsFor(metadata, output, count) {
  for (const [key, entry] of Object.entries(metadata ?? {})) {
    if (key === 'totfjs' || key === 'signature') continue;
    const found = listOf(entry?.[output], count) ?? listOf(entry, count)
      ?? Object.values(entry !== null && typeof entry === 'object' ? entry : {}).map((value) => listOf(value, count)).find(Boolean);
    if (found) return found;
  }
  return null;
}
