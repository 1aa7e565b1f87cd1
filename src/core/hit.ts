/** Where the answer to a transaction was found. */

/** The part of the device that answered a transaction. */
export type Hit = 'micro-tlb' | 'main-tlb' | 'tcu-tlb' | 'walk-cache' | 'walk' | 'none';
