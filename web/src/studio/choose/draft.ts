/** What is being tried on, kept on this device: a reload, Back and a second tab bring it back. */
import { useEffect, useSyncExternalStore } from "react";

import type { GarmentPart, User } from "../../api";
import type { Chosen } from "./chosen";

export interface Draft {
  person: Chosen | null;
  garment: Chosen | null;
  part: GarmentPart;
  /** Whether somebody, a sample or a link said where it is worn: nobody knows better. */
  partSaid: boolean;
  /** A VTON whose cut-out is used instead of the garment as it came. */
  cleaned: { vtonId: string; key: string } | null;
  /** The VTON that was made of all this, once it was. */
  tryId: string | null;
}

interface Kept extends Draft {
  /** Whose it is; null before there is even a guest. */
  owner: string | null;
}

const NOTHING: Kept = { person: null, garment: null, part: "upper", partSaid: false, cleaned: null, tryId: null, owner: null };
const STORE = "draft";

let draft = NOTHING;
/** Whether what was kept has been read. */
let read = false;
const listeners = new Set<() => void>();

function set(next: Kept): void {
  draft = next;
  for (const listener of listeners) listener();
}

function request<T>(asked: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error ?? new Error("IndexedDB"));
  });
}

async function store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const opening = indexedDB.open("proteus", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  return (await request(opening)).transaction(STORE, mode).objectStore(STORE);
}

let writing: Promise<unknown> = Promise.resolve();

/** A picture's bytes: the databases of Safari's private windows take no Blob. */
interface Bytes {
  bytes: ArrayBuffer;
  type: string;
}

type Stored = (Omit<Extract<Chosen, { from: "file" }>, "blob"> & { blob: Bytes | Blob }) | Extract<Chosen, { from: "store" }> | null;

type InStore = Omit<Kept, "person" | "garment"> & { person: Stored; garment: Stored };

/** Read once, so that what is chosen later is kept at once. */
const bytesOf = new WeakMap<Blob, Promise<ArrayBuffer>>();

async function stored(chosen: Chosen | null): Promise<Stored> {
  if (chosen?.from !== "file") return chosen;
  const { blob } = chosen;
  const bytes = bytesOf.get(blob) ?? blob.arrayBuffer();
  bytesOf.set(blob, bytes);
  return { ...chosen, blob: { bytes: await bytes, type: blob.type } };
}

/** In order, and without a word where the browser keeps nothing: then a reload forgets, as it did before. */
function keep(): void {
  const now = draft;
  writing = writing
    .then(async () => {
      const kept = { ...now, person: await stored(now.person), garment: await stored(now.garment) };
      await request((await store("readwrite")).put(kept, STORE));
    })
    .catch(() => undefined);
}

/** A preview's address dies with its page; the picture itself does not. */
function revived(chosen: Stored): Chosen | null {
  if (chosen?.from !== "file") return chosen;
  // The version before kept a Blob.
  const blob = chosen.blob instanceof Blob ? chosen.blob : new Blob([chosen.blob.bytes], { type: chosen.blob.type });
  return { ...chosen, blob, preview: URL.createObjectURL(blob) };
}

const reading = (async () => {
  try {
    const kept = await request<InStore | undefined>((await store("readonly")).get(STORE) as IDBRequest<InStore | undefined>);
    if (kept && draft === NOTHING) draft = { ...kept, person: revived(kept.person), garment: revived(kept.garment) };
  } catch {
    // Nothing is kept here, or nothing that can be read.
  }
  read = true;
  set({ ...draft });
})();

/** Change it; what was made of it before is then no longer of it. */
export function changeDraft(some: Partial<Draft>): void {
  set({ ...draft, tryId: null, ...some });
  keep();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function useDraft(): { draft: Draft; read: boolean } {
  return {
    draft: useSyncExternalStore(subscribe, () => draft, () => NOTHING),
    read: useSyncExternalStore(subscribe, () => read, () => false),
  };
}

/** What somebody chose is gone when they sign out; somebody else keeps of it what this device holds. */
export function useDraftOwner(user: User | null | undefined): void {
  const owner = user === undefined ? undefined : (user?.id ?? null);
  useEffect(() => {
    void reading.then(() => {
      if (owner === undefined || owner === draft.owner) return;
      const mine = (chosen: Chosen | null) => (chosen?.from === "store" ? null : chosen);
      if (owner === null) set(NOTHING);
      else if (draft.owner === null) set({ ...draft, owner });
      else set({ ...draft, person: mine(draft.person), garment: mine(draft.garment), cleaned: null, tryId: null, owner });
      keep();
    });
  }, [owner]);
}
