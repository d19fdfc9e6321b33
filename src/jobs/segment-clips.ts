/** Several clips of one's own in one go: all are checked before the first is begun. */
import path from 'node:path';
import type { Clip } from '../clips/clip.js';
import { openClip } from '../clips/open-clip.js';
import { OsvosError } from '../errors.js';
import type { Report } from '../progress.js';
import { makeWritable } from './output-folder.js';
import { clipRequest, withHeldNotes, type ClipCall } from './segment.js';
import { segmentClip } from './segment-clip.js';
import { segmentInTurn, type Turn } from './segment-in-turn.js';
import { describeSpareMasks, masksOfClip, readMasksFolder } from './segment-masks-folder.js';
import type { CommonOptions, SegmentServices } from './segment-options.js';
import { planSegmentation, type SegmentPlan } from './segment-plan.js';
import { clipResult, type ClipResult } from './segment-result.js';
import { createServices } from './segment-services.js';
import { requireVideoWriter } from './segment-video-writer.js';

export interface ClipsCall<Options extends CommonOptions> extends Omit<
  ClipCall<Options>,
  'source' | 'masks' | 'compareTo'
> {
  /** Folders of frames or video files; `from` and `to` are for each of them. */
  sources: string[];
  /** Folder of their masks, `<clip>.png` or `<clip>/`; none with a test network that is used as it is. */
  masks?: string;
  /** Each clip's results go to `out/<clip>`; by default to `runs/<clip>-<method>`. */
  out?: string;
}

/** A clip that may be begun. */
interface CheckedClip<Options extends CommonOptions> {
  clip: Clip;
  call: ClipCall<Options>;
  plan: SegmentPlan;
}

/**
 * Segments the clips one after the other with one engine. Each is a run of its own: the same call goes on where an
 * earlier one stopped, and a clip that fails on the way does not stop the others.
 *
 * @throws OsvosError before anything is computed one that lists what is wrong with any clip; else as `segmentInTurn`
 */
export async function segmentClips<Options extends CommonOptions>(
  call: ClipsCall<Options>,
): Promise<ClipResult[]> {
  return withHeldNotes(call, async (held) => {
    const services = createServices({ ...call, held });
    const checked = await checkClips({ ...call, report: held.report }, services);
    if (call.settings.overlayVideo) await requireVideoWriter();
    for (const { plan } of checked) if (plan.state !== 'finished') await makeWritable(path.dirname(plan.out));
    const turns = checked.map(({ clip, call: own }): Turn<ClipResult> => ({
      name: clip.name,
      run: async (report) => {
        // masks are read again, not kept: many clips would fill the memory
        const request = await clipRequest({ ...own, report }, clip);
        const record = await segmentClip(request, { ...services, report });
        return clipResult(clip.name, record, request.paths, call.settings);
      },
    }));
    return segmentInTurn(turns, 'clips', services.report);
  });
}

/** Says what `segmentClips` would do, clip by clip. Throws what it would throw before it computes. */
export async function planClips<Options extends CommonOptions>(
  call: ClipsCall<Options>,
): Promise<SegmentPlan[]> {
  return (await checkClips(call, createServices(call))).map(({ plan }) => plan);
}

/** One line for each clip, and one for all. */
export function describeClipsResult(results: ClipResult[], describe: (result: ClipResult) => string): string {
  const frames = results.reduce((total, result) => total + result.frames, 0);
  const seconds = results.reduce((total, result) => total + result.secondsTotal, 0);
  return [
    ...results.map((result) => `${result.clip}: ${describe(result)}`),
    `${results.length} ${results.length === 1 ? 'clip' : 'clips'}, ${frames} frames in ${seconds.toFixed(1)} s`,
  ].join('\n');
}

