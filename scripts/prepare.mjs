/**
 * npm's `prepare`: before the package is packed, or installed from git, it is built; in a fresh clone that takes the
 * dependencies too. `npm ci` is how a checkout gets its dependencies, and there whatever needs a part builds it (ensure.mjs).
 */
if (process.env.npm_command !== 'ci') {
  process.argv.push('release', 'host', 'bundle');
  await import('./ensure.mjs');
}
