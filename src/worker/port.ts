/** Both ends of a worker's line, in a page and in Node. */
import { show } from '../base/check.js';

/** A Worker, the scope of one (`self`), a MessagePort, or Node's Worker and parentPort. */
export interface Port {
  postMessage(...args: never[]): unknown;
  /** Of a page's kinds: as EventTarget has it. */
  addEventListener?(...args: never[]): unknown;
  /** Of Node's kinds: as EventEmitter has it. */
  on?(...args: never[]): unknown;
  /** A MessagePort's messages wait for it. */
  start?: () => void;
}

/** Calls `listener` with each message. @throws TypeError when it is no port */
export function listen(port: Port, listener: (message: unknown) => void): void {
  const given = port as Port | undefined;
  if (typeof given?.postMessage !== 'function' || !('on' in given || 'addEventListener' in given))
    throw new TypeError(`port must be a Worker, its scope or a MessagePort, not ${show(port)}`);
  const { on, addEventListener } = given as Listening;
  if (on !== undefined) on.call(given, 'message', listener);
  else addEventListener?.call(given, 'message', (event) => listener(event.data));
  given.start?.();
}

/** Sends a message; what is transferred is the sender's no more. */
export function post(port: Port, message: unknown, transfer: readonly ArrayBuffer[] = []): void {
  (port as Posting).postMessage(message, transfer);
}

interface Posting {
  postMessage(message: unknown, transfer: readonly ArrayBuffer[]): void;
}

interface Listening {
  readonly addEventListener?: (
    this: Port,
    type: 'message',
    listener: (event: { readonly data: unknown }) => void,
  ) => void;
  readonly on?: (this: Port, type: 'message', listener: (message: unknown) => void) => void;
}
