/** Handlers that turn a protocol's stream into payload and back; the same for the inbound and the outbound side. */
@NullMarked
package io.culvert.transport.payload;

import org.jspecify.annotations.NullMarked;
