export { TlsFilesError } from './errors.js';
export { identityOf, roleOf } from './identity.js';
export { bindPlainText, type BindServer, type Listening } from './listening.js';
export { MutualTls, type TlsOptions } from './mutual-tls.js';
export { trustedServer } from './trusted-server.js';
export { tlsFilesOf, tlsVariables, type TlsFiles } from './settings.js';