/** Looks at all clips, masks and output folders, and throws one error that lists all that is wrong. */
async function checkClips<Options extends CommonOptions>(
  call: ClipsCall<Options>,
  services: SegmentServices<Options>,
): Promise<CheckedClip<Options>[]> {
  const { sources, from, to, startNumber, settings } = call;
  const folder = call.masks === undefined ? undefined : await readMasksFolder(call.masks);
  if (!folder && settings.testNetwork === undefined) throw noMasks(sources);
  const problems = new Map<string, { error: OsvosError; names: string[] }>();
  const attempt = async <T>(name: string, work: () => Promise<T>): Promise<T[]> => {
    try {
      return [await work()];
    } catch (error) {
      if (!(error instanceof OsvosError)) throw error;
      const same = problems.get(error.message) ?? { error, names: [] };
      problems.set(error.message, { ...same, names: [...same.names, name] });
      return [];
    }
  };
  const opened: Clip[] = [];
  for (const source of sources) {
    opened.push(...(await attempt(source, () => openClip(source, { from, to, startNumber }))));
  }
  await attempt('', async () => refuseSameNames(opened));
  const checked: CheckedClip<Options>[] = [];
  for (const clip of opened) {
    const check = async (): Promise<CheckedClip<Options>> => {
      const own = { ...call, source: clip.source, masks: masksFor(clip), out: outFor(clip) };
      const request = await clipRequest({ ...own, report: silent }, clip);
      return { clip, call: own, plan: await planSegmentation(request, services) };
    };
    checked.push(...(await attempt(clip.name, check)));
  }
  if (problems.size > 0) throw listProblems([...problems.values()], sources.length);
  const spare = folder && describeSpareMasks(folder, opened.map(({ name }) => name)); // prettier-ignore
  if (spare !== undefined) call.report({ kind: 'note', text: spare });
  return checked;

  function masksFor(clip: Clip): string[] {
    if (!folder) return [];
    const optional = settings.testNetwork !== undefined && !settings.tuneTestNetwork;
    return optional && !folder.byClip.has(clip.name) ? [] : [masksOfClip(folder, clip.name)];
  }

  function outFor(clip: Clip): string | undefined {
    return call.out === undefined ? undefined : path.join(call.out, clip.name);
  }
}

const silent: Report = () => undefined; // all of it is told when the clip's turn comes

function noMasks(sources: string[]): OsvosError {
  return new OsvosError(
    'usage',
    `${sources.length} clips, and no folder of their masks`,
    sources.slice(0, 3).join(', ') + (sources.length > 3 ? ', …' : ''),
    'write osvos segment CLIP CLIP --masks DIR, with DIR/<clip>.png for each; --mask is for a single clip',
  );
}

/** Results are named after their clips. */
function refuseSameNames(clips: readonly Clip[]): void {
  const seen = new Map<string, Clip>();
  for (const clip of clips) {
    const other = seen.get(clip.name);
    if (other) {
      throw new OsvosError(
        'usage',
        `two clips have the name ${clip.name}`,
        `${other.source}, ${clip.source}`,
        'rename one, or segment them one by one: results and masks are named after their clips',
      );
    }
    seen.set(clip.name, clip);
  }
}

/** The error itself where there is one alone, else one with the first one's code that lists all. */
function listProblems(problems: { error: OsvosError; names: string[] }[], clips: number): OsvosError {
  const [{ error }] = problems;
  if (problems.length === 1 && (clips === 1 || problems[0].names.join() === '')) return error;
  const lines = problems.map(({ error: { message }, names }, i) => {
    const named = names.filter((name) => name !== '').join(', ');
    const text = named === '' ? message : `${named}: ${message}`;
    return problems.length === 1 ? text : `(${i + 1}) ${text}`;
  });
  return new OsvosError(
    error.code,
    problems.length === 1 ? 'no clip was begun' : `no clip was begun, ${problems.length} things are wrong`,
    lines.join('; '),
    problems.length === 1 ? '' : 'mend them all, then give the same command',
    { cause: error },
  );
}
