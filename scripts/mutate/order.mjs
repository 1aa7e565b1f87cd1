/** Jest runs files in the order that MUTATE_ORDER names them in, a path a line. */
import sequencer from '@jest/test-sequencer';

/** @type {typeof import('@jest/test-sequencer').default} */
const Sequencer = 'default' in sequencer ? /** @type {any} */ (sequencer).default : sequencer;

export default class InOrder extends Sequencer {
  /**
   * @override
   * @param {any[]} tests of Jest
   */
  sort(tests) {
    const order = (process.env['MUTATE_ORDER'] ?? '').split('\n');
    /** @param {{ path: string, context: { config: { rootDir: string } } }} test */
    const rank = ({ path, context }) => {
      const place = order.indexOf(path.slice(context.config.rootDir.length + 1));
      return place < 0 ? order.length : place;
    };
    return [...tests].sort((a, b) => rank(a) - rank(b));
  }
}
