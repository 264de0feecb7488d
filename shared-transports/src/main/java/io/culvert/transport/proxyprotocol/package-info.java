/** The PROXY protocol in front of a connection (wire-formats section 14.6). */
@NullMarked
package io.culvert.transport.proxyprotocol;

import org.jspecify.annotations.NullMarked;
