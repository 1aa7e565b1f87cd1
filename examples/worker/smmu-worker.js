// All of the worker's script: a device for the page.
import { serveSmmu } from 'smmuv3-wasm/worker';

serveSmmu(self);
