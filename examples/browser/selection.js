/** Which ink is the digit: specks, neighbours and the paper's end are left out; edgedigit/normalize/main_digit.py. */

import { findComponents, maskOf } from "./components.js";
import { combined, seen, square } from "./morphology.js";
import { isFurtherDigit } from "./several.js";

// Shares of the main component's area, or of its longer side.
const SPECK = 0.005;
const SMALL = 0.12;
const LARGE = 0.6;
const SMALL_GAP = 0.12;
const GAP = 0.22;
// How many times longer than high a line at least is, which is no digit.
const LINE = 8;
// How far into the picture, as a share of it, its edge reaches at most.
const EDGE = 0.15;
// Widest part of a neighbour that the border cuts off, in widths of the digit.
const PART = 0.8;
// The longer side of a dot, at most, as a share of the digit's.
const DOT = 0.3;
// How far beside the digit, as a share of its longer side, a small part still is over or under it.
const BESIDE = 0.1;
// So many spots, each about as wide as high and filled, are dots that strokes are made of.
const DOTS = 6;
const DOT_SIDES = 0.6;
const DOT_AREA = 0.65;
const DOT_REACH = 0.4;

/**
 * Blanks all ink but the digit's, and says whether there are several digits.
 *
 * The main component is a large one near the middle, rather whole than cut off by the border.
 * With it stay its other strokes: parts that are close to it, as the bar of a 5 is, and smaller
 * ones only over or under it, for a dot beside a digit is none of its strokes. Ink as large as
 * the digit stays too, so that several digits are not taken for one; what the left or right
 * border cuts off beside a digit that it leaves whole does not.
 */
export function keepDigit(inks, level) {
  const { data, width, height } = inks;
  const mask = seen(inks, level);
  const { found, grown } = joinedDots(mask);
  const { parts } = found;
  for (const part of parts) {
    part.sides =
      (part.top === 0) + (part.left === 0) + (part.bottom === height) + (part.right === width);
  }
  const narrow = ({ high, wide }) => Math.min(high / height, wide / width) <= EDGE;
  // What lies along one whole side of the picture is the paper's end, or a shadow's.
  let chosen = parts.map((part) => !(part.sides === 3 && narrow(part)));
  let several = false;
  // Most pictures have one component, and nothing to choose from.
  if (parts.length > 1) {
    const { kept, further } = choose(found);
    chosen = chosen.map((yes, k) => yes && kept[k]);
    several = further.includes(true);
  }
  const own = maskOf(found, chosen);
  const kept = combined(own, mask, Math.min);
  // Ink fainter than the level counts where it may be a soft edge.
  const near = square(kept, 2 + Math.floor(Math.max(width, height) / 128)).data;
  const digit = data.map((value, i) => (near[i] && (own.data[i] || !grown.data[i]) ? value : 0));
  return { inks: { data: digit, width, height }, several };
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
function choose(found) {
  const { parts, width, height } = found;
  const isLine = parts.map((part) => part.wide >= LINE * part.high);
  const scores = parts.map((part, k) => {
    const down = Math.abs(part.top + part.bottom - height);
    const right = Math.abs(part.left + part.right - width);
    const offCentre = 3 * (Math.max(down, right) / (2 * Math.max(width, height)));
    // What spans a whole side of the picture is the edge of a table or of the page.
    const share = part.sides === 3 ? 0.1 : part.sides ? 0.35 : 1;
    const score = (part.area / (1 + offCentre * offCentre)) * share;
    return isLine[k] ? score * 1e-6 : score;
  });
  const best = scores.reduce((main, score, k) => (score > scores[main] ? k : main), 0);
  const main = parts[best];
  const isNeighbour = parts.map((part) => neighbour(part, main, width));
  let kept = parts.map((_, k) => k === best);
  // Twice, because a part may hang on another part.
  for (let round = 0; round < 2; round++) {
    const box = boxAround(parts.filter((_, k) => kept[k]));
    kept = parts.map((part, k) => kept[k] || (!isNeighbour[k] && belongs(part, main, box)));
  }
  const further = parts.map(
    (part, k) => !isLine[k] && !isLine[best] && isFurtherDigit(part, main, part.sides > 0),
  );
  return { kept, further };
}

/** What the left or right border cuts off, beside a digit that neither does. */
function neighbour(part, main, width) {
  const atSide = ({ left, right }) => left === 0 || right === width;
  // A level stroke may be the bar of a 5. As wide as the digit, it may be a whole one in a tight
  // crop of several.
  return atSide(part) && !atSide(main) && part.high > part.wide && part.wide < PART * main.wide;
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

/** Whether a part is one of the strokes of the digit, whose box is known so far. */
function belongs(part, main, { top, bottom, left, right }) {
  // What the border cuts off is a neighbour, unless the digit is cut off as well.
  if (part.sides > 0 && main.sides === 0) return false;
  const longest = Math.max(bottom - top, right - left);
  const size = part.area / main.area;
  const gap = Math.max(part.top - bottom, top - part.bottom, part.left - right, left - part.right);
  const middle = (part.left + part.right) / 2;
  // A full stop: low, and beside the digit.
  const isLow = part.top + part.bottom > top + bottom;
  if (isLow && middle > right && Math.max(part.high, part.wide) < DOT * longest) return false;
  if (size >= LARGE) return true;
  if (size >= SMALL) return gap <= GAP * longest;
  const isBeside = Math.max(left - middle, middle - right) > BESIDE * longest;
  return gap <= SMALL_GAP * longest && !isBeside && size > SPECK;
}
