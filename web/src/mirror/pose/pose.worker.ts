/** The body is found off the page's thread. The frame goes back with the answer, so that both are painted together. */
import { poseFinder, type ToPose } from "./landmarks";

const find = poseFinder((message, transfer = []) => self.postMessage(message, { transfer }));

self.onmessage = ({ data }: MessageEvent<ToPose>) => find(data);
