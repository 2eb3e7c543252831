// The token that a server may want: kept for all tabs, and may come with the address, behind #token=.

import { element } from "./answer.js";

const KEY = "edgedigit-token";
const FORM = `
  <form method="dialog">
    <h2 id="token-title">This server wants a token</h2>
    <p id="token-wrong" role="alert" hidden>The server did not accept that one.</p>
    <label>Token <input type="password" id="token" required autocomplete="off"></label>
    <p class="quiet">Whoever started the server knows it. This browser keeps it.</p>
    <div class="row">
      <button class="main" value="use">Use it</button>
      <button type="submit" value="" formnovalidate>Cancel</button>
    </div>
  </form>`;

const dialog = element("dialog", { innerHTML: FORM });
dialog.setAttribute("aria-labelledby", "token-title");
document.body.append(dialog);
const field = document.getElementById("token");

const given = new URLSearchParams(location.hash.slice(1)).get("token");
if (given) {
  localStorage.setItem(KEY, given);
  history.replaceState(null, "", location.pathname);
}

export function storedToken() {
  return localStorage.getItem(KEY);
}

let open = null;

/** Whether there is another token than the one that was refused. */
export async function requestToken(refused) {
  if (storedToken() !== refused) return true;
  open ??= show(refused !== null).finally(() => (open = null));
  return open;
}

function show(isWrong) {
  document.getElementById("token-wrong").hidden = !isWrong;
  field.value = dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener(
      "close",
      () => {
        const isGiven = dialog.returnValue === "use";
        if (isGiven) localStorage.setItem(KEY, field.value.trim());
        resolve(isGiven);
      },
      { once: true },
    );
  });
}
