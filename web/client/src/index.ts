export * from "./follow.js";
export * from "./problem.js";
export * from "./proteus.js";
export type { Grant } from "./session.js";
export * from "./types.js";
