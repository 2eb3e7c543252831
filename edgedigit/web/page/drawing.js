// What is on the sheet: strokes, or a picture, and every earlier state for undo.
// Points are [x, y, pen width]; x counts from the middle of the sheet, y from its top.

export const HEIGHT = 280;

// Around what is cut out, in heights of it.
const MARGIN = 0.15;
const EMPTY = { strokes: [], picture: null };

export class Drawing extends EventTarget {
  width = HEIGHT;
  #state = EMPTY;
  #past = [];

  get strokes() {
    return this.#state.strokes;
  }

  /** A picture instead of strokes: { blob, bitmap }; bitmap is null where it cannot be shown. */
  get picture() {
    return this.#state.picture;
  }

  get isEmpty() {
    return !this.strokes.length && !this.picture;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  begin(point) {
    this.#enter({ strokes: [...this.strokes, [point]], picture: null });
  }

  extend(points) {
    this.strokes.at(-1).push(...points);
    this.#changed();
  }

  show(picture) {
    this.#enter({ strokes: [], picture });
  }

  clear() {
    if (!this.isEmpty) this.#enter(EMPTY);
  }

  undo() {
    if (!this.canUndo) return;
    this.#state = this.#past.pop();
    this.#changed();
  }

  /** Another width of the sheet; ink that would not fit is made smaller. */
  setWidth(width) {
    this.width = width;
    const reach = Math.max(0, ...this.strokes.flat().map(([x, , pen]) => Math.abs(x) + pen / 2));
    const scale = width / 2 / reach;
    if (scale >= 1) return this.#changed();
    const middle = HEIGHT / 2;
    const smaller = ([x, y, pen]) => [x * scale, middle + (y - middle) * scale, pen * scale];
    this.#enter({ strokes: this.strokes.map((stroke) => stroke.map(smaller)), picture: null });
  }

  /** A part of it as PNG: the box in pixels of what `blob` gives, with some paper around it. */
  async part([left, top, right, bottom]) {
    const whole = this.picture?.bitmap ?? (await createImageBitmap(await this.blob()));
    const margin = Math.round((bottom - top) * MARGIN);
    const canvas = document.createElement("canvas");
    canvas.width = right - left + 2 * margin;
    canvas.height = bottom - top + 2 * margin;
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(whole, margin - left, margin - top);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  /** The picture, or the strokes as PNG, black on white: what is sent. */
  async blob() {
    if (this.picture) return this.picture.blob;
    const canvas = document.createElement("canvas");
    canvas.width = this.width;
    canvas.height = HEIGHT;
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, this.width, HEIGHT);
    context.translate(this.width / 2, 0);
    paint(context, this.strokes, "#000");
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  #enter(state) {
    this.#past.push(this.#state);
    this.#state = state;
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

export function paint(context, strokes, colour) {
  context.strokeStyle = context.fillStyle = colour;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    let [x, y, pen] = stroke[0];
    dot(context, x, y, pen);
    begin(context, x, y, pen);
    for (const [nextX, nextY, nextPen] of stroke.slice(1)) {
      const middle = [(x + nextX) / 2, (y + nextY) / 2];
      context.quadraticCurveTo(x, y, ...middle);
      if (nextPen !== pen) {
        context.stroke();
        begin(context, ...middle, nextPen);
      }
      [x, y, pen] = [nextX, nextY, nextPen];
    }
    context.lineTo(x, y);
    context.stroke();
  }
}

function begin(context, x, y, pen) {
  context.lineWidth = pen;
  context.beginPath();
  context.moveTo(x, y);
}

/** What a mere tap leaves; a line without length would leave nothing. */
function dot(context, x, y, pen) {
  context.beginPath();
  context.arc(x, y, pen / 2, 0, 2 * Math.PI);
  context.fill();
}
