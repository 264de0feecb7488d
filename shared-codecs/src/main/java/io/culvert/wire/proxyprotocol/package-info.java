/** The header that a load balancer puts in front of a connection (wire-formats sections 4.4 and 14.6). */
@NullMarked
package io.culvert.wire.proxyprotocol;

import org.jspecify.annotations.NullMarked;
