export function BindView(_: { readonly settings: Readonly<Record<string, string>> }) {
  return null;
}
