/** Hashes by which points and sweeps are known: equal text, equal result. */
import { createHash } from 'node:crypto';
import type { PointIdentity } from './row.js';

/** Hexadecimal digits of a sweep's name. */
const SWEEP_DIGITS = 16;

/** The identity with its hash in front. */
export function identify(parts: Omit<PointIdentity, 'point'>): PointIdentity {
  // A file's name says nothing about what is in it.
  const { trace, ...others } = parts;
  return { point: hashOf({ ...others, trace: trace.sha256 }), ...parts };
}

/** The name of the sweep that has these points. */
export function sweepName(points: readonly PointIdentity[]): string {
  return hashOf(points.map(({ point }) => point)).slice(0, SWEEP_DIGITS);
}

/** SHA-256 of a value as JSON with the names of every object in order. */
function hashOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(ordered(value)))
    .digest('hex');
}

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(ordered);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, ordered(inner)]),
  );
}
