/** How far several runs at once are, in one line: bars of their own would overwrite each other. */
import type { ProgressEvent, Report } from '../progress.js';

export interface RunsProgress {
  /** Takes the events of one of the runs. */
  of(name: string): Report;
  /** The run is at its end: it did something, everything was there, or it failed. */
  ended(name: string): void;
}

/** What a run is at. */
interface Standing {
  /** Frames of stages that are over, and of the one that is not. */
  before: number;
  now: number;
  stage: string;
  detail: string;
  segmenting: boolean;
  ended: boolean;
}

/**
 * One stage for all runs, counted in frames, whose detail says what each is at. Notes and warnings go through with the
 * run's name.
 *
 * @param runs how many there are, `jobs` of them at once
 * @param frames that each of them has to segment
 */
export function progressTogether(
  report: Report,
  { runs, jobs, frames }: { runs: number; jobs: number; frames: number },
): RunsProgress {
  const all = new Map<string, Standing>();
  const stage = `${runs} runs, ${Math.min(jobs, runs)} at once`;
  report({ kind: 'stage', stage, total: runs * frames, unit: 'frames' });
  const tell = () => {
    const standings = [...all].map(([name, standing]) => ({ name, ...standing }));
    const done = standings.reduce((sum, each) => sum + (each.ended ? frames : Math.min(frames, each.before + each.now)), 0); // prettier-ignore
    const busy = standings.filter((each) => !each.ended && each.stage !== '');
    report({ kind: 'step', done, detail: busy.map(({ name, stage, detail }) => `${name} ${stage}${detail}`).join(' · ') }); // prettier-ignore
  };
  const note = (name: string, event: ProgressEvent) => {
    const standing = all.get(name) ?? { before: 0, now: 0, stage: '', detail: '', segmenting: false, ended: false }; // prettier-ignore
    all.set(name, standing);
    if (event.kind === 'stage') {
      standing.before += standing.segmenting ? standing.now : 0;
      standing.segmenting = event.unit === 'frames';
      standing.now = standing.segmenting ? (event.start ?? 0) : 0;
      Object.assign(standing, { stage: event.stage, detail: '' });
    } else if (event.kind === 'step') {
      if (standing.segmenting) standing.now = event.done;
      standing.detail = ` ${event.done}`;
    }
  };
  return {
    of: (name) => (event) => {
      if (event.kind === 'note' || event.kind === 'warning') {
        report({ ...event, text: `${name}: ${event.text}` });
        return;
      }
      note(name, event);
      tell();
    },
    ended(name) {
      note(name, { kind: 'stage', stage: '' });
      all.get(name)!.ended = true;
      tell();
    },
  };
}
