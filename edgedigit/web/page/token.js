// The token that a server may want; kept for this tab alone.

const KEY = "edgedigit-token";
const dialog = document.getElementById("token-dialog");
const field = document.getElementById("token");

export function storedToken() {
  return sessionStorage.getItem(KEY);
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
        if (isGiven) sessionStorage.setItem(KEY, field.value.trim());
        resolve(isGiven);
      },
      { once: true },
    );
  });
}
