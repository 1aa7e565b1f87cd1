/** A known way in which the recorder's answers depart from the architecture; the model follows the architecture. */
export interface Departure {
  /** Section that the model follows. */
  readonly section: string;
  /** What the recorder does and what the architecture says. */
  readonly explanation: string;
}

export const DEPARTURES = {
  'terminated-above-ias': {
    section: 'IHI 0070 §3.4',
    explanation:
      'with stage 1 bypassed, an input address above IAS is F_ADDR_SIZE; the recorder terminated it without an event',
  },
  's2-ipa-low-bits': {
    section: 'IHI 0070 §7.3.13',
    explanation:
      'the record of a stage 2 fault holds IPA[55:12]; the recorder put IPA[11:0] into the reserved bits below',
  },
  's2-clear-for-table-walk': {
    section: 'IHI 0070 §7.3.13',
    explanation:
      'a stage 2 fault of a stage 1 descriptor fetch has S2 = 1 and CLASS = TT; the recorder wrote CLASS = TT with S2 = 0',
  },
  'cr2-ptm-without-btm': {
    section: 'IHI 0070 §6.3.12',
    explanation: 'CR2.PTM is reserved when IDR0.BTM is 0; the recorder lets it read back as written',
  },
  'idr3-had-without-s1p': {
    section: 'IHI 0070 §6.3.4',
    explanation: 'IDR3.HAD is 0 when IDR0.S1P is 0; the recorder, with stage 2 only, still announced HAD',
  },
  'irq-per-record': {
    section: 'IHI 0070 §3.18.2',
    explanation:
      'the event queue interrupts when it stops being empty; the recorder raised one interrupt for every record',
  },
} as const satisfies Record<string, Departure>;

export type DepartureName = keyof typeof DEPARTURES;
