/**
 * Makes of a grey picture what the network reads: edgedigit/normalize/pipeline.py, one picture at a time.
 *
 * All steps work on whole numbers, so that the pixels are the same as Python's.
 */

import { stretch } from "./contrast.js";
import { SIDE, fit } from "./fitting.js";
import { abovePaper, level } from "./light.js";
import { isInkDark } from "./polarity.js";
import { blockAverages } from "./resampling.js";
import { keepDigit } from "./selection.js";

export { SIDE };

// Part of a model's configuration: a model works with the normalisation that it was trained on.
export const VERSION = 3;

// Larger pictures are reduced to this, which still is several pixels for each one of the result.
const MAX_SIDE = 256;
// Ink levels (of 255) that count; fainter ones are soft edges.
const INK = 48;

/**
 * Normalises a picture `{ data, width, height }` of grey levels, a Uint8Array row by row.
 *
 * `ink` is "dark" or "light", as the ink is compared to the paper; "auto" finds out. The result has
 * `ink`, a Uint8Array of 28 x 28, bright on 0, all 0 for a blank picture, and `several`: whether
 * the picture shows several digits, of which the ink is one, or more where they are close.
 */
export function normalize(grey, ink = "auto") {
  check(grey, ink);
  const { width, height } = grey;
  let picture = level(blockAverages(grey, Math.ceil(Math.max(width, height) / MAX_SIDE)));
  const isDark = ink === "auto" ? isInkDark(picture) : ink === "dark";
  if (isDark) picture = { ...picture, data: picture.data.map((value) => 255 - value) };
  const stretched = stretch(abovePaper(picture), picture.width, picture.height);
  const { inks, several } = keepDigit(stretched, INK);
  return { ink: fit(inks, INK).data, several };
}

export function check({ data, width, height }, ink) {
  if (!["auto", "dark", "light"].includes(ink)) {
    throw new RangeError(`ink must be "auto", "dark" or "light", not ${ink}`);
  }
  if (!(data instanceof Uint8Array)) throw new TypeError("a grey picture's data is a Uint8Array");
  if (!(width >= 1 && height >= 1 && data.length === width * height)) {
    throw new RangeError(`${data.length} pixels are not a picture of ${width} x ${height}`);
  }
}
