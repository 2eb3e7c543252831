/** Takes light and paper out of pictures: gradients, shadows, colour; edgedigit/normalize/light.py. */

import { twiceMedian } from "./histograms.js";
import { GROW, SHRINK, extreme } from "./morphology.js";
import { averages, between, resample, rint } from "./resampling.js";

// Even light is fitted to so many cells per side.
const CELLS = 16;
const ROUNDS = 4;
// Light has to explain so much of what the cells differ by, and most cells up to so many levels.
const EXPLAINED = 0.3;
const MOST = 0.6;
const NEAR = 10;
// Paper is estimated on so many cells per side.
const GRID = 32;
// What is wider than this share of the picture is paper or shadow, not a stroke.
const WIDEST_STROKE = 0.4;

// Polynomials in cells that are numbered -15, -13, ..., 15, orthogonal to each other and to 1:
// down, right, their squares, diagonal.
const LINE = Array.from({ length: CELLS }, (_, cell) => 2 * cell - CELLS + 1);
const MEAN_SQUARE = Math.floor((CELLS * CELLS - 1) / 3);
const BASIS = [
  (y) => y,
  (y, x) => x,
  (y) => y * y - MEAN_SQUARE,
  (y, x) => x * x - MEAN_SQUARE,
  (y, x) => y * x,
].map((shape) => LINE.flatMap((y) => LINE.map((x) => shape(y, x))));
const NORMS = BASIS.map((shape) => sum(shape.map((value) => value * value)));

/**
 * Takes out light that changes slowly over a picture: from one side, or a vignette.
 *
 * The light is a polynomial of second order, fitted to the averages of 16 x 16 cells. Cells far
 * from the fit, which hold ink, pull no more than others (Huber, "Robust Statistics", 1981).
 */
export function level(picture) {
  const { data, width, height } = picture;
  if (Math.min(width, height) < CELLS || hasEvenBorder(picture)) return picture;
  const cells = resample(picture, averages(height, CELLS), averages(width, CELLS)).data;
  const light = fitted(Array.from(cells));
  const shift = shiftAt(light, LINE, LINE);
  // In a tight crop the ink would be taken for light. Light explains most cells, and well.
  const rest = fromMiddle(Array.from(cells, (value, i) => value - shift[i]));
  const spread = fromMiddle(cells);
  const near = rest.filter((distance) => distance <= NEAR).length;
  if (sum(rest) >= (1 - EXPLAINED) * sum(spread) || near <= MOST * rest.length) return picture;
  const shifts = shiftAt(light, betweenCells(height), betweenCells(width));
  const levelled = data.map((value, i) => Math.min(Math.max(value - shifts[i], 0), 255));
  return { data: levelled, width, height };
}

/**
 * How much brighter than the paper, with its colour and its shadows, each pixel is: an Int16Array.
 *
 * The paper is a grey opening (Serra, "Image Analysis and Mathematical Morphology", 1982) of the
 * picture on a coarse grid: what is brighter than its surroundings and narrower than the widest
 * stroke vanishes from it.
 */
export function abovePaper(picture) {
  const { data } = picture;
  const lowest = data.reduce((least, value) => Math.min(least, value));
  // Most small pictures, and drawings and scans, have a single level of paper.
  if (2 * count(data, lowest) > data.length) {
    return new Int16Array(data).map((value) => value - lowest);
  }
  const { data: paper } = paperOf(picture);
  return new Int16Array(data).map((value, i) => value - paper[i]);
}

/** Drawings and scans have no light: along the border all is one level. */
function hasEvenBorder({ data, width, height }) {
  const last = data.length - width;
  for (let x = 0; x < width; x++) {
    if (data[x] !== data[0] || data[last + x] !== data[0]) return false;
  }
  for (let y = 0; y < height; y++) {
    if (data[y * width] !== data[0] || data[(y + 1) * width - 1] !== data[0]) return false;
  }
  return true;
}

/** Coefficients of the light in cells, in the order of BASIS. */
function fitted(cells) {
  let shown = cells;
  let light;
  for (let round = 0; round < ROUNDS; round++) {
    light = BASIS.map((shape, k) => sum(shape.map((value, i) => value * shown[i])) / NORMS[k]);
    const fit = shiftAt(light, LINE, LINE);
    const distance = cells.map((value, i) => value - fit[i]);
    const middle = Math.floor(twiceMedian(distance) / 2);
    const near = (value) => Math.min(Math.max(value, middle - NEAR), middle + NEAR);
    shown = distance.map((value, i) => fit[i] + near(value));
  }
  return light;
}

/** The light at rows ys and columns xs, 0 on average, row by row. */
function shiftAt([down, right, downSquare, rightSquare, diagonal], ys, xs) {
  const columns = xs.map((x) => right * x + rightSquare * (x * x - MEAN_SQUARE));
  const result = new Int16Array(ys.length * xs.length);
  let i = 0;
  for (const y of ys) {
    const row = down * y + downSquare * (y * y - MEAN_SQUARE);
    for (let k = 0; k < xs.length; k++) result[i++] = rint(diagonal * y * xs[k] + columns[k] + row);
  }
  return result;
}

/** Where pixels lie among the cells' numbers. */
function betweenCells(pixels) {
  return Array.from({ length: pixels }, (_, i) => (2 * i + 1) * (CELLS / pixels) - CELLS);
}

function fromMiddle(cells) {
  const middle = twiceMedian(cells) / 2;
  return Array.from(cells, (value) => Math.abs(value - middle));
}

/** The paper below bright ink, at every pixel. */
function paperOf(picture) {
  const { width, height } = picture;
  const rows = Math.min(height, GRID);
  const columns = Math.min(width, GRID);
  let cells = resample(picture, averages(height, rows), averages(width, columns));
  // As many cells as span the widest stroke, in either direction.
  const half = (WIDEST_STROKE * Math.max(width, height)) / 2;
  const yReach = Math.max(1, rint((half * rows) / height));
  const xReach = Math.max(1, rint((half * columns) / width));
  for (const change of [SHRINK, GROW]) {
    cells = extreme(extreme(cells, yReach, "y", change), xReach, "x", change);
  }
  return resample(cells, between(rows, height), between(columns, width));
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

function count(values, wanted) {
  let number = 0;
  for (const value of values) if (value === wanted) number += 1;
  return number;
}
