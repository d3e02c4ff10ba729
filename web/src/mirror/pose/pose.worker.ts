/** The body is found off the page's thread. The frame goes back with the answer, so that both are painted together. */
import { isChatter, poseFinder, type ToPose } from "./landmarks";

// Its log goes to the console whatever the runtime is told to print by; here nobody else writes there.
const { warn } = console;
console.warn = (...said: unknown[]) => {
  if (!isChatter(said[0])) warn.apply(console, said);
};

const find = poseFinder((message, transfer = []) => self.postMessage(message, { transfer }));

self.onmessage = ({ data }: MessageEvent<ToPose>) => find(data);
