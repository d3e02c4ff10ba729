// Makes MediaPipe's pose_landmarker bundle from the Apache-2.0 models in the npm package @mediapipe/pose.
//
// The older package has the same networks, but without the metadata that the Tasks runtime reads how to normalise
// pixels from. A TFLite file is a flatbuffer: a new root that points into the old file and adds one buffer is put
// before it, and both models go into a stored zip. The same bytes come out each time.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

import { zipSync } from "fflate";
import { Builder } from "flatbuffers";

/** sha256 of what goes in: another version of the package has to be looked at first. */
const KNOWN = {
  "pose_solution_packed_assets.data": "a63c614b",
  "pose_landmark_lite.tflite": "f17bfbec",
};
/** Slots of the tables, as TensorFlow's schema.fbs and metadata_schema.fbs number them. */
const MODEL = { version: 0, operatorCodes: 1, subgraphs: 2, description: 3, buffers: 4, metadata: 6, signatures: 7 };
const SUBGRAPH_OUTPUTS = 2;
const IMAGE_PROPERTIES = 2;
const NORMALIZATION_OPTIONS = 1;
const RGB = 1;

/** Where a table's field lies, or 0. */
function field(view, table, slot) {
  const vtable = table - view.getInt32(table, true);
  const at = 4 + 2 * slot;
  const offset = at < view.getUint16(vtable, true) ? view.getUint16(vtable + at, true) : 0;
  return offset && table + offset;
}

/** What an offset points at, or 0. */
const follow = (view, at) => at && at + view.getUint32(at, true);
const root = (view) => view.getUint32(0, true);
const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function table(builder, slots, fill) {
  builder.startObject(slots);
  fill();
  return builder.endObject();
}

function vector(builder, offsets) {
  builder.startVector(4, offsets.length, 4);
  for (const offset of [...offsets].reverse()) builder.addOffset(offset);
  return builder.endVector();
}

function floats(builder, values) {
  builder.startVector(4, values.length, 4);
  for (const value of [...values].reverse()) builder.addFloat32(value);
  return builder.endVector();
}

/** ModelMetadata of one RGB picture in, normalised by (value - mean) / std, and `outputs` tensors out. */
function describe(mean, std, outputs) {
  const b = new Builder(1024);
  const [means, stds] = [floats(b, [mean]), floats(b, [std])];
  const normalization = table(b, 2, () => {
    b.addFieldOffset(0, means, 0);
    b.addFieldOffset(1, stds, 0);
  });
  const unit = table(b, 2, () => {
    b.addFieldInt8(0, NORMALIZATION_OPTIONS, 0);
    b.addFieldOffset(1, normalization, 0);
  });
  const image = table(b, 2, () => b.addFieldInt8(0, RGB, 0));
  const content = table(b, 3, () => {
    b.addFieldInt8(0, IMAGE_PROPERTIES, 0);
    b.addFieldOffset(1, image, 0);
  });
  const [name, units] = [b.createString("image"), vector(b, [unit])];
  const input = table(b, 7, () => {
    b.addFieldOffset(0, name, 0);
    b.addFieldOffset(3, content, 0);
    b.addFieldOffset(4, units, 0);
  });
  const results = Array.from({ length: outputs }, (_, i) => {
    const called = b.createString(`output${i}`);
    return table(b, 7, () => b.addFieldOffset(0, called, 0));
  });
  const [ins, outs] = [vector(b, [input]), vector(b, results)];
  const subgraph = table(b, 7, () => {
    b.addFieldOffset(2, ins, 0);
    b.addFieldOffset(3, outs, 0);
  });
  const [title, subgraphs, parser] = [b.createString("pose"), vector(b, [subgraph]), b.createString("1.0.0")];
  b.finish(
    table(b, 8, () => {
      b.addFieldOffset(0, title, 0);
      b.addFieldOffset(3, subgraphs, 0);
      b.addFieldOffset(7, parser, 0);
    }),
    "M001",
  );
  return b.asUint8Array();
}

/** The model with metadata: a new root, then the old file as it is. */
function addMetadata(old, mean, std) {
  const from = viewOf(old);
  const model = root(from);
  const subgraphs = follow(from, field(from, model, MODEL.subgraphs));
  const subgraph = follow(from, subgraphs + 4);
  const outputs = from.getUint32(follow(from, field(from, subgraph, SUBGRAPH_OUTPUTS)), true);
  const oldBuffers = follow(from, field(from, model, MODEL.buffers));
  const count = from.getUint32(oldBuffers, true);
  const kept = [MODEL.operatorCodes, MODEL.subgraphs, MODEL.description, MODEL.signatures].filter((slot) => field(from, model, slot));

  const b = new Builder(4096);
  const metadata = describe(mean, std, outputs);
  b.startVector(1, metadata.length, 16);
  for (const byte of [...metadata].reverse()) b.addInt8(byte);
  const data = b.endVector();
  const buffer = table(b, 1, () => b.addFieldOffset(0, data, 0));
  const name = b.createString("TFLITE_METADATA");
  const entry = table(b, 2, () => {
    b.addFieldOffset(0, name, 0);
    b.addFieldInt32(1, count, 0);
  });
  const entries = vector(b, [entry]);
  b.startVector(4, count + 1, 4);
  b.addOffset(buffer);
  for (let i = 0; i < count; i++) b.addInt32(0); // into the old file: written below
  const buffers = b.endVector();
  b.finish(
    table(b, 8, () => {
      b.addFieldInt32(MODEL.version, from.getUint32(field(from, model, MODEL.version), true), 0);
      for (const slot of kept) b.addFieldInt32(slot, -1, 0);
      b.addFieldOffset(MODEL.buffers, buffers, 0);
      b.addFieldOffset(MODEL.metadata, entries, 0);
    }),
    "TFL3",
  );
  const built = b.asUint8Array();
  // Weights are aligned within the old file; a head of whole cache lines keeps them so.
  const head = new Uint8Array(Math.ceil(built.length / 64) * 64);
  head.set(built);
  const to = viewOf(head);
  const point = (at, target) => to.setUint32(at, head.length + target - at, true);
  for (const slot of kept) point(field(to, root(to), slot), follow(from, field(from, model, slot)));
  const newBuffers = follow(to, field(to, root(to), MODEL.buffers));
  for (let i = 0; i < count; i++) point(newBuffers + 4 + 4 * i, follow(from, oldBuffers + 4 + 4 * i));
  return Buffer.concat([head, old]);
}

function read(folder, name) {
  const bytes = readFileSync(`${folder}/${name}`);
  const hash = createHash("sha256").update(bytes).digest("hex");
  if (!hash.startsWith(KNOWN[name])) throw new Error(`${name} is not the file this was written for (sha256 ${hash})`);
  return bytes;
}

/** Write the bundle; its sha256. */
export function makePoseTask(packageFolder, target) {
  const still = { level: 0, mtime: new Date(1980, 0, 1) };
  const bundle = zipSync({
    "pose_detector.tflite": [addMetadata(read(packageFolder, "pose_solution_packed_assets.data"), 127.5, 127.5), still],
    "pose_landmarks_detector.tflite": [addMetadata(read(packageFolder, "pose_landmark_lite.tflite"), 0, 255), still],
  });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, bundle);
  return createHash("sha256").update(bundle).digest("hex");
}
