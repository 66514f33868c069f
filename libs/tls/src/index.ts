export { TlsFilesError } from './errors.js';
export { bindPlainText, type BindServer, type Listening } from './listening.js';
export { MutualTls } from './mutual-tls.js';
export { trustedServer } from './trusted-server.js';
export { tlsFilesOf, tlsVariables, type TlsFiles } from './settings.js';
