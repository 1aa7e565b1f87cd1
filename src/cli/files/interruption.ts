/** What has to be put right, and said, when a signal ends the process before its work is done. */

/** Told on standard error, e.g. "1,310,720 transactions done". */
type Account = () => string;

const undos = new Set<() => void>();
const accounts = new Set<Account>();

/** `undo` is called when the process is interrupted. @returns what withdraws it */
export function whenInterrupted(undo: () => void): () => void {
  undos.add(undo);
  return () => void undos.delete(undo);
}

/** `account` says what has been done so far. @returns what withdraws it */
export function accountFor(account: Account): () => void {
  accounts.add(account);
  return () => void accounts.delete(account);
}

/** Puts everything right, the latest first, and gives what was done so far. */
export function interrupt(): string[] {
  const told = [...accounts].map((account) => account());
  for (const undo of [...undos].reverse()) undo();
  undos.clear();
  accounts.clear();
  return told;
}

/** Lets signals in: a long run that waits for nothing would keep them out to its end. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
