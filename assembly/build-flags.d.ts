/**
 * Constants of the build: global names that `asc` gets by `--use NAME=0|1` from the targets of asconfig.json, so nothing
 * imports them. They fold: `if (CHECKING) { … }` leaves nothing behind in dist/core.wasm. Only editors read this file.
 */

/** 1 in dist/core.checking.wasm, the debug and the broken build: every guest access is counted against the windows. */
declare const CHECKING: i32;

/** 1 in dist/core.broken.wasm alone: one deliberate defect, which the proofs with the checking build have to notice. */
declare const BROKEN: i32;

/** 0 in dist/core.long.wasm alone: every transaction takes the steps of the state machine, which `npm run equal` compares all else with. */
declare const SHORT_CUTS: i32;
