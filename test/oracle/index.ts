/**
 * An independent model of SMMUv3 address translation, straight from IHI 0070 and DDI 0487: no caches, no state machine,
 * no code or constant shared with the product. Choices where the specification leaves room: PICKS.md.
 */
import { applyStage1, applyStage2, incoming, toOutput } from './attributes.js';
import type { Attributes, Overrides } from './attributes.js';
import type { Cd } from './cd.js';
import { lookUpCd, selectCd } from './cd-table.js';
import { eventWords, isTranslationFault, recordsBadStreamId } from './events.js';
import { CLASS_IN, F_ADDR_SIZE, Fault, SilentAbort, StartAgain } from './faults.js';
import { readFeatures } from './features.js';
import { Session } from './session.js';
import { translateStage1 } from './stage1.js';
import { translateStage2 } from './stage2.js';
import type { Ste } from './ste.js';
import { stage2Enabled } from './ste.js';
import { lookUpSte } from './stream-table.js';
import type { OracleEvent, OracleResult, OracleState, OracleTxn, Outcome, Perms } from './types.js';
import { field32 } from './words.js';
import type { Word } from './words.js';

export type * from './types.js';
export { readFeatures };

const ALL: Perms = { read: true, write: true, execute: true };
const NONE: Perms = { read: false, write: false, execute: false };
/** @param features of the ID registers of `s`, by whoever translates more than once */
export function oracleTranslate(s: OracleState, t: OracleTxn, features = readFeatures(s)): OracleResult {
  const pending = t.speculative ? new Map<number, Word>() : undefined;
  // A descriptor can only change under a translation that updates its own tables; this settles at once.
  for (let attempt = 0; attempt < 16; attempt++) {
    const session = new Session(s, features, t, pending);
    try {
      return new Translation(session).run();
    } catch (e) {
      if (!(e instanceof StartAgain)) throw e;
    }
  }
  throw new Error('oracle: a translation keeps changing the descriptors it reads');
}

/** One pass through the procedure; keeps what a fault's policy will need. */
class Translation {
  private ste: Ste | undefined;
  private cd: Cd | undefined;

  constructor(private readonly s: Session) {}

  run(): OracleResult {
    try {
      return this.steps();
    } catch (e) {
      if (e instanceof SilentAbort) return this.ended('abort');
      if (e instanceof Fault) return this.faulted(e);
      throw e;
    }
  }

  private steps(): OracleResult {
    const { s } = this;
    const { txn, state, features } = s;
    if (txn.speculative && s.request.write) throw new SilentAbort();
    if ((state.cr0 & 1) === 0) return this.globalBypass();

    const ste = lookUpSte(s);
    this.ste = ste;
    if (ste.config < 4) throw new SilentAbort();
    this.overridePermissions(ste);
    let attrs = incoming(txn.attrs, features.typesOverride ? ste.overrides : undefined);

    const index = selectCd(s, ste);
    let address: number;
    let log2 = Infinity;
    let perms = ALL;
    if (index === undefined) {
      // Stage 1 bypass: no CD, so always an abort with a record (§3.4.1, §3.12).
      if (txn.addr >= 1n << BigInt(features.oas)) throw new Fault(F_ADDR_SIZE, { class: CLASS_IN });
      address = Number(txn.addr);
    } else {
      this.cd = lookUpCd(s, ste, index);
      const s1 = translateStage1(s, ste, this.cd);
      address = s1.ipa;
      log2 = s1.log2;
      perms = s1.perms;
      attrs = applyStage1(attrs, s1.mair, s1.sh);
    }
    if (stage2Enabled(ste)) {
      const s2 = translateStage2(s, ste, address, { ...s.request, class: CLASS_IN });
      address = s2.pa;
      log2 = Math.min(log2, s2.log2);
      perms = {
        read: perms.read && s2.perms.read,
        write: perms.write && s2.perms.write,
        execute: perms.execute && s2.perms.execute,
      };
      attrs = applyStage2(attrs, s2.memAttr, s2.sh, ste.fwb);
    }
    s.commit();
    return this.ok(BigInt(address), attrs, perms, log2 === Infinity ? features.oas : log2);
  }

  /** SMMUEN=0 (§3.11, §6.3.14, §13.2). */
  private globalBypass(): OracleResult {
    const { txn, state, features } = this.s;
    const { gbpa } = state;
    if (field32(gbpa, 20, 20) === 1) throw new SilentAbort();
    if (txn.addr >= 1n << BigInt(features.oas)) throw new SilentAbort();
    const overrides: Overrides = {
      mtCfg: field32(gbpa, 4, 4) === 1,
      memAttr: field32(gbpa, 3, 0),
      allocCfg: field32(gbpa, 11, 8),
      shCfg: field32(gbpa, 13, 12),
    };
    return this.ok(
      txn.addr,
      incoming(txn.attrs, features.typesOverride ? overrides : undefined),
      ALL,
      features.oas,
    );
  }

  /** PRIVCFG for everything, INSTCFG for reads that are no atomics (§13.1.4). */
  private overridePermissions(ste: Ste): void {
    const { s } = this;
    if (!s.features.permsOverride) return;
    if (ste.privCfg >= 2) s.request.privileged = ste.privCfg === 3;
    if (ste.instCfg >= 2 && !s.request.write) s.request.instruction = ste.instCfg === 3;
  }

  private ok(pa: bigint, attrs: Attributes, perms: Perms, leafLog2: number): OracleResult {
    return {
      outcome: 'ok',
      pa,
      attrs: toOutput(attrs),
      perms,
      leafLog2,
      shared: this.s.shared,
      reads: this.s.reads,
    };
  }

  private ended(outcome: Outcome, event?: OracleEvent): OracleResult {
    const { shared, reads } = this.s;
    const attrs = { memType: 0, sh: 0, alloc: 0 };
    return event === undefined
      ? { outcome, pa: 0n, attrs, perms: NONE, leafLog2: 0, shared, reads }
      : { outcome, pa: 0n, attrs, event, perms: NONE, leafLog2: 0, shared, reads };
  }

  /** What the client sees and what is recorded (§5.5, §3.14). */
  private faulted(fault: Fault): OracleResult {
    const { s, ste, cd } = this;
    if (s.txn.speculative) return this.ended('abort');
    const end = (outcome: Outcome, record: boolean): OracleResult => {
      const stall = outcome === 'stalled';
      return this.ended(outcome, { words: eventWords(s, fault, stall), record, stall });
    };
    if (!isTranslationFault(fault.event)) return end('abort', recordsBadStreamId(fault.event, s.state.cr2));
    if (fault.details.stage2) return ste!.s2S ? end('stalled', true) : end('abort', ste!.s2R);
    if (cd === undefined) return end('abort', true);
    if (cd.stall) return end('stalled', true);
    return end(cd.abort ? 'abort' : 'raz-wi', cd.record);
  }
}
