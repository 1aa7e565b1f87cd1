/** Aligned columns: the first to the left, the others to the right; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
  );
  return [lines[0], '-'.repeat(lines[0].length), ...lines.slice(1)];
}
