/** Whether there are several digits: ink of a digit's size near the digit; edgedigit/normalize/main_digit.py. */

// How unlike in size two digits are at most: the smaller one's longer side, its height and its area
// as shares of the larger one's. A foot or a bar that is broken off is flat, noise is thin.
const LONGER = 0.75;
const HIGH = 0.55;
const AREA = 0.2;
// The same for what the border cuts off: it is the part of a neighbour in a crop of one digit,
// unless nearly all of a digit is there, as in a tight crop of several.
const CUT_HIGH = 0.85;
const CUT_WIDE = 0.5;
// How far the boxes of slanted digits in a row reach below each other, and the smallest gap between
// lines, in the digit's longer sides.
const REACH = 0.05;
const LINE_GAP = 0.15;
// How much of the lower one lies beside the other one, and of the narrower one below or above it.
const BESIDE = 0.7;
const BELOW = 0.5;

/** Whether a component is as much of a digit as the one taken for it, `own`, and apart from it. */
export function isFurtherDigit(part, own, isCut) {
  const unit = Math.max(own.high, own.wide);
  const isAlike =
    alike(Math.max(part.high, part.wide), unit, LONGER) &&
    alike(part.high, own.high, HIGH) &&
    part.area > AREA * own.area &&
    (!isCut || (alike(part.high, own.high, CUT_HIGH) && part.wide >= CUT_WIDE * own.wide));
  // Negative where they overlap.
  const xGap = Math.max(part.left - own.right, own.left - part.right);
  const yGap = Math.max(part.top - own.bottom, own.top - part.bottom);
  const inRow = xGap > -REACH * unit && -yGap >= BESIDE * Math.min(part.high, own.high);
  const inColumn = yGap > LINE_GAP * unit && -xGap >= BELOW * Math.min(part.wide, own.wide);
  // A thin stroke lies beside itself: the gap to its own box is minus its width.
  return part !== own && isAlike && (inRow || inColumn);
}

/** Whether two sizes are the same, up to a ratio, in either direction. */
function alike(one, other, least) {
  return one >= least * other && other >= least * one;
}
