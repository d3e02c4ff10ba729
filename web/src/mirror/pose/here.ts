/** The body is found on the page: its canvas has WebGL in browsers whose workers' canvases have none (Safari before 17). */
import { poseFinder, type FromPose, type ToPose } from "./landmarks";

/** As much of a Worker as is asked of one. */
export function findHere(hear: (message: FromPose) => void): { postMessage: (message: ToPose) => void; terminate: () => void } {
  return { postMessage: poseFinder(hear, document.createElement("canvas")), terminate: () => undefined };
}
