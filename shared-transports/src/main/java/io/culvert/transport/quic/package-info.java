/** QUIC: every proxied connection is a bidirectional stream that the client opens (wire-formats section 15). */
@NullMarked
package io.culvert.transport.quic;

import org.jspecify.annotations.NullMarked;
