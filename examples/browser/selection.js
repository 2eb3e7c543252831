/** Which ink is the digit: dirt and neighbours are left out; edgedigit/normalize/main_digit.py. */

import { findComponents, maskOf } from "./components.js";
import { combined, seen, square } from "./morphology.js";

// Shares of the main component's area, and of the digit's longer side.
const SMALL = 0.06;
const LARGE = 0.6;
const GAP = 0.22;
// What the area of a component counts, by how many sides of the picture it reaches; with three it
// spans one, as the edge of a table or of the page does.
const WEIGHTS = [1, 0.35, 0.35, 0.1, 0.35];
// A further digit's area and height, at least, as shares of the digit's; a bar or a foot that is
// broken off is flatter.
const DIGIT_AREA = 0.2;
const DIGIT_HIGH = 0.6;
// What the border cuts off is the part of a neighbour in a crop of one digit, unless nearly all of a
// digit is there, as in a tight crop of several.
const CUT_HIGH = 0.85;
const CUT_WIDE = 0.5;
// So many spots, each about as wide as high and filled, are dots that strokes are made of.
const DOTS = 6;
const DOT_SIDES = 0.6;
const DOT_AREA = 0.65;
const DOT_REACH = 0.4;

/**
 * Blanks all ink but the digit's, and says whether there are several digits.
 *
 * The main component is the largest one, rather whole than cut off by the border. With it stay its
 * other strokes: parts that are close to it, as the bar of a 5 is. Ink as large as the digit stays
 * too, so that several digits are not taken for one.
 */
export function keepDigit(inks, level) {
  const { data, width, height } = inks;
  const mask = seen(inks, level);
  const { found, grown } = joinedDots(mask);
  // Most pictures have one component, and nothing to choose from.
  if (found.parts.length < 2 && grown === mask) {
    return { inks: withEdges(inks, mask), several: false };
  }
  const { kept: chosen, further } = choose(found);
  const own = maskOf(found, chosen);
  const kept = combined(own, mask, Math.min);
  const near = withEdges(inks, kept).data;
  const digit = near.map((value, i) => (own.data[i] || !grown.data[i] ? value : 0));
  return { inks: { data: digit, width, height }, several: further.includes(true) };
}

/** Ink that counts, and fainter one beside it, which may be a soft edge. */
function withEdges({ data, width, height }, kept) {
  const near = square(kept, 2 + Math.floor(Math.max(width, height) / 128)).data;
  return { data: data.map((value, i) => (near[i] ? value : 0)), width, height };
}

/** The components, with dots near each other, as those of a display, as one; and their mask. */
function joinedDots(mask) {
  const found = findComponents(mask);
  const dots = found.parts.filter(({ high, wide, area }) => {
    const isRound = Math.min(high, wide) >= DOT_SIDES * Math.max(high, wide);
    return isRound && area >= DOT_AREA * high * wide;
  });
  if (dots.length < DOTS) return { found, grown: mask };
  const reach = Math.round(DOT_REACH * median(dots.map(({ high, wide }) => Math.max(high, wide))));
  const { width, height } = mask;
  const larger = square(mask, reach).data;
  // What the border does not cut off is not to reach it.
  const isInside = (x, y) => x > 0 && y > 0 && x < width - 1 && y < height - 1;
  const data = mask.data.map((value, i) =>
    isInside(i % width, Math.floor(i / width)) ? larger[i] : value,
  );
  const grown = { data, width, height };
  return { found: findComponents(grown), grown };
}

function median(values) {
  const sorted = values.slice().sort((one, other) => one - other);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2;
}

/** Which components are kept, and which are further digits. */
function choose({ parts, width, height }) {
  for (const part of parts) {
    part.sides =
      (part.top === 0) + (part.left === 0) + (part.bottom === height) + (part.right === width);
  }
  const score = (part) => part.area * WEIGHTS[part.sides];
  const main = parts.reduce((best, part) => (score(part) > score(best) ? part : best));
  let kept = parts.map((part) => part === main);
  // Twice, because a part may hang on another part.
  for (let round = 0; round < 2; round++) {
    const box = boxAround(parts.filter((_, k) => kept[k]));
    kept = parts.map((part, k) => kept[k] || belongs(part, main, box));
  }
  return { kept, further: parts.map((part) => isFurtherDigit(part, main)) };
}

function boxAround(parts) {
  const box = { ...parts[0] };
  for (const { top, bottom, left, right } of parts) {
    box.top = Math.min(box.top, top);
    box.bottom = Math.max(box.bottom, bottom);
    box.left = Math.min(box.left, left);
    box.right = Math.max(box.right, right);
  }
  return box;
}

/** Whether a part is one of the strokes of the digit, whose box is known so far, or as large. */
function belongs(part, main, { top, bottom, left, right }) {
  // What is small is dirt; what the border cuts off a neighbour, unless the digit is cut off too.
  const size = part.area / main.area;
  if (size <= SMALL || (part.sides > 0 && main.sides === 0)) return false;
  const gap = Math.max(part.top - bottom, top - part.bottom, part.left - right, left - part.right);
  return gap <= GAP * Math.max(bottom - top, right - left) || size >= LARGE;
}

/** Whether a component is as much of a digit as the one that is taken for it. */
function isFurtherDigit(part, main) {
  const high = part.high / main.high;
  const isLarge = part.area / main.area >= DIGIT_AREA && high >= DIGIT_HIGH;
  // A frame reaches all sides.
  const isWhole = high >= CUT_HIGH && part.wide >= CUT_WIDE * main.wide && part.sides < 4;
  return part !== main && isLarge && (part.sides === 0 || isWhole);
}
