/** All cases, one set of devices after the other, so that the memory of the last can be given back. */
import { iommuCases } from './iommu.js';
import { vsmmuCases } from './vsmmu.js';
import { callCases, firstCallCases } from './cases/call.js';
import { hitCases } from './cases/hit.js';
import { invalidateCases } from './cases/invalidate.js';
import { kindCases } from './cases/kinds.js';
import { otherwiseCases } from './cases/otherwise.js';
import { timedMixCases } from './cases/timed-mix.js';
import { timedHitCases, timedWalkCases } from './cases/timed.js';
import { trafficCases } from './cases/traffic.js';
import { walkCases } from './cases/walk.js';
import type { Reference } from './reference.js';
import { type Case, titleOf } from './row.js';

/** The first has to be the first of its process (cases/call.ts). */
const SETS: readonly ((reference: Reference) => Promise<Case[]>)[] = [
  firstCallCases,
  hitCases,
  walkCases,
  kindCases,
  callCases,
  invalidateCases,
  trafficCases,
  otherwiseCases,
  iommuCases,
  vsmmuCases,
  timedHitCases,
  timedWalkCases,
  timedMixCases,
];

/** Sets of cases with `only` in their titles. */
export async function* caseSets(reference: Reference, only: string): AsyncGenerator<Case[]> {
  for (const set of SETS) {
    yield (await set(reference)).filter((one) => titleOf(one).includes(only));
  }
}
