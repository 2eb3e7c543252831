/**
 * Reads the number in a picture that is cropped to one line of writing: what strips.py, looks.py
 * and decoding.py of edgedigit/lines do, without the layout that finds lines in a page.
 *
 * The line network sees grey, ink bright: 40 rows, as wide as the picture's proportions are.
 */

import { check } from "./normalize.js";
import { blockAverages, rint } from "./resampling.js";

const ROWS = 40;
const COLUMNS_PER_ANSWER = 4;
// Of paper behind a strip, so that its last sign ends before the strip does.
const MARGIN_COLUMNS = 8;
// What is longer is no line, and would take seconds.
const MAX_LENGTH_HEIGHTS = 50;
// Around the ink, in heights of it.
const ABOVE_HEIGHTS = 0.2;
const BESIDE_HEIGHTS = 0.4;
// Paper and ink: these shares of a strip's pixels are at most so bright.
const PAPER_SHARE = 0.05;
const INK_SHARE = 0.995;
const MIN_CONTRAST = 12;
// A slash and what is none of the signs are rarer than in what the network has learned from.
const WEIGHTS = { "/": 0.5, "?": 0.25 };
const OUTER_SLASH_WEIGHT = 0.1;

const { fround } = Math;

/** A session of ONNX Runtime that reads lines. */
export class LineReader {
  /** `config` is a model's config.json, `lines` the bytes of its lines.onnx. */
  static async create(ort, config, lines) {
    return new LineReader(ort, config.lines, await ort.InferenceSession.create(lines));
  }

  constructor(ort, { signs, confidence }, session) {
    this.ort = ort;
    this.signs = signs;
    this.calibration = confidence;
    this.session = session;
  }

  /**
   * Reads a grey picture of one line: all of it, and what is around its ink; the surer text counts.
   *
   * The result has `text`, digits and the marks . , - / : with ? for other signs; `confidence`, the
   * probability that it is right; `refusal`, "blank", "unsure" or null; and `strip`, the picture
   * that the network saw, null where there is none.
   */
  async read(grey, inkTone = "auto") {
    check(grey, inkTone);
    let best = { text: "", confidence: 0, strip: null };
    for (const { box, isDark } of looks(grey, inkTone)) {
      const strip = cutStrip(grey, box, isDark);
      const answers = await this.answers(strip);
      const labels = bestSigns(answers).map(({ label }) => label);
      const confidence = calibrated(textProbability(answers, labels), this.calibration);
      if (labels.length > 0 && confidence > best.confidence)
        best = { text: labels.map((label) => this.signs[label]).join(""), confidence, strip };
    }
    let refusal = null;
    if (best.text === "") refusal = "blank";
    else if (best.confidence < this.calibration.threshold) refusal = "unsure";
    return { ...best, refusal };
  }

  /** For each four columns of a strip the probability of each sign, and behind them of nothing. */
  async answers({ data, width }) {
    const places = Math.ceil((width + MARGIN_COLUMNS) / COLUMNS_PER_ANSWER);
    const columns = places * COLUMNS_PER_ANSWER;
    const padded = new Uint8Array(ROWS * columns);
    for (let row = 0; row < ROWS; row++)
      padded.set(data.subarray(row * width, (row + 1) * width), row * columns);
    const strips = new this.ort.Tensor("uint8", padded, [1, ROWS, columns]);
    const { probabilities } = await this.session.run({ strips });
    const labels = this.signs.length + 1;
    const rows = Array.from({ length: places }, (_, place) =>
      Array.from(probabilities.data.subarray(place * labels, (place + 1) * labels)),
    );
    for (const row of rows)
      for (const [sign, weight] of Object.entries(WEIGHTS)) row[this.signs.indexOf(sign)] *= weight;
    const slash = this.signs.indexOf("/");
    const signs = bestSigns(rows);
    // It stands between numbers; at an end it is a slanted 1 more often.
    const outer = new Set([signs[0], signs.at(-1)].filter((sign) => sign?.label === slash));
    for (const { first, end } of outer)
      for (const row of rows.slice(first, end)) row[slash] *= OUTER_SLASH_WEIGHT;
    return rows.map((row) => {
      const total = sum(row);
      return row.map((value) => value / total);
    });
  }
}

/** The whole picture, and the box around its ink, the tone of fewer pixels; none if it is even. */
export function looks({ data, width, height }, inkTone = "auto") {
  const counts = countLevels(data);
  const lowest = counts.findIndex((count) => count > 0);
  const highest = 255 - [...counts].reverse().findIndex((count) => count > 0);
  if (highest - lowest < MIN_CONTRAST) return [];
  const level = otsuLevel(counts);
  const isMostlyBright = 2 * sum(counts.slice(0, level + 1)) < data.length;
  const isDark = inkTone === "auto" ? isMostlyBright : inkTone === "dark";
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (data[i] <= level !== isDark) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = y + 1;
    }
  }
  const above = ABOVE_HEIGHTS * (bottom - top);
  const beside = BESIDE_HEIGHTS * (bottom - top);
  const boxes = [
    [0, 0, width, height],
    [left - beside, top - above, right + beside, bottom + above],
  ];
  return boxes
    .filter((box) => box[2] - box[0] <= MAX_LENGTH_HEIGHTS * (box[3] - box[1]))
    .map((box) => ({ box, isDark }));
}

