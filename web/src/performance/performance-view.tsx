export function PerformanceView(_: { readonly settings: Readonly<Record<string, string>> }) {
  return null;
}
