// Shows what the server answered.

const byId = (id) => document.getElementById(id);
const SIDE = 28;
const IDLE = {
  classify: "Draw a digit, and I will say which one it is.",
  read: "Draw a number, and I will read it.",
};
const REFUSED = {
  blank: () => "I see nothing here. Draw a digit, or press harder.",
  several: () => "That is more than one digit. Draw only one, or let me read a whole number.",
  not_a_digit: () => "That does not look like a digit to me.",
  unsure: ({ best, confidence }) => `I am not sure. My best guess is ${best}, with ${percent(confidence)}.`,
};

const UNREAD = {
  blank: () => "I see no digits here. Draw a number, or press harder.",
  length: () => "There are more or fewer digits than there should be.",
  unsure: ({ confidence }) => `I am not sure of this: ${percent(confidence)}.`,
};

export function showIdle(mode) {
  document.body.classList.add("idle");
  say("", IDLE[mode]);
  showBars([], null);
  showSigns({ text: "", digits: [], marks: [] });
  showSeen(null);
  byId("times").textContent = "";
}

/** An answer of /classify: a digit, or why there is none. */
export function showDigit(answer) {
  const { digit, refusal, best, confidence } = answer;
  if (refusal === null) say(digit, `This is a ${digit}. I am ${percent(confidence)} sure.`);
  else say(refusal === "unsure" ? `${best}?` : "?", REFUSED[refusal](answer));
  byId("verdict").classList.toggle("refused", refusal !== null);
  byId("as-number").hidden = refusal !== "several";
  showBars(answer.probabilities, refusal === null ? digit : null);
  showSeen(answer.normalized);
}

/** An answer of /read: a number, or several, line by line. */
export function showNumber(answer) {
  const { text, refusal, confidence } = answer;
  const other = text.includes("?") ? " A ? stands for a sign that I cannot read." : "";
  const sure = `I am ${percent(confidence)} sure of all of it.`;
  say(text || "?", (refusal === null ? sure : UNREAD[refusal](answer)) + (text && other));
  byId("verdict").classList.toggle("refused", refusal !== null);
  showSigns(answer);
}

/** Digits and marks in the order of the text. */
export function signsOf({ text, digits, marks }) {
  const [left, others] = [[...digits], [...marks]];
  return [...text.replace(/\s/g, "")].map((sign) => {
    const isDigit = sign === "?" ? isNext(left[0], others[0]) : /[0-9]/.test(sign);
    return isDigit ? left.shift() : others.shift();
  });
}

/** Whether a ? is the digit that comes next, since it was refused, or the mark, which is one too. */
function isNext(digit, mark) {
  if (!digit || digit.refusal === null) return false;
  if (mark?.text !== "?") return true;
  const [left, top, , bottom] = digit.box;
  if (bottom <= mark.box[1] || top >= mark.box[3]) return bottom <= mark.box[1]; // of two lines
  return left < mark.box[0];
}

export function showTimes(server, roundTrip) {
  const there = `there and back ${roundTrip.toFixed(0)} ms`;
  byId("times").textContent = `Reading took ${server.toFixed(1)} ms; ${there}.`;
}

function say(big, words) {
  if (big !== "") document.body.classList.remove("idle");
  byId("big").textContent = big;
  byId("big").style.setProperty("--letters", Math.max(1, ...`${big}`.split("\n").map((line) => line.length)));
  byId("words").textContent = words;
  byId("verdict").classList.remove("refused");
  byId("as-number").hidden = true;
}

/** "99.2 %"; nothing is quite certain. */
function percent(probability) {
  return `${(Math.min(999, Math.floor(probability * 1000)) / 10).toFixed(1)}\u00a0%`;
}

function showBars(probabilities, answer) {
  const rows = Array.from({ length: 10 }, (_, digit) => {
    const probability = probabilities[digit] ?? 0;
    const bar = element("span", { className: "bar" });
    bar.style.width = `${probability * 100}%`;
    return row(digit, bar, probabilities.length ? percent(probability) : "", digit === answer);
  });
  byId("bars").tBodies[0].replaceChildren(...rows);
}

function showSigns(answer) {
  const signs = signsOf(answer);
  let place = 0;
  const rows = [...answer.text].map((letter) => {
    if (/\s/.test(letter)) return gap(letter === "\n" ? "next line" : "gap");
    const { text, digit, best, confidence } = signs[place];
    const bar = element("span", { className: "bar" });
    bar.style.width = `${confidence * 100}%`;
    const name = text ?? digit ?? `${best}?`;
    const line = row(name, bar, percent(confidence), !`${name}`.endsWith("?"));
    line.tabIndex = 0;
    line.dataset.place = place++;
    return line;
  });
  byId("signs").tBodies[0].replaceChildren(...rows);
}

function gap(words) {
  const line = element("tr", { className: "gap" });
  line.append(element("td", { colSpan: 3, textContent: words }));
  return line;
}

function row(name, bar, text, isAnswer) {
  const line = element("tr", { className: isAnswer ? "chosen" : "" });
  const cells = [element("td"), element("td", { textContent: text })];
  cells[0].append(bar);
  line.append(element("th", { scope: "row", textContent: name }), ...cells);
  return line;
}

/** The 28x28 picture that the network saw: base64 of its bytes, bright ink on 0. */
function showSeen(base64) {
  const canvas = byId("seen-picture");
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, SIDE, SIDE);
  canvas.setAttribute("aria-label", "Nothing yet");
  if (!base64) return;
  const inks = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const pixels = context.createImageData(SIDE, SIDE);
  inks.forEach((ink, i) => pixels.data.set([ink, ink, ink, 255], 4 * i));
  context.putImageData(pixels, 0, 0);
  canvas.setAttribute("aria-label", described(inks));
}

function described(inks) {
  const inked = [...inks.keys()].filter((i) => inks[i] > 127);
  if (!inked.length) return "28 by 28 pixels without ink";
  const columns = inked.map((i) => i % SIDE);
  const rows = inked.map((i) => Math.floor(i / SIDE));
  const span = (values) => `${Math.min(...values) + 1} to ${Math.max(...values) + 1}`;
  return `28 by 28 pixels, light ink on black in rows ${span(rows)} and columns ${span(columns)}`;
}

export function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}
