/** Which pictures are taken, in pixels and bytes. Written by `make docs`. */
export const MAX_PIXELS = 201326592;
export const MIN_SIDE = 32;
export const MAX_BYTES = 104857600;
