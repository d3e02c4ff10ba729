/** HEIC by libheif in WebAssembly; loaded only when the browser cannot decode the file itself. */
import libheif from "libheif-js/libheif-wasm/libheif.js";
import wasmUrl from "libheif-js/libheif-wasm/libheif.wasm?url";

/** The first picture of the file, upright. Throws when it has none. */
export async function decodeHeic(bytes: Uint8Array): Promise<ImageBitmap> {
  const answer = await fetch(wasmUrl);
  const library = libheif({ wasmBinary: await answer.arrayBuffer() });
  await library.ready;
  const [image] = new library.HeifDecoder().decode(bytes);
  if (!image) throw new Error("no picture inside");
  const canvas = new ImageData(image.get_width(), image.get_height());
  await new Promise<void>((resolve, reject) =>
    image.display(canvas, (shown) => (shown ? resolve() : reject(new Error("could not be decoded")))),
  );
  image.free();
  return createImageBitmap(canvas);
}
