/** One line of text about a stretch of work: how far, how fast, how long still. */

export interface StageState {
  name: string;
  /** Steps done in a former run; 0 when left out. They took no time in this one. */
  start?: number;
  done: number;
  total?: number;
  /** What is counted: `frames`, `steps`. */
  unit?: string;
  detail?: string;
  /** Seconds that are left, where that is not told by the steps. */
  left?: number;
  /** When the stage began, ms. */
  began: number;
}

/** The first steps are slow (kernels are compiled, memory is fetched): before the fifth, time left is a guess. */
const STEPS_BEFORE_GUESS = 5;

/**
 * @param now ms, on the clock of `began`
 * @example 'fine-tuning 40/100 steps, 2.5/s, 24 s left, loss 0.12'
 */
export function describeStep(stage: StageState, now: number): string {
  const { name, start = 0, done, total, unit, detail, left } = stage;
  const own = done - start;
  const seconds = (now - stage.began) / 1000;
  const count = `${done}${total === undefined ? '' : `/${total}`}${unit ? ` ${unit}` : ''}`;
  const parts = [`${name} ${count}`];
  if (own > 0 && seconds > 0) parts.push(formatRate(own / seconds));
  if (total !== undefined && done >= total) parts.push(formatDuration(seconds));
  else if (total !== undefined && own >= STEPS_BEFORE_GUESS) {
    parts.push(`${formatDuration(left ?? (seconds / own) * (total - done))} left`);
  }
  if (detail) parts.push(detail);
  return parts.join(', ');
}

/** @example formatDuration(74) // '1 min 14 s' */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** Steps a second; seconds a step where one takes longer than that. */
function formatRate(perSecond: number): string {
  return perSecond >= 1 ? `${perSecond.toFixed(1)}/s` : `${(1 / perSecond).toFixed(1)} s each`;
}
