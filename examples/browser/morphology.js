/**
 * Minima and maxima over the neighbours of each pixel; edgedigit/raster/morphology.py.
 *
 * A mask is a picture of 0 and 1. What is bright, or 1, grows or shrinks; along an axis that is "y",
 * up and down, or "x", left and right.
 */

export const GROW = 1;
export const SHRINK = -1;

/** The mask of the pixels that are of at least some level. */
export function seen({ data, width, height }, level) {
  return { data: data.map((value) => (value >= level ? 1 : 0)), width, height };
}

/** Combines masks pixel by pixel. */
export function combined({ data, width, height }, other, combine) {
  return { data: data.map((value, i) => combine(value, other.data[i])), width, height };
}

/** The extreme of each pixel and those up to so many before and behind it along an axis. */
export function extreme(picture, reach, axis, change) {
  const margin = Math.min(reach, (axis === "y" ? picture.height : picture.width) - 1);
  const { line, step, stride } = laidOut(picture, margin, axis, change === GROW ? 0 : 255);
  slide(line, 2 * margin + 1, step, change);
  return stacked(line, stride, picture);
}

/** The brightest pixel of the square around each pixel. */
export function square(picture, reach) {
  return extreme(extreme(picture, reach, "y", GROW), reach, "x", GROW);
}

/** The brightest of each pixel and the four beside it. */
export function cross(picture) {
  const upright = extreme(picture, 1, "y", GROW);
  return combined(upright, extreme(picture, 1, "x", GROW), (one, other) => Math.max(one, other));
}

/** How thick the strokes of a mask are on average, in pixels. */
export function strokeWidth({ data, width, height }) {
  let area = 0;
  let edges = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      area += data[i];
      if (x + 1 < width && data[i] !== data[i + 1]) edges += 1;
      if (y + 1 < height && data[i] !== data[i + width]) edges += 1;
    }
  }
  // The edges of the pixels are 4 / pi times as long as the outline (Crofton).
  return (area * (8 / Math.PI)) / Math.max(edges, 1);
}

/** All pixels in a row, neighbours a step apart, with a margin around what lies along the axis. */
function laidOut({ data, width, height }, margin, axis, filling) {
  const step = axis === "y" ? width : 1;
  const stride = axis === "y" ? width : width + margin;
  const outside = margin * step;
  const line = new Uint8Array(height * stride + 2 * outside).fill(filling);
  for (let y = 0; y < height; y++) {
    line.set(data.subarray(y * width, (y + 1) * width), outside + y * stride);
  }
  return { line, step, stride };
}

/** The extreme of so many pixels, a step apart, from each one on; windows grow by doubling. */
function slide(line, length, step, change) {
  let end = line.length;
  for (let covered = 1; covered < length;) {
    const more = Math.min(covered, length - covered);
    const ahead = more * step;
    end -= ahead;
    for (let i = 0; i < end; i++) {
      if (change * (line[i + ahead] - line[i]) > 0) line[i] = line[i + ahead];
    }
    covered += more;
  }
}

/** The picture without the margins. */
function stacked(line, stride, { width, height }) {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    data.set(line.subarray(y * stride, y * stride + width), y * width);
  }
  return { data, width, height };
}
