/** The connected components of a mask, by runs of pixels; edgedigit/raster/components.py. */

/**
 * Finds the components, 8-connected, in the order of their first pixels.
 *
 * The result has the `parts`, with `top`, `left` and, each one after the last, `bottom` and
 * `right`, `high`, `wide` and `area`; and the `runs`, flat: row, start, end, number of the part.
 */
export function findComponents({ data, width, height }) {
  const runs = [];
  const label = [];
  let above = 0;
  for (let y = 0; y < height; y++) {
    const first = label.length;
    for (let x = 0; x < width; x++) {
      if (!data[y * width + x]) continue;
      const start = x;
      while (x < width && data[y * width + x]) x += 1;
      // Runs of the row above that touch, also diagonally, are joined with this one.
      while (above < first && (runs[4 * above] < y - 1 || runs[4 * above + 2] < start)) above += 1;
      let own = label.length;
      label.push(own);
      for (let other = above; other < first && runs[4 * other + 1] <= x; other++) {
        own = joined(label, own, other);
      }
      runs.push(y, start, x, 0);
    }
  }
  return { parts: measured(runs, label), runs, width, height };
}

/** The pixels of the components that are chosen, a list of booleans, as a mask. */
export function maskOf({ runs, width, height }, chosen) {
  const data = new Uint8Array(width * height);
  for (let i = 0; i < runs.length; i += 4) {
    const row = runs[i] * width;
    if (chosen[runs[i + 3]]) data.fill(1, row + runs[i + 1], row + runs[i + 2]);
  }
  return { data, width, height };
}

/** Gives two runs, and all that they were joined with, the smaller one's label. */
function joined(label, one, other) {
  const [first, second] = [root(label, one), root(label, other)];
  const smaller = Math.min(first, second);
  label[first] = label[second] = smaller;
  return smaller;
}

/** Where a label leads to; the way there is shortened. */
function root(label, run) {
  while (label[run] !== run) run = label[run] = label[label[run]];
  return run;
}

/** Numbers the components, in the runs too, and measures them. */
function measured(runs, label) {
  const parts = [];
  const numbers = new Int32Array(label.length);
  for (let run = 0; run < label.length; run++) {
    const first = root(label, run);
    const [row, start, end] = [runs[4 * run], runs[4 * run + 1], runs[4 * run + 2]];
    if (first === run) {
      numbers[run] = parts.length;
      parts.push({ top: row, bottom: row, left: start, right: end, area: 0 });
    }
    const number = (runs[4 * run + 3] = numbers[first]);
    const part = parts[number];
    part.bottom = row + 1;
    part.left = Math.min(part.left, start);
    part.right = Math.max(part.right, end);
    part.area += end - start;
  }
  for (const part of parts) {
    part.high = part.bottom - part.top;
    part.wide = part.right - part.left;
  }
  return parts;
}
