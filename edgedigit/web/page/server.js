// Asks the server: waits where it is busy, asks for a token where it wants one, says what failed.

import { storedToken, requestToken } from "./token.js";

const PATIENCE = 30_000;
const TRIES = 6;
const UNSUPPORTED = "Pictures of this kind are not read here; save it as PNG or JPEG";
const WORDS = {
  404: "The server does not know that",
  408: "Sending took too long",
  413: "This picture is too large for the server",
  415: "This is not a picture that I can read",
  422: "This picture cannot be read",
  503: "The server is too busy just now",
};

/** What went wrong, in words for the page. */
export class Failure extends Error {}

/**
 * The JSON that the server answers.
 * `controller` ends the request; `busy` is called with the seconds to wait, and with 0 after them.
 */
export async function ask(path, options = {}, controller = new AbortController(), busy = () => {}) {
  for (let tried = 1; ; tried++) {
    const token = storedToken();
    const response = await send(path, options, token, controller);
    if (response.ok) return response.json();
    const wait = Number(response.headers.get("Retry-After"));
    if (response.status === 401) {
      if (await requestToken(token)) continue;
      throw new Failure("The server wants a token; without it nothing is read.");
    }
    if (response.status !== 503 || !wait || tried === TRIES) throw await failure(response);
    busy(wait);
    await pause(wait * 1000, controller.signal);
    busy(0);
  }
}

async function send(path, options, token, controller) {
  const late = setTimeout(
    () => controller.abort(new Failure("The server has not answered for half a minute.")),
    PATIENCE,
  );
  const headers = { ...options.headers, ...(token && { Authorization: `Bearer ${token}` }) };
  try {
    return await fetch(path, { ...options, headers, signal: controller.signal });
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    throw new Failure("The server cannot be reached. Is it still running?");
  } finally {
    clearTimeout(late);
  }
}

async function failure(response) {
  const words = WORDS[response.status] ?? `The server could not do that (${response.status})`;
  const { status, error } = await response.json().catch(() => ({}));
  // These say what a programmer has to install, or how a decoder calls it.
  if (status === "unsupported") return new Failure(`${UNSUPPORTED}.`);
  const isInner = !error || status === "damaged" || status === "not_an_image";
  return new Failure(isInner ? `${words}.` : `${words}: ${error}.`.replace("..", "."));
}

function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}
