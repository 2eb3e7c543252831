/**
 * Takes the lines of ruled and squared paper, and of forms, out of a picture; edgedigit/normalize/ruled_lines.py.
 *
 * A rule is thin, long, and ends at the border; a digit's stroke that crosses it makes it locally
 * thick, which leaves the stroke whole, as in the removal of staff lines from sheet music (Dalitz,
 * Droettboom, Pranzas and Fujinaga, "A comparative study of staff removal algorithms", 2008).
 */

import { findComponents, maskOf } from "./components.js";
import { closed, combined, cross, opened, seen, turned, without } from "./morphology.js";
import { rint } from "./resampling.js";

// In smaller pictures a rule is as thick as a stroke, and the bar of a 7 as long as a rule.
const MIN_SIDE = 40;
// Shares of the picture's side.
const THICKEST = 0.012;
const SHORTEST = 0.25;
const PIECES = 0.4;
const STEEPEST = 0.12;
// Ink left without the rules, as a share of the longer side, that is worth their removal.
const REST = 0.08;
// A rule beside the digit is known in smaller pictures too, and when it is thicker, for it goes all
// the way from top to bottom. The stem of a 9 may do so as well, but leaves no high part.
const BESIDE_MIN_SIDE = 20;
const BESIDE_THICKEST = 0.1;
const BESIDE_MOST = 6;
const BESIDE_STEEPEST = 0.06;
const BESIDE_REST = 0.6;

/** Blanks the rules in a picture that has something else as well. */
export function removeRules(inks, level) {
  const { width, height } = inks;
  const side = Math.min(width, height);
  if (side >= MIN_SIDE) {
    // So near to two opposite sides there is ink where there are rules; gaps are bridged.
    const margin = 2 * thickestOf(inks) + 3;
    const inRows = (top, bottom) => hasInk(inks, level, top, bottom, 0, width);
    const inColumns = (left, right) => hasInk(inks, level, 0, height, left, right);
    const mayBeRuled =
      (inColumns(0, margin) && inColumns(width - margin, width)) ||
      (inRows(0, margin) && inRows(height - margin, height));
    if (mayBeRuled) inks = withoutRuling(inks, level);
  }
  const goesThrough =
    hasInk(inks, level, 0, 1, 0, width) && hasInk(inks, level, height - 1, height, 0, width);
  return side >= BESIDE_MIN_SIDE && goesThrough ? withoutBeside(inks, level) : inks;
}

function hasInk({ data, width }, level, top, bottom, left, right) {
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) if (data[y * width + x] >= level) return true;
  }
  return false;
}

/** How thick the rules of ruled paper are at most. */
function thickestOf({ width, height }) {
  return Math.max(2, rint(THICKEST * Math.max(width, height)));
}

/** Leaves out the lines of ruled and squared paper. */
function withoutRuling(inks, level) {
  const mask = seen(inks, level);
  const thickest = thickestOf(inks);
  const flat = levelRules(mask, thickest);
  const lying = levelRules(turned(mask), thickest);
  const upright = { thin: turned(lying.thin), lines: turned(lying.lines) };
  // Where rules cross, neither is thin.
  const rules = combined(
    combined(flat.lines, combined(flat.thin, upright.lines, or), and),
    combined(upright.lines, upright.thin, and),
    or,
  );
  const { high, wide } = largestPart(without(mask, rules));
  const worth = Math.max(high, wide) >= REST * Math.max(inks.width, inks.height);
  return worth ? blanked(inks, mask, rules) : inks;
}

/** Leaves out upright rules left and right of the picture's middle half. */
function withoutBeside(inks, level) {
  const { width, height } = inks;
  const mask = seen(inks, level);
  const thickest = Math.min(Math.max(2, rint(BESIDE_THICKEST * width)), BESIDE_MOST);
  // Lying down, as level rules.
  const lying = turned(mask);
  const thin = without(lying, opened(lying, thickest + 1, "y"));
  const joined = closed(thin, thickest + 1);
  // Closing lengthens what ends near the border.
  for (let i = 0; i < joined.data.length; i++) {
    const x = i % height;
    if (x <= thickest || x >= height - thickest - 1) joined.data[i] = thin.data[i];
  }
  const found = findComponents(joined);
  const isRule = found.parts.map(
    (part) =>
      part.left === 0 &&
      part.right === height &&
      part.high <= thickest + BESIDE_STEEPEST * height &&
      2 * Math.abs(part.top + part.bottom - width) > width,
  );
  const rules = turned(combined(maskOf(found, isRule), thin, and));
  const worth = largestPart(without(mask, rules)).high >= BESIDE_REST * height;
  return worth ? blanked(inks, mask, rules) : inks;
}

/** Blanks rules with their soft edges, as far as these are not a stroke's. */
function blanked({ data, width, height }, mask, rules) {
  const removed = combined(rules, without(cross(rules), mask), or).data;
  return { data: data.map((value, i) => (removed[i] ? 0 : value)), width, height };
}

/** Pixels of short upright runs, and the level rules that such pixels make up. */
function levelRules(mask, thickest) {
  const { width, height } = mask;
  const thin = without(mask, opened(mask, thickest + 1, "y"));
  // Across what crosses the rule.
  const reach = thickest + 1;
  const found = findComponents(closed(thin, reach));
  const { parts } = found;
  const isFlat = parts.map((part) => part.high <= 2 * thickest);
  const atLeft = parts.map((part) => part.left <= reach);
  const atRight = parts.map((part) => part.right >= width - reach);
  // Strokes cut a rule into pieces, which lie in the same rows.
  const pieces = lengthBeside(parts, height, isFlat);
  const endsAtBorder = parts.map(({ wide, high }, k) => {
    const isWhole = wide >= SHORTEST * width && high <= 2 * thickest + STEEPEST * wide;
    return (atLeft[k] || atRight[k]) && (isWhole || (isFlat[k] && pieces[k] >= PIECES * width));
  });
  const flatRules = lengthBeside(
    parts,
    height,
    isFlat.map((yes, k) => yes && endsAtBorder[k]),
  );
  const isRule = parts.map((_, k) => endsAtBorder[k] || (isFlat[k] && flatRules[k] > 0));
  // A stroke may end at the border, but rules do so on both sides of the picture.
  const reachesBoth = [atLeft, atRight].every((at) => isRule.some((yes, k) => yes && at[k]));
  return { thin, lines: maskOf(found, reachesBoth ? isRule : []) };
}

/** How long the chosen components are together that lie in the middle row of each one. */
function lengthBeside(parts, height, chosen) {
  const change = new Int32Array(height + 1);
  parts.forEach(({ top, bottom, wide }, k) => {
    if (!chosen[k]) return;
    change[top] += wide;
    change[bottom] -= wide;
  });
  let total = 0;
  const inRow = change.map((length) => (total += length));
  return parts.map(({ top, bottom }) => inRow[Math.floor((top + bottom) / 2)]);
}

/** How high and how wide a mask's components are at most; 0 where there is none. */
function largestPart(mask) {
  let [high, wide] = [0, 0];
  for (const part of findComponents(mask).parts) {
    high = Math.max(high, part.high);
    wide = Math.max(wide, part.wide);
  }
  return { high, wide };
}

const and = (one, other) => one & other;
const or = (one, other) => one | other;
