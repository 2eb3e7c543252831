/** The page: what is drawn or dropped is read here in the browser, and goes nowhere. */

import { Classifier } from "./classifier.js";
import { greyOf } from "./grey.js";
import { SIDE } from "./normalize.js";

// Where the model's folder lies, as seen from the page, and ONNX Runtime, as seen from this file.
const { model: MODEL, onnxruntime: ONNX_RUNTIME } = document.documentElement.dataset;

const PEN = 18;
// Larger pictures do not fit into the canvas of every browser.
const MAX_PIXELS = 16e6;

// Of the drawing in each mode.
const SIZES = { digit: [280, 280], number: [560, 160] };

const REFUSALS = {
  blank: () => "There is nothing to see.",
  several: () => "There are several digits. Choose “A number in one line” to read them.",
  not_a_digit: () => "This is not a digit.",
  unsure: ({ best, confidence }) => `Not sure enough: perhaps ${best}, ${percent(confidence)}.`,
};

const element = (id) => document.getElementById(id);
const canvas = element("drawing");
const drawing = canvas.getContext("2d", { willReadFrequently: true });
const bars = Array.from({ length: 10 }, (_, digit) => newBar(digit));

let classifier = null;
let mode = "digit";
// The picture that was chosen or dropped, and its pixels; null while one draws.
let picture = null;
// Where the stroke that is being drawn has come to.
let from = [0, 0];
let isAnswering = false;
let hasChanged = false;

choose(document.querySelector("#mode :checked").value);
canvas.addEventListener("pointerdown", startStroke);
canvas.addEventListener("pointermove", goOn);
element("clear").addEventListener("click", clear);
element("mode").addEventListener("change", (event) => choose(event.target.value));
element("file").addEventListener("change", (event) => take(event.target.files[0]));
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  take(event.dataTransfer.files[0]);
});

try {
  const ort = await import(ONNX_RUNTIME);
  ort.env.wasm.numThreads = 1;
  classifier = await Classifier.load(ort, MODEL);
  await answer();
} catch (error) {
  say("", `The page cannot start: ${error.message}`);
}

function choose(chosen) {
  mode = chosen;
  document.body.className = mode;
  [canvas.width, canvas.height] = SIZES[mode];
  if (picture === null) clear();
  else showPicture();
}

function clear() {
  picture = null;
  element("file").value = "";
  whiten();
  answer();
}

function whiten() {
  drawing.fillStyle = "white";
  drawing.fillRect(0, 0, canvas.width, canvas.height);
}

function startStroke(event) {
  if (picture !== null) clear();
  canvas.setPointerCapture(event.pointerId);
  drawing.lineWidth = PEN;
  drawing.lineCap = "round";
  from = place(event);
  goOn(event);
}

function goOn(event) {
  if (!canvas.hasPointerCapture(event.pointerId)) return;
  const to = place(event);
  drawing.beginPath();
  drawing.moveTo(...from);
  drawing.lineTo(...to);
  drawing.stroke();
  from = to;
  answer();
}

/** Where in the canvas' pixels something happened; it may be shown smaller. */
function place({ offsetX, offsetY }) {
  const scale = canvas.width / canvas.clientWidth;
  return [offsetX * scale, offsetY * scale];
}

/** Shows a picture file, and reads all of its pixels. */
async function take(file) {
  if (file === undefined) return;
  try {
    // Turned as the camera was held; the colours as the file has them.
    const bitmap = await createImageBitmap(file, { colorSpaceConversion: "none" });
    picture = { bitmap, pixels: pixelsOf(bitmap) };
  } catch {
    element("words").textContent = `This browser cannot read ${file.name} as a picture.`;
    return;
  }
  showPicture();
}

function showPicture() {
  const { width, height } = picture.bitmap;
  const shown = Math.min(canvas.width / width, canvas.height / height);
  whiten();
  drawing.drawImage(picture.bitmap, 0, 0, width * shown, height * shown);
  answer();
}

function pixelsOf(bitmap) {
  const scale = Math.min(1, Math.sqrt(MAX_PIXELS / (bitmap.width * bitmap.height)));
  const whole = document.createElement("canvas");
  whole.width = Math.max(1, Math.floor(bitmap.width * scale));
  whole.height = Math.max(1, Math.floor(bitmap.height * scale));
  const context = whole.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, whole.width, whole.height);
  return context.getImageData(0, 0, whole.width, whole.height);
}

/** Reads what there is now; while that goes on, only the latest change waits. */
async function answer() {
  hasChanged = true;
  if (classifier === null || isAnswering) return;
  isAnswering = true;
  try {
    while (hasChanged) {
      hasChanged = false;
      const start = performance.now();
      const drawn = () => drawing.getImageData(0, 0, canvas.width, canvas.height);
      const grey = greyOf(picture?.pixels ?? drawn());
      if (mode === "number") showLine(await classifier.readLine(grey), start);
      else showDigit(await classifier.classify(grey), start);
    }
  } catch (error) {
    say("", `This cannot be read: ${error.message}`);
  } finally {
    isAnswering = false;
  }
}

function showDigit({ digit, best, confidence, probabilities, refusal, ink }, start) {
  const words = refusal ? REFUSALS[refusal]({ best, confidence }) : `${percent(confidence)} sure`;
  say(digit ?? "?", `${words} (${since(start)})`);
  bars.forEach(({ bar, share }, k) => {
    bar.value = probabilities[k];
    share.textContent = percent(probabilities[k]);
  });
  showSeen({ data: ink, width: SIDE, height: SIDE });
}

function showLine({ text, confidence, refusal, strip }, start) {
  const words = refusal
    ? REFUSALS[refusal]({ best: text, confidence })
    : `${percent(confidence)} sure`;
  say(refusal ? "?" : text, `${words} (${since(start)})`);
  showSeen(strip ?? { data: new Uint8Array(SIDE * SIDE), width: SIDE, height: SIDE });
}

function showSeen({ data, width, height }) {
  const seen = element("ink");
  [seen.width, seen.height] = [width, height];
  const pixels = Uint8ClampedArray.from({ length: 4 * data.length }, (_, i) =>
    i % 4 === 3 ? 255 : data[i >> 2],
  );
  seen.getContext("2d").putImageData(new ImageData(pixels, width, height), 0, 0);
}

function since(start) {
  return `${Math.round(performance.now() - start)} ms`;
}

function say(digit, words) {
  element("digit").textContent = digit;
  element("words").textContent = words;
}

function newBar(digit) {
  const item = document.createElement("li");
  item.innerHTML = `<label>${digit} <progress max="1" value="0"></progress> <span></span></label>`;
  element("bars").append(item);
  return { bar: item.querySelector("progress"), share: item.querySelector("span") };
}

function percent(share) {
  return `${Math.round(100 * share)} %`;
}
