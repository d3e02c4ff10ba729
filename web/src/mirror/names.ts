/** Two buttons never have one name: a sample's own cut-out is called as the sample is, and gets a number. */
export function namedApart<T extends { name: string }>(all: T[]): T[] {
  const seen = new Map<string, number>();
  return all.map((one) => {
    const turn = (seen.get(one.name) ?? 0) + 1;
    seen.set(one.name, turn);
    return turn === 1 ? one : { ...one, name: `${one.name} ${turn}` };
  });
}
