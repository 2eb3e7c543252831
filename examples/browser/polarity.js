/** Decides whether ink is darker or lighter than its paper; edgedigit/normalize/polarity.py. */

import { Histogram, twiceMedian } from "./histograms.js";

// So many pixels per side are looked at.
const SAMPLE = 96;
// The border is this share of the shorter side wide.
const BORDER = 12;

/**
 * Whether the ink is darker than the paper.
 *
 * Paper is what lies along the border and what there is most of; ink lies far from it on one
 * side. The third power counts how far more than how much.
 */
export function isInkDark(picture) {
  const sample = sampled(picture);
  const edge = Math.max(1, Math.floor(Math.min(sample.width, sample.height) / BORDER));
  const { counts } = new Histogram(sample.data, 256);
  // In quarters of a grey level, because a median may lie between two of them.
  const paper = twiceMedian(sample.data) + twiceMedian(border(sample, edge));
  let balance = 0;
  counts.forEach((count, grey) => {
    const distance = 4 * grey - paper;
    balance += distance * distance * distance * count;
  });
  return balance < 0;
}

/** Every so many pixels, so that no side is longer than 96. */
function sampled({ data, width, height }) {
  const step = Math.ceil(Math.max(width, height) / SAMPLE);
  const result = [];
  for (let y = 0; y < height; y += step) {
    for (let x = 0; x < width; x += step) result.push(data[y * width + x]);
  }
  const columns = Math.ceil(width / step);
  return { data: Uint8Array.from(result), width: columns, height: result.length / columns };
}

/** The pixels along the top, the bottom, the left and the right; those in corners count twice. */
function border({ data, width, height }, edge) {
  const pixels = [];
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width);
    if (y < edge) pixels.push(...row);
    if (y >= height - edge) pixels.push(...row);
    pixels.push(...row.subarray(0, edge), ...row.subarray(width - edge));
  }
  return pixels;
}