/** The brightest level of the darker one of two classes (Otsu, 1979). */
function otsuLevel(counts) {
  const all = sum(counts);
  const total = sum(counts.map((count, level) => count * level));
  let [below, sumBelow, best, most] = [0, 0, 0, -1];
  for (let level = 0; level < 255; level++) {
    below += counts[level];
    sumBelow += counts[level] * level;
    const above = all - below;
    if (below === 0 || above === 0) continue;
    const difference = sumBelow / below - (total - sumBelow) / above;
    const between = below * above * (difference * difference);
    if (between > most) [best, most] = [level, between];
  }
  return best;
}

/**
 * Cuts a strip out of a picture: `box` is left, top, right and bottom in pixels, and what lies
 * outside of the picture repeats its border. It rounds as Python does, so that pixels are the same.
 */
export function cutStrip(grey, [left, top, right, bottom], isDark = true) {
  const scale = (bottom - top) / ROWS;
  const block = Math.max(Math.trunc(scale), 1);
  const columns = Math.max(rint((right - left) / scale), 1);
  // With a margin of one block, so that interpolation has a neighbour.
  const begin = (from, size) =>
    Math.min(Math.max((Math.floor(from / block) - 1) * block, 0), size - 1);
  const end = (to, size) => Math.min(Math.max(Math.trunc(to) + 2 * block, 1), size);
  const [firstColumn, firstRow] = [begin(left, grey.width), begin(top, grey.height)];
  const [lastColumn, lastRow] = [end(right, grey.width), end(bottom, grey.height)];
  const part = cropped(grey, firstColumn, firstRow, lastColumn, lastRow);
  const cell = Math.min(block, part.width, part.height);
  const { data, width, height } = blockAverages(part, cell);
  const across = Array.from({ length: columns }, (_, column) =>
    neighbours(((column + 0.5) * scale + left - firstColumn) / cell - 0.5, width),
  );
  const pixels = new Uint8Array(ROWS * columns);
  for (let row = 0; row < ROWS; row++) {
    const down = fround(fround((row + 0.5) * fround(scale)) + fround(top));
    const y = neighbours(fround(fround(fround(down - firstRow) / cell) - 0.5), height);
    across.forEach((x, column) => {
      const upper = mixed(data[y.first * width + x.first], data[y.first * width + x.next], x.share);
      const lower = mixed(data[y.next * width + x.first], data[y.next * width + x.next], x.share);
      pixels[row * columns + column] = fround(mixed(upper, lower, y.share) + 0.5);
    });
  }
  return { data: stretched(pixels, isDark), width: columns, height: ROWS };
}

/** The pixels before and behind a place, and the share of the latter. */
function neighbours(place, size) {
  const clipped = Math.min(Math.max(place, 0), size - 1);
  const first = Math.min(Math.trunc(clipped), Math.max(size - 2, 0));
  return { first, next: Math.min(first + 1, size - 1), share: fround(clipped - first) };
}

function mixed(first, second, share) {
  return fround(fround(first * fround(1 - share)) + fround(second * share));
}

function cropped({ data, width }, left, top, right, bottom) {
  const part = { data: new Uint8Array((right - left) * (bottom - top)), width: right - left };
  for (let y = top; y < bottom; y++)
    part.data.set(data.subarray(y * width + left, y * width + right), (y - top) * part.width);
  return { ...part, height: bottom - top };
}

/** Ink bright, and the contrast from paper to ink as large as it can be. */
function stretched(pixels, isDark) {
  const bright = isDark ? pixels.map((value) => 255 - value) : pixels;
  const counts = countLevels(bright);
  const atShare = (share) => {
    let below = 0;
    return counts.findIndex((count) => (below += count) >= share * bright.length);
  };
  const low = atShare(PAPER_SHARE);
  const scale = 255 / Math.max(atShare(INK_SHARE) - low, MIN_CONTRAST);
  return bright.map((value) => Math.min(Math.max((value - low) * scale, 0), 255));
}

/** The signs of the most probable way: each one's label, first column, and that after its last. */
export function bestSigns(answers) {
  const signs = [];
  answers.forEach((row, place) => {
    const label = row.indexOf(Math.max(...row));
    if (signs.at(-1)?.label === label) signs.at(-1).end += 1;
    else signs.push({ label, first: place, end: place + 1 });
  });
  return signs.filter(({ label }) => label !== answers[0].length - 1);
}

/** The probability of a text: that of all ways that write it (Graves et al., 2006). */
export function textProbability(answers, labels) {
  const nothing = answers[0].length - 1;
  const extended = [nothing, ...labels.flatMap((label) => [label, nothing])];
  let states = extended.map((label, k) => (k < 2 ? answers[0][label] : 0));
  for (const row of answers.slice(1)) {
    states = extended.map((label, k) => {
      // From a sign to the next one at once, unless it is the same.
      const skips = label !== nothing && label !== extended[k - 2];
      const before = (states[k - 1] ?? 0) + (skips ? (states[k - 2] ?? 0) : 0);
      return (states[k] + before) * row[label];
    });
  }
  return states.at(-1) + (states.at(-2) ?? 0);
}

/** A confidence that means what it says (Platt, 1999). */
function calibrated(probability, { slope, offset }) {
  const bounded = Math.min(Math.max(probability, 1e-9), 1 - 1e-9);
  return 1 / (1 + Math.exp(-(slope * Math.log(bounded / (1 - bounded)) + offset)));
}

function countLevels(data) {
  const counts = new Array(256).fill(0);
  for (const value of data) counts[value] += 1;
  return counts;
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
