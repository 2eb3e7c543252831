// Shows the drawing on the screen, with the pen that keys move and a box around each sign.

import { HEIGHT, paint } from "./drawing.js";

export class Sheet {
  /** Digits and marks of `read`, with boxes in pixels of the picture that was sent. */
  signs = [];
  /** The place, among them, of the one that is pointed at; -1 for none. */
  chosen = -1;
  #canvas;
  #drawing;
  #pen;
  #isDue = false;

  constructor(canvas, drawing, pen) {
    this.#canvas = canvas;
    this.#drawing = drawing;
    this.#pen = pen;
    new ResizeObserver(() => this.redraw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  redraw() {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw() {
    const canvas = this.#canvas;
    const { strokes, picture, width } = this.#drawing;
    const scale = (canvas.clientHeight * devicePixelRatio) / HEIGHT;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(HEIGHT * scale);
    const context = canvas.getContext("2d");
    const style = getComputedStyle(canvas);
    const colour = style.getPropertyValue("--mark");
    context.setTransform(scale, 0, 0, scale, canvas.width / 2, 0);
    if (picture?.bitmap) this.#drawPicture(context, picture.bitmap);
    else if (picture) this.#write(context, "This kind of picture cannot be shown here", style.color);
    else paint(context, strokes, style.color);
    this.#drawBoxes(context, style.getPropertyValue("--boxes"));
    if (this.#pen.cursor) this.#drawCursor(context, colour);
  }

  #drawPicture(context, bitmap) {
    const [scale, x, y] = this.#fit(bitmap);
    context.drawImage(bitmap, x, y, bitmap.width * scale, bitmap.height * scale);
  }

  /** Scale, left and top with which a picture fills the sheet. */
  #fit(bitmap) {
    const scale = Math.min(this.#drawing.width / bitmap.width, HEIGHT / bitmap.height);
    return [scale, (-bitmap.width * scale) / 2, (HEIGHT - bitmap.height * scale) / 2];
  }

  #drawBoxes(context, colour) {
    const { picture, width } = this.#drawing;
    if (picture && !picture.bitmap) return;
    const [scale, x, y] = picture ? this.#fit(picture.bitmap) : [1, -width / 2, 0];
    context.strokeStyle = colour;
    this.signs.forEach(({ box }, place) => {
      const [left, top, right, bottom] = box.map((pixel) => pixel * scale);
      context.lineWidth = place === this.chosen ? 6 : 2;
      context.strokeRect(x + left - 3, y + top - 3, right - left + 6, bottom - top + 6);
    });
  }

  /** The place of the sign at a point of the window, or -1. */
  placeAt(clientX, clientY) {
    const { picture, width } = this.#drawing;
    if (picture && !picture.bitmap) return -1;
    const frame = this.#canvas.getBoundingClientRect();
    const [scale, x, y] = picture ? this.#fit(picture.bitmap) : [1, -width / 2, 0];
    const across = (((clientX - frame.left) / frame.width - 0.5) * width - x) / scale;
    const down = (((clientY - frame.top) / frame.height) * HEIGHT - y) / scale;
    const within = ({ box: [left, top, right, bottom] }) =>
      left <= across && across < right && top <= down && down < bottom;
    return this.signs.findIndex(within);
  }

  #drawCursor(context, colour) {
    const { x, y, isDown } = this.#pen.cursor;
    context.lineWidth = 2.5;
    context.strokeStyle = context.fillStyle = colour;
    context.beginPath();
    context.arc(x, y, this.#pen.width / 2 + 3, 0, 2 * Math.PI);
    if (isDown) context.fill();
    else context.stroke();
  }

  #write(context, text, colour) {
    context.fillStyle = colour;
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "center";
    context.fillText(text, 0, HEIGHT / 2);
  }
}
