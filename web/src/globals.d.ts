/** Of the core that the page brings, put in when it is built. */
declare const CORE_SHA256: string;
declare const PLAYGROUND_VERSION: string;
