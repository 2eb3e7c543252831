// Takes a picture with the device's camera: just what the frame shows.

const WIDTH = 1120;
const dialog = document.getElementById("camera-dialog");
const video = document.getElementById("video");
const shutter = document.getElementById("shutter");
const REASONS = {
  NotAllowedError: "The browser was not allowed to use the camera. Allow it for this page, or choose a picture.",
  NotFoundError: "No camera was found. Choose a picture instead.",
  NotReadableError: "The camera is in use by another program.",
};

/** A PNG of the given shape (width by height), or null where the camera was closed; may throw Error. */
export async function takePicture(shape) {
  if (!navigator.mediaDevices?.getUserMedia)
    throw new Error(
      "Browsers lend the camera only to pages that came over https or from this very machine. " +
        "“Choose a picture” works here too; a phone offers its camera there.",
    );
  const stream = await navigator.mediaDevices
    .getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } })
    .catch((error) => {
      throw new Error(REASONS[error.name] ?? `The camera does not work: ${error.message}`);
    });
  video.style.setProperty("--shape", shape);
  video.srcObject = stream;
  dialog.showModal();
  const taken = isTaken();
  try {
    shutter.disabled = true;
    await video.play();
    shutter.disabled = false;
    return (await taken) ? await frame(shape) : null;
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
    dialog.close();
  }
}

function isTaken() {
  return new Promise((resolve) => {
    shutter.onclick = () => resolve(true);
    document.getElementById("camera-close").onclick = dialog.onclose = () => resolve(false);
  });
}

function frame(shape) {
  const width = Math.min(video.videoWidth, video.videoHeight * shape);
  const height = width / shape;
  const canvas = document.createElement("canvas");
  canvas.width = Math.min(WIDTH, Math.round(width));
  canvas.height = Math.round(canvas.width / shape);
  const left = (video.videoWidth - width) / 2;
  const top = (video.videoHeight - height) / 2;
  canvas.getContext("2d").drawImage(video, left, top, width, height, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
