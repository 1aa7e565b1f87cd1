import type { Explanation } from '../explain/explain.js';
import type { ExplainedStep } from '../explain/narrate.js';
import type { Paint } from '../replay/text.js';
import { fieldLines } from './structure-text.js';

function stepLines(step: ExplainedStep, n: number, paint: Paint, all: boolean): string[] {
  const number = `${String(n).padStart(2)}.`;
  if (step.kind === 'lookup' || step.kind === 'fill')
    return [paint.dim(`${number} ${step.title}: ${step.follows}`)];
  const section = step.section === '' ? '' : `  ${paint.dim(step.section)}`;
  const lines = [`${number} ${paint.heading(step.title)}${section}`];
  if (step.address !== undefined) lines.push(`    at 0x${step.address.toString(16)}`);
  if (step.decoded !== undefined) {
    const words = step.decoded.words.map((word) => `0x${word.toString(16).padStart(16, '0')}`);
    for (let i = 0; i < words.length; i += 4) lines.push(paint.dim(`    ${words.slice(i, i + 4).join(' ')}`));
    lines.push(...fieldLines(step.decoded, paint, all).map((line) => `      ${line}`));
  }
  if (step.follows !== '') lines.push(`    -> ${step.follows}`);
  return lines;
}

/** An explanation as `smmuv3 explain` prints it. */
export function explanationText(explanation: Explanation, paint: Paint, all: boolean): string {
  const { transaction, translation } = explanation;
  const access = transaction.access ?? 'read';
  const kind = [
    transaction.privileged === true ? 'privileged ' : '',
    transaction.instruction === true ? 'instruction ' : '',
  ];
  const good = translation.status === 'ok';
  const lines = [
    `${kind.join('')}${access} of StreamID 0x${transaction.streamId.toString(16)} at 0x${transaction.iova.toString(16)}`,
    '',
    ...explanation.steps.flatMap((step, i) => stepLines(step, i + 1, paint, all)),
    '',
    good ? paint.good(explanation.conclusion) : paint.bad(explanation.conclusion),
  ];
  if (explanation.why !== undefined) lines.push(`Why: ${explanation.why}`);
  return lines.join('\n');
}
