/**
 * In the pages of the docs site: Mermaid's text becomes a picture, in the colours of the theme that the page has when it is
 * opened. The library lies beside this file, and only a page with a diagram loads it.
 */
const blocks = [...document.querySelectorAll('pre > code.mermaid')];
if (blocks.length > 0) {
  const library = document.createElement('script');
  library.src = new URL('mermaid.min.js', /** @type {HTMLScriptElement} */ (document.currentScript).src).href;
  library.addEventListener('load', () => void draw());
  document.head.append(library);
}

async function draw() {
  const { theme = 'os' } = document.documentElement.dataset;
  const dark = theme === 'os' ? matchMedia('(prefers-color-scheme: dark)').matches : theme === 'dark';
  const { mermaid } = window;
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    theme: dark ? 'dark' : 'default',
    flowchart: { useMaxWidth: false },
    sequence: { useMaxWidth: false },
    state: { useMaxWidth: false },
  });
  const pictures = blocks.map((code) => {
    const picture = document.createElement('div');
    picture.className = 'mermaid';
    picture.textContent = code.textContent;
    code.parentElement?.replaceWith(picture);
    return picture;
  });
  await mermaid.run({ nodes: pictures });
}
