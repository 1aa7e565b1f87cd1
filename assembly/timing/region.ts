// The timing region, whose configuration is abi/timing; its state is scheduler, tokens and tbu.
import { base, region } from '../memory/base';
import * as Header from '../abi/header';

export let tm: usize = 0; // the timing region, derived

/** Derives the pointer; called by `init` and by reset. */
export function locateTiming(): void {
  tm = region(base + Header.TIMING);
}
