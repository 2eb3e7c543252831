/** Reads digits and lines with the model of the Python package; edgedigit/classifier.py. */

import { LineReader } from "./line.js";
import { SIDE, VERSION, normalize } from "./normalize.js";

// What is answered so surely is not looked at again.
const SURE = 0.95;
const SHIFTS = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
];

/** Sessions of ONNX Runtime that classify pictures: of a small network, and one for the rest. */
export class Classifier {
  /**
   * Loads a model's folder.
   *
   * `ort` is the module onnxruntime-web; `folder` ends in a slash and has config.json, model.onnx
   * and, where the first one speaks of it, first.onnx; lines.onnx is fetched when the first line is
   * read. Throws an Error when one of them cannot be fetched, or does not fit this code.
   */
  static async load(ort, folder) {
    const config = await (await fetched(`${folder}config.json`)).json();
    const names = config.first ? ["model.onnx", "first.onnx"] : ["model.onnx"];
    const bytes = async (name) => (await fetched(folder + name)).arrayBuffer();
    const [model, first] = await Promise.all(names.map(bytes));
    return Classifier.create(ort, config, model, first, () => bytes("lines.onnx"));
  }

  /** Makes one of the parts of a model's folder; `fetchLines` gives the bytes of lines.onnx. */
  static async create(ort, config, model, first, fetchLines) {
    if (config.normalization !== VERSION) {
      throw new Error(
        `the model wants version ${config.normalization} of the normalisation, not ${VERSION}`,
      );
    }
    const session = await ort.InferenceSession.create(model);
    const small = config.first && (await ort.InferenceSession.create(first));
    return new Classifier(ort, config, session, small, fetchLines);
  }

  constructor(ort, config, session, first, fetchLines) {
    this.ort = ort;
    this.config = config;
    this.fetchLines = fetchLines;
    this.minConfidence = config.threshold;
    this.sure = config.first?.sure;
    this.session = session;
    this.first = first;
  }

  /**
   * Classifies a grey picture `{ data, width, height }`.
   *
   * The result is that of `decide`, and `ink`: the 28 x 28 pixels that the network saw.
   */
  async classify(grey, inkTone = "auto") {
    const { ink, several } = normalize(grey, inkTone);
    const row = await this.settledRow(ink);
    const isBlank = ink.every((value) => value === 0);
    return { ink, ...decide(row, isBlank, several, this.minConfidence) };
  }

  /** What the networks say of ink; in doubt, the mean with what they say of it shifted. */
  async settledRow(ink) {
    const row = await this.rowOf(ink);
    if (Math.max(...row) >= SURE) return row;
    const rows = [row];
    for (const [down, right] of SHIFTS) rows.push(await this.rowOf(shifted(ink, down, right)));
    return row.map((_, label) => rows.reduce((sum, each) => sum + each[label], 0) / rows.length);
  }

  async rowOf(ink) {
    const image = new this.ort.Tensor("uint8", ink, [1, SIDE, SIDE]);
    const first = await this.first?.run({ image });
    const isSure = first && first.confidence.data[0] >= this.sure;
    return (isSure ? first : await this.session.run({ image })).probabilities.data;
  }

  /** Reads the number in a grey picture that is cropped to one line; see `LineReader.read`. */
  async readLine(grey, inkTone = "auto") {
    this.reader ??= this.loadReader();
    return (await this.reader).read(grey, inkTone);
  }

  async loadReader() {
    try {
      return await LineReader.create(this.ort, this.config, await this.fetchLines());
    } catch (error) {
      this.reader = undefined; // the next line tries again
      throw error;
    }
  }
}

/**
 * What is made of the network's answer, a row of ten digits and "not a digit".
 *
 * `digit` is null when it is refused; `refusal` says why: "blank", "several", "not_a_digit" or
 * "unsure", otherwise it is null. `best` is the most probable digit all the same, `confidence` the
 * probability that it is right.
 */
export function decide(row, isBlank, isSeveral, minConfidence) {
  const probabilities = isBlank ? new Float32Array(10) : row.slice(0, 10);
  const confidence = Math.max(...probabilities);
  const best = probabilities.indexOf(confidence);
  let refusal = null;
  if (isBlank) refusal = "blank";
  else if (isSeveral) refusal = "several";
  else if (row[10] > confidence) refusal = "not_a_digit";
  else if (confidence < minConfidence) refusal = "unsure";
  return { digit: refusal === null ? best : null, confidence, probabilities, best, refusal };
}

/** Ink moved down and to the right; what comes from beyond the border is paper. */
function shifted(ink, down, right) {
  const inside = (place) => place >= 0 && place < SIDE;
  return ink.map((_, i) => {
    const [y, x] = [Math.floor(i / SIDE) - down, (i % SIDE) - right];
    return inside(y) && inside(x) ? ink[y * SIDE + x] : 0;
  });
}

async function fetched(url) {
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`cannot load ${url}: ${response.status} ${response.statusText}`);
  return response;
}
