// Ties the parts of the page together: what is drawn is asked for, what is answered is shown.

import { element, showDigit, showIdle, showNumber, showTimes, signsOf } from "./answer.js";
import { takePicture } from "./camera.js";
import { Drawing, HEIGHT } from "./drawing.js";
import { Pen } from "./pen.js";
import { ask, Failure } from "./server.js";
import { Sheet } from "./sheet.js";

const byId = (id) => document.getElementById(id);
// So long nothing has to change before it is asked for.
const PAUSE = 150;
const NO_DIGIT = "not-a-digit";
const STORES = {
  classify: "Tap it, and the picture is stored on the server for training.",
  read: "Write it, with ? for what is no digit: its digits are stored one by one for training.",
};
const SHAPES = { classify: 1, read: 3 };

const canvas = byId("sheet");
const drawing = new Drawing();
const pen = new Pen(canvas, drawing);
const sheet = new Sheet(canvas, drawing, pen);
let mode = "classify";
let request = new AbortController();
let timer = 0;
let largest = Infinity;
let stored = 0;

// Answers

function asked() {
  request.abort();
  clearTimeout(timer);
  showMessage("");
  point([], -1);
  byId("hint").hidden = !drawing.isEmpty;
  enable(byId("undo"), drawing.canUndo);
  for (const button of [byId("clear"), ...byId("labels").children]) enable(button, !drawing.isEmpty);
  showNumberForm("");
  document.body.classList.toggle("asking", !drawing.isEmpty);
  if (drawing.isEmpty) showIdle(mode);
  else timer = setTimeout(answer, PAUSE);
}

async function answer() {
  const mine = (request = new AbortController());
  const ink = drawing.picture ? "auto" : "dark";
  const path = mode === "read" ? `read?ink=${ink}${options()}` : `classify?ink=${ink}&normalized=true`;
  try {
    const body = checked(await drawing.blob());
    const began = performance.now();
    const found = await ask(path, { method: "POST", body }, mine, (seconds) =>
      showMessage(seconds ? `The server is busy; I ask again in ${seconds} s.` : ""),
    );
    const roundTrip = performance.now() - began;
    if (mine.signal.aborted) return;
    if (mode === "read") showNumber(found);
    else showDigit(found);
    showTimes(found.milliseconds, roundTrip);
    if (mode === "read") showNumberForm(found.text);
    point(mode === "read" ? signsOf(found) : [], -1);
  } catch (error) {
    if (error.name === "AbortError") return;
    showIdle(mode);
    showFailure(error, asked);
  }
  document.body.classList.remove("asking");
}

/** What is known of the number, as parameters. */
function options() {
  const length = byId("length").validity.valid && byId("length").value;
  return `&marks=${byId("marks").checked}&spaces=${byId("spaces").checked}${length ? `&length=${length}` : ""}`;
}

/** Shows boxes around signs, and which of them is pointed at, there and in the table. */
function point(signs, place) {
  sheet.signs = signs;
  sheet.chosen = place;
  for (const row of byId("signs").rows) row.classList.toggle("pointed", Number(row.dataset.place) === place);
  sheet.redraw();
}

function checked(blob) {
  if (blob.size <= largest) return blob;
  throw new Failure(`This picture is too large for the server, which takes ${Math.floor(largest / 1e6)} MB.`);
}

// Problems

function showFailure(error, again) {
  if (!(error instanceof Failure)) console.error(error);
  showMessage(error.message, again);
}

function showMessage(text, again) {
  if (!text) keepFocus(byId("message"));
  byId("message").hidden = !text;
  byId("message-text").textContent = text;
  byId("again").hidden = !again;
  byId("again").onclick = again;
  if (text) byId("message").scrollIntoView({ block: "nearest" });
}

// Tools

function enable(button, isEnabled) {
  if (!isEnabled) keepFocus(button);
  button.disabled = !isEnabled;
}

/** Moves the focus to the sheet before what has it goes away. */
function keepFocus(element) {
  if (element.contains(document.activeElement)) canvas.focus({ preventScroll: true });
}

function setWidth(width) {
  byId("width").value = width;
  pen.width = byId("width").valueAsNumber;
  sheet.redraw();
}

function setMode(value) {
  mode = value;
  document.body.dataset.mode = mode;
  document.querySelector(`[value=${mode}]`).checked = true;
  byId("hint").textContent = mode === "read" ? "Write a number here" : "Draw a digit here";
  byId("bars").hidden = byId("seen").hidden = byId("labels").hidden = mode === "read";
  byId("signs").hidden = byId("options").hidden = byId("number").hidden = mode !== "read";
  byId("stored").textContent = STORES[mode];
  showIdle(mode);
  showCollect();
  drawing.setWidth(SHAPES[mode] * HEIGHT);
}

const KEYS = {
  u: () => drawing.undo(),
  c: () => drawing.clear(),
  "[": () => setWidth(pen.width - 2),
  "]": () => setWidth(pen.width + 2),
};

