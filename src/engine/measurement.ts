import type { Engine, EngineName, EngineOptions } from './engine.js';

/** What an engine takes for a training step here. */
export interface Measured extends Engine {
  /** The device that it was asked for; `device` is the one that it took. */
  asked: NonNullable<EngineOptions['device']>;
  /** Milliseconds. */
  stepMs: number;
}

/** An engine that could not be measured. */
export interface Unmeasured {
  name: EngineName;
  asked: Measured['asked'];
  stepMs: null;
  why: string;
  /** It was cut short, which says nothing about the next time. */
  passing: boolean;
}

export type Measurement = Measured | Unmeasured;

export function isMeasured(measurement: Measurement): measurement is Measured {
  return measurement.stepMs !== null;
}

/** Those that could be measured, the fastest first. */
export function bySpeed(measurements: readonly Measurement[]): Measured[] {
  return measurements.filter(isMeasured).sort((a, b) => a.stepMs - b.stepMs);
}

/** One line, the fastest first: `engine torch: 0.21 s a step, tensorflow 0.34 s`. */
export function describeMeasurements(measurements: readonly Measurement[]): string {
  const [fastest, ...others] = bySpeed(measurements);
  const onCard = measurements.some((measurement) => isMeasured(measurement) && measurement.device !== 'cpu');
  const nameOf = ({ name, device }: Engine) => (onCard ? `${name} on ${device}` : name);
  const first = `engine ${nameOf(fastest)}: ${seconds(fastest.stepMs)} a step`;
  return [first, ...others.map((other) => `${nameOf(other)} ${seconds(other.stepMs)}`)].join(', ');
}

/** Two digits. */
function seconds(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toPrecision(2))} s`;
}
