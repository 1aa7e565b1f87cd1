/** Hands a text to the user as a file. */
export function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun when the click returns, but not read the address yet in every browser.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
