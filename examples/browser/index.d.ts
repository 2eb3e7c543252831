/** A grey picture: width * height bytes, row by row, 0 is black. */
export interface Grey {
  data: Uint8Array | Uint8ClampedArray;
  width: number;
  height: number;
}

export type InkTone = "auto" | "dark" | "light";
export type Refusal = "blank" | "several" | "not_a_digit" | "unsure";

export interface Decision {
  /** 0 to 9, or null where it is refused. */
  digit: number | null;
  /** Calibrated probability, 0 to 1, that `best` is right. */
  confidence: number;
  /** Of the digits 0 to 9. */
  probabilities: Float32Array;
  /** The most probable digit, refused or not. */
  best: number;
  refusal: Refusal | null;
}

export interface Answer extends Decision {
  /** The 28 x 28 pixels that the network saw, row by row: bright ink on 0. */
  ink: Uint8Array;
}

export interface Line {
  /** Digits, the marks . , - / : and ? for every other sign; "" where nothing is to be read. */
  text: string;
  /** Calibrated probability, 0 to 1, that `text` is right. */
  confidence: number;
  refusal: "blank" | "unsure" | null;
  /** What the network saw: 40 rows, ink bright. */
  strip: { data: Uint8Array; width: number; height: number } | null;
}

export class Classifier {
  /**
   * Loads a model's folder; lines.onnx in it is fetched when the first line is read.
   * @param ort The module onnxruntime-web.
   * @param folder Its address, which ends in a slash.
   */
  static load(ort: unknown, folder: string): Promise<Classifier>;
  /**
   * The parts of a model's folder: config.json as an object, model.onnx, first.onnx if any, and
   * what gives the bytes of lines.onnx.
   */
  static create(
    ort: unknown, config: object, model: ArrayBuffer, first?: ArrayBuffer,
    fetchLines?: () => Promise<ArrayBuffer>,
  ): Promise<Classifier>;
  classify(grey: Grey, inkTone?: InkTone): Promise<Answer>;
  /** Reads the number in a picture that is cropped to one line of writing. */
  readLine(grey: Grey, inkTone?: InkTone): Promise<Line>;
}

/** The classifier of the package's own model; `ort` is the module onnxruntime-web. */
export function load(ort: unknown): Promise<Classifier>;
/** What is made of the network's answer, a row of ten digits and "not a digit". */
export function decide(
  row: Float32Array, isBlank: boolean, isSeveral: boolean, minConfidence: number,
): Decision;
/** The grey picture of a canvas' pixels. */
export function greyOf(pixels: ImageData): Grey;
/** What the network is given, and whether there are several digits. */
export function normalize(grey: Grey, inkTone?: InkTone): { ink: Uint8Array; several: boolean };
