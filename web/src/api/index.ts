export * from "./client";
export * from "./jobs";
export * from "./live";
export * from "./photos";
export * from "./session";
export * from "./store";
export * from "./upload";
export * from "./urls";
