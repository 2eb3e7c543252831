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
const SHAPES = { classify: 1, read: 2 };

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
  sheet.signs = [];
  sheet.redraw();
  byId("hint").hidden = !drawing.isEmpty;
  enable(byId("undo"), drawing.canUndo);
  for (const button of [byId("clear"), ...byId("labels").children]) enable(button, !drawing.isEmpty);
  document.body.classList.toggle("asking", !drawing.isEmpty);
  if (drawing.isEmpty) showIdle(mode);
  else timer = setTimeout(answer, PAUSE);
}

async function answer() {
  const mine = (request = new AbortController());
  const ink = drawing.picture ? "auto" : "dark";
  const path = mode === "read" ? `read?ink=${ink}` : `classify?ink=${ink}&normalized=true`;
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
    sheet.signs = mode === "read" ? signsOf(found) : [];
    sheet.redraw();
  } catch (error) {
    if (error.name === "AbortError") return;
    showIdle(mode);
    showFailure(error, asked);
  }
  document.body.classList.remove("asking");
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
  byId("bars").hidden = byId("seen").hidden = mode === "read";
  byId("signs").hidden = mode !== "read";
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
  byId("collect").hidden = !isCollecting || mode === "read";
}

async function take(label) {
  const blob = await drawing.blob();
  drawing.clear();
  store(label, blob);
}

async function store(label, blob) {
  try {
    checked(blob);
    const headers = { "Content-Type": blob.type.startsWith("image/") ? blob.type : "image/unknown" };
    const { path } = await ask(`collect?label=${label}`, { method: "POST", body: blob, headers });
    stored += 1;
    byId("stored").textContent =
      `Stored as a ${label}: ${path}. ${stored} stored since you opened this page. Draw the next one.`;
  } catch (error) {
    showFailure(error, () => store(label, blob));
  }
}

for (let label = 0; label < 10; label++) {
  const button = element("button", { type: "button", textContent: label, ariaLabel: `That was a ${label}` });
  button.onclick = () => take(label);
  byId("labels").append(button);
}

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
