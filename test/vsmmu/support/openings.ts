// Whether a stream is open to all of guest RAM for a moment while the host changes it: its physical STE, looked at after every write.
import type { StreamPolicy } from '../../../src/vsmmu/index.js';
import type { Rig } from './rig.js';

/** Config of both stages bypassed, and of stage 2 alone. */
const OPEN: ReadonlySet<bigint> = new Set([4n, 6n]);

/** Notes each stream that is open in between and was not, and shall not be. @param devices what the host knows each device by */
export function watchOpenings(
  rig: Rig,
  devices: ReadonlyMap<{ readonly sid: number | undefined; readonly vsid: number }, unknown>,
  breaches: string[],
): void {
  const { recorder, h } = rig;
  const { inner } = recorder;
  const { memory } = h.smmu;
  const sids = new Map([...devices.keys()].map(({ vsid, sid }) => [vsid, sid]));
  const sidOf = (device: unknown): number | undefined =>
    [...devices].find(([, known]) => known === device)?.[0].sid;
  const watched = (vsid: number, after: StreamPolicy['kind'], work: () => void): void => {
    const before = recorder.applied.get(vsid);
    const sid = sids.get(vsid);
    if (sid === undefined || before === 'bypass' || after === 'bypass') return work();
    const write64 = memory.write64.bind(memory);
    memory.write64 = (address, value) => {
      write64(address, value);
      const [word0] = h.ste(sid);
      if ((word0 & 1n) === 1n && OPEN.has((word0 >> 1n) & 7n))
        breaches.push(`StreamID ${vsid} bypasses between ${before ?? 'nothing'} and ${after}`);
    };
    try {
      work();
    } finally {
      memory.write64 = write64;
    }
  };
  const addStream = inner.addStream.bind(inner);
  const removeStream = inner.removeStream.bind(inner);
  const setStream = inner.setStream.bind(inner);
  inner.addStream = (vsid, device) => {
    const sid = sidOf(device);
    if (sid !== undefined) sids.set(vsid, sid);
    watched(vsid, 'abort', () => addStream(vsid, device));
  };
  inner.removeStream = (vsid) => watched(vsid, 'abort', () => removeStream(vsid));
  inner.setStream = (vsid, policy) => watched(vsid, policy.kind, () => setStream(vsid, policy));
}
