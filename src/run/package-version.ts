/** The package's version, which the bundle's build puts in place of the name (scripts/bundle.mjs). */
declare const VERSION_OF_PACKAGE: string;

/** Of this package; 'sources' when it runs from its sources. */
export const PACKAGE_VERSION = typeof VERSION_OF_PACKAGE === 'undefined' ? 'sources' : VERSION_OF_PACKAGE;