drawing.addEventListener("change", asked);
pen.addEventListener("cursor", () => {
  const { cursor } = pen;
  byId("pen-state").textContent = cursor ? (cursor.isDown ? "Pen down" : "Pen up") : "";
  sheet.redraw();
});
canvas.addEventListener("keydown", (event) => {
  if (!event.ctrlKey && !event.metaKey && !event.altKey) KEYS[event.key.toLowerCase()]?.();
});
addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key !== "z" || event.target.type === "password") return;
  event.preventDefault();
  drawing.undo();
});
byId("undo").onclick = () => drawing.undo();
byId("clear").onclick = () => drawing.clear();
byId("width").oninput = () => setWidth(byId("width").value);
for (const name of ["length", "marks", "spaces"]) byId(name).onchange = asked;
const rowOf = (event) => Number(event.target.closest("[data-place]")?.dataset.place ?? -1);
for (const kind of ["pointerover", "focusin"]) byId("signs").addEventListener(kind, (event) => point(sheet.signs, rowOf(event)));
for (const kind of ["pointerleave", "focusout"]) byId("signs").addEventListener(kind, () => point(sheet.signs, -1));
canvas.addEventListener("pointermove", (event) => {
  const place = sheet.placeAt(event.clientX, event.clientY);
  if (place !== sheet.chosen) point(sheet.signs, place);
});
byId("as-number").onclick = () => {
  keepFocus(byId("as-number"));
  setMode("read");
};
for (const radio of document.getElementsByName("mode")) radio.onchange = () => setMode(radio.value);

// Pictures

async function show(blob) {
  // The browser need not know the kind of a picture that the server can read.
  const bitmap = await createImageBitmap(blob).catch(() => null);
  drawing.show({ blob, bitmap });
  canvas.scrollIntoView({ block: "nearest" });
}

function showFirst(files) {
  if (files.length) show(files[0]);
}

byId("file").onchange = (event) => {
  showFirst(event.target.files);
  event.target.value = "";
};
addEventListener("paste", (event) => showFirst(event.clipboardData.files));
addEventListener("dragover", (event) => {
  event.preventDefault();
  document.body.classList.add("dropping");
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
});
addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  showFirst(event.dataTransfer.files);
});
byId("camera").onclick = async () => {
  showMessage("");
  try {
    const blob = await takePicture(SHAPES[mode]);
    if (blob) await show(blob);
  } catch (error) {
    showMessage(error.message);
  }
};

// Collecting

let isCollecting = false;

function showCollect() {
  byId("collect").hidden = !isCollecting;
}

function showNumberForm(text) {
  byId("text").value = text.replace(/\n/g, " ");
  byId("number").inert = !text || (drawing.picture && !drawing.picture.bitmap);
}

async function take(label) {
  const blob = await drawing.blob();
  drawing.clear();
  store([[label, blob]]);
}

/** Stores the digits of a number one by one, each as what its sign was written to be. */
async function takeNumber() {
  const labels = [...byId("text").value.replace(/\s/g, "")];
  const { signs } = sheet;
  if (labels.length !== signs.length) {
    byId("stored").textContent =
      `I saw ${signs.length} signs, and these are ${labels.length}. Write a ? for what is no digit.`;
    return;
  }
  const known = signs.map(({ box }, place) => [labels[place], box]).filter(([label]) => /[0-9?]/.test(label));
  const parts = await Promise.all(
    known.map(async ([label, box]) => [label === "?" ? NO_DIGIT : label, await drawing.part(box)]),
  );
  drawing.clear();
  store(parts);
}

async function store(parts) {
  const left = [...parts];
  try {
    for (const [label, blob] of parts) {
      checked(blob);
      const headers = { "Content-Type": blob.type.startsWith("image/") ? blob.type : "image/unknown" };
      const { path } = await ask(`collect?label=${label}`, { method: "POST", body: blob, headers });
      left.shift();
      stored += 1;
      const what = label === NO_DIGIT ? "what is no digit" : `a ${label}`;
      byId("stored").textContent =
        `Stored as ${what}: ${path}. ${stored} stored since you opened this page. Draw the next one.`;
    }
  } catch (error) {
    showFailure(error, () => store(left));
  }
}

for (const label of [..."0123456789", NO_DIGIT]) {
  const isDigit = label !== NO_DIGIT;
  const button = element("button", {
    type: "button",
    textContent: isDigit ? label : "no digit",
    ariaLabel: isDigit ? `That was a ${label}` : "That was no digit",
  });
  button.onclick = () => take(label);
  byId("labels").append(button);
}
byId("number").onsubmit = (event) => {
  event.preventDefault();
  takeNumber();
};

async function meet() {
  try {
    const info = await ask("info");
    isCollecting = info.collect;
    largest = info.limits.bytes;
    byId("about").textContent =
      `edgedigit ${info.versions.edgedigit}, model ${info.model.name}`;
    showCollect();
  } catch (error) {
    showFailure(error, meet);
  }
}

setWidth(pen.width);
setMode(mode);
meet();
