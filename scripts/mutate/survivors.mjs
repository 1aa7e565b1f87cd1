/**
 * Mutants that no test can or need notice, by their title (`place: text -> text`), and why.
 * @type {Record<string, string>}
 */
export const survivors = {
  'queues/ring#queueStart: max<u32>(log2 + entryLog2, QUEUE_ALIGN_BYTES_LOG2) -> log2 + entryLog2':
    'equivalent: the ADDR field of a queue base begins with bit 5',
  'tlb/selection#selectRange: length > top - first ? top : first + length -> first + length':
    'equivalent: commands/tlbi `byAddress` has cut the range at the end of its half, and no IPA has 55 bits',
  'commands/parameters#asid: v > 0xff && idrField(0, Idr0.ASID16) == 0 -> false':
    'equivalent: all bits are compared, and without ASID16 no entry has an ASID above 8 bits (C_BAD_CD, §5.4)',
  'commands/parameters#vmid: v > 0xff && -> v > 0xfff &&':
    'equivalent: high bits are always compared, and without VMID16 no entry has a VMID above 8 bits (C_BAD_STE, §5.2)',
  'timing/finish#takeDone: if (n >= load<u32>(base, Header.DONE_CAP)) return 0; -> (nothing)':
    'equivalent: an event leaves one record at most, and timing/engine `run` pauses when there is no room for another',
  'translate/hits#loop: lanes |= Quiet.lanesOf(f0, f1, print1) & other; -> lanes |= Quiet.lanesOf(f0, f1, print1);':
    'equivalent: a way of the larger size does not have the tag that is wanted then, and the row goes another way',
  'timing/stretch-answers#put: if (before < key) break; -> break;':
    'none is known to notice: two answers of one tick each make room for one row, in whichever order; what may differ is which of two events of a later tick was made first, and no pipeline at random showed it',
};
