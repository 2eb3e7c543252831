/** Brings ink of any contrast, pencil as well as marker, to full contrast; edgedigit/normalize/contrast.py. */

import { Histogram } from "./histograms.js";

// Grey levels between ink and paper below which there is nothing to see.
const MIN_CONTRAST = 14;
// Ink less than so many times as bright as the paper's noise is averaged, in pictures of this size.
const GRAINY = 4;
const GRAINY_SIDE = 64;
// Differences are counted from the lowest on; so many there may be.
const LOWEST = -256;
const LEVELS = 512;

/**
 * Brings ink on paper to full contrast; no ink makes all 0.
 *
 * The level of the paper's noise becomes 0, that of the typical stroke 255. It takes how much
 * brighter than the paper each pixel is, and gives a picture.
 */
export function stretch(differences, width, height) {
  let levels = levelsOf(differences);
  // Faint pencil on grainy paper stands out better when neighbours are averaged.
  const grainy = levels.noise > 0 && levels.peak < GRAINY * levels.noise;
  if (grainy && Math.min(width, height) >= GRAINY_SIDE) {
    differences = averaged(differences, width, height);
    levels = levelsOf(differences);
  }
  const { noise, stroke, peak } = levels;
  const data = new Uint8Array(differences.length);
  if (peak - noise >= MIN_CONTRAST) {
    // What becomes of each level, to be looked up for each pixel.
    const stretched = Uint8Array.from({ length: LEVELS }, (_, place) => {
      const above = Math.max(place + LOWEST - noise, 0);
      return Math.min(Math.floor((above * 255) / (stroke - noise)), 255);
    });
    differences.forEach((value, i) => (data[i] = stretched[value - LOWEST]));
  }
  return { data, width, height };
}

/** How much brighter than the paper its noise, the typical stroke and the brightest ink are. */
function levelsOf(differences) {
  const found = new Histogram(differences, LEVELS, LOWEST);
  const size = found.size;
  // At least a quarter of a picture is paper, whose noise its darkest pixels show.
  const low = found.atRank(Math.floor(size / 10) + 1);
  const middle = found.atRank(Math.floor(size / 4) + 1);
  // One pixel in 1,000 may be glare or dirt.
  const peak = found.atRank(size - Math.floor(size / 1000));
  const noise = Math.max(middle + 7 * (middle - low), 0);
  const half = Math.min(Math.floor((noise + peak) / 2), 255);
  const ink = size - found.upTo(half);
  const stroke = found.atRank(size - Math.floor(ink / 2));
  return { noise, stroke: Math.max(stroke, noise + 1), peak };
}

/** Each pixel with its neighbours, weighted 1 2 1 in both directions. */
function averaged(differences, width, height) {
  const result = new Int16Array(differences.length);
  for (let y = 0; y < height; y++) {
    const rows = [Math.max(y - 1, 0), y, Math.min(y + 1, height - 1)].map((row) => row * width);
    const inRows = (x) =>
      differences[rows[0] + x] + 2 * differences[rows[1] + x] + differences[rows[2] + x];
    for (let x = 0; x < width; x++) {
      const both = inRows(Math.max(x - 1, 0)) + 2 * inRows(x) + inRows(Math.min(x + 1, width - 1));
      result[y * width + x] = Math.floor((both + 8) / 16);
    }
  }
  return result;
}
