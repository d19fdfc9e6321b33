/** `00003, 00007 … 00010`: frames of a list, those that follow each other as a range; `all 50` where it is all of them. */
export function describeFrames(frames: readonly string[], all: readonly string[]): string {
  if (frames.length === all.length && frames.length > 1) return `all ${frames.length}`;
  const place = new Map(all.map((name, i) => [name, i]));
  const runs: string[][] = [];
  for (const frame of frames) {
    const run = runs.at(-1);
    if (run && place.get(run.at(-1)!)! + 1 === place.get(frame)) run.push(frame);
    else runs.push([frame]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]} … ${run.at(-1)}` : run.join(', '))).join(', ');
}
