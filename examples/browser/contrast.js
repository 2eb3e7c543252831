/** Brings ink of any contrast, pencil as well as marker, to full contrast; edgedigit/normalize/contrast.py. */

import { Histogram } from "./histograms.js";

// Grey levels between ink and paper below which there is nothing to see.
const MIN_CONTRAST = 14;
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
  const { noise, stroke, peak } = levelsOf(differences);
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
