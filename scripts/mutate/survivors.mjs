/**
 * Mutants that no test can or need notice, by their title (`place: text -> text`), and why.
 * @type {Record<string, string>}
 */
export const survivors = {
  'queues/ring#entryAddress: max<u32>(log2 + entryLog2, QUEUE_ALIGN_BYTES_LOG2) -> log2 + entryLog2':
    'equivalent: the ADDR field of a queue base begins with bit 5',
};
