/** Brings ink to where MNIST's is: in 20 x 20, its mass in the middle of 28; edgedigit/normalize/fitting.py. */

import { cross, seen, square, strokeWidth } from "./morphology.js";
import { UNIT, resample, rint } from "./resampling.js";

export const SIDE = 28;
const BOX = 20;

// Thinnest strokes, in pixels of the result, that are left as they are.
const STROKE = 1.9;

/**
 * Scales ink into the 20 x 20 box and centres its mass in 28 x 28.
 *
 * Strokes that would be thinner there than MNIST's are thickened first. `level` is the smallest
 * value that counts for the box; fainter edges may lie outside.
 */
export function fit(inks, level) {
  let box = boxOf(inks, level);
  if (box === null) return { data: new Uint8Array(SIDE * SIDE), width: SIDE, height: SIDE };
  const wide = widened(inks, box.longest);
  if (wide !== inks) box = boxOf(wide, level);
  const { data, width, height } = wide;
  const rows = new Float64Array(height);
  const columns = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      rows[y] += data[y * width + x];
      columns[x] += data[y * width + x];
    }
  }
  return resample(
    wide,
    weightsOf(rows, box.top, box.longest),
    weightsOf(columns, box.left, box.longest),
  );
}

/** First row and first column of the ink, and its longer side; null where there is none. */
function boxOf({ data, width, height }, level) {
  let [top, bottom, left, right] = [height, 0, width, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] < level) continue;
      top = Math.min(top, y);
      bottom = y + 1;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
    }
  }
  return bottom ? { top, left, longest: Math.max(bottom - top, right - left) } : null;
}

/** Thickens strokes that would be thinner in the box than MNIST's are. */
function widened(inks, longest) {
  const missing = (STROKE * longest) / BOX - strokeWidth(seen(inks, 128));
  const steps = missing > 0 ? rint(missing / 2) : 0;
  // A cross and a square in turn make an octagon.
  for (let step = 1; step <= steps; step++) inks = step % 2 ? cross(inks) : square(inks, 1);
  return inks;
}

/** Triangle-filter weights that bring an axis, with so much mass at each pixel, into the box. */
function weightsOf(mass, start, longest) {
  let total = 0;
  let moment = 0;
  mass.forEach((value, pixel) => {
    total += value;
    moment += value * (2 * pixel + 1);
  });
  const scale = BOX / longest;
  // Whole pixels, so that a picture that fits already is not blurred. MNIST's centres of mass lie
  // in the pixel right of, and below, the middle.
  const offset = Math.ceil(SIDE / 2 - (moment / (2 * total) - start) * scale);
  const support = Math.max(1 / scale, 1);
  return Array.from({ length: SIDE }, (_, place) => {
    const source = (place + 0.5 - offset) / scale + start;
    const first = Math.floor(source - support - 0.5);
    const values = Array.from({ length: Math.floor(2 * support) + 3 }, (_, i) =>
      rint(Math.max(1 - Math.abs(first + i + 0.5 - source) / support, 0) * UNIT),
    );
    // Beyond the picture there is paper, which weighs as much as what is inside.
    const sum = values.reduce((one, other) => one + other, 0);
    const whole = values.map((value) => rint((value / sum) * UNIT));
    const outside = Math.max(-first, 0);
    const inside = whole.slice(outside, Math.max(mass.length - first, 0));
    return { first: first + outside, values: inside };
  });
}
