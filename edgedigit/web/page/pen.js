// Draws with mouse, finger, pen or keys.

import { HEIGHT } from "./drawing.js";

const STEP = 14;
const SMALL_STEP = 4;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Pen extends EventTarget {
  width = 18;
  /** Where the keys have moved the pen: { x, y, isDown }, or null while they are not used. */
  cursor = null;
  #canvas;
  #drawing;
  #pointer = null;
  #held = new Set();

  constructor(canvas, drawing) {
    super();
    this.#canvas = canvas;
    this.#drawing = drawing;
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"])
      canvas.addEventListener(end, (event) => this.#up(event));
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("keyup", (event) => this.#held.delete(event.key));
    canvas.addEventListener("blur", () => this.#putAway());
  }

  #down(event) {
    if (this.#pointer !== null || event.button !== 0) return;
    this.#putAway();
    this.#pointer = event.pointerId;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#drawing.begin(this.#point(event));
  }

  #move(event) {
    if (event.pointerId !== this.#pointer) return;
    // Not there where the page came over http from another machine.
    const events = event.getCoalescedEvents?.() ?? [];
    this.#drawing.extend((events.length ? events : [event]).map((each) => this.#point(each)));
  }

  #up(event) {
    if (event.pointerId === this.#pointer) this.#pointer = null;
  }

  #point(event) {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    const pressed = event.pointerType === "pen" && event.pressure > 0 ? 0.4 + 1.2 * event.pressure : 1;
    return [
      ((event.clientX - left) / width - 0.5) * this.#drawing.width,
      ((event.clientY - top) / height) * HEIGHT,
      this.width * pressed,
    ];
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.#pointer !== null) return;
    if (event.key === "Escape") return this.#putAway();
    if (!(event.key in ARROWS) && event.key !== " ") return;
    event.preventDefault();
    this.#canvas.scrollIntoView({ block: "nearest" });
    this.cursor ??= { x: 0, y: HEIGHT / 2, isDown: false };
    if (event.key !== " ") this.#go(event);
    else if (!event.repeat) this.#toggle();
    this.dispatchEvent(new Event("cursor"));
  }

  #toggle() {
    this.cursor.isDown = !this.cursor.isDown;
    if (this.cursor.isDown) this.#drawing.begin([this.cursor.x, this.cursor.y, this.width]);
  }

  #go(event) {
    // Only the last key of those held down repeats.
    this.#held.add(event.key);
    const step = event.shiftKey ? SMALL_STEP : STEP;
    const half = this.#drawing.width / 2;
    for (const [x, y] of [...this.#held].map((key) => ARROWS[key])) {
      this.cursor.x = Math.min(half, Math.max(-half, this.cursor.x + x * step));
      this.cursor.y = Math.min(HEIGHT, Math.max(0, this.cursor.y + y * step));
    }
    if (this.cursor.isDown) this.#drawing.extend([[this.cursor.x, this.cursor.y, this.width]]);
  }

  #putAway() {
    this.#held.clear();
    if (!this.cursor) return;
    this.cursor = null;
    this.dispatchEvent(new Event("cursor"));
  }
}
